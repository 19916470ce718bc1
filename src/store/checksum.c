#include "store/checksum.h"

#include "base/text.h"
#include "pki/digest.h"

#include <zlib.h>

static bool is_digest(enum checksum_algorithm algorithm)
{
    return algorithm >= CHECKSUM_MD5 && algorithm <= CHECKSUM_SHA512;
}

static enum digest_kind kind_of(enum checksum_algorithm algorithm)
{
    switch ((int)algorithm) {
    case CHECKSUM_MD5: return DIGEST_MD5;
    case CHECKSUM_SHA384: return DIGEST_SHA384;
    case CHECKSUM_SHA512: return DIGEST_SHA512;
    default: return DIGEST_SHA256;
    }
}

err_t checksum_init(struct checksum *c, enum checksum_algorithm algorithm, struct problem *problem)
{
    CHECK(checksum_algorithm_name(algorithm) != NULL);
    struct checksum made = {.algorithm = algorithm}; /* zeros are the state of no bytes for all but digests */
    if (is_digest(algorithm)) {
        made.digest = digest_new(kind_of(algorithm));
        if (made.digest == NULL)
            return fail(problem, ERR_NOMEM, "checksumAlgorithm", "%s cannot be computed here",
                        checksum_algorithm_name(algorithm));
    }
    *c = made;
    return ERR_OK;
}

void checksum_add(struct checksum *c, struct slice bytes)
{
    if (bytes.len == 0) /* zlib takes a null pointer for a question of its own */
        return;
    switch ((int)c->algorithm) {
    case CHECKSUM_CRC32: c->crc32 = (uint32_t)crc32_z(c->crc32, bytes.data, bytes.len); break;
    case CHECKSUM_MURMUR3_32: murmur3_32_add(&c->murmur3_32, bytes); break;
    case CHECKSUM_MURMUR3_128: murmur3_128_add(&c->murmur3_128, bytes); break;
    default: digest_add(c->digest, bytes);
    }
}

static size_t end_crc32(uint32_t crc, uint8_t out[4])
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(crc >> 8 * i);
    return 4;
}

static size_t end(struct checksum *c, uint8_t out[DIGEST_SIZE_MAX])
{
    switch ((int)c->algorithm) {
    case CHECKSUM_CRC32: return end_crc32(c->crc32, out);
    case CHECKSUM_MURMUR3_32: murmur3_32_end(&c->murmur3_32, out); return MURMUR3_32_SIZE;
    case CHECKSUM_MURMUR3_128: murmur3_128_end(&c->murmur3_128, out); return MURMUR3_128_SIZE;
    default: return digest_end(c->digest, out);
    }
}

err_t checksum_end(struct checksum *c, char out[CHECKSUM_TEXT_SIZE], struct problem *problem)
{
    uint8_t bytes[DIGEST_SIZE_MAX];
    size_t len = end(c, bytes);
    if (len == 0)
        return fail(problem, ERR_INTERNAL, "", "the checksum could not be computed");
    text_to_hex(slice_of(bytes, len), out);
    return ERR_OK;
}

void checksum_fini(struct checksum *c)
{
    if (is_digest(c->algorithm))
        digest_free(c->digest);
    *c = (struct checksum){0};
}

size_t checksum_length(enum checksum_algorithm algorithm)
{
    switch (algorithm) {
    case CHECKSUM_MD5:
    case CHECKSUM_MURMUR3_128: return 32;
    case CHECKSUM_SHA256: return 64;
    case CHECKSUM_SHA384: return 96;
    case CHECKSUM_SHA512: return 128;
    case CHECKSUM_CRC32:
    case CHECKSUM_MURMUR3_32: return 8;
    case CHECKSUM_NONE: break;
    }
    return 0;
}
