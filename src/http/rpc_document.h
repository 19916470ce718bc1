/**
 * @file rpc_document.h - persistent calls as JSON documents of the REST API.
 */
#pragma once

#include "http/call.h"
#include "model/rpc.h"

/** A new reference; NULL when out of memory. */
json_t *rpc_document(const struct rpc *rpc);

/**
 * Read `persistent`'s members: expirationTime (by default when an attempt's time is over), retries, additionalInfo.
 * @param rpc  timeout_ms is set; rpc_fini() whatever the result
 */
MUST_USE err_t rpc_read(const json_t *body, struct rpc *rpc, struct problem *problem);
