#include "tls/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>

enum { SUITES = 3, DIRECTIONS = 2, OPENING = 0, SEALING = 1 };

struct suite_info {
    const char *cipher, *digest;
    size_t key_size, hash_size;
};

static const struct suite_info suite_infos[SUITES] = {
    {"AES-128-GCM", "SHA256", 16, 32},
    {"AES-256-GCM", "SHA384", 32, 48},
    {"ChaCha20-Poly1305", "SHA256", 32, 32},
};

struct tls_crypto {
    EVP_CIPHER_CTX *contexts[SUITES][DIRECTIONS];
    EVP_KDF_CTX *kdf;
};

static size_t suite_index(uint16_t suite)
{
    CHECK(suite >= TLS_AES_128_GCM_SHA256 && suite <= TLS_CHACHA20_POLY1305_SHA256);
    return suite - TLS_AES_128_GCM_SHA256;
}

size_t tls_suite_hash_size(uint16_t suite)
{
    bool is_ours = suite >= TLS_AES_128_GCM_SHA256 && suite <= TLS_CHACHA20_POLY1305_SHA256;
    return is_ours ? suite_infos[suite_index(suite)].hash_size : 0;
}

static bool make_contexts(struct tls_crypto *crypto, size_t suite)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, suite_infos[suite].cipher, NULL);
    bool ok = cipher != NULL;
    for (int direction = 0; ok && direction < DIRECTIONS; direction++) {
        EVP_CIPHER_CTX *ctx = crypto->contexts[suite][direction] = EVP_CIPHER_CTX_new();
        ok = ctx != NULL && EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, direction == SEALING, NULL) == 1;
    }
    EVP_CIPHER_free(cipher);
    return ok;
}

err_t tls_crypto_new(struct tls_crypto **ret)
{
    struct tls_crypto *crypto = calloc(1, sizeof *crypto);
    if (crypto == NULL)
        return ERR_NOMEM;
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_3_KDF, NULL);
    crypto->kdf = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    EVP_KDF_free(kdf);
    bool ok = crypto->kdf != NULL;
    for (size_t i = 0; ok && i < SUITES; i++)
        ok = make_contexts(crypto, i);
    if (!ok) {
        tls_crypto_free(crypto);
        return ERR_INTERNAL;
    }
    *ret = crypto;
    return ERR_OK;
}

void tls_crypto_free(struct tls_crypto *crypto)
{
    if (crypto == NULL)
        return;
    for (size_t i = 0; i < SUITES; i++)
        for (int direction = 0; direction < DIRECTIONS; direction++)
            EVP_CIPHER_CTX_free(crypto->contexts[i][direction]);
    EVP_KDF_CTX_free(crypto->kdf);
    free(crypto);
}

/* HKDF-Expand-Label(secret, label, "", size), RFC 8446 section 7.1. */
static err_t expand_label(struct tls_crypto *crypto, const struct suite_info *suite, const uint8_t *secret,
                          const char *label, uint8_t *out, size_t size)
{
    /* The parameter type has no const members; OpenSSL only reads through these. */
    union {
        const void *in;
        void *out;
    } key = {secret}, prefix = {"tls13 "}, name = {label}, digest = {suite->digest};
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.out, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.out, suite->hash_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, prefix.out, 6),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, name.out, strlen(label)),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX_reset(crypto->kdf);
    return EVP_KDF_derive(crypto->kdf, out, size, params) == 1 ? ERR_OK : ERR_INTERNAL;
}

err_t tls_traffic_set(struct tls_crypto *crypto, uint16_t suite_id, const uint8_t *secret, uint64_t sequence,
                      struct tls_traffic *ret_traffic)
{
    const struct suite_info *suite = &suite_infos[suite_index(suite_id)];
    struct tls_traffic t = {.sequence = sequence};
    memcpy(t.secret, secret, suite->hash_size);
    TRY(expand_label(crypto, suite, secret, "key", t.key, suite->key_size));
    TRY(expand_label(crypto, suite, secret, "iv", t.iv, TLS_IV_SIZE));
    *ret_traffic = t;
    OPENSSL_cleanse(&t, sizeof t);
    return ERR_OK;
}

err_t tls_traffic_update(struct tls_crypto *crypto, uint16_t suite_id, struct tls_traffic *traffic)
{
    const struct suite_info *suite = &suite_infos[suite_index(suite_id)];
    uint8_t next[TLS_SECRET_MAX];
    TRY(expand_label(crypto, suite, traffic->secret, "traffic upd", next, suite->hash_size));
    err_t err = tls_traffic_set(crypto, suite_id, next, 0, traffic);
    OPENSSL_cleanse(next, sizeof next);
    return err;
}

/* Per-record nonce: the sequence, padded to the left, XORed with the IV. RFC 8446 section 5.3. */
static void make_nonce(const struct tls_traffic *traffic, uint8_t nonce[TLS_IV_SIZE])
{
    memcpy(nonce, traffic->iv, TLS_IV_SIZE);
    for (int i = 0; i < 8; i++)
        nonce[TLS_IV_SIZE - 1 - i] ^= (uint8_t)(traffic->sequence >> (8 * i));
}

static EVP_CIPHER_CTX *begin(struct tls_crypto *crypto, uint16_t suite, int direction,
                             const struct tls_traffic *traffic, const uint8_t header[5])
{
    EVP_CIPHER_CTX *ctx = crypto->contexts[suite_index(suite)][direction];
    uint8_t nonce[TLS_IV_SIZE];
    int n;
    make_nonce(traffic, nonce);
    bool ok = EVP_CipherInit_ex2(ctx, NULL, traffic->key, nonce, -1, NULL) == 1 &&
              EVP_CipherUpdate(ctx, NULL, &n, header, 5) == 1;
    return ok ? ctx : NULL;
}

err_t tls_seal(struct tls_crypto *crypto, uint16_t suite, struct tls_traffic *traffic,
               const uint8_t header[5], struct slice plain, uint8_t type, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = begin(crypto, suite, SEALING, traffic, header);
    int n = 0, tail = 0, rest = 0;
    if (ctx == NULL)
        return ERR_INTERNAL;
    bool ok = (plain.len == 0 || EVP_CipherUpdate(ctx, out, &n, plain.data, (int)plain.len) == 1) &&
              EVP_CipherUpdate(ctx, out + n, &tail, &type, 1) == 1 &&
              EVP_CipherFinal_ex(ctx, out + n + tail, &rest) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TLS_TAG_SIZE, out + plain.len + 1) == 1;
    traffic->sequence++;
    return ok ? ERR_OK : ERR_INTERNAL;
}

err_t tls_open(struct tls_crypto *crypto, uint16_t suite, struct tls_traffic *traffic,
               const uint8_t header[5], struct slice body, uint8_t *out)
{
    CHECK(body.len >= TLS_TAG_SIZE);
    EVP_CIPHER_CTX *ctx = begin(crypto, suite, OPENING, traffic, header);
    size_t len = body.len - TLS_TAG_SIZE;
    uint8_t tag[TLS_TAG_SIZE];
    int n = 0, rest = 0;
    if (ctx == NULL)
        return ERR_INTERNAL;
    memcpy(tag, body.data + len, sizeof tag);
    bool ok = (len == 0 || EVP_CipherUpdate(ctx, out, &n, body.data, (int)len) == 1) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TLS_TAG_SIZE, tag) == 1 &&
              EVP_CipherFinal_ex(ctx, out + n, &rest) == 1;
    traffic->sequence++;
    return ok ? ERR_OK : ERR_PROTO;
}
