/**
 * @file client_certificate.h - client certificates on connections whose TLS is a library's own affair (HTTPS).
 *
 * The same terms as on connections of our own (context.h): a certificate is asked for, not required; whoever proves
 * possession of its key gets through the handshake, unless the key can never be let in; who it is, the door decides.
 * Resumed sessions (TLS 1.2 and 1.3) keep the identity, since OpenSSL keeps the leaf in the session; the rest of the
 * chain is gone then, which an enrolled device does not need any more.
 */
#pragma once

#include "tls/peer.h"

struct ssl_ctx_st;
struct ssl_st;

/** Before the first connection. @return ERR_OK · ERR_INTERNAL */
MUST_USE err_t tls_ask_for_certificates(struct ssl_ctx_st *context, unsigned min_rsa_bits);

/**
 * What the client of a connection has proven. After its handshake; thread of the connection.
 * @param ret  one reference; NULL when it showed no certificate
 * @return ERR_OK · ERR_NOMEM
 */
MUST_USE err_t tls_read_peer(struct ssl_st *connection, unsigned max_chain, struct tls_peer **ret);
