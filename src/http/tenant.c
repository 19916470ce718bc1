/* Tenants: the installation's administrator makes, changes, lists and deletes them. */
#include "base/log.h"
#include "http/device_delete.h"
#include "http/resources.h"
#include "hub/forwarder.h"
#include "store/registry_people.h"

enum { DELETE_AT_ONCE = 100, DELETE_ROUNDS = 4 };

static json_t *tenant_document(const struct tenant *tenant)
{
    return json_pack("{s:o, s:I, s:s, s:s, s:I, s:n}", "id", document_id("TENANT", &tenant->id),
                     "createdTime", (json_int_t)tenant->created_ms, "title", tenant->title, "name",
                     tenant->title, "version", (json_int_t)tenant->version, "additionalInfo");
}

static err_t read_title(const json_t *body, struct tenant *tenant, struct problem *problem)
{
    TRY(document_get_text(body, "title", tenant->title, sizeof tenant->title, problem));
    if (tenant->title[0] == '\0')
        return fail(problem, ERR_INVALID, "title", "Tenant title should be specified!");
    return entity_check_name("title", slice_str(tenant->title), problem);
}

static err_t load_stored(struct call *call, struct tenant *tenant, struct problem *problem)
{
    TRY(registry_tenant_get(call->api->hub->registry, &tenant->id, tenant, problem));
    return call_check_version(call->body, "Tenant", tenant->version, problem);
}

err_t tenant_save(struct call *call, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct tenant tenant = {0};
    bool exists = false;
    TRY(document_get_id(call->body, "id", &tenant.id, &exists, problem));
    if (exists)
        TRY(load_stored(call, &tenant, problem));
    TRY(read_title(call->body, &tenant, problem));
    TRY(exists ? registry_tenant_update(registry, &tenant, problem)
               : registry_tenant_add(registry, &tenant, problem));
    log_info(exists ? "tenant.changed" : "tenant.created", log_text("title", tenant.title));
    return call_reply(call, tenant_document(&tenant), problem);
}

static err_t find_tenant(struct call *call, struct tenant *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "tenantId", &id, problem));
    return registry_tenant_get(call->api->hub->registry, &id, ret, problem);
}

/* An administrator's own, or for that of the installation any. */
err_t tenant_get(struct call *call, struct problem *problem)
{
    struct tenant tenant;
    TRY(find_tenant(call, &tenant, problem));
    if (call->who.authority != AUTHORITY_SYS_ADMIN && !uuid_eq(&tenant.id, &call->who.tenant_id))
        return fail(problem, ERR_NOT_FOUND, "tenantId", "no such tenant");
    return call_reply(call, tenant_document(&tenant), problem);
}

static err_t append_all(json_t *data, const struct tenant_page *found, struct problem *problem)
{
    for (size_t i = 0; i < found->count; i++)
        if (json_array_append_new(data, tenant_document(&found->tenants[i])) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

err_t tenant_list(struct call *call, struct problem *problem)
{
    struct page_query page;
    struct tenant_page found;
    TRY(call_query_page(call, &page, problem));
    const struct tenant_query query = {.text_search = page.text_search,
                                       .order = page.is_descending ? SORT_DESCENDING : SORT_ASCENDING,
                                       .page_size = page.size,
                                       .page = page.number};
    if (page.is_sorted && !slice_eq_str(page.sort_property, "createdTime"))
        return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is not createdTime");
    TRY(registry_tenant_page(call->api->hub->registry, &query, &found, problem));
    AUTO_JSON data = json_array();
    uint64_t total = found.total;
    err_t err = append_all(data, &found, problem);
    tenant_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

/* ---- deleting ---- */

/* Each as if it had been deleted by itself: connections end, series go. */
static err_t delete_devices(struct call *call, const struct uuid *tenant, struct problem *problem)
{
    const struct device_query query = {.tenant_id = *tenant, .page_size = DELETE_AT_ONCE};
    struct device_page found;
    bool was_there[DELETE_AT_ONCE];
    size_t count;
    do {
        TRY(registry_device_page(call->api->hub->registry, &query, &found, problem));
        count = found.count;
        err_t err = device_delete_many(call->api->hub, tenant, found.devices, count, was_there, problem);
        device_page_fini(&found);
        TRY(err);
    } while (count != 0);
    return ERR_OK;
}

/* A device may come in between by provisioning: once more, then. */
err_t tenant_delete(struct call *call, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct tenant tenant;
    TRY(find_tenant(call, &tenant, problem));
    call_audit_name(call, tenant.title);
    err_t err = registry_tenant_delete(registry, &tenant.id, problem);
    for (int i = 0; i < DELETE_ROUNDS && err == ERR_CONFLICT && strcmp(problem->field, "devices") == 0; i++) {
        TRY(delete_devices(call, &tenant.id, problem));
        err = registry_tenant_delete(registry, &tenant.id, problem);
    }
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    TRY(forwarder_reload(call->api->hub->forwarder, problem));
    log_info("tenant.deleted", log_text("title", tenant.title));
    call->response->status = 200;
    return ERR_OK;
}
