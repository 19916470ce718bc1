/* Customers: create, read, list, delete. Whose a device is: owner.c. */
#include "base/log.h"
#include "http/resources.h"

#include <stdlib.h>

static const char *const contact_members[] = {"country",  "state", "city",  "address",
                                              "address2", "zip",   "phone", "email"};
enum { CONTACT_MEMBERS = sizeof contact_members / sizeof contact_members[0] };

/* ---- documents --------------------------------------------------------------------------------------------- */

static bool add_contact(json_t *document, const char *contact)
{
    AUTO_JSON stored = contact[0] != '\0' ? json_loads(contact, 0, NULL) : json_object();
    bool is_whole = true;
    for (size_t i = 0; i < CONTACT_MEMBERS; i++) {
        json_t *value = json_object_get(stored, contact_members[i]);
        is_whole &= json_object_set_new(document, contact_members[i],
                                        value != NULL ? json_incref(value) : json_null()) == 0;
    }
    return is_whole;
}

static json_t *customer_document(const struct customer *customer)
{
    const char *info = customer->additional_info;
    json_t *document = json_pack(
        "{s:o, s:I, s:o, s:s, s:s, s:I, s:o, s:o}", "id", document_id("CUSTOMER", &customer->id),
        "createdTime", (json_int_t)customer->created_ms, "tenantId",
        document_id("TENANT", &customer->tenant_id), "title", customer->title, "name", customer->title,
        "version", (json_int_t)customer->version, "ownerId", document_id("TENANT", &customer->tenant_id),
        "additionalInfo", info[0] != '\0' ? json_loads(info, 0, NULL) : json_null());
    if (document != NULL && !add_contact(document, customer->contact)) {
        json_decref(document);
        document = NULL;
    }
    return document;
}

static err_t find_customer(struct call *call, struct customer *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "customerId", &id, problem));
    return registry_customer_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

/* ---- saving ------------------------------------------------------------------------------------------------ */

static err_t read_contact(const json_t *body, char out[CONTACT_SIZE], struct problem *problem)
{
    AUTO_JSON contact = json_object();
    AUTO_BUF text = {0};
    for (size_t i = 0; i < CONTACT_MEMBERS; i++) {
        char value[NAME_SIZE] = "";
        TRY(document_get_text(body, contact_members[i], value, sizeof value, problem));
        if (value[0] == '\0')
            continue;
        TRY(entity_check_name(contact_members[i], slice_str(value), problem));
        if (json_object_set_new(contact, contact_members[i], json_string(value)) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory");
    }
    out[0] = '\0';
    if (json_object_size(contact) == 0)
        return ERR_OK;
    document_write(contact, &text);
    if (buf_is_ok(&text) && slice_to_cstr(buf_slice(&text), out, CONTACT_SIZE))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "address",
                "country to email have together %zu bytes; expected at most %d", text.len, CONTACT_SIZE - 1);
}

static err_t read_info(const json_t *body, char out[CUSTOMER_INFO_SIZE], struct problem *problem)
{
    char *text = NULL;
    TRY(document_get_object_text(body, "additionalInfo", CUSTOMER_INFO_SIZE - 1, &text, problem));
    out[0] = '\0';
    if (text != NULL)
        memcpy(out, text, strlen(text) + 1);
    free(text);
    return ERR_OK;
}

static err_t load_stored(struct call *call, const struct uuid *id, struct customer *ret,
                         struct problem *problem)
{
    TRY(registry_customer_get(call->api->hub->registry, &call->who.tenant_id, id, ret, problem));
    return call_check_version(call->body, "Customer", ret->version, problem);
}

static err_t read_customer(struct call *call, struct customer *ret, bool *ret_exists, struct problem *problem)
{
    struct uuid id;
    TRY(document_get_id(call->body, "id", &id, ret_exists, problem));
    if (*ret_exists)
        TRY(load_stored(call, &id, ret, problem));
    ret->title[0] = '\0';
    TRY(document_get_text(call->body, "title", ret->title, sizeof ret->title, problem));
    if (ret->title[0] == '\0')
        return fail(problem, ERR_INVALID, "title", "Customer title should be specified!");
    TRY(entity_check_name("title", slice_str(ret->title), problem));
    TRY(read_contact(call->body, ret->contact, problem));
    return read_info(call->body, ret->additional_info, problem);
}

err_t customer_save(struct call *call, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct customer customer = {.tenant_id = call->who.tenant_id};
    bool exists = false;
    TRY(read_customer(call, &customer, &exists, problem));
    err_t err = exists ? registry_customer_update(registry, &customer, problem)
                       : registry_customer_add(registry, &customer, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    log_info(exists ? "customer.changed" : "customer.created", log_text("title", customer.title));
    return call_reply(call, customer_document(&customer), problem);
}

err_t customer_short_info(struct call *call, struct problem *problem)
{
    struct customer customer;
    TRY(find_customer(call, &customer, problem));
    return call_reply(call, json_pack("{s:s, s:b}", "title", customer.title, "isPublic", 0), problem);
}

err_t customer_title(struct call *call, struct problem *problem)
{
    struct customer customer;
    TRY(find_customer(call, &customer, problem));
    return call_reply_text(call, customer.title);
}

err_t customer_by_title(struct call *call, struct problem *problem)
{
    struct slice title = {0};
    struct customer customer;
    if (!http_request_param(call->request, "customerTitle", &title))
        return fail(problem, ERR_INVALID, "customerTitle",
                    "Required request parameter 'customerTitle' is not present");
    TRY(registry_customer_by_title(call->api->hub->registry, &call->who.tenant_id, title, &customer,
                                   problem));
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
    call_audit_name(call, customer.title);
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

static err_t append_by_id(struct call *call, const struct uuid *id, json_t *list, struct problem *problem)
{
    struct customer customer;
    TRY(registry_customer_get(call->api->hub->registry, &call->who.tenant_id, id, &customer, problem));
    return json_array_append_new(list, customer_document(&customer)) == 0
               ? ERR_OK
               : fail(problem, ERR_NOMEM, "", "no memory for the list");
}

err_t customer_list(struct call *call, struct problem *problem)
{
    struct page_query page;
    struct customer_page found;
    struct customer_query query = {.tenant_id = call->who.tenant_id};
    struct slice ids;
    if (http_request_param(call->request, "customerIds", &ids))
        return call_reply_by_ids(call, "customerIds", append_by_id, problem);
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
