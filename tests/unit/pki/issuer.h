/** @file issuer.h - authorities and what they sign, to test chains with. Every failure ends the test. */
#pragma once

#include "pki/chain.h"

#include <openssl/x509.h>

/** What to make; zeros are sensible: EC P-256, SHA-256, version 3, valid from yesterday for a year. */
struct wish {
    const char *subject;       /* common name; NULL = none, the subject is an organization then */
    size_t subject_len;        /* when it holds NUL bytes; 0 = strlen */
    const char *key;           /* as in maker.h */
    const char *digest;        /* "SHA1" .. */
    const char *constraints;   /* "critical,CA:TRUE,pathlen:0"; likewise the next three */
    const char *key_usage;     /* "keyCertSign" */
    const char *ext_key_usage; /* "serverAuth" */
    const char *names;         /* name constraints: "critical,permitted;DNS:example.org" */
    const char *san;           /* "DNS:a.example.org" */
    const char *unknown;       /* OID of a critical extension that nobody knows */
    const char *policies;      /* certificate policies: "1.2.3" */
    const char *policy_limits; /* policy constraints: "critical,requireExplicitPolicy:0" */
    bool is_version_1;         /* no extensions then */
    bool has_broken_signature;
    long start_s, end_s; /* from now; both 0 = yesterday to in a year */
};

struct signer {
    X509 *x509;
    EVP_PKEY *key;
};

/** @p by NULL: self-signed. */
struct signer sign_wish(const struct wish *wish, const struct signer *by);
void signer_fini(struct signer *signer);

struct buf signer_der(const struct signer *signer);

/** The leaf first, NULL ends. To be given back by chain_der_fini(). */
struct chain_der present(const struct signer *leaf, ...);
