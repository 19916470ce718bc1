/**
 * @file gateway_request.h - what a gateway asks for or answers on behalf of one of its devices.
 *
 * Workers' functions (hub/request.h). request->source.device is the device that is meant; of claims, which may be about
 * several, it is the gateway. Spec: device API section 7.
 */
#pragma once

#include "hub/request.h"

/**
 * TOPIC_GATEWAY_ATTRIBUTES_REQUEST: {"id":1,"device":"A","value":v}, or "values":{"k":v} when it asks for several keys;
 * neither when there is no such attribute.
 */
MUST_USE err_t gateway_answer_attributes(struct request *request, struct problem *problem);

/** TOPIC_GATEWAY_RPC: the answer to a call. One that nobody waits for is no error. */
MUST_USE err_t gateway_take_rpc_answer(struct request *request, struct problem *problem);

/** TOPIC_GATEWAY_CLAIM. All devices, or none when the message is not in order. */
MUST_USE err_t gateway_allow_claims(struct request *request, struct problem *problem);
