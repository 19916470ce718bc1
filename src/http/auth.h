/**
 * @file auth.h - who people are: logins and their tokens.
 *
 * A login is a row of the registry; every token names it and is good only while the row stands, so `logout`
 * and a changed password work at once. Hashing takes 64 MiB and about 100 ms: routes that do it are in
 * LANE_HASH. Unknown accounts cost the same time as known ones. Worker threads.
 */
#pragma once

#include "http/call.h"

/**
 * Fill call->who from the request's token, API key or session cookie, or as the tenant's administrator on the control socket.
 * @return ERR_OK · ERR_AUTH (with the documented code in call->error_code)
 */
MUST_USE err_t auth_identify(struct call *call, struct problem *problem);

MUST_USE err_t auth_check_email(const char *email, char out[NAME_SIZE], struct problem *problem);

/** The same, from an access token that came otherwise. */
MUST_USE err_t auth_identify_token(struct call *call, struct slice token, struct problem *problem);

/** Does the caller's login still stand? ERR_AUTH if not. */
MUST_USE err_t auth_check_login(struct call *call, struct problem *problem);

/** Log the user in, and answer the tokens, or a cookie if that is wanted (page_session.h). */
MUST_USE err_t auth_open_login(struct call *call, const struct user *user, struct problem *problem);

/**
 * Add a user with authority TENANT_ADMIN to the first tenant. For `postern init`: needs the registry only.
 * @return ERR_OK · ERR_INVALID (email, password) · ERR_CONFLICT (email is taken) · as the registry
 */
MUST_USE err_t auth_create_administrator(struct hub *hub, const char *email, const char *password,
                                         struct problem *problem);
