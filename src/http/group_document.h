/** @file group_document.h - groups as other documents show them. New references, NULL when out of memory. */
#pragma once

#include "http/call.h"

json_t *group_short_document(const struct group *group); /* {"id":..,"name":..} */

/** The groups that a device is in and the caller sees, its owner's "All" first. Worker thread; blocks. */
json_t *group_of_device_documents(struct call *call, const struct device *device,
                                  json_t *(*document)(const struct group *group));
