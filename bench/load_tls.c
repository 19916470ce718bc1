#include "load_tls.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *what, const char *name)
{
    char text[200];
    tls_error_text(text, sizeof(text));
    fprintf(stderr, "load: %s %s: %s\n", what, name, text);
    exit(1);
}

/* OpenSSL hands over a reference with each ticket; the newest is kept, its predecessor let go. */
static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **keep = SSL_get_app_data(ssl);
    if (keep == NULL) {
        return 0;
    }
    SSL_SESSION_free(*keep);
    *keep = session;
    return 1;
}

static SSL_CTX *new_context(const struct load_options *o)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int version = o->tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, version) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, version) != 1) {
        fail("cannot make a", "TLS context");
    }
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    if (o->resume) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, on_new_session);
    }
    if (o->cafile != NULL) {
        if (SSL_CTX_load_verify_locations(ctx, o->cafile, NULL) != 1) {
            fail("cannot read", o->cafile);
        }
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    }
    return ctx;
}

static struct tls_identity load_identity(const char *cert, const char *key)
{
    struct tls_identity id = {0};
    FILE *f = fopen(cert, "re");
    if (f != NULL) {
        id.cert = PEM_read_X509(f, NULL, NULL, NULL);
        fclose(f);
    }
    if (id.cert == NULL) {
        fail("no certificate in", cert);
    }
    f = fopen(key, "re");
    if (f != NULL) {
        id.key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
        fclose(f);
    }
    if (id.key == NULL) {
        fail("no private key in", key);
    }
    return id;
}

static int is_pem(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return dot != NULL && strcmp(dot, ".pem") == 0;
}

static void load_folder(struct tls_client *c, const char *folder)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_pem, alphasort);
    if (n <= 0) {
        fprintf(stderr, "load: %s holds no .pem files\n", folder);
        exit(1);
    }
    c->n_identities = (size_t)n;
    c->identities = calloc(c->n_identities, sizeof(*c->identities));
    if (c->identities == NULL) {
        fail("cannot load", folder);
    }
    for (size_t i = 0; i < c->n_identities; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        c->identities[i] = load_identity(path, path);
        free(names[i]);
    }
    free(names);
}

void tls_client_init(struct tls_client *c, const struct load_options *o)
{
    *c = (struct tls_client){.ctx = new_context(o)};
    if (o->identities != NULL) {
        load_folder(c, o->identities);
    } else if (o->cert != NULL) {
        c->identities = calloc(1, sizeof(*c->identities));
        if (c->identities == NULL) {
            fail("cannot load", o->cert);
        }
        c->identities[0] = load_identity(o->cert, o->key);
        c->n_identities = 1;
    }
}

void tls_client_fini(struct tls_client *c)
{
    for (size_t i = 0; i < c->n_identities; i++) {
        X509_free(c->identities[i].cert);
        EVP_PKEY_free(c->identities[i].key);
    }
    free(c->identities);
    SSL_CTX_free(c->ctx);
    *c = (struct tls_client){0};
}

SSL *tls_client_open(struct tls_client *c, int fd, size_t identity, SSL_SESSION **session)
{
    SSL *ssl = SSL_new(c->ctx);
    if (ssl == NULL) {
        return NULL;
    }
    bool ok = SSL_set_fd(ssl, fd) == 1;
    if (ok && c->n_identities != 0) {
        struct tls_identity *id = &c->identities[identity % c->n_identities];
        ok = SSL_use_certificate(ssl, id->cert) == 1 && SSL_use_PrivateKey(ssl, id->key) == 1;
    }
    if (ok && session != NULL) {
        SSL_set_app_data(ssl, session);
        ok = *session == NULL || SSL_set_session(ssl, *session) == 1;
    }
    if (!ok) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_connect_state(ssl);
    return ssl;
}

static enum tls_io outcome(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_NONE: return TLS_DONE;
    case SSL_ERROR_WANT_READ: return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE: return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return TLS_CLOSED;
    default: return TLS_FAILED;
    }
}

/* The queue must be empty before each call, else SSL_get_error() may report a failure of another connection.
 */
enum tls_io tls_handshake(SSL *ssl)
{
    ERR_clear_error();
    errno = 0;
    return outcome(ssl, SSL_do_handshake(ssl));
}

enum tls_io tls_read(SSL *ssl, void *data, size_t size, size_t *ret_n)
{
    ERR_clear_error();
    errno = 0;
    return outcome(ssl, SSL_read_ex(ssl, data, size, ret_n));
}

enum tls_io tls_write(SSL *ssl, const void *data, size_t n, size_t *ret_n)
{
    ERR_clear_error();
    errno = 0;
    return outcome(ssl, SSL_write_ex(ssl, data, n, ret_n));
}

void tls_error_text(char *text, size_t size)
{
    int saved = errno;
    unsigned long code = ERR_peek_last_error();
    if (code != 0) {
        const char *reason = ERR_reason_error_string(code);
        snprintf(text, size, "%s", reason != NULL ? reason : "unnamed TLS error");
    } else if (saved != 0) {
        snprintf(text, size, "%s", strerror(saved));
    } else {
        snprintf(text, size, "connection closed without a TLS alert");
    }
    ERR_clear_error();
}
