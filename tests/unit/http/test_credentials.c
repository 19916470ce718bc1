#include "http/router.h"

#include "base/clock.h"
#include "pki/authority.h"
#include "platform.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define TEN_YEARS_MS (INT64_C(3660) * 86400000)

/* RSA of 1024 bits, made with `openssl req -x509 -newkey rsa:1024`. */
static const char small_key[] = "-----BEGIN CERTIFICATE-----\n"
                                "MIIB/jCCAWegAwIBAgIUNwAasiD7GOxPA31u/4rsAXvltOMwDQYJKoZIhvcNAQEL\n"
                                "BQAwEDEOMAwGA1UEAwwFc21hbGwwIBcNMjYxMTI0MDAwMzM1WhgPMjEyNjEwMzEw\n"
                                "MDAzMzVaMBAxDjAMBgNVBAMMBXNtYWxsMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB\n"
                                "iQKBgQDOqkpK1P+csGaT/YJUwFmF5KdoON9q6G0tp+IAHJ4/6svuOMsgBJEIkjqu\n"
                                "l+4Db5GClKR5YM4KUyPfAFssxLx+tZK8b1IqcjTsJRgp1KjILB8a/GTtHFLQP0if\n"
                                "7sAu2MZMO/QyBFGdmWYcPVsF7WDDnPujQIrci4lJ60pWkDi6+QIDAQABo1MwUTAd\n"
                                "BgNVHQ4EFgQUXVEXTRqMxCE5DU8Gw9z/c5crjmswHwYDVR0jBBgwFoAUXVEXTRqM\n"
                                "xCE5DU8Gw9z/c5crjmswDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOB\n"
                                "gQBTR/Z6aa93bBSSWWH5f+DAKi5qbsFVwjSjiWTciVI39kDZyPlgiub4Ks5Zsx7r\n"
                                "5xP4v0OvVUFHVesqeMsVJVZalf35dAKLVvZbvlXSHukNTz0nmYwq9o0jLpUawtzr\n"
                                "sYaOrG7UO9bJrwkV5MYE3J+prlZMaPt2FqcBg/pLqMUspQ==\n"
                                "-----END CERTIFICATE-----\n";

static struct platform platform;
static struct identity mine, other, old;

static json_t *get_credentials(const char *id)
{
    char target[128];
    snprintf(target, sizeof target, "/api/device/%s/credentials", id);
    struct answer got = ask(&platform, "GET", target, NULL);
    assert_int_equal(got.status, 200);
    json_t *document = document_take(&got.document);
    answer_fini(&got);
    return document;
}

/* Post the stored credentials with these members changed. */
static struct answer save(const char *id, const char *type, const char *credentials_id, const char *value)
{
    AUTO_JSON document = get_credentials(id);
    json_object_set_new(document, "credentialsType", json_string(type));
    json_object_set_new(document, "credentialsId",
                        credentials_id != NULL ? json_string(credentials_id) : json_null());
    json_object_set_new(document, "credentialsValue", value != NULL ? json_string(value) : json_null());
    char *body = json_dumps(document, 0);
    struct answer answer = ask(&platform, "POST", "/api/device/credentials", body);
    free(body);
    return answer;
}

static const char *pem(struct identity *identity)
{
    return buf_cstr(&identity->certificate);
}

static void a_new_device_has_a_random_token(void **state)
{
    char id[UUID_TEXT_SIZE];
    make_device(&platform, "random token", id);
    AUTO_JSON credentials = get_credentials(id);
    assert_string_equal(text_at(credentials, "credentialsType"), "ACCESS_TOKEN");
    assert_int_equal(strlen(text_at(credentials, "credentialsId")), ACCESS_TOKEN_GENERATED);
    assert_string_equal(text_at(credentials, "deviceId.id"), id);
    assert_true(json_is_null(value_at(credentials, "credentialsValue")));
    assert_null(value_at(credentials, "id.entityType"));
}

static void a_certificate_is_saved_with_any_line_breaks(void **state)
{
    char id[UUID_TEXT_SIZE], spaced[4096] = "";
    make_device(&platform, "certified", id);
    AUTO_ANSWER saved = save(id, "X509_CERTIFICATE", "what the client says here does not matter", pem(&mine));
    assert_int_equal(saved.status, 200);
    const char *fingerprint = text_at(saved.document, "credentialsId");
    assert_int_equal(strlen(fingerprint), 64);
    assert_null(strchr(text_at(saved.document, "credentialsValue"), '\n'));
    assert_memory_equal(text_at(saved.document, "credentialsValue"), "MII", 3);
    size_t n = 0;
    for (const char *at = pem(&mine); *at != '\0'; at++) {
        if (*at == '\n')
            spaced[n++] = '\r';
        spaced[n++] = *at;
    }
    AUTO_ANSWER again = save(id, "X509_CERTIFICATE", NULL, spaced);
    assert_int_equal(again.status, 200);
    assert_string_equal(text_at(again.document, "credentialsId"), fingerprint);
    AUTO_ANSWER bare = save(id, "X509_CERTIFICATE", NULL, text_at(saved.document, "credentialsValue"));
    assert_int_equal(bare.status, 200);
    assert_string_equal(text_at(bare.document, "credentialsId"), fingerprint);
    char target[128];
    snprintf(target, sizeof target, "/api/postern/device/%s/certificate", id);
    AUTO_ANSWER view = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(view.document, "subject"), "CN=mine");
    assert_string_equal(text_at(view.document, "keyType"), "EC P-256");
    assert_string_equal(text_at(view.document, "fingerprints.sha3_256_base64"), fingerprint);
    AUTO_ANSWER token = save(id, "ACCESS_TOKEN", "plain token", NULL);
    assert_int_equal(token.status, 200);
    AUTO_ANSWER none = ask(&platform, "GET", target, NULL);
    assert_int_equal(none.status, 404);
}

static void what_is_no_good_certificate_is_refused_by_name(void **state)
{
    char id[UUID_TEXT_SIZE], taken[UUID_TEXT_SIZE];
    make_device(&platform, "refused", id);
    make_device(&platform, "first", taken);
    AUTO_ANSWER first = save(taken, "X509_CERTIFICATE", NULL, pem(&other));
    assert_int_equal(first.status, 200);
    const struct {
        const char *value, *part;
    } rows[] = {
        {NULL, "credentialsValue is empty"},
        {"hello", "certificate"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "certificate"},
        {buf_cstr(&mine.key), "private key"},
        {pem(&old), "expired"},
        {small_key, "1024"},
        {pem(&other), "Specified credentials are already registered!"},
    };
    AUTO_JSON before = get_credentials(id);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = save(id, "X509_CERTIFICATE", NULL, rows[i].value);
        assert_int_equal(got.status, 400);
        if (strstr(text_at(got.document, "message"), rows[i].part) == NULL)
            fail_msg("row %zu: %s", i, text_at(got.document, "message"));
        AUTO_JSON after = get_credentials(id);
        assert_true(json_equal(before, after));
    }
}

static void basic_credentials_have_the_documented_ids(void **state)
{
    char id[UUID_TEXT_SIZE];
    make_device(&platform, "basic", id);
    static const struct {
        const char *value, *id; /* NULL: refused */
    } rows[] = {
        {"{\"userName\":\"u\",\"password\":\"p\"}", "u"},
        /* printf c | openssl sha3-256; printf 'c|u' | openssl sha3-256 */
        {"{\"clientId\":\"c\"}", "263ab762270d3b73d3e2cddf9acc893bb6bd41110347e5d5e4bd1d3c128ea90a"},
        {"{\"clientId\":\"c\",\"userName\":\"u\"}",
         "29cd886b96af386fd43e35097f8228b97209711642b8b65ebf118b288accb0ea"},
        {"{\"clientId\":\"c\",\"password\":\"p\"}", NULL},
        {"{}", NULL},
        {"{\"userName\":7}", NULL},
        {"{\"userName\":\"u\\u0003\\nreboot\\n\"}", NULL}, /* pasted into a terminal, this would run */
        {"{\"clientId\":\"c\\u001b\"}", NULL},
        {"{\"userName\":\"u\",\"password\":\"\\u007f\"}", NULL},
        {"u", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = save(id, "MQTT_BASIC", NULL, rows[i].value);
        assert_int_equal(got.status, rows[i].id != NULL ? 200 : 400);
        if (rows[i].id != NULL)
            assert_string_equal(text_at(got.document, "credentialsId"), rows[i].id);
    }
}

static void saving_needs_the_ids_got_before(void **state)
{
    char id[UUID_TEXT_SIZE], *body;
    make_device(&platform, "ids", id);
    AUTO_JSON document = get_credentials(id);
    static const struct {
        const char *member, *value;
        unsigned status;
    } rows[] = {
        {"id", "null", 400},
        {"id", "{\"id\":\"11111111-2222-4333-8444-555555555555\"}", 400},
        {"deviceId", "null", 400},
        {"deviceId", "{\"id\":\"11111111-2222-4333-8444-555555555555\"}", 404},
        {"credentialsType", "null", 400},
        {"credentialsType", "\"PASSWORD\"", 400},
        {"credentialsId", "null", 400},
        {"credentialsId", "\"123456789012345678901234567890123\"", 400},
        {"credentialsId", "\"a\\nb\"", 400},
        {"version", "999", 409},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_JSON changed = json_copy(document);
        json_object_set_new(changed, rows[i].member, json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        body = json_dumps(changed, 0);
        AUTO_ANSWER got = ask(&platform, "POST", "/api/device/credentials", body);
        if (got.status != rows[i].status)
            fail_msg("row %zu: %u %s", i, got.status, text_at(got.document, "message"));
        free(body);
    }
}

static void device_and_credentials_are_made_in_one(void **state)
{
    AUTO_JSON body = json_pack("{s:{s:s}, s:{s:s, s:s}}", "device", "name", "both", "credentials",
                               "credentialsType", "X509_CERTIFICATE", "credentialsValue", pem(&other));
    char *text = json_dumps(body, 0);
    AUTO_ANSWER taken = ask(&platform, "POST", "/api/device-with-credentials", text);
    assert_int_equal(taken.status, 400); /* registered for "first": then the device is not made either */
    AUTO_ANSWER none = ask(&platform, "GET", "/api/tenant/devices?deviceName=both", NULL);
    assert_int_equal(none.status, 404);
    free(text);
    json_object_set_new(json_object_get(body, "credentials"), "credentialsValue", json_string(pem(&mine)));
    text = json_dumps(body, 0);
    AUTO_ANSWER made = ask(&platform, "POST", "/api/device-with-credentials", text);
    assert_int_equal(made.status, 200);
    AUTO_JSON credentials = get_credentials(text_at(made.document, "id.id"));
    assert_string_equal(text_at(credentials, "credentialsType"), "X509_CERTIFICATE");
    free(text);
    static const char *const refused[] = {"{}", "{\"device\":{\"name\":\"x\"}}",
                                          "{\"device\":[],\"credentials\":{}}",
                                          "{\"device\":{\"name\":\"x\"},\"credentials\":{}}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        AUTO_ANSWER got = ask(&platform, "POST", "/api/device-with-credentials", refused[i]);
        assert_int_equal(got.status, 400);
    }
}

static void device_and_credentials_are_changed_in_one(void **state)
{
    AUTO_ANSWER a = ask(&platform, "POST", "/api/device?accessToken=token-of-a", "{\"name\":\"one a\"}");
    AUTO_ANSWER b = ask(&platform, "POST", "/api/device?accessToken=token-of-b", "{\"name\":\"one b\"}");
    assert_int_equal(a.status, 200);
    AUTO_JSON body = json_pack("{s:{s:O, s:s, s:s}, s:{s:s, s:s}}", "device", "id",
                               value_at(b.document, "id"), "name", "one b", "label", "changed", "credentials",
                               "credentialsType", "ACCESS_TOKEN", "credentialsId", "token-of-a");
    char path[128], *text = json_dumps(body, 0);
    snprintf(path, sizeof path, "/api/device/%s", text_at(b.document, "id.id"));
    AUTO_ANSWER taken = ask(&platform, "POST", "/api/device-with-credentials", text);
    assert_int_equal(taken.status, 400);
    assert_int_equal(taken.code, 31);
    AUTO_ANSWER same = ask(&platform, "GET", path, NULL);
    assert_string_equal(text_at(same.document, "label"), "");
    assert_int_equal(json_integer_value(value_at(same.document, "version")), 1);
    free(text);
    json_object_set_new(json_object_get(body, "credentials"), "credentialsId", json_string("token-of-c"));
    text = json_dumps(body, 0);
    AUTO_ANSWER changed = ask(&platform, "POST", "/api/device-with-credentials", text);
    assert_int_equal(changed.status, 200);
    assert_string_equal(text_at(changed.document, "label"), "changed");
    AUTO_JSON credentials = get_credentials(text_at(b.document, "id.id"));
    assert_string_equal(text_at(credentials, "credentialsId"), "token-of-c");
    free(text);
}

static struct answer inspect(const char *text, const char *device)
{
    AUTO_JSON body = json_pack("{s:s, s:s*}", "certificate", text, "deviceId", device);
    char *dumped = json_dumps(body, 0);
    struct answer answer = ask(&platform, "POST", "/api/postern/certificate/inspect", dumped);
    free(dumped);
    return answer;
}

static void a_certificate_is_shown_before_it_is_saved(void **state)
{
    AUTO_ANSWER good = inspect(pem(&mine), NULL);
    assert_int_equal(good.status, 200);
    assert_string_equal(text_at(good.document, "certificate.subject"), "CN=mine");
    assert_true(json_is_true(value_at(good.document, "certificate.selfSigned")));
    assert_true(json_integer_value(value_at(good.document, "certificate.notAfter")) > clock_wall_ms());
    AUTO_ANSWER expired = inspect(pem(&old), NULL);
    assert_string_equal(text_at(expired.document, "problems.0.severity"), "error");
    assert_string_equal(text_at(expired.document, "problems.0.field"), "validity");
    assert_true(json_is_object(value_at(expired.document, "certificate")));
    AUTO_ANSWER key = inspect(buf_cstr(&mine.key), NULL);
    assert_true(json_is_null(value_at(key.document, "certificate")));
    assert_non_null(strstr(text_at(key.document, "problems.0.message"), "private key"));
    AUTO_ANSWER found = ask(&platform, "GET", "/api/tenant/devices?deviceName=first", NULL);
    AUTO_ANSWER same = inspect(pem(&other), text_at(found.document, "id.id"));
    AUTO_ANSWER taken = inspect(pem(&other), NULL);
    bool is_error = false, is_warning = true;
    size_t i;
    json_t *one;
    json_array_foreach(value_at(taken.document, "problems"), i, one) is_error |=
        strcmp(text_at(one, "severity"), "error") == 0 && strstr(text_at(one, "message"), "first");
    json_array_foreach(value_at(same.document, "problems"), i, one) is_warning &=
        strcmp(text_at(one, "severity"), "warning") == 0;
    assert_true(is_error);
    assert_true(is_warning);
    AUTO_ANSWER none = ask(&platform, "POST", "/api/postern/certificate/inspect", "{}");
    assert_int_equal(none.status, 400);
}

static int open_platform(void **state)
{
    struct problem problem = {0};
    platform_open(&platform, NULL);
    assert_int_equal(authority_make("mine", clock_wall_ms(), &mine, &problem), ERR_OK);
    assert_int_equal(authority_make("other", clock_wall_ms(), &other, &problem), ERR_OK);
    assert_int_equal(authority_make("old", clock_wall_ms() - TEN_YEARS_MS, &old, &problem), ERR_OK);
    return 0;
}

static int close_platform(void **state)
{
    identity_fini(&mine);
    identity_fini(&other);
    identity_fini(&old);
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_device_has_a_random_token),
        cmocka_unit_test(a_certificate_is_saved_with_any_line_breaks),
        cmocka_unit_test(what_is_no_good_certificate_is_refused_by_name),
        cmocka_unit_test(basic_credentials_have_the_documented_ids),
        cmocka_unit_test(saving_needs_the_ids_got_before),
        cmocka_unit_test(device_and_credentials_are_made_in_one),
        cmocka_unit_test(device_and_credentials_are_changed_in_one),
        cmocka_unit_test(a_certificate_is_shown_before_it_is_saved),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
