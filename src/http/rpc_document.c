#include "http/rpc_document.h"

#include "base/clock.h"

enum { RETRIES_MAX = 1000, ADDITIONAL_INFO_MAX = 64 * 1024 };

static json_t *parsed(const char *text)
{
    return text != NULL ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : json_null();
}

static json_t *request_document(const struct rpc *rpc)
{
    return json_pack("{s:b, s:b, s:I, s:I, s:i, s:o}", "oneway", rpc->is_one_way, "persisted", true,
                     "expirationTime", (json_int_t)rpc->expires_ms, "timeout", (json_int_t)rpc->timeout_ms,
                     "retries", (int)rpc->retries, "body", parsed(rpc->request));
}

json_t *rpc_document(const struct rpc *rpc)
{
    return json_pack("{s:o, s:I, s:o, s:o, s:I, s:o, s:o, s:s, s:o}", "id", document_id("RPC", &rpc->id),
                     "createdTime", (json_int_t)rpc->created_ms, "tenantId",
                     document_id("TENANT", &rpc->tenant_id), "deviceId",
                     document_id("DEVICE", &rpc->device_id), "expirationTime", (json_int_t)rpc->expires_ms,
                     "request", request_document(rpc), "response", parsed(rpc->response), "status",
                     rpc_status_name(rpc->status), "additionalInfo", parsed(rpc->additional_info));
}

err_t rpc_read(const json_t *body, struct rpc *rpc, struct problem *problem)
{
    int64_t now_ms = clock_wall_ms(), retries = 0;
    rpc->expires_ms = now_ms + rpc->timeout_ms;
    TRY(document_get_integer(body, "expirationTime", &rpc->expires_ms, NULL, problem));
    if (rpc->expires_ms <= now_ms)
        return fail(problem, ERR_INVALID, "expirationTime",
                    "expirationTime is %lld; expected a time to come, in milliseconds since 1970",
                    (long long)rpc->expires_ms);
    TRY(document_get_integer(body, "retries", &retries, NULL, problem));
    if (retries < 0 || retries > RETRIES_MAX)
        return fail(problem, ERR_INVALID, "retries", "retries is %lld; expected 0 to %d", (long long)retries,
                    RETRIES_MAX);
    rpc->retries = (uint32_t)retries;
    return document_get_object_text(body, "additionalInfo", ADDITIONAL_INFO_MAX, &rpc->additional_info,
                                    problem);
}
