/* Lists of devices and what they are filtered by. */
#include "http/device_list.h"
#include "http/access.h"
#include "http/device_document.h"
#include "http/device_filter.h"
#include "http/device_info.h"
#include "http/resources.h"

#include <stdlib.h>

static const struct {
    const char *property;
    enum device_sort sort;
} sorts[] = {
    {"createdTime", DEVICE_SORT_CREATED},
    {"name", DEVICE_SORT_NAME},
    {"type", DEVICE_SORT_TYPE},
    {"deviceProfileName", DEVICE_SORT_TYPE},
    {"label", DEVICE_SORT_LABEL},
    {"lastActivityTime", DEVICE_SORT_ACTIVITY},
    {"certificateNotAfter", DEVICE_SORT_EXPIRY},
};

static err_t set_sort(const struct page_query *page, struct device_query *query, struct problem *problem)
{
    /* Newest first unless asked otherwise, as people look for what they have just made. */
    query->sort = DEVICE_SORT_CREATED;
    query->order = page->is_descending || !page->is_sorted ? SORT_DESCENDING : SORT_ASCENDING;
    if (!page->is_sorted)
        return ERR_OK;
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        if (slice_eq_str(page->sort_property, sorts[i].property)) {
            query->sort = sorts[i].sort;
            return ERR_OK;
        }
    }
    int shown = page->sort_property.len < 40 ? (int)page->sort_property.len : 40;
    return fail(problem, ERR_INVALID, "sortProperty",
                "sortProperty is '%.*s'; expected createdTime, name, type, label, deviceProfileName, "
                "lastActivityTime or certificateNotAfter",
                shown, (const char *)page->sort_property.data);
}

static err_t read_query(const struct call *call, struct page_query *page, struct device_filter *filter,
                        struct device_query *query, struct problem *problem)
{
    TRY(call_query_page(call, page, problem));
    TRY(set_sort(page, query, problem));
    TRY(device_filter_read(call, call->request, filter, query, problem));
    query->page_size = page->size;
    query->page = page->number;
    return ERR_OK;
}

static err_t append_plain(const struct device *devices, size_t count, json_t *data, struct problem *problem)
{
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(data, device_document(&devices[i])) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

static err_t list_page(struct call *call, const struct device_query *query, bool is_info, json_t *data,
                       uint64_t *ret_total, struct problem *problem)
{
    struct device_page found;
    TRY(registry_device_page(call->api->hub->registry, query, &found, problem));
    err_t err = is_info ? device_info_append(call, found.devices, found.count, data, problem)
                        : append_plain(found.devices, found.count, data, problem);
    *ret_total = found.total;
    device_page_fini(&found);
    return err;
}

/* @p query  has what is not the request's to choose */
static err_t reply(struct call *call, struct device_query query, bool is_info, struct problem *problem)
{
    struct device_filter filter;
    struct page_query page;
    uint64_t total = 0;
    TRY(read_query(call, &page, &filter, &query, problem));
    AUTO_JSON data = json_array();
    TRY(list_page(call, &query, is_info, data, &total, problem));
    return call_reply(call, page_document(&page, document_take(&data), total), problem);
}

err_t device_list_reply(struct call *call, bool is_info, struct problem *problem)
{
    return reply(call, device_filter_scope(call), is_info, problem);
}

err_t device_list_of_group(struct call *call, const struct group *group, bool is_info,
                           struct problem *problem)
{
    struct device_query query = {.tenant_id = group->tenant_id};
    device_filter_of_group(&query, group);
    return reply(call, query, is_info, problem);
}

static err_t reply_of_customer(struct call *call, bool is_info, struct problem *problem)
{
    struct device_query query = {.tenant_id = call->who.tenant_id};
    struct customer customer;
    TRY(call_part_id(call, 0, "customerId", &query.customer_id, problem));
    TRY(access_customer(call, &query.customer_id, RIGHT_READ, &customer, problem));
    return reply(call, query, is_info, problem);
}

err_t device_list_of_customer(struct call *call, struct problem *problem)
{
    return reply_of_customer(call, false, problem);
}

err_t device_list_infos_of_customer(struct call *call, struct problem *problem)
{
    return reply_of_customer(call, true, problem);
}

static err_t reply_by_name(struct call *call, struct slice name, struct problem *problem)
{
    struct device device;
    char text[NAME_SIZE];
    if (!slice_to_cstr(name, text, sizeof text))
        return fail(problem, ERR_INVALID, "deviceName", "deviceName has %zu bytes; expected 1 to %d",
                    name.len, NAME_SIZE - 1);
    TRY(registry_device_by_name(call->api->hub->registry, &call->who.tenant_id, text, &device, problem));
    err_t err = call_reply(call, device_document(&device), problem);
    device_fini(&device);
    return err;
}

err_t device_list_tenant(struct call *call, struct problem *problem)
{
    struct slice name;
    if (http_request_param(call->request, "deviceName", &name))
        return reply_by_name(call, name, problem);
    return device_list_reply(call, false, problem);
}

err_t device_list_infos(struct call *call, struct problem *problem)
{
    return device_list_reply(call, true, problem);
}

err_t device_list_user(struct call *call, struct problem *problem)
{
    return device_list_reply(call, false, problem);
}

static err_t append_by_id(struct call *call, const struct uuid *id, json_t *list, struct problem *problem)
{
    struct device device;
    TRY(access_device(call, id, RIGHT_READ, &device, problem));
    err_t err = append_plain(&device, 1, list, problem);
    device_fini(&device);
    return err;
}

err_t device_list_by_ids(struct call *call, struct problem *problem)
{
    return call_reply_by_ids(call, "deviceIds", append_by_id, problem);
}

err_t device_list_types(struct call *call, struct problem *problem)
{
    struct profile_page types;
    err_t err = ERR_OK;
    TRY(registry_device_types(call->api->hub->registry, &call->who.tenant_id, &types, problem));
    AUTO_JSON data = json_array();
    for (size_t i = 0; i < types.count && err == ERR_OK; i++) {
        json_t *type = json_pack("{s:o, s:s, s:s}", "tenantId", document_id("TENANT", &call->who.tenant_id),
                                 "entityType", "DEVICE", "type", types.profiles[i].name);
        if (json_array_append_new(data, type) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    }
    profile_page_fini(&types);
    return err == ERR_OK ? call_reply(call, document_take(&data), problem) : err;
}
