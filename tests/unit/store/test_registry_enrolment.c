/* What every registry must do with devices that log in by an authority. */
#include "chain_profile.h"
#include "pki/chain.h"
#include "store/registry.h"
#include "store/registry_deletion.h"
#include "temp_dir.h"
#include "unit.h"

#include <pthread.h>
#include <string.h>

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
    struct signer authority;
    struct profile profile;
};

static struct problem problem;

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    f->authority = sign_wish(&(struct wish){.subject = "Authority", .constraints = "critical,CA:TRUE"}, NULL);
    f->profile = chain_profile(&f->tenant, "pumps", &f->authority, "(.*)", true);
    assert_int_equal(registry_profile_add(f->r, &f->profile, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    signer_fini(&f->authority);
    profile_fini(&f->profile);
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

/* A certificate and its enrolment; valid from @p start_s after now. */
struct leaf {
    struct certificate_view view;
    struct enrolment enrolment;
};

static struct leaf *make_leaf(struct fixture *f, const char *device, long start_s)
{
    struct leaf *leaf = calloc(1, sizeof *leaf);
    struct signer signer =
        sign_wish(&(struct wish){.subject = device, .start_s = start_s, .end_s = 999999}, &f->authority);
    AUTO_BUF der = signer_der(&signer);
    assert_int_equal(certificate_view_read(buf_slice(&der), &leaf->view, NULL), ERR_OK);
    leaf->enrolment = (struct enrolment){
        .profile_id = f->profile.id,
        .profile_version = f->profile.version,
        .device_name = device,
        .may_create = true,
        .fingerprint = leaf->view.fingerprint_hex,
        .base64 = buf_cstr(&leaf->view.base64),
        .not_before_ms = leaf->view.not_before_ms,
    };
    signer_fini(&signer);
    return leaf;
}

static void free_leaf(struct leaf *leaf)
{
    certificate_view_fini(&leaf->view);
    free(leaf);
}

static uint64_t expect(struct fixture *f, const struct leaf *leaf, enum enrolment_outcome expected)
{
    struct door_entry entry, found;
    enum enrolment_outcome outcome;
    problem = (struct problem){0};
    if (registry_enrol(f->r, &leaf->enrolment, &entry, &outcome, &problem) != ERR_OK)
        fail_msg("refused: %s", problem.text);
    assert_int_equal(outcome, expected);
    assert_string_equal(entry.name, leaf->enrolment.device_name);
    assert_true(uuid_eq(&entry.profile_id, &f->profile.id));
    assert_true(uuid_eq(&entry.tenant_id, &f->tenant));
    struct slice id = slice_str(leaf->enrolment.fingerprint);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_X509, id, &found, NULL, NULL), ERR_OK);
    assert_int_equal(found.device, entry.device);
    return entry.device;
}

static void expect_refusal(struct fixture *f, const struct leaf *leaf, err_t err, const char *sentence)
{
    struct door_entry entry = {.device = 77};
    enum enrolment_outcome outcome;
    problem = (struct problem){0};
    assert_int_equal(registry_enrol(f->r, &leaf->enrolment, &entry, &outcome, &problem), err);
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, problem.text);
    assert_int_equal(entry.device, 77);
}

static struct device add_device(struct fixture *f, const char *name, const struct uuid *profile,
                                const char *token)
{
    struct device d = {.tenant_id = f->tenant, .profile_id = *profile};
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(d.name, sizeof d.name, "%s", name);
    snprintf(c.credentials_id, sizeof c.credentials_id, "%s", token);
    assert_int_equal(registry_device_add(f->r, &d, &c, NULL), ERR_OK);
    return d;
}

static struct credentials credentials_of(struct fixture *f, const struct leaf *leaf)
{
    struct door_entry entry;
    struct credentials c = {0};
    struct slice id = slice_str(leaf->enrolment.fingerprint);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_X509, id, &entry, &c, NULL), ERR_OK);
    return c;
}

static void a_device_is_created_once(void **state)
{
    struct fixture *f = *state;
    struct leaf *leaf = make_leaf(f, "pump-1", 0);
    struct device device = {0};
    uint64_t number = expect(f, leaf, ENROLMENT_CREATED);
    assert_int_equal(expect(f, leaf, ENROLMENT_KNOWN), number);
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "pump-1", &device, NULL), ERR_OK);
    assert_int_equal(device.number, number);
    assert_string_equal(device.type, "pumps");
    assert_true(uuid_eq(&device.customer_id, &CUSTOMER_NOBODY));
    struct credentials c = credentials_of(f, leaf);
    assert_string_equal(c.value, leaf->enrolment.base64);
    assert_int_equal(c.version, 1);
    credentials_fini(&c);
    device_fini(&device);
    free_leaf(leaf);
}

static void a_device_that_is_there_is_found_whatever_its_credentials(void **state)
{
    struct fixture *f = *state;
    struct door_entry entry;
    struct leaf *leaf = make_leaf(f, "pump-1", 0);
    leaf->enrolment.may_create = false;
    expect_refusal(f, leaf, ERR_DENIED,
                   "there is no device 'pump-1', and device profile 'pumps' does not let it");
    struct device device = add_device(f, "pump-1", &f->profile.id, "token-1");
    assert_int_equal(expect(f, leaf, ENROLMENT_REPLACED), device.number);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_ACCESS_TOKEN, SLICE("token-1"), &entry, NULL, NULL),
                     ERR_NOT_FOUND);
    device_fini(&device);
    free_leaf(leaf);
}

static void certificates_replace_each_other_in_one_direction(void **state)
{
    struct fixture *f = *state;
    struct leaf *first = make_leaf(f, "pump-1", 0), *second = make_leaf(f, "pump-1", 100),
                *between = make_leaf(f, "pump-1", 50);
    uint64_t number = expect(f, first, ENROLMENT_CREATED);
    assert_int_equal(expect(f, second, ENROLMENT_REPLACED), number);
    expect_refusal(f, first, ERR_DENIED, "it is older (valid from ");
    expect_refusal(f, between, ERR_DENIED, "it is older (valid from ");
    struct credentials c = credentials_of(f, second);
    assert_int_equal(c.version, 2);
    credentials_fini(&c);
    free_leaf(first);
    free_leaf(second);
    free_leaf(between);
}

/* A clock that counts days: certificates of one day are equally new, and still none of them comes back. */
static void of_equal_age_the_replaced_one_does_not_return(void **state)
{
    struct fixture *f = *state;
    struct leaf *leaves[3];
    for (int i = 0; i < 3; i++)
        leaves[i] = make_leaf(f, "pump-1", 0);
    for (int i = 0; i < 3; i++) {
        leaves[i]->enrolment.not_before_ms = leaves[2]->view.not_before_ms; /* a second may have passed */
        (void)expect(f, leaves[i], i == 0 ? ENROLMENT_CREATED : ENROLMENT_REPLACED);
    }
    expect_refusal(f, leaves[1], ERR_DENIED, "the device had it before, and it was replaced");
    (void)expect(f, leaves[2], ENROLMENT_KNOWN);
    struct leaf *newer = make_leaf(f, "pump-1", 100);
    (void)expect(f, newer, ENROLMENT_REPLACED);
    expect_refusal(f, leaves[0], ERR_DENIED, "certificate refused");
    expect_refusal(f, leaves[2], ERR_DENIED, "certificate refused");
    for (int i = 0; i < 3; i++)
        free_leaf(leaves[i]);
    free_leaf(newer);
}

static void what_a_person_replaced_does_not_return(void **state)
{
    struct fixture *f = *state;
    struct leaf *first = make_leaf(f, "pump-1", 0), *newer = make_leaf(f, "pump-1", 100);
    (void)expect(f, first, ENROLMENT_CREATED);
    struct credentials c = credentials_of(f, first);
    c.type = CREDENTIALS_ACCESS_TOKEN;
    snprintf(c.credentials_id, sizeof c.credentials_id, "a token");
    free(c.value);
    c.value = NULL;
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &c, NULL), ERR_OK);
    expect_refusal(f, first, ERR_DENIED, "the device had it before, and it was replaced");
    (void)expect(f, newer, ENROLMENT_REPLACED);
    credentials_fini(&c);
    free_leaf(first);
    free_leaf(newer);
}

static void saving_the_same_certificate_again_retires_nothing(void **state)
{
    struct fixture *f = *state;
    struct leaf *leaf = make_leaf(f, "pump-1", 0);
    (void)expect(f, leaf, ENROLMENT_CREATED);
    struct credentials c = credentials_of(f, leaf);
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &c, NULL), ERR_OK);
    (void)expect(f, leaf, ENROLMENT_KNOWN);
    credentials_fini(&c);
    free_leaf(leaf);
}

static void a_deleted_device_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct leaf *first = make_leaf(f, "pump-1", 0), *second = make_leaf(f, "pump-1", 100);
    (void)expect(f, first, ENROLMENT_CREATED);
    uint64_t former = expect(f, second, ENROLMENT_REPLACED);
    struct device device = {0};
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "pump-1", &device, NULL), ERR_OK);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &device.id, NULL), ERR_OK);
    assert_true(expect(f, first, ENROLMENT_CREATED) != former);
    device_fini(&device);
    free_leaf(first);
    free_leaf(second);
}

static void a_device_of_another_profile_is_refused(void **state)
{
    struct fixture *f = *state;
    struct profile preset;
    struct leaf *leaf = make_leaf(f, "valve", 0);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &preset, NULL), ERR_OK);
    struct device device = add_device(f, "valve", &preset.id, "token-1");
    expect_refusal(f, leaf, ERR_DENIED, "device 'valve' belongs to another device profile than 'pumps'");
    device_fini(&device);
    profile_fini(&preset);
    free_leaf(leaf);
}

static void a_profile_that_changed_is_judged_anew(void **state)
{
    struct fixture *f = *state;
    struct leaf *leaf = make_leaf(f, "pump-1", 0);
    assert_int_equal(registry_profile_update(f->r, &f->profile, NULL), ERR_OK);
    expect_refusal(f, leaf, ERR_AGAIN, "changed meanwhile");
    leaf->enrolment.profile_version = f->profile.version;
    (void)expect(f, leaf, ENROLMENT_CREATED);
    leaf->enrolment.profile_id = uuid_random();
    expect_refusal(f, leaf, ERR_AGAIN, "changed meanwhile");
    free_leaf(leaf);
}

static void long_names_fit_the_sentence(void **state)
{
    struct fixture *f = *state;
    char name[NAME_SIZE];
    memset(name, 'n', 255);
    memcpy(name + 63, "\xc3\xbc", 2); /* a character across the cut */
    name[255] = '\0';
    struct leaf *leaf = make_leaf(f, name, 0);
    leaf->enrolment.may_create = false;
    expect_refusal(f, leaf, ERR_DENIED, "nnn', and device profile 'pumps' does not let it be created");
    free_leaf(leaf);
}

/* --- two logins at once --- */

struct attempt {
    struct fixture *f;
    struct leaf *leaf;
    enum enrolment_outcome outcome;
    err_t err;
    uint64_t device;
};

static void *log_in(void *arg)
{
    struct attempt *attempt = arg;
    struct door_entry entry = {0};
    attempt->err = registry_enrol(attempt->f->r, &attempt->leaf->enrolment, &entry, &attempt->outcome, NULL);
    attempt->device = entry.device;
    return NULL;
}

static void of_many_logins_at_once_one_creates(void **state)
{
    enum { THREADS = 8 };
    struct fixture *f = *state;
    struct leaf *leaf = make_leaf(f, "pump-1", 0);
    struct attempt attempts[THREADS];
    pthread_t threads[THREADS];
    unsigned created = 0;
    for (int i = 0; i < THREADS; i++) {
        attempts[i] = (struct attempt){.f = f, .leaf = leaf};
        pthread_create(&threads[i], NULL, log_in, &attempts[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(attempts[i].err, ERR_OK);
        assert_int_equal(attempts[i].device, attempts[0].device);
        created += attempts[i].outcome == ENROLMENT_CREATED;
    }
    assert_int_equal(created, 1);
    free_leaf(leaf);
}

/* --- profiles by authority --- */

static size_t profiles_of(struct fixture *f, const struct signer *authority,
                          struct uuid ids[AUTHORITY_PROFILES_MAX])
{
    AUTO_BUF der = signer_der(authority);
    uint32_t hash = 0;
    size_t count = 99;
    assert_int_equal(chain_subject_hash(buf_slice(&der), &hash, NULL), ERR_OK);
    assert_int_equal(registry_profiles_by_authority(f->r, hash, ids, &count, NULL), ERR_OK);
    return count;
}

static void profiles_are_found_by_the_subject_of_their_authority(void **state)
{
    struct fixture *f = *state;
    struct uuid ids[AUTHORITY_PROFILES_MAX];
    struct signer other =
        sign_wish(&(struct wish){.subject = "Other", .constraints = "critical,CA:TRUE"}, NULL);
    assert_int_equal(profiles_of(f, &f->authority, ids), 1);
    assert_true(uuid_eq(&ids[0], &f->profile.id));
    assert_int_equal(profiles_of(f, &other, ids), 0);
    struct profile changed = chain_profile(&f->tenant, "pumps", &other, "(.*)", true);
    changed.id = f->profile.id;
    changed.version = f->profile.version;
    assert_int_equal(registry_profile_update(f->r, &changed, NULL), ERR_OK);
    assert_int_equal(profiles_of(f, &f->authority, ids), 0);
    assert_int_equal(profiles_of(f, &other, ids), 1);
    changed.provision_type = PROVISION_DISABLED;
    assert_int_equal(registry_profile_update(f->r, &changed, NULL), ERR_OK);
    assert_int_equal(profiles_of(f, &other, ids), 0);
    profile_fini(&changed);
    signer_fini(&other);
}

static void of_many_authorities_of_one_name_the_first_are_found(void **state)
{
    struct fixture *f = *state;
    struct uuid ids[AUTHORITY_PROFILES_MAX];
    for (int i = 0; i < AUTHORITY_PROFILES_MAX; i++) {
        char name[32];
        struct signer alike =
            sign_wish(&(struct wish){.subject = "Authority", .constraints = "critical,CA:TRUE"}, NULL);
        snprintf(name, sizeof name, "alike %d", i);
        struct profile p = chain_profile(&f->tenant, name, &alike, "(.*)", true);
        assert_int_equal(registry_profile_add(f->r, &p, NULL), ERR_OK);
        profile_fini(&p);
        signer_fini(&alike);
    }
    assert_int_equal(profiles_of(f, &f->authority, ids), AUTHORITY_PROFILES_MAX);
    assert_true(uuid_eq(&ids[0], &f->profile.id));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_created_once),
        TEST(a_device_that_is_there_is_found_whatever_its_credentials),
        TEST(certificates_replace_each_other_in_one_direction),
        TEST(of_equal_age_the_replaced_one_does_not_return),
        TEST(what_a_person_replaced_does_not_return),
        TEST(saving_the_same_certificate_again_retires_nothing),
        TEST(a_deleted_device_leaves_no_trace),
        TEST(a_device_of_another_profile_is_refused),
        TEST(a_profile_that_changed_is_judged_anew),
        TEST(long_names_fit_the_sentence),
        TEST(of_many_logins_at_once_one_creates),
        TEST(profiles_are_found_by_the_subject_of_their_authority),
        TEST(of_many_authorities_of_one_name_the_first_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
