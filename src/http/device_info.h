/**
 * @file device_info.h - devices with what device lists and the info call add: customerTitle, deviceProfileName, ownerName, groups,
 * active, lastActivityTime (0 = never).
 *
 * What devices of a list share, their owners and groups, is looked up once for the whole list. Blocks on the registry, and on
 * the series for each device that was not heard since the start. Worker thread.
 */
#pragma once

#include "http/call.h"

/** Append a document of each to an array. @p count  at most GROUP_DEVICES_MAX */
MUST_USE err_t device_info_append(struct call *call, const struct device *devices, size_t count, json_t *list,
                                  struct problem *problem);

/** Of one. New reference. */
MUST_USE err_t device_info_document(struct call *call, const struct device *device, json_t **ret,
                                    struct problem *problem);
