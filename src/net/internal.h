/** @file internal.h - what the files of net share: the service itself, and admission of new connections. */
#pragma once

#include "net/net.h"
#include "net/reactor.h"
#include "tls/tickets.h"

#include <stdatomic.h>

struct address_count;

struct net {
    struct hub *hub;
    struct tls_tickets *tickets;
    struct tls_options tls;
    char certificate[1024], key[1024]; /* file names */
    atomic_size_t connections;
    pthread_mutex_t address_lock; /* guards by_address; innermost rank */
    struct address_count *by_address;
    struct reactor *reactors;
    unsigned reactor_count;
};

/** Count a new connection in, or refuse it (`net.max_connections`, `net.max_per_address`). Any reactor. */
bool net_admit(struct net *net, const struct in6_addr *address);
void net_dismiss(struct net *net, const struct in6_addr *address);

/** The same for a handshake in progress (`net.max_handshakes_per_address`). */
bool net_handshake_begin(struct net *net, const struct in6_addr *address);
void net_handshake_end(struct net *net, const struct in6_addr *address);
