/* certs - make an authority, a server certificate and many device certificates, all EC P-256, in one folder.
 *
 * The openssl command would do the same, at some 30 ms for each of the thousands of devices. Layout:
 *   DIR/ca.pem  DIR/server.pem  DIR/server.key  DIR/devices/device-00000.pem (certificate, then key)
 * Private keys are readable by the owner alone. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAYS = 30, DEVICES_MAX = 60000 };

struct authority {
    X509 *cert;
    EVP_PKEY *key;
};

struct purpose {
    bool is_authority;
    const char *key_usage;
    const char *extended; /* NULL: none */
    const char *names;    /* subjectAltName, NULL: none */
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "certs: %s: %s\n", what, errno != 0 ? strerror(errno) : "OpenSSL failed");
    ERR_print_errors_fp(stderr);
    exit(1);
}

static FILE *create(const char *dir, const char *name, mode_t mode)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL) {
        fail(path);
    }
    return f;
}

static void finish(FILE *f, int written)
{
    if (written != 1 || fclose(f) != 0) {
        fail("cannot write");
    }
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    if (value == NULL) {
        return;
    }
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (e == NULL || X509_add_ext(cert, e, -1) != 1) {
        fail(value);
    }
    X509_EXTENSION_free(e);
}

static void name_it(X509 *cert, const char *common_name, long serial)
{
    X509_NAME *name = X509_get_subject_name(cert);
    if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1, 0) !=
            1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) != 1) {
        fail(common_name);
    }
}

/* Signed by `ca`, or by itself if that is NULL. */
static X509 *new_cert(const struct authority *ca, EVP_PKEY *key, const char *common_name, long serial,
                      const struct purpose *use)
{
    X509 *cert = X509_new();
    if (cert == NULL || key == NULL || X509_set_version(cert, 2) != 1 || X509_set_pubkey(cert, key) != 1) {
        fail(common_name);
    }
    X509 *issuer = ca != NULL ? ca->cert : cert;
    name_it(cert, common_name, serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), DAYS * 86400L);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer));
    add_extension(cert, issuer, NID_basic_constraints,
                  use->is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(cert, issuer, NID_key_usage, use->key_usage);
    add_extension(cert, issuer, NID_subject_key_identifier, "hash");
    add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
    add_extension(cert, issuer, NID_ext_key_usage, use->extended);
    add_extension(cert, issuer, NID_subject_alt_name, use->names);
    if (X509_sign(cert, ca != NULL ? ca->key : key, EVP_sha256()) == 0) {
        fail(common_name);
    }
    return cert;
}

static struct authority new_authority(const char *dir)
{
    static const struct purpose use = {true, "critical,keyCertSign,cRLSign", NULL, NULL};
    struct authority ca = {.key = EVP_EC_gen("P-256")};
    ca.cert = new_cert(NULL, ca.key, "Bench CA", 1, &use);
    FILE *f = create(dir, "ca.pem", 0644);
    finish(f, PEM_write_X509(f, ca.cert));
    return ca;
}

static void new_server(const struct authority *ca, const char *dir)
{
    static const struct purpose use = {false, "critical,digitalSignature", "serverAuth",
                                       "DNS:localhost,IP:127.0.0.1"};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = new_cert(ca, key, "localhost", 2, &use);
    FILE *f = create(dir, "server.pem", 0644);
    finish(f, PEM_write_X509(f, cert));
    f = create(dir, "server.key", 0600);
    finish(f, PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void new_device(const struct authority *ca, const char *dir, unsigned number)
{
    static const struct purpose use = {false, "critical,digitalSignature", "clientAuth", NULL};
    char name[32], file[64];
    snprintf(name, sizeof(name), "device-%05u", number);
    snprintf(file, sizeof(file), "devices/%s.pem", name);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = new_cert(ca, key, name, (long)number + 100, &use);
    FILE *f = create(dir, file, 0600);
    if (PEM_write_X509(f, cert) != 1) {
        fail(file);
    }
    finish(f, PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
    X509_free(cert);
    EVP_PKEY_free(key);
}

int main(int argc, char **argv)
{
    unsigned long devices = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (devices == 0 || devices > DEVICES_MAX) {
        fprintf(stderr, "usage: certs DIR DEVICES   (an existing folder; 1 to %d devices)\n", DEVICES_MAX);
        return 2;
    }
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/devices", argv[1]);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        fail(path);
    }
    errno = 0;
    struct authority ca = new_authority(argv[1]);
    new_server(&ca, argv[1]);
    for (unsigned i = 0; i < devices; i++) {
        new_device(&ca, argv[1], i);
    }
    X509_free(ca.cert);
    EVP_PKEY_free(ca.key);
    return 0;
}
