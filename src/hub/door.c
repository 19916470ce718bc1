#include "hub/door.h"

#include "base/text.h"
#include "hub/hub.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

enum {
    DOORWAYS_MAX = 256,
    CACHE_MAX = 20000, /* entries a doorway; about 250 bytes each */
};

struct cache_key {
    uint32_t type;
    char id[CREDENTIALS_ID_SIZE];
};

struct cached {
    UT_hash_handle hh;
    struct door_entry entry;
    struct cache_key key; /* allocated only as long as the id */
};

struct doorway {
    struct door *door;
    struct mailbox *box;
    void (*on_revoke)(void *arg, uint64_t device);
    void *arg;
    struct cached *cache; /* insertion order: the oldest goes first */
    uint64_t generation;  /* counts revocations seen by this doorway */
};

struct door {
    struct hub *hub;
    struct doorway *doorways[DOORWAYS_MAX]; /* filled before threads start */
    size_t count;
    void (*drop_tickets)(void *arg, uint64_t device);
    void *drop_arg;
};

err_t door_new(struct hub *hub, struct door **ret)
{
    struct door *d = calloc(1, sizeof *d);
    if (d == NULL)
        return ERR_NOMEM;
    d->hub = hub;
    *ret = d;
    return ERR_OK;
}

void door_free(struct door *d)
{
    free(d);
}

void door_on_revoked(struct door *d, void (*drop_tickets)(void *arg, uint64_t device), void *arg)
{
    d->drop_tickets = drop_tickets;
    d->drop_arg = arg;
}

err_t doorway_new(struct door *door, struct mailbox *box, void (*on_revoke)(void *arg, uint64_t device),
                  void *arg, struct doorway **ret)
{
    if (door->count == DOORWAYS_MAX)
        return ERR_LIMIT;
    struct doorway *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ERR_NOMEM;
    *w = (struct doorway){.door = door, .box = box, .on_revoke = on_revoke, .arg = arg};
    door->doorways[door->count++] = w;
    *ret = w;
    return ERR_OK;
}

static void forget(struct doorway *w, struct cached *c)
{
    HASH_DEL(w->cache, c);
    free(c);
}

void doorway_free(struct doorway *w)
{
    struct cached *c, *next;
    if (w == NULL)
        return;
    HASH_ITER (hh, w->cache, c, next) {
        forget(w, c);
    }
    struct door *d = w->door;
    for (size_t i = 0; i < d->count; i++)
        if (d->doorways[i] == w)
            d->doorways[i] = d->doorways[--d->count];
    free(w);
}

static size_t key_set(struct cache_key *key, enum credentials_type type, const char *id)
{
    size_t len = strlen(id);
    key->type = type;
    memcpy(key->id, id, len);
    return offsetof(struct cache_key, id) + len;
}

static struct cached *look(struct doorway *w, const struct door_question *q)
{
    struct cache_key key;
    struct cached *c;
    size_t size = key_set(&key, q->type, q->id);
    HASH_FIND(hh, w->cache, &key, size, c);
    return c;
}

static void remember(struct doorway *w, const struct door_question *q)
{
    size_t len = strlen(q->id);
    if (look(w, q) != NULL)
        return;
    if (HASH_COUNT(w->cache) >= CACHE_MAX)
        forget(w, w->cache);
    struct cached *c = calloc(1, offsetof(struct cached, key.id) + len);
    if (c == NULL)
        return; /* only slower */
    c->entry = q->entry;
    size_t size = key_set(&c->key, q->type, q->id);
    HASH_ADD_KEYPTR(hh, w->cache, &c->key, size, c);
}

static void deliver_answer(struct mail *mail, void *owner);

/* Worker thread. */
static void look_up(struct mail *mail, void *owner)
{
    struct door_question *q = (struct door_question *)mail;
    struct hub *hub = q->doorway->door->hub;
    q->result = registry_door_find(hub->registry, q->type, slice_str(q->id), &q->entry, NULL, &q->problem);
    mail->deliver = deliver_answer;
    mailbox_return(q->doorway->box, mail);
}

static bool submit(struct doorway *w, struct door_question *q)
{
    q->mail.deliver = look_up;
    q->generation = w->generation;
    return workers_submit(w->door->hub->workers, &q->mail);
}

/* Reactor's thread. What was looked up before a revocation may be stale by now: ask again. */
static void deliver_answer(struct mail *mail, void *owner)
{
    struct door_question *q = (struct door_question *)mail;
    struct doorway *w = q->doorway;
    if (q->generation != w->generation && submit(w, q))
        return;
    if (q->generation != w->generation)
        q->result = ERR_LIMIT;
    if (q->result == ERR_OK)
        remember(w, q);
    q->on_answer(q);
}

err_t doorway_ask(struct doorway *w, struct door_question *q)
{
    struct cached *c = look(w, q);
    q->doorway = w;
    if (c != NULL) {
        q->entry = c->entry;
        return q->result = ERR_OK;
    }
    return submit(w, q) ? ERR_AGAIN : ERR_LIMIT;
}

/* A revocation on its way through every doorway; the worker waits for the last. */
struct revocation {
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t waiting_for;
    uint64_t device;
};

struct notice {
    struct mail mail;
    struct doorway *doorway;
    struct revocation *revocation;
};

static void forget_device(struct doorway *w, uint64_t device)
{
    struct cached *c, *next;
    HASH_ITER (hh, w->cache, c, next) {
        if (c->entry.device == device)
            forget(w, c);
    }
}

/* Reactor's thread. */
static void deliver_notice(struct mail *mail, void *owner)
{
    struct notice *notice = (struct notice *)mail;
    struct revocation *r = notice->revocation;
    struct doorway *w = notice->doorway;
    w->generation++;
    forget_device(w, r->device);
    w->on_revoke(w->arg, r->device);
    pthread_mutex_lock(&r->lock);
    if (--r->waiting_for == 0)
        pthread_cond_signal(&r->done);
    pthread_mutex_unlock(&r->lock);
}

void door_revoke(struct door *d, uint64_t device)
{
    struct notice notices[DOORWAYS_MAX];
    struct revocation r = {.waiting_for = d->count, .device = device};
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.done, NULL);
    for (size_t i = 0; i < d->count; i++) {
        notices[i] = (struct notice){{NULL, deliver_notice}, d->doorways[i], &r};
        mailbox_return(d->doorways[i]->box, &notices[i].mail);
    }
    pthread_mutex_lock(&r.lock);
    while (r.waiting_for > 0)
        pthread_cond_wait(&r.done, &r.lock);
    pthread_mutex_unlock(&r.lock);
    if (d->drop_tickets != NULL)
        d->drop_tickets(d->drop_arg, device);
    pthread_cond_destroy(&r.done);
    pthread_mutex_destroy(&r.lock);
}
