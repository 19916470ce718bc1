/**
 * @file rpc_devices.h - the set of devices for which calls are kept, so that others need not be looked up.
 *
 * A device leaves the set when a look found nothing, unless it was added again meanwhile: a device that has calls is
 * never missing. Any thread; one short lock (innermost rank), none at all while the set is empty.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct rpc_devices;

MUST_USE err_t rpc_devices_new(struct rpc_devices **ret);
void rpc_devices_free(struct rpc_devices *devices); /* NULL allowed */

/** After a call was kept. ERR_NOMEM. */
MUST_USE err_t rpc_devices_add(struct rpc_devices *devices, uint64_t device);

/** @param ret_mark  for rpc_devices_remove(), if a look that begins after this finds nothing */
bool rpc_devices_has(struct rpc_devices *devices, uint64_t device, uint64_t *ret_mark);
void rpc_devices_remove(struct rpc_devices *devices, uint64_t device, uint64_t mark);
