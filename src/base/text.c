#include "base/text.h"

/* Length of the sequence that starts with @p lead and the smallest code point it may hold (RFC 3629). */
static size_t sequence_length(uint8_t lead, uint32_t *ret_bits, uint32_t *ret_least)
{
    if (lead < 0x80) {
        *ret_bits = lead;
        *ret_least = 0;
        return 1;
    }
    if ((lead & 0xe0) == 0xc0) {
        *ret_bits = lead & 0x1f;
        *ret_least = 0x80;
        return 2;
    }
    if ((lead & 0xf0) == 0xe0) {
        *ret_bits = lead & 0x0f;
        *ret_least = 0x800;
        return 3;
    }
    *ret_bits = lead & 0x07;
    *ret_least = 0x10000;
    return (lead & 0xf8) == 0xf0 ? 4 : 0;
}

/* How many bytes from @p i on are ASCII, as far as that can be told eight at a time. */
static size_t ascii_run(struct slice s, size_t i)
{
    size_t from = i;
    for (uint64_t word; s.len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, s.data + i, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return i - from;
}

static bool is_sequence(const uint8_t *bytes, size_t n, uint32_t point, uint32_t least)
{
    for (size_t k = 1; k < n; k++) {
        if ((bytes[k] & 0xc0) != 0x80)
            return false;
        point = point << 6 | (bytes[k] & 0x3f);
    }
    bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    return point >= least && point <= 0x10ffff && !is_surrogate;
}

size_t text_utf8_prefix(struct slice s)
{
    size_t i = s.len == 0 ? 0 : ascii_run(s, 0);
    while (i < s.len) {
        uint32_t point, least;
        size_t n = sequence_length(s.data[i], &point, &least);
        if (n == 0 || n > s.len - i || !is_sequence(s.data + i, n, point, least))
            return i;
        i += n;
        if (n > 1 && i < s.len && s.data[i] < 0x80)
            i += ascii_run(s, i);
    }
    return i;
}

bool text_is_utf8(struct slice s)
{
    return text_utf8_prefix(s) == s.len;
}

void text_to_hex(struct slice s, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < s.len; i++) {
        *out++ = digits[s.data[i] >> 4];
        *out++ = digits[s.data[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_from_hex(struct slice hex, uint8_t *out, size_t n)
{
    if (hex.len != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool text_to_u64(struct slice s, uint64_t max, uint64_t *ret_value)
{
    uint64_t v = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.data[i] - '0');
        if (v > (max - digit) / 10 || digit > max)
            return false;
        v = v * 10 + digit;
    }
    *ret_value = v;
    return true;
}
