#include "http/device_info.h"

#include "http/access.h"
#include "http/device_document.h"
#include "http/group_document.h"
#include "store/registry_people.h"

#include <stdlib.h>

enum { OWNERS_KEPT = 16 };

struct owner {
    struct uuid id;
    json_t *title; /* null: it went meanwhile */
    json_t *all;   /* its group "All"; NULL: the caller does not see it */
};

struct infos {
    struct call *call;
    json_t *groups; /* {"1":[{"id":..,"name":..},..],..} by a device's number */
    struct owner owners[OWNERS_KEPT];
    size_t owners_read;
    bool is_out_of_memory;
};

static void owner_fini(struct owner *owner)
{
    json_decref(owner->title);
    json_decref(owner->all);
    *owner = (struct owner){0};
}

static void infos_fini(struct infos *infos)
{
    for (size_t i = 0; i < OWNERS_KEPT; i++)
        owner_fini(&infos->owners[i]);
    json_decref(infos->groups);
}

/* ---- owners ---- */

static bool is_nobodys(const struct device *device)
{
    return uuid_eq(&device->customer_id, &CUSTOMER_NOBODY);
}

static json_t *title_of(struct call *call, const struct device *device)
{
    struct registry *registry = call->api->hub->registry;
    struct customer customer;
    struct tenant tenant;
    if (is_nobodys(device))
        return registry_tenant_get(registry, &device->tenant_id, &tenant, NULL) == ERR_OK
                   ? json_string(tenant.title)
                   : json_null();
    return registry_customer_get(registry, &device->tenant_id, &device->customer_id, &customer, NULL) ==
                   ERR_OK
               ? json_string(customer.title)
               : json_null();
}

static json_t *all_of(struct call *call, const struct uuid *owner)
{
    struct group all;
    if (registry_group_all(call->api->hub->registry, owner, &all, NULL) != ERR_OK)
        return NULL;
    json_t *document = access_read_group(call, &all, NULL) == ERR_OK ? group_short_document(&all) : NULL;
    group_fini(&all);
    return document;
}

static const struct owner *find_owner(struct infos *infos, const struct device *device)
{
    const struct uuid *id = is_nobodys(device) ? &device->tenant_id : &device->customer_id;
    for (size_t i = 0; i < OWNERS_KEPT; i++)
        if (infos->owners[i].title != NULL && uuid_eq(&infos->owners[i].id, id))
            return &infos->owners[i];
    struct owner *owner = &infos->owners[infos->owners_read++ % OWNERS_KEPT];
    owner_fini(owner);
    *owner = (struct owner){*id, title_of(infos->call, device), all_of(infos->call, id)};
    return owner;
}

/* ---- groups ---- */

static void name_device(uint64_t number, char out[24])
{
    snprintf(out, 24, "%llu", (unsigned long long)number);
}

static bool on_membership(void *arg, const struct membership *m)
{
    struct infos *infos = arg;
    char number[24];
    name_device(m->device, number);
    json_t *list = json_object_get(infos->groups, number);
    json_t *group =
        json_pack("{s:o, s:s}", "id", document_id("ENTITY_GROUP", &m->group_id), "name", m->group_name);
    if (list == NULL) {
        list = json_array();
        infos->is_out_of_memory |= json_object_set_new(infos->groups, number, list) != 0;
    }
    infos->is_out_of_memory |= json_array_append_new(list, group) != 0;
    return !infos->is_out_of_memory;
}

static err_t read_groups(struct infos *infos, const struct device *devices, size_t count,
                         struct problem *problem)
{
    const struct caller *who = &infos->call->who;
    struct uuid viewer = who->authority == AUTHORITY_CUSTOMER_USER ? who->customer_id : (struct uuid){0};
    uint64_t *numbers = calloc(count + 1, sizeof *numbers);
    if (numbers == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    for (size_t i = 0; i < count; i++)
        numbers[i] = devices[i].number;
    err_t err = registry_group_memberships(infos->call->api->hub->registry, &viewer, numbers, count,
                                           on_membership, infos, problem);
    free(numbers);
    if (err == ERR_OK && infos->is_out_of_memory)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return err;
}

/* The owner's "All" first. */
static json_t *groups_of(const struct infos *infos, const struct device *device, const struct owner *owner)
{
    char number[24];
    name_device(device->number, number);
    json_t *list = json_incref(json_object_get(infos->groups, number));
    if (list == NULL)
        list = json_array();
    if (owner->all != NULL)
        json_array_insert(list, 0, owner->all);
    return list;
}

/* ---- documents ---- */

/* credentialsType, and certificateNotAfter in milliseconds, null without a certificate. */
static int add_credentials(struct call *call, const struct device *device, json_t *document)
{
    enum credentials_type type;
    int64_t not_after_ms;
    if (registry_credentials_expiry(call->api->hub->registry, device->number, &type, &not_after_ms, NULL) !=
        ERR_OK)
        return 0; /* it went meanwhile */
    return json_object_set_new(document, "credentialsType", json_string(credentials_type_name(type))) |
           json_object_set_new(document, "certificateNotAfter",
                               not_after_ms != 0 ? json_integer(not_after_ms) : json_null());
}

static json_t *info_of(struct infos *infos, const struct device *device)
{
    struct hub *hub = infos->call->api->hub;
    const struct owner *owner = find_owner(infos, device);
    struct presence_view view;
    presence_look(hub->presence, device->number, &view);
    json_t *document = device_document(device);
    json_t *customer = is_nobodys(device) ? json_null() : json_incref(owner->title);
    AUTO_JSON more =
        json_pack("{s:o, s:b, s:s, s:O, s:o, s:b, s:I}", "customerTitle", customer, "customerIsPublic", 0,
                  "deviceProfileName", device->type, "ownerName", owner->title, "groups",
                  groups_of(infos, device, owner), "active", view.active, "lastActivityTime",
                  (json_int_t)device_last_activity_ms(hub, device->number, &view));
    if (document != NULL && more != NULL && json_object_update(document, more) == 0 &&
        add_credentials(infos->call, device, document) == 0)
        return document;
    json_decref(document);
    return NULL;
}

err_t device_info_append(struct call *call, const struct device *devices, size_t count, json_t *list,
                         struct problem *problem)
{
    __attribute__((cleanup(infos_fini))) struct infos infos = {.call = call, .groups = json_object()};
    TRY(read_groups(&infos, devices, count, problem));
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, info_of(&infos, &devices[i])) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

err_t device_info_document(struct call *call, const struct device *device, json_t **ret,
                           struct problem *problem)
{
    AUTO_JSON list = json_array();
    TRY(device_info_append(call, device, 1, list, problem));
    *ret = json_incref(json_array_get(list, 0));
    return ERR_OK;
}
