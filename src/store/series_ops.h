/**
 * @file series_ops.h - what an implementation of the series store provides. Private to store/.
 *
 * An implementation's struct begins with `struct series`; each member does what the function series_<name> of
 * series.h promises, `sessions` what session_store_walk() does, `points` what a scan is made of, `outbox_..` what outbox.h says. One indirect call per batch or query; none per point.
 */
#pragma once

#include "store/outbox.h"
#include "store/series.h"
#include "store/session_store.h"

/* Points as they are stored. */
struct points_range {
    uint64_t device;
    struct slice key;
    int64_t start_ms, end_ms; /* 0 <= start < end */
    bool oldest_first;
    int64_t
        pace_ms; /* with oldest_first, the implementation's: what it learnt of their density; 0 to begin with */
};

struct series_ops {
    void (*close)(struct series *s);
    err_t (*write)(struct series *s, struct batch *const *batches, size_t count, struct problem *p);
    err_t (*delete_devices)(struct series *s, const uint64_t *devices, size_t count, struct problem *p);
    err_t (*delete_points)(struct series *s, const struct series_deletion *deletions, size_t count,
                           struct problem *p);
    void (*set_retention)(struct series *s, const struct series_retention *retention);
    void (*compact)(struct series *s);
    err_t (*keys)(struct series *s, uint64_t device, series_key_visitor visit, void *arg, struct problem *p);
    err_t (*latest)(struct series *s, uint64_t device, struct slice key, series_point_visitor visit,
                    void *arg, struct problem *p);
    err_t (*points)(struct series *s, struct points_range *range, series_point_visitor visit, void *arg,
                    struct problem *p);
    err_t (*attributes)(struct series *s, uint64_t device, enum attribute_scope scope,
                        series_attribute_visitor visit, void *arg, struct problem *p);
    err_t (*attribute)(struct series *s, uint64_t device, enum attribute_scope scope, struct slice key,
                       series_attribute_visitor visit, void *arg, struct problem *p);
    err_t (*sessions)(struct series *s, session_visitor visit, void *arg, struct problem *p);
    err_t (*outbox_write)(struct series *s, const struct outbox_batch *batch, bool is_synced,
                          struct problem *p);
    void (*outbox_join)(struct series *s, struct slice key, struct slice value);
    err_t (*outbox_read)(struct series *s, struct slice from, struct slice to, outbox_visitor visit,
                         void *arg, struct problem *p);
};

struct series {
    const struct series_ops *ops;
};
