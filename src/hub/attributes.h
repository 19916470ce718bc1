/**
 * @file attributes.h - attributes that the platform or a person sets: on disk first, then told to the device.
 *
 * Devices subscribe to their shared attributes; a change is sent to each connected client that did, and queued for
 * persistent sessions of clients that are away. Two changes of one device are told in the order in which they were
 * stored. Worker threads and the command line; blocks for the sync.
 */
#pragma once

#include "hub/hub.h"

struct attributes;

MUST_USE err_t attributes_new(struct attributes **ret);
void attributes_free(struct attributes *attributes);

/**
 * Save {"k":v, ...} (lenient and typed as hub/body.h says) for each of @p count devices.
 * @return ERR_OK: on disk, and on its way to subscribers if the scope is SHARED; for persistent sessions the message is
 *         on disk, too · ERR_INVALID, ERR_LIMIT (the
 *         payload; nothing was saved) · ERR_FULL, ERR_IO · ERR_NOMEM
 */
MUST_USE err_t attributes_save(struct hub *hub, const uint64_t *devices, size_t count,
                               enum attribute_scope scope, struct slice json, struct problem *problem);

/** What changes for each of some devices. Values are stored as they are: no text is taken for a number. */
struct attribute_change {
    enum attribute_scope scope;
    const struct attribute *set; /* key and value count */
    size_t set_count;
    const struct slice *deleted; /* names; those that do not exist are no error */
    size_t deleted_count;
};

/**
 * Delete, then set. Subscribers of SHARED get {"deleted":[..]}, then {"k":v}.
 * @return as attributes_save()
 */
MUST_USE err_t attributes_change(struct hub *hub, const uint64_t *devices, size_t count,
                                 const struct attribute_change *change, struct problem *problem);

/** Delete by name; names that do not exist are no error. Subscribers of SHARED get {"deleted":[..]}. */
MUST_USE err_t attributes_delete(struct hub *hub, uint64_t device, enum attribute_scope scope,
                                 const struct slice *keys, size_t count, struct problem *problem);
