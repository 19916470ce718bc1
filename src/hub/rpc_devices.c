#include "hub/rpc_devices.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uthash.h>

struct member {
    UT_hash_handle hh;
    uint64_t device;
    uint64_t mark; /* of the last addition */
};

struct rpc_devices {
    atomic_size_t count;
    pthread_mutex_t lock; /* guards what follows */
    struct member *members;
    uint64_t additions;
};

err_t rpc_devices_new(struct rpc_devices **ret)
{
    struct rpc_devices *d = calloc(1, sizeof *d);
    if (d == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&d->lock, NULL);
    *ret = d;
    return ERR_OK;
}

void rpc_devices_free(struct rpc_devices *d)
{
    struct member *m, *next;
    if (d == NULL)
        return;
    HASH_ITER (hh, d->members, m, next) {
        HASH_DEL(d->members, m);
        free(m);
    }
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static struct member *find(struct rpc_devices *d, uint64_t device)
{
    struct member *m;
    HASH_FIND(hh, d->members, &device, sizeof device, m);
    return m;
}

/* With the lock held. */
static err_t add(struct rpc_devices *d, uint64_t device)
{
    struct member *m = find(d, device);
    if (m == NULL) {
        m = calloc(1, sizeof *m);
        if (m == NULL)
            return ERR_NOMEM;
        m->device = device;
        HASH_ADD(hh, d->members, device, sizeof m->device, m);
        atomic_fetch_add(&d->count, 1);
    }
    m->mark = ++d->additions;
    return ERR_OK;
}

err_t rpc_devices_add(struct rpc_devices *d, uint64_t device)
{
    pthread_mutex_lock(&d->lock);
    err_t err = add(d, device);
    pthread_mutex_unlock(&d->lock);
    return err;
}

bool rpc_devices_has(struct rpc_devices *d, uint64_t device, uint64_t *ret_mark)
{
    if (atomic_load(&d->count) == 0)
        return false;
    pthread_mutex_lock(&d->lock);
    const struct member *m = find(d, device);
    *ret_mark = m != NULL ? m->mark : 0;
    pthread_mutex_unlock(&d->lock);
    return *ret_mark != 0;
}

void rpc_devices_remove(struct rpc_devices *d, uint64_t device, uint64_t mark)
{
    pthread_mutex_lock(&d->lock);
    struct member *m = find(d, device);
    if (m != NULL && m->mark == mark) {
        HASH_DEL(d->members, m);
        free(m);
        atomic_fetch_sub(&d->count, 1);
    }
    pthread_mutex_unlock(&d->lock);
}
