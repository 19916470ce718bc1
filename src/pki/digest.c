#include "pki/digest.h"

#include "pki/openssl.h"

#include <stdlib.h>

void digest_sha3_256(struct slice bytes, uint8_t out[SHA3_256_SIZE])
{
    KEEP_ERROR_QUEUE();
    if (EVP_Digest(bytes.len != 0 ? bytes.data : (const uint8_t *)"", bytes.len, out, NULL, EVP_sha3_256(),
                   NULL) != 1)
        memset(out, 0, SHA3_256_SIZE);
}

struct digest {
    EVP_MD_CTX *context;
    bool failed;
};

static const EVP_MD *method(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_MD5: return EVP_md5();
    case DIGEST_SHA256: return EVP_sha256();
    case DIGEST_SHA384: return EVP_sha384();
    case DIGEST_SHA512: return EVP_sha512();
    }
    return NULL;
}

struct digest *digest_new(enum digest_kind kind)
{
    struct digest *digest = calloc(1, sizeof *digest);
    KEEP_ERROR_QUEUE();
    if (digest == NULL)
        return NULL;
    digest->context = EVP_MD_CTX_new();
    if (digest->context != NULL && EVP_DigestInit_ex(digest->context, method(kind), NULL) == 1)
        return digest;
    digest_free(digest);
    return NULL;
}

void digest_add(struct digest *digest, struct slice bytes)
{
    KEEP_ERROR_QUEUE();
    if (bytes.len != 0 && EVP_DigestUpdate(digest->context, bytes.data, bytes.len) != 1)
        digest->failed = true;
}

size_t digest_end(struct digest *digest, uint8_t out[DIGEST_SIZE_MAX])
{
    unsigned len = 0;
    KEEP_ERROR_QUEUE();
    if (digest->failed || EVP_DigestFinal_ex(digest->context, out, &len) != 1)
        return 0;
    return len;
}

void digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}
