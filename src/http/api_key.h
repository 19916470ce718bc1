/**
 * @file api_key.h - keys by which machines act as a user: `X-Authorization: ApiKey pk_..`.
 *
 * A key is 40 random letters and digits, shown once when it is made; stored is its hash. It opens the routes whose area
 * (router.h) is among its scopes, with the rights of its user and no others: never passwords, logins or keys. It ends
 * with its time, when it is disabled or deleted, and with its user. Worker threads.
 */
#pragma once

#include "http/call.h"

/**
 * Fill call->who with the key's user.
 * @return ERR_OK · ERR_AUTH (unknown, disabled or expired) · ERR_DENIED (not good for this route)
 */
MUST_USE err_t api_key_identify(struct call *call, struct slice key, struct problem *problem);
