#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

bool address_is_ipv4(const uint8_t address[IP_SIZE])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address, prefix, sizeof prefix) == 0;
}

void address_write(const uint8_t address[IP_SIZE], char out[IP_TEXT_SIZE])
{
    bool is_ipv4 = address_is_ipv4(address);
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, is_ipv4 ? address + 12 : address, out, IP_TEXT_SIZE);
}
