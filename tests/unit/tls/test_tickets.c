#include "unit.h"

#include "tls/tickets.h"

#include <string.h>

static struct tls_ticket make(uint8_t n)
{
    struct tls_ticket t = {.secret_len = 32, .suite = 0x1301, .has_certificate = true, .created_ms = 1000};
    memset(t.id, n, sizeof t.id);
    memset(t.secret, n, sizeof t.secret);
    return t;
}

static bool find(struct tls_tickets *tickets, uint8_t n, int64_t now_ms)
{
    struct tls_ticket want = make(n), got;
    bool found = tls_tickets_find(tickets, slice_of(want.id, sizeof want.id), now_ms, &got);
    if (found)
        assert_memory_equal(got.secret, want.secret, sizeof got.secret);
    return found;
}

static uint64_t add(struct tls_tickets *tickets, uint8_t n)
{
    struct tls_ticket t = make(n);
    return tls_tickets_add(tickets, &t);
}

static void oldest_makes_room(void **state)
{
    struct tls_tickets *tickets;
    assert_int_equal(tls_tickets_new(3, 60, &tickets), ERR_OK);
    for (uint8_t n = 1; n <= 5; n++)
        assert_int_equal(add(tickets, n), n);
    assert_false(find(tickets, 2, 1500));
    for (uint8_t n = 3; n <= 5; n++)
        assert_true(find(tickets, n, 1500));
    tls_tickets_free(tickets);
}

static void lifetime_ends(void **state)
{
    struct tls_tickets *tickets;
    assert_int_equal(tls_tickets_new(3, 60, &tickets), ERR_OK);
    add(tickets, 1);
    assert_true(find(tickets, 1, 60999));
    assert_false(find(tickets, 1, 61000));
    assert_false(find(tickets, 1, 0)); /* from the future: the clock was set back */
    assert_false(tls_tickets_find(tickets, SLICE("short"), 1000, &(struct tls_ticket){0}));
    tls_tickets_free(tickets);
}

static void a_device_loses_all_its_tickets(void **state)
{
    struct tls_tickets *tickets;
    assert_int_equal(tls_tickets_new(10, 60, &tickets), ERR_OK);
    uint64_t one = add(tickets, 1), two = add(tickets, 2), three = add(tickets, 3);
    tls_tickets_bind(tickets, one, 7);
    tls_tickets_bind(tickets, two, 8);
    tls_tickets_bind(tickets, three, 7);
    tls_tickets_drop_device(tickets, 7);
    assert_false(find(tickets, 1, 1500));
    assert_true(find(tickets, 2, 1500));
    assert_false(find(tickets, 3, 1500));
    tls_tickets_drop(tickets, two);
    assert_false(find(tickets, 2, 1500));
    tls_tickets_bind(tickets, two, 9); /* gone: no effect */
    tls_tickets_free(tickets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oldest_makes_room),
        cmocka_unit_test(lifetime_ends),
        cmocka_unit_test(a_device_loses_all_its_tickets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
