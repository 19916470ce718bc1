#include "pki/certificate.h"

#include "pki/openssl.h"

static const char field[] = "certificate";

/* RFC 5280 sections 4.2.1.9 (basic constraints) and 4.2.1.3 (key usage). */
static err_t check_constraints(X509 *x509, uint32_t flags, struct problem *problem)
{
    if ((flags & EXFLAG_BCONS) == 0)
        return fail(problem, ERR_INVALID, field,
                    "not an authority: the certificate has no basic constraints; expected CA:TRUE");
    if ((flags & EXFLAG_CA) == 0)
        return fail(problem, ERR_INVALID, field,
                    "not an authority: basic constraints of the certificate say CA:FALSE; expected CA:TRUE");
    if ((X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) == 0) /* all ones when the extension is absent */
        return fail(problem, ERR_INVALID, field,
                    "not an authority: key usage of the certificate leaves out keyCertSign");
    return ERR_OK;
}

err_t certificate_check_issuer(struct slice der, struct problem *problem)
{
    KEEP_ERROR_QUEUE();
    const unsigned char *pos = der.data;
    bool has_size = der.len != 0 && der.len <= CERTIFICATE_DER_MAX;
    AUTO_X509 *x509 = has_size ? d2i_X509(NULL, &pos, (long)der.len) : NULL;
    if (x509 == NULL)
        return fail(problem, ERR_INVALID, field, "not a certificate: no X.509 structure (ASN.1)");
    if (X509_get_version(x509) != X509_VERSION_3)
        return fail(problem, ERR_INVALID, field,
                    "not an authority: a certificate of X.509 version %ld cannot say that it is one; "
                    "expected version 3",
                    X509_get_version(x509) + 1);
    uint32_t flags = X509_get_extension_flags(x509);
    if ((flags & EXFLAG_INVALID) != 0)
        return fail(problem, ERR_INVALID, field, "the certificate's extensions are garbled");
    if ((flags & EXFLAG_CRITICAL) != 0)
        return fail(problem, ERR_INVALID, field,
                    "the certificate has a critical extension that is not understood here");
    return check_constraints(x509, flags, problem);
}
