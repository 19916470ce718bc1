/**
 * @file live.h - what has just become durable, for those who watch.
 *
 * The writer tells of each batch after its sync, so nobody is shown what a crash could take back. Entries of devices that are
 * watched are copied into the news, which one listener (http's service) takes on its own thread; it hands them on to its clients.
 * A batch of devices that nobody watches costs one look at a counter while nobody watches anything, else a look-up an entry.
 *
 * News are bounded (LIVE_NEWS_MAX bytes). When the listener falls behind so far, they are dropped as a whole, and the listener
 * is told so: it reads the present values of all it watches from the store instead. So memory stays bounded, and the
 * latest values are always right.
 *
 * One lock, innermost, held for copying; never taken by reactors.
 */
#pragma once

#include "base/mailbox.h"
#include "model/point.h"

struct live;

enum { LIVE_NEWS_MAX = 4 * 1024 * 1024 };

MUST_USE err_t live_new(struct live **ret);
void live_free(struct live *live); /* nobody listens any more. NULL allowed */

/**
 * Be the listener: @p on_news runs on the box's thread with the box's owner when there are news to live_take(), once for
 * all that came since. The box outlives live_ignore(). Main thread, before the writer's first batch that matters.
 */
void live_listen(struct live *live, struct mailbox *box, void (*on_news)(void *owner));

/** No more on_news from here on; the box is drained once more. Any thread. */
void live_ignore(struct live *live);

/** Watch a device, or no longer; as often as the other. Any thread; live_watch() before the present values are read.
 *  @return ERR_OK · ERR_NOMEM */
MUST_USE err_t live_watch(struct live *live, uint64_t device);
void live_unwatch(struct live *live, uint64_t device);

/** How much has been told so far. Whoever reads present values notes it before; any thread. */
uint64_t live_count(struct live *live);

struct live_news {
    struct batch
        batch; /* points, attributes and their deletions of devices that are watched, in the order of writing */
    uint64_t count; /* as live_count() was when this was taken */
    bool is_lost;   /* some were dropped before these: read the present values */
};

/** Take what there is. The box's thread. @p ret  empty or taken before; its memory is reused */
void live_take(struct live *live, struct live_news *ret);

/** These batches are on disk. The writer's thread. */
void live_feed(struct live *live, struct batch *const *batches, size_t count);
