/**
 * @file password.h - what a new password must be (settings auth.password_..), and its hash (argon2id).
 *
 * A hash takes 64 MiB and about 100 ms: routes that make one are in LANE_HASH. Worker threads, `postern init`.
 */
#pragma once

#include "config/settings.h"
#include "model/entity.h"

enum { PASSWORD_MAX = 255 }; /* bytes */

/** ERR_INVALID names @p field and the rule that the password breaks. */
MUST_USE err_t password_check(const struct settings *settings, const char *field, const char *password,
                              struct problem *problem);

/** password_check(), then the hash. ERR_NOMEM. */
MUST_USE err_t password_hash(const struct settings *settings, const char *field, const char *password,
                             char out[PASSWORD_HASH_SIZE], struct problem *problem);
