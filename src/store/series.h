/**
 * @file series.h - where points and attributes live: an ordered key-value store (store/rocksdb).
 *
 * One writer thread calls series_write(); any thread that may block reads. What series_write() returned
 * ERR_OK for is on disk: a kill -9 or power cut afterwards does not lose it. Readers see a point as soon as
 * series_write() returned. Layout and the measurements behind it: docs/architecture.md, "Storage".
 */
#pragma once

#include "calendar/calendar.h"
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

/** Range tombstones for each device's points, attributes, sessions .., synced once. Writer thread or start-up. */
MUST_USE err_t series_delete_devices(struct series *series, const uint64_t *devices, size_t count,
                                     struct problem *problem);

/** What becomes of the value that is shown as the newest when it is among what is deleted. */
enum latest_rule {
    LATEST_REWRITE, /* the newest that is left takes its place */
    LATEST_REMOVE,  /* there is none until a newer point comes */
    LATEST_KEEP,    /* it stays, though history has it no longer, until a point as new comes */
};

struct series_deletion {
    uint64_t device;
    struct slice key;
    int64_t start_ms, end_ms; /* the end is not deleted */
    enum latest_rule latest;
};

/**
 * Delete points of @p count different keys in one synced write. A key of which nothing is left is no longer among
 * the device's. Writer thread only; blocks, and reads: nothing that was written before may be unwritten yet.
 */
MUST_USE err_t series_delete_points(struct series *series, const struct series_deletion *deletions,
                                    size_t count, struct problem *problem);

/**
 * How long points of a device are kept, counted from their own time; a point may also have an end of its own
 * (model/point.h), and goes at the earlier of the two. No reader sees an expired point. Its space is freed when RocksDB
 * next rewrites the file it lies in, after 30 days at the latest.
 */
struct series_retention {
    /** @param ret_ms  0: for ever. Any thread; called once per query, and per device and compaction. */
    err_t (*ttl)(void *arg, uint64_t device, int64_t *ret_ms, struct problem *problem);
    void *arg;
};

/** @param retention  borrowed until the series is closed; before it is set, points are kept for ever. */
void series_set_retention(struct series *series, const struct series_retention *retention);

/** Rewrite all points now, without those that have expired. Blocks for as long as that takes; any thread. */
void series_compact(struct series *series);

/* Readers: a visitor returns false to stop. Slices are valid during the call of the visitor only. */
typedef bool (*series_key_visitor)(void *arg, struct slice key);
typedef bool (*series_point_visitor)(void *arg, const struct point *point);
typedef bool (*series_attribute_visitor)(void *arg, const struct attribute *attribute);

/** Names of all keys the device ever sent, but for those whose points were deleted, in name order. */
MUST_USE err_t series_keys(struct series *s, uint64_t device, series_key_visitor visit, void *arg,
                           struct problem *problem);

/** The newest point of (device, key): ERR_NOT_FOUND when none; else visited once. */
MUST_USE err_t series_latest(struct series *s, uint64_t device, struct slice key, series_point_visitor visit,
                             void *arg, struct problem *problem);

enum aggregation { AGG_NONE, AGG_MIN, AGG_MAX, AGG_AVG, AGG_SUM, AGG_COUNT };

/** "NONE", "MIN", .. @return false: no such aggregation */
bool aggregation_parse(struct slice name, enum aggregation *ret);

struct series_range {
    uint64_t device;
    struct slice key;
    int64_t start_ms; /* inclusive */
    int64_t end_ms;   /* exclusive */
    uint64_t limit;   /* points, for AGG_NONE */
    bool oldest_first;
    enum aggregation aggregation;
    struct intervals intervals; /* unless AGG_NONE */
};

/**
 * Visit points of the range; streamed, memory does not grow with the range. With an aggregation: one point
 * per interval that has data, stamped in the interval's middle (first and last are cut to the range); MIN/MAX/SUM of longs are long, AVG double, COUNT long of any type; strings take part in COUNT, MIN
 * and MAX (byte order), booleans and JSON in COUNT only.
 */
MUST_USE err_t series_query(struct series *s, const struct series_range *range, series_point_visitor visit,
                            void *arg, struct problem *problem);

/**
 * The same in steps, between which nothing of the store is held: whoever reads may rest as long as he likes. A point that
 * is written or deleted meanwhile is in the answer or is not; none is there twice.
 */
struct series_scan;
MUST_USE err_t series_scan_new(struct series *s, const struct series_range *range, struct series_scan **ret,
                               struct problem *problem);
void series_scan_free(struct series_scan *scan); /* NULL allowed; never blocks */

/**
 * Go on until the visitor returns false (the point it was given counts as visited) or as many points of the store as
 * @p looks says, >= 1, have been looked at, which are taken off. @param ret_is_done  nothing is left. One thread at a time; blocks.
 */
MUST_USE err_t series_scan_step(struct series_scan *scan, uint64_t *looks, series_point_visitor visit,
                                void *arg, bool *ret_is_done, struct problem *problem);

/** Attributes of one scope, or of all scopes in the order of their numbers when @p scope is 0; key order. */
MUST_USE err_t series_attributes(struct series *s, uint64_t device, enum attribute_scope scope,
                                 series_attribute_visitor visit, void *arg, struct problem *problem);

/** One attribute: ERR_NOT_FOUND when absent; else visited once. */
MUST_USE err_t series_attribute(struct series *s, uint64_t device, enum attribute_scope scope,
                                struct slice key, series_attribute_visitor visit, void *arg,
                                struct problem *problem);
