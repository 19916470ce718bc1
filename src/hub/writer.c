#include "hub/writer.h"

#include "base/log.h"
#include "hub/forward_backlog.h"
#include "hub/live.h"
#include "store/series.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { GROUP_MAX = 256 }; /* batches in one synced write */

struct writer {
    struct series *series;
    struct live *live;
    struct forward_backlog *backlog;
    pthread_t thread;
    pthread_mutex_t lock; /* guards first, last, stopping; never held over a write */
    pthread_cond_t ready;
    struct mail *first;
    struct mail **last;
    bool stopping;
    _Atomic uint64_t messages; /* only the writer's thread writes it */
    err_t last_result;         /* writer thread only: to log a change once */
};

static struct write_batch *of_mail(struct mail *mail)
{
    return (struct write_batch *)mail;
}

void writer_submit(struct writer *w, struct write_batch *batch)
{
    batch->mail.next = NULL;
    pthread_mutex_lock(&w->lock);
    *w->last = &batch->mail;
    w->last = &batch->mail.next;
    pthread_cond_signal(&w->ready);
    pthread_mutex_unlock(&w->lock);
}

/* Everything that came while the last sync ran. NULL: stopping and nothing left. */
static struct mail *take_all(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !w->stopping)
        pthread_cond_wait(&w->ready, &w->lock);
    struct mail *all = w->first;
    w->first = NULL;
    w->last = &w->first;
    pthread_mutex_unlock(&w->lock);
    return all;
}

static void deliver(struct mail *mail, void *owner)
{
    struct write_batch *batch = of_mail(mail);
    batch->on_done(batch, owner);
}

static void give_back(struct write_batch *batch, err_t result, const struct problem *problem)
{
    batch->result = result;
    if (result != ERR_OK)
        batch->problem = *problem;
    batch->mail.deliver = deliver;
    if (batch->home != NULL)
        mailbox_return(batch->home, &batch->mail);
    else
        batch->on_done(batch, NULL);
}

static void log_result(struct writer *w, err_t result, const struct problem *problem)
{
    if (result == w->last_result)
        return;
    w->last_result = result;
    if (result == ERR_OK)
        log_info("store.recovered", log_text("detail", "writes succeed again"));
    else
        log_error("store.write_failed", log_text("category", err_info(result)->name),
                  log_text("detail", problem->text));
}

static void count_messages(struct writer *w, struct batch *const *batches, size_t n)
{
    uint64_t messages = atomic_load_explicit(&w->messages, memory_order_relaxed);
    for (size_t i = 0; i < n; i++)
        messages += batches[i]->messages;
    atomic_store_explicit(&w->messages, messages, memory_order_relaxed);
}

uint64_t writer_messages(const struct writer *w)
{
    return atomic_load_explicit(&w->messages, memory_order_relaxed);
}

static bool is_deletion(const struct mail *mail)
{
    const struct write_batch *batch = (const struct write_batch *)mail;
    return batch->delete_devices != NULL || batch->deletions != NULL;
}

static err_t delete (struct writer *w, const struct write_batch *batch, struct problem *problem)
{
    if (batch->deletions != NULL)
        return series_delete_points(w->series, batch->deletions, batch->deletion_count, problem);
    return series_delete_devices(w->series, batch->delete_devices, batch->delete_device_count, problem);
}

/* One group: consecutive batches of points, or one deletion. @return the mail after it */
static struct mail *write_group(struct writer *w, struct mail *mail)
{
    struct write_batch *group[GROUP_MAX];
    struct batch *batches[GROUP_MAX];
    struct problem problem = {0};
    size_t n = 0;
    err_t err;
    if (is_deletion(mail)) {
        group[n++] = of_mail(mail);
        err = delete (w, group[0], &problem);
        mail = mail->next;
    } else {
        for (; mail != NULL && n < GROUP_MAX && !is_deletion(mail); mail = mail->next) {
            group[n] = of_mail(mail);
            batches[n] = &group[n]->batch;
            n++;
        }
        forward_backlog_take(w->backlog, batches, n);
        err = series_write(w->series, batches, n, &problem);
        if (err == ERR_OK)
            count_messages(w, batches, n);
        forward_backlog_written(w->backlog, err);
        if (err == ERR_OK && w->live != NULL)
            live_feed(w->live, batches, n); /* before the batches are their owners' again */
    }
    log_result(w, err, &problem);
    for (size_t i = 0; i < n; i++)
        give_back(group[i], err, &problem);
    return mail;
}

static void *run(void *arg)
{
    struct writer *w = arg;
    sigset_t all;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (struct mail *mail = take_all(w); mail != NULL; mail = take_all(w))
        while (mail != NULL)
            mail = write_group(w, mail);
    return NULL;
}

err_t writer_start(struct series *series, struct live *live, struct forward_backlog *backlog,
                   struct writer **ret)
{
    struct writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ERR_NOMEM;
    w->series = series;
    w->live = live;
    w->backlog = backlog;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->ready, NULL);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        free(w);
        return ERR_INTERNAL;
    }
    *ret = w;
    return ERR_OK;
}

void writer_stop(struct writer *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->ready);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->ready);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* A worker that waits for its own batch: a mailbox of one, woken through a condition variable. */
struct waiter {
    struct write_batch batch; /* first: on_done finds the waiter by it */
    struct mailbox box;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void wake_waiter(void *arg)
{
    struct waiter *waiter = arg;
    pthread_mutex_lock(&waiter->lock);
    waiter->is_done = true;
    pthread_cond_signal(&waiter->done);
    pthread_mutex_unlock(&waiter->lock);
}

static err_t submit_and_wait(struct writer *w, struct waiter *waiter, struct problem *problem)
{
    mailbox_init(&waiter->box, 1, wake_waiter, waiter);
    pthread_mutex_init(&waiter->lock, NULL);
    pthread_cond_init(&waiter->done, NULL);
    waiter->batch.home = &waiter->box;
    writer_submit(w, &waiter->batch);
    pthread_mutex_lock(&waiter->lock);
    while (!waiter->is_done)
        pthread_cond_wait(&waiter->done, &waiter->lock);
    pthread_mutex_unlock(&waiter->lock);
    pthread_cond_destroy(&waiter->done);
    pthread_mutex_destroy(&waiter->lock);
    if (waiter->batch.result != ERR_OK && problem != NULL)
        *problem = waiter->batch.problem;
    return waiter->batch.result;
}

err_t writer_delete_devices(struct writer *w, const uint64_t *devices, size_t count, struct problem *problem)
{
    struct waiter waiter = {.batch = {.delete_devices = devices, .delete_device_count = count}};
    return count != 0 ? submit_and_wait(w, &waiter, problem) : ERR_OK;
}

err_t writer_delete_points(struct writer *w, const struct series_deletion *deletions, size_t count,
                           struct problem *problem)
{
    struct waiter waiter = {.batch = {.deletions = deletions, .deletion_count = count}};
    return count != 0 ? submit_and_wait(w, &waiter, problem) : ERR_OK;
}

err_t writer_write(struct writer *w, struct batch *batch, struct problem *problem)
{
    struct waiter waiter = {.batch = {.batch = *batch}};
    err_t err = submit_and_wait(w, &waiter, problem);
    *batch = waiter.batch.batch;
    return err;
}

void writer_barrier(struct writer *w)
{
    struct waiter waiter = {0};
    (void)submit_and_wait(w, &waiter, NULL);
}
