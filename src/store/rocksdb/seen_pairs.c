#include "store/rocksdb/seen_pairs.h"

#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, FIRST_BUCKETS = 512, MAX_BUCKETS = 131072 };

/* Two rounds of the 64-bit finaliser of MurmurHash3, keyed; never 0. */
static uint64_t print_of(const struct seen_pairs *seen, uint64_t device, uint32_t key)
{
    uint64_t h = device ^ seen->seed[0];
    h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
    h ^= h >> 33 ^ key ^ seen->seed[1];
    h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
    return (h ^ h >> 33) | 1;
}

static uint64_t *bucket_of(const struct seen_pairs *seen, uint64_t print)
{
    return seen->prints + ((print >> 20) & (seen->bucket_count - 1)) * WAYS;
}

static uint64_t *make_buckets(size_t count)
{
    void *memory = aligned_alloc(64, count * WAYS * sizeof(uint64_t));
    if (memory != NULL)
        memset(memory, 0, count * WAYS * sizeof(uint64_t));
    return memory;
}

err_t seen_pairs_init(struct seen_pairs *seen)
{
    *seen = (struct seen_pairs){.prints = make_buckets(FIRST_BUCKETS), .bucket_count = FIRST_BUCKETS};
    random_bytes(seen->seed, sizeof seen->seed);
    return seen->prints ? ERR_OK : ERR_NOMEM;
}

void seen_pairs_fini(struct seen_pairs *seen)
{
    free(seen->prints);
    *seen = (struct seen_pairs){0};
}

void seen_pairs_clear(struct seen_pairs *seen)
{
    memset(seen->prints, 0, seen->bucket_count * WAYS * sizeof(uint64_t));
    seen->count = 0;
}

static uint64_t *find(uint64_t *bucket, uint64_t print)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (bucket[i] == print)
            return &bucket[i];
    }
    return NULL;
}

static void put(struct seen_pairs *seen, uint64_t print)
{
    uint64_t *bucket = bucket_of(seen, print);
    uint64_t *slot = find(bucket, 0);
    if (slot == NULL)
        slot = &bucket[seen->turn++ % WAYS];
    *slot = print;
    seen->count++;
}

/* At half full few buckets overflow. Without memory for more, the old size goes on replacing. */
static void grow(struct seen_pairs *seen)
{
    struct seen_pairs old = *seen;
    uint64_t *larger = make_buckets(old.bucket_count * 2);
    if (larger == NULL)
        return;
    seen->prints = larger;
    seen->bucket_count *= 2;
    seen->count = 0;
    for (size_t i = 0; i < old.bucket_count * WAYS; i++) {
        if (old.prints[i] != 0)
            put(seen, old.prints[i]);
    }
    free(old.prints);
}

bool seen_pairs_test_and_add(struct seen_pairs *seen, uint64_t device, uint32_t key)
{
    uint64_t print = print_of(seen, device, key);
    if (find(bucket_of(seen, print), print) != NULL)
        return true;
    if (seen->count * 2 >= seen->bucket_count * WAYS && seen->bucket_count < MAX_BUCKETS)
        grow(seen);
    put(seen, print);
    return false;
}

void seen_pairs_remove(struct seen_pairs *seen, uint64_t device, uint32_t key)
{
    uint64_t print = print_of(seen, device, key);
    uint64_t *slot = find(bucket_of(seen, print), print);
    if (slot == NULL)
        return;
    *slot = 0;
    seen->count--;
}
