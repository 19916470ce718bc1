#include "net/internal.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <uthash.h>

enum counter { CONNECTIONS, HANDSHAKES, COUNTERS };

struct address_count {
    struct in6_addr address; /* IPv4 as mapped */
    uint32_t counts[COUNTERS];
    UT_hash_handle hh;
};

static bool count_up(struct net *net, const struct in6_addr *address, enum counter which, uint32_t limit)
{
    struct address_count *entry;
    pthread_mutex_lock(&net->address_lock);
    HASH_FIND(hh, net->by_address, address, sizeof *address, entry);
    if (entry == NULL && (entry = calloc(1, sizeof *entry)) != NULL) {
        entry->address = *address;
        HASH_ADD(hh, net->by_address, address, sizeof entry->address, entry);
    }
    bool is_counted = entry != NULL && entry->counts[which] < limit;
    if (is_counted)
        entry->counts[which]++;
    pthread_mutex_unlock(&net->address_lock);
    return is_counted;
}

static void count_down(struct net *net, const struct in6_addr *address, enum counter which)
{
    struct address_count *entry;
    pthread_mutex_lock(&net->address_lock);
    HASH_FIND(hh, net->by_address, address, sizeof *address, entry);
    if (entry != NULL && entry->counts[which] > 0)
        entry->counts[which]--;
    if (entry != NULL && entry->counts[CONNECTIONS] == 0 && entry->counts[HANDSHAKES] == 0) {
        HASH_DEL(net->by_address, entry);
        free(entry);
    }
    pthread_mutex_unlock(&net->address_lock);
}

bool net_admit(struct net *net, const struct in6_addr *address)
{
    uint32_t per_address = net->hub->settings->net.max_per_address;
    bool is_admitted = atomic_fetch_add(&net->connections, 1) < net->hub->settings->net.max_connections &&
                       count_up(net, address, CONNECTIONS, per_address != 0 ? per_address : UINT32_MAX);
    if (!is_admitted)
        atomic_fetch_sub(&net->connections, 1);
    return is_admitted;
}

void net_dismiss(struct net *net, const struct in6_addr *address)
{
    atomic_fetch_sub(&net->connections, 1);
    count_down(net, address, CONNECTIONS);
}

bool net_handshake_begin(struct net *net, const struct in6_addr *address)
{
    return count_up(net, address, HANDSHAKES, net->hub->settings->net.max_handshakes_per_address);
}

void net_handshake_end(struct net *net, const struct in6_addr *address)
{
    count_down(net, address, HANDSHAKES);
}
