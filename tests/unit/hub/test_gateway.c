#include "hub/gateway.h"

#include "unit.h"

#include <stdio.h>

enum { MAX = 3000 };

static struct gateways *all;
static struct gateway *one, *two;

static int set_up(void **state)
{
    assert_int_equal(gateways_new(&all), ERR_OK);
    assert_int_equal(gateway_new(all, 11, MAX, &one), ERR_OK);
    assert_int_equal(gateway_new(all, 12, MAX, &two), ERR_OK);
    return 0;
}

static void remove_all(struct gateway *gateway)
{
    struct gateway_device *device;
    while ((device = gateway_first(gateway)) != NULL)
        gateway_remove(device);
}

static int tear_down(void **state)
{
    remove_all(one);
    remove_all(two);
    gateway_free(one);
    gateway_free(two);
    gateways_free(all);
    return 0;
}

static struct gateway_device *add(struct gateway *gateway, const char *name, uint64_t number)
{
    struct gateway_device *device;
    assert_int_equal(gateway_add(gateway, slice_str(name), number, &device, NULL), ERR_OK);
    return device;
}

static void devices_are_found_by_name_and_number(void **state)
{
    struct gateway_device *a = add(one, "A", 5), *b = add(one, "B", 6);
    assert_ptr_equal(gateway_find(one, SLICE("A")), a);
    assert_ptr_equal(gateway_find(one, SLICE("B")), b);
    assert_ptr_equal(gateway_find_number(one, 5), a);
    assert_int_equal(a->number, 5);
    assert_true(slice_eq_str(gateway_device_name(b), "B"));
    assert_null(gateway_find(one, SLICE("a")));
    assert_null(gateway_find(one, SLICE("")));
    assert_null(gateway_find(one, slice_of(NULL, 0)));
    assert_null(gateway_find(two, SLICE("A")));
    assert_null(gateway_find_number(two, 5));
    gateway_remove(a);
    assert_null(gateway_find(one, SLICE("A")));
    assert_null(gateway_find_number(one, 5));
    assert_ptr_equal(gateway_find(one, SLICE("B")), b);
}

static void a_device_may_be_on_several_connections(void **state)
{
    struct gateway_device *first = add(one, "A", 5), *second = add(two, "A", 5);
    assert_ptr_equal(gateway_find_number(one, 5), first);
    assert_ptr_equal(gateway_find_number(two, 5), second);
    assert_int_equal(second->gateway->client, 12);
    unsigned n = 0;
    for (struct gateway_device *device; (device = gateways_carrier(all, 5)) != NULL; n++)
        gateway_remove(device);
    assert_int_equal(n, 2);
    assert_null(gateway_first(one));
    assert_null(gateway_first(two));
}

static void a_claim_leads_to_its_device(void **state)
{
    struct gateway_device *a = add(one, "A", 5), *b = add(one, "B", 6);
    a->claim = (struct seat_claim *)(void *)&all; /* any address */
    b->claim = (struct seat_claim *)(void *)&one;
    assert_ptr_equal(gateway_find_claim(one, b->claim), b);
    assert_null(gateway_find_claim(two, b->claim));
}

static void a_connection_carries_so_many_and_no_more(void **state)
{
    struct problem problem = {0};
    struct gateway_device *device;
    char name[32];
    for (unsigned i = 0; i < MAX; i++) {
        snprintf(name, sizeof name, "device %u", i);
        (void)add(one, name, 100 + i);
    }
    assert_int_equal(gateway_add(one, SLICE("one more"), 99, &device, &problem), ERR_LIMIT);
    assert_string_equal(problem.text, "more than 3000 devices on one connection (mqtt.max_gateway_devices)");
    assert_int_equal(gateway_check_room(two, MAX, NULL), ERR_OK);
    assert_int_equal(gateway_check_room(two, MAX + 1, NULL), ERR_LIMIT);
    assert_int_equal(gateway_find(one, SLICE("device 2999"))->number, 100 + 2999);
    gateway_remove(gateway_find(one, SLICE("device 7")));
    (void)add(one, "one more", 99);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(devices_are_found_by_name_and_number),
        TEST(a_device_may_be_on_several_connections),
        TEST(a_claim_leads_to_its_device),
        TEST(a_connection_carries_so_many_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
