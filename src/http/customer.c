/* Customers: create, read, list, delete, and which devices are theirs. */
#include "base/log.h"
#include "http/device_document.h"
#include "http/resources.h"
#include "hub/claim.h"

enum { TRIES = 4 }; /* of a change that meets others */

static json_t *customer_document(const struct customer *customer)
{
    return json_pack("{s:o, s:I, s:o, s:s, s:s, s:I, s:o, s:n}", "id", document_id("CUSTOMER", &customer->id),
                     "createdTime", (json_int_t)customer->created_ms, "tenantId",
                     document_id("TENANT", &customer->tenant_id), "title", customer->title, "name",
                     customer->title, "version", (json_int_t)customer->version, "ownerId",
                     document_id("TENANT", &customer->tenant_id), "additionalInfo");
}

static err_t find_customer(struct call *call, struct customer *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "customerId", &id, problem));
    return registry_customer_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

static err_t read_customer(const struct call *call, struct customer *ret, struct problem *problem)
{
    struct uuid id;
    bool has_id = false;
    TRY(document_get_id(call->body, "id", &id, &has_id, problem));
    if (has_id)
        return fail(problem, ERR_INVALID, "id", "id is there; expected a new customer, which has none");
    TRY(document_get_text(call->body, "title", ret->title, sizeof ret->title, problem));
    if (ret->title[0] == '\0')
        return fail(problem, ERR_INVALID, "title", "Customer title should be specified!");
    return entity_check_name("title", slice_str(ret->title), problem);
}

err_t customer_save(struct call *call, struct problem *problem)
{
    struct customer customer = {.tenant_id = call->who.tenant_id};
    TRY(read_customer(call, &customer, problem));
    err_t err = registry_customer_add(call->api->hub->registry, &customer, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    log_info("customer.created", log_text("title", customer.title));
    return call_reply(call, customer_document(&customer), problem);
}

err_t customer_get(struct call *call, struct problem *problem)
{
    struct customer customer;
    TRY(find_customer(call, &customer, problem));
    return call_reply(call, customer_document(&customer), problem);
}

err_t customer_delete(struct call *call, struct problem *problem)
{
    struct customer customer;
    TRY(find_customer(call, &customer, problem));
    TRY(registry_customer_delete(call->api->hub->registry, &call->who.tenant_id, &customer.id, problem));
    log_info("customer.deleted", log_text("title", customer.title));
    call->response->status = 200;
    return ERR_OK;
}

/* ---- lists ---- */

static err_t set_sort(const struct page_query *page, struct customer_query *query, struct problem *problem)
{
    query->order = page->is_descending ? SORT_DESCENDING : SORT_ASCENDING;
    query->sort = CUSTOMER_SORT_TITLE;
    if (!page->is_sorted || slice_eq_str(page->sort_property, "title"))
        return ERR_OK;
    query->sort = CUSTOMER_SORT_CREATED;
    if (slice_eq_str(page->sort_property, "createdTime"))
        return ERR_OK;
    int shown = page->sort_property.len < 40 ? (int)page->sort_property.len : 40;
    return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is '%.*s'; expected title or createdTime",
                shown, (const char *)page->sort_property.data);
}

static err_t append_all(json_t *data, const struct customer_page *found, struct problem *problem)
{
    for (size_t i = 0; i < found->count; i++)
        if (json_array_append_new(data, customer_document(&found->customers[i])) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

err_t customer_list(struct call *call, struct problem *problem)
{
    struct page_query page;
    struct customer_page found;
    struct customer_query query = {.tenant_id = call->who.tenant_id};
    TRY(call_query_page(call, &page, problem));
    TRY(set_sort(&page, &query, problem));
    query.text_search = page.text_search;
    query.page_size = page.size;
    query.page = page.number;
    TRY(registry_customer_page(call->api->hub->registry, &query, &found, problem));
    AUTO_JSON data = json_array();
    uint64_t total = found.total;
    err_t err = append_all(data, &found, problem);
    customer_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

/* ---- their devices ---- */

static err_t set_owner(struct call *call, struct device *device, const struct uuid *customer,
                       struct problem *problem)
{
    struct hub *hub = call->api->hub;
    bool is_nobody = uuid_eq(customer, &CUSTOMER_NOBODY);
    if (is_nobody && uuid_eq(&device->customer_id, &CUSTOMER_NOBODY))
        return fail(problem, ERR_INVALID, "", "Device isn't assigned to any customer!");
    device->customer_id = *customer;
    TRY(registry_device_update(hub->registry, device, NULL, problem));
    claim_withdraw(hub, device->number);
    log_info(is_nobody ? "device.unassigned" : "device.assigned", log_text("name", device->name));
    return call_reply(call, device_document(device), problem);
}

/* Whatever else was changed meanwhile stays. */
static err_t assign(struct call *call, const struct uuid *id, const struct uuid *customer,
                    struct problem *problem)
{
    err_t err = ERR_CONFLICT;
    for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++) {
        struct device device;
        TRY(registry_device_get(call->api->hub->registry, &call->who.tenant_id, id, &device, problem));
        err = set_owner(call, &device, customer, problem);
        device_fini(&device);
    }
    return err;
}

err_t customer_assign_device(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct customer customer;
    TRY(call_part_id(call, 1, "deviceId", &id, problem));
    TRY(find_customer(call, &customer, problem));
    return assign(call, &id, &customer.id, problem);
}

err_t customer_unassign_device(struct call *call, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    return assign(call, &id, &CUSTOMER_NOBODY, problem);
}
