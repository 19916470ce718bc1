/* Points per second into the series store, look-ups out of it, and its start after a crash. */
#include "store/series.h"
#include "measure.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_TS = 1700000000 };

struct source {
    const struct arguments *a;
    uint64_t random, made;
};

/* A message: one device, chosen at random, sends all its keys with one time stamp. */
static void make_points(struct source *src, struct batch *batch, uint64_t count)
{
    static const char *const names[] = {"temperature", "humidity", "pressure", "battery", "rssi",
                                        "voltage",     "current",  "state",    "uptime",  "speed"};
    uint64_t device = 0;
    for (uint64_t i = 0; i < count; i++, src->made++) {
        uint64_t key = src->made % src->a->keys;
        if (key == 0 || device == 0)
            device = 1 + next_random(&src->random) % src->a->devices;
        struct point p = {.device = device, .key = slice_str(names[key])};
        p.ts = FIRST_TS * 1000ll + (int64_t)(src->made / src->a->keys);
        if (key % 2 == 0)
            p.value = (struct value){VALUE_DOUBLE, .real = (double)(next_random(&src->random) % 1000) / 10};
        else
            p.value = (struct value){VALUE_LONG, .number = (int64_t)(next_random(&src->random) % 1000)};
        batch_add_point(batch, &p);
    }
}

static void fill(struct series *s, struct source *src, uint64_t points)
{
    struct batch batch = {0}, *one = &batch;
    struct problem p = {0};
    while (src->made < points) {
        uint64_t left = points - src->made;
        batch_clear(&batch);
        make_points(src, &batch, left < src->a->batch ? left : src->a->batch);
        must(series_write(s, &one, 1, &p), "write", p.text);
    }
    batch_fini(&batch);
}

static bool ignore_point(void *arg, const struct point *point)
{
    (void)point;
    ++*(uint64_t *)arg;
    return true;
}

static bool ignore_key(void *arg, struct slice key)
{
    (void)key;
    ++*(uint64_t *)arg;
    return true;
}

static void report_reads(const char *what, struct usage start, uint64_t count)
{
    struct usage u = usage_since(start);
    printf("  %-34s %9.1f us\n", what, u.wall_s * 1e6 / (double)count);
}

static void read_back(struct series *s, const struct arguments *a)
{
    enum { LOOKUPS = 2000, RANGES = 200 };
    uint64_t random = 99, seen = 0;
    struct usage start = usage_now();
    for (int i = 0; i < LOOKUPS; i++) {
        uint64_t device = 1 + next_random(&random) % a->devices;
        err_t err = series_latest(s, device, SLICE("temperature"), ignore_point, &seen, NULL);
        must(err != ERR_OK && err != ERR_NOT_FOUND, "latest", "failed");
    }
    report_reads("latest of one key", start, LOOKUPS);
    start = usage_now();
    for (int i = 0; i < LOOKUPS; i++)
        must(series_keys(s, 1 + next_random(&random) % a->devices, ignore_key, &seen, NULL), "keys",
             "failed");
    report_reads("keys of a device", start, LOOKUPS);
    for (int oldest = 0; oldest < 2; oldest++) {
        start = usage_now();
        for (int i = 0; i < RANGES; i++) {
            struct series_range r = {.device = 1 + next_random(&random) % a->devices, .limit = 100};
            r.key = SLICE("temperature"), r.end_ms = INT64_MAX, r.oldest_first = oldest;
            must(series_query(s, &r, ignore_point, &seen, NULL), "query", "failed");
        }
        report_reads(oldest ? "100 oldest points" : "100 newest points", start, RANGES);
    }
}

void bench_write(const struct arguments *a)
{
    struct series *s = NULL;
    struct problem p = {0};
    struct source src = {a, 88172645463325252, 0};
    must(series_open(a->dir, true, &s, &p), "open", p.text);
    double idle = rss_mib();
    struct usage start = usage_now();
    fill(s, &src, a->points);
    struct usage u = usage_since(start);
    printf("devices %-7llu keys %-2llu batch %-5llu points %-9llu %9.0f points/s  CPU %5.2f us/point  "
           "memory %.0f -> %.0f MiB  disk %.0f MiB\n",
           (unsigned long long)a->devices, (unsigned long long)a->keys, (unsigned long long)a->batch,
           (unsigned long long)a->points, (double)a->points / u.wall_s, u.cpu_s * 1e6 / (double)a->points,
           idle, rss_mib(), disk_mib(a->dir));
    read_back(s, a);
    series_close(s);
}

/* Fill, tell the parent, and wait to be killed with the store open. */
static void fill_and_wait(const struct arguments *a, int tell)
{
    struct series *s = NULL;
    struct problem p = {0};
    struct source src = {a, 88172645463325252, 0};
    must(series_open(a->dir, true, &s, &p), "open", p.text);
    fill(s, &src, a->points);
    must(write(tell, "", 1) != 1, "pipe", "failed");
    pause();
}

void bench_start(const struct arguments *a)
{
    int ready[2];
    char byte;
    struct series *s = NULL;
    struct problem p = {0};
    must(pipe(ready), "pipe", "failed");
    pid_t child = fork();
    if (child == 0)
        fill_and_wait(a, ready[1]);
    must(read(ready[0], &byte, 1) != 1, "child", "ended early");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    double disk = disk_mib(a->dir);
    struct usage start = usage_now();
    must(series_open(a->dir, false, &s, &p), "open", p.text);
    struct usage u = usage_since(start);
    printf("start after kill -9: %llu points, %.0f MiB: %.3f s (CPU %.3f s), memory %.0f MiB\n",
           (unsigned long long)a->points, disk, u.wall_s, u.cpu_s, rss_mib());
    series_close(s);
}
