#include "tls/context.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "tls/context_internal.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

static const unsigned char session_id_context[] = "postern";

static struct tls_handshake *handshake_of(const SSL *ssl)
{
    return SSL_get_ex_data(ssl, 0); /* index 0 is SSL_set_app_data()'s */
}

/* One line of the key log: LABEL <client random> <secret>. We keep the two traffic secrets and write nothing. */
static void on_key_log(const SSL *ssl, const char *line)
{
    static const char *const labels[2] = {"CLIENT_TRAFFIC_SECRET_0 ", "SERVER_TRAFFIC_SECRET_0 "};
    struct tls_handshake *h = handshake_of(ssl);
    for (int i = 0; h != NULL && i < 2; i++) {
        if (strncmp(line, labels[i], strlen(labels[i])) != 0)
            continue;
        const char *secret = strrchr(line, ' ') + 1;
        uint8_t *out = i == 0 ? h->client_secret : h->server_secret;
        size_t len = strlen(secret) / 2;
        h->has_secrets[i] = len <= TLS_SECRET_MAX && text_from_hex(slice_str(secret), out, len);
    }
}

/* Runs before CertificateVerify is checked. */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_handshake *h = handshake_of(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    if (h == NULL || leaf == NULL)
        return 0;
    const struct tls_options *options = &h->context->options;
    int verdict = tls_peer_check_key(leaf, options->min_rsa_bits, h->refusal, sizeof h->refusal);
    if (verdict == X509_V_OK &&
        !tls_peer_keep(&h->presented, X509_STORE_CTX_get0_untrusted(store), options->max_chain))
        verdict = X509_V_ERR_OUT_OF_MEM;
    X509_STORE_CTX_set_error(store, verdict);
    return verdict == X509_V_OK;
}

/* OpenSSL issues a ticket: keep what resumption needs, not OpenSSL's session (it carries the certificate). */
static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_handshake *h = handshake_of(ssl);
    struct tls_ticket ticket = {.created_ms = clock_wall_ms()};
    unsigned int id_len;
    const unsigned char *id = SSL_SESSION_get_id(session, &id_len);
    size_t secret_len = SSL_SESSION_get_master_key(session, NULL, 0);
    if (h == NULL || SSL_version(ssl) != TLS1_3_VERSION || id_len != TICKET_ID_SIZE ||
        secret_len > TICKET_SECRET_MAX)
        return 0;
    memcpy(ticket.id, id, TICKET_ID_SIZE);
    ticket.secret_len = (uint8_t)SSL_SESSION_get_master_key(session, ticket.secret, TICKET_SECRET_MAX);
    ticket.suite = SSL_CIPHER_get_protocol_id(SSL_SESSION_get0_cipher(session));
    const struct tls_peer *peer = tls_handshake_peer(h, ssl);
    ticket.has_certificate = peer->has_certificate;
    memcpy(ticket.fingerprint, peer->fingerprint, sizeof ticket.fingerprint);
    ticket.not_before_ms = peer->not_before_ms;
    ticket.not_after_ms = peer->not_after_ms;
    h->ticket = tls_tickets_add(h->context->options.tickets, &ticket);
    wipe(&ticket, sizeof ticket);
    return 0; /* 0: we took no reference on the session */
}

static SSL_SESSION *make_session(SSL *ssl, const struct tls_ticket *ticket, uint32_t lifetime_s)
{
    const unsigned char suite[2] = {(unsigned char)(ticket->suite >> 8), (unsigned char)ticket->suite};
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, suite);
    SSL_SESSION *session = SSL_SESSION_new();
    bool ok = session != NULL && cipher != NULL &&
              SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1 &&
              SSL_SESSION_set_cipher(session, cipher) == 1 &&
              SSL_SESSION_set1_master_key(session, ticket->secret, ticket->secret_len) == 1 &&
              SSL_SESSION_set1_id(session, ticket->id, TICKET_ID_SIZE) == 1 &&
              SSL_SESSION_set1_id_context(session, session_id_context, sizeof session_id_context - 1) == 1;
    if (!ok) {
        SSL_SESSION_free(session);
        return NULL;
    }
    SSL_SESSION_set_time(session, (long)(ticket->created_ms / 1000));
    SSL_SESSION_set_timeout(session, (long)lifetime_s);
    return session;
}

static SSL_SESSION *on_get_session(SSL *ssl, const unsigned char *id, int id_len, int *copy)
{
    struct tls_handshake *h = handshake_of(ssl);
    struct tls_ticket ticket;
    *copy = 0; /* the reference we return is OpenSSL's */
    if (h == NULL || id_len < 0)
        return NULL;
    struct tls_tickets *tickets = h->context->options.tickets;
    if (!tls_tickets_find(tickets, slice_of(id, (size_t)id_len), clock_wall_ms(), &ticket))
        return NULL;
    SSL_SESSION *session = make_session(ssl, &ticket, tls_tickets_lifetime_s(tickets));
    if (session != NULL) {
        h->resumed = (struct tls_peer){.has_certificate = ticket.has_certificate,
                                       .is_resumed = true,
                                       .not_before_ms = ticket.not_before_ms,
                                       .not_after_ms = ticket.not_after_ms};
        memcpy(h->resumed.fingerprint, ticket.fingerprint, sizeof h->resumed.fingerprint);
    }
    wipe(&ticket, sizeof ticket);
    return session;
}

static void use_tickets(SSL_CTX *ctx, const struct tls_options *options)
{
    if (options->tickets == NULL) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_num_tickets(ctx, 0);
        return;
    }
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL |
                                            SSL_SESS_CACHE_NO_AUTO_CLEAR);
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_timeout(ctx, (long)tls_tickets_lifetime_s(options->tickets));
    SSL_CTX_sess_set_new_cb(ctx, on_new_session);
    SSL_CTX_sess_set_get_cb(ctx, on_get_session);
}

static bool use_parameters(SSL_CTX *ctx, const struct tls_options *options)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, NULL);
    SSL_CTX_set_keylog_callback(ctx, on_key_log);
    SSL_CTX_set_max_cert_list(ctx, TLS_CERTIFICATES_MAX);
    SSL_CTX_set_max_early_data(ctx, 0);
    use_tickets(ctx, options);
    char groups[] = "X25519:P-256:P-384"; /* the macro below casts its const away */
    return SSL_CTX_set_min_proto_version(ctx, options->is_1_3_only ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_session_id_context(ctx, session_id_context, sizeof session_id_context - 1) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set1_groups_list(ctx, groups) == 1;
}

static err_t use_files(SSL_CTX *ctx, const struct tls_options *options, struct problem *problem)
{
    const char *field = "tls.certificate", *file = options->certificate;
    int ok = SSL_CTX_use_certificate_chain_file(ctx, options->certificate);
    if (ok == 1) {
        field = "tls.key";
        file = options->key;
        ok = SSL_CTX_use_PrivateKey_file(ctx, options->key, SSL_FILETYPE_PEM);
    }
    if (ok == 1 && SSL_CTX_check_private_key(ctx) == 1)
        return ERR_OK;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return fail(problem, ERR_INVALID, field,
                "%s '%s' cannot be used: %s; expected PEM, the key belonging to the "
                "first certificate",
                field, file, reason ? reason : "unknown reason");
}

err_t tls_context_new(const struct tls_options *options, struct tls_context **ret, struct problem *problem)
{
    struct tls_context *c = calloc(1, sizeof *c);
    if (c == NULL)
        return ERR_NOMEM;
    CHECK(options->max_chain <= CHAIN_MAX);
    c->references = 1;
    c->options = *options;
    c->ssl = SSL_CTX_new(TLS_server_method());
    err_t err = c->ssl != NULL && use_parameters(c->ssl, options) ? tls_crypto_new(&c->crypto) : ERR_INTERNAL;
    if (err == ERR_OK)
        err = use_files(c->ssl, options, problem);
    if (err != ERR_OK) {
        tls_context_put(c);
        return err;
    }
    c->options.certificate = c->options.key = NULL;
    *ret = c;
    return ERR_OK;
}

void tls_context_put(struct tls_context *c)
{
    if (c == NULL || --c->references > 0)
        return;
    SSL_CTX_free(c->ssl);
    tls_crypto_free(c->crypto);
    free(c);
}

struct tls_crypto *tls_context_crypto(struct tls_context *c)
{
    return c->crypto;
}
