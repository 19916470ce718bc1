/**
 * @file sessions.h - which client ids are taken, by which connection, and what clients left behind.
 *
 * One seat per (device, client id). A connection claims its seat before it is let in; if another one sits there (on
 * any reactor), that one is told to leave (take-over, [MQTT-3.1.4-3]) and hands over its session state. When a
 * connection ends, its state stays in the seat until the session expires. Another client id of the same device is
 * another seat. By its seats a device is reached: sessions_post().
 * Any thread; one short lock, taken at connect and disconnect only. Below it in rank are the writer's queue and
 * mailboxes.
 */
#pragma once

#include "base/err.h"
#include "base/mailbox.h"
#include "config/settings.h"
#include "hub/downlink.h"
#include "hub/payload.h"
#include "mqtt/session.h"

struct series;
struct sessions;
struct seat;
struct writer;

/** A will that waits to be published: for its Will Delay Interval (MQTT 5.0 section 3.1.3.2.2), or for room to store
 * it. Heap; free() it. */
struct held_will {
    struct held_will *next; /* this and seat are the directory's */
    struct seat *seat;      /* whose client may still return in time; NULL = it must go out */
    uint64_t device;
    uint64_t due_ms; /* monotonic */
    size_t topic_len, payload_len;
    uint8_t bytes[]; /* topic, then payload */
};

/** A connection's wish for a seat, and its hold on it afterwards. Heap memory of the directory. */
struct seat_claim;

/** How the directory reaches a connection; the handle is the reactor's own and may have become stale. */
struct seat_owner {
    struct mailbox *box;
    uint64_t handle;
    /* On the reactor's thread: the seat is wanted by another connection: end this one (0x8E). */
    void (*evict)(void *reactor, uint64_t handle);
    /* On the reactor's thread: the seat is this connection's now. @p state is handed over; may be NULL.
     * If the connection is gone, sessions_release() must be called with the state. */
    void (*granted)(void *reactor, uint64_t handle, struct seat_claim *claim, struct session_state *state);
    /* On the reactor's thread: a message for @p device. @return false if the connection is gone: the message looks
     * for it elsewhere. NULL: takes no messages. */
    bool (*deliver)(void *reactor, uint64_t handle, uint64_t device, struct downlink *downlink,
                    enum delivery_result *ret_result);
    bool starts_clean; /* Clean Start: an earlier session ends */
};

/** What the settings allow a session. */
void sessions_limits(const struct settings *settings, struct session_limits *ret);

/**
 * @param max_kept  sessions one device may leave behind; the oldest make room
 * @param limits    bound what is queued for them; copied
 */
MUST_USE err_t sessions_new(size_t max_kept, const struct session_limits *limits, struct sessions **ret);
void sessions_free(struct sessions *sessions); /* after all reactors and the writer have ended */

/** Where kept sessions are, and whose they are. */
struct sessions_source {
    struct series *series;
    struct writer *writer;
    /* How a device's payloads look; the profile is a reference, which is taken. NULL: all are JSON.
     * @return ERR_OK · ERR_NOT_FOUND (no such device: its sessions go) · other: the start fails */
    err_t (*forms_of)(void *arg, uint64_t device, struct payload_forms *ret, struct problem *problem);
    void *arg;
};

/**
 * Take back the sessions that are on disk, as those of clients that are away, and keep what clients leave behind there
 * from now on. Before there are reactors. Blocks.
 *
 * What has expired, is damaged, or is more than the settings allow goes from the disk.
 * @return ERR_OK · ERR_IO · ERR_NOMEM, and what forms_of said
 */
MUST_USE err_t sessions_restore(struct sessions *sessions, const struct sessions_source *source,
                                struct problem *problem);

/**
 * Claim the seat of (device, client id).
 * A will that waited is dropped if its client returned in time ([MQTT-3.1.3-9]); if the session ended, it is due.
 *
 * @param now_ms     monotonic: what expired by then is not found
 * @param ret_claim  set on ERR_OK and ERR_AGAIN; to be given back with sessions_release()
 * @param ret_state  set on ERR_OK: what an earlier session left, or NULL; the caller's now
 * @return ERR_OK · ERR_AGAIN (it is taken: owner->granted() will be called) · ERR_NOMEM
 */
MUST_USE err_t sessions_claim(struct sessions *sessions, uint64_t device, struct slice client_id,
                              const struct seat_owner *owner, uint64_t now_ms, struct seat_claim **ret_claim,
                              struct session_state **ret_state);

/**
 * How the payloads of this claim's device look, for messages that come while its client is away. Set when the seat is
 * taken and whenever the device's profile changes; until then JSON. A reference to the profile is taken.
 */
void sessions_set_forms(struct sessions *sessions, struct seat_claim *claim,
                        const struct payload_forms *forms);

/**
 * Will the session of the claim's connection outlive it? Until this is called: if it was handed a state. Whoever sends
 * a message to a persistent one may wait until that is on disk, which is the reactor's duty (hub/session_keeper.h) while
 * the client is connected.
 */
void sessions_mark_persistent(struct sessions *sessions, struct seat_claim *claim, bool is_persistent);

/** A number for a message (`struct delivery`): higher than all before it, restarts included. */
uint64_t sessions_next_number(struct sessions *sessions);

/**
 * The connection ends. The claim is dead afterwards.
 * @param state  kept in the seat, or handed to whoever waits for it; NULL = nothing. It is on disk already
 * @param will   taken: kept until it is due, or freed when its client waits for the seat; NULL = none. Needs a state
 */
void sessions_release(struct sessions *sessions, struct seat_claim *claim, struct session_state *state,
                      struct held_will *will);

/** Keep a will that cannot be stored yet: it is due at once. */
void sessions_hold_will(struct sessions *sessions, struct held_will *will);

/** Take a will that is due by @p now_ms; the caller publishes and frees it. NULL = none. */
struct held_will *sessions_take_due_will(struct sessions *sessions, uint64_t now_ms);

/** Free what expired by @p now_ms (monotonic). Cost: a walk over all seats; every half minute. */
void sessions_sweep(struct sessions *sessions, uint64_t now_ms);

/**
 * Free what clients of this device left behind (revoked or deleted), wills included, and what those still connected
 * are about to leave. Cost: the device's own seats.
 */
void sessions_forget_device(struct sessions *sessions, uint64_t device);

/**
 * Send a message to every seat of a device, once each: connected, changing hands between connections, or away
 * (then it is queued in the state left behind). Fill in the downlink's on_settled before if the outcome matters: it is
 * called once, on any thread, perhaps before this returns.
 * The caller keeps its reference.
 */
void sessions_post(struct sessions *sessions, uint64_t device, struct downlink *downlink);

/** The same for many devices; on_settled is called once, with the sums. */
void sessions_post_all(struct sessions *sessions, const uint64_t *devices, size_t count,
                       struct downlink *downlink);
