#include "json/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void json_writer_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out, .is_first = true};
}

/* ---- structure ----------------------------------------------------------------------------------------- */

static bool in_object(const struct json_writer *w)
{
    uint32_t top = w->depth - 1;
    return w->depth > 0 && (w->is_object[top / 64] >> (top % 64) & 1) != 0;
}

static void separate(struct json_writer *w)
{
    if (w->depth > 0 && !w->is_first)
        buf_append_u8(w->out, ',');
    w->is_first = false;
}

static void before_value(struct json_writer *w)
{
    CHECK(!w->is_done);
    CHECK(w->after_name == in_object(w));
    if (!w->after_name)
        separate(w);
    w->after_name = false;
}

static void after_value(struct json_writer *w)
{
    w->is_done = w->depth == 0;
}

static void open_container(struct json_writer *w, bool is_object)
{
    CHECK(w->depth < JSON_DEPTH_MAX);
    before_value(w);
    buf_append_u8(w->out, is_object ? '{' : '[');
    uint64_t bit = UINT64_C(1) << (w->depth % 64), *word = &w->is_object[w->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    w->depth++;
    w->is_first = true;
}

static void close_container(struct json_writer *w, bool is_object)
{
    CHECK(w->depth > 0 && in_object(w) == is_object && !w->after_name);
    buf_append_u8(w->out, is_object ? '}' : ']');
    w->depth--;
    w->is_first = false;
    after_value(w);
}

void json_write_object_begin(struct json_writer *w)
{
    open_container(w, true);
}

void json_write_object_end(struct json_writer *w)
{
    close_container(w, true);
}

void json_write_array_begin(struct json_writer *w)
{
    open_container(w, false);
}

void json_write_array_end(struct json_writer *w)
{
    close_container(w, false);
}

void json_write_name(struct json_writer *w, struct slice name)
{
    CHECK(in_object(w) && !w->after_name);
    separate(w);
    json_append_string(w->out, name);
    buf_append_u8(w->out, ':');
    w->after_name = true;
}

bool json_writer_finish(const struct json_writer *w)
{
    CHECK(w->is_done);
    return buf_is_ok(w->out);
}

/* ---- values -------------------------------------------------------------------------------------------- */

void json_write_string(struct json_writer *w, struct slice text)
{
    before_value(w);
    json_append_string(w->out, text);
    after_value(w);
}

void json_write_int(struct json_writer *w, int64_t number)
{
    before_value(w);
    json_append_int(w->out, number);
    after_value(w);
}

void json_write_double(struct json_writer *w, double number)
{
    before_value(w);
    json_append_double(w->out, number);
    after_value(w);
}

void json_write_raw(struct json_writer *w, struct slice json)
{
    before_value(w);
    buf_append_slice(w->out, json);
    after_value(w);
}

void json_write_bool(struct json_writer *w, bool yes)
{
    json_write_raw(w, yes ? SLICE("true") : SLICE("false"));
}

void json_write_null(struct json_writer *w)
{
    json_write_raw(w, SLICE("null"));
}

/* ---- text ---------------------------------------------------------------------------------------------- */

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

static void append_escape(struct buf *out, uint8_t c)
{
    static const char letters[0x20] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char letter = c < 0x20 ? letters[c] : (char)c;
    if (letter == 0) {
        buf_printf(out, "\\u%04x", c);
        return;
    }
    buf_append_u8(out, '\\');
    buf_append_u8(out, (uint8_t)letter);
}

void json_append_string(struct buf *out, struct slice text)
{
    buf_append_u8(out, '"');
    for (size_t i = 0; i < text.len;) {
        size_t from = i;
        while (i < text.len && is_plain(text.data[i]))
            i++;
        buf_append(out, text.data + from, i - from);
        if (i < text.len)
            append_escape(out, text.data[i++]);
    }
    buf_append_u8(out, '"');
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

/* Digits two at a time, from the end. */
static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
    "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
    "99";

size_t json_put_int(char *out, int64_t number)
{
    char digits[20], *p = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    for (; rest >= 100; rest /= 100) {
        p -= 2;
        memcpy(p, pairs + rest % 100 * 2, 2);
    }
    if (rest >= 10) {
        p -= 2;
        memcpy(p, pairs + rest * 2, 2);
    } else {
        *--p = (char)('0' + rest);
    }
    if (number < 0)
        *--p = '-';
    size_t len = (size_t)(digits + sizeof digits - p);
    memcpy(out, p, len);
    return len;
}

void json_append_int(struct buf *out, int64_t number)
{
    char text[JSON_NUMBER_MAX];
    buf_append(out, text, json_put_int(text, number));
}

static bool is_plain_size(double size)
{
    return size == 0 || (size >= 1e-3 && size < 1e7);
}

/*
 * Most measured values have few decimals: size = digits / 10^decimals with at most 15 digits. Such a decimal
 * is the only one of that length or less that reads back as this double, so the first found is the shortest.
 * (Both are exact in a double and division rounds correctly, so the comparison is the reading back.)
 * @return bytes written; 0: it is none of these
 */
static size_t put_few_decimals(char *out, double size)
{
    static const double powers[] = {1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        double digits = nearbyint(size * powers[i]);
        if (digits / powers[i] != size)
            continue;
        uint64_t all = (uint64_t)digits, unit = (uint64_t)powers[i];
        size_t len = json_put_int(out, (int64_t)(all / unit));
        out[len++] = '.';
        for (uint64_t rest = all % unit; unit > 1; rest %= unit) {
            unit /= 10;
            out[len++] = (char)('0' + rest / unit);
        }
        return len;
    }
    return 0;
}

/* d.ddd times ten to the exponent; the fewest digits that read back. */
struct digits {
    char text[24];
    size_t count;
    int exponent;
};

static struct digits shortest_digits(double size)
{
    struct digits d = {0};
    char text[40];
    for (int precision = 14; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, size);
        if (strtod(text, NULL) == size)
            break;
    }
    const char *p = text;
    for (; *p != 'e'; p++) {
        if (*p != '.')
            d.text[d.count++] = *p;
    }
    d.exponent = (int)strtol(p + 1, NULL, 10);
    while (d.count > 1 && d.text[d.count - 1] == '0')
        d.count--;
    return d;
}

static char *put_part(char *out, const char *digits, size_t count)
{
    if (count == 0)
        *out++ = '0';
    memcpy(out, digits, count);
    return out + count;
}

static size_t put_digits(char *out, const struct digits *d, bool is_plain)
{
    char *p = out;
    size_t before = is_plain && d->exponent >= 0 ? (size_t)d->exponent + 1 : is_plain ? 0 : 1;
    size_t have = before < d->count ? before : d->count;
    p = put_part(p, d->text, have);
    for (size_t i = have; i < before; i++)
        *p++ = '0';
    *p++ = '.';
    for (int i = d->exponent; is_plain && i < -1; i++)
        *p++ = '0';
    p = put_part(p, d->text + have, d->count - have);
    if (!is_plain) {
        *p++ = 'E';
        p += json_put_int(p, d->exponent);
    }
    return (size_t)(p - out);
}

size_t json_put_double(char *out, double number)
{
    size_t len = 0;
    if (!isfinite(number)) {
        memcpy(out, "null", 4);
        return 4;
    }
    double size = fabs(number);
    bool is_plain = is_plain_size(size);
    if (signbit(number))
        out[len++] = '-';
    size_t few = is_plain ? put_few_decimals(out + len, size) : 0;
    if (few != 0)
        return len + few;
    struct digits d = shortest_digits(size);
    return len + put_digits(out + len, &d, is_plain);
}

void json_append_double(struct buf *out, double number)
{
    char text[JSON_NUMBER_MAX];
    buf_append(out, text, json_put_double(text, number));
}
