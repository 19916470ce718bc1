#include "model/rpc.h"

#include <stdlib.h>

static const char *const names[] = {
    [RPC_STATUS_QUEUED] = "QUEUED",       [RPC_STATUS_SENT] = "SENT",
    [RPC_STATUS_DELIVERED] = "DELIVERED", [RPC_STATUS_SUCCESSFUL] = "SUCCESSFUL",
    [RPC_STATUS_TIMEOUT] = "TIMEOUT",     [RPC_STATUS_EXPIRED] = "EXPIRED",
    [RPC_STATUS_FAILED] = "FAILED",       [RPC_STATUS_DELETED] = "DELETED",
};

const char *rpc_status_name(enum rpc_status status)
{
    return names[status];
}

bool rpc_status_parse(struct slice name, enum rpc_status *ret_status)
{
    for (enum rpc_status s = RPC_STATUS_QUEUED; s <= RPC_STATUS_DELETED; s++) {
        if (!slice_eq_str(name, names[s]))
            continue;
        *ret_status = s;
        return true;
    }
    return false;
}

void rpc_fini(struct rpc *rpc)
{
    free(rpc->request);
    free(rpc->response);
    free(rpc->additional_info);
    *rpc = (struct rpc){0};
}

bool rpc_is_open(const struct rpc *rpc)
{
    return rpc->status <= RPC_STATUS_SENT || (rpc->status == RPC_STATUS_DELIVERED && !rpc->is_one_way);
}

static bool end_attempt(struct rpc *rpc, enum rpc_status end)
{
    rpc->status = rpc->retries != 0 ? RPC_STATUS_QUEUED : end;
    rpc->retries -= rpc->retries != 0;
    return true;
}

static bool rise_to(struct rpc *rpc, enum rpc_status status)
{
    bool rises = rpc->status < status;
    if (rises)
        rpc->status = status;
    return rises;
}

bool rpc_advance(struct rpc *rpc, enum rpc_step step)
{
    if (!rpc_is_open(rpc))
        return false;
    switch (step) {
    case RPC_STEP_SENT: return rise_to(rpc, RPC_STATUS_SENT);
    case RPC_STEP_DELIVERED: return rise_to(rpc, RPC_STATUS_DELIVERED);
    case RPC_STEP_ANSWERED:
        return rise_to(rpc, rpc->is_one_way ? RPC_STATUS_DELIVERED : RPC_STATUS_SUCCESSFUL);
    case RPC_STEP_TIMED_OUT: return end_attempt(rpc, RPC_STATUS_TIMEOUT);
    case RPC_STEP_DROPPED: return end_attempt(rpc, RPC_STATUS_FAILED);
    }
    return false;
}
