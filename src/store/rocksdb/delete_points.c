/*
 * Points of a key, deleted; and what is then shown as its newest value.
 *
 * That is the newest point, unless the entry at time -1 says otherwise, which stands before all points:
 *     REMOVED · time i64           no point up to this time is shown
 *     KEPT · time i64 · a point    this is shown, until a point as new comes
 */
#include "base/cursor.h"
#include "store/rocksdb/series_rocksdb.h"

enum {
    OVERRIDE_TIME = -1,
    OVERRIDE_REMOVED = 1,
    OVERRIDE_KEPT = 2,
    SINGLES_MAX =
        256, /* so many points are deleted one by one: a range tombstone is in the way of every later read */
};

/* ---- the newest value -------------------------------------------------------------------------------------- */

struct override {
    bool is_kept;
    int64_t ts; /* -1: there is none */
    struct slice stored;
};

/* The walk may stand on one. */
static struct override read_override(const struct walk *w)
{
    struct override o = {.ts = -1};
    if (!walk_is_valid(w) || rocks_point_time((const char *)walk_key(w).data) >= 0)
        return o;
    struct cursor c = cursor_of(walk_value(w));
    o.is_kept = cursor_u8(&c) == OVERRIDE_KEPT;
    o.ts = (int64_t)cursor_u64(&c);
    o.stored = slice_of(c.pos, cursor_left(&c));
    return o;
}

static err_t damaged(struct problem *p)
{
    return fail(p, ERR_IO, "", "the series store holds a value that cannot be read: it is damaged");
}

/* The newest point that is alive, from where the walk stands. */
static err_t find_alive(struct walk *w, const struct lifetime *life, struct latest *ret, struct problem *p)
{
    for (; walk_is_valid(w); rocksdb_iter_next(w->it)) {
        int64_t ts = rocks_point_time((const char *)walk_key(w).data);
        if (!rocks_decode_point(ts, walk_value(w), &ret->point))
            return damaged(p);
        ret->is_there = rocks_is_alive(life, &ret->point);
        if (ret->is_there || ts <= life->oldest_ms)
            return ERR_OK;
    }
    return walk_error(w, p);
}

static err_t take_kept(struct walk *w, const uint8_t *key, const struct lifetime *life, struct latest *ret,
                       struct problem *p)
{
    rocksdb_iter_seek(w->it, (const char *)key, POINT_KEY_BYTES);
    struct override o = read_override(w);
    TRY(walk_error(w, p));
    if (!rocks_decode_point(o.ts, o.stored, &ret->point))
        return damaged(p);
    ret->is_there = ret->is_kept = rocks_is_alive(life, &ret->point);
    return ERR_OK;
}

err_t rocks_find_latest(struct rocksdb_series *s, uint64_t device, uint32_t key, struct walk *w,
                        struct latest *ret, struct problem *p)
{
    uint8_t first[POINT_KEY_BYTES];
    struct lifetime life;
    struct latest latest = {.point.device = device};
    TRY(rocks_lifetime(s, device, &life, p));
    walk_open(s, FAMILY_POINT, first, rocks_point_key(device, key, OVERRIDE_TIME, first), NULL, 0, w);
    struct override o = read_override(w);
    if (o.ts >= 0)
        rocksdb_iter_next(w->it);
    TRY(find_alive(w, &life, &latest, p));
    bool is_newer = latest.is_there && (o.is_kept ? latest.point.ts >= o.ts : latest.point.ts > o.ts);
    if (!is_newer)
        latest.is_there = false;
    if (!is_newer && o.is_kept)
        TRY(take_kept(w, first, &life, &latest, p));
    *ret = latest;
    return ERR_OK;
}

/* ---- deletion ---------------------------------------------------------------------------------------------- */

/* One key of a deletion; what it does goes into s->batch. */
struct job {
    struct rocksdb_series *s;
    const struct series_deletion *d;
    uint32_t number;
    int64_t last_ms;                                              /* the newest time that is deleted */
    uint8_t newest[POINT_KEY_BYTES], oldest[POINT_KEY_BYTES + 1]; /* the range in the order of keys */
};

static void delete_key(struct job *j, struct slice key)
{
    rocksdb_writebatch_delete_cf(j->s->batch, j->s->families[FAMILY_POINT], (const char *)key.data, key.len);
}

/* false: there are more than SINGLES_MAX; the batch is as before. */
static err_t delete_singly(struct job *j, bool *ret_done, struct problem *p)
{
    AUTO_WALK struct walk w = {0};
    size_t count = 0;
    walk_open(j->s, FAMILY_POINT, j->newest, POINT_KEY_BYTES, j->oldest, sizeof j->oldest, &w);
    rocksdb_writebatch_set_save_point(j->s->batch);
    for (; walk_is_valid(&w) && count <= SINGLES_MAX; rocksdb_iter_next(w.it), count++)
        delete_key(j, walk_key(&w));
    *ret_done = count <= SINGLES_MAX;
    char *error = NULL;
    if (!*ret_done)
        rocksdb_writebatch_rollback_to_save_point(j->s->batch, &error);
    TRY(rocks_error(error, "delete from", p));
    return walk_error(&w, p);
}

static err_t delete_range(struct job *j, struct problem *p)
{
    bool is_done = false;
    TRY(delete_singly(j, &is_done, p));
    if (!is_done)
        rocksdb_writebatch_delete_range_cf(j->s->batch, j->s->families[FAMILY_POINT], (const char *)j->newest,
                                           POINT_KEY_BYTES, (const char *)j->oldest, sizeof j->oldest);
    return ERR_OK;
}

/* Are there points outside of the range? */
static err_t look_for_rest(const struct job *j, bool *ret, struct problem *p)
{
    AUTO_WALK struct walk w = {0};
    uint8_t key[POINT_KEY_BYTES];
    walk_open(j->s, FAMILY_POINT, key, rocks_point_key(j->d->device, j->number, INT64_MAX, key), NULL, 0, &w);
    *ret = walk_is_valid(&w) && rocks_point_time((const char *)walk_key(&w).data) > j->last_ms;
    if (*ret || j->d->start_ms == 0)
        return walk_error(&w, p);
    rocks_point_key(j->d->device, j->number, j->d->start_ms - 1, key);
    rocksdb_iter_seek(w.it, (const char *)key, sizeof key);
    *ret = walk_is_valid(&w);
    return walk_error(&w, p);
}

static void put_override(struct job *j, int kind, const struct latest *latest)
{
    uint8_t key[POINT_KEY_BYTES];
    struct buf *value = &j->s->value;
    buf_clear(value);
    buf_append_u8(value, (uint8_t)kind);
    buf_append_u64(value, (uint64_t)latest->point.ts);
    if (kind == OVERRIDE_KEPT)
        rocks_encode_point(&latest->point, value);
    size_t len = rocks_point_key(j->d->device, j->number, OVERRIDE_TIME, key);
    rocksdb_writebatch_put_cf(j->s->batch, j->s->families[FAMILY_POINT], (const char *)key, len,
                              (const char *)value->data, value->len);
}

static void clear_override(struct job *j)
{
    uint8_t key[POINT_KEY_BYTES];
    delete_key(j, slice_of(key, rocks_point_key(j->d->device, j->number, OVERRIDE_TIME, key)));
}

/* A point that comes later lists its key again. */
static void unlist(struct job *j)
{
    uint8_t key[ENTRY_KEY_MAX];
    size_t len = rocks_name_key(j->d->device, j->d->key, key);
    rocksdb_writebatch_delete_cf(j->s->batch, j->s->families[FAMILY_KEY], (const char *)key, len);
    seen_pairs_remove(&j->s->seen, j->d->device, j->number);
}

static err_t run(struct job *j, struct problem *p)
{
    AUTO_WALK struct walk w = {0};
    struct latest latest;
    bool has_rest = false;
    TRY(rocks_find_latest(j->s, j->d->device, j->number, &w, &latest, p));
    TRY(look_for_rest(j, &has_rest, p));
    TRY(delete_range(j, p));
    bool is_hit = latest.is_there && latest.point.ts >= j->d->start_ms && latest.point.ts <= j->last_ms;
    bool is_kept = latest.is_there && (is_hit ? j->d->latest == LATEST_KEEP : latest.is_kept);
    if (is_hit && is_kept)
        put_override(j, OVERRIDE_KEPT, &latest);
    else if (is_hit && j->d->latest == LATEST_REMOVE && has_rest)
        put_override(j, OVERRIDE_REMOVED, &latest);
    else if (is_hit || (!has_rest && !is_kept))
        clear_override(j);
    if (!has_rest && !is_kept)
        unlist(j);
    return buf_is_ok(&j->s->value) ? ERR_OK : fail(p, ERR_NOMEM, "", "no memory");
}

static err_t delete_points(struct rocksdb_series *s, const struct series_deletion *d, struct problem *p)
{
    struct job j = {.s = s, .d = d};
    err_t err = rocks_key_lookup(s, d->key, &j.number, p);
    if (err == ERR_NOT_FOUND || d->start_ms >= d->end_ms)
        return ERR_OK;
    TRY(err);
    CHECK(d->start_ms >= 0);
    j.last_ms = d->end_ms == INT64_MAX ? INT64_MAX : d->end_ms - 1; /* nothing comes after that */
    rocks_point_key(d->device, j.number, j.last_ms, j.newest);
    rocks_point_key(d->device, j.number, d->start_ms, j.oldest);
    j.oldest[POINT_KEY_BYTES] = 0; /* just after it */
    return run(&j, p);
}

err_t rocks_delete_points(struct series *base, const struct series_deletion *deletions, size_t count,
                          struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    err_t err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = delete_points(s, &deletions[i], p);
    if (err == ERR_OK && rocksdb_writebatch_count(s->batch) != 0)
        err = rocks_commit(s, true, "delete from", p);
    rocksdb_writebatch_clear(s->batch);
    if (err != ERR_OK)
        rocks_forget(s);
    return err;
}
