/**
 * @file attribute_request.h - a device asks for its attributes: parsed on the reactor, read by a worker, answered
 * through the reactor's mailbox. Spec: device API section 3, "Request values".
 */
#pragma once

#include "hub/hub.h"
#include "hub/topics.h"

struct attribute_answer {
    uint64_t client; /* the reactor's handle of the asking connection */
    struct topic_match request;
    err_t result;
    struct buf json; /* {"client":{..},"shared":{..}}, on ERR_OK */
};

/**
 * Start answering. @p on_answer runs on the reactor's thread; the answer is borrowed for the call.
 * @return ERR_OK (on_answer will be called) · ERR_INVALID (payload; problem tells) · ERR_LIMIT (too busy, too many
 *         keys) · ERR_NOMEM
 */
MUST_USE err_t attribute_request_start(
    struct hub *hub, struct mailbox *home, uint64_t client, uint64_t device,
    const struct topic_match *request, struct slice payload,
    void (*on_answer)(void *reactor, const struct attribute_answer *answer), struct problem *problem);
