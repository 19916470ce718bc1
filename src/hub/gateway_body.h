/**
 * @file gateway_body.h - what a gateway reports for its devices: telemetry and attributes, by device name.
 *
 *     telemetry   {"A": [{"ts":1700000000000,"values":{"k":v}}, ..], "B": [..]}
 *     attributes  {"A": {"k":v, ..}, "B": {..}}
 *
 * What stands behind a name is what that device would publish itself: hub/telemetry.h and hub/attributes_body.h
 * tell the forms; a single telemetry object without the array will do. The message is taken as a whole or not at all.
 * Spec: device API section 7.
 */
#pragma once

#include "hub/body.h"

/** Who is meant by a name. */
struct gateway_names {
    /** @return the device's number; 0: not connected through this gateway. May note that it was heard. */
    uint64_t (*number_of)(void *arg, struct slice name);
    void *arg;
};

/**
 * Append the points of all devices to @p batch.
 *
 * @param options  `device` is not used; max_keys counts for each device, max_devices for the message
 * @return as telemetry_parse(), and ERR_NOT_FOUND: in order, but about devices that are not connected; nothing was
 *         appended
 * Thread, cost: as telemetry_parse(), and one look-up for each device. Allocates nothing.
 */
MUST_USE err_t gateway_telemetry_parse(struct slice payload, const struct body_options *options,
                                       const struct gateway_names *names, struct batch *batch,
                                       struct problem *problem);

/** Append the attributes, as client attributes; likewise. */
MUST_USE err_t gateway_attributes_parse(struct slice payload, const struct body_options *options,
                                        const struct gateway_names *names, struct batch *batch,
                                        struct problem *problem);
