/**
 * @file document.h - JSON documents of the REST API: their building blocks. Reading members: json/document.h.
 */
#pragma once

#include "base/buf.h"
#include "model/entity.h"
#include "json/document.h"

/* Builders return new references, NULL when out of memory; json_t * arguments are taken. */
json_t *document_id(const char *entity_type, const struct uuid *id); /* {"entityType":..,"id":..} */
json_t *document_text(const char *text);                             /* "" becomes null */
json_t *document_slice(struct slice text);
json_t *document_id_or_null(const char *entity_type, const struct uuid *id); /* the nil UUID becomes null */

/** Append as compact JSON. */
void document_write(const json_t *document, struct buf *out);

/** An object as its text, heap; @p ret untouched when absent or null. ERR_INVALID: more than @p max bytes. */
MUST_USE err_t document_get_object_text(const json_t *object, const char *name, size_t max, char **ret,
                                        struct problem *problem);

/** @return ERR_OK · ERR_INVALID, saying where the text stops being JSON */
MUST_USE err_t document_parse(struct slice text, json_t **ret, struct problem *problem);
