#include "config/listen.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>

static bool is_address(int family, struct slice host)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    return slice_to_cstr(host, text, sizeof text) && inet_pton(family, text, address) == 1;
}

static bool is_label(struct slice label)
{
    if (label.len == 0 || label.len > 63 || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.data[i];
        if (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_'))
            return false;
    }
    return true;
}

/* The last label of a name is not all digits (RFC 3696 section 2): "1.2.3" is a mistyped address. */
static bool is_name(struct slice host)
{
    if (host.len == 0 || host.len >= LISTEN_HOST_SIZE)
        return false;
    size_t start = 0, letters = 0;
    for (size_t i = 0; i <= host.len; i++) {
        if (i == host.len || host.data[i] == '.') {
            if (!is_label(slice_of(host.data + start, i - start)))
                return false;
            start = i + 1;
            letters = i == host.len ? letters : 0;
        } else if (!isdigit(host.data[i])) {
            letters++;
        }
    }
    return letters != 0;
}

bool listen_host_is_valid(struct slice host)
{
    return is_address(AF_INET, host) || is_address(AF_INET6, host) || is_name(host);
}

static struct slice trimmed(struct slice s)
{
    while (s.len != 0 && isspace(s.data[0]))
        s = slice_skip(s, 1);
    while (s.len != 0 && isspace(s.data[s.len - 1]))
        s.len--;
    return s;
}

/* Split at the last colon; only an address in brackets may hold colons itself. */
static bool split(struct slice text, struct slice *ret_host, struct slice *ret_port)
{
    size_t colon = text.len;
    while (colon != 0 && text.data[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return false;
    struct slice host = slice_of(text.data, colon - 1);
    *ret_port = slice_skip(text, colon);
    if (host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']') {
        *ret_host = slice_of(host.data + 1, host.len - 2);
        return is_address(AF_INET6, *ret_host);
    }
    *ret_host = host;
    return is_address(AF_INET, host) || is_name(host);
}

bool listen_address_parse(struct slice text, struct listen_address *ret)
{
    text = trimmed(text);
    struct listen_address address = {.is_on = text.len != 0};
    struct slice host, port;
    uint64_t number = 0;
    if (address.is_on) {
        if (!split(text, &host, &port) || !text_to_u64(port, UINT16_MAX, &number))
            return false;
        if (!slice_to_cstr(host, address.host, sizeof address.host))
            return false;
    }
    address.port = (uint16_t)number;
    *ret = address;
    return true;
}
