/**
 * @file door.h - the one place that decides which device is at the door.
 *
 * Every transport asks here with credentials (certificate fingerprint, access token, user/password) and gets
 * a device or a refusal with its reason. Answers are cached per reactor (`struct doorway`, no locks); a miss
 * is looked up in the registry by a worker. door_revoke() makes every doorway forget a device and its
 * sessions close, and returns when all have; the cache cannot answer with what was true before, since an
 * answer that was looked up before the revocation is asked again (generation check). With the device comes the
 * configuration of its profile; door_profile_changed() replaces it likewise. A certificate that is not registered may
 * be vouched for by an authority (hub/door_chain.h). Spec: device API section 1.
 */
#pragma once

#include "base/mailbox.h"
#include "hub/credentials.h"
#include "model/profile_config.h"

struct hub;
struct door;
struct doorway;

MUST_USE err_t door_new(struct hub *hub, struct door **ret);
void door_free(struct door *door);

/** What a reactor does when the door has news; on its own thread. */
struct doorway_events {
    /** Close the sessions of the device before returning. */
    void (*on_revoke)(void *arg, uint64_t device);
    /** Connections whose profile is config->profile_id work by @p config from now on (take a reference for each),
     *  unless what they have is newer (version): two changes may arrive in either order. */
    void (*on_profile_changed)(void *arg, struct profile_config *config);
};

/** One reactor's entrance. @p box is the reactor's mailbox. Main thread. */
MUST_USE err_t doorway_new(struct door *door, struct mailbox *box, const struct doorway_events *events,
                           void *arg, struct doorway **ret);
void doorway_free(struct doorway *doorway);

/**
 * The reactor is about to end: no more news after this, and whoever waits for what was posted before waits until
 * the reactor drains its mailbox once more. Reactor's thread, when it has no connections and asks nothing any more.
 */
void doorway_close(struct doorway *doorway);

/** A question and, later, its answer. Memory is the asker's; keep it until answered. */
struct door_question {
    struct mail mail; /* the door's */
    enum credentials_type type;
    char id[CREDENTIALS_ID_SIZE];
    const struct chain_der *chain; /* X509: what was presented, in case it is not registered; NULL: nothing */
    const uint8_t *address;        /* of the peer, 16 bytes, for the audit log; NULL: not known */
    struct credentials_basic basic; /* of a client without certificate: tried when there is no such token */
    void (*on_answer)(struct door_question *self); /* reactor's thread */
    struct doorway *doorway;                       /* the door's, like the rest */
    uint64_t generation;
    err_t result; /* ERR_OK · ERR_NOT_FOUND · ERR_DENIED · ERR_LIMIT (too busy) · ERR_IO ... */
    struct door_entry entry;
    struct profile_config *config; /* with ERR_OK; borrowed until doorway_ask or on_answer returns */
    struct problem problem;        /* why not; empty when the result says it all */
};

/**
 * @return ERR_OK or ERR_NOT_FOUND at once from the cache (result and entry filled, on_answer not called), or
 *         ERR_AGAIN: on_answer will be called. Reactor's thread; never blocks.
 */
MUST_USE err_t doorway_ask(struct doorway *doorway, struct door_question *question);

/**
 * The same for who is on a worker thread already. Blocks on the registry. Nothing is cached: the answer is true when
 * it is looked up, and whoever acts on it for longer than one request needs a doorway of its own, for the news.
 * Only type, id, chain, address and basic of the question count; its config is a reference, the caller's to give back.
 * @return question->result
 */
MUST_USE err_t door_ask_blocking(struct door *door, struct door_question *question);

/**
 * The device's credentials changed or it was deleted: forget it in every doorway, close its sessions, drop what they
 * left behind and its TLS tickets. Returns when all of that is done. Worker thread; blocks (milliseconds). After the
 * registry's commit.
 */
void door_revoke(struct door *door, uint64_t device);

/**
 * The configuration of a profile was replaced by @p config (NULL: it is gone, or cannot be read): later answers
 * have the new one, connections are told. Returns when every doorway knows. Worker thread; blocks (milliseconds).
 * For hub/profiles.h.
 */
void door_profile_changed(struct door *door, const struct uuid *profile, struct profile_config *config);

/** Called after door_revoke's doorways are done, to drop TLS tickets of the device (set by serve). */
void door_on_revoked(struct door *door, void (*drop_tickets)(void *arg, uint64_t device), void *arg);
