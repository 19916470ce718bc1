/**
 * @file client_gateway.h - a connection whose device is a gateway: it speaks for many devices.
 *
 * A message names its devices. Those that are not connected yet are found or made by a worker first (the message waits, and
 * so does what follows it), then let in: each has a seat, by which the platform reaches it, and presence, as a device with
 * a connection of its own. For net/client*.c and reactor.c. Reactor's thread. Spec: device API section 7.
 */
#pragma once

#include "hub/gateway.h"
#include "hub/gateway_register.h"
#include "net/client_parts.h"

/** A message on a topic of gateways. @p match says which. Needs room in the ingest. */
void client_gateway_publish(struct connection *c, const struct ingest_source *source,
                            const struct topic_match *match, struct slice payload);

/** Go on with the message that waited for its devices, if there is one and there is room. Flushes. */
void client_gateway_go_on(struct connection *c);

/** Publish a will on a topic of gateways. @return false: it is none, or not about devices that are connected */
bool client_gateway_will(struct connection *c, const struct mqtt_will *will);

/** The connection ends: so do its devices'. */
void client_gateway_end(struct connection *c);

/** The device is no longer what it was: gateways that carry it are told and have it no more. */
void client_gateway_revoke(struct reactor *r, uint64_t device);

/* Devices: client_gateway_device.c. */

/** Let a device in that was found. @return ERR_OK · ERR_LIMIT · ERR_NOMEM */
MUST_USE err_t client_gateway_admit(struct connection *c, const struct gateway_newcomer *newcomer,
                                    struct problem *problem);
/** It has subscribed to calls for its devices. */
void client_gateway_listens(struct connection *c);

/** @param why  for the list of its events */
void client_gateway_dismiss(struct connection *c, struct gateway_device *device, const char *why);
