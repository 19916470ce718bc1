#include "http/router.h"

#include "hub/writer.h"
#include "platform.h"
#include "unit.h"

#include <stdio.h>

static struct platform platform;
static char device_id[UUID_TEXT_SIZE];
static uint64_t number;

static void add_point(struct batch *batch, const char *key, int64_t ts, struct value value)
{
    struct point point = {.device = number, .key = slice_str(key), .ts = ts, .value = value};
    batch_add_point(batch, &point);
}

static void add_attribute(struct batch *batch, enum attribute_scope scope, const char *key, int64_t ts,
                          struct value value)
{
    struct attribute attribute = {
        .device = number, .scope = scope, .key = slice_str(key), .updated_ms = ts, .value = value};
    batch_add_attribute(batch, &attribute);
}

static struct value of_long(int64_t n)
{
    return (struct value){.type = VALUE_LONG, .number = n};
}

static void fill(void)
{
    struct batch batch = {0};
    struct problem problem = {0};
    for (int64_t i = 1; i <= 300; i++)
        add_point(&batch, "n", i * 1000, of_long(i));
    add_point(&batch, "d", 1000, (struct value){.type = VALUE_DOUBLE, .real = 21.5});
    add_point(&batch, "b", 1000, (struct value){.type = VALUE_BOOLEAN, .boolean = true});
    add_point(&batch, "s \"q\"", 1000, (struct value){.type = VALUE_STRING, .text = SLICE("a\"\n\xc3\xa4")});
    add_point(&batch, "j", 1000, (struct value){.type = VALUE_JSON, .text = SLICE("{\"x\":[1,\"y\"]}")});
    add_attribute(&batch, SCOPE_CLIENT, "serial", 5, of_long(7));
    add_attribute(&batch, SCOPE_SERVER, "serial", 6, of_long(8));
    add_attribute(&batch, SCOPE_SERVER, "active", 6, (struct value){.type = VALUE_BOOLEAN, .boolean = true});
    assert_int_equal(writer_write(platform.hub.writer, &batch, &problem), ERR_OK);
    batch_fini(&batch);
}

static struct answer get(const char *rest)
{
    char target[1024];
    snprintf(target, sizeof target, "/api/plugins/telemetry/DEVICE/%s/%s", device_id, rest);
    return ask(&platform, "GET", target, NULL);
}

static void expect(const char *rest, const char *json)
{
    AUTO_ANSWER got = get(rest);
    char *text = got.document != NULL ? json_dumps(got.document, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (got.status != 200 || text == NULL || strcmp(text, json) != 0)
        fail_msg("%s: %u %s; expected %s", rest, got.status, text, json);
    free(text);
}

static void latest_values_are_text_unless_strict(void **state)
{
    expect("keys/timeseries", "[\"b\",\"d\",\"j\",\"n\",\"s \\\"q\\\"\"]");
    expect("values/timeseries?keys=n,b,n", "{\"n\":[{\"ts\":300000,\"value\":\"300\"}],"
                                           "\"b\":[{\"ts\":1000,\"value\":\"true\"}]}");
    expect("values/timeseries?keys=d,j", "{\"d\":[{\"ts\":1000,\"value\":\"21.5\"}],"
                                         "\"j\":[{\"ts\":1000,\"value\":\"{\\\"x\\\":[1,\\\"y\\\"]}\"}]}");
    expect("values/timeseries?useStrictDataTypes=true",
           "{\"b\":[{\"ts\":1000,\"value\":true}],\"d\":[{\"ts\":1000,\"value\":21.5}],"
           "\"j\":[{\"ts\":1000,\"value\":{\"x\":[1,\"y\"]}}],\"n\":[{\"ts\":300000,\"value\":300}],"
           "\"s \\\"q\\\"\":[{\"ts\":1000,\"value\":\"a\\\"\\n\xc3\xa4\"}]}");
    AUTO_ANSWER never = get("values/timeseries?keys=never");
    assert_true(json_is_null(value_at(never.document, "never.0.value")));
}

static void history_keeps_its_bounds(void **state)
{
    expect("values/timeseries?keys=n&startTs=2000&endTs=4000",
           "{\"n\":[{\"ts\":3000,\"value\":\"3\"},{\"ts\":2000,\"value\":\"2\"}]}");
    expect("values/timeseries?keys=n&startTs=2000&endTs=4000&orderBy=ASC&useStrictDataTypes=true",
           "{\"n\":[{\"ts\":2000,\"value\":2},{\"ts\":3000,\"value\":3}]}");
    expect("values/timeseries?keys=n&startTs=0&endTs=900000&limit=1",
           "{\"n\":[{\"ts\":300000,\"value\":\"300\"}]}");
    expect("values/timeseries?keys=n,never&startTs=900000&endTs=900001", "{}");
    expect("values/timeseries?keys=n&startTs=1000&endTs=1000", "{}");
    AUTO_ANSWER hundred = get("values/timeseries?keys=n&startTs=0&endTs=900000");
    assert_int_equal(json_array_size(value_at(hundred.document, "n")), 100);
}

static void history_is_aggregated(void **state)
{
    expect("values/timeseries?keys=n&startTs=1000&endTs=5000&interval=2000&agg=SUM&orderBy=ASC",
           "{\"n\":[{\"ts\":2000,\"value\":\"3\"},{\"ts\":4000,\"value\":\"7\"}]}");
    /* No interval: no aggregation, as in the platform. */
    expect("values/timeseries?keys=n&startTs=1000&endTs=2000&agg=SUM",
           "{\"n\":[{\"ts\":1000,\"value\":\"1\"}]}");
    /* An empty member is one left out. */
    expect("values/timeseries?keys=n&startTs=1000&endTs=2000&agg=&orderBy=&intervalType=",
           "{\"n\":[{\"ts\":1000,\"value\":\"1\"}]}");
}

static void wrong_questions_are_refused(void **state)
{
    static const struct {
        const char *rest, *part;
    } rows[] = {
        {"values/timeseries?keys=n&startTs=1", "'endTs' is not present"},
        {"values/timeseries?keys=n&endTs=1", "'startTs' is not present"},
        {"values/timeseries?startTs=1&endTs=2", "'keys' is not present"},
        {"values/timeseries?keys=n&startTs=2&endTs=1", "endTs 1 is before startTs 2"},
        {"values/timeseries?keys=n&startTs=x&endTs=1", "startTs is 'x'"},
        {"values/timeseries?keys=n&startTs=0&endTs=9&limit=0", "limit is 0"},
        {"values/timeseries?keys=n&startTs=0&endTs=9&interval=1&agg=MEDIAN", "agg is 'MEDIAN'"},
        {"values/timeseries?keys=n&startTs=0&endTs=9&orderBy=x", "orderBy"},
        {"values/timeseries?keys=n&startTs=0&endTs=50001&interval=1&agg=AVG", "at most 50000"},
        {"values/timeseries?keys=n&startTs=0&endTs=9&interval=1&agg=AVG&intervalType=DAY",
         "MILLISECONDS, WEEK"},
        {"values/timeseries?keys=n&startTs=0&endTs=9&agg=AVG&intervalType=WEEK&timeZone=Moon/Base",
         "Europe/Berlin"},
        {"values/timeseries?keys=n&startTs=0&endTs=9&agg=AVG&intervalType=WEEK&timeZone=../UTC",
         "Europe/Berlin"},
        {"values/timeseries?keys=n&startTs=0&endTs=30240000000001&agg=AVG&intervalType=WEEK",
         "at most 50000"},
        {"values/timeseries?useStrictDataTypes=maybe", "neither true nor false"},
        {"values/attributes/NO_SCOPE", "scope is 'NO_SCOPE'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = get(rows[i].rest);
        assert_int_equal(got.status, 400);
        if (strstr(text_at(got.document, "message"), rows[i].part) == NULL)
            fail_msg("%s: %s", rows[i].rest, text_at(got.document, "message"));
    }
    AUTO_ANSWER type =
        ask(&platform, "GET",
            "/api/plugins/telemetry/ASSET/11111111-2222-4333-8444-555555555555/keys/timeseries", NULL);
    assert_int_equal(type.status, 400);
    AUTO_ANSWER none =
        ask(&platform, "GET",
            "/api/plugins/telemetry/DEVICE/11111111-2222-4333-8444-555555555555/keys/timeseries", NULL);
    assert_int_equal(none.status, 404);
}

static void attributes_are_listed_by_scope(void **state)
{
    expect("keys/attributes", "[\"serial\",\"active\"]");
    expect("keys/attributes/CLIENT_SCOPE", "[\"serial\"]");
    expect("keys/attributes/SHARED_SCOPE", "[]");
    expect("values/attributes?keys=serial", "[{\"lastUpdateTs\":5,\"key\":\"serial\",\"value\":7},"
                                            "{\"lastUpdateTs\":6,\"key\":\"serial\",\"value\":8}]");
    expect("values/attributes/SERVER_SCOPE?keys=active,x",
           "[{\"lastUpdateTs\":6,\"key\":\"active\",\"value\":true}]");
}

/* 300 points of 60 000 bytes, each at a time and under a key of its own. */
static void fill_large(void)
{
    struct batch batch = {0};
    struct problem problem = {0};
    static char text[60000];
    char key[16];
    memset(text, 'x', sizeof text);
    for (int64_t i = 0; i < 300; i++) {
        struct value value = {.type = VALUE_STRING, .text = slice_of(text, sizeof text)};
        snprintf(key, sizeof key, "big%lld", (long long)i);
        add_point(&batch, "big", i, value);
        add_point(&batch, key, i, value);
    }
    assert_int_equal(writer_write(platform.hub.writer, &batch, &problem), ERR_OK);
    batch_fini(&batch);
}

static void too_large_an_answer_says_so(void **state)
{
    fill_large();
    AUTO_ANSWER got = get("values/timeseries");
    assert_int_equal(got.status, 400);
    assert_non_null(strstr(text_at(got.document, "message"), "ask for less"));
}

static void a_history_may_be_as_large_as_it_is(void **state)
{
    fill_large();
    AUTO_ANSWER got = get("values/timeseries?keys=n,big,big7,n&startTs=0&endTs=300000&limit=300");
    assert_int_equal(got.status, 200);
    assert_int_equal(json_object_size(got.document), 3);
    assert_int_equal(json_array_size(json_object_get(got.document, "n")), 299);
    assert_int_equal(json_array_size(json_object_get(got.document, "big")), 300);
    assert_int_equal(json_array_size(json_object_get(got.document, "big7")), 1);
    assert_int_equal(strlen(text_at(got.document, "big.299.value")), 60000);
}

static int open_platform(void **state)
{
    struct uuid id;
    struct device device;
    struct problem problem = {0};
    platform_open(&platform, NULL);
    make_device(&platform, "measured", device_id);
    assert_true(uuid_parse(slice_str(device_id), &id));
    assert_int_equal(registry_device_get(platform.hub.registry, &platform.api.tenant, &id, &device, &problem),
                     ERR_OK);
    number = device.number;
    device_fini(&device);
    fill();
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
        cmocka_unit_test(latest_values_are_text_unless_strict),
        cmocka_unit_test(history_keeps_its_bounds),
        cmocka_unit_test(history_is_aggregated),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(attributes_are_listed_by_scope),
        cmocka_unit_test(too_large_an_answer_says_so),
        cmocka_unit_test(a_history_may_be_as_large_as_it_is),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
