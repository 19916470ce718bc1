/**
 * @file request.h - a device asks for something that its reactor cannot do by itself; a worker does it.
 *
 * The message is copied into a `struct request` and handed to a worker, which runs the function that stands for its
 * topic in request.c's table. The request then returns to the reactor's mailbox: `answer` is published to the
 * device, and the message is acknowledged with `result`. So PUBACK means done here, too. Payload and answer are JSON
 * for the function, whatever form the device's profile gives them (hub/payload.h).
 *
 * To add a kind of request: a topic in topics.h, a function `err_t x(struct request *, struct problem *)` in a file
 * of its own, a row in request.c.
 */
#pragma once

#include "hub/ingest.h"

enum { ADDRESS_BYTES = 16 }; /* an IPv6 address, or an IPv4 one as mapped */

struct request;

/** What a worker does. May block. A failure's sentence goes into @p problem. */
typedef err_t (*request_work)(struct request *request, struct problem *problem);

struct request {
    struct mail mail; /* the module's */
    struct hub *hub;
    struct mailbox *home;
    /* Who asks, and what has to be acknowledged; its slices point into `texts`; a reference to the profile. */
    struct ingest_source source;
    struct buf texts; /* response topic, then correlation data */
    struct topic_match match;
    uint8_t address[ADDRESS_BYTES]; /* of the peer, for limits */
    struct buf payload;             /* a copy of the message's */

    /* The worker's results. */
    err_t result;
    struct problem problem;
    struct buf answer; /* what is published to the device; empty = nothing. Bounded by mqtt.max_packet */
    char topic[TOPIC_OUT_SIZE]; /* where to; preset with topic_of_answer() where the topic has one, else "" */
    bool is_binary;             /* the answer is not UTF-8 text */
    request_work
        slow_work;      /* what is left takes long: it runs on a thread of the webhook's; NULL = nothing */
    bool is_told_empty; /* an empty answer is published, too */
    bool is_due;        /* it goes to a device that did not subscribe to it, too */

    void (*on_answer)(void *reactor, struct request *request);
};

/**
 * Start answering. @p on_answer runs on the reactor's thread; the request is freed after it.
 * @return ERR_OK (on_answer will be called) · ERR_NOT_FOUND (no worker's topic) · ERR_LIMIT (too busy) · ERR_NOMEM
 */
MUST_USE err_t request_start(struct hub *hub, struct mailbox *home, const struct ingest_source *source,
                             const uint8_t address[ADDRESS_BYTES], const struct topic_match *match,
                             struct slice payload, void (*on_answer)(void *reactor, struct request *request),
                             struct problem *problem);
