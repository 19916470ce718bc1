/** @file chain_fault.h - the sentence for what OpenSSL found wrong with a path. Private to pki/. */
#pragma once

#include "pki/certificate.h"
#include "pki/openssl.h"

enum { SHORT_NAME_SIZE = 88 };

struct chain_fault {
    int error;         /* X509_V_ERR_.. */
    X509 *certificate; /* the one at fault */
    bool is_leaf, is_authority;
    int64_t now_ms;
    const struct certificate_rules *rules;
};

/** @return ERR_NOT_FOUND (no path to the authority) · ERR_DENIED · ERR_NOMEM; @p problem has the sentence */
MUST_USE err_t chain_fault_tell(const struct chain_fault *fault, struct problem *problem);

/** A certificate of a valid path has too small a key, or a weak signature (not asked of the authority). */
MUST_USE err_t chain_check_strength(const struct chain_fault *about, struct problem *problem);

/** The common name, or else the whole name, safe to show. */
void chain_short_name(const X509_NAME *name, char *out, size_t size);
