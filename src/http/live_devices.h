/**
 * @file live_devices.h - which devices a query of /api/ws names: an entityFilter (singleEntity, entityList, entityGroup, entityType,
 * deviceType, entityName), keyFilters, and a page of them. Worker thread; blocks.
 */
#pragma once

#include "http/call.h"

struct live_devices {
    struct device_page page;
    uint64_t total;
    char *types; /* what the query's `types` points into */
};

/** @p query's pageLink: size, page, textSearch and order. ERR_INVALID names the member. */
MUST_USE err_t live_devices_page(const json_t *query, struct device_query *ret, struct problem *problem);

/**
 * @param asked  the page; tenant and conditions are filled in, good as long as @p ret
 * @param ret    zeroed by the caller, to be given back whatever happens
 * @return ERR_OK · ERR_INVALID · ERR_NOT_FOUND (the group) · ERR_LIMIT · as the stores
 */
MUST_USE err_t live_devices_find(struct call *call, const json_t *query, struct device_query *asked,
                                 struct live_devices *ret, struct problem *problem);
void live_devices_fini(struct live_devices *devices);
