#include "tls/client_certificate.h"

#include "tls/context_internal.h"

#include <openssl/x509_vfy.h>
#include <stdlib.h>

static const unsigned char session_id_context[] = "postern-https";

/* Runs before CertificateVerify is checked, which proves possession. */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
    char refusal[160];
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    int verdict = leaf != NULL ? tls_peer_check_key(leaf, (unsigned)(uintptr_t)arg, refusal, sizeof refusal)
                               : X509_V_ERR_UNSPECIFIED;
    X509_STORE_CTX_set_error(store, verdict);
    return verdict == X509_V_OK;
}

err_t tls_ask_for_certificates(struct ssl_ctx_st *context, unsigned min_rsa_bits)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, on_certificate, (void *)(uintptr_t)min_rsa_bits);
    SSL_CTX_set_max_cert_list(context, TLS_CERTIFICATES_MAX);
    /* Without it OpenSSL fails resumptions where certificates are asked for. */
    bool is_set =
        SSL_CTX_set_session_id_context(context, session_id_context, sizeof session_id_context - 1) == 1;
    return is_set ? ERR_OK : ERR_INTERNAL;
}

/* OpenSSL keeps the leaf apart from the others. */
static bool keep(struct tls_peer *peer, SSL *connection, X509 *leaf, unsigned max_chain)
{
    STACK_OF(X509) *others = SSL_get_peer_cert_chain(connection);
    STACK_OF(X509) *all = others != NULL ? sk_X509_dup(others) : sk_X509_new_null();
    bool is_kept = all != NULL && sk_X509_unshift(all, leaf) > 0 && tls_peer_keep(peer, all, max_chain);
    sk_X509_free(all);
    return is_kept;
}

err_t tls_read_peer(struct ssl_st *connection, unsigned max_chain, struct tls_peer **ret)
{
    X509 *leaf = SSL_get0_peer_certificate(connection);
    *ret = NULL;
    if (leaf == NULL)
        return ERR_OK;
    struct tls_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return ERR_NOMEM;
    peer->references = 1;
    peer->is_resumed = SSL_session_reused(connection) == 1;
    if (!keep(peer, connection, leaf, max_chain)) {
        tls_peer_unref(peer);
        return ERR_NOMEM;
    }
    *ret = peer;
    return ERR_OK;
}
