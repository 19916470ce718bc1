/**
 * @file scan.h - where tokens end: byte classes and the scanners built on them. For reader.c and decimal.c.
 *
 * All take the place after which to look and the end of the text, never read at or beyond the end, and return
 * a place within. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum scan_class {
    SCAN_BLANK = 1,        /* space, tab, line feed, return */
    SCAN_COMMENT = 2,      /* may start a comment: / # */
    SCAN_ENDS_LITERAL = 4, /* ends what is unquoted */
    SCAN_IN_QUOTES = 8,    /* wants a look inside quotes: both quotes, backslash, control characters */
};

extern const uint8_t scan_classes[256];

static inline bool scan_is(uint8_t byte, enum scan_class class)
{
    return (scan_classes[byte] & class) != 0;
}

static inline const uint8_t *scan_blanks(const uint8_t *p, const uint8_t *end)
{
    while (p < end && scan_is(*p, SCAN_BLANK))
        p++;
    return p;
}

static inline const uint8_t *scan_digits(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/** End of the unquoted text at @p p; @p p itself if there is none. */
static inline const uint8_t *scan_literal(const uint8_t *p, const uint8_t *end)
{
    while (p < end && !scan_is(*p, SCAN_ENDS_LITERAL))
        p++;
    return p;
}

/** The next byte that SCAN_IN_QUOTES holds for, or the end. */
static inline const uint8_t *scan_in_quotes(const uint8_t *p, const uint8_t *end)
{
    while (p < end && !scan_is(*p, SCAN_IN_QUOTES))
        p++;
    return p;
}

/** End of the longest number of JSON's grammar at @p p, NULL if none starts there. */
const uint8_t *scan_number(const uint8_t *p, const uint8_t *end);

/** Behind the comment at @p p (which holds '/' or '#'); @p p if it is none; NULL if it does not end. */
const uint8_t *scan_comment(const uint8_t *p, const uint8_t *end);
