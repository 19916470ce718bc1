/**
 * @file webhook.h - questions of devices that somebody else's HTTP server answers.
 *
 * JSON goes out by POST, JSON comes back. Bounded in time (rpc.webhook_timeout) and size; redirects are not followed, TLS
 * certificates are checked against the system's authorities. It blocks, so it has threads of its own: a slow webhook keeps
 * nothing else waiting.
 */
#pragma once

#include "base/buf.h"
#include "base/workers.h"
#include "config/settings.h"

struct webhook;

/** Starts the threads. *ret is NULL when rpc.webhook_url is empty. @return ERR_OK · ERR_INVALID (url) · ERR_NOMEM. Main thread. */
MUST_USE err_t webhook_new(const struct settings *settings, struct webhook **ret, struct problem *problem);
void webhook_stop(struct webhook *webhook); /* calls under way end soon. NULL allowed. Any thread */
void webhook_free(struct webhook *webhook); /* waits for its threads; NULL allowed. Main thread; blocks */

/** Run a job on a thread of the webhook's. @return false: too many wait, or it is NULL; the job is still the caller's */
bool webhook_submit(struct webhook *webhook, struct mail *job);

/**
 * Ask. On a thread of webhook_submit(); blocks.
 * @param answer  appended to; its limit bounds what is taken
 * @return ERR_OK (status 200 to 299; whether it is JSON is for the caller to see) · ERR_IO (no answer, or another
 *         status: problem tells) · ERR_LIMIT (too large) · ERR_NOMEM
 */
MUST_USE err_t webhook_ask(struct webhook *webhook, struct slice json, struct buf *answer,
                           struct problem *problem);
