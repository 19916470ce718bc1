/* Calls to devices. */
#include "hub/rpc.h"

#include "base/log.h"
#include "base/text.h"
#include "http/audit.h"
#include "http/later.h"
#include "http/resources.h"
#include "http/rpc_document.h"
#include "hub/rpc_persistent.h"

#include <stdlib.h>

#define NO_DEVICE "The device is not connected, or has not subscribed to calls"

enum { METHOD_MAX = 255, METHOD_TOLD = 100, TIMEOUT_MAX_MS = 24 * 60 * 60 * 1000 };

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

/* A call under way, and what the audit log puts down of it: with the outcome, before the caller has it. */
struct asked {
    struct mail mail; /* first: the job that ends it */
    struct hub *hub;
    struct later *later;
    enum rpc_outcome outcome;
    struct buf answer;
    struct audit_entry entry;
    char source[UUID_TEXT_SIZE + ADDRESS_TEXT_SIZE];
    json_t *data;
};

static const struct ending {
    const char *name;
    unsigned status;
    const char *sentence; /* NULL: it went well */
} endings[] = {
    [RPC_ANSWERED] = {"answered", 200, NULL},
    [RPC_SENT] = {"sent", 200, NULL},
    [RPC_NO_DEVICE] = {"no device", 409, NO_DEVICE},
    [RPC_DROPPED] = {"dropped", 409,
                     "The device is connected, but its queue is full, or the call too large for it"},
    [RPC_TIMED_OUT] = {"timed out", 504, "The device did not answer in time"},
    [RPC_STOPPED] = {"stopped", 503, "The server is stopping"},
};

static void free_asked(struct asked *asked)
{
    buf_fini(&asked->answer);
    json_decref(asked->data);
    free(asked);
}

static void answer(struct asked *asked)
{
    const struct ending *ending = &endings[asked->outcome];
    if (ending->sentence != NULL)
        later_refuse(asked->later, ending->status, ending->sentence);
    else if (!buf_is_ok(&asked->answer))
        later_refuse(asked->later, 500, "no memory for the answer");
    else
        later_answer(asked->later, ending->status, buf_slice(&asked->answer));
    free_asked(asked);
}

/* Worker. */
static void put_down(struct mail *job, void *owner)
{
    struct asked *asked = (struct asked *)job;
    struct audit_entry *entry = &asked->entry;
    const struct ending *ending = &endings[asked->outcome];
    entry->is_failure = ending->sentence != NULL;
    audit_log_text(entry->failure, sizeof entry->failure, ending->sentence);
    (void)json_object_set_new(asked->data, "outcome", json_string(ending->name));
    audit_log_set_data(entry, asked->data);
    audit_log_add(asked->hub, entry, entry->is_failure ? asked->source : NULL);
    answer(asked);
}

/* Any thread. When no worker can be had, the caller comes first. */
static void on_done(void *arg, enum rpc_outcome outcome, struct slice json)
{
    struct asked *asked = arg;
    asked->outcome = outcome;
    buf_append_slice(&asked->answer, json);
    asked->mail.deliver = put_down;
    if (workers_submit(asked->hub->workers, &asked->mail))
        return;
    log_warning("audit.failed", log_text("action", "RPC_CALL"), log_text("reason", "the workers are busy"));
    answer(asked);
}

static struct asked *new_asked(struct call *call)
{
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL)
        return NULL;
    asked->hub = call->api->hub;
    audit_describe(call, ERR_OK, NULL, &asked->entry);
    audit_source(call, asked->source);
    asked->data = json_loads(asked->entry.data, 0, NULL);
    asked->later = later_begin(call->request);
    return asked;
}

/* Without a server there is nobody who could be connected. */
static err_t send_call(struct call *call, struct rpc_call *made, struct problem *problem)
{
    struct asked *asked = new_asked(call);
    if (asked == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the call");
    struct later *later = asked->later;
    made->on_done = on_done;
    made->arg = asked;
    err_t err =
        later != NULL ? rpc_call(call->api->hub, made, problem) : fail(problem, ERR_CONFLICT, "", NO_DEVICE);
    call->audit.is_later = err == ERR_OK;
    if (err == ERR_OK)
        return ERR_OK;
    if (later != NULL)
        later_cancel(later);
    free_asked(asked);
    return err;
}

/* The parameters may hold a secret. */
static void describe(struct call *call)
{
    struct slice method = slice_str(json_string_value(json_object_get(call->body, "method")));
    method.len = text_utf8_prefix(slice_of(method.data, method.len < METHOD_TOLD ? method.len : METHOD_TOLD));
    call_audit_detail(call, "rpcMethod", document_slice(method));
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
    if (err != ERR_OK)
        return err;
    call_audit_detail(call, "outcome", json_string("kept"));
    call_audit_detail(call, "rpcId", json_string(id));
    return call_reply(call, json_pack("{s:s}", "rpcId", id), problem);
}

static err_t make_call(struct call *call, bool is_one_way, struct problem *problem)
{
    AUTO_BUF json = {0};
    struct rpc_call made = {.is_one_way = is_one_way};
    bool is_persistent = false;
    TRY(call_part_device(call, 0, "deviceId", &made.device, problem));
    TRY(write_request(call, &json, problem));
    describe(call);
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
