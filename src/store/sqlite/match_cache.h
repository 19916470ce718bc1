/**
 * @file match_cache.h - what recent device queries matched, so that leafing through pages counts once.
 *
 * Valid until any device changes: then every entry is stale. Any thread.
 */
#pragma once

#include "base/buf.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MATCH_CACHE_ENTRIES = 16 };

struct matches {
    uint64_t total;
    bool is_few;    /* then `ids` holds the numbers of all candidates */
    struct buf ids; /* JSON array of device numbers */
};

struct match_cache {
    atomic_uint_fast64_t changes; /* of devices, since the start */
    pthread_mutex_t lock;         /* guards what follows */
    struct {
        uint64_t changes;
        struct buf filter; /* what was asked; empty = unused */
        struct matches matches;
    } entries[MATCH_CACHE_ENTRIES];
    size_t next; /* the entry to be replaced */
};

void match_cache_init(struct match_cache *cache);
void match_cache_fini(struct match_cache *cache);

/** A device was added, changed or deleted; call after the commit. */
void match_cache_change(struct match_cache *cache);

/** Note this before counting and give it to match_cache_put(): a change in between makes that entry useless. */
uint64_t match_cache_now(struct match_cache *cache);

/** @return false when unknown or stale; else a copy in @p ret, which must be empty */
bool match_cache_get(struct match_cache *cache, struct slice filter, struct matches *ret);
void match_cache_put(struct match_cache *cache, struct slice filter, uint64_t now,
                     const struct matches *matches);
