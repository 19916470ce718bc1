#include "hub/rpc_table.h"

#include "base/random.h"

#include <pthread.h>
#include <stdlib.h>

enum { ID_MAX = INT32_MAX }; /* what a topic may say (hub/topics.h) */

/* How many wait for one device; only while there are any. */
struct line {
    UT_hash_handle hh;
    uint64_t device;
    size_t count;
};

struct rpc_table {
    pthread_mutex_t lock; /* guards all below */
    struct rpc_pending *pending;
    struct line *lines;
    size_t max, max_device;
    uint64_t next_deadline_ms; /* none is earlier; UINT64_MAX = none waits */
    uint32_t last_id;
    bool is_closed;
};

err_t rpc_table_new(size_t max, size_t max_device, struct rpc_table **ret)
{
    struct rpc_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&t->lock, NULL);
    t->max = max;
    t->max_device = max_device;
    t->next_deadline_ms = UINT64_MAX;
    random_bytes(&t->last_id, sizeof t->last_id);
    t->last_id &= ID_MAX / 2; /* the lower half: a long way to the end */
    *ret = t;
    return ERR_OK;
}

void rpc_table_free(struct rpc_table *t)
{
    if (t == NULL)
        return;
    CHECK(t->pending == NULL);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

uint32_t rpc_table_next_id(struct rpc_table *t)
{
    pthread_mutex_lock(&t->lock);
    t->last_id = t->last_id < ID_MAX ? t->last_id + 1 : 1;
    uint32_t id = t->last_id;
    pthread_mutex_unlock(&t->lock);
    return id;
}

static struct line *find_line(struct rpc_table *t, uint64_t device)
{
    struct line *line;
    HASH_FIND(hh, t->lines, &device, sizeof device, line);
    return line;
}

/* With the lock held. */
static err_t join_line(struct rpc_table *t, uint64_t device)
{
    struct line *line = find_line(t, device);
    if (line == NULL) {
        line = calloc(1, sizeof *line);
        if (line == NULL)
            return ERR_NOMEM;
        line->device = device;
        HASH_ADD(hh, t->lines, device, sizeof line->device, line);
    }
    line->count++;
    return ERR_OK;
}

static void leave_line(struct rpc_table *t, uint64_t device)
{
    struct line *line = find_line(t, device);
    if (--line->count != 0)
        return;
    HASH_DEL(t->lines, line);
    free(line);
}

static struct rpc_pending *find(struct rpc_table *t, const struct rpc_key *key)
{
    struct rpc_pending *pending;
    HASH_FIND(hh, t->pending, key, sizeof *key, pending);
    return pending;
}

static err_t check_room(struct rpc_table *t, const struct rpc_key *key, struct problem *problem)
{
    const struct line *line = find_line(t, key->device);
    if (t->is_closed)
        return fail(problem, ERR_CLOSED, "", "the server is stopping");
    if (find(t, key) != NULL)
        return fail(problem, ERR_CONFLICT, "", "the call waits already");
    if (HASH_COUNT(t->pending) >= t->max)
        return fail(problem, ERR_LIMIT, "", "%zu calls wait for devices; no more are taken (rpc.max_pending)",
                    t->max);
    if (line != NULL && line->count >= t->max_device)
        return fail(problem, ERR_LIMIT, "",
                    "%zu calls wait for this device; no more are taken (rpc.max_pending_per_device)",
                    t->max_device);
    return ERR_OK;
}

static err_t add(struct rpc_table *t, struct rpc_pending *pending, struct problem *problem)
{
    TRY(check_room(t, &pending->key, problem));
    TRY(join_line(t, pending->key.device));
    HASH_ADD(hh, t->pending, key, sizeof pending->key, pending);
    if (pending->deadline_ms < t->next_deadline_ms)
        t->next_deadline_ms = pending->deadline_ms;
    return ERR_OK;
}

err_t rpc_table_add(struct rpc_table *t, uint64_t device, uint32_t request_id, uint64_t deadline_ms,
                    struct rpc_pending *pending, struct problem *problem)
{
    pending->key = (struct rpc_key){device, request_id};
    pending->deadline_ms = deadline_ms;
    pthread_mutex_lock(&t->lock);
    err_t err = add(t, pending, problem);
    pthread_mutex_unlock(&t->lock);
    return err;
}

/* With the lock held. NULL is fine. */
static struct rpc_pending *take_out(struct rpc_table *t, struct rpc_pending *pending)
{
    if (pending == NULL)
        return NULL;
    HASH_DEL(t->pending, pending);
    leave_line(t, pending->key.device);
    return pending;
}

static struct rpc_pending *take(struct rpc_table *t, uint64_t device, uint32_t request_id, bool also_kept)
{
    const struct rpc_key key = {device, request_id};
    pthread_mutex_lock(&t->lock);
    struct rpc_pending *pending = find(t, &key);
    pending = pending != NULL && (also_kept || pending->number == 0) ? take_out(t, pending) : NULL;
    pthread_mutex_unlock(&t->lock);
    return pending;
}

struct rpc_pending *rpc_table_take(struct rpc_table *t, uint64_t device, uint32_t request_id)
{
    return take(t, device, request_id, true);
}

struct rpc_pending *rpc_table_take_unkept(struct rpc_table *t, uint64_t device, uint32_t request_id)
{
    return take(t, device, request_id, false);
}

/* A walk over all finds the one that is due first, and the deadline after it. */
static struct rpc_pending *find_late(struct rpc_table *t, uint64_t now_ms)
{
    struct rpc_pending *first = NULL;
    if (t->next_deadline_ms > now_ms)
        return NULL;
    t->next_deadline_ms = UINT64_MAX;
    for (struct rpc_pending *p = t->pending; p != NULL; p = p->hh.next) {
        if (first == NULL && p->deadline_ms <= now_ms)
            first = p;
        else if (p->deadline_ms < t->next_deadline_ms)
            t->next_deadline_ms = p->deadline_ms;
        if (first != NULL && t->next_deadline_ms <= now_ms)
            break; /* there is another: looked at next time */
    }
    return first;
}

struct rpc_pending *rpc_table_take_late(struct rpc_table *t, uint64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    struct rpc_pending *pending = take_out(t, find_late(t, now_ms));
    pthread_mutex_unlock(&t->lock);
    return pending;
}

struct rpc_pending *rpc_table_close(struct rpc_table *t)
{
    pthread_mutex_lock(&t->lock);
    t->is_closed = true;
    struct rpc_pending *pending = take_out(t, t->pending);
    pthread_mutex_unlock(&t->lock);
    return pending;
}
