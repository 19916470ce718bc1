/**
 * @file series.h - where points and attributes live: an ordered key-value store (store/rocksdb).
 *
 * One writer thread calls series_write(); any thread that may block reads. What series_write() returned
 * ERR_OK for is on disk: a kill -9 or power cut afterwards does not lose it. Readers see a point as soon as
 * series_write() returned. Layout and the measurements behind it: docs/architecture.md, "Storage".
 */
#pragma once

#include "model/point.h"

struct series;

/** @return ERR_OK · ERR_NOT_FOUND (none and !create) · ERR_CONFLICT (in use by another process) · ERR_IO ·
 * ERR_INVALID */
MUST_USE err_t series_open(const char *dir, bool create, struct series **ret, struct problem *problem);
void series_close(struct series *series); /* NULL allowed; syncs */

/**
 * Write every entry of @p count batches in one write, in order; synced unless all of them are lazy. Writer thread only;
 * blocks for the sync. The same (device, key, ts) again: the last one wins.
 * @return ERR_OK · ERR_FULL (no space: nothing of it was acknowledged; call again later, it recovers when
 * there is space) · ERR_IO
 */
MUST_USE err_t series_write(struct series *series, struct batch *const *batches, size_t count,
                            struct problem *problem);

/** One range tombstone for points, one for attributes, one for sessions .., synced. Writer thread or start-up. */
MUST_USE err_t series_delete_device(struct series *series, uint64_t device, struct problem *problem);

/* Readers: a visitor returns false to stop. Slices are valid during the call of the visitor only. */
typedef bool (*series_key_visitor)(void *arg, struct slice key);
typedef bool (*series_point_visitor)(void *arg, const struct point *point);
typedef bool (*series_attribute_visitor)(void *arg, const struct attribute *attribute);

/** Names of all keys the device ever sent, in name order. */
MUST_USE err_t series_keys(struct series *s, uint64_t device, series_key_visitor visit, void *arg,
                           struct problem *problem);

/** The newest point of (device, key): ERR_NOT_FOUND when none; else visited once. */
MUST_USE err_t series_latest(struct series *s, uint64_t device, struct slice key, series_point_visitor visit,
                             void *arg, struct problem *problem);

enum aggregation { AGG_NONE, AGG_MIN, AGG_MAX, AGG_AVG, AGG_SUM, AGG_COUNT };

struct series_range {
    uint64_t device;
    struct slice key;
    int64_t start_ms; /* inclusive */
    int64_t end_ms;   /* exclusive */
    uint32_t limit;   /* points, for AGG_NONE */
    bool oldest_first;
    enum aggregation aggregation;
    int64_t interval_ms; /* > 0 unless AGG_NONE; intervals start at start_ms */
};

/**
 * Visit points of the range; streamed, memory does not grow with the range. With an aggregation: one point
 * per interval that has data, stamped in the interval's middle (start + interval / 2; the last one is cut at
 * end_ms); MIN/MAX/SUM of longs are long, AVG double, COUNT long of any type; strings take part in COUNT, MIN
 * and MAX (byte order), booleans and JSON in COUNT only.
 */
MUST_USE err_t series_query(struct series *s, const struct series_range *range, series_point_visitor visit,
                            void *arg, struct problem *problem);

/** Attributes of one scope, or of all scopes in the order of their numbers when @p scope is 0; key order. */
MUST_USE err_t series_attributes(struct series *s, uint64_t device, enum attribute_scope scope,
                                 series_attribute_visitor visit, void *arg, struct problem *problem);

/** One attribute: ERR_NOT_FOUND when absent; else visited once. */
MUST_USE err_t series_attribute(struct series *s, uint64_t device, enum attribute_scope scope,
                                struct slice key, series_attribute_visitor visit, void *arg,
                                struct problem *problem);
