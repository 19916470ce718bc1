/* Calls to devices. */
#include "hub/rpc.h"

#include "http/later.h"
#include "http/resources.h"
#include "http/rpc_document.h"
#include "hub/rpc_persistent.h"

#include <stdlib.h>

#define NO_DEVICE "The device is not connected, or has not subscribed to calls"

enum { METHOD_MAX = 255, TIMEOUT_MAX_MS = 24 * 60 * 60 * 1000 };

/* ---- what is called ---- */

static err_t read_method(const json_t *body, const char **ret, struct problem *problem)
{
    *ret = NULL;
    TRY(document_get_string(body, "method", ret, problem));
    size_t len = *ret != NULL ? strlen(*ret) : 0;
    if (len == 0 || len > METHOD_MAX)
        return fail(problem, ERR_INVALID, "method", "method has %zu bytes; expected 1 to %d", len,
                    METHOD_MAX);
    return ERR_OK;
}

/* As the device gets it. */
static err_t write_request(struct call *call, struct buf *out, struct problem *problem)
{
    const char *method;
    const json_t *params = json_object_get(call->body, "params");
    size_t max = call->api->hub->settings->mqtt.max_payload;
    TRY(read_method(call->body, &method, problem));
    AUTO_JSON request =
        json_pack("{s:s, s:O}", "method", method, "params", params != NULL ? params : json_null());
    if (request == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the call");
    document_write(request, out);
    if (!buf_is_ok(out))
        return fail(problem, ERR_NOMEM, "", "no memory for the call");
    if (out->len > max)
        return fail(problem, ERR_INVALID, "params",
                    "method and params have %zu bytes; expected at most %zu (mqtt.max_payload)", out->len,
                    max);
    return ERR_OK;
}

static err_t read_timeout(struct call *call, uint32_t *ret, struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    int64_t timeout_ms = settings->rpc.default_timeout;
    TRY(document_get_integer(call->body, "timeout", &timeout_ms, NULL, problem));
    if (timeout_ms < 0 || timeout_ms > TIMEOUT_MAX_MS)
        return fail(problem, ERR_INVALID, "timeout", "timeout is %lld; expected 0 to %d milliseconds",
                    (long long)timeout_ms, TIMEOUT_MAX_MS);
    uint32_t least_ms = settings->rpc.min_timeout;
    *ret = timeout_ms > least_ms ? (uint32_t)timeout_ms : least_ms;
    return ERR_OK;
}

/* ---- the answer ---- */

/* Any thread. */
static void on_done(void *arg, enum rpc_outcome outcome, struct slice answer)
{
    struct later *later = arg;
    switch (outcome) {
    case RPC_ANSWERED:
    case RPC_SENT: later_answer(later, 200, answer); return;
    case RPC_NO_DEVICE: later_refuse(later, 409, NO_DEVICE); return;
    case RPC_DROPPED:
        later_refuse(later, 409,
                     "The device is connected, but its queue is full, or the call too large for it");
        return;
    case RPC_TIMED_OUT: later_refuse(later, 504, "The device did not answer in time"); return;
    case RPC_STOPPED: later_refuse(later, 503, "The server is stopping"); return;
    }
}

/* Without a server there is nobody who could be connected. */
static err_t send_call(struct call *call, struct rpc_call *made, struct problem *problem)
{
    struct later *later = later_begin(call->request);
    if (later == NULL)
        return fail(problem, ERR_CONFLICT, "", NO_DEVICE);
    made->on_done = on_done;
    made->arg = later;
    err_t err = rpc_call(call->api->hub, made, problem);
    if (err != ERR_OK)
        later_cancel(later);
    return err;
}

/* On disk before anybody is told so. */
static err_t keep_call(struct call *call, const struct rpc_call *made, struct buf *json,
                       struct problem *problem)
{
    char id[UUID_TEXT_SIZE];
    struct rpc rpc = {.device = made->device, .timeout_ms = made->timeout_ms, .is_one_way = made->is_one_way};
    rpc.request = strdup(buf_cstr(json));
    err_t err = rpc.request != NULL ? rpc_read(call->body, &rpc, problem) : ERR_NOMEM;
    if (err == ERR_OK)
        err = rpc_persistent_add(call->api->hub, &rpc, problem);
    uuid_format(&rpc.id, id);
    rpc_fini(&rpc);
    return err == ERR_OK ? call_reply(call, json_pack("{s:s}", "rpcId", id), problem) : err;
}

static err_t make_call(struct call *call, bool is_one_way, struct problem *problem)
{
    AUTO_BUF json = {0};
    struct rpc_call made = {.is_one_way = is_one_way};
    bool is_persistent = false;
    TRY(call_part_device(call, 0, "deviceId", &made.device, problem));
    TRY(write_request(call, &json, problem));
    TRY(read_timeout(call, &made.timeout_ms, problem));
    TRY(document_get_bool(call->body, "persistent", &is_persistent, problem));
    if (is_persistent)
        return keep_call(call, &made, &json, problem);
    made.json = buf_slice(&json);
    return send_call(call, &made, problem);
}

err_t rpc_one_way(struct call *call, struct problem *problem)
{
    return make_call(call, true, problem);
}

err_t rpc_two_way(struct call *call, struct problem *problem)
{
    return make_call(call, false, problem);
}
