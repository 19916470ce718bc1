#include "hub/device_value.h"

#include "json/decimal.h"

#include <math.h>

enum {
    SCALE_MAX = 16,     /* decimals a double is trusted with, as ThingsBoard does */
    EXPANDED_MAX = 400, /* bytes: holds every finite double, and a short text cannot become a large one */
};

static struct value long_value(int64_t number)
{
    return (struct value){.type = VALUE_LONG, .number = number};
}

static struct value string_value(struct slice text)
{
    return (struct value){.type = VALUE_STRING, .text = text};
}

/* What does not fit a long or double: its digits, if type cast is on. */
MUST_USE static err_t plain_digits(const struct decimal *d, const char *why, bool type_cast,
                                   struct buf *scratch, struct value *ret_value, const char **ret_reason)
{
    if (!type_cast) {
        *ret_reason = why;
        return ERR_INVALID;
    }
    buf_clear(scratch);
    if (!decimal_append_plain(d, d->has_exponent ? EXPANDED_MAX : SIZE_MAX, scratch)) {
        *ret_reason = buf_is_ok(scratch) ? "has more than 400 digits" : "finds no memory";
        return buf_is_ok(scratch) ? ERR_LIMIT : ERR_NOMEM;
    }
    *ret_value = string_value(buf_slice(scratch));
    return ERR_OK;
}

MUST_USE static err_t from_decimal(const struct decimal *d, bool type_cast, struct buf *scratch,
                                   struct value *ret_value, const char **ret_reason)
{
    bool is_plain_decimal = d->has_point && !d->has_exponent; /* 25.0 stays a double, 250e-1 is a long */
    if (!is_plain_decimal && decimal_is_whole(d)) {
        int64_t number;
        if (!decimal_to_int64(d, &number))
            return plain_digits(d, "is beyond 64 bits", type_cast, scratch, ret_value, ret_reason);
        *ret_value = long_value(number);
        return ERR_OK;
    }
    if (decimal_scale(d) > SCALE_MAX)
        return plain_digits(d, "has more than 16 decimals", type_cast, scratch, ret_value, ret_reason);
    double real = decimal_to_double(d);
    if (!isfinite(real))
        return plain_digits(d, "is beyond the range of a double", type_cast, scratch, ret_value, ret_reason);
    *ret_value = (struct value){.type = VALUE_DOUBLE, .real = real};
    return ERR_OK;
}

err_t device_value_from_number(struct slice text, bool type_cast, struct buf *scratch,
                               struct value *ret_value, const char **ret_reason)
{
    struct decimal d;
    CHECK(decimal_parse(text, &d));
    return from_decimal(&d, type_cast, scratch, ret_value, ret_reason);
}

bool device_value_from_real(struct slice text, struct value *ret_value)
{
    struct decimal d;
    CHECK(decimal_parse(text, &d));
    double real = d.has_point ? decimal_to_double(&d) : INFINITY;
    if (!isfinite(real))
        return false;
    *ret_value = (struct value){.type = VALUE_DOUBLE, .real = real};
    return true;
}

err_t device_value_from_string(struct slice text, bool type_cast, struct buf *scratch,
                               struct value *ret_value, const char **ret_reason)
{
    struct decimal d;
    if (type_cast && decimal_parse(text, &d) && !d.has_exponent)
        return from_decimal(&d, type_cast, scratch, ret_value, ret_reason);
    *ret_value = string_value(text);
    return ERR_OK;
}
