/**
 * @file payload_messages.h - the platform's own Protobuf messages, and the JSON between them and the platform's.
 * Private to payload*.c.
 */
#pragma once

#include "hub/payload.h"

enum own_message {
    OWN_ATTRIBUTES_REQUEST, /* from devices */
    OWN_RPC_REQUEST,
    OWN_CLAIM,
    OWN_ATTRIBUTES, /* to devices */
    OWN_ATTRIBUTES_ANSWER,
    OWN_RPC_ANSWER,
    OWN_COUNT
};

/** Borrowed from @p payloads. ERR_NOMEM */
MUST_USE err_t payloads_schema(struct payloads *payloads, enum own_message message,
                               const struct schema **ret_schema, struct problem *problem);

/** JSON of PAYLOAD_ATTRIBUTES -> JSON of AttributeUpdateNotificationMsg. Appended, like the next ones. */
MUST_USE err_t payload_attributes(struct slice json, struct buf *out, struct problem *problem);

/** JSON of PAYLOAD_ATTRIBUTES_ANSWER -> JSON of GetAttributeResponseMsg. */
MUST_USE err_t payload_attributes_answer(uint32_t request_id, struct slice json, struct buf *out,
                                         struct problem *problem);

/** JSON of PAYLOAD_RPC_REQUEST -> the members method, requestId, params. @param is_text  params are to be text */
MUST_USE err_t payload_rpc_request(uint32_t request_id, struct slice json, bool is_text, struct buf *out,
                                   struct problem *problem);

/** JSON of PAYLOAD_RPC_ANSWER -> JSON of ToServerRpcResponseMsg. */
MUST_USE err_t payload_rpc_answer(uint32_t request_id, struct slice json, struct buf *out);

/** JSON of RpcRequest, whose params are text -> {"method":"m","params":p}, p being JSON if the text is. */
MUST_USE err_t payload_device_call(struct slice json, struct buf *out, struct problem *problem);
