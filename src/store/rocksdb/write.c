/* The writing side of the series store: one thread, one synced write for everything it was given. */
#include "store/rocksdb/series_rocksdb.h"

static void put(struct rocksdb_series *s, enum family family, const void *key, size_t key_len,
                const void *value, size_t value_len)
{
    rocksdb_writebatch_put_cf(s->batch, s->families[family], key, key_len, value, value_len);
}

static void encode_u32(uint32_t v, uint8_t out[4])
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A name never seen: the next number, and both facts in the same write as its first point. */
static err_t number_new_name(struct rocksdb_series *s, struct slice name, uint32_t *ret_number,
                             struct problem *p)
{
    uint8_t key[1 + KEY_MAX_BYTES] = {'n'}, number[4], next[4];
    if (s->next_key == UINT32_MAX)
        return fail(p, ERR_LIMIT, "", "all 2^32 key numbers are used up");
    uint32_t n = s->next_key++;
    memcpy(key + 1, name.data, name.len);
    encode_u32(n, number);
    encode_u32(s->next_key, next);
    put(s, FAMILY_META, key, 1 + name.len, number, sizeof number);
    put(s, FAMILY_META, "N", 1, next, sizeof next);
    *ret_number = n;
    return ERR_OK;
}

static err_t number_of(struct rocksdb_series *s, struct slice name, uint32_t *ret_number, struct problem *p)
{
    uint32_t number = key_names_find_writer(&s->names, name);
    if (number == 0) {
        err_t err = rocks_key_lookup(s, name, &number, p);
        if (err == ERR_NOT_FOUND)
            err = number_new_name(s, name, &number, p);
        TRY(err);
        key_names_add(&s->names, name, number);
    }
    *ret_number = number;
    return ERR_OK;
}

static void list_key(struct rocksdb_series *s, uint64_t device, struct slice name, uint32_t number)
{
    uint8_t key[ENTRY_KEY_MAX], value[4];
    encode_u32(number, value);
    put(s, FAMILY_KEY, key, rocks_name_key(device, name, key), value, sizeof value);
}

static err_t add_point(struct rocksdb_series *s, const struct point *point, struct problem *p)
{
    uint8_t key[POINT_KEY_BYTES];
    uint32_t number = 0;
    TRY(number_of(s, point->key, &number, p));
    if (!seen_pairs_test_and_add(&s->seen, point->device, number))
        list_key(s, point->device, point->key, number);
    buf_clear(&s->value);
    rocks_encode_point(point, &s->value);
    size_t key_len = rocks_point_key(point->device, number, point->ts, key);
    put(s, FAMILY_POINT, key, key_len, s->value.data, s->value.len);
    return buf_is_ok(&s->value) ? ERR_OK : fail(p, ERR_NOMEM, "", "no memory");
}

static err_t add_attribute(struct rocksdb_series *s, const struct attribute *a, struct problem *p)
{
    uint8_t key[ENTRY_KEY_MAX];
    buf_clear(&s->value);
    buf_append_u64(&s->value, (uint64_t)a->updated_ms);
    value_encode(&a->value, &s->value);
    size_t key_len = rocks_attribute_key(a->device, a->scope, a->key, key);
    put(s, FAMILY_ATTRIBUTE, key, key_len, s->value.data, s->value.len);
    return buf_is_ok(&s->value) ? ERR_OK : fail(p, ERR_NOMEM, "", "no memory");
}

static void delete_attribute(struct rocksdb_series *s, const struct attribute *a)
{
    uint8_t key[ENTRY_KEY_MAX];
    size_t key_len = rocks_attribute_key(a->device, a->scope, a->key, key);
    rocksdb_writebatch_delete_cf(s->batch, s->families[FAMILY_ATTRIBUTE], (const char *)key, key_len);
}

static err_t add_entries(struct rocksdb_series *s, const struct batch *batch, struct problem *p)
{
    struct entry e;
    for (size_t at = 0; batch_next(batch, &at, &e);) {
        switch (e.kind) {
        case ENTRY_POINT: TRY(add_point(s, &e.point, p)); break;
        case ENTRY_ATTRIBUTE: TRY(add_attribute(s, &e.attribute, p)); break;
        case ENTRY_ATTRIBUTE_DELETE: delete_attribute(s, &e.attribute); break;
        case ENTRY_SESSION_PUT: rocks_put_session(s, &e.session); break;
        case ENTRY_SESSION_DELETE: rocks_delete_message(s, &e.session); break;
        case ENTRY_SESSION_END: rocks_end_session(s, &e.session); break;
        case ENTRY_POINT_EXPIRING: break; /* comes as ENTRY_POINT */
        }
    }
    return buf_is_ok(&s->key) ? ERR_OK : fail(p, ERR_NOMEM, "", "no memory");
}

err_t rocks_commit(struct rocksdb_series *s, bool is_synced, const char *doing, struct problem *p)
{
    char *error = NULL;
    rocksdb_write(s->db, is_synced ? s->synced : s->unsynced, s->batch, &error);
    rocksdb_writebatch_clear(s->batch);
    return rocks_error(error, doing, p);
}

/* After a failure nobody knows which names and keys got to the disk: ask it again. */
void rocks_forget(struct rocksdb_series *s)
{
    key_names_clear(&s->names);
    seen_pairs_clear(&s->seen);
}

err_t rocks_write(struct series *base, struct batch *const *batches, size_t count, struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    err_t err = ERR_OK;
    bool is_synced = false;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = add_entries(s, batches[i], p);
        is_synced |= batch_needs_sync(batches[i]);
    }
    if (err == ERR_OK && rocksdb_writebatch_count(s->batch) != 0)
        err = rocks_commit(s, is_synced, "write to", p);
    rocksdb_writebatch_clear(s->batch);
    if (err != ERR_OK)
        rocks_forget(s);
    return err;
}

/* So that a point which comes after all lists its key again. */
static err_t forget_keys_of(struct rocksdb_series *s, const uint8_t *from, const uint8_t *to, uint64_t device,
                            struct problem *p)
{
    AUTO_WALK struct walk w = {0};
    walk_open(s, FAMILY_KEY, from, DEVICE_BYTES, to, DEVICE_BYTES, &w);
    for (; walk_is_valid(&w); rocksdb_iter_next(w.it)) {
        struct slice value = walk_value(&w);
        uint32_t number = 0;
        for (size_t i = 0; i < value.len; i++)
            number = number << 8 | value.data[i];
        seen_pairs_remove(&s->seen, device, number);
    }
    return walk_error(&w, p);
}

static err_t delete_device(struct rocksdb_series *s, uint64_t device, struct problem *p)
{
    static const enum family families[] = {FAMILY_POINT, FAMILY_ATTRIBUTE, FAMILY_KEY, FAMILY_SESSION};
    uint8_t from[POINT_KEY_BYTES] = {0}, to[POINT_KEY_BYTES] = {0};
    CHECK(device < UINT64_MAX);
    rocks_device_key(device, from);
    rocks_device_key(device + 1, to);
    TRY(forget_keys_of(s, from, to, device, p));
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t len = families[i] == FAMILY_POINT ? POINT_KEY_BYTES : DEVICE_BYTES;
        rocksdb_writebatch_delete_range_cf(s->batch, s->families[families[i]], (const char *)from, len,
                                           (const char *)to, len);
    }
    return ERR_OK;
}

err_t rocks_delete_devices(struct series *base, const uint64_t *devices, size_t count, struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    for (size_t i = 0; i < count; i++) {
        err_t err = delete_device(s, devices[i], p);
        if (err != ERR_OK) {
            rocksdb_writebatch_clear(s->batch);
            return err;
        }
    }
    return rocks_commit(s, true, "delete from", p);
}
