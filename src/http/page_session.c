#include "http/page_session.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "http/auth.h"
#include "http/user_document.h"
#include "store/registry_people.h"

#include <sodium.h>
#include <stdio.h>

#define SECURE_NAME "__Host-postern-session"
#define PLAIN_NAME  "postern-session"

enum { SEAL_SIZE = 32 };

/* ---- what a request says ------------------------------------------------------------------------------------ */

static const char *cookie_name(bool is_tls)
{
    return is_tls ? SECURE_NAME : PLAIN_NAME;
}

static struct slice trim(struct slice text)
{
    while (text.len != 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slice_skip(text, 1);
    while (text.len != 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* RFC 6265 section 4.2: name=value; name=value. The first of a name counts. */
struct slice page_session_find(struct slice cookies, bool is_tls)
{
    struct slice name = slice_str(cookie_name(is_tls));
    while (cookies.len != 0) {
        const uint8_t *end = memchr(cookies.data, ';', cookies.len);
        struct slice pair = slice_of(cookies.data, end != NULL ? (size_t)(end - cookies.data) : cookies.len);
        cookies = slice_skip(cookies, end != NULL ? pair.len + 1 : pair.len);
        pair = trim(pair);
        if (slice_starts_with(pair, name) && pair.len > name.len && pair.data[name.len] == '=')
            return slice_skip(pair, name.len + 1);
    }
    return slice_of(NULL, 0);
}

/* Whoever speaks TLS to us has it in his Origin; in front of a plain listener there may be a proxy that does. */
bool page_origin_is_ours(const struct http_request *request, bool absent)
{
    static const struct slice plain = {(const uint8_t *)"http://", 7},
                              secure = {(const uint8_t *)"https://", 8};
    struct slice origin = request->origin;
    if (origin.len == 0)
        return absent;
    if (slice_starts_with(origin, secure))
        origin = slice_skip(origin, secure.len);
    else if (!request->is_tls && slice_starts_with(origin, plain))
        origin = slice_skip(origin, plain.len);
    else
        return false;
    return request->host.len != 0 && slice_eq_nocase(origin, request->host);
}

bool page_session_is_wanted(const struct call *call)
{
    return !call->request->is_local &&
           (call->is_by_cookie || slice_eq_str(call->request->page_session, "cookie"));
}

err_t page_session_check_origin(const struct call *call, struct problem *problem)
{
    const struct http_request *request = call->request;
    if (page_origin_is_ours(request, true))
        return ERR_OK;
    return fail(problem, ERR_DENIED, "Origin", "Origin is '%.*s'; expected this server's own, '%s://%.*s'",
                request->origin.len < 100 ? (int)request->origin.len : 100,
                (const char *)request->origin.data, request->is_tls ? "https" : "http",
                request->host.len < 100 ? (int)request->host.len : 100,
                request->host.len != 0 ? (const char *)request->host.data : "");
}

static err_t check_page(const struct call *call, struct problem *problem)
{
    const char *method = call->request->method;
    bool only_reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    TRY(page_session_check_origin(call, problem));
    if (only_reads || call->request->page.len != 0)
        return ERR_OK;
    return fail(problem, ERR_DENIED, "X-Postern-Page",
                "X-Postern-Page is missing; a request with a session cookie needs this header, any value, to "
                "change something");
}

/* ---- the cookie's value ------------------------------------------------------------------------------------ */

/* Another function than the tokens' HMAC-SHA-512, so that no seal is ever part of a token. */
static void seal(const struct api *api, const struct uuid *login, uint8_t out[SEAL_SIZE])
{
    static const char purpose[] = "postern page session";
    uint8_t text[sizeof purpose + sizeof login->bytes];
    memcpy(text, purpose, sizeof purpose);
    memcpy(text + sizeof purpose, login->bytes, sizeof login->bytes);
    crypto_generichash(out, SEAL_SIZE, text, sizeof text, api->secret, API_SECRET_SIZE);
}

static void write_value(const struct api *api, const struct uuid *login, char out[PAGE_SESSION_SIZE])
{
    uint8_t sealed[SEAL_SIZE];
    char hex[2 * SEAL_SIZE + 1], id[UUID_TEXT_SIZE];
    seal(api, login, sealed);
    sodium_bin2hex(hex, sizeof hex, sealed, sizeof sealed);
    uuid_format(login, id);
    snprintf(out, PAGE_SESSION_SIZE, "%s.%s", id, hex);
}

static bool read_value(const struct api *api, struct slice value, struct uuid *ret)
{
    uint8_t sealed[SEAL_SIZE], expected[SEAL_SIZE];
    size_t id_len = UUID_TEXT_SIZE - 1;
    struct uuid id;
    if (value.len != PAGE_SESSION_SIZE - 1 || value.data[id_len] != '.' ||
        !uuid_parse(slice_of(value.data, id_len), &id) ||
        !text_from_hex(slice_skip(value, id_len + 1), sealed, sizeof sealed))
        return false;
    seal(api, &id, expected);
    if (sodium_memcmp(sealed, expected, sizeof sealed) != 0)
        return false;
    *ret = id;
    return true;
}

static void set_cookie(struct call *call, const char *value, int64_t seconds)
{
    snprintf(call->response->set_cookie, sizeof call->response->set_cookie,
             "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s", cookie_name(call->request->is_tls),
             value, (long long)seconds, call->request->is_tls ? "; Secure" : "");
}

static void give(struct call *call, const struct login *login)
{
    char value[PAGE_SESSION_SIZE];
    write_value(call->api, &login->id, value);
    set_cookie(call, value, (login->expires_ms - clock_wall_ms()) / 1000);
    wipe(value, sizeof value);
}

void page_session_clear(struct call *call)
{
    set_cookie(call, "", 0);
}

/* ---- who it is --------------------------------------------------------------------------------------------- */

static err_t refuse(struct call *call, struct problem *problem, const char *why)
{
    call->error_status = 401;
    call->error_code = 10;
    return fail(problem, ERR_AUTH, "", "Authentication failed: %s", why);
}

static err_t find(struct call *call, struct slice session, struct login *login, struct user *user,
                  struct problem *problem)
{
    struct uuid id;
    if (!read_value(call->api, session, &id))
        return refuse(call, problem, "the session cookie is not valid");
    err_t err = registry_login_get(call->api->hub->registry, &id, login, problem);
    if (err == ERR_OK)
        err = registry_user_by_id(call->api->hub->registry, &login->user_id, user, problem);
    return err == ERR_NOT_FOUND ? refuse(call, problem, "this login has ended") : err;
}

err_t page_session_resume(struct call *call, struct slice session, struct problem *problem)
{
    struct login login;
    struct user user;
    TRY(find(call, session, &login, &user, problem));
    call_set_who(call, &user, &login.id);
    call->is_by_cookie = true;
    return ERR_OK;
}

/* In the second half of its time; two tabs that do so at once set the same. */
static err_t slide(struct call *call, struct login *login, struct problem *problem)
{
    int64_t ttl_ms = (int64_t)call->api->hub->settings->auth.refresh_ttl * 1000, now = clock_wall_ms();
    if (login->expires_ms - now > ttl_ms / 2)
        return ERR_OK;
    login->expires_ms = now + ttl_ms;
    TRY(registry_login_extend(call->api->hub->registry, &login->id, login->expires_ms, problem));
    give(call, login);
    return ERR_OK;
}

static err_t identify(struct call *call, struct login *login, struct user *user, struct problem *problem)
{
    struct slice session = page_session_find(call->request->cookies, call->request->is_tls);
    if (session.len == 0)
        return refuse(call, problem, "no token was sent");
    TRY(check_page(call, problem));
    TRY(find(call, session, login, user, problem));
    TRY(slide(call, login, problem));
    call_set_who(call, user, &login->id);
    call->is_by_cookie = true;
    return ERR_OK;
}

err_t page_session_identify(struct call *call, struct problem *problem)
{
    struct login login;
    struct user user;
    return identify(call, &login, &user, problem);
}

static err_t reply(struct call *call, const struct login *login, const struct user *user,
                   struct problem *problem)
{
    return call_reply(
        call,
        json_pack("{s:o, s:I}", "user", user_document(user), "expirationTime", (json_int_t)login->expires_ms),
        problem);
}

err_t page_session_reply(struct call *call, const struct login *login, const struct user *user,
                         struct problem *problem)
{
    give(call, login);
    return reply(call, login, user, problem);
}

err_t page_session_refresh(struct call *call, struct problem *problem)
{
    struct login login;
    struct user user;
    TRY(identify(call, &login, &user, problem));
    return reply(call, &login, &user, problem);
}
