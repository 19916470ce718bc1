#include "http/login_guard.h"

#include "base/random.h"

#include <ctype.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { WAYS = 4, SETS = 512 };

struct entry {
    uint64_t account; /* keyed hash of the lower-case name; 0 = free */
    uint64_t last_ms, not_before_ms;
    unsigned failures;
};

struct login_guard {
    pthread_mutex_t lock; /* guards entries; leaf */
    unsigned attempts;
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct entry entries[SETS][WAYS];
};

struct login_guard *login_guard_new(unsigned attempts)
{
    struct login_guard *guard = calloc(1, sizeof *guard);
    if (guard == NULL)
        return NULL;
    pthread_mutex_init(&guard->lock, NULL);
    guard->attempts = attempts;
    random_bytes(guard->key, sizeof guard->key);
    return guard;
}

void login_guard_free(struct login_guard *guard)
{
    if (guard != NULL)
        pthread_mutex_destroy(&guard->lock);
    free(guard);
}

static uint64_t hash(const struct login_guard *guard, struct slice account)
{
    uint8_t lower[256] = {0}, out[crypto_shorthash_BYTES];
    size_t n = account.len < sizeof lower ? account.len : sizeof lower;
    for (size_t i = 0; i < n; i++)
        lower[i] = (uint8_t)tolower(account.data[i]);
    crypto_shorthash(out, lower, n, guard->key);
    uint64_t value;
    memcpy(&value, out, sizeof value);
    return value != 0 ? value : 1;
}

static bool is_stale(const struct entry *entry, uint64_t now_ms)
{
    return now_ms - entry->last_ms > LOGIN_GUARD_MEMORY_S * UINT64_C(1000);
}

static struct entry *find(struct login_guard *guard, uint64_t account)
{
    struct entry *set = guard->entries[account % SETS];
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].account == account)
            return &set[i];
    return NULL;
}

static struct entry *claim(struct login_guard *guard, uint64_t account, uint64_t now_ms)
{
    struct entry *entry = find(guard, account);
    if (entry != NULL && !is_stale(entry, now_ms))
        return entry;
    struct entry *set = guard->entries[account % SETS], *oldest = entry != NULL ? entry : set;
    for (size_t i = 0; entry == NULL && i < WAYS; i++)
        if (set[i].last_ms < oldest->last_ms)
            oldest = &set[i];
    *oldest = (struct entry){.account = account};
    return oldest;
}

unsigned login_guard_wait(struct login_guard *guard, struct slice account, uint64_t now_ms)
{
    uint64_t wait_ms = 0;
    pthread_mutex_lock(&guard->lock);
    const struct entry *entry = find(guard, hash(guard, account));
    if (entry != NULL && entry->not_before_ms > now_ms)
        wait_ms = entry->not_before_ms - now_ms;
    pthread_mutex_unlock(&guard->lock);
    return (unsigned)((wait_ms + 999) / 1000);
}

bool login_guard_failed(struct login_guard *guard, struct slice account, uint64_t now_ms)
{
    pthread_mutex_lock(&guard->lock);
    struct entry *entry = claim(guard, hash(guard, account), now_ms);
    entry->failures++;
    entry->last_ms = now_ms;
    if (entry->failures >= guard->attempts) {
        unsigned doublings = entry->failures - guard->attempts;
        uint64_t seconds = doublings < 6 ? UINT64_C(1) << doublings : LOGIN_GUARD_LONGEST_S;
        entry->not_before_ms = now_ms + seconds * 1000;
    }
    bool has_begun = entry->failures == guard->attempts;
    pthread_mutex_unlock(&guard->lock);
    return has_begun;
}

void login_guard_succeeded(struct login_guard *guard, struct slice account)
{
    pthread_mutex_lock(&guard->lock);
    struct entry *entry = find(guard, hash(guard, account));
    if (entry != NULL)
        *entry = (struct entry){0};
    pthread_mutex_unlock(&guard->lock);
}
