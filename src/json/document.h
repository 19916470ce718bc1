/**
 * @file document.h - reading the members of a JSON document (jansson) with checks.
 *
 * For documents of REST and what is kept of them; what devices send has reader.h. Each reader names the
 * member, what was there and what was expected (ERR_INVALID, problem->field = the member). A member that is
 * absent or null leaves the out-parameter untouched. Unknown members are ignored. Pure; any thread.
 */
#pragma once

#include "base/err.h"
#include "base/uuid.h"

#include <jansson.h>

#define AUTO_JSON __attribute__((cleanup(document_release))) json_t *
void document_release(json_t **document);
json_t *document_take(json_t **document); /* move out of an AUTO_JSON */

/** Read text as a device sends it, leniently (reader.h). ERR_INVALID, ERR_LIMIT: see json_next(). */
MUST_USE err_t document_parse_lenient(struct slice text, uint32_t max_depth, json_t **ret,
                                      struct problem *problem);

/** What stands there, for messages: "nothing", "a number", "an object"... */
const char *document_kind(const json_t *value);

/** Text of at most @p size - 1 bytes without NUL. */
MUST_USE err_t document_get_text(const json_t *object, const char *name, char *out, size_t size,
                                 struct problem *problem);
/** The same, borrowed from the document and of any length; @p ret NULL-initialised by the caller. */
MUST_USE err_t document_get_string(const json_t *object, const char *name, const char **ret,
                                   struct problem *problem);
/** An id object {"entityType":..,"id":..} or, as some clients send it, the bare UUID. */
MUST_USE err_t document_get_id(const json_t *object, const char *name, struct uuid *ret, bool *ret_present,
                               struct problem *problem);
MUST_USE err_t document_get_integer(const json_t *object, const char *name, int64_t *ret, bool *ret_present,
                                    struct problem *problem);
MUST_USE err_t document_get_bool(const json_t *object, const char *name, bool *ret, struct problem *problem);
/** An object, borrowed; NULL-initialised by the caller. */
MUST_USE err_t document_get_object(const json_t *object, const char *name, json_t **ret,
                                   struct problem *problem);
