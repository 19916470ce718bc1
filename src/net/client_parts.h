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
bool client_on_downlink(void *reactor, uint64_t handle, uint64_t device, struct downlink *downlink,
                        enum delivery_result *ret_result);

/** How the payloads of this connection's device look. */
struct payload_forms client_forms(const struct connection *c);

/** What a topic means to this connection's device. */
struct topic_match client_topic(const struct connection *c, struct slice topic);

/** Put down what happened, for the device's list of events or the door log. @param topic, reason  "" = none */
void client_record(struct connection *c, enum event_kind kind, uint8_t mqtt_reason, struct slice topic,
                   const char *reason);

/** The connection's seat is wanted by another one (seat_owner.evict). */
void client_on_evict(void *reactor, uint64_t handle);

/** Answer a message that has nothing to store, in its turn. @p reason 0: it is done */
void client_reply(struct connection *c, const struct ingest_source *source, uint8_t reason, const char *text);

/**
 * Hand a message to a worker; it is answered when that is done. Until then what follows an acknowledged message waits.
 * @return false: no worker deals with its topic
 */
bool client_ask_worker(struct connection *c, const struct ingest_source *source,
                       const struct topic_match *match, struct slice payload);

/* Presence (hub/presence.h) and the server attributes that tell of it: active, lastConnectTime .. These are written when
 * the ingest has room, in order. */
struct presence_record *client_arrive(struct reactor *r, uint64_t device,
                                      int64_t profile_timeout_ms); /* NULL: no memory */
void client_depart(struct reactor *r, struct presence_record *record);

/* client_keep.c: the session on disk, as far as it outlives the connection. Each is nothing for other sessions. */
void client_keep_entered(struct connection *c); /* after session_accept() */
void client_keep_ended(struct connection *c);   /* before session_detach() */
/** After session_detach(), before the seat is released. @p state NULL = nothing is left */
void client_keep_left(struct connection *c, const struct session_state *state);
uint64_t client_next_number(const struct connection *c); /* for a message; 0 = it is not kept */
bool client_on_changed(struct session *s, void *owner, enum mqtt_type type, uint16_t packet_id,
                       struct slice codes);
void client_on_progress(struct session *s, void *owner, uint64_t number,
                        const struct delivery_progress *progress);
void client_on_settled(struct session *s, void *owner, uint64_t number);
