/**
 * @file workers.h - the pool of threads that may block: SQL, range queries, password hashing, door look-ups.
 *
 * A job is a `struct mail`; its deliver() runs on one of the pool's threads with owner = NULL. Answers go
 * back through the asker's mailbox. The queue is bounded: a refused job is still the caller's, who answers
 * "busy" to its own client.
 */
#pragma once

#include "base/err.h"
#include "base/mailbox.h"

struct workers;

/** Start @p threads (1..64) threads with a queue of @p capacity jobs. Main thread. */
MUST_USE err_t workers_start(unsigned threads, size_t capacity, struct workers **ret_workers);

/** @return false when the queue is full or stopping. Any thread; blocks only for the queue's short lock. */
bool workers_submit(struct workers *workers, struct mail *job);

/** Run what is queued, end the threads, free the pool. NULL is allowed. Main thread; blocks. */
/** Long jobs look now and then, and end early. Any thread. */
bool workers_are_stopping(struct workers *w);

void workers_stop(struct workers *workers);
