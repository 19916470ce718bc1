#include "store/sqlite/match_cache.h"

void match_cache_init(struct match_cache *cache)
{
    *cache = (struct match_cache){0};
    pthread_mutex_init(&cache->lock, NULL);
}

void match_cache_fini(struct match_cache *cache)
{
    for (size_t i = 0; i < MATCH_CACHE_ENTRIES; i++) {
        buf_fini(&cache->entries[i].filter);
        buf_fini(&cache->entries[i].matches.ids);
    }
    pthread_mutex_destroy(&cache->lock);
}

void match_cache_change(struct match_cache *cache)
{
    atomic_fetch_add(&cache->changes, 1);
}

uint64_t match_cache_now(struct match_cache *cache)
{
    return atomic_load(&cache->changes);
}

static void copy(const struct matches *from, struct matches *to)
{
    to->total = from->total;
    to->is_few = from->is_few;
    buf_clear(&to->ids);
    buf_append_slice(&to->ids, buf_slice(&from->ids));
}

bool match_cache_get(struct match_cache *cache, struct slice filter, struct matches *ret)
{
    bool found = false;
    uint64_t now = match_cache_now(cache);
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < MATCH_CACHE_ENTRIES && !found; i++) {
        found = cache->entries[i].changes == now && slice_eq(buf_slice(&cache->entries[i].filter), filter);
        if (found)
            copy(&cache->entries[i].matches, ret);
    }
    pthread_mutex_unlock(&cache->lock);
    return found && buf_is_ok(&ret->ids);
}

void match_cache_put(struct match_cache *cache, struct slice filter, uint64_t now,
                     const struct matches *matches)
{
    pthread_mutex_lock(&cache->lock);
    size_t at = cache->next++ % MATCH_CACHE_ENTRIES;
    struct buf *kept = &cache->entries[at].filter;
    buf_clear(kept);
    buf_append_slice(kept, filter);
    copy(matches, &cache->entries[at].matches);
    cache->entries[at].changes = now;
    if (!buf_is_ok(kept) || !buf_is_ok(&cache->entries[at].matches.ids))
        buf_clear(kept);
    pthread_mutex_unlock(&cache->lock);
}
