#include "store/sqlite/match_cache.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

struct match_list *match_list_new(void)
{
    struct match_list *list = calloc(1, sizeof *list);
    if (list != NULL)
        list->users = 1;
    return list;
}

bool match_list_add(struct match_list *list, uint64_t number)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity != 0 ? list->capacity * 2 : 64;
        uint64_t *numbers = reallocarray(list->numbers, capacity, sizeof *numbers);
        if (numbers == NULL)
            return false;
        list->numbers = numbers;
        list->capacity = capacity;
    }
    list->numbers[list->count++] = number;
    return true;
}

bool match_list_add_text(struct match_list *list, uint64_t number, struct slice text)
{
    if (list->texts.len + text.len + 1 > UINT32_MAX)
        return false;
    uint32_t start = (uint32_t)list->texts.len;
    buf_append(&list->starts, &start, sizeof start);
    buf_append_slice(&list->texts, text);
    buf_append_u8(&list->texts, 0);
    return buf_is_ok(&list->texts) && buf_is_ok(&list->starts) && match_list_add(list, number);
}

/* Through all texts at once; behind a match, on with the next device's. */
bool match_list_search(const struct match_list *list, struct slice part, struct match_list *ret)
{
    const uint32_t *starts = (const uint32_t *)(const void *)list->starts.data;
    size_t at = 0, i = 0;
    ret->count = 0;
    while (i < list->count) {
        const uint8_t *hit = memmem(list->texts.data + at, list->texts.len - at, part.data, part.len);
        if (hit == NULL)
            break;
        while (i + 1 < list->count && list->texts.data + starts[i + 1] <= hit)
            i++;
        if (!match_list_add(ret, list->numbers[i]))
            return false;
        i++;
        at = i < list->count ? starts[i] : list->texts.len;
    }
    return true;
}

struct match_list *match_list_share(struct match_list *list)
{
    if (list != NULL)
        atomic_fetch_add(&list->users, 1);
    return list;
}

void match_list_give(struct match_list **list)
{
    if (*list != NULL && atomic_fetch_sub(&(*list)->users, 1) == 1) {
        buf_fini(&(*list)->texts);
        buf_fini(&(*list)->starts);
        free((*list)->numbers);
        free(*list);
    }
    *list = NULL;
}

/* ---- the cache ---- */

void match_cache_init(struct match_cache *cache)
{
    *cache = (struct match_cache){0};
    pthread_mutex_init(&cache->lock, NULL);
}

static size_t bytes_of(const struct match_list *list)
{
    return list != NULL ? list->capacity * sizeof *list->numbers + list->texts.cap + list->starts.cap : 0;
}

static void forget(struct match_cache *cache, struct match_entry *entry)
{
    cache->bytes -= bytes_of(entry->matches.list);
    buf_clear(&entry->filter);
    match_list_give(&entry->matches.list);
}

void match_cache_fini(struct match_cache *cache)
{
    for (size_t i = 0; i < MATCH_CACHE_ENTRIES; i++) {
        forget(cache, &cache->entries[i]);
        buf_fini(&cache->entries[i].filter);
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

bool match_cache_get(struct match_cache *cache, struct slice filter, struct matches *ret)
{
    bool found = false;
    uint64_t now = match_cache_now(cache);
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < MATCH_CACHE_ENTRIES && !found; i++) {
        const struct match_entry *entry = &cache->entries[i];
        found = entry->changes == now && slice_eq(buf_slice(&entry->filter), filter);
        if (found)
            *ret = (struct matches){entry->matches.total, match_list_share(entry->matches.list)};
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

/* The oldest go until the new one has room. */
static struct match_entry *make_room(struct match_cache *cache, size_t bytes)
{
    struct match_entry *entry = &cache->entries[cache->next++ % MATCH_CACHE_ENTRIES];
    forget(cache, entry);
    for (size_t i = 0; i < MATCH_CACHE_ENTRIES && cache->bytes + bytes > MATCH_CACHE_BYTES; i++)
        forget(cache, &cache->entries[(cache->next + i) % MATCH_CACHE_ENTRIES]);
    return entry;
}

void match_cache_put(struct match_cache *cache, struct slice filter, uint64_t now,
                     const struct matches *matches)
{
    size_t bytes = bytes_of(matches->list);
    if (bytes > MATCH_CACHE_BYTES / 4 || now != match_cache_now(cache))
        return;
    pthread_mutex_lock(&cache->lock);
    struct match_entry *entry = make_room(cache, bytes);
    buf_append_slice(&entry->filter, filter);
    if (buf_is_ok(&entry->filter)) {
        entry->matches = (struct matches){matches->total, match_list_share(matches->list)};
        entry->changes = now;
        cache->bytes += bytes;
    } else {
        buf_clear(&entry->filter);
    }
    pthread_mutex_unlock(&cache->lock);
}
