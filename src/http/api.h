/**
 * @file api.h - what all handlers share: the hub, the key that signs tokens, and the guard of logins.
 *
 * Made once, before requests come; read by every worker thread. The guard locks itself.
 */
#pragma once

#include "hub/hub.h"

#include <stdatomic.h>

enum { API_SECRET_SIZE = 64 }; /* HS512: as long as the hash, RFC 7518 section 3.2 */

struct login_guard;
struct rate_limit;

struct api {
    struct hub *hub; /* borrowed */
    uint8_t secret[API_SECRET_SIZE];
    struct uuid tenant;                        /* of the administrator on the control socket */
    struct login_guard *guard, *address_guard; /* by account, by address */
    struct rate_limit *refusals;               /* of devices, that are told in the log */
    atomic_uint imports;                       /* documents of device tables under way (device_import.c) */
    uint16_t mqtt_port, mqtt_tls_port;         /* as connect help shows them; 0 = that listener is off */
};

/** Main thread; blocks on the registry. @return as registry_secret() · ERR_NOMEM */
MUST_USE err_t api_init(struct api *api, struct hub *hub, struct problem *problem);
void api_fini(struct api *api); /* wipes the key; `{0}` is allowed */
