/** @file device_value.h - the type a device's number or string gets. The rules are in hub/body.h. */
#pragma once

#include "model/point.h"

/**
 * @param text       JSON's number grammar
 * @param scratch    cleared; holds the plain digits if that is what the value becomes
 * @param ret_value  borrows from scratch
 * @param ret_reason set on failure: what is wrong with the number, constant text
 * @return ERR_OK; ERR_INVALID (does not fit, and no type cast); ERR_LIMIT (exponent too large); ERR_NOMEM
 */
MUST_USE err_t device_value_from_number(struct slice text, bool type_cast, struct buf *scratch,
                                        struct value *ret_value, const char **ret_reason);

/** A number with a point, as a double. @return false: it has none, or is beyond a double's range */
bool device_value_from_real(struct slice text, struct value *ret_value);

/** As above; fails only on memory. @param ret_value  borrows from @p text or scratch */
MUST_USE err_t device_value_from_string(struct slice text, bool type_cast, struct buf *scratch,
                                        struct value *ret_value, const char **ret_reason);
