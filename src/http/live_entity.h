/**
 * @file live_entity.h - commands on many devices at once: ENTITY_DATA and ENTITY_COUNT, what list pages of a UI use.
 *
 * A query names devices (live_devices.h), and what is to be told of each. Worker thread; blocks.
 */
#pragma once

#include "http/call.h"
#include "http/live_subscription.h"

/**
 * Read the query, find the page, and read the present values of its devices.
 * @param ret       the subscription, if latestCmd or tsCmd ask for one, else NULL; its devices are watched (hub/live.h) already
 * @param ret_data  the page, as ENTITY_DATA answers it
 * @return ERR_OK · ERR_INVALID (names the member) · ERR_NOT_FOUND · ERR_LIMIT · as the stores
 */
MUST_USE err_t live_entity_data(struct call *call, const struct live_command *command,
                                struct live_subscription **ret, json_t **ret_data, struct problem *problem);

/** How many devices the query names. @p query  {"entityFilter":..} */
MUST_USE err_t live_entity_count(struct call *call, const json_t *query, uint64_t *ret,
                                 struct problem *problem);
