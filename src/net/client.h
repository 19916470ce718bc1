/**
 * @file client.h - what a device's packets mean to the platform: the session's events, answered through the hub.
 *
 * CONNECT -> door -> seat -> CONNACK. PUBLISH -> ingest, or a worker. A gateway's: client_gateway.h. Everything here
 * runs on the connection's reactor. Spec: device API sections 1, 3 and 7.
 */
#pragma once

#include "hub/ingest.h"
#include "hub/sessions.h"
#include "net/reactor.h"

extern const struct session_handler client_handler;

/** An acknowledgement is due (ingest's on_answer). */
void client_on_answer(void *reactor, const struct ingest_answer *answer);

/** Something of a session is on disk (the keeper's answer). */
void client_on_saved(void *reactor, const struct keeper_answer *answer);

/** All connections of a device must go (the doorway's on_revoke). */
void client_on_revoke(void *reactor, uint64_t device);

/** A profile means something new (the doorway's on_profile_changed). */
void client_on_profile_changed(void *reactor, struct profile_config *config);

/** The connection ends: will, session state, seat, presence, device link. */
void client_leave(struct connection *c);

/** A will's time has come: publish and free it, or keep it until there is room. */
void client_publish_held(struct reactor *r, struct held_will *held);

/**
 * Go on with what waited: a gateway's message. May end the connection.
 * @return false while something keeps its input back: no room in the ingest, too many requests not answered
 */
bool client_go_on(struct connection *c);

/** Write what is still to be told of devices that came and went, as far as there is room. */
void client_write_notes(struct reactor *r);
void client_forget_notes(struct reactor *r, uint64_t device); /* it is about to be deleted */

/** One line that says why somebody was turned away. */
void client_log_refusal(struct connection *c, const char *stage, const char *reason);
