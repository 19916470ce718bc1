/** @file unescape.h - what stands between quotes, with its escapes carried out. For reader.c. */
#pragma once

#include "json/reader.h"

/**
 * Write the text that @p raw stands for to @p out, which has room for raw.len bytes: the result is never longer.
 *
 * @param raw      valid UTF-8 between the quotes; its last backslash is not its last byte
 * @param ret_len  bytes written
 * @return NULL, or the backslash of the escape that is none. In JSON_MODE_STRICT also: half
 *         a surrogate pair, and escapes that only Gson knows
 */
const uint8_t *json_unescape(struct slice raw, enum json_mode mode, uint8_t *out, size_t *ret_len);
