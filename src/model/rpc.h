/**
 * @file rpc.h - a persistent call to a device: what is to be called, and how far that has come. Plain data, as the
 * records of entity.h. Spec: device API section 4.
 *
 *     QUEUED -> SENT -> DELIVERED (acknowledged; the end of a one-way call) -> SUCCESSFUL (answered)
 *        ^        '--------'--> TIMEOUT, FAILED    no retries are left
 *        '-----------------'    they are
 *     EXPIRED: its time was over before any of these ends. DELETED is nowhere stored.
 */
#pragma once

#include "model/entity.h"

enum rpc_status {
    RPC_STATUS_QUEUED = 1,
    RPC_STATUS_SENT = 2,
    RPC_STATUS_DELIVERED = 3,
    RPC_STATUS_SUCCESSFUL = 4,
    RPC_STATUS_TIMEOUT = 5,
    RPC_STATUS_EXPIRED = 6,
    RPC_STATUS_FAILED = 7,
    RPC_STATUS_DELETED = 8
};                                                                     /* stored */
const char *rpc_status_name(enum rpc_status status);                   /* "QUEUED" */
bool rpc_status_parse(struct slice name, enum rpc_status *ret_status); /* exact */

struct rpc {
    uint64_t number; /* of the store, never reused */
    struct uuid id, tenant_id, device_id;
    uint64_t device;
    uint32_t request_id; /* the same in every attempt, so that the device can tell repetitions */
    int64_t created_ms, expires_ms;
    uint32_t timeout_ms; /* of an attempt */
    uint32_t retries;    /* attempts left after the present one */
    bool is_one_way;
    enum rpc_status status;
    char *request;         /* {"method":..,"params":..} */
    char *response;        /* JSON, or NULL */
    char *additional_info; /* JSON object, or NULL */
};
void rpc_fini(struct rpc *rpc);

/** Is there anything to be done yet? */
bool rpc_is_open(const struct rpc *rpc);

/** What happened to an attempt. */
enum rpc_step {
    RPC_STEP_SENT,
    RPC_STEP_DELIVERED,
    RPC_STEP_ANSWERED,
    RPC_STEP_TIMED_OUT, /* no acknowledgement or no answer in time */
    RPC_STEP_DROPPED,   /* the device cannot take it */
};

/** Change status and retries. @return false: nothing changes; the step is late, or means nothing to this call */
bool rpc_advance(struct rpc *rpc, enum rpc_step step);
