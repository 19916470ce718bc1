/**
 * @file live_socket.h - WebSockets of people, pages and scripts: /api/ws, and /api/ws/plugins/telemetry?token=..
 *
 * A socket logs in with its first message or by the query, within `live.auth_timeout`; that of our own page, with the Origin to show
 * for it, by its cookie (page_session.h), which is looked at with the first message. Messages are worked out one after the
 * other by a worker (live_work.h); while one is, no more is read. What has become durable comes from hub/live.h, is handed
 * to the subscriptions that want it, and written when the client takes it: one update of one subscription at a time, so that
 * what waits for a slow client collapses to the newest of each key. If that is still more than `live.max_queued`, or
 * the client takes nothing for LIVE_STALL_S, it is closed with 1008.
 *
 * Every LIVE_CHECK_S the login and the right to every watched device are looked at again: a socket whose login has ended is
 * closed with 1008, a subscription whose device is gone, or no longer the caller's to see, ends with an error.
 *
 * The service's thread, except where a worker is named. Spec: REST API, "WebSocket"; RFC 6455 section 7.4 for close codes.
 */
#pragma once

#include "http/exchange.h"

enum { LIVE_CHECK_S = 5, LIVE_STALL_S = 60 };

struct live_sockets;

MUST_USE err_t live_sockets_new(struct http_service *service, struct live_sockets **ret);
void live_sockets_free(struct live_sockets *sockets); /* the context is gone. NULL allowed */

/** Close all, with 1001, and watch nothing more. */
void live_sockets_close(struct live_sockets *sockets);
size_t live_sockets_count(const struct live_sockets *sockets);

/** May a connection become a socket? @p protocol  what the client wants to upgrade to */
bool live_socket_is_offered(struct http_service *service, struct lws *wsi, const char *protocol);

/* Callbacks of libwebsockets. 0 = go on, -1 = close the connection. */
int live_socket_open(struct http_service *service, struct lws *wsi, struct exchange_slot *slot);
int live_socket_receive(struct live_socket *socket, struct slice bytes);
int live_socket_writable(struct live_socket *socket);
void live_socket_gone(struct exchange_slot *slot);
