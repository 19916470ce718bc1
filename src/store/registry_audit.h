/**
 * @file registry_audit.h - the registry's part about the audit log: who did what, when and from where.
 *
 * Entries are only added and, by age and number, let go. As registry.h says of all its calls.
 */
#pragma once

#include "store/registry.h"

enum { AUDIT_WORD_SIZE = 40, AUDIT_FAILURE_SIZE = 320, AUDIT_DATA_SIZE = 1024 };

struct audit_entry {
    struct uuid
        id; /* filled in by the registry, like the number, by which those of one moment are in order */
    uint64_t number;
    int64_t created_ms;
    struct uuid tenant_id, customer_id, user_id, entity_id; /* nil: none */
    char user_name[NAME_SIZE], entity_name[NAME_SIZE], address[ADDRESS_TEXT_SIZE];
    char action[AUDIT_WORD_SIZE], entity_type[AUDIT_WORD_SIZE]; /* "ADDED", "DEVICE" */
    char data[AUDIT_DATA_SIZE];                                 /* JSON object */
    bool is_failure;
    char failure[AUDIT_FAILURE_SIZE];
};

struct audit_query {
    struct uuid tenant_id;                       /* nil = of the installation */
    struct uuid entity_id, user_id, customer_id; /* at most one; nil = any */
    struct slice actions;                        /* exact, with commas between them; empty = any */
    struct slice text_search; /* part of names, action or address, without case; empty = all */
    int64_t start_ms, end_ms; /* the end is not included */
    enum sort_order order;    /* by time */
    uint32_t page_size;       /* 1..1000 */
    uint32_t page;            /* from 0 */
};
struct audit_page {
    struct audit_entry *entries; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void audit_page_fini(struct audit_page *page);

/** What is let go, now and then, when entries are added. */
struct audit_bounds {
    uint32_t max_entries;
    int64_t keep_ms;
};
MUST_USE err_t registry_audit_add(struct registry *r, const struct audit_entry *entry,
                                  const struct audit_bounds *bounds, struct problem *p);

/** Where a walk through the log stands; `{0}`: at the beginning. */
struct audit_place {
    int64_t created_ms;
    uint64_t number;
    bool is_at_end;
};
/**
 * The next entries of a query, oldest first, by tenant, times, actions and text. Looks at no more than page_size entries, so that a step is short
 * even if few are found; the place moves behind them. @p ret  total is not filled
 */
MUST_USE err_t registry_audit_walk(struct registry *r, const struct audit_query *query,
                                   struct audit_place *place, struct audit_page *ret, struct problem *p);
MUST_USE err_t registry_audit_page(struct registry *r, const struct audit_query *query,
                                   struct audit_page *ret, struct problem *p);
