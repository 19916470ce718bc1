/**
 * @file service.h - HTTP/1.1, plain and TLS: REST and the page for people, the device API for devices.
 *
 * One thread runs libwebsockets. It reads a request within its bounds, hands it to the hub's workers, where
 * router_dispatch() may block, and writes the answer that comes back through its mailbox. Listeners:
 * http.listen, http.tls_listen, and DIR/control.sock (mode 0600), whose callers act as the tenant's
 * administrator: whoever may open that file may read the whole data directory anyway. On http.tls_listen clients are
 * asked for a certificate, by which devices are known (device_door.h).
 *
 * HTTP/2 is not offered: libwebsockets 4.1 drops headers it does not know on HTTP/2, X-Authorization too.
 *
 * Bounds: header 8 KiB, body `http.max_body` (or the route's own), SERVICE_HELD_MAX bytes of bodies and answers
 * at once, SERVICE_CONNECTIONS connections; each client has SERVICE_TIMEOUT_S for the next piece.
 */
#pragma once

#include "hub/hub.h"

enum {
    SERVICE_CONNECTIONS = 4096,
    SERVICE_HELD_MAX = 128 * 1024 * 1024,
    SERVICE_TIMEOUT_S = 20,
    SERVICE_KEEP_ALIVE_S = 60,
    SERVICE_STOP_S = 5, /* for answers in progress when stopping */
};

struct http_service;

/**
 * Open the listeners and start the thread.
 * @return ERR_OK · ERR_INVALID (certificate files) · ERR_IO (address in use, not ours, no such host) · ERR_NOMEM
 * Main thread; blocks.
 */
MUST_USE err_t http_service_start(struct hub *hub, struct http_service **ret, struct problem *problem);

/**
 * Read the certificate files again: connections made from now on get the new certificate, others go on.
 * @return ERR_OK · ERR_INVALID (they do not fit together; the certificate in use stays) · ERR_AGAIN (busy)
 * Main thread; blocks.
 */
MUST_USE err_t http_service_reload(struct http_service *service, struct problem *problem);

/** Finish answers in progress (SERVICE_STOP_S), close everything, free. NULL allowed. Main thread; blocks. */
void http_service_stop(struct http_service *service);

/** Ports in use, 0 where the listener is off: for tests that let the kernel choose. */
uint16_t http_service_port(const struct http_service *service);
uint16_t http_service_tls_port(const struct http_service *service);
