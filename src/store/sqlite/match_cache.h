/**
 * @file match_cache.h - what recent device queries matched, so that leafing through pages counts, searches and sorts once.
 *
 * Valid until any device changes: then every entry is stale. Any thread.
 */
#pragma once

#include "base/buf.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    MATCH_CACHE_ENTRIES = 32,
    /* Of all lists together; one that is larger than a quarter is not kept. */
    MATCH_CACHE_BYTES = 64 * 1024 * 1024,
};

/** Numbers of devices in the order of a query, ascending. Filled by one thread, then only read; shared by its users. */
struct match_list {
    atomic_uint users;
    uint64_t *numbers;
    size_t count, capacity;
    struct buf texts;  /* of a list that is searched: what is searched, of each device, and a NUL */
    struct buf starts; /* uint32_t each: where in `texts` */
};
struct match_list *match_list_new(void);                       /* of one user; NULL: no memory */
bool match_list_add(struct match_list *list, uint64_t number); /* false: no memory */
/** The same, with its text, which holds no NUL. */
bool match_list_add_text(struct match_list *list, uint64_t number, struct slice text);
/** Put those whose text holds @p part into @p ret, in the same order. */
bool match_list_search(const struct match_list *list, struct slice part, struct match_list *ret);
struct match_list *match_list_share(struct match_list *list);
void match_list_give(struct match_list **list); /* one user less; *list may be NULL, and is afterwards */
#define AUTO_MATCH_LIST __attribute__((cleanup(match_list_give)))

struct matches {
    uint64_t total;
    struct match_list *list; /* NULL: they were only counted */
};

struct match_cache {
    atomic_uint_fast64_t changes; /* of devices, since the start */
    pthread_mutex_t lock;         /* guards what follows */
    struct match_entry {
        uint64_t changes;
        struct buf filter; /* what was asked; empty = unused */
        struct matches matches;
    } entries[MATCH_CACHE_ENTRIES];
    size_t next; /* the entry to be replaced */
    size_t bytes;
};

void match_cache_init(struct match_cache *cache);
void match_cache_fini(struct match_cache *cache);

/** A device or its credentials were added, changed or deleted; call after the commit. */
void match_cache_change(struct match_cache *cache);

/** Note this before counting and give it to match_cache_put(): a change in between makes that entry useless. */
uint64_t match_cache_now(struct match_cache *cache);

/** @return false when unknown or stale; else @p ret, whose list (if any) is to be given back */
bool match_cache_get(struct match_cache *cache, struct slice filter, struct matches *ret);
/** The list stays the caller's, too. */
void match_cache_put(struct match_cache *cache, struct slice filter, uint64_t now,
                     const struct matches *matches);
