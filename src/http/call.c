#include "http/call.h"

#include "base/address.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE_SIZE_MAX = 1000 };

err_t call_reply(struct call *call, json_t *document, struct problem *problem)
{
    if (document == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    document_write(document, &call->response->body); /* what does not fit, the router tells */
    json_decref(document);
    call->response->status = 200;
    return ERR_OK;
}

err_t call_reply_text(struct call *call, const char *text)
{
    buf_append_str(&call->response->body, text);
    call->response->content_type = "text/plain";
    call->response->status = 200;
    return ERR_OK;
}

err_t call_check_version(const json_t *body, const char *what, int64_t stored, struct problem *problem)
{
    int64_t version = stored;
    TRY(document_get_integer(body, "version", &version, NULL, problem));
    if (version == stored)
        return ERR_OK;
    return fail(problem, ERR_CONFLICT, "version",
                "%s was changed meanwhile: it has version %" PRId64 ", the request %" PRId64, what, stored,
                version);
}

err_t call_conflict(struct call *call, err_t err, const struct problem *problem)
{
    if (err == ERR_CONFLICT && strcmp(problem->field, "version") != 0) {
        call->error_status = 400;
        call->error_code = 31;
    }
    return err;
}

void call_audit_name(struct call *call, const char *name)
{
    snprintf(call->audit.name, sizeof call->audit.name, "%s", name);
}

void call_audit_entity(struct call *call, const struct uuid *id, const char *name)
{
    call->audit.entity_id = *id;
    call_audit_name(call, name);
}

void call_audit_user(struct call *call, const struct user *user)
{
    struct call meant = {0};
    call_set_who(&meant, user, &(struct uuid){0});
    call->audit.user = meant.who;
}

void call_audit_detail(struct call *call, const char *key, json_t *value)
{
    if (call->audit.details == NULL)
        call->audit.details = json_object();
    (void)json_object_set_new(call->audit.details, key, value); /* without memory, without it */
}

void call_set_who(struct call *call, const struct user *user, const struct uuid *login_id)
{
    call->who = (struct caller){.user_id = user->id,
                                .tenant_id = user->tenant_id,
                                .customer_id = user->customer_id,
                                .login_id = *login_id,
                                .authority = user->authority};
    memcpy(call->who.email, user->email, sizeof call->who.email);
}

void call_address_text(const struct call *call, char out[ADDRESS_TEXT_SIZE])
{
    out[0] = '\0';
    if (!call->request->is_local)
        address_write(call->request->address, out);
}

void call_host_text(const struct call *call, char out[ADDRESS_TEXT_SIZE])
{
    uint8_t network[HTTP_ADDRESS_BYTES] = {0};
    bool is_ipv4 = address_is_ipv4(call->request->address);
    memcpy(network, call->request->address, is_ipv4 ? sizeof network : sizeof network / 2);
    out[0] = '\0';
    if (!call->request->is_local)
        address_write(network, out);
}

static err_t parse_id(struct slice text, const char *field, struct uuid *ret, struct problem *problem)
{
    if (uuid_parse(text, ret))
        return ERR_OK;
    int shown = text.len < 64 ? (int)text.len : 64;
    return fail(problem, ERR_INVALID, field, "%s is '%.*s'; expected a UUID", field, shown,
                text.len != 0 ? (const char *)text.data : "");
}

err_t call_part_id(const struct call *call, size_t part, const char *field, struct uuid *ret,
                   struct problem *problem)
{
    return parse_id(call->parts[part], field, ret, problem);
}

err_t call_part_device(const struct call *call, size_t part, const char *field, uint64_t *ret_number,
                       struct problem *problem)
{
    struct uuid id;
    struct device device;
    TRY(call_part_id(call, part, field, &id, problem));
    TRY(registry_device_get(call->api->hub->registry, &call->who.tenant_id, &id, &device, problem));
    *ret_number = device.number;
    device_fini(&device);
    return ERR_OK;
}

err_t call_query_id(const struct call *call, const char *name, struct uuid *ret, struct problem *problem)
{
    struct slice text;
    if (!http_request_param(call->request, name, &text) || text.len == 0)
        return ERR_OK;
    return parse_id(text, name, ret, problem);
}

err_t call_query_number(const struct call *call, const char *name, uint64_t max, uint64_t *ret,
                        struct problem *problem)
{
    struct slice text;
    if (!http_request_param(call->request, name, &text))
        return ERR_OK;
    if (text_to_u64(text, max, ret))
        return ERR_OK;
    int shown = text.len < 32 ? (int)text.len : 32;
    return fail(problem, ERR_INVALID, name, "%s is '%.*s'; expected a whole number from 0 to %llu", name,
                shown, text.len != 0 ? (const char *)text.data : "", (unsigned long long)max);
}

/* What the platform takes: Python's client sends True, some pages 1. */
static const char *const words_of_bool[][2] = {{"false", "true"}, {"0", "1"}, {"no", "yes"}, {"off", "on"}};

err_t call_read_bool(struct slice text, const char *name, bool *ret, struct problem *problem)
{
    for (size_t i = 0; i < sizeof words_of_bool / sizeof words_of_bool[0]; i++) {
        for (int value = 0; value < 2; value++) {
            if (slice_eq_nocase(text, slice_str(words_of_bool[i][value]))) {
                *ret = value == 1;
                return ERR_OK;
            }
        }
    }
    return fail(problem, ERR_INVALID, name, "%s is neither true nor false", name);
}

err_t call_query_bool(const struct call *call, const char *name, bool *ret, struct problem *problem)
{
    struct slice text;
    if (!http_request_param(call->request, name, &text) || text.len == 0)
        return ERR_OK;
    return call_read_bool(text, name, ret, problem);
}

err_t call_query_ids(const struct call *call, const char *name, struct slice *ret, struct problem *problem)
{
    if (http_request_param(call->request, name, ret) && ret->len != 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, name, "Required request parameter '%s' is not present", name);
}

err_t call_next_id(struct slice *ids, const char *name, struct uuid *ret, struct problem *problem)
{
    const uint8_t *comma = memchr(ids->data, ',', ids->len);
    struct slice text = slice_of(ids->data, comma != NULL ? (size_t)(comma - ids->data) : ids->len);
    *ids = slice_skip(*ids, text.len + (comma != NULL ? 1 : 0));
    if (uuid_parse(text, ret))
        return ERR_OK;
    return fail(problem, ERR_INVALID, name, "%s holds '%.*s'; expected UUIDs", name,
                text.len < 64 ? (int)text.len : 64, (const char *)text.data);
}

err_t call_reply_by_ids(struct call *call, const char *name, call_append *append, struct problem *problem)
{
    struct slice ids;
    struct uuid id;
    AUTO_JSON list = json_array();
    TRY(call_query_ids(call, name, &ids, problem));
    while (ids.len != 0) {
        TRY(call_next_id(&ids, name, &id, problem));
        err_t err = append(call, &id, list, problem);
        if (err != ERR_NOT_FOUND)
            TRY(err);
    }
    return call_reply(call, document_take(&list), problem);
}

static err_t required_number(const struct call *call, const char *name, uint64_t least, uint64_t max,
                             uint32_t *ret, struct problem *problem)
{
    struct slice text;
    uint64_t value = 0;
    if (!http_request_param(call->request, name, &text))
        return fail(problem, ERR_INVALID, name, "Required request parameter '%s' is not present", name);
    TRY(call_query_number(call, name, max, &value, problem));
    if (value < least)
        return fail(problem, ERR_INVALID, name, "%s is 0; expected %llu to %llu", name,
                    (unsigned long long)least, (unsigned long long)max);
    *ret = (uint32_t)value;
    return ERR_OK;
}

err_t call_query_page(const struct call *call, struct page_query *ret, struct problem *problem)
{
    struct page_query page = {0};
    struct slice order = SLICE("ASC");
    TRY(required_number(call, "pageSize", 1, PAGE_SIZE_MAX, &page.size, problem));
    TRY(required_number(call, "page", 0, INT32_MAX, &page.number, problem));
    http_request_param(call->request, "textSearch", &page.text_search);
    page.is_sorted =
        http_request_param(call->request, "sortProperty", &page.sort_property) && page.sort_property.len != 0;
    http_request_param(call->request, "sortOrder", &order);
    page.is_descending = slice_eq_nocase(order, SLICE("DESC"));
    if (order.len != 0 && !page.is_descending && !slice_eq_nocase(order, SLICE("ASC")))
        return fail(problem, ERR_INVALID, "sortOrder", "sortOrder is not ASC or DESC");
    *ret = page;
    return ERR_OK;
}

json_t *page_document(const struct page_query *query, json_t *data, uint64_t total)
{
    uint64_t pages = (total + query->size - 1) / query->size;
    return json_pack("{s:o, s:I, s:I, s:b}", "data", data, "totalPages", (json_int_t)pages, "totalElements",
                     (json_int_t)total, "hasNext", (uint64_t)query->number + 1 < pages);
}
