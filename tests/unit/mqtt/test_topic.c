#include "mqtt/topic.h"
#include "unit.h"

static void names(void **state)
{
    static const char *const good[] = {"a", "/", "a/b", "//", "v1/devices/me/telemetry", "$SYS/x", " "};
    static const char *const bad[] = {"", "+", "#", "a/+", "a/#", "a+b", "#/a"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(topic_check_name(slice_str(good[i]), NULL), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {0};
        assert_int_equal(topic_check_name(slice_str(bad[i]), &problem), ERR_INVALID);
        assert_string_not_equal(problem.text, "");
    }
}

static void length_is_limited(void **state)
{
    static uint8_t text[65536];
    memset(text, 'a', sizeof text);
    assert_int_equal(topic_check_name(slice_of(text, 65535), NULL), ERR_OK);
    assert_int_equal(topic_check_name(slice_of(text, 65536), NULL), ERR_INVALID);
    assert_int_equal(topic_check_filter(slice_of(text, 65535), NULL), ERR_OK);
    assert_int_equal(topic_check_filter(slice_of(text, 65536), NULL), ERR_INVALID);
}

static void filters(void **state)
{
    static const char *const good[] = {"a",          "#",           "+",      "+/+",       "a/#",
                                       "+/a/#",      "/",           "/+",     "a//b",      "$SYS/#",
                                       "$share/g/a", "$share/g/#",  "$share", "$shared/x", "$share/g//",
                                       "a/+/b/+/c",  "$share/g/+/b"};
    static const char *const bad[] = {"",           "a#",         "#/a",         "a/#/b",      "a+",
                                      "+a",         "a/+b",       "a/b+/c",      "##",         "++",
                                      "a/##",       "$share/",    "$share/g",    "$share/g/",  "$share//a",
                                      "$share/+/a", "$share/#/a", "$share/a+/b", "$share/g/a#"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(topic_check_filter_5(slice_str(good[i]), NULL), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct problem problem = {0};
        if (topic_check_filter_5(slice_str(bad[i]), &problem) != ERR_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_string_not_equal(problem.text, "");
    }
}

static void share_is_a_plain_name_before_5_0(void **state)
{
    static const char *const good[] = {"$share/",   "$share/g",   "$share/g/",
                                       "$share//a", "$share/+/a", "$share/#"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(topic_check_filter(slice_str(good[i]), NULL), ERR_OK);
    assert_int_equal(topic_check_filter(SLICE("$share/a+/b"), NULL), ERR_INVALID);
}

static void shared_is_recognised(void **state)
{
    assert_true(topic_is_shared(SLICE("$share/g/a")));
    assert_true(topic_is_shared(SLICE("$share/")));
    assert_false(topic_is_shared(SLICE("$share")));
    assert_false(topic_is_shared(SLICE("$shared/g/a")));
    assert_false(topic_is_shared(SLICE("a/$share/g")));
}

static void matching(void **state)
{
    static const struct {
        const char *filter, *name;
        bool matches;
    } rows[] = {
        {"a", "a", true},
        {"a", "b", false},
        {"a", "a/", false},
        {"a/", "a", false},
        {"a", "A", false},
        {"\xc3\x85", "\xc3\x85", true},
        {"\xc3\x85", "A\xcc\x8a", false}, /* the same letter, composed of two [MQTT-4.7.3-4] */
        {"a",
         "\xef\xbb\xbf"
         "a",
         false}, /* U+FEFF */
        {"a/b", "a/b", true},
        {"a/b", "a/bc", false},
        {"a/bc", "a/b", false},
        {"+", "a", true},
        {"+", "", true},
        {"+", "a/b", false},
        {"+", "/a", false},
        {"/+", "/a", true},
        {"+/+", "/a", true},
        {"a/+", "a/", true},
        {"a/+", "a", false},
        {"a/+/c", "a/b/c", true},
        {"a/+/c", "a//c", true},
        {"a/+/c", "a/b/d", false},
        {"a/+/c", "a/b/c/d", false},
        {"#", "a", true},
        {"#", "a/b/c", true},
        {"#", "/", true},
        {"a/#", "a", true},
        {"a/#", "a/", true},
        {"a/#", "a/b/c", true},
        {"a/#", "ab", false},
        {"a/#", "b/a", false},
        {"a/b/#", "a", false},
        {"+/#", "a", true},
        {"+/#", "a/b", true},
        {"+/b/#", "a/b", true},
        {"/#", "/", true},
        {"/#", "", true},
        {"#", "$SYS/a", false},
        {"+/a", "$SYS/a", false},
        {"$SYS/#", "$SYS/a", true},
        {"$SYS/+", "$SYS/a", true},
        {"a/+", "a/$x", true},
        {"v1/devices/me/rpc/request/+", "v1/devices/me/rpc/request/17", true},
        {"v1/devices/me/rpc/request/+", "v1/devices/me/rpc/request/17/x", false},
        {"v1/devices/me/attributes/response/+", "v1/devices/me/attributes", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (topic_matches(slice_str(rows[i].filter), slice_str(rows[i].name)) != rows[i].matches)
            fail_msg("%s against %s", rows[i].filter, rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),    cmocka_unit_test(length_is_limited),
        cmocka_unit_test(filters),  cmocka_unit_test(share_is_a_plain_name_before_5_0),
        cmocka_unit_test(matching), cmocka_unit_test(shared_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
