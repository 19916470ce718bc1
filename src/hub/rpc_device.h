/**
 * @file rpc_device.h - calls of devices to the server.
 *
 * {"method":"m","params":p} is answered with JSON: `getTime`, `getCertificate` and `getSessionInfo` by the platform, others
 * by the webhook (rpc.webhook_url). What cannot be answered is answered with {"error":".."}. Spec: device API section 4.
 */
#pragma once

#include "hub/request.h"

/** Worker's function of TOPIC_RPC_REQUEST. ERR_INVALID, ERR_LIMIT (no JSON) · ERR_NOMEM */
MUST_USE err_t rpc_device_work(struct request *request, struct problem *problem);

/**
 * The platform's own methods. Worker thread; blocks.
 * @param payload  lenient JSON
 * @param answer   appended to; empty: the method is for the webhook
 * @param asked    then: what is to be sent there
 * @return ERR_OK · ERR_INVALID, ERR_LIMIT (no JSON) · ERR_NOMEM
 */
MUST_USE err_t rpc_device_answer(struct hub *hub, uint64_t device, struct slice payload, struct buf *answer,
                                 struct buf *asked, struct problem *problem);

/** Ask the webhook; an answer in any case. On a thread of webhook.h; blocks. ERR_NOMEM */
MUST_USE err_t rpc_device_ask(struct hub *hub, struct slice asked, struct buf *answer,
                              struct problem *problem);
