#include "store/package_files.h"

#include "store/checksum.h"
#include "store/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX ".part"

enum {
    NAME_MAX_SIZE = UUID_TEXT_SIZE + sizeof TEMPORARY_SUFFIX,
    FLUSH_BYTES = 4 * 1024 * 1024, /* written back in the background, so that the sync at the end is short */
};

struct package_files {
    int dir_fd;
    char path[PATH_SIZE]; /* for messages */
};

struct package_upload {
    struct package_files *files;
    int fd;
    char name[NAME_MAX_SIZE];
    struct checksum checksum;
    uint64_t size, max, flushed;
};

static err_t file_fail(const struct package_files *files, int error, const char *verb, const char *name,
                       struct problem *problem)
{
    char path[PATH_SIZE + NAME_MAX_SIZE];
    snprintf(path, sizeof path, "%s/%s", files->path, name);
    return path_fail(problem, error, verb, path);
}

err_t package_files_open(const char *dir, struct package_files **ret, struct problem *problem)
{
    struct package_files *files = calloc(1, sizeof *files);
    if (files == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    files->dir_fd = -1;
    err_t err = path_join(dir, "packages", files->path, problem);
    if (err == ERR_OK)
        err = path_make_dir(files->path, true, problem);
    if (err == ERR_OK) {
        files->dir_fd = open(files->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (files->dir_fd < 0)
            err = path_fail(problem, errno, "open", files->path);
    }
    if (err == ERR_OK)
        *ret = files;
    else
        package_files_close(files);
    return err;
}

void package_files_close(struct package_files *files)
{
    if (files == NULL)
        return;
    if (files->dir_fd >= 0)
        close(files->dir_fd);
    free(files);
}

/* Files of other names are not ours: an operator put them there. */
static bool is_leftover(const char *name, bool (*is_kept)(void *arg, const struct uuid *id), void *arg)
{
    struct uuid id;
    struct slice text = slice_str(name);
    size_t uuid_len = UUID_TEXT_SIZE - 1;
    if (text.len < uuid_len || !uuid_parse(slice_of(text.data, uuid_len), &id))
        return false;
    if (text.len == uuid_len)
        return !is_kept(arg, &id);
    return strcmp(name + uuid_len, TEMPORARY_SUFFIX) == 0;
}

err_t package_files_sweep(struct package_files *files, bool (*is_kept)(void *arg, const struct uuid *id),
                          void *arg, struct problem *problem)
{
    err_t err = ERR_OK;
    int fd = openat(files->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        err = path_fail(problem, errno, "read", files->path);
        if (fd >= 0)
            close(fd);
        return err;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL && err == ERR_OK) {
        if (is_leftover(entry->d_name, is_kept, arg) && unlinkat(files->dir_fd, entry->d_name, 0) != 0)
            err = file_fail(files, errno, "remove", entry->d_name, problem);
    }
    closedir(dir);
    return err;
}

err_t package_files_read(struct package_files *files, const struct uuid *id, int *ret_fd,
                         struct problem *problem)
{
    char name[UUID_TEXT_SIZE];
    uuid_format(id, name);
    int fd = openat(files->dir_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_fail(files, errno, "open", name, problem);
    *ret_fd = fd;
    return ERR_OK;
}

err_t package_files_remove(struct package_files *files, const struct uuid *id, struct problem *problem)
{
    char name[UUID_TEXT_SIZE];
    uuid_format(id, name);
    if (unlinkat(files->dir_fd, name, 0) != 0 && errno != ENOENT)
        return file_fail(files, errno, "remove", name, problem);
    return ERR_OK;
}

static err_t make_file(struct package_upload *upload, struct problem *problem)
{
    struct uuid id = uuid_random();
    char text[UUID_TEXT_SIZE];
    uuid_format(&id, text);
    snprintf(upload->name, sizeof upload->name, "%s" TEMPORARY_SUFFIX, text);
    upload->fd = openat(upload->files->dir_fd, upload->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (upload->fd < 0)
        return file_fail(upload->files, errno, "make", upload->name, problem);
    return ERR_OK;
}

err_t package_upload_begin(struct package_files *files, enum checksum_algorithm algorithm, uint64_t max,
                           struct package_upload **ret, struct problem *problem)
{
    struct package_upload *upload = calloc(1, sizeof *upload);
    if (upload == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    *upload = (struct package_upload){.files = files, .fd = -1, .max = max};
    err_t err = checksum_init(&upload->checksum, algorithm, problem);
    if (err == ERR_OK)
        err = make_file(upload, problem);
    if (err == ERR_OK)
        *ret = upload;
    else
        package_upload_end(upload);
    return err;
}

static err_t write_all(struct package_upload *upload, struct slice bytes, struct problem *problem)
{
    while (bytes.len != 0) {
        ssize_t n = write(upload->fd, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_fail(upload->files, errno, "write", upload->name, problem);
        bytes = slice_skip(bytes, (size_t)n);
    }
    return ERR_OK;
}

err_t package_upload_write(struct package_upload *upload, struct slice bytes, struct problem *problem)
{
    if (bytes.len > upload->max - upload->size)
        return fail(problem, ERR_LIMIT, "file", "The file has more than %llu bytes (ota.max_package)",
                    (unsigned long long)upload->max);
    TRY(write_all(upload, bytes, problem));
    checksum_add(&upload->checksum, bytes);
    upload->size += bytes.len;
    if (upload->size - upload->flushed >= FLUSH_BYTES) {
        (void)sync_file_range(upload->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        upload->flushed = upload->size;
    }
    return ERR_OK;
}

static err_t verify(struct package_upload *upload, struct slice expected, char checksum[CHECKSUM_TEXT_SIZE],
                    struct problem *problem)
{
    if (upload->size == 0)
        return fail(problem, ERR_INVALID, "file", "OtaPackage data should be specified!");
    TRY(checksum_end(&upload->checksum, checksum, problem));
    if (expected.len == 0 || slice_eq_nocase(expected, slice_str(checksum)))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "checksum", "Wrong otaPackage file! Its %s is %s; expected %.*s",
                checksum_algorithm_name(upload->checksum.algorithm), checksum,
                expected.len < CHECKSUM_TEXT_SIZE ? (int)expected.len : CHECKSUM_TEXT_SIZE,
                (const char *)expected.data);
}

/* From its temporary name to its own, unless there is such a file; both on disk when this returns. */
static err_t publish(struct package_upload *upload, const struct uuid *id, struct problem *problem)
{
    struct package_files *files = upload->files;
    char name[UUID_TEXT_SIZE];
    uuid_format(id, name);
    if (fsync(upload->fd) != 0)
        return file_fail(files, errno, "write", upload->name, problem);
    if (linkat(files->dir_fd, upload->name, files->dir_fd, name, 0) != 0)
        return errno == EEXIST ? fail(problem, ERR_CONFLICT, "file", "The package has its file already")
                               : file_fail(files, errno, "make", name, problem);
    if (fsync(files->dir_fd) == 0)
        return ERR_OK;
    int error = errno;
    unlinkat(files->dir_fd, name, 0);
    return file_fail(files, error, "make", name, problem);
}

err_t package_upload_finish(struct package_upload *upload, const struct uuid *id, struct slice expected,
                            struct ota_package *ret, struct problem *problem)
{
    char checksum[CHECKSUM_TEXT_SIZE];
    TRY(verify(upload, expected, checksum, problem));
    TRY(publish(upload, id, problem));
    ret->data_size = upload->size;
    ret->checksum_algorithm = upload->checksum.algorithm;
    memcpy(ret->checksum, checksum, sizeof checksum);
    return ERR_OK;
}

void package_upload_end(struct package_upload *upload)
{
    if (upload == NULL)
        return;
    if (upload->fd >= 0) {
        close(upload->fd);
        unlinkat(upload->files->dir_fd, upload->name, 0);
    }
    checksum_fini(&upload->checksum);
    free(upload);
}
