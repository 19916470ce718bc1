/** @file telemetry_call.h - what calls below /api/plugins/telemetry/{type}/{id} have in common. */
#pragma once

#include "http/call.h"
#include "model/point.h"

/** The device number that path parts 0 (type) and 1 (id) name. ERR_INVALID: another type than DEVICE. */
MUST_USE err_t telemetry_device(struct call *call, uint64_t *ret_number, struct problem *problem);

/** Walk the comma-separated names of `keys`: start with the parameter's value in @p rest. Skips empty ones. */
bool telemetry_next_key(struct slice *rest, struct slice *ret_key);
bool telemetry_has_key(struct slice list, struct slice key);

/** The same, without those that stood in @p list before; the first time @p rest is the list. */
bool telemetry_next_other_key(struct slice list, struct slice *rest, struct slice *ret_key);

/** History by the query's startTs, endTs, agg ..: a stream. */
MUST_USE err_t telemetry_history(struct call *call, uint64_t device, bool is_strict, struct slice keys,
                                 struct problem *problem);

/** Append text as a JSON string. */
void telemetry_append_string(struct buf *out, struct slice text);
