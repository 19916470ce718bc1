/**
 * @file token.h - JSON Web Tokens (RFC 7519), HS512 with the installation's key. Pure; any thread.
 *
 * A login has two kinds of tokens, told apart by `scopes`: access tokens carry the user's authority, refresh
 * tokens carry REFRESH_TOKEN and are good for new tokens only.
 */
#pragma once

#include "http/call.h"

enum { TOKEN_MAX = 2048 }; /* bytes of a token that is looked at */

enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH };

/** @p expires_ms is rounded down to seconds. NULL when out of memory; else free() it. */
char *token_issue(const struct api *api, enum token_kind kind, const struct caller *who, int64_t now_ms,
                  int64_t expires_ms);

/**
 * Check signature, kind and time. Whether the login still stands is not looked at.
 * @return ERR_OK · ERR_AUTH (not one of ours) · ERR_CLOSED (was one of ours, and has expired)
 */
MUST_USE err_t token_read(const struct api *api, enum token_kind kind, struct slice token, int64_t now_ms,
                          struct caller *ret);
