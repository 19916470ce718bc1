/**
 * @file aggregate.h - one point per interval out of a stream of points. Private to store/.
 *
 * Points of a range go in, in either order of time; as soon as one of another interval comes, the finished
 * one goes to the visitor. What each aggregation gives is told at series_query(). Holds one value, whatever
 * the range. Pure; not thread-safe.
 */
#pragma once

#include "store/series.h"

struct aggregate {
    const struct series_range *range;
    series_point_visitor visit;
    void *arg;
    int64_t interval; /* number of the interval in progress, from range->start_ms */
    bool is_open;     /* it has had a point */
    bool is_stopped;  /* the visitor wants no more */
    uint64_t count;   /* points of any type */
    uint64_t numbers; /* longs and doubles among them */
    bool has_long, has_real, has_text;
    bool is_inexact; /* the sum of longs went beyond 64 bits */
    int64_t sum_long, best_long;
    double sum_real, best_real;
    struct buf best_text;
};

/** @p range (with an aggregation and interval_ms > 0) must outlive the aggregate. */
void aggregate_init(struct aggregate *a, const struct series_range *range, series_point_visitor visit,
                    void *arg);
void aggregate_fini(struct aggregate *a);

/** A point inside the range. @return false: the visitor wants no more */
bool aggregate_add(struct aggregate *a, int64_t ts, const struct value *value);

/** Emit the last interval. @return ERR_OK · ERR_NOMEM (a text did not fit into memory) */
MUST_USE err_t aggregate_finish(struct aggregate *a);
