#include "json/scan.h"

#include <stddef.h>
#include <string.h>

#define BLANK     SCAN_BLANK | SCAN_ENDS_LITERAL
#define BLANK_CTL SCAN_BLANK | SCAN_ENDS_LITERAL | SCAN_IN_QUOTES

const uint8_t scan_classes[256] = {
    [0x00 ... 0x08] = SCAN_IN_QUOTES,
    ['\t'] = BLANK_CTL,
    ['\n'] = BLANK_CTL,
    [0x0b] = SCAN_IN_QUOTES,
    ['\f'] = SCAN_IN_QUOTES | SCAN_ENDS_LITERAL,
    ['\r'] = BLANK_CTL,
    [0x0e ... 0x1f] = SCAN_IN_QUOTES,
    [' '] = BLANK,
    ['"'] = SCAN_IN_QUOTES,
    ['\''] = SCAN_IN_QUOTES,
    ['\\'] = SCAN_IN_QUOTES | SCAN_ENDS_LITERAL,
    ['/'] = SCAN_COMMENT | SCAN_ENDS_LITERAL,
    ['#'] = SCAN_COMMENT | SCAN_ENDS_LITERAL,
    [';'] = SCAN_ENDS_LITERAL,
    ['='] = SCAN_ENDS_LITERAL,
    ['{'] = SCAN_ENDS_LITERAL,
    ['}'] = SCAN_ENDS_LITERAL,
    ['['] = SCAN_ENDS_LITERAL,
    [']'] = SCAN_ENDS_LITERAL,
    [':'] = SCAN_ENDS_LITERAL,
    [','] = SCAN_ENDS_LITERAL,
};

/* RFC 8259 section 6. */
const uint8_t *scan_number(const uint8_t *p, const uint8_t *end)
{
    if (p < end && *p == '-')
        p++;
    const uint8_t *digits = p;
    p = scan_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return NULL;
    if (p < end && *p == '.') {
        digits = p + 1;
        p = scan_digits(digits, end);
        if (p == digits)
            return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = scan_digits(p, end);
        if (p == digits)
            return NULL;
    }
    return p;
}

static const uint8_t *scan_line(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p != '\n' && *p != '\r')
        p++;
    return p;
}

const uint8_t *scan_comment(const uint8_t *p, const uint8_t *end)
{
    if (*p == '#')
        return scan_line(p, end);
    if (end - p < 2 || (p[1] != '/' && p[1] != '*'))
        return p;
    if (p[1] == '/')
        return scan_line(p, end);
    p = memmem(p + 2, (size_t)(end - p) - 2, "*/", 2);
    return p == NULL ? NULL : p + 2;
}
