#include "base/random.h"

#include <sodium.h>

void random_bytes(void *out, size_t n)
{
    randombytes_buf(out, n);
}

void random_text(char *out, size_t n)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[randombytes_uniform(sizeof alphabet - 1)];
    out[n] = '\0';
}

void wipe(void *secret, size_t n)
{
    sodium_memzero(secret, n);
}
