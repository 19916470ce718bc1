/**
 * @file live_filter.h - keyFilters of a query of /api/ws: which devices are wanted by their present values.
 *
 *     {"keyFilters":[{"key":{"type":"TIME_SERIES","key":"t"},"valueType":"NUMERIC",
 *                     "predicate":{"type":"NUMERIC","operation":"GREATER","value":{"defaultValue":20}}}, ..],
 *      "keyFiltersOperation":"AND"}
 *
 * Keys: series, attributes, and the ENTITY_FIELDs name, type, label and createdTime. Predicates: NUMERIC, STRING, BOOLEAN, and
 * COMPLEX of these. A value of another kind than the predicate's, or none at all, is not wanted by any. ignoreCase knows the
 * letters of ASCII. The query's JSON is borrowed. Judging blocks on the series: worker thread.
 */
#pragma once

#include "http/live_subscription.h"
#include "model/entity.h"
#include "store/series.h"

enum {
    LIVE_FILTERS_MAX = 20,    /* of a query */
    LIVE_PREDICATES_MAX = 50, /* of a filter, those within others included */
    LIVE_FILTERED_MAX = 10000 /* devices that are looked at for one answer */
};

struct live_filters {
    struct live_filter {
        struct live_key key;
        const char *field; /* of the device; NULL: a value by its key */
        json_t *predicate; /* checked */
    } filters[LIVE_FILTERS_MAX];
    size_t count;
    bool is_any; /* one that wants it is enough */
};

/** @p ret zeroed. ERR_INVALID and ERR_LIMIT name the member, and what was expected. */
MUST_USE err_t live_filters_read(const json_t *query, struct live_filters *ret, struct problem *problem);

static inline bool live_filters_exist(const struct live_filters *filters)
{
    return filters->count != 0;
}

MUST_USE err_t live_filters_judge(const struct live_filters *filters, struct series *series,
                                  const struct device *device, bool *ret_is_wanted, struct problem *problem);
