/** @file compact.h - rewrite a value as a device sent it into compact strict JSON. */
#pragma once

#include "json/reader.h"

/**
 * Append to @p out the value that began with @p first, the token just read, without blanks and comments, all
 * names and strings in double quotes, numbers as written. The order of members stays; so do members of the
 * same name (readers take the last).
 *
 * @param out  not the reader's scratch
 * @return ERR_OK; json_next()'s errors; ERR_NOMEM (@p out failed or reached its limit).
 *         After an error @p out holds a part.
 */
MUST_USE err_t json_compact(struct json_reader *r, const struct json_token *first, struct buf *out);
