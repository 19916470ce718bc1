#include "store/aggregate.h"

#include <float.h>
#include <math.h>

void aggregate_init(struct aggregate *a, const struct series_range *range, series_point_visitor visit,
                    void *arg)
{
    CHECK(range->interval_ms > 0 && range->aggregation != AGG_NONE);
    *a = (struct aggregate){.range = range, .visit = visit, .arg = arg};
}

void aggregate_fini(struct aggregate *a)
{
    buf_fini(&a->best_text);
}

static void begin(struct aggregate *a, int64_t interval)
{
    struct buf text = a->best_text;
    struct aggregate fresh = {.range = a->range, .visit = a->visit, .arg = a->arg, .interval = interval};
    text.len = 0;
    *a = fresh;
    a->best_text = text;
    a->is_open = true;
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

static void emit(struct aggregate *a)
{
    const struct series_range *r = a->range;
    int64_t from = r->start_ms + a->interval * r->interval_ms;
    int64_t length = r->end_ms - from < r->interval_ms ? r->end_ms - from : r->interval_ms;
    struct point point = {.device = r->device, .key = r->key, .ts = from + length / 2};
    a->is_open = false;
    if (!a->is_stopped && result(a, &point.value))
        a->is_stopped = !a->visit(a->arg, &point);
}

bool aggregate_add(struct aggregate *a, int64_t ts, const struct value *value)
{
    int64_t interval = (ts - a->range->start_ms) / a->range->interval_ms;
    if (a->is_open && a->interval != interval)
        emit(a);
    if (a->is_stopped)
        return false;
    if (!a->is_open)
        begin(a, interval);
    a->count++;
    if (value->type == VALUE_LONG)
        add_long(a, value->number);
    else if (value->type == VALUE_DOUBLE)
        add_real(a, value->real);
    else if (value->type == VALUE_STRING)
        add_text(a, value->text);
    return buf_is_ok(&a->best_text);
}

err_t aggregate_finish(struct aggregate *a)
{
    if (!buf_is_ok(&a->best_text))
        return ERR_NOMEM;
    if (a->is_open)
        emit(a);
    return ERR_OK;
}
