#include "pki/der_kind.h"

#include "pki/openssl.h"

#include <openssl/asn1.h>

enum { SHOWN = 3 };

/* Tags of the outer SEQUENCE's first members (0 = there is none), and how many there are. */
struct shape {
    int tag[SHOWN];
    int count;
};

static struct shape shape_of(struct slice der)
{
    struct shape shape = {.count = 0};
    const unsigned char *pos = der.data;
    ASN1_SEQUENCE_ANY *members = d2i_ASN1_SEQUENCE_ANY(NULL, &pos, (long)der.len);
    if (members == NULL)
        return shape;
    shape.count = sk_ASN1_TYPE_num(members);
    for (int i = 0; i < shape.count && i < SHOWN; i++)
        shape.tag[i] = ASN1_TYPE_get(sk_ASN1_TYPE_value(members, i));
    while (sk_ASN1_TYPE_num(members) > 0) {
        ASN1_TYPE *member = sk_ASN1_TYPE_pop(members);
        if (member->type == V_ASN1_OCTET_STRING || member->type == V_ASN1_INTEGER)
            OPENSSL_cleanse(member->value.asn1_string->data, (size_t)member->value.asn1_string->length);
        ASN1_TYPE_free(member);
    }
    sk_ASN1_TYPE_free(members);
    return shape;
}

static bool starts_with(const struct shape *shape, int first, int second)
{
    return shape->count >= 2 && shape->tag[0] == first && shape->tag[1] == second;
}

static bool is_request(struct slice der)
{
    const unsigned char *pos = der.data;
    AUTO_X509_REQ *request = d2i_X509_REQ(NULL, &pos, (long)der.len);
    return request != NULL;
}

enum der_kind der_kind_of(struct slice der)
{
    KEEP_ERROR_QUEUE();
    const struct shape s = shape_of(der);
    /* RFC 5958 section 2 and 3, RFC 8017 appendix A.1, RFC 5915 section 3, RFC 5280 section 4.1 */
    bool is_pkcs8 = starts_with(&s, V_ASN1_INTEGER, V_ASN1_SEQUENCE) && s.tag[2] == V_ASN1_OCTET_STRING;
    bool is_encrypted = starts_with(&s, V_ASN1_SEQUENCE, V_ASN1_OCTET_STRING) && s.count == 2;
    bool is_rsa = starts_with(&s, V_ASN1_INTEGER, V_ASN1_INTEGER) && s.count > 4;
    bool is_ec = starts_with(&s, V_ASN1_INTEGER, V_ASN1_OCTET_STRING);
    if (is_pkcs8 || is_encrypted || is_rsa || is_ec)
        return DER_PRIVATE_KEY;
    if (s.count == 2 && (starts_with(&s, V_ASN1_SEQUENCE, V_ASN1_BIT_STRING) ||
                         starts_with(&s, V_ASN1_INTEGER, V_ASN1_INTEGER)))
        return DER_PUBLIC_KEY;
    return is_request(der) ? DER_REQUEST : DER_OTHER;
}
