#include "http/ota_document.h"

#include "base/text.h"
#include "store/checksum.h"

#include <stdlib.h>
#include <strings.h>

enum { ADDITIONAL_INFO_MAX = 64 * 1024 };

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *additional_info(const struct ota_package *package)
{
    return package->additional_info != NULL ? json_loads(package->additional_info, 0, NULL) : json_null();
}

json_t *ota_document(const struct ota_package *package)
{
    json_t *size = package->data_size != 0 ? json_integer((json_int_t)package->data_size) : json_null();
    return json_pack(
        "{s:o, s:I, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
        document_id("OTA_PACKAGE", &package->id), "createdTime", (json_int_t)package->created_ms, "tenantId",
        document_id("TENANT", &package->tenant_id), "deviceProfileId",
        document_id_or_null("DEVICE_PROFILE", &package->profile_id), "type", ota_type_name(package->type),
        "title", package->title, "version", package->package_version, "tag", document_text(package->tag),
        "url", text_or_null(package->url), "hasData", ota_package_has_data(package), "fileName",
        document_text(package->file_name), "contentType", document_text(package->content_type),
        "checksumAlgorithm", text_or_null(checksum_algorithm_name(package->checksum_algorithm)), "checksum",
        document_text(package->checksum), "dataSize", size, "additionalInfo", additional_info(package));
}

/* ---- a new package ---- */

static err_t read_name(const json_t *body, const char *member, char out[NAME_SIZE], bool is_required,
                       struct problem *problem)
{
    out[0] = '\0';
    TRY(document_get_text(body, member, out, NAME_SIZE, problem));
    if (out[0] == '\0' && is_required)
        return fail(problem, ERR_INVALID, member, "OtaPackage %s should be specified!", member);
    return out[0] != '\0' ? entity_check_name(member, slice_str(out), problem) : ERR_OK;
}

static err_t read_type(const json_t *body, enum ota_type *ret, struct problem *problem)
{
    const char *type = NULL;
    TRY(document_get_string(body, "type", &type, problem));
    if (type == NULL)
        return fail(problem, ERR_INVALID, "type", "Type should be specified!");
    if (ota_type_parse(slice_str(type), ret))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "type", "type is '%.32s'; expected FIRMWARE or SOFTWARE", type);
}

/* As devices get it: they are told, nothing else is done with it. */
static err_t check_url(const char *url, struct problem *problem)
{
    size_t len = strlen(url);
    if (len > OTA_URL_MAX)
        return fail(problem, ERR_INVALID, "url", "url has %zu bytes; expected at most %d", len, OTA_URL_MAX);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)url[i] <= 0x20 || url[i] == 0x7f)
            return fail(problem, ERR_INVALID, "url", "url holds a blank or control character at byte %zu", i);
    return ERR_OK;
}

static err_t read_url(const json_t *body, struct ota_package *package, struct problem *problem)
{
    const char *url = NULL;
    bool uses_url = false;
    TRY(document_get_bool(body, "usesUrl", &uses_url, problem));
    TRY(document_get_string(body, "url", &url, problem));
    if (url == NULL || url[0] == '\0')
        return uses_url ? fail(problem, ERR_INVALID, "url", "Ota package URL should be specified!") : ERR_OK;
    TRY(check_url(url, problem));
    package->url = strdup(url);
    return package->url != NULL ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory");
}

static err_t check_checksum(struct ota_package *package, struct problem *problem)
{
    size_t expected = checksum_length(package->checksum_algorithm), len = strlen(package->checksum);
    uint8_t bytes[CHECKSUM_TEXT_SIZE / 2];
    if (len == 0 && package->checksum_algorithm == CHECKSUM_NONE)
        return ERR_OK;
    if (package->checksum_algorithm == CHECKSUM_NONE)
        return fail(problem, ERR_INVALID, "checksumAlgorithm",
                    "OtaPackage checksum algorithm should be specified!");
    if (len != expected || !text_from_hex(slice_of(package->checksum, len), bytes, len / 2))
        return fail(problem, ERR_INVALID, "checksum",
                    "checksum is '%.40s'; expected the %zu hex digits of %s", package->checksum, expected,
                    checksum_algorithm_name(package->checksum_algorithm));
    text_to_hex(slice_of(bytes, len / 2), package->checksum);
    return ERR_OK;
}

/* What lies elsewhere is described by whoever put it there; what is uploaded describes itself. */
static err_t read_description(const json_t *body, struct ota_package *package, struct problem *problem)
{
    const char *algorithm = NULL;
    int64_t size = 0;
    if (package->url == NULL)
        return ERR_OK;
    TRY(document_get_string(body, "checksumAlgorithm", &algorithm, problem));
    TRY(document_get_text(body, "checksum", package->checksum, sizeof package->checksum, problem));
    TRY(document_get_integer(body, "dataSize", &size, NULL, problem));
    if (algorithm != NULL && !checksum_algorithm_parse(slice_str(algorithm), &package->checksum_algorithm))
        return fail(problem, ERR_INVALID, "checksumAlgorithm",
                    "checksumAlgorithm is '%.32s'; expected " OTA_ALGORITHMS, algorithm);
    if (size < 0)
        return fail(problem, ERR_INVALID, "dataSize", "dataSize is %lld; expected bytes", (long long)size);
    package->data_size = (uint64_t)size;
    return check_checksum(package, problem);
}

static err_t read_new(const json_t *body, struct ota_package *package, struct problem *problem)
{
    TRY(read_name(body, "title", package->title, true, problem));
    TRY(read_type(body, &package->type, problem));
    TRY(read_name(body, "version", package->package_version, true, problem));
    TRY(read_name(body, "tag", package->tag, false, problem));
    TRY(document_get_id(body, "deviceProfileId", &package->profile_id, NULL, problem));
    TRY(read_url(body, package, problem));
    return read_description(body, package, problem);
}

/* ---- a stored one ---- */

static err_t check_same(const json_t *body, const char *member, const char *stored, struct problem *problem)
{
    const char *sent = NULL;
    TRY(document_get_string(body, member, &sent, problem));
    if (sent == NULL || strcmp(sent, stored != NULL ? stored : "") == 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, member, "Updating otaPackage %s is prohibited!", member);
}

static err_t check_unchanged(const json_t *body, const struct ota_package *stored, struct problem *problem)
{
    struct uuid profile = stored->profile_id;
    TRY(check_same(body, "type", ota_type_name(stored->type), problem));
    TRY(check_same(body, "title", stored->title, problem));
    TRY(check_same(body, "version", stored->package_version, problem));
    TRY(check_same(body, "tag", stored->tag, problem));
    TRY(check_same(body, "url", stored->url, problem));
    TRY(document_get_id(body, "deviceProfileId", &profile, NULL, problem));
    if (!uuid_eq(&profile, &stored->profile_id))
        return fail(problem, ERR_INVALID, "deviceProfileId",
                    "Updating otaPackage deviceProfile is prohibited!");
    return ERR_OK;
}

static err_t read_stored(struct call *call, const json_t *body, const struct uuid *id,
                         struct ota_package *package, struct problem *problem)
{
    TRY(registry_ota_get(call->api->hub->registry, &call->who.tenant_id, id, package, problem));
    TRY(check_unchanged(body, package, problem));
    free(package->additional_info);
    package->additional_info = NULL;
    return ERR_OK;
}

static err_t read_members(struct call *call, const json_t *body, struct ota_package *package,
                          bool *ret_exists, struct problem *problem)
{
    struct uuid id;
    TRY(document_get_id(body, "id", &id, ret_exists, problem));
    package->tenant_id = call->who.tenant_id;
    if (*ret_exists)
        TRY(read_stored(call, body, &id, package, problem));
    else
        TRY(read_new(body, package, problem));
    return document_get_object_text(body, "additionalInfo", ADDITIONAL_INFO_MAX, &package->additional_info,
                                    problem);
}

err_t ota_read(struct call *call, const json_t *body, struct ota_package *ret, bool *ret_exists,
               struct problem *problem)
{
    struct ota_package package = {0};
    err_t err = read_members(call, body, &package, ret_exists, problem);
    if (err != ERR_OK)
        ota_package_fini(&package);
    else
        *ret = package;
    return err;
}
