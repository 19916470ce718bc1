/** @file device_delete.h - the end of a device: its row, its connections, its series. */
#pragma once

#include "hub/hub.h"

/**
 * The registry's commit decides; what follows is repeated at the next start if we do not come to the end of it.
 * @return ERR_OK · ERR_NOT_FOUND (it is gone already) · as registry and writer. Worker thread; blocks.
 */
MUST_USE err_t device_delete_everywhere(struct hub *hub, const struct device *device,
                                        struct problem *problem);
