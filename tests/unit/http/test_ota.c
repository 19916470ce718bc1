/* Packages over REST: documents, uploads and downloads as the router sees them. */
#include "http/router.h"

#include "platform.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHA256_OF_DIGITS "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"

static struct platform platform;
static char profile_id[UUID_TEXT_SIZE];

static int set_up(void **state)
{
    static const char *const overrides[] = {"ota.max_package=1 KiB", NULL};
    struct profile profile;
    platform_open(&platform, overrides);
    assert_int_equal(registry_profile_default(platform.hub.registry, &platform.api.tenant, &profile, NULL),
                     ERR_OK);
    uuid_format(&profile.id, profile_id);
    profile_fini(&profile);
    return 0;
}

static int tear_down(void **state)
{
    platform_close(&platform);
    return 0;
}

static struct answer save(const char *title, const char *more)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"title\":\"%s\",\"version\":\"1.0\",\"type\":\"FIRMWARE\",\"deviceProfileId\":"
             "{\"entityType\":\"DEVICE_PROFILE\",\"id\":\"%s\"}%s}",
             title, profile_id, more);
    return ask(&platform, "POST", "/api/otaPackage", body);
}

static void make(const char *title, char id[UUID_TEXT_SIZE])
{
    AUTO_ANSWER made = save(title, "");
    assert_int_equal(made.status, 200);
    snprintf(id, UUID_TEXT_SIZE, "%s", text_at(made.document, "id.id"));
}

static struct answer send_body(const char *id, const char *query, const char *type, struct slice body)
{
    char target[256], text[HTTP_TARGET_MAX];
    struct http_request request = {.is_local = true, .body = body, .content_type = slice_str(type)};
    struct answer answer = {0};
    snprintf(target, sizeof target, "/api/otaPackage/%s%s", id, query);
    assert_int_equal(http_request_target(&request, "POST", target, text), ERR_OK);
    router_dispatch(&platform.api, &request, &answer.response);
    struct slice bytes = http_response_body(&answer.response);
    answer.status = answer.response.status;
    answer.document = json_loadb((const char *)bytes.data, bytes.len, JSON_DECODE_ANY, NULL);
    answer.code = (unsigned)json_integer_value(json_object_get(answer.document, "errorCode"));
    return answer;
}

static struct answer upload(const char *id, const char *query, const char *disposition, struct slice data)
{
    AUTO_BUF body = {0};
    buf_printf(&body, "--b\r\nContent-Disposition: form-data; %s\r\n\r\n", disposition);
    buf_append_slice(&body, data);
    buf_append_str(&body, "\r\n--b--\r\n");
    return send_body(id, query, "multipart/form-data; boundary=b", buf_slice(&body));
}

#define FILE_PART "name=\"file\"; filename=\"fw.bin\"\r\nContent-Type: application/x-firmware; a=b"
#define DIGITS    SLICE("123456789")

static struct answer get(const char *before, const char *id, const char *after)
{
    char target[128];
    snprintf(target, sizeof target, "/api/otaPackage/%s%s%s", before, id, after);
    return ask(&platform, "GET", target, NULL);
}

static void a_package_is_made_filled_and_read(void **state)
{
    char id[UUID_TEXT_SIZE], bytes[16] = "";
    AUTO_ANSWER made = save("pump", ",\"tag\":\"pump 1.0\",\"additionalInfo\":{\"description\":\"x\"}");
    assert_int_equal(made.status, 200);
    assert_string_equal(text_at(made.document, "id.entityType"), "OTA_PACKAGE");
    assert_string_equal(text_at(made.document, "deviceProfileId.id"), profile_id);
    assert_string_equal(text_at(made.document, "tag"), "pump 1.0");
    assert_string_equal(text_at(made.document, "additionalInfo.description"), "x");
    assert_true(json_is_false(value_at(made.document, "hasData")));
    assert_true(json_is_null(value_at(made.document, "dataSize")));
    assert_true(json_is_null(value_at(made.document, "checksum")));
    snprintf(id, sizeof id, "%s", text_at(made.document, "id.id"));
    AUTO_ANSWER empty = get("", id, "/download");
    assert_int_equal(empty.status, 404);
    AUTO_ANSWER sent = upload(id, "", FILE_PART, DIGITS);
    assert_int_equal(sent.status, 200);
    assert_true(json_is_true(value_at(sent.document, "hasData")));
    assert_int_equal(json_integer_value(value_at(sent.document, "dataSize")), 9);
    assert_string_equal(text_at(sent.document, "fileName"), "fw.bin");
    assert_string_equal(text_at(sent.document, "contentType"), "application/x-firmware");
    assert_string_equal(text_at(sent.document, "checksumAlgorithm"), "SHA256");
    assert_string_equal(text_at(sent.document, "checksum"), SHA256_OF_DIGITS);
    assert_null(value_at(sent.document, "data"));
    AUTO_ANSWER info = get("info/", id, "");
    assert_true(json_equal(info.document, sent.document));
    AUTO_ANSWER whole = get("", id, "");
    assert_string_equal(text_at(whole.document, "data"), "MTIzNDU2Nzg5");
    AUTO_ANSWER file = get("", id, "/download");
    assert_int_equal(file.status, 200);
    assert_true(file.response.file.is_there);
    assert_int_equal(http_response_length(&file.response), 9);
    assert_int_equal(pread(file.response.file.fd, bytes, 15, 0), 9);
    assert_string_equal(bytes, "123456789");
    assert_string_equal(file.response.media_type, "application/x-firmware");
    assert_string_equal(file.response.file_name, "fw.bin");
}

static void every_checksum_is_verified(void **state)
{
    static const struct {
        const char *algorithm, *checksum;
    } rows[] = {
        {"MD5", "25f9e794323b453885f5181f1b624d0b"},
        {"sha256", "15E2B0D3C33891EBB0F1EF609EC419420C20E320CE94C65FBC8C3312448EB225"},
        {"SHA384", "eb455d56d2c1a69de64e832011f3393d45f3fa31d6842f21af92d2fe469c499d"
                   "a5e3179847334a18479c8d1dedea1be3"},
        {"SHA512", "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
                   "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"},
        {"CRC32", "2639f4cb"},
        {"MURMUR3_32", "82f3feb4"},
        {"MURMUR3_128", "a4cc66db5e64843c05a11e3ac7faf899"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[UUID_TEXT_SIZE], query[256], title[32];
        snprintf(title, sizeof title, "checked %zu", i);
        make(title, id);
        snprintf(query, sizeof query, "?checksumAlgorithm=%s&checksum=%s", rows[i].algorithm,
                 rows[i].checksum);
        AUTO_ANSWER other = upload(id, query, FILE_PART, SLICE("12345678"));
        assert_int_equal(other.status, 400);
        assert_non_null(strstr(text_at(other.document, "message"), "Wrong otaPackage file!"));
        assert_non_null(strstr(text_at(other.document, "message"), rows[i].checksum));
        AUTO_ANSWER same = upload(id, query, FILE_PART, DIGITS);
        assert_int_equal(same.status, 200);
        assert_int_equal(strlen(text_at(same.document, "checksum")), strlen(rows[i].checksum));
    }
}

static void expect_refusal(struct answer answer, const char *message)
{
    if (answer.status != 400 || strstr(text_at(answer.document, "message"), message) == NULL)
        fail_msg("%u: %s; expected %s", answer.status, text_at(answer.document, "message"), message);
    answer_fini(&answer);
}

static void wrong_documents_are_refused(void **state)
{
    expect_refusal(ask(&platform, "POST", "/api/otaPackage", "{\"version\":\"1\",\"type\":\"FIRMWARE\"}"),
                   "OtaPackage title should be specified!");
    expect_refusal(ask(&platform, "POST", "/api/otaPackage", "{\"title\":\"t\",\"version\":\"1\"}"),
                   "Type should be specified!");
    expect_refusal(
        ask(&platform, "POST", "/api/otaPackage", "{\"title\":\"t\",\"version\":\"1\",\"type\":\"BIOS\"}"),
        "expected FIRMWARE or SOFTWARE");
    expect_refusal(ask(&platform, "POST", "/api/otaPackage", "{\"title\":\"t\",\"type\":\"FIRMWARE\"}"),
                   "OtaPackage version should be specified!");
    expect_refusal(save("t", ",\"usesUrl\":true"), "Ota package URL should be specified!");
    expect_refusal(save("t", ",\"url\":\"http://x/a b\""), "blank or control character at byte 10");
    expect_refusal(save("t", ",\"url\":\"u\",\"checksum\":\"00\""), "checksum algorithm should be specified");
    expect_refusal(save("t", ",\"url\":\"u\",\"checksumAlgorithm\":\"CRC32\",\"checksum\":\"00\""),
                   "expected the 8 hex digits of CRC32");
    expect_refusal(save("t", ",\"url\":\"u\",\"checksumAlgorithm\":\"SHA1\""), "expected MD5, SHA256");
    expect_refusal(save("t", ",\"tag\":\"\\u0007\""), "control character");
    expect_refusal(ask(&platform, "POST", "/api/otaPackage",
                       "{\"title\":\"t\",\"version\":\"1\",\"type\":\"FIRMWARE\",\"deviceProfileId\":{\"id\":"
                       "\"11111111-2222-4333-8444-555555555555\"}}"),
                   "OtaPackage is referencing to non-existent device profile!");
}

static void a_package_is_one_of_a_kind_and_stays_what_it_is(void **state)
{
    char id[UUID_TEXT_SIZE], body[512];
    make("unique", id);
    expect_refusal(save("unique", ""), "OtaPackage with such title and version already exists!");
    snprintf(body, sizeof body, "{\"id\":{\"id\":\"%s\"},\"title\":\"renamed\"}", id);
    expect_refusal(ask(&platform, "POST", "/api/otaPackage", body),
                   "Updating otaPackage title is prohibited!");
    snprintf(body, sizeof body, "{\"id\":{\"id\":\"%s\"},\"version\":\"2\"}", id);
    expect_refusal(ask(&platform, "POST", "/api/otaPackage", body),
                   "Updating otaPackage version is prohibited!");
    snprintf(body, sizeof body,
             "{\"id\":{\"id\":\"%s\"},\"title\":\"unique\",\"version\":\"1.0\",\"tag\":null,"
             "\"additionalInfo\":{\"a\":1}}",
             id);
    AUTO_ANSWER saved = ask(&platform, "POST", "/api/otaPackage", body);
    assert_int_equal(saved.status, 200);
    assert_int_equal(json_integer_value(value_at(saved.document, "additionalInfo.a")), 1);
    AUTO_ANSWER nobody = ask(&platform, "POST", "/api/otaPackage",
                             "{\"id\":{\"id\":\"11111111-2222-4333-8444-555555555555\"},\"title\":\"x\"}");
    assert_int_equal(nobody.status, 404);
}

static void what_lies_elsewhere_is_described(void **state)
{
    char id[UUID_TEXT_SIZE];
    AUTO_ANSWER made =
        save("far", ",\"usesUrl\":true,\"url\":\"https://example.org/1\",\"checksumAlgorithm\":"
                    "\"CRC32\",\"checksum\":\"2639F4CB\",\"dataSize\":9");
    assert_int_equal(made.status, 200);
    assert_true(json_is_true(value_at(made.document, "hasData")));
    assert_string_equal(text_at(made.document, "checksum"), "2639f4cb");
    assert_int_equal(json_integer_value(value_at(made.document, "dataSize")), 9);
    snprintf(id, sizeof id, "%s", text_at(made.document, "id.id"));
    expect_refusal(upload(id, "", FILE_PART, DIGITS), "File can't be saved if URL present!");
    expect_refusal(get("", id, "/download"), "https://example.org/1");
}

static void wrong_uploads_are_refused_and_leave_nothing(void **state)
{
    static uint8_t large[1025];
    char id[UUID_TEXT_SIZE];
    make("upload", id);
    expect_refusal(upload(id, "?checksumAlgorithm=SHA1", FILE_PART, DIGITS), "expected MD5, SHA256");
    expect_refusal(upload(id, "", FILE_PART, slice_of(NULL, 0)), "OtaPackage data should be specified!");
    expect_refusal(upload(id, "", FILE_PART, slice_of(large, 1025)), "more than 1024 bytes");
    expect_refusal(upload(id, "", "name=\"file\"", DIGITS), "OtaPackage file name should be specified!");
    expect_refusal(upload(id, "", "name=\"data\"; filename=\"x\"", DIGITS), "part 'file' is not present");
    expect_refusal(upload(id, "", "name=\"file\"; filename=\"\x80\"", DIGITS), "not valid UTF-8");
    expect_refusal(send_body(id, "", "application/octet-stream", DIGITS), "expected multipart/form-data");
    expect_refusal(send_body(id, "", "multipart/form-data; boundary=b", SLICE("")), "last delimiter");
    expect_refusal(send_body(id, "", "multipart/form-data; boundary=b",
                             SLICE("--b\r\nContent-Disposition: form-data; " FILE_PART "\r\n\r\n123")),
                   "last delimiter");
    expect_refusal(send_body(id, "", "multipart/form-data; boundary=b",
                             SLICE("--b\r\nContent-Disposition: form-data; " FILE_PART "\r\n\r\n1\r\n"
                                   "--b\r\nContent-Disposition: form-data; " FILE_PART "\r\n\r\n1\r\n--b--")),
                   "more than one part");
    AUTO_ANSWER info = get("info/", id, "");
    assert_true(json_is_false(value_at(info.document, "hasData")));
    AUTO_ANSWER good = upload(id, "", FILE_PART, slice_of(large, 1024));
    assert_int_equal(good.status, 200);
    expect_refusal(upload(id, "", FILE_PART, DIGITS), "Updating otaPackage data is prohibited!");
    AUTO_ANSWER nobody = upload("11111111-2222-4333-8444-555555555555", "", FILE_PART, DIGITS);
    assert_int_equal(nobody.status, 404);
}

static void a_strange_media_type_is_not_repeated(void **state)
{
    static const char *const types[] = {"", "\r\nContent-Type: text", "\r\nContent-Type: a/b/c",
                                        "\r\nContent-Type: /b", "\r\nContent-Type: te xt/plain"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char id[UUID_TEXT_SIZE], part[128], title[32];
        snprintf(title, sizeof title, "typed %zu", i);
        snprintf(part, sizeof part, "name=\"file\"; filename=\"x\"%s", types[i]);
        make(title, id);
        AUTO_ANSWER sent = upload(id, "", part, DIGITS);
        assert_string_equal(text_at(sent.document, "contentType"), "application/octet-stream");
    }
}

static void packages_are_listed(void **state)
{
    char id[UUID_TEXT_SIZE], target[256];
    make("Listed a", id);
    AUTO_ANSWER sent = upload(id, "", FILE_PART, DIGITS);
    assert_int_equal(sent.status, 200);
    make("listed B", id);
    AUTO_ANSWER all = ask(&platform, "GET",
                          "/api/otaPackages?pageSize=10&page=0&textSearch=LISTED&sortProperty=title", NULL);
    assert_int_equal(json_integer_value(value_at(all.document, "totalElements")), 2);
    assert_string_equal(text_at(all.document, "data.0.title"), "Listed a");
    assert_string_equal(text_at(all.document, "data.1.title"), "listed B");
    snprintf(target, sizeof target, "/api/otaPackages/%s/FIRMWARE?pageSize=10&page=0&textSearch=listed",
             profile_id);
    AUTO_ANSWER ready = ask(&platform, "GET", target, NULL);
    assert_int_equal(json_integer_value(value_at(ready.document, "totalElements")), 1);
    snprintf(target, sizeof target, "/api/otaPackages/%s/SOFTWARE?pageSize=10&page=0", profile_id);
    AUTO_ANSWER software = ask(&platform, "GET", target, NULL);
    assert_int_equal(json_integer_value(value_at(software.document, "totalElements")), 0);
    snprintf(target, sizeof target, "/api/otaPackages/%s/BIOS?pageSize=10&page=0", profile_id);
    expect_refusal(ask(&platform, "GET", target, NULL), "expected FIRMWARE or SOFTWARE");
    expect_refusal(ask(&platform, "GET", "/api/otaPackages?pageSize=10&page=0&sortProperty=x", NULL),
                   "expected createdTime");
}

static void assignment_and_deletion(void **state)
{
    char id[UUID_TEXT_SIZE], device[UUID_TEXT_SIZE], body[512], target[128];
    make("assigned", id);
    make_device(&platform, "assigned", device);
    snprintf(body, sizeof body,
             "{\"id\":{\"id\":\"%s\"},\"name\":\"assigned\",\"firmwareId\":{\"entityType\":\"OTA_PACKAGE\","
             "\"id\":\"%s\"}}",
             device, id);
    expect_refusal(ask(&platform, "POST", "/api/device", body), "Can't assign firmware with empty data!");
    AUTO_ANSWER sent = upload(id, "", FILE_PART, DIGITS);
    assert_int_equal(sent.status, 200);
    AUTO_ANSWER assigned = ask(&platform, "POST", "/api/device", body);
    assert_string_equal(text_at(assigned.document, "firmwareId.id"), id);
    assert_true(json_is_null(value_at(assigned.document, "softwareId")));
    snprintf(target, sizeof target, "/api/otaPackage/%s", id);
    expect_refusal(ask(&platform, "DELETE", target, NULL),
                   "The otaPackage referenced by the devices cannot be deleted!");
    snprintf(body, sizeof body, "{\"id\":{\"id\":\"%s\"},\"name\":\"assigned\"}", device);
    AUTO_ANSWER freed = ask(&platform, "POST", "/api/device", body);
    assert_true(json_is_null(value_at(freed.document, "firmwareId")));
    AUTO_ANSWER deleted = ask(&platform, "DELETE", target, NULL);
    assert_int_equal(deleted.status, 200);
    AUTO_ANSWER gone = get("", id, "/download");
    assert_int_equal(gone.status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_is_made_filled_and_read),
        cmocka_unit_test(every_checksum_is_verified),
        cmocka_unit_test(wrong_documents_are_refused),
        cmocka_unit_test(a_package_is_one_of_a_kind_and_stays_what_it_is),
        cmocka_unit_test(what_lies_elsewhere_is_described),
        cmocka_unit_test(wrong_uploads_are_refused_and_leave_nothing),
        cmocka_unit_test(a_strange_media_type_is_not_repeated),
        cmocka_unit_test(packages_are_listed),
        cmocka_unit_test(assignment_and_deletion),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
