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
    struct interval interval; /* in progress */
    bool is_open;             /* it has had a point */
    uint64_t count;           /* points of any type */
    uint64_t numbers;         /* longs and doubles among them */
    bool has_long, has_real, has_text;
    bool is_inexact; /* the sum of longs went beyond 64 bits */
    int64_t sum_long, best_long;
    double sum_real, best_real;
    struct buf best_text;
};

/** @p range (with an aggregation) must outlive the aggregate. */
void aggregate_init(struct aggregate *a, const struct series_range *range);
void aggregate_fini(struct aggregate *a);

/**
 * Does a point of this time begin another interval than the one in progress? Then that has to be taken first. */
bool aggregate_is_due(const struct aggregate *a, int64_t ts);

/** Add a point inside the range that belongs to the interval in progress, or to the first or next one. */
void aggregate_add(struct aggregate *a, int64_t ts, const struct value *value);

/**
 * End the interval in progress. @p ret borrows from the aggregate until the next point.
 * @return false: there is none, or nothing in it takes part in this aggregation
 */
bool aggregate_take(struct aggregate *a, struct point *ret);
