/* Device groups: of an owner "All" and its own; lists of them. Members and shares: group_members.c. */
#include "base/log.h"
#include "http/access.h"
#include "http/group_document.h"
#include "http/resources.h"

#include <stdlib.h>

enum { DOCUMENT_MAX = 64 * 1024 };

/* ---- documents --------------------------------------------------------------------------------------------- */

static json_t *object_or_null(const char *text)
{
    return text != NULL ? json_loads(text, 0, NULL) : json_null();
}

static const char *owner_type(const struct group *group)
{
    return group->owner_is_customer ? "CUSTOMER" : "TENANT";
}

/* The owners from the group's own up to the tenant. */
static json_t *owner_ids(const struct group *group)
{
    json_t *owners = json_pack("[o]", document_id(owner_type(group), &group->owner_id));
    if (group->owner_is_customer && owners != NULL)
        json_array_append_new(owners, document_id("TENANT", &group->tenant_id));
    return owners;
}

static json_t *group_document(const struct group *group)
{
    return json_pack("{s:o, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:b, s:b}", "id",
                     document_id("ENTITY_GROUP", &group->id), "createdTime", (json_int_t)group->created_ms,
                     "type", "DEVICE", "name", group->name, "ownerId",
                     document_id(owner_type(group), &group->owner_id), "ownerIds", owner_ids(group),
                     "additionalInfo", object_or_null(group->additional_info), "configuration",
                     object_or_null(group->configuration), "version", (json_int_t)group->version, "tenantId",
                     document_id("TENANT", &group->tenant_id), "groupAll", group->is_all, "edgeGroupAll", 0);
}

json_t *group_short_document(const struct group *group)
{
    return json_pack("{s:o, s:s}", "id", document_id("ENTITY_GROUP", &group->id), "name", group->name);
}

static json_t *id_document(const struct group *group)
{
    return document_id("ENTITY_GROUP", &group->id);
}

/* ---- what a path names ------------------------------------------------------------------------------------- */

static err_t check_type(const struct call *call, size_t part, struct problem *problem)
{
    struct slice type = call->parts[part];
    if (slice_eq_str(type, "DEVICE"))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "groupType", "groupType is '%.*s'; expected DEVICE",
                type.len < 32 ? (int)type.len : 32, (const char *)type.data);
}

/* The tenant, one of its customers, or for a customer's user the customer. */
static err_t read_owner(const struct call *call, struct uuid *ret, struct problem *problem)
{
    struct slice type = call->parts[0];
    struct customer customer;
    TRY(call_part_id(call, 1, "ownerId", ret, problem));
    if (slice_eq_str(type, "CUSTOMER"))
        return access_customer(call, ret, RIGHT_READ, &customer, problem);
    if (!slice_eq_str(type, "TENANT"))
        return fail(problem, ERR_INVALID, "ownerType", "ownerType is '%.*s'; expected TENANT or CUSTOMER",
                    type.len < 32 ? (int)type.len : 32, (const char *)type.data);
    if (!uuid_eq(ret, &call->who.tenant_id))
        return fail(problem, ERR_NOT_FOUND, "ownerId", "Requested item wasn't found!");
    return ERR_OK;
}

static err_t find_group(struct call *call, enum access_right right, struct group *ret,
                        struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "entityGroupId", &id, problem));
    return access_group(call, &id, right, ret, problem);
}

static err_t reply_one(struct call *call, struct group *group, struct problem *problem)
{
    err_t err = call_reply(call, group_document(group), problem);
    group_fini(group);
    return err;
}

err_t group_get(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, RIGHT_READ, &group, problem));
    return reply_one(call, &group, problem);
}

/* Looked at with the caller's eyes: a customer's user sees of the tenant's groups those that are shared. */
static err_t reply_seen(struct call *call, struct group *group, struct problem *problem)
{
    err_t err = access_read_group(call, group, problem);
    if (err == ERR_OK)
        return reply_one(call, group, problem);
    group_fini(group);
    return err;
}

err_t group_all_of_owner(struct call *call, struct problem *problem)
{
    struct uuid owner;
    struct group group;
    TRY(check_type(call, 2, problem));
    TRY(read_owner(call, &owner, problem));
    TRY(registry_group_all(call->api->hub->registry, &owner, &group, problem));
    return reply_seen(call, &group, problem);
}

err_t group_by_name(struct call *call, struct problem *problem)
{
    struct uuid owner;
    struct group group;
    char name[NAME_SIZE];
    TRY(check_type(call, 2, problem));
    TRY(read_owner(call, &owner, problem));
    if (!slice_to_cstr(call->parts[3], name, sizeof name))
        return fail(problem, ERR_NOT_FOUND, "name", "no such group");
    TRY(registry_group_by_name(call->api->hub->registry, &owner, name, &group, problem));
    return reply_seen(call, &group, problem);
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

enum { LIST_PAGE = 1000, LIST_MAX = 10000 /* of a list that is asked for without pages */ };

static err_t set_sort(const struct page_query *page, struct group_query *query, struct problem *problem)
{
    query->order = page->is_descending ? SORT_DESCENDING : SORT_ASCENDING;
    query->sort = GROUP_SORT_NAME;
    if (!page->is_sorted || slice_eq_str(page->sort_property, "name"))
        return ERR_OK;
    query->sort = GROUP_SORT_CREATED;
    if (slice_eq_str(page->sort_property, "createdTime"))
        return ERR_OK;
    int shown = page->sort_property.len < 40 ? (int)page->sort_property.len : 40;
    return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is '%.*s'; expected name or createdTime",
                shown, (const char *)page->sort_property.data);
}

static struct group_query query_of(const struct call *call)
{
    struct group_query query = {.tenant_id = call->who.tenant_id, .page_size = LIST_PAGE};
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        query.viewer_id = call->who.customer_id;
    return query;
}

static err_t append_page(struct call *call, const struct group_query *query,
                         json_t *(*document)(const struct group *group), json_t *data, uint64_t *ret_total,
                         struct problem *problem)
{
    struct group_page found;
    err_t err = ERR_OK;
    TRY(registry_group_page(call->api->hub->registry, query, &found, problem));
    for (size_t i = 0; i < found.count && err == ERR_OK; i++)
        if (json_array_append_new(data, document(&found.groups[i])) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    *ret_total = found.total;
    group_page_fini(&found);
    return err;
}

static err_t read_list(struct call *call, const struct group_query *query, json_t **ret, uint64_t *ret_total,
                       struct problem *problem)
{
    AUTO_JSON data = json_array();
    TRY(append_page(call, query, group_document, data, ret_total, problem));
    *ret = document_take(&data);
    return ERR_OK;
}

/* All of them, page by page. */
static err_t read_whole_list(struct call *call, struct group_query query,
                             json_t *(*document)(const struct group *group), json_t **ret,
                             struct problem *problem)
{
    uint64_t total = 0;
    AUTO_JSON data = json_array();
    do {
        TRY(append_page(call, &query, document, data, &total, problem));
        if (total > LIST_MAX)
            return fail(problem, ERR_INVALID, "pageSize",
                        "there are %llu groups; without pageSize and page at most %d are listed",
                        (unsigned long long)total, LIST_MAX);
        query.page++;
    } while ((uint64_t)query.page * query.page_size < total);
    *ret = document_take(&data);
    return ERR_OK;
}

static err_t reply_page(struct call *call, struct group_query *query, struct problem *problem)
{
    struct page_query page;
    json_t *data = NULL;
    uint64_t total = 0;
    TRY(call_query_page(call, &page, problem));
    TRY(set_sort(&page, query, problem));
    query->text_search = page.text_search;
    query->page_size = page.size;
    query->page = page.number;
    TRY(read_list(call, query, &data, &total, problem));
    return call_reply(call, page_document(&page, data, total), problem);
}

/* Pages if they are asked for, else a plain list. */
static err_t reply_asked(struct call *call, struct group_query *query, struct problem *problem)
{
    struct slice ignored;
    json_t *data = NULL;
    if (http_request_param(call->request, "pageSize", &ignored) ||
        http_request_param(call->request, "page", &ignored))
        return reply_page(call, query, problem);
    TRY(read_whole_list(call, *query, group_document, &data, problem));
    return call_reply(call, data, problem);
}

/* The tenant's, for its administrator; those of customers are listed by their owner. */
err_t group_list(struct call *call, struct problem *problem)
{
    struct group_query query = query_of(call);
    TRY(check_type(call, 0, problem));
    if (call->who.authority == AUTHORITY_TENANT_ADMIN)
        query.owner_id = call->who.tenant_id;
    return reply_asked(call, &query, problem);
}

static err_t append_by_id(struct call *call, const struct uuid *id, json_t *list, struct problem *problem)
{
    struct group group;
    TRY(access_group(call, id, RIGHT_READ, &group, problem));
    bool is_appended = json_array_append_new(list, group_document(&group)) == 0;
    group_fini(&group);
    return is_appended ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory for the list");
}

err_t group_list_by_ids(struct call *call, struct problem *problem)
{
    return call_reply_by_ids(call, "entityGroupIds", append_by_id, problem);
}

err_t group_list_of_owner(struct call *call, struct problem *problem)
{
    struct group_query query = query_of(call);
    TRY(check_type(call, 2, problem));
    TRY(read_owner(call, &query.owner_id, problem));
    return reply_asked(call, &query, problem);
}

/* The owner's "All" first, then those that the device was put in. */
static json_t *groups_of_device(struct call *call, const struct device *device)
{
    bool is_nobodys = uuid_eq(&device->customer_id, &CUSTOMER_NOBODY);
    struct group_query query = query_of(call);
    struct group all;
    json_t *list = NULL;
    query.device = device->number;
    if (read_whole_list(call, query, id_document, &list, NULL) != ERR_OK)
        return NULL;
    const struct uuid *owner = is_nobodys ? &device->tenant_id : &device->customer_id;
    if (registry_group_all(call->api->hub->registry, owner, &all, NULL) != ERR_OK)
        return list; /* the owner went meanwhile */
    if (access_read_group(call, &all, NULL) == ERR_OK)
        json_array_insert_new(list, 0, id_document(&all));
    group_fini(&all);
    return list;
}

err_t group_list_of_device(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct device device;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    TRY(access_device(call, &id, RIGHT_READ, &device, problem));
    AUTO_JSON groups = groups_of_device(call, &device);
    device_fini(&device);
    return call_reply(call, document_take(&groups), problem);
}

/* ---- saving ------------------------------------------------------------------------------------------------ */

static err_t load_stored(struct call *call, const struct uuid *id, struct group *ret, struct problem *problem)
{
    struct group stored;
    TRY(access_group(call, id, RIGHT_WRITE, &stored, problem));
    group_fini(&stored); /* what a save leaves out is gone */
    if (stored.is_all)
        return fail(problem, ERR_INVALID, "id",
                    "The group All follows its owner's devices: it cannot be changed!");
    TRY(call_check_version(call->body, "Entity group", stored.version, problem));
    *ret = stored;
    return ERR_OK;
}

/* The caller's own, unless an administrator names a customer of his. */
static err_t read_new_owner(struct call *call, struct group *group, struct problem *problem)
{
    bool is_named = false;
    group->owner_is_customer = call->who.authority == AUTHORITY_CUSTOMER_USER;
    group->owner_id = group->owner_is_customer ? call->who.customer_id : call->who.tenant_id;
    const struct uuid own = group->owner_id;
    TRY(document_get_id(call->body, "ownerId", &group->owner_id, &is_named, problem));
    if (!is_named || uuid_eq(&group->owner_id, &own))
        return ERR_OK;
    if (group->owner_is_customer)
        return access_denied("ownerId", problem);
    group->owner_is_customer = true; /* the registry checks that there is such a customer */
    return ERR_OK;
}

static err_t check_kind(const json_t *body, struct problem *problem)
{
    const char *type = "DEVICE";
    TRY(document_get_string(body, "type", &type, problem));
    if (type != NULL && strcmp(type, "DEVICE") == 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "type", "type is '%.32s'; expected DEVICE", type != NULL ? type : "");
}

static err_t read_group(struct call *call, struct group *group, bool *ret_exists, struct problem *problem)
{
    struct uuid id;
    bool exists = false;
    TRY(check_kind(call->body, problem));
    TRY(document_get_id(call->body, "id", &id, &exists, problem));
    if (exists)
        TRY(load_stored(call, &id, group, problem));
    else
        TRY(read_new_owner(call, group, problem));
    group->tenant_id = call->who.tenant_id;
    *ret_exists = exists;
    TRY(document_get_text(call->body, "name", group->name, sizeof group->name, problem));
    if (group->name[0] == '\0')
        return fail(problem, ERR_INVALID, "name", "Entity group name should be specified!");
    TRY(entity_check_name("name", slice_str(group->name), problem));
    TRY(document_get_object_text(call->body, "additionalInfo", DOCUMENT_MAX, &group->additional_info,
                                 problem));
    return document_get_object_text(call->body, "configuration", DOCUMENT_MAX, &group->configuration,
                                    problem);
}

static err_t save(struct call *call, struct group *group, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    bool exists = false;
    TRY(read_group(call, group, &exists, problem));
    err_t err = exists ? registry_group_update(registry, group, problem)
                       : registry_group_add(registry, group, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    log_info(exists ? "group.changed" : "group.created", log_text("name", group->name));
    return call_reply(call, group_document(group), problem);
}

err_t group_save(struct call *call, struct problem *problem)
{
    struct group group = {0};
    err_t err = save(call, &group, problem);
    group_fini(&group);
    return err;
}

err_t group_delete(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, RIGHT_WRITE, &group, problem));
    call_audit_name(call, group.name);
    err_t err = registry_group_delete(call->api->hub->registry, &call->who.tenant_id, &group.id, problem);
    if (err == ERR_OK)
        log_info("group.deleted", log_text("name", group.name));
    group_fini(&group);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    call->response->status = 200;
    return ERR_OK;
}
