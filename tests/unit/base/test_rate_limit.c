#include "unit.h"

#include "base/rate_limit.h"

#include <stdio.h>

static unsigned take_all(struct rate_limit *limit, const char *key, uint64_t now_ms)
{
    unsigned n = 0;
    while (n < 1000 && rate_limit_take(limit, slice_str(key), now_ms))
        n++;
    return n;
}

static void a_burst_then_as_many_as_come_back(void **state)
{
    struct rate_limit *limit = rate_limit_new(5, 60);
    assert_int_equal(take_all(limit, "a", 100000), 5);
    assert_int_equal(take_all(limit, "a", 100999), 0);
    assert_int_equal(take_all(limit, "a", 102000), 2);
    assert_int_equal(take_all(limit, "a", 1000000), 5); /* no more than the burst, however long the rest */
    rate_limit_free(limit);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
    struct rate_limit *limit = rate_limit_new(2, 60);
    assert_int_equal(take_all(limit, "a", 100000), 2);
    rate_limit_give_back(limit, SLICE("a"));
    assert_int_equal(take_all(limit, "a", 100000), 1);
    for (int i = 0; i < 10; i++) /* never more than the burst */
        rate_limit_give_back(limit, SLICE("a"));
    assert_int_equal(take_all(limit, "a", 100000), 2);
    rate_limit_free(limit);
}

static void keys_do_not_share(void **state)
{
    struct rate_limit *limit = rate_limit_new(3, 60);
    unsigned shared = 0;
    char key[16];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "key %u", i);
        shared += take_all(limit, key, 1000) != 3;
    }
    assert_true(shared < 10); /* buckets are many, not one for each key there could be */
    rate_limit_free(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_as_many_as_come_back),
        cmocka_unit_test(what_is_given_back_can_be_taken_again),
        cmocka_unit_test(keys_do_not_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
