/**
 * @file registry_forwarding.h - the part of the registry for forwarding: its objects, and notices of what happened to devices.
 *
 * Threads, blocking and errors as registry.h says.
 */
#pragma once

#include "model/forwarding.h"
#include "store/registry.h"

/**
 * Create. All members but number, id, created_ms and version are taken, those are filled in.
 * @return CONFLICT: field "name"; LIMIT: the tenant has FORWARDINGS_MAX; INVALID: field "deviceProfileId"; NOT_FOUND: no
 *         such tenant
 */
MUST_USE err_t registry_forwarding_add(struct registry *r, struct forwarding *forwarding, struct problem *p);
/** Save the same members; version must be the stored one, and rises. CONFLICT: field "name" or "version"; INVALID as above */
MUST_USE err_t registry_forwarding_update(struct registry *r, struct forwarding *forwarding,
                                          struct problem *p);
MUST_USE err_t registry_forwarding_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                       struct forwarding *ret, struct problem *p);
/** In the order of their making. @p tenant  nil: of all. @p ret  heap array; NULL when there is none */
MUST_USE err_t registry_forwarding_list(struct registry *r, const struct uuid *tenant,
                                        struct forwarding **ret, size_t *ret_count, struct problem *p);
MUST_USE err_t registry_forwarding_delete(struct registry *r, const struct uuid *tenant,
                                          const struct uuid *id, struct problem *p);

/**
 * What happened to devices of tenants that have forwarding, the oldest first. Written in the transaction of the change, so
 * that none is lost. @p notices  room for @p max
 */
MUST_USE err_t registry_device_notices(struct registry *r, struct device_notice *notices, size_t max,
                                       size_t *ret_count, struct problem *p);
/** They are dealt with, up to and with this one. */
MUST_USE err_t registry_device_notices_forget(struct registry *r, int64_t number, struct problem *p);
