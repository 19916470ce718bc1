/** @file forwarder_parts.h - what the files of the forwarder share: forwarder.c, forwarder_sort.c, forwarder_deliver.c. */
#pragma once

#include "hub/forward_backlog.h"
#include "hub/forward_queue.h"
#include "hub/forward_send.h"
#include "hub/forwarder.h"

#include <pthread.h>
#include <stdatomic.h>

struct forward_endpoint {
    struct forward_endpoint *prev, *next;
    struct forwarding config;
    struct forward_queue queue;
    struct forward_request request;
    bool is_sending, is_gone;
    uint64_t sent_next; /* number behind what is being sent */
    unsigned failures;
    uint64_t next_try_ms; /* monotonic */
    int64_t last_success_ms, last_error_ms;
    char last_error[PROBLEM_TEXT_MAX];
};

struct cached_subject;

struct forwarder {
    struct hub *hub;
    const struct settings *settings;
    struct forward_backlog *backlog;
    CURLM *multi;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopping, is_woken, is_testing;
    atomic_uint waiting; /* for the lock: the thread lets them in */

    pthread_mutex_t lock; /* guards all below */
    struct forward_endpoint *endpoints;
    struct outbox_batch batch; /* changes of queues that are not on disk yet */
    bool is_stale;             /* .. and could not be written: read the queues again */
    uint64_t next_notices_ms;  /* when to look for notices; monotonic */
    uint64_t next_sort_ms;     /* when to look into the backlog again; 0: when woken */
    uint64_t pause_until_ms;   /* after a failure of the store */
    struct forward_record record;
    struct cached_subject *subjects;
};

/* forwarder.c, with the lock. */
MUST_USE err_t forwarder_commit(struct forwarder *f, bool is_synced); /* a failure is logged, and pauses */
void forwarder_drop_endpoint(struct forwarder *f, struct forward_endpoint *e); /* not sending */

/* forwarder_sort.c, with the lock. */
bool forwarder_sort_backlog(struct forwarder *f, bool *ret_is_more); /* false: there was nothing */
void forwarder_sort_notices(struct forwarder *f, uint64_t now_ms);
void forwarder_forget_subjects(struct forwarder *f);

/* forwarder_deliver.c, with the lock. */
void forwarder_deliver(struct forwarder *f, uint64_t now_ms);
/** Milliseconds until there is something to do that nobody wakes the thread for. */
int forwarder_patience(const struct forwarder *f, uint64_t now_ms);
