#include "pki/certificate.h"

#include "pki/openssl.h"

enum { STACK_TEXT = 8 * 1024 };

static bool digest_base64(struct slice der, unsigned char *text, uint8_t out[FINGERPRINT_SIZE])
{
    int len = EVP_EncodeBlock(text, der.data, (int)der.len);
    return EVP_Digest(text, (size_t)len, out, NULL, EVP_sha3_256(), NULL) == 1;
}

void certificate_fingerprint(struct slice der, uint8_t out[FINGERPRINT_SIZE])
{
    unsigned char stack[STACK_TEXT];
    AUTO_BUF heap = {0};
    size_t need = (der.len + 2) / 3 * 4 + 1;
    bool is_done = false;
    KEEP_ERROR_QUEUE();
    if (der.len <= CERTIFICATE_DER_MAX) {
        unsigned char *text = need <= sizeof stack ? stack : buf_reserve(&heap, need);
        is_done = text != NULL && digest_base64(der, text, out);
    }
    if (!is_done)
        memset(out, 0, FINGERPRINT_SIZE);
}
