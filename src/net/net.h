/**
 * @file net.h - the devices' side of the server: MQTT over TLS and, when configured, over plain TCP.
 *
 * net_start() makes one reactor per core (`net.reactors`), each with its own listening sockets; net_stop() tells every
 * client goodbye, waits until what they published is on disk and acknowledged, and ends the threads.
 */
#pragma once

#include "hub/hub.h"

struct net;

/** @return ERR_OK · ERR_INVALID (certificate files, addresses) · ERR_IO (address in use) ... Main thread. */
MUST_USE err_t net_start(struct hub *hub, struct net **ret, struct problem *problem);

/** Read the certificate files again; every reactor uses them from its next handshake on. On error all stays. */
MUST_USE err_t net_reload_tls(struct net *net, struct problem *problem);

void net_stop(struct net *net); /* NULL allowed. Main thread; blocks, bounded */
