#include "calendar/zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <cstring>
#include <exception>
#include <type_traits>

namespace
{

static_assert(sizeof(cctz::time_zone) == sizeof(struct time_zone), "a zone of cctz is one pointer");
static_assert(std::is_trivially_copyable<cctz::time_zone>::value, "and may be copied as such");

cctz::time_zone zone_of(struct time_zone zone)
{
    cctz::time_zone ret;
    std::memcpy(static_cast<void *>(&ret), &zone, sizeof zone);
    return ret;
}

/* The day itself, if it is one. */
cctz::civil_day last_on(cctz::civil_day day, cctz::weekday weekday)
{
    return cctz::prev_weekday(day + 1, weekday);
}

cctz::civil_day first_day(enum interval_type type, cctz::civil_day day)
{
    switch (type) {
    case INTERVAL_WEEK: return last_on(day, cctz::weekday::sunday);
    case INTERVAL_WEEK_ISO: return last_on(day, cctz::weekday::monday);
    case INTERVAL_MONTH: return cctz::civil_day(day.year(), day.month());
    case INTERVAL_QUARTER: return cctz::civil_day(day.year(), (day.month() - 1) / 3 * 3 + 1);
    case INTERVAL_MILLISECONDS: break;
    }
    return day;
}

cctz::civil_day next_first_day(enum interval_type type, cctz::civil_day first)
{
    switch (type) {
    case INTERVAL_WEEK:
    case INTERVAL_WEEK_ISO: return first + 7;
    case INTERVAL_MONTH: return cctz::civil_day(first.year(), first.month() + 1);
    case INTERVAL_QUARTER: return cctz::civil_day(first.year(), first.month() + 3);
    case INTERVAL_MILLISECONDS: break;
    }
    return first + 1;
}

/* Of a midnight that the clocks skip, the moment they do; of one that comes twice, the first. */
int64_t begin_of(cctz::civil_day day, const cctz::time_zone &zone)
{
    return cctz::convert(cctz::civil_second(day), zone).time_since_epoch().count();
}

} // namespace

extern "C" bool zone_load(const char *name, struct time_zone *ret)
{
    try {
        cctz::time_zone zone;
        if (!cctz::load_time_zone(name, &zone))
            return false;
        std::memcpy(ret, &zone, sizeof zone);
        return true;
    } catch (const std::exception &) { /* no memory */
        return false;
    }
}

extern "C" void zone_interval(struct time_zone zone, enum interval_type type, int64_t second,
                              int64_t *ret_start, int64_t *ret_end)
{
    const cctz::time_zone tz = zone_of(zone);
    const cctz::time_point<cctz::seconds> time{cctz::seconds(second)};
    cctz::civil_day next = first_day(type, cctz::civil_day(tz.lookup(time).cs));
    int64_t start = begin_of(next, tz), end = start;
    /* Clocks that go back over midnight show the old day once more, after the new one has begun: so more than once. */
    for (;;) {
        next = next_first_day(type, next);
        end = begin_of(next, tz);
        if (end > second)
            break;
        start = end;
    }
    *ret_start = start;
    *ret_end = end;
}
