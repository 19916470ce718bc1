/**
 * @file checksum.h - the checksum of a package's bytes, which come in pieces.
 *
 * Results are lower-case hex as ThingsBoard (Guava) writes them: CRC32 and MURMUR3 with their bytes in little
 * endian, so the CRC32 of "123456789", 0xcbf43926, is "2639f4cb". One thread at a time.
 */
#pragma once

#include "base/murmur3.h"
#include "model/ota_package.h"

struct digest;

struct checksum {
    enum checksum_algorithm algorithm;
    union {
        struct digest *digest;
        uint32_t crc32;
        struct murmur3_32 murmur3_32;
        struct murmur3_128 murmur3_128;
    };
};

/** @return ERR_OK: give it back by checksum_fini() · ERR_NOMEM (or the library does not offer the algorithm) */
MUST_USE err_t checksum_init(struct checksum *checksum, enum checksum_algorithm algorithm,
                             struct problem *problem);
void checksum_add(struct checksum *checksum, struct slice bytes);
/** @return ERR_OK · ERR_INTERNAL (the library failed on the way) */
MUST_USE err_t checksum_end(struct checksum *checksum, char out[CHECKSUM_TEXT_SIZE], struct problem *problem);
void checksum_fini(struct checksum *checksum); /* `{0}` allowed */

/** Characters of a result. */
size_t checksum_length(enum checksum_algorithm algorithm);
