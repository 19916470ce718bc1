/**
 * @file attribute_request.h - a device asks for its attributes.
 *
 * {"clientKeys":"a,b","sharedKeys":"c"} is answered with {"client":{..},"shared":{..}}, each member only if it has
 * values. Spec: device API section 3, "Request values".
 */
#pragma once

#include "hub/attributes_body.h"
#include "hub/request.h"

/** Worker's function of TOPIC_ATTRIBUTES_REQUEST. ERR_INVALID · ERR_LIMIT (too many keys) · ERR_IO · ERR_NOMEM */
MUST_USE err_t attribute_request_answer(struct request *request, struct problem *problem);

/**
 * Write the answer for a parsed request. Worker thread; blocks.
 * @param out  appended to; its limit bounds the answer: ERR_LIMIT
 */
MUST_USE err_t attribute_request_write(struct hub *hub, uint64_t device,
                                       const struct attribute_request *wanted, struct buf *out,
                                       struct problem *problem);
