#include "hub/retention.h"

#include <pthread.h>
#include <stdlib.h>

enum { SLOTS = 1024 };

struct slot {
    uint64_t device;              /* 0: empty */
    uint64_t forgotten, profiles; /* how often either had changed when this was looked up */
    int64_t ttl_ms;
};

struct retention {
    struct series_retention interface; /* first */
    struct registry *registry;
    int64_t default_ms;
    pthread_mutex_t lock; /* guards the rest */
    uint64_t forgotten, profiles;
    uint64_t set_known; /* value of `profiles` for which is_set is right; 0: for none */
    bool is_set;        /* some profile says how long */
    struct slot slots[SLOTS];
};

/* What is known without asking. */
static bool find(struct retention *r, uint64_t device, struct slot *ret_found)
{
    pthread_mutex_lock(&r->lock);
    struct slot *slot = &r->slots[device % SLOTS];
    bool is_known = slot->device == device && slot->profiles == r->profiles;
    *ret_found = (struct slot){device, r->forgotten, r->profiles, is_known ? slot->ttl_ms : r->default_ms};
    if (!is_known)
        is_known = r->set_known == r->profiles && !r->is_set;
    pthread_mutex_unlock(&r->lock);
    return is_known;
}

/* What changed while the registry was asked is asked for again next time. */
static void keep(struct retention *r, const struct slot *found, bool is_set)
{
    pthread_mutex_lock(&r->lock);
    if (found->profiles == r->profiles) {
        r->set_known = found->profiles;
        r->is_set = is_set;
        if (found->forgotten == r->forgotten)
            r->slots[found->device % SLOTS] = *found;
    }
    pthread_mutex_unlock(&r->lock);
}

static err_t ask(struct retention *r, struct slot *found, struct problem *problem)
{
    bool is_set = false;
    int64_t ttl_s = -1;
    TRY(registry_telemetry_ttl_is_set(r->registry, &is_set, problem));
    if (is_set) {
        err_t err = registry_telemetry_ttl(r->registry, found->device, &ttl_s, problem);
        if (err != ERR_OK && err != ERR_NOT_FOUND) /* deleted, or never one of the registry's */
            return err;
    }
    if (ttl_s >= 0)
        found->ttl_ms = ttl_s * 1000;
    keep(r, found, is_set);
    return ERR_OK;
}

static err_t ttl(void *arg, uint64_t device, int64_t *ret_ms, struct problem *problem)
{
    struct retention *r = arg;
    struct slot found;
    if (!find(r, device, &found))
        TRY(ask(r, &found, problem));
    *ret_ms = found.ttl_ms;
    return ERR_OK;
}

err_t retention_new(struct hub *hub, struct retention **ret)
{
    struct retention *r = calloc(1, sizeof *r);
    if (r == NULL)
        return ERR_NOMEM;
    r->interface = (struct series_retention){ttl, r};
    r->registry = hub->registry;
    r->default_ms = (int64_t)hub->settings->telemetry.ttl * 1000;
    r->profiles = 1;
    pthread_mutex_init(&r->lock, NULL);
    series_set_retention(hub->series, &r->interface);
    *ret = r;
    return ERR_OK;
}

void retention_free(struct retention *r)
{
    if (r == NULL)
        return;
    pthread_mutex_destroy(&r->lock);
    free(r);
}

void retention_profiles_changed(struct retention *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->profiles++;
    pthread_mutex_unlock(&r->lock);
}

void retention_forget(struct retention *r, uint64_t device)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->forgotten++;
    if (r->slots[device % SLOTS].device == device)
        r->slots[device % SLOTS].device = 0;
    pthread_mutex_unlock(&r->lock);
}
