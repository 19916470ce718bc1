#include "tls/peer.h"

#include "tls/context_internal.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t time_ms(const ASN1_TIME *time)
{
    struct tm utc;
    return ASN1_TIME_to_tm(time, &utc) == 1 ? (int64_t)timegm(&utc) * 1000 : 0;
}

/* Copied only: nobody looks at what stands above the leaf unless the leaf is unknown. */
static bool keep_chain(struct chain_der *chain, const STACK_OF(X509) * presented, unsigned max_chain)
{
    uint32_t count = (uint32_t)sk_X509_num(presented);
    size_t size = 0;
    int len[CHAIN_MAX];
    chain->presented = count;
    count = count <= max_chain ? count : 1;
    for (uint32_t i = 0; i < count; i++) {
        len[i] = i2d_X509(sk_X509_value(presented, (int)i), NULL);
        if (len[i] <= 0)
            return false;
        size += (size_t)len[i];
        chain->end[i] = (uint32_t)size;
    }
    unsigned char *pos = chain->bytes = malloc(size);
    for (uint32_t i = 0; pos != NULL && i < count; i++)
        CHECK(i2d_X509(sk_X509_value(presented, (int)i), &pos) == len[i]);
    chain->count = count;
    return pos != NULL;
}

bool tls_peer_keep(struct tls_peer *peer, const STACK_OF(X509) * presented, unsigned max_chain)
{
    const X509 *leaf = sk_X509_value(presented, 0);
    if (!keep_chain(&peer->chain, presented, max_chain))
        return false;
    peer->has_certificate = true;
    peer->not_before_ms = time_ms(X509_get0_notBefore(leaf));
    peer->not_after_ms = time_ms(X509_get0_notAfter(leaf));
    certificate_fingerprint(chain_der_at(&peer->chain, 0), peer->fingerprint);
    return true;
}

int tls_peer_check_key(X509 *leaf, unsigned min_rsa_bits, char *refusal, size_t size)
{
    EVP_PKEY *key = X509_get0_pubkey(leaf);
    if (key == NULL) {
        snprintf(refusal, size, "its public key cannot be read");
        return X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY;
    }
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits < (int)min_rsa_bits) {
        snprintf(refusal, size, "its RSA key has %d bits; at least %u are required", bits, min_rsa_bits);
        return X509_V_ERR_EE_KEY_TOO_SMALL;
    }
    if (EVP_PKEY_get_security_bits(key) < 112) {
        snprintf(refusal, size, "its key is weaker than 112 bits of security");
        return X509_V_ERR_EE_KEY_TOO_SMALL;
    }
    return X509_V_OK;
}

bool tls_peer_is_valid(const struct tls_peer *peer, int64_t now_ms, char *refusal, size_t size)
{
    bool is_early = now_ms < peer->not_before_ms;
    time_t when = (time_t)((is_early ? peer->not_before_ms : peer->not_after_ms) / 1000);
    struct tm utc;
    char date[32];
    if (!is_early && now_ms <= peer->not_after_ms)
        return true;
    gmtime_r(&when, &utc);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &utc);
    snprintf(refusal, size,
             is_early ? "certificate not yet valid: valid from %s" : "certificate expired on %s", date);
    return false;
}

void tls_peer_unref(struct tls_peer *peer)
{
    if (peer == NULL || --peer->references > 0)
        return;
    chain_der_fini(&peer->chain);
    free(peer);
}
