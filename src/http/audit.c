#include "http/audit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/rate_limit.h"
#include "http/access.h"
#include "http/resources.h"
#include "store/registry_audit.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the entity -------------------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t size, const char *text)
{
    if (text != NULL)
        snprintf(out, size, "%s", text);
}

/* Of what was saved, the answer tells; of credentials it tells the device. */
static void read_answer(const struct call *call, struct audit_entry *entry)
{
    struct slice body = http_response_body(call->response);
    AUTO_JSON answer = body.len != 0 ? json_loadb((const char *)body.data, body.len, 0, NULL) : NULL;
    bool is_credentials = json_object_get(answer, "credentialsType") != NULL;
    (void)!document_get_id(answer, is_credentials ? "deviceId" : "id", &entry->entity_id, NULL, NULL);
    const char *name = json_string_value(json_object_get(answer, "name"));
    if (name == NULL)
        name = json_string_value(json_object_get(answer, "title"));
    if (name == NULL)
        name = json_string_value(json_object_get(answer, "description"));
    copy_text(entry->entity_name, sizeof entry->entity_name, name);
}

/* Devices are named by what stands in the registry now; what is deleted, by the handler (call_audit_name). */
static void read_name(const struct call *call, struct audit_entry *entry)
{
    struct device device;
    copy_text(entry->entity_name, sizeof entry->entity_name,
              call->audit_name[0] != '\0' ? call->audit_name : NULL);
    if (entry->entity_name[0] != '\0' || strcmp(entry->entity_type, "DEVICE") != 0 ||
        uuid_is_nil(&entry->entity_id) ||
        registry_device_get(call->api->hub->registry, &call->who.tenant_id, &entry->entity_id, &device,
                            NULL) != ERR_OK)
        return;
    copy_text(entry->entity_name, sizeof entry->entity_name, device.name);
    device_fini(&device);
}

static void read_entity(const struct call *call, err_t result, struct audit_entry *entry)
{
    int subject = call->route->audit.subject;
    if (subject == AUDIT_CALLER) {
        entry->entity_id = call->who.user_id;
        copy_text(entry->entity_name, sizeof entry->entity_name, call->who.email);
    } else if (subject >= 0) {
        (void)uuid_parse(call->parts[subject], &entry->entity_id);
    } else if (result == ERR_OK) {
        read_answer(call, entry);
    } else {
        (void)!document_get_id(call->body, "id", &entry->entity_id, NULL, NULL);
    }
    read_name(call, entry);
}

/* ---- the entry --------------------------------------------------------------------------------------------- */

/* Who could not log in is named as he named himself. */
static void read_user(const struct call *call, struct audit_entry *entry)
{
    const char *name = call->who.email[0] != '\0'
                           ? call->who.email
                           : json_string_value(json_object_get(call->body, "username"));
    entry->tenant_id = call->who.tenant_id;
    entry->customer_id = call->who.customer_id;
    entry->user_id = call->who.user_id;
    if (call->route->access == ACCESS_ANYONE && uuid_is_nil(&entry->user_id))
        entry->tenant_id = call->api->tenant; /* of a stranger: told to the first tenant */
    copy_text(entry->user_name, sizeof entry->user_name, call->request->is_local ? "control socket" : name);
    call_address_text(call, entry->address);
}

static void write_data(const struct call *call, struct audit_entry *entry)
{
    AUTO_BUF text = {0};
    AUTO_JSON data = json_pack("{s:s, s:s}", "method", call->route->method, "route", call->route->pattern);
    document_write(data, &text);
    if (!buf_is_ok(&text) || !slice_to_cstr(buf_slice(&text), entry->data, sizeof entry->data))
        copy_text(entry->data, sizeof entry->data, "{}");
}

static bool may_note(struct call *call, const struct audit_entry *entry)
{
    char key[UUID_TEXT_SIZE + ADDRESS_TEXT_SIZE];
    if (!entry->is_failure)
        return true;
    uuid_format(&entry->user_id, key);
    snprintf(key + strlen(key), sizeof key - strlen(key), "%s",
             uuid_is_nil(&entry->user_id) ? entry->address : "");
    return rate_limit_take(call->api->audit_limit, slice_str(key), clock_mono_ms());
}

static bool has_id(const json_t *body)
{
    const json_t *id = json_object_get(body, "id");
    return id != NULL && !json_is_null(id);
}

void audit_note(struct call *call, err_t result, const struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    const struct audit_bounds bounds = {settings->audit.max_entries,
                                        (int64_t)settings->audit.keep_days * 24 * 60 * 60 * 1000};
    const struct route_audit *audit = &call->route->audit;
    struct problem failure = {0};
    if (audit->entity == NULL || (result == ERR_AUTH && call->route->access != ACCESS_ANYONE))
        return; /* a request without a login is nobody's */
    struct audit_entry entry = {.is_failure = result != ERR_OK};
    copy_text(entry.action, sizeof entry.action,
              audit->update != NULL && has_id(call->body) ? audit->update : audit->action);
    copy_text(entry.entity_type, sizeof entry.entity_type, audit->entity);
    read_user(call, &entry);
    read_entity(call, result, &entry);
    write_data(call, &entry);
    if (entry.is_failure)
        copy_text(entry.failure, sizeof entry.failure,
                  problem->text[0] != '\0' ? problem->text : err_info(result)->name);
    if (may_note(call, &entry) &&
        registry_audit_add(call->api->hub->registry, &entry, &bounds, &failure) != ERR_OK)
        log_error("audit.failed", log_text("action", entry.action), log_text("reason", failure.text));
}

/* ---- reading it -------------------------------------------------------------------------------------------- */

static json_t *entry_document(const struct audit_entry *e)
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

static err_t read_times(const struct call *call, struct audit_query *query, struct problem *problem)
{
    uint64_t start = 0, end = INT64_MAX;
    TRY(call_query_number(call, "startTime", INT64_MAX, &start, problem));
    TRY(call_query_number(call, "endTime", INT64_MAX, &end, problem));
    query->start_ms = (int64_t)start;
    query->end_ms = (int64_t)end;
    http_request_param(call->request, "actionTypes", &query->action);
    return ERR_OK;
}

static err_t reply_page(struct call *call, struct audit_query *query, struct problem *problem)
{
    struct page_query page;
    struct audit_page found;
    err_t err = ERR_OK;
    TRY(call_query_page(call, &page, problem));
    TRY(read_times(call, query, problem));
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
        if (json_array_append_new(data, entry_document(&found.entries[i])) != 0)
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
