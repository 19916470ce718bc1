/**
 * @file live_values.h - present values and history of a device, as answers on /api/ws hold them. What is written is also noted as
 * seen, if a subscription's target is given. Worker thread; blocks.
 */
#pragma once

#include "http/live_subscription.h"
#include "store/series.h"

/** What a command's answer is made with. */
struct live_reading {
    struct series *series;
    struct live_target *target; /* NULL: nothing is noted */
    uint64_t device;
    json_t *data;   /* object that is filled: {"key":[[ts,"v"],..]} */
    bool is_strict; /* values with their types; not of live_read_key() */
};

/** The newest point of each key; @p keys comma-separated, "" = all. */
MUST_USE err_t live_read_latest(struct live_reading *reading, const char *keys, struct problem *problem);

/** Attributes of a scope (0 = any), the same way. */
MUST_USE err_t live_read_attributes(struct live_reading *reading, const char *keys,
                                    enum attribute_scope scope, struct problem *problem);

/** Points of a range, the newest first; at most range->limit of a key. With @p as_objects {"ts":..,"value":..} each. */
MUST_USE err_t live_read_history(struct live_reading *reading, const char *keys,
                                 const struct live_range *range, bool as_objects, struct problem *problem);

/** One key of a command on entities: {"ts":..,"value":".."}, or ts 0 and "" when there is none. NULL: no memory */
MUST_USE err_t live_read_key(struct live_reading *reading, const struct live_key *key, json_t **ret,
                             struct problem *problem);
