/**
 * @file rpc.h - calls to devices: sent through their sessions, answered by them, or ended by the clock.
 *
 * A call is sent to the clients of a device that are connected and have subscribed to calls; the first answer counts.
 * Nobody blocks while a device thinks: the outcome is told by on_done, exactly once. Spec: device API section 4.
 */
#pragma once

#include "hub/hub.h"
#include "hub/request.h"

struct rpc_service;

enum rpc_outcome {
    RPC_ANSWERED,  /* `answer` is the device's, strict JSON */
    RPC_SENT,      /* a one-way call is on its way; a persistent one has arrived */
    RPC_NO_DEVICE, /* nobody is connected, or subscribed to calls */
    RPC_DROPPED, /* somebody is, but cannot take it: its queue is full, or the call is larger than it takes */
    RPC_TIMED_OUT, /* no answer in time */
    RPC_STOPPED,   /* the server stops */
};

struct rpc_call {
    uint64_t device;
    struct slice json; /* {"method":"m","params":p}, strict; borrowed for the call of rpc_call() */
    bool is_one_way;
    uint32_t timeout_ms;
    /* Of a persistent call (hub/rpc_persistent.h): it waits though it is one-way, until it has been acknowledged. */
    uint64_t number;     /* 0: not persistent */
    uint32_t request_id; /* 0: a new one */
    /* Any thread, perhaps before rpc_call() returns; must not block. @p answer is borrowed. */
    void (*on_done)(void *arg, enum rpc_outcome outcome, struct slice answer);
    void *arg;
};

MUST_USE err_t rpc_new(const struct settings *settings, struct rpc_service **ret);
void rpc_free(struct rpc_service *rpc); /* after rpc_stop() */

/**
 * Send a call. Any thread, and does not block, unless it is persistent: then a worker, and one that has ended already
 * is not sent (RPC_STOPPED).
 * @return ERR_OK (on_done is called) · ERR_LIMIT (too many wait) · ERR_CLOSED · ERR_NOMEM (it is not)
 */
MUST_USE err_t rpc_call(struct hub *hub, const struct rpc_call *call, struct problem *problem);

/** Send a call that waits already again, to whoever listens now. */
void rpc_repeat(struct hub *hub, const struct rpc_call *call);

/** End a call that waits, if it still does. */
void rpc_end(struct hub *hub, uint64_t device, uint32_t request_id, enum rpc_outcome outcome);

/**
 * A device's answer, or that of a gateway for a device of its. One that nobody waits for (any more) is no error.
 * @param json  lenient
 * @return ERR_OK: the answer to a persistent call is on disk · ERR_INVALID, ERR_LIMIT (no JSON; the call still waits) ·
 *         ERR_IO, ERR_FULL · ERR_NOMEM. Worker thread; blocks.
 */
MUST_USE err_t rpc_respond(struct hub *hub, uint64_t device, uint32_t request_id, struct slice json,
                           struct problem *problem);

/** Worker's function of TOPIC_RPC_RESPONSE. */
MUST_USE err_t rpc_response_work(struct request *request, struct problem *problem);

/** End the calls whose time is over, persistent ones too. One reactor, twice a second. @param now_ms  monotonic */
void rpc_tick(struct hub *hub, uint64_t now_ms);

/** A request id that no call had lately. */
uint32_t rpc_next_id(const struct hub *hub);

struct rpc_persistent *rpc_persistent_of(const struct hub *hub);

/** Take no more calls, and end those that wait. NULL allowed. */
void rpc_stop(struct rpc_service *rpc);
