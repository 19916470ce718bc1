/**
 * @file rate_limit.h - how often somebody may try: a token bucket for each key (address, account, provision key).
 *
 * Bounded memory: a fixed table found by a keyed hash. Two keys may share a bucket, and then share its tokens: one in
 * some thousands; nobody can choose a key to do that to another. Any thread; one short lock, innermost rank.
 */
#pragma once

#include "base/slice.h"

struct rate_limit;

/** @param burst  tries at once; @param per_minute  tries that come back. NULL: no memory */
struct rate_limit *rate_limit_new(unsigned burst, unsigned per_minute);
void rate_limit_free(struct rate_limit *limit); /* NULL allowed */

/** Take a try. @param now_ms monotonic. @return false: none left for now */
bool rate_limit_take(struct rate_limit *limit, struct slice key, uint64_t now_ms);

/** A try that was taken does not count after all. */
void rate_limit_give_back(struct rate_limit *limit, struct slice key);
