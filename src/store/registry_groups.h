/**
 * @file registry_groups.h - the registry's part about groups of devices, their members, and customers they are shared with.
 *
 * Every owner (tenant or customer) has a group "All", made with the owner; it holds what the owner has, nothing is stored for it.
 * An owner's own groups have stored members, and a device may be in many. A tenant's group may hold any device of the tenant; a
 * customer's only the customer's, which leave it when they change hands. As registry.h says of all its calls.
 */
#pragma once

#include "store/registry.h"

enum group_sort { GROUP_SORT_NAME, GROUP_SORT_CREATED };

struct group_query {
    struct uuid tenant_id;
    struct uuid owner_id;  /* nil = of any */
    struct uuid viewer_id; /* what users of this customer see: its own and those shared with it; nil = all */
    uint64_t device;       /* only own groups that hold this device; 0 = all, the groups "All" included */
    struct slice text_search; /* part of the name, without case; empty = all */
    enum group_sort sort;
    enum sort_order order;
    uint32_t page_size; /* 1..1000 */
    uint32_t page;      /* from 0 */
};
struct group_page {
    struct group *groups; /* heap array */
    size_t count;
    uint64_t total; /* of the whole query */
};
void group_page_fini(struct group_page *page);

/** That a device is in an own group. */
struct membership {
    uint64_t device;
    struct uuid group_id;
    const char *group_name; /* borrowed for the call */
};
typedef bool membership_found(void *arg, const struct membership *membership); /* false: no more */

/** The memberships of some devices in one question, by device, then by name; those that users of @p viewer see (nil = all).
 *  @p devices  numbers; at most GROUP_DEVICES_MAX */
enum { GROUP_DEVICES_MAX = 1024 };
MUST_USE err_t registry_group_memberships(struct registry *r, const struct uuid *viewer,
                                          const uint64_t *devices, size_t count, membership_found *found,
                                          void *arg, struct problem *p);

MUST_USE err_t registry_group_all(struct registry *r, const struct uuid *owner, struct group *ret,
                                  struct problem *p);
MUST_USE err_t registry_group_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                  struct group *ret, struct problem *p);
MUST_USE err_t registry_group_by_name(struct registry *r, const struct uuid *owner, const char *name,
                                      struct group *ret, struct problem *p);
MUST_USE err_t registry_group_page(struct registry *r, const struct group_query *query,
                                   struct group_page *ret, struct problem *p);
/** Create: tenant_id, owner_id, owner_is_customer, name, additional_info and configuration are taken, the rest is filled in.
 *  CONFLICT: field "name"; INVALID: field "ownerId" (neither the tenant nor a customer of it) */
MUST_USE err_t registry_group_add(struct registry *r, struct group *group, struct problem *p);
/** Save name, additional_info, configuration; group->version must be the stored one, and rises. CONFLICT: field "name" or
 *  "version" */
MUST_USE err_t registry_group_update(struct registry *r, struct group *group, struct problem *p);
/** With its memberships and shares; the devices stay. CONFLICT: it is an "All". */
MUST_USE err_t registry_group_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                     struct problem *p);

/**
 * Put devices into a group, or take them out; all or none. What is in already, or is not, stays so.
 * @return NOT_FOUND: no such group · INVALID with field "entityIds": a device is not there, or not the group's owner's; the
 *         sentence names it · CONFLICT: it is an "All"
 */
MUST_USE err_t registry_group_add_devices(struct registry *r, const struct uuid *tenant,
                                          const struct uuid *group, const struct uuid *devices, size_t count,
                                          struct problem *p);
MUST_USE err_t registry_group_remove_devices(struct registry *r, const struct uuid *tenant,
                                             const struct uuid *group, const struct uuid *devices,
                                             size_t count, struct problem *p);

/* ---- shares ---- */

struct group_share {
    struct uuid customer_id;
    enum share_right right;
};
enum { GROUP_SHARES_MAX = 1000 }; /* of a group */

/** Share a tenant's own group with a customer, or change how; SHARE_NONE ends it. CONFLICT: an "All", or a customer's group;
 *  NOT_FOUND; INVALID: field "customerId"; LIMIT */
MUST_USE err_t registry_group_share(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                    const struct group_share *share, struct problem *p);
/** @p shares  of GROUP_SHARES_MAX */
MUST_USE err_t registry_group_shares(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                     struct group_share *shares, size_t *ret_count, struct problem *p);
/** The most that shares let a customer's users do to a device, or to the devices of a group. */
MUST_USE err_t registry_share_of_device(struct registry *r, const struct uuid *customer, uint64_t device,
                                        enum share_right *ret, struct problem *p);
MUST_USE err_t registry_share_of_group(struct registry *r, const struct uuid *customer,
                                       const struct uuid *group, enum share_right *ret, struct problem *p);
