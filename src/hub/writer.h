/**
 * @file writer.h - the one thread that makes things durable.
 *
 * Reactors submit filled batches; the writer takes all that came while its last sync ran, writes them as one
 * synced write (group commit), and returns each batch to its sender's mailbox with the result. Back-pressure
 * is the fixed number of batches a sender owns: one without a free batch stops reading its sockets.
 */
#pragma once

#include "base/mailbox.h"
#include "model/point.h"

struct forward_backlog;
struct live;
struct series;
struct series_deletion;
struct writer;

struct write_batch {
    struct mail mail; /* the writer's while submitted */
    struct batch batch;
    struct mailbox
        *home; /* where it goes back to; NULL: on_done runs on the writer's thread, and must be quick */
    void (*on_done)(struct write_batch *self, void *owner); /* on the home's thread; owner NULL without one */
    err_t result;                                           /* ERR_OK: on disk · ERR_FULL · ERR_IO */
    struct problem problem;
    const uint64_t *delete_devices; /* not NULL: delete these devices' series instead (batch unused) */
    size_t delete_device_count;
    const struct series_deletion *deletions; /* not NULL: delete these points instead */
    size_t deletion_count;
};

/**
 * Start the thread. @param live  is told of each batch that is on disk; NULL: nobody is. @param backlog  gets what is to be
 * forwarded, in the same write; NULL: nothing is. Main thread.
 */
MUST_USE err_t writer_start(struct series *series, struct live *live, struct forward_backlog *backlog,
                            struct writer **ret);

/** Hand a batch over until on_done. Any thread; never blocks. Entries of one sender are written in order. */
void writer_submit(struct writer *writer, struct write_batch *batch);

/** Delete devices' points and attributes; returns when synced. Worker thread; blocks. */
MUST_USE err_t writer_delete_devices(struct writer *writer, const uint64_t *devices, size_t count,
                                     struct problem *problem);

/** Delete points (store/series.h); returns when synced. Worker thread; blocks. */
MUST_USE err_t writer_delete_points(struct writer *writer, const struct series_deletion *deletions,
                                    size_t count, struct problem *problem);

/** Write a batch of entries and wait for the sync. Worker thread; blocks. */
MUST_USE err_t writer_write(struct writer *writer, struct batch *batch, struct problem *problem);

/** Devices' messages that have become durable since the start. Any thread. */
uint64_t writer_messages(const struct writer *writer);

/** Wait until all that was submitted before is written; failures are the writer's to log. Worker thread; blocks. */
void writer_barrier(struct writer *writer);

/** Write what was submitted, end the thread. NULL allowed. */
void writer_stop(struct writer *writer);
