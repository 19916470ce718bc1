/**
 * @file reactor.h - one thread, one libuv loop, and the connections that live and die on it.
 *
 * Owns its listening sockets (SO_REUSEPORT spreads new connections over reactors), connection table, timer wheel,
 * TLS context, ingest, doorway and the buffers its connections share. Others reach it through its mailbox only.
 */
#pragma once

#include "base/mailbox.h"
#include "hub/door.h"
#include "hub/hub.h"
#include "hub/ingest.h"
#include "hub/session_keeper.h"
#include "net/connection.h"

#include <pthread.h>

enum {
    READ_SIZE = 64 * 1024,
    LISTENERS = 2,
    UNSENT_MAX = 1024 * 1024,
    NET_STOP_MS = 5000, /* for goodbyes and the last acknowledgements */
};

struct net;
struct device_links;
struct gateways;
struct presence_note;

struct reactor {
    struct net *net;
    struct hub *hub;
    pthread_t thread;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t tick;
    uv_check_t turn_end;
    uv_tcp_t listeners[LISTENERS]; /* TLS, plain; data = NULL when off */
    struct mailbox box;
    struct ingest *ingest;
    struct session_keeper *keeper;
    struct doorway *doorway;
    struct tls_context *tls;
    struct wheel wheel;
    struct session_limits limits;

    struct connection **table; /* by slot; NULL = free */
    uint32_t table_size;
    uint32_t next_slot; /* where the search for a free slot starts */
    uint32_t next_generation;
    size_t connections;
    size_t handshakes;
    struct device_links *devices;
    struct gateways *gateways;    /* devices behind gateways' connections */
    struct presence_note *notes;  /* queue of what is still to be written */
    struct body_scratch scratch;  /* for messages that are looked into here */
    uint64_t revocations;         /* so far */
    struct connection *held;      /* queue of those that wait for room in the ingest */
    size_t questions;             /* asked of the door, workers and other reactors, not answered yet */
    struct connection *answering; /* `out` holds answers for it */

    uint8_t *read_buffer;
    struct buf plain;      /* decrypted input of the connection at hand */
    struct buf out;        /* what the session at hand wants to send */
    struct buf cipher;     /* the same, sealed */
    unsigned lines_logged; /* since the last tick */
    unsigned lines_silent;
    bool is_stopping;
    uint64_t stop_deadline_ms;
};

/** Set everything up, bind and listen; the loop does not run yet. Main thread. */
MUST_USE err_t reactor_init(struct reactor *r, struct net *net, struct problem *problem);
MUST_USE err_t reactor_start(struct reactor *r);
void reactor_join(struct reactor *r);
void reactor_fini(struct reactor *r); /* after join; safe after a failed init */

/* Below: the reactor's own thread. */

/** @return NULL when that connection is gone */
struct connection *reactor_find(struct reactor *r, uint64_t handle);
/** Give it a handle; ERR_NOMEM. */
MUST_USE err_t reactor_add(struct reactor *r, struct connection *c);
void reactor_remove(struct reactor *r, struct connection *c);

/** Note which device a connection is, so that a revocation finds it. */
MUST_USE err_t reactor_link_device(struct reactor *r, struct connection *c, uint64_t device);
void reactor_unlink_device(struct reactor *r, struct connection *c);

/** Put a connection on the list of those that continue when the ingest has room again. */
void reactor_hold(struct reactor *r, struct connection *c);

/** True if one more line that a peer causes may be logged now; the rest is counted and told in one line. */
bool reactor_may_log(struct reactor *r);

uint64_t reactor_now(const struct reactor *r); /* monotonic ms, as of this loop turn */
