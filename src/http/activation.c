/* Links by which users set a password: their first, or a new one. Nobody's mail is needed: an administrator hands them on. */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/access.h"
#include "http/auth.h"
#include "http/connectivity.h"
#include "http/password.h"
#include "http/resources.h"
#include "store/registry_people.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>

enum { LINK_TOKEN = 40 /* letters and digits: 238 bits */ };

static void hash_token(struct slice token, uint8_t out[ACTIVATION_HASH_SIZE])
{
    crypto_generichash(out, ACTIVATION_HASH_SIZE, token.data, token.len, NULL, 0);
}

/* ---- making ---- */

static err_t make_token(struct call *call, const struct user *user, char token[LINK_TOKEN + 1],
                        struct problem *problem)
{
    int64_t ttl_ms = (int64_t)call->api->hub->settings->auth.link_ttl * 1000;
    struct activation activation = {.user_id = user->id, .expires_ms = clock_wall_ms() + ttl_ms};
    random_text(token, LINK_TOKEN);
    hash_token(slice_str(token), activation.token_hash);
    return registry_activation_set(call->api->hub->registry, &activation, problem);
}

static err_t find_user(struct call *call, struct user *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "userId", &id, problem));
    return access_user(call, &id, RIGHT_WRITE, ret, problem);
}

/* As the platform answers it: the bare text of the link. */
err_t activation_link(struct call *call, struct problem *problem)
{
    struct user user;
    char token[LINK_TOKEN + 1];
    struct http_response *response = call->response;
    TRY(find_user(call, &user, problem));
    if (user.password_hash[0] != '\0')
        return fail(problem, ERR_INVALID, "", "User is already activated!");
    TRY(make_token(call, &user, token, problem));
    connectivity_server(call->request, &response->body);
    buf_printf(&response->body, "/api/noauth/activate?activateToken=%s", token);
    response->content_type = "text/plain";
    response->status = 200;
    return ERR_OK;
}

err_t activation_reset_link(struct call *call, struct problem *problem)
{
    struct user user;
    char token[LINK_TOKEN + 1];
    AUTO_BUF link = {0};
    TRY(find_user(call, &user, problem));
    TRY(make_token(call, &user, token, problem));
    connectivity_server(call->request, &link);
    buf_printf(&link, "/set-password#%s", token);
    log_info("user.reset_link", log_text("email", user.email));
    return call_reply(call,
                      json_pack("{s:s, s:o, s:i}", "resetToken", token, "link",
                                document_slice(buf_slice(&link)), "validSeconds",
                                (int)call->api->hub->settings->auth.link_ttl),
                      problem);
}

/* ---- using ---- */

/* A person follows the link: on to the page, with the token where no proxy's log shows it. */
err_t activation_follow(struct call *call, struct problem *problem)
{
    struct slice token = {0};
    http_request_param(call->request, "activateToken", &token);
    for (size_t i = 0; i < token.len; i++)
        if (!isalnum(token.data[i]))
            token.len = 0;
    if (token.len == 0 || token.len > LINK_TOKEN)
        return fail(problem, ERR_INVALID, "activateToken",
                    "activateToken is not as it was made: letters and digits");
    snprintf(call->response->location, sizeof call->response->location, "/set-password#%.*s", (int)token.len,
             (const char *)token.data);
    call->response->status = 303;
    return ERR_OK;
}

/* A token that is not valid costs no password hash. */
static err_t take(struct call *call, struct slice token, const char *password, struct user *ret,
                  struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    uint8_t token_hash[ACTIVATION_HASH_SIZE];
    char hash[PASSWORD_HASH_SIZE];
    struct uuid id;
    hash_token(token, token_hash);
    TRY(registry_activation_find(registry, token_hash, &id, problem));
    TRY(password_hash(call->api->hub->settings, "password", password, hash, problem));
    TRY(registry_activation_take(registry, token_hash, hash, &id, problem));
    return registry_user_by_id(registry, &id, ret, problem);
}

static err_t set_password(struct call *call, const char *member, struct problem *problem)
{
    const char *token = NULL, *password = NULL;
    struct user user;
    TRY(document_get_string(call->body, member, &token, problem));
    TRY(document_get_string(call->body, "password", &password, problem));
    if (token == NULL || password == NULL)
        return fail(problem, ERR_INVALID, token == NULL ? member : "password",
                    "%s is missing; expected a text", token == NULL ? member : "password");
    err_t err = take(call, slice_str(token), password, &user, problem);
    if (err == ERR_NOT_FOUND)
        return fail(problem, ERR_INVALID, member, "%s is unknown, was used, or has expired", member);
    TRY(err);
    call_audit_user(call, &user);
    log_info("user.password_set", log_text("email", user.email));
    return auth_open_login(call, &user, problem);
}

err_t activation_use(struct call *call, struct problem *problem)
{
    return set_password(call, "activateToken", problem);
}

err_t activation_reset(struct call *call, struct problem *problem)
{
    return set_password(call, "resetToken", problem);
}

/* What a page tells its user beforehand. */
err_t activation_password_policy(struct call *call, struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    return call_reply(call,
                      json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "minimumLength",
                                (int)settings->auth.password_min_length, "maximumLength", PASSWORD_MAX,
                                "minimumUppercaseLetters", (int)settings->auth.password_min_upper_case,
                                "minimumLowercaseLetters", (int)settings->auth.password_min_lower_case,
                                "minimumDigits", (int)settings->auth.password_min_digits,
                                "minimumSpecialCharacters", (int)settings->auth.password_min_special,
                                "allowWhitespaces", 1),
                      problem);
}
