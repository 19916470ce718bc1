/**
 * @file downlink_form.h - a downlink in the form its receiver subscribed to: topic and payload of the delivery.
 *
 * A client that subscribed to several forms of a topic gets the message once, in the first of: long, short, short
 * JSON, short Protobuf, the profile's own topic. A payload that the device's form has no place for is not sent, and told
 * in the log.
 */
#pragma once

#include "hub/downlink.h"
#include "hub/payload.h"
#include "mqtt/session.h"

/** To a client that is connected. Reactor's thread. @param forms  of the device; @p number as in `struct delivery` */
enum delivery_result downlink_deliver(const struct downlink *downlink, const struct payload_forms *forms,
                                      struct session *session, uint64_t number, uint64_t now_ms,
                                      struct buf *out);

/** To a client that is away. The caller guards the state. Never DELIVERY_SENT. */
enum delivery_result downlink_queue(const struct downlink *downlink, const struct payload_forms *forms,
                                    struct session_state *state, const struct session_limits *limits,
                                    uint64_t number, uint64_t now_ms);
