/* Persistent calls: looked up, listed, deleted. */
#include "hub/rpc_persistent.h"

#include "base/log.h"
#include "http/resources.h"
#include "http/rpc_document.h"

err_t rpc_get(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct rpc rpc;
    TRY(call_part_id(call, 0, "rpcId", &id, problem));
    TRY(registry_rpc_get(call->api->hub->registry, &call->who.tenant_id, &id, &rpc, problem));
    json_t *document = rpc_document(&rpc);
    rpc_fini(&rpc);
    return call_reply(call, document, problem);
}

err_t rpc_delete(struct call *call, struct problem *problem)
{
    struct uuid id;
    char text[UUID_TEXT_SIZE];
    TRY(call_part_id(call, 0, "rpcId", &id, problem));
    TRY(rpc_persistent_delete(call->api->hub, &call->who.tenant_id, &id, problem));
    uuid_format(&id, text);
    log_info("rpc.deleted", log_text("id", text));
    call->response->status = 200;
    return ERR_OK;
}

static err_t read_status(struct call *call, enum rpc_status *ret, struct problem *problem)
{
    struct slice text;
    if (!http_request_param(call->request, "rpcStatus", &text) || text.len == 0)
        return ERR_OK;
    if (rpc_status_parse(text, ret))
        return ERR_OK;
    return fail(
        problem, ERR_INVALID, "rpcStatus",
        "rpcStatus is '%.*s'; expected QUEUED, SENT, DELIVERED, SUCCESSFUL, TIMEOUT, EXPIRED, FAILED or "
        "DELETED",
        text.len < 32 ? (int)text.len : 32, (const char *)text.data);
}

/* Newest first, unless the oldest are asked for. */
static err_t read_order(const struct page_query *page, struct rpc_query *query, struct problem *problem)
{
    query->order = page->is_descending || !page->is_sorted ? SORT_DESCENDING : SORT_ASCENDING;
    if (!page->is_sorted || slice_eq_str(page->sort_property, "createdTime"))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is '%.*s'; expected createdTime",
                page->sort_property.len < 40 ? (int)page->sort_property.len : 40,
                (const char *)page->sort_property.data);
}

static json_t *make_list(const struct rpc_page *found)
{
    AUTO_JSON data = json_array();
    for (size_t i = 0; i < found->count; i++)
        if (json_array_append_new(data, rpc_document(&found->rpcs[i])) != 0)
            return NULL;
    return document_take(&data);
}

err_t rpc_list(struct call *call, struct problem *problem)
{
    struct page_query page;
    struct rpc_query query = {0};
    struct rpc_page found;
    TRY(call_part_device(call, 0, "deviceId", &query.device, problem));
    TRY(call_query_page(call, &page, problem));
    TRY(read_status(call, &query.status, problem));
    TRY(read_order(&page, &query, problem));
    query.page_size = page.size;
    query.page = page.number;
    TRY(registry_rpc_page(call->api->hub->registry, &query, &found, problem));
    json_t *data = make_list(&found);
    uint64_t total = found.total;
    rpc_page_fini(&found);
    return call_reply(call, page_document(&page, data, total), problem);
}
