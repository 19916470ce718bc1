#include "pki/digest.h"

#include "pki/openssl.h"

void digest_sha3_256(struct slice bytes, uint8_t out[SHA3_256_SIZE])
{
    KEEP_ERROR_QUEUE();
    if (EVP_Digest(bytes.len != 0 ? bytes.data : (const uint8_t *)"", bytes.len, out, NULL, EVP_sha3_256(),
                   NULL) != 1)
        memset(out, 0, SHA3_256_SIZE);
}
