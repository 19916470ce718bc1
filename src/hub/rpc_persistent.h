/**
 * @file rpc_persistent.h - calls that are kept until the device has had them: on disk before anybody is told so, sent
 * when the device listens, again after a timeout as often as was asked for, and gone with their time.
 *
 * The registry says what is to be done; attempts wait in the table of rpc.h like other calls. In memory is only which
 * devices have open calls (so that a login costs nothing), and when the next call expires. Spec: device API section 4.
 */
#pragma once

#include "hub/hub.h"

struct rpc_persistent;

MUST_USE err_t rpc_persistent_new(struct rpc_persistent **ret);
void rpc_persistent_free(struct rpc_persistent *persistent); /* NULL allowed */

/** Learn from the registry which devices have open calls. Start; blocks. */
MUST_USE err_t rpc_persistent_load(struct hub *hub, struct problem *problem);

/**
 * Keep a call, and send it if the device listens. @p rpc: device, request, times, retries, is_one_way, additional_info;
 * the rest is filled in.
 * @return ERR_OK: it is on disk · ERR_LIMIT (rpc.max_persistent) · ERR_NOT_FOUND · ERR_IO, ERR_FULL. Worker; blocks.
 */
MUST_USE err_t rpc_persistent_add(struct hub *hub, struct rpc *rpc, struct problem *problem);

/** Delete a call, also one on its way. ERR_NOT_FOUND. Worker; blocks. */
MUST_USE err_t rpc_persistent_delete(struct hub *hub, const struct uuid *tenant, const struct uuid *id,
                                     struct problem *problem);

/**
 * A device has subscribed to calls, or is back in a session that had: it gets what is open for it. Cheap when there is
 * nothing. Any thread; does not block.
 * @param is_new  a new subscription: what has not been acknowledged is sent again
 */
void rpc_persistent_listens(struct hub *hub, uint64_t device, bool is_new);

/** Something happened to the call of this number; a worker puts it down. Any thread; does not block. */
void rpc_persistent_note(struct hub *hub, uint64_t number, enum rpc_step step);

/** An answer, if it is to an open call of the device; else nothing. Worker; blocks. */
MUST_USE err_t rpc_persistent_answer(struct hub *hub, const struct rpc_progress *answered,
                                     struct problem *problem);

/** Is there anything to be done for the call of this number? Also if the registry cannot tell. Worker; blocks. */
bool rpc_persistent_is_open(struct hub *hub, uint64_t number);

/** Let calls expire whose time has come. One reactor, twice a second. */
void rpc_persistent_tick(struct hub *hub);
