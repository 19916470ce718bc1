#include "pki/authority.h"

#include "base/random.h"
#include "base/text.h"
#include "pki/openssl.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <time.h>

enum {
    HOSTS_MAX = 64,
    NAME_MAX_BYTES = 64,
    SERIAL_BYTES = 16,
    DAY_SECONDS = 24 * 3600,
    BACKDATE_SECONDS = 3600
};

void identity_fini(struct identity *identity)
{
    if (identity->key.data != NULL)
        wipe(identity->key.data, identity->key.cap);
    buf_fini(&identity->key);
    buf_fini(&identity->certificate);
}

static err_t library_failed(struct problem *problem, const char *what)
{
    char reason[120];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    return fail(problem, ERR_INTERNAL, "", "%s failed: %s", what, reason);
}

/* ---- hosts ---- */

static bool is_dns_name(const char *host)
{
    size_t len = strlen(host), label = 0;
    const char *start = strncmp(host, "*.", 2) == 0 ? host + 2 : host;
    if (len > 253 || *start == '\0')
        return false;
    for (const char *c = start;; c++) {
        if (*c == '.' || *c == '\0') {
            if (label == 0 || label > 63 || c[-1] == '-')
                return false;
            if (*c == '\0')
                return true;
            label = 0;
            continue;
        }
        if (!isascii(*c) || (!isalnum((unsigned char)*c) && *c != '_' && (*c != '-' || label == 0)))
            return false;
        label++;
    }
}

/* @return bytes of the address written to @p out: 4, 16, or 0 when @p host is no address */
static int parse_address(const char *host, unsigned char out[16])
{
    if (inet_pton(AF_INET, host, out) == 1)
        return 4;
    return inet_pton(AF_INET6, host, out) == 1 ? 16 : 0;
}

/* Digits and dots alone are a mistyped address, which no client would look for as a DNS name. */
bool authority_host_is_valid(const char *host)
{
    unsigned char address[16];
    if (parse_address(host, address) != 0)
        return true;
    return strspn(host, "0123456789.") != strlen(host) && is_dns_name(host);
}

static bool set_host(GENERAL_NAME *name, const char *host)
{
    unsigned char address[16];
    int len = parse_address(host, address);
    ASN1_STRING *value = ASN1_STRING_type_new(len ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (value == NULL || ASN1_STRING_set(value, len ? (const void *)address : host, len ? len : -1) != 1) {
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, len ? GEN_IPADD : GEN_DNS, value);
    return true;
}

static bool push_host(GENERAL_NAMES *names, const char *host)
{
    AUTO_GENERAL_NAME *name = GENERAL_NAME_new();
    if (name == NULL || !set_host(name, host) || sk_GENERAL_NAME_push(names, name) == 0)
        return false;
    name = NULL; /* the stack's now */
    return true;
}

static bool add_hosts(X509 *x509, const char *const *hosts, size_t count)
{
    AUTO_GENERAL_NAMES *names = GENERAL_NAMES_new();
    if (names == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!push_host(names, hosts[i]))
            return false;
    }
    return X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
}

/* ---- certificates ---- */

static bool add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool is_added = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

/* RFC 5280 section 4.1.2.2: positive, at most 20 bytes; unpredictable, so that no collision can be prepared.
 */
static bool set_serial(X509 *x509)
{
    unsigned char bytes[SERIAL_BYTES];
    random_bytes(bytes, sizeof bytes);
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
    AUTO_BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    return number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
}

static bool set_dates(X509 *x509, const X509 *issuer, int64_t now_ms, int days)
{
    time_t start = (time_t)(now_ms / 1000) - BACKDATE_SECONDS;
    if (ASN1_TIME_set(X509_getm_notBefore(x509), start) == NULL ||
        ASN1_TIME_adj(X509_getm_notAfter(x509), start, days, 0) == NULL)
        return false;
    const ASN1_TIME *last = issuer ? X509_get0_notAfter(issuer) : NULL;
    if (last != NULL && ASN1_TIME_compare(X509_get0_notAfter(x509), last) > 0)
        return X509_set1_notAfter(x509, last) == 1;
    return true;
}

static bool set_common_name(X509 *x509, const char *name)
{
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(x509), NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0) == 1;
}

static bool fill_authority(X509 *x509, EVP_PKEY *key, const char *name, int64_t now_ms)
{
    return X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) && set_common_name(x509, name) &&
           X509_set_issuer_name(x509, X509_get_subject_name(x509)) == 1 &&
           set_dates(x509, NULL, now_ms, AUTHORITY_DAYS) && X509_set_pubkey(x509, key) == 1 &&
           add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(x509, x509, NID_subject_key_identifier, "hash") &&
           X509_sign(x509, key, EVP_sha256()) > 0;
}

static bool fill_server(X509 *x509, EVP_PKEY *key, X509 *issuer, const char *const *hosts, size_t count,
                        int64_t now_ms)
{
    const char *name = strlen(hosts[0]) <= NAME_MAX_BYTES ? hosts[0] : "postern server";
    return X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) && set_common_name(x509, name) &&
           X509_set_issuer_name(x509, X509_get_subject_name(issuer)) == 1 &&
           set_dates(x509, issuer, now_ms, AUTHORITY_SERVER_DAYS) && X509_set_pubkey(x509, key) == 1 &&
           add_extension(x509, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(x509, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(x509, issuer, NID_ext_key_usage, "serverAuth") &&
           add_extension(x509, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(x509, issuer, NID_authority_key_identifier, "keyid:always") &&
           add_hosts(x509, hosts, count);
}

/* ---- PEM ---- */

/* Without a callback of ours OpenSSL would ask for a pass phrase on the terminal. */
static int no_pass_phrase(char *out, int size, int is_writing, void *arg)
{
    return -1;
}

static err_t take_bio(BIO *bio, struct buf *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    buf_append(out, data, (size_t)len);
    return buf_is_ok(out) ? ERR_OK : ERR_NOMEM;
}

static err_t write_pem(X509 *x509, EVP_PKEY *key, struct identity *out, struct problem *problem)
{
    AUTO_BIO *key_bio = BIO_new(BIO_s_secmem()), *certificate_bio = BIO_new(BIO_s_mem()); /* secmem wipes */
    if (key_bio == NULL || certificate_bio == NULL)
        return ERR_NOMEM;
    if (PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, no_pass_phrase, NULL) != 1 ||
        PEM_write_bio_X509(certificate_bio, x509) != 1)
        return library_failed(problem, "writing a certificate");
    TRY(take_bio(key_bio, &out->key));
    return take_bio(certificate_bio, &out->certificate);
}

static err_t give_identity(X509 *x509, EVP_PKEY *key, struct identity *ret, struct problem *problem)
{
    struct identity identity = {0};
    err_t err = write_pem(x509, key, &identity, problem);
    if (err != ERR_OK) {
        identity_fini(&identity);
        return err;
    }
    *ret = identity;
    return ERR_OK;
}

err_t authority_make(const char *name, int64_t now_ms, struct identity *ret, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_BYTES || !text_is_utf8(slice_str(name)))
        return fail(problem, ERR_INVALID, "name",
                    "the authority's name has %zu bytes; expected 1 to %d of UTF-8", len, NAME_MAX_BYTES);
    AUTO_PKEY *key = EVP_EC_gen("P-256");
    AUTO_X509 *x509 = X509_new();
    if (key == NULL || x509 == NULL || !fill_authority(x509, key, name, now_ms))
        return library_failed(problem, "making the authority's certificate");
    return give_identity(x509, key, ret, problem);
}

static err_t check_hosts(const char *const *hosts, size_t count, struct problem *problem)
{
    if (count == 0 || count > HOSTS_MAX)
        return fail(problem, ERR_INVALID, "host", "%zu host names; expected 1 to %d", count, HOSTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!authority_host_is_valid(hosts[i]))
            return fail(problem, ERR_INVALID, "host",
                        "\"%.100s\" is no host name; expected a DNS name such as "
                        "iot.example or an IP address (IPv6 without brackets)",
                        hosts[i]);
    }
    return ERR_OK;
}

static err_t read_pem(const struct identity *identity, X509 **ret_x509, EVP_PKEY **ret_key)
{
    AUTO_BIO *certificate = BIO_new_mem_buf(identity->certificate.data, (int)identity->certificate.len);
    AUTO_BIO *key = BIO_new_mem_buf(identity->key.data, (int)identity->key.len);
    if (certificate == NULL || key == NULL)
        return ERR_NOMEM;
    *ret_x509 = PEM_read_bio_X509(certificate, NULL, no_pass_phrase, NULL);
    *ret_key = PEM_read_bio_PrivateKey(key, NULL, no_pass_phrase, NULL);
    bool fits = *ret_x509 != NULL && *ret_key != NULL && X509_check_private_key(*ret_x509, *ret_key) == 1;
    return fits ? ERR_OK : ERR_INVALID;
}

err_t authority_issue_server(const struct identity *authority, const char *const *hosts, size_t count,
                             int64_t now_ms, struct identity *ret, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    TRY(check_hosts(hosts, count, problem));
    AUTO_X509 *issuer = NULL;
    AUTO_PKEY *issuer_key = NULL;
    if (read_pem(authority, &issuer, &issuer_key) != ERR_OK)
        return fail(problem, ERR_INVALID, "authority",
                    "the authority's key and certificate cannot be read, or do not belong together");
    AUTO_PKEY *key = EVP_EC_gen("P-256");
    AUTO_X509 *x509 = X509_new();
    if (key == NULL || x509 == NULL || !fill_server(x509, key, issuer, hosts, count, now_ms) ||
        X509_sign(x509, issuer_key, EVP_sha256()) <= 0)
        return library_failed(problem, "making the server's certificate");
    return give_identity(x509, key, ret, problem);
}
