/**
 * @file device_matches.h - which devices a query matches, and in which order. Private to store/sqlite.
 *
 * Statements are put together from constants; what comes from outside is bound. Candidates are looked for where they are likely
 * to be few: in the trigram index, in a group, among a customer's devices, in a profile. Few: they are looked up and sorted. Many:
 * numbers are compared in memory, those of a group or of a search with an ordered list of all, which other queries share. What
 * many hold is searched for in a copy of all texts, which is kept until a device changes. Figures: bench/README.md.
 */
#pragma once

#include "store/sqlite/registry_sqlite.h"

struct device_plan {
    const struct device_query *query;
    struct buf text; /* folded search text; the query's is not looked at */
    struct match_cache *cache;
};

/* ---- device_plan.c ---- */

/** Nothing but the tenant is asked for. */
bool device_plan_is_plain(const struct device_plan *plan);

/** Up to FROM device d INDEXED BY ..; the order that goes with it. */
const char *device_order_index(enum device_sort sort);
const char *device_order(enum device_sort sort, enum sort_order order);

/** "head index WHERE conditions tail", with the conditions' parameters bound; the caller binds those of the tail. */
MUST_USE err_t device_plan_open(struct conn *conn, const struct device_plan *plan, const char *head,
                                const char *index, const char *tail, struct statement *s, struct problem *p);

/* ---- device_matches.c ---- */

/** All matches in ascending order of the query's sort. @p ret  to be given back */
MUST_USE err_t device_matches_list(struct conn *conn, const struct device_plan *plan, struct match_list **ret,
                                   struct problem *p);

/** How many there are, of a plain query. */
MUST_USE err_t device_matches_count(struct conn *conn, const struct device_plan *plan, uint64_t *ret,
                                    struct problem *p);
