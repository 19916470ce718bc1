/*
 * Ranges of points, newest first or oldest first; streamed.
 *
 * Newest first is the order of the keys. Oldest first cannot be walked directly (see series_rocksdb.h), so it
 * is put together from windows of time, each collected newest first and handed out backwards; the windows
 * adapt to the density of the points, so that one holds few enough to keep in memory.
 */
#include "base/cursor.h"
#include "store/rocksdb/series_rocksdb.h"

enum {
    WINDOW_POINTS = 1024,
    WINDOW_BYTES = 256 * 1024,
    FIRST_WINDOW_MS = 3600 * 1000,
};

/* Where the points of a range go. */
struct output {
    const struct points_range *range;
    struct lifetime life;
    series_point_visitor visit;
    void *arg;
    bool is_stopped;
};

static err_t damaged(struct problem *p)
{
    return fail(p, ERR_IO, "", "the series store holds a point that cannot be read: it is damaged");
}

static err_t put_point(struct output *out, int64_t ts, struct slice stored, struct problem *p)
{
    struct point point = {.device = out->range->device, .key = out->range->key};
    if (!rocks_decode_point(ts, stored, &point))
        return damaged(p);
    if (rocks_is_alive(&out->life, &point))
        out->is_stopped = !out->visit(out->arg, &point);
    return ERR_OK;
}

static err_t newest_first(struct walk *w, struct output *out, struct problem *p)
{
    for (; !out->is_stopped && walk_is_valid(w); rocksdb_iter_next(w->it)) {
        int64_t ts = rocks_point_time((const char *)walk_key(w).data);
        TRY(put_point(out, ts, walk_value(w), p));
    }
    return walk_error(w, p);
}

/* The points of a window: each value, then its length u32 and time u64, to be read from the end. */
struct window {
    struct buf bytes;
    size_t points;
};

enum { WINDOW_TAIL = 12 };

static void window_fini(struct window *window)
{
    buf_fini(&window->bytes);
}

static void window_add(struct window *window, int64_t ts, struct slice value)
{
    uint32_t len = (uint32_t)value.len;
    uint8_t *to = buf_reserve(&window->bytes, value.len + WINDOW_TAIL);
    if (to == NULL)
        return;
    memcpy(to, value.data, value.len);
    memcpy(to + value.len, &len, sizeof len);
    memcpy(to + value.len + sizeof len, &ts, sizeof ts);
    window->bytes.len += value.len + WINDOW_TAIL;
    window->points++;
}

/* The points of [from, to); *ret_fits = false: there are more than a window holds. */
static err_t collect(struct walk *w, uint8_t key[POINT_KEY_BYTES], int64_t from, int64_t to,
                     struct window *window, bool *ret_fits, struct problem *p)
{
    window->points = 0;
    buf_clear(&window->bytes);
    struct cursor c = cursor_of(slice_of(key, POINT_PREFIX_BYTES));
    uint64_t device = cursor_u64(&c);
    rocks_point_key(device, cursor_u32(&c), to - 1, key);
    rocksdb_iter_seek(w->it, (const char *)key, POINT_KEY_BYTES);
    for (; walk_is_valid(w); rocksdb_iter_next(w->it)) {
        int64_t ts = rocks_point_time((const char *)walk_key(w).data);
        if (ts < from)
            break;
        bool is_full = window->points == WINDOW_POINTS || window->bytes.len >= WINDOW_BYTES;
        if (is_full) {
            *ret_fits = false;
            return ERR_OK;
        }
        window_add(window, ts, walk_value(w));
    }
    *ret_fits = true;
    return buf_is_ok(&window->bytes) ? walk_error(w, p) : fail(p, ERR_NOMEM, "", "no memory");
}

static err_t hand_out(const struct window *window, struct output *out, struct problem *p)
{
    size_t end = window->bytes.len;
    while (end != 0 && !out->is_stopped) {
        uint32_t len;
        int64_t ts;
        memcpy(&len, window->bytes.data + end - WINDOW_TAIL, sizeof len);
        memcpy(&ts, window->bytes.data + end - sizeof ts, sizeof ts);
        end -= WINDOW_TAIL + len;
        TRY(put_point(out, ts, slice_of(window->bytes.data + end, len), p));
    }
    return ERR_OK;
}

/* A window too full is cut to a quarter (one of 1 ms holds one point, so that ends); an emptier one grows. */
static err_t oldest_first(struct walk *w, uint8_t key[POINT_KEY_BYTES], int64_t *width, struct output *out,
                          struct problem *p)
{
    __attribute__((cleanup(window_fini))) struct window window = {0};
    int64_t at = out->range->start_ms, end = out->range->end_ms;
    while (at < end && !out->is_stopped) {
        bool fits = false;
        int64_t to = end - at < *width ? end : at + *width;
        TRY(collect(w, key, at, to, &window, &fits, p));
        if (!fits) {
            *width = (to - at + 3) / 4;
            continue;
        }
        TRY(hand_out(&window, out, p));
        at = to;
        if (window.points < WINDOW_POINTS / 8 && *width < INT64_MAX / 16)
            *width *= window.points == 0 ? 16 : 2;
    }
    return ERR_OK;
}

static err_t run(struct rocksdb_series *s, uint32_t number, struct points_range *r, struct output *out,
                 struct problem *p)
{
    uint8_t from[POINT_KEY_BYTES], to[POINT_KEY_BYTES + 1] = {0};
    AUTO_WALK struct walk w = {0};
    rocks_point_key(r->device, number, r->end_ms - 1, from);
    rocks_point_key(r->device, number, r->start_ms, to); /* and the zero byte: just after it */
    walk_open(s, FAMILY_POINT, from, sizeof from, to, sizeof to, &w);
    if (!r->oldest_first)
        return newest_first(&w, out, p);
    if (r->pace_ms == 0)
        r->pace_ms = FIRST_WINDOW_MS;
    return oldest_first(&w, from, &r->pace_ms, out, p);
}

err_t rocks_points(struct series *base, struct points_range *range, series_point_visitor visit, void *arg,
                   struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    struct points_range r = *range; /* which the visitor may move on */
    struct output out = {.range = &r, .visit = visit, .arg = arg};
    uint32_t number = 0;
    err_t err = rocks_key_number(s, r.key, &number, p);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(err);
    TRY(rocks_lifetime(s, r.device, &out.life, p));
    if (r.start_ms <= out.life.oldest_ms)
        r.start_ms = out.life.oldest_ms + 1;
    if (r.start_ms >= r.end_ms)
        return ERR_OK;
    err = run(s, number, &r, &out, p);
    range->pace_ms = r.pace_ms;
    return err;
}
