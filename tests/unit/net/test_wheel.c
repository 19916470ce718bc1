#include "unit.h"

#include "net/wheel.h"

#include <string.h>

enum { ITEMS = 3000 };

struct clockwork {
    struct wheel wheel;
    struct wheel_item items[ITEMS];
    uint64_t fired_at[ITEMS];
    uint64_t now_ms;
    unsigned fired;
    uint64_t again_in_ms; /* != 0: put back */
};

static void look(void *arg, struct wheel_item *item)
{
    struct clockwork *c = arg;
    c->fired_at[item - c->items] = c->now_ms;
    c->fired++;
    if (c->again_in_ms != 0)
        wheel_put(&c->wheel, item, c->now_ms + c->again_in_ms);
}

static void advance(struct clockwork *c, uint64_t to_ms)
{
    while (c->now_ms < to_ms) {
        c->now_ms += 500;
        wheel_advance(&c->wheel, c->now_ms, look, c);
    }
}

static void never_early_and_at_most_two_ticks_late(void **state)
{
    static struct clockwork c;
    c = (struct clockwork){.now_ms = 12345};
    wheel_init(&c.wheel, c.now_ms);
    for (unsigned i = 0; i < ITEMS; i++) /* up to several rounds of the wheel */
        wheel_put(&c.wheel, &c.items[i], 12345 + i * 700);
    advance(&c, 12345 + ITEMS * 700 + 3000);
    assert_int_equal(c.fired, ITEMS);
    for (unsigned i = 0; i < ITEMS; i++) {
        uint64_t due = 12345 + i * 700;
        assert_true(c.fired_at[i] >= due);
        assert_true(c.fired_at[i] <= due + 2 * WHEEL_TICK_MS);
    }
}

static void items_move_and_leave(void **state)
{
    static struct clockwork c;
    c = (struct clockwork){0};
    wheel_init(&c.wheel, 0);
    wheel_put(&c.wheel, &c.items[0], 5000);
    wheel_put(&c.wheel, &c.items[1], 5000);
    wheel_put(&c.wheel, &c.items[2], 5000);
    wheel_put(&c.wheel, &c.items[1], 9000);
    wheel_remove(&c.items[2]);
    wheel_remove(&c.items[2]);
    advance(&c, 7000);
    assert_int_equal(c.fired, 1);
    advance(&c, 12000);
    assert_int_equal(c.fired, 2);
}

static void an_item_may_be_put_back_from_its_look(void **state)
{
    static struct clockwork c;
    c = (struct clockwork){.again_in_ms = 10000};
    wheel_init(&c.wheel, 0);
    wheel_put(&c.wheel, &c.items[0], 10000);
    advance(&c, 100500);
    assert_in_range(c.fired, 8, 10);
}

static void a_process_that_slept_catches_up(void **state)
{
    static struct clockwork c;
    c = (struct clockwork){0};
    wheel_init(&c.wheel, 0);
    for (unsigned i = 0; i < 100; i++)
        wheel_put(&c.wheel, &c.items[i], i * 10000);
    c.now_ms = UINT64_C(10000000000);
    wheel_advance(&c.wheel, c.now_ms, look, &c);
    assert_int_equal(c.fired, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_early_and_at_most_two_ticks_late),
        cmocka_unit_test(items_move_and_leave),
        cmocka_unit_test(an_item_may_be_put_back_from_its_look),
        cmocka_unit_test(a_process_that_slept_catches_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
