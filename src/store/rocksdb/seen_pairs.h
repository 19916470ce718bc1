/**
 * @file seen_pairs.h - which (device, key) pairs are known to be listed in the `key` family.
 *
 * A bounded cache: a pair it has forgotten is just written again. It holds 64-bit fingerprints in buckets of
 * one cache line and doubles as it fills, from 32 KiB up to 8 MiB (a million pairs); then new ones replace
 * old ones. Not thread-safe: the writer's.
 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct seen_pairs {
    uint64_t *prints; /* bucket_count x 8; 0 = empty */
    size_t bucket_count;
    size_t count; /* filled in since the last growth; an estimate once replacing has begun */
    uint64_t seed[2];
    uint32_t turn; /* which of a full bucket is replaced next */
};

MUST_USE err_t seen_pairs_init(struct seen_pairs *seen);
void seen_pairs_fini(struct seen_pairs *seen);

/** Is it known? If not, it is from now on. */
bool seen_pairs_test_and_add(struct seen_pairs *seen, uint64_t device, uint32_t key);
void seen_pairs_remove(struct seen_pairs *seen, uint64_t device, uint32_t key);
void seen_pairs_clear(struct seen_pairs *seen);
