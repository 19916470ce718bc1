/**
 * @file outbox.h - what waits to be sent elsewhere: ordered keys beside points and attributes in the series store.
 *
 * What keys and values mean is hub/forward_queue.h's business. Changes are gathered in a batch and written as one, or, the
 * writer's, together with its next series_write(), so that one synced write carries both.
 */
#pragma once

#include "store/series.h"

enum { OUTBOX_KEY_MAX = 32 };

struct outbox_batch {
    struct buf bytes; /* encoded; `failed` makes outbox_write() fail as a whole */
};

/** Keys have 1..OUTBOX_KEY_MAX bytes. Later changes come behind earlier ones. */
void outbox_put(struct outbox_batch *batch, struct slice key, struct slice value);
void outbox_delete(struct outbox_batch *batch, struct slice key);
void outbox_delete_range(struct outbox_batch *batch, struct slice from, struct slice to); /* without @p to */

/**
 * Write all of a batch or nothing. @p is_synced: otherwise a power cut may lose it, but a kill does not; what is written later is
 * not on disk before it. Any thread; blocks. @return ERR_OK · ERR_FULL · ERR_IO · ERR_NOMEM
 */
MUST_USE err_t outbox_write(struct series *s, const struct outbox_batch *batch, bool is_synced,
                            struct problem *problem);

/** Goes with the next series_write(), or fails with it. The writer's thread, right before it. */
void outbox_join(struct series *s, struct slice key, struct slice value);

/** Both are valid during the call. @return false to stop */
typedef bool (*outbox_visitor)(void *arg, struct slice key, struct slice value);

/** From @p from to before @p to, in the order of the keys' bytes. Any thread; blocks. */
MUST_USE err_t outbox_read(struct series *s, struct slice from, struct slice to, outbox_visitor visit,
                           void *arg, struct problem *problem);

/** What a batch holds, for implementations: start with a cursor of its bytes. @return false at the end */
enum outbox_change_kind { OUTBOX_PUT = 1, OUTBOX_DELETE, OUTBOX_DELETE_RANGE };
struct outbox_change {
    enum outbox_change_kind kind;
    struct slice key, value; /* value: of a range its end */
};
struct cursor;
bool outbox_next(struct cursor *at, struct outbox_change *ret);
