#include "hub/payload.h"

#include "hub/payload_messages.h"
#include "protobuf/schema.h"

static bool has_forms(enum device_topic topic)
{
    switch (topic) {
    case TOPIC_TELEMETRY:
    case TOPIC_ATTRIBUTES:
    case TOPIC_ATTRIBUTES_REQUEST:
    case TOPIC_RPC_RESPONSE:
    case TOPIC_RPC_REQUEST:
    case TOPIC_CLAIM: return true;
    default: return false;
    }
}

static bool is_protobuf(const struct profile_config *profile)
{
    return profile != NULL && profile->payload == PROFILE_PAYLOAD_PROTOBUF;
}

MUST_USE static err_t no_schema(struct problem *problem)
{
    return fail(problem, ERR_INVALID, "",
                "the device's profile has no Protobuf schema; send JSON, or set it there");
}

/* ---- from a device ------------------------------------------------------------------------------------- */

static const struct schema *profile_schema(const struct profile_config *profile, enum device_topic topic)
{
    switch (topic) {
    case TOPIC_TELEMETRY: return profile->schemas.telemetry;
    case TOPIC_ATTRIBUTES: return profile->schemas.attributes;
    default: return profile->schemas.rpc_response;
    }
}

static enum own_message own_message_of(enum device_topic topic)
{
    switch (topic) {
    case TOPIC_RPC_REQUEST: return OWN_RPC_REQUEST;
    case TOPIC_CLAIM: return OWN_CLAIM;
    default: return OWN_ATTRIBUTES_REQUEST;
    }
}

MUST_USE static err_t read_own(const struct payload_forms *forms, enum own_message message,
                               struct slice payload, struct buf *out, struct problem *problem)
{
    const struct schema *schema;
    TRY(payloads_schema(forms->payloads, message, &schema, problem));
    if (message != OWN_RPC_REQUEST)
        return schema_decode(schema, payload, out, problem);
    AUTO_BUF json = {.limit = out->limit};
    TRY(schema_decode(schema, payload, &json, problem));
    return payload_device_call(buf_slice(&json), out, problem);
}

MUST_USE static err_t read_protobuf(const struct payload_forms *forms, enum device_topic topic,
                                    struct slice payload, struct buf *out, struct problem *problem)
{
    bool is_profiles = topic == TOPIC_TELEMETRY || topic == TOPIC_ATTRIBUTES || topic == TOPIC_RPC_RESPONSE;
    if (!is_profiles)
        return read_own(forms, own_message_of(topic), payload, out, problem);
    if (!is_protobuf(forms->profile))
        return no_schema(problem);
    return schema_decode(profile_schema(forms->profile, topic), payload, out, problem);
}

err_t payload_read(const struct payload_forms *forms, const struct topic_match *match, struct slice payload,
                   struct buf *scratch, struct payload_json *ret_json, struct problem *problem)
{
    struct payload_json as_it_is = {.text = payload};
    if (!payload_is_foreign(forms->profile, match->form) || !has_forms(match->topic)) {
        *ret_json = as_it_is;
        return ERR_OK;
    }
    bool may_be_json = match->form != FORM_SHORT_PROTOBUF && forms->profile->schemas.json_is_tried;
    buf_clear(scratch);
    err_t err = read_protobuf(forms, match->topic, payload, scratch, may_be_json ? NULL : problem);
    if (err == ERR_INVALID && may_be_json) {
        *ret_json = as_it_is;
        return ERR_OK;
    }
    TRY(err);
    *ret_json = (struct payload_json){.text = buf_slice(scratch), .is_typed = true};
    return ERR_OK;
}

/* ---- to a device --------------------------------------------------------------------------------------- */

bool payload_is_sent_as_json(const struct profile_config *profile, enum topic_form form)
{
    if (!payload_is_foreign(profile, form))
        return true;
    return form == FORM_LONG && profile->schemas.json_is_sent;
}

MUST_USE static err_t write_call(const struct profile_config *profile, const struct payload_told *told,
                                 struct buf *out, struct problem *problem)
{
    AUTO_BUF json = {0};
    if (!is_protobuf(profile))
        return no_schema(problem);
    const struct schema *schema = profile->schemas.rpc_request;
    bool is_text = schema_has_text_field(schema, "params");
    TRY(payload_rpc_request(told->request_id, told->json, is_text, &json, problem));
    return schema_encode(schema, buf_slice(&json), out, problem);
}

/* The JSON that one of the platform's own messages is made of. */
MUST_USE static err_t write_json(const struct payload_told *told, struct buf *json,
                                 enum own_message *ret_message, struct problem *problem)
{
    switch (told->message) {
    case PAYLOAD_ATTRIBUTES:
        *ret_message = OWN_ATTRIBUTES;
        return payload_attributes(told->json, json, problem);
    case PAYLOAD_ATTRIBUTES_ANSWER:
        *ret_message = OWN_ATTRIBUTES_ANSWER;
        return payload_attributes_answer(told->request_id, told->json, json, problem);
    default: *ret_message = OWN_RPC_ANSWER; return payload_rpc_answer(told->request_id, told->json, json);
    }
}

err_t payload_write(const struct payload_forms *forms, const struct payload_told *told, struct buf *out,
                    struct problem *problem)
{
    AUTO_BUF json = {0};
    enum own_message message;
    const struct schema *schema;
    if (told->message == PAYLOAD_RPC_REQUEST)
        return write_call(forms->profile, told, out, problem);
    TRY(write_json(told, &json, &message, problem));
    TRY(payloads_schema(forms->payloads, message, &schema, problem));
    return schema_encode(schema, buf_slice(&json), out, problem);
}
