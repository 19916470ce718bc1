/* After Austin Appleby's description of MurmurHash3, which is in the public domain. */
#include "base/murmur3.h"

static uint64_t little_endian(const uint8_t *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i != 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static void put_little_endian(uint64_t value, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

/*
 * Complete the block that an earlier piece began. @return false: it is still not whole.
 * @p bytes moves on by what was taken.
 */
static bool complete(uint8_t *rest, size_t held, size_t block, struct slice *bytes)
{
    size_t n = block - held < bytes->len ? block - held : bytes->len;
    if (n != 0)
        memcpy(rest + held, bytes->data, n);
    *bytes = slice_skip(*bytes, n);
    return held + n == block;
}

static uint32_t rotate_32(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static uint32_t scramble(uint32_t k)
{
    return rotate_32(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static void mix_32(struct murmur3_32 *s, const uint8_t *block)
{
    s->hash ^= scramble((uint32_t)little_endian(block, 4));
    s->hash = rotate_32(s->hash, 13) * 5 + 0xe6546b64u;
}

void murmur3_32_add(struct murmur3_32 *s, struct slice bytes)
{
    size_t held = s->total % 4;
    s->total += bytes.len;
    if (held != 0) {
        if (!complete(s->rest, held, 4, &bytes))
            return;
        mix_32(s, s->rest);
    }
    for (; bytes.len >= 4; bytes = slice_skip(bytes, 4))
        mix_32(s, bytes.data);
    (void)complete(s->rest, 0, 4, &bytes);
}

void murmur3_32_end(const struct murmur3_32 *s, uint8_t out[MURMUR3_32_SIZE])
{
    uint32_t h = s->hash ^ scramble((uint32_t)little_endian(s->rest, s->total % 4));
    h ^= (uint32_t)s->total;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    put_little_endian(h ^ h >> 16, out, MURMUR3_32_SIZE);
}

static uint64_t rotate_64(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static uint64_t scramble_1(uint64_t k)
{
    return rotate_64(k * 0x87c37b91114253d5u, 31) * 0x4cf5ad432745937fu;
}

static uint64_t scramble_2(uint64_t k)
{
    return rotate_64(k * 0x4cf5ad432745937fu, 33) * 0x87c37b91114253d5u;
}

static void mix_128(struct murmur3_128 *s, const uint8_t *block)
{
    s->h1 ^= scramble_1(little_endian(block, 8));
    s->h1 = (rotate_64(s->h1, 27) + s->h2) * 5 + 0x52dce729u;
    s->h2 ^= scramble_2(little_endian(block + 8, 8));
    s->h2 = (rotate_64(s->h2, 31) + s->h1) * 5 + 0x38495ab5u;
}

void murmur3_128_add(struct murmur3_128 *s, struct slice bytes)
{
    size_t held = s->total % 16;
    s->total += bytes.len;
    if (held != 0) {
        if (!complete(s->rest, held, 16, &bytes))
            return;
        mix_128(s, s->rest);
    }
    for (; bytes.len >= 16; bytes = slice_skip(bytes, 16))
        mix_128(s, bytes.data);
    (void)complete(s->rest, 0, 16, &bytes);
}

static uint64_t finish_64(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

void murmur3_128_end(const struct murmur3_128 *s, uint8_t out[MURMUR3_128_SIZE])
{
    size_t held = s->total % 16, low = held < 8 ? held : 8;
    uint64_t h1 = s->h1 ^ scramble_1(little_endian(s->rest, low)) ^ s->total;
    uint64_t h2 = s->h2 ^ scramble_2(little_endian(s->rest + 8, held - low)) ^ s->total;
    h1 += h2;
    h2 += h1;
    h1 = finish_64(h1);
    h2 = finish_64(h2);
    h1 += h2;
    h2 += h1;
    put_little_endian(h1, out, 8);
    put_little_endian(h2, out + 8, 8);
}
