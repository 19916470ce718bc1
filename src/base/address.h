/**
 * @file address.h - IP addresses as everybody here keeps them: 16 bytes, IPv4 mapped into IPv6. Pure; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { IP_SIZE = 16, IP_TEXT_SIZE = 46 /* INET6_ADDRSTRLEN */ };

bool address_is_ipv4(const uint8_t address[IP_SIZE]);

/** "192.0.2.1", "2001:db8::1" */
void address_write(const uint8_t address[IP_SIZE], char out[IP_TEXT_SIZE]);
