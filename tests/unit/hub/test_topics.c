#include "unit.h"

#include "hub/topics.h"

static void publishes_are_told_apart(void **state)
{
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/telemetry")).topic, TOPIC_TELEMETRY);
    assert_int_equal(topic_of_publish(SLICE("v2/t")).topic, TOPIC_TELEMETRY);
    assert_int_equal(topic_of_publish(SLICE("v2/t/j")).topic, TOPIC_TELEMETRY);
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/attributes")).topic, TOPIC_ATTRIBUTES);
    assert_int_equal(topic_of_publish(SLICE("v2/a/j")).topic, TOPIC_ATTRIBUTES);
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/telemetry/")).topic, TOPIC_UNKNOWN);
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me")).topic, TOPIC_UNKNOWN);
    assert_int_equal(topic_of_publish(SLICE("")).topic, TOPIC_UNKNOWN);
}

static void answers_go_where_the_request_came_from(void **state)
{
    static const char *const pairs[][2] = {
        {"v1/devices/me/attributes/request/7", "v1/devices/me/attributes/response/7"},
        {"v2/a/req/2147483647", "v2/a/res/2147483647"},
        {"v2/a/req/j/0", "v2/a/res/j/0"},
        {"v2/a/req/p/3", "v2/a/res/p/3"},
        {"v1/devices/me/rpc/request/8", "v1/devices/me/rpc/response/8"},
        {"v2/r/req/9", "v2/r/res/9"},
        {"v2/fw/request/1/chunk/22", "v2/fw/response/1/chunk/22"},
        {"v2/sw/request/2147483647/chunk/2147483647", "v2/sw/response/2147483647/chunk/2147483647"},
        {"/provision/request", "/provision/response"},
        {"v1/gateway/attributes/request", "v1/gateway/attributes/response"},
    };
    char answer[TOPIC_OUT_SIZE];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct topic_match match = topic_of_publish(slice_str(pairs[i][0]));
        assert_int_not_equal(match.topic, TOPIC_UNKNOWN);
        topic_of_answer(&match, answer);
        assert_string_equal(answer, pairs[i][1]);
    }
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/attributes/request/")).topic, TOPIC_UNKNOWN);
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/attributes/request/-1")).topic, TOPIC_UNKNOWN);
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/attributes/request/2147483648")).topic,
                     TOPIC_UNKNOWN);
    assert_int_equal(topic_of_publish(SLICE("v1/devices/me/attributes/request/1/2")).topic, TOPIC_UNKNOWN);
}

static void only_the_apis_topics_may_be_subscribed(void **state)
{
    static const char *const good[] = {
        "v1/devices/me/attributes",
        "v1/devices/me/attributes/response/+",
        "v1/devices/me/rpc/request/+",
        "v1/devices/me/attributes/response/5",
        "v2/a/res/j/+",
        "v1/devices/me/#",
        "#",
        "v1/+/me/attributes",
        "v1/devices/me/attributes/#",
    };
    static const char *const bad[] = {
        "v1/devices/other/attributes",
        "$SYS/#",
        "v1/devices/me/telemetry",
        "v1/devices/me/attributes/response",
        "v1/devices/me/attributes/response/+/x",
        "a",
        "+",
        "v1/devices/me/attributes/",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!topic_may_subscribe(slice_str(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (topic_may_subscribe(slice_str(bad[i])))
            fail_msg("granted: %s", bad[i]);
}

static void filters_that_bring_calls(void **state)
{
    static const char *const yes[] = {"v1/devices/me/rpc/request/+",
                                      "v2/r/req/+",
                                      "v2/r/req/j/+",
                                      "v2/r/req/p/+",
                                      "v1/gateway/rpc",
                                      "v1/gateway/+",
                                      "v1/devices/me/rpc/#",
                                      "#"};
    static const char *const no[] = {"v1/devices/me/attributes", "v1/devices/me/rpc/response/+", "v2/r/res/+",
                                     "v1/gateway/attributes", "v2/a"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(topic_brings_calls(slice_str(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(topic_brings_calls(slice_str(no[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishes_are_told_apart),
        cmocka_unit_test(answers_go_where_the_request_came_from),
        cmocka_unit_test(only_the_apis_topics_may_be_subscribed),
        cmocka_unit_test(filters_that_bring_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
