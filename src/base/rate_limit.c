#include "base/rate_limit.h"

#include "base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { BUCKETS = 8192 };

struct bucket {
    uint64_t full_at_ms; /* when all tokens are back; in the past: full */
};

struct rate_limit {
    pthread_mutex_t lock; /* guards buckets */
    uint64_t token_ms;    /* time in which one token comes back */
    uint64_t burst_ms;    /* the same for all of them */
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct bucket buckets[BUCKETS];
};

struct rate_limit *rate_limit_new(unsigned burst, unsigned per_minute)
{
    struct rate_limit *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    pthread_mutex_init(&l->lock, NULL);
    l->token_ms = per_minute != 0 && per_minute < 60000 ? 60000 / per_minute : 1;
    l->burst_ms = burst * l->token_ms;
    random_bytes(l->key, sizeof l->key);
    return l;
}

void rate_limit_free(struct rate_limit *l)
{
    if (l != NULL)
        pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct bucket *bucket_of(struct rate_limit *l, struct slice key)
{
    uint64_t hash;
    uint8_t out[crypto_shorthash_BYTES];
    crypto_shorthash(out, key.data, key.len, l->key);
    memcpy(&hash, out, sizeof hash);
    return &l->buckets[hash % BUCKETS];
}

bool rate_limit_take(struct rate_limit *l, struct slice key, uint64_t now_ms)
{
    pthread_mutex_lock(&l->lock);
    struct bucket *b = bucket_of(l, key);
    uint64_t full_at = b->full_at_ms > now_ms ? b->full_at_ms : now_ms;
    bool has_token = full_at + l->token_ms <= now_ms + l->burst_ms;
    if (has_token)
        b->full_at_ms = full_at + l->token_ms;
    pthread_mutex_unlock(&l->lock);
    return has_token;
}

void rate_limit_give_back(struct rate_limit *l, struct slice key)
{
    pthread_mutex_lock(&l->lock);
    struct bucket *b = bucket_of(l, key);
    b->full_at_ms = b->full_at_ms > l->token_ms ? b->full_at_ms - l->token_ms : 0;
    pthread_mutex_unlock(&l->lock);
}
