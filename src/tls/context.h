/**
 * @file context.h - a reactor's TLS configuration: server certificate, versions, ticket callbacks.
 *
 * One per reactor, so that reactors do not share OpenSSL's reference counts. Rebuilt when the certificate files
 * change: connections keep what they started with. Versions 1.2 and 1.3, AEAD suites only; groups X25519, P-256, P-384.
 * A client certificate is asked for, not required, and any certificate whose possession is proven gets through the
 * handshake: the door decides (hub/door.h), so that the reason of a refusal can be told. What can never be let in
 * (key too small, unreadable) is refused in the handshake with the matching alert. A chain longer than max_chain is no
 * reason: its leaf alone is kept, and lets in a device that has registered it.
 */
#pragma once

#include "base/err.h"
#include "tls/crypto.h"
#include "tls/tickets.h"

enum { TLS_CERTIFICATES_MAX = 64 * 1024 }; /* bytes of all certificates that a client presents */

struct tls_options {
    const char *certificate; /* file: PEM chain, leaf first */
    const char *key;         /* file: PEM private key */
    bool is_1_3_only;
    bool library_records; /* keep OpenSSL's record layer for TLS 1.3 too */
    unsigned min_rsa_bits;
    unsigned max_chain;          /* certificates kept of what a client presents, 1 to CHAIN_MAX */
    uint64_t records_per_key;    /* TLS_RECORDS_PER_KEY but for tests */
    struct tls_tickets *tickets; /* shared by all reactors; NULL = no resumption */
};

struct tls_context;

/** @return ERR_OK · ERR_INVALID (files missing, unreadable, key does not match: the problem tells) · ERR_NOMEM */
MUST_USE err_t tls_context_new(const struct tls_options *options, struct tls_context **ret,
                               struct problem *problem);

/** Reference counted without atomics: a context and its connections belong to one thread. */
void tls_context_put(struct tls_context *context); /* NULL allowed */
struct tls_crypto *tls_context_crypto(struct tls_context *context);
