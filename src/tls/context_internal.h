/** @file context_internal.h - what the files here share that see OpenSSL. */
#pragma once

#include "tls/context.h"
#include "tls/peer.h"

#include <openssl/ssl.h>

struct tls_context {
    SSL_CTX *ssl;
    struct tls_crypto *crypto;
    struct tls_options options; /* file names are not kept */
    unsigned references;
};

/** State of one connection while OpenSSL shakes hands; found from OpenSSL's callbacks as the SSL's app data. */
struct tls_handshake {
    struct tls_context *context;
    struct tls_peer presented; /* from the certificate of this handshake */
    struct tls_peer resumed;   /* from the ticket offered; worth nothing unless the handshake did resume */
    uint64_t ticket;           /* serial of the ticket issued; 0 = none */
    uint8_t client_secret[TLS_SECRET_MAX]; /* application_traffic_secret_0 of each side */
    uint8_t server_secret[TLS_SECRET_MAX];
    bool has_secrets[2];
    bool out_of_memory;
    char refusal[160]; /* why our own check refused the certificate; "" = it did not */
};

/**
 * The identity that this handshake has proven: the ticket's when its binder was verified (resumption), else that of
 * the certificate. Ticket ids travel in the clear: an offered ticket that was not resumed proves nothing.
 */
static inline const struct tls_peer *tls_handshake_peer(const struct tls_handshake *h, SSL *ssl)
{
    return SSL_session_reused(ssl) == 1 ? &h->resumed : &h->presented;
}

/* peer.c */

/** Copy what was presented, leaf first, at least that. The peer's chain must be empty. @return false: no memory */
bool tls_peer_keep(struct tls_peer *peer, const STACK_OF(X509) * presented, unsigned max_chain);

/** @return X509_V_OK, or what becomes the alert, with the sentence in @p refusal */
int tls_peer_check_key(X509 *leaf, unsigned min_rsa_bits, char *refusal, size_t size);
