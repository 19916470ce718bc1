/* Users of customers: made without a password, which they set by a link. */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/auth.h"
#include "http/connectivity.h"
#include "http/resources.h"
#include "http/user_document.h"

#include <sodium.h>

enum {
    ACTIVATE_TOKEN = 40, /* letters and digits: 238 bits */
    ACTIVATE_MS = 24 * 60 * 60 * 1000,
};

json_t *user_document(const struct user *user)
{
    bool is_customers = user->authority == AUTHORITY_CUSTOMER_USER;
    return json_pack(
        "{s:o, s:I, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:n, s:n, s:I, s:o}", "id",
        document_id("USER", &user->id), "createdTime", (json_int_t)user->created_ms, "tenantId",
        document_id("TENANT", &user->tenant_id), "customerId", document_id("CUSTOMER", &user->customer_id),
        "email", user->email, "name", user->email, "authority", authority_name(user->authority), "firstName",
        document_text(user->first_name), "lastName", document_text(user->last_name), "phone",
        "additionalInfo", "version", (json_int_t)user->version, "ownerId",
        is_customers ? document_id("CUSTOMER", &user->customer_id) : document_id("TENANT", &user->tenant_id));
}

/* ---- making ---- */

static err_t read_authority(const json_t *body, struct problem *problem)
{
    const char *authority = NULL;
    TRY(document_get_string(body, "authority", &authority, problem));
    if (authority != NULL && strcmp(authority, authority_name(AUTHORITY_CUSTOMER_USER)) == 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "authority", "authority is '%.40s'; expected CUSTOMER_USER",
                authority != NULL ? authority : "");
}

static err_t read_name(const json_t *body, const char *member, char out[NAME_SIZE], struct problem *problem)
{
    TRY(document_get_text(body, member, out, NAME_SIZE, problem));
    return out[0] == '\0' ? ERR_OK : entity_check_name(member, slice_str(out), problem);
}

static err_t read_customer(const json_t *body, struct user *user, struct problem *problem)
{
    bool has_customer = false;
    TRY(document_get_id(body, "customerId", &user->customer_id, &has_customer, problem));
    if (!has_customer || uuid_is_nil(&user->customer_id) || uuid_eq(&user->customer_id, &CUSTOMER_NOBODY))
        return fail(problem, ERR_INVALID, "customerId", "customerId is missing; expected a customer's id");
    return ERR_OK;
}

static err_t read_user(const json_t *body, struct user *user, struct problem *problem)
{
    const char *email = NULL;
    struct uuid id;
    bool has_id = false;
    TRY(document_get_id(body, "id", &id, &has_id, problem));
    if (has_id)
        return fail(problem, ERR_INVALID, "id", "id is there; expected a new user, who has none");
    TRY(document_get_string(body, "email", &email, problem));
    TRY(auth_check_email(email != NULL ? email : "", user->email, problem));
    TRY(read_authority(body, problem));
    TRY(read_customer(body, user, problem));
    TRY(read_name(body, "firstName", user->first_name, problem));
    return read_name(body, "lastName", user->last_name, problem);
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

err_t user_save(struct call *call, struct problem *problem)
{
    struct user user = {.id = uuid_random(),
                        .tenant_id = call->who.tenant_id,
                        .created_ms = clock_wall_ms(),
                        .version = 1,
                        .authority = AUTHORITY_CUSTOMER_USER};
    TRY(check_no_mail(call, problem));
    TRY(read_user(call->body, &user, problem));
    err_t err = registry_user_add(call->api->hub->registry, &user, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    log_info("user.created", log_text("email", user.email));
    return call_reply(call, user_document(&user), problem);
}

/* ---- activation ---- */

static void hash_token(struct slice token, uint8_t out[ACTIVATION_HASH_SIZE])
{
    crypto_generichash(out, ACTIVATION_HASH_SIZE, token.data, token.len, NULL, 0);
}

/* Another tenant's user is not there. */
static err_t find_user(struct call *call, struct user *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "userId", &id, problem));
    TRY(registry_user_by_id(call->api->hub->registry, &id, ret, problem));
    if (!uuid_eq(&ret->tenant_id, &call->who.tenant_id))
        return fail(problem, ERR_NOT_FOUND, "", "no such user");
    return ERR_OK;
}

static err_t make_activation(struct call *call, const struct user *user, char token[ACTIVATE_TOKEN + 1],
                             struct problem *problem)
{
    struct activation activation = {.user_id = user->id, .expires_ms = clock_wall_ms() + ACTIVATE_MS};
    random_text(token, ACTIVATE_TOKEN);
    hash_token(slice_str(token), activation.token_hash);
    return registry_activation_set(call->api->hub->registry, &activation, problem);
}

err_t user_activation_link(struct call *call, struct problem *problem)
{
    struct user user = {0};
    char token[ACTIVATE_TOKEN + 1];
    struct http_response *response = call->response;
    TRY(find_user(call, &user, problem));
    if (user.password_hash[0] != '\0')
        return fail(problem, ERR_INVALID, "", "User is already activated!");
    TRY(make_activation(call, &user, token, problem));
    connectivity_server(call->request, &response->body);
    buf_printf(&response->body, "/api/noauth/activate?activateToken=%s", token);
    response->content_type = "text/plain";
    response->status = 200;
    return ERR_OK;
}

static err_t refuse_token(struct problem *problem)
{
    return fail(problem, ERR_INVALID, "activateToken",
                "the activation token is unknown, was used, or has expired");
}

/* A token that is not valid costs no password hash. */
static err_t activate(struct call *call, struct slice token, const char *password, struct user *ret,
                      struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    uint8_t token_hash[ACTIVATION_HASH_SIZE];
    char password_hash[PASSWORD_HASH_SIZE];
    struct uuid id;
    hash_token(token, token_hash);
    TRY(registry_activation_find(registry, token_hash, &id, problem));
    TRY(auth_hash_password("password", password, password_hash, problem));
    TRY(registry_activation_take(registry, token_hash, password_hash, &id, problem));
    return registry_user_by_id(registry, &id, ret, problem);
}

err_t user_activate(struct call *call, struct problem *problem)
{
    const char *token = NULL, *password = NULL;
    struct user user;
    TRY(document_get_string(call->body, "activateToken", &token, problem));
    TRY(document_get_string(call->body, "password", &password, problem));
    if (token == NULL || password == NULL)
        return fail(problem, ERR_INVALID, token == NULL ? "activateToken" : "password",
                    "%s is missing; expected a text", token == NULL ? "activateToken" : "password");
    err_t err = activate(call, slice_str(token), password, &user, problem);
    if (err == ERR_NOT_FOUND)
        return refuse_token(problem);
    TRY(err);
    log_info("user.activated", log_text("email", user.email));
    return auth_open_login(call, &user, problem);
}
