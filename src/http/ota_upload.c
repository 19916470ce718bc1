/*
 * The file of a package, uploaded as the part "file" of a multipart body: from the wire to the disk in pieces, its
 * checksum computed on the way.
 */
#include "http/multipart.h"
#include "http/ota_document.h"
#include "http/resources.h"
#include "http/router.h"

#include "base/log.h"
#include "base/text.h"
#include "store/package_files.h"

#include <stdlib.h>

enum { FRAME_MAX = 64 * 1024 }; /* what a body may hold besides the file */

struct upload {
    struct ota_package package;
    struct package_upload *file;
    struct multipart body;
    bool has_file, is_in_file;
};

static size_t limit_of(const struct settings *settings)
{
    return (size_t)settings->ota.max_package + FRAME_MAX;
}

/* ---- the body's parts ---- */

static bool is_token_character(uint8_t c)
{
    return c > 0x20 && c < 0x7f && strchr("()<>@,;:\\\"/[]?={}", c) == NULL;
}

/* type/subtype; what else may stand there is left out, since the text goes into headers of answers. */
static bool is_media_type(struct slice text)
{
    size_t slashes = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_slash = text.data[i] == '/' && i != 0 && i + 1 < text.len;
        slashes += is_slash;
        if (!is_slash && !is_token_character(text.data[i]))
            return false;
    }
    return slashes == 1 && text.len < MEDIA_TYPE_SIZE;
}

static void set_content_type(struct ota_package *package, struct slice text)
{
    const uint8_t *end = text.len != 0 ? memchr(text.data, ';', text.len) : NULL;
    if (end != NULL)
        text.len = (size_t)(end - text.data);
    if (!is_media_type(text))
        text = SLICE("application/octet-stream");
    CHECK(slice_to_cstr(text, package->content_type, sizeof package->content_type));
}

static err_t on_part(void *arg, const struct multipart_part *part, struct problem *problem)
{
    struct upload *upload = arg;
    upload->is_in_file = slice_eq_str(part->name, "file");
    if (!upload->is_in_file)
        return ERR_OK;
    if (upload->has_file)
        return fail(problem, ERR_INVALID, "file", "the body has more than one part \"file\"");
    upload->has_file = true;
    if (part->file_name.len == 0)
        return fail(problem, ERR_INVALID, "file", "OtaPackage file name should be specified!");
    TRY(entity_check_name("filename", part->file_name, problem));
    CHECK(slice_to_cstr(part->file_name, upload->package.file_name, sizeof upload->package.file_name));
    set_content_type(&upload->package, part->content_type);
    return ERR_OK;
}

static err_t on_bytes(void *arg, struct slice bytes, struct problem *problem)
{
    struct upload *upload = arg;
    if (!upload->is_in_file)
        return ERR_OK;
    err_t err = package_upload_write(upload->file, bytes, problem);
    return err == ERR_LIMIT ? ERR_INVALID : err; /* more than is allowed, not too often */
}

/* ---- the steps ---- */

static err_t read_algorithm(const struct call *call, enum checksum_algorithm *ret, struct problem *problem)
{
    struct slice name;
    *ret = CHECKSUM_SHA256;
    if (!http_request_param(call->request, "checksumAlgorithm", &name) || name.len == 0 ||
        checksum_algorithm_parse(name, ret))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "checksumAlgorithm",
                "checksumAlgorithm is '%.*s'; expected " OTA_ALGORITHMS, name.len < 32 ? (int)name.len : 32,
                (const char *)name.data);
}

static err_t check_wanted(const struct ota_package *package, struct problem *problem)
{
    if (package->url != NULL)
        return fail(problem, ERR_INVALID, "file", "File can't be saved if URL present!");
    if (package->data_size != 0)
        return fail(problem, ERR_INVALID, "file", "Updating otaPackage data is prohibited!");
    return ERR_OK;
}

static err_t begin(struct call *call, struct upload *upload, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    const struct multipart_handler handler = {on_part, on_bytes, upload};
    enum checksum_algorithm algorithm;
    struct uuid id;
    TRY(call_part_id(call, 0, "otaPackageId", &id, problem));
    TRY(read_algorithm(call, &algorithm, problem));
    TRY(registry_ota_get(hub->registry, &call->who.tenant_id, &id, &upload->package, problem));
    TRY(check_wanted(&upload->package, problem));
    TRY(multipart_init(&upload->body, call->request->content_type, &handler, problem));
    return package_upload_begin(hub->packages, algorithm, hub->settings->ota.max_package, &upload->file,
                                problem);
}

static void close_upload(void *state)
{
    struct upload *upload = state;
    package_upload_end(upload->file);
    multipart_fini(&upload->body);
    ota_package_fini(&upload->package);
    free(upload);
}

static err_t open_upload(struct call *call, void **ret_state, struct problem *problem)
{
    struct upload *upload = calloc(1, sizeof *upload);
    if (upload == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the upload");
    err_t err = begin(call, upload, problem);
    if (err == ERR_OK)
        *ret_state = upload;
    else
        close_upload(upload);
    return err;
}

static err_t write_upload(void *state, struct slice bytes, struct problem *problem)
{
    struct upload *upload = state;
    return multipart_read(&upload->body, bytes, problem);
}

/* The file is there before the registry says so: what the registry then refuses is taken away again. */
static err_t record(struct call *call, struct upload *upload, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct slice expected = slice_of(NULL, 0);
    http_request_param(call->request, "checksum", &expected);
    TRY(package_upload_finish(upload->file, &upload->package.id, expected, &upload->package, problem));
    err_t err = registry_ota_set_data(hub->registry, &upload->package, problem);
    if (err != ERR_OK && package_files_remove(hub->packages, &upload->package.id, NULL) != ERR_OK)
        log_warning("package.leftover", log_text("detail", "the next start removes it"));
    return err;
}

static err_t finish_upload(struct call *call, void *state, struct problem *problem)
{
    struct upload *upload = state;
    TRY(multipart_end(&upload->body, problem));
    if (!upload->has_file)
        return fail(problem, ERR_INVALID, "file", "Required request part 'file' is not present");
    TRY(call_conflict(call, record(call, upload, problem), problem));
    log_info("package.uploaded", log_text("title", upload->package.title),
             log_text("version", upload->package.package_version),
             log_number("bytes", (int64_t)upload->package.data_size));
    return call_reply(call, ota_document(&upload->package), problem);
}

static void describe_upload(struct call *call, const void *state)
{
    const struct upload *upload = state;
    call_audit_name(call, upload->package.title);
    call_audit_detail(call, "version", json_string(upload->package.package_version));
    call_audit_detail(call, "fileName", json_string(upload->package.file_name));
    call_audit_detail(call, "bytes", json_integer((json_int_t)upload->package.data_size));
}

const struct body_sink ota_upload = {limit_of,      open_upload,  write_upload,
                                     finish_upload, close_upload, describe_upload};
