#include "base/clock.h"
#include "base/text.h"
#include "issuer.h"
#include "unit.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CA "critical,CA:TRUE"

static const struct certificate_rules rules = {.min_rsa_bits = 2048};
static struct problem problem;

/* root -> middle -> leaf */
static struct signer root, middle;

static int make_authorities(void **state)
{
    root = sign_wish(&(struct wish){.subject = "Root", .constraints = CA, .key_usage = "keyCertSign"}, NULL);
    middle =
        sign_wish(&(struct wish){.subject = "Middle", .constraints = CA, .key_usage = "keyCertSign"}, &root);
    return 0;
}

static int free_authorities(void **state)
{
    signer_fini(&root);
    signer_fini(&middle);
    return 0;
}

static err_t check_by(const struct chain_der *der, const struct signer *authority,
                      const struct certificate_rules *by)
{
    struct chain *chain;
    AUTO_BUF anchor = signer_der(authority);
    problem = (struct problem){0};
    assert_int_equal(chain_read(der, &chain, &problem), ERR_OK);
    err_t err = chain_check(chain, buf_slice(&anchor), clock_wall_ms(), by, &problem);
    chain_free(chain);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true(text_is_utf8(slice_str(problem.text)));
    assert_int_equal(err == ERR_OK, problem.text[0] == '\0');
    return err;
}

static void assert_good(struct chain_der der, const struct signer *authority)
{
    if (check_by(&der, authority, &rules) != ERR_OK)
        fail_msg("refused: %s", problem.text);
    chain_der_fini(&der);
}

static void assert_refused(struct chain_der der, const struct signer *authority, err_t err,
                           const char *sentence)
{
    assert_int_equal(check_by(&der, authority, &rules), err);
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, problem.text);
    chain_der_fini(&der);
}

/* A leaf of the wish, signed by middle, with middle and root beside it. */
static void assert_leaf_refused(const struct wish *wish, const char *sentence)
{
    struct signer leaf = sign_wish(wish, &middle);
    assert_refused(present(&leaf, &middle, &root, NULL), &root, ERR_DENIED, sentence);
    signer_fini(&leaf);
}

/* A good leaf below an intermediate of the wish, below root. */
static void assert_middle_refused(const struct wish *wish, const char *sentence)
{
    struct signer authority = sign_wish(wish, &root);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &authority);
    assert_refused(present(&leaf, &authority, NULL), &root, ERR_DENIED, sentence);
    signer_fini(&leaf);
    signer_fini(&authority);
}

static void a_path_to_the_authority_is_found_in_any_order(void **state)
{
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &middle);
    struct signer stray = sign_wish(&(struct wish){.subject = "Stray", .constraints = CA}, NULL);
    assert_good(present(&leaf, &middle, &root, NULL), &root);
    assert_good(present(&leaf, &root, &middle, NULL), &root);
    assert_good(present(&leaf, &root, &stray, &middle, &middle, NULL), &root);
    assert_good(present(&leaf, &middle, NULL), &root);
    assert_good(present(&leaf, &middle, &root, NULL), &middle); /* an intermediate is enough */
    assert_good(present(&leaf, NULL), &middle);
    signer_fini(&leaf);
    signer_fini(&stray);
}

static void keys_and_versions_that_devices_have_are_good(void **state)
{
    static const char *const keys[] = {"RSA:2048", "ED25519", "EC:P-384"};
    for (size_t i = 0; i < 3; i++) {
        struct signer ca =
            sign_wish(&(struct wish){.subject = "Other", .constraints = CA, .key = keys[i]}, NULL);
        struct signer leaf =
            sign_wish(&(struct wish){.subject = "leaf", .key = keys[i], .is_version_1 = true}, &ca);
        struct signer client = sign_wish(&(struct wish){.subject = "leaf",
                                                        .constraints = "CA:FALSE",
                                                        .key_usage = "digitalSignature",
                                                        .ext_key_usage = "serverAuth,clientAuth"},
                                         &ca);
        assert_good(present(&leaf, NULL), &ca);
        assert_good(present(&client, NULL), &ca);
        signer_fini(&leaf);
        signer_fini(&client);
        signer_fini(&ca);
    }
}

static void a_leaf_acting_as_authority_is_refused(void **state)
{
    assert_middle_refused(&(struct wish){.subject = "device-1", .constraints = "critical,CA:FALSE"},
                          "intermediate 'device-1' is no CA (basicConstraints CA:FALSE)");
    assert_middle_refused(&(struct wish){.subject = "device-1"}, "is no CA (it has no basicConstraints)");
    assert_middle_refused(&(struct wish){.subject = "device-1", .is_version_1 = true}, "X.509 version 1");
    assert_middle_refused(
        &(struct wish){.subject = "device-1", .constraints = CA, .key_usage = "digitalSignature"},
        "keyUsage without keyCertSign");
    assert_leaf_refused(&(struct wish){.subject = "leaf", .constraints = CA},
                        "device certificate 'leaf' is itself a CA (basicConstraints CA:TRUE)");
}

static void the_authority_itself_logs_nobody_in(void **state)
{
    assert_refused(present(&root, NULL), &root, ERR_DENIED, "is itself a CA");
    struct signer plain = sign_wish(&(struct wish){.subject = "plain"}, NULL);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &plain);
    assert_refused(present(&leaf, NULL), &plain, ERR_DENIED, "authority 'plain' is no CA");
    signer_fini(&leaf);
    signer_fini(&plain);
}

static void path_length_is_kept(void **state)
{
    struct signer top =
        sign_wish(&(struct wish){.subject = "Top", .constraints = "critical,CA:TRUE,pathlen:0"}, NULL);
    struct signer below = sign_wish(&(struct wish){.subject = "Below", .constraints = CA}, &top);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &below);
    assert_refused(present(&leaf, &below, NULL), &top, ERR_DENIED,
                   "authority 'Top' allows 0 authorities below it, and the chain has more (path length)");
    assert_good(present(&leaf, NULL), &below);
    signer_fini(&leaf);
    signer_fini(&below);
    signer_fini(&top);
}

static void dates_count_on_every_level(void **state)
{
    assert_leaf_refused(&(struct wish){.subject = "leaf", .start_s = -9, .end_s = -3},
                        "'leaf' is not accepted: expired");
    assert_leaf_refused(&(struct wish){.subject = "leaf", .start_s = 90, .end_s = 99}, "not valid yet");
    assert_middle_refused(&(struct wish){.subject = "Old", .constraints = CA, .start_s = -9, .end_s = -3},
                          "intermediate 'Old' is not accepted: expired");
    struct signer old =
        sign_wish(&(struct wish){.subject = "Gone", .constraints = CA, .start_s = -9, .end_s = -3}, NULL);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &old);
    assert_refused(present(&leaf, NULL), &old, ERR_DENIED, "authority 'Gone' is not accepted: expired");
    signer_fini(&leaf);
    signer_fini(&old);
}

static void expired_may_be_allowed_for_the_leaf_alone(void **state)
{
    const struct certificate_rules lax = {.min_rsa_bits = 2048, .allow_expired = true};
    struct signer old =
        sign_wish(&(struct wish){.subject = "Old", .constraints = CA, .start_s = -9, .end_s = -3}, &root);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf", .start_s = -9, .end_s = -3}, &root);
    struct signer below = sign_wish(&(struct wish){.subject = "leaf"}, &old);
    struct chain_der good = present(&leaf, NULL), bad = present(&below, &old, NULL);
    assert_int_equal(check_by(&good, &root, &lax), ERR_OK);
    assert_int_equal(check_by(&bad, &root, &lax), ERR_DENIED);
    chain_der_fini(&good);
    chain_der_fini(&bad);
    signer_fini(&below);
    signer_fini(&leaf);
    signer_fini(&old);
}

static void name_constraints_hold(void **state)
{
    struct signer bound = sign_wish(
        &(struct wish){.subject = "Bound",
                       .constraints = CA,
                       .names = "critical,permitted;DNS:good.example,excluded;DNS:bad.good.example"},
        &root);
    struct signer inside =
        sign_wish(&(struct wish){.subject = "a.good.example", .san = "DNS:a.good.example"}, &bound);
    struct signer outside = sign_wish(&(struct wish){.subject = "a", .san = "DNS:a.example"}, &bound);
    struct signer excluded = sign_wish(&(struct wish){.subject = "a", .san = "DNS:bad.good.example"}, &bound);
    assert_good(present(&inside, &bound, NULL), &root);
    assert_refused(present(&outside, &bound, NULL), &root, ERR_DENIED, "do not permit");
    assert_refused(present(&outside, NULL), &bound, ERR_DENIED,
                   "do not permit"); /* the authority's own count too */
    assert_refused(present(&excluded, &bound, NULL), &root, ERR_DENIED, "exclude");
    signer_fini(&inside);
    signer_fini(&outside);
    signer_fini(&excluded);
    signer_fini(&bound);
}

static void critical_extensions_must_be_known(void **state)
{
    assert_leaf_refused(&(struct wish){.subject = "leaf", .unknown = "1.3.6.1.4.1.99999.1"},
                        "'leaf' has a critical extension that is unknown here: 1.3.6.1.4.1.99999.1");
    assert_middle_refused(
        &(struct wish){.subject = "Odd", .constraints = CA, .unknown = "1.3.6.1.4.1.99999.2"},
        "intermediate 'Odd' has a critical extension that is unknown here: 1.3.6.1.4.1.99999.2");
}

static void policies_must_be_satisfied(void **state)
{
    static const char limits[] = "critical,requireExplicitPolicy:0";
    const struct wish strict = {
        .subject = "Strict", .constraints = CA, .policies = "1.3.6.1.4.1.99999.7", .policy_limits = limits};
    struct signer authority = sign_wish(&strict, &root);
    struct signer good =
        sign_wish(&(struct wish){.subject = "leaf", .policies = strict.policies}, &authority);
    assert_middle_refused(&strict, "certificate policies");
    assert_middle_refused(&(struct wish){.subject = "Lost", .constraints = CA, .policy_limits = limits},
                          "intermediate 'Lost' does not satisfy the certificate policies");
    assert_good(present(&good, &authority, NULL), &root);
    signer_fini(&good);
    signer_fini(&authority);
}

static void usage_must_be_for_clients(void **state)
{
    assert_leaf_refused(&(struct wish){.subject = "leaf", .ext_key_usage = "serverAuth"},
                        "is not for clients (extendedKeyUsage without clientAuth)");
    assert_leaf_refused(&(struct wish){.subject = "leaf", .key_usage = "keyEncipherment"},
                        "keyUsage without digitalSignature");
    assert_middle_refused(
        &(struct wish){.subject = "Mail", .constraints = CA, .ext_key_usage = "emailProtection"},
        "may not sign certificates of clients");
}

static void weak_keys_and_signatures_are_refused(void **state)
{
    assert_leaf_refused(&(struct wish){.subject = "leaf", .digest = "SHA1"}, "weak signature algorithm");
    assert_leaf_refused(&(struct wish){.subject = "leaf", .key = "RSA:1024"}, "key too small: RSA 1024");
    assert_middle_refused(&(struct wish){.subject = "Small", .constraints = CA, .key = "RSA:1024"},
                          "intermediate 'Small' is not accepted: key too small");
    assert_middle_refused(&(struct wish){.subject = "Sha", .constraints = CA, .digest = "SHA1"},
                          "intermediate 'Sha' is not accepted: weak signature algorithm");
    assert_middle_refused(&(struct wish){.subject = "Own", .constraints = CA, .key = "EC:P-256:explicit"},
                          "intermediate 'Own' is not accepted");
    const struct certificate_rules strict = {.min_rsa_bits = 3072};
    struct signer ca =
        sign_wish(&(struct wish){.subject = "Rsa", .constraints = CA, .key = "RSA:2048"}, NULL);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &ca);
    struct chain_der der = present(&leaf, NULL);
    assert_int_equal(check_by(&der, &ca, &strict), ERR_DENIED);
    assert_non_null(strstr(problem.text, "authority 'Rsa' is not accepted: key too small: RSA 2048"));
    chain_der_fini(&der);
    signer_fini(&leaf);
    signer_fini(&ca);
}

static void signatures_must_match(void **state)
{
    assert_leaf_refused(&(struct wish){.subject = "leaf", .has_broken_signature = true},
                        "'leaf' has a signature that does not match the key of 'Middle'");
    struct signer same = sign_wish(&(struct wish){.subject = "Middle", .constraints = CA}, NULL);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &same);
    assert_refused(present(&leaf, &same, NULL), &middle, ERR_NOT_FOUND,
                   "not with the key of a registered authority");
    assert_refused(present(&leaf, NULL), &root, ERR_NOT_FOUND, "not with the key");
    signer_fini(&leaf);
    signer_fini(&same);
}

static void issuers_are_listed_nearest_first(void **state)
{
    struct chain *chain;
    uint32_t of_root = 0, of_middle = 0;
    char name[32];
    AUTO_BUF root_der = signer_der(&root);
    AUTO_BUF middle_der = signer_der(&middle);
    struct signer leaf = sign_wish(&(struct wish){.subject = "leaf"}, &middle);
    struct chain_der der = present(&leaf, &root, &middle, NULL), alone = present(&leaf, NULL);
    assert_int_equal(chain_subject_hash(buf_slice(&root_der), &of_root, NULL), ERR_OK);
    assert_int_equal(chain_subject_hash(buf_slice(&middle_der), &of_middle, NULL), ERR_OK);
    assert_int_equal(chain_read(&der, &chain, NULL), ERR_OK);
    assert_int_equal(chain_issuer_count(chain), 2);
    assert_int_equal(chain_issuer_hash(chain, 0), of_middle);
    assert_int_equal(chain_issuer_hash(chain, 1), of_root);
    chain_top_issuer(chain, name, sizeof name);
    assert_string_equal(name, "Root");
    assert_false(chain_is_self_issued(chain));
    chain_free(chain);
    assert_int_equal(chain_read(&alone, &chain, NULL), ERR_OK);
    assert_int_equal(chain_issuer_count(chain), 1);
    chain_top_issuer(chain, name, sizeof name);
    assert_string_equal(name, "Middle");
    chain_free(chain);
    chain_der_fini(&der);
    chain_der_fini(&alone);
    signer_fini(&leaf);
}

static err_t common_name_of(const struct wish *wish, char out[COMMON_NAME_SIZE])
{
    struct chain *chain;
    struct signer leaf = sign_wish(wish, &root);
    struct chain_der der = present(&leaf, NULL);
    problem = (struct problem){0};
    assert_int_equal(chain_read(&der, &chain, &problem), ERR_OK);
    err_t err = chain_common_name(chain, out, &problem);
    chain_free(chain);
    chain_der_fini(&der);
    signer_fini(&leaf);
    return err;
}

static void the_common_name_is_bounded_text(void **state)
{
    char name[COMMON_NAME_SIZE] = "", *huge = malloc(60001);
    assert_int_equal(common_name_of(&(struct wish){.subject = "K\xc3\xbchler 7"}, name), ERR_OK);
    assert_string_equal(name, "K\xc3\xbchler 7");
    assert_int_equal(common_name_of(&(struct wish){0}, name), ERR_DENIED);
    assert_non_null(strstr(problem.text, "no common name (CN)"));
    assert_int_equal(common_name_of(&(struct wish){.subject = "a\0b", .subject_len = 3}, name), ERR_DENIED);
    assert_non_null(strstr(problem.text, "no text"));
    memset(huge, 'a', 60000);
    huge[60000] = '\0';
    assert_int_equal(common_name_of(&(struct wish){.subject = huge}, name), ERR_DENIED);
    assert_non_null(strstr(problem.text, "60000 bytes long; expected at most 255"));
    assert_string_equal(name, "K\xc3\xbchler 7");
    free(huge);
}

static void long_names_leave_room_for_the_reason(void **state)
{
    char name[241];
    memset(name, 'x', 240);
    name[240] = '\0';
    struct signer authority = sign_wish(&(struct wish){.subject = name, .constraints = CA}, &root);
    struct signer leaf = sign_wish(&(struct wish){.subject = name, .has_broken_signature = true}, &authority);
    assert_refused(present(&leaf, &authority, NULL), &root, ERR_DENIED, "does not match the key of 'xxx");
    signer_fini(&leaf);
    signer_fini(&authority);
}

/* One name for all: every certificate could be the issuer of every other. */
static void a_crowd_of_alike_costs_bounded_time(void **state)
{
    struct signer alike[CHAIN_MAX];
    for (size_t i = 0; i < CHAIN_MAX; i++)
        alike[i] = sign_wish(&(struct wish){.subject = "Alike", .constraints = i == 0 ? NULL : CA},
                             i == 0 ? NULL : &alike[i - 1]);
    struct chain_der der = present(&alike[0], &alike[1], &alike[2], &alike[3], &alike[4], &alike[5],
                                   &alike[6], &alike[7], &alike[8], &alike[9], NULL);
    clock_t start = clock();
    assert_int_not_equal(check_by(&der, &root, &rules), ERR_OK);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 0.5);
    chain_der_fini(&der);
    for (size_t i = 0; i < CHAIN_MAX; i++)
        signer_fini(&alike[i]);
}

static void bytes_that_are_no_certificate_are_refused(void **state)
{
    struct chain *chain = NULL;
    uint8_t junk[] = {0x30, 0x03, 0x02, 0x01, 0x01};
    struct chain_der der = {.bytes = junk, .end = {sizeof junk}, .count = 1, .presented = 1};
    assert_int_equal(chain_read(&der, &chain, &problem), ERR_INVALID);
    assert_null(chain);
    assert_int_equal(chain_subject_hash(slice_of(junk, sizeof junk), &(uint32_t){0}, &problem), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_to_the_authority_is_found_in_any_order),
        cmocka_unit_test(keys_and_versions_that_devices_have_are_good),
        cmocka_unit_test(a_leaf_acting_as_authority_is_refused),
        cmocka_unit_test(the_authority_itself_logs_nobody_in),
        cmocka_unit_test(path_length_is_kept),
        cmocka_unit_test(dates_count_on_every_level),
        cmocka_unit_test(expired_may_be_allowed_for_the_leaf_alone),
        cmocka_unit_test(name_constraints_hold),
        cmocka_unit_test(critical_extensions_must_be_known),
        cmocka_unit_test(policies_must_be_satisfied),
        cmocka_unit_test(usage_must_be_for_clients),
        cmocka_unit_test(weak_keys_and_signatures_are_refused),
        cmocka_unit_test(signatures_must_match),
        cmocka_unit_test(issuers_are_listed_nearest_first),
        cmocka_unit_test(the_common_name_is_bounded_text),
        cmocka_unit_test(long_names_leave_room_for_the_reason),
        cmocka_unit_test(a_crowd_of_alike_costs_bounded_time),
        cmocka_unit_test(bytes_that_are_no_certificate_are_refused),
    };
    return cmocka_run_group_tests(tests, make_authorities, free_authorities);
}
