/* Device groups. An owner has one: "All", which holds every device of the owner. */
#include "http/access.h"
#include "http/device_list.h"
#include "http/resources.h"

static json_t *group_document(const struct group *group, bool is_info)
{
    const char *owner_type = group->owner_is_customer ? "CUSTOMER" : "TENANT";
    json_t *document =
        json_pack("{s:o, s:I, s:s, s:s, s:o, s:n, s:n, s:I, s:o, s:b, s:b}", "id",
                  document_id("ENTITY_GROUP", &group->id), "createdTime", (json_int_t)group->created_ms,
                  "type", "DEVICE", "name", group->name, "ownerId", document_id(owner_type, &group->owner_id),
                  "additionalInfo", "configuration", "version", (json_int_t)group->version, "tenantId",
                  document_id("TENANT", &group->tenant_id), "groupAll", group->is_all, "edgeGroupAll", 0);
    if (document == NULL || !is_info)
        return document;
    json_t *owners = json_pack("[o]", document_id(owner_type, &group->owner_id));
    if (json_object_set_new(document, "ownerIds", owners) != 0) {
        json_decref(document);
        return NULL;
    }
    return document;
}

static err_t find_all(struct call *call, struct group *ret, struct problem *problem)
{
    return registry_group_all(call->api->hub->registry, &call->who.tenant_id, ret, problem);
}

static err_t find_group(struct call *call, struct group *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "entityGroupId", &id, problem));
    return registry_group_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

/* The owners are the tenant alone so far; another tenant's id is not found, like every other. */
static err_t check_owner(struct call *call, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 1, "ownerId", &id, problem));
    if (!slice_eq_str(call->parts[0], "TENANT") && !slice_eq_str(call->parts[0], "CUSTOMER"))
        return fail(problem, ERR_INVALID, "ownerType", "ownerType is '%.*s'; expected TENANT or CUSTOMER",
                    call->parts[0].len < 32 ? (int)call->parts[0].len : 32,
                    (const char *)call->parts[0].data);
    if (!slice_eq_str(call->parts[0], "TENANT") || !uuid_eq(&id, &call->who.tenant_id))
        return fail(problem, ERR_NOT_FOUND, "ownerId", "Requested item wasn't found!");
    return ERR_OK;
}

static bool is_found(const struct group *group, struct slice text_search)
{
    char part[NAME_SIZE];
    if (!slice_to_cstr(text_search, part, sizeof part))
        return false;
    return strcasestr(group->name, part) != NULL;
}

static err_t reply_page(struct call *call, bool is_info, struct problem *problem)
{
    struct page_query page;
    struct group group;
    TRY(call_query_page(call, &page, problem));
    TRY(find_all(call, &group, problem));
    AUTO_JSON data = json_array();
    bool matches = is_found(&group, page.text_search);
    if (matches && page.number == 0 && json_array_append_new(data, group_document(&group, is_info)) != 0)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return call_reply(call, page_document(&page, document_take(&data), matches), problem);
}

err_t group_list(struct call *call, struct problem *problem)
{
    return reply_page(call, false, problem);
}

err_t group_list_infos(struct call *call, struct problem *problem)
{
    return reply_page(call, true, problem);
}

err_t group_list_of_owner(struct call *call, struct problem *problem)
{
    struct group group;
    struct slice ignored;
    TRY(check_owner(call, problem));
    if (http_request_param(call->request, "pageSize", &ignored))
        return reply_page(call, true, problem);
    TRY(find_all(call, &group, problem));
    return call_reply(call, json_pack("[o]", group_document(&group, true)), problem);
}

err_t group_all_of_owner(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(check_owner(call, problem));
    TRY(find_all(call, &group, problem));
    return call_reply(call, group_document(&group, true), problem);
}

err_t group_list_of_device(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct device device;
    struct group group;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    TRY(access_device(call, &id, RIGHT_READ, &device, problem));
    device_fini(&device);
    TRY(find_all(call, &group, problem));
    return call_reply(call, json_pack("[o]", document_id("ENTITY_GROUP", &group.id)), problem);
}

err_t group_get(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, &group, problem));
    return call_reply(call, group_document(&group, false), problem);
}

err_t group_info(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, &group, problem));
    return call_reply(call, group_document(&group, true), problem);
}

err_t group_entities(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, &group, problem));
    return device_list_reply(call, true, problem);
}

err_t group_devices(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, &group, problem));
    return device_list_reply(call, true, problem);
}
