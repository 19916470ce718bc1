/**
 * @file gateway_form.h - what is told to a gateway about one of its devices.
 *
 *     v1/gateway/attributes  {"device":"A","data":{"k":v}} or "data":{"deleted":["k"]}
 *     v1/gateway/rpc         {"device":"A","data":{"id":1,"method":"m","params":p}}
 *     v1/gateway/disconnect  {"device":"A","reason":n}
 *
 * Each goes out only if the gateway subscribed to the topic. Reactor's thread. Spec: device API section 7.
 */
#pragma once

#include "hub/downlink.h"
#include "mqtt/session.h"

/** A message for the device. */
enum delivery_result gateway_deliver(const struct downlink *downlink, struct slice device,
                                     struct session *session, uint64_t now_ms, struct buf *out);

/** The platform ended the device. @param reason  DISCONNECT's reason code of MQTT 5.0 */
void gateway_tell_end(struct slice device, uint8_t reason, struct session *session, uint64_t now_ms,
                      struct buf *out);
