#include "net/internal.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <uthash.h>

struct address_count {
    struct in6_addr address; /* IPv4 as mapped */
    uint32_t connections;
    UT_hash_handle hh;
};

static struct in6_addr address_of(const struct sockaddr_storage *peer)
{
    struct in6_addr a = {0};
    if (peer->ss_family == AF_INET6) {
        a = ((const struct sockaddr_in6 *)peer)->sin6_addr;
    } else if (peer->ss_family == AF_INET) {
        a.s6_addr[10] = a.s6_addr[11] = 0xff;
        memcpy(&a.s6_addr[12], &((const struct sockaddr_in *)peer)->sin_addr, 4);
    }
    return a;
}

static bool count_address(struct net *net, const struct sockaddr_storage *peer, uint32_t limit)
{
    struct in6_addr address = address_of(peer);
    struct address_count *entry;
    pthread_mutex_lock(&net->address_lock);
    HASH_FIND(hh, net->by_address, &address, sizeof address, entry);
    if (entry == NULL && (entry = calloc(1, sizeof *entry)) != NULL) {
        entry->address = address;
        HASH_ADD(hh, net->by_address, address, sizeof entry->address, entry);
    }
    bool admitted = entry != NULL && entry->connections < limit;
    if (admitted)
        entry->connections++;
    pthread_mutex_unlock(&net->address_lock);
    return admitted;
}

bool net_admit(struct net *net, const struct sockaddr_storage *peer)
{
    uint32_t per_address = net->hub->settings->net.max_per_address;
    if (atomic_fetch_add(&net->connections, 1) >= net->hub->settings->net.max_connections ||
        (per_address != 0 && !count_address(net, peer, per_address))) {
        atomic_fetch_sub(&net->connections, 1);
        return false;
    }
    return true;
}

void net_dismiss(struct net *net, const struct sockaddr_storage *peer)
{
    struct in6_addr address = address_of(peer);
    struct address_count *entry;
    atomic_fetch_sub(&net->connections, 1);
    if (net->hub->settings->net.max_per_address == 0)
        return;
    pthread_mutex_lock(&net->address_lock);
    HASH_FIND(hh, net->by_address, &address, sizeof address, entry);
    if (entry != NULL && --entry->connections == 0) {
        HASH_DEL(net->by_address, entry);
        free(entry);
    }
    pthread_mutex_unlock(&net->address_lock);
}
