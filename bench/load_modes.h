/**
 * @file load_modes.h - what the connections do: log in again and again, publish, or stay idle.
 *
 * Model: one `struct load` runs through the phases below. load_tick(), called at least every 10 ms, moves it
 * on by the clock; the connections' events move it on by count. Only the time in LOAD_MEASURING is measured.
 */
#pragma once

#include "load_conn.h"

enum load_phase {
    LOAD_OPENING, /* publish, hold: until all connections are open or have failed */
    LOAD_WARMUP,  /* working, not yet measured */
    LOAD_MEASURING,
    LOAD_DRAINING, /* publish: waiting for the last acknowledgements */
    LOAD_DONE,
};

struct load {
    struct conn_owner owner; /* first, so that the owner's callbacks can find us */
    const struct load_options *options;
    struct load_stats stats;
    struct tls_client tls;
    struct mqtt_publish publish;
    struct conn *conns; /* options->connections of them */
    enum load_phase phase;
    unsigned next;       /* next connection to open */
    unsigned opening;    /* being opened now */
    unsigned unanswered; /* messages sent and not acknowledged */
    uint64_t phase_us;   /* when the phase began */
    uint64_t ts_base_ms;
    unsigned received; /* hold: messages since the last round of them was told */
    uint64_t first_us; /* when the first came; now_us() */
};

/** @param epoll_fd  borrowed. @return 0; -1 when memory is out */
int load_init(struct load *l, const struct load_options *o, int epoll_fd);

/** Open the first connections. */
void load_start(struct load *l);

/** Look at the clock. After it `l->phase` may be LOAD_DONE. */
void load_tick(struct load *l);

/** Standard input has ended: a hold is over. */
void load_release(struct load *l);

/** Close everything without ceremony. */
void load_fini(struct load *l);
