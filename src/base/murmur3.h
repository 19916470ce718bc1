/**
 * @file murmur3.h - MurmurHash3 of bytes that come in pieces: x86_32 and x64_128, seed 0, written as Guava does.
 *
 * No hash against an adversary: devices that cannot do better check their downloads with it. The bytes of a result
 * are the hash in little endian, the 128 bits as their two halves one after the other.
 * Pure; a state is one thread's.
 */
#pragma once

#include "base/slice.h"

enum { MURMUR3_32_SIZE = 4, MURMUR3_128_SIZE = 16 };

struct murmur3_32 {
    uint32_t hash;
    uint64_t total;  /* bytes so far */
    uint8_t rest[4]; /* total % 4 bytes that fill no block yet */
};

struct murmur3_128 {
    uint64_t h1, h2;
    uint64_t total;
    uint8_t rest[16]; /* total % 16 bytes that fill no block yet */
};

/* `{0}` is the state of no bytes. */
void murmur3_32_add(struct murmur3_32 *state, struct slice bytes);
void murmur3_32_end(const struct murmur3_32 *state, uint8_t out[MURMUR3_32_SIZE]);
void murmur3_128_add(struct murmur3_128 *state, struct slice bytes);
void murmur3_128_end(const struct murmur3_128 *state, uint8_t out[MURMUR3_128_SIZE]);
