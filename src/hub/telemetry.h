/**
 * @file telemetry.h - a telemetry message becomes points in the open batch.
 *
 * A body is one of
 *     {"k":v, ...}                            at the time of receipt
 *     {"ts":1700000000000, "values":{"k":v}}  at ts, milliseconds since 1970
 *     [ ... ]                                 any number of either
 * read leniently (json/reader.h: {temperature:25} will do) and typed as hub/body.h says. An object is of the
 * second form if it has both names, in whatever order; other members are then ignored. `ts` or `values` alone
 * is an ordinary key. `ts` is a number (a fraction is cut off) or a string of digits; negative, beyond 64
 * bits, null or anything else is an error. Empty objects and arrays are in order and add nothing.
 */
#pragma once

#include "hub/body.h"

/**
 * Append the points of @p payload to @p batch. All or nothing: on error the batch is as before.
 *
 * @param problem  may be NULL; on error tells the byte and, if it is about one, the key (problem->field)
 * @return ERR_OK; ERR_INVALID (not JSON, or not of a form above: MQTT 5.0 reason 0x99);
 *         ERR_LIMIT (too deep, too many keys, digits without end); ERR_NOMEM;
 *         ERR_AGAIN, ERR_LIMIT (no room in the batch: see body_read_member())
 * Thread: the owner of batch and scratch; no blocking; no allocation once scratch and batch have grown.
 * Spec: device API, telemetry.
 */
MUST_USE err_t telemetry_parse(struct slice payload, const struct body_options *options, struct batch *batch,
                               struct problem *problem);

/** The same for a body within another message, whose first token is the next one: up to its end. */
MUST_USE err_t telemetry_read(struct body *body);
