#include "hub/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <uthash.h>

struct watched {
    UT_hash_handle hh;
    uint64_t device;
    size_t count; /* of those who watch */
};

struct live {
    struct mail mail; /* first; at the listener while is_told */
    atomic_size_t watched_count;
    pthread_mutex_t lock; /* guards all below */
    struct watched *watched;
    struct batch news;
    uint64_t count;
    bool is_lost, is_told;
    struct mailbox *box; /* NULL: nobody listens */
    void (*on_news)(void *owner);
};

err_t live_new(struct live **ret)
{
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&live->lock, NULL);
    live->news.bytes.limit = LIVE_NEWS_MAX;
    *ret = live;
    return ERR_OK;
}

void live_free(struct live *live)
{
    struct watched *w, *next;
    if (live == NULL)
        return;
    HASH_ITER (hh, live->watched, w, next) {
        HASH_DEL(live->watched, w);
        free(w);
    }
    batch_fini(&live->news);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

void live_listen(struct live *live, struct mailbox *box, void (*on_news)(void *owner))
{
    pthread_mutex_lock(&live->lock);
    live->box = box;
    live->on_news = on_news;
    pthread_mutex_unlock(&live->lock);
}

void live_ignore(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    live->box = NULL;
    pthread_mutex_unlock(&live->lock);
}

/* ---- who watches what -------------------------------------------------------------------------------------- */

static struct watched *find(struct live *live, uint64_t device)
{
    struct watched *w;
    HASH_FIND(hh, live->watched, &device, sizeof device, w);
    return w;
}

/* With the lock held. */
static struct watched *add(struct live *live, uint64_t device)
{
    struct watched *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->device = device;
    HASH_ADD(hh, live->watched, device, sizeof w->device, w);
    atomic_store(&live->watched_count, HASH_COUNT(live->watched));
    return w;
}

err_t live_watch(struct live *live, uint64_t device)
{
    pthread_mutex_lock(&live->lock);
    struct watched *w = find(live, device);
    if (w == NULL)
        w = add(live, device);
    if (w != NULL)
        w->count++;
    pthread_mutex_unlock(&live->lock);
    return w != NULL ? ERR_OK : ERR_NOMEM;
}

void live_unwatch(struct live *live, uint64_t device)
{
    pthread_mutex_lock(&live->lock);
    struct watched *w = find(live, device);
    CHECK(w != NULL);
    if (--w->count == 0) {
        HASH_DEL(live->watched, w);
        free(w);
        atomic_store(&live->watched_count, HASH_COUNT(live->watched));
    }
    pthread_mutex_unlock(&live->lock);
}

uint64_t live_count(struct live *live)
{
    pthread_mutex_lock(&live->lock);
    uint64_t count = live->count;
    pthread_mutex_unlock(&live->lock);
    return count;
}

/* ---- the writer's side ------------------------------------------------------------------------------------- */

static void copy_all(struct live *live, struct batch *const *batches, size_t count)
{
    struct entry entry;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; batch_next(batches[i], &at, &entry);)
            if (find(live, entry_device(&entry)) != NULL)
                batch_add_entry(&live->news, &entry);
    if (!buf_is_ok(&live->news.bytes)) { /* the listener is far behind: all of it is old news */
        batch_clear(&live->news);
        live->is_lost = true;
    }
}

static void deliver(struct mail *mail, void *owner)
{
    struct live *live = (struct live *)mail;
    pthread_mutex_lock(&live->lock);
    live->is_told = false;
    void (*on_news)(void *) = live->box != NULL ? live->on_news : NULL;
    pthread_mutex_unlock(&live->lock);
    if (on_news != NULL)
        on_news(owner);
}

void live_feed(struct live *live, struct batch *const *batches, size_t count)
{
    if (atomic_load(&live->watched_count) == 0)
        return;
    pthread_mutex_lock(&live->lock);
    copy_all(live, batches, count);
    live->count++;
    bool is_news = !batch_is_empty(&live->news) || live->is_lost;
    if (is_news && !live->is_told && live->box != NULL) {
        live->is_told = true;
        live->mail.deliver = deliver;
        mailbox_return(live->box, &live->mail);
    }
    pthread_mutex_unlock(&live->lock);
}

/* ---- the listener's side ----------------------------------------------------------------------------------- */

void live_take(struct live *live, struct live_news *ret)
{
    batch_clear(&ret->batch);
    ret->batch.bytes.limit = LIVE_NEWS_MAX;
    pthread_mutex_lock(&live->lock);
    struct batch empty = ret->batch;
    ret->batch = live->news;
    live->news = empty;
    ret->count = live->count;
    ret->is_lost = live->is_lost;
    live->is_lost = false;
    pthread_mutex_unlock(&live->lock);
}
