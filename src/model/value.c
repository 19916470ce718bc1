/* A value in its three forms: as stored, as text, as JSON. Declared in model/point.h. */
#include "model/point.h"

#include "base/cursor.h"
#include "json/writer.h"

#include <math.h>

/* Fewest big-endian bytes, at least one, whose sign extension is the number: 25 is one byte on disk. */
static void put_long(int64_t number, struct buf *out)
{
    size_t n = 1;
    while (n < 8 && (number >> (8 * n - 1)) != 0 && (number >> (8 * n - 1)) != -1)
        n++;
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> (8 * (n - 1 - i)));
    buf_append(out, bytes, n);
}

static int64_t read_long(struct slice bytes)
{
    uint64_t v = (bytes.data[0] & 0x80) ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.len; i++)
        v = v << 8 | bytes.data[i];
    return (int64_t)v;
}

void value_encode(const struct value *value, struct buf *out)
{
    uint64_t bits;
    buf_append_u8(out, (uint8_t)value->type);
    switch (value->type) {
    case VALUE_BOOLEAN: buf_append_u8(out, value->boolean); return;
    case VALUE_LONG: put_long(value->number, out); return;
    case VALUE_DOUBLE:
        memcpy(&bits, &value->real, sizeof bits);
        buf_append_u64(out, bits);
        return;
    case VALUE_STRING:
    case VALUE_JSON: buf_append_slice(out, value->text); return;
    }
    check_failed("value->type", __FILE__, __LINE__);
}

static bool decode_double(struct slice bytes, struct value *v)
{
    struct cursor c = cursor_of(bytes);
    uint64_t bits = cursor_u64(&c);
    memcpy(&v->real, &bits, sizeof bits);
    return !c.failed && cursor_left(&c) == 0 && isfinite(v->real);
}

bool value_decode(struct slice bytes, struct value *ret_value)
{
    if (bytes.len == 0)
        return false;
    struct value v = {.type = (enum value_type)bytes.data[0]};
    struct slice rest = slice_skip(bytes, 1);
    bool ok = false;
    switch (v.type) {
    case VALUE_BOOLEAN:
        ok = rest.len == 1 && rest.data[0] <= 1;
        if (ok)
            v.boolean = rest.data[0] == 1;
        break;
    case VALUE_LONG:
        ok = rest.len >= 1 && rest.len <= 8;
        if (ok)
            v.number = read_long(rest);
        break;
    case VALUE_DOUBLE: ok = decode_double(rest, &v); break;
    case VALUE_STRING:
    case VALUE_JSON:
        v.text = rest;
        ok = true;
        break;
    }
    if (ok)
        *ret_value = v;
    return ok;
}

void value_append_text(const struct value *value, struct buf *out)
{
    switch (value->type) {
    case VALUE_BOOLEAN: buf_append_str(out, value->boolean ? "true" : "false"); return;
    case VALUE_LONG: json_append_int(out, value->number); return;
    case VALUE_DOUBLE: json_append_double(out, value->real); return;
    case VALUE_STRING:
    case VALUE_JSON: buf_append_slice(out, value->text); return;
    }
    check_failed("value->type", __FILE__, __LINE__);
}

void value_append_json(const struct value *value, struct buf *out)
{
    if (value->type == VALUE_STRING)
        json_append_string(out, value->text);
    else
        value_append_text(value, out);
}
