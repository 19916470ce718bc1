#include "hub/door.h"

#include "base/text.h"
#include "hub/door_basic.h"
#include "hub/door_chain.h"
#include "hub/hub.h"
#include "hub/profiles.h"
#include "hub/retention.h"
#include "hub/sessions.h"
#include "hub/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

enum {
    DOORWAYS_MAX = 256,
    CACHE_MAX = 20000, /* entries a doorway; about 220 bytes each */
};

struct cache_key {
    uint32_t type;
    char id[CREDENTIALS_ID_SIZE];
};

/* A door entry as small as it can be: there is one for each device that is connected. */
struct cached {
    UT_hash_handle hh;
    uint64_t device;
    struct uuid device_id, tenant_id, profile_id;
    struct profile_config *config; /* a reference */
    const char *name;              /* behind the id */
    bool is_gateway;
    struct cache_key key; /* allocated only as long as the id and the name */
};

struct doorway {
    struct door *door;
    struct mailbox *box;
    struct doorway_events events;
    void *arg;
    struct cached *cache; /* insertion order: the oldest goes first */
    uint64_t generation;  /* counts the changes this doorway was told of */
    bool is_closed;       /* guarded by the door's lock */
};

struct door {
    struct hub *hub;
    /* Guards the doorways; held while news are posted, so that none comes after a close. */
    pthread_mutex_t lock;
    struct doorway *doorways[DOORWAYS_MAX];
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
    pthread_mutex_init(&d->lock, NULL);
    *ret = d;
    return ERR_OK;
}

void door_free(struct door *d)
{
    if (d == NULL)
        return;
    pthread_mutex_destroy(&d->lock);
    free(d);
}

void door_on_revoked(struct door *d, void (*drop_tickets)(void *arg, uint64_t device), void *arg)
{
    d->drop_tickets = drop_tickets;
    d->drop_arg = arg;
}

err_t doorway_new(struct door *door, struct mailbox *box, const struct doorway_events *events, void *arg,
                  struct doorway **ret)
{
    struct doorway *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ERR_NOMEM;
    *w = (struct doorway){.door = door, .box = box, .events = *events, .arg = arg};
    pthread_mutex_lock(&door->lock);
    bool has_room = door->count < DOORWAYS_MAX;
    if (has_room)
        door->doorways[door->count++] = w;
    pthread_mutex_unlock(&door->lock);
    if (!has_room) {
        free(w);
        return ERR_LIMIT;
    }
    *ret = w;
    return ERR_OK;
}

static void forget(struct doorway *w, struct cached *c)
{
    HASH_DEL(w->cache, c);
    profile_config_unref(c->config);
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
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->count; i++)
        if (d->doorways[i] == w)
            d->doorways[i] = d->doorways[--d->count];
    pthread_mutex_unlock(&d->lock);
    free(w);
}

void doorway_close(struct doorway *w)
{
    pthread_mutex_lock(&w->door->lock);
    w->is_closed = true;
    pthread_mutex_unlock(&w->door->lock);
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

static void recall(const struct cached *c, struct door_entry *ret)
{
    *ret = (struct door_entry){.device = c->device,
                               .device_id = c->device_id,
                               .tenant_id = c->tenant_id,
                               .profile_id = c->profile_id,
                               .is_gateway = c->is_gateway};
    memcpy(ret->name, c->name, strlen(c->name) + 1);
}

static struct cached *make_cached(const struct door_question *q)
{
    size_t id_len = strlen(q->id), name_size = strlen(q->entry.name) + 1;
    struct cached *c = calloc(1, offsetof(struct cached, key.id) + id_len + name_size);
    if (c == NULL)
        return NULL;
    c->device = q->entry.device;
    c->device_id = q->entry.device_id;
    c->tenant_id = q->entry.tenant_id;
    c->profile_id = q->entry.profile_id;
    c->is_gateway = q->entry.is_gateway;
    c->config = profile_config_ref(q->config);
    c->name = memcpy(c->key.id + id_len, q->entry.name, name_size);
    return c;
}

static void remember(struct doorway *w, const struct door_question *q)
{
    if (look(w, q) != NULL)
        return;
    if (HASH_COUNT(w->cache) >= CACHE_MAX)
        forget(w, w->cache);
    struct cached *c = make_cached(q);
    if (c == NULL)
        return; /* only slower */
    size_t size = key_set(&c->key, q->type, q->id);
    HASH_ADD_KEYPTR(hh, w->cache, &c->key, size, c);
}

static void deliver_answer(struct mail *mail, void *owner);

/* A certificate may be vouched for. A user name is a token, or belongs to MQTT_BASIC credentials; the answer is then
 * remembered as theirs. */
static err_t find(struct hub *hub, struct door_question *q)
{
    err_t err = ERR_NOT_FOUND;
    if (q->type != CREDENTIALS_MQTT_BASIC)
        err = registry_door_find(hub->registry, q->type, slice_str(q->id), &q->entry, NULL, &q->problem);
    if (err != ERR_NOT_FOUND)
        return err;
    q->problem = (struct problem){0};
    if (q->type == CREDENTIALS_X509)
        return q->chain != NULL ? door_chain_admit(hub, q->chain, q->address, &q->entry, &q->problem) : err;
    err = door_basic_find(hub, &q->basic, &q->entry, &q->problem);
    if (err != ERR_OK)
        return err;
    q->type = CREDENTIALS_MQTT_BASIC;
    door_basic_key(&q->basic, q->id);
    return ERR_OK;
}

err_t door_ask_blocking(struct door *d, struct door_question *q)
{
    q->config = NULL;
    q->result = find(d->hub, q);
    if (q->result == ERR_OK)
        q->result = profiles_get(d->hub, &q->entry.profile_id, &q->config, &q->problem);
    return q->result;
}

/* Worker thread. */
static void look_up(struct mail *mail, void *owner)
{
    struct door_question *q = (struct door_question *)mail;
    q->result = door_ask_blocking(q->doorway->door, q);
    mail->deliver = deliver_answer;
    mailbox_return(q->doorway->box, mail);
}

static bool submit(struct doorway *w, struct door_question *q)
{
    q->mail.deliver = look_up;
    q->generation = w->generation;
    q->config = NULL;
    return workers_submit(w->door->hub->workers, &q->mail);
}

/* Reactor's thread. What was looked up before a change may be stale by now: ask again. */
static void deliver_answer(struct mail *mail, void *owner)
{
    struct door_question *q = (struct door_question *)mail;
    struct doorway *w = q->doorway;
    struct profile_config *config =
        q->config; /* the look-up's reference; the question may go with its answer */
    bool is_stale = q->generation != w->generation;
    if (!is_stale || !submit(w, q)) {
        if (is_stale)
            q->result = ERR_LIMIT;
        if (q->result == ERR_OK)
            remember(w, q);
        q->on_answer(q);
    }
    profile_config_unref(config);
}

err_t doorway_ask(struct doorway *w, struct door_question *q)
{
    struct cached *c = look(w, q);
    q->doorway = w;
    if (c != NULL) {
        recall(c, &q->entry);
        q->config = c->config;
        return q->result = ERR_OK;
    }
    return submit(w, q) ? ERR_AGAIN : ERR_LIMIT;
}

/* News on their way through every doorway; the worker waits for the last. */
struct news {
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t waiting_for;
    void (*tell)(struct doorway *w, const struct news *news);
    uint64_t device;            /* tell_revocation */
    const struct uuid *profile; /* tell_profile */
    struct profile_config *config;
};

struct notice {
    struct mail mail;
    struct doorway *doorway;
    struct news *news;
};

static void tell_revocation(struct doorway *w, const struct news *news)
{
    struct cached *c, *next;
    HASH_ITER (hh, w->cache, c, next) {
        if (c->device == news->device)
            forget(w, c);
    }
    w->events.on_revoke(w->arg, news->device);
}

static void replace_config(struct cached *c, struct profile_config *config)
{
    if (c->config->version >= config->version)
        return;
    profile_config_unref(c->config);
    c->config = profile_config_ref(config);
}

static void tell_profile(struct doorway *w, const struct news *news)
{
    struct cached *c, *next;
    HASH_ITER (hh, w->cache, c, next) {
        if (!uuid_eq(&c->profile_id, news->profile))
            continue;
        if (news->config != NULL)
            replace_config(c, news->config);
        else
            forget(w, c);
    }
    if (news->config != NULL)
        w->events.on_profile_changed(w->arg, news->config);
}

/* Reactor's thread. */
static void deliver_notice(struct mail *mail, void *owner)
{
    struct notice *notice = (struct notice *)mail;
    struct news *news = notice->news;
    struct doorway *w = notice->doorway;
    w->generation++;
    news->tell(w, news);
    pthread_mutex_lock(&news->lock);
    if (--news->waiting_for == 0)
        pthread_cond_signal(&news->done);
    pthread_mutex_unlock(&news->lock);
}

static void post_news(struct door *d, struct news *news, struct notice notices[DOORWAYS_MAX])
{
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->count; i++)
        news->waiting_for += !d->doorways[i]->is_closed;
    for (size_t i = 0; i < d->count; i++) {
        if (d->doorways[i]->is_closed)
            continue;
        notices[i] = (struct notice){{NULL, deliver_notice}, d->doorways[i], news};
        mailbox_return(d->doorways[i]->box, &notices[i].mail);
    }
    pthread_mutex_unlock(&d->lock);
}

static void announce(struct door *d, struct news *news)
{
    struct notice notices[DOORWAYS_MAX];
    pthread_mutex_init(&news->lock, NULL);
    pthread_cond_init(&news->done, NULL);
    post_news(d, news, notices);
    pthread_mutex_lock(&news->lock);
    while (news->waiting_for > 0)
        pthread_cond_wait(&news->done, &news->lock);
    pthread_mutex_unlock(&news->lock);
    pthread_cond_destroy(&news->done);
    pthread_mutex_destroy(&news->lock);
}

/* What the doorways dropped is gone from the disk, too, when the caller goes on. A command without a server has none. */
static void forget_sessions(struct door *d, uint64_t device)
{
    struct hub *hub = d->hub;
    if (d->count == 0 && hub->sessions != NULL)
        sessions_forget_device(hub->sessions, device);
    if (hub->writer != NULL)
        writer_barrier(hub->writer);
}

void door_revoke(struct door *d, uint64_t device)
{
    struct news news = {.tell = tell_revocation, .device = device};
    retention_forget(d->hub->retention, device);
    announce(d, &news);
    forget_sessions(d, device);
    if (d->drop_tickets != NULL)
        d->drop_tickets(d->drop_arg, device);
}

void door_profile_changed(struct door *d, const struct uuid *profile, struct profile_config *config)
{
    struct news news = {.tell = tell_profile, .profile = profile, .config = config};
    announce(d, &news);
}
