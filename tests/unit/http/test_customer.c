/* Customers, their users and devices over REST; claiming. */
#include "platform.h"

#include "hub/claim.h"

#include "unit.h"

#include <stdio.h>

#define NOBODY "13814000-1dd2-11b2-8080-808080808080"

static struct platform platform;

static void make_customer(const char *title, char id[UUID_TEXT_SIZE])
{
    char body[320];
    snprintf(body, sizeof body, "{\"title\":\"%s\"}", title);
    AUTO_ANSWER made = ask(&platform, "POST", "/api/customer", body);
    assert_int_equal(made.status, 200);
    snprintf(id, UUID_TEXT_SIZE, "%s", text_at(made.document, "id.id"));
}

static struct answer add_user(const char *email, const char *authority, const char *customer)
{
    char body[512];
    snprintf(body, sizeof body,
             "{\"email\":\"%s\",\"authority\":\"%s\",\"customerId\":{\"id\":\"%s\"},\"firstName\":\"Ann\"}",
             email, authority, customer);
    return ask(&platform, "POST", "/api/user?sendActivationMail=false", body);
}

/* The token of the link. */
static void get_link(const char *user, char token[64])
{
    char path[128];
    const char *prefix = "http://iot.example:8080/api/noauth/activate?activateToken=";
    snprintf(path, sizeof path, "/api/user/%s/activationLink", user);
    AUTO_ANSWER link = ask(&platform, "GET", path, NULL);
    assert_int_equal(link.status, 200);
    assert_string_equal(link.response.content_type, "text/plain");
    struct slice text = http_response_body(&link.response);
    assert_true(slice_starts_with(text, slice_str(prefix)));
    assert_true(slice_to_cstr(slice_skip(text, strlen(prefix)), token, 64));
}

static struct answer activate(const char *token, const char *password)
{
    char body[256];
    snprintf(body, sizeof body, "{\"activateToken\":\"%s\",\"password\":\"%s\"}", token, password);
    return ask_with(&platform, NULL, "POST", "/api/noauth/activate", body);
}

static struct answer log_in(const char *name, const char *password)
{
    char body[256];
    snprintf(body, sizeof body, "{\"username\":\"%s\",\"password\":\"%s\"}", name, password);
    return ask_with(&platform, NULL, "POST", "/api/auth/login", body);
}

static void customers_come_and_go(void **state)
{
    char id[UUID_TEXT_SIZE], path[128];
    make_customer("Kunde A", id);
    AUTO_ANSWER twice = ask(&platform, "POST", "/api/customer", "{\"title\":\"Kunde A\"}");
    assert_int_equal(twice.status, 400);
    assert_string_equal(text_at(twice.document, "message"), "Customer with such title already exists!");
    static const char *const bad[] = {"{}", "{\"title\":7}", "{\"title\":\"\\n\"}",
                                      "{\"title\":\"x\",\"id\":7}", "{\"title\":\"x\",\"zip\":7}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        AUTO_ANSWER got = ask(&platform, "POST", "/api/customer", bad[i]);
        assert_int_equal(got.status, 400);
    }
    AUTO_ANSWER list = ask(&platform, "GET", "/api/customers?pageSize=10&page=0&textSearch=kunde", NULL);
    assert_int_equal(json_integer_value(value_at(list.document, "totalElements")), 1);
    assert_string_equal(text_at(list.document, "data.0.title"), "Kunde A");
    AUTO_ANSWER unsorted = ask(&platform, "GET", "/api/customers?pageSize=10&page=0&sortProperty=x", NULL);
    assert_int_equal(unsorted.status, 400);
    snprintf(path, sizeof path, "/api/customer/%s", id);
    AUTO_ANSWER got = ask(&platform, "GET", path, NULL);
    assert_string_equal(text_at(got.document, "id.entityType"), "CUSTOMER");
    AUTO_ANSWER gone = ask(&platform, "DELETE", path, NULL);
    assert_int_equal(gone.status, 200);
    AUTO_ANSWER again = ask(&platform, "DELETE", path, NULL);
    assert_int_equal(again.status, 404);
}

static void devices_are_assigned_and_unassigned(void **state)
{
    char customer[UUID_TEXT_SIZE], device[UUID_TEXT_SIZE], path[160];
    make_customer("owner", customer);
    make_device(&platform, "assigned", device);
    snprintf(path, sizeof path, "/api/customer/%s/device/%s", customer, device);
    AUTO_ANSWER assigned = ask(&platform, "POST", path, NULL);
    assert_int_equal(assigned.status, 200);
    assert_string_equal(text_at(assigned.document, "customerId.id"), customer);
    assert_string_equal(text_at(assigned.document, "ownerId.entityType"), "CUSTOMER");
    snprintf(path, sizeof path, "/api/device/info/%s", device);
    AUTO_ANSWER info = ask(&platform, "GET", path, NULL);
    assert_string_equal(text_at(info.document, "customerTitle"), "owner");
    assert_string_equal(text_at(info.document, "ownerName"), "owner");
    char *whole = json_dumps(assigned.document, 0);
    AUTO_ANSWER saved = ask(&platform, "POST", "/api/device", whole); /* as a page does: it stays */
    free(whole);
    assert_int_equal(saved.status, 200);
    assert_string_equal(text_at(saved.document, "customerId.id"), customer);
    snprintf(path, sizeof path, "/api/customer/device/%s", device);
    AUTO_ANSWER freed = ask(&platform, "DELETE", path, NULL);
    assert_int_equal(freed.status, 200);
    assert_string_equal(text_at(freed.document, "customerId.id"), NOBODY);
    AUTO_ANSWER twice = ask(&platform, "DELETE", path, NULL);
    assert_int_equal(twice.status, 400);
    snprintf(path, sizeof path, "/api/customer/%s/device/%s", device, device);
    AUTO_ANSWER unknown = ask(&platform, "POST", path, NULL);
    assert_int_equal(unknown.status, 404);
}

static void users_are_checked(void **state)
{
    char customer[UUID_TEXT_SIZE];
    make_customer("checks", customer);
    static const struct {
        const char *email, *authority, *customer, *message;
    } rows[] = {
        {"no address", "CUSTOMER_USER", NULL, "email is 'no address'"},
        {"", "CUSTOMER_USER", NULL, "email is empty"},
        {"a@b", "OWNER", NULL, "authority is 'OWNER'"},
        {"a@b", "CUSTOMER_USER", NOBODY, "customerId is missing"},
        {"a@b", "CUSTOMER_USER", "11111111-2222-4333-8444-555555555555", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = add_user(rows[i].email, rows[i].authority,
                                   rows[i].customer != NULL ? rows[i].customer : customer);
        assert_int_equal(got.status, 400);
        if (strncmp(text_at(got.document, "message"), rows[i].message, strlen(rows[i].message)) != 0)
            fail_msg("%s", text_at(got.document, "message"));
    }
    AUTO_ANSWER made = add_user("twice@checks", "CUSTOMER_USER", customer);
    assert_int_equal(made.status, 200);
    AUTO_ANSWER twice = add_user("Twice@Checks", "CUSTOMER_USER", customer);
    assert_int_equal(twice.status, 400);
    AUTO_ANSWER mail = ask(&platform, "POST", "/api/user?sendActivationMail=true", "{}");
    assert_int_equal(mail.status, 400);
}

static void a_link_sets_the_first_password(void **state)
{
    char customer[UUID_TEXT_SIZE], user[UUID_TEXT_SIZE], old[64], token[64], path[128];
    make_customer("activates", customer);
    AUTO_ANSWER made = add_user("ann@activates", "CUSTOMER_USER", customer);
    snprintf(user, sizeof user, "%s", text_at(made.document, "id.id"));
    AUTO_ANSWER early = log_in("ann@activates", "");
    assert_int_equal(early.status, 401);
    get_link(user, old);
    get_link(user, token);
    AUTO_ANSWER stale = activate(old, "a password");
    assert_int_equal(stale.status, 400);
    AUTO_ANSWER brief = activate(token, "short");
    assert_int_equal(brief.status, 400);
    AUTO_ANSWER missing = ask_with(&platform, NULL, "POST", "/api/noauth/activate", "{}");
    assert_int_equal(missing.status, 400);
    AUTO_ANSWER in = activate(token, "a password");
    assert_int_equal(in.status, 200);
    AUTO_ANSWER self = ask_with(&platform, text_at(in.document, "token"), "GET", "/api/auth/user", NULL);
    assert_string_equal(text_at(self.document, "customerId.id"), customer);
    assert_string_equal(text_at(self.document, "ownerId.id"), customer);
    AUTO_ANSWER twice = activate(token, "another password");
    assert_int_equal(twice.status, 400);
    AUTO_ANSWER again = log_in("ann@activates", "a password");
    assert_int_equal(again.status, 200);
    snprintf(path, sizeof path, "/api/user/%s/activationLink", user);
    AUTO_ANSWER done = ask(&platform, "GET", path, NULL);
    assert_int_equal(done.status, 400);
    assert_string_equal(text_at(done.document, "message"), "User is already activated!");
    snprintf(path, sizeof path, "/api/customer/%s", customer);
    AUTO_ANSWER gone = ask(&platform, "DELETE", path, NULL);
    assert_int_equal(gone.status, 200);
    AUTO_ANSWER ended = ask_with(&platform, text_at(again.document, "token"), "GET", "/api/auth/user", NULL);
    assert_int_equal(ended.status, 401);
}

static void allow(const char *id, const char *payload)
{
    struct uuid uuid;
    struct device device;
    assert_true(uuid_parse(slice_str(id), &uuid));
    assert_int_equal(registry_device_get(platform.hub.registry, &platform.api.tenant, &uuid, &device, NULL),
                     ERR_OK);
    assert_int_equal(claim_allow(&platform.hub, device.number, slice_str(payload), NULL), ERR_OK);
    device_fini(&device);
}

static void expect_claim(const char *token, const char *body, unsigned status, const char *response)
{
    AUTO_ANSWER got = ask_with(&platform, token, "POST", "/api/customer/device/claimed/claim", body);
    assert_int_equal(got.status, status);
    assert_string_equal(text_at(got.document, "response"), response);
    assert_int_equal(json_is_object(value_at(got.document, "device")), status == 200);
}

static void a_customers_user_claims_and_gives_back(void **state)
{
    char customer[UUID_TEXT_SIZE], device[UUID_TEXT_SIZE], token[64], path[128];
    make_customer("claims", customer);
    make_device(&platform, "claimed", device);
    AUTO_ANSWER made = add_user("cleo@claims", "CUSTOMER_USER", customer);
    get_link(text_at(made.document, "id.id"), token);
    AUTO_ANSWER in = activate(token, "a password");
    const char *access = text_at(in.document, "token");
    allow(device, "{secretKey:s}");
    expect_claim(access, NULL, 400, "FAILURE");
    expect_claim(access, "{\"secretKey\":\"s\"}", 200, "SUCCESS");
    expect_claim(access, "{\"secretKey\":\"s\"}", 400, "CLAIMED");
    expect_claim(access, "[]", 400, "");
    AUTO_ANSWER back = ask_with(&platform, access, "DELETE", "/api/customer/device/claimed/claim", NULL);
    assert_int_equal(back.status, 200);
    AUTO_ANSWER twice = ask_with(&platform, access, "DELETE", "/api/customer/device/claimed/claim", NULL);
    assert_int_equal(twice.status, 404);
    allow(device, "");
    snprintf(path, sizeof path, "/api/customer/%s/device/%s", customer, device);
    AUTO_ANSWER assigned = ask(&platform, "POST", path, NULL);
    assert_int_equal(assigned.status, 200);
    expect_claim(access, NULL, 400, "CLAIMED");
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
        cmocka_unit_test(customers_come_and_go),
        cmocka_unit_test(devices_are_assigned_and_unassigned),
        cmocka_unit_test(users_are_checked),
        cmocka_unit_test(a_link_sets_the_first_password),
        cmocka_unit_test(a_customers_user_claims_and_gives_back),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
