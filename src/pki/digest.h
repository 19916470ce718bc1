/** @file digest.h - hashes of bytes: of a whole text, or of bytes that come in pieces. Any thread. */
#pragma once

#include "base/slice.h"

enum { SHA3_256_SIZE = 32, DIGEST_SIZE_MAX = 64 };

/** All zeros if the library has no memory left. */
void digest_sha3_256(struct slice bytes, uint8_t out[SHA3_256_SIZE]);

enum digest_kind { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };

struct digest;

/** NULL: no memory, or the library does not offer the kind (MD5 where only FIPS algorithms are allowed). */
struct digest *digest_new(enum digest_kind kind);
void digest_add(struct digest *digest, struct slice bytes);

/** @return bytes of the hash; 0 when the library failed on the way */
size_t digest_end(struct digest *digest, uint8_t out[DIGEST_SIZE_MAX]);
void digest_free(struct digest *digest); /* NULL allowed */
