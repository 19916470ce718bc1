#include "model/profile_config.h"

#include "../pki/maker.h"
#include "pki/certificate.h"
#include "pki/name_pattern.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static err_t read_with_key(const char *json, const char *key, struct profile_config **ret,
                           struct problem *problem)
{
    struct profile profile = {.id = uuid_random(), .name = "pump", .profile_data = strdup(json)};
    snprintf(profile.provision_key, sizeof profile.provision_key, "%s", key);
    err_t err = profile_config_read(&profile, ret, problem);
    profile_fini(&profile); /* the configuration stands on its own */
    return err;
}

static struct profile_config *good(const char *json)
{
    struct profile_config *config = NULL;
    struct problem problem = {0};
    if (read_with_key(json, "the key", &config, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return config;
}

static void nothing_saved_means_the_platforms_own(void **state)
{
    AUTO_PROFILE_CONFIG *config = NULL;
    struct profile profile = {.id = uuid_random(), .firmware_id = uuid_random(), .name = "pump"};
    assert_int_equal(profile_config_read(&profile, &config, NULL), ERR_OK);
    assert_true(uuid_eq(&config->profile_id, &profile.id));
    assert_true(uuid_eq(&config->firmware_id, &profile.firmware_id));
    assert_string_equal(config->name, "pump");
    assert_int_equal(config->transport, PROFILE_TRANSPORT_DEFAULT);
    assert_true(slice_eq_str(config->telemetry_filter, "v1/devices/me/telemetry"));
    assert_true(slice_eq_str(config->attributes_filter, "v1/devices/me/attributes"));
    assert_true(slice_eq_str(config->attributes_subscribe_filter, "v1/devices/me/attributes"));
    assert_int_equal(config->payload, PROFILE_PAYLOAD_JSON);
    assert_int_equal(config->provision.type, PROVISION_DISABLED);
    assert_false(config->ack_invalid);
    assert_int_equal(config->inactivity_timeout_ms, 0);
    assert_int_equal(config->telemetry_ttl_s, -1);
}

static void what_a_default_profile_of_a_client_says(void **state)
{
    AUTO_PROFILE_CONFIG *config = good(
        "{\"configuration\":{\"type\":\"DEFAULT\"},\"transportConfiguration\":{\"type\":\"DEFAULT\"},"
        "\"provisionConfiguration\":{\"type\":\"DISABLED\",\"provisionDeviceSecret\":null},\"alarms\":null}");
    assert_int_equal(config->transport, PROFILE_TRANSPORT_DEFAULT);
    assert_int_equal(config->provision.type, PROVISION_DISABLED);
}

static void mqtt_profile_names_its_topics(void **state)
{
    AUTO_PROFILE_CONFIG *config =
        good("{\"transportConfiguration\":{\"type\":\"MQTT\",\"deviceTelemetryTopic\":\"/plant/+/data\","
             "\"deviceAttributesTopic\":\"/plant/#\",\"deviceAttributesSubscribeTopic\":\" \","
             "\"sendAckOnValidationException\":true,\"sparkplug\":false},"
             "\"configuration\":{\"inactivityTimeout\":90000,\"telemetryTtlSeconds\":86400}}");
    assert_int_equal(config->transport, PROFILE_TRANSPORT_MQTT);
    assert_true(slice_eq_str(config->telemetry_filter, "/plant/+/data"));
    assert_true(slice_eq_str(config->attributes_filter, "/plant/#"));
    assert_true(slice_eq_str(config->attributes_subscribe_filter, "v1/devices/me/attributes"));
    assert_true(config->ack_invalid);
    assert_int_equal(config->inactivity_timeout_ms, 90000);
    assert_int_equal(config->telemetry_ttl_s, 86400);
}

#define SCHEMA(name, text) "\"" name "\":\"syntax = \\\"proto3\\\";\\n" text "\""

static void protobuf_profile_compiles_its_schemas(void **state)
{
    AUTO_PROFILE_CONFIG *config = good(
        "{\"transportConfiguration\":{\"type\":\"MQTT\",\"transportPayloadTypeConfiguration\":{"
        "\"transportPayloadType\":\"PROTOBUF\"," SCHEMA(
            "deviceTelemetryProtoSchema",
            "message T {}") "," SCHEMA("deviceAttributesProtoSchema",
                                       "message A {}") "," SCHEMA("deviceRpcRequestProtoSchema",
                                                                  "package p; message Q {}") ","
                                                                                             "\"deviceRpcResp"
                                                                                             "onseProtoSchema"
                                                                                             "\":\"\","
                                                                                             "\"enableCompati"
                                                                                             "bilityWithJsonP"
                                                                                             "ayloadFormat\":"
                                                                                             "true}}}");
    assert_int_equal(config->payload, PROFILE_PAYLOAD_PROTOBUF);
    assert_string_equal(schema_message_name(config->schemas.telemetry), "T");
    assert_string_equal(schema_message_name(config->schemas.attributes), "A");
    assert_string_equal(schema_message_name(config->schemas.rpc_request), "p.Q");
    assert_string_equal(schema_message_name(config->schemas.rpc_response), "rpc.RpcResponseMsg");
    assert_true(config->schemas.json_is_tried);
    assert_false(config->schemas.json_is_sent);
}

static void json_is_sent_only_where_it_is_tried(void **state)
{
    AUTO_PROFILE_CONFIG *config =
        good("{\"transportConfiguration\":{\"type\":\"MQTT\",\"transportPayloadTypeConfiguration\":{"
             "\"transportPayloadType\":\"PROTOBUF\"," SCHEMA(
                 "deviceTelemetryProtoSchema",
                 "message T {}") "," SCHEMA("deviceAttributesProtoSchema",
                                            "message A {}") ",\"useJsonPayloadFormatForDefaultDownlinkTopics"
                                                            "\":true}}}");
    assert_string_equal(schema_message_name(config->schemas.rpc_request), "rpc.RpcRequestMsg");
    assert_false(config->schemas.json_is_tried);
    assert_false(config->schemas.json_is_sent);
}

static void secret_strategies_keep_key_and_secret(void **state)
{
    AUTO_PROFILE_CONFIG *create = good("{\"provisionConfiguration\":{\"type\":\"ALLOW_CREATE_NEW_DEVICES\","
                                       "\"provisionDeviceSecret\":\"s3cret\"}}");
    AUTO_PROFILE_CONFIG *check =
        good("{\"provisionConfiguration\":{\"type\":\"CHECK_PRE_PROVISIONED_DEVICES\","
             "\"provisionDeviceSecret\":\"s3cret\"}}");
    assert_int_equal(create->provision.type, PROVISION_ALLOW_CREATE);
    assert_int_equal(check->provision.type, PROVISION_CHECK_EXISTING);
    assert_string_equal(create->provision.key, "the key");
    assert_true(slice_eq_str(check->provision.secret, "s3cret"));
}

/* --- authorities --- */

static char *chain_profile(struct slice certificate, const char *more)
{
    struct buf out = {0};
    buf_append_str(&out, "{\"provisionConfiguration\":{\"type\":\"X509_CERTIFICATE_CHAIN\","
                         "\"provisionDeviceSecret\":\"");
    for (size_t i = 0; i < certificate.len; i++) {
        if (certificate.data[i] == '\n')
            buf_append_str(&out, "\\n");
        else
            buf_append_u8(&out, certificate.data[i]);
    }
    buf_printf(&out, "\"%s}}", more);
    char *text = strdup(buf_cstr(&out));
    buf_fini(&out);
    return text;
}

static void chain_profile_is_known_by_its_authority(void **state)
{
    static const struct maker maker = {.subject = "Devices CA", .constraints = "critical,CA:TRUE"};
    char hex[FINGERPRINT_HEX_SIZE];
    struct certificate_view view = {0};
    AUTO_BUF der = make_certificate(&maker);
    AUTO_BUF pem = make_pem(buf_slice(&der), "CERTIFICATE");
    assert_int_equal(certificate_view_read(buf_slice(&der), &view, NULL), ERR_OK);
    memcpy(hex, view.fingerprint_hex, sizeof hex);
    struct slice forms[] = {buf_slice(&pem), buf_slice(&view.base64)};
    for (size_t i = 0; i < 2; i++) {
        char *json = chain_profile(forms[i], ",\"certificateRegExPattern\":\"(.*)\","
                                             "\"allowCreateNewDevicesByX509Certificate\":true");
        AUTO_PROFILE_CONFIG *config = good(json);
        free(json);
        assert_string_equal(config->provision.key, hex); /* not what the record said */
        assert_true(slice_eq(buf_slice(&config->provision.authority), buf_slice(&der)));
        struct slice name = {0};
        assert_int_equal(name_pattern_find(config->provision.name_pattern, SLICE("pump-7"), &name, NULL),
                         ERR_OK);
        assert_true(slice_eq_str(name, "pump-7"));
        assert_true(config->provision.may_create);
    }
    certificate_view_fini(&view);
}

static void assert_chain_refused(struct slice certificate, const char *more, const char *field,
                                 const char *sentence)
{
    struct profile_config *config = NULL;
    struct problem problem = {0};
    char *json = chain_profile(certificate, more);
    assert_int_equal(read_with_key(json, "", &config, &problem), ERR_INVALID);
    free(json);
    assert_null(config);
    assert_string_equal(problem.field, field);
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("'%s' says nothing of '%s'", problem.text, sentence);
}

static void authorities_are_refused_each_with_its_reason(void **state)
{
    static const char field[] = "provisionDeviceSecret", pattern[] = ",\"certificateRegExPattern\":\"(.*)\"";
    static const struct maker authority = {.constraints = "critical,CA:TRUE"};
    static const struct maker leaf = {.constraints = "CA:FALSE"};
    AUTO_BUF good_der = make_certificate(&authority), leaf_der = make_certificate(&leaf);
    AUTO_BUF good_pem = make_pem(buf_slice(&good_der), "CERTIFICATE");
    AUTO_BUF leaf_pem = make_pem(buf_slice(&leaf_der), "CERTIFICATE");
    AUTO_BUF key = make_key_pem("EC:P-256", KEY_PKCS8);
    AUTO_BUF large = {0};
    while (large.len < 70000)
        buf_append_slice(&large, buf_slice(&good_pem));
    assert_chain_refused(SLICE(""), pattern, field, "is missing");
    assert_chain_refused(SLICE("no certificate at all"), pattern, field, "");
    assert_chain_refused(buf_slice(&leaf_pem), pattern, field, "CA:FALSE");
    assert_chain_refused(buf_slice(&key), pattern, field, "private key");
    assert_chain_refused(buf_slice(&large), pattern, field, "");
    assert_chain_refused(buf_slice(&good_pem), "", "certificateRegExPattern", "is missing");
    assert_chain_refused(buf_slice(&good_pem), ",\"certificateRegExPattern\":\"\"", "certificateRegExPattern",
                         "is missing");
    assert_chain_refused(buf_slice(&good_pem), ",\"certificateRegExPattern\":\"(a\"",
                         "certificateRegExPattern", "certificateRegExPattern: ");
}

/* --- refused --- */

#define MQTT_WITH(members) "{\"transportConfiguration\":{\"type\":\"MQTT\"," members "}}"
#define PAYLOAD(members)   MQTT_WITH("\"transportPayloadTypeConfiguration\":{" members "}")
#define PROVISION(members) "{\"provisionConfiguration\":{" members "}}"

static const struct {
    const char *json, *field, *sentence;
} refused[] = {
    {"", "profileData", "no JSON object"},
    {"[]", "profileData", "no JSON object"},
    {"{\"a\":}", "profileData", "no JSON object"},
    {"{\"transportConfiguration\":5}", "transportConfiguration", "is a number; expected an object"},
    {"{\"transportConfiguration\":{\"type\":\"COAP\"}}", "transportConfiguration.type", "'COAP'"},
    {"{\"transportConfiguration\":{\"type\":1}}", "type", "is a number"},
    {MQTT_WITH("\"deviceTelemetryTopic\":\"a/#/b\""), "deviceTelemetryTopic",
     "# is not the whole last level"},
    {MQTT_WITH("\"deviceTelemetryTopic\":true"), "deviceTelemetryTopic", "expected a text"},
    {MQTT_WITH("\"deviceAttributesTopic\":\"a+\""), "deviceAttributesTopic", "+ does not stand alone"},
    {MQTT_WITH("\"deviceAttributesSubscribeTopic\":\"$share/g/a\""), "deviceAttributesSubscribeTopic",
     "$share"},
    {MQTT_WITH("\"deviceTelemetryTopic\":\"a\",\"deviceAttributesTopic\":\"a\""), "deviceAttributesTopic",
     "the same as deviceTelemetryTopic"},
    {MQTT_WITH("\"deviceTelemetryTopic\":\"v1/devices/me/attributes\""), "deviceAttributesTopic", "the same"},
    {MQTT_WITH("\"sendAckOnValidationException\":\"yes\""), "sendAckOnValidationException", "true or false"},
    {PAYLOAD("\"transportPayloadType\":\"XML\""), "transportPayloadType", "'XML'; expected JSON or PROTOBUF"},
    {PAYLOAD("\"transportPayloadType\":\"PROTOBUF\""), "deviceTelemetryProtoSchema", "is missing"},
    {PAYLOAD("\"transportPayloadType\":\"PROTOBUF\"," SCHEMA("deviceTelemetryProtoSchema", "message T {}")),
     "deviceAttributesProtoSchema", "is missing"},
    {PAYLOAD("\"transportPayloadType\":\"PROTOBUF\",\"deviceTelemetryProtoSchema\":\"x\""),
     "deviceTelemetryProtoSchema",
     "deviceTelemetryProtoSchema: line 1, column 1: expected the schema to begin"},
    {PAYLOAD("\"transportPayloadType\":\"PROTOBUF\"," SCHEMA(
         "deviceTelemetryProtoSchema", "message T {}") "," SCHEMA("deviceAttributesProtoSchema",
                                                                  "message A {\\n  in32 a = 1;\\n}")),
     "deviceAttributesProtoSchema", "deviceAttributesProtoSchema: line 3, column 3: \"in32\" is not defined"},
    {PAYLOAD("\"transportPayloadType\":\"PROTOBUF\",\"deviceTelemetryProtoSchema\":{}"),
     "deviceTelemetryProtoSchema", "expected a text"},
    {PROVISION("\"type\":\"SOMETIMES\""), "provisionConfiguration.type", "'SOMETIMES'"},
    {PROVISION("\"type\":\"ALLOW_CREATE_NEW_DEVICES\""), "provisionDeviceSecret", "is missing"},
    {PROVISION("\"type\":\"ALLOW_CREATE_NEW_DEVICES\",\"provisionDeviceSecret\":\"a\\u0007\""),
     "provisionDeviceSecret", "control character"},
    {PROVISION("\"type\":\"CHECK_PRE_PROVISIONED_DEVICES\",\"provisionDeviceSecret\":\"s\""),
     "provisionDeviceKey", "is missing"},
    {"{\"configuration\":{\"inactivityTimeout\":-1}}", "inactivityTimeout", "-1"},
    {"{\"configuration\":{\"inactivityTimeout\":1.5}}", "inactivityTimeout", "a whole number"},
};

static void wrong_members_are_named(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct profile_config *config = NULL;
        struct problem problem = {0};
        assert_int_equal(read_with_key(refused[i].json, "", &config, &problem), ERR_INVALID);
        assert_null(config);
        assert_string_equal(problem.field, refused[i].field);
        if (strstr(problem.text, refused[i].sentence) == NULL)
            fail_msg("'%s' says nothing of '%s'", problem.text, refused[i].sentence);
    }
}

static void assert_too_long(const char *before, size_t n, const char *after, const char *field)
{
    struct profile_config *config = NULL;
    struct problem problem = {0};
    AUTO_BUF json = {0};
    buf_append_str(&json, before);
    for (size_t i = 0; i < n; i++)
        buf_append_u8(&json, 'x');
    buf_append_str(&json, after);
    assert_int_equal(read_with_key(buf_cstr(&json), "", &config, &problem), ERR_INVALID);
    assert_string_equal(problem.field, field);
    assert_non_null(strstr(problem.text, "expected at most"));
}

static void lengths_are_limited(void **state)
{
    AUTO_BUF fits = {0};
    buf_append_str(&fits, "{\"transportConfiguration\":{\"type\":\"MQTT\",\"deviceTelemetryTopic\":\"");
    for (size_t i = 0; i < PROFILE_TOPIC_MAX; i++)
        buf_append_u8(&fits, 'x');
    buf_append_str(&fits, "\"}}");
    AUTO_PROFILE_CONFIG *config = good(buf_cstr(&fits));
    assert_int_equal(config->telemetry_filter.len, PROFILE_TOPIC_MAX);
    assert_too_long("{\"transportConfiguration\":{\"type\":\"MQTT\",\"deviceTelemetryTopic\":\"",
                    PROFILE_TOPIC_MAX + 1, "\"}}", "deviceTelemetryTopic");
    assert_too_long("{\"a\":\"", PROFILE_DATA_MAX, "\"}", "profileData");
}

static void last_holder_frees(void **state)
{
    struct profile_config *config = good("{}");
    assert_ptr_equal(profile_config_ref(config), config);
    profile_config_unref(config);
    assert_string_equal(config->name, "pump");
    profile_config_unref(config);
    profile_config_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_saved_means_the_platforms_own),
        cmocka_unit_test(what_a_default_profile_of_a_client_says),
        cmocka_unit_test(mqtt_profile_names_its_topics),
        cmocka_unit_test(protobuf_profile_compiles_its_schemas),
        cmocka_unit_test(json_is_sent_only_where_it_is_tried),
        cmocka_unit_test(secret_strategies_keep_key_and_secret),
        cmocka_unit_test(chain_profile_is_known_by_its_authority),
        cmocka_unit_test(authorities_are_refused_each_with_its_reason),
        cmocka_unit_test(wrong_members_are_named),
        cmocka_unit_test(lengths_are_limited),
        cmocka_unit_test(last_holder_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
