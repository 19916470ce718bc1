#include "calendar/calendar.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct interval all = {0, INT64_MAX};

static struct time_zone zone_of(const char *name)
{
    struct time_zone zone = {0};
    struct problem problem = {0};
    if (time_zone_find(slice_str(name), "timeZone", &zone, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return zone;
}

/* "2024-03-31T00:00:00Z" as milliseconds. */
static int64_t at(const char *text)
{
    struct tm tm = {0};
    assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm));
    return (int64_t)timegm(&tm) * 1000;
}

static void assert_interval(const char *zone, enum interval_type type, const char *ts, const char *start,
                            const char *end)
{
    struct intervals intervals = {.type = type, .zone = zone_of(zone)};
    struct interval found = intervals_at(&intervals, all, at(ts));
    if (found.start_ms != at(start) || found.end_ms != at(end))
        fail_msg("%s in %s: %lld to %lld; expected %lld to %lld", ts, zone, (long long)found.start_ms / 1000,
                 (long long)found.end_ms / 1000, (long long)at(start) / 1000, (long long)at(end) / 1000);
    /* every moment of it is in it, and its neighbours are not */
    assert_int_equal(intervals_at(&intervals, all, found.start_ms).start_ms, found.start_ms);
    assert_int_equal(intervals_at(&intervals, all, found.end_ms - 1).start_ms, found.start_ms);
    assert_int_equal(intervals_at(&intervals, all, found.end_ms).start_ms, found.end_ms);
    assert_int_equal(intervals_at(&intervals, all, found.start_ms - 1).end_ms, found.start_ms);
}

static void weeks_begin_on_sunday_or_monday(void **state)
{
    assert_interval("UTC", INTERVAL_WEEK, "2024-03-06T12:00:00Z", "2024-03-03T00:00:00Z",
                    "2024-03-10T00:00:00Z");
    assert_interval("UTC", INTERVAL_WEEK, "2024-03-03T00:00:00Z", "2024-03-03T00:00:00Z",
                    "2024-03-10T00:00:00Z");
    assert_interval("UTC", INTERVAL_WEEK_ISO, "2024-03-03T23:59:59Z", "2024-02-26T00:00:00Z",
                    "2024-03-04T00:00:00Z");
}

static void months_and_quarters_have_their_length(void **state)
{
    assert_interval("UTC", INTERVAL_MONTH, "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z",
                    "2024-03-01T00:00:00Z");
    assert_interval("UTC", INTERVAL_MONTH, "2023-12-31T23:59:59Z", "2023-12-01T00:00:00Z",
                    "2024-01-01T00:00:00Z");
    assert_interval("UTC", INTERVAL_QUARTER, "2024-12-31T12:00:00Z", "2024-10-01T00:00:00Z",
                    "2025-01-01T00:00:00Z");
    assert_interval("UTC", INTERVAL_QUARTER, "2024-05-01T00:00:00Z", "2024-04-01T00:00:00Z",
                    "2024-07-01T00:00:00Z");
}

static void days_are_those_of_the_zone(void **state)
{
    /* 22:30 in UTC is the next month in Berlin in summer */
    assert_interval("Europe/Berlin", INTERVAL_MONTH, "2024-06-30T22:30:00Z", "2024-06-30T22:00:00Z",
                    "2024-07-31T22:00:00Z");
    assert_interval("Pacific/Kiritimati", INTERVAL_MONTH, "2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z",
                    "2024-02-29T10:00:00Z");
    assert_interval("Asia/Kathmandu", INTERVAL_WEEK_ISO, "2024-03-03T18:15:00Z", "2024-03-03T18:15:00Z",
                    "2024-03-10T18:15:00Z");
}

static void intervals_across_a_change_of_clocks_are_shorter_or_longer(void **state)
{
    /* Berlin: 31 March 2024 has 23 hours, 27 October 25 */
    assert_interval("Europe/Berlin", INTERVAL_WEEK_ISO, "2024-03-27T12:00:00Z", "2024-03-24T23:00:00Z",
                    "2024-03-31T22:00:00Z");
    assert_interval("Europe/Berlin", INTERVAL_WEEK_ISO, "2024-10-27T12:00:00Z", "2024-10-20T22:00:00Z",
                    "2024-10-27T23:00:00Z");
    assert_interval("America/New_York", INTERVAL_MONTH, "2024-03-15T00:00:00Z", "2024-03-01T05:00:00Z",
                    "2024-04-01T04:00:00Z");
    assert_interval("Europe/Berlin", INTERVAL_QUARTER, "2024-11-15T00:00:00Z", "2024-09-30T22:00:00Z",
                    "2024-12-31T23:00:00Z");
}

/* Santiago, 8 September 2019, a Sunday: at 00:00 it became 01:00. */
static void a_midnight_that_is_skipped_is_the_moment_of_the_change(void **state)
{
    assert_interval("America/Santiago", INTERVAL_WEEK, "2019-09-10T12:00:00Z", "2019-09-08T04:00:00Z",
                    "2019-09-15T03:00:00Z");
    assert_interval("America/Santiago", INTERVAL_WEEK, "2019-09-08T03:59:59Z", "2019-09-01T04:00:00Z",
                    "2019-09-08T04:00:00Z");
}

/* St. John's, 29 October 2006, a Sunday: at 00:01 it became 23:01 of Saturday again. */
static void a_day_that_comes_back_belongs_to_what_has_begun(void **state)
{
    assert_interval("America/St_Johns", INTERVAL_WEEK, "2006-10-29T02:45:00Z", "2006-10-29T02:30:00Z",
                    "2006-11-05T03:30:00Z");
    assert_interval("America/St_Johns", INTERVAL_WEEK, "2006-10-29T03:15:00Z", "2006-10-29T02:30:00Z",
                    "2006-11-05T03:30:00Z");
}

static void years_beyond_the_tables_follow_the_last_rule(void **state)
{
    assert_interval("Europe/Berlin", INTERVAL_MONTH, "2100-07-15T00:00:00Z", "2100-06-30T22:00:00Z",
                    "2100-07-31T22:00:00Z");
    struct intervals intervals = {.type = INTERVAL_MONTH, .zone = zone_of("Europe/Berlin")};
    struct interval last = intervals_at(&intervals, all, INT64_MAX - 1);
    assert_true(last.start_ms < INT64_MAX && last.end_ms == INT64_MAX);
}

static void intervals_are_cut_to_the_range(void **state)
{
    struct interval range = {at("2024-03-10T00:00:00Z"), at("2024-03-20T00:00:00Z")}, found;
    struct intervals intervals = {.type = INTERVAL_MONTH};
    found = intervals_at(&intervals, range, at("2024-03-15T00:00:00Z"));
    assert_true(found.start_ms == range.start_ms && found.end_ms == range.end_ms);
    intervals = (struct intervals){.length_ms = 7 * 86400000};
    found = intervals_at(&intervals, range, at("2024-03-18T00:00:00Z"));
    assert_true(found.start_ms == at("2024-03-17T00:00:00Z") && found.end_ms == range.end_ms);
    assert_int_equal(intervals_count(&intervals, range), 2);
}

static void counts_are_near(void **state)
{
    struct interval range = {at("2000-01-01T00:00:00Z"), at("2024-01-01T00:00:00Z")};
    assert_in_range(intervals_count(&(struct intervals){.type = INTERVAL_MONTH}, range), 287, 289);
    assert_in_range(intervals_count(&(struct intervals){.type = INTERVAL_QUARTER}, range), 95, 97);
    assert_in_range(intervals_count(&(struct intervals){.type = INTERVAL_WEEK}, range), 1252, 1253);
    assert_int_equal(intervals_count(&(struct intervals){.length_ms = 1}, all), INT64_MAX);
}

static void names_that_are_no_zones_are_refused(void **state)
{
    static const char *const names[] = {
        "",
        "Mars/Olympus",
        "../../etc/passwd",
        "Europe/../../../../etc/passwd",
        "/etc/localtime",
        "/Europe/Berlin",
        "Europe/",
        "Europe",
        "Europe//Berlin",
        "localtime",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "tzdata.zi",
        "file:Europe/Berlin",
        "libc:localtime",
        "Fixed/UTC+01:00:00",
        "Europe/Ber\nlin",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct time_zone zone;
        struct problem problem = {0};
        assert_int_equal(time_zone_find(slice_str(names[i]), "timeZone", &zone, &problem), ERR_INVALID);
        assert_string_equal(problem.field, "timeZone");
    }
    struct time_zone zone;
    assert_int_equal(time_zone_find(SLICE("UTC\0x"), "timeZone", &zone, NULL), ERR_INVALID);
}

int main(void)
{
    setenv("TZ", "Asia/Tokyo", 1); /* which must not matter */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_begin_on_sunday_or_monday),
        cmocka_unit_test(months_and_quarters_have_their_length),
        cmocka_unit_test(days_are_those_of_the_zone),
        cmocka_unit_test(intervals_across_a_change_of_clocks_are_shorter_or_longer),
        cmocka_unit_test(a_midnight_that_is_skipped_is_the_moment_of_the_change),
        cmocka_unit_test(a_day_that_comes_back_belongs_to_what_has_begun),
        cmocka_unit_test(years_beyond_the_tables_follow_the_last_rule),
        cmocka_unit_test(intervals_are_cut_to_the_range),
        cmocka_unit_test(counts_are_near),
        cmocka_unit_test(names_that_are_no_zones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
