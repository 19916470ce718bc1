#include "model/profile_config.h"

#include "base/text.h"
#include "mqtt/topic.h"
#include "pki/certificate.h"
#include "pki/name_pattern.h"
#include "pki/pem.h"
#include "json/document.h"

#include <stdio.h>
#include <stdlib.h>

/* --- texts --- */

static struct slice blank_is_empty(struct slice text)
{
    size_t i = 0;
    while (i < text.len && (text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r')))
        i++;
    return i == text.len ? slice_of(NULL, 0) : text;
}

/* Blank is like absent: *ret stays. */
static err_t get_slice(const json_t *object, const char *name, size_t max, struct slice *ret,
                       struct problem *problem)
{
    const char *text = NULL;
    TRY(document_get_string(object, name, &text, problem));
    struct slice found = text != NULL ? blank_is_empty(slice_str(text)) : slice_of(NULL, 0);
    if (found.len > max)
        return fail(problem, ERR_INVALID, name, "%s has %zu bytes; expected at most %zu", name, found.len,
                    max);
    if (found.len != 0)
        *ret = found;
    return ERR_OK;
}

static err_t need_slice(const json_t *object, const char *name, size_t max, const char *expected,
                        struct slice *ret, struct problem *problem)
{
    TRY(get_slice(object, name, max, ret, problem));
    if (ret->len == 0)
        return fail(problem, ERR_INVALID, name, "%s is missing; expected %s", name, expected);
    return ERR_OK;
}

static err_t unknown_word(const char *name, const char *found, const char *expected, struct problem *problem)
{
    return fail(problem, ERR_INVALID, name, "%s is '%.40s'; expected %s", name, found, expected);
}

/* --- transport --- */

static err_t read_filter(const json_t *transport, const char *name, struct slice *ret,
                         struct problem *problem)
{
    struct slice filter = *ret;
    struct problem why = {0};
    TRY(get_slice(transport, name, PROFILE_TOPIC_MAX, &filter, problem));
    if (topic_is_shared(filter))
        return fail(problem, ERR_INVALID, name, "%s is a shared subscription ($share/..); expected a topic",
                    name);
    if (topic_check_filter(filter, &why) != ERR_OK)
        return fail(problem, ERR_INVALID, name, "%s is '%.100s': %s", name, (const char *)filter.data,
                    why.text);
    *ret = filter;
    return ERR_OK;
}

static err_t read_topics(const json_t *transport, struct profile_config *config, struct problem *problem)
{
    TRY(read_filter(transport, "deviceTelemetryTopic", &config->telemetry_filter, problem));
    TRY(read_filter(transport, "deviceAttributesTopic", &config->attributes_filter, problem));
    TRY(read_filter(transport, "deviceAttributesSubscribeTopic", &config->attributes_subscribe_filter,
                    problem));
    if (slice_eq(config->telemetry_filter, config->attributes_filter))
        return fail(problem, ERR_INVALID, "deviceAttributesTopic",
                    "deviceAttributesTopic is the same as deviceTelemetryTopic, '%.100s'; expected two "
                    "topics",
                    (const char *)config->telemetry_filter.data);
    return ERR_OK;
}

/* Calls and their answers, where the profile says nothing else. */
static const char rpc_request_schema[] = "syntax = \"proto3\"; package rpc;\n"
                                         "message RpcRequestMsg { optional string method = 1; optional int32 "
                                         "requestId = 2; optional string params = 3; }";
static const char rpc_response_schema[] = "syntax = \"proto3\"; package rpc;\n"
                                          "message RpcResponseMsg { optional string payload = 1; }";

/* @param preset  what a missing text means; NULL: it must be there */
static err_t read_schema(const json_t *payload, const char *name, const char *preset, struct schema **ret,
                         struct problem *problem)
{
    struct slice text = preset != NULL ? slice_str(preset) : slice_of(NULL, 0);
    TRY(get_slice(payload, name, PROFILE_DATA_MAX, &text, problem));
    if (text.len == 0)
        return fail(
            problem, ERR_INVALID, name,
            "%s is missing; expected the .proto text of the device's message, as the payload is PROTOBUF",
            name);
    err_t err = schema_compile(text, name, ret, problem);
    return err == ERR_LIMIT ? ERR_INVALID : err; /* wrong input, not a client that asks too often */
}

static err_t read_schemas(const json_t *payload, struct profile_schemas *schemas, struct problem *problem)
{
    TRY(read_schema(payload, "deviceTelemetryProtoSchema", NULL, &schemas->telemetry, problem));
    TRY(read_schema(payload, "deviceAttributesProtoSchema", NULL, &schemas->attributes, problem));
    TRY(read_schema(payload, "deviceRpcRequestProtoSchema", rpc_request_schema, &schemas->rpc_request,
                    problem));
    TRY(read_schema(payload, "deviceRpcResponseProtoSchema", rpc_response_schema, &schemas->rpc_response,
                    problem));
    TRY(document_get_bool(payload, "enableCompatibilityWithJsonPayloadFormat", &schemas->json_is_tried,
                          problem));
    TRY(document_get_bool(payload, "useJsonPayloadFormatForDefaultDownlinkTopics", &schemas->json_is_sent,
                          problem));
    schemas->json_is_sent = schemas->json_is_sent && schemas->json_is_tried; /* alone it means nothing */
    return ERR_OK;
}

static err_t read_payload(const json_t *transport, struct profile_config *config, struct problem *problem)
{
    json_t *payload = NULL;
    const char *type = "JSON";
    TRY(document_get_object(transport, "transportPayloadTypeConfiguration", &payload, problem));
    TRY(document_get_string(payload, "transportPayloadType", &type, problem));
    if (strcmp(type, "JSON") == 0)
        return ERR_OK;
    if (strcmp(type, "PROTOBUF") != 0)
        return unknown_word("transportPayloadType", type, "JSON or PROTOBUF", problem);
    config->payload = PROFILE_PAYLOAD_PROTOBUF;
    return read_schemas(payload, &config->schemas, problem);
}

static err_t read_transport(const json_t *data, struct profile_config *config, struct problem *problem)
{
    json_t *transport = NULL;
    const char *type = "DEFAULT";
    TRY(document_get_object(data, "transportConfiguration", &transport, problem));
    TRY(document_get_string(transport, "type", &type, problem));
    if (!profile_transport_parse(slice_str(type), &config->transport))
        return unknown_word("transportConfiguration.type", type, "DEFAULT or MQTT", problem);
    if (config->transport == PROFILE_TRANSPORT_DEFAULT)
        return ERR_OK;
    TRY(read_topics(transport, config, problem));
    TRY(read_payload(transport, config, problem));
    return document_get_bool(transport, "sendAckOnValidationException", &config->ack_invalid, problem);
}

/* --- provisioning --- */

static err_t read_secret(const json_t *provision, struct profile_provision *ret, struct problem *problem)
{
    TRY(need_slice(provision, "provisionDeviceSecret", PROFILE_DATA_MAX, "the secret that devices show",
                   &ret->secret, problem));
    TRY(entity_check_name("provisionDeviceSecret", ret->secret, problem));
    if (ret->key[0] == '\0')
        return fail(problem, ERR_INVALID, "provisionDeviceKey",
                    "provisionDeviceKey is missing; expected the key that devices show");
    return entity_check_name("provisionDeviceKey", slice_str(ret->key), problem);
}

/* The one certificate that is registered is the first; what follows it in the text is left out. */
static err_t keep_authority(struct pem_chain *chain, struct profile_provision *ret, struct problem *problem)
{
    uint8_t fingerprint[FINGERPRINT_SIZE];
    TRY(certificate_check_issuer(buf_slice(&chain->der[0]), problem));
    certificate_fingerprint(buf_slice(&chain->der[0]), fingerprint);
    text_to_hex(slice_of(fingerprint, sizeof fingerprint), ret->key);
    ret->authority = chain->der[0];
    chain->der[0] = (struct buf){0};
    return ERR_OK;
}

static err_t read_authority(const json_t *provision, struct profile_provision *ret, struct problem *problem)
{
    static const char field[] = "provisionDeviceSecret";
    struct slice text = {0};
    struct pem_chain chain;
    TRY(need_slice(provision, field, PROFILE_DATA_MAX, "the certificate of an authority as PEM", &text,
                   problem));
    err_t err = pem_read_certificates(text, &chain, problem);
    if (err == ERR_OK) {
        err = keep_authority(&chain, ret, problem);
        pem_chain_fini(&chain);
    }
    if (err == ERR_LIMIT) /* too much of it is wrong input too, not a client that asks too often */
        err = ERR_INVALID;
    if (err == ERR_INVALID && problem != NULL)
        snprintf(problem->field, sizeof problem->field, "%s", field);
    return err;
}

static err_t read_pattern(const json_t *provision, struct profile_provision *ret, struct problem *problem)
{
    static const char field[] = "certificateRegExPattern";
    struct slice text = {0};
    struct problem why = {0};
    TRY(need_slice(provision, field, NAME_PATTERN_MAX,
                   "the pattern that finds a device's name in the common name", &text, problem));
    err_t err = name_pattern_new(text, &ret->name_pattern, &why);
    if (err == ERR_OK)
        return ERR_OK;
    return fail(problem, err, field, "%s: %s", field, why.text);
}

static err_t read_provision(const json_t *data, struct profile_config *config, struct problem *problem)
{
    struct profile_provision *ret = &config->provision;
    json_t *provision = NULL;
    const char *type = "DISABLED";
    TRY(document_get_object(data, "provisionConfiguration", &provision, problem));
    TRY(document_get_string(provision, "type", &type, problem));
    if (!provision_type_parse(slice_str(type), &ret->type))
        return unknown_word("provisionConfiguration.type", type,
                            "DISABLED, ALLOW_CREATE_NEW_DEVICES, CHECK_PRE_PROVISIONED_DEVICES or "
                            "X509_CERTIFICATE_CHAIN",
                            problem);
    if (ret->type == PROVISION_DISABLED)
        return ERR_OK;
    if (ret->type != PROVISION_X509_CHAIN)
        return read_secret(provision, ret, problem);
    TRY(read_authority(provision, ret, problem));
    TRY(read_pattern(provision, ret, problem));
    return document_get_bool(provision, "allowCreateNewDevicesByX509Certificate", &ret->may_create, problem);
}

/* --- the whole --- */

static err_t read_activity(const json_t *data, struct profile_config *config, struct problem *problem)
{
    json_t *configuration = NULL;
    TRY(document_get_object(data, "configuration", &configuration, problem));
    TRY(document_get_integer(configuration, "inactivityTimeout", &config->inactivity_timeout_ms, NULL,
                             problem));
    if (config->inactivity_timeout_ms < 0)
        return fail(problem, ERR_INVALID, "inactivityTimeout",
                    "inactivityTimeout is %lld; expected milliseconds, or 0 for the platform's own",
                    (long long)config->inactivity_timeout_ms);
    return ERR_OK;
}

static err_t read_retention(const json_t *data, struct profile_config *config, struct problem *problem)
{
    json_t *configuration = NULL;
    int64_t ttl_s = 0;
    bool is_there = false;
    TRY(document_get_object(data, "configuration", &configuration, problem));
    TRY(document_get_integer(configuration, "telemetryTtlSeconds", &ttl_s, &is_there, problem));
    if (!is_there)
        return ERR_OK;
    if (ttl_s < 0 || ttl_s > UINT32_MAX)
        return fail(problem, ERR_INVALID, "telemetryTtlSeconds",
                    "telemetryTtlSeconds is %lld; expected seconds up to %u, or 0 to keep points for ever",
                    (long long)ttl_s, UINT32_MAX);
    config->telemetry_ttl_s = ttl_s;
    return ERR_OK;
}

static err_t read_data(const char *text, struct profile_config *config, struct problem *problem)
{
    json_error_t error;
    size_t len = strlen(text);
    if (len > PROFILE_DATA_MAX)
        return fail(problem, ERR_INVALID, "profileData", "profileData has %zu bytes; expected at most %d",
                    len, PROFILE_DATA_MAX);
    config->document = json_loadb(text, len, 0, &error);
    if (!json_is_object(config->document))
        return fail(problem, ERR_INVALID, "profileData", "profileData is no JSON object: %.160s", error.text);
    TRY(read_activity(config->document, config, problem));
    TRY(read_retention(config->document, config, problem));
    TRY(read_transport(config->document, config, problem));
    return read_provision(config->document, config, problem);
}

static struct profile_config *new_config(const struct profile *profile)
{
    struct profile_config *config = calloc(1, sizeof *config);
    if (config == NULL)
        return NULL;
    atomic_init(&config->references, 1);
    config->profile_id = profile->id;
    config->tenant_id = profile->tenant_id;
    config->version = profile->version;
    config->telemetry_ttl_s = -1;
    config->firmware_id = profile->firmware_id;
    config->software_id = profile->software_id;
    memcpy(config->name, profile->name, sizeof config->name);
    memcpy(config->provision.key, profile->provision_key, sizeof config->provision.key);
    config->telemetry_filter = SLICE(PROFILE_TELEMETRY_TOPIC);
    config->attributes_filter = config->attributes_subscribe_filter = SLICE(PROFILE_ATTRIBUTES_TOPIC);
    return config;
}

err_t profile_config_read(const struct profile *profile, struct profile_config **ret, struct problem *problem)
{
    struct profile_config *config = new_config(profile);
    if (config == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the device profile");
    err_t err = profile->profile_data != NULL ? read_data(profile->profile_data, config, problem) : ERR_OK;
    if (err == ERR_OK)
        *ret = config;
    else
        profile_config_unref(config);
    return err;
}

struct profile_config *profile_config_ref(struct profile_config *config)
{
    atomic_fetch_add_explicit(&config->references, 1, memory_order_relaxed);
    return config;
}

static void free_schemas(struct profile_schemas *schemas)
{
    schema_free(schemas->telemetry);
    schema_free(schemas->attributes);
    schema_free(schemas->rpc_request);
    schema_free(schemas->rpc_response);
}

void profile_config_unref(struct profile_config *config)
{
    /* Release and acquire: what any holder did with it has been done before it is freed. */
    if (config == NULL || atomic_fetch_sub_explicit(&config->references, 1, memory_order_acq_rel) != 1)
        return;
    name_pattern_free(config->provision.name_pattern);
    json_decref(config->document);
    buf_fini(&config->provision.authority);
    free_schemas(&config->schemas);
    free(config);
}

void profile_config_release(struct profile_config **config)
{
    profile_config_unref(*config);
}
