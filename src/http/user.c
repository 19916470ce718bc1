/* Users: made without a password, which they set by a link (activation.c); changed, listed, deleted. */
#include "base/clock.h"
#include "base/log.h"
#include "http/access.h"
#include "http/auth.h"
#include "http/resources.h"
#include "http/user_document.h"
#include "store/registry_people.h"

/* The tenant of those who have none is named as the customer of those who have none. */
static json_t *tenant_document_id(const struct user *user)
{
    return document_id("TENANT", uuid_is_nil(&user->tenant_id) ? &CUSTOMER_NOBODY : &user->tenant_id);
}

json_t *user_document(const struct user *user)
{
    bool is_customers = user->authority == AUTHORITY_CUSTOMER_USER;
    return json_pack("{s:o, s:I, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:n, s:I, s:o}", "id",
                     document_id("USER", &user->id), "createdTime", (json_int_t)user->created_ms, "tenantId",
                     tenant_document_id(user), "customerId", document_id("CUSTOMER", &user->customer_id),
                     "email", user->email, "name", user->email, "authority", authority_name(user->authority),
                     "firstName", document_text(user->first_name), "lastName", document_text(user->last_name),
                     "phone", document_text(user->phone), "additionalInfo", "version",
                     (json_int_t)user->version, "ownerId",
                     is_customers ? document_id("CUSTOMER", &user->customer_id) : tenant_document_id(user));
}

static err_t find_user(struct call *call, enum access_right right, struct user *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "userId", &id, problem));
    return access_user(call, &id, right, ret, problem);
}

/* ---- what is saved ---- */

static err_t read_authority(const json_t *body, struct user *user, struct problem *problem)
{
    const char *name = NULL;
    TRY(document_get_string(body, "authority", &name, problem));
    if (name != NULL && authority_parse(slice_str(name), &user->authority))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "authority",
                "authority is '%.40s'; expected CUSTOMER_USER, TENANT_ADMIN or SYS_ADMIN",
                name != NULL ? name : "");
}

static err_t read_name(const json_t *body, const char *member, char out[NAME_SIZE], struct problem *problem)
{
    TRY(document_get_text(body, member, out, NAME_SIZE, problem));
    return out[0] == '\0' ? ERR_OK : entity_check_name(member, slice_str(out), problem);
}

static err_t read_names(const json_t *body, struct user *user, struct problem *problem)
{
    const char *email = NULL;
    TRY(document_get_string(body, "email", &email, problem));
    TRY(auth_check_email(email != NULL ? email : "", user->email, problem));
    TRY(read_name(body, "firstName", user->first_name, problem));
    TRY(read_name(body, "lastName", user->last_name, problem));
    return read_name(body, "phone", user->phone, problem);
}

/* Whose the new user is follows from the authority; whether there is such a customer or tenant, the registry checks. */
static err_t read_belonging(struct call *call, struct user *user, struct problem *problem)
{
    bool may_name_tenant = call->who.authority == AUTHORITY_SYS_ADMIN || call->request->is_local;
    user->customer_id = CUSTOMER_NOBODY;
    user->tenant_id = call->who.tenant_id;
    if (user->authority == AUTHORITY_SYS_ADMIN) {
        user->tenant_id = (struct uuid){0};
        return ERR_OK;
    }
    if (may_name_tenant)
        TRY(document_get_id(call->body, "tenantId", &user->tenant_id, NULL, problem));
    if (uuid_is_nil(&user->tenant_id))
        return fail(problem, ERR_INVALID, "tenantId", "tenantId is missing; expected a tenant's id");
    if (user->authority == AUTHORITY_TENANT_ADMIN)
        return ERR_OK;
    TRY(document_get_id(call->body, "customerId", &user->customer_id, NULL, problem));
    if (uuid_is_nil(&user->customer_id) || uuid_eq(&user->customer_id, &CUSTOMER_NOBODY))
        return fail(problem, ERR_INVALID, "customerId", "customerId is missing; expected a customer's id");
    return ERR_OK;
}

/* Nobody makes users above himself. */
static err_t check_may_make(struct call *call, const struct user *user, struct problem *problem)
{
    bool may = call->request->is_local;
    if (call->who.authority == AUTHORITY_TENANT_ADMIN)
        may = may || user->authority != AUTHORITY_SYS_ADMIN;
    else if (call->who.authority == AUTHORITY_SYS_ADMIN)
        may = may || user->authority != AUTHORITY_CUSTOMER_USER;
    if (may)
        return ERR_OK;
    return fail(problem, ERR_DENIED, "authority", "You don't have permission to make a %s!",
                authority_name(user->authority));
}

static err_t check_no_mail(const struct call *call, struct problem *problem)
{
    bool wants_mail = false;
    TRY(call_query_bool(call, "sendActivationMail", &wants_mail, problem));
    if (!wants_mail)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "sendActivationMail",
                "this server sends no mail: expected sendActivationMail=false, and then the user's "
                "activationLink");
}

/* ---- saving ---- */

static err_t make(struct call *call, struct problem *problem)
{
    struct user user = {.id = uuid_random(), .created_ms = clock_wall_ms(), .version = 1};
    TRY(check_no_mail(call, problem));
    TRY(read_names(call->body, &user, problem));
    TRY(read_authority(call->body, &user, problem));
    TRY(check_may_make(call, &user, problem));
    TRY(read_belonging(call, &user, problem));
    err_t err = registry_user_add(call->api->hub->registry, &user, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    log_info("user.created", log_text("email", user.email),
             log_text("authority", authority_name(user.authority)));
    return call_reply(call, user_document(&user), problem);
}

/* Names and e-mail; authority and whose the user is stay. */
static err_t change(struct call *call, const struct uuid *id, struct problem *problem)
{
    struct user user;
    TRY(access_user(call, id, RIGHT_WRITE, &user, problem));
    TRY(call_check_version(call->body, "User", user.version, problem));
    TRY(read_names(call->body, &user, problem));
    err_t err = registry_user_update(call->api->hub->registry, &user, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    log_info("user.changed", log_text("email", user.email));
    return call_reply(call, user_document(&user), problem);
}

err_t user_save(struct call *call, struct problem *problem)
{
    struct uuid id;
    bool has_id = false;
    TRY(document_get_id(call->body, "id", &id, &has_id, problem));
    if (has_id)
        return change(call, &id, problem);
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        return access_denied("", problem);
    return make(call, problem);
}

err_t user_get(struct call *call, struct problem *problem)
{
    struct user user;
    TRY(find_user(call, RIGHT_READ, &user, problem));
    return call_reply(call, user_document(&user), problem);
}

err_t user_by_email(struct call *call, struct problem *problem)
{
    struct slice email;
    struct user user, seen;
    if (!http_request_param(call->request, "email", &email))
        return fail(problem, ERR_INVALID, "email", "Required request parameter 'email' is not present");
    TRY(registry_user_by_email(call->api->hub->registry, email, &user, problem));
    TRY(access_user(call, &user.id, RIGHT_READ, &seen, problem));
    return call_reply(call, user_document(&seen), problem);
}

err_t user_delete(struct call *call, struct problem *problem)
{
    struct user user;
    TRY(find_user(call, RIGHT_WRITE, &user, problem));
    if (uuid_eq(&user.id, &call->who.user_id))
        return fail(problem, ERR_INVALID, "userId", "You cannot delete yourself!");
    call_audit_name(call, user.email);
    TRY(registry_user_delete(call->api->hub->registry, &user.id, problem));
    log_info("user.deleted", log_text("email", user.email));
    call->response->status = 200;
    return ERR_OK;
}

/* ---- lists ---- */

static err_t set_sort(const struct page_query *page, struct user_query *query, struct problem *problem)
{
    query->order = page->is_descending ? SORT_DESCENDING : SORT_ASCENDING;
    query->sort = USER_SORT_EMAIL;
    if (!page->is_sorted || slice_eq_str(page->sort_property, "email"))
        return ERR_OK;
    query->sort = USER_SORT_CREATED;
    if (slice_eq_str(page->sort_property, "createdTime"))
        return ERR_OK;
    int shown = page->sort_property.len < 40 ? (int)page->sort_property.len : 40;
    return fail(problem, ERR_INVALID, "sortProperty", "sortProperty is '%.*s'; expected email or createdTime",
                shown, (const char *)page->sort_property.data);
}

static err_t append_all(json_t *data, const struct user_page *found, struct problem *problem)
{
    for (size_t i = 0; i < found->count; i++)
        if (json_array_append_new(data, user_document(&found->users[i])) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

static err_t reply_page(struct call *call, struct user_query *query, struct problem *problem)
{
    struct page_query page;
    struct user_page found;
    TRY(call_query_page(call, &page, problem));
    TRY(set_sort(&page, query, problem));
    query->text_search = page.text_search;
    query->page_size = page.size;
    query->page = page.number;
    TRY(registry_user_page(call->api->hub->registry, query, &found, problem));
    AUTO_JSON data = json_array();
    uint64_t total = found.total;
    err_t err = append_all(data, &found, problem);
    user_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

static err_t append_by_id(struct call *call, const struct uuid *id, json_t *list, struct problem *problem)
{
    struct user user;
    TRY(access_user(call, id, RIGHT_READ, &user, problem));
    return json_array_append_new(list, user_document(&user)) == 0
               ? ERR_OK
               : fail(problem, ERR_NOMEM, "", "no memory for the list");
}

/* Of the tenant, or of the caller's customer. */
err_t user_list(struct call *call, struct problem *problem)
{
    struct user_query query = {.tenant_id = call->who.tenant_id};
    struct slice ids;
    if (http_request_param(call->request, "userIds", &ids))
        return call_reply_by_ids(call, "userIds", append_by_id, problem);
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        query.customer_id = call->who.customer_id;
    return reply_page(call, &query, problem);
}

err_t user_list_of_customer(struct call *call, struct problem *problem)
{
    struct user_query query = {.tenant_id = call->who.tenant_id, .authority = AUTHORITY_CUSTOMER_USER};
    struct customer customer;
    TRY(call_part_id(call, 0, "customerId", &query.customer_id, problem));
    TRY(access_customer(call, &query.customer_id, RIGHT_READ, &customer, problem));
    return reply_page(call, &query, problem);
}

/* The administrators. */
err_t user_list_of_tenant(struct call *call, struct problem *problem)
{
    struct user_query query = {.authority = AUTHORITY_TENANT_ADMIN};
    struct tenant tenant;
    TRY(call_part_id(call, 0, "tenantId", &query.tenant_id, problem));
    TRY(registry_tenant_get(call->api->hub->registry, &query.tenant_id, &tenant, problem));
    return reply_page(call, &query, problem);
}
