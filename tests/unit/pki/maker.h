/** @file maker.h - certificates to test with, made by the OpenSSL library. Every failure ends the test. */
#pragma once

#include "base/buf.h"

#include <openssl/evp.h>

/** What to make; zeros are sensible: self-signed, SHA-256, valid from yesterday for a year, CN=device. */
struct maker {
    const char *key;         /* "RSA:2048", "EC:P-256", "EC:P-256:explicit", "ED25519", ..; NULL = EC:P-256 */
    const char *digest;      /* "MD5", ..; NULL = SHA256; not used by Ed25519 */
    const char *subject;     /* common name */
    size_t subject_len;      /* when it holds NUL bytes; 0 = strlen */
    const char *issuer;      /* another common name: then signed by a key of its own */
    const char *san;         /* OpenSSL's "DNS:a,IP:1.2.3.4" */
    const char *constraints; /* "critical,CA:TRUE" */
    const char *usage;       /* of the key: "critical,keyCertSign" */
    const char *comment;     /* "critical,x": an extension that nobody understands */
    bool is_version_1;       /* X.509 version 1, which has no extensions */
    long start_s, end_s;     /* from now; both 0 = yesterday to in a year */
    bool is_pss;             /* RSASSA-PSS signature */
};

/** DER, to be freed by buf_fini(). */
struct buf make_certificate(const struct maker *maker);

/** PEM of DER under @p label with lines of 64 characters. */
struct buf make_pem(struct slice der, const char *label);

EVP_PKEY *make_key(const char *kind);

enum key_form { KEY_PKCS8, KEY_TRADITIONAL, KEY_PUBLIC, KEY_ENCRYPTED };
struct buf make_key_pem(const char *kind, enum key_form form);
struct buf make_key_der(const char *kind, enum key_form form);
struct buf make_request(const char *label_or_null_for_der);
