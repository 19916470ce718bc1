#include "measure.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

struct usage usage_now(void)
{
    struct timespec t;
    struct rusage r;
    clock_gettime(CLOCK_MONOTONIC, &t);
    getrusage(RUSAGE_SELF, &r);
    return (struct usage){(double)t.tv_sec + (double)t.tv_nsec / 1e9,
                          seconds_of(r.ru_utime) + seconds_of(r.ru_stime)};
}

struct usage usage_since(struct usage start)
{
    struct usage now = usage_now();
    return (struct usage){now.wall_s - start.wall_s, now.cpu_s - start.cpu_s};
}

double rss_mib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (f != NULL)
        fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static double bytes; /* nftw() has no argument to pass */

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path, (void)ftw;
    if (type == FTW_F)
        bytes += (double)st->st_blocks * 512;
    return 0;
}

double disk_mib(const char *folder)
{
    bytes = 0;
    nftw(folder, add_size, 16, FTW_PHYS);
    return bytes / 1048576;
}

void must(int err, const char *what, const char *why)
{
    if (err == 0)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}
