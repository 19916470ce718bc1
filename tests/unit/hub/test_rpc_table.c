/* Calls that wait: each ends once, in whatever way comes first. */
#include "hub/rpc_table.h"

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static struct rpc_table *table_of(size_t max, size_t max_device)
{
    struct rpc_table *t = NULL;
    assert_int_equal(rpc_table_new(max, max_device, &t), ERR_OK);
    return t;
}

static void empty(struct rpc_table *t)
{
    while (rpc_table_close(t) != NULL) {
    }
    rpc_table_free(t);
}

static err_t add(struct rpc_table *t, uint64_t device, uint32_t id, uint64_t deadline_ms,
                 struct rpc_pending *pending)
{
    struct problem problem = {0};
    return rpc_table_add(t, device, id, deadline_ms, pending, &problem);
}

static void a_call_is_found_by_device_and_id_once(void **state)
{
    struct rpc_table *t = table_of(10, 10);
    struct rpc_pending a, b, c, again;
    assert_int_equal(add(t, 1, 7, 100, &a), ERR_OK);
    assert_int_equal(add(t, 2, 7, 100, &b), ERR_OK);
    assert_int_equal(add(t, 1, 8, 100, &c), ERR_OK);
    assert_int_equal(add(t, 1, 7, 100, &again), ERR_CONFLICT);
    assert_null(rpc_table_take(t, 2, 8));
    assert_null(rpc_table_take(t, 3, 7));
    assert_ptr_equal(rpc_table_take(t, 2, 7), &b);
    assert_null(rpc_table_take(t, 2, 7));
    assert_ptr_equal(rpc_table_take(t, 1, 7), &a);
    assert_ptr_equal(rpc_table_take(t, 1, 8), &c);
    empty(t);
}

static void a_kept_call_stays_until_it_is_taken_as_such(void **state)
{
    struct rpc_table *t = table_of(10, 10);
    struct rpc_pending plain = {0}, kept = {.number = 5};
    assert_int_equal(add(t, 1, 7, 100, &plain), ERR_OK);
    assert_int_equal(add(t, 1, 8, 100, &kept), ERR_OK);
    assert_ptr_equal(rpc_table_take_unkept(t, 1, 7), &plain);
    assert_null(rpc_table_take_unkept(t, 1, 7));
    assert_null(rpc_table_take_unkept(t, 1, 8));
    assert_ptr_equal(rpc_table_take(t, 1, 8), &kept);
    empty(t);
}

static void ids_rise_and_are_never_zero(void **state)
{
    struct rpc_table *t = table_of(1, 1);
    uint32_t last = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t id = rpc_table_next_id(t);
        assert_true(id > last && id <= INT32_MAX);
        last = id;
    }
    empty(t);
}

static void what_waits_is_bounded_in_all_and_for_a_device(void **state)
{
    struct rpc_table *t = table_of(3, 2);
    struct rpc_pending p[4];
    assert_int_equal(add(t, 1, 1, 9, &p[0]), ERR_OK);
    assert_int_equal(add(t, 1, 2, 9, &p[1]), ERR_OK);
    assert_int_equal(add(t, 1, 3, 9, &p[2]), ERR_LIMIT);
    assert_int_equal(add(t, 2, 1, 9, &p[2]), ERR_OK);
    assert_int_equal(add(t, 3, 1, 9, &p[3]), ERR_LIMIT);
    assert_non_null(rpc_table_take(t, 1, 1));
    assert_int_equal(add(t, 1, 3, 9, &p[0]), ERR_OK);
    empty(t);
}

static void those_whose_time_is_over_come_out_and_no_others(void **state)
{
    enum { CALLS = 100 };
    struct rpc_table *t = table_of(CALLS, CALLS);
    struct rpc_pending p[CALLS];
    for (uint32_t i = 0; i < CALLS; i++)
        assert_int_equal(add(t, i % 7, i, 1000 + i * 37 % CALLS, &p[i]), ERR_OK);
    assert_null(rpc_table_take_late(t, 999));
    for (uint64_t now = 1000; now < 1000 + CALLS; now++) {
        struct rpc_pending *late = rpc_table_take_late(t, now);
        assert_non_null(late);
        assert_int_equal(late->deadline_ms, now);
        assert_null(rpc_table_take_late(t, now));
    }
    assert_int_equal(add(t, 1, 1, 500, &p[0]), ERR_OK);
    assert_ptr_equal(rpc_table_take_late(t, 5000), &p[0]);
    empty(t);
}

static void a_closed_table_hands_out_what_waits_and_takes_nothing(void **state)
{
    struct rpc_table *t = table_of(4, 4);
    struct rpc_pending a, b;
    assert_int_equal(add(t, 1, 1, 9, &a), ERR_OK);
    assert_ptr_equal(rpc_table_close(t), &a);
    assert_null(rpc_table_close(t));
    assert_int_equal(add(t, 1, 2, 9, &b), ERR_CLOSED);
    rpc_table_free(t);
}

enum { RACES = 2000, THREADS = 3 };

struct race {
    struct rpc_table *table;
    struct rpc_pending pending[RACES];
    atomic_uint taken[RACES];
};

static void *take_all(void *arg)
{
    struct race *race = arg;
    for (uint32_t i = 0; i < RACES; i++)
        if (rpc_table_take(race->table, i % 5, i) != NULL)
            atomic_fetch_add(&race->taken[i], 1);
    struct rpc_pending *late;
    while ((late = rpc_table_take_late(race->table, UINT64_MAX)) != NULL)
        atomic_fetch_add(&race->taken[late->key.request_id], 1);
    return NULL;
}

static void whoever_comes_first_has_the_call_alone(void **state)
{
    struct race *race = calloc(1, sizeof *race);
    pthread_t threads[THREADS];
    race->table = table_of(RACES, RACES);
    for (uint32_t i = 0; i < RACES; i++)
        assert_int_equal(add(race->table, i % 5, i, 1, &race->pending[i]), ERR_OK);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, take_all, race);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < RACES; i++)
        assert_int_equal(atomic_load(&race->taken[i]), 1);
    rpc_table_free(race->table);
    free(race);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_found_by_device_and_id_once),
        cmocka_unit_test(a_kept_call_stays_until_it_is_taken_as_such),
        cmocka_unit_test(ids_rise_and_are_never_zero),
        cmocka_unit_test(what_waits_is_bounded_in_all_and_for_a_device),
        cmocka_unit_test(those_whose_time_is_over_come_out_and_no_others),
        cmocka_unit_test(a_closed_table_hands_out_what_waits_and_takes_nothing),
        cmocka_unit_test(whoever_comes_first_has_the_call_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
