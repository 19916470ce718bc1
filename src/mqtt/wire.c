#include "mqtt/wire.h"

#include "base/text.h"
#include "mqtt/packet.h"

struct cursor wire_cursor(struct slice s)
{
    static const uint8_t nothing[1];
    return cursor_of(s.data == NULL ? slice_of(nothing, 0) : s);
}

struct slice wire_read_binary(struct cursor *c)
{
    uint16_t len = cursor_u16(c);
    return cursor_bytes(c, len);
}

const char *wire_text_fault(struct slice text)
{
    if (text.len == 0)
        return NULL;
    if (memchr(text.data, 0, text.len) != NULL)
        return "contains U+0000";
    return text_is_utf8(text) ? NULL : "is not UTF-8";
}

uint32_t wire_read_varint(struct cursor *c)
{
    uint32_t value = 0;
    for (unsigned shift = 0; shift <= 21; shift += 7) {
        uint8_t byte = cursor_u8(c);
        if (c->failed)
            return 0;
        value |= (uint32_t)(byte & 0x7f) << shift;
        bool is_padded = byte == 0 && shift > 0;
        if (is_padded)
            break;
        if ((byte & 0x80) == 0)
            return value;
    }
    c->failed = true;
    return 0;
}

void wire_write_varint(struct buf *out, uint32_t value)
{
    do {
        uint8_t byte = value & 0x7f;
        value >>= 7;
        buf_append_u8(out, value != 0 ? byte | 0x80 : byte);
    } while (value != 0);
}

void wire_write_binary(struct buf *out, struct slice s)
{
    if (s.len > MQTT_MAX_STRING) {
        out->failed = true;
        return;
    }
    buf_append_u16(out, (uint16_t)s.len);
    buf_append_slice(out, s);
}

size_t wire_open_length(struct buf *out)
{
    buf_append_u8(out, 0);
    return out->len;
}

void wire_close_length(struct buf *out, size_t opened)
{
    if (!buf_is_ok(out))
        return;
    size_t len = out->len - opened;
    if (len > MQTT_MAX_REMAINING_LENGTH) {
        out->failed = true;
        return;
    }
    size_t extra = (size_t)(len >= 0x80) + (len >= 0x4000) + (len >= 0x200000);
    if (extra != 0) {
        if (buf_reserve(out, extra) == NULL)
            return;
        memmove(out->data + opened + extra, out->data + opened, len);
    }
    out->len = opened - 1;
    wire_write_varint(out, (uint32_t)len);
    out->len += len;
}
