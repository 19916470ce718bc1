/* The server's side of TLS against OpenSSL's client, in memory. */
#include "unit.h"

#include "pki/certificate.h"
#include "tls/connection.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/postern-tls-XXXXXX", certificate_file[64], key_file[64];

static X509 *make_certificate(EVP_PKEY *key, const char *name)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, subject);
    X509_set_pubkey(x, key);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static int make_server_files(void **state)
{
    assert_non_null(mkdtemp(directory));
    snprintf(certificate_file, sizeof certificate_file, "%s/cert.pem", directory);
    snprintf(key_file, sizeof key_file, "%s/key.pem", directory);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = make_certificate(key, "server");
    FILE *f = fopen(certificate_file, "w");
    PEM_write_X509(f, x);
    fclose(f);
    f = fopen(key_file, "w");
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

static int remove_server_files(void **state)
{
    unlink(certificate_file);
    unlink(key_file);
    rmdir(directory);
    return 0;
}

/* One server connection and one OpenSSL client, joined by buffers. */
struct wire {
    struct tls_context *context;
    struct tls_tickets *tickets;
    struct tls_connection server;
    SSL_CTX *client_context;
    SSL *client;
    SSL_SESSION *session; /* the client's last ticket */
    uint8_t fingerprint[32];
    struct buf to_server, to_client, plain;
    struct problem problem;
    err_t err;
    size_t piece; /* bytes handed to the server at a time; 0 = all */
};

static int on_client_session(SSL *ssl, SSL_SESSION *session)
{
    struct wire *w = SSL_get_app_data(ssl);
    SSL_SESSION_free(w->session);
    w->session = session;
    return 1;
}

static struct tls_options default_options(struct wire *w)
{
    return (struct tls_options){.certificate = certificate_file,
                                .key = key_file,
                                .min_rsa_bits = 2048,
                                .max_chain = 4,
                                .records_per_key = TLS_RECORDS_PER_KEY,
                                .tickets = w->tickets};
}

static void use_client_key(struct wire *w, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    X509 *x = make_certificate(key, "device");
    int len = i2d_X509(x, &der);
    certificate_fingerprint(slice_of(der, (size_t)len), w->fingerprint);
    SSL_CTX_set_security_level(w->client_context, 0);
    SSL_CTX_use_certificate(w->client_context, x);
    SSL_CTX_use_PrivateKey(w->client_context, key);
    OPENSSL_free(der);
    X509_free(x);
    EVP_PKEY_free(key);
}

static void wire_init(struct wire *w, bool with_certificate)
{
    *w = (struct wire){0};
    assert_int_equal(tls_tickets_new(16, 3600, &w->tickets), ERR_OK);
    struct tls_options options = default_options(w);
    assert_int_equal(tls_context_new(&options, &w->context, &w->problem), ERR_OK);
    w->client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_session_cache_mode(w->client_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(w->client_context, on_client_session);
    if (with_certificate)
        use_client_key(w, EVP_EC_gen("P-256"));
}

static void wire_close(struct wire *w)
{
    tls_connection_fini(&w->server);
    if (w->client != NULL)
        SSL_set_shutdown(w->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(w->client);
    w->client = NULL;
    buf_clear(&w->to_server);
    buf_clear(&w->to_client);
    buf_clear(&w->plain);
}

static void wire_fini(struct wire *w)
{
    wire_close(w);
    SSL_SESSION_free(w->session);
    SSL_CTX_free(w->client_context);
    tls_context_put(w->context);
    tls_tickets_free(w->tickets);
    buf_fini(&w->to_server);
    buf_fini(&w->to_client);
    buf_fini(&w->plain);
}

static void move_from_client(struct wire *w)
{
    uint8_t bytes[4096];
    int n;
    while ((n = BIO_read(SSL_get_wbio(w->client), bytes, sizeof bytes)) > 0)
        buf_append(&w->to_server, bytes, (size_t)n);
}

static void move_to_server(struct wire *w)
{
    size_t given = 0;
    while (w->err == ERR_OK && given < w->to_server.len) {
        size_t used, n = w->to_server.len - given;
        size_t shown = w->piece != 0 && w->piece < n ? w->piece : n;
        do {
            w->err = tls_connection_receive(&w->server, slice_of(w->to_server.data + given, shown), &used,
                                            &w->plain, &w->to_client, &w->problem);
        } while (w->err == ERR_OK && used == 0 && shown++ < n);
        given += used;
        if (used == 0)
            break;
    }
    buf_consume(&w->to_server, given);
}

static void move_to_client(struct wire *w)
{
    if (w->to_client.len > 0)
        BIO_write(SSL_get_rbio(w->client), w->to_client.data, (int)w->to_client.len);
    buf_clear(&w->to_client);
}

/* Carry bytes until both sides are silent. */
static void carry(struct wire *w)
{
    do {
        move_from_client(w);
        move_to_server(w);
        move_to_client(w);
        char byte;
        if (SSL_is_init_finished(w->client))
            SSL_peek(w->client, &byte, 1); /* handles tickets and KeyUpdates */
        else
            SSL_do_handshake(w->client);
    } while (w->err == ERR_OK && BIO_pending(SSL_get_wbio(w->client)) > 0);
}

static void handshake(struct wire *w, const char *suites, int version)
{
    w->err = ERR_OK;
    w->client = SSL_new(w->client_context);
    SSL_set_app_data(w->client, w);
    SSL_set_bio(w->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(w->client);
    if (suites != NULL)
        assert_int_equal(SSL_set_ciphersuites(w->client, suites), 1);
    if (version != 0)
        SSL_set_max_proto_version(w->client, version);
    if (w->session != NULL)
        SSL_set_session(w->client, w->session);
    assert_int_equal(tls_connection_init(&w->server, w->context), ERR_OK);
    SSL_do_handshake(w->client);
    carry(w);
}

static void expect_talk(struct wire *w)
{
    char answer[64] = "";
    buf_clear(&w->plain);
    assert_int_equal(SSL_write(w->client, "question", 8), 8);
    carry(w);
    assert_int_equal(w->err, ERR_OK);
    assert_true(slice_eq(buf_slice(&w->plain), SLICE("question")));
    assert_int_equal(tls_connection_send(&w->server, SLICE("answer"), &w->to_client), ERR_OK);
    move_to_client(w);
    assert_int_equal(SSL_read(w->client, answer, sizeof answer), 6);
    assert_memory_equal(answer, "answer", 6);
}

static void expect_peer(struct wire *w, bool is_resumed)
{
    const struct tls_peer *peer = tls_connection_peer(&w->server);
    assert_non_null(peer);
    assert_true(peer->has_certificate);
    assert_int_equal(peer->is_resumed, is_resumed);
    assert_memory_equal(peer->fingerprint, w->fingerprint, 32);
}

static void our_records_carry_every_suite(void **state)
{
    const char *suites[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                            "TLS_CHACHA20_POLY1305_SHA256"};
    for (int i = 0; i < 3; i++) {
        struct wire w;
        wire_init(&w, true);
        handshake(&w, suites[i], 0);
        assert_int_equal(w.err, ERR_OK);
        assert_int_equal(w.server.phase, TLS_RECORDS);
        expect_peer(&w, false);
        expect_talk(&w);
        assert_int_equal(SSL_key_update(w.client, SSL_KEY_UPDATE_REQUESTED), 1);
        expect_talk(&w);
        assert_int_equal(SSL_key_update(w.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        expect_talk(&w);
        wire_fini(&w);
    }
}

static void bytes_may_come_in_any_pieces(void **state)
{
    for (size_t piece = 1; piece < 9; piece++) {
        struct wire w;
        wire_init(&w, true);
        w.piece = piece;
        handshake(&w, NULL, 0);
        expect_peer(&w, false);
        expect_talk(&w);
        wire_fini(&w);
    }
}

static void our_own_key_update_is_followed_by_the_client(void **state)
{
    struct wire w;
    wire_init(&w, true);
    handshake(&w, NULL, 0);
    w.server.records.records_per_key = 3;
    for (int i = 0; i < 20; i++)
        expect_talk(&w);
    assert_true(w.server.records.in.sequence < 8);
    wire_fini(&w);
}

static void tls_1_2_stays_with_openssl(void **state)
{
    struct wire w;
    wire_init(&w, true);
    handshake(&w, NULL, TLS1_2_VERSION);
    assert_int_equal(w.server.phase, TLS_LIBRARY);
    expect_peer(&w, false);
    expect_talk(&w);
    wire_fini(&w);
}

static void library_records_can_be_chosen(void **state)
{
    struct wire w;
    wire_init(&w, true);
    tls_context_put(w.context);
    struct tls_options options = default_options(&w);
    options.library_records = true;
    assert_int_equal(tls_context_new(&options, &w.context, &w.problem), ERR_OK);
    handshake(&w, NULL, 0);
    assert_int_equal(w.server.phase, TLS_LIBRARY);
    assert_int_equal(SSL_key_update(w.client, SSL_KEY_UPDATE_REQUESTED), 1);
    expect_talk(&w);
    wire_fini(&w);
}

static void a_ticket_resumes_with_the_same_identity(void **state)
{
    struct wire w;
    wire_init(&w, true);
    handshake(&w, NULL, 0);
    expect_talk(&w);
    for (int i = 0; i < 3; i++) {
        wire_close(&w);
        handshake(&w, NULL, 0);
        assert_int_equal(SSL_session_reused(w.client), 1);
        expect_peer(&w, true);
        expect_talk(&w);
    }
    uint64_t ticket = tls_connection_peer(&w.server)->ticket;
    assert_true(ticket != 0);
    tls_tickets_drop(w.tickets, ticket);
    wire_close(&w);
    handshake(&w, NULL, 0);
    assert_int_equal(SSL_session_reused(w.client), 0);
    expect_peer(&w, false);
    wire_fini(&w);
}

/* Let the client present @p n certificates behind its own. */
static void add_to_chain(struct wire *w, int n)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "above %d", i);
        X509 *x = make_certificate(key, name);
        assert_int_equal(SSL_CTX_add0_chain_cert(w->client_context, x), 1);
    }
    EVP_PKEY_free(key);
}

static const char *subject_of(const struct tls_peer *peer, size_t i, struct certificate_view *view)
{
    assert_int_equal(certificate_view_read(chain_der_at(&peer->chain, i), view, NULL), ERR_OK);
    certificate_view_fini(view);
    return view->subject;
}

static void the_presented_chain_is_kept_until_forgotten(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct certificate_view view;
    for (int i = 0; i < 2; i++) {
        struct wire w;
        wire_init(&w, true);
        add_to_chain(&w, 3);
        handshake(&w, NULL, versions[i]);
        expect_peer(&w, false);
        struct tls_peer *peer = tls_connection_keep_peer(&w.server);
        tls_connection_forget_peer(&w.server);
        assert_null(tls_connection_peer(&w.server));
        wire_close(&w); /* who keeps it has it still */
        assert_int_equal(peer->chain.count, 4);
        assert_int_equal(peer->chain.presented, 4);
        assert_string_equal(subject_of(peer, 0, &view), "CN=device");
        assert_string_equal(subject_of(peer, 1, &view), "CN=above 0");
        assert_string_equal(subject_of(peer, 3, &view), "CN=above 2");
        tls_peer_unref(peer);
        wire_fini(&w);
    }
}

static void of_too_long_a_chain_the_leaf_is_kept(void **state)
{
    struct wire w;
    struct certificate_view view;
    wire_init(&w, true);
    add_to_chain(&w, 99);
    handshake(&w, NULL, 0);
    expect_peer(&w, false);
    const struct tls_peer *peer = tls_connection_peer(&w.server);
    assert_int_equal(peer->chain.count, 1);
    assert_int_equal(peer->chain.presented, 100);
    assert_string_equal(subject_of(peer, 0, &view), "CN=device");
    expect_talk(&w);
    wire_fini(&w);
}

static void too_many_bytes_of_certificates_end_the_handshake(void **state)
{
    struct wire w;
    wire_init(&w, true);
    add_to_chain(&w, 400);
    handshake(&w, NULL, 0);
    assert_int_equal(w.err, ERR_PROTO);
    assert_non_null(strstr(w.problem.text, "such as the certificate chain, is larger than the 65536 bytes"));
    assert_null(tls_connection_keep_peer(&w.server));
    wire_fini(&w);
}

static void a_resumed_session_presents_no_chain(void **state)
{
    struct wire w;
    wire_init(&w, true);
    add_to_chain(&w, 1);
    handshake(&w, NULL, 0);
    expect_talk(&w);
    wire_close(&w);
    handshake(&w, NULL, 0);
    expect_peer(&w, true);
    assert_int_equal(tls_connection_peer(&w.server)->chain.count, 0);
    assert_int_equal(tls_connection_peer(&w.server)->chain.presented, 0);
    wire_fini(&w);
}

/* Ticket ids travel in the clear: whoever copies one and then shakes hands in full must not become its owner. */
static void an_offered_ticket_alone_proves_nothing(void **state)
{
    struct wire w;
    wire_init(&w, true);
    handshake(&w, "TLS_AES_128_GCM_SHA256", 0);
    expect_talk(&w);
    wire_close(&w);
    SSL_CTX_free(w.client_context);
    w.client_context = SSL_CTX_new(TLS_client_method()); /* no certificate */
    /* Another hash than the ticket's: OpenSSL looks the ticket up, then has to make a full handshake. */
    tls_tickets_drop(w.tickets, 0);
    handshake(&w, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256", 0);
    if (SSL_session_reused(w.client) == 0) {
        assert_int_equal(w.err, ERR_OK);
        assert_false(tls_connection_peer(&w.server)->has_certificate);
    } else {
        expect_peer(&w, true); /* it does know the secret here; then the identity is rightly its own */
    }
    wire_fini(&w);
}

static void no_certificate_is_let_through_to_the_door(void **state)
{
    struct wire w;
    wire_init(&w, false);
    handshake(&w, NULL, 0);
    assert_int_equal(w.err, ERR_OK);
    assert_false(tls_connection_peer(&w.server)->has_certificate);
    expect_talk(&w);
    tls_connection_forget_peer(&w.server);
    assert_null(tls_connection_peer(&w.server));
    wire_fini(&w);
}

static void a_small_key_is_refused_with_the_reason(void **state)
{
    struct wire w;
    wire_init(&w, false);
    use_client_key(&w, EVP_RSA_gen(1024));
    handshake(&w, NULL, 0);
    assert_int_equal(w.err, ERR_AUTH);
    assert_non_null(strstr(w.problem.text, "1024 bits"));
    wire_fini(&w);
}

static void close_notify_is_told_and_heard(void **state)
{
    struct wire w;
    char byte;
    wire_init(&w, true);
    handshake(&w, NULL, 0);
    tls_connection_close(&w.server, &w.to_client);
    move_to_client(&w);
    assert_int_equal(SSL_get_error(w.client, SSL_read(w.client, &byte, 1)), SSL_ERROR_ZERO_RETURN);
    SSL_shutdown(w.client);
    move_from_client(&w);
    move_to_server(&w);
    assert_int_equal(w.err, ERR_CLOSED);
    wire_fini(&w);
}

static void garbage_is_no_handshake(void **state)
{
    struct wire w;
    size_t used;
    wire_init(&w, false);
    assert_int_equal(tls_connection_init(&w.server, w.context), ERR_OK);
    err_t err = tls_connection_receive(&w.server, SLICE("GET / HTTP/1.1\r\n\r\n"), &used, &w.plain,
                                       &w.to_client, &w.problem);
    assert_int_equal(err, ERR_PROTO);
    assert_non_null(strstr(w.problem.text, "not TLS"));
    wire_fini(&w);
}

static void wrong_files_are_named(void **state)
{
    struct tls_context *context;
    struct problem problem = {0};
    struct tls_options options = {
        .certificate = certificate_file, .key = certificate_file, .min_rsa_bits = 2048};
    assert_int_equal(tls_context_new(&options, &context, &problem), ERR_INVALID);
    assert_string_equal(problem.field, "tls.key");
    options.certificate = "/nonexistent";
    assert_int_equal(tls_context_new(&options, &context, &problem), ERR_INVALID);
    assert_string_equal(problem.field, "tls.certificate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_records_carry_every_suite),
        cmocka_unit_test(bytes_may_come_in_any_pieces),
        cmocka_unit_test(our_own_key_update_is_followed_by_the_client),
        cmocka_unit_test(tls_1_2_stays_with_openssl),
        cmocka_unit_test(library_records_can_be_chosen),
        cmocka_unit_test(a_ticket_resumes_with_the_same_identity),
        cmocka_unit_test(the_presented_chain_is_kept_until_forgotten),
        cmocka_unit_test(of_too_long_a_chain_the_leaf_is_kept),
        cmocka_unit_test(too_many_bytes_of_certificates_end_the_handshake),
        cmocka_unit_test(a_resumed_session_presents_no_chain),
        cmocka_unit_test(an_offered_ticket_alone_proves_nothing),
        cmocka_unit_test(no_certificate_is_let_through_to_the_door),
        cmocka_unit_test(a_small_key_is_refused_with_the_reason),
        cmocka_unit_test(close_notify_is_told_and_heard),
        cmocka_unit_test(garbage_is_no_handshake),
        cmocka_unit_test(wrong_files_are_named),
    };
    return cmocka_run_group_tests(tests, make_server_files, remove_server_files);
}
