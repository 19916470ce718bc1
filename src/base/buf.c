#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void buf_fini(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.limit = b->limit};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

static bool grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_CAPACITY;
    while (cap < need)
        cap *= 2;
    uint8_t *data = realloc(b->data, cap);
    if (data == NULL)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed)
        return NULL;
    bool too_large = n > SIZE_MAX / 4 - b->len || (b->limit != 0 && b->len + n > b->limit);
    if (too_large || (b->len + n > b->cap && !grow(b, b->len + n))) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buf_append(struct buf *b, const void *data, size_t n)
{
    if (n == 0)
        return;
    uint8_t *room = buf_reserve(b, n);
    if (room == NULL)
        return;
    memcpy(room, data, n);
    b->len += n;
}

void buf_append_slice(struct buf *b, struct slice s)
{
    buf_append(b, s.data, s.len);
}

void buf_append_str(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

void buf_append_u8(struct buf *b, uint8_t v)
{
    buf_append(b, &v, 1);
}

void buf_append_u16(struct buf *b, uint16_t v)
{
    uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    buf_append(b, bytes, sizeof bytes);
}

void buf_append_u32(struct buf *b, uint32_t v)
{
    buf_append_u16(b, (uint16_t)(v >> 16));
    buf_append_u16(b, (uint16_t)v);
}

void buf_append_u64(struct buf *b, uint64_t v)
{
    buf_append_u32(b, (uint32_t)(v >> 32));
    buf_append_u32(b, (uint32_t)v);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    uint8_t *room = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
    if (room != NULL) {
        vsnprintf((char *)room, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void buf_consume(struct buf *b, size_t n)
{
    CHECK(n <= b->len);
    if (n == 0)
        return;
    memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
}

const char *buf_cstr(struct buf *b)
{
    uint8_t *room = buf_reserve(b, 1);
    if (room == NULL)
        return "";
    *room = '\0';
    return (const char *)b->data;
}
