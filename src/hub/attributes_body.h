/**
 * @file attributes_body.h - attribute messages of a device: values it reports, and values it asks for.
 *
 * Lenient and typed as hub/body.h says.
 */
#pragma once

#include "hub/body.h"

/** {"k":v, ...}: append attributes of @p scope to @p batch. Errors and all else as telemetry_parse(). */
MUST_USE err_t attributes_parse(struct slice payload, enum attribute_scope scope,
                                const struct body_options *options, struct batch *batch,
                                struct problem *problem);

/** The same for a body within another message, whose first token is the next one: up to its end. */
MUST_USE err_t attributes_read(struct body *body, enum attribute_scope scope);

/** What a device wants to know. */
struct attribute_request {
    bool wants_client, wants_shared; /* which scopes */
    struct slice client_keys;        /* names joined by commas, for attribute_request_key(); empty = all */
    struct slice shared_keys;        /* likewise */
};

/**
 * {"clientKeys":"a,b","sharedKeys":"c"}; both are optional. A member that is there asks for its scope: for
 * the keys it names or, if it names none ("", ","), for all. Neither there: all of both scopes. Other members
 * are ignored.
 *
 * @param options      max_keys, max_depth and scratch are used
 * @param ret_request  borrows from the payload and the scratch
 * @return ERR_OK; ERR_INVALID (not JSON, not an object, or a member that is null, an object or an array);
 *         ERR_LIMIT (too deep, more than max_keys names); ERR_NOMEM
 */
MUST_USE err_t attribute_request_parse(struct slice payload, const struct body_options *options,
                                       struct attribute_request *ret_request, struct problem *problem);

/**
 * Take the next name off @p list: without blanks around it, never empty.
 * @return false when there is none left
 */
bool attribute_request_key(struct slice *list, struct slice *ret_key);
