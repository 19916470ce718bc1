/**
 * @file slice.h - borrowed bytes: a pointer and a length, not NUL-terminated, never owned.
 *
 * A slice is valid only as long as the memory it was cut from; every function that returns one says which.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct slice {
    const uint8_t *data; /* may be NULL when len is 0 */
    size_t len;          /* bytes */
};

/** A slice of a string literal (without its NUL). */
#define SLICE(literal) ((struct slice){(const uint8_t *)("" literal), sizeof(literal) - 1})

/** printf("%.*s", SLICE_ARG(s)) */
#define SLICE_ARG(s) (int)(s).len, (const char *)((s).data ? (s).data : (const uint8_t *)"")

static inline struct slice slice_of(const void *data, size_t len)
{
    return (struct slice){data, len};
}

static inline struct slice slice_str(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_eq_str(struct slice a, const char *text)
{
    return slice_eq(a, slice_str(text));
}

/** The same, letters of ASCII without regard to case. */
static inline bool slice_eq_nocase(struct slice a, struct slice b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0);
}

static inline bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_eq(slice_of(s.data, prefix.len), prefix);
}

/** The rest of @p s after its first @p n bytes; n must not exceed s.len. */
static inline struct slice slice_skip(struct slice s, size_t n)
{
    return slice_of(n != 0 ? s.data + n : s.data, s.len - n); /* null + 0 is undefined */
}

/**
 * Copy into a C string.
 * @return false (and an empty string) when it does not fit with its NUL, or holds a NUL itself
 */
static inline bool slice_to_cstr(struct slice s, char *out, size_t size)
{
    out[0] = '\0';
    if (s.len >= size || (s.len != 0 && memchr(s.data, 0, s.len) != NULL))
        return false;
    if (s.len != 0)
        memcpy(out, s.data, s.len);
    out[s.len] = '\0';
    return true;
}
