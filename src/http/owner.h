/** @file owner.h - whose a device is: the tenant's, or one of its customers'. */
#pragma once

#include "hub/hub.h"

/**
 * Give a device to a customer, or to nobody (CUSTOMER_NOBODY); a claim that waits for it is withdrawn.
 * @param device  as it was read: somebody's change since is ERR_CONFLICT
 * @return as the registry. Worker thread; blocks.
 */
MUST_USE err_t owner_set(struct hub *hub, struct device *device, const struct uuid *customer,
                         struct problem *problem);
