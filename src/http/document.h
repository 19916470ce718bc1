/**
 * @file document.h - JSON documents of the REST API: building blocks, and reading members with checks.
 *
 * Readers name the member, what was there and what was expected. A member that is absent or null leaves the
 * out-parameter untouched. Unknown members are ignored.
 */
#pragma once

#include "base/buf.h"
#include "model/entity.h"

#include <jansson.h>

#define AUTO_JSON __attribute__((cleanup(document_release))) json_t *
void document_release(json_t **document);
json_t *document_take(json_t **document); /* move out of an AUTO_JSON */

/* Builders return new references, NULL when out of memory; json_t * arguments are taken. */
json_t *document_id(const char *entity_type, const struct uuid *id); /* {"entityType":..,"id":..} */
json_t *document_text(const char *text);                             /* "" becomes null */
json_t *document_slice(struct slice text);

/** Append as compact JSON. */
void document_write(const json_t *document, struct buf *out);

/** @return ERR_OK · ERR_INVALID, saying where the text stops being JSON */
MUST_USE err_t document_parse(struct slice text, json_t **ret, struct problem *problem);

/** What stands there, for messages: "nothing", "a number", "an object"... */
const char *document_kind(const json_t *value);

/** Text of at most @p size - 1 bytes without NUL. Path is for messages: "device.name". */
MUST_USE err_t document_get_text(const json_t *object, const char *name, char *out, size_t size,
                                 struct problem *problem);
/** The same, borrowed from the document and of any length; @p ret NULL-initialised by the caller. */
MUST_USE err_t document_get_string(const json_t *object, const char *name, const char **ret,
                                   struct problem *problem);
/** An id object or, as some clients send it, the bare UUID. */
MUST_USE err_t document_get_id(const json_t *object, const char *name, struct uuid *ret, bool *ret_present,
                               struct problem *problem);
MUST_USE err_t document_get_integer(const json_t *object, const char *name, int64_t *ret, bool *ret_present,
                                    struct problem *problem);
/** An object, borrowed; NULL-initialised by the caller. */
MUST_USE err_t document_get_object(const json_t *object, const char *name, json_t **ret,
                                   struct problem *problem);
