#include "tls/tickets.h"

#include "base/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

struct entry {
    struct tls_ticket ticket; /* hashed by its id */
    uint64_t serial;
    uint64_t device; /* 0: not bound yet */
    UT_hash_handle hh;
};

struct tls_tickets {
    pthread_mutex_t lock; /* guards all below */
    struct entry *by_id;
    struct entry **ring; /* by serial modulo capacity: the oldest is where the next one goes */
    size_t capacity;
    uint64_t next_serial;
    uint32_t lifetime_s;
};

err_t tls_tickets_new(size_t capacity, uint32_t lifetime_s, struct tls_tickets **ret)
{
    CHECK(capacity > 0);
    struct tls_tickets *t = calloc(1, sizeof *t);
    struct entry **ring = calloc(capacity, sizeof *ring);
    if (t == NULL || ring == NULL) {
        free(t);
        free(ring);
        return ERR_NOMEM;
    }
    *t = (struct tls_tickets){.ring = ring, .capacity = capacity, .next_serial = 1, .lifetime_s = lifetime_s};
    pthread_mutex_init(&t->lock, NULL);
    *ret = t;
    return ERR_OK;
}

static void remove_entry(struct tls_tickets *t, struct entry *e)
{
    HASH_DEL(t->by_id, e);
    t->ring[e->serial % t->capacity] = NULL;
    wipe(e, sizeof *e);
    free(e);
}

void tls_tickets_free(struct tls_tickets *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->capacity; i++)
        if (t->ring[i] != NULL)
            remove_entry(t, t->ring[i]);
    pthread_mutex_destroy(&t->lock);
    free(t->ring);
    free(t);
}

uint32_t tls_tickets_lifetime_s(const struct tls_tickets *t)
{
    return t->lifetime_s;
}

uint64_t tls_tickets_add(struct tls_tickets *t, const struct tls_ticket *ticket)
{
    struct entry *e = calloc(1, sizeof *e), *same;
    if (e == NULL)
        return 0;
    e->ticket = *ticket;
    pthread_mutex_lock(&t->lock);
    HASH_FIND(hh, t->by_id, ticket->id, TICKET_ID_SIZE, same);
    if (same != NULL)
        remove_entry(t, same);
    uint64_t serial = e->serial = t->next_serial++;
    struct entry **slot = &t->ring[serial % t->capacity];
    if (*slot != NULL)
        remove_entry(t, *slot);
    *slot = e;
    HASH_ADD(hh, t->by_id, ticket.id, TICKET_ID_SIZE, e);
    pthread_mutex_unlock(&t->lock);
    return serial;
}

bool tls_tickets_find(struct tls_tickets *t, struct slice id, int64_t now_ms, struct tls_ticket *ret)
{
    struct entry *e = NULL;
    if (id.len != TICKET_ID_SIZE)
        return false;
    pthread_mutex_lock(&t->lock);
    HASH_FIND(hh, t->by_id, id.data, TICKET_ID_SIZE, e);
    int64_t age_ms = e ? now_ms - e->ticket.created_ms : 0;
    bool found = e != NULL && age_ms >= 0 && age_ms < (int64_t)t->lifetime_s * 1000;
    if (found)
        *ret = e->ticket;
    pthread_mutex_unlock(&t->lock);
    return found;
}

static struct entry *by_serial(struct tls_tickets *t, uint64_t serial)
{
    struct entry *e = t->ring[serial % t->capacity];
    return e != NULL && e->serial == serial ? e : NULL;
}

void tls_tickets_bind(struct tls_tickets *t, uint64_t serial, uint64_t device)
{
    pthread_mutex_lock(&t->lock);
    struct entry *e = by_serial(t, serial);
    if (e != NULL)
        e->device = device;
    pthread_mutex_unlock(&t->lock);
}

void tls_tickets_drop(struct tls_tickets *t, uint64_t serial)
{
    pthread_mutex_lock(&t->lock);
    struct entry *e = by_serial(t, serial);
    if (e != NULL)
        remove_entry(t, e);
    pthread_mutex_unlock(&t->lock);
}

void tls_tickets_drop_device(struct tls_tickets *t, uint64_t device)
{
    struct entry *e, *next;
    pthread_mutex_lock(&t->lock);
    HASH_ITER (hh, t->by_id, e, next) {
        if (e->device == device)
            remove_entry(t, e);
    }
    pthread_mutex_unlock(&t->lock);
}
