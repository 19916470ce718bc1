#include "json/unescape.h"

enum { REPLACEMENT_CHARACTER = 0xfffd };

static uint8_t *put_utf8(uint8_t *out, uint32_t point)
{
    if (point < 0x80) {
        *out++ = (uint8_t)point;
        return out;
    }
    if (point < 0x800) {
        *out++ = (uint8_t)(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *out++ = (uint8_t)(0xe0 | point >> 12);
        } else {
            *out++ = (uint8_t)(0xf0 | point >> 18);
            *out++ = (uint8_t)(0x80 | (point >> 12 & 0x3f));
        }
        *out++ = (uint8_t)(0x80 | (point >> 6 & 0x3f));
    }
    *out++ = (uint8_t)(0x80 | (point & 0x3f));
    return out;
}

/* The four hex digits at @p p; false if they are not there. */
static bool read_hex4(const uint8_t *p, const uint8_t *end, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        uint8_t c = p[i], letter = c | 0x20;
        if (c >= '0' && c <= '9')
            unit = unit << 4 | (uint32_t)(c - '0');
        else if (letter >= 'a' && letter <= 'f')
            unit = unit << 4 | (uint32_t)(letter - 'a' + 10);
        else
            return false;
    }
    *ret_unit = unit;
    return true;
}

/* @p p is behind "\u". Returns the place behind the escape, or behind both of a surrogate pair; NULL if
 * wrong. */
static const uint8_t *read_unicode(const uint8_t *p, const uint8_t *end, enum json_mode mode,
                                   uint32_t *ret_point)
{
    uint32_t unit, low;
    if (!read_hex4(p, end, &unit))
        return NULL;
    p += 4;
    *ret_point = unit;
    if (unit < 0xd800 || unit > 0xdfff)
        return p;
    bool has_low = unit < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
                   read_hex4(p + 2, end, &low) && low >= 0xdc00 && low <= 0xdfff;
    if (has_low) {
        *ret_point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return p + 6;
    }
    *ret_point = REPLACEMENT_CHARACTER;
    return mode == JSON_STRICT ? NULL : p;
}

/* What the letter after a backslash stands for; 0 if nothing. */
static uint8_t simple_escape(uint8_t letter, enum json_mode mode)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '/': return letter;
    case '\'':
    case '\n': return mode == JSON_STRICT ? 0 : letter;
    default: return 0;
    }
}

const uint8_t *json_unescape(struct slice raw, enum json_mode mode, uint8_t *out, size_t *ret_len)
{
    const uint8_t *p = raw.data, *end = raw.data + raw.len;
    uint8_t *to = out;
    while (p < end) {
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        uint32_t point = p[1] == 'u' ? 0 : simple_escape(p[1], mode);
        const uint8_t *next = p + 2;
        if (p[1] == 'u')
            next = read_unicode(p + 2, end, mode, &point);
        else if (point == 0)
            next = NULL;
        if (next == NULL)
            return p;
        to = put_utf8(to, point);
        p = next;
    }
    *ret_len = (size_t)(to - out);
    return NULL;
}
