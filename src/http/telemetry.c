/* Time series of a device: names of keys, latest values, history with aggregation. Written straight into the
 * answer's buffer, point by point, so that a long history costs its text and nothing else. */
#include "base/clock.h"
#include "http/resources.h"
#include "http/telemetry_call.h"

#include <inttypes.h>

enum { HISTORY_LIMIT_DEFAULT = 100, HISTORY_INTERVALS_MAX = 50000 };

err_t telemetry_device(struct call *call, uint64_t *ret_number, struct problem *problem)
{
    if (!slice_eq_str(call->parts[0], "DEVICE"))
        return fail(problem, ERR_INVALID, "entityType", "entityType is '%.*s'; expected DEVICE",
                    call->parts[0].len < 32 ? (int)call->parts[0].len : 32,
                    (const char *)call->parts[0].data);
    return call_part_device(call, 1, "entityId", ret_number, problem);
}

bool telemetry_next_key(struct slice *rest, struct slice *ret_key)
{
    while (rest->len != 0) {
        const uint8_t *comma = memchr(rest->data, ',', rest->len);
        struct slice key = slice_of(rest->data, comma != NULL ? (size_t)(comma - rest->data) : rest->len);
        *rest = slice_skip(*rest, comma != NULL ? key.len + 1 : key.len);
        if (key.len != 0) {
            *ret_key = key;
            return true;
        }
    }
    return false;
}

bool telemetry_has_key(struct slice list, struct slice key)
{
    struct slice one;
    while (telemetry_next_key(&list, &one))
        if (slice_eq(one, key))
            return true;
    return false;
}

void telemetry_append_string(struct buf *out, struct slice text)
{
    struct value value = {.type = VALUE_STRING, .text = text};
    value_append_json(&value, out);
}

/* What one key's points are written with. */
struct output {
    struct buf *out;
    struct slice key;
    bool is_strict; /* values typed, else as text */
    bool has_members;
    size_t points; /* of this key */
};

static void append_value(const struct output *output, const struct value *value)
{
    if (output->is_strict || value->type == VALUE_STRING) {
        value_append_json(value, output->out);
    } else if (value->type == VALUE_JSON) {
        telemetry_append_string(output->out, value->text);
    } else {
        buf_append_u8(output->out, '"');
        value_append_text(value, output->out);
        buf_append_u8(output->out, '"');
    }
}

static void open_member(struct output *output)
{
    buf_append_str(output->out, output->has_members ? "," : "");
    telemetry_append_string(output->out, output->key);
    buf_append_str(output->out, ":[");
    output->has_members = true;
}

static bool append_point(void *arg, const struct point *point)
{
    struct output *output = arg;
    if (output->points++ == 0)
        open_member(output);
    else
        buf_append_u8(output->out, ',');
    buf_printf(output->out, "{\"ts\":%" PRId64 ",\"value\":", point->ts);
    append_value(output, &point->value);
    buf_append_u8(output->out, '}');
    return buf_is_ok(output->out);
}

static bool append_key(void *arg, struct slice key)
{
    struct output *output = arg;
    buf_append_str(output->out, output->has_members ? "," : "");
    telemetry_append_string(output->out, key);
    output->has_members = true;
    return buf_is_ok(output->out);
}

err_t telemetry_keys(struct call *call, struct problem *problem)
{
    uint64_t number;
    struct output output = {.out = &call->response->body};
    TRY(telemetry_device(call, &number, problem));
    buf_append_u8(output.out, '[');
    TRY(series_keys(call->api->hub->series, number, append_key, &output, problem));
    buf_append_u8(output.out, ']');
    call->response->status = 200;
    return ERR_OK;
}

static err_t append_latest(struct call *call, struct output *output, uint64_t number, struct slice key,
                           struct problem *problem)
{
    output->key = key;
    output->points = 0;
    err_t err = series_latest(call->api->hub->series, number, key, append_point, output, problem);
    if (err == ERR_NOT_FOUND) { /* the platform answers null, stamped now, for a key never sent */
        open_member(output);
        buf_printf(output->out, "{\"ts\":%" PRId64 ",\"value\":null}", clock_wall_ms());
    } else if (err != ERR_OK) {
        return err;
    }
    buf_append_u8(output->out, ']');
    return ERR_OK;
}

/* Keys are collected before values are read: a visitor must not call back into the series. */
static bool collect_key(void *arg, struct slice key)
{
    struct buf *names = arg;
    buf_append_u8(names, (uint8_t)key.len);
    buf_append_slice(names, key);
    return buf_is_ok(names);
}

static err_t append_all_latest(struct call *call, struct output *output, uint64_t number,
                               struct problem *problem)
{
    _Static_assert(KEY_MAX_BYTES <= UINT8_MAX, "a key's length fits in a byte");
    AUTO_BUF names = {.limit = HTTP_ANSWER_MAX};
    TRY(series_keys(call->api->hub->series, number, collect_key, &names, problem));
    if (!buf_is_ok(&names))
        return fail(problem, ERR_NOMEM, "", "no memory for the names of the keys");
    for (size_t at = 0; at < names.len; at += 1 + (size_t)names.data[at])
        TRY(append_latest(call, output, number, slice_of(names.data + at + 1, names.data[at]), problem));
    return ERR_OK;
}

static err_t reply_latest(struct call *call, struct output *output, uint64_t number, struct slice keys,
                          struct problem *problem)
{
    struct slice rest = keys, key;
    if (keys.len == 0)
        return append_all_latest(call, output, number, problem);
    while (telemetry_next_key(&rest, &key)) {
        struct slice earlier = slice_of(keys.data, (size_t)(key.data - keys.data));
        if (!telemetry_has_key(earlier, key))
            TRY(append_latest(call, output, number, key, problem));
    }
    return ERR_OK;
}

static err_t parse_aggregation(const struct call *call, enum aggregation *ret, struct problem *problem)
{
    static const char *const names[] = {"NONE", "MIN", "MAX", "AVG", "SUM", "COUNT"};
    struct slice text = SLICE("NONE");
    http_request_param(call->request, "agg", &text);
    if (text.len == 0)
        text = SLICE("NONE");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_eq_str(text, names[i])) {
            *ret = (enum aggregation)i;
            return ERR_OK;
        }
    }
    return fail(problem, ERR_INVALID, "agg", "agg is '%.*s'; expected NONE, MIN, MAX, AVG, SUM or COUNT",
                text.len < 32 ? (int)text.len : 32, (const char *)text.data);
}

static err_t check_intervals(const struct series_range *range, struct problem *problem)
{
    if (range->aggregation == AGG_NONE)
        return ERR_OK;
    int64_t span = range->end_ms - range->start_ms;
    int64_t intervals = span / range->interval_ms + (span % range->interval_ms != 0);
    if (intervals > HISTORY_INTERVALS_MAX)
        return fail(problem, ERR_INVALID, "interval",
                    "interval %" PRId64 " ms makes %" PRId64 " intervals of this range; expected at most %d",
                    range->interval_ms, intervals, HISTORY_INTERVALS_MAX);
    return ERR_OK;
}

static err_t read_interval(const struct call *call, struct series_range *range, struct problem *problem)
{
    struct slice type = SLICE("MILLISECONDS");
    uint64_t interval = 0;
    http_request_param(call->request, "intervalType", &type);
    if (type.len != 0 && !slice_eq_str(type, "MILLISECONDS"))
        return fail(problem, ERR_INVALID, "intervalType",
                    "intervalType is '%.*s'; expected MILLISECONDS, with the length in interval",
                    type.len < 32 ? (int)type.len : 32, (const char *)type.data);
    TRY(call_query_number(call, "interval", INT64_MAX, &interval, problem));
    range->interval_ms = (int64_t)interval;
    TRY(parse_aggregation(call, &range->aggregation, problem));
    if (interval == 0) /* as the platform does: no interval, no aggregation */
        range->aggregation = AGG_NONE;
    return check_intervals(range, problem);
}

static err_t read_range(const struct call *call, struct series_range *ret, struct problem *problem)
{
    struct series_range range = {0};
    uint64_t start = 0, end = 0, limit = HISTORY_LIMIT_DEFAULT;
    struct slice order = SLICE("DESC");
    TRY(call_query_number(call, "startTs", INT64_MAX, &start, problem));
    TRY(call_query_number(call, "endTs", INT64_MAX, &end, problem));
    TRY(call_query_number(call, "limit", INT32_MAX, &limit, problem));
    if (end < start)
        return fail(problem, ERR_INVALID, "endTs", "endTs %" PRIu64 " is before startTs %" PRIu64, end,
                    start);
    if (limit == 0)
        return fail(problem, ERR_INVALID, "limit", "limit is 0; expected 1 to %d", INT32_MAX);
    http_request_param(call->request, "orderBy", &order);
    if (order.len != 0 && !slice_eq_str(order, "ASC") && !slice_eq_str(order, "DESC"))
        return fail(problem, ERR_INVALID, "orderBy", "orderBy is not ASC or DESC");
    range.start_ms = (int64_t)start;
    range.end_ms = (int64_t)end;
    range.limit = (uint32_t)limit;
    range.oldest_first = slice_eq_str(order, "ASC");
    TRY(read_interval(call, &range, problem));
    *ret = range;
    return ERR_OK;
}

static err_t reply_history(struct call *call, struct output *output, uint64_t number, struct slice keys,
                           struct problem *problem)
{
    struct series_range range;
    struct slice rest = keys, key;
    TRY(read_range(call, &range, problem));
    if (keys.len == 0)
        return fail(problem, ERR_INVALID, "keys", "Required request parameter 'keys' is not present");
    range.device = number;
    while (telemetry_next_key(&rest, &key)) {
        struct slice earlier = slice_of(keys.data, (size_t)(key.data - keys.data));
        if (telemetry_has_key(earlier, key) || range.start_ms == range.end_ms)
            continue;
        output->key = range.key = key;
        output->points = 0;
        err_t err = series_query(call->api->hub->series, &range, append_point, output, problem);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
        if (output->points != 0)
            buf_append_u8(output->out, ']');
    }
    return ERR_OK;
}

err_t telemetry_values(struct call *call, struct problem *problem)
{
    uint64_t number;
    struct output output = {.out = &call->response->body};
    struct slice keys = {0}, start, end;
    TRY(telemetry_device(call, &number, problem));
    TRY(call_query_bool(call, "useStrictDataTypes", &output.is_strict, problem));
    http_request_param(call->request, "keys", &keys);
    bool has_start = http_request_param(call->request, "startTs", &start);
    bool has_end = http_request_param(call->request, "endTs", &end);
    if (has_start != has_end)
        return fail(problem, ERR_INVALID, has_start ? "endTs" : "startTs",
                    "Required request parameter '%s' is not present", has_start ? "endTs" : "startTs");
    buf_append_u8(output.out, '{');
    if (has_start)
        TRY(reply_history(call, &output, number, keys, problem));
    else
        TRY(reply_latest(call, &output, number, keys, problem));
    buf_append_u8(output.out, '}');
    call->response->status = 200;
    return ERR_OK;
}
