/* Time series of a device: names of keys, latest values; history is in telemetry_history.c. */
#include "base/clock.h"
#include "http/point_writer.h"
#include "http/resources.h"
#include "http/telemetry_call.h"

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

bool telemetry_next_other_key(struct slice list, struct slice *rest, struct slice *ret_key)
{
    struct slice key;
    while (telemetry_next_key(rest, &key)) {
        if (telemetry_has_key(slice_of(list.data, (size_t)(key.data - list.data)), key))
            continue;
        *ret_key = key;
        return true;
    }
    return false;
}

void telemetry_append_string(struct buf *out, struct slice text)
{
    struct value value = {.type = VALUE_STRING, .text = text};
    value_append_json(&value, out);
}

/* Into an array that has been opened. */
static bool append_key(void *arg, struct slice key)
{
    struct buf *out = arg;
    if (out->data[out->len - 1] != '[')
        buf_append_u8(out, ',');
    telemetry_append_string(out, key);
    return buf_is_ok(out);
}

err_t telemetry_keys(struct call *call, struct problem *problem)
{
    uint64_t number;
    struct buf *out = &call->response->body;
    TRY(telemetry_device(call, &number, problem));
    buf_append_u8(out, '[');
    TRY(series_keys(call->api->hub->series, number, append_key, out, problem));
    buf_append_u8(out, ']');
    call->response->status = 200;
    return ERR_OK;
}

static err_t append_latest(struct call *call, struct point_writer *output, uint64_t number, struct slice key,
                           struct problem *problem)
{
    point_writer_begin(output, key);
    err_t err = series_latest(call->api->hub->series, number, key, point_writer_add, output, problem);
    if (err == ERR_NOT_FOUND) /* the platform answers null, stamped now, for a key never sent */
        point_writer_add_null(output, clock_wall_ms());
    else if (err != ERR_OK)
        return err;
    point_writer_end(output);
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

static err_t append_all_latest(struct call *call, struct point_writer *output, uint64_t number,
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

static err_t reply_latest(struct call *call, struct point_writer *output, uint64_t number, struct slice keys,
                          struct problem *problem)
{
    struct slice rest = keys, key;
    if (keys.len == 0)
        return append_all_latest(call, output, number, problem);
    while (telemetry_next_other_key(keys, &rest, &key))
        TRY(append_latest(call, output, number, key, problem));
    return ERR_OK;
}

static err_t latest_values(struct call *call, uint64_t number, bool is_strict, struct slice keys,
                           struct problem *problem)
{
    struct point_writer output = {.out = &call->response->body, .is_strict = is_strict};
    buf_append_u8(output.out, '{');
    TRY(reply_latest(call, &output, number, keys, problem));
    buf_append_u8(output.out, '}');
    call->response->status = 200;
    return ERR_OK;
}

err_t telemetry_values(struct call *call, struct problem *problem)
{
    uint64_t number;
    bool is_strict = false;
    struct slice keys = {0}, start, end;
    TRY(telemetry_device(call, &number, problem));
    TRY(call_query_bool(call, "useStrictDataTypes", &is_strict, problem));
    http_request_param(call->request, "keys", &keys);
    bool has_start = http_request_param(call->request, "startTs", &start);
    bool has_end = http_request_param(call->request, "endTs", &end);
    if (has_start != has_end)
        return fail(problem, ERR_INVALID, has_start ? "endTs" : "startTs",
                    "Required request parameter '%s' is not present", has_start ? "endTs" : "startTs");
    return has_start ? telemetry_history(call, number, is_strict, keys, problem)
                     : latest_values(call, number, is_strict, keys, problem);
}
