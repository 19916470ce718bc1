#include "http/live_values.h"

#include "base/clock.h"
#include "http/document.h"
#include "http/telemetry_call.h"

/* ---- one value --------------------------------------------------------------------------------------------- */

struct collecting {
    struct live_reading *reading;
    const char *keys;
    json_t *list; /* of the present key, in a history */
    bool as_objects, is_aggregated, is_out_of_memory;
};

static bool note(struct collecting *c, const struct entry *entry)
{
    if (c->reading->target != NULL && live_subscription_saw(c->reading->target, entry) != ERR_OK)
        c->is_out_of_memory = true;
    return !c->is_out_of_memory;
}

static void set_pair(struct collecting *c, struct slice key, int64_t ts, const struct value *value)
{
    char name[KEY_MAX_BYTES + 1];
    if (slice_to_cstr(key, name, sizeof name))
        json_object_set_new(c->reading->data, name,
                            json_pack("[[I, o]]", (json_int_t)ts, live_value(value, c->reading->is_strict)));
}

static err_t end(const struct collecting *c, err_t err, struct problem *problem)
{
    if (err == ERR_OK && c->is_out_of_memory)
        return fail(problem, ERR_NOMEM, "", "no memory for the values");
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* ---- latest ------------------------------------------------------------------------------------------------ */

static bool on_latest(void *arg, const struct point *point)
{
    struct collecting *c = arg;
    const struct entry entry = {.kind = ENTRY_POINT, .point = *point};
    set_pair(c, point->key, point->ts, &point->value);
    return note(c, &entry);
}

static bool on_key(void *arg, struct slice key)
{
    json_t *names = arg;
    json_array_append_new(names, document_slice(key));
    return true;
}

static err_t read_one_latest(struct collecting *c, struct slice key, struct problem *problem)
{
    err_t err = series_latest(c->reading->series, c->reading->device, key, on_latest, c, problem);
    return end(c, err, problem);
}

err_t live_read_latest(struct live_reading *reading, const char *keys, struct problem *problem)
{
    struct collecting c = {.reading = reading};
    struct slice list = slice_str(keys), rest = list, key;
    if (keys[0] != '\0') {
        while (telemetry_next_other_key(list, &rest, &key))
            TRY(read_one_latest(&c, key, problem));
        return ERR_OK;
    }
    AUTO_JSON names = json_array();
    TRY(series_keys(reading->series, reading->device, on_key, names, problem));
    for (size_t i = 0; i < json_array_size(names); i++)
        TRY(read_one_latest(&c, slice_str(json_string_value(json_array_get(names, i))), problem));
    return ERR_OK;
}

/* ---- attributes -------------------------------------------------------------------------------------------- */

static bool on_attribute(void *arg, const struct attribute *attribute)
{
    struct collecting *c = arg;
    const struct entry entry = {.kind = ENTRY_ATTRIBUTE, .attribute = *attribute};
    if (c->keys[0] != '\0' && !telemetry_has_key(slice_str(c->keys), attribute->key))
        return true;
    set_pair(c, attribute->key, attribute->updated_ms, &attribute->value);
    return note(c, &entry);
}

err_t live_read_attributes(struct live_reading *reading, const char *keys, enum attribute_scope scope,
                           struct problem *problem)
{
    struct collecting c = {.reading = reading, .keys = keys};
    err_t err = series_attributes(reading->series, reading->device, scope, on_attribute, &c, problem);
    return end(&c, err, problem);
}

/* ---- history ----------------------------------------------------------------------------------------------- */

static bool on_point(void *arg, const struct point *point)
{
    struct collecting *c = arg;
    json_t *value = live_value(&point->value, c->reading->is_strict);
    json_t *one = c->as_objects ? json_pack("{s:I, s:o}", "ts", (json_int_t)point->ts, "value", value)
                                : json_pack("[I, o]", (json_int_t)point->ts, value);
    c->is_out_of_memory |= json_array_append_new(c->list, one) != 0;
    const struct entry entry = {.kind = ENTRY_POINT, .point = *point};
    bool is_newest = json_array_size(c->list) == 1 && !c->is_aggregated; /* the newest comes first */
    return is_newest ? note(c, &entry) : !c->is_out_of_memory;
}

/* From startTs on, for timeWindow or up to endTs; what is left out reaches to now. */
static err_t range_of(const struct live_range *asked, uint64_t device, struct series_range *ret,
                      struct problem *problem)
{
    struct series_range range = {.device = device, .start_ms = asked->start_ms, .limit = asked->limit};
    range.end_ms = asked->end_ms != 0 ? asked->end_ms : INT64_MAX;
    if (asked->end_ms == 0 && asked->window_ms != 0 && asked->start_ms <= INT64_MAX - asked->window_ms)
        range.end_ms = asked->start_ms + asked->window_ms;
    range.aggregation = asked->interval_ms != 0 ? asked->aggregation : AGG_NONE;
    if (range.aggregation != AGG_NONE) {
        int64_t now_ms = clock_wall_ms();
        range.end_ms = range.end_ms > now_ms ? now_ms + 1 : range.end_ms;
        if (range.end_ms > range.start_ms &&
            (range.end_ms - range.start_ms) / asked->interval_ms > LIVE_LIMIT_MAX)
            return fail(problem, ERR_INVALID, "interval",
                        "interval makes more than %d intervals of this range", LIVE_LIMIT_MAX);
        range.intervals = (struct intervals){.length_ms = asked->interval_ms};
    }
    *ret = range;
    return ERR_OK;
}

static err_t read_one_history(struct collecting *c, struct series_range *range, struct slice key,
                              struct problem *problem)
{
    char name[KEY_MAX_BYTES + 1];
    range->key = key;
    if (key.len > KEY_MAX_BYTES || !slice_to_cstr(key, name, sizeof name))
        return ERR_OK; /* there is no such key */
    c->list = json_array();
    if (json_object_set_new(c->reading->data, name, c->list) != 0)
        return fail(problem, ERR_NOMEM, "", "no memory for the values");
    err_t err = range->start_ms < range->end_ms
                    ? series_query(c->reading->series, range, on_point, c, problem)
                    : ERR_OK;
    return end(c, err, problem);
}

err_t live_read_history(struct live_reading *reading, const char *keys, const struct live_range *asked,
                        bool as_objects, struct problem *problem)
{
    struct collecting c = {.reading = reading, .as_objects = as_objects};
    struct series_range range;
    struct slice list = slice_str(keys), rest = list, key;
    TRY(range_of(asked, reading->device, &range, problem));
    c.is_aggregated = range.aggregation != AGG_NONE;
    while (telemetry_next_other_key(list, &rest, &key))
        TRY(read_one_history(&c, &range, key, problem));
    return ERR_OK;
}

/* ---- one key of an entity ---------------------------------------------------------------------------------- */

struct one {
    struct collecting c;
    json_t *found;
};

static bool on_one_point(void *arg, const struct point *point)
{
    struct one *one = arg;
    const struct entry entry = {.kind = ENTRY_POINT, .point = *point};
    one->found =
        json_pack("{s:I, s:o}", "ts", (json_int_t)point->ts, "value", live_value(&point->value, false));
    return note(&one->c, &entry);
}

static bool on_one_attribute(void *arg, const struct attribute *attribute)
{
    struct one *one = arg;
    const struct entry entry = {.kind = ENTRY_ATTRIBUTE, .attribute = *attribute};
    one->found = json_pack("{s:I, s:o}", "ts", (json_int_t)attribute->updated_ms, "value",
                           live_value(&attribute->value, false));
    return note(&one->c, &entry);
}

/* Of any scope: the server's before the shared before the client's, as the platform does. */
static err_t read_attribute(struct live_reading *reading, const struct live_key *key, struct one *one,
                            struct problem *problem)
{
    static const enum attribute_scope any[] = {SCOPE_SERVER, SCOPE_SHARED, SCOPE_CLIENT};
    size_t scopes = key->scope != 0 ? 1 : sizeof any / sizeof any[0];
    for (size_t i = 0; i < scopes && one->found == NULL; i++) {
        enum attribute_scope scope = key->scope != 0 ? key->scope : any[i];
        err_t err = series_attribute(reading->series, reading->device, scope, slice_str(key->name),
                                     on_one_attribute, one, problem);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
    }
    return ERR_OK;
}

err_t live_read_key(struct live_reading *reading, const struct live_key *key, json_t **ret,
                    struct problem *problem)
{
    struct one one = {.c = {.reading = reading}};
    err_t err = key->is_series ? series_latest(reading->series, reading->device, slice_str(key->name),
                                               on_one_point, &one, problem)
                               : read_attribute(reading, key, &one, problem);
    err = end(&one.c, err, problem);
    if (err == ERR_OK)
        *ret = one.found != NULL ? one.found : json_pack("{s:i, s:s}", "ts", 0, "value", "");
    else
        json_decref(one.found);
    return err;
}
