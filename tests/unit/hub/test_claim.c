/* Devices that let themselves be claimed, and who gets them. */
#include "hub/claim.h"

#include "ota.h"

static struct ota_house house;
static struct uuid tenant;
static struct claimant alice, bob;

static struct claimant claimant_of(const char *title)
{
    struct customer customer = {.tenant_id = tenant};
    snprintf(customer.title, sizeof customer.title, "%s", title);
    assert_int_equal(registry_customer_add(house.hub.registry, &customer, NULL), ERR_OK);
    return (struct claimant){tenant, customer.id, uuid_random()};
}

static int set_up(void **state)
{
    ota_open(&house);
    assert_int_equal(registry_tenant_default(house.hub.registry, &tenant, NULL), ERR_OK);
    alice = claimant_of("alice");
    bob = claimant_of("bob");
    return 0;
}

static int tear_down(void **state)
{
    ota_close(&house);
    return 0;
}

static uint64_t add_device(const char *name)
{
    struct device d = {.tenant_id = tenant, .customer_id = CUSTOMER_NOBODY, .profile_id = house.profile.id};
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(d.name, sizeof d.name, "%s", name);
    snprintf(c.credentials_id, sizeof c.credentials_id, "token of %s", name);
    assert_int_equal(registry_device_add(house.hub.registry, &d, &c, NULL), ERR_OK);
    return d.number;
}

static err_t allow(uint64_t device, const char *payload)
{
    struct problem problem = {0};
    err_t err = claim_allow(&house.hub, device, slice_str(payload), &problem);
    assert_true(err == ERR_OK || problem.text[0] != '\0');
    return err;
}

static err_t try_claim(const struct claimant *who, const char *name, const char *secret,
                       enum claim_outcome *ret)
{
    struct device device;
    struct problem problem = {0};
    err_t err = claim_device(&house.hub, who, name, secret, ret, &device, &problem);
    if (err == ERR_OK && *ret == CLAIM_SUCCESS) {
        assert_true(uuid_eq(&device.customer_id, &who->customer_id));
        device_fini(&device);
    }
    return err;
}

static const char *claim(const struct claimant *who, const char *name, const char *secret)
{
    enum claim_outcome outcome;
    assert_int_equal(try_claim(who, name, secret, &outcome), ERR_OK);
    return claim_outcome_name(outcome);
}

static void what_a_message_may_say(void **state)
{
    static const struct {
        const char *payload, *secret;
        uint64_t duration_ms;
    } rows[] = {
        {"", "", 0},
        {"{}", "", 0},
        {"{secretKey:s,durationMs:60000}", "s", 60000},
        {"{\"secretKey\":null,\"durationMs\":null,\"other\":[1]}", "", 0},
        {"{\"secretKey\":\"\\u00e4\"}", "\xc3\xa4", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct claim_terms terms;
        struct problem problem = {0};
        assert_int_equal(claim_read(slice_str(rows[i].payload), 8, &terms, &problem), ERR_OK);
        assert_string_equal(terms.secret, rows[i].secret);
        assert_int_equal(terms.duration_ms, rows[i].duration_ms);
    }
}

static void what_is_no_claim(void **state)
{
    static const char *const payloads[] = {"{",
                                           "[]",
                                           "7",
                                           "\"s\"",
                                           "{durationMs:-1}",
                                           "{durationMs:[]}",
                                           "{secretKey:{}}",
                                           "{\"secretKey\":\"a\\u0000b\"}",
                                           "{\"durationMs\":1.5}"};
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        struct claim_terms terms;
        struct problem problem = {0};
        if (claim_read(slice_str(payloads[i]), 8, &terms, &problem) != ERR_INVALID)
            fail_msg("%s was read", payloads[i]);
        assert_string_not_equal(problem.text, "");
    }
    char *huge = calloc(1, 400);
    memset(huge, 's', 399);
    memcpy(huge, "{secretKey:", 11);
    huge[398] = '}';
    assert_int_equal(allow(1, huge), ERR_INVALID);
    free(huge);
}

static void the_secret_decides_and_works_once(void **state)
{
    uint64_t device = add_device("pump");
    assert_string_equal(claim(&alice, "pump", ""), "FAILURE"); /* nothing was allowed */
    assert_int_equal(allow(device, "{secretKey:s}"), ERR_OK);
    assert_string_equal(claim(&alice, "pump", ""), "FAILURE");
    assert_string_equal(claim(&alice, "pump", "S"), "FAILURE");
    assert_string_equal(claim(&alice, "pump", "s"), "SUCCESS");
    assert_string_equal(claim(&alice, "pump", "s"), "CLAIMED");
    assert_string_equal(claim(&bob, "pump", "s"), "CLAIMED");
    assert_string_equal(claim(&bob, "no such device", "s"), "FAILURE");
}

static void without_a_secret_none_is_needed(void **state)
{
    assert_int_equal(allow(add_device("valve"), ""), ERR_OK);
    assert_string_equal(claim(&alice, "valve", "x"), "FAILURE");
    assert_string_equal(claim(&alice, "valve", ""), "SUCCESS");
}

static void the_last_word_of_a_device_counts(void **state)
{
    uint64_t device = add_device("door");
    assert_int_equal(allow(device, "{secretKey:a}"), ERR_OK);
    assert_int_equal(allow(device, "{secretKey:b}"), ERR_OK);
    assert_string_equal(claim(&alice, "door", "a"), "FAILURE");
    assert_string_equal(claim(&alice, "door", "b"), "SUCCESS");
}

static void another_tenants_customer_finds_nothing(void **state)
{
    struct claimant stranger = {uuid_random(), alice.customer_id, uuid_random()};
    assert_int_equal(allow(add_device("lamp"), ""), ERR_OK);
    assert_string_equal(claim(&stranger, "lamp", ""), "FAILURE");
}

static void it_ends_with_its_time(void **state)
{
    assert_int_equal(allow(add_device("clock"), "{durationMs:1}"), ERR_OK);
    nanosleep(&(struct timespec){0, 5000000}, NULL);
    assert_string_equal(claim(&alice, "clock", ""), "FAILURE");
}

static void the_setting_is_the_longest_time(void **state)
{
    house.settings.claim.duration = 1;
    assert_int_equal(allow(add_device("sensor"), "{durationMs:9000000000000}"), ERR_OK);
    house.settings.claim.duration = 86400000;
    nanosleep(&(struct timespec){0, 5000000}, NULL);
    assert_string_equal(claim(&alice, "sensor", ""), "FAILURE");
}

static void what_is_given_back_must_be_allowed_anew(void **state)
{
    struct uuid id = {0};
    uint64_t device = add_device("bike");
    assert_int_equal(allow(device, "{secretKey:s}"), ERR_OK);
    assert_string_equal(claim(&alice, "bike", "s"), "SUCCESS");
    assert_int_equal(allow(device, "{secretKey:s}"), ERR_OK); /* as it does at each start */
    assert_int_equal(claim_give_back(&house.hub, &bob, "bike", &id, NULL), ERR_NOT_FOUND);
    assert_int_equal(claim_give_back(&house.hub, &alice, "no bike", &id, NULL), ERR_NOT_FOUND);
    assert_true(uuid_is_nil(&id));
    assert_int_equal(claim_give_back(&house.hub, &alice, "bike", &id, NULL), ERR_OK);
    assert_false(uuid_is_nil(&id));
    assert_int_equal(claim_give_back(&house.hub, &alice, "bike", &id, NULL), ERR_NOT_FOUND);
    assert_string_equal(claim(&bob, "bike", "s"), "FAILURE");
    assert_int_equal(allow(device, "{secretKey:s}"), ERR_OK);
    assert_string_equal(claim(&bob, "bike", "s"), "SUCCESS");
}

static void guesses_are_limited_by_device(void **state)
{
    enum claim_outcome outcome;
    uint64_t device = add_device("safe");
    assert_int_equal(allow(device, "{secretKey:s}"), ERR_OK);
    for (unsigned i = 0; i < house.settings.claim.per_device; i++) {
        struct claimant other = {tenant, bob.customer_id, uuid_random()};
        assert_string_equal(claim(&other, "safe", "guess"), "FAILURE");
    }
    assert_int_equal(try_claim(&alice, "safe", "s", &outcome), ERR_LIMIT);
    assert_int_equal(try_claim(&alice, "another", "s", &outcome), ERR_OK);
}

static void guesses_are_limited_by_user(void **state)
{
    enum claim_outcome outcome;
    char name[32];
    for (unsigned i = 0; i < house.settings.claim.per_user; i++) {
        snprintf(name, sizeof name, "guess %u", i);
        assert_string_equal(claim(&alice, name, ""), "FAILURE");
    }
    assert_int_equal(try_claim(&alice, "fresh", "", &outcome), ERR_LIMIT);
    assert_int_equal(try_claim(&bob, "fresh", "", &outcome), ERR_OK);
}

static void successes_are_not_limited(void **state)
{
    char name[32];
    for (unsigned i = 0; i < house.settings.claim.per_user + 20; i++) {
        snprintf(name, sizeof name, "device %u", i);
        assert_int_equal(allow(add_device(name), ""), ERR_OK);
        assert_string_equal(claim(&alice, name, ""), "SUCCESS");
    }
}

static void what_is_open_is_bounded(void **state)
{
    struct hub hub = {.settings = &house.settings};
    house.settings.claim.max_open = 2;
    assert_int_equal(claims_new(&house.settings, &hub.claims), ERR_OK);
    assert_int_equal(claim_allow(&hub, 1, slice_str(""), NULL), ERR_OK);
    assert_int_equal(claim_allow(&hub, 2, slice_str("{durationMs:1}"), NULL), ERR_OK);
    assert_int_equal(claim_allow(&hub, 1, slice_str("{secretKey:s}"), NULL), ERR_OK); /* its own place */
    nanosleep(&(struct timespec){0, 5000000}, NULL);
    assert_int_equal(claim_allow(&hub, 3, slice_str(""), NULL), ERR_OK); /* where 2 was */
    assert_int_equal(claim_allow(&hub, 4, slice_str(""), NULL), ERR_LIMIT);
    claims_free(hub.claims);
}

static void it_can_be_switched_off(void **state)
{
    house.settings.claim.allowed = false;
    assert_int_equal(allow(1, ""), ERR_DENIED);
    house.settings.claim.allowed = true;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_message_may_say),
        TEST(what_is_no_claim),
        TEST(the_secret_decides_and_works_once),
        TEST(without_a_secret_none_is_needed),
        TEST(the_last_word_of_a_device_counts),
        TEST(another_tenants_customer_finds_nothing),
        TEST(it_ends_with_its_time),
        TEST(the_setting_is_the_longest_time),
        TEST(what_is_given_back_must_be_allowed_anew),
        TEST(guesses_are_limited_by_device),
        TEST(guesses_are_limited_by_user),
        TEST(successes_are_not_limited),
        TEST(what_is_open_is_bounded),
        TEST(it_can_be_switched_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
