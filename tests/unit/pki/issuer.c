#include "issuer.h"

#include "maker.h"
#include "unit.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

static void set_subject(X509_NAME *name, const struct wish *wish)
{
    const char *text = wish->subject ? wish->subject : "Nameless Ltd";
    size_t len = wish->subject_len ? wish->subject_len : strlen(text);
    int nid = wish->subject ? NID_commonName : NID_organizationName;
    /* As UTF8String, not MBSTRING_UTF8, which refuses names longer than RFC 5280 allows. */
    assert_int_equal(X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING, (const unsigned char *)text,
                                                (int)len, -1, 0),
                     1);
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    if (value == NULL)
        return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    CONF *none = NCONF_new(NULL); /* policies insist on one */
    X509V3_set_nconf(&context, none);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
    NCONF_free(none);
}

static void add_unknown(X509 *x509, const char *oid)
{
    if (oid == NULL)
        return;
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(data, (const unsigned char *)"\x05\x00", 2), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, data);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(object);
}

static void add_extensions(X509 *x509, X509 *issuer, const struct wish *w)
{
    add_extension(x509, issuer, NID_basic_constraints, w->constraints);
    add_extension(x509, issuer, NID_key_usage, w->key_usage);
    add_extension(x509, issuer, NID_ext_key_usage, w->ext_key_usage);
    add_extension(x509, issuer, NID_name_constraints, w->names);
    add_extension(x509, issuer, NID_subject_alt_name, w->san);
    add_extension(x509, issuer, NID_certificate_policies, w->policies);
    add_extension(x509, issuer, NID_policy_constraints, w->policy_limits);
    add_extension(x509, issuer, NID_subject_key_identifier, "hash");
    if (issuer != x509 && X509_get0_subject_key_id(issuer) != NULL)
        add_extension(x509, issuer, NID_authority_key_identifier, "keyid");
    add_unknown(x509, w->unknown);
}

static void break_signature(X509 *x509)
{
    const ASN1_BIT_STRING *signature;
    X509_get0_signature(&signature, NULL, x509);
    unsigned char *bytes = (unsigned char *)(uintptr_t)ASN1_STRING_get0_data(signature);
    bytes[ASN1_STRING_length(signature) - 1] ^= 1;
}

struct signer sign_wish(const struct wish *w, const struct signer *by)
{
    bool is_dated = w->start_s != 0 || w->end_s != 0;
    struct signer made = {X509_new(), make_key(w->key ? w->key : "EC:P-256")};
    X509 *x = made.x509, *issuer = by ? by->x509 : x;
    assert_int_equal(X509_set_version(x, w->is_version_1 ? X509_VERSION_1 : X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), is_dated ? w->start_s : -86400));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), is_dated ? w->end_s : 365L * 86400));
    set_subject(X509_get_subject_name(x), w);
    assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(issuer)), 1);
    assert_int_equal(X509_set_pubkey(x, made.key), 1);
    if (!w->is_version_1)
        add_extensions(x, issuer, w);
    EVP_PKEY *key = by ? by->key : made.key;
    const EVP_MD *digest = EVP_get_digestbyname(w->digest ? w->digest : "SHA256");
    assert_true(X509_sign(x, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : digest) > 0);
    if (w->has_broken_signature)
        break_signature(x);
    return made;
}

void signer_fini(struct signer *signer)
{
    X509_free(signer->x509);
    EVP_PKEY_free(signer->key);
    *signer = (struct signer){0};
}

struct buf signer_der(const struct signer *signer)
{
    unsigned char *der = NULL;
    struct buf out = {0};
    int len = i2d_X509(signer->x509, &der);
    assert_true(len > 0);
    buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    return out;
}

struct chain_der present(const struct signer *leaf, ...)
{
    struct chain_der der = {0};
    AUTO_BUF all = {0};
    va_list args;
    va_start(args, leaf);
    for (const struct signer *s = leaf; s != NULL; s = va_arg(args, const struct signer *)) {
        AUTO_BUF one = signer_der(s);
        buf_append_slice(&all, buf_slice(&one));
        der.end[der.count++] = (uint32_t)all.len;
    }
    va_end(args);
    der.presented = der.count;
    der.bytes = malloc(all.len);
    memcpy(der.bytes, all.data, all.len);
    return der;
}
