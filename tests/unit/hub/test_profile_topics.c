#include "hub/profile_topics.h"

#include "unit.h"

static struct profile_config with(const char *telemetry, const char *attributes, const char *subscribe)
{
    return (struct profile_config){.telemetry_filter = slice_str(telemetry),
                                   .attributes_filter = slice_str(attributes),
                                   .attributes_subscribe_filter = slice_str(subscribe)};
}

static enum device_topic meaning(const struct profile_config *profile, const char *name)
{
    return profile_topic_match(profile, slice_str(name)).topic;
}

static void filters_give_topics_a_meaning(void **state)
{
    struct profile_config p = with("plant/+/data", "plant/+/info/#", "plant/info");
    assert_int_equal(meaning(&p, "plant/7/data"), TOPIC_TELEMETRY);
    assert_int_equal(meaning(&p, "plant//data"), TOPIC_TELEMETRY);
    assert_int_equal(meaning(&p, "plant/7/info"), TOPIC_ATTRIBUTES);
    assert_int_equal(meaning(&p, "plant/7/info/a/b"), TOPIC_ATTRIBUTES);
    assert_int_equal(meaning(&p, "plant/7/data/x"), TOPIC_UNKNOWN);
    assert_int_equal(meaning(&p, "plant/data"), TOPIC_UNKNOWN);
    p = with("#", "a/#", "s");
    assert_int_equal(meaning(&p, "a/b"), TOPIC_ATTRIBUTES);
    assert_int_equal(meaning(&p, "b"), TOPIC_TELEMETRY);
    assert_int_equal(meaning(&p, "$SYS/b"), TOPIC_UNKNOWN);
    assert_int_equal(profile_topic_match(&p, SLICE("b")).form, FORM_LONG);
}

static void changes_go_where_both_filters_allow(void **state)
{
    static const char *const rows[][3] = {
        /* the profile's, the client's, the topic */
        {"plant/info", "plant/info", "plant/info"},
        {"plant/info", "plant/+", "plant/info"},
        {"plant/info", "#", "plant/info"},
        {"plant/info", "plant/info/#", "plant/info"},
        {"plant/info", "plant", NULL},
        {"plant/info", "plant/info/x", NULL},
        {"plant/info", "plant/infos", NULL},
        {"plant/+/info", "plant/7/info", "plant/7/info"},
        {"plant/+/info", "plant/+/info", "plant/me/info"},
        {"plant/+/info", "plant/#", "plant/me/info"},
        {"plant/+/info", "+/7/+", "plant/7/info"},
        {"plant/#", "plant/7/+", "plant/7/me"},
        {"plant/#", "plant", "plant"},
        {"plant/#", "plant/#", "plant"},
        {"#", "a/+", "a/me"},
        {"#", "#", NULL},
        {"/a", "+/a", "/a"},
        {"a//b", "a/+/b", "a//b"},
        {"a/", "a/+", "a/"},
        {"a/", "a", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct profile_config p = with("t", "a", rows[i][0]);
        AUTO_BUF topic = {0};
        bool is_there = profile_attributes_topic(&p, slice_str(rows[i][1]), &topic);
        if (is_there != (rows[i][2] != NULL) || (is_there && strcmp(buf_cstr(&topic), rows[i][2]) != 0))
            fail_msg("%s and %s: '%s'", rows[i][0], rows[i][1], buf_cstr(&topic));
    }
}

static void the_platforms_topic_is_nobodys_own(void **state)
{
    struct profile_config p = with("t", "a", PROFILE_ATTRIBUTES_TOPIC);
    assert_false(profile_has_attributes_topic(&p));
    p = with("t", "a", "plant/info");
    assert_true(profile_has_attributes_topic(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_give_topics_a_meaning),
        cmocka_unit_test(changes_go_where_both_filters_allow),
        cmocka_unit_test(the_platforms_topic_is_nobodys_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
