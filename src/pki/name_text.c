#include "pki/name_text.h"

#include "base/text.h"

#include <stdio.h>

static size_t utf8_length(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xe0)
        return 2;
    return lead < 0xf0 ? 3 : 4;
}

static uint32_t code_point(const uint8_t *s, size_t n)
{
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t point = s[0] & lead_bits[n];
    for (size_t i = 1; i < n; i++)
        point = point << 6 | (s[i] & 0x3f);
    return point;
}

/* Characters that could make a name read as another: Unicode general categories Cc, Zl, Zp and the Cf of use
 * here. */
static bool is_deceptive(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xe0000 && c <= 0xe007f);
}

void name_text_append(char *out, size_t size, struct slice text)
{
    size_t len = strlen(out);
    bool is_utf8 = text_is_utf8(text);
    for (size_t i = 0; i < text.len;) {
        const uint8_t *s = text.data + i;
        size_t n = is_utf8 ? utf8_length(s[0]) : 1;
        bool is_escaped = is_utf8 ? is_deceptive(code_point(s, n)) : (s[0] < 0x20 || s[0] >= 0x7f);
        size_t need = is_escaped ? 3 * n : n, tail = i + n == text.len ? 0 : 3;
        if (len + need + tail >= size) {
            snprintf(out + len, size - len, "...");
            return;
        }
        for (size_t k = 0; k < n; k++)
            len += (size_t)snprintf(out + len, size - len, is_escaped ? "\\%02X" : "%c", s[k]);
        i += n;
    }
}
