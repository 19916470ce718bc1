/**
 * @file key_names.h - numbers of key names that were in use lately.
 *
 * A bounded cache of the dictionary in the `meta` family: what is not here may still be there. The writer
 * thread alone changes it and looks up without a lock; other threads look up under a read lock.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <pthread.h>
#include <sodium.h>

enum { KEY_NAMES_MAX = 65536 };

struct key_name;

struct key_names {
    pthread_rwlock_t lock;   /* guards the rest against the writer's changes */
    struct key_name **slots; /* open addressing; a power of two, at most half full */
    size_t slot_count, count;
    uint8_t seed[crypto_shorthash_KEYBYTES]; /* devices choose names: no chains of colliding ones */
};

MUST_USE err_t key_names_init(struct key_names *names);
void key_names_fini(struct key_names *names);

/** @return 0 when not in the cache */
uint32_t key_names_find(struct key_names *names, struct slice name);        /* any thread */
uint32_t key_names_find_writer(struct key_names *names, struct slice name); /* the writer thread */

/** Remember; a full cache starts over. Out of memory is no error: it is not remembered. Writer thread. */
void key_names_add(struct key_names *names, struct slice name, uint32_t number);
void key_names_clear(struct key_names *names); /* writer thread */
