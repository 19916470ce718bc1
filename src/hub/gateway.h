/**
 * @file gateway.h - the devices behind gateways' connections: by name for what a gateway sends, by number for what the
 * platform has to say.
 *
 * A reactor has one `struct gateways`, a connection whose device is a gateway one `struct gateway`, made with its first
 * message. What a device does on the platform (seat, presence) is net/client_gateway.h's.
 * Names are hashed with a random key: a gateway cannot choose them so that look-ups become slow. Memory: about 600
 * bytes a device, its seat and presence included. Reactor's thread only.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <uthash.h>

struct gateways;
struct gateway_registration;
struct seat_claim;
struct presence_record;
struct device_carriers;

/** A connection of a gateway. */
struct gateway {
    uint64_t client; /* the reactor's handle of the connection */
    struct gateway_registration
        *arrived; /* the owner's: a message whose devices are found, and wait to be let in */

    struct gateways *all; /* private from here */
    size_t max;
    struct gateway_device *by_name;
};

/** A device that is connected through a gateway. */
struct gateway_device {
    struct gateway *gateway;
    uint64_t number;
    struct seat_claim *claim; /* this and the next two are the owner's */
    struct presence_record *presence;
    bool is_seated; /* the claim was granted */

    UT_hash_handle hh; /* private from here */
    struct device_carriers *carriers;
    struct gateway_device *prev, *next; /* the same device on other connections */
    size_t name_len;
    char name[];
};

static inline struct slice gateway_device_name(const struct gateway_device *device)
{
    return slice_of(device->name, device->name_len);
}

MUST_USE err_t gateways_new(struct gateways **ret);
void gateways_free(struct gateways *gateways); /* NULL allowed; after all gateways */

/** @param max  devices it may carry at a time */
MUST_USE err_t gateway_new(struct gateways *gateways, uint64_t client, size_t max, struct gateway **ret);
void gateway_free(struct gateway *gateway); /* NULL allowed; all devices were removed */

/** @return NULL: not connected through this gateway. Cost: one hash look-up. */
struct gateway_device *gateway_find(struct gateway *gateway, struct slice name);
struct gateway_device *gateway_find_number(struct gateway *gateway, uint64_t number);
struct gateway_device *gateway_find_claim(struct gateway *gateway, const struct seat_claim *claim); /* slow */

/** Would @p more devices be too many? @return ERR_OK · ERR_LIMIT */
MUST_USE err_t gateway_check_room(const struct gateway *gateway, size_t more, struct problem *problem);

/** Neither the name nor the number may be there already. @return ERR_OK · ERR_LIMIT · ERR_NOMEM */
MUST_USE err_t gateway_add(struct gateway *gateway, struct slice name, uint64_t number,
                           struct gateway_device **ret, struct problem *problem);
void gateway_remove(struct gateway_device *device); /* frees it */

/** Any one of the gateway's devices, NULL when there is none: to remove them all, or to walk over them. */
struct gateway_device *gateway_first(struct gateway *gateway);
struct gateway_device *gateway_next(struct gateway_device *device); /* NULL after the last */

/** Any one connection that carries the device of this number; NULL when there is none. */
struct gateway_device *gateways_carrier(struct gateways *gateways, uint64_t number);
