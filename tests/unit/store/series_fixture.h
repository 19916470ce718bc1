/** @file series_fixture.h - a series store of one test's own, and points in it as text. */
#pragma once

#include "store/series.h"
#include "temp_dir.h"
#include "unit.h"

struct series_fixture {
    struct temp_dir dir;
    struct series *s;
};

static inline int series_setup(void **state)
{
    struct series_fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(series_open(f->dir.path, true, &f->s, NULL), ERR_OK);
    *state = f;
    return 0;
}

static inline int series_teardown(void **state)
{
    struct series_fixture *f = *state;
    series_close(f->s);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static inline void series_reopen(struct series_fixture *f)
{
    series_close(f->s);
    assert_int_equal(series_open(f->dir.path, false, &f->s, NULL), ERR_OK);
}

/* Points of device 1 at from, from + step, ..: each has its time as value. @param expires_ms 0: never */
static inline void series_put(struct series_fixture *f, const char *key, int64_t from, int64_t step,
                              int count, int64_t expires_ms)
{
    struct batch batch = {0}, *one = &batch;
    for (int64_t ts = from; count > 0; ts += step, count--) {
        struct point p = {1, slice_str(key), ts, {VALUE_LONG, .number = ts}, expires_ms};
        batch_add_point(&batch, &p);
    }
    assert_int_equal(series_write(f->s, &one, 1, NULL), ERR_OK);
    batch_fini(&batch);
}

static inline bool series_note(void *arg, const struct point *point)
{
    struct buf *out = arg;
    buf_printf(out, "%lld=", (long long)point->ts);
    value_append_text(&point->value, out);
    buf_append_u8(out, ';');
    return true;
}

static inline bool series_note_key(void *arg, struct slice key)
{
    buf_append_slice(arg, key);
    buf_append_u8(arg, ';');
    return true;
}

static inline void series_expect_history(struct series_fixture *f, const char *key, const char *expected)
{
    AUTO_BUF out = {0};
    struct series_range r = {.device = 1, .key = slice_str(key), .end_ms = INT64_MAX, .limit = 1000};
    assert_int_equal(series_query(f->s, &r, series_note, &out, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&out), expected);
}

static inline void series_expect_latest(struct series_fixture *f, const char *key, const char *expected)
{
    AUTO_BUF out = {0};
    err_t err = series_latest(f->s, 1, slice_str(key), series_note, &out, NULL);
    assert_int_equal(err, *expected != '\0' ? ERR_OK : ERR_NOT_FOUND);
    assert_string_equal(buf_cstr(&out), expected);
}

static inline void series_expect_keys(struct series_fixture *f, const char *expected)
{
    AUTO_BUF out = {0};
    assert_int_equal(series_keys(f->s, 1, series_note_key, &out, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&out), expected);
}
