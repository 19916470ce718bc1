#include "http/auth.h"

#include "base/clock.h"
#include "http/login_guard.h"
#include "platform.h"
#include "unit.h"

#include <stdio.h>

enum { TOKEN_BODY = 2048 };

static struct platform platform;

static struct answer log_in(const char *name, const char *password)
{
    char body[512];
    snprintf(body, sizeof body, "{\"username\":\"%s\",\"password\":\"%s\"}", name, password);
    return ask_with(&platform, NULL, "POST", "/api/auth/login", body);
}

static void a_login_gives_tokens_that_work_until_logout(void **state)
{
    AUTO_ANSWER in = log_in("Tenant@LOCALHOST", TEST_PASSWORD);
    assert_int_equal(in.status, 200);
    assert_true(json_is_null(value_at(in.document, "scope")));
    const char *token = text_at(in.document, "token");
    AUTO_ANSWER user = ask_with(&platform, token, "GET", "/api/auth/user", NULL);
    assert_int_equal(user.status, 200);
    assert_string_equal(text_at(user.document, "email"), TEST_EMAIL);
    assert_string_equal(text_at(user.document, "authority"), "TENANT_ADMIN");
    assert_string_equal(text_at(user.document, "id.entityType"), "USER");
    assert_string_equal(text_at(user.document, "customerId.id"), "13814000-1dd2-11b2-8080-808080808080");
    assert_null(value_at(user.document, "passwordHash"));
    AUTO_ANSWER out = ask_with(&platform, token, "POST", "/api/auth/logout", NULL);
    assert_int_equal(out.status, 200);
    AUTO_ANSWER after = ask_with(&platform, token, "GET", "/api/auth/user", NULL);
    assert_int_equal(after.status, 401);
    char body[TOKEN_BODY];
    snprintf(body, sizeof body, "{\"refreshToken\":\"%s\"}", text_at(in.document, "refreshToken"));
    AUTO_ANSWER refreshed = ask_with(&platform, NULL, "POST", "/api/auth/token", body);
    assert_int_equal(refreshed.status, 401);
}

static void a_refresh_token_gives_new_tokens(void **state)
{
    char body[TOKEN_BODY];
    AUTO_ANSWER in = log_in(TEST_EMAIL, TEST_PASSWORD);
    snprintf(body, sizeof body, "{\"refreshToken\":\"%s\"}", text_at(in.document, "refreshToken"));
    AUTO_ANSWER fresh = ask_with(&platform, NULL, "POST", "/api/auth/token", body);
    assert_int_equal(fresh.status, 200);
    AUTO_ANSWER user = ask_with(&platform, text_at(fresh.document, "token"), "GET", "/api/auth/user", NULL);
    assert_int_equal(user.status, 200);
    /* An access token is no refresh token. */
    snprintf(body, sizeof body, "{\"refreshToken\":\"%s\"}", text_at(in.document, "token"));
    AUTO_ANSWER wrong = ask_with(&platform, NULL, "POST", "/api/auth/token", body);
    assert_int_equal(wrong.status, 401);
    AUTO_ANSWER none = ask_with(&platform, NULL, "POST", "/api/auth/token", "{}");
    assert_int_equal(none.status, 401);
}

static void wrong_and_unknown_answer_alike_and_take_as_long(void **state)
{
    uint64_t begun = clock_mono_ms();
    AUTO_ANSWER wrong = log_in(TEST_EMAIL, "wrong horse");
    uint64_t wrong_ms = clock_mono_ms() - begun;
    begun = clock_mono_ms();
    AUTO_ANSWER unknown = log_in("nobody@localhost", "wrong horse");
    uint64_t unknown_ms = clock_mono_ms() - begun;
    assert_int_equal(wrong.status, 401);
    assert_int_equal(unknown.status, 401);
    assert_int_equal(wrong.code, 10);
    assert_string_equal(text_at(wrong.document, "message"), "Invalid username or password");
    assert_string_equal(text_at(unknown.document, "message"), "Invalid username or password");
    assert_true(unknown_ms * 5 >= wrong_ms); /* both hash: none is answered in no time */
    AUTO_ANSWER empty = ask_with(&platform, NULL, "POST", "/api/auth/login", "{\"username\":7}");
    assert_int_equal(empty.status, 400);
}

static void a_guessed_account_has_to_wait(void **state)
{
    for (unsigned i = 0; i < platform.settings.auth.login_attempts; i++) {
        AUTO_ANSWER wrong = log_in("guessed@localhost", "wrong horse");
        assert_int_equal(wrong.status, 401);
    }
    AUTO_ANSWER waits = log_in("GUESSED@localhost", "wrong horse");
    assert_int_equal(waits.status, 429);
    assert_int_equal(waits.code, 33);
    assert_int_equal(waits.response.retry_after_s, 1);
    AUTO_ANSWER other = log_in(TEST_EMAIL, TEST_PASSWORD);
    assert_int_equal(other.status, 200);
}

/* U+212A is another capital k: the same account, however it is spelt. */
static void another_spelling_is_the_same_account(void **state)
{
    struct problem problem = {0};
    assert_int_equal(auth_create_administrator(&platform.hub, "kit@localhost", TEST_PASSWORD, &problem),
                     ERR_OK);
    for (unsigned i = 0; i < platform.settings.auth.login_attempts; i++) {
        AUTO_ANSWER wrong = log_in(i % 2 != 0 ? "kit@localhost" : "\xe2\x84\xaait@localhost", "wrong horse");
        assert_int_equal(wrong.status, 401);
    }
    AUTO_ANSWER waits = log_in("KIT@localhost", TEST_PASSWORD);
    assert_int_equal(waits.status, 429);
}

static void the_wait_grows_and_is_forgotten(void **state)
{
    struct login_guard *guard = login_guard_new(2);
    struct slice name = SLICE("a@b");
    uint64_t now = 1000000;
    static const unsigned waits[] = {0, 1, 2, 4, 8, 16, 32, 60, 60};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal(login_guard_failed(guard, name, now), i == 1); /* told once */
        assert_int_equal(login_guard_wait(guard, name, now), waits[i]);
        assert_int_equal(login_guard_wait(guard, SLICE("A@B"), now), waits[i]);
        assert_int_equal(login_guard_wait(guard, SLICE("c@b"), now), 0);
        now += waits[i] * 1000;
        assert_int_equal(login_guard_wait(guard, name, now), 0);
    }
    now += LOGIN_GUARD_MEMORY_S * UINT64_C(1000) + 1;
    login_guard_failed(guard, name, now);
    assert_int_equal(login_guard_wait(guard, name, now), 0);
    login_guard_failed(guard, name, now);
    login_guard_succeeded(guard, name);
    login_guard_failed(guard, name, now);
    assert_int_equal(login_guard_wait(guard, name, now), 0);
    for (uint64_t i = 0; i < 20000; i++) /* many accounts: bounded, no crash */
        login_guard_failed(guard, slice_of(&i, sizeof i), now + i);
    login_guard_free(guard);
}

static void a_changed_password_ends_other_logins(void **state)
{
    AUTO_ANSWER in = log_in(TEST_EMAIL, TEST_PASSWORD);
    AUTO_ANSWER other = log_in(TEST_EMAIL, TEST_PASSWORD);
    const char *token = text_at(in.document, "token");
    static const char *const refused[] = {
        "{}", "{\"currentPassword\":\"correct horse\"}",
        "{\"currentPassword\":\"correct horse\",\"newPassword\":\"short\"}",
        "{\"currentPassword\":\"wrong horse\",\"newPassword\":\"a new password\"}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        AUTO_ANSWER got = ask_with(&platform, token, "POST", "/api/auth/changePassword", refused[i]);
        assert_int_equal(got.status, 400);
    }
    AUTO_ANSWER done = ask_with(&platform, token, "POST", "/api/auth/changePassword",
                                "{\"currentPassword\":\"correct horse\",\"newPassword\":\"a new password\"}");
    assert_int_equal(done.status, 200);
    AUTO_ANSWER ended = ask_with(&platform, text_at(other.document, "token"), "GET", "/api/auth/user", NULL);
    assert_int_equal(ended.status, 401);
    AUTO_ANSWER goes_on = ask_with(&platform, text_at(done.document, "token"), "GET", "/api/auth/user", NULL);
    assert_int_equal(goes_on.status, 200);
    AUTO_ANSWER again = log_in(TEST_EMAIL, "a new password");
    assert_int_equal(again.status, 200);
}

static void administrators_are_checked(void **state)
{
    struct problem problem = {0};
    assert_int_equal(auth_create_administrator(&platform.hub, TEST_EMAIL, TEST_PASSWORD, &problem),
                     ERR_CONFLICT);
    assert_int_equal(auth_create_administrator(&platform.hub, "nobody", TEST_PASSWORD, &problem),
                     ERR_INVALID);
    assert_int_equal(auth_create_administrator(&platform.hub, "a@b", "short", &problem), ERR_INVALID);
    assert_string_equal(problem.field, "password");
}

static int open_platform(void **state)
{
    platform_open(&platform, NULL);
    platform_make_administrator(&platform);
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
        cmocka_unit_test(a_login_gives_tokens_that_work_until_logout),
        cmocka_unit_test(a_refresh_token_gives_new_tokens),
        cmocka_unit_test(wrong_and_unknown_answer_alike_and_take_as_long),
        cmocka_unit_test(a_guessed_account_has_to_wait),
        cmocka_unit_test(another_spelling_is_the_same_account),
        cmocka_unit_test(the_wait_grows_and_is_forgotten),
        cmocka_unit_test(administrators_are_checked),
        cmocka_unit_test(a_changed_password_ends_other_logins),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
