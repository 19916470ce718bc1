/* The audit log, as its readers page through it. */
#include "http/access.h"
#include "http/audit.h"
#include "http/resources.h"

json_t *audit_document(const struct audit_entry *e)
{
    bool has_entity = !uuid_is_nil(&e->entity_id);
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:o}", "id",
                     document_id("AUDIT_LOG", &e->id), "createdTime", (json_int_t)e->created_ms, "tenantId",
                     document_id("TENANT", uuid_is_nil(&e->tenant_id) ? &CUSTOMER_NOBODY : &e->tenant_id),
                     "customerId", document_id("CUSTOMER", &e->customer_id), "entityId",
                     has_entity ? document_id(e->entity_type, &e->entity_id) : json_null(), "entityName",
                     document_text(e->entity_name), "userId", document_id_or_null("USER", &e->user_id),
                     "userName", document_text(e->user_name), "actionType", e->action, "actionData",
                     json_loads(e->data, 0, NULL), "actionStatus", e->is_failure ? "FAILURE" : "SUCCESS",
                     "actionFailureDetails", document_text(e->failure), "address", document_text(e->address));
}

err_t audit_read_filter(const struct call *call, struct audit_query *query, struct problem *problem)
{
    uint64_t start = 0, end = INT64_MAX;
    TRY(call_query_number(call, "startTime", INT64_MAX, &start, problem));
    TRY(call_query_number(call, "endTime", INT64_MAX, &end, problem));
    query->start_ms = (int64_t)start;
    query->end_ms = (int64_t)end;
    http_request_param(call->request, "actionTypes", &query->actions);
    return ERR_OK;
}

static err_t reply_page(struct call *call, struct audit_query *query, struct problem *problem)
{
    struct page_query page;
    struct audit_page found;
    err_t err = ERR_OK;
    TRY(call_query_page(call, &page, problem));
    TRY(audit_read_filter(call, query, problem));
    if (page.is_sorted && !slice_eq_str(page.sort_property, "createdTime"))
        return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is not createdTime");
    query->tenant_id = call->who.tenant_id;
    query->text_search = page.text_search;
    query->order = page.is_sorted && !page.is_descending ? SORT_ASCENDING : SORT_DESCENDING;
    query->page_size = page.size;
    query->page = page.number;
    TRY(registry_audit_page(call->api->hub->registry, query, &found, problem));
    AUTO_JSON data = json_array();
    for (size_t i = 0; i < found.count && err == ERR_OK; i++)
        if (json_array_append_new(data, audit_document(&found.entries[i])) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    uint64_t total = found.total;
    audit_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

err_t audit_list(struct call *call, struct problem *problem)
{
    struct audit_query query = {0};
    return reply_page(call, &query, problem);
}

err_t audit_list_of_entity(struct call *call, struct problem *problem)
{
    struct audit_query query = {0};
    TRY(call_part_id(call, 1, "auditedId", &query.entity_id, problem));
    return reply_page(call, &query, problem);
}

err_t audit_list_of_user(struct call *call, struct problem *problem)
{
    struct audit_query query = {0};
    struct user user;
    TRY(call_part_id(call, 0, "userId", &query.user_id, problem));
    TRY(access_user(call, &query.user_id, RIGHT_READ, &user, problem));
    return reply_page(call, &query, problem);
}

err_t audit_list_of_customer(struct call *call, struct problem *problem)
{
    struct audit_query query = {0};
    struct customer customer;
    TRY(call_part_id(call, 0, "customerId", &query.customer_id, problem));
    TRY(access_customer(call, &query.customer_id, RIGHT_READ, &customer, problem));
    return reply_page(call, &query, problem);
}
