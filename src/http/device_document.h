/**
 * @file device_document.h - devices and credentials as REST documents, both ways.
 *
 * Building: new references, NULL when out of memory. Reading: everything is checked here, nothing is written.
 */
#pragma once

#include "http/call.h"
#include "hub/presence.h"

json_t *device_document(const struct device *device);

/** When it was last heard: @p view, else the server attribute that an earlier run left. 0 = never, or not to be read. */
int64_t device_last_activity_ms(struct hub *hub, uint64_t number, const struct presence_view *view);

/**
 * Read a device as POSTed.
 *
 * With an `id` the stored device is loaded first, and the version compared; without, @p ret describes a new
 * one. The profile is found by deviceProfileId, else by type (made when it does not exist), else the default.
 * @param ret         to be given back by device_fini(); untouched on failure
 * @param ret_exists  whether it had an id
 * @return ERR_OK · ERR_INVALID · ERR_NOT_FOUND (id, profile) · ERR_CONFLICT (older version) · as the registry
 */
MUST_USE err_t device_read(struct call *call, const json_t *body, struct device *ret, bool *ret_exists,
                           struct problem *problem);
