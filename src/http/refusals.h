/** @file refusals.h - the door log as the caller may see it. */
#pragma once

#include "http/call.h"

/** @param entry  the visitor may take references. @return false to stop */
typedef bool (*refusal_visitor)(void *arg, int64_t ts, json_t *entry);

/**
 * Visit what the log keeps since @p start_ms, newest first: for administrators what is nobody's and what is of the tenant's devices,
 * for a customer's user what is of devices that he sees. Worker threads; blocks (milliseconds).
 */
MUST_USE err_t refusals_walk(const struct call *call, int64_t start_ms, refusal_visitor visit, void *arg,
                             struct problem *problem);
