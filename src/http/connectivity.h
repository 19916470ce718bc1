/** @file connectivity.h - the pieces of connect help, apart so that they can be tested. Pure; any thread. */
#pragma once

#include "base/buf.h"
#include "http/message.h"
#include "model/entity.h"

enum { CONNECTIVITY_HOST_SIZE = 256 };

/**
 * The host name for commands: the configured one, else the name in the Host header without its port.
 * What is no host name becomes "localhost". @return false when the configured one is too long
 */
bool connectivity_host(const char *configured, struct slice header, char out[CONNECTIVITY_HOST_SIZE]);

/** Append "https://HOST:PORT", as the request's sender reached this server. */
void connectivity_server(const struct http_request *request, struct buf *out);

/** Append the mosquitto_pub line. Texts that came from users are quoted for a POSIX shell. */
void connectivity_command(struct buf *out, const char *host, uint16_t port, bool is_tls,
                          const struct credentials *credentials);
