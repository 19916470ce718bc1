/**
 * @file exchange.h - one request on its way: read, wait for a worker, run there, answer. Private to service.
 *
 * An exchange owns all memory its job touches, so the client may go away at any time: the exchange then lives
 * on until its worker has returned it. All of it runs on the service's thread, but for the job itself.
 */
#pragma once

#include "http/router.h"
#include "http/service.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    HEADER_MAX = 8 * 1024, /* request line and headers */
    HASH_AT_ONCE = 2,      /* requests of LANE_HASH running: 64 MiB each */
    HASH_QUEUE_MAX = 128,
};

struct exchange;

struct http_service {
    struct hub *hub;
    struct api api;
    struct lws_context *context;
    struct lws_vhost *plain, *tls, *local;
    char *certificate, *key; /* paths given to the library, which compares them on reload */
    int dir_fd;              /* of the data directory, for control.sock */
    struct mailbox box;      /* exchanges coming back from workers, and reloads */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopping;
    atomic_uint in_hands; /* jobs that workers hold; the context must outlive their wake-up */

    /* The service's thread only. */
    size_t open; /* exchanges that exist */
    size_t held; /* bytes of bodies and answers in memory */
    unsigned hashing, hash_waiting;
    struct exchange *hash_first, *hash_last;
    struct doorway *doorway; /* tells of devices that are revoked */
    uint64_t revocations;    /* so far */
    struct polls *polls;
    struct live_sockets *sockets;
    struct later_host *later_host;
    struct later *waiting;       /* list of requests whose answer comes later */
    lws_sorted_usec_list_t look; /* timer: who of these has gone */
};

/** Hand a job to a worker; it comes back by service_return(), which the service waits for before it ends. @return false: busy */
bool service_submit(struct http_service *service, struct mail *job,
                    void (*work)(struct mail *job, void *owner));
void service_return(struct http_service *service, struct mail *job,
                    void (*deliver)(struct mail *job, void *owner));

/** What libwebsockets keeps per connection for us. */
struct exchange_slot {
    struct exchange *exchange;  /* NULL between requests */
    struct live_socket *socket; /* after the upgrade to a WebSocket (live_socket.h), else NULL */
};

/* Callbacks of libwebsockets. 0 = go on, -1 = close the connection. */
int exchange_begin(struct http_service *service, struct lws *wsi, struct exchange_slot *slot,
                   struct slice path);
int exchange_body(struct exchange_slot *slot, struct slice bytes);
int exchange_body_end(struct exchange_slot *slot);
int exchange_writable(struct exchange_slot *slot);
int exchange_look_again(struct exchange_slot *slot); /* the timer's */
void exchange_gone(struct exchange_slot *slot);

/** How the client finds the body's end. */
enum answer_framing { FRAMING_LENGTH, FRAMING_CHUNKS, FRAMING_CLOSE };

/**
 * Write status line and headers.
 * @return false when they do not fit or the connection is dead
 */
bool answer_write_headers(struct lws *wsi, const struct http_response *response, enum answer_framing framing,
                          bool closes);
