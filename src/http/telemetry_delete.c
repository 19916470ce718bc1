/* Points of a device, deleted by people and scripts. */
#include "http/resources.h"
#include "http/telemetry_call.h"
#include "hub/writer.h"

#include <inttypes.h>

enum { KEYS_MAX = 1000 };

/* The platform asks for both ends of the range, unless everything is to go. */
static err_t read_range(const struct call *call, struct series_deletion *ret, struct problem *problem)
{
    uint64_t start = 0, end = 0;
    struct slice text;
    bool is_all = false;
    TRY(call_query_bool(call, "deleteAllDataForKeys", &is_all, problem));
    for (size_t i = 0; !is_all && i < 2; i++) {
        const char *name = i == 0 ? "startTs" : "endTs";
        if (!http_request_param(call->request, name, &text))
            return fail(problem, ERR_INVALID, name,
                        "%s is missing; expected startTs and endTs, or deleteAllDataForKeys=true", name);
    }
    TRY(call_query_number(call, "startTs", INT64_MAX, &start, problem));
    TRY(call_query_number(call, "endTs", INT64_MAX, &end, problem));
    if (!is_all && end < start)
        return fail(problem, ERR_INVALID, "endTs", "endTs %" PRIu64 " is before startTs %" PRIu64, end,
                    start);
    ret->start_ms = is_all ? 0 : (int64_t)start;
    ret->end_ms = is_all ? INT64_MAX : (int64_t)end;
    return ERR_OK;
}

static err_t read_latest_rule(const struct call *call, enum latest_rule *ret, struct problem *problem)
{
    bool is_deleted = true, is_rewritten = false;
    TRY(call_query_bool(call, "deleteLatest", &is_deleted, problem));
    TRY(call_query_bool(call, "rewriteLatestIfDeleted", &is_rewritten, problem));
    if (!is_deleted)
        *ret = LATEST_KEEP;
    else
        *ret = is_rewritten ? LATEST_REWRITE : LATEST_REMOVE;
    return ERR_OK;
}

static err_t read_keys(const struct call *call, const struct series_deletion *each,
                       struct series_deletion deletions[KEYS_MAX], size_t *ret_count, struct problem *problem)
{
    struct slice list = {0}, rest, key;
    size_t count = 0;
    http_request_param(call->request, "keys", &list);
    rest = list;
    while (telemetry_next_other_key(list, &rest, &key)) {
        if (count == KEYS_MAX || key.len > KEY_MAX_BYTES)
            return fail(problem, ERR_INVALID, "keys",
                        "keys holds more than %d names, or a name of more than %d bytes", KEYS_MAX,
                        KEY_MAX_BYTES);
        deletions[count] = *each;
        deletions[count++].key = key;
    }
    if (count == 0)
        return fail(problem, ERR_INVALID, "keys", "Required request parameter 'keys' is not present");
    *ret_count = count;
    return ERR_OK;
}

err_t telemetry_delete(struct call *call, struct problem *problem)
{
    struct series_deletion each = {0}, deletions[KEYS_MAX];
    size_t count = 0;
    TRY(telemetry_device(call, &each.device, problem));
    TRY(read_range(call, &each, problem));
    TRY(read_latest_rule(call, &each.latest, problem));
    TRY(read_keys(call, &each, deletions, &count, problem));
    TRY(writer_delete_points(call->api->hub->writer, deletions, count, problem));
    call->response->status = 200;
    return ERR_OK;
}
