#include "calendar/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ZONE_NAME_MAX = 64 };

#define ZONEINFO "/usr/share/zoneinfo" /* where cctz looks, unless TZDIR says otherwise */

/* ---- zones ------------------------------------------------------------------------------------------------- */

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Parts of names begin with a capital letter; so neither "..", nor "posix/.." or "localtime", which are no zones. */
static bool is_zone_name(struct slice name)
{
    bool begins = true;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (begins && !(c >= 'A' && c <= 'Z'))
            return false;
        begins = c == '/';
        if (!begins && !is_letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '+')
            return false;
    }
    return name.len != 0 && name.len <= ZONE_NAME_MAX && !begins;
}

/* cctz remembers each name it is asked for, also those it does not find. */
static bool has_file(const char *name)
{
    char path[1024];
    struct stat st;
    const char *folder = getenv("TZDIR");
    int n = snprintf(path, sizeof path, "%s/%s", folder != NULL && *folder != '\0' ? folder : ZONEINFO, name);
    return n > 0 && (size_t)n < sizeof path && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

err_t time_zone_find(struct slice name, const char *field, struct time_zone *ret, struct problem *problem)
{
    char text[ZONE_NAME_MAX + 1];
    struct time_zone zone = {0};
    bool is_found = is_zone_name(name) && slice_to_cstr(name, text, sizeof text) &&
                    (slice_eq_str(name, "UTC") || (has_file(text) && zone_load(text, &zone)));
    if (!is_found)
        return fail(problem, ERR_INVALID, field,
                    "%s is '%.*s'; expected the name of a time zone such as Europe/Berlin", field,
                    name.len < ZONE_NAME_MAX ? (int)name.len : ZONE_NAME_MAX,
                    name.len != 0 ? (const char *)name.data : "");
    *ret = zone;
    return ERR_OK;
}

/* ---- intervals --------------------------------------------------------------------------------------------- */

bool interval_type_parse(struct slice name, enum interval_type *ret)
{
    static const char *const names[] = {"MILLISECONDS", "WEEK", "WEEK_ISO", "MONTH", "QUARTER"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_eq_str(name, names[i])) {
            *ret = (enum interval_type)i;
            return true;
        }
    }
    return false;
}

static int64_t milliseconds(int64_t seconds)
{
    int64_t ms;
    if (!__builtin_mul_overflow(seconds, 1000, &ms))
        return ms;
    return seconds > 0 ? INT64_MAX : INT64_MIN;
}

static struct interval at_length(int64_t length_ms, struct interval range, int64_t ts)
{
    int64_t start = ts - (ts - range.start_ms) % length_ms;
    return (struct interval){start, range.end_ms - start < length_ms ? range.end_ms : start + length_ms};
}

struct interval intervals_at(const struct intervals *intervals, struct interval range, int64_t ts)
{
    int64_t start, end;
    if (intervals->type == INTERVAL_MILLISECONDS)
        return at_length(intervals->length_ms, range, ts);
    zone_interval(intervals->zone, intervals->type, ts / 1000 - (ts % 1000 < 0), &start, &end);
    start = milliseconds(start);
    end = milliseconds(end);
    return (struct interval){start < range.start_ms ? range.start_ms : start,
                             end > range.end_ms ? range.end_ms : end};
}

int64_t intervals_count(const struct intervals *intervals, struct interval range)
{
    static const int64_t day_ms = 86400000;
    int64_t length = intervals->length_ms, span = range.end_ms - range.start_ms;
    if (intervals->type == INTERVAL_WEEK || intervals->type == INTERVAL_WEEK_ISO)
        length = 7 * day_ms;
    else if (intervals->type == INTERVAL_MONTH)
        length = 2629746000; /* of 400 years, whose 4800 months have 146097 days */
    else if (intervals->type == INTERVAL_QUARTER)
        length = 3 * 2629746000;
    return span / length + (span % length != 0);
}
