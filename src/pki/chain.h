/**
 * @file chain.h - the certificates that a device presents, and whether a registered authority vouches for the first.
 *
 * A handshake keeps them as DER (`struct chain_der`), the device's own certificate (the leaf) first, as TLS wants it,
 * the others in any order. chain_read() parses them once somebody has to know more than the leaf's fingerprint.
 * chain_check() validates a path by RFC 5280 section 6.1 from the leaf to one registered certificate, an authority or
 * an intermediate one, which need not be among those presented; presented certificates that do not belong to
 * the path do no harm. Revocation lists are not consulted. Spec: device API section 1.
 * Pure; any thread; what is parsed is bounded by CHAIN_MAX and CERTIFICATE_DER_MAX.
 */
#pragma once

#include "pki/certificate.h"

enum {
    CHAIN_MAX = 10,         /* certificates; what `tls.max_chain` allows at most */
    COMMON_NAME_SIZE = 256, /* 255 bytes and the NUL */
};

/** `{0}`: nothing was presented. */
struct chain_der {
    uint8_t *bytes;          /* heap: one certificate behind the other */
    uint32_t end[CHAIN_MAX]; /* of each, in bytes */
    uint32_t count;          /* certificates in bytes */
    uint32_t presented; /* certificates that the device sent; above count: too many, only the leaf was kept */
};

/** DER of one; @p i below count. Borrowed. */
struct slice chain_der_at(const struct chain_der *der, size_t i);
void chain_der_fini(struct chain_der *der); /* frees; leaves `{0}` */

struct chain;

/**
 * @param der  at least the leaf; borrowed for the call
 * @return ERR_OK · ERR_INVALID (not X.509) · ERR_NOMEM
 */
MUST_USE err_t chain_read(const struct chain_der *der, struct chain **ret, struct problem *problem);
void chain_free(struct chain *chain); /* NULL allowed */

/**
 * Names of those who signed: the leaf's issuer first, then the issuers of presented certificates that are reached
 * from it, nearest first; at least one. A registered authority that can vouch for the leaf has one of them as its
 * subject. Names come as a hash, which is equal for names that RFC 5280 section 7.1 calls equal; names that differ
 * may share one.
 */
size_t chain_issuer_count(const struct chain *chain);
uint32_t chain_issuer_hash(const struct chain *chain, size_t i);
/** The same of an authority's subject. @return ERR_OK · ERR_INVALID */
MUST_USE err_t chain_subject_hash(struct slice der, uint32_t *ret_hash, struct problem *problem);

/** The last of the issuers, for messages: its common name, or else the whole name. Cut to @p size. */
void chain_top_issuer(const struct chain *chain, char *out, size_t size);

/** Subject and issuer of the leaf are the same. */
bool chain_is_self_issued(const struct chain *chain);

/**
 * The first common name in the leaf's subject, UTF-8.
 * @return ERR_OK · ERR_DENIED: it has none, or one that is empty, longer than COMMON_NAME_SIZE - 1 bytes, no text, or
 *         holds NUL
 */
MUST_USE err_t chain_common_name(const struct chain *chain, char out[COMMON_NAME_SIZE],
                                 struct problem *problem);

/**
 * Whether @p authority vouches for the leaf.
 *
 * Refused, beside what RFC 5280 refuses (no CA, keyUsage without keyCertSign, path length, validity, name
 * constraints, policies, critical extensions that are unknown, signatures that do not match): a leaf that is a CA;
 * an extended key usage without clientAuth; keys below 112 bits of security or rules->min_rsa_bits and signatures with
 * MD5 or SHA-1, as certificate_check() does. rules->allow_expired is about the leaf only.
 *
 * @param authority  DER of the registered certificate; its own signature is not looked at
 * @param now_ms     milliseconds since 1970-01-01 UTC
 * @param problem    one sentence: "certificate refused: intermediate 'Y' is no CA (basicConstraints CA:FALSE)"
 * @return ERR_OK · ERR_NOT_FOUND (the authority has an issuer's name, but did not sign: another key) · ERR_DENIED ·
 *         ERR_INVALID (the authority's DER) · ERR_NOMEM
 * Cost: one signature verification for each certificate of the path.
 */
MUST_USE err_t chain_check(const struct chain *chain, struct slice authority, int64_t now_ms,
                           const struct certificate_rules *rules, struct problem *problem);
