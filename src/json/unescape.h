/** @file unescape.h - what stands between quotes, with its escapes carried out. For reader.c. */
#pragma once

#include "json/reader.h"

/**
 * Write the text that @p raw stands for to @p out, which has room for raw.len bytes: unescaping never
 * lengthens.
 *
 * @param raw      valid UTF-8 between the quotes; its last backslash is not its last byte
 * @param ret_len  bytes written
 * @return NULL, or the backslash of the escape that is none. In JSON_STRICT that includes half a surrogate
 * pair and the escapes JSON does not know.
 */
const uint8_t *json_unescape(struct slice raw, enum json_mode mode, uint8_t *out, size_t *ret_len);
