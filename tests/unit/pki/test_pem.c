#include "maker.h"
#include "pki/pem.h"
#include "unit.h"

#include <ctype.h>

static struct problem problem;
static struct buf leaf, other, leaf_pem; /* made once: a certificate, another one, the first as PEM */

static void assert_taken(struct slice text, size_t count)
{
    struct pem_chain chain = {0};
    problem = (struct problem){0};
    if (pem_read_certificates(text, &chain, &problem) != ERR_OK)
        fail_msg("refused: %s: %.*s", problem.text, SLICE_ARG(text));
    assert_int_equal(chain.count, count);
    assert_true(slice_eq(buf_slice(&chain.der[0]), buf_slice(&leaf)));
    if (count == 2)
        assert_true(slice_eq(buf_slice(&chain.der[1]), buf_slice(&other)));
    pem_chain_fini(&chain);
}

static void assert_refused(struct slice text, err_t expected, const char *sentence)
{
    struct pem_chain chain = {.count = 77};
    problem = (struct problem){0};
    assert_int_equal(pem_read_certificates(text, &chain, &problem), expected);
    assert_int_equal(chain.count, 77);
    assert_string_equal(problem.field, "certificate");
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, problem.text);
}

/* The PEM with each line break replaced. */
static struct buf with_breaks(const char *line_break)
{
    struct buf out = {0};
    for (size_t i = 0; i < leaf_pem.len; i++) {
        if (leaf_pem.data[i] == '\n')
            buf_append_str(&out, line_break);
        else
            buf_append_u8(&out, leaf_pem.data[i]);
    }
    return out;
}

static struct buf base64_only(void)
{
    struct buf out = {0};
    struct slice all = buf_slice(&leaf_pem);
    size_t head = strlen("-----BEGIN CERTIFICATE-----\n"), tail = strlen("\n-----END CERTIFICATE-----\n");
    buf_append_slice(&out, slice_of(all.data + head, all.len - head - tail));
    return out;
}

static void every_habit_of_line_breaks_is_taken(void **state)
{
    static const char *const breaks[] = {"\n",    "\r\n", "\r", "\\n",  "\\r\\n",
                                         "\\\\n", " ",    "",   "\n\n", " \t\n  "};
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        AUTO_BUF text = with_breaks(breaks[i]);
        assert_taken(buf_slice(&text), 1);
        AUTO_BUF around = {0};
        buf_append_str(&around, "\xef\xbb\xbf  \r\n subject=CN = device -- see ----- below\n");
        buf_append_slice(&around, buf_slice(&text));
        buf_append_str(&around, "\n\n-- \nthanks\n");
        assert_taken(buf_slice(&around), 1);
    }
}

static void bare_base64_and_der_are_taken(void **state)
{
    AUTO_BUF bare = base64_only(), folded = {0};
    assert_taken(buf_slice(&bare), 1);
    buf_append_str(&folded, "\xef\xbb\xbf\r\n \\n");
    for (size_t i = 0; i < bare.len; i++) {
        if (bare.data[i] != '\n' && bare.data[i] != '=')
            buf_append_u8(&folded, bare.data[i]);
        if (i % 10 == 9)
            buf_append_str(&folded, i % 20 == 9 ? "\r\n" : "\\n");
    }
    assert_taken(buf_slice(&folded), 1);
    assert_taken(buf_slice(&leaf), 1);
}

static void a_chain_keeps_its_order(void **state)
{
    AUTO_BUF chain = {0}, second = make_pem(buf_slice(&other), "X509 CERTIFICATE");
    buf_append_slice(&chain, buf_slice(&leaf_pem));
    buf_append_str(&chain, "# issuer\n");
    buf_append_slice(&chain, buf_slice(&second));
    assert_taken(buf_slice(&chain), 2);
}

static void texts_without_a_certificate_are_told(void **state)
{
    static const char *const texts[] = {"",
                                        " \n\t",
                                        "hello",
                                        "\xef\xbb\xbf",
                                        "{\"a\":1}",
                                        "aGVsbG8gd29ybGQ=",
                                        "MyDeviceToken",
                                        "----BEGIN CERTIFICATE----",
                                        "\\n\\n",
                                        "0",
                                        "\\"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(slice_str(texts[i]), ERR_INVALID,
                       "no certificate found: expected -----BEGIN CERTIFICATE-----");
    assert_refused(slice_of(NULL, 0), ERR_INVALID, "no certificate found");
}

static void assert_is_private_key(struct slice text)
{
    assert_refused(text, ERR_INVALID, "this is a private key");
    assert_non_null(strstr(problem.text, "not stored"));
    assert_non_null(strstr(problem.text, "consider it exposed"));
}

static void assert_private_in_every_wrapping(struct slice pem, struct slice der)
{
    AUTO_BUF behind = {0}, mislabelled = make_pem(der, "CERTIFICATE"), bare = {0};
    assert_is_private_key(pem);
    assert_is_private_key(der);
    assert_is_private_key(buf_slice(&mislabelled));
    buf_append_slice(&behind, buf_slice(&leaf_pem));
    buf_append_slice(&behind, pem);
    assert_is_private_key(buf_slice(&behind));
    const char *body = strchr(buf_cstr(&mislabelled), '\n');
    buf_append_slice(&bare, slice_of(body, (size_t)(strstr(body, "-----END") - body)));
    assert_is_private_key(buf_slice(&bare));
}

static void private_keys_are_refused_in_every_form(void **state)
{
    static const struct {
        const char *kind;
        enum key_form form;
    } keys[] = {
        {"RSA:2048", KEY_PKCS8},    {"RSA:2048", KEY_TRADITIONAL}, {"RSA:2048", KEY_ENCRYPTED},
        {"EC:P-256", KEY_PKCS8},    {"EC:P-256", KEY_TRADITIONAL}, {"EC:P-256", KEY_ENCRYPTED},
        {"EC:P-521", KEY_PKCS8},    {"EC:P-521", KEY_TRADITIONAL}, {"ED25519", KEY_PKCS8},
        {"ED25519", KEY_ENCRYPTED}, {"X25519", KEY_PKCS8},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        AUTO_BUF pem = make_key_pem(keys[i].kind, keys[i].form),
                 der = make_key_der(keys[i].kind, keys[i].form);
        assert_private_in_every_wrapping(buf_slice(&pem), buf_slice(&der));
    }
    assert_is_private_key(SLICE("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"));
    assert_is_private_key(SLICE("-----BEGIN RSA PRIVATE\\n KEY-----"));
    assert_is_private_key(SLICE("-----BEGIN PGP PRIVATE KEY BLOCK-----"));
}

static void a_private_key_in_a_huge_text_is_told_first(void **state)
{
    AUTO_BUF text = {0};
    for (size_t i = 0; i < PEM_TEXT_MAX; i++)
        buf_append_u8(&text, '\n');
    assert_refused(buf_slice(&text), ERR_INVALID, "no certificate found");
    buf_append_str(&text, "\n");
    assert_refused(buf_slice(&text), ERR_LIMIT, "too large (65537 bytes)");
    buf_append_str(&text, "-----BEGIN PRIVATE KEY-----");
    assert_is_private_key(buf_slice(&text));
}

static void words_about_private_keys_are_no_private_key(void **state)
{
    AUTO_BUF text = {0};
    buf_append_str(&text, "X509v3 Private Key Usage Period: PRIVATE\n");
    buf_append_slice(&text, buf_slice(&leaf_pem));
    assert_taken(buf_slice(&text), 1);
}

static void requests_and_public_keys_are_told(void **state)
{
    static const char *const kinds[] = {"RSA:2048", "EC:P-256", "ED25519"};
    AUTO_BUF request = make_request("CERTIFICATE REQUEST"), old = make_request("NEW CERTIFICATE REQUEST");
    AUTO_BUF hidden = make_request("CERTIFICATE"), der = make_request(NULL);
    assert_refused(buf_slice(&request), ERR_INVALID, "certificate request (CSR)");
    assert_refused(buf_slice(&old), ERR_INVALID, "certificate request (CSR)");
    assert_refused(buf_slice(&hidden), ERR_INVALID, "certificate request (CSR)");
    assert_refused(buf_slice(&der), ERR_INVALID, "certificate request (CSR)");
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUF pem = make_key_pem(kinds[i], KEY_PUBLIC), key = make_key_der(kinds[i], KEY_PUBLIC);
        AUTO_BUF mislabelled = make_pem(buf_slice(&key), "CERTIFICATE"), bare = {0};
        assert_refused(buf_slice(&pem), ERR_INVALID, "public key alone");
        assert_refused(buf_slice(&mislabelled), ERR_INVALID, "public key alone");
        const char *body = strchr(buf_cstr(&mislabelled), '\n');
        buf_append_slice(&bare, slice_of(body, (size_t)(strstr(body, "-----END") - body)));
        assert_refused(buf_slice(&bare), ERR_INVALID, "public key alone");
    }
}

static void other_blocks_are_told(void **state)
{
    assert_refused(SLICE("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), ERR_INVALID,
                   "of the kind \"X509 CRL\"; expected \"CERTIFICATE\"");
    assert_refused(SLICE("-----BEGIN A\x01\xff-----\nAAAA\n-----END A\x01\xff-----\n"), ERR_INVALID,
                   "\"A??\"");
    AUTO_BUF text = {0};
    buf_append_slice(&text, buf_slice(&leaf_pem));
    buf_append_str(&text, "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n");
    assert_refused(buf_slice(&text), ERR_INVALID, "\"PKCS7\"");
}

static void garbled_base64_is_told_with_its_place(void **state)
{
    AUTO_BUF text = with_breaks("\n"), early = with_breaks("\n"), bare = base64_only();
    size_t third_line = strlen("-----BEGIN CERTIFICATE-----\n") + 65;
    text.data[third_line + 6] = '*';
    assert_refused(buf_slice(&text), ERR_INVALID, "garbled at line 3, column 7: unexpected character '*'");
    assert_int_equal(problem.at, third_line + 6);
    text.data[third_line + 6] = 0xe4;
    assert_refused(buf_slice(&text), ERR_INVALID, "unexpected byte 0xe4");
    early.data[third_line - 5] = '=';
    assert_refused(buf_slice(&early), ERR_INVALID, "goes on after the padding");
    bare.data[100] = '-';
    assert_refused(buf_slice(&bare), ERR_INVALID, "garbled at line 2, column 36");
    assert_refused(SLICE("-----BEGIN CERTIFICATE-----\nMIIB\\x\n-----END CERTIFICATE-----"), ERR_INVALID,
                   "column 5: unexpected character '\\'");
    assert_refused(SLICE("-----BEGIN CERTIFICATE-----\nMIIBA\n-----END CERTIFICATE-----"), ERR_INVALID,
                   "a character is missing");
    assert_refused(SLICE("-----BEGIN CERTIFICATE-----\nMIIBAA=\n-----END CERTIFICATE-----"), ERR_INVALID,
                   "wrong padding");
    assert_refused(SLICE("-----BEGIN CERTIFICATE-----\nMIIB=\n-----END CERTIFICATE-----"), ERR_INVALID,
                   "wrong padding");
    assert_refused(SLICE("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----"), ERR_INVALID,
                   "there is none");
}

static void cut_blocks_are_told(void **state)
{
    struct slice all = buf_slice(&leaf_pem);
    for (size_t len = 0; len + 2 < all.len; len += 7)
        assert_refused(slice_of(all.data, len), ERR_INVALID, "");
    assert_refused(slice_of(all.data, all.len / 2), ERR_INVALID, "-----END CERTIFICATE-----, is missing");
    AUTO_BUF twice = {0};
    buf_append_slice(&twice, slice_of(all.data, all.len / 2));
    buf_append_slice(&twice, all);
    assert_refused(buf_slice(&twice), ERR_INVALID, "was expected before the next -----");
    assert_refused(SLICE("-----BEGIN CERTIFICATE"), ERR_INVALID, "first line does not end");
    assert_refused(SLICE("-----BEGIN CERTIFICATE-----\nMIIB\n-----END X509 CRL-----\n"), ERR_INVALID,
                   "does not fit its first line");
}

static void what_is_no_certificate_inside_is_told(void **state)
{
    AUTO_BUF cut = make_pem(slice_of(leaf.data, leaf.len - 9), "CERTIFICATE"), longer = {0};
    assert_refused(buf_slice(&cut), ERR_INVALID, "no X.509 structure (ASN.1)");
    buf_append_slice(&longer, buf_slice(&leaf));
    buf_append_str(&longer, "123");
    AUTO_BUF trailing = make_pem(buf_slice(&longer), "CERTIFICATE");
    assert_refused(buf_slice(&trailing), ERR_INVALID, "3 bytes follow the certificate");
}

/* The outer SEQUENCE's length written in one byte more than DER wants: same certificate, other bytes. */
static void an_encoding_other_than_der_is_refused(void **state)
{
    AUTO_BUF ber = {0};
    assert_int_equal(leaf.data[1], 0x82);
    const uint8_t head[] = {0x30, 0x83, 0, leaf.data[2], leaf.data[3]};
    buf_append(&ber, head, sizeof head);
    buf_append_slice(&ber, slice_skip(buf_slice(&leaf), 4));
    AUTO_BUF pem = make_pem(buf_slice(&ber), "CERTIFICATE");
    assert_refused(buf_slice(&pem), ERR_INVALID, "not encoded in DER");
}

static void chains_are_bounded(void **state)
{
    AUTO_BUF text = {0};
    for (size_t i = 0; i < PEM_CHAIN_MAX; i++)
        buf_append_slice(&text, buf_slice(&leaf_pem));
    assert_taken(buf_slice(&text), PEM_CHAIN_MAX);
    buf_append_slice(&text, buf_slice(&leaf_pem));
    assert_refused(buf_slice(&text), ERR_LIMIT, "too many certificates; expected at most 10");
}

static int make_inputs(void **state)
{
    leaf = make_certificate(&(struct maker){.key = "RSA:2048"});
    other = make_certificate(&(struct maker){.subject = "issuer"});
    leaf_pem = make_pem(buf_slice(&leaf), "CERTIFICATE");
    return 0;
}

static int free_inputs(void **state)
{
    buf_fini(&leaf);
    buf_fini(&other);
    buf_fini(&leaf_pem);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_habit_of_line_breaks_is_taken),
        cmocka_unit_test(bare_base64_and_der_are_taken),
        cmocka_unit_test(a_chain_keeps_its_order),
        cmocka_unit_test(texts_without_a_certificate_are_told),
        cmocka_unit_test(private_keys_are_refused_in_every_form),
        cmocka_unit_test(a_private_key_in_a_huge_text_is_told_first),
        cmocka_unit_test(words_about_private_keys_are_no_private_key),
        cmocka_unit_test(requests_and_public_keys_are_told),
        cmocka_unit_test(other_blocks_are_told),
        cmocka_unit_test(garbled_base64_is_told_with_its_place),
        cmocka_unit_test(cut_blocks_are_told),
        cmocka_unit_test(what_is_no_certificate_inside_is_told),
        cmocka_unit_test(an_encoding_other_than_der_is_refused),
        cmocka_unit_test(chains_are_bounded),
    };
    return cmocka_run_group_tests(tests, make_inputs, free_inputs);
}
