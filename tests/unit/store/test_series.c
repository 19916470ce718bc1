/* What every series store must do; runs against the one that series_open() opens. */
#include "store/series.h"
#include "temp_dir.h"
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    struct temp_dir dir;
    struct series *s;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(series_open(f->dir.path, true, &f->s, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    series_close(f->s);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static void reopen(struct fixture *f)
{
    series_close(f->s);
    f->s = NULL;
    assert_int_equal(series_open(f->dir.path, false, &f->s, NULL), ERR_OK);
}

static struct point point_of(uint64_t device, const char *key, int64_t ts, int64_t number)
{
    return (struct point){device, slice_str(key), ts, {VALUE_LONG, .number = number}};
}

static void write_batch(struct fixture *f, struct batch *batch)
{
    struct problem p = {0};
    err_t err = series_write(f->s, &batch, 1, &p);
    if (err != ERR_OK)
        fail_msg("%s", p.text);
    batch_clear(batch);
}

static void write_long(struct fixture *f, uint64_t device, const char *key, int64_t ts, int64_t number)
{
    struct batch b = {0};
    struct point p = point_of(device, key, ts, number);
    batch_add_point(&b, &p);
    write_batch(f, &b);
    batch_fini(&b);
}

/* What a visitor saw, as text: "ts=value;". */
struct seen {
    struct buf text;
    size_t count, stop_after;
};

static bool see_point(void *arg, const struct point *point)
{
    struct seen *seen = arg;
    buf_printf(&seen->text, "%lld=", (long long)point->ts);
    value_append_text(&point->value, &seen->text);
    buf_append_u8(&seen->text, ';');
    return ++seen->count != seen->stop_after;
}

static bool see_key(void *arg, struct slice key)
{
    struct seen *seen = arg;
    buf_append_slice(&seen->text, key);
    buf_append_u8(&seen->text, ';');
    return ++seen->count != seen->stop_after;
}

static bool see_attribute(void *arg, const struct attribute *a)
{
    struct seen *seen = arg;
    buf_printf(&seen->text, "%d/%.*s@%lld=", (int)a->scope, SLICE_ARG(a->key), (long long)a->updated_ms);
    value_append_text(&a->value, &seen->text);
    buf_append_u8(&seen->text, ';');
    return ++seen->count != seen->stop_after;
}

static void assert_seen(struct seen *seen, const char *expected)
{
    assert_string_equal(buf_cstr(&seen->text), expected);
    buf_fini(&seen->text);
    *seen = (struct seen){0};
}

static void assert_latest(struct fixture *f, uint64_t device, const char *key, const char *expected)
{
    struct seen seen = {0};
    err_t err = series_latest(f->s, device, slice_str(key), see_point, &seen, NULL);
    assert_int_equal(err, *expected ? ERR_OK : ERR_NOT_FOUND);
    assert_seen(&seen, expected);
}

static void assert_keys(struct fixture *f, uint64_t device, const char *expected)
{
    struct seen seen = {0};
    assert_int_equal(series_keys(f->s, device, see_key, &seen, NULL), ERR_OK);
    assert_seen(&seen, expected);
}

static void assert_query(struct fixture *f, struct series_range range, const char *expected)
{
    struct seen seen = {0};
    if (range.limit == 0)
        range.limit = 1000;
    assert_int_equal(series_query(f->s, &range, see_point, &seen, NULL), ERR_OK);
    assert_seen(&seen, expected);
}

static void assert_attributes(struct fixture *f, uint64_t device, enum attribute_scope scope,
                              const char *expected)
{
    struct seen seen = {0};
    assert_int_equal(series_attributes(f->s, device, scope, see_attribute, &seen, NULL), ERR_OK);
    assert_seen(&seen, expected);
}

/* --- opening --- */

static void opening_says_what_is_wrong(void **state)
{
    struct fixture *f = *state;
    struct temp_dir empty = temp_dir_make();
    struct series *s = NULL;
    struct problem p = {0};
    assert_int_equal(series_open(empty.path, false, &s, &p), ERR_NOT_FOUND);
    assert_non_null(strstr(p.text, empty.path));
    assert_int_equal(series_open(f->dir.path, true, &s, &p), ERR_CONFLICT);
    assert_null(s);
    temp_dir_remove(&empty);
}

static void directory_is_the_owners_alone(void **state)
{
    struct fixture *f = *state;
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/series", f->dir.path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

/* --- points --- */

static void every_type_of_value_comes_back(void **state)
{
    struct fixture *f = *state;
    const struct value values[] = {
        {VALUE_BOOLEAN, .boolean = true},     {VALUE_LONG, .number = INT64_MIN},
        {VALUE_DOUBLE, .real = 21.5},         {VALUE_STRING, .text = SLICE("")},
        {VALUE_STRING, .text = SLICE("ü\"")}, {VALUE_JSON, .text = SLICE("{\"a\":1}")}};
    struct batch b = {0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct point p = {7, SLICE("k"), (int64_t)i, values[i]};
        batch_add_point(&b, &p);
    }
    write_batch(f, &b);
    batch_fini(&b);
    assert_query(f, (struct series_range){.device = 7, .key = SLICE("k"), .end_ms = 100},
                 "5={\"a\":1};4=ü\";3=;2=21.5;1=-9223372036854775808;0=true;");
}

static void latest_is_the_newest_whenever_written(void **state)
{
    struct fixture *f = *state;
    assert_latest(f, 1, "t", "");
    write_long(f, 1, "t", 1000, 1);
    write_long(f, 1, "t", 3000, 3);
    write_long(f, 1, "t", 2000, 2);
    assert_latest(f, 1, "t", "3000=3;");
    write_long(f, 1, "t", 3000, 33);
    assert_latest(f, 1, "t", "3000=33;");
    assert_latest(f, 1, "u", "");
    assert_latest(f, 2, "t", "");
    assert_latest(f, 0, "t", "");
    write_long(f, 1, "t", INT64_MAX, 9);
    write_long(f, 1, "u", 0, 0);
    assert_latest(f, 1, "t", "9223372036854775807=9;");
    assert_latest(f, 1, "u", "0=0;");
}

static void later_entries_of_one_write_win(void **state)
{
    struct fixture *f = *state;
    struct batch a = {0}, b = {0}, *both[] = {&a, &b};
    struct point p = point_of(1, "t", 5, 1);
    batch_add_point(&a, &p);
    p.value.number = 2;
    batch_add_point(&a, &p);
    p.value.number = 3;
    batch_add_point(&b, &p);
    assert_int_equal(series_write(f->s, both, 2, NULL), ERR_OK);
    batch_fini(&a), batch_fini(&b);
    assert_query(f, (struct series_range){.device = 1, .key = SLICE("t"), .end_ms = 100}, "5=3;");
    assert_int_equal(series_write(f->s, NULL, 0, NULL), ERR_OK);
}

static void neighbours_do_not_mix(void **state)
{
    struct fixture *f = *state;
    static const uint64_t devices[] = {1, 2, 255, 256, 257, 65536, UINT64_MAX - 1};
    static const char *const keys[] = {"a", "b", "aa"};
    for (size_t d = 0; d < 7; d++) {
        for (size_t k = 0; k < 3; k++)
            write_long(f, devices[d], keys[k], 10, (int64_t)(d * 10 + k));
    }
    for (int round = 0; round < 2; round++) {
        for (size_t d = 0; d < 7; d++) {
            for (size_t k = 0; k < 3; k++) {
                char expected[32];
                snprintf(expected, sizeof expected, "10=%zu;", d * 10 + k);
                assert_latest(f, devices[d], keys[k], expected);
                struct series_range r = {
                    .device = devices[d], .key = slice_str(keys[k]), .end_ms = INT64_MAX};
                assert_query(f, r, expected);
                r.oldest_first = true;
                assert_query(f, r, expected);
            }
            assert_keys(f, devices[d], "a;aa;b;");
        }
        reopen(f);
    }
    assert_keys(f, 3, "");
}

static void ranges_include_start_and_exclude_end(void **state)
{
    struct fixture *f = *state;
    struct series_range r = {.device = 1, .key = SLICE("t")};
    for (int64_t ts = 0; ts < 6; ts++)
        write_long(f, 1, "t", ts, ts * ts);
    static const struct {
        int64_t start, end;
        uint32_t limit;
        const char *newest, *oldest;
    } cases[] = {{0, 6, 0, "5=25;4=16;3=9;2=4;1=1;0=0;", "0=0;1=1;2=4;3=9;4=16;5=25;"},
                 {2, 4, 0, "3=9;2=4;", "2=4;3=9;"},
                 {-5, 1, 0, "0=0;", "0=0;"},
                 {5, INT64_MAX, 0, "5=25;", "5=25;"},
                 {6, INT64_MAX, 0, "", ""},
                 {3, 3, 0, "", ""},
                 {4, 2, 0, "", ""},
                 {0, 6, 2, "5=25;4=16;", "0=0;1=1;"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        r.start_ms = cases[i].start, r.end_ms = cases[i].end, r.limit = cases[i].limit;
        r.oldest_first = false;
        assert_query(f, r, cases[i].newest);
        r.oldest_first = true;
        assert_query(f, r, cases[i].oldest);
    }
}

static void a_visitor_that_has_enough_stops_it(void **state)
{
    struct fixture *f = *state;
    for (int64_t ts = 0; ts < 5; ts++)
        write_long(f, 1, "t", ts, 0);
    write_long(f, 1, "u", 0, 0);
    for (int oldest = 0; oldest < 2; oldest++) {
        struct series_range r = {.device = 1, .key = SLICE("t"), .end_ms = 9, .limit = 9};
        struct seen seen = {.stop_after = 2};
        r.oldest_first = oldest;
        assert_int_equal(series_query(f->s, &r, see_point, &seen, NULL), ERR_OK);
        assert_int_equal(seen.count, 2);
        buf_fini(&seen.text);
    }
    struct seen seen = {.stop_after = 1};
    assert_int_equal(series_keys(f->s, 1, see_key, &seen, NULL), ERR_OK);
    assert_seen(&seen, "t;");
}

/* --- long ranges --- */

struct check {
    int64_t next, step; /* what the next point's number must be */
    uint64_t seen;
};

static bool check_order(void *arg, const struct point *point)
{
    struct check *c = arg;
    assert_int_equal(point->value.number, c->next);
    c->next += c->step;
    c->seen++;
    return true;
}

/* Point i at a time that leaves dense stretches, gaps of years, and one point a millisecond. */
static int64_t uneven_time(int64_t i)
{
    int64_t block = i / 4000;
    return block * block * 31536000000 + (i % 4000) * (block % 3 == 0 ? 1 : block % 3 == 1 ? 60000 : 17);
}

static void long_uneven_ranges_keep_their_order(void **state)
{
    struct fixture *f = *state;
    enum { POINTS = 20000 };
    struct batch b = {0};
    for (int64_t i = 0; i < POINTS; i++) {
        struct point p = point_of(1, "t", uneven_time(i), i);
        batch_add_point(&b, &p);
        if (i % 1000 == 999)
            write_batch(f, &b);
    }
    batch_fini(&b);
    for (int round = 0; round < 2; round++) {
        struct series_range r = {.device = 1, .key = SLICE("t"), .end_ms = INT64_MAX, .limit = UINT32_MAX};
        struct check newest = {POINTS - 1, -1, 0}, oldest = {0, 1, 0}, part = {5000, 1, 0};
        assert_int_equal(series_query(f->s, &r, check_order, &newest, NULL), ERR_OK);
        r.oldest_first = true;
        assert_int_equal(series_query(f->s, &r, check_order, &oldest, NULL), ERR_OK);
        assert_int_equal(newest.seen, POINTS);
        assert_int_equal(oldest.seen, POINTS);
        r.start_ms = uneven_time(5000);
        r.limit = 9000;
        assert_int_equal(series_query(f->s, &r, check_order, &part, NULL), ERR_OK);
        assert_int_equal(part.seen, 9000);
        reopen(f);
    }
}

static void large_values_come_oldest_first_too(void **state)
{
    struct fixture *f = *state;
    enum { POINTS = 40, SIZE = 60000 };
    static char text[SIZE];
    struct batch b = {0};
    memset(text, 'x', sizeof text);
    for (int64_t i = 0; i < POINTS; i++) {
        struct point p = {1, SLICE("big"), i * 100, {VALUE_STRING, .text = slice_of(text, SIZE)}};
        batch_add_point(&b, &p);
        write_batch(f, &b);
    }
    batch_fini(&b);
    struct series_range r = {.device = 1, .key = SLICE("big"), .end_ms = INT64_MAX, .limit = 100};
    struct seen seen = {0};
    r.oldest_first = true;
    assert_int_equal(series_query(f->s, &r, see_point, &seen, NULL), ERR_OK);
    assert_int_equal(seen.count, POINTS);
    assert_memory_equal(seen.text.data, "0=xxx", 5);
    buf_fini(&seen.text);
}

static void intervals_come_in_the_order_asked_for(void **state)
{
    struct fixture *f = *state;
    struct series_range r = {.device = 1, .key = SLICE("t"), .start_ms = 10, .end_ms = 45};
    for (int64_t ts = 0; ts < 50; ts += 5)
        write_long(f, 1, "t", ts, ts);
    r.intervals.length_ms = 10;
    r.aggregation = AGG_SUM;
    assert_query(f, r, "42=40;35=65;25=45;15=25;");
    r.oldest_first = true;
    assert_query(f, r, "15=25;25=45;35=65;42=40;");
    r.aggregation = AGG_AVG;
    assert_query(f, r, "15=12.5;25=22.5;35=32.5;42=40.0;");
    r.aggregation = AGG_COUNT;
    r.intervals.length_ms = INT64_MAX;
    assert_query(f, r, "27=7;");
    r.key = SLICE("nothing");
    assert_query(f, r, "");
}

/* --- keys --- */

static void keys_are_listed_by_name(void **state)
{
    struct fixture *f = *state;
    char longest[KEY_MAX_BYTES + 1];
    memset(longest, 'z', KEY_MAX_BYTES);
    longest[KEY_MAX_BYTES] = '\0';
    write_long(f, 1, "temperature", 1, 1);
    write_long(f, 1, "Ärger", 1, 1);
    write_long(f, 1, "b", 1, 1);
    write_long(f, 1, longest, 1, 1);
    write_long(f, 2, "c", 1, 1);
    char expected[400];
    snprintf(expected, sizeof expected, "b;temperature;%s;Ärger;", longest);
    assert_keys(f, 1, expected);
    reopen(f);
    write_long(f, 1, "b", 2, 2);
    write_long(f, 1, "a", 2, 2);
    snprintf(expected, sizeof expected, "a;b;temperature;%s;Ärger;", longest);
    assert_keys(f, 1, expected);
    assert_latest(f, 1, longest, "1=1;");
    assert_keys(f, 2, "c;");
}

static void many_names_outgrow_the_cache_of_names(void **state)
{
    struct fixture *f = *state;
    enum { NAMES = 70000 };
    struct batch b = {0};
    char name[32];
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "key-%d", i);
        struct point p = point_of(1, name, 1, i);
        batch_add_point(&b, &p);
        if (i % 5000 == 4999)
            write_batch(f, &b);
    }
    batch_fini(&b);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < NAMES; i += 777) {
            char expected[32];
            snprintf(name, sizeof name, "key-%d", i);
            snprintf(expected, sizeof expected, "1=%d;", i);
            assert_latest(f, 1, name, expected);
        }
        write_long(f, 1, "key-5", 2, -5);
        assert_latest(f, 1, "key-5", "2=-5;");
        write_long(f, 1, "key-5", 1, 5);
        assert_query(f, (struct series_range){.device = 1, .key = SLICE("key-5"), .end_ms = 9}, "2=-5;1=5;");
        reopen(f);
    }
}

/* --- attributes --- */

static void put_attribute(struct fixture *f, uint64_t device, enum attribute_scope scope, const char *key,
                          int64_t at, const char *text)
{
    struct batch b = {0};
    struct attribute a = {device, scope, slice_str(key), at, {VALUE_STRING, .text = slice_str(text)}};
    batch_add_attribute(&b, &a);
    write_batch(f, &b);
    batch_fini(&b);
}

static void attributes_are_kept_by_scope(void **state)
{
    struct fixture *f = *state;
    put_attribute(f, 1, SCOPE_SHARED, "b", 3, "shared");
    put_attribute(f, 1, SCOPE_CLIENT, "b", 1, "client");
    put_attribute(f, 1, SCOPE_CLIENT, "a", 2, "x");
    put_attribute(f, 1, SCOPE_SERVER, "s", 4, "server");
    put_attribute(f, 2, SCOPE_CLIENT, "a", 5, "other");
    put_attribute(f, 1, SCOPE_CLIENT, "a", 6, "y");
    for (int round = 0; round < 2; round++) {
        assert_attributes(f, 1, SCOPE_CLIENT, "1/a@6=y;1/b@1=client;");
        assert_attributes(f, 1, 0, "1/a@6=y;1/b@1=client;2/s@4=server;3/b@3=shared;");
        assert_attributes(f, 3, 0, "");
        struct seen seen = {0};
        assert_int_equal(series_attribute(f->s, 1, SCOPE_SHARED, SLICE("b"), see_attribute, &seen, NULL),
                         ERR_OK);
        assert_seen(&seen, "3/b@3=shared;");
        assert_int_equal(series_attribute(f->s, 1, SCOPE_SHARED, SLICE("a"), see_attribute, &seen, NULL),
                         ERR_NOT_FOUND);
        reopen(f);
    }
}

static void attributes_are_deleted_in_order(void **state)
{
    struct fixture *f = *state;
    struct batch b = {0};
    struct attribute a = {1, SCOPE_CLIENT, SLICE("a"), 1, {VALUE_LONG, .number = 1}};
    put_attribute(f, 1, SCOPE_CLIENT, "gone", 1, "x");
    batch_delete_attribute(&b, 1, SCOPE_CLIENT, SLICE("gone"));
    batch_delete_attribute(&b, 1, SCOPE_CLIENT, SLICE("never was"));
    batch_delete_attribute(&b, 1, SCOPE_CLIENT, SLICE("a"));
    batch_add_attribute(&b, &a);
    write_batch(f, &b);
    batch_fini(&b);
    assert_attributes(f, 1, 0, "1/a@1=1;");
}

/* --- deleting --- */

static void deleted_device_leaves_nothing_of_itself_only(void **state)
{
    struct fixture *f = *state;
    for (uint64_t device = 1; device <= 3; device++) {
        write_long(f, device, "t", 1, 1);
        write_long(f, device, "u", 2, 2);
        put_attribute(f, device, SCOPE_SERVER, "a", 1, "x");
    }
    assert_int_equal(series_delete_devices(f->s, &(uint64_t){2}, 1, NULL), ERR_OK);
    assert_int_equal(series_delete_devices(f->s, &(uint64_t){77}, 1, NULL), ERR_OK);
    for (int round = 0; round < 2; round++) {
        assert_latest(f, 2, "t", "");
        assert_keys(f, 2, "");
        assert_attributes(f, 2, 0, "");
        assert_query(f, (struct series_range){.device = 2, .key = SLICE("u"), .end_ms = 9}, "");
        assert_query(
            f, (struct series_range){.device = 2, .key = SLICE("u"), .end_ms = 9, .oldest_first = true}, "");
        for (uint64_t device = 1; device <= 3; device += 2) {
            assert_latest(f, device, "u", "2=2;");
            assert_keys(f, device, "t;u;");
            assert_attributes(f, device, 0, "2/a@1=x;");
        }
        reopen(f);
    }
    write_long(f, 2, "t", 5, 5);
    assert_int_equal(series_delete_devices(f->s, &(uint64_t){2}, 1, NULL), ERR_OK);
    write_long(f, 2, "t", 6, 6);
    assert_keys(f, 2, "t;");
    assert_latest(f, 2, "t", "6=6;");
}

/* Enough to be flushed and compacted: files, blocks and filters must agree with the table in memory. */
static void what_has_left_memory_is_found_as_well(void **state)
{
    struct fixture *f = *state;
    enum { DEVICES = 500, ROUNDS = 1200 };
    struct batch b = {0};
    for (int64_t round = 0; round < ROUNDS; round++) {
        for (uint64_t device = 1; device <= DEVICES; device++) {
            struct point p = point_of(device, round % 2 ? "odd" : "even", round, (int64_t)device);
            batch_add_point(&b, &p);
        }
        write_batch(f, &b);
    }
    batch_fini(&b);
    assert_int_equal(series_delete_devices(f->s, &(uint64_t){100}, 1, NULL), ERR_OK);
    for (int again = 0; again < 2; again++) {
        for (uint64_t device = 1; device <= DEVICES; device += 7) {
            struct series_range r = {.device = device, .key = SLICE("odd"), .end_ms = ROUNDS, .limit = 9999};
            struct check c = {(int64_t)device, 0, 0};
            assert_int_equal(series_query(f->s, &r, check_order, &c, NULL), ERR_OK);
            assert_int_equal(c.seen, ROUNDS / 2);
            char expected[32];
            snprintf(expected, sizeof expected, "%d=%d;", ROUNDS - 2, (int)device);
            assert_latest(f, device, "even", expected);
        }
        assert_latest(f, 100, "even", "");
        reopen(f);
    }
}

/* --- threads --- */

struct shared {
    struct fixture *f;
    atomic_llong written; /* all devices have points up to here */
    atomic_bool stop;
};

enum { SHARED_DEVICES = 20 };

static bool keep_number(void *arg, const struct point *point)
{
    *(int64_t *)arg = point->value.number;
    return true;
}

static void *read_along(void *arg)
{
    struct shared *sh = arg;
    for (unsigned i = 0; !atomic_load(&sh->stop); i++) {
        uint64_t device = 1 + i % SHARED_DEVICES;
        int64_t least = atomic_load(&sh->written), got = -1;
        if (least < 0)
            continue;
        assert_int_equal(series_latest(sh->f->s, device, SLICE("n"), keep_number, &got, NULL), ERR_OK);
        assert_true(got >= least);
        struct series_range r = {
            .device = device, .key = SLICE("n"), .end_ms = least + 1, .limit = UINT32_MAX};
        struct check newest = {least, -1, 0}, oldest = {0, 1, 0};
        assert_int_equal(series_query(sh->f->s, &r, check_order, &newest, NULL), ERR_OK);
        assert_int_equal(newest.seen, (uint64_t)least + 1);
        r.oldest_first = true;
        assert_int_equal(series_query(sh->f->s, &r, check_order, &oldest, NULL), ERR_OK);
        assert_int_equal(oldest.seen, (uint64_t)least + 1);
        assert_keys(sh->f, device, "n;");
    }
    return NULL;
}

static void readers_see_what_has_been_written(void **state)
{
    struct fixture *f = *state;
    enum { READERS = 3, ROUNDS = 2000 };
    struct shared sh = {.f = f};
    pthread_t threads[READERS];
    struct batch b = {0};
    atomic_store(&sh.written, -1);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_along, &sh), 0);
    for (int64_t n = 0; n < ROUNDS; n++) {
        for (uint64_t device = 1; device <= SHARED_DEVICES; device++) {
            struct point p = point_of(device, "n", n, n);
            batch_add_point(&b, &p);
        }
        write_batch(f, &b);
        atomic_store(&sh.written, n);
    }
    atomic_store(&sh.stop, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    batch_fini(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(opening_says_what_is_wrong),
        TEST(directory_is_the_owners_alone),
        TEST(every_type_of_value_comes_back),
        TEST(latest_is_the_newest_whenever_written),
        TEST(later_entries_of_one_write_win),
        TEST(neighbours_do_not_mix),
        TEST(ranges_include_start_and_exclude_end),
        TEST(a_visitor_that_has_enough_stops_it),
        TEST(long_uneven_ranges_keep_their_order),
        TEST(large_values_come_oldest_first_too),
        TEST(intervals_come_in_the_order_asked_for),
        TEST(keys_are_listed_by_name),
        TEST(many_names_outgrow_the_cache_of_names),
        TEST(attributes_are_kept_by_scope),
        TEST(attributes_are_deleted_in_order),
        TEST(deleted_device_leaves_nothing_of_itself_only),
        TEST(what_has_left_memory_is_found_as_well),
        TEST(readers_see_what_has_been_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
