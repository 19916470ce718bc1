#include "base/clock.h"
#include "pki/authority.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "unit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static const int64_t day_ms = 86400000;
static struct problem problem;
static struct identity authority;

static X509 *read_x509(const struct buf *pem)
{
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(x509);
    return x509;
}

static struct certificate_view view_of(const struct buf *pem)
{
    struct pem_chain chain;
    struct certificate_view view;
    assert_int_equal(pem_read_certificates(buf_slice(pem), &chain, NULL), ERR_OK);
    assert_int_equal(chain.count, 1);
    assert_int_equal(certificate_view_read(buf_slice(&chain.der[0]), &view, NULL), ERR_OK);
    pem_chain_fini(&chain);
    return view;
}

/* What a strict client does: the chain for the purpose "TLS server", and the name it asked for. */
static int verify(const struct buf *leaf, const struct buf *root, const char *host, const char *address)
{
    X509 *server = read_x509(leaf), *issuer = read_x509(root);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, issuer), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, server, NULL), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    assert_int_equal(X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER), 1);
    if (host != NULL)
        assert_int_equal(X509_VERIFY_PARAM_set1_host(param, host, 0), 1);
    if (address != NULL)
        assert_int_equal(X509_VERIFY_PARAM_set1_ip_asc(param, address), 1);
    int result = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(server);
    X509_free(issuer);
    return result;
}

static void the_authority_is_one(void **state)
{
    struct certificate_view v = view_of(&authority.certificate);
    int64_t now = clock_wall_ms();
    assert_string_equal(v.subject, "CN=postern test authority");
    assert_true(v.is_ca && v.is_self_signed);
    assert_string_equal(v.key_type, "EC P-256");
    assert_true(v.not_before_ms <= now - 3590000 && v.not_before_ms >= now - 3660000);
    assert_int_equal((v.not_after_ms - v.not_before_ms) / day_ms, AUTHORITY_DAYS);
    certificate_view_fini(&v);
    assert_memory_equal(authority.key.data, "-----BEGIN PRIVATE KEY-----\n", 28);
}

static void a_server_certificate_verifies_for_its_hosts_alone(void **state)
{
    const char *hosts[] = {"iot.example", "localhost", "127.0.0.1", "::1", "*.sub.example"};
    struct identity server;
    assert_int_equal(authority_issue_server(&authority, hosts, 5, clock_wall_ms(), &server, &problem),
                     ERR_OK);
    const struct buf *leaf = &server.certificate, *root = &authority.certificate;
    assert_int_equal(verify(leaf, root, NULL, NULL), X509_V_OK);
    assert_int_equal(verify(leaf, root, "iot.example", NULL), X509_V_OK);
    assert_int_equal(verify(leaf, root, "localhost", NULL), X509_V_OK);
    assert_int_equal(verify(leaf, root, "a.sub.example", NULL), X509_V_OK);
    assert_int_equal(verify(leaf, root, NULL, "127.0.0.1"), X509_V_OK);
    assert_int_equal(verify(leaf, root, NULL, "::1"), X509_V_OK);
    assert_int_equal(verify(leaf, root, "other.example", NULL), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(verify(leaf, root, NULL, "127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
    struct certificate_view v = view_of(leaf);
    assert_string_equal(v.subject, "CN=iot.example");
    assert_string_equal(v.issuer, "CN=postern test authority");
    assert_false(v.is_ca || v.is_self_signed);
    assert_int_equal((v.not_after_ms - v.not_before_ms) / day_ms, AUTHORITY_SERVER_DAYS);
    assert_int_equal(v.san_count, 5);
    assert_string_equal(v.san[0], "DNS:iot.example");
    assert_string_equal(v.san[3], "IP:::1");
    certificate_view_fini(&v);
    identity_fini(&server);
}

static void another_authority_does_not_verify(void **state)
{
    const char *hosts[] = {"localhost"};
    struct identity other, server;
    assert_int_equal(authority_make("postern test authority", clock_wall_ms(), &other, NULL), ERR_OK);
    assert_int_equal(authority_issue_server(&other, hosts, 1, clock_wall_ms(), &server, NULL), ERR_OK);
    assert_int_not_equal(verify(&server.certificate, &authority.certificate, NULL, NULL), X509_V_OK);
    struct identity mixed = {.key = other.key, .certificate = authority.certificate};
    assert_int_equal(authority_issue_server(&mixed, hosts, 1, clock_wall_ms(), &server, &problem),
                     ERR_INVALID);
    assert_non_null(strstr(problem.text, "do not belong together"));
    identity_fini(&other);
    identity_fini(&server);
}

static void a_server_does_not_outlive_its_authority(void **state)
{
    const char *hosts[] = {"localhost"};
    struct identity server;
    int64_t late = clock_wall_ms() + (AUTHORITY_DAYS - 10) * day_ms;
    assert_int_equal(authority_issue_server(&authority, hosts, 1, late, &server, NULL), ERR_OK);
    struct certificate_view v = view_of(&server.certificate), ca = view_of(&authority.certificate);
    assert_true(v.not_after_ms == ca.not_after_ms);
    certificate_view_fini(&v);
    certificate_view_fini(&ca);
    identity_fini(&server);
}

static void wrong_names_are_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "a b",
                                        "-a",
                                        "a-",
                                        "a-.b",
                                        "a..b",
                                        ".",
                                        "a.",
                                        "*",
                                        "*.",
                                        "a.*.b",
                                        "1.2.3",
                                        "1.2.3.4.5",
                                        "[::1]",
                                        "localhost:1",
                                        "a,DNS:b",
                                        "\xc3\xa4.example"};
    char longest[66];
    struct identity unused;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *hosts[] = {"localhost", wrong[i]};
        assert_int_equal(authority_issue_server(&authority, hosts, 2, 0, &unused, &problem), ERR_INVALID);
        assert_non_null(strstr(problem.text, "is no host name"));
    }
    assert_int_equal(authority_issue_server(&authority, NULL, 0, 0, &unused, &problem), ERR_INVALID);
    memset(longest, 'n', 65);
    longest[65] = '\0';
    assert_int_equal(authority_make(longest, 0, &unused, &problem), ERR_INVALID);
    assert_int_equal(authority_make("", 0, &unused, &problem), ERR_INVALID);
    assert_int_equal(authority_make("\xff", 0, &unused, &problem), ERR_INVALID);
}

static void a_long_first_host_is_no_common_name(void **state)
{
    const char *hosts[] = {
        "a123456789012345678901234567890123456789.a123456789012345678901234567890.example"};
    struct identity server;
    assert_int_equal(authority_issue_server(&authority, hosts, 1, clock_wall_ms(), &server, NULL), ERR_OK);
    assert_int_equal(verify(&server.certificate, &authority.certificate, hosts[0], NULL), X509_V_OK);
    identity_fini(&server);
}

static int make_authority(void **state)
{
    return authority_make("postern test authority", clock_wall_ms(), &authority, NULL) == ERR_OK ? 0 : -1;
}

static int free_authority(void **state)
{
    identity_fini(&authority);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_authority_is_one),
        cmocka_unit_test(a_server_certificate_verifies_for_its_hosts_alone),
        cmocka_unit_test(another_authority_does_not_verify),
        cmocka_unit_test(a_server_does_not_outlive_its_authority),
        cmocka_unit_test(wrong_names_are_refused),
        cmocka_unit_test(a_long_first_host_is_no_common_name),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
