/**
 * @file payload.h - the form of payloads: what a device sends becomes JSON, what it is sent is made of JSON.
 *
 * All of the platform works with JSON; a profile may want Protobuf for its devices. What is Protobuf:
 *
 *     topic named as             JSON profile   Protobuf profile
 *     FORM_LONG, own topics      JSON           Protobuf; where json_is_tried, JSON from the device also; where
 *                                               json_is_sent, JSON to the device
 *     FORM_SHORT                 JSON           Protobuf; where json_is_tried, JSON from the device also
 *     FORM_SHORT_JSON            JSON           JSON
 *     FORM_SHORT_PROTOBUF        Protobuf       Protobuf
 *
 * Topics of gateways, provisioning, firmware and software have no such forms. Messages by topic:
 *
 *     telemetry, attributes, rpc/response, and calls to the device: of the profile's schemas
 *     attributes/request    AttributesRequest, answer GetAttributeResponseMsg
 *     attributes (pushed)   AttributeUpdateNotificationMsg
 *     rpc/request           RpcRequest, answer ToServerRpcResponseMsg
 *     claim                 ClaimDevice
 *
 * The latter are ThingsBoard's (transport.proto, queue.proto), since that is what devices have compiled in. Their
 * `ts` of an attribute is the time of sending here.
 * Any thread; nothing here blocks for longer than a compilation. Spec: device API sections 3 to 5.
 */
#pragma once

#include "hub/topics.h"
#include "model/profile_config.h"

struct payloads;

/** The platform's own messages; each is compiled when it is first needed. */
MUST_USE err_t payloads_new(struct payloads **ret);
void payloads_free(struct payloads *payloads); /* NULL is fine */

/** How one device's payloads are read and written. */
struct payload_forms {
    struct payloads *payloads;
    struct profile_config *profile; /* NULL = JSON; borrowed */
};

/** Does a message of this form need payload_read()? @param profile  NULL = JSON */
static inline bool payload_is_foreign(const struct profile_config *profile, enum topic_form form)
{
    return form == FORM_SHORT_PROTOBUF ||
           (profile != NULL && profile->payload == PROFILE_PAYLOAD_PROTOBUF && form != FORM_SHORT_JSON);
}

/** What a device sent, as JSON. */
struct payload_json {
    struct slice text; /* borrowed from the payload or the scratch */
    bool is_typed;     /* by a schema: numbers are what it says, not what they look like (hub/body.h) */
};

/**
 * Read what a device sent. JSON is handed back as it is, unchecked.
 *
 * @param scratch  overwritten; its limit bounds the result
 * @return ERR_OK; ERR_INVALID (no such message, or the profile has no schema for it), ERR_LIMIT, ERR_NOMEM
 */
MUST_USE err_t payload_read(const struct payload_forms *forms, const struct topic_match *match,
                            struct slice payload, struct buf *scratch, struct payload_json *ret_json,
                            struct problem *problem);

/** What is told to a device. */
enum payload_message {
    PAYLOAD_ATTRIBUTES,        /* {"k":v} or {"deleted":["k"]} */
    PAYLOAD_ATTRIBUTES_ANSWER, /* {"client":{"k":v},"shared":{"k":v}}, each optional; with request_id */
    PAYLOAD_RPC_REQUEST,       /* {"method":"m","params":p}; with request_id */
    PAYLOAD_RPC_ANSWER,        /* any JSON; with request_id */
};

struct payload_told {
    enum payload_message message;
    enum topic_form form;
    uint32_t request_id;
    struct slice json; /* strict */
};

/** Does it go as JSON, as it is? */
bool payload_is_sent_as_json(const struct profile_config *profile, enum topic_form form);

/**
 * Write the Protobuf form of it. Not for what is sent as JSON.
 * @param out  appended to; its limit bounds the result. After an error it may hold a part
 * @return ERR_OK; ERR_INVALID (the profile's schema has no place for it; problem tells), ERR_LIMIT, ERR_NOMEM
 */
MUST_USE err_t payload_write(const struct payload_forms *forms, const struct payload_told *told,
                             struct buf *out, struct problem *problem);
