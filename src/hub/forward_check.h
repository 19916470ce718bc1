/** @file forward_check.h - which URLs may be endpoints of forwarding. Pure; any thread. */
#pragma once

#include "base/err.h"
#include "config/settings.h"

/** https:// with a host and without a password, or http:// where forward.allow_http says so. ERR_INVALID: field "url" */
MUST_USE err_t forward_check_url(const char *url, const struct settings *settings, struct problem *problem);
