#include "tls/connection.h"

#include "base/random.h"
#include "tls/context_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

enum { RECORD_APPLICATION_DATA = 23, READ_CHUNK = 16 * 1024 };

err_t tls_connection_init(struct tls_connection *c, struct tls_context *context)
{
    *c = (struct tls_connection){.context = context, .phase = TLS_HANDSHAKE};
    context->references++;
    c->handshake = calloc(1, sizeof *c->handshake);
    c->ssl = SSL_new(context->ssl);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (c->handshake == NULL || c->ssl == NULL || in == NULL || out == NULL) {
        BIO_free(in);
        BIO_free(out);
        tls_connection_fini(c);
        return ERR_NOMEM;
    }
    BIO_set_mem_eof_return(in, -1);
    BIO_set_mem_eof_return(out, -1);
    c->handshake->context = context;
    SSL_set_bio(c->ssl, in, out);
    SSL_set_ex_data(c->ssl, 0, c->handshake);
    SSL_set_accept_state(c->ssl);
    return ERR_OK;
}

static void free_ssl(struct tls_connection *c)
{
    /* Marked as shut down both ways, or libssl would throw the session away, and with it the client's ticket. */
    if (c->ssl != NULL)
        SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(c->ssl);
    c->ssl = NULL;
}

static void free_handshake(struct tls_connection *c)
{
    struct tls_handshake *h = c->handshake;
    if (h == NULL)
        return;
    chain_der_fini(&h->presented.chain);
    wipe(h, sizeof *h);
    free(h);
    c->handshake = NULL;
}

void tls_connection_fini(struct tls_connection *c)
{
    if (c->context == NULL)
        return;
    if (c->phase == TLS_RECORDS) {
        tls_records_fini(&c->records);
    } else {
        if (c->ssl != NULL)
            SSL_set_ex_data(c->ssl, 0, NULL);
        free_ssl(c);
        free_handshake(c);
    }
    tls_connection_forget_peer(c);
    tls_context_put(c->context);
    c->context = NULL;
    c->phase = TLS_FAILED;
}

/* What OpenSSL wants to send. */
static void drain(SSL *ssl, struct buf *out)
{
    char *data;
    BIO *bio = SSL_get_wbio(ssl);
    long len = BIO_get_mem_data(bio, &data);
    if (len > 0)
        buf_append(out, data, (size_t)len);
    (void)BIO_reset(bio);
}

/* Records of application_data type in @p sent: the tickets, which are the first of our sending sequence. */
static uint64_t count_records(struct slice sent)
{
    uint64_t n = 0;
    while (sent.len >= TLS_RECORD_HEADER) {
        size_t len = TLS_RECORD_HEADER + ((size_t)sent.data[3] << 8 | sent.data[4]);
        CHECK(len <= sent.len); /* OpenSSL writes whole records */
        n += sent.data[0] == RECORD_APPLICATION_DATA;
        sent = slice_skip(sent, len);
    }
    return n;
}

static err_t keep_peer(struct tls_connection *c)
{
    struct tls_peer *peer = malloc(sizeof *peer);
    if (peer == NULL)
        return ERR_NOMEM;
    *peer = *tls_handshake_peer(c->handshake, c->ssl);
    peer->references = 1;
    peer->ticket = c->handshake->ticket;
    if (!peer->is_resumed)
        c->handshake->presented.chain = (struct chain_der){0}; /* moved */
    c->peer = peer;
    return ERR_OK;
}

/* From OpenSSL's record layer to ours; see the header. @p sent is what was written after the client's Finished. */
static err_t take_over(struct tls_connection *c, struct slice sent)
{
    struct tls_records records;
    struct tls_handshake *h = c->handshake;
    uint16_t suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(c->ssl));
    if (!h->has_secrets[0] || !h->has_secrets[1])
        return ERR_INTERNAL;
    TRY(tls_records_init(&records, c->context->crypto, suite, h->client_secret, 0, h->server_secret,
                         count_records(sent)));
    records.records_per_key = c->context->options.records_per_key;
    free_ssl(c);
    free_handshake(c);
    c->records = records;
    wipe(&records, sizeof records);
    c->phase = TLS_RECORDS;
    return ERR_OK;
}

static err_t on_complete(struct tls_connection *c, struct slice sent)
{
    TRY(keep_peer(c));
    if (SSL_version(c->ssl) == TLS1_3_VERSION && !c->context->options.library_records)
        return take_over(c, sent);
    SSL_set_ex_data(c->ssl, 0, NULL);
    free_handshake(c);
    c->phase = TLS_LIBRARY;
    return ERR_OK;
}

static err_t on_handshake_failure(struct tls_connection *c, struct problem *problem)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    const char *refusal = c->handshake->refusal;
    c->phase = TLS_FAILED;
    ERR_clear_error();
    if (refusal[0] != '\0')
        return fail(problem, ERR_AUTH, "certificate", "certificate refused: %s", refusal);
    if (ERR_GET_REASON(code) == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        return fail(problem, ERR_PROTO, "handshake",
                    "TLS handshake failed: a message, such as the certificate chain, is larger than the %d "
                    "bytes accepted",
                    TLS_CERTIFICATES_MAX);
    return fail(problem, ERR_PROTO, "handshake", "TLS handshake failed: %s",
                reason ? reason : "unknown reason");
}

static err_t handshake_step(struct tls_connection *c, struct buf *out, struct problem *problem)
{
    size_t before = out->len;
    ERR_clear_error();
    int done = SSL_do_handshake(c->ssl);
    int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, done);
    drain(c->ssl, out);
    if (!buf_is_ok(out))
        return ERR_NOMEM;
    if (done == 1)
        return on_complete(c, slice_of(out->data + before, out->len - before));
    return error == SSL_ERROR_WANT_READ ? ERR_OK : on_handshake_failure(c, problem);
}

err_t tls_whole_record(struct slice in, size_t *ret_len, struct problem *problem)
{
    *ret_len = 0;
    if (in.len < TLS_RECORD_HEADER)
        return ERR_OK;
    if (in.data[0] < 20 || in.data[0] > 23 || in.data[1] != 3)
        return fail(problem, ERR_PROTO, "handshake", "not TLS: the first bytes are no TLS record");
    size_t len = TLS_RECORD_HEADER + ((size_t)in.data[3] << 8 | in.data[4]);
    if (len > TLS_RECORD_MAX)
        return fail(problem, ERR_PROTO, "handshake", "TLS record longer than 2^14 + 256 bytes");
    *ret_len = len <= in.len ? len : 0;
    return ERR_OK;
}

static err_t handshake_receive(struct tls_connection *c, struct slice in, size_t *ret_used, struct buf *out,
                               struct problem *problem)
{
    while (c->phase == TLS_HANDSHAKE) {
        size_t len;
        TRY(tls_whole_record(slice_skip(in, *ret_used), &len, problem));
        if (len == 0)
            break;
        if (BIO_write(SSL_get_rbio(c->ssl), in.data + *ret_used, (int)len) != (int)len)
            return ERR_NOMEM;
        *ret_used += len;
        TRY(handshake_step(c, out, problem));
    }
    return ERR_OK;
}

static err_t library_receive(struct tls_connection *c, struct slice in, size_t *ret_used, struct buf *plain,
                             struct buf *out, struct problem *problem)
{
    if (in.len > 0 && BIO_write(SSL_get_rbio(c->ssl), in.data, (int)in.len) != (int)in.len)
        return ERR_NOMEM;
    *ret_used += in.len;
    for (;;) {
        size_t n = 0;
        uint8_t *room = buf_reserve(plain, READ_CHUNK);
        if (room == NULL)
            return ERR_NOMEM;
        ERR_clear_error();
        int ok = SSL_read_ex(c->ssl, room, READ_CHUNK, &n);
        int error = SSL_get_error(c->ssl, ok);
        drain(c->ssl, out); /* KeyUpdate and alerts that reading made OpenSSL send */
        plain->len += n;
        if (ok == 1)
            continue;
        if (error == SSL_ERROR_WANT_READ)
            return ERR_OK;
        if (error == SSL_ERROR_ZERO_RETURN)
            return ERR_CLOSED;
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        c->phase = TLS_FAILED;
        return fail(problem, ERR_PROTO, "record", "TLS record refused: %s",
                    reason ? reason : "unknown reason");
    }
}

err_t tls_connection_receive(struct tls_connection *c, struct slice in, size_t *ret_used, struct buf *plain,
                             struct buf *out, struct problem *problem)
{
    *ret_used = 0;
    if (c->phase == TLS_HANDSHAKE)
        TRY(handshake_receive(c, in, ret_used, out, problem));
    in = slice_skip(in, *ret_used);
    if (c->phase == TLS_RECORDS) {
        size_t used;
        err_t err = tls_records_receive(&c->records, c->context->crypto, in, &used, plain, out, problem);
        *ret_used += used;
        return err;
    }
    if (c->phase == TLS_LIBRARY)
        return library_receive(c, in, ret_used, plain, out, problem);
    return c->phase == TLS_FAILED ? ERR_CLOSED : ERR_OK;
}

err_t tls_connection_send(struct tls_connection *c, struct slice plain, struct buf *out)
{
    if (c->phase == TLS_RECORDS)
        return tls_records_send(&c->records, c->context->crypto, plain, out);
    if (c->phase != TLS_LIBRARY)
        return ERR_CLOSED;
    while (plain.len > 0) {
        size_t n = 0;
        ERR_clear_error();
        if (SSL_write_ex(c->ssl, plain.data, plain.len, &n) != 1)
            return ERR_INTERNAL; /* a memory BIO takes everything */
        drain(c->ssl, out);
        plain = slice_skip(plain, n);
    }
    return buf_is_ok(out) ? ERR_OK : ERR_NOMEM;
}

void tls_connection_close(struct tls_connection *c, struct buf *out)
{
    if (c->phase == TLS_RECORDS)
        tls_records_close(&c->records, c->context->crypto, out);
    if (c->phase != TLS_LIBRARY)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(c->ssl); /* one way: we do not wait for the answer */
    drain(c->ssl, out);
}

bool tls_connection_is_established(const struct tls_connection *c)
{
    return c->phase == TLS_RECORDS || c->phase == TLS_LIBRARY;
}

const struct tls_peer *tls_connection_peer(const struct tls_connection *c)
{
    return c->peer;
}

struct tls_peer *tls_connection_keep_peer(struct tls_connection *c)
{
    if (c->peer != NULL)
        c->peer->references++;
    return c->peer;
}

void tls_connection_forget_peer(struct tls_connection *c)
{
    tls_peer_unref(c->peer);
    c->peer = NULL;
}
