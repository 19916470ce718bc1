/**
 * @file listen.h - where a listener listens: host and port out of text. Pure; any thread.
 *
 * Forms: `127.0.0.1:1883`, `[::1]:8883`, `name.example:8080`; nothing (or blanks) means off.
 */
#pragma once

#include "base/slice.h"

enum { LISTEN_HOST_SIZE = 254 }; /* a DNS name's 253 characters and the NUL */

struct listen_address {
    char host[LISTEN_HOST_SIZE]; /* IPv6 without its brackets; "" when off */
    uint16_t port;               /* 0: the kernel chooses a free one (for tests) */
    bool is_on;
};

/** @return false, and @p ret untouched, unless @p text is one of the forms above with a port of 0 to 65535 */
bool listen_address_parse(struct slice text, struct listen_address *ret);

/** An IPv4 or IPv6 address (no brackets), or a DNS name: letters, digits, `-`, `_` in labels of 1 to 63. */
bool listen_host_is_valid(struct slice host);
