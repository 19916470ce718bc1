#include "pki/chain_fault.h"

#include "pki/name_text.h"

static struct slice asn1_bytes(const ASN1_STRING *s)
{
    return slice_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

void chain_short_name(const X509_NAME *name, char *out, size_t size)
{
    const unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    out[0] = '\0';
    if (at >= 0) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, at);
        name_text_append(out, size, asn1_bytes(X509_NAME_ENTRY_get_data(entry)));
        return;
    }
    char *text = NULL;
    AUTO_BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, flags) < 0)
        return;
    long len = BIO_get_mem_data(bio, &text);
    name_text_append(out, size, slice_of(text, (size_t)len));
}

static const char *role_of(const struct chain_fault *f)
{
    if (f->is_leaf)
        return "device certificate";
    return f->is_authority ? "authority" : "intermediate";
}

static err_t refuse(const struct chain_fault *f, struct problem *problem, const char *what)
{
    char name[SHORT_NAME_SIZE];
    chain_short_name(X509_get_subject_name(f->certificate), name, sizeof name);
    return fail(problem, ERR_DENIED, "certificate", "certificate refused: %s '%s' %s", role_of(f), name,
                what);
}

/* certificate_check() knows the figures. @p dates: the validity is at fault, or else the key or the signature. */
static err_t check_alone(const struct chain_fault *f, bool dates, struct problem *problem)
{
    struct certificate_rules rules = {.min_rsa_bits = f->rules->min_rsa_bits, .allow_expired = !dates};
    struct certificate_view view = {0};
    struct problem found = {0};
    char what[PROBLEM_TEXT_MAX];
    unsigned char *der = NULL;
    int len = i2d_X509(f->certificate, &der);
    if (len <= 0)
        return fail(problem, ERR_NOMEM, "", "no memory");
    err_t err = certificate_view_read(slice_of(der, (size_t)len), &view, &found);
    OPENSSL_free(der);
    if (err == ERR_OK) {
        /* Nothing rests on the authority's own signature: it was registered. */
        view.is_self_signed = view.is_self_signed || f->is_authority;
        err = certificate_check(&view, f->now_ms, &rules, &found);
        certificate_view_fini(&view);
    }
    if (err == ERR_OK || err == ERR_NOMEM)
        return err;
    snprintf(what, sizeof what, "is not accepted: %.160s", found.text);
    return refuse(f, problem, what);
}

err_t chain_check_strength(const struct chain_fault *about, struct problem *problem)
{
    return check_alone(about, false, problem);
}

static const char *why_no_authority(X509 *x)
{
    uint32_t flags = X509_get_extension_flags(x);
    if (X509_get_version(x) == X509_VERSION_1)
        return "is no CA (an X.509 version 1 certificate, which has no basicConstraints)";
    if ((flags & EXFLAG_BCONS) == 0)
        return "is no CA (it has no basicConstraints)";
    if ((flags & EXFLAG_CA) == 0)
        return "is no CA (basicConstraints CA:FALSE)";
    return "may not sign certificates (keyUsage without keyCertSign)";
}

static const char *why_no_client(const struct chain_fault *f)
{
    uint32_t flags = X509_get_extension_flags(f->certificate);
    if ((flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(f->certificate) & XKU_SSL_CLIENT) == 0)
        return f->is_leaf ? "is not for clients (extendedKeyUsage without clientAuth)"
                          : "may not sign certificates of clients (extendedKeyUsage without clientAuth)";
    if ((flags & EXFLAG_KUSAGE) != 0)
        return f->is_leaf ? "is not for logging in (keyUsage without digitalSignature)"
                          : "may not sign certificates (keyUsage without keyCertSign)";
    return "is not for TLS clients (Netscape certificate type)";
}

static err_t tell_extension(const struct chain_fault *f, struct problem *problem)
{
    char what[128], oid[80] = "?";
    for (int i = 0; i < X509_get_ext_count(f->certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(f->certificate, i);
        if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) != 0)
            continue;
        OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(extension), 1);
        break;
    }
    snprintf(what, sizeof what, "has a critical extension that is unknown here: %s", oid);
    return refuse(f, problem, what);
}

static err_t tell_signature(const struct chain_fault *f, struct problem *problem)
{
    char what[SHORT_NAME_SIZE + 64], issuer[SHORT_NAME_SIZE];
    chain_short_name(X509_get_issuer_name(f->certificate), issuer, sizeof issuer);
    snprintf(what, sizeof what, "has a signature that does not match the key of '%s'", issuer);
    return refuse(f, problem, what);
}

static err_t tell_other_key(const struct chain_fault *f, struct problem *problem)
{
    char what[SHORT_NAME_SIZE + 96], issuer[SHORT_NAME_SIZE];
    chain_short_name(X509_get_issuer_name(f->certificate), issuer, sizeof issuer);
    snprintf(what, sizeof what, "is signed by '%s', but not with the key of a registered authority", issuer);
    (void)refuse(f, problem, what);
    return ERR_NOT_FOUND;
}

static err_t tell_path_length(const struct chain_fault *f, struct problem *problem)
{
    char what[96];
    snprintf(what, sizeof what, "allows %ld authorities below it, and the chain has more (path length)",
             X509_get_pathlen(f->certificate));
    return refuse(f, problem, what);
}

static const char *plain_text(int error)
{
    switch (error) {
    case X509_V_ERR_PERMITTED_VIOLATION:
        return "has a name that the name constraints of its issuers do not permit";
    case X509_V_ERR_EXCLUDED_VIOLATION: return "has a name that the name constraints of its issuers exclude";
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
        return "has a name, or its issuers have name constraints, of a kind that cannot be checked";
    case X509_V_ERR_NO_EXPLICIT_POLICY:
    case X509_V_ERR_INVALID_POLICY_EXTENSION:
        return "does not satisfy the certificate policies that it, or its issuers, ask for";
    case X509_V_ERR_INVALID_EXTENSION: return "has an extension that cannot be read";
    case X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED: return "is a proxy certificate (RFC 3820)";
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_NO_ISSUER_PUBLIC_KEY: return "has an issuer whose public key cannot be read";
    default: return NULL;
    }
}

static err_t tell_plainly(const struct chain_fault *f, struct problem *problem)
{
    char what[160];
    const char *text = plain_text(f->error);
    if (text != NULL)
        return refuse(f, problem, text);
    snprintf(what, sizeof what, "is not accepted: %s", X509_verify_cert_error_string(f->error));
    return refuse(f, problem, what);
}

err_t chain_fault_tell(const struct chain_fault *f, struct problem *problem)
{
    err_t err = ERR_OK;
    switch (f->error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: err = check_alone(f, true, problem); break;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK: err = check_alone(f, false, problem); break;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN: return refuse(f, problem, why_no_authority(f->certificate));
    case X509_V_ERR_PATH_LENGTH_EXCEEDED: return tell_path_length(f, problem);
    case X509_V_ERR_INVALID_PURPOSE: return refuse(f, problem, why_no_client(f));
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: return tell_extension(f, problem);
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return tell_signature(f, problem);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return tell_other_key(f, problem);
    case X509_V_ERR_OUT_OF_MEM: return fail(problem, ERR_NOMEM, "", "no memory");
    default: break;
    }
    return err != ERR_OK ? err : tell_plainly(f, problem);
}
