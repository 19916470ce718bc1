#include "store/aggregate.h"
#include "unit.h"

#include <float.h>
#include <stdio.h>

struct result {
    char text[256]; /* "ts=value;ts=value;" */
    size_t len;
};

static void note(struct aggregate *a, struct result *r)
{
    struct point point;
    AUTO_BUF out = {0};
    if (!aggregate_take(a, &point))
        return;
    value_append_text(&point.value, &out);
    r->len += (size_t)snprintf(r->text + r->len, sizeof r->text - r->len, "%lld=%s;", (long long)point.ts,
                               buf_cstr(&out));
}

struct sample {
    int64_t ts;
    struct value value;
};

#define LONG(v)                                                                                              \
    {                                                                                                        \
        VALUE_LONG, .number = (v)                                                                            \
    }
#define REAL(v)                                                                                              \
    {                                                                                                        \
        VALUE_DOUBLE, .real = (v)                                                                            \
    }
#define TEXT(v)                                                                                              \
    {                                                                                                        \
        VALUE_STRING, .text = SLICE(v)                                                                       \
    }
#define BOOL(v)                                                                                              \
    {                                                                                                        \
        VALUE_BOOLEAN, .boolean = (v)                                                                        \
    }
#define JSON(v)                                                                                              \
    {                                                                                                        \
        VALUE_JSON, .text = SLICE(v)                                                                         \
    }

static void add(struct aggregate *a, const struct sample *sample, struct result *r)
{
    if (aggregate_is_due(a, sample->ts))
        note(a, r);
    aggregate_add(a, sample->ts, &sample->value);
}

static void assert_aggregate(enum aggregation aggregation, const struct sample *samples, size_t count,
                             const char *expected)
{
    struct series_range range = {.start_ms = 100, .end_ms = 125, .intervals.length_ms = 10};
    struct result forward = {0}, backward = {0};
    struct aggregate a;
    range.aggregation = aggregation;
    aggregate_init(&a, &range);
    for (size_t i = 0; i < count; i++)
        add(&a, &samples[i], &forward);
    note(&a, &forward);
    aggregate_fini(&a);
    assert_string_equal(forward.text, expected);
    aggregate_init(&a, &range);
    for (size_t i = count; i-- > 0;)
        add(&a, &samples[i], &backward);
    note(&a, &backward);
    aggregate_fini(&a);
    assert_int_equal(backward.len, forward.len);
}

static void longs_stay_longs(void **state)
{
    static const struct sample s[] = {{100, LONG(3)}, {109, LONG(-4)}, {110, LONG(7)}, {124, LONG(9)}};
    assert_aggregate(AGG_MIN, s, 4, "105=-4;115=7;122=9;");
    assert_aggregate(AGG_MAX, s, 4, "105=3;115=7;122=9;");
    assert_aggregate(AGG_SUM, s, 4, "105=-1;115=7;122=9;");
    assert_aggregate(AGG_AVG, s, 4, "105=-0.5;115=7.0;122=9.0;");
    assert_aggregate(AGG_COUNT, s, 4, "105=2;115=1;122=1;");
}

static void doubles_make_doubles(void **state)
{
    static const struct sample s[] = {{100, LONG(3)}, {101, REAL(2.5)}, {102, REAL(-1)}};
    assert_aggregate(AGG_MIN, s, 3, "105=-1.0;");
    assert_aggregate(AGG_MAX, s, 3, "105=3.0;");
    assert_aggregate(AGG_SUM, s, 3, "105=4.5;");
    assert_aggregate(AGG_AVG, s, 3, "105=1.5;");
}

static void text_is_compared_by_bytes(void **state)
{
    static const struct sample s[] = {{100, TEXT("b")}, {101, TEXT("ab")}, {102, TEXT("a")}, {103, TEXT("")}};
    assert_aggregate(AGG_MIN, s, 3, "105=a;");
    assert_aggregate(AGG_MIN, s, 4, "105=;");
    assert_aggregate(AGG_MAX, s, 4, "105=b;");
    assert_aggregate(AGG_COUNT, s, 4, "105=4;");
    assert_aggregate(AGG_SUM, s, 4, "");
    assert_aggregate(AGG_AVG, s, 4, "");
}

static void other_types_only_count(void **state)
{
    static const struct sample s[] = {
        {100, BOOL(true)}, {105, JSON("{}")}, {111, BOOL(false)}, {112, LONG(5)}};
    assert_aggregate(AGG_COUNT, s, 4, "105=2;115=2;");
    assert_aggregate(AGG_MIN, s, 4, "115=5;");
    assert_aggregate(AGG_AVG, s, 4, "115=5.0;");
}

static void numbers_go_before_text(void **state)
{
    static const struct sample s[] = {{100, TEXT("0")}, {101, LONG(5)}, {102, TEXT("zz")}};
    assert_aggregate(AGG_MIN, s, 3, "105=5;");
    assert_aggregate(AGG_MAX, s, 3, "105=5;");
}

static void sums_beyond_64_bits_go_on_as_doubles(void **state)
{
    static const struct sample up[] = {{100, LONG(INT64_MAX)}, {101, LONG(INT64_MAX)}, {102, LONG(-1)}};
    static const struct sample down[] = {{100, LONG(INT64_MIN)}, {101, LONG(INT64_MIN)}};
    static const struct sample huge[] = {{100, REAL(DBL_MAX)}, {101, REAL(DBL_MAX)}};
    assert_aggregate(AGG_SUM, up, 3, "105=1.8446744073709552E19;");
    assert_aggregate(AGG_AVG, up, 3, "105=6.148914691236517E18;");
    assert_aggregate(AGG_MAX, up, 3, "105=9223372036854775807;");
    assert_aggregate(AGG_SUM, down, 2, "105=-1.8446744073709552E19;");
    assert_aggregate(AGG_SUM, huge, 2, "105=1.7976931348623157E308;");
}

static void an_interval_is_taken_once(void **state)
{
    struct series_range range = {.end_ms = 1000, .intervals.length_ms = 10, .aggregation = AGG_COUNT};
    struct value value = LONG(1);
    struct point point;
    struct aggregate a;
    aggregate_init(&a, &range);
    assert_false(aggregate_take(&a, &point));
    aggregate_add(&a, 7, &value);
    assert_false(aggregate_is_due(&a, 9));
    assert_true(aggregate_is_due(&a, 10));
    assert_true(aggregate_take(&a, &point));
    assert_int_equal(point.ts, 5);
    assert_false(aggregate_is_due(&a, 10));
    assert_false(aggregate_take(&a, &point));
    aggregate_fini(&a);
}

static void huge_intervals_do_not_overflow(void **state)
{
    struct series_range range = {.start_ms = 5, .end_ms = INT64_MAX, .intervals.length_ms = INT64_MAX};
    static const struct sample s[] = {{5, LONG(1)}, {INT64_MAX - 1, LONG(1)}};
    struct result r = {0};
    struct aggregate a;
    range.aggregation = AGG_SUM;
    aggregate_init(&a, &range);
    add(&a, &s[0], &r);
    add(&a, &s[1], &r);
    note(&a, &r);
    aggregate_fini(&a);
    assert_string_equal(r.text, "4611686018427387906=2;");
}

static void weeks_and_months_begin_where_the_calendar_says(void **state)
{
    /* 2024: Sunday, 3 March, 12:00 UTC; Monday 4 March, 00:00; Monday 1 April, 00:00 */
    static const struct sample s[] = {
        {1709467200000, LONG(1)}, {1709510400000, LONG(2)}, {1711929600000, LONG(4)}};
    struct series_range range = {.start_ms = 1709467200000, .end_ms = 1711929600001, .aggregation = AGG_SUM};
    static const struct {
        enum interval_type type;
        const char *expected;
    } cases[] = {
        {INTERVAL_WEEK, "1709748000000=3;1711886400000=4;"},
        {INTERVAL_WEEK_ISO, "1709488800000=1;1709812800000=2;1711929600000=4;"},
        {INTERVAL_MONTH, "1710698400000=3;1711929600000=4;"},
        {INTERVAL_QUARTER, "1710698400000=3;1711929600000=4;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct result r = {0};
        struct aggregate a;
        range.intervals.type = cases[i].type;
        aggregate_init(&a, &range);
        for (size_t k = 0; k < 3; k++)
            add(&a, &s[k], &r);
        note(&a, &r);
        aggregate_fini(&a);
        assert_string_equal(r.text, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longs_stay_longs),
        cmocka_unit_test(doubles_make_doubles),
        cmocka_unit_test(text_is_compared_by_bytes),
        cmocka_unit_test(other_types_only_count),
        cmocka_unit_test(numbers_go_before_text),
        cmocka_unit_test(sums_beyond_64_bits_go_on_as_doubles),
        cmocka_unit_test(an_interval_is_taken_once),
        cmocka_unit_test(huge_intervals_do_not_overflow),
        cmocka_unit_test(weeks_and_months_begin_where_the_calendar_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
