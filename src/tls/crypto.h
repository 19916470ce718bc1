/**
 * @file crypto.h - the AEADs and key schedule steps of TLS 1.3 that the record layer needs, through EVP.
 *
 * One `struct tls_crypto` per thread: its cipher contexts are shared by all connections of the thread and get a
 * connection's key for each record, so a connection itself holds no OpenSSL object.
 */
#pragma once

#include "base/err.h"
#include "base/slice.h"

enum {
    TLS_SECRET_MAX = 48, /* SHA-384 */
    TLS_KEY_MAX = 32,
    TLS_IV_SIZE = 12,
    TLS_TAG_SIZE = 16,
};

/** TLS 1.3 cipher suites, RFC 8446 appendix B.4. */
enum tls_suite {
    TLS_AES_128_GCM_SHA256 = 0x1301,
    TLS_AES_256_GCM_SHA384 = 0x1302,
    TLS_CHACHA20_POLY1305_SHA256 = 0x1303,
};

struct tls_crypto;

MUST_USE err_t tls_crypto_new(struct tls_crypto **ret);
void tls_crypto_free(struct tls_crypto *crypto); /* NULL allowed */

/** One direction of a connection. `secret` is the application_traffic_secret_N it came from. */
struct tls_traffic {
    uint64_t sequence; /* of the next record */
    uint8_t secret[TLS_SECRET_MAX];
    uint8_t key[TLS_KEY_MAX];
    uint8_t iv[TLS_IV_SIZE];
};

/** Hash length of a suite (bytes), or 0 when it is none of ours. */
size_t tls_suite_hash_size(uint16_t suite);

/** key and iv from the secret; the sequence starts at @p sequence. RFC 8446 section 7.3. */
MUST_USE err_t tls_traffic_set(struct tls_crypto *crypto, uint16_t suite, const uint8_t *secret,
                               uint64_t sequence, struct tls_traffic *ret_traffic);

/** Next generation after a KeyUpdate: new secret, key, iv; sequence 0. RFC 8446 section 7.2. */
MUST_USE err_t tls_traffic_update(struct tls_crypto *crypto, uint16_t suite, struct tls_traffic *traffic);

/**
 * Seal one record's inner plaintext: @p out receives plain || type encrypted, then the tag
 * (plain.len + 1 + TLS_TAG_SIZE bytes). @p header is the 5-byte record header. Advances the sequence.
 */
MUST_USE err_t tls_seal(struct tls_crypto *crypto, uint16_t suite, struct tls_traffic *traffic,
                        const uint8_t header[5], struct slice plain, uint8_t type, uint8_t *out);

/**
 * Open one record body (ciphertext and tag, at least TLS_TAG_SIZE bytes) into @p out, which has room for
 * body.len bytes. Advances the sequence.
 * @return ERR_OK, with body.len - TLS_TAG_SIZE bytes written · ERR_PROTO when the tag does not fit
 */
MUST_USE err_t tls_open(struct tls_crypto *crypto, uint16_t suite, struct tls_traffic *traffic,
                        const uint8_t header[5], struct slice body, uint8_t *out);
