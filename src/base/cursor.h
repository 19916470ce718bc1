/**
 * @file cursor.h - bounded reader over borrowed bytes with a sticky error.
 *
 * Reads past the end return zeros or empty slices and set `failed`; check once after a group of reads.
 * Numbers are big endian (network order). Never allocates.
 */
#pragma once

#include "base/slice.h"

struct cursor {
    const uint8_t *pos;
    const uint8_t *end;
    bool failed;
};

static inline struct cursor cursor_of(struct slice s)
{
    /* Adding 0 to a null pointer is undefined in C. */
    return (struct cursor){s.data, s.len != 0 ? s.data + s.len : s.data, false};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->pos);
}

static inline struct slice cursor_bytes(struct cursor *c, size_t n)
{
    if (c->failed || cursor_left(c) < n) {
        c->failed = true;
        return slice_of(NULL, 0);
    }
    struct slice s = slice_of(c->pos, n);
    c->pos += n;
    return s;
}

static inline uint64_t cursor_uint(struct cursor *c, size_t width)
{
    struct slice s = cursor_bytes(c, width);
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++)
        v = v << 8 | s.data[i];
    return v;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)cursor_uint(c, 1);
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)cursor_uint(c, 2);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)cursor_uint(c, 4);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    return cursor_uint(c, 8);
}
