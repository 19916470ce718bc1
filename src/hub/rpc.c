#include "hub/rpc.h"

#include "base/clock.h"
#include "hub/downlink.h"
#include "hub/rpc_persistent.h"
#include "hub/rpc_table.h"
#include "hub/sessions.h"
#include "json/compact.h"

#include <stdlib.h>

struct rpc_service {
    struct rpc_table *table;
    struct rpc_persistent *persistent;
};

/* A call that waits. */
struct waiting {
    struct rpc_pending pending; /* first: taken out of the table, it is found by it */
    void (*on_done)(void *arg, enum rpc_outcome outcome, struct slice answer);
    void *arg;
};

/* What is told of a call's way to the device; the call itself may have ended by then. */
struct posted {
    struct hub *hub;
    uint64_t device;
    bool is_one_way;
};

err_t rpc_new(const struct settings *settings, struct rpc_service **ret)
{
    struct rpc_service *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL)
        return ERR_NOMEM;
    err_t err = rpc_table_new(settings->rpc.max_pending, settings->rpc.max_pending_per_device, &rpc->table);
    if (err == ERR_OK)
        err = rpc_persistent_new(&rpc->persistent);
    if (err != ERR_OK)
        rpc_free(rpc);
    else
        *ret = rpc;
    return err;
}

struct rpc_persistent *rpc_persistent_of(const struct hub *hub)
{
    return hub->rpc->persistent;
}

uint32_t rpc_next_id(const struct hub *hub)
{
    return rpc_table_next_id(hub->rpc->table);
}

void rpc_free(struct rpc_service *rpc)
{
    if (rpc == NULL)
        return;
    rpc_stop(rpc);
    rpc_persistent_free(rpc->persistent);
    rpc_table_free(rpc->table);
    free(rpc);
}

/* @p pending has been taken out of the table, or was never in it. NULL: somebody else ended it. */
static void end_call(struct rpc_pending *pending, enum rpc_outcome outcome, struct slice answer)
{
    struct waiting *w = (struct waiting *)pending;
    if (w == NULL)
        return;
    w->on_done(w->arg, outcome, answer);
    free(w);
}

void rpc_end(struct hub *hub, uint64_t device, uint32_t request_id, enum rpc_outcome outcome)
{
    end_call(rpc_table_take(hub->rpc->table, device, request_id), outcome, slice_of(NULL, 0));
}

static void on_settled(const struct downlink *downlink, const struct downlink_result *result)
{
    struct posted *posted = downlink->arg;
    bool is_taken = result->sent + result->queued != 0;
    if (!is_taken)
        rpc_end(posted->hub, posted->device, downlink->request_id,
                result->dropped != 0 ? RPC_DROPPED : RPC_NO_DEVICE);
    else if (downlink->tag != 0)
        rpc_persistent_note(posted->hub, downlink->tag, RPC_STEP_SENT);
    else if (posted->is_one_way)
        rpc_end(posted->hub, posted->device, downlink->request_id, RPC_SENT);
    free(posted);
}

/* A call that comes late is not made: it goes with its time. */
static struct downlink *make_downlink(struct hub *hub, const struct rpc_call *call, uint32_t request_id)
{
    struct posted *posted = malloc(sizeof *posted);
    struct downlink *downlink = downlink_new(DOWNLINK_RPC, call->json);
    if (posted == NULL || downlink == NULL) {
        free(posted);
        downlink_unref(downlink);
        return NULL;
    }
    *posted = (struct posted){hub, call->device, call->is_one_way};
    downlink->request_id = request_id;
    downlink->expiry_s = (call->timeout_ms + 999) / 1000;
    downlink->needs_connection = true;
    downlink->tag = call->number;
    downlink->on_settled = on_settled;
    downlink->arg = posted;
    return downlink;
}

static void drop_downlink(struct downlink *downlink)
{
    if (downlink != NULL)
        free(downlink->arg);
    downlink_unref(downlink);
}

static struct waiting *make_waiting(const struct rpc_call *call)
{
    struct waiting *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->pending.number = call->number;
    w->on_done = call->on_done;
    w->arg = call->arg;
    return w;
}

static void post(struct hub *hub, uint64_t device, struct downlink *downlink)
{
    sessions_post(hub->sessions, device, downlink);
    downlink_unref(downlink);
}

/* Whoever ended a persistent call while it was not in the table has written so before; from now on it is found there. */
static bool is_due(struct hub *hub, const struct rpc_call *call)
{
    return call->number == 0 || rpc_persistent_is_open(hub, call->number);
}

err_t rpc_call(struct hub *hub, const struct rpc_call *call, struct problem *problem)
{
    struct rpc_table *table = hub->rpc->table;
    uint32_t id = call->request_id != 0 ? call->request_id : rpc_table_next_id(table);
    struct waiting *w = make_waiting(call);
    struct downlink *downlink = make_downlink(hub, call, id);
    err_t err = ERR_NOMEM;
    if (w != NULL && downlink != NULL)
        err =
            rpc_table_add(table, call->device, id, clock_mono_ms() + call->timeout_ms, &w->pending, problem);
    if (err == ERR_OK && is_due(hub, call)) {
        post(hub, call->device, downlink);
        return ERR_OK;
    }
    drop_downlink(downlink);
    if (err == ERR_OK)
        rpc_end(hub, call->device, id, RPC_STOPPED);
    else
        free(w);
    return err;
}

void rpc_repeat(struct hub *hub, const struct rpc_call *call)
{
    struct downlink *downlink = make_downlink(hub, call, call->request_id);
    if (downlink != NULL)
        post(hub, call->device, downlink);
}

static err_t read_answer(struct hub *hub, struct slice json, struct buf *out, struct problem *problem)
{
    AUTO_BUF scratch = {0};
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, json, JSON_MODE_LENIENT, hub->settings->json.max_depth, &scratch, problem);
    TRY(json_next(&reader, &token));
    TRY(json_compact(&reader, &token, out));
    return json_next(&reader, &token); /* the end, or an error */
}

/* The end of a persistent call is on disk first: the device may forget what has been acknowledged. Until then the call
 * waits, so that it is not sent again. */
err_t rpc_respond(struct hub *hub, uint64_t device, uint32_t request_id, struct slice json,
                  struct problem *problem)
{
    AUTO_BUF answer = {0};
    TRY(read_answer(hub, json, &answer, problem));
    const struct rpc_progress answered = {.device = device,
                                          .request_id = request_id,
                                          .step = RPC_STEP_ANSWERED,
                                          .response = buf_slice(&answer)};
    struct rpc_pending *pending = rpc_table_take_unkept(hub->rpc->table, device, request_id);
    if (pending == NULL) {
        TRY(rpc_persistent_answer(hub, &answered, problem));
        pending = rpc_table_take(hub->rpc->table, device, request_id);
    }
    end_call(pending, RPC_ANSWERED, buf_slice(&answer));
    return ERR_OK;
}

err_t rpc_response_work(struct request *request, struct problem *problem)
{
    return rpc_respond(request->hub, request->source.device, request->match.request_id,
                       buf_slice(&request->payload), problem);
}

void rpc_tick(struct hub *hub, uint64_t now_ms)
{
    struct rpc_pending *late;
    while ((late = rpc_table_take_late(hub->rpc->table, now_ms)) != NULL)
        end_call(late, RPC_TIMED_OUT, slice_of(NULL, 0));
    rpc_persistent_tick(hub);
}

void rpc_stop(struct rpc_service *rpc)
{
    struct rpc_pending *rest;
    while (rpc != NULL && rpc->table != NULL && (rest = rpc_table_close(rpc->table)) != NULL)
        end_call(rest, RPC_STOPPED, slice_of(NULL, 0));
}
