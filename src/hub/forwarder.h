/**
 * @file forwarder.h - sends telemetry, attributes and lifecycle of devices to the endpoints that tenants name.
 *
 * One thread sorts what the writer has set aside (forward_backlog.h), and the registry's notices, into a queue for each endpoint
 * (forward_queue.h), and sends from those: one request at a time to each endpoint, all endpoints at once (libcurl's multi
 * interface), so none waits for another. What failed is sent again after a pause that doubles, until it is too old. What
 * receivers see: docs/forwarding.md; how it all holds together: docs/architecture.md, "Forwarding".
 *
 * One lock guards the endpoints, held for a turn of the thread's, in which it reads and writes the stores, never while it waits.
 */
#pragma once

#include "hub/hub.h"
#include "model/forwarding.h"

struct forwarder;
struct forward_backlog;

/** Reads endpoints and queues; nothing is sent yet. Main thread, before the writer; blocks. */
MUST_USE err_t forwarder_new(struct hub *hub, struct forwarder **ret, struct problem *problem);
struct forward_backlog *forwarder_backlog(struct forwarder *forwarder); /* for the writer */

/** Begin to send. Main thread. */
MUST_USE err_t forwarder_start(struct forwarder *forwarder);
void forwarder_stop(struct forwarder *forwarder); /* tests and requests end soon. NULL allowed; any thread */
void forwarder_join(struct forwarder *forwarder); /* waits for the thread. NULL allowed; main thread */
void forwarder_free(struct forwarder *forwarder); /* after the writer has ended. NULL allowed */

/** Forwardings have changed in the registry: what is written from here on goes by them. Worker threads; blocks. */
MUST_USE err_t forwarder_reload(struct forwarder *forwarder, struct problem *problem);

struct forwarder_status {
    int64_t last_success_ms, last_error_ms; /* since the server started; 0 = not */
    char last_error[PROBLEM_TEXT_MAX];
    uint64_t queued_events, queued_bytes, dropped_events;
};
void forwarder_status(struct forwarder *forwarder, const struct forwarding *of, struct forwarder_status *ret);

/**
 * Send a test event now, besides the queue; one at a time in the whole server, 10 s at most.
 * @param ret_status  what the endpoint answered; 0: nothing
 * @return as forward_request_result(); ERR_AGAIN: another test is running. Worker threads; blocks
 */
MUST_USE err_t forwarder_test(struct forwarder *forwarder, const struct forwarding *to, long *ret_status,
                              struct problem *problem);
