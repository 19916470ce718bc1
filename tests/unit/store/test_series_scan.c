/* Queries in steps give what one query gives, wherever the steps end. */
#include "series_fixture.h"

struct reader {
    struct buf out;
    size_t left; /* visits until the visitor says stop; 0: it never does */
};

static bool note_some(void *arg, const struct point *point)
{
    struct reader *r = arg;
    series_note(&r->out, point);
    return r->left == 0 || --r->left != 0;
}

/* @param most, visits  of each step */
static void assert_steps(struct series_fixture *f, const struct series_range *range, uint64_t most,
                         size_t visits)
{
    struct reader whole = {0}, steps = {0};
    struct series_scan *scan = NULL;
    bool is_done = false;
    assert_int_equal(series_query(f->s, range, note_some, &whole, NULL), ERR_OK);
    assert_int_equal(series_scan_new(f->s, range, &scan, NULL), ERR_OK);
    for (size_t i = 0; !is_done; i++) {
        steps.left = visits;
        uint64_t looks = most;
        assert_int_equal(series_scan_step(scan, &looks, note_some, &steps, &is_done, NULL), ERR_OK);
        assert_true(i < 100000);
    }
    assert_string_equal(buf_cstr(&steps.out), buf_cstr(&whole.out));
    series_scan_free(scan);
    buf_fini(&whole.out);
    buf_fini(&steps.out);
}

static void assert_all_steps(struct series_fixture *f, struct series_range r)
{
    static const size_t sizes[] = {1, 2, 3, 10, 99, 100, 101, 5000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_steps(f, &r, sizes[i], 0);
        assert_steps(f, &r, UINT64_MAX, sizes[i]);
    }
    assert_steps(f, &r, 7, 5);
}

static void steps_give_what_the_whole_gives(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 0, 1, 300, 0);
    series_put(f, "a", 10000000, 3600000, 200, 0);
    struct series_range r = {.device = 1, .key = SLICE("a"), .end_ms = INT64_MAX, .limit = 1000000};
    for (int oldest_first = 0; oldest_first < 2; oldest_first++) {
        r.oldest_first = oldest_first;
        assert_all_steps(f, r);
        r.limit = 333;
        assert_all_steps(f, r);
        r.limit = 1000000;
    }
}

static void aggregations_go_on_in_the_middle_of_an_interval(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 3, 7, 300, 0);
    struct series_range r = {.device = 1, .key = SLICE("a"), .start_ms = 1, .end_ms = 2050};
    r.intervals.length_ms = 100;
    for (int a = AGG_MIN; a <= AGG_COUNT; a++) {
        r.aggregation = (enum aggregation)a;
        r.oldest_first = a % 2;
        assert_all_steps(f, r);
    }
    r.intervals.length_ms = INT64_MAX;
    assert_all_steps(f, r);
}

static void a_step_without_points_is_the_last(void **state)
{
    struct series_fixture *f = *state;
    static const struct series_range ranges[] = {
        {.device = 1, .key = {(const uint8_t *)"a", 1}, .start_ms = 5, .end_ms = 5, .limit = 9},
        {.device = 1, .key = {(const uint8_t *)"a", 1}, .end_ms = 9, .limit = 0},
        {.device = 1, .key = {(const uint8_t *)"never", 5}, .end_ms = 9, .limit = 9},
        {.device = 1, .key = {NULL, 0}, .end_ms = 9, .limit = 9},
    };
    series_put(f, "a", 5, 1, 1, 0);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct series_scan *scan = NULL;
        struct reader r = {0};
        uint64_t looks = 1;
        bool is_done = false;
        assert_int_equal(series_scan_new(f->s, &ranges[i], &scan, NULL), ERR_OK);
        assert_int_equal(series_scan_step(scan, &looks, note_some, &r, &is_done, NULL), ERR_OK);
        assert_true(is_done && r.out.len == 0);
        series_scan_free(scan);
    }
}

static void points_that_come_meanwhile_are_never_seen_twice(void **state)
{
    struct series_fixture *f = *state;
    struct series_scan *scan = NULL;
    struct reader reader = {.left = 2};
    uint64_t looks = 100;
    bool is_done = false;
    struct series_range r = {.device = 1, .key = SLICE("a"), .end_ms = INT64_MAX, .limit = 1000};
    series_put(f, "a", 10, 10, 5, 0);
    assert_int_equal(series_scan_new(f->s, &r, &scan, NULL), ERR_OK);
    assert_int_equal(series_scan_step(scan, &looks, note_some, &reader, &is_done, NULL), ERR_OK);
    series_put(f, "a", 45, 10, 2, 0); /* 45 and 55: behind it */
    series_put(f, "a", 15, 10, 1, 0); /* before it */
    reader.left = 0;
    assert_int_equal(series_scan_step(scan, &looks, note_some, &reader, &is_done, NULL), ERR_OK);
    assert_true(is_done);
    assert_string_equal(buf_cstr(&reader.out), "50=50;40=40;30=30;20=20;15=15;10=10;");
    series_scan_free(scan);
    buf_fini(&reader.out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, series_setup, series_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_give_what_the_whole_gives),
        TEST(aggregations_go_on_in_the_middle_of_an_interval),
        TEST(a_step_without_points_is_the_last),
        TEST(points_that_come_meanwhile_are_never_seen_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
