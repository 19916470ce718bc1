/**
 * @file topics.h - the topics of the device API and what each means. Pure; any thread.
 * Spec: device API sections 3 to 8.
 */
#pragma once

#include "base/slice.h"

enum device_topic {
    TOPIC_UNKNOWN,
    TOPIC_TELEMETRY,          /* v1/devices/me/telemetry, v2/t, v2/t/j, v2/t/p */
    TOPIC_ATTRIBUTES,         /* v1/devices/me/attributes, v2/a, v2/a/j, v2/a/p */
    TOPIC_ATTRIBUTES_REQUEST, /* v1/devices/me/attributes/request/$id, v2/a/req[/j|/p]/$id */
    TOPIC_RPC_RESPONSE,     /* v1/devices/me/rpc/response/$id, v2/r/res[/j|/p]/$id: to a call of the server */
    TOPIC_RPC_REQUEST,      /* v1/devices/me/rpc/request/$id, v2/r/req[/j|/p]/$id: a call of the device */
    TOPIC_CLAIM,            /* v1/devices/me/claim */
    TOPIC_FIRMWARE_REQUEST, /* v2/fw/request/$id/chunk/$n */
    TOPIC_SOFTWARE_REQUEST, /* v2/sw/request/$id/chunk/$n */
    TOPIC_PROVISION_REQUEST, /* /provision/request */
    TOPIC_GATEWAY_CONNECT,   /* v1/gateway/connect ... */
    TOPIC_GATEWAY_DISCONNECT,
    TOPIC_GATEWAY_TELEMETRY,
    TOPIC_GATEWAY_ATTRIBUTES,
    TOPIC_GATEWAY_ATTRIBUTES_REQUEST,
    TOPIC_GATEWAY_RPC,
    TOPIC_GATEWAY_CLAIM,
};

static inline bool topic_is_gateways(enum device_topic topic)
{
    return topic >= TOPIC_GATEWAY_CONNECT;
}

/** How a device named its topic: it decides the topic of an answer, and with the profile the payload's form. */
enum topic_form { FORM_LONG, FORM_SHORT, FORM_SHORT_JSON, FORM_SHORT_PROTOBUF };
#define FORM_COUNT 4

struct topic_match {
    enum device_topic topic;
    enum topic_form form;
    uint32_t request_id; /* of requests and answers: decimal, 0..2147483647 */
    uint32_t chunk;      /* of firmware and software requests: decimal, 0..2147483647 */
};

/** What a device publishes to. */
struct topic_match topic_of_publish(struct slice name);

/** May a device subscribe to this filter? True for filters that a topic of the API can match. */
bool topic_may_subscribe(struct slice filter);

/** Does a filter bring calls of the server: to the device itself, or to those behind a gateway? */
bool topic_brings_calls(struct slice filter);

enum { TOPIC_OUT_SIZE = 64 };

/**
 * Where the answer to an attributes request, a gateway's too, or an RPC, firmware, software or provision request goes,
 * NUL-terminated. The topic must be one of these.
 */
void topic_of_answer(const struct topic_match *request, char out[TOPIC_OUT_SIZE]);

/** Where attribute changes are told, by the form of topic a device subscribed to. */
const char *topic_of_attributes_change(enum topic_form form);

/** Where a call of the server goes. */
void topic_of_rpc_request(enum topic_form form, uint32_t request_id, char out[TOPIC_OUT_SIZE]);
