/**
 * @file buf.h - a growing byte buffer that owns its memory.
 *
 * `{0}` is an empty buffer that holds no memory; an idle owner should buf_fini() or keep `{0}`.
 * Appending never returns an error: on failed allocation, or beyond `limit`, the buffer becomes `failed`
 * and ignores what follows, so a writer appends freely and asks once at the end (buf_is_ok).
 * Not thread-safe.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

struct buf {
    uint8_t *data; /* NULL while cap is 0 */
    size_t len;    /* bytes in use */
    size_t cap;    /* bytes allocated */
    size_t limit;  /* largest len allowed; 0 = no limit */
    bool failed;   /* an append did not fit or found no memory */
};

void buf_fini(struct buf *b);  /* frees the memory; leaves `{0}` but keeps the limit */
void buf_clear(struct buf *b); /* empties, keeps the memory, forgets `failed` */

/** Room for @p n more bytes at data + len, or NULL (then `failed`). The caller adds to len itself. */
uint8_t *buf_reserve(struct buf *b, size_t n);

void buf_append(struct buf *b, const void *data, size_t n);
void buf_append_slice(struct buf *b, struct slice s);
void buf_append_str(struct buf *b, const char *text);
void buf_append_u8(struct buf *b, uint8_t v);
void buf_append_u16(struct buf *b, uint16_t v); /* big endian */
void buf_append_u32(struct buf *b, uint32_t v); /* big endian */
void buf_append_u64(struct buf *b, uint64_t v); /* big endian */
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/** Remove the first @p n bytes; n must not exceed len. Cost: one memmove of the rest. */
void buf_consume(struct buf *b, size_t n);

static inline bool buf_is_ok(const struct buf *b)
{
    return !b->failed;
}

static inline struct slice buf_slice(const struct buf *b)
{
    return slice_of(b->data, b->len);
}

/** NUL-terminate (not counted in len) and borrow as a C string; "" when failed or empty. */
const char *buf_cstr(struct buf *b);

#define AUTO_BUF __attribute__((cleanup(buf_fini))) struct buf
