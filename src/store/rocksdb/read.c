/* Look-ups of the series store: keys, latest values, attributes. Any thread. Latest values: see also delete_points.c. */
#include "base/cursor.h"
#include "store/rocksdb/series_rocksdb.h"

#include <stdlib.h>

static uint8_t *put_be(uint8_t *out, uint64_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        *out++ = (uint8_t)(v >> (8 * (width - 1 - i)));
    return out;
}

size_t rocks_device_key(uint64_t device, uint8_t out[DEVICE_BYTES])
{
    put_be(out, device, DEVICE_BYTES);
    return DEVICE_BYTES;
}

size_t rocks_point_key(uint64_t device, uint32_t key, int64_t ts, uint8_t out[POINT_KEY_BYTES])
{
    out = put_be(out, device, 8);
    out = put_be(out, key, 4);
    put_be(out, ~(uint64_t)ts, 8);
    return POINT_KEY_BYTES;
}

int64_t rocks_point_time(const char *key)
{
    struct cursor c = cursor_of(slice_of(key + POINT_PREFIX_BYTES, 8));
    return (int64_t)~cursor_u64(&c);
}

size_t rocks_attribute_key(uint64_t device, enum attribute_scope scope, struct slice name,
                           uint8_t out[ENTRY_KEY_MAX])
{
    out = put_be(out, device, DEVICE_BYTES);
    *out++ = (uint8_t)scope;
    if (name.len != 0)
        memcpy(out, name.data, name.len);
    return DEVICE_BYTES + 1 + name.len;
}

size_t rocks_name_key(uint64_t device, struct slice name, uint8_t out[ENTRY_KEY_MAX])
{
    out = put_be(out, device, DEVICE_BYTES);
    memcpy(out, name.data, name.len);
    return DEVICE_BYTES + name.len;
}

void walk_open(struct rocksdb_series *s, enum family family, const void *from, size_t from_len,
               const void *to, size_t to_len, struct walk *ret)
{
    CHECK(to_len <= sizeof ret->to);
    ret->options = rocksdb_readoptions_create();
    if (family == FAMILY_POINT)
        rocksdb_readoptions_set_prefix_same_as_start(ret->options, 1);
    if (to_len != 0) {
        memcpy(ret->to, to, to_len);
        rocksdb_readoptions_set_iterate_upper_bound(ret->options, (const char *)ret->to, to_len);
    }
    ret->it = rocksdb_create_iterator_cf(s->db, ret->options, s->families[family]);
    rocksdb_iter_seek(ret->it, from, from_len);
}

void walk_close(struct walk *w)
{
    if (w->it == NULL)
        return;
    rocksdb_iter_destroy(w->it);
    rocksdb_readoptions_destroy(w->options);
    w->it = NULL;
}

bool walk_is_valid(const struct walk *w)
{
    return rocksdb_iter_valid(w->it);
}

struct slice walk_key(const struct walk *w)
{
    size_t len = 0;
    const char *data = rocksdb_iter_key(w->it, &len);
    return slice_of(data, len);
}

struct slice walk_value(const struct walk *w)
{
    size_t len = 0;
    const char *data = rocksdb_iter_value(w->it, &len);
    return slice_of(data, len);
}

err_t walk_error(const struct walk *w, struct problem *problem)
{
    char *error = NULL;
    rocksdb_iter_get_error(w->it, &error);
    return rocks_error(error, "read", problem);
}

err_t rocks_key_lookup(struct rocksdb_series *s, struct slice name, uint32_t *ret_number,
                       struct problem *problem)
{
    char key[1 + KEY_MAX_BYTES] = {'n'}, *error = NULL;
    size_t len = 0;
    if (name.len == 0 || name.len > KEY_MAX_BYTES)
        return ERR_NOT_FOUND;
    memcpy(key + 1, name.data, name.len);
    char *value = rocksdb_get_cf(s->db, s->read, s->families[FAMILY_META], key, 1 + name.len, &len, &error);
    TRY(rocks_error(error, "read", problem));
    if (value == NULL)
        return ERR_NOT_FOUND;
    struct cursor c = cursor_of(slice_of(value, len));
    *ret_number = cursor_u32(&c);
    free(value);
    return ERR_OK;
}

err_t rocks_key_number(struct rocksdb_series *s, struct slice name, uint32_t *ret_number,
                       struct problem *problem)
{
    uint32_t number = key_names_find(&s->names, name);
    if (number == 0)
        TRY(rocks_key_lookup(s, name, &number, problem));
    *ret_number = number;
    return ERR_OK;
}

err_t rocks_keys(struct series *base, uint64_t device, series_key_visitor visit, void *arg, struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    uint8_t from[DEVICE_BYTES], to[DEVICE_BYTES];
    AUTO_WALK struct walk w = {0};
    rocks_device_key(device, from);
    rocks_device_key(device + 1, to);
    walk_open(s, FAMILY_KEY, from, sizeof from, to, sizeof to, &w);
    for (; walk_is_valid(&w); rocksdb_iter_next(w.it)) {
        if (!visit(arg, slice_skip(walk_key(&w), DEVICE_BYTES)))
            return ERR_OK;
    }
    return walk_error(&w, p);
}

static err_t damaged(struct problem *p)
{
    return fail(p, ERR_IO, "", "the series store holds a value that cannot be read: it is damaged");
}

err_t rocks_latest(struct series *base, uint64_t device, struct slice key, series_point_visitor visit,
                   void *arg, struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    struct latest latest = {0};
    uint32_t number = 0;
    AUTO_WALK struct walk w = {0};
    err_t err = rocks_key_number(s, key, &number, p);
    if (err == ERR_OK)
        err = rocks_find_latest(s, device, number, &w, &latest, p);
    if (err == ERR_NOT_FOUND || (err == ERR_OK && !latest.is_there))
        return fail(p, ERR_NOT_FOUND, "", "the device has no such key");
    TRY(err);
    latest.point.key = key;
    visit(arg, &latest.point);
    return ERR_OK;
}

static bool decode_attribute(struct slice bytes, struct attribute *a)
{
    struct cursor c = cursor_of(bytes);
    a->updated_ms = (int64_t)cursor_u64(&c);
    return !c.failed && value_decode(slice_of(c.pos, cursor_left(&c)), &a->value);
}

err_t rocks_attributes(struct series *base, uint64_t device, enum attribute_scope scope,
                       series_attribute_visitor visit, void *arg, struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    uint8_t from[DEVICE_BYTES + 1], to[DEVICE_BYTES + 1];
    unsigned past = scope == 0 ? UINT8_MAX : scope + 1;
    AUTO_WALK struct walk w = {0};
    rocks_device_key(device, from);
    rocks_device_key(device, to);
    from[DEVICE_BYTES] = (uint8_t)scope;
    to[DEVICE_BYTES] = (uint8_t)past;
    walk_open(s, FAMILY_ATTRIBUTE, from, sizeof from, to, sizeof to, &w);
    for (; walk_is_valid(&w); rocksdb_iter_next(w.it)) {
        struct slice key = walk_key(&w);
        struct attribute a = {.device = device, .scope = (enum attribute_scope)key.data[DEVICE_BYTES]};
        a.key = slice_skip(key, DEVICE_BYTES + 1);
        if (!decode_attribute(walk_value(&w), &a))
            return damaged(p);
        if (!visit(arg, &a))
            return ERR_OK;
    }
    return walk_error(&w, p);
}

err_t rocks_attribute(struct series *base, uint64_t device, enum attribute_scope scope, struct slice key,
                      series_attribute_visitor visit, void *arg, struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    uint8_t bytes[ENTRY_KEY_MAX];
    char *error = NULL;
    size_t len = 0;
    struct attribute a = {.device = device, .scope = scope, .key = key};
    if (key.len == 0 || key.len > KEY_MAX_BYTES)
        return fail(p, ERR_NOT_FOUND, "", "the device has no such attribute");
    size_t n = rocks_attribute_key(device, scope, key, bytes);
    char *value =
        rocksdb_get_cf(s->db, s->read, s->families[FAMILY_ATTRIBUTE], (const char *)bytes, n, &len, &error);
    TRY(rocks_error(error, "read", p));
    if (value == NULL)
        return fail(p, ERR_NOT_FOUND, "", "the device has no such attribute");
    bool is_whole = decode_attribute(slice_of(value, len), &a);
    if (is_whole)
        visit(arg, &a);
    free(value);
    return is_whole ? ERR_OK : damaged(p);
}
