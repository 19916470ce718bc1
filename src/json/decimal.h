/**
 * @file decimal.h - decimal numbers as written: exact questions about them, and conversion.
 *
 * Nothing is rounded before it is known what the number is to become. Pure; no allocation; any thread.
 */
#pragma once

#include "base/buf.h"

struct decimal {
    struct slice whole;    /* digits before the point; borrowed from the text; may be empty */
    struct slice fraction; /* digits after it */
    int64_t exponent;      /* 0 if none; beyond +-10^9 it is cut to that */
    uint64_t mantissa;     /* all digits as one number, if is_small */
    bool is_small;         /* at most 18 digits in all */
    bool is_negative;
    bool has_point, has_exponent; /* as written */
};

/** JSON's number grammar, and leading zeros (007), and no whole part (.5). @return false: none of these */
bool decimal_parse(struct slice text, struct decimal *ret_decimal);

/** Digits after the point once the exponent is applied, trailing zeros counted: 1.50 has 2, 15e-1 has 1. */
int64_t decimal_scale(const struct decimal *d);

bool decimal_is_whole(const struct decimal *d); /* 25, 25.0, 1e3, 250e-1; not 2.5 */

/** Without what follows the point (towards zero). @return false when beyond 64 bits */
bool decimal_to_int64(const struct decimal *d, int64_t *ret_number);

/** Nearest double; infinite when beyond its range. Minus zero becomes zero. */
double decimal_to_double(const struct decimal *d);

/**
 * Append the digits without exponent: 1.5e3 is 1500, 1e-3 is 0.001, .50 is 0.50, 007 is 7.
 * @return false, nothing appended, when that takes more than @p max bytes or @p out has no room
 */
bool decimal_append_plain(const struct decimal *d, size_t max, struct buf *out);
