/**
 * @file device_filter.h - which devices are meant, by the members of a query: for lists, the export and actions on many.
 *
 *     type=..              profile's name            deviceProfileId=..   profile
 *     active=true|false                              neverConnected=true|false
 *     certificate=none|valid|expiring|expired        expiringDays=1..3650 (30): how long before its end one is expiring
 *     textSearch=..        part of name, label or type
 */
#pragma once

#include "http/call.h"

/** What a query borrows. */
struct device_filter {
    struct device_judge judge;
};

/**
 * Fill what the request says of @p query; what it does not mention stays. Texts are borrowed from the request, judge from
 * @p filter, which both outlive the query's use. ERR_INVALID names the member.
 */
MUST_USE err_t device_filter_read(const struct call *call, const struct http_request *request,
                                  struct device_filter *filter, struct device_query *query,
                                  struct problem *problem);

/** Whose devices the caller may ask for: the tenant's, or what a customer's user sees. */
struct device_query device_filter_scope(const struct call *call);

/** Only devices of the group, which the caller may read. "All" of the tenant holds its customers' devices, too. */
void device_filter_of_group(struct device_query *query, const struct group *group);

/** The same of the group that the call's query names as entityGroupId, if it names one. */
MUST_USE err_t device_filter_read_group(const struct call *call, struct device_query *query,
                                        struct problem *problem);
