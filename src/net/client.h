/**
 * @file client.h - what a device's packets mean to the platform: the session's events, answered through the hub.
 *
 * CONNECT -> door -> seat -> CONNACK. PUBLISH -> ingest or attribute request. Everything here runs on the
 * connection's reactor. Spec: device API sections 1 and 3.
 */
#pragma once

#include "hub/ingest.h"
#include "hub/sessions.h"
#include "net/reactor.h"

extern const struct session_handler client_handler;

/** An acknowledgement is due (ingest's on_answer). */
void client_on_answer(void *reactor, const struct ingest_answer *answer);

/** All connections of a device must go (the doorway's on_revoke). */
void client_on_revoke(void *reactor, uint64_t device);

/** A profile means something new (the doorway's on_profile_changed). */
void client_on_profile_changed(void *reactor, struct profile_config *config);

/** The connection ends: will, session state, seat, presence, device link. */
void client_leave(struct connection *c);

/** A will's time has come: publish and free it, or keep it until there is room. */
void client_publish_held(struct reactor *r, struct held_will *held);

/** False while something keeps its input back: no room in the ingest, too many requests not answered. */
bool client_may_go_on(const struct connection *c);

/** One line that says why somebody was turned away. */
void client_log_refusal(struct connection *c, const char *stage, const char *reason);
