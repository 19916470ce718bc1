#include "http/device_document.h"

#include "http/access.h"

#include <stdlib.h>

enum { ADDITIONAL_INFO_MAX = 64 * 1024 };

static json_t *additional_info(const struct device *device)
{
    return device->additional_info != NULL ? json_loads(device->additional_info, 0, NULL) : json_null();
}

static bool is_nobodys(const struct device *device)
{
    return uuid_eq(&device->customer_id, &CUSTOMER_NOBODY);
}

static json_t *owner(const struct device *device)
{
    return is_nobodys(device) ? document_id("TENANT", &device->tenant_id)
                              : document_id("CUSTOMER", &device->customer_id);
}

json_t *device_document(const struct device *device)
{
    return json_pack(
        "{s:o, s:I, s:o, s:o, s:s, s:s, s:o, s:o, s:{s:{s:s}, s:{s:s}}, s:o, s:o, s:I, s:o, s:o}", "id",
        document_id("DEVICE", &device->id), "createdTime", (json_int_t)device->created_ms, "tenantId",
        document_id("TENANT", &device->tenant_id), "customerId",
        document_id("CUSTOMER", &device->customer_id), "name", device->name, "type", device->type, "label",
        document_text(device->label), "deviceProfileId", document_id("DEVICE_PROFILE", &device->profile_id),
        "deviceData", "configuration", "type", "DEFAULT", "transportConfiguration", "type", "DEFAULT",
        "firmwareId", document_id_or_null("OTA_PACKAGE", &device->firmware_id), "softwareId",
        document_id_or_null("OTA_PACKAGE", &device->software_id), "version", (json_int_t)device->version,
        "ownerId", owner(device), "additionalInfo", additional_info(device));
}

static bool keep_long(void *arg, const struct attribute *attribute)
{
    if (attribute->value.type == VALUE_LONG)
        *(int64_t *)arg = attribute->value.number;
    return false;
}

/* Not to be read leaves the list readable. */
int64_t device_last_activity_ms(struct hub *hub, uint64_t number, const struct presence_view *view)
{
    int64_t last_ms = view->last_activity_ms;
    if (last_ms == 0 && !presence_is_complete(hub->presence) &&
        series_attribute(hub->series, number, SCOPE_SERVER, SLICE("lastActivityTime"), keep_long, &last_ms,
                         NULL) != ERR_OK)
        return 0;
    return last_ms;
}

static err_t read_name(const json_t *body, const char *member, char out[NAME_SIZE], bool is_required,
                       struct problem *problem)
{
    out[0] = '\0';
    TRY(document_get_text(body, member, out, NAME_SIZE, problem));
    if (out[0] == '\0' && !is_required)
        return ERR_OK;
    if (out[0] == '\0')
        return fail(problem, ERR_INVALID, member, "Device %s should be specified!", member);
    return entity_check_name(member, slice_str(out), problem);
}

static err_t load_stored(struct call *call, const json_t *body, struct device *device, bool *ret_exists,
                         struct problem *problem)
{
    struct uuid id;
    bool has_id = false;
    int64_t version = 0; /* of what is new it counts for nothing, but is to be a number */
    TRY(document_get_id(body, "id", &id, &has_id, problem));
    TRY(document_get_integer(body, "version", &version, NULL, problem));
    if (has_id) {
        TRY(access_device(call, &id, RIGHT_WRITE, device, problem));
        TRY(call_check_version(body, "Device", device->version, problem));
    } else if (call->who.authority == AUTHORITY_CUSTOMER_USER) {
        return access_denied("", problem);
    }
    *ret_exists = has_id;
    return ERR_OK;
}

/* Whether there is such a customer, the registry checks with the write. A customer gives nothing away. */
static err_t read_owner(const struct call *call, const json_t *body, struct device *device,
                        struct problem *problem)
{
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        return ERR_OK;
    struct uuid customer = CUSTOMER_NOBODY;
    TRY(document_get_id(body, "customerId", &customer, NULL, problem));
    device->customer_id = uuid_is_nil(&customer) ? CUSTOMER_NOBODY : customer;
    return ERR_OK;
}

/* Last, since an unknown type makes a profile: nothing is to be made for a body that is refused. */
static err_t read_profile(struct call *call, const json_t *body, struct device *device,
                          struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct profile profile;
    char type[NAME_SIZE];
    bool has_id = false, may_create = call->who.authority != AUTHORITY_CUSTOMER_USER;
    struct uuid id;
    TRY(document_get_id(body, "deviceProfileId", &id, &has_id, problem));
    TRY(read_name(body, "type", type, false, problem));
    err_t err;
    if (has_id)
        err = registry_profile_get(registry, &call->who.tenant_id, &id, &profile, problem);
    else if (type[0] != '\0')
        err = registry_profile_by_name(registry, &call->who.tenant_id, type, may_create, &profile, problem);
    else
        err = registry_profile_default(registry, &call->who.tenant_id, &profile, problem);
    if (err == ERR_NOT_FOUND && has_id)
        return fail(problem, ERR_INVALID, "deviceProfileId",
                    "Device is referencing to non-existent device "
                    "profile!");
    if (err != ERR_OK)
        return err;
    device->profile_id = profile.id;
    memcpy(device->type, profile.name, sizeof device->type);
    profile_fini(&profile);
    return ERR_OK;
}

/* A device saved without them has none of its own. */
static err_t read_packages(const json_t *body, struct device *device, struct problem *problem)
{
    device->firmware_id = device->software_id = (struct uuid){0};
    TRY(document_get_id(body, "firmwareId", &device->firmware_id, NULL, problem));
    return document_get_id(body, "softwareId", &device->software_id, NULL, problem);
}

static err_t read_members(struct call *call, const json_t *body, struct device *device, bool *ret_exists,
                          struct problem *problem)
{
    TRY(load_stored(call, body, device, ret_exists, problem));
    free(device->additional_info);
    device->additional_info = NULL;
    device->tenant_id = call->who.tenant_id;
    TRY(read_name(body, "name", device->name, true, problem));
    TRY(read_name(body, "label", device->label, false, problem));
    TRY(read_owner(call, body, device, problem));
    TRY(document_get_object_text(body, "additionalInfo", ADDITIONAL_INFO_MAX, &device->additional_info,
                                 problem));
    TRY(read_packages(body, device, problem));
    return read_profile(call, body, device, problem);
}

err_t device_read(struct call *call, const json_t *body, struct device *ret, bool *ret_exists,
                  struct problem *problem)
{
    struct device device = {0};
    err_t err = read_members(call, body, &device, ret_exists, problem);
    if (err != ERR_OK)
        device_fini(&device);
    else
        *ret = device;
    return err;
}
