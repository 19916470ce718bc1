/**
 * @file provision.h - devices that register themselves with the key and secret of a profile.
 *
 * The profile's strategy decides: ALLOW_CREATE_NEW_DEVICES makes a device of a name that does not exist;
 * CHECK_PRE_PROVISIONED_DEVICES gives an existing device of the profile its credentials, once (server attribute
 * `provisionState`). Over MQTT in a session that can do nothing else, and over HTTP. Requests are limited per address
 * and per key. Spec: device API section 6.
 */
#pragma once

#include "hub/request.h"

struct provision;

MUST_USE err_t provision_new(const struct settings *settings, struct provision **ret);
void provision_free(struct provision *provision);

/**
 * Carry out a request. A refusal is an answer, too: {"status":"FAILURE"|"NOT_FOUND","errorMsg":..}; why exactly is logged.
 *
 * @param address  of the peer, for the limit and the audit log
 * @param answer   appended to, on ERR_OK
 * @return ERR_OK · ERR_INVALID (no request: problem tells the field) · ERR_LIMIT (too many) · ERR_IO, ERR_FULL · ERR_NOMEM
 * Worker thread; blocks.
 */
MUST_USE err_t provision_device(struct hub *hub, struct slice payload, const uint8_t address[ADDRESS_BYTES],
                                struct buf *answer, struct problem *problem);

/** Worker's function of TOPIC_PROVISION_REQUEST. */
MUST_USE err_t provision_request_work(struct request *request, struct problem *problem);
