/* Calls to devices over HTTP: polled for, and answered. Device API sections 4 and 9. */
#include "base/text.h"
#include "http/device_refusal.h"
#include "http/polls.h"
#include "http/resources.h"
#include "hub/rpc.h"

err_t device_api_calls(struct call *call, struct problem *problem)
{
    return polls_begin(call, DOWNLINK_RPC, problem);
}

static err_t read_id(const struct call *call, uint32_t *ret, struct problem *problem)
{
    uint64_t id;
    if (!text_to_u64(call->parts[1], UINT32_MAX, &id))
        return fail(problem, ERR_INVALID, "id", "the id of the call is no whole number from 0 to %u",
                    UINT32_MAX);
    *ret = (uint32_t)id;
    return ERR_OK;
}

err_t device_api_call_answer(struct call *call, struct problem *problem)
{
    uint32_t id = 0;
    TRY(read_id(call, &id, problem));
    err_t err = rpc_respond(call->api->hub, call->device.device, id, call->request->body, problem);
    if (err == ERR_OK)
        call->response->status = 200;
    return device_refusal(call, err, problem);
}
