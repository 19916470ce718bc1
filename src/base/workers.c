#include "base/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { THREADS_MAX = 64 };

struct workers {
    pthread_mutex_t lock; /* guards everything below; innermost rank, never held over a job */
    pthread_cond_t ready;
    struct mail *first;
    struct mail **last;
    size_t queued;
    size_t capacity;
    bool stopping;
    unsigned threads;
    pthread_t thread[THREADS_MAX];
};

static struct mail *take_job(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !w->stopping)
        pthread_cond_wait(&w->ready, &w->lock);
    struct mail *job = w->first;
    if (job != NULL) {
        w->first = job->next;
        w->queued--;
        if (w->first == NULL)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *run(void *arg)
{
    struct workers *w = arg;
    sigset_t all;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (struct mail *job = take_job(w); job != NULL; job = take_job(w))
        job->deliver(job, NULL);
    return NULL;
}

err_t workers_start(unsigned threads, size_t capacity, struct workers **ret_workers)
{
    CHECK(threads >= 1 && threads <= THREADS_MAX);
    struct workers *w = calloc(1, sizeof *w);
    if (w == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->ready, NULL);
    w->last = &w->first;
    w->capacity = capacity;
    for (; w->threads < threads; w->threads++) {
        if (pthread_create(&w->thread[w->threads], NULL, run, w) != 0) {
            workers_stop(w);
            return ERR_INTERNAL;
        }
    }
    *ret_workers = w;
    return ERR_OK;
}

bool workers_submit(struct workers *w, struct mail *job)
{
    pthread_mutex_lock(&w->lock);
    bool accepted = !w->stopping && w->queued < w->capacity;
    if (accepted) {
        job->next = NULL;
        *w->last = job;
        w->last = &job->next;
        w->queued++;
        pthread_cond_signal(&w->ready);
    }
    pthread_mutex_unlock(&w->lock);
    return accepted;
}

bool workers_are_stopping(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    bool stopping = w->stopping;
    pthread_mutex_unlock(&w->lock);
    return stopping;
}

void workers_stop(struct workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->ready);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->threads; i++)
        pthread_join(w->thread[i], NULL);
    pthread_cond_destroy(&w->ready);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
