#include "hub/downlink.h"

#include <stdlib.h>

struct downlink *downlink_new(enum downlink_kind kind, struct slice json)
{
    struct downlink *d = calloc(1, sizeof *d + json.len);
    if (d == NULL)
        return NULL;
    d->kind = kind;
    d->len = json.len;
    if (json.len != 0)
        memcpy(d->payload, json.data, json.len);
    atomic_init(&d->references, 1);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->kept, NULL);
    return d;
}

void downlink_ref(struct downlink *downlink)
{
    atomic_fetch_add_explicit(&downlink->references, 1, memory_order_relaxed);
}

void downlink_unref(struct downlink *downlink)
{
    if (downlink == NULL || atomic_fetch_sub_explicit(&downlink->references, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_destroy(&downlink->lock);
    pthread_cond_destroy(&downlink->kept);
    free(downlink);
}

void downlink_settle(struct downlink *d)
{
    if (atomic_fetch_sub(&d->waiting, 1) != 1 || d->on_settled == NULL)
        return;
    const struct downlink_result result = {.sent = atomic_load(&d->sent),
                                           .queued = atomic_load(&d->queued),
                                           .dropped = atomic_load(&d->dropped)};
    d->on_settled(d, &result);
}

void downlink_hold(struct downlink *d)
{
    downlink_ref(d);
    atomic_fetch_add(&d->waiting, 1);
    pthread_mutex_lock(&d->lock);
    d->holds++;
    pthread_mutex_unlock(&d->lock);
}

void downlink_fail(struct downlink *d, err_t err)
{
    pthread_mutex_lock(&d->lock);
    if (d->error == ERR_OK)
        d->error = err;
    pthread_mutex_unlock(&d->lock);
}

void downlink_release(struct downlink *d, err_t err)
{
    downlink_fail(d, err);
    pthread_mutex_lock(&d->lock);
    if (--d->holds == 0)
        pthread_cond_broadcast(&d->kept);
    pthread_mutex_unlock(&d->lock);
    downlink_settle(d);
    downlink_unref(d);
}

err_t downlink_wait_kept(struct downlink *d, struct problem *problem)
{
    if (d == NULL)
        return ERR_OK;
    pthread_mutex_lock(&d->lock);
    while (d->holds != 0)
        pthread_cond_wait(&d->kept, &d->lock);
    err_t err = d->error;
    pthread_mutex_unlock(&d->lock);
    if (err == ERR_OK)
        return ERR_OK;
    return fail(problem, err, "",
                "the device was told, but the message for a session that it keeps is not on disk: %s",
                err_info(err)->name);
}
