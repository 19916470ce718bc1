/**
 * @file device_door.h - which device a request is from: the door (hub/door.h) for routes of ACCESS_DEVICE.
 *
 * The first part of the path is the device's access token, or the word `me`: then the client certificate of the TLS
 * connection says who it is. Headers of people's logins are not looked at. A refusal is logged and becomes an event, like
 * one over MQTT; the token is in neither. Spec: device API sections 1 and 9.
 */
#pragma once

#include "http/call.h"

#define DEVICE_BY_CERTIFICATE "me"

/** Does a request of this path need the connection's certificate? */
bool device_is_by_certificate(struct slice path);

/**
 * Fill call->device and call->profile.
 * @return ERR_OK · ERR_AUTH (401: nobody's token or certificate, or it is refused; the sentence says why) · ERR_IO ..
 * Worker thread; blocks.
 */
MUST_USE err_t device_identify(struct call *call, struct problem *problem);
