/* Hands each call of series.h and session_store.h to the implementation behind it. */
#include "store/series.h"

#include "store/rocksdb/series_rocksdb.h"
#include "store/series_ops.h"

err_t series_open(const char *dir, bool create, struct series **ret, struct problem *problem)
{
    return series_rocksdb_open(dir, create, ret, problem);
}

bool aggregation_parse(struct slice name, enum aggregation *ret)
{
    static const char *const names[] = {"NONE", "MIN", "MAX", "AVG", "SUM", "COUNT"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_eq_str(name, names[i])) {
            *ret = (enum aggregation)i;
            return true;
        }
    }
    return false;
}

void series_close(struct series *series)
{
    if (series != NULL)
        series->ops->close(series);
}

err_t series_write(struct series *series, struct batch *const *batches, size_t count, struct problem *problem)
{
    return series->ops->write(series, batches, count, problem);
}

err_t series_delete_devices(struct series *series, const uint64_t *devices, size_t count,
                            struct problem *problem)
{
    return series->ops->delete_devices(series, devices, count, problem);
}

err_t series_delete_points(struct series *series, const struct series_deletion *deletions, size_t count,
                           struct problem *problem)
{
    return series->ops->delete_points(series, deletions, count, problem);
}

void series_set_retention(struct series *series, const struct series_retention *retention)
{
    series->ops->set_retention(series, retention);
}

void series_compact(struct series *series)
{
    series->ops->compact(series);
}

err_t series_keys(struct series *s, uint64_t device, series_key_visitor visit, void *arg,
                  struct problem *problem)
{
    return s->ops->keys(s, device, visit, arg, problem);
}

err_t series_latest(struct series *s, uint64_t device, struct slice key, series_point_visitor visit,
                    void *arg, struct problem *problem)
{
    return s->ops->latest(s, device, key, visit, arg, problem);
}

err_t series_attributes(struct series *s, uint64_t device, enum attribute_scope scope,
                        series_attribute_visitor visit, void *arg, struct problem *problem)
{
    return s->ops->attributes(s, device, scope, visit, arg, problem);
}

err_t series_attribute(struct series *s, uint64_t device, enum attribute_scope scope, struct slice key,
                       series_attribute_visitor visit, void *arg, struct problem *problem)
{
    return s->ops->attribute(s, device, scope, key, visit, arg, problem);
}

err_t session_store_walk(struct series *s, session_visitor visit, void *arg, struct problem *problem)
{
    return s->ops->sessions(s, visit, arg, problem);
}
