/**
 * @file topics.h - the topics of the device API and what each means. Pure; any thread.
 * Spec: device API sections 3 to 8.
 */
#pragma once

#include "base/slice.h"

enum device_topic {
    TOPIC_UNKNOWN,
    TOPIC_TELEMETRY,          /* v1/devices/me/telemetry, v2/t, v2/t/j */
    TOPIC_ATTRIBUTES,         /* v1/devices/me/attributes, v2/a, v2/a/j */
    TOPIC_ATTRIBUTES_REQUEST, /* v1/devices/me/attributes/request/$id, v2/a/req/$id, v2/a/req/j/$id */
};

/** How a request named its topic, which decides the topic of the answer. */
enum topic_form { FORM_LONG, FORM_SHORT, FORM_SHORT_JSON };

struct topic_match {
    enum device_topic topic;
    enum topic_form form;
    uint32_t request_id; /* of requests: decimal, 0..2147483647 */
};

/** What a device publishes to. */
struct topic_match topic_of_publish(struct slice name);

/** May a device subscribe to this filter? True for filters that a topic of the API can match. */
bool topic_may_subscribe(struct slice filter);

enum { RESPONSE_TOPIC_SIZE = 64 };
/** Topic of the answer to an attributes request, NUL-terminated. */
void topic_of_attributes_response(const struct topic_match *request, char out[RESPONSE_TOPIC_SIZE]);
