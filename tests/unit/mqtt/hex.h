/** @file hex.h - packets written as text in tests: "10 0c", spaces ignored, 'text' taken as it is. */
#pragma once

#include "base/buf.h"
#include "base/text.h"

static inline void hex_append(struct buf *b, const char *hex)
{
    for (; *hex != '\0'; hex++) {
        uint8_t byte;
        if (*hex == ' ')
            continue;
        if (*hex == '\'') {
            for (hex++; *hex != '\''; hex++)
                buf_append_u8(b, (uint8_t)*hex);
            continue;
        }
        CHECK(text_from_hex(slice_of(hex, 2), &byte, 1));
        buf_append_u8(b, byte);
        hex++;
    }
}
