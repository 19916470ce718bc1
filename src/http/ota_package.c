/* Packages of firmware and software: make, read, list, delete, download. Uploads are in ota_upload.c. */
#include "base/log.h"
#include "http/ota_document.h"
#include "http/resources.h"
#include "hub/firmware.h"
#include "store/package_files.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum { INLINE_MAX = 4 * 1024 * 1024 }; /* bytes of a file that ota_get() shows in its answer */

static err_t find_package(struct call *call, struct ota_package *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "otaPackageId", &id, problem));
    return registry_ota_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

err_t ota_info(struct call *call, struct problem *problem)
{
    struct ota_package package;
    TRY(find_package(call, &package, problem));
    err_t err = call_reply(call, ota_document(&package), problem);
    ota_package_fini(&package);
    return err;
}

static err_t save(struct call *call, struct ota_package *package, bool exists, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    err_t err = exists ? registry_ota_update(registry, package, problem)
                       : registry_ota_add(registry, package, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    if (!exists)
        log_info("package.created", log_text("type", ota_type_name(package->type)),
                 log_text("title", package->title), log_text("version", package->package_version));
    return call_reply(call, ota_document(package), problem);
}

err_t ota_save(struct call *call, struct problem *problem)
{
    struct ota_package package;
    bool exists = false;
    TRY(ota_read(call, call->body, &package, &exists, problem));
    err_t err = save(call, &package, exists, problem);
    ota_package_fini(&package);
    return err;
}

/* ---- with its bytes ---- */

static err_t open_file(struct call *call, const struct ota_package *package, int *ret_fd,
                       struct problem *problem)
{
    if (package->url != NULL)
        return fail(problem, ERR_INVALID, "url", "The package's file is at its url: %.200s", package->url);
    if (package->data_size == 0)
        return fail(problem, ERR_NOT_FOUND, "file", "The package has no file yet");
    return package_files_read(call->api->hub->packages, &package->id, ret_fd, problem);
}

static err_t reply_file(struct call *call, const struct ota_package *package, struct problem *problem)
{
    struct http_response *response = call->response;
    int fd = -1;
    TRY(open_file(call, package, &fd, problem));
    response->file = (struct http_file){.is_there = true, .fd = fd, .length = package->data_size};
    response->media_type = strdup(package->content_type);
    response->file_name = strdup(package->file_name);
    if (response->media_type == NULL || response->file_name == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    response->status = 200;
    return ERR_OK;
}

err_t ota_download(struct call *call, struct problem *problem)
{
    struct ota_package package;
    TRY(find_package(call, &package, problem));
    err_t err = reply_file(call, &package, problem);
    ota_package_fini(&package);
    return err;
}

static bool read_whole(int fd, uint8_t *to, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, to + done, len - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* A reference to the file as base64, NULL when it cannot be read. */
static json_t *encoded(int fd, size_t len)
{
    size_t text_size = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    uint8_t *bytes = malloc(len);
    char *text = malloc(text_size);
    json_t *made = NULL;
    if (bytes != NULL && text != NULL && read_whole(fd, bytes, len))
        made = json_string(sodium_bin2base64(text, text_size, bytes, len, sodium_base64_VARIANT_ORIGINAL));
    free(bytes);
    free(text);
    return made;
}

static err_t add_data(struct call *call, const struct ota_package *package, json_t *document,
                      struct problem *problem)
{
    int fd = -1;
    if (package->url != NULL || package->data_size == 0 || package->data_size > INLINE_MAX)
        return json_object_set_new(document, "data", json_null()) == 0 ? ERR_OK : ERR_NOMEM;
    TRY(open_file(call, package, &fd, problem));
    json_t *data = encoded(fd, (size_t)package->data_size);
    close(fd);
    if (json_object_set_new(document, "data", data) != 0)
        return fail(problem, ERR_IO, "", "The package's file cannot be read");
    return ERR_OK;
}

/* As ota_info(), and `data` in base64; null when there is none, or more than INLINE_MAX: see ota_download(). */
err_t ota_get(struct call *call, struct problem *problem)
{
    struct ota_package package;
    TRY(find_package(call, &package, problem));
    AUTO_JSON document = ota_document(&package);
    err_t err = document != NULL ? add_data(call, &package, document, problem) : ERR_NOMEM;
    ota_package_fini(&package);
    return err == ERR_OK ? call_reply(call, document_take(&document), problem) : err;
}

err_t ota_delete(struct call *call, struct problem *problem)
{
    struct uuid id;
    char text[UUID_TEXT_SIZE];
    TRY(call_part_id(call, 0, "otaPackageId", &id, problem));
    TRY(firmware_delete(call->api->hub, &call->who.tenant_id, &id, problem));
    uuid_format(&id, text);
    log_info("package.deleted", log_text("id", text));
    call->response->status = 200;
    return ERR_OK;
}

/* ---- lists ---- */

static const struct {
    const char *property;
    enum ota_sort sort;
} sorts[] = {
    {"createdTime", OTA_SORT_CREATED}, {"title", OTA_SORT_TITLE},
    {"version", OTA_SORT_VERSION},     {"tag", OTA_SORT_TAG},
    {"type", OTA_SORT_TYPE},           {"dataSize", OTA_SORT_SIZE},
};

static err_t set_sort(const struct page_query *page, struct ota_query *query, struct problem *problem)
{
    query->order = page->is_descending || !page->is_sorted ? SORT_DESCENDING : SORT_ASCENDING;
    if (!page->is_sorted)
        return ERR_OK;
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        if (slice_eq_str(page->sort_property, sorts[i].property)) {
            query->sort = sorts[i].sort;
            return ERR_OK;
        }
    }
    return fail(problem, ERR_INVALID, "sortProperty",
                "sortProperty is '%.*s'; expected createdTime, title, version, tag, type or dataSize",
                page->sort_property.len < 40 ? (int)page->sort_property.len : 40,
                (const char *)page->sort_property.data);
}

static err_t append(json_t *data, const struct ota_package *package, struct problem *problem)
{
    if (json_array_append_new(data, ota_document(package)) != 0)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

static err_t reply_page(struct call *call, struct ota_query query, struct problem *problem)
{
    struct page_query page;
    struct ota_page found;
    err_t err = ERR_OK;
    TRY(call_query_page(call, &page, problem));
    TRY(set_sort(&page, &query, problem));
    query.tenant_id = call->who.tenant_id;
    query.text_search = page.text_search;
    query.page_size = page.size;
    query.page = page.number;
    TRY(registry_ota_page(call->api->hub->registry, &query, &found, problem));
    AUTO_JSON data = json_array();
    for (size_t i = 0; i < found.count && err == ERR_OK; i++)
        err = append(data, &found.packages[i], problem);
    uint64_t total = found.total;
    ota_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

err_t ota_list(struct call *call, struct problem *problem)
{
    return reply_page(call, (struct ota_query){0}, problem);
}

/* What may be assigned to a profile and its devices. */
err_t ota_list_of_profile(struct call *call, struct problem *problem)
{
    struct ota_query query = {.with_data = true};
    struct slice type = call->parts[1];
    TRY(call_part_id(call, 0, "deviceProfileId", &query.profile_id, problem));
    if (!ota_type_parse(type, &query.type))
        return fail(problem, ERR_INVALID, "type", "type is '%.*s'; expected FIRMWARE or SOFTWARE",
                    type.len < 32 ? (int)type.len : 32, (const char *)type.data);
    return reply_page(call, query, problem);
}
