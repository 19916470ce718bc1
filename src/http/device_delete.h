/** @file device_delete.h - the end of devices: their rows, their connections, their series. */
#pragma once

#include "hub/hub.h"

enum { DEVICE_DELETE_MAX = 500 };

/**
 * Delete up to DEVICE_DELETE_MAX devices of a tenant. The registry's commit decides; what follows is repeated at the next start
 * if we do not come to the end of it.
 * @param ret_was_there  of each: it is deleted; else it was gone already
 * @return ERR_OK · as registry and writer. Worker thread; blocks for three syncs, however many devices they are.
 */
MUST_USE err_t device_delete_many(struct hub *hub, const struct uuid *tenant, const struct device *devices,
                                  size_t count, bool *ret_was_there, struct problem *problem);

/** One. @return ERR_NOT_FOUND: it is gone already · as above */
MUST_USE err_t device_delete_one(struct hub *hub, const struct device *device, struct problem *problem);
