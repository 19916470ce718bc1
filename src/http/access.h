/**
 * @file access.h - who may do what to which entity: the one place that judges.
 *
 * A route's row says who may call it (router.h, enum route_access). With ACCESS_READ and ACCESS_WRITE every entity
 * that the path names ({deviceId}, {entityId}, {rpcId}, {customerId}, ..) is judged before the handler runs; a handler
 * that takes ids from a body or a query asks here itself, with the same functions.
 *
 * The tenant's administrator may do everything to what is the tenant's. A customer's user may read and write what belongs
 * to the customer, and what the tenant shares with the customer, in a group, as the share says. He sees nothing else: it
 * answers ERR_NOT_FOUND like an id that never was. What may be read, but not written, answers ERR_DENIED. Worker threads; blocks on the registry.
 */
#pragma once

#include "http/call.h"

enum access_right { RIGHT_READ, RIGHT_WRITE };

/** The refusal itself, in the platform's words. @return ERR_DENIED */
MUST_USE err_t access_denied(const char *field, struct problem *problem);

/** May somebody of this role call the route at all? Somebody on the control socket is of every role but a customer's. */
MUST_USE err_t access_check_role(const struct call *call, struct problem *problem);

/** The entities of the path, for routes with ACCESS_READ and ACCESS_WRITE. */
MUST_USE err_t access_check_path(const struct call *call, struct problem *problem);

/** A device by its id, if the caller has the right. @p ret is the caller's to _fini. */
MUST_USE err_t access_device(const struct call *call, const struct uuid *id, enum access_right right,
                             struct device *ret, struct problem *problem);

/**
 * A group by its id. A customer's user may change the customer's own groups, and read the tenant's that are shared with the
 * customer. Whether it is an "All", which nobody changes, the registry looks.
 */
MUST_USE err_t access_group(const struct call *call, const struct uuid *id, enum access_right right,
                            struct group *ret, struct problem *problem);

/** May the caller read a group that was looked up otherwise, within the tenant? ERR_NOT_FOUND if not. */
MUST_USE err_t access_read_group(const struct call *call, const struct group *group, struct problem *problem);

/**
 * A user by its id: one's own; a customer's or another administrator of the tenant, for the tenant's administrator; every
 * administrator, for that of the installation (and, on the control socket, anybody).
 */
MUST_USE err_t access_user(const struct call *call, const struct uuid *id, enum access_right right,
                           struct user *ret, struct problem *problem);

/** A customer by its id: the tenant's, or the caller's own, which its users may read. */
MUST_USE err_t access_customer(const struct call *call, const struct uuid *id, enum access_right right,
                               struct customer *ret, struct problem *problem);
