#include "store/aggregate.h"

#include <float.h>
#include <math.h>

void aggregate_init(struct aggregate *a, const struct series_range *range)
{
    CHECK(range->aggregation != AGG_NONE);
    *a = (struct aggregate){.range = range};
}

void aggregate_fini(struct aggregate *a)
{
    buf_fini(&a->best_text);
}

static void begin(struct aggregate *a, int64_t ts)
{
    const struct series_range *r = a->range;
    struct buf text = a->best_text;
    text.len = 0;
    *a = (struct aggregate){.range = r, .best_text = text, .is_open = true};
    a->interval = intervals_at(&r->intervals, (struct interval){r->start_ms, r->end_ms}, ts);
}

/* Longs add up exactly while they can; what no longer fits goes on as a double. */
static void add_long(struct aggregate *a, int64_t number)
{
    bool is_max = a->range->aggregation == AGG_MAX;
    if (!a->has_long || (is_max ? number > a->best_long : number < a->best_long))
        a->best_long = number;
    a->has_long = true;
    a->numbers++;
    if (__builtin_add_overflow(a->sum_long, number, &a->sum_long)) {
        a->sum_real += number > 0 ? 0x1p64 : -0x1p64; /* by which the wrapped sum is off */
        a->is_inexact = true;
    }
}

static void add_real(struct aggregate *a, double real)
{
    bool is_max = a->range->aggregation == AGG_MAX;
    bool is_first = !a->has_real;
    if (is_first || (is_max ? real > a->best_real : real < a->best_real))
        a->best_real = real;
    a->has_real = true;
    a->numbers++;
    a->sum_real += real;
}

static int compare_text(struct slice a, struct slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static void add_text(struct aggregate *a, struct slice text)
{
    bool is_max = a->range->aggregation == AGG_MAX;
    if (!is_max && a->range->aggregation != AGG_MIN)
        return;
    int order = a->has_text ? compare_text(text, buf_slice(&a->best_text)) : 0;
    if (a->has_text && (is_max ? order <= 0 : order >= 0))
        return;
    a->has_text = true;
    a->best_text.len = 0;
    buf_append_slice(&a->best_text, text);
}

static double clamp_real(double real)
{
    return isfinite(real) ? real : real > 0 ? DBL_MAX : -DBL_MAX;
}

static struct value long_value(int64_t number)
{
    return (struct value){.type = VALUE_LONG, .number = number};
}

static struct value real_value(double real)
{
    return (struct value){.type = VALUE_DOUBLE, .real = clamp_real(real)};
}

static struct value best_number(const struct aggregate *a)
{
    bool is_max = a->range->aggregation == AGG_MAX;
    double as_real = (double)a->best_long;
    if (!a->has_real)
        return long_value(a->best_long);
    if (!a->has_long)
        return real_value(a->best_real);
    bool long_is_best = is_max ? as_real > a->best_real : as_real < a->best_real;
    return real_value(long_is_best ? as_real : a->best_real);
}

/* false: nothing in the interval takes part in this aggregation. Numbers go before text. */
static bool result(const struct aggregate *a, struct value *ret)
{
    switch (a->range->aggregation) {
    case AGG_COUNT: *ret = long_value((int64_t)a->count); return true;
    case AGG_SUM:
        *ret = a->has_real || a->is_inexact ? real_value(a->sum_real + (double)a->sum_long)
                                            : long_value(a->sum_long);
        return a->numbers != 0;
    case AGG_AVG:
        *ret = real_value((a->sum_real + (double)a->sum_long) / (a->numbers ? (double)a->numbers : 1));
        return a->numbers != 0;
    case AGG_MIN:
    case AGG_MAX:
        if (a->numbers != 0)
            *ret = best_number(a);
        else
            *ret = (struct value){.type = VALUE_STRING, .text = buf_slice(&a->best_text)};
        return a->numbers != 0 || a->has_text;
    case AGG_NONE: break;
    }
    return false;
}

bool aggregate_is_due(const struct aggregate *a, int64_t ts)
{
    return a->is_open && (ts < a->interval.start_ms || ts >= a->interval.end_ms);
}

void aggregate_add(struct aggregate *a, int64_t ts, const struct value *value)
{
    if (!a->is_open)
        begin(a, ts);
    a->count++;
    if (value->type == VALUE_LONG)
        add_long(a, value->number);
    else if (value->type == VALUE_DOUBLE)
        add_real(a, value->real);
    else if (value->type == VALUE_STRING)
        add_text(a, value->text);
}

bool aggregate_take(struct aggregate *a, struct point *ret)
{
    struct interval i = a->interval;
    bool is_open = a->is_open;
    a->is_open = false;
    *ret = (struct point){.device = a->range->device, .key = a->range->key};
    ret->ts = i.start_ms + (i.end_ms - i.start_ms) / 2;
    return is_open && result(a, &ret->value);
}
