/**
 * @file live_work.h - what one message on /api/ws leads to, worked out by a worker: who the client is, answers, subscriptions.
 */
#pragma once

#include "http/call.h"
#include "http/live_subscription.h"
#include "http/page_session.h"

/** A consequence, in the order of the commands. */
struct live_outcome {
    struct live_outcome *next;
    int32_t id;
    bool ends;                        /* the subscription of this id, if there is one */
    struct live_subscription *begins; /* in its place; NULL: none. Its devices are watched */
    struct buf answer;                /* empty: none. LIVE_HEAD unused bytes, then the text */
};
enum { LIVE_HEAD = 32 }; /* room for the frame's header, >= LWS_PRE */

struct live_work {
    struct api *api;
    struct caller who; /* of the socket; filled in by a message that logs in */
    bool is_known;
    char session[PAGE_SESSION_SIZE]; /* of the socket, which has not logged in yet; "" = none */
    struct slice message;
    size_t answer_max; /* bytes */
    struct live_outcome *outcomes;
    char refusal[64]; /* "" = none; else the socket is closed with 1008 for this reason */
};

/** Worker thread; blocks. */
void live_work(struct live_work *work);

/** Ends what was begun and not taken over. Any thread. */
void live_outcome_free(struct live *live, struct live_outcome *outcome);

/** End a subscription: its devices are no longer watched. NULL allowed. */
void live_subscription_end(struct live *live, struct live_subscription *s);

/** Begin a text: the room for the frame's header. Out of memory shows in the buffer, as always. */
void live_text_begin(struct buf *out);

/** Write an error as commands are answered with one. */
void live_write_error(int32_t id, err_t err, const char *message, struct buf *out);
