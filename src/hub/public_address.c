#include "hub/public_address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct network {
    uint8_t bytes[16];
    unsigned bits;
};

/* RFC 6890 and what has been registered since: not global, or not for one host. */
static const struct network not_public4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};
/* Beyond 2000::/3, which alone is given out. */
static const struct network global6 = {{0x20}, 3};
static const struct network not_public6[] = {
    {{0x20, 0x01, 0, 0}, 23},       /* 2001::/23: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};
static const struct network six_to_four = {{0x20, 0x02}, 16};
static const struct network mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
static const struct network nat64 = {{0, 0x64, 0xff, 0x9b}, 96};

static bool is_in(const uint8_t *address, const struct network *network)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(address, network->bytes, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ network->bytes[whole]) >> (8 - rest)) == 0;
}

static bool is_in_any(const uint8_t *address, const struct network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &networks[i]))
            return true;
    return false;
}

static bool is_public4(const uint8_t *address)
{
    return !is_in_any(address, not_public4, sizeof not_public4 / sizeof not_public4[0]);
}

static bool is_public6(const uint8_t *address)
{
    if (is_in(address, &mapped) || is_in(address, &nat64))
        return is_public4(address + 12);
    if (is_in(address, &six_to_four))
        return is_public4(address + 2);
    return is_in(address, &global6) &&
           !is_in_any(address, not_public6, sizeof not_public6 / sizeof not_public6[0]);
}

bool address_is_public(const struct sockaddr *address)
{
    uint8_t bytes[16];
    if (address->sa_family == AF_INET) {
        memcpy(bytes, (const char *)address + offsetof(struct sockaddr_in, sin_addr), 4);
        return is_public4(bytes);
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(bytes, (const char *)address + offsetof(struct sockaddr_in6, sin6_addr), 16);
    return is_public6(bytes);
}
