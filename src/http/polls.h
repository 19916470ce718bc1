/**
 * @file polls.h - long polls of devices: GET .../attributes/updates and GET .../rpc wait for news of the platform.
 *
 * A device that polls has one seat in the directory of sessions (hub/sessions.h), whatever the number of its polls; so
 * it gets what MQTT subscribers get. A change of attributes answers all its polls for attributes, a call the oldest of its
 * polls for calls. Each poll gets one message, the oldest first.
 *
 * The seat outlives the last poll by `http.poll_gap`: what comes between two polls of a device is kept for the
 * next one, in memory, up to `mqtt.max_queued` messages of the kinds that it polls for. Lost is what comes before the first
 * poll and after the gap, what was on its way to a client that went away (gone clients are noticed before they get a message, if
 * their side of the connection has been closed), and all that is kept when the server ends.
 *
 * Bounds: `http.polls_per_device`, POLLS_MAX in all, `http.max_poll` for each. Polls hold no worker.
 * A revoked device's polls end with 401 before the revocation is done (hub/door.h).
 * Service's thread, but for polls_begin(). Spec: device API section 9.
 */
#pragma once

#include "http/call.h"
#include "http/service.h"
#include "hub/downlink.h"

enum {
    POLLS_MAX = SERVICE_CONNECTIONS / 4 * 3, /* at once: others must be served, too */
    POLL_DEFAULT_S = 60,                     /* when the request does not say how long */
};

struct polls;

MUST_USE err_t polls_new(struct http_service *service, struct polls **ret);
void polls_free(struct polls *polls); /* after polls_close(), or before anybody polled. NULL allowed */

/** Leave all seats: nothing is delivered any more. After later_end_all(). */
void polls_close(struct polls *polls);

/**
 * The rest of a handler: wait for a message of @p kind for the call's device. The answer is the message, 408 when none
 * came in time (`timeout`, milliseconds), 429 or 503 when there are too many polls. Worker thread.
 * @return ERR_OK · ERR_AGAIN (no server runs) · ERR_NOMEM · ERR_INVALID (timeout is no number, or the method is HEAD: a message would be lost)
 */
MUST_USE err_t polls_begin(struct call *call, enum downlink_kind kind, struct problem *problem);

/** The device was revoked: end its polls, drop what is kept for it. */
void polls_revoke(struct polls *polls, uint64_t device);
