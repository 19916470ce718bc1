/** @file device_list.h - pages of devices, for the lists of the tenant, of customers and of groups. */
#pragma once

#include "http/call.h"

/**
 * Answer with the page that the query asks for (pageSize, page, sortProperty, sortOrder, and all of device_filter.h); with
 * @p is_info with the members of the info form.
 */
MUST_USE err_t device_list_reply(struct call *call, bool is_info, struct problem *problem);

/** The same, of the devices of a group that the caller may read. */
MUST_USE err_t device_list_of_group(struct call *call, const struct group *group, bool is_info,
                                    struct problem *problem);
