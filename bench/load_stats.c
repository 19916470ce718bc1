#include "load_stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Slot of a value: the first 64 are exact, then 64 for each doubling. */
static unsigned slot_of(uint64_t us)
{
    const unsigned steps = 1u << HIST_STEP_BITS;
    if (us < steps) {
        return (unsigned)us;
    }
    unsigned doubling = 63u - (unsigned)__builtin_clzll(us) - HIST_STEP_BITS;
    if (doubling >= HIST_DOUBLINGS) {
        return HIST_SLOTS - 1;
    }
    return ((doubling + 1) << HIST_STEP_BITS) + (unsigned)((us >> doubling) - steps);
}

static uint64_t slot_upper_us(unsigned slot)
{
    const unsigned steps = 1u << HIST_STEP_BITS;
    if (slot < steps) {
        return slot;
    }
    unsigned doubling = (slot >> HIST_STEP_BITS) - 1;
    return ((uint64_t)(steps + (slot & (steps - 1)) + 1) << doubling) - 1;
}

void histogram_add(struct histogram *h, uint64_t us)
{
    h->slots[slot_of(us)]++;
    h->n++;
    if (us > h->max_us) {
        h->max_us = us;
    }
}

uint64_t histogram_percentile(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)((double)h->n * share + 0.5);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HIST_SLOTS; i++) {
        seen += h->slots[i];
        if (seen != 0 && seen >= wanted) {
            uint64_t us = slot_upper_us(i);
            return us < h->max_us ? us : h->max_us;
        }
    }
    return h->max_us;
}

uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static uint64_t timeval_us(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_usec;
}

/* utime and stime are fields 14 and 15 of proc(5) stat; the name before them may hold any byte but ends at
 * the last ')'. */
static uint64_t process_cpu_us(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return 0;
    }
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';
    const char *rest = strrchr(text, ')');
    uint64_t user = 0, sys = 0;
    if (rest == NULL || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
                               &user, &sys) != 2) {
        return 0;
    }
    return (user + sys) * 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);
}

void cpu_clock_read(struct cpu_clock *c, pid_t server)
{
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    c->wall_us = now_us();
    c->own_us = timeval_us(own.ru_utime) + timeval_us(own.ru_stime);
    c->server_us = server == 0 ? 0 : process_cpu_us(server);
}

void load_stats_note(struct load_stats *s, const char *text)
{
    if (s->error[0] == '\0') {
        snprintf(s->error, sizeof(s->error), "%s", text);
    }
}

/* Error texts come from OpenSSL and from us: no control characters but make sure. */
static void print_string(const char *name, const char *text)
{
    printf(",\"%s\":\"", name);
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            putchar('\\');
        }
        putchar(c < 0x20 || c > 0x7e ? '?' : c);
    }
    putchar('"');
}

void load_stats_print(const struct load_stats *s, const struct load_options *o)
{
    double wall_s = (double)(s->end.wall_us - s->begin.wall_us) / 1e6;
    double n = s->measured != 0 ? (double)s->measured : 1;
    printf("{\"mode\":\"%s\",\"seconds\":%.3f", load_mode_name(o->mode), wall_s);
    printf(",\"measured\":%" PRIu64 ",\"per_second\":%.1f", s->measured,
           wall_s > 0 ? (double)s->measured / wall_s : 0);
    printf(",\"server_cpu_us\":%" PRIu64 ",\"server_cpu_us_each\":%.3f",
           s->end.server_us - s->begin.server_us, (double)(s->end.server_us - s->begin.server_us) / n);
    printf(",\"load_cpu_us\":%" PRIu64, s->end.own_us - s->begin.own_us);
    printf(",\"p50_us\":%" PRIu64 ",\"p99_us\":%" PRIu64 ",\"max_us\":%" PRIu64,
           histogram_percentile(&s->latency, 0.50), histogram_percentile(&s->latency, 0.99),
           s->latency.max_us);
    printf(",\"opened\":%" PRIu64 ",\"resumed\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"acked\":%" PRIu64,
           s->opened, s->resumed, s->sent, s->acked);
    printf(",\"rejected\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"lost\":%" PRIu64, s->rejected, s->failed,
           s->lost);
    print_string("protocol", s->protocol);
    print_string("cipher", s->cipher);
    print_string("group", s->group);
    print_string("error", s->error);
    puts("}");
    fflush(stdout);
}
