#include "hub/payload.h"

#include "unit.h"

#define PROTO "syntax = \\\"proto3\\\";"

/* Profiles, as REST saves them. */
static const char protobuf_data[] =
    "{\"transportConfiguration\":{\"type\":\"MQTT\",\"transportPayloadTypeConfiguration\":{"
    "\"transportPayloadType\":\"PROTOBUF\","
    "\"deviceTelemetryProtoSchema\":\"" PROTO
    "message T { optional int64 ts = 1; V values = 2; message V { double t = 1; } }\","
    "\"deviceAttributesProtoSchema\":\"" PROTO "message A { string fw = 1; }\"%s}}}";

static struct payloads *payloads;

static int set_up(void **state)
{
    return payloads_new(&payloads) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    payloads_free(payloads);
    return 0;
}

static struct profile_config *config_of(const char *more)
{
    AUTO_BUF data = {0};
    struct problem problem = {0};
    struct profile_config *config = NULL;
    buf_append_slice(&data, slice_of(protobuf_data, (size_t)(strstr(protobuf_data, "%s") - protobuf_data)));
    buf_append_str(&data, more);
    buf_append_str(&data, strstr(protobuf_data, "%s") + 2);
    struct profile profile = {.name = "p"};
    profile.profile_data = (char *)(uintptr_t)buf_cstr(&data);
    if (profile_config_read(&profile, &config, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return config;
}

static struct schema *compiled(const char *text)
{
    struct schema *schema = NULL;
    struct problem problem = {0};
    if (schema_compile(slice_str(text), "schema", &schema, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return schema;
}

/* ---- from a device ------------------------------------------------------------------------------------- */

static void check_read(struct profile_config *profile, const char *topic, struct slice payload,
                       const char *json, bool is_typed)
{
    const struct payload_forms forms = {payloads, profile};
    const struct topic_match match = topic_of_publish(slice_str(topic));
    AUTO_BUF scratch = {0};
    AUTO_BUF text = {0};
    struct payload_json read = {0};
    struct problem problem = {0};
    assert_int_not_equal(match.topic, TOPIC_UNKNOWN);
    if (payload_read(&forms, &match, payload, &scratch, &read, &problem) != ERR_OK)
        fail_msg("%s: %s", topic, problem.text);
    buf_append_slice(&text, read.text);
    assert_string_equal(buf_cstr(&text), json);
    assert_int_equal(read.is_typed, is_typed);
}

static void check_not_read(struct profile_config *profile, const char *topic, struct slice payload,
                           const char *sentence)
{
    const struct payload_forms forms = {payloads, profile};
    const struct topic_match match = topic_of_publish(slice_str(topic));
    AUTO_BUF scratch = {0};
    struct payload_json read = {0};
    struct problem problem = {0};
    assert_int_equal(payload_read(&forms, &match, payload, &scratch, &read, &problem), ERR_INVALID);
    assert_string_equal(problem.text, sentence);
}

#define T SLICE("\x12\x09\x09\x00\x00\x00\x00\x00\x00\xf0\x3f") /* values { t: 1 } */
#define A                                                                                                    \
    SLICE("\x0a\x03"                                                                                         \
          "1.2")
#define T_TXT "{\"values\":{\"t\":1.0}}"
#define A_TXT "{\"fw\":\"1.2\"}"

static void the_profile_and_the_topic_choose_the_form(void **state)
{
    AUTO_PROFILE_CONFIG *config = config_of("");
    check_read(config, "v1/devices/me/telemetry", T, T_TXT, true);
    check_read(config, "v2/t", T, T_TXT, true);
    check_read(config, "v2/t/p", T, T_TXT, true);
    check_read(config, "v2/t/j", SLICE("{a:1}"), "{a:1}", false);
    check_read(config, "v1/devices/me/attributes", A, A_TXT, true);
    check_read(config, "v2/a/p", A, A_TXT, true);
    check_read(config, "v2/a/j", SLICE("{a:1}"), "{a:1}", false);
    check_read(NULL, "v1/devices/me/telemetry", T, "\x12\x09\x09",
               false); /* as it is; the text ends at a NUL */
    check_read(config, "v1/gateway/telemetry", SLICE("{}"), "{}", false);
    check_read(config, "v2/fw/request/1/chunk/0", SLICE("500"), "500", false);
}

static void json_is_tried_where_the_profile_says_so(void **state)
{
    AUTO_PROFILE_CONFIG *strict = config_of("");
    AUTO_PROFILE_CONFIG *lenient = config_of(",\"enableCompatibilityWithJsonPayloadFormat\":true");
    static const char no_message[] = "payload is no Protobuf message T, the schema of the device's profile";
    check_not_read(strict, "v2/t", SLICE("{\"a\":1}"), no_message);
    check_read(lenient, "v2/t", SLICE("{\"a\":1}"), "{\"a\":1}", false);
    check_read(lenient, "v1/devices/me/telemetry", T, T_TXT, true);
    check_not_read(lenient, "v2/t/p", SLICE("{\"a\":1}"), no_message);
}

static void a_profile_without_schemas_has_the_platforms_messages_only(void **state)
{
    static const char sentence[] = "the device's profile has no Protobuf schema; send JSON, or set it there";
    check_not_read(NULL, "v2/t/p", T, sentence);
    check_not_read(NULL, "v2/a/p", A, sentence);
    check_not_read(NULL, "v2/r/res/p/1", A, sentence);
    check_read(NULL, "v2/a/req/p/1",
               SLICE("\x0a\x03"
                     "a,b"),
               "{\"clientKeys\":\"a,b\"}", true);
}

static void requests_become_json(void **state)
{
    AUTO_PROFILE_CONFIG *config = config_of("");
    check_read(config, "v1/devices/me/attributes/request/1", SLICE(""), "{}", true);
    check_read(config, "v2/a/req/1", SLICE("\x12\x01k"), "{\"sharedKeys\":\"k\"}", true);
    check_read(config, "v1/devices/me/claim", SLICE("\x0a\x01s\x10\x05"),
               "{\"secretKey\":\"s\",\"durationMs\":5}", true);
    check_read(config, "v1/devices/me/rpc/response/1",
               SLICE("\x0a\x02"
                     "ok"),
               "{\"payload\":\"ok\"}", true);
    check_read(config, "v2/r/req/1", SLICE("\x0a\x01m\x12\x0a{\"a\": [1]}"),
               "{\"method\":\"m\",\"params\":{\"a\":[1]}}", true);
    check_read(config, "v2/r/req/p/1", SLICE("\x0a\x01m\x12\x04{\"a\""),
               "{\"method\":\"m\",\"params\":\"{\\\"a\\\"\"}", true);
    check_read(config, "v2/r/req/p/1", SLICE("\x0a\x01m"), "{\"method\":\"m\"}", true);
}

/* ---- to a device --------------------------------------------------------------------------------------- */

#define QUEUE_PROTO                                                                                          \
    "syntax = \"proto3\"; package transport;\n"                                                              \
    "enum KeyValueType { BOOLEAN_V = 0; LONG_V = 1; DOUBLE_V = 2; STRING_V = 3; JSON_V = 4; }\n"             \
    "message KeyValueProto { string key = 1; KeyValueType type = 2; optional bool bool_v = 3;\n"             \
    "  optional int64 long_v = 4; optional double double_v = 5; optional string string_v = 6;\n"             \
    "  optional string json_v = 7; }\n"                                                                      \
    "message TsKvProto { optional int64 ts = 1; KeyValueProto kv = 2; }\n"

/* What a device makes of it. Times are blanked. */
static void check_written(struct profile_config *profile, const struct payload_told *told,
                          const char *schema_text, const char *json)
{
    const struct payload_forms forms = {payloads, profile};
    struct schema *schema = compiled(schema_text);
    struct problem problem = {0};
    AUTO_BUF payload = {0};
    AUTO_BUF text = {0};
    if (payload_write(&forms, told, &payload, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    assert_int_equal(schema_decode(schema, buf_slice(&payload), &text, &problem), ERR_OK);
    char *all = (char *)(uintptr_t)buf_cstr(&text);
    for (char *ts = strstr(all, "\"ts\":1"); ts != NULL; ts = strstr(ts + 6, "\"ts\":1"))
        memmove(ts + 6, ts + 5 + 13, strlen(ts + 5 + 13) + 1);
    assert_string_equal(all, json);
    schema_free(schema);
}

static void attribute_changes_are_told(void **state)
{
    static const char schema[] =
        QUEUE_PROTO "message AttributeUpdateNotificationMsg {\n"
                    "  repeated TsKvProto sharedUpdated = 1; repeated string sharedDeleted = 2; }";
    struct payload_told told = {.message = PAYLOAD_ATTRIBUTES, .form = FORM_SHORT_PROTOBUF};
    told.json = SLICE("{\"b\":true,\"l\":-5,\"d\":2.5,\"s\":\"x\",\"j\":{\"a\":[1]}}");
    check_written(
        NULL, &told, schema,
        "{\"sharedUpdated\":[{\"ts\":1,\"kv\":{\"key\":\"b\",\"type\":\"BOOLEAN_V\",\"boolV\":true}},"
        "{\"ts\":1,\"kv\":{\"key\":\"l\",\"type\":\"LONG_V\",\"longV\":-5}},"
        "{\"ts\":1,\"kv\":{\"key\":\"d\",\"type\":\"DOUBLE_V\",\"doubleV\":2.5}},"
        "{\"ts\":1,\"kv\":{\"key\":\"s\",\"type\":\"STRING_V\",\"stringV\":\"x\"}},"
        "{\"ts\":1,\"kv\":{\"key\":\"j\",\"type\":\"JSON_V\",\"jsonV\":\"{\\\"a\\\":[1]}\"}}],"
        "\"sharedDeleted\":[]}");
    told.json = SLICE("{\"deleted\":[\"a\",\"b\"]}");
    check_written(NULL, &told, schema, "{\"sharedUpdated\":[],\"sharedDeleted\":[\"a\",\"b\"]}");
    told.json = SLICE("{\"deleted\":5,\"e\":1.0E7}"); /* an attribute of that name */
    check_written(
        NULL, &told, schema,
        "{\"sharedUpdated\":[{\"ts\":1,\"kv\":{\"key\":\"deleted\",\"type\":\"LONG_V\",\"longV\":5}},"
        "{\"ts\":1,\"kv\":{\"key\":\"e\",\"type\":\"DOUBLE_V\",\"doubleV\":1.0E7}}],\"sharedDeleted\":[]}");
}

static void attribute_requests_are_answered(void **state)
{
    static const char schema[] = QUEUE_PROTO
        "message GetAttributeResponseMsg { int32 requestId = 1; repeated TsKvProto clientAttributeList = 2;\n"
        "  repeated TsKvProto sharedAttributeList = 3; bool isMultipleAttributesRequest = 4; string error = "
        "5; }";
    struct payload_told told = {.message = PAYLOAD_ATTRIBUTES_ANSWER, .request_id = 7};
    told.json = SLICE("{\"client\":{\"a\":1},\"shared\":{\"b\":\"c\"}}");
    check_written(NULL, &told, schema,
                  "{\"requestId\":7,\"clientAttributeList\":[{\"ts\":1,\"kv\":{\"key\":\"a\",\"type\":\"LONG_"
                  "V\",\"longV\":1}}],"
                  "\"sharedAttributeList\":[{\"ts\":1,\"kv\":{\"key\":\"b\",\"type\":\"STRING_V\",\"string"
                  "V\":\"c\"}}],"
                  "\"isMultipleAttributesRequest\":false,\"error\":\"\"}");
    told.json = SLICE("{}");
    check_written(NULL, &told, schema,
                  "{\"requestId\":7,\"clientAttributeList\":[],\"sharedAttributeList\":[],"
                  "\"isMultipleAttributesRequest\":false,\"error\":\"\"}");
}

static void calls_fit_the_profiles_schema(void **state)
{
    static const char by_default[] = "syntax = \"proto3\"; message R { optional string method = 1;\n"
                                     "  optional int32 requestId = 2; optional string params = 3; }";
    static const char own[] =
        "syntax = \"proto3\"; message R { string method = 1; int32 requestId = 2; P params = 3;\n"
        "  message P { string pin = 1; int32 value = 2; } }";
    AUTO_PROFILE_CONFIG *usual = config_of("");
    AUTO_PROFILE_CONFIG *special =
        config_of(",\"deviceRpcRequestProtoSchema\":\"" PROTO
                  "message R { string method = 1; int32 requestId = 2; P params = 3;"
                  "  message P { string pin = 1; int32 value = 2; } }\"");
    struct payload_told told = {.message = PAYLOAD_RPC_REQUEST, .request_id = 3};
    told.json = SLICE("{\"method\":\"set\",\"params\":{\"pin\":\"23\",\"value\":1},\"other\":[1]}");
    check_written(
        usual, &told, by_default,
        "{\"method\":\"set\",\"requestId\":3,\"params\":\"{\\\"pin\\\":\\\"23\\\",\\\"value\\\":1}\"}");
    check_written(special, &told, own,
                  "{\"method\":\"set\",\"requestId\":3,\"params\":{\"pin\":\"23\",\"value\":1}}");
    told.json = SLICE("{\"method\":\"set\",\"params\":\"as it is\"}");
    check_written(usual, &told, by_default, "{\"method\":\"set\",\"requestId\":3,\"params\":\"as it is\"}");

    const struct payload_forms forms = {payloads, special};
    AUTO_BUF out = {0};
    struct problem problem = {0};
    assert_int_equal(payload_write(&forms, &told, &out, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "cannot be told as a Protobuf message R: "));
    const struct payload_forms none = {payloads, NULL};
    assert_int_equal(payload_write(&none, &told, &out, &problem), ERR_INVALID);
}

static void the_servers_answers_are_text(void **state)
{
    static const char schema[] =
        "syntax = \"proto3\"; message ToServerRpcResponseMsg { int32 requestId = 1;\n"
        "  string payload = 2; string error = 3; }";
    struct payload_told told = {
        .message = PAYLOAD_RPC_ANSWER, .request_id = 9, .json = SLICE("{\"time\":[1,\"a\"]}")};
    check_written(NULL, &told, schema,
                  "{\"requestId\":9,\"payload\":\"{\\\"time\\\":[1,\\\"a\\\"]}\",\"error\":\"\"}");
}

static void what_is_sent_as_json(void **state)
{
    AUTO_PROFILE_CONFIG *config = config_of("");
    AUTO_PROFILE_CONFIG *mixed = config_of(",\"enableCompatibilityWithJsonPayloadFormat\":true,"
                                           "\"useJsonPayloadFormatForDefaultDownlinkTopics\":true");
    static const bool expected[3][FORM_COUNT] = {
        {[FORM_LONG] = true, [FORM_SHORT] = true, [FORM_SHORT_JSON] = true},
        {[FORM_SHORT_JSON] = true},
        {[FORM_LONG] = true, [FORM_SHORT_JSON] = true},
    };
    for (enum topic_form form = 0; form < FORM_COUNT; form++) {
        assert_int_equal(payload_is_sent_as_json(NULL, form), expected[0][form]);
        assert_int_equal(payload_is_sent_as_json(config, form), expected[1][form]);
        assert_int_equal(payload_is_sent_as_json(mixed, form), expected[2][form]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_profile_and_the_topic_choose_the_form),
        cmocka_unit_test(json_is_tried_where_the_profile_says_so),
        cmocka_unit_test(a_profile_without_schemas_has_the_platforms_messages_only),
        cmocka_unit_test(requests_become_json),
        cmocka_unit_test(attribute_changes_are_told),
        cmocka_unit_test(attribute_requests_are_answered),
        cmocka_unit_test(calls_fit_the_profiles_schema),
        cmocka_unit_test(the_servers_answers_are_text),
        cmocka_unit_test(what_is_sent_as_json),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
