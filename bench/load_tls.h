/**
 * @file load_tls.h - the client's side of mutual TLS, non-blocking, over OpenSSL.
 *
 * Model: one `struct tls_client` per process with the context and all client identities; one SSL object per
 * connection. Client sockets behave as a stock OpenSSL client's do: default groups, default ciphers.
 */
#pragma once

#include "load_options.h"

#include <openssl/ssl.h>
#include <stddef.h>

struct tls_identity {
    X509 *cert;
    EVP_PKEY *key;
};

struct tls_client {
    SSL_CTX *ctx;
    struct tls_identity *identities;
    size_t n_identities; /* 0: no client certificate */
};

enum tls_io {
    TLS_DONE,
    TLS_WANT_READ,
    TLS_WANT_WRITE,
    TLS_CLOSED, /* the peer ended the connection */
    TLS_FAILED, /* tls_error_text() says why */
};

/** Make the context and load the identities; prints the reason and exits with 1 if a file is no good. */
void tls_client_init(struct tls_client *c, const struct load_options *o);
void tls_client_fini(struct tls_client *c);

/**
 * New connection on a connected or connecting socket.
 *
 * @param identity  which client certificate, taken modulo their number
 * @param session   where to find a session to resume, and to keep the newest ticket; NULL: no resumption.
 *                  Must outlive the SSL object
 * @return NULL when memory is out; the caller owns it, not the socket
 */
SSL *tls_client_open(struct tls_client *c, int fd, size_t identity, SSL_SESSION **session);

enum tls_io tls_handshake(SSL *ssl);
enum tls_io tls_read(SSL *ssl, void *data, size_t size, size_t *ret_n);
enum tls_io tls_write(SSL *ssl, const void *data, size_t n, size_t *ret_n);

/** Words for the last TLS_FAILED of this thread; empties OpenSSL's error queue. */
void tls_error_text(char *text, size_t size);
