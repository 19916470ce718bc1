/**
 * @file downlink.h - a message of the platform for devices: what changed, or what is to be done.
 *
 * Made once, in the platform's form (JSON); each connection puts it into the form its device subscribed to. Immutable
 * and counted; shared by all seats it goes to (hub/sessions.h, sessions_post()).
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum downlink_kind {
    DOWNLINK_ATTRIBUTES, /* shared attributes: {"k":v} or {"deleted":["k"]} */
    DOWNLINK_RPC,        /* a call: {"method":"m","params":p}; request_id counts */
};

/** What became of a message: 0 in all members if the device has no seat. */
struct downlink_result {
    unsigned sent;    /* to connected clients that have subscribed */
    unsigned dropped; /* clients that wanted it and cannot take it */
    unsigned queued;  /* for persistent sessions of clients that are away */
};

struct downlink {
    enum downlink_kind kind;
    uint32_t request_id;   /* of a call, as the device sees it */
    uint32_t expiry_s;     /* Message Expiry Interval; 0 = none */
    bool needs_connection; /* clients that are away do not get it when they come back */
    uint64_t tag; /* comes back when a QoS 1 or 2 client has acknowledged; 0 = nobody is interested */

    /* For sessions.c: how far it has come. */
    atomic_uint references;
    atomic_uint waiting; /* seats that have not had it yet, holds, and the poster */
    atomic_uint sent, queued, dropped;
    void (*on_settled)(const struct downlink *downlink, const struct downlink_result *result);
    void *arg; /* on_settled's */

    pthread_mutex_t lock; /* guards the rest; innermost rank */
    pthread_cond_t kept;
    unsigned holds;
    err_t error; /* of the first write that failed */

    size_t len;
    uint8_t payload[];
};

/** @param json  copied. @return one reference, NULL when out of memory */
struct downlink *downlink_new(enum downlink_kind kind, struct slice json);
void downlink_ref(struct downlink *downlink);
void downlink_unref(struct downlink *downlink);

/**
 * A hold: a persistent session may get the message, and it is not on disk for it yet. on_settled waits for its end.
 * @param err  what became of the write
 */
void downlink_hold(struct downlink *downlink);
void downlink_release(struct downlink *downlink, err_t err);
/** It will not be on disk for some session; tells downlink_wait_kept(). */
void downlink_fail(struct downlink *downlink, err_t err);

/**
 * After sessions_post(): wait until the message is on disk for each persistent session that it was queued for or sent
 * to. Costs nothing when there is none. NULL allowed. Worker thread; blocks.
 * @return ERR_OK · ERR_FULL · ERR_IO · ERR_NOMEM: it was sent all the same, but a crash may lose it
 */
MUST_USE err_t downlink_wait_kept(struct downlink *downlink, struct problem *problem);

/** One receiver less to wait for; the last calls on_settled. No lock may be held: the callee may send messages. */
void downlink_settle(struct downlink *downlink);

static inline struct slice downlink_payload(const struct downlink *downlink)
{
    return slice_of(downlink->payload, downlink->len);
}
