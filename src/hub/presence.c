#include "hub/presence.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

struct node {
    struct presence_record record; /* first: a record's address is its node's */
    UT_hash_handle hh;
};

struct presence {
    pthread_mutex_t lock; /* guards the table, not what records hold; innermost rank */
    struct node *by_device;
    _Atomic(struct presence_record *) first;
    struct presence_earlier *earlier; /* by device; does not change once is_complete */
    size_t earlier_count;
    atomic_bool is_complete;
};

err_t presence_new(struct presence **ret)
{
    struct presence *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&p->lock, NULL);
    *ret = p;
    return ERR_OK;
}

void presence_free(struct presence *p)
{
    struct node *n, *next;
    if (p == NULL)
        return;
    HASH_ITER (hh, p->by_device, n, next) {
        HASH_DEL(p->by_device, n);
        free(n);
    }
    pthread_mutex_destroy(&p->lock);
    free(p->earlier);
    free(p);
}

static struct node *find_or_add(struct presence *p, uint64_t device)
{
    struct node *n;
    HASH_FIND(hh, p->by_device, &device, sizeof device, n);
    if (n != NULL)
        return n;
    n = calloc(1, sizeof *n);
    if (n == NULL)
        return NULL;
    n->record.device = device;
    HASH_ADD(hh, p->by_device, record.device, sizeof n->record.device, n);
    n->record.next = atomic_load(&p->first);
    atomic_store(&p->first, &n->record);
    return n;
}

struct presence_record *presence_record_of(struct presence *p, uint64_t device)
{
    pthread_mutex_lock(&p->lock);
    struct node *n = find_or_add(p, device);
    pthread_mutex_unlock(&p->lock);
    return n != NULL ? &n->record : NULL;
}

struct presence_record *presence_first(struct presence *p)
{
    return atomic_load(&p->first);
}

void presence_forget_timeout(struct presence *p, uint64_t device)
{
    struct node *n;
    pthread_mutex_lock(&p->lock);
    HASH_FIND(hh, p->by_device, &device, sizeof device, n);
    pthread_mutex_unlock(&p->lock);
    if (n != NULL)
        atomic_store(&n->record.timeout_ms, 0);
}

struct presence_record *presence_connect(struct presence *p, uint64_t device, int64_t now_ms)
{
    struct presence_record *record = presence_record_of(p, device);
    if (record == NULL)
        return NULL;
    atomic_fetch_add(&record->connections, 1);
    atomic_store(&record->last_connect_ms, now_ms);
    presence_heard(record, now_ms);
    atomic_store(&record->is_active, true);
    return record;
}

void presence_disconnect(struct presence_record *record, int64_t now_ms)
{
    atomic_store(&record->last_disconnect_ms, now_ms);
    atomic_fetch_sub(&record->connections, 1);
}

/* ---- before the start ---- */

static int by_device(const void *a, const void *b)
{
    uint64_t x = ((const struct presence_earlier *)a)->device,
             y = ((const struct presence_earlier *)b)->device;
    return (x > y) - (x < y);
}

void presence_remember(struct presence *p, struct presence_earlier *list, size_t count)
{
    CHECK(!atomic_load(&p->is_complete));
    if (count != 0)
        qsort(list, count, sizeof *list, by_device);
    p->earlier = list;
    p->earlier_count = count;
    atomic_store(&p->is_complete, true);
}

bool presence_is_complete(struct presence *p)
{
    return atomic_load(&p->is_complete);
}

static int64_t heard_earlier(struct presence *p, uint64_t device)
{
    const struct presence_earlier key = {.device = device};
    if (!presence_is_complete(p) || p->earlier_count == 0)
        return 0;
    const struct presence_earlier *found = bsearch(&key, p->earlier, p->earlier_count, sizeof key, by_device);
    return found != NULL ? found->last_activity_ms : 0;
}

void presence_look(struct presence *p, uint64_t device, struct presence_view *ret_view)
{
    struct node *n;
    pthread_mutex_lock(&p->lock);
    HASH_FIND(hh, p->by_device, &device, sizeof device, n);
    pthread_mutex_unlock(&p->lock);
    *ret_view = (struct presence_view){0};
    if (n == NULL) {
        ret_view->last_activity_ms = heard_earlier(p, device);
        return;
    }
    ret_view->connections = atomic_load(&n->record.connections);
    ret_view->active = atomic_load(&n->record.is_active);
    ret_view->last_connect_ms = atomic_load(&n->record.last_connect_ms);
    ret_view->last_disconnect_ms = atomic_load(&n->record.last_disconnect_ms);
    ret_view->last_activity_ms = atomic_load_explicit(&n->record.last_activity_ms, memory_order_relaxed);
    if (ret_view->last_activity_ms == 0)
        ret_view->last_activity_ms = heard_earlier(p, device);
}
