/** @file telemetry_call.h - what calls below /api/plugins/telemetry/{type}/{id} have in common. */
#pragma once

#include "http/call.h"
#include "model/point.h"

/** The device number that path parts 0 (type) and 1 (id) name. ERR_INVALID: another type than DEVICE. */
MUST_USE err_t telemetry_device(struct call *call, uint64_t *ret_number, struct problem *problem);

/** Walk the comma-separated names of `keys`: start with the parameter's value in @p rest. Skips empty ones. */
bool telemetry_next_key(struct slice *rest, struct slice *ret_key);
bool telemetry_has_key(struct slice list, struct slice key);

/** Append text as a JSON string. */
void telemetry_append_string(struct buf *out, struct slice text);
