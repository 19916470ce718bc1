/**
 * @file rpc_table.h - calls to devices that wait for an answer, by (device, request id).
 *
 * The table holds what callers embed in their own memory; whoever takes a call out owns it again, so each call ends
 * exactly once, however many answers, deadlines and stops race for it. Request ids rise through all devices
 * from a random start, so that an answer to a call from before a restart meets nobody; 1 to 2147483647.
 * Bounded in all and for each device. Any thread; one short lock (innermost rank), which is never held for longer than
 * a walk over the table, when a deadline has passed.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <uthash.h>

struct rpc_table;

/** Hashed as bytes: no padding. */
struct rpc_key {
    uint64_t device;
    uint64_t request_id;
};

/** Embedded; the members are the table's, but for the number. */
struct rpc_pending {
    UT_hash_handle hh;
    struct rpc_key key;
    uint64_t deadline_ms;
    uint64_t number; /* the caller's: of a persistent call (hub/rpc_persistent.h), else 0 */
};

/** @param max_device  calls that wait for one device */
MUST_USE err_t rpc_table_new(size_t max, size_t max_device, struct rpc_table **ret);
void rpc_table_free(struct rpc_table *table); /* empty, or closed and empty */

/** A request id that no call had lately. */
uint32_t rpc_table_next_id(struct rpc_table *table);

/**
 * Let a call wait.
 * @param request_id   from rpc_table_next_id(), and not waiting
 * @param deadline_ms  monotonic
 * @return ERR_OK · ERR_LIMIT · ERR_CONFLICT (it waits already) · ERR_CLOSED · ERR_NOMEM
 */
MUST_USE err_t rpc_table_add(struct rpc_table *table, uint64_t device, uint32_t request_id,
                             uint64_t deadline_ms, struct rpc_pending *pending, struct problem *problem);

/** @return NULL: no such call waits */
struct rpc_pending *rpc_table_take(struct rpc_table *table, uint64_t device, uint32_t request_id);

/** The same, but a persistent call stays: it waits until its end is on disk. */
struct rpc_pending *rpc_table_take_unkept(struct rpc_table *table, uint64_t device, uint32_t request_id);

/** A call whose deadline is not after @p now_ms, or NULL. */
struct rpc_pending *rpc_table_take_late(struct rpc_table *table, uint64_t now_ms);

/** No more calls are taken in; what waits comes out one by one. NULL: empty */
struct rpc_pending *rpc_table_close(struct rpc_table *table);
