/**
 * @file door_basic.h - MQTT_BASIC at the door: a client id, a user name, a password, or a part of these.
 * Spec: device API sections 1 and 10.
 */
#pragma once

#include "hub/credentials.h"
#include "hub/hub.h"

/** What stands for these credentials in a cache: 64 hex characters and a NUL. */
void door_basic_key(const struct credentials_basic *shown, char out[CREDENTIALS_ID_SIZE]);

/**
 * Look for credentials of client id and user name, of the user name, of the client id, in this order; what else they ask
 * for must be as shown, the password included.
 * @return ERR_OK · ERR_NOT_FOUND (no such credentials, or wrong password) · ERR_IO ..  Worker thread; blocks.
 */
MUST_USE err_t door_basic_find(struct hub *hub, const struct credentials_basic *shown, struct door_entry *ret,
                               struct problem *problem);
