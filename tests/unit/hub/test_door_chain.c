/* Logins by an authority, asked as a reactor asks: with a real registry, workers, and a doorway drained by hand. */
#include "unit.h"

#include "../store/chain_profile.h"
#include "base/text.h"
#include "hub/door.h"
#include "hub/door_chain.h"
#include "hub/profiles.h"

#include <ftw.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CA "critical,CA:TRUE"

static struct house {
    char dir[64];
    struct settings settings;
    struct hub hub;
    struct uuid tenant;
    struct mailbox box;
    struct doorway *doorway;
    uint64_t revoked; /* the last device the doorway was told to close */
    unsigned answers;
} house;

/* root -> middle -> leaves; profile "pumps" has root, its devices are called before the first dot. */
static struct signer root, middle;
static struct profile pumps;

static void on_revoke(void *arg, uint64_t device)
{
    house.revoked = device;
}

static void on_profile_changed(void *arg, struct profile_config *config)
{
}

static struct profile add_profile(const char *name, const struct signer *authority, const char *pattern,
                                  bool may_create)
{
    struct profile p = chain_profile(&house.tenant, name, authority, pattern, may_create);
    assert_int_equal(registry_profile_add(house.hub.registry, &p, NULL), ERR_OK);
    return p;
}

static int set_up(void **state)
{
    static const struct doorway_events events = {on_revoke, on_profile_changed};
    struct house *h = &house;
    *h = (struct house){.dir = "/tmp/postern-chain-XXXXXX"};
    h->settings.tls.min_rsa_bits = 2048;
    h->settings.tls.max_chain = 4;
    h->hub.settings = &h->settings;
    assert_non_null(mkdtemp(h->dir));
    assert_int_equal(registry_open(h->dir, true, &h->hub.registry, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(h->hub.registry, &h->tenant, NULL), ERR_OK);
    assert_int_equal(workers_start(2, 64, &h->hub.workers), ERR_OK);
    assert_int_equal(profiles_new(&h->hub.profiles), ERR_OK);
    assert_int_equal(door_new(&h->hub, &h->hub.door), ERR_OK);
    mailbox_init(&h->box, 64, NULL, NULL);
    assert_int_equal(doorway_new(h->hub.door, &h->box, &events, h, &h->doorway), ERR_OK);
    root = sign_wish(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    middle = sign_wish(&(struct wish){.subject = "Middle", .constraints = CA}, &root);
    pumps = add_profile("pumps", &root, "^([^.]+)\\\\.pumps", true);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct house *h = &house;
    workers_stop(h->hub.workers);
    doorway_free(h->doorway);
    door_free(h->hub.door);
    profiles_free(h->hub.profiles);
    registry_close(h->hub.registry);
    profile_fini(&pumps);
    signer_fini(&root);
    signer_fini(&middle);
    return nftw(h->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void on_answer(struct door_question *question)
{
    house.answers++;
}

static void wait_for_answer(void)
{
    for (int i = 0; i < 10000 && house.answers == 0; i++) {
        mailbox_drain(&house.box, &house);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    assert_int_equal(house.answers, 1);
    house.answers = 0;
}

/* What the door says to a client that presents this. */
static struct door_question ask(const struct chain_der *presented)
{
    uint8_t fingerprint[FINGERPRINT_SIZE];
    struct door_question q = {.type = CREDENTIALS_X509, .on_answer = on_answer, .chain = presented};
    certificate_fingerprint(chain_der_at(presented, 0), fingerprint);
    text_to_hex(slice_of(fingerprint, sizeof fingerprint), q.id);
    if (doorway_ask(house.doorway, &q) == ERR_AGAIN)
        wait_for_answer();
    return q;
}

static uint64_t expect_in(struct chain_der presented, const char *device)
{
    struct door_question q = ask(&presented);
    if (q.result != ERR_OK)
        fail_msg("refused: %s", q.problem.text);
    assert_string_equal(q.entry.name, device);
    chain_der_fini(&presented);
    return q.entry.device;
}

static void expect_out(struct chain_der presented, err_t err, const char *sentence)
{
    struct door_question q = ask(&presented);
    assert_int_equal(q.result, err);
    if (strstr(q.problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, q.problem.text);
    assert_true(text_is_utf8(slice_str(q.problem.text)));
    chain_der_fini(&presented);
}

static struct signer leaf_of(const char *common_name, long start_s)
{
    return sign_wish(&(struct wish){.subject = common_name, .start_s = start_s, .end_s = 999999}, &middle);
}

static void refuse_leaf(const char *common_name, const char *sentence)
{
    struct signer leaf = leaf_of(common_name, -9);
    expect_out(present(&leaf, &middle, NULL), ERR_DENIED, sentence);
    signer_fini(&leaf);
}

static void a_device_is_created_and_registered_from_then_on(void **state)
{
    struct signer leaf = leaf_of("north.pumps.example", -9);
    uint64_t device = expect_in(present(&leaf, &root, &middle, NULL), "north");
    assert_int_equal(expect_in(present(&leaf, &middle, NULL), "north"), device);
    struct chain_der alone = present(&leaf, NULL);
    struct door_question q = ask(&alone); /* as a resumed session asks: without a chain */
    assert_int_equal(q.result, ERR_OK);
    assert_int_equal(q.entry.device, device);
    assert_true(uuid_eq(&q.config->profile_id, &pumps.id));
    assert_int_equal(house.revoked, 0);
    chain_der_fini(&alone);
    signer_fini(&leaf);
}

static void a_newer_certificate_replaces_the_older(void **state)
{
    struct signer first = leaf_of("north.pumps", -20), second = leaf_of("north.pumps", -10);
    uint64_t device = expect_in(present(&first, &middle, NULL), "north");
    assert_int_equal(house.revoked, 0);
    assert_int_equal(expect_in(present(&second, &middle, NULL), "north"), device);
    assert_int_equal(house.revoked, device);
    expect_out(present(&first, &middle, NULL), ERR_DENIED, "it is older");
    assert_int_equal(expect_in(present(&second, &middle, NULL), "north"), device);
    signer_fini(&first);
    signer_fini(&second);
}

static void strangers_are_told_apart(void **state)
{
    struct signer own = sign_wish(&(struct wish){.subject = "self"}, NULL);
    struct signer elsewhere = sign_wish(&(struct wish){.subject = "Elsewhere", .constraints = CA}, NULL);
    struct signer theirs = sign_wish(&(struct wish){.subject = "theirs"}, &elsewhere);
    struct signer fake = sign_wish(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    struct signer forged = sign_wish(&(struct wish){.subject = "north.pumps"}, &fake);
    expect_out(present(&own, NULL), ERR_NOT_FOUND,
               "certificate not registered: no device has these credentials");
    expect_out(present(&theirs, &elsewhere, NULL), ERR_NOT_FOUND,
               "it is signed by 'Elsewhere', which is no registered authority");
    expect_out(present(&forged, &fake, NULL), ERR_NOT_FOUND,
               "but not with the key of a registered authority");
    signer_fini(&own);
    signer_fini(&elsewhere);
    signer_fini(&theirs);
    signer_fini(&fake);
    signer_fini(&forged);
}

static void the_leaf_alone_does_when_the_authority_signed_it(void **state)
{
    struct signer leaf = sign_wish(&(struct wish){.subject = "south.pumps"}, &root);
    struct signer deeper = leaf_of("north.pumps", -9);
    (void)expect_in(present(&leaf, NULL), "south");
    expect_out(present(&deeper, NULL), ERR_NOT_FOUND, "signed by 'Middle', which is no registered authority");
    signer_fini(&leaf);
    signer_fini(&deeper);
}

static void the_nearest_authority_decides(void **state)
{
    struct profile valves = add_profile("valves", &middle, "(.*)", true);
    struct signer leaf = leaf_of("north.pumps", -9);
    struct chain_der presented = present(&leaf, &root, &middle, NULL);
    struct door_question q = ask(&presented);
    assert_int_equal(q.result, ERR_OK);
    assert_string_equal(q.entry.name, "north.pumps");
    assert_true(uuid_eq(&q.entry.profile_id, &valves.id));
    chain_der_fini(&presented);
    profile_fini(&valves);
    signer_fini(&leaf);
}

static void of_authorities_of_one_name_the_right_one_is_found(void **state)
{
    struct signer alike = sign_wish(&(struct wish){.subject = "Root", .constraints = CA}, NULL);
    struct profile others = add_profile("others", &alike, "(.*)", true);
    struct signer leaf = sign_wish(&(struct wish){.subject = "east"}, &alike);
    struct signer plain = sign_wish(&(struct wish){.subject = "west.pumps"}, &root);
    (void)expect_in(present(&leaf, NULL), "east");
    (void)expect_in(present(&plain, NULL), "west");
    profile_fini(&others);
    signer_fini(&leaf);
    signer_fini(&plain);
    signer_fini(&alike);
}

static void the_common_name_must_name_a_device(void **state)
{
    char longest[COMMON_NAME_SIZE + 1];
    struct signer nameless = sign_wish(&(struct wish){0}, &root);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    expect_out(present(&nameless, NULL), ERR_DENIED, "no common name (CN)");
    refuse_leaf("valve-7", "device profile 'pumps': the common name does not match the profile's pattern");
    refuse_leaf("a\nb.pumps", "common name holds the control character 0x0a");
    refuse_leaf("   .pumps", "device name found by the pattern is blank");
    refuse_leaf(longest, "its common name is 256 bytes long");
    signer_fini(&nameless);
}

static void a_catastrophic_pattern_costs_one_refusal(void **state)
{
    char name[201];
    struct signer slow = sign_wish(&(struct wish){.subject = "Slow", .constraints = CA}, NULL);
    struct profile p = add_profile("slow", &slow, "(a+)+$", true);
    memset(name, 'a', 200);
    name[199] = '!';
    name[200] = '\0';
    struct signer leaf = sign_wish(&(struct wish){.subject = name}, &slow);
    expect_out(present(&leaf, NULL), ERR_DENIED, "backtracks without end");
    profile_fini(&p);
    signer_fini(&leaf);
    signer_fini(&slow);
}

static void devices_vouch_for_nobody(void **state)
{
    struct signer first = leaf_of("north.pumps", -9);
    struct signer second = sign_wish(&(struct wish){.subject = "south.pumps"}, &first);
    (void)expect_in(present(&first, &middle, NULL), "north");
    expect_out(present(&second, &first, &middle, NULL), ERR_DENIED, "intermediate 'north.pumps' is no CA");
    /* A CA, and a device all the same: somebody registered it. */
    struct credentials c = {0};
    struct door_entry entry;
    struct certificate_view view;
    struct chain_der presented = present(&first, NULL);
    AUTO_BUF der = signer_der(&middle);
    struct door_question q = ask(&presented);
    assert_int_equal(certificate_view_read(buf_slice(&der), &view, NULL), ERR_OK);
    assert_int_equal(
        registry_door_find(house.hub.registry, CREDENTIALS_X509, slice_str(q.id), &entry, &c, NULL), ERR_OK);
    memcpy(c.credentials_id, view.fingerprint_hex, sizeof view.fingerprint_hex);
    assert_int_equal(registry_credentials_save(house.hub.registry, &house.tenant, &c, NULL), ERR_OK);
    struct signer third = leaf_of("east.pumps", -9);
    expect_out(present(&third, &middle, NULL), ERR_DENIED,
               "among its issuers is the certificate of device 'north'");
    certificate_view_fini(&view);
    credentials_fini(&c);
    chain_der_fini(&presented);
    signer_fini(&first);
    signer_fini(&second);
    signer_fini(&third);
}

static void too_long_a_chain_is_refused(void **state)
{
    struct signer leaf = leaf_of("north.pumps", -9);
    struct chain_der presented = present(&leaf, NULL);
    presented.presented = 100;
    expect_out(presented, ERR_DENIED,
               "its chain has 100 certificates; at most 4 are accepted (tls.max_chain)");
    signer_fini(&leaf);
}

static void what_the_registry_refuses_is_told(void **state)
{
    struct profile preset;
    struct signer strict = sign_wish(&(struct wish){.subject = "Strict", .constraints = CA}, NULL);
    struct profile p = add_profile("strict", &strict, "(.*)", false);
    struct signer nobody = sign_wish(&(struct wish){.subject = "nobody"}, &strict);
    expect_out(present(&nobody, NULL), ERR_DENIED,
               "there is no device 'nobody', and device profile 'strict'");
    assert_int_equal(registry_profile_default(house.hub.registry, &house.tenant, &preset, NULL), ERR_OK);
    struct device device = {.tenant_id = house.tenant, .profile_id = preset.id, .name = "north"};
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN, .credentials_id = "token"};
    assert_int_equal(registry_device_add(house.hub.registry, &device, &c, NULL), ERR_OK);
    refuse_leaf("north.pumps", "device 'north' belongs to another device profile than 'pumps'");
    device_fini(&device);
    profile_fini(&preset);
    profile_fini(&p);
    signer_fini(&nobody);
    signer_fini(&strict);
}

static void a_profile_saved_behind_our_back_counts(void **state)
{
    struct signer leaf = leaf_of("north.pumps", -9), other = leaf_of("south.pumps", -9);
    (void)expect_in(present(&leaf, &middle, NULL), "north");
    struct profile next = chain_profile(&house.tenant, "pumps", &root, "never", true);
    next.id = pumps.id;
    next.version = pumps.version;
    assert_int_equal(registry_profile_update(house.hub.registry, &next, NULL), ERR_OK); /* nobody is told */
    expect_out(present(&other, &middle, NULL), ERR_DENIED, "does not match the profile's pattern");
    profile_fini(&next);
    signer_fini(&leaf);
    signer_fini(&other);
}

/* A worker that revokes must not wait for a reactor that has ended. */
static void a_closed_doorway_is_not_waited_for(void **state)
{
    doorway_close(house.doorway);
    door_revoke(house.hub.door, 7);
    assert_int_equal(house.revoked, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_created_and_registered_from_then_on),
        TEST(a_newer_certificate_replaces_the_older),
        TEST(strangers_are_told_apart),
        TEST(the_leaf_alone_does_when_the_authority_signed_it),
        TEST(the_nearest_authority_decides),
        TEST(of_authorities_of_one_name_the_right_one_is_found),
        TEST(the_common_name_must_name_a_device),
        TEST(a_catastrophic_pattern_costs_one_refusal),
        TEST(devices_vouch_for_nobody),
        TEST(too_long_a_chain_is_refused),
        TEST(what_the_registry_refuses_is_told),
        TEST(a_profile_saved_behind_our_back_counts),
        TEST(a_closed_doorway_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
