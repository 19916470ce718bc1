/* Queries: the points of an implementation, aggregated if wanted, all at once or in steps. Declared in series.h. */
#include "store/aggregate.h"
#include "store/series_ops.h"

#include <stdlib.h>

struct series_scan {
    struct series *series;
    struct series_range range;
    struct points_range left; /* from where it goes on */
    struct aggregate aggregate;
    uint64_t visits; /* points that the limit leaves */
    uint8_t key[KEY_MAX_BYTES];

    /* Of the step in progress. */
    series_point_visitor visit;
    void *arg;
    uint64_t looks;  /* points that may still be looked at */
    bool is_stopped; /* by the visitor, or because there are none */
};

static void move_on(struct series_scan *scan, int64_t ts)
{
    if (scan->range.oldest_first)
        scan->left.start_ms = ts + 1;
    else
        scan->left.end_ms = ts;
}

/* The interval in progress goes out before the first point of the next is looked at. */
static bool take_interval(struct series_scan *scan)
{
    struct point point;
    return !aggregate_take(&scan->aggregate, &point) || scan->visit(scan->arg, &point);
}

static bool aggregate_point(struct series_scan *scan, const struct point *point)
{
    if (aggregate_is_due(&scan->aggregate, point->ts) && !take_interval(scan))
        return false;
    aggregate_add(&scan->aggregate, point->ts, &point->value);
    move_on(scan, point->ts);
    return buf_is_ok(&scan->aggregate.best_text);
}

static bool pass_point(struct series_scan *scan, const struct point *point)
{
    move_on(scan, point->ts);
    scan->visits--;
    return scan->visit(scan->arg, point) && scan->visits != 0;
}

static bool on_point(void *arg, const struct point *point)
{
    struct series_scan *scan = arg;
    bool goes_on =
        scan->range.aggregation == AGG_NONE ? pass_point(scan, point) : aggregate_point(scan, point);
    scan->looks--;
    scan->is_stopped = !goes_on || scan->looks == 0;
    return !scan->is_stopped;
}

static bool is_empty(const struct series_scan *scan)
{
    return scan->left.start_ms >= scan->left.end_ms || scan->visits == 0;
}

err_t series_scan_step(struct series_scan *scan, uint64_t *looks, series_point_visitor visit, void *arg,
                       bool *ret_is_done, struct problem *problem)
{
    scan->visit = visit;
    scan->arg = arg;
    scan->looks = *looks;
    scan->is_stopped = false;
    if (!is_empty(scan))
        TRY(scan->series->ops->points(scan->series, &scan->left, on_point, scan, problem));
    if (!buf_is_ok(&scan->aggregate.best_text))
        return fail(problem, ERR_NOMEM, "", "no memory");
    *looks = scan->looks;
    bool is_done = !scan->is_stopped || is_empty(scan);
    if (is_done && scan->range.aggregation != AGG_NONE)
        (void)take_interval(scan);
    *ret_is_done = is_done;
    return ERR_OK;
}

static void begin(struct series_scan *scan, struct series *s, const struct series_range *range)
{
    *scan = (struct series_scan){.series = s, .range = *range, .visits = range->limit};
    if (scan->range.start_ms < 0)
        scan->range.start_ms = 0;
    scan->left = (struct points_range){.device = range->device,
                                       .key = range->key,
                                       .start_ms = scan->range.start_ms,
                                       .end_ms = range->end_ms,
                                       .oldest_first = range->oldest_first};
    if (range->aggregation != AGG_NONE) {
        scan->visits = UINT64_MAX;
        aggregate_init(&scan->aggregate, &scan->range);
    }
}

err_t series_query(struct series *s, const struct series_range *range, series_point_visitor visit, void *arg,
                   struct problem *problem)
{
    struct series_scan scan;
    bool is_done;
    uint64_t looks = UINT64_MAX;
    begin(&scan, s, range);
    err_t err = series_scan_step(&scan, &looks, visit, arg, &is_done, problem);
    aggregate_fini(&scan.aggregate);
    return err;
}

err_t series_scan_new(struct series *s, const struct series_range *range, struct series_scan **ret,
                      struct problem *problem)
{
    struct series_scan *scan = malloc(sizeof *scan);
    if (scan == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for a query");
    size_t len = range->key.len <= KEY_MAX_BYTES ? range->key.len : 0; /* no key is longer, and none empty */
    begin(scan, s, range);
    if (len != 0)
        memcpy(scan->key, range->key.data, len);
    scan->range.key = scan->left.key = slice_of(scan->key, len);
    *ret = scan;
    return ERR_OK;
}

void series_scan_free(struct series_scan *scan)
{
    if (scan == NULL)
        return;
    aggregate_fini(&scan->aggregate);
    free(scan);
}
