/**
 * @file load_stats.h - counters, latency histogram, CPU clocks, and the line of JSON.
 *
 * The histogram is log-linear: 64 steps for each doubling, so a percentile is right to 1.6 %; from 0 to 2^36
 * us.
 */
#pragma once

#include "load_options.h"

enum {
    HIST_STEP_BITS = 6,
    HIST_DOUBLINGS = 30,
    HIST_SLOTS = (HIST_DOUBLINGS + 1) << HIST_STEP_BITS,
};

struct histogram {
    uint64_t slots[HIST_SLOTS];
    uint64_t n, max_us;
};

void histogram_add(struct histogram *h, uint64_t us);

/** The value that `share` (0 to 1) of the entries do not exceed; 0 if there are none. */
uint64_t histogram_percentile(const struct histogram *h, double share);

struct cpu_clock {
    uint64_t wall_us;   /* CLOCK_MONOTONIC */
    uint64_t own_us;    /* this process, user and system */
    uint64_t server_us; /* all threads of the server, in steps of 10 ms; 0 if there is no --server-pid */
};

void cpu_clock_read(struct cpu_clock *c, pid_t server);

uint64_t now_us(void);

struct load_stats {
    struct histogram latency;                 /* logins, or PUBLISH to PUBACK, in the measured time */
    struct cpu_clock begin, end;              /* of the measured time */
    uint64_t opened;                          /* logins done, warm-up included */
    uint64_t resumed;                         /* of these, by session ticket */
    uint64_t measured;                        /* logins or acknowledgements in the measured time */
    uint64_t sent, acked;                     /* PUBLISH and PUBACK, warm-up included */
    uint64_t rejected;                        /* PUBACK with an error code (5.0 only) */
    uint64_t failed;                          /* connections that did not get to CONNACK with code 0 */
    uint64_t lost;                            /* ended by the server afterwards */
    char error[256];                          /* the first failure, in words */
    char protocol[16], cipher[48], group[32]; /* of the first connection */
};

/** Keep the first failure's words; later ones are only counted by the caller. */
void load_stats_note(struct load_stats *s, const char *text);

/** Print the result as one line of JSON on standard output. */
void load_stats_print(const struct load_stats *s, const struct load_options *o);
