/**
 * @file forward_queue.h - what waits for one endpoint, on disk: first in, first out, bounded in bytes.
 *
 * Events that come together are one key of store/outbox.h, a chunk: 'q' queue u64 · number u64 -> when it came i64 · how many u32 ·
 * their JSON, with commas; 'd' queue u64 -> how many events were dropped so far. Memory holds eight bytes for each chunk. Changes go
 * to disk with the caller's batch; when that cannot be written, the queue is read again (forward_queue_load()). Not thread-safe.
 */
#pragma once

#include "store/outbox.h"

enum { FORWARD_CHUNK_EVENTS = 100, FORWARD_CHUNK_BYTES = 32 * 1024 }; /* unless one event is larger */

struct forward_queue {
    uint64_t name; /* the number of its forwarding */
    uint64_t max_bytes;
    uint32_t chunk_events;  /* at most this many in a chunk; 0: FORWARD_CHUNK_EVENTS */
    uint64_t first, next;   /* numbers of chunks: those in between are there */
    uint64_t bytes, events; /* of what is there */
    uint64_t dropped;       /* events since the endpoint was made */
    struct buf sizes;       /* of chunks: bytes u32 and events u32 each, from `sizes_at` on */
    size_t sizes_at;
    struct buf open; /* the chunk that is being filled */
    uint32_t open_events;
};

/** Read what there is; @p queue  `{.name, .max_bytes, .chunk_events}` or loaded before. ERR_OK · ERR_IO · ERR_NOMEM */
MUST_USE err_t forward_queue_load(struct forward_queue *queue, struct series *series,
                                  struct problem *problem);
void forward_queue_fini(struct forward_queue *queue); /* memory only */

/** Append; the oldest chunks make room, and an event larger than the whole queue is itself dropped. */
void forward_queue_add(struct forward_queue *queue, struct slice json, int64_t now_ms,
                       struct outbox_batch *batch);
/** End the chunk: before the batch is written, and before events are read. */
void forward_queue_seal(struct forward_queue *queue, int64_t now_ms, struct outbox_batch *batch);

/** Count events as dropped that never came here. */
void forward_queue_count_dropped(struct forward_queue *queue, uint64_t count, struct outbox_batch *batch);

struct forward_take {
    uint32_t max_events;
    size_t max_bytes;
    int64_t oldest_ms; /* what came before is dropped */
};

/**
 * The oldest events as a JSON array, appended to @p out; one chunk at least if there is one, however large. They stay until
 * forward_queue_finish().
 * @param ret_next  number of the chunk behind them
 * @param batch     gets the deletion of those that are too old
 */
MUST_USE err_t forward_queue_read(struct forward_queue *queue, struct series *series,
                                  const struct forward_take *take, struct buf *out, uint64_t *ret_next,
                                  struct outbox_batch *batch, struct problem *problem);

/** The chunks before @p next are delivered. */
void forward_queue_finish(struct forward_queue *queue, uint64_t next, struct outbox_batch *batch);

/** Delete the queues of names for which @p is_known is false, with their counts. Main thread or the forwarder's. */
MUST_USE err_t forward_queue_sweep(struct series *series, bool (*is_known)(void *arg, uint64_t name),
                                   void *arg, struct problem *problem);
