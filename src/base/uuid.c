#include "base/uuid.h"

#include "base/random.h"
#include "base/text.h"

/* Lengths of the five groups of hex digits, in bytes: 8-4-4-4-12 characters. */
static const size_t groups[] = {4, 2, 2, 2, 6};
enum { GROUPS = sizeof groups / sizeof groups[0] };

struct uuid uuid_random(void)
{
    struct uuid u;
    random_bytes(u.bytes, sizeof u.bytes);
    u.bytes[6] = (uint8_t)((u.bytes[6] & 0x0f) | 0x40);
    u.bytes[8] = (uint8_t)((u.bytes[8] & 0x3f) | 0x80);
    return u;
}

bool uuid_parse(struct slice text, struct uuid *ret_uuid)
{
    struct uuid u;
    size_t at = 0, byte = 0;
    if (text.len != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t g = 0; g < GROUPS; g++) {
        if (g > 0 && text.data[at++] != '-')
            return false;
        if (!text_from_hex(slice_of(text.data + at, groups[g] * 2), u.bytes + byte, groups[g]))
            return false;
        at += groups[g] * 2;
        byte += groups[g];
    }
    *ret_uuid = u;
    return true;
}

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_SIZE])
{
    size_t at = 0, byte = 0;
    for (size_t g = 0; g < GROUPS; g++) {
        if (g > 0)
            out[at++] = '-';
        text_to_hex(slice_of(uuid->bytes + byte, groups[g]), out + at);
        at += groups[g] * 2;
        byte += groups[g];
    }
}

bool uuid_eq(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool uuid_is_nil(const struct uuid *uuid)
{
    static const struct uuid nil;
    return uuid_eq(uuid, &nil);
}
