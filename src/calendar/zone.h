/**
 * @file zone.h - the seam between calendar.c and cctz: plain types that C and C++ read alike. calendar.h is the manual.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum interval_type {
    INTERVAL_MILLISECONDS,
    INTERVAL_WEEK,     /* from Sunday */
    INTERVAL_WEEK_ISO, /* from Monday */
    INTERVAL_MONTH,
    INTERVAL_QUARTER,
};

/** `{0}` is UTC. A value: copy it. */
struct time_zone {
    const void *impl; /* lives as long as the process */
};

/** @param name  a zone that is there: cctz remembers others for ever. false: its file is none. Blocks. */
bool zone_load(const char *name, struct time_zone *ret);

/** First second of the calendar's week, month or quarter that holds @p second, and of the next one. */
void zone_interval(struct time_zone zone, enum interval_type type, int64_t second, int64_t *ret_start,
                   int64_t *ret_end);

#ifdef __cplusplus
}
#endif
