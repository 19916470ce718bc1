#include "hub/rpc.h"

#include "base/clock.h"
#include "hub/downlink.h"
#include "hub/rpc_table.h"
#include "hub/sessions.h"
#include "json/compact.h"

#include <stdlib.h>

struct rpc {
    struct rpc_table *table;
};

/* A call that waits. */
struct waiting {
    struct rpc_pending pending; /* first: taken out of the table, it is found by it */
    void (*on_done)(void *arg, enum rpc_outcome outcome, struct slice answer);
    void *arg;
};

/* What is told of a call's way to the device; the call itself may have ended by then. */
struct posted {
    struct rpc *rpc;
    uint64_t device;
    bool is_one_way;
};

err_t rpc_new(const struct settings *settings, struct rpc **ret)
{
    struct rpc *rpc = calloc(1, sizeof *rpc);
    if (rpc == NULL)
        return ERR_NOMEM;
    err_t err = rpc_table_new(settings->rpc.max_pending, settings->rpc.max_pending_per_device, &rpc->table);
    if (err != ERR_OK)
        free(rpc);
    else
        *ret = rpc;
    return err;
}

void rpc_free(struct rpc *rpc)
{
    if (rpc == NULL)
        return;
    rpc_stop(rpc);
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

static void on_settled(const struct downlink *downlink, const struct downlink_result *result)
{
    struct posted *posted = downlink->arg;
    bool is_taken = result->sent + result->queued != 0;
    if (!is_taken || posted->is_one_way)
        end_call(rpc_table_take(posted->rpc->table, posted->device, downlink->request_id),
                 is_taken ? RPC_SENT : RPC_NO_DEVICE, slice_of(NULL, 0));
    free(posted);
}

/* A call that comes late is not made: it goes with its time. */
static struct downlink *make_downlink(struct rpc *rpc, const struct rpc_call *call, uint32_t request_id)
{
    struct posted *posted = malloc(sizeof *posted);
    struct downlink *downlink = downlink_new(DOWNLINK_RPC, call->json);
    if (posted == NULL || downlink == NULL) {
        free(posted);
        downlink_unref(downlink);
        return NULL;
    }
    *posted = (struct posted){rpc, call->device, call->is_one_way};
    downlink->request_id = request_id;
    downlink->expiry_s = (call->timeout_ms + 999) / 1000;
    downlink->needs_connection = true;
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

err_t rpc_call(struct hub *hub, const struct rpc_call *call, struct problem *problem)
{
    struct rpc *rpc = hub->rpc;
    uint32_t id = rpc_table_next_id(rpc->table);
    struct waiting *w = calloc(1, sizeof *w);
    struct downlink *downlink = make_downlink(rpc, call, id);
    err_t err = ERR_NOMEM;
    if (w != NULL && downlink != NULL) {
        w->on_done = call->on_done;
        w->arg = call->arg;
        err = rpc_table_add(rpc->table, call->device, id, clock_mono_ms() + call->timeout_ms, &w->pending,
                            problem);
    }
    if (err != ERR_OK) {
        free(w);
        drop_downlink(downlink);
        return err;
    }
    sessions_post(hub->sessions, call->device, downlink);
    downlink_unref(downlink);
    return ERR_OK;
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

err_t rpc_respond(struct hub *hub, uint64_t device, uint32_t request_id, struct slice json,
                  struct problem *problem)
{
    AUTO_BUF answer = {0};
    TRY(read_answer(hub, json, &answer, problem));
    end_call(rpc_table_take(hub->rpc->table, device, request_id), RPC_ANSWERED, buf_slice(&answer));
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
}

void rpc_stop(struct rpc *rpc)
{
    struct rpc_pending *rest;
    while (rpc != NULL && (rest = rpc_table_close(rpc->table)) != NULL)
        end_call(rest, RPC_STOPPED, slice_of(NULL, 0));
}
