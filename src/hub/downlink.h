/**
 * @file downlink.h - a message of the platform for devices: what changed, or what is to be done.
 *
 * Made once, in the platform's form (JSON); each connection puts it into the form its device subscribed to. Immutable
 * and counted; shared by all seats it goes to (hub/sessions.h, sessions_post()).
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdatomic.h>

enum downlink_kind {
    DOWNLINK_ATTRIBUTES, /* shared attributes: {"k":v} or {"deleted":["k"]} */
    DOWNLINK_RPC,        /* a call: {"method":"m","params":p}; request_id counts */
    DOWNLINK_DISCONNECT, /* for a gateway: a device of its was ended; no payload */
};

/** What became of a message: 0 in all members if the device has no seat. */
struct downlink_result {
    unsigned sent;   /* to connected clients that have subscribed */
    unsigned queued; /* for persistent sessions of clients that are away */
};

struct downlink {
    enum downlink_kind kind;
    uint32_t request_id; /* of a call, as the device sees it */
    uint32_t expiry_s;   /* Message Expiry Interval; 0 = none */
    uint64_t tag;        /* comes back when a QoS 1 or 2 client has acknowledged; 0 = nobody is interested */

    /* For sessions.c: how far it has come. */
    atomic_uint references;
    atomic_uint waiting; /* seats that have not had it yet, and the poster */
    atomic_uint sent, queued;
    void (*on_settled)(const struct downlink *downlink, const struct downlink_result *result);
    void *arg; /* on_settled's */

    size_t len;
    uint8_t payload[];
};

/** @param json  copied. @return one reference, NULL when out of memory */
struct downlink *downlink_new(enum downlink_kind kind, struct slice json);
void downlink_ref(struct downlink *downlink);
void downlink_unref(struct downlink *downlink);

static inline struct slice downlink_payload(const struct downlink *downlink)
{
    return slice_of(downlink->payload, downlink->len);
}
