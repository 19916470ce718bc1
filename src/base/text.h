/** @file text.h - small checks and conversions of text that several folders need. Pure; any thread. */
#pragma once

#include "base/slice.h"

/** Bytes from the start of @p s that are whole characters of valid UTF-8: s.len, or where it goes wrong. */
size_t text_utf8_prefix(struct slice s);

/** RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. NUL bytes are allowed here. */
bool text_is_utf8(struct slice s);

/** Lower-case hex; writes 2 * s.len characters and a NUL. */
void text_to_hex(struct slice s, char *out);

/** @return false unless @p hex is exactly 2 * n hex digits of either case */
bool text_from_hex(struct slice hex, uint8_t *out, size_t n);

/** Decimal digits only, no sign or space; false when empty, other characters, or above @p max. */
bool text_to_u64(struct slice s, uint64_t max, uint64_t *ret_value);
