/* Points that are deleted, and what is the newest value then. */
#include "series_fixture.h"

static void delete_from(struct series_fixture *f, const char *key, int64_t start, int64_t end,
                        enum latest_rule latest)
{
    const struct series_deletion d = {1, slice_str(key), start, end, latest};
    assert_int_equal(series_delete_points(f->s, &d, 1, NULL), ERR_OK);
}

static void a_range_goes_and_nothing_else(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 1, 1, 6, 0);
    series_put(f, "b", 1, 1, 3, 0);
    delete_from(f, "a", 2, 4, LATEST_REWRITE);
    series_expect_history(f, "a", "6=6;5=5;4=4;1=1;");
    series_expect_history(f, "b", "3=3;2=2;1=1;");
    series_expect_latest(f, "a", "6=6;");
    series_reopen(f);
    series_expect_history(f, "a", "6=6;5=5;4=4;1=1;");
    series_expect_keys(f, "a;b;");
}

static void much_goes_as_well_as_little(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 0, 1, 5000, 0);
    delete_from(f, "a", 1, 4999, LATEST_REWRITE);
    series_expect_history(f, "a", "4999=4999;0=0;");
    series_compact(f->s);
    series_expect_history(f, "a", "4999=4999;0=0;");
    series_put(f, "a", 50, 1, 1, 0);
    series_expect_history(f, "a", "4999=4999;50=50;0=0;");
}

static void a_key_without_points_is_no_key(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 1, 1, 400, 0);
    series_put(f, "b", 1, 1, 1, 0);
    delete_from(f, "a", 0, INT64_MAX, LATEST_REMOVE);
    series_expect_keys(f, "b;");
    series_expect_latest(f, "a", "");
    series_put(f, "a", 3, 1, 1, 0);
    series_expect_keys(f, "a;b;");
    series_expect_latest(f, "a", "3=3;");
    series_expect_history(f, "a", "3=3;");
}

static void the_last_moment_can_be_deleted(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", INT64_MAX, 0, 1, 0);
    series_expect_latest(f, "a", "9223372036854775807=9223372036854775807;");
    delete_from(f, "a", 0, INT64_MAX, LATEST_REWRITE);
    series_expect_latest(f, "a", "");
    series_expect_keys(f, "");
}

static void rewritten_the_newest_is_what_is_left(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 1, 1, 5, 0);
    delete_from(f, "a", 4, 6, LATEST_REWRITE);
    series_expect_latest(f, "a", "3=3;");
}

static void removed_there_is_none_until_a_newer_one_comes(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 1, 1, 5, 0);
    delete_from(f, "a", 4, 6, LATEST_REMOVE);
    series_expect_latest(f, "a", "");
    series_expect_history(f, "a", "3=3;2=2;1=1;");
    series_reopen(f);
    series_expect_latest(f, "a", "");
    series_put(f, "a", 9, 1, 1, 0);
    series_expect_latest(f, "a", "9=9;");
    delete_from(f, "a", 9, 10, LATEST_REWRITE);
    series_expect_latest(f, "a", "3=3;");
}

static void kept_it_is_shown_until_one_as_new_comes(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 1, 1, 5, 0);
    delete_from(f, "a", 0, INT64_MAX, LATEST_KEEP);
    series_expect_history(f, "a", "");
    series_expect_latest(f, "a", "5=5;");
    series_expect_keys(f, "a;");
    series_put(f, "a", 2, 1, 1, 0);
    series_expect_latest(f, "a", "5=5;");
    delete_from(f, "a", 0, 3, LATEST_REMOVE);
    series_expect_latest(f, "a", "5=5;");
    delete_from(f, "a", 0, INT64_MAX, LATEST_KEEP);
    series_expect_latest(f, "a", "5=5;");
    series_compact(f->s);
    series_expect_latest(f, "a", "5=5;");
    delete_from(f, "a", 0, INT64_MAX, LATEST_REMOVE);
    series_expect_latest(f, "a", "");
    series_expect_keys(f, "");
}

static void a_newer_one_takes_the_place_of_a_kept_one(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 5, 1, 1, 0);
    delete_from(f, "a", 5, 6, LATEST_KEEP);
    series_put(f, "a", 8, 1, 1, 0);
    series_expect_latest(f, "a", "8=8;");
    series_expect_history(f, "a", "8=8;");
}

static void what_is_not_there_can_be_deleted(void **state)
{
    struct series_fixture *f = *state;
    series_put(f, "a", 5, 1, 1, 0);
    delete_from(f, "never", 0, INT64_MAX, LATEST_REMOVE);
    delete_from(f, "a", 10, 20, LATEST_REMOVE);
    delete_from(f, "a", 5, 5, LATEST_REMOVE);
    series_expect_latest(f, "a", "5=5;");
}

static void several_keys_go_at_once(void **state)
{
    struct series_fixture *f = *state;
    const struct series_deletion d[] = {{1, SLICE("a"), 0, 2, LATEST_REWRITE},
                                        {1, SLICE("b"), 0, 9, LATEST_REWRITE}};
    series_put(f, "a", 1, 1, 2, 0);
    series_put(f, "b", 1, 1, 2, 0);
    assert_int_equal(series_delete_points(f->s, d, 2, NULL), ERR_OK);
    series_expect_history(f, "a", "2=2;");
    series_expect_history(f, "b", "");
    series_expect_keys(f, "a;");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, series_setup, series_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_range_goes_and_nothing_else),           TEST(much_goes_as_well_as_little),
        TEST(a_key_without_points_is_no_key),          TEST(the_last_moment_can_be_deleted),
        TEST(rewritten_the_newest_is_what_is_left),    TEST(removed_there_is_none_until_a_newer_one_comes),
        TEST(kept_it_is_shown_until_one_as_new_comes), TEST(a_newer_one_takes_the_place_of_a_kept_one),
        TEST(what_is_not_there_can_be_deleted),        TEST(several_keys_go_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
