/* Which devices have calls kept for them: never too few. */
#include "hub/rpc_devices.h"

#include "unit.h"

static void a_device_leaves_when_a_look_found_nothing(void **state)
{
    struct rpc_devices *d;
    uint64_t mark = 1;
    assert_int_equal(rpc_devices_new(&d), ERR_OK);
    assert_false(rpc_devices_has(d, 7, &mark));
    assert_int_equal(rpc_devices_add(d, 7), ERR_OK);
    assert_false(rpc_devices_has(d, 8, &mark));
    assert_true(rpc_devices_has(d, 7, &mark));
    rpc_devices_remove(d, 8, mark);
    rpc_devices_remove(d, 7, mark);
    assert_false(rpc_devices_has(d, 7, &mark));
    rpc_devices_remove(d, 7, mark);
    rpc_devices_free(d);
}

static void what_was_kept_since_the_look_stays(void **state)
{
    struct rpc_devices *d;
    uint64_t before, after;
    assert_int_equal(rpc_devices_new(&d), ERR_OK);
    assert_int_equal(rpc_devices_add(d, 7), ERR_OK);
    assert_true(rpc_devices_has(d, 7, &before));
    assert_int_equal(rpc_devices_add(d, 7), ERR_OK);
    rpc_devices_remove(d, 7, before);
    assert_true(rpc_devices_has(d, 7, &after));
    rpc_devices_remove(d, 7, after);
    assert_int_equal(rpc_devices_add(d, 7), ERR_OK);
    rpc_devices_remove(d, 7, after); /* it left, and came again */
    assert_true(rpc_devices_has(d, 7, &after));
    rpc_devices_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_leaves_when_a_look_found_nothing),
        cmocka_unit_test(what_was_kept_since_the_look_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
