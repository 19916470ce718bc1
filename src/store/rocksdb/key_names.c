#include "store/rocksdb/key_names.h"

#include "base/random.h"

#include <stdlib.h>

struct key_name {
    uint32_t number;
    uint32_t len;
    uint8_t text[];
};

enum { FIRST_SLOTS = 256 };

static uint64_t hash(const struct key_names *names, struct slice name)
{
    uint64_t h;
    _Static_assert(sizeof h == crypto_shorthash_BYTES, "a 64-bit hash");
    crypto_shorthash((uint8_t *)&h, name.data, name.len, names->seed);
    return h;
}

err_t key_names_init(struct key_names *names)
{
    *names = (struct key_names){.slot_count = FIRST_SLOTS};
    names->slots = calloc(FIRST_SLOTS, sizeof(struct key_name *));
    if (names->slots == NULL)
        return ERR_NOMEM;
    random_bytes(names->seed, sizeof names->seed);
    pthread_rwlock_init(&names->lock, NULL);
    return ERR_OK;
}

static void free_names(struct key_names *names)
{
    for (size_t i = 0; i < names->slot_count; i++) {
        free(names->slots[i]);
        names->slots[i] = NULL;
    }
    names->count = 0;
}

void key_names_fini(struct key_names *names)
{
    if (names->slots == NULL)
        return;
    free_names(names);
    free(names->slots);
    names->slots = NULL;
    pthread_rwlock_destroy(&names->lock);
}

/* The name's slot, or the empty one where it belongs. */
static struct key_name **slot_of(struct key_name **slots, size_t slot_count, uint64_t h, struct slice name)
{
    for (size_t at = h & (slot_count - 1);; at = (at + 1) & (slot_count - 1)) {
        const struct key_name *n = slots[at];
        if (n == NULL || (n->len == name.len && memcmp(n->text, name.data, name.len) == 0))
            return &slots[at];
    }
}

uint32_t key_names_find_writer(struct key_names *names, struct slice name)
{
    const struct key_name *n = *slot_of(names->slots, names->slot_count, hash(names, name), name);
    return n ? n->number : 0;
}

uint32_t key_names_find(struct key_names *names, struct slice name)
{
    pthread_rwlock_rdlock(&names->lock);
    uint32_t number = key_names_find_writer(names, name);
    pthread_rwlock_unlock(&names->lock);
    return number;
}

static bool grow(struct key_names *names)
{
    size_t slot_count = names->slot_count * 2;
    struct key_name **slots = calloc(slot_count, sizeof(struct key_name *));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < names->slot_count; i++) {
        struct key_name *n = names->slots[i];
        if (n == NULL)
            continue;
        struct slice text = slice_of(n->text, n->len);
        *slot_of(slots, slot_count, hash(names, text), text) = n;
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = slot_count;
    return true;
}

static void add_locked(struct key_names *names, struct slice name, uint32_t number)
{
    if (names->count >= KEY_NAMES_MAX)
        free_names(names);
    if (names->count * 2 >= names->slot_count && !grow(names))
        return;
    struct key_name **slot = slot_of(names->slots, names->slot_count, hash(names, name), name);
    struct key_name *n = *slot != NULL ? NULL : malloc(sizeof *n + name.len);
    if (n == NULL)
        return;
    n->number = number;
    n->len = (uint32_t)name.len;
    memcpy(n->text, name.data, name.len);
    *slot = n;
    names->count++;
}

void key_names_add(struct key_names *names, struct slice name, uint32_t number)
{
    pthread_rwlock_wrlock(&names->lock);
    add_locked(names, name, number);
    pthread_rwlock_unlock(&names->lock);
}

void key_names_clear(struct key_names *names)
{
    pthread_rwlock_wrlock(&names->lock);
    free_names(names);
    pthread_rwlock_unlock(&names->lock);
}
