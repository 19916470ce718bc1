#include "store/sqlite/fold.h"

#include <wctype.h>

locale_t fold_locale_new(void)
{
    return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* One character of two to four bytes; 0 when the bytes are none. */
static size_t decode(struct slice s, uint32_t *ret_point)
{
    uint8_t lead = s.data[0];
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (n == 0 || n > s.len)
        return 0;
    uint32_t point = lead & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s.data[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (s.data[i] & 0x3f);
    }
    *ret_point = point;
    return n;
}

static void append_point(uint32_t point, struct buf *out)
{
    if (point < 0x80) {
        buf_append_u8(out, (uint8_t)point);
        return;
    }
    size_t tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    buf_append_u8(out, (uint8_t)(leads[tail] | point >> (6 * tail)));
    while (tail-- > 0)
        buf_append_u8(out, (uint8_t)(0x80 | (point >> (6 * tail) & 0x3f)));
}

void fold_append(locale_t locale, struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len;) {
        uint8_t c = text.data[i];
        uint32_t point = 0;
        size_t n = c < 0x80 ? 0 : decode(slice_skip(text, i), &point);
        if (n == 0)
            buf_append_u8(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
        else
            append_point((uint32_t)towlower_l((wint_t)point, locale), out);
        i += n == 0 ? 1 : n;
    }
}
