#include "http/router.h"

#include "base/clock.h"
#include "http/call.h"
#include "http/token.h"
#include "platform.h"
#include "store/registry_people.h"
#include "unit.h"

#include <stdlib.h>

static struct platform platform;

/* Placeholders become ids, so that the handler could run. */
static void fill_pattern(const char *pattern, char out[512])
{
    size_t n = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '{') {
            out[n++] = *pattern;
            continue;
        }
        n += (size_t)sprintf(out + n, "11111111-2222-4333-8444-555555555555");
        pattern = strchr(pattern, '}');
    }
    out[n] = '\0';
}

static const char *body_for(const struct route *route)
{
    return route->body == BODY_OBJECT ? "{}" : NULL;
}

static void expect_on_all_routes(const char *token, unsigned status, unsigned code)
{
    for (size_t i = 0; i < route_count; i++) {
        char target[512];
        fill_pattern(routes[i].pattern, target);
        if (routes[i].access == ACCESS_ANYONE)
            continue;
        AUTO_ANSWER got = ask_with(&platform, token, routes[i].method, target, body_for(&routes[i]));
        /* Devices' routes do not look at logins: the id in the path is no device's token. */
        unsigned expected_code = routes[i].access == ACCESS_DEVICE ? 10 : code;
        if (got.status != status || got.code != expected_code)
            fail_msg("%s %s: %u, code %u; expected %u, code %u", routes[i].method, target, got.status,
                     got.code, status, expected_code);
        assert_int_equal(json_integer_value(value_at(got.document, "status")), status);
        assert_true(json_integer_value(value_at(got.document, "timestamp")) > 1500000000000);
        assert_string_not_equal(text_at(got.document, "message"), "");
    }
}

static struct caller someone(void)
{
    struct caller who = {.user_id = uuid_random(),
                         .tenant_id = platform.api.tenant,
                         .customer_id = CUSTOMER_NOBODY,
                         .login_id = uuid_random(),
                         .authority = AUTHORITY_TENANT_ADMIN,
                         .email = TEST_EMAIL};
    return who;
}

static void no_route_answers_without_a_token(void **state)
{
    expect_on_all_routes(NULL, 401, 10);
    expect_on_all_routes("", 401, 10);
    expect_on_all_routes("garbage", 401, 10);
    expect_on_all_routes("a.b.c", 401, 10);
}

static void no_route_answers_to_an_expired_token(void **state)
{
    struct caller who = someone();
    int64_t now = clock_wall_ms();
    char *token = token_issue(&platform.api, TOKEN_ACCESS, &who, now - 20000, now - 10000);
    expect_on_all_routes(token, 401, 11);
    free(token);
}

/* Signed by us and in time, but of a login that no longer stands. */
static void no_route_answers_to_an_ended_login(void **state)
{
    struct caller who = someone();
    int64_t now = clock_wall_ms();
    char *token = token_issue(&platform.api, TOKEN_ACCESS, &who, now, now + 60000);
    expect_on_all_routes(token, 401, 10);
    free(token);
}

static void a_refresh_token_opens_no_route(void **state)
{
    struct caller who = someone();
    int64_t now = clock_wall_ms();
    char *token = token_issue(&platform.api, TOKEN_REFRESH, &who, now, now + 60000);
    expect_on_all_routes(token, 401, 10);
    free(token);
}

static void expect_denied(enum route_access access, const char *token)
{
    for (size_t i = 0; i < route_count; i++) {
        char target[512];
        fill_pattern(routes[i].pattern, target);
        if (routes[i].access != access)
            continue;
        AUTO_ANSWER got = token != NULL
                              ? ask_with(&platform, token, routes[i].method, target, body_for(&routes[i]))
                              : ask(&platform, routes[i].method, target, body_for(&routes[i]));
        if (got.status != 403 || got.code != 20)
            fail_msg("%s %s: %u, code %u; expected 403", routes[i].method, target, got.status, got.code);
    }
}

static void administrators_and_customers_keep_to_their_routes(void **state)
{
    struct registry *registry = platform.hub.registry;
    struct customer customer = {.tenant_id = platform.api.tenant, .title = "customer"};
    assert_int_equal(registry_customer_add(registry, &customer, NULL), ERR_OK);
    struct caller who = someone();
    struct user user = {.id = who.user_id,
                        .tenant_id = customer.tenant_id,
                        .customer_id = customer.id,
                        .authority = AUTHORITY_CUSTOMER_USER,
                        .email = "user@customer"};
    struct login login = {.id = who.login_id, .user_id = user.id, .expires_ms = INT64_MAX};
    assert_int_equal(registry_user_add(registry, &user, NULL), ERR_OK);
    assert_int_equal(registry_login_add(registry, &login, NULL), ERR_OK);
    who.customer_id = customer.id;
    who.authority = AUTHORITY_CUSTOMER_USER;
    int64_t now = clock_wall_ms();
    char *token = token_issue(&platform.api, TOKEN_ACCESS, &who, now, now + 60000);
    expect_denied(ACCESS_TENANT, token);
    expect_denied(ACCESS_CUSTOMER, NULL);
    AUTO_ANSWER own = ask_with(&platform, token, "GET", "/api/auth/user", NULL);
    assert_int_equal(own.status, 200);
    assert_string_equal(text_at(own.document, "authority"), "CUSTOMER_USER");
    free(token);
}

static void a_token_of_another_key_or_algorithm_is_refused(void **state)
{
    struct caller who = someone(), read;
    int64_t now = clock_wall_ms();
    struct api other = {0};
    char *token = token_issue(&other, TOKEN_ACCESS, &who, now, now + 60000);
    assert_int_equal(token_read(&platform.api, TOKEN_ACCESS, slice_str(token), now, &read), ERR_AUTH);
    free(token);
    /* {"alg":"none"}, without signature */
    struct slice none = SLICE("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ0ZW5hbnRAbG9jYWxob3N0In0.");
    assert_int_equal(token_read(&platform.api, TOKEN_ACCESS, none, now, &read), ERR_AUTH);
    token = token_issue(&platform.api, TOKEN_ACCESS, &who, now, now + 60000);
    for (size_t i = 0, len = strlen(token); i < len; i += 7) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        err_t err = token_read(&platform.api, TOKEN_ACCESS, slice_str(token), now, &read);
        /* The last character of a part may hold unused bits only. */
        assert_true(err == ERR_AUTH || token[i + 1] == '\0');
        token[i] = kept;
    }
    assert_int_equal(token_read(&platform.api, TOKEN_ACCESS, slice_str(token), now, &read), ERR_OK);
    assert_string_equal(read.email, TEST_EMAIL);
    assert_true(uuid_eq(&read.login_id, &who.login_id));
    free(token);
}

/* With and without a login, and though its own token is what everybody sees in the path of others. */
static void a_device_and_a_person_open_no_doors_of_each_other(void **state)
{
    char id[UUID_TEXT_SIZE], target[512];
    make_device(&platform, "between", id);
    snprintf(target, sizeof target, "/api/device/%s/credentials", id);
    AUTO_ANSWER credentials = ask(&platform, "GET", target, NULL);
    const char *device_token = text_at(credentials.document, "credentialsId");
    expect_on_all_routes(device_token, 401, 10);

    struct caller who = someone();
    int64_t now = clock_wall_ms();
    char *login = token_issue(&platform.api, TOKEN_ACCESS, &who, now, now + 60000);
    const char *const no_tokens[] = {login, "me", id, "x"};
    for (size_t i = 0; i < sizeof no_tokens / sizeof no_tokens[0]; i++) {
        AUTO_BUF path = {0};
        buf_printf(&path, "/api/v1/%s/telemetry", no_tokens[i]);
        AUTO_ANSWER refused = ask_with(&platform, login, "POST", buf_cstr(&path), "{a:1}");
        assert_int_equal(refused.status, 401);
        AUTO_ANSWER local = ask(&platform, "POST", buf_cstr(&path), "{a:1}");
        assert_int_equal(local.status, 401);
    }
    snprintf(target, sizeof target, "/api/v1/%s/telemetry", device_token);
    AUTO_ANSWER taken = ask_with(&platform, NULL, "POST", target, "{a:1}");
    assert_int_equal(taken.status, 200);
    free(login);
}

/* Nobody could ever answer. */
static void a_poll_needs_a_running_server(void **state)
{
    char id[UUID_TEXT_SIZE], target[512];
    make_device(&platform, "offline", id);
    snprintf(target, sizeof target, "/api/device/%s/credentials", id);
    AUTO_ANSWER credentials = ask(&platform, "GET", target, NULL);
    snprintf(target, sizeof target, "/api/v1/%s/attributes/updates",
             text_at(credentials.document, "credentialsId"));
    AUTO_ANSWER got = ask(&platform, "GET", target, NULL);
    assert_int_equal(got.status, 503);
}

static void unknown_paths_answer_in_the_error_form(void **state)
{
    static const char *const paths[] = {
        "/api",         "/api/",           "/api/device/", "/api/nothing", "/api/device/a/b/c",
        "/api//device", "/api/auth/login/"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        AUTO_ANSWER got = ask(&platform, "GET", paths[i], NULL);
        assert_int_equal(got.status, 404);
        assert_int_equal(got.code, 32);
    }
}

static void a_wrong_method_names_the_right_ones(void **state)
{
    AUTO_ANSWER put = ask(&platform, "PUT", "/api/device/11111111-2222-4333-8444-555555555555", NULL);
    assert_int_equal(put.status, 405);
    assert_string_equal(put.response.allow, "GET, DELETE");
    /* A literal path belongs to its own row, not to the placeholder's. */
    AUTO_ANSWER get = ask(&platform, "GET", "/api/device/credentials", NULL);
    assert_int_equal(get.status, 405);
    assert_string_equal(get.response.allow, "POST");
}

static void every_route_is_reached_by_its_own_pattern(void **state)
{
    for (size_t i = 0; i < route_count; i++) {
        char target[512];
        fill_pattern(routes[i].pattern, target);
        const struct route *found = router_find(routes[i].method, slice_str(target));
        if (found != &routes[i])
            fail_msg("%s %s is shadowed by %s", routes[i].method, routes[i].pattern,
                     found != NULL ? found->pattern : "nothing");
    }
}

static void bodies_are_checked_before_the_handler(void **state)
{
    static const struct {
        const char *body, *message;
    } rows[] = {
        {NULL, "Required request body is missing"},
        {"[]", "the body is an array; expected an object"},
        {"{\"a\":", "the body is not JSON: "},
        {"{} {}", "the body is not JSON: "},
        {"{\"name\":\"\\u0000\"}", "the body is not JSON: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = ask(&platform, "POST", "/api/device", rows[i].body);
        assert_int_equal(got.status, 400);
        assert_int_equal(got.code, 31);
        assert_memory_equal(text_at(got.document, "message"), rows[i].message, strlen(rows[i].message));
    }
}

static void messages_are_utf8_whatever_they_quote(void **state)
{
    struct http_response response = {0};
    router_error(&response, 400, 0, "a\xff b\xc3\xa4 c\xe2\x82");
    AUTO_JSON document = json_loadb((char *)response.body.data, response.body.len, 0, NULL);
    assert_string_equal(text_at(document, "message"), "a? b\xc3\xa4 c??");
    http_response_fini(&response);
    AUTO_ANSWER got = ask(&platform, "POST", "/api/device", "{\"name\":\xff}");
    assert_int_equal(got.status, 400);
    assert_memory_equal(text_at(got.document, "message"), "the body is not JSON: ", 22);
}

static void a_body_above_its_routes_limit_is_413(void **state)
{
    char *body = malloc(70000);
    memset(body, ' ', 69999);
    body[69999] = '\0';
    AUTO_ANSWER got = ask(&platform, "POST", "/api/auth/login", body);
    assert_int_equal(got.status, 413);
    free(body);
}

static void targets_are_decoded_once(void **state)
{
    char text[HTTP_TARGET_MAX];
    struct http_request request = {0};
    struct slice value;
    assert_int_equal(http_request_target(&request, "GET", "/a%2520b?x=1%262+3&y&&z=", text), ERR_OK);
    assert_true(slice_eq_str(request.path, "/a%20b"));
    assert_int_equal(request.param_count, 3);
    assert_true(http_request_param(&request, "x", &value));
    assert_true(slice_eq_str(value, "1&2 3"));
    assert_true(http_request_param(&request, "z", &value));
    assert_int_equal(value.len, 0);
    assert_false(http_request_param(&request, "w", &value));
    static const char *const bad[] = {"", "a", "?x", "/%", "/%4", "/%zz", "/%00", "/%ff", "/?x=%00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(http_request_target(&request, "GET", bad[i], text), ERR_INVALID);
}

static int open_platform(void **state)
{
    platform_open(&platform, NULL);
    return 0;
}

static int close_platform(void **state)
{
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_route_answers_without_a_token),
        cmocka_unit_test(no_route_answers_to_an_expired_token),
        cmocka_unit_test(no_route_answers_to_an_ended_login),
        cmocka_unit_test(a_refresh_token_opens_no_route),
        cmocka_unit_test(administrators_and_customers_keep_to_their_routes),
        cmocka_unit_test(a_token_of_another_key_or_algorithm_is_refused),
        cmocka_unit_test(a_device_and_a_person_open_no_doors_of_each_other),
        cmocka_unit_test(a_poll_needs_a_running_server),
        cmocka_unit_test(unknown_paths_answer_in_the_error_form),
        cmocka_unit_test(a_wrong_method_names_the_right_ones),
        cmocka_unit_test(every_route_is_reached_by_its_own_pattern),
        cmocka_unit_test(bodies_are_checked_before_the_handler),
        cmocka_unit_test(messages_are_utf8_whatever_they_quote),
        cmocka_unit_test(a_body_above_its_routes_limit_is_413),
        cmocka_unit_test(targets_are_decoded_once),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
