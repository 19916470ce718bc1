#include "pki/certificate.h"

#include "base/text.h"
#include "pki/name_text.h"
#include "pki/openssl.h"

#include <arpa/inet.h>
#include <time.h>

static const char field[] = "certificate";

/* RFC 4514 text. ESC_MSB is left out: UTF-8 is for people; name_text_append() escapes what is not. */
static err_t read_name(const X509_NAME *name, char *out, size_t size)
{
    const unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    AUTO_BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL)
        return ERR_NOMEM;
    char *text = NULL;
    if (X509_NAME_print_ex(bio, name, 0, flags) < 0) {
        name_text_append(out, size, SLICE("(unreadable)"));
        return ERR_OK;
    }
    long len = BIO_get_mem_data(bio, &text);
    name_text_append(out, size, slice_of(text, (size_t)len));
    return ERR_OK;
}

static err_t read_names(const X509 *x509, struct certificate_view *v)
{
    TRY(read_name(X509_get_subject_name(x509), v->subject, sizeof v->subject));
    return read_name(X509_get_issuer_name(x509), v->issuer, sizeof v->issuer);
}

/* RFC 5280 section 4.1.2.2 allows 20 bytes; longer ones exist and are cut. */
static void read_serial(const X509 *x509, struct certificate_view *v)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    char hex[3];
    const uint8_t *data = ASN1_STRING_get0_data(serial);
    int len = ASN1_STRING_length(serial);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        name_text_append(v->serial, sizeof v->serial, SLICE("-"));
    for (int i = 0; i < len && i < 20; i++) {
        text_to_hex(slice_of(data + i, 1), hex);
        name_text_append(v->serial, sizeof v->serial, slice_str(hex));
    }
    if (len > 20)
        name_text_append(v->serial, sizeof v->serial, SLICE("..."));
}

static bool time_to_ms(const ASN1_TIME *time, int64_t *ret_ms)
{
    struct tm tm;
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
        return false;
    *ret_ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

static err_t read_dates(const X509 *x509, struct certificate_view *v, struct problem *problem)
{
    if (!time_to_ms(X509_get0_notBefore(x509), &v->not_before_ms) ||
        !time_to_ms(X509_get0_notAfter(x509), &v->not_after_ms))
        return fail(problem, ERR_INVALID, field, "not a certificate: its validity dates cannot be read");
    return ERR_OK;
}

static const char *curve_text(const char *name)
{
    static const char *const known[][2] = {
        {"prime192v1", "P-192"}, {"secp192r1", "P-192"}, {"secp224r1", "P-224"}, {"prime256v1", "P-256"},
        {"secp256r1", "P-256"},  {"secp384r1", "P-384"}, {"secp521r1", "P-521"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i][0], name) == 0)
            return known[i][1];
    }
    return name;
}

static void read_curve(EVP_PKEY *key, struct certificate_view *v)
{
    char name[32] = "", encoding[32] = "";
    size_t len;
    (void)EVP_PKEY_get_utf8_string_param(key, "encoding", encoding, sizeof encoding, &len);
    bool is_named =
        EVP_PKEY_get_group_name(key, name, sizeof name, &len) == 1 && strcmp(encoding, "explicit") != 0;
    v->key = is_named ? CERTIFICATE_KEY_EC : CERTIFICATE_KEY_EC_EXPLICIT;
    if (is_named)
        snprintf(v->key_type, sizeof v->key_type, "EC %s", curve_text(name));
    else
        snprintf(v->key_type, sizeof v->key_type, "EC with explicit parameters, %u bits", v->key_bits);
}

static void read_key(const X509 *x509, struct certificate_view *v)
{
    EVP_PKEY *key = X509_get0_pubkey(x509);
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    v->key_bits = bits > 0 ? (unsigned)bits : 0;
    if (key != NULL && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))) {
        v->key = CERTIFICATE_KEY_RSA;
        snprintf(v->key_type, sizeof v->key_type, "%s %u", EVP_PKEY_is_a(key, "RSA") ? "RSA" : "RSA-PSS",
                 v->key_bits);
    } else if (key != NULL && EVP_PKEY_is_a(key, "EC")) {
        read_curve(key, v);
    } else if (key != NULL && (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))) {
        v->key = CERTIFICATE_KEY_EDWARDS;
        snprintf(v->key_type, sizeof v->key_type, "%s", EVP_PKEY_is_a(key, "ED448") ? "Ed448" : "Ed25519");
    } else {
        const char *name = key ? EVP_PKEY_get0_type_name(key) : NULL;
        v->key_bits = 0;
        snprintf(v->key_type, sizeof v->key_type, "%s", name ? name : "unknown");
    }
}

static enum certificate_digest digest_kind(int digest)
{
    switch (digest) {
    case NID_md2:
    case NID_md4:
    case NID_md5:
    case NID_md5_sha1: return CERTIFICATE_DIGEST_BROKEN;
    case NID_sha1: return CERTIFICATE_DIGEST_SHA1;
    default: return CERTIFICATE_DIGEST_SOUND;
    }
}

static void read_signature(X509 *x509, struct certificate_view *v)
{
    int nid = X509_get_signature_nid(x509), digest = NID_undef, unused = 0, security = 0;
    uint32_t flags = 0;
    const ASN1_OBJECT *algorithm = NULL;
    if (X509_get_signature_info(x509, &digest, &unused, &security, &flags) == 1)
        v->digest = digest_kind(digest); /* NID_undef: the algorithm digests by itself, as Ed25519 does */
    X509_ALGOR_get0(&algorithm, NULL, NULL, X509_get0_tbs_sigalg(x509));
    if (nid == NID_rsassaPss && digest != NID_undef)
        snprintf(v->signature, sizeof v->signature, "RSASSA-PSS with %s", OBJ_nid2sn(digest));
    else
        OBJ_obj2txt(v->signature, sizeof v->signature, algorithm, 0);
}

static void put_san(char *out, const char *kind, struct slice value)
{
    snprintf(out, CERTIFICATE_SAN_SIZE, "%s:", kind);
    name_text_append(out, CERTIFICATE_SAN_SIZE, value);
}

static struct slice asn1_text(const ASN1_STRING *s)
{
    return slice_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static void put_address(char *out, const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN] = "?";
    int len = ASN1_STRING_length(address);
    if (len == 4 || len == 16)
        inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text);
    put_san(out, "IP", slice_str(text));
}

static err_t put_general_name(const GENERAL_NAME *name, char *out)
{
    char text[CERTIFICATE_SAN_SIZE] = "";
    switch (name->type) {
    case GEN_DNS: put_san(out, "DNS", asn1_text(name->d.dNSName)); break;
    case GEN_EMAIL: put_san(out, "email", asn1_text(name->d.rfc822Name)); break;
    case GEN_URI: put_san(out, "URI", asn1_text(name->d.uniformResourceIdentifier)); break;
    case GEN_IPADD: put_address(out, name->d.iPAddress); break;
    case GEN_DIRNAME:
        TRY(read_name(name->d.directoryName, text, sizeof text));
        put_san(out, "DN", slice_str(text));
        break;
    case GEN_RID:
        OBJ_obj2txt(text, sizeof text, name->d.registeredID, 1);
        put_san(out, "RID", slice_str(text));
        break;
    default: put_san(out, "other", SLICE("name of another kind")); break;
    }
    return ERR_OK;
}

static err_t read_alternative_names(const X509 *x509, struct certificate_view *v)
{
    AUTO_GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    int count = names ? sk_GENERAL_NAME_num(names) : 0;
    v->san_total = (size_t)count;
    for (int i = 0; i < count && v->san_count < CERTIFICATE_SAN_MAX; i++)
        TRY(put_general_name(sk_GENERAL_NAME_value(names, i), v->san[v->san_count++]));
    return ERR_OK;
}

static err_t read_digests(struct slice der, struct certificate_view *v)
{
    certificate_fingerprint(der, v->fingerprint);
    text_to_hex(slice_of(v->fingerprint, sizeof v->fingerprint), v->fingerprint_hex);
    if (EVP_Digest(der.data, der.len, v->sha256, NULL, EVP_sha256(), NULL) != 1)
        return ERR_NOMEM;
    text_to_hex(slice_of(v->sha256, sizeof v->sha256), v->sha256_hex);
    uint8_t *room = buf_reserve(&v->base64, (der.len + 2) / 3 * 4 + 1);
    if (room == NULL)
        return ERR_NOMEM;
    v->base64.len = (size_t)EVP_EncodeBlock(room, der.data, (int)der.len);
    return ERR_OK;
}

static err_t read_view(X509 *x509, struct slice der, struct certificate_view *v, struct problem *problem)
{
    TRY(read_names(x509, v));
    TRY(read_dates(x509, v, problem));
    read_serial(x509, v);
    read_key(x509, v);
    read_signature(x509, v);
    TRY(read_alternative_names(x509, v));
    v->is_ca = X509_check_ca(x509) == 1;
    v->is_self_signed = X509_self_signed(x509, 1) == 1;
    return read_digests(der, v);
}

err_t certificate_view_read(struct slice der, struct certificate_view *ret, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    if (der.len > CERTIFICATE_DER_MAX)
        return fail(problem, ERR_LIMIT, field, "too large (%zu bytes); expected at most %d", der.len,
                    CERTIFICATE_DER_MAX);
    const unsigned char *pos = der.data;
    AUTO_X509 *x509 = der.len ? d2i_X509(NULL, &pos, (long)der.len) : NULL;
    if (x509 == NULL || pos != der.data + der.len)
        return fail(problem, ERR_INVALID, field,
                    "not a certificate: the %zu bytes are no X.509 structure (ASN.1)", der.len);
    struct certificate_view view = {0};
    err_t err = read_view(x509, der, &view, problem);
    if (err != ERR_OK) {
        certificate_view_fini(&view);
        return err;
    }
    *ret = view;
    return ERR_OK;
}

/* Enter (a SEQUENCE) or pass over the next element. false: it is none of this tag and class. */
static bool take_element(struct slice *rest, int tag, int class, bool enters, struct slice *ret)
{
    const unsigned char *pos = rest->data;
    long len = 0;
    int found_tag = 0, found_class = 0;
    int flags =
        rest->len != 0 ? ASN1_get_object(&pos, &len, &found_tag, &found_class, (long)rest->len) : 0x80;
    if ((flags & 0x80) != 0 || (flags & 1) != 0 || found_tag != tag || found_class != class)
        return false;
    size_t head = (size_t)(pos - rest->data);
    *ret = slice_of(rest->data, head + (size_t)len);
    *rest = enters ? slice_of(pos, (size_t)len) : slice_skip(*rest, ret->len);
    return true;
}

/* RFC 5280 section 4.1: Certificate, TBSCertificate, version, serial, signature, issuer, validity, notBefore. */
static int64_t find_not_after(struct slice rest)
{
    struct slice one;
    int64_t not_after_ms = 0;
    if (!take_element(&rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, true, &one) ||
        !take_element(&rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, true, &one))
        return 0;
    (void)take_element(&rest, 0, V_ASN1_CONTEXT_SPECIFIC, false, &one);
    if (!take_element(&rest, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, false, &one) ||
        !take_element(&rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, false, &one) ||
        !take_element(&rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, false, &one) ||
        !take_element(&rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, true, &one) ||
        (!take_element(&rest, V_ASN1_UTCTIME, V_ASN1_UNIVERSAL, false, &one) &&
         !take_element(&rest, V_ASN1_GENERALIZEDTIME, V_ASN1_UNIVERSAL, false, &one)))
        return 0;
    const unsigned char *pos = rest.data;
    ASN1_TIME *time = rest.len != 0 ? d2i_ASN1_TIME(NULL, &pos, (long)rest.len) : NULL;
    bool is_read = time != NULL && time_to_ms(time, &not_after_ms);
    ASN1_TIME_free(time);
    return is_read ? not_after_ms : 0;
}

int64_t certificate_not_after(struct slice base64)
{
    KEEP_ERROR_QUEUE();
    AUTO_BUF der = {0};
    bool is_size = base64.len != 0 && base64.len <= CERTIFICATE_DER_MAX / 3 * 4;
    uint8_t *room = is_size ? buf_reserve(&der, base64.len) : NULL;
    int len = room != NULL ? EVP_DecodeBlock(room, base64.data, (int)base64.len) : -1;
    return len > 0 ? find_not_after(slice_of(room, (size_t)len)) : 0;
}

void certificate_view_fini(struct certificate_view *view)
{
    buf_fini(&view->base64);
}
