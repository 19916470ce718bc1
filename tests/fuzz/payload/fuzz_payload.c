/*
 * Payloads in the form of a Protobuf profile. The first byte chooses a topic or a message. What a device sends becomes
 * JSON or is refused; what it is told is made of any strict JSON, or refused. Always told why.
 */
#include "hub/payload.h"
#include "json/compact.h"

enum { LIMIT = 1 << 20 };

static const char profile_data[] =
    "{\"transportConfiguration\":{\"type\":\"MQTT\",\"transportPayloadTypeConfiguration\":{"
    "\"transportPayloadType\":\"PROTOBUF\","
    "\"deviceTelemetryProtoSchema\":\"syntax = \\\"proto3\\\"; message T { map<string, T> t = 1; repeated "
    "double d = 2; }\","
    "\"deviceAttributesProtoSchema\":\"syntax = \\\"proto3\\\"; message A { string fw = 1; bytes raw = 2; "
    "}\"}}}";

static const char *const topics[] = {
    "v1/devices/me/telemetry",      "v2/a/p",       "v2/a/req/1",
    "v1/devices/me/rpc/response/2", "v2/r/req/p/3", "v1/devices/me/claim",
};

static struct payload_forms forms;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct profile profile = {.name = "fuzz", .profile_data = (char *)(uintptr_t)profile_data};
    CHECK(payloads_new(&forms.payloads) == ERR_OK);
    CHECK(profile_config_read(&profile, &forms.profile, NULL) == ERR_OK);
    return 0;
}

static bool is_json(struct slice text)
{
    AUTO_BUF scratch = {0};
    AUTO_BUF compact = {0};
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, text, JSON_MODE_STRICT, JSON_DEPTH_MAX, &scratch, NULL);
    return json_next(&reader, &token) == ERR_OK && json_compact(&reader, &token, &compact) == ERR_OK &&
           json_next(&reader, &token) == ERR_OK;
}

static void check_read(const char *topic, struct slice payload)
{
    const struct topic_match match = topic_of_publish(slice_str(topic));
    AUTO_BUF scratch = {.limit = LIMIT};
    struct payload_json json;
    struct problem problem = {0};
    err_t err = payload_read(&forms, &match, payload, &scratch, &json, &problem);
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT);
    CHECK(err == ERR_OK ? json.is_typed && is_json(json.text) : problem.text[0] != '\0');
}

static void check_write(enum payload_message message, struct slice json)
{
    const struct payload_told told = {.message = message, .form = FORM_SHORT, .request_id = 7, .json = json};
    AUTO_BUF out = {.limit = LIMIT};
    struct problem problem = {0};
    if (!is_json(json))
        return;
    err_t err = payload_write(&forms, &told, &out, &problem);
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT);
    CHECK(err == ERR_OK || problem.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TOPICS = sizeof topics / sizeof topics[0] };
    if (size == 0)
        return 0;
    unsigned choice = data[0] % (TOPICS + PAYLOAD_RPC_ANSWER + 1);
    struct slice rest = slice_of(data + 1, size - 1);
    if (choice < TOPICS)
        check_read(topics[choice], rest);
    else
        check_write((enum payload_message)(choice - TOPICS), rest);
    return 0;
}
