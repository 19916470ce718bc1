#include "maker.h"

#include "unit.h"

#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

EVP_PKEY *make_key(const char *kind)
{
    EVP_PKEY *key = NULL;
    if (strncmp(kind, "RSA:", 4) == 0)
        key = EVP_RSA_gen((unsigned)strtoul(kind + 4, NULL, 10));
    else if (strcmp(kind, "EC:P-256:explicit") == 0)
        key = EVP_EC_gen("P-256");
    else if (strncmp(kind, "EC:", 3) == 0)
        key = EVP_EC_gen(kind + 3);
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    assert_non_null(key);
    if (strstr(kind, ":explicit") != NULL)
        assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
    return key;
}

static void set_name(X509_NAME *name, const char *text, size_t len)
{
    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                (const unsigned char *)text, (int)(len ? len : strlen(text)),
                                                -1, 0),
                     1);
}

static void set_extension(X509 *x509, int nid, const char *value)
{
    if (value == NULL)
        return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void sign(X509 *x509, EVP_PKEY *key, const struct maker *maker)
{
    const EVP_MD *digest = EVP_get_digestbyname(maker->digest ? maker->digest : "SHA256");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_context = NULL;
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        digest = NULL;
    assert_int_equal(EVP_DigestSignInit(context, &key_context, digest, NULL, key), 1);
    if (maker->is_pss)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING), 1);
    assert_true(X509_sign_ctx(x509, context) > 0);
    EVP_MD_CTX_free(context);
}

struct buf make_certificate(const struct maker *maker)
{
    long start = maker->start_s || maker->end_s ? maker->start_s : -86400;
    long end = maker->start_s || maker->end_s ? maker->end_s : 365L * 86400;
    const char *subject = maker->subject ? maker->subject : "device";
    EVP_PKEY *key = make_key(maker->key ? maker->key : "EC:P-256");
    EVP_PKEY *issuer_key = maker->issuer ? make_key(maker->is_pss ? "RSA:2048" : "EC:P-256") : NULL;
    X509 *x509 = X509_new();
    assert_non_null(x509);
    assert_int_equal(X509_set_version(x509, maker->is_version_1 ? X509_VERSION_1 : X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 0x0badcafe), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), start));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), end));
    set_name(X509_get_subject_name(x509), subject, maker->subject_len);
    set_name(X509_get_issuer_name(x509), maker->issuer ? maker->issuer : subject,
             maker->issuer ? 0 : maker->subject_len);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    set_extension(x509, NID_basic_constraints, maker->constraints);
    set_extension(x509, NID_key_usage, maker->usage);
    set_extension(x509, NID_netscape_comment, maker->comment);
    set_extension(x509, NID_subject_alt_name, maker->san);
    bool can_sign = issuer_key != NULL || !EVP_PKEY_is_a(key, "X25519");
    assert_true(can_sign);
    sign(x509, issuer_key ? issuer_key : key, maker);
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);
    assert_true(len > 0);
    struct buf out = {0};
    buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    X509_free(x509);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
    return out;
}

struct buf make_pem(struct slice der, const char *label)
{
    struct buf out = {0};
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    assert_true(PEM_write_bio(bio, label, "", der.data, (long)der.len) > 0);
    long len = BIO_get_mem_data(bio, &text);
    buf_append(&out, text, (size_t)len);
    BIO_free_all(bio);
    return out;
}

static struct buf encode_key(const char *kind, enum key_form form, const char *format)
{
    static const char *const structures[] = {"PrivateKeyInfo", "type-specific", "SubjectPublicKeyInfo",
                                             "EncryptedPrivateKeyInfo"};
    EVP_PKEY *key = make_key(kind);
    struct buf out = {0};
    unsigned char *data = NULL;
    size_t len = 0;
    int selection = form == KEY_PUBLIC ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
    OSSL_ENCODER_CTX *encoder = OSSL_ENCODER_CTX_new_for_pkey(key, selection, format, structures[form], NULL);
    assert_non_null(encoder);
    if (form == KEY_ENCRYPTED) {
        assert_int_equal(OSSL_ENCODER_CTX_set_cipher(encoder, "AES-256-CBC", NULL), 1);
        assert_int_equal(OSSL_ENCODER_CTX_set_passphrase(encoder, (const unsigned char *)"secret", 6), 1);
    }
    assert_int_equal(OSSL_ENCODER_to_data(encoder, &data, &len), 1);
    buf_append(&out, data, len);
    OPENSSL_free(data);
    OSSL_ENCODER_CTX_free(encoder);
    EVP_PKEY_free(key);
    return out;
}

struct buf make_key_pem(const char *kind, enum key_form form)
{
    return encode_key(kind, form, "PEM");
}

struct buf make_key_der(const char *kind, enum key_form form)
{
    return encode_key(kind, form, "DER");
}

struct buf make_request(const char *label)
{
    EVP_PKEY *key = make_key("EC:P-256");
    X509_REQ *request = X509_REQ_new();
    unsigned char *data = NULL;
    set_name(X509_REQ_get_subject_name(request), "device", 0);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    int len = i2d_X509_REQ(request, &data);
    assert_true(len > 0);
    struct slice der = slice_of(data, (size_t)len);
    struct buf out = {0};
    if (label != NULL)
        out = make_pem(der, label);
    else
        buf_append_slice(&out, der);
    OPENSSL_free(data);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return out;
}
