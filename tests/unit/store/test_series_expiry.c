/* Points that come to their end: readers see none, compaction frees their space. */
#include "base/clock.h"
#include "series_fixture.h"

#include <unistd.h>

static int64_t ttl_ms; /* what ttl() answers; -1: it fails */

static err_t ttl(void *arg, uint64_t device, int64_t *ret_ms, struct problem *problem)
{
    (void)arg;
    if (ttl_ms < 0)
        return fail(problem, ERR_IO, "", "not known");
    *ret_ms = device == 1 ? ttl_ms : 0;
    return ERR_OK;
}

static const struct series_retention retention = {ttl, NULL};

static bool count_point(void *arg, const struct point *point)
{
    (void)point;
    ++*(size_t *)arg;
    return true;
}

static size_t count(struct series_fixture *f, const char *key, bool oldest_first)
{
    size_t n = 0;
    struct series_range r = {.device = 1,
                             .key = slice_str(key),
                             .end_ms = INT64_MAX,
                             .limit = 1000000,
                             .oldest_first = oldest_first};
    assert_int_equal(series_query(f->s, &r, count_point, &n, NULL), ERR_OK);
    return n;
}

static void old_points_are_not_seen(void **state)
{
    struct series_fixture *f = *state;
    int64_t now = clock_wall_ms();
    series_put(f, "a", now - 100 * 60000, 60000, 100, 0); /* one a minute */
    series_set_retention(f->s, &retention);
    ttl_ms = 0;
    assert_int_equal(count(f, "a", false), 100);
    ttl_ms = 10 * 60000 + 30000;
    assert_int_equal(count(f, "a", false), 10);
    assert_int_equal(count(f, "a", true), 10);
    ttl_ms = 30000;
    assert_int_equal(count(f, "a", false), 0);
    series_expect_latest(f, "a", "");
    ttl_ms = 0; /* nothing was rewritten since */
    assert_int_equal(count(f, "a", false), 100);
}

static void aggregates_count_what_is_seen_in_the_intervals_asked_for(void **state)
{
    struct series_fixture *f = *state;
    int64_t now = clock_wall_ms();
    series_put(f, "a", now - 100 * 60000, 60000, 100, 0);
    series_set_retention(f->s, &retention);
    ttl_ms = 10 * 60000 + 30000;
    AUTO_BUF out = {0};
    struct series_range r = {.device = 1, .key = SLICE("a"), .start_ms = now - 100 * 60000, .end_ms = now};
    r.aggregation = AGG_COUNT;
    r.intervals.length_ms = 100 * 60000;
    assert_int_equal(series_query(f->s, &r, series_note, &out, NULL), ERR_OK);
    char expected[64];
    snprintf(expected, sizeof expected, "%lld=10;", (long long)(now - 50 * 60000));
    assert_string_equal(buf_cstr(&out), expected);
}

static void compaction_drops_what_nobody_sees(void **state)
{
    struct series_fixture *f = *state;
    int64_t now = clock_wall_ms();
    series_put(f, "a", now - 100 * 60000, 60000, 100, 0);
    series_set_retention(f->s, &retention);
    ttl_ms = 10 * 60000 + 30000;
    series_compact(f->s);
    ttl_ms = 0;
    assert_int_equal(count(f, "a", false), 10);
    series_reopen(f);
    assert_int_equal(count(f, "a", false), 10);
}

static void compaction_keeps_all_when_it_cannot_learn_how_long(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 1000, 1000, 100, 0);
    series_set_retention(f->s, &retention);
    ttl_ms = -1;
    series_compact(f->s);
    ttl_ms = 0;
    assert_int_equal(count(f, "a", false), 100);
}

static void readers_are_told_when_it_cannot_be_learnt(void **state)
{
    struct series_fixture *f = *state;
    size_t n = 0;
    struct series_range r = {.device = 1, .key = SLICE("a"), .end_ms = INT64_MAX, .limit = 10};
    series_put(f, "a", 1000, 1000, 1, 0);
    series_set_retention(f->s, &retention);
    ttl_ms = -1;
    assert_int_equal(series_query(f->s, &r, count_point, &n, NULL), ERR_IO);
    assert_int_equal(series_latest(f->s, 1, r.key, count_point, &n, NULL), ERR_IO);
}

static void a_point_has_an_end_of_its_own(void **state)
{
    struct series_fixture *f = *state;
    int64_t now = clock_wall_ms();
    series_put(f, "a", 1, 1, 2, 0);
    series_put(f, "a", 3, 1, 1, now - 1);
    series_put(f, "a", 4, 1, 1, now + 3600000);
    series_put(f, "a", 5, 1, 1, now - 3600000);
    series_expect_history(f, "a", "4=4;2=2;1=1;");
    series_expect_latest(f, "a", "4=4;");
    series_reopen(f);
    series_compact(f->s);
    series_expect_history(f, "a", "4=4;2=2;1=1;");
    series_put(f, "a", 4, 1, 1, now - 1);
    series_expect_latest(f, "a", "2=2;");
}

static void a_point_is_there_up_to_its_end(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 7, 1, 1, clock_wall_ms() + 200);
    series_expect_latest(f, "a", "7=7;");
    usleep(250 * 1000);
    series_expect_latest(f, "a", "");
    series_expect_history(f, "a", "");
}

static void a_kept_value_expires_as_the_others(void **state)
{
    struct series_fixture *f = *state;
    int64_t now = clock_wall_ms();
    const struct series_deletion d = {1, SLICE("a"), 0, INT64_MAX, LATEST_KEEP};
    ttl_ms = 0;
    series_set_retention(f->s, &retention);
    series_put(f, "a", now - 60000, 1, 1, 0);
    assert_int_equal(series_delete_points(f->s, &d, 1, NULL), ERR_OK);
    ttl_ms = 120000;
    AUTO_BUF out = {0};
    assert_int_equal(series_latest(f->s, 1, SLICE("a"), series_note, &out, NULL), ERR_OK);
    ttl_ms = 30000;
    series_expect_latest(f, "a", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, series_setup, series_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_points_are_not_seen),
        TEST(aggregates_count_what_is_seen_in_the_intervals_asked_for),
        TEST(compaction_drops_what_nobody_sees),
        TEST(compaction_keeps_all_when_it_cannot_learn_how_long),
        TEST(readers_are_told_when_it_cannot_be_learnt),
        TEST(a_point_has_an_end_of_its_own),
        TEST(a_point_is_there_up_to_its_end),
        TEST(a_kept_value_expires_as_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
