/** @file device_refusal.h - payloads of devices that are not taken. */
#pragma once

#include "http/call.h"

/**
 * What became of a device's payload. One that is refused (ERR_INVALID, ERR_LIMIT) becomes 400, and an event that the
 * device's owner reads. @return @p err
 */
MUST_USE err_t device_refusal(struct call *call, err_t err, const struct problem *problem);
