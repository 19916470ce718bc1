#include "http/router.h"

#include "hub/presence.h"
#include "hub/writer.h"
#include "platform.h"
#include "unit.h"

#include <stdio.h>

static struct platform platform;

static void a_device_is_created_read_changed_and_deleted(void **state)
{
    char target[256];
    AUTO_ANSWER made = ask(&platform, "POST", "/api/device",
                           "{\"name\":\"pump 1\",\"label\":\"cellar\",\"additionalInfo\":{\"gateway\":true},"
                           "\"unknown\":[1,2]}");
    assert_int_equal(made.status, 200);
    assert_string_equal(text_at(made.document, "name"), "pump 1");
    assert_string_equal(text_at(made.document, "type"), "default");
    assert_string_equal(text_at(made.document, "label"), "cellar");
    assert_string_equal(text_at(made.document, "id.entityType"), "DEVICE");
    assert_string_equal(text_at(made.document, "deviceProfileId.entityType"), "DEVICE_PROFILE");
    assert_string_equal(text_at(made.document, "customerId.id"), "13814000-1dd2-11b2-8080-808080808080");
    assert_string_equal(text_at(made.document, "deviceData.configuration.type"), "DEFAULT");
    assert_true(json_is_true(value_at(made.document, "additionalInfo.gateway")));
    snprintf(target, sizeof target, "/api/device/%s", text_at(made.document, "id.id"));
    AUTO_ANSWER got = ask(&platform, "GET", target, NULL);
    assert_true(json_equal(got.document, made.document));

    json_object_set_new(got.document, "label", json_string("roof"));
    json_object_set_new(got.document, "additionalInfo", json_null());
    char *body = json_dumps(got.document, 0);
    AUTO_ANSWER saved = ask(&platform, "POST", "/api/device", body);
    assert_int_equal(saved.status, 200);
    assert_string_equal(text_at(saved.document, "label"), "roof");
    assert_true(json_is_null(value_at(saved.document, "additionalInfo")));
    assert_true(json_integer_value(value_at(saved.document, "version")) >
                json_integer_value(value_at(made.document, "version")));
    AUTO_ANSWER stale = ask(&platform, "POST", "/api/device", body);
    assert_int_equal(stale.status, 409);
    assert_int_equal(stale.code, 35);
    free(body);

    AUTO_ANSWER gone = ask(&platform, "DELETE", target, NULL);
    assert_int_equal(gone.status, 200);
    assert_int_equal(gone.response.body.len, 0);
    AUTO_ANSWER missing = ask(&platform, "GET", target, NULL);
    assert_int_equal(missing.status, 404);
    AUTO_ANSWER twice = ask(&platform, "DELETE", target, NULL);
    assert_int_equal(twice.status, 404);
}

static void wrong_bodies_are_refused_with_the_field(void **state)
{
    static const struct {
        const char *body, *message;
    } rows[] = {
        {"{}", "Device name should be specified!"},
        {"{\"name\":\"\"}", "Device name should be specified!"},
        {"{\"name\":5}", "name is a number; expected a text"},
        {"{\"name\":\"a\",\"label\":{}}", "label is an object; expected a text"},
        {"{\"name\":\"a\",\"additionalInfo\":\"x\"}", "additionalInfo is a text; expected an object"},
        {"{\"name\":\"a\",\"deviceProfileId\":\"x\"}", "deviceProfileId is 'x'; expected a UUID"},
        {"{\"name\":\"a\",\"deviceProfileId\":{\"id\":\"11111111-2222-4333-8444-555555555555\"}}",
         "Device is referencing to non-existent device profile!"},
        {"{\"name\":\"a\",\"customerId\":{\"id\":\"11111111-2222-4333-8444-555555555555\"}}",
         "Can't assign device to non-existent customer!"},
        {"{\"name\":\"a\",\"version\":\"1\"}", "version is a text; expected a whole number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = ask(&platform, "POST", "/api/device", rows[i].body);
        assert_int_equal(got.status, 400);
        assert_int_equal(got.code, 31);
        assert_string_equal(text_at(got.document, "message"), rows[i].message);
    }
    AUTO_ANSWER none = ask(&platform, "POST", "/api/device",
                           "{\"name\":\"a\",\"id\":{\"id\":\"11111111-2222-4333-8444-555555555555\"}}");
    assert_int_equal(none.status, 404);
    AUTO_ANSWER id = ask(&platform, "GET", "/api/device/x", NULL);
    assert_int_equal(id.status, 400);
}

static void names_and_tokens_are_unique(void **state)
{
    AUTO_ANSWER first = ask(&platform, "POST", "/api/device?accessToken=abc", "{\"name\":\"one\"}");
    assert_int_equal(first.status, 200);
    AUTO_ANSWER name = ask(&platform, "POST", "/api/device", "{\"name\":\"one\"}");
    assert_int_equal(name.status, 400);
    assert_string_equal(text_at(name.document, "message"), "Device with such name already exists!");
    AUTO_ANSWER token = ask(&platform, "POST", "/api/device?accessToken=abc", "{\"name\":\"two\"}");
    assert_int_equal(token.status, 400);
    assert_string_equal(text_at(token.document, "message"), "Specified credentials are already registered!");
    AUTO_ANSWER long_token = ask(
        &platform, "POST", "/api/device?accessToken=123456789012345678901234567890123", "{\"name\":\"two\"}");
    assert_int_equal(long_token.status, 400);
    AUTO_ANSWER not_made = ask(&platform, "GET", "/api/tenant/devices?deviceName=two", NULL);
    assert_int_equal(not_made.status, 404);
}

static void a_new_type_makes_a_profile_only_for_a_good_body(void **state)
{
    AUTO_ANSWER bad =
        ask(&platform, "POST", "/api/device", "{\"name\":\"a\",\"type\":\"kiln\",\"additionalInfo\":1}");
    assert_int_equal(bad.status, 400);
    AUTO_ANSWER before = ask(&platform, "GET", "/api/deviceProfile/names", NULL);
    assert_int_equal(json_array_size(before.document), 1);
    AUTO_ANSWER good = ask(&platform, "POST", "/api/device", "{\"name\":\"k1\",\"type\":\"kiln\"}");
    assert_string_equal(text_at(good.document, "type"), "kiln");
    AUTO_ANSWER infos = ask(&platform, "GET", "/api/deviceProfileInfos?pageSize=10&page=0", NULL);
    assert_int_equal(json_integer_value(value_at(infos.document, "totalElements")), 2);
    AUTO_ANSWER preset = ask(&platform, "GET", "/api/deviceProfileInfo/default", NULL);
    assert_string_equal(text_at(preset.document, "name"), "default");
    char target[128];
    snprintf(target, sizeof target, "/api/deviceProfile/%s", text_at(preset.document, "id.id"));
    AUTO_ANSWER profile = ask(&platform, "GET", target, NULL);
    assert_true(json_is_true(value_at(profile.document, "default")));
    assert_string_equal(text_at(profile.document, "profileData.provisionConfiguration.type"), "DISABLED");
    AUTO_ANSWER types = ask(&platform, "GET", "/api/device/types", NULL);
    assert_int_equal(types.status, 200);
}

static void lists_come_in_pages(void **state)
{
    char id[UUID_TEXT_SIZE];
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "Listed %d", i);
        make_device(&platform, name, id);
    }
    AUTO_ANSWER page = ask(&platform, "GET",
                           "/api/tenant/deviceInfos?pageSize=2&page=1&textSearch=listed&sortProperty=name&"
                           "sortOrder=DESC",
                           NULL);
    assert_int_equal(json_integer_value(value_at(page.document, "totalElements")), 5);
    assert_int_equal(json_integer_value(value_at(page.document, "totalPages")), 3);
    assert_true(json_is_true(value_at(page.document, "hasNext")));
    assert_string_equal(text_at(page.document, "data.0.name"), "Listed 2");
    assert_string_equal(text_at(page.document, "data.0.deviceProfileName"), "default");
    assert_true(json_is_false(value_at(page.document, "data.0.active")));
    AUTO_ANSWER last = ask(&platform, "GET", "/api/user/devices?pageSize=2&page=2&textSearch=LISTED", NULL);
    assert_true(json_is_false(value_at(last.document, "hasNext")));
    assert_int_equal(json_array_size(value_at(last.document, "data")), 1);
    char target[256];
    snprintf(target, sizeof target, "/api/devices?deviceIds=%s,11111111-2222-4333-8444-555555555555", id);
    AUTO_ANSWER ids = ask(&platform, "GET", target, NULL);
    assert_int_equal(json_array_size(ids.document), 1);
    assert_string_equal(text_at(ids.document, "0.name"), "Listed 4");
    AUTO_ANSWER downwards =
        ask(&platform, "GET", "/api/tenant/devices?pageSize=1&page=0&sortProperty=name&sortOrder=desc", NULL);
    AUTO_ANSWER upwards =
        ask(&platform, "GET", "/api/tenant/devices?pageSize=1&page=0&sortProperty=name&sortOrder=", NULL);
    assert_int_equal(downwards.status, 200);
    assert_int_equal(upwards.status, 200);
    assert_true(strcmp(text_at(upwards.document, "data.0.name"), text_at(downwards.document, "data.0.name")) <
                0);
    static const char *const refused[] = {
        "?page=0",
        "?pageSize=10",
        "?pageSize=0&page=0",
        "?pageSize=1001&page=0",
        "?pageSize=x&page=0",
        "?pageSize=1&page=-1",
        "?pageSize=1&page=0&sortProperty=secret",
        "?pageSize=1&page=0&sortOrder=UP",
        "?pageSize=1&page=0&deviceProfileId=1",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        snprintf(target, sizeof target, "/api/tenant/devices%s", refused[i]);
        AUTO_ANSWER got = ask(&platform, "GET", target, NULL);
        assert_int_equal(got.status, 400);
    }
}

/* The page asked for is allowed, what is in it too large: the caller can ask for less. */
static void a_page_too_large_to_send_is_a_wrong_question(void **state)
{
    enum { BYTES = 64 * 1000, DEVICES = HTTP_ANSWER_MAX / BYTES + 1 };
    static char description[BYTES + 1];
    memset(description, 'x', BYTES);
    for (int i = 0; i < DEVICES; i++) {
        char name[32];
        snprintf(name, sizeof name, "large %d", i);
        AUTO_JSON body = json_pack("{s:s, s:s, s:{s:s}}", "name", name, "type", "large", "additionalInfo",
                                   "description", description);
        char *text = json_dumps(body, 0);
        AUTO_ANSWER made = ask(&platform, "POST", "/api/device", text);
        assert_int_equal(made.status, 200);
        free(text);
    }
    AUTO_ANSWER all = ask(&platform, "GET", "/api/tenant/devices?pageSize=1000&page=0&type=large", NULL);
    assert_int_equal(all.status, 400);
    assert_int_equal(all.code, 31);
    assert_non_null(strstr(text_at(all.document, "message"), "ask for less at once"));
    AUTO_ANSWER some = ask(&platform, "GET", "/api/tenant/devices?pageSize=100&page=0&type=large", NULL);
    assert_int_equal(some.status, 200);
}

static uint64_t number_of(const char *id)
{
    struct uuid uuid;
    struct device device;
    struct problem problem = {0};
    assert_true(uuid_parse(slice_str(id), &uuid));
    assert_int_equal(
        registry_device_get(platform.hub.registry, &platform.api.tenant, &uuid, &device, &problem), ERR_OK);
    uint64_t number = device.number;
    device_fini(&device);
    return number;
}

static void activity_is_of_now_or_of_the_last_run(void **state)
{
    char heard[UUID_TEXT_SIZE], stored[UUID_TEXT_SIZE], target[128];
    make_device(&platform, "heard now", heard);
    make_device(&platform, "heard once", stored);
    struct presence_record *record = presence_connect(platform.hub.presence, number_of(heard), 5000);
    presence_heard(record, 6000);
    struct batch batch = {0};
    struct problem problem = {0};
    struct attribute last = {.device = number_of(stored),
                             .scope = SCOPE_SERVER,
                             .key = SLICE("lastActivityTime"),
                             .value = {.type = VALUE_LONG, .number = 4000}};
    batch_add_attribute(&batch, &last);
    assert_int_equal(writer_write(platform.hub.writer, &batch, &problem), ERR_OK);
    batch_fini(&batch);
    snprintf(target, sizeof target, "/api/device/info/%s", heard);
    AUTO_ANSWER now = ask(&platform, "GET", target, NULL);
    assert_true(json_is_true(value_at(now.document, "active")));
    assert_int_equal(json_integer_value(value_at(now.document, "lastActivityTime")), 6000);
    snprintf(target, sizeof target, "/api/device/info/%s", stored);
    AUTO_ANSWER once = ask(&platform, "GET", target, NULL);
    assert_true(json_is_false(value_at(once.document, "active")));
    assert_int_equal(json_integer_value(value_at(once.document, "lastActivityTime")), 4000);
    AUTO_ANSWER active = ask(&platform, "GET", "/api/tenant/deviceInfos?pageSize=5&page=0&active=true", NULL);
    assert_int_equal(json_integer_value(value_at(active.document, "totalElements")), 1);
    assert_string_equal(text_at(active.document, "data.0.name"), "heard now");
    AUTO_ANSWER rest = ask(&platform, "GET", "/api/tenant/deviceInfos?pageSize=1&page=1&active=false", NULL);
    assert_int_equal(json_array_size(value_at(rest.document, "data")), 1);
    presence_disconnect(record, 7000);
}

static int open_platform(void **state)
{
    platform_open(&platform, NULL);
    return 0;
}

static int close_platform(void **state)
{
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_created_read_changed_and_deleted),
        cmocka_unit_test(wrong_bodies_are_refused_with_the_field),
        cmocka_unit_test(names_and_tokens_are_unique),
        cmocka_unit_test(a_new_type_makes_a_profile_only_for_a_good_body),
        cmocka_unit_test(lists_come_in_pages),
        cmocka_unit_test(activity_is_of_now_or_of_the_last_run),
        cmocka_unit_test(a_page_too_large_to_send_is_a_wrong_question),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
