/** @file digest.h - SHA3-256 of bytes, for ids that are hashes. Pure; any thread. */
#pragma once

#include "base/slice.h"

enum { SHA3_256_SIZE = 32 };

/** All zeros if the library has no memory left. */
void digest_sha3_256(struct slice bytes, uint8_t out[SHA3_256_SIZE]);
