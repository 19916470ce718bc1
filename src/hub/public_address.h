/** @file public_address.h - whether an address is anybody's on the Internet. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/**
 * False for loopback, private, link-local, carrier-grade NAT, multicast, documentation, reserved and unspecified addresses, for IPv6
 * forms that hold such an IPv4 address (mapped, NAT64, 6to4) or may hold any (Teredo), and for families that are neither.
 */
bool address_is_public(const struct sockaddr *address);
