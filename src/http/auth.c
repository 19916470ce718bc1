#include "http/auth.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/api_key.h"
#include "http/audit.h"
#include "http/login_guard.h"
#include "http/page_session.h"
#include "http/password.h"
#include "http/resources.h"
#include "http/token.h"
#include "http/user_document.h"
#include "store/registry_people.h"

#include <sodium.h>
#include <stdlib.h>

/* Checked in place of an account that does not exist, so that both answers take as long. Hash of random
 * bytes that were not kept, with the parameters of password_hash(). */
static const char nobodys_hash[crypto_pwhash_STRBYTES] =
    "$argon2id$v=19$m=65536,t=2,p=1$cG9zdGVybi1ub2JvZHktMQ$0fQW8vTLw2H9Yk3b0yq3o3cW7g1m2m0d6sV8f0e5r4A";

static err_t refuse(struct call *call, unsigned code, struct problem *problem, const char *message)
{
    call->error_status = 401;
    call->error_code = code;
    return fail(problem, ERR_AUTH, "", "%s", message);
}

static struct slice after_scheme(struct slice header, struct slice scheme)
{
    return slice_starts_with(header, scheme) ? slice_skip(header, scheme.len) : slice_of(NULL, 0);
}

err_t auth_check_login(struct call *call, struct problem *problem)
{
    struct login login;
    err_t err = registry_login_get(call->api->hub->registry, &call->who.login_id, &login, problem);
    if (err == ERR_NOT_FOUND)
        return refuse(call, 10, problem, "Authentication failed: this login has ended");
    if (err != ERR_OK)
        return err;
    if (!uuid_eq(&login.user_id, &call->who.user_id) || login.expires_ms <= clock_wall_ms())
        return refuse(call, 11, problem, "Token has expired");
    return ERR_OK;
}

static err_t read_token(struct call *call, enum token_kind kind, struct slice token, struct problem *problem)
{
    err_t err = token_read(call->api, kind, token, clock_wall_ms(), &call->who);
    if (err == ERR_CLOSED)
        return refuse(call, 11, problem, "Token has expired");
    if (err != ERR_OK)
        return refuse(call, 10, problem, "Authentication failed: the token is not valid");
    return auth_check_login(call, problem);
}

err_t auth_identify_token(struct call *call, struct slice token, struct problem *problem)
{
    return read_token(call, TOKEN_ACCESS, token, problem);
}

err_t auth_identify(struct call *call, struct problem *problem)
{
    if (call->request->is_local) {
        call->who = (struct caller){.tenant_id = call->api->tenant,
                                    .customer_id = CUSTOMER_NOBODY,
                                    .authority = AUTHORITY_TENANT_ADMIN};
        return ERR_OK;
    }
    if (call->request->authorization.len == 0)
        return page_session_identify(call, problem);
    struct slice token = after_scheme(call->request->authorization, SLICE("Bearer "));
    struct slice key = after_scheme(call->request->authorization, SLICE("ApiKey "));
    if (key.len != 0)
        return api_key_identify(call, key, problem);
    if (token.len == 0)
        return refuse(call, 10, problem, "Authentication failed: no token was sent");
    return read_token(call, TOKEN_ACCESS, token, problem);
}

err_t auth_check_email(const char *email, char out[NAME_SIZE], struct problem *problem)
{
    TRY(entity_check_name("email", slice_str(email), problem));
    if (!slice_to_cstr(slice_str(email), out, NAME_SIZE) || strchr(email, '@') == NULL)
        return fail(problem, ERR_INVALID, "email", "email is '%.64s'; expected name@host", email);
    return ERR_OK;
}

/* Both the account and the address have to wait after failures: the longer wait counts. */
static err_t check_guards(struct call *call, struct slice account, struct problem *problem)
{
    char host[ADDRESS_TEXT_SIZE];
    uint64_t now = clock_mono_ms();
    call_host_text(call, host);
    unsigned of_account = login_guard_wait(call->api->guard, account, now);
    unsigned of_address = login_guard_wait(call->api->address_guard, slice_str(host), now);
    unsigned wait_s = of_account > of_address ? of_account : of_address;
    if (wait_s == 0)
        return ERR_OK;
    call->response->retry_after_s = wait_s;
    return fail(problem, ERR_LIMIT, "", "Too many failed logins of this %s; try again in %u s",
                of_account >= of_address ? "account" : "address", wait_s);
}

static void count_failure(struct call *call, struct slice account)
{
    char address[ADDRESS_TEXT_SIZE], host[ADDRESS_TEXT_SIZE];
    uint64_t now = clock_mono_ms();
    call_address_text(call, address);
    call_host_text(call, host);
    if (login_guard_failed(call->api->guard, account, now))
        audit_lockout(call, "account");
    if (login_guard_failed(call->api->address_guard, slice_str(host), now))
        audit_lockout(call, "address");
    log_warning("login.refused", log_slice("account", account), log_text("address", address));
}

/* ERR_AUTH unless the password is the user's. @p user NULL: nobody's, after the same time; as one without a password. */
static err_t verify_password(struct call *call, const struct user *user, struct slice account,
                             const char *password, const char *refusal, struct problem *problem)
{
    TRY(check_guards(call, account, problem));
    bool has_password = user != NULL && user->password_hash[0] != '\0';
    const char *hash = has_password ? user->password_hash : nobodys_hash;
    bool is_right = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0 && has_password;
    if (!is_right) {
        count_failure(call, account);
        return refuse(call, 10, problem, refusal);
    }
    login_guard_succeeded(call->api->guard, account); /* the address has other accounts to guess at */
    return ERR_OK;
}

static err_t reply_tokens(struct call *call, const struct login *login, struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    int64_t now = clock_wall_ms();
    int64_t access_ends = now + (int64_t)settings->auth.token_ttl * 1000;
    if (access_ends > login->expires_ms)
        access_ends = login->expires_ms;
    char *access = token_issue(call->api, TOKEN_ACCESS, &call->who, now, access_ends);
    char *refresh = token_issue(call->api, TOKEN_REFRESH, &call->who, now, login->expires_ms);
    json_t *document = NULL;
    if (access != NULL && refresh != NULL)
        document = json_pack("{s:s, s:s, s:n}", "token", access, "refreshToken", refresh, "scope");
    free(access);
    free(refresh);
    return call_reply(call, document, problem);
}

err_t auth_open_login(struct call *call, const struct user *user, struct problem *problem)
{
    if (page_session_is_wanted(call))
        TRY(page_session_check_origin(call, problem));
    int64_t now = clock_wall_ms();
    struct login login = {.id = uuid_random(),
                          .user_id = user->id,
                          .created_ms = now,
                          .expires_ms = now + (int64_t)call->api->hub->settings->auth.refresh_ttl * 1000};
    call_address_text(call, login.address);
    TRY(registry_login_add(call->api->hub->registry, &login, problem));
    call_set_who(call, user, &login.id);
    if (page_session_is_wanted(call))
        return page_session_reply(call, &login, user, problem);
    return reply_tokens(call, &login, problem);
}

err_t auth_login(struct call *call, struct problem *problem)
{
    const char *name = NULL, *password = NULL;
    struct user user;
    TRY(document_get_string(call->body, "username", &name, problem));
    TRY(document_get_string(call->body, "password", &password, problem));
    if (name == NULL || password == NULL)
        return refuse(call, 10, problem, "Authentication failed: username or password not provided");
    err_t err = registry_user_by_email(call->api->hub->registry, slice_str(name), &user, problem);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    /* The registry compares names without case in all of Unicode: whatever was typed, one account is one count. */
    bool exists = err == ERR_OK;
    if (exists)
        call_audit_user(call, &user);
    TRY(verify_password(call, exists ? &user : NULL, slice_str(exists ? user.email : name), password,
                        "Invalid username or password", problem));
    return auth_open_login(call, &user, problem);
}

err_t auth_refresh(struct call *call, struct problem *problem)
{
    const char *token = NULL;
    struct login login;
    TRY(document_get_string(call->body, "refreshToken", &token, problem));
    if (token == NULL && page_session_is_wanted(call))
        return page_session_refresh(call, problem);
    if (token == NULL)
        return refuse(call, 10, problem, "Authentication failed: refreshToken not provided");
    TRY(read_token(call, TOKEN_REFRESH, slice_str(token), problem));
    struct user user;
    err_t err = registry_user_by_id(call->api->hub->registry, &call->who.user_id, &user, problem);
    if (err == ERR_NOT_FOUND)
        return refuse(call, 10, problem, "Authentication failed: the user does not exist any more");
    if (err != ERR_OK)
        return err;
    call->who.authority = user.authority;
    TRY(registry_login_get(call->api->hub->registry, &call->who.login_id, &login, problem));
    return reply_tokens(call, &login, problem);
}

err_t auth_logout(struct call *call, struct problem *problem)
{
    TRY(registry_login_end(call->api->hub->registry, &call->who.login_id, problem));
    if (call->is_by_cookie)
        page_session_clear(call);
    call->response->status = 200;
    return ERR_OK;
}

static err_t find_caller(struct call *call, struct user *ret, struct problem *problem)
{
    if (uuid_is_nil(&call->who.user_id))
        return fail(problem, ERR_NOT_FOUND, "", "the control socket belongs to no user");
    err_t err = registry_user_by_id(call->api->hub->registry, &call->who.user_id, ret, problem);
    if (err == ERR_NOT_FOUND)
        return refuse(call, 10, problem, "Authentication failed: the user does not exist any more");
    return err;
}

err_t auth_user(struct call *call, struct problem *problem)
{
    struct user user;
    TRY(find_caller(call, &user, problem));
    return call_reply(call, user_document(&user), problem);
}

err_t auth_change_password(struct call *call, struct problem *problem)
{
    const char *current = NULL, *new = NULL;
    struct user user;
    char hash[PASSWORD_HASH_SIZE];
    TRY(document_get_string(call->body, "currentPassword", &current, problem));
    TRY(document_get_string(call->body, "newPassword", &new, problem));
    if (current == NULL || new == NULL)
        return fail(problem, ERR_INVALID, current == NULL ? "currentPassword" : "newPassword",
                    "%s is missing; expected a text", current == NULL ? "currentPassword" : "newPassword");
    TRY(password_check(call->api->hub->settings, "newPassword", new, problem));
    TRY(find_caller(call, &user, problem));
    err_t err = verify_password(call, &user, slice_str(user.email), current,
                                "Current password doesn't match!", problem);
    if (err == ERR_AUTH) { /* the token was right: 401 would make a page log out */
        call->error_status = 400;
        call->error_code = 31;
    }
    if (err != ERR_OK)
        return err;
    TRY(password_hash(call->api->hub->settings, "newPassword", new, hash, problem));
    TRY(registry_user_set_password(call->api->hub->registry, &user.id, hash, problem));
    return auth_open_login(call, &user, problem); /* the password's change ended all logins, this one too */
}

err_t auth_create_administrator(struct hub *hub, const char *email, const char *password,
                                struct problem *problem)
{
    struct user user = {.authority = AUTHORITY_TENANT_ADMIN, .customer_id = CUSTOMER_NOBODY};
    if (sodium_init() < 0)
        return fail(problem, ERR_INTERNAL, "", "libsodium found no source of random numbers");
    TRY(auth_check_email(email, user.email, problem));
    TRY(registry_tenant_default(hub->registry, &user.tenant_id, problem));
    TRY(password_hash(hub->settings, "password", password, user.password_hash, problem));
    user.id = uuid_random();
    user.created_ms = clock_wall_ms();
    user.version = 1;
    return registry_user_add(hub->registry, &user, problem);
}
