#include "json/decimal.h"

#include "json/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SMALL_DIGITS = 18,         /* always fit a uint64_t, and an int64_t */
    EXPONENT_MAX = 1000000000, /* beyond any use */
    DOUBLE_DIGITS = 800,       /* more than the 767 that decide how a double rounds; IEEE 754 */
    EXACT_POWER = 22,          /* 10^22 is the largest power of ten that a double holds exactly */
};

static const uint64_t powers[SMALL_DIGITS + 1] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static const uint8_t *read_digits(const uint8_t *p, const uint8_t *end, uint64_t *mantissa,
                                  struct slice *ret_digits)
{
    const uint8_t *from = p;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        *mantissa = *mantissa * 10 + (uint64_t)(*p - '0'); /* wraps when not small: then unused */
    *ret_digits = slice_of(from, (size_t)(p - from));
    return p;
}

/* @p p is behind the 'e'. NULL when no digits follow. */
static const uint8_t *read_exponent(const uint8_t *p, const uint8_t *end, int64_t *ret_exponent)
{
    bool is_negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const uint8_t *behind = scan_digits(p, end);
    if (behind == p)
        return NULL;
    int64_t exponent = 0;
    for (; p < behind; p++) {
        exponent = exponent * 10 + (*p - '0');
        if (exponent > EXPONENT_MAX)
            exponent = EXPONENT_MAX;
    }
    *ret_exponent = is_negative ? -exponent : exponent;
    return behind;
}

bool decimal_parse(struct slice text, struct decimal *ret_decimal)
{
    struct decimal d = {0};
    if (text.len == 0)
        return false;
    const uint8_t *p = text.data, *end = text.data + text.len;
    d.is_negative = *p == '-';
    p = read_digits(d.is_negative ? p + 1 : p, end, &d.mantissa, &d.whole);
    if (p < end && *p == '.') {
        d.has_point = true;
        p = read_digits(p + 1, end, &d.mantissa, &d.fraction);
        if (d.fraction.len == 0)
            return false;
    }
    size_t digits = d.whole.len + d.fraction.len;
    d.is_small = digits <= SMALL_DIGITS;
    if (p < end && (*p == 'e' || *p == 'E')) {
        d.has_exponent = true;
        p = read_exponent(p + 1, end, &d.exponent);
    }
    if (digits == 0 || p != end)
        return false;
    *ret_decimal = d;
    return true;
}

/* ---- questions ----------------------------------------------------------------------------------------- */

int64_t decimal_scale(const struct decimal *d)
{
    return (int64_t)d->fraction.len - d->exponent;
}

static size_t count_digits(const struct decimal *d)
{
    return d->whole.len + d->fraction.len;
}

/* Digit @p i of all, the point left out. */
static uint8_t digit_at(const struct decimal *d, size_t i)
{
    return i < d->whole.len ? d->whole.data[i] : d->fraction.data[i - d->whole.len];
}

/* Index of the first digit from @p i on that is not 0; the number of digits when all are. */
static size_t next_significant(const struct decimal *d, size_t i)
{
    size_t n = count_digits(d);
    while (i < n && digit_at(d, i) == '0')
        i++;
    return i;
}

bool decimal_is_whole(const struct decimal *d)
{
    int64_t scale = decimal_scale(d);
    if (scale <= 0)
        return true;
    if (d->is_small)
        return d->mantissa == 0 || (scale <= SMALL_DIGITS && d->mantissa % powers[scale] == 0);
    size_t n = count_digits(d), trailing = 0;
    while (trailing < n && digit_at(d, n - 1 - trailing) == '0')
        trailing++;
    return trailing == n || scale <= (int64_t)trailing;
}

/* ---- integers ------------------------------------------------------------------------------------------ */

static bool small_to_magnitude(const struct decimal *d, int64_t scale, uint64_t *ret_magnitude)
{
    if (d->mantissa == 0 || scale > SMALL_DIGITS) {
        *ret_magnitude = 0;
        return true;
    }
    if (scale >= 0) {
        *ret_magnitude = d->mantissa / powers[scale];
        return true;
    }
    return -scale <= SMALL_DIGITS && !__builtin_mul_overflow(d->mantissa, powers[-scale], ret_magnitude);
}

static bool large_to_magnitude(const struct decimal *d, int64_t scale, uint64_t *ret_magnitude)
{
    uint64_t magnitude = 0;
    int64_t count = (int64_t)count_digits(d), taken = scale > 0 ? count - scale : count;
    for (int64_t i = 0; i < taken; i++) {
        uint64_t digit = (uint64_t)(digit_at(d, (size_t)i) - '0');
        if (__builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude) ||
            __builtin_add_overflow(magnitude, digit, &magnitude))
            return false;
    }
    for (; scale < 0 && magnitude != 0; scale++) {
        if (__builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude))
            return false;
    }
    *ret_magnitude = magnitude;
    return true;
}

bool decimal_to_int64(const struct decimal *d, int64_t *ret_number)
{
    uint64_t magnitude;
    int64_t scale = decimal_scale(d);
    bool fits =
        d->is_small ? small_to_magnitude(d, scale, &magnitude) : large_to_magnitude(d, scale, &magnitude);
    if (!fits || magnitude > (uint64_t)INT64_MAX + d->is_negative)
        return false;
    *ret_number = (int64_t)(d->is_negative ? 0 - magnitude : magnitude);
    return true;
}

/* ---- doubles ------------------------------------------------------------------------------------------- */

/* Both operands are exact, so that the one operation rounds correctly (Clinger's fast path). */
static bool small_to_double(const struct decimal *d, double *ret_number)
{
    static const double exact[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t scale = decimal_scale(d);
    if (!d->is_small || d->mantissa > UINT64_C(1) << 53 || scale > EXACT_POWER || scale < -EXACT_POWER)
        return false;
    double number = (double)d->mantissa;
    *ret_number = scale >= 0 ? number / exact[scale] : number * exact[-scale];
    return true;
}

/*
 * strtod() rounds correctly but wants a C string. Digits beyond those that can matter are replaced by a
 * single 1: enough to tell "just above the middle between two doubles" from "the middle".
 */
static double large_to_double(const struct decimal *d)
{
    char text[DOUBLE_DIGITS + 32];
    size_t n = 0, i = next_significant(d, 0), count = count_digits(d);
    int64_t exponent = -decimal_scale(d);
    while (i < count && n < DOUBLE_DIGITS)
        text[n++] = (char)digit_at(d, i++);
    if (n == 0)
        return 0;
    exponent += (int64_t)(count - i);
    if (next_significant(d, i) < count) {
        text[n++] = '1';
        exponent--;
    }
    snprintf(text + n, sizeof text - n, "e%" PRId64, exponent);
    return strtod(text, NULL);
}

double decimal_to_double(const struct decimal *d)
{
    double number;
    if (!small_to_double(d, &number))
        number = large_to_double(d);
    return d->is_negative && number != 0 ? -number : number;
}

/* ---- plain digits -------------------------------------------------------------------------------------- */

static uint8_t *put_digits(uint8_t *to, const struct decimal *d, size_t from, size_t n)
{
    while (n-- > 0)
        *to++ = digit_at(d, from++);
    return to;
}

static uint8_t *put_zeros(uint8_t *to, size_t n)
{
    memset(to, '0', n);
    return to + n;
}

/* The parts of the text: before the point some digits and zeros, behind it some zeros and digits. */
struct plain {
    bool has_minus;
    size_t first;         /* first digit that is written */
    size_t digits;        /* of these before the point */
    size_t zeros;         /* after them: appended by the exponent, or the one 0 of 0.5 */
    size_t leading_zeros; /* behind the point */
    size_t decimals;      /* digits behind the point */
};

static struct plain layout(const struct decimal *d)
{
    int64_t scale = decimal_scale(d);
    size_t first = next_significant(d, 0), significant = count_digits(d) - first;
    struct plain plain = {.has_minus = d->is_negative && significant > 0, .first = first};
    if (scale <= 0) {
        plain.digits = significant;
        plain.zeros = significant > 0 ? (size_t)-scale : 1;
    } else if ((int64_t)significant > scale) {
        plain.digits = significant - (size_t)scale;
        plain.decimals = (size_t)scale;
    } else {
        plain.zeros = 1;
        plain.leading_zeros = (size_t)scale - significant;
        plain.decimals = significant;
    }
    return plain;
}

bool decimal_append_plain(const struct decimal *d, size_t max, struct buf *out)
{
    struct plain p = layout(d);
    size_t behind = p.leading_zeros + p.decimals;
    size_t len = p.has_minus + p.digits + p.zeros + (behind > 0) + behind;
    uint8_t *to = len > max ? NULL : buf_reserve(out, len);
    if (to == NULL)
        return false;
    if (p.has_minus)
        *to++ = '-';
    to = put_zeros(put_digits(to, d, p.first, p.digits), p.zeros);
    if (behind > 0)
        *to++ = '.';
    put_digits(put_zeros(to, p.leading_zeros), d, p.first + p.digits, p.decimals);
    out->len += len;
    return true;
}
