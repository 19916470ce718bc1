/* Calls over HTTP: to devices, polled for and answered; and of devices. Device API sections 4 and 9. */
#include "base/text.h"
#include "http/device_refusal.h"
#include "http/later.h"
#include "http/polls.h"
#include "http/resources.h"
#include "hub/rpc.h"
#include "hub/rpc_device.h"
#include "hub/webhook.h"

#include <stdlib.h>

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

/* ---- calls of devices ---- */

/* A call that the webhook answers. */
struct question {
    struct mail mail; /* first */
    struct hub *hub;
    struct later *later;
    struct buf asked;
};

static void free_question(struct question *q)
{
    buf_fini(&q->asked);
    free(q);
}

/* Thread of the webhook. */
static void ask_webhook(struct mail *mail, void *owner)
{
    struct question *q = (struct question *)mail;
    AUTO_BUF answer = {0};
    struct problem problem = {0};
    if (rpc_device_ask(q->hub, buf_slice(&q->asked), &answer, &problem) == ERR_OK)
        later_answer(q->later, 200, buf_slice(&answer));
    else
        later_refuse(q->later, 500, problem.text);
    free_question(q);
}

/* Takes @p asked. */
static err_t hand_to_webhook(struct call *call, struct buf *asked, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct question *q = calloc(1, sizeof *q);
    struct later *later = q != NULL ? later_begin(call->request) : NULL;
    if (later == NULL) {
        free(q);
        return fail(problem, ERR_AGAIN, "", "the webhook cannot be asked now");
    }
    *q = (struct question){{NULL, ask_webhook}, hub, later, *asked};
    *asked = (struct buf){0};
    if (webhook_submit(hub->webhook, &q->mail))
        return ERR_OK;
    later_cancel(later);
    free_question(q);
    return fail(problem, ERR_LIMIT, "", "the webhook is busy; try again later");
}

err_t device_api_call(struct call *call, struct problem *problem)
{
    AUTO_BUF asked = {0};
    err_t err = rpc_device_answer(call->api->hub, call->device.device, call->request->body,
                                  &call->response->body, &asked, problem);
    if (err == ERR_OK && asked.len != 0)
        return hand_to_webhook(call, &asked, problem);
    if (err == ERR_OK)
        call->response->status = 200;
    return device_refusal(call, err, problem);
}
