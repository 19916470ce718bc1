/* When points come to their end: what readers no longer see, and what compaction drops. */
#include "base/clock.h"
#include "base/cursor.h"
#include "store/rocksdb/series_rocksdb.h"

#include <stdlib.h>

enum { EXPIRES = 0x80 }; /* before a value that has an end of its own; the tags of values are below */

/* ---- one point --------------------------------------------------------------------------------------------- */

void rocks_encode_point(const struct point *point, struct buf *out)
{
    if (point->expires_ms != 0) {
        buf_append_u8(out, EXPIRES);
        buf_append_u64(out, (uint64_t)point->expires_ms);
    }
    value_encode(&point->value, out);
}

bool rocks_decode_point(int64_t ts, struct slice stored, struct point *ret)
{
    struct cursor c = cursor_of(stored);
    ret->ts = ts;
    ret->expires_ms = 0;
    if (stored.len != 0 && stored.data[0] == EXPIRES) {
        cursor_u8(&c);
        ret->expires_ms = (int64_t)cursor_u64(&c);
    }
    return !c.failed && value_decode(slice_of(c.pos, cursor_left(&c)), &ret->value);
}

/* ---- of a device ------------------------------------------------------------------------------------------- */

void rocks_set_retention(struct series *base, const struct series_retention *retention)
{
    atomic_store(&rocksdb_of(base)->retention, retention);
}

err_t rocks_lifetime(struct rocksdb_series *s, uint64_t device, struct lifetime *ret, struct problem *p)
{
    const struct series_retention *retention = atomic_load(&s->retention);
    int64_t ttl_ms = 0, now_ms = clock_wall_ms();
    if (retention != NULL)
        TRY(retention->ttl(retention->arg, device, &ttl_ms, p));
    *ret = (struct lifetime){now_ms, ttl_ms == 0 ? -1 : now_ms - ttl_ms};
    return ERR_OK;
}

/* ---- compaction -------------------------------------------------------------------------------------------- */

/* Of one compaction, which meets the devices in the order of their numbers. */
struct filter {
    struct rocksdb_series *series;
    uint64_t device; /* the last one asked for; 0 = none */
    struct lifetime life;
};

/* Of whom nothing can be learnt, all is kept. */
static void ask_for(struct filter *f, uint64_t device)
{
    f->device = device;
    if (rocks_lifetime(f->series, device, &f->life, NULL) != ERR_OK)
        f->life = (struct lifetime){0, -1};
}

static unsigned char is_dropped(void *state, int level, const char *key, size_t key_len, const char *stored,
                                size_t stored_len, char **new_value, size_t *new_len,
                                unsigned char *is_changed)
{
    struct filter *f = state;
    struct point point;
    struct cursor c = cursor_of(slice_of(key, key_len));
    uint64_t device = cursor_u64(&c);
    int64_t ts = key_len == POINT_KEY_BYTES ? rocks_point_time(key) : -1;
    if (ts < 0 || !rocks_decode_point(ts, slice_of(stored, stored_len), &point))
        return 0;
    if (device != f->device)
        ask_for(f, device);
    return !rocks_is_alive(&f->life, &point);
}

static const char *name_of(void *state)
{
    return "postern.expiry";
}

static rocksdb_compactionfilter_t *new_filter(void *state, rocksdb_compactionfiltercontext_t *context)
{
    struct filter *f = calloc(1, sizeof *f);
    if (f == NULL) /* then this compaction keeps all */
        return NULL;
    f->series = state;
    return rocksdb_compactionfilter_create(f, free, is_dropped, name_of);
}

static void nothing_to_free(void *state)
{
}

rocksdb_compactionfilterfactory_t *rocks_expiry_filter(struct rocksdb_series *s)
{
    return rocksdb_compactionfilterfactory_create(s, nothing_to_free, new_filter, name_of);
}

/* The bottommost files too, since there is a filter. */
void rocks_compact(struct series *base)
{
    struct rocksdb_series *s = rocksdb_of(base);
    rocksdb_compact_range_cf(s->db, s->families[FAMILY_POINT], NULL, 0, NULL, 0);
}
