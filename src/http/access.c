#include "http/access.h"

#include "store/registry_people.h"

err_t access_denied(const char *field, struct problem *problem)
{
    return fail(problem, ERR_DENIED, field, "You don't have permission to perform this operation!");
}

static bool is_customers_user(const struct call *call)
{
    return call->who.authority == AUTHORITY_CUSTOMER_USER;
}

/* ---- roles ------------------------------------------------------------------------------------------------- */

static bool may_call(const struct call *call)
{
    enum authority authority = call->who.authority;
    switch (call->route->access) {
    case ACCESS_ANYONE:
    case ACCESS_USER: return true;
    case ACCESS_SYS: return authority == AUTHORITY_SYS_ADMIN || call->request->is_local;
    case ACCESS_ADMIN: return authority != AUTHORITY_CUSTOMER_USER;
    case ACCESS_TENANT: return authority == AUTHORITY_TENANT_ADMIN;
    case ACCESS_CUSTOMER: return authority == AUTHORITY_CUSTOMER_USER;
    case ACCESS_PEOPLE:
    case ACCESS_READ:
    case ACCESS_WRITE: return authority != AUTHORITY_SYS_ADMIN;
    case ACCESS_DEVICE: return false; /* no person */
    }
    return false;
}

err_t access_check_role(const struct call *call, struct problem *problem)
{
    return may_call(call) ? ERR_OK : access_denied("", problem);
}

/* ---- entities ---------------------------------------------------------------------------------------------- */

/* What users of the caller's customer may do with a device or a group, which is none of their own. */
static err_t judge_share(enum share_right share, enum access_right right, const char *missing,
                         struct problem *problem)
{
    if (share == SHARE_NONE)
        return fail(problem, ERR_NOT_FOUND, "", "%s", missing);
    return share == SHARE_WRITE || right == RIGHT_READ ? ERR_OK : access_denied("", problem);
}

static err_t judge_device(const struct call *call, const struct device *device, enum access_right right,
                          struct problem *problem)
{
    enum share_right share = SHARE_NONE;
    if (!is_customers_user(call) || uuid_eq(&device->customer_id, &call->who.customer_id))
        return ERR_OK;
    TRY(registry_share_of_device(call->api->hub->registry, &call->who.customer_id, device->number, &share,
                                 problem));
    return judge_share(share, right, "no such device", problem);
}

err_t access_device(const struct call *call, const struct uuid *id, enum access_right right,
                    struct device *ret, struct problem *problem)
{
    struct device device;
    TRY(registry_device_get(call->api->hub->registry, &call->who.tenant_id, id, &device, problem));
    err_t err = judge_device(call, &device, right, problem);
    if (err == ERR_OK)
        *ret = device_take(&device);
    device_fini(&device);
    return err;
}

/* A share lets nobody change the group itself. */
static err_t judge_group(const struct call *call, const struct group *group, enum access_right right,
                         struct problem *problem)
{
    enum share_right share = SHARE_NONE;
    if (!is_customers_user(call) || uuid_eq(&group->owner_id, &call->who.customer_id))
        return ERR_OK;
    TRY(registry_share_of_group(call->api->hub->registry, &call->who.customer_id, &group->id, &share,
                                problem));
    TRY(judge_share(share, RIGHT_READ, "no such group", problem));
    return right == RIGHT_READ ? ERR_OK : access_denied("", problem);
}

err_t access_read_group(const struct call *call, const struct group *group, struct problem *problem)
{
    return judge_group(call, group, RIGHT_READ, problem);
}

err_t access_group(const struct call *call, const struct uuid *id, enum access_right right, struct group *ret,
                   struct problem *problem)
{
    struct group group;
    TRY(registry_group_get(call->api->hub->registry, &call->who.tenant_id, id, &group, problem));
    err_t err = judge_group(call, &group, right, problem);
    if (err == ERR_OK)
        *ret = group;
    else
        group_fini(&group);
    return err;
}

err_t access_customer(const struct call *call, const struct uuid *id, enum access_right right,
                      struct customer *ret, struct problem *problem)
{
    if (is_customers_user(call) && !uuid_eq(id, &call->who.customer_id))
        return fail(problem, ERR_NOT_FOUND, "", "no such customer");
    if (is_customers_user(call) && right == RIGHT_WRITE)
        return access_denied("", problem);
    return registry_customer_get(call->api->hub->registry, &call->who.tenant_id, id, ret, problem);
}

static bool sees_user(const struct call *call, const struct user *user)
{
    bool is_own = uuid_eq(&user->id, &call->who.user_id);
    bool is_same_tenant = uuid_eq(&user->tenant_id, &call->who.tenant_id);
    if (is_own || call->request->is_local)
        return true;
    if (call->who.authority == AUTHORITY_TENANT_ADMIN)
        return is_same_tenant;
    return call->who.authority == AUTHORITY_SYS_ADMIN && user->authority != AUTHORITY_CUSTOMER_USER;
}

err_t access_user(const struct call *call, const struct uuid *id, enum access_right right, struct user *ret,
                  struct problem *problem)
{
    struct user user;
    (void)right; /* who sees a user may change it */
    TRY(registry_user_by_id(call->api->hub->registry, id, &user, problem));
    if (!sees_user(call, &user))
        return fail(problem, ERR_NOT_FOUND, "", "no such user");
    *ret = user;
    return ERR_OK;
}

/* ---- what a path names ------------------------------------------------------------------------------------- */

static err_t check_device(const struct call *call, const struct uuid *id, enum access_right right,
                          struct problem *problem)
{
    struct device device;
    TRY(access_device(call, id, right, &device, problem));
    device_fini(&device);
    return ERR_OK;
}

static err_t check_customer(const struct call *call, const struct uuid *id, enum access_right right,
                            struct problem *problem)
{
    struct customer customer;
    return access_customer(call, id, right, &customer, problem);
}

static err_t check_group(const struct call *call, const struct uuid *id, enum access_right right,
                         struct problem *problem)
{
    struct group group;
    TRY(access_group(call, id, right, &group, problem));
    group_fini(&group);
    return ERR_OK;
}

static err_t check_rpc(const struct call *call, const struct uuid *id, enum access_right right,
                       struct problem *problem)
{
    struct rpc rpc;
    TRY(registry_rpc_get(call->api->hub->registry, &call->who.tenant_id, id, &rpc, problem));
    err_t err = check_device(call, &rpc.device_id, right, problem);
    rpc_fini(&rpc);
    return err;
}

static const struct {
    const char *placeholder;
    err_t (*check)(const struct call *call, const struct uuid *id, enum access_right right,
                   struct problem *problem);
} kinds[] = {
    {"{deviceId}", check_device},     {"{entityId}", check_device}, /* after {entityType}, which the handler knows as DEVICE only */
    {"{customerId}", check_customer}, {"{entityGroupId}", check_group}, {"{rpcId}", check_rpc},
};

static err_t check_part(const struct call *call, struct slice placeholder, size_t part,
                        struct problem *problem)
{
    enum access_right right = call->route->access == ACCESS_WRITE ? RIGHT_WRITE : RIGHT_READ;
    char field[32];
    struct uuid id;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!slice_eq_str(placeholder, kinds[i].placeholder))
            continue;
        CHECK(slice_to_cstr(slice_of(placeholder.data + 1, placeholder.len - 2), field, sizeof field));
        TRY(call_part_id(call, part, field, &id, problem));
        return kinds[i].check(call, &id, right, problem);
    }
    return ERR_OK;
}

/* An administrator's handlers look everything up within the tenant: there is nothing more to be judged. */
err_t access_check_path(const struct call *call, struct problem *problem)
{
    bool is_judged = call->route->access == ACCESS_READ || call->route->access == ACCESS_WRITE;
    if (!is_judged || !is_customers_user(call))
        return ERR_OK;
    struct slice rest = slice_str(call->route->pattern);
    for (size_t part = 0; rest.len != 0;) {
        struct slice segment = router_next_segment(&rest);
        if (segment.len == 0 || segment.data[0] != '{')
            continue;
        TRY(check_part(call, segment, part++, problem));
    }
    return ERR_OK;
}
