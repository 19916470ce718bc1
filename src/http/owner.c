/* The calls of customers, and the one of owners. */
#include "http/owner.h"

#include "base/log.h"
#include "http/access.h"
#include "http/device_document.h"
#include "http/resources.h"
#include "hub/claim.h"

enum {
    TRIES = 4, /* of a change that meets others */
    GROUPS_MAX = 100,
};

/* ---- handing over ---- */

err_t owner_set(struct hub *hub, struct device *device, const struct uuid *customer, struct problem *problem)
{
    bool is_nobody = uuid_eq(customer, &CUSTOMER_NOBODY);
    device->customer_id = *customer;
    TRY(registry_device_update(hub->registry, device, NULL, problem));
    claim_withdraw(hub, device->number);
    log_info(is_nobody ? "device.unassigned" : "device.assigned", log_text("name", device->name));
    return ERR_OK;
}

/* Whatever else was changed meanwhile stays. @param ret_changed  false: the device is the customer's already */
static err_t hand_over(struct call *call, const struct uuid *id, const struct uuid *customer,
                       struct device *ret, bool *ret_changed, struct problem *problem)
{
    err_t err = ERR_CONFLICT;
    for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++) {
        struct device device;
        TRY(registry_device_get(call->api->hub->registry, &call->who.tenant_id, id, &device, problem));
        *ret_changed = !uuid_eq(&device.customer_id, customer);
        err = *ret_changed ? owner_set(call->api->hub, &device, customer, problem) : ERR_OK;
        if (err == ERR_OK)
            *ret = device_take(&device);
        device_fini(&device);
    }
    return err;
}

/* ---- calls of customers ---- */

static err_t reply_device(struct call *call, struct device *device, struct problem *problem)
{
    err_t err = call_reply(call, device_document(device), problem);
    device_fini(device);
    return err;
}

err_t customer_assign_device(struct call *call, struct problem *problem)
{
    struct uuid customer_id, id;
    struct customer customer;
    struct device device;
    bool is_changed;
    TRY(call_part_id(call, 0, "customerId", &customer_id, problem));
    TRY(call_part_id(call, 1, "deviceId", &id, problem));
    TRY(access_customer(call, &customer_id, RIGHT_READ, &customer, problem));
    TRY(hand_over(call, &id, &customer_id, &device, &is_changed, problem));
    return reply_device(call, &device, problem);
}

err_t customer_unassign_device(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct device device;
    bool is_changed;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    TRY(hand_over(call, &id, &CUSTOMER_NOBODY, &device, &is_changed, problem));
    if (is_changed)
        return reply_device(call, &device, problem);
    device_fini(&device);
    return fail(problem, ERR_INVALID, "", "Device isn't assigned to any customer!");
}

/* ---- POST /api/owner/{ownerType}/{ownerId}/{entityType}/{entityId} ---- */

/* The customer that a device of the owner has: nobody, if the owner is the tenant. */
static err_t read_owner(const struct call *call, struct uuid *ret_customer, struct problem *problem)
{
    struct slice type = call->parts[0];
    struct uuid id;
    struct customer customer;
    TRY(call_part_id(call, 1, "ownerId", &id, problem));
    *ret_customer = id;
    if (slice_eq_str(type, "CUSTOMER"))
        return access_customer(call, &id, RIGHT_READ, &customer, problem);
    if (!slice_eq_str(type, "TENANT"))
        return fail(problem, ERR_INVALID, "ownerType", "ownerType is '%.*s'; expected TENANT or CUSTOMER",
                    type.len < 32 ? (int)type.len : 32, (const char *)type.data);
    *ret_customer = CUSTOMER_NOBODY;
    return uuid_eq(&id, &call->who.tenant_id) ? ERR_OK
                                              : fail(problem, ERR_NOT_FOUND, "ownerId", "no such tenant");
}

static err_t read_device(const struct call *call, struct uuid *ret, struct problem *problem)
{
    struct slice type = call->parts[2];
    if (!slice_eq_str(type, "DEVICE"))
        return fail(problem, ERR_INVALID, "entityType", "entityType is '%.*s'; expected DEVICE",
                    type.len < 32 ? (int)type.len : 32, (const char *)type.data);
    return call_part_id(call, 3, "entityId", ret, problem);
}

static err_t check_group(const struct call *call, const struct uuid *id, const struct uuid *customer,
                         struct problem *problem)
{
    struct group group;
    const struct uuid *owner = uuid_eq(customer, &CUSTOMER_NOBODY) ? &call->who.tenant_id : customer;
    TRY(access_group(call, id, RIGHT_WRITE, &group, problem));
    bool may = uuid_eq(&group.owner_id, owner) && !group.is_all;
    group_fini(&group);
    if (may)
        return ERR_OK;
    return fail(
        problem, ERR_INVALID, "entityGroupIds",
        "entityGroupIds holds a group of another owner, or a group All; expected the new owner's own");
}

/* No body, or an array of ids; clients without groups to name send {}. */
static err_t read_groups(const struct call *call, const struct uuid *customer, struct uuid ids[GROUPS_MAX],
                         size_t *ret_count, struct problem *problem)
{
    AUTO_JSON list = NULL;
    *ret_count = 0;
    if (call->request->body.len == 0)
        return ERR_OK;
    TRY(document_parse(call->request->body, &list, problem));
    if (json_is_object(list) && json_object_size(list) == 0)
        return ERR_OK;
    if (!json_is_array(list) || json_array_size(list) > GROUPS_MAX)
        return fail(problem, ERR_INVALID, "entityGroupIds",
                    "the body is %s; expected an array of at most %d UUIDs",
                    json_is_array(list) ? "longer" : document_kind(list), GROUPS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !uuid_parse(slice_str(text), &ids[i]))
            return fail(problem, ERR_INVALID, "entityGroupIds", "entityGroupIds holds no UUID at %zu", i);
        TRY(check_group(call, &ids[i], customer, problem));
    }
    *ret_count = json_array_size(list);
    return ERR_OK;
}

err_t owner_change_of_device(struct call *call, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct uuid id, customer, groups[GROUPS_MAX];
    struct device device;
    bool is_changed;
    size_t count;
    TRY(read_device(call, &id, problem));
    TRY(read_owner(call, &customer, problem));
    TRY(read_groups(call, &customer, groups, &count, problem));
    TRY(hand_over(call, &id, &customer, &device, &is_changed, problem));
    device_fini(&device);
    for (size_t i = 0; i < count; i++)
        TRY(registry_group_add_devices(registry, &call->who.tenant_id, &groups[i], &id, 1, problem));
    call->response->status = 200;
    return ERR_OK;
}
