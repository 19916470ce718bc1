/**
 * @file client_parts.h - what the files of the client share: the session's events and notes about the device. Private to
 * net/client*.c. Reactor's thread.
 */
#pragma once

#include "hub/events.h"
#include "net/client.h"

/* Events of the session (mqtt/session.h). */
void client_on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out);
void client_on_publish(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                       struct buf *out);

/** A message of the platform (seat_owner.deliver). */
bool client_on_downlink(void *reactor, uint64_t handle, uint64_t device, const struct downlink *downlink,
                        enum delivery_result *ret_result);

/** How the payloads of this connection's device look. */
struct payload_forms client_forms(const struct connection *c);

/** What a topic means to this connection's device. */
struct topic_match client_topic(const struct connection *c, struct slice topic);

/** Put down what happened, for the device's list of events or the door log. @param topic, reason  "" = none */
void client_record(struct connection *c, enum event_kind kind, uint8_t mqtt_reason, struct slice topic,
                   const char *reason);

/** Keep a server attribute of the device: a time, and whether it is connected. */
void client_note_time(struct connection *c, struct slice key, int64_t when_ms);
void client_note_active(struct connection *c, bool is_active);
