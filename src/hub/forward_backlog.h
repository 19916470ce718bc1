/**
 * @file forward_backlog.h - what the writer sets aside for forwarding, in the same synced write as the points themselves.
 *
 * The writer neither knows tenants nor endpoints: while anything at all is forwarded, it keeps the entries of those kinds as one
 * record a write. The forwarder (forwarder.h) takes the records in order and sorts them into the endpoints' queues. While nothing
 * is forwarded, a write costs one look at an atomic.
 *
 * On disk (store/outbox.h): 'b' number u64 -> entries as in a batch (model/point.h) · 'n' -> number of the record after those that
 * were dealt with. Numbers grow and are never used twice, so they name events for good.
 */
#pragma once

#include "model/point.h"
#include "store/outbox.h"

struct forward_backlog;

/** Looks for what an earlier run has left. Main thread; blocks. */
MUST_USE err_t forward_backlog_new(struct series *series, struct forward_backlog **ret,
                                   struct problem *problem);
void forward_backlog_free(struct forward_backlog *backlog); /* NULL allowed */

/** Kinds that somebody wants from now on (enum forward_kind); any thread. */
void forward_backlog_want(struct forward_backlog *backlog, unsigned kinds);

/** @p wake  is called on the writer's thread when there is a new record, and must be quick. Before the writer's first batch. */
void forward_backlog_listen(struct forward_backlog *backlog, void (*wake)(void *arg), void *arg);

/* The writer's thread: before series_write() of these batches, and after it. NULL allowed. */
void forward_backlog_take(struct forward_backlog *backlog, struct batch *const *batches, size_t count);
void forward_backlog_written(struct forward_backlog *backlog, err_t result);

/* The forwarder's thread. */

struct forward_record {
    uint64_t number;
    struct batch entries;
};

/** The next record, from the oldest on. @p ret  empty or read before; its memory is reused. ERR_NOT_FOUND: there is none */
MUST_USE err_t forward_backlog_read(struct forward_backlog *backlog, struct forward_record *ret,
                                    struct problem *problem);
/** It is dealt with: @p batch, which holds what became of it, gets its deletion. */
void forward_backlog_finish(struct forward_backlog *backlog, const struct forward_record *record,
                            struct outbox_batch *batch);
/** The batch is written; or it is not, and all since the last one that was comes again. */
void forward_backlog_finished(struct forward_backlog *backlog, err_t result);

/** What is on disk and not dealt with. */
uint64_t forward_backlog_bytes(const struct forward_backlog *backlog);
