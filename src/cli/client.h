/**
 * @file client.h - commands talk REST to the data directory they are given.
 *
 * When a server runs on the directory, requests go through DIR/control.sock; otherwise the store is opened
 * here and the same router answers in this process. Either way the caller is the tenant's administrator.
 * One thread; calls block.
 */
#pragma once

#include "base/err.h"

#include <jansson.h>

struct client;

/**
 * @param dir  the data directory; NULL = POSTERN_DIR of the environment, else ./data
 * @return ERR_OK · ERR_NOT_FOUND (no data directory) · as hub_open()
 */
MUST_USE err_t client_open(const char *dir, struct client **ret, struct problem *problem);
void client_close(struct client *client); /* NULL allowed */

/**
 * Make one request.
 *
 * @param target    path and query, percent-encoded: "/api/device/types?.."
 * @param body      sent as JSON, or NULL; borrowed
 * @param ret_body  the answer's JSON, the caller's to json_decref(); NULL when it had none; may be NULL
 * @return ERR_OK (status 2xx) · ERR_INVALID, ERR_NOT_FOUND, ERR_CONFLICT... (refused: the server's sentence) ·
 *         ERR_IO (no connection)
 */
MUST_USE err_t client_call(struct client *client, const char *method, const char *target, json_t *body,
                           json_t **ret_body, struct problem *problem);
