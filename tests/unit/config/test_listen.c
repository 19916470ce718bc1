#include "config/listen.h"
#include "unit.h"

static void assert_listens(const char *text, const char *host, unsigned port)
{
    struct listen_address a = {0};
    assert_true(listen_address_parse(slice_str(text), &a));
    assert_true(a.is_on);
    assert_string_equal(a.host, host);
    assert_int_equal(a.port, port);
}

static void addresses_and_names_are_split_at_the_port(void **state)
{
    assert_listens("0.0.0.0:8883", "0.0.0.0", 8883);
    assert_listens("  [::1]:8883\r\n", "::1", 8883);
    assert_listens("[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1);
    assert_listens("iot.example:65535", "iot.example", 65535);
    assert_listens("localhost:0", "localhost", 0);
}

static void nothing_means_off(void **state)
{
    struct listen_address a = {.host = "x", .is_on = true};
    assert_true(listen_address_parse(SLICE(" \t"), &a));
    assert_false(a.is_on);
    assert_string_equal(a.host, "");
}

static void wrong_forms_are_refused_and_change_nothing(void **state)
{
    static const char *const wrong[] = {
        "8883",      ":8883",   "host:",        "host:65536", "host:-1",     "host:8x",           "::1:8883",
        "[::1]8883", "[::1]",   "[1.2.3.4]:80", "1.2.3:80",   "1.2.3.4.5:1", "256.0.0.1:1",       "-a:80",
        "a-:80",     "a..b:80", ".:80",         "a b:80",     "\xc3\xa4:80", "[fe80::1%eth0]:80",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct listen_address a = {.host = "kept", .port = 7};
        if (listen_address_parse(slice_str(wrong[i]), &a))
            fail_msg("accepted: %s", wrong[i]);
        assert_string_equal(a.host, "kept");
        assert_int_equal(a.port, 7);
    }
    struct listen_address a;
    assert_false(listen_address_parse(SLICE("ho\0st:80"), &a));
}

static void hosts_are_bounded(void **state)
{
    char name[300], label[] = "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc.";
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = label[i % 64];
    assert_true(listen_host_is_valid(slice_of(name, 253)));
    assert_false(listen_host_is_valid(slice_of(name, 254)));
    label[63] = 'x';
    assert_false(listen_host_is_valid(slice_of(label, 64)));
    assert_false(listen_host_is_valid(SLICE("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_names_are_split_at_the_port),
        cmocka_unit_test(nothing_means_off),
        cmocka_unit_test(wrong_forms_are_refused_and_change_nothing),
        cmocka_unit_test(hosts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
