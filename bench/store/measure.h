/** @file measure.h - wall clock, CPU, memory and disk use of this process, for printing. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct usage {
    double wall_s; /* monotonic */
    double cpu_s;  /* user and system, all threads */
};
struct usage usage_now(void);
struct usage usage_since(struct usage start);

double rss_mib(void);                /* resident memory now */
double disk_mib(const char *folder); /* all files below it */

/** Print "bench: <what>" and stop when @p err is not ERR_OK. */
void must(int err, const char *what, const char *why);

/** xorshift64: the same sequence each run. */
uint64_t next_random(uint64_t *state);

/* The subcommands; each gets its arguments as numbers, already checked. */
struct arguments {
    const char *dir;
    uint64_t devices, keys, batch, points;
};
void bench_write(const struct arguments *a);    /* fill a series store, then read from it */
void bench_start(const struct arguments *a);    /* fill one in a child that is killed, then open it */
void bench_registry(const struct arguments *a); /* add devices, then lists and searches */
