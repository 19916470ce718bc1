/* History of a device's keys, as it is or aggregated: a stream, so that ten million points cost a piece of memory. */
#include "http/answer_stream.h"
#include "http/point_writer.h"
#include "http/telemetry_call.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    LIMIT_DEFAULT = 100,
    INTERVALS_MAX = 50000,
    LOOKS = 50000, /* points looked at before others may use the worker: some 20 ms */
};

/* ---- what is asked for ------------------------------------------------------------------------------------- */

static err_t unknown_word(const char *name, struct slice found, const char *expected, struct problem *problem)
{
    return fail(problem, ERR_INVALID, name, "%s is '%.*s'; expected %s", name,
                found.len < 32 ? (int)found.len : 32, (const char *)found.data, expected);
}

/* false: not given, or empty, which is the same. */
static bool param(const struct call *call, const char *name, struct slice *ret)
{
    return http_request_param(call->request, name, ret) && ret->len != 0;
}

static err_t check_intervals(const struct series_range *range, struct problem *problem)
{
    int64_t count = intervals_count(&range->intervals, (struct interval){range->start_ms, range->end_ms});
    if (range->aggregation == AGG_NONE || count <= INTERVALS_MAX)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "interval",
                "the range has %" PRId64 " intervals of that length; expected at most %d", count,
                INTERVALS_MAX);
}

static err_t read_intervals(const struct call *call, struct series_range *range, struct problem *problem)
{
    struct slice text;
    uint64_t length = 0;
    struct intervals *intervals = &range->intervals;
    if (param(call, "intervalType", &text) && !interval_type_parse(text, &intervals->type))
        return unknown_word("intervalType", text, "MILLISECONDS, WEEK, WEEK_ISO, MONTH or QUARTER", problem);
    if (param(call, "timeZone", &text))
        TRY(time_zone_find(text, "timeZone", &intervals->zone, problem));
    TRY(call_query_number(call, "interval", INT64_MAX, &length, problem));
    if (param(call, "agg", &text) && !aggregation_parse(text, &range->aggregation))
        return unknown_word("agg", text, "NONE, MIN, MAX, AVG, SUM or COUNT", problem);
    intervals->length_ms = length != 0 ? (int64_t)length : INT64_MAX;
    if (intervals->type == INTERVAL_MILLISECONDS &&
        length == 0) /* as the platform: no interval, no aggregation */
        range->aggregation = AGG_NONE;
    return check_intervals(range, problem);
}

static err_t read_order(const struct call *call, bool *ret_oldest_first, struct problem *problem)
{
    struct slice order;
    if (!param(call, "orderBy", &order))
        return ERR_OK;
    if (!slice_eq_str(order, "ASC") && !slice_eq_str(order, "DESC"))
        return unknown_word("orderBy", order, "ASC or DESC", problem);
    *ret_oldest_first = slice_eq_str(order, "ASC");
    return ERR_OK;
}

static err_t read_range(const struct call *call, struct series_range *ret, struct problem *problem)
{
    struct series_range range = {.limit = LIMIT_DEFAULT};
    uint64_t start = 0, end = 0;
    TRY(call_query_number(call, "startTs", INT64_MAX, &start, problem));
    TRY(call_query_number(call, "endTs", INT64_MAX, &end, problem));
    TRY(call_query_number(call, "limit", INT32_MAX, &range.limit, problem));
    if (end < start)
        return fail(problem, ERR_INVALID, "endTs", "endTs %" PRIu64 " is before startTs %" PRIu64, end,
                    start);
    if (range.limit == 0)
        return fail(problem, ERR_INVALID, "limit", "limit is 0; expected 1 to %d", INT32_MAX);
    range.start_ms = (int64_t)start;
    range.end_ms = (int64_t)end;
    TRY(read_order(call, &range.oldest_first, problem));
    TRY(read_intervals(call, &range, problem));
    *ret = range;
    return ERR_OK;
}

/* ---- the stream -------------------------------------------------------------------------------------------- */

struct history {
    struct series *series;
    struct series_range range;
    struct series_scan *scan; /* of the key at hand; NULL: the next one is due */
    struct point_writer writer;
    size_t full_at; /* bytes of the piece at which it is handed over */
    bool has_begun;
    struct slice keys, rest; /* all, and those to come */
    char text[];             /* what they point into */
};

static void close_history(void *state)
{
    struct history *h = state;
    series_scan_free(h->scan);
    free(h);
}

static bool add_point(void *arg, const struct point *point)
{
    struct history *h = arg;
    return point_writer_add(&h->writer, point) && h->writer.out->len < h->full_at;
}

static err_t continue_key(struct history *h, uint64_t *looks, struct problem *problem)
{
    bool is_done = false;
    TRY(series_scan_step(h->scan, looks, add_point, h, &is_done, problem));
    if (!is_done)
        return ERR_OK;
    point_writer_end(&h->writer);
    series_scan_free(h->scan);
    h->scan = NULL;
    return ERR_OK;
}

/* false: that was the last one. */
static err_t begin_key(struct history *h, bool *ret_is_there, struct problem *problem)
{
    *ret_is_there = telemetry_next_other_key(h->keys, &h->rest, &h->range.key);
    if (!*ret_is_there)
        return ERR_OK;
    point_writer_begin(&h->writer, h->range.key);
    return series_scan_new(h->series, &h->range, &h->scan, problem);
}

static err_t next_piece(void *state, struct buf *out, bool *ret_is_last, struct problem *problem)
{
    struct history *h = state;
    uint64_t looks = LOOKS;
    bool has_key = true;
    h->writer.out = out;
    h->full_at = out->len + ANSWER_PIECE;
    buf_append_str(out, h->has_begun ? "" : "{");
    h->has_begun = true;
    while (has_key && out->len < h->full_at && looks != 0) {
        if (h->scan != NULL)
            TRY(continue_key(h, &looks, problem));
        else
            TRY(begin_key(h, &has_key, problem));
    }
    buf_append_str(out, has_key ? "" : "}");
    *ret_is_last = !has_key;
    return ERR_OK;
}

static const struct answer_source source = {next_piece, close_history};

err_t telemetry_history(struct call *call, uint64_t device, bool is_strict, struct slice keys,
                        struct problem *problem)
{
    struct series_range range;
    TRY(read_range(call, &range, problem));
    if (keys.len == 0)
        return fail(problem, ERR_INVALID, "keys", "Required request parameter 'keys' is not present");
    struct history *h = malloc(sizeof *h + keys.len);
    if (h == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    *h = (struct history){.series = call->api->hub->series, .range = range, .writer.is_strict = is_strict};
    h->range.device = device;
    memcpy(h->text, keys.data, keys.len);
    h->keys = h->rest = slice_of(h->text, keys.len);
    return answer_stream(call, &source, h);
}
