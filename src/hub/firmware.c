#include "hub/firmware.h"

#include "base/text.h"
#include "store/package_files.h"

#include <uthash.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A package's file, read by any number of workers at once; closed by the last of them. */
struct file {
    struct uuid package;
    int fd;
    unsigned users; /* the cache is one */
    struct file *older;
};

/* What is remembered of a download. */
struct download {
    uint64_t key; /* device and type */
    uint32_t request_id;
    uint32_t chunk_size;
    struct uuid package;
    uint64_t package_size;
    UT_hash_handle hh;
};

struct firmware {
    struct hub *hub;
    pthread_mutex_t lock;       /* guards what follows; innermost, never held over disk */
    struct download *downloads; /* in the order of their last request */
    struct file *files;         /* the newest first */
};

err_t firmware_new(struct hub *hub, struct firmware **ret)
{
    struct firmware *f = calloc(1, sizeof *f);
    if (f == NULL)
        return ERR_NOMEM;
    f->hub = hub;
    pthread_mutex_init(&f->lock, NULL);
    *ret = f;
    return ERR_OK;
}

/* ---- files ---- */

static void put_file(struct firmware *f, struct file *file)
{
    pthread_mutex_lock(&f->lock);
    unsigned left = --file->users;
    pthread_mutex_unlock(&f->lock);
    if (left != 0)
        return;
    close(file->fd);
    free(file);
}

/* Take out of the list the file of @p package, or whatever stands behind FIRMWARE_FILES. Locked. */
static struct file *unlink_file(struct firmware *f, const struct uuid *package)
{
    struct file **at = &f->files;
    for (size_t n = 0; *at != NULL; at = &(*at)->older, n++) {
        struct file *file = *at;
        if (package != NULL ? uuid_eq(&file->package, package) : n >= FIRMWARE_FILES) {
            *at = file->older;
            return file;
        }
    }
    return NULL;
}

static struct file *take_file(struct firmware *f, const struct uuid *package)
{
    pthread_mutex_lock(&f->lock);
    struct file *file = unlink_file(f, package);
    pthread_mutex_unlock(&f->lock);
    return file;
}

static void forget_file(struct firmware *f, const struct uuid *package)
{
    struct file *file;
    while ((file = take_file(f, package)) != NULL)
        put_file(f, file);
}

static void push_file(struct firmware *f, struct file *file)
{
    file->older = f->files;
    f->files = file;
}

static struct file *find_file(struct firmware *f, const struct uuid *package)
{
    pthread_mutex_lock(&f->lock);
    struct file *file = unlink_file(f, package);
    if (file != NULL) {
        push_file(f, file);
        file->users++;
    }
    pthread_mutex_unlock(&f->lock);
    return file;
}

/* Two workers may open the same file at the same time: then it is in the list twice until it is old. */
static err_t open_file(struct firmware *f, const struct uuid *package, struct file **ret,
                       struct problem *problem)
{
    int fd = -1;
    err_t err = package_files_read(f->hub->packages, package, &fd, problem);
    if (err == ERR_NOT_FOUND)
        return fail(problem, err, "", "the package has been deleted");
    TRY(err);
    struct file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        close(fd);
        return fail(problem, ERR_NOMEM, "", "no memory");
    }
    *file = (struct file){.package = *package, .fd = fd, .users = 2};
    pthread_mutex_lock(&f->lock);
    push_file(f, file);
    struct file *old = unlink_file(f, NULL);
    pthread_mutex_unlock(&f->lock);
    if (old != NULL)
        put_file(f, old);
    *ret = file;
    return ERR_OK;
}

static err_t read_at(int fd, uint64_t offset, size_t len, struct buf *out, struct problem *problem)
{
    uint8_t *to = buf_reserve(out, len);
    if (to == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for %zu bytes", len);
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, to + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(problem, ERR_IO, "", "the package's file cannot be read: %s",
                        n < 0 ? strerror(errno) : "it is too short");
        done += (size_t)n;
    }
    out->len += len;
    return ERR_OK;
}

static err_t read_package(struct firmware *f, const struct uuid *package, uint64_t offset, size_t len,
                          struct buf *out, struct problem *problem)
{
    struct file *file = find_file(f, package);
    if (file == NULL)
        TRY(open_file(f, package, &file, problem));
    err_t err = read_at(file->fd, offset, len, out, problem);
    put_file(f, file);
    return err;
}

/* ---- downloads ---- */

static uint64_t key_of(const struct firmware_chunk *chunk)
{
    return chunk->device * 2 + (chunk->type == OTA_SOFTWARE);
}

/* The size of its chunks is remembered for chunk 0, too; its package is not. */
static bool recall(struct firmware *f, const struct firmware_chunk *chunk, struct download *ret)
{
    uint64_t key = key_of(chunk);
    struct download *found;
    pthread_mutex_lock(&f->lock);
    HASH_FIND(hh, f->downloads, &key, sizeof key, found);
    bool is_same = found != NULL && found->request_id == chunk->request_id;
    if (is_same)
        *ret = *found;
    pthread_mutex_unlock(&f->lock);
    return is_same;
}

static void drop_oldest(struct firmware *f)
{
    struct download *oldest = f->downloads; /* the head of uthash's list was added first */
    HASH_DELETE(hh, f->downloads, oldest);
    free(oldest);
}

/* Without memory it is not remembered, which a device notices only when it is assigned something else meanwhile. */
static void remember(struct firmware *f, const struct download *download)
{
    struct download *d = NULL, *made = malloc(sizeof *made);
    pthread_mutex_lock(&f->lock);
    HASH_FIND(hh, f->downloads, &download->key, sizeof download->key, d);
    if (d != NULL) {
        HASH_DELETE(hh, f->downloads, d);
        free(made);
    } else {
        d = made;
    }
    if (d != NULL) {
        if (HASH_COUNT(f->downloads) >= FIRMWARE_DOWNLOADS)
            drop_oldest(f);
        *d = *download;
        HASH_ADD(hh, f->downloads, key, sizeof d->key, d);
    }
    pthread_mutex_unlock(&f->lock);
}

static err_t find_assigned(struct hub *hub, uint64_t device, enum ota_type type, struct ota_package *ret,
                           struct problem *problem)
{
    struct ota_package package;
    TRY(registry_ota_of_device(hub->registry, device, type, &package, problem));
    if (package.url == NULL) {
        *ret = package;
        return ERR_OK;
    }
    err_t err = fail(problem, ERR_NOT_FOUND, "", "the %s is to be loaded from %.200s", ota_type_word(type),
                     package.url);
    ota_package_fini(&package);
    return err;
}

/* Which package, and how large its chunks are. */
static err_t find_download(struct firmware *f, const struct firmware_chunk *chunk, struct download *ret,
                           struct problem *problem)
{
    struct download d = {.key = key_of(chunk), .request_id = chunk->request_id};
    bool is_known = recall(f, chunk, &d);
    if (chunk->has_size)
        d.chunk_size = chunk->size;
    if (!is_known || chunk->index == 0) {
        struct ota_package package;
        TRY(find_assigned(f->hub, chunk->device, chunk->type, &package, problem));
        d.package = package.id;
        d.package_size = package.data_size;
        ota_package_fini(&package);
    }
    remember(f, &d);
    *ret = d;
    return ERR_OK;
}

err_t firmware_read_chunk(struct firmware *f, const struct firmware_chunk *chunk, struct buf *out,
                          struct problem *problem)
{
    struct download d;
    TRY(find_download(f, chunk, &d, problem));
    uint64_t offset = (uint64_t)d.chunk_size * chunk->index;
    if (offset >= d.package_size)
        return ERR_OK;
    uint64_t len = d.package_size - offset;
    if (d.chunk_size != 0 && len > d.chunk_size)
        len = d.chunk_size;
    if (len > chunk->max)
        return fail(problem, ERR_LIMIT, "", "%llu bytes are asked for; expected chunks of at most %zu",
                    (unsigned long long)len, chunk->max);
    return read_package(f, &d.package, offset, (size_t)len, out, problem);
}

void firmware_free(struct firmware *f)
{
    if (f == NULL)
        return;
    while (f->downloads != NULL)
        drop_oldest(f);
    while (f->files != NULL) {
        struct uuid package = f->files->package;
        forget_file(f, &package);
    }
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* ---- for HTTP ---- */

static err_t check_expected(const struct ota_package *package, struct slice title, struct slice version,
                            struct problem *problem)
{
    bool is_title = slice_eq_str(title, package->title);
    if (is_title && slice_eq_str(version, package->package_version))
        return ERR_OK;
    return fail(problem, ERR_INVALID, is_title ? "version" : "title",
                "another %s is assigned to the device: %.100s %.100s", ota_type_word(package->type),
                package->title, package->package_version);
}

err_t firmware_open(struct hub *hub, uint64_t device, enum ota_type type, struct slice title,
                    struct slice version, struct ota_package *ret, int *ret_fd, struct problem *problem)
{
    struct ota_package package;
    TRY(find_assigned(hub, device, type, &package, problem));
    err_t err = check_expected(&package, title, version, problem);
    if (err == ERR_OK)
        err = package_files_read(hub->packages, &package.id, ret_fd, problem);
    if (err == ERR_OK)
        *ret = package;
    else
        ota_package_fini(&package);
    return err;
}

/* The registry decides; a file that stays behind is removed by the next start. */
err_t firmware_delete(struct hub *hub, const struct uuid *tenant, const struct uuid *id,
                      struct problem *problem)
{
    TRY(registry_ota_delete(hub->registry, tenant, id, problem));
    forget_file(hub->firmware, id);
    return package_files_remove(hub->packages, id, problem);
}

/* ---- for MQTT ---- */

static err_t parse_size(const struct request *request, struct firmware_chunk *chunk, struct problem *problem)
{
    struct slice text = buf_slice(&request->payload);
    uint64_t size = 0;
    if (text.len != 0 && !text_to_u64(text, INT32_MAX, &size))
        return fail(problem, ERR_INVALID, "", "the chunk size is no whole number");
    chunk->has_size = text.len != 0;
    chunk->size = (uint32_t)size;
    return ERR_OK;
}

static err_t answer(struct request *request, enum ota_type type, struct problem *problem)
{
    const struct hub *hub = request->hub;
    struct firmware_chunk chunk = {.device = request->source.device,
                                   .type = type,
                                   .request_id = request->match.request_id,
                                   .index = request->match.chunk,
                                   .max = hub->settings->ota.max_chunk};
    TRY(parse_size(request, &chunk, problem));
    request->is_binary = request->is_told_empty = true;
    request->answer.limit = chunk.max;
    return firmware_read_chunk(hub->firmware, &chunk, &request->answer, problem);
}

static const char *error_word(err_t err)
{
    switch (err) {
    case ERR_NOT_FOUND: return "NOT_FOUND";
    case ERR_LIMIT: return "PAYLOAD_TOO_LARGE";
    case ERR_INVALID: return "BAD_REQUEST";
    default: return "FAILURE";
    }
}

err_t firmware_answer(struct request *request, struct problem *problem)
{
    enum ota_type type = request->match.topic == TOPIC_FIRMWARE_REQUEST ? OTA_FIRMWARE : OTA_SOFTWARE;
    struct problem why = {0};
    request->is_due =
        true; /* ThingsBoard's Python SDK subscribes to v2/fw/response/+, which no chunk's topic matches */
    err_t err = answer(request, type, &why);
    if (err == ERR_OK)
        return ERR_OK;
    request->is_binary = false;
    buf_clear(&request->answer);
    buf_printf(&request->answer, "%s: %s", error_word(err), why.text);
    snprintf(request->topic, sizeof request->topic, "v2/%s/error", ota_type_prefix(type));
    return ERR_OK;
}
