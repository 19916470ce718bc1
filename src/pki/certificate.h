/**
 * @file certificate.h - what a person and the door want to know of an X.509 certificate.
 *
 * A view is a plain record copied out of the DER: no OpenSSL object stays behind. Names are RFC 4514 text in
 * UTF-8; control, direction-changing and invisible characters are written as \XX (hex of each byte), and what
 * is too long is cut and ends in "...". Pure; any thread; about 6 KiB, so keep it on the stack or the heap of
 * the caller, not in a connection.
 */
#pragma once

#include "base/buf.h"

enum {
    FINGERPRINT_SIZE = 32,
    FINGERPRINT_HEX_SIZE = 65, /* with the NUL */
    CERTIFICATE_DER_MAX = 64 * 1024,
    CERTIFICATE_NAME_SIZE = 512,
    CERTIFICATE_SAN_MAX = 16,
    CERTIFICATE_SAN_SIZE = 264,
    CERTIFICATE_SERIAL_SIZE = 48,
    CERTIFICATE_WORD_SIZE = 48,
};

enum certificate_key {
    CERTIFICATE_KEY_OTHER, /* no key to log in with over TLS */
    CERTIFICATE_KEY_RSA,
    CERTIFICATE_KEY_EC,
    CERTIFICATE_KEY_EC_EXPLICIT, /* EC with curve parameters of its own, which RFC 5480 section 2.1.1 forbids
                                  */
    CERTIFICATE_KEY_EDWARDS,     /* Ed25519, Ed448 */
};

enum certificate_digest {
    CERTIFICATE_DIGEST_UNKNOWN,
    CERTIFICATE_DIGEST_SOUND,
    CERTIFICATE_DIGEST_SHA1,
    CERTIFICATE_DIGEST_BROKEN, /* MD2, MD4, MD5 and MD5 with SHA-1 */
};

struct certificate_view {
    char subject[CERTIFICATE_NAME_SIZE];
    char issuer[CERTIFICATE_NAME_SIZE];
    char serial[CERTIFICATE_SERIAL_SIZE]; /* lower-case hex; "-" in front when negative */
    int64_t not_before_ms;                /* since 1970-01-01 UTC; may be negative */
    int64_t not_after_ms;
    enum certificate_key key;
    char key_type[CERTIFICATE_WORD_SIZE]; /* "RSA 4096", "EC P-256", "Ed25519" */
    unsigned key_bits;                    /* 0 when key is CERTIFICATE_KEY_OTHER */
    enum certificate_digest digest;
    char signature[CERTIFICATE_WORD_SIZE];               /* "ecdsa-with-SHA256", "sha256WithRSAEncryption" */
    char san[CERTIFICATE_SAN_MAX][CERTIFICATE_SAN_SIZE]; /* "DNS:name", "IP:10.0.0.1", "URI:..", "email:.." */
    size_t san_count;                                    /* filled entries of san */
    size_t san_total;                                    /* names in the certificate; may exceed san_count */
    bool is_ca;                                          /* basic constraints say so */
    bool is_self_signed;                                 /* the signature verifies with its own key */
    uint8_t fingerprint[FINGERPRINT_SIZE];               /* see certificate_fingerprint() */
    char fingerprint_hex[FINGERPRINT_HEX_SIZE];
    uint8_t sha256[FINGERPRINT_SIZE]; /* of the DER: what openssl x509 -fingerprint -sha256 shows */
    char sha256_hex[FINGERPRINT_HEX_SIZE];
    struct buf base64; /* of the DER, without line breaks, header and footer */
};

/**
 * Read one certificate.
 *
 * @param der  1 to CERTIFICATE_DER_MAX bytes, nothing after the certificate; borrowed for the call
 * @param ret  filled on ERR_OK, to be given back by certificate_view_fini(); untouched otherwise
 * @return ERR_OK · ERR_INVALID (no X.509 structure, unreadable dates) · ERR_LIMIT (size) · ERR_NOMEM
 * A certificate whose key or signature algorithm is unknown can be read; certificate_check() refuses it.
 * Cost: about one signature verification when subject and issuer are the same, else tens of microseconds.
 */
MUST_USE err_t certificate_view_read(struct slice der, struct certificate_view *ret, struct problem *problem);

/**
 * When a certificate ends, wall clock; 0: it cannot be read. For what was checked before: nothing else is looked at, and that
 * costs a microsecond instead of hundreds.
 * @param base64  of the DER, without line breaks, as view.base64
 */
int64_t certificate_not_after(struct slice base64);

/** Frees base64. */
void certificate_view_fini(struct certificate_view *view);

/** What certificate_check() expects. */
struct certificate_rules {
    unsigned min_rsa_bits;
    bool allow_expired; /* the dates do not matter */
};

/**
 * Whether a device may log in with this certificate, as far as the certificate alone can tell.
 *
 * Refused, in this order: a key of a kind TLS cannot use, RSA below min_rsa_bits, EC below 224 bits; a
 * signature with MD5 and its like, or with SHA-1 (allowed when self-signed: nothing rests on that
 * signature); a certificate that is not valid yet or has expired.
 *
 * @param now_ms   milliseconds since 1970-01-01 UTC
 * @param problem  the sentence, with the figures; field = "key", "signature" or "validity"
 * @return ERR_OK · ERR_INVALID
 */
MUST_USE err_t certificate_check(const struct certificate_view *view, int64_t now_ms,
                                 const struct certificate_rules *rules, struct problem *problem);

/**
 * Whether a certificate may stand above others, as far as it alone can tell: version 3, CA:TRUE, key usage (if
 * there) with keyCertSign, no critical extension that is not understood. Key, signature and dates are
 * certificate_check()'s.
 *
 * @param der      one certificate; borrowed for the call
 * @param problem  which of these it fails; field = "certificate"
 * @return ERR_OK · ERR_INVALID
 */
MUST_USE err_t certificate_check_issuer(struct slice der, struct problem *problem);

/**
 * The name under which a certificate is registered: SHA3-256 over the base64 text of the DER without line
 * breaks, header and footer.
 *
 * All zeros, which no certificate has, when memory ran out or @p der is longer than CERTIFICATE_DER_MAX.
 * Login path: any thread, never blocks, the text is built on the stack up to 6 KiB of DER.
 */
void certificate_fingerprint(struct slice der, uint8_t out[FINGERPRINT_SIZE]);
