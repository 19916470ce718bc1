/* One device: create, save, read, delete. Lists are in device_list.c. */
#include "base/log.h"
#include "http/access.h"
#include "http/credentials_document.h"
#include "http/device_delete.h"
#include "http/device_document.h"
#include "http/device_info.h"
#include "http/resources.h"
#include "hub/credentials.h"
#include "hub/door.h"
#include "hub/rollout.h"

enum { GROUPS_MAX = 100 }; /* that a device is put in at once */

static err_t find_device(struct call *call, struct device *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    return registry_device_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

err_t device_get(struct call *call, struct problem *problem)
{
    struct device device;
    TRY(find_device(call, &device, problem));
    err_t err = call_reply(call, device_document(&device), problem);
    device_fini(&device);
    return err;
}

err_t device_info(struct call *call, struct problem *problem)
{
    struct device device;
    TRY(find_device(call, &device, problem));
    json_t *document = NULL;
    err_t err = device_info_document(call, &device, &document, problem);
    device_fini(&device);
    return err == ERR_OK ? call_reply(call, document, problem) : err;
}

/* Groups that a device is to be put in; not an "All", which every device of the owner is in. */
struct joined_groups {
    struct uuid groups[GROUPS_MAX];
    size_t count;
};

static err_t check_member(const struct group *group, const struct device *device, struct problem *problem)
{
    if (!group->owner_is_customer || uuid_eq(&group->owner_id, &device->customer_id))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "entityGroupId",
                "entityGroupId is a customer's group; expected one of the device's owner");
}

static err_t add_joined_group(struct call *call, const struct device *device, const struct uuid *id,
                              struct joined_groups *joined, struct problem *problem)
{
    struct group group;
    if (joined->count == GROUPS_MAX)
        return fail(problem, ERR_INVALID, "entityGroupIds", "entityGroupIds holds more than %d ids",
                    GROUPS_MAX);
    TRY(access_group(call, id, RIGHT_WRITE, &group, problem));
    err_t err = check_member(&group, device, problem);
    if (err == ERR_OK && !group.is_all)
        joined->groups[joined->count++] = *id;
    group_fini(&group);
    return err;
}

/* entityGroupId, and entityGroupIds of newer clients. */
static err_t read_joined_groups(struct call *call, const struct device *device, struct joined_groups *ret,
                                struct problem *problem)
{
    struct uuid id = {0};
    struct slice ids = {0};
    ret->count = 0;
    TRY(call_query_id(call, "entityGroupId", &id, problem));
    if (!uuid_is_nil(&id))
        TRY(add_joined_group(call, device, &id, ret, problem));
    http_request_param(call->request, "entityGroupIds", &ids);
    while (ids.len != 0) {
        TRY(call_next_id(&ids, "entityGroupIds", &id, problem));
        TRY(add_joined_group(call, device, &id, ret, problem));
    }
    return ERR_OK;
}

static err_t join_groups(struct call *call, const struct joined_groups *joined, const struct device *device,
                         struct problem *problem)
{
    for (size_t i = 0; i < joined->count; i++)
        TRY(registry_group_add_devices(call->api->hub->registry, &call->who.tenant_id, &joined->groups[i],
                                       &device->id, 1, problem));
    return ERR_OK;
}

static err_t add_device(struct call *call, struct device *device, struct credentials *credentials,
                        struct problem *problem)
{
    err_t err = registry_device_add(call->api->hub->registry, device, credentials, problem);
    if (err == ERR_OK)
        log_info("device.created", log_text("name", device->name),
                 log_number("number", (int64_t)device->number));
    return call_conflict(call, err, problem);
}

/* As the door sees it (model/entity.h, door_entry). */
static bool is_gateway(const struct device *device)
{
    AUTO_JSON info = device->additional_info != NULL ? json_loads(device->additional_info, 0, NULL) : NULL;
    return json_is_true(json_object_get(info, "gateway"));
}

static err_t update_device(struct call *call, struct device *device, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct device stored;
    TRY(registry_device_get(hub->registry, &call->who.tenant_id, &device->id, &stored, problem));
    bool is_moved =
        !uuid_eq(&stored.profile_id, &device->profile_id) || is_gateway(&stored) != is_gateway(device);
    device_fini(&stored);
    err_t err = registry_device_update(hub->registry, device, NULL, problem);
    if (err == ERR_OK && is_moved) /* it comes back under its new profile, as a gateway or as none */
        door_revoke(hub->door, device->number);
    return call_conflict(call, err, problem);
}

static err_t save(struct call *call, struct device *device, bool exists, struct problem *problem)
{
    struct credentials credentials;
    struct slice token;
    struct joined_groups joined;
    credentials_generate(&credentials);
    TRY(read_joined_groups(call, device, &joined, problem));
    if (!exists && http_request_param(call->request, "accessToken", &token) && token.len != 0)
        TRY(credentials_set_token(&credentials, token, problem));
    if (exists)
        TRY(update_device(call, device, problem));
    else
        TRY(add_device(call, device, &credentials, problem));
    TRY(join_groups(call, &joined, device, problem));
    rollout_wake(call->api->hub->rollout);
    return call_reply(call, device_document(device), problem);
}

err_t device_save(struct call *call, struct problem *problem)
{
    struct device device;
    bool exists;
    TRY(device_read(call, call->body, &device, &exists, problem));
    err_t err = save(call, &device, exists, problem);
    device_fini(&device);
    return err;
}

/* All or nothing: a refusal of the credentials leaves the device as it was. */
static err_t update_both(struct call *call, struct device *device, struct credentials *credentials,
                         struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct credentials stored;
    TRY(registry_credentials_get(registry, &call->who.tenant_id, &device->id, &stored, problem));
    credentials->id = stored.id;
    credentials->device_id = device->id;
    credentials->version = stored.version;
    credentials_fini(&stored);
    err_t err = registry_device_update(registry, device, credentials, problem);
    if (err == ERR_OK)
        door_revoke(call->api->hub->door, device->number);
    return call_conflict(call, err, problem);
}

static err_t save_both(struct call *call, const json_t *body, struct credentials *credentials,
                       struct problem *problem)
{
    struct device device;
    struct joined_groups joined;
    bool exists;
    TRY(device_read(call, body, &device, &exists, problem));
    err_t err = read_joined_groups(call, &device, &joined, problem);
    if (err == ERR_OK)
        err = exists ? update_both(call, &device, credentials, problem)
                     : add_device(call, &device, credentials, problem);
    rollout_wake(call->api->hub->rollout);
    if (err == ERR_OK)
        err = join_groups(call, &joined, &device, problem);
    if (err == ERR_OK)
        err = call_reply(call, device_document(&device), problem);
    device_fini(&device);
    return err;
}

err_t device_save_with_credentials(struct call *call, struct problem *problem)
{
    json_t *device = NULL, *given = NULL;
    struct credentials credentials;
    TRY(document_get_object(call->body, "device", &device, problem));
    TRY(document_get_object(call->body, "credentials", &given, problem));
    if (device == NULL || given == NULL)
        return fail(problem, ERR_INVALID, device == NULL ? "device" : "credentials",
                    "%s is missing; expected an object", device == NULL ? "device" : "credentials");
    credentials_generate(&credentials);
    err_t err = credentials_read(call->api, given, &credentials, problem);
    if (err == ERR_OK)
        err = save_both(call, device, &credentials, problem);
    credentials_fini(&credentials);
    return err;
}

err_t device_delete(struct call *call, struct problem *problem)
{
    struct device device;
    TRY(find_device(call, &device, problem));
    call_audit_name(call, device.name);
    err_t err = device_delete_one(call->api->hub, &device, problem);
    device_fini(&device);
    if (err == ERR_OK)
        call->response->status = 200;
    return err;
}
