#include "base/clock.h"
#include "base/text.h"
#include "maker.h"
#include "pki/certificate.h"
#include "unit.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct problem problem;
static const struct certificate_rules rules = {.min_rsa_bits = 2048};

static struct certificate_view view_of(const struct maker *maker)
{
    AUTO_BUF der = make_certificate(maker);
    struct certificate_view view;
    problem = (struct problem){0};
    if (certificate_view_read(buf_slice(&der), &view, &problem) != ERR_OK)
        fail_msg("refused: %s", problem.text);
    return view;
}

static err_t check(const struct maker *maker, const struct certificate_rules *with)
{
    struct certificate_view view = view_of(maker);
    err_t err = certificate_check(&view, clock_wall_ms(), with, &problem);
    certificate_view_fini(&view);
    return err;
}

static void assert_refused(const struct maker *maker, const char *field, const char *sentence)
{
    assert_int_equal(check(maker, &rules), ERR_INVALID);
    assert_string_equal(problem.field, field);
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, problem.text);
}

static void assert_good(const struct maker *maker)
{
    if (check(maker, &rules) != ERR_OK)
        fail_msg("refused: %s", problem.text);
}

static void the_view_tells_what_the_certificate_says(void **state)
{
    struct certificate_view v =
        view_of(&(struct maker){.san = "DNS:a.example,IP:10.0.0.1,IP:::1,URI:urn:dev:1,"
                                       "email:a@b.example,RID:1.2.3",
                                .start_s = -86400,
                                .end_s = 86400});
    int64_t now = clock_wall_ms();
    assert_string_equal(v.subject, "CN=device");
    assert_string_equal(v.issuer, "CN=device");
    assert_string_equal(v.serial, "0badcafe");
    assert_in_range(now - 86400000 - v.not_before_ms + 5000, 0, 10000);
    assert_in_range(v.not_after_ms - now - 86400000 + 5000, 0, 10000);
    assert_true(certificate_not_after(buf_slice(&v.base64)) == v.not_after_ms);
    for (size_t len = 0; len < v.base64.len; len += 3) /* cut off: its end, or that it cannot be read */
        (void)certificate_not_after(slice_of(v.base64.data, len));
    assert_true(certificate_not_after(SLICE("AAAA")) == 0 && certificate_not_after(SLICE("MIIB")) == 0);
    assert_string_equal(v.key_type, "EC P-256");
    assert_int_equal(v.key_bits, 256);
    assert_string_equal(v.signature, "ecdsa-with-SHA256");
    assert_int_equal(v.san_count, 6);
    assert_int_equal(v.san_total, 6);
    assert_string_equal(v.san[0], "DNS:a.example");
    assert_string_equal(v.san[1], "IP:10.0.0.1");
    assert_string_equal(v.san[2], "IP:::1");
    assert_string_equal(v.san[3], "URI:urn:dev:1");
    assert_string_equal(v.san[4], "email:a@b.example");
    assert_string_equal(v.san[5], "RID:1.2.3");
    assert_false(v.is_ca);
    assert_true(v.is_self_signed);
    certificate_view_fini(&v);
}

static void authorities_and_issuers_are_told(void **state)
{
    struct certificate_view ca = view_of(&(struct maker){.constraints = "critical,CA:TRUE"});
    struct certificate_view issued = view_of(&(struct maker){.issuer = "maker"});
    struct certificate_view same_name = view_of(&(struct maker){.issuer = "device"});
    assert_true(ca.is_ca);
    assert_string_equal(issued.issuer, "CN=maker");
    assert_false(issued.is_ca || issued.is_self_signed);
    assert_false(same_name.is_self_signed); /* the name alone says nothing */
    certificate_view_fini(&ca);
    certificate_view_fini(&issued);
    certificate_view_fini(&same_name);
}

static void only_authorities_may_issue(void **state)
{
    static const struct {
        struct maker maker;
        const char *sentence; /* NULL: may issue */
    } rows[] = {
        {{.constraints = "critical,CA:TRUE", .usage = "critical,keyCertSign,cRLSign"}, NULL},
        {{.constraints = "CA:TRUE,pathlen:0"}, NULL},
        {{.constraints = "critical,CA:TRUE", .start_s = -7200, .end_s = -3600}, NULL},
        {{.subject = "leaf"}, "has no basic constraints"},
        {{.constraints = "critical,CA:FALSE"}, "say CA:FALSE"},
        {{.constraints = "critical,CA:TRUE", .usage = "digitalSignature"}, "leaves out keyCertSign"},
        {{.constraints = "critical,CA:TRUE", .comment = "critical,x"}, "critical extension"},
        {{.is_version_1 = true}, "X.509 version 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF der = make_certificate(&rows[i].maker);
        problem = (struct problem){0};
        err_t expected = rows[i].sentence != NULL ? ERR_INVALID : ERR_OK;
        assert_int_equal(certificate_check_issuer(buf_slice(&der), &problem), expected);
        if (rows[i].sentence != NULL)
            assert_non_null(strstr(problem.text, rows[i].sentence));
    }
    assert_int_equal(certificate_check_issuer(slice_of(NULL, 0), NULL), ERR_INVALID);
    assert_int_equal(certificate_check_issuer(SLICE("0123"), NULL), ERR_INVALID);
}

static void assert_key(const char *key, const char *type, unsigned bits)
{
    struct certificate_view v = view_of(&(struct maker){.key = key});
    assert_string_equal(v.key_type, type);
    assert_int_equal(v.key_bits, bits);
    certificate_view_fini(&v);
}

static void keys_have_their_usual_names(void **state)
{
    assert_key("RSA:1024", "RSA 1024", 1024);
    assert_key("RSA:4096", "RSA 4096", 4096);
    assert_key("EC:secp224r1", "EC P-224", 224);
    assert_key("EC:P-384", "EC P-384", 384);
    assert_key("EC:P-521", "EC P-521", 521);
    assert_key("EC:secp256k1", "EC secp256k1", 256);
    assert_key("EC:brainpoolP256r1", "EC brainpoolP256r1", 256);
    assert_key("EC:P-256:explicit", "EC with explicit parameters, 256 bits", 256);
    assert_key("ED25519", "Ed25519", 256);
    assert_key("ED448", "Ed448", 456);
}

static void good_certificates_pass(void **state)
{
    assert_good(&(struct maker){.key = "RSA:2048"});
    assert_good(&(struct maker){.key = "RSA:4096"});
    assert_good(&(struct maker){.key = "EC:P-256"});
    assert_good(&(struct maker){.key = "EC:secp224r1"});
    assert_good(&(struct maker){.key = "ED25519"});
    assert_good(&(struct maker){.digest = "SHA512", .issuer = "maker"});
    assert_good(&(struct maker){.digest = "SHA1"}); /* self-signed: nothing rests on it */
    assert_good(&(struct maker){.key = "RSA:2048", .is_pss = true});
}

static void weak_keys_are_refused(void **state)
{
    assert_refused(&(struct maker){.key = "RSA:1024"}, "key",
                   "key too small: RSA 1024; expected RSA of at least 2048 bits");
    assert_refused(&(struct maker){.key = "EC:P-192"}, "key", "key too small: EC P-192 (192 bits)");
    assert_refused(&(struct maker){.key = "EC:secp160r1"}, "key", "key too small: EC secp160r1");
    assert_refused(&(struct maker){.key = "EC:P-256:explicit"}, "key", "expected a named curve");
    assert_refused(&(struct maker){.key = "X25519", .issuer = "maker"}, "key", "cannot log in with: X25519");
    assert_int_equal(
        check(&(struct maker){.key = "RSA:1024"}, &(struct certificate_rules){.min_rsa_bits = 1024}), ERR_OK);
    assert_int_equal(
        check(&(struct maker){.key = "RSA:2048"}, &(struct certificate_rules){.min_rsa_bits = 2049}),
        ERR_INVALID);
}

static void weak_signatures_are_refused(void **state)
{
    assert_refused(&(struct maker){.key = "RSA:2048", .digest = "MD5"}, "signature",
                   "weak signature algorithm: md5WithRSAEncryption");
    assert_refused(&(struct maker){.digest = "SHA1", .issuer = "maker"}, "signature",
                   "weak signature algorithm: ecdsa-with-SHA1");
    assert_refused(&(struct maker){.digest = "SHA1", .issuer = "maker", .is_pss = true}, "signature",
                   "RSASSA-PSS with SHA1");
}

static void dates_decide_unless_told_otherwise(void **state)
{
    const struct maker expired = {.start_s = -7200, .end_s = -3600},
                       future = {.start_s = 3600, .end_s = 7200};
    const struct certificate_rules any_date = {.min_rsa_bits = 2048, .allow_expired = true};
    assert_refused(&expired, "validity", "expired: valid until 20");
    assert_non_null(strstr(problem.text, " UTC; it is 20"));
    assert_refused(&future, "validity", "not valid yet: valid from 20");
    assert_int_equal(check(&expired, &any_date), ERR_OK);
    assert_int_equal(check(&future, &any_date), ERR_OK);
}

static void validity_includes_both_its_ends(void **state)
{
    struct certificate_view v = view_of(&(struct maker){0});
    assert_int_equal(certificate_check(&v, v.not_before_ms - 1, &rules, NULL), ERR_INVALID);
    assert_int_equal(certificate_check(&v, v.not_before_ms, &rules, NULL), ERR_OK);
    assert_int_equal(certificate_check(&v, v.not_after_ms + 999, &rules, NULL), ERR_OK);
    assert_int_equal(certificate_check(&v, v.not_after_ms + 1000, &rules, NULL), ERR_INVALID);
    certificate_view_fini(&v);
}

static void hostile_names_are_safe_to_show(void **state)
{
    /* NOLINTNEXTLINE(misc-misleading-bidirectional): that is what is tested */
    static const char name[] = "a\n\x1b[31m\0b,=\xc3\xa4\xe2\x80\xae\xc2\x9b";
    struct certificate_view v = view_of(&(struct maker){.subject = name, .subject_len = sizeof name - 1});
    assert_string_equal(v.subject, "CN=a\\0A\\1B[31m\\00b\\,=\xc3\xa4\\E2\\80\\AE\\C2\\9B");
    certificate_view_fini(&v);
}

static void long_names_are_cut(void **state)
{
    char san[4000] = "", subject[65];
    memset(subject, 'x', 64);
    subject[64] = '\0';
    for (int i = 0; i < 20; i++)
        snprintf(san + strlen(san), sizeof san - strlen(san), "%sDNS:host%d.%.*s", i ? "," : "", i, i * 5,
                 subject);
    struct certificate_view v = view_of(&(struct maker){.san = san, .subject = subject});
    assert_int_equal(v.san_count, CERTIFICATE_SAN_MAX);
    assert_int_equal(v.san_total, 20);
    certificate_view_fini(&v);
    char uri[800] = "URI:";
    memset(uri + 4, 'u', sizeof uri - 5);
    v = view_of(&(struct maker){.san = uri});
    assert_int_equal(strlen(v.san[0]), CERTIFICATE_SAN_SIZE - 1);
    assert_string_equal(v.san[0] + CERTIFICATE_SAN_SIZE - 4, "...");
    certificate_view_fini(&v);
}

/* The definition of the fingerprint, computed by the openssl command. */
static void digests_are_those_of_the_openssl_command(void **state)
{
    char path[] = "/tmp/postern-certificate-XXXXXX", command[256], sha3[80] = "", sha256[80] = "";
    AUTO_BUF der = make_certificate(&(struct maker){.key = "RSA:4096"});
    AUTO_BUF pem = make_pem(buf_slice(&der), "CERTIFICATE");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, pem.data, pem.len) == (ssize_t)pem.len && close(fd) == 0);
    snprintf(
        command, sizeof command,
        "grep -v -e ----- %s | tr -d '\\n' | openssl dgst -sha3-256 -r; openssl x509 -in %s -outform DER | "
        "sha256sum",
        path, path);
    FILE *pipe = popen(command, "r");
    assert_int_equal(fscanf(pipe, "%79s %*s %79s", sha3, sha256), 2);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(unlink(path), 0);
    struct certificate_view v;
    uint8_t fingerprint[FINGERPRINT_SIZE];
    assert_int_equal(certificate_view_read(buf_slice(&der), &v, NULL), ERR_OK);
    assert_string_equal(v.fingerprint_hex, sha3);
    assert_string_equal(v.sha256_hex, sha256);
    certificate_fingerprint(buf_slice(&der), fingerprint);
    assert_memory_equal(fingerprint, v.fingerprint, sizeof fingerprint);
    assert_null(memchr(v.base64.data, '\n', v.base64.len));
    assert_int_equal(v.base64.len, (der.len + 2) / 3 * 4);
    certificate_view_fini(&v);
}

/* Around the size where the text moves from the stack to the heap, and at the bound. */
static void fingerprints_of_any_size(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 6140, 6141, 6142, 6143, 6144, CERTIFICATE_DER_MAX};
    uint8_t *data = calloc(1, CERTIFICATE_DER_MAX + 1), print[32], expected[32], zeros[32] = {0};
    unsigned char *text = malloc((size_t)CERTIFICATE_DER_MAX * 2);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        certificate_fingerprint(slice_of(data, sizes[i]), print);
        int len = EVP_EncodeBlock(text, data, (int)sizes[i]);
        assert_int_equal(EVP_Digest(text, (size_t)len, expected, NULL, EVP_sha3_256(), NULL), 1);
        assert_memory_equal(print, expected, 32);
    }
    certificate_fingerprint(slice_of(data, CERTIFICATE_DER_MAX + 1), print);
    assert_memory_equal(print, zeros, 32);
    free(data);
    free(text);
}

static void damaged_certificates_are_refused(void **state)
{
    AUTO_BUF der = make_certificate(&(struct maker){0}), longer = {0};
    struct certificate_view v = {.key_bits = 7};
    for (size_t len = 0; len < der.len; len++)
        assert_int_equal(certificate_view_read(slice_of(der.data, len), &v, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "no X.509 structure"));
    assert_int_equal(v.key_bits, 7);
    buf_append_slice(&longer, buf_slice(&der));
    buf_append_u8(&longer, 0);
    assert_int_equal(certificate_view_read(buf_slice(&longer), &v, &problem), ERR_INVALID);
    buf_reserve(&longer, CERTIFICATE_DER_MAX);
    longer.len = CERTIFICATE_DER_MAX + 1;
    assert_int_equal(certificate_view_read(buf_slice(&longer), &v, &problem), ERR_LIMIT);
}

/* A flipped bit anywhere is read or refused, never more, and leaves no error for the thread's next TLS call.
 */
static void flipped_bits_do_no_harm(void **state)
{
    AUTO_BUF der = make_certificate(&(struct maker){.san = "DNS:a.example,IP:::1", .constraints = "CA:TRUE"});
    for (size_t bit = 0; bit < der.len * 8; bit++) {
        struct certificate_view v;
        der.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (certificate_view_read(buf_slice(&der), &v, NULL) == ERR_OK) {
            (void)!certificate_check(&v, clock_wall_ms(), &rules, NULL);
            assert_true(text_is_utf8(slice_str(v.subject)) && text_is_utf8(slice_str(v.san[0])));
            certificate_view_fini(&v);
        }
        der.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_view_tells_what_the_certificate_says),
        cmocka_unit_test(authorities_and_issuers_are_told),
        cmocka_unit_test(only_authorities_may_issue),
        cmocka_unit_test(keys_have_their_usual_names),
        cmocka_unit_test(good_certificates_pass),
        cmocka_unit_test(weak_keys_are_refused),
        cmocka_unit_test(weak_signatures_are_refused),
        cmocka_unit_test(dates_decide_unless_told_otherwise),
        cmocka_unit_test(validity_includes_both_its_ends),
        cmocka_unit_test(hostile_names_are_safe_to_show),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(digests_are_those_of_the_openssl_command),
        cmocka_unit_test(fingerprints_of_any_size),
        cmocka_unit_test(damaged_certificates_are_refused),
        cmocka_unit_test(flipped_bits_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
