/**
 * @file calendar.h - intervals of time, of one length or of the calendar of a time zone.
 *
 * Zones are those of the system's zoneinfo (package tzdata), read by cctz: thread-safe, without the process's TZ. Years
 * beyond the tables follow the zone's last rule. Any thread.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"
#include "calendar/zone.h"

struct intervals {
    enum interval_type type;
    int64_t length_ms;     /* with INTERVAL_MILLISECONDS, > 0 */
    struct time_zone zone; /* with the others */
};

struct interval {
    int64_t start_ms, end_ms; /* the end is the first that does not belong to it */
};

/**
 * A zone by its IANA name ("Europe/Berlin", "UTC"). A name that could lead out of the zoneinfo folder is refused before
 * any file is looked at.
 * @return ERR_OK · ERR_INVALID (names @p field and what was found). Blocks on the file at the zone's first use.
 */
MUST_USE err_t time_zone_find(struct slice name, const char *field, struct time_zone *ret,
                              struct problem *problem);

/** "MILLISECONDS", "WEEK", .. */
bool interval_type_parse(struct slice name, enum interval_type *ret);

/**
 * The interval that holds @p ts, cut to @p range, which must hold @p ts. With MILLISECONDS they follow each other from the
 * range's start; the others begin at the local midnight of their first day.
 */
struct interval intervals_at(const struct intervals *intervals, struct interval range, int64_t ts);

/** How many fit into the range; with those of the calendar an estimate that is at most a few too low or high. */
int64_t intervals_count(const struct intervals *intervals, struct interval range);
