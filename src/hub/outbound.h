/**
 * @file outbound.h - what all HTTP requests to somebody else's server have in common: no signals, no redirects,
 * HTTP only, an end in time. For the files of this folder that use libcurl.
 */
#pragma once

#include <curl/curl.h>

/** Set those on a fresh handle. @p protocols  "https" or "http,https" */
void outbound_prepare(CURL *curl, const char *url, const char *protocols, long timeout_ms);
