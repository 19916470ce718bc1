/*
 * What does it cost to turn a telemetry message into points? Each message is read by
 *   limit    one look at every byte (memchr for a byte that is not there): no parser can be faster
 *   postern  telemetry_parse() into an open batch, as a reactor does
 *   jansson  json_loadb() and json_decref(): a tree only, no points yet
 * The three take turns, and each one's best round counts, so that other users of the machine disturb least.
 */
#include "hub/telemetry.h"

#include <jansson.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 15, BYTES_A_ROUND = 4000000 };

struct message {
    const char *name;
    struct buf text;
    size_t keys;
    bool is_strict;
};

static void add_keys(struct buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%s\"sensor_%02zu\":%zu.%zu", i > 0 ? "," : "", i, 20 + i, i % 10);
}

static void make_messages(struct message m[6])
{
    m[0] = (struct message){.name = "one key, unquoted", .keys = 1};
    buf_append_str(&m[0].text, "{temperature:25}");
    m[1] = (struct message){.name = "five keys", .keys = 5, .is_strict = true};
    buf_append_str(&m[1].text,
                   "{\"temperature\":25.4,\"humidity\":48,\"battery\":3.71,\"rssi\":-67,\"online\":true}");
    m[2] = (struct message){.name = "five keys with ts", .keys = 5, .is_strict = true};
    buf_append_str(&m[2].text, "{\"ts\":1700000000000,\"values\":{\"temperature\":25.4,\"humidity\":48,"
                               "\"battery\":3.71,\"rssi\":-67,\"online\":true}}");
    m[3] = (struct message){.name = "five keys, ts last", .keys = 5, .is_strict = true};
    buf_append_str(&m[3].text, "{\"values\":{\"temperature\":25.4,\"humidity\":48,"
                               "\"battery\":3.71,\"rssi\":-67,\"online\":true},\"ts\":1700000000000}");
    m[4] = (struct message){.name = "fifty keys", .keys = 50, .is_strict = true};
    buf_append_u8(&m[4].text, '{');
    add_keys(&m[4].text, 50);
    buf_append_u8(&m[4].text, '}');
    m[5] = (struct message){.name = "text and JSON values", .keys = 4, .is_strict = true};
    buf_append_str(&m[5].text,
                   "{\"state\":\"running\",\"message\":\"line 1\\nline \\u0032\",\"serial\":\"0012\","
                   "\"position\":{\"lat\":48.1374, \"lon\":11.5755, \"fix\":[1, 2, 3]}}");
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void run_limit(const struct message *m, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        const void *found = memchr(m->text.data, 0x01, m->text.len);
        __asm__ volatile("" : : "r"(found) : "memory");
    }
}

static void run_postern(const struct message *m, size_t times)
{
    static struct body_scratch scratch; /* kept from round to round, as a reactor keeps it */
    static struct batch batch;
    struct body_options options = {
        .device = 1, .now_ms = 1, .type_cast = true, .max_keys = 1000, .max_depth = 64, .scratch = &scratch};
    for (size_t i = 0; i < times; i++) {
        if (batch.bytes.len > 256 * 1024)
            batch_clear(&batch);
        if (telemetry_parse(buf_slice(&m->text), &options, &batch, NULL) != ERR_OK)
            check_failed("message is accepted", __FILE__, __LINE__);
    }
}

static void run_jansson(const struct message *m, size_t times)
{
    for (size_t i = 0; i < times && m->is_strict; i++) {
        json_t *root = json_loadb((const char *)m->text.data, m->text.len, 0, NULL);
        CHECK(root != NULL);
        json_decref(root);
    }
}

static void measure(const struct message *m)
{
    static void (*const runs[])(const struct message *, size_t) = {run_limit, run_postern, run_jansson};
    double best[3] = {1e30, 1e30, 1e30};
    size_t times = BYTES_A_ROUND / m->text.len;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < 3; i++) {
            double start = now_ns();
            runs[i](m, times);
            double each = (now_ns() - start) / (double)times;
            best[i] = each < best[i] ? each : best[i];
        }
    }
    printf("| %s | %zu | %.1f | %.0f | %.0f | ", m->name, m->text.len, best[0], best[1],
           best[1] / (double)m->keys);
    if (m->is_strict)
        printf("%.0f | %.1f |\n", best[2], best[2] / best[1]);
    else
        printf("refused | |\n");
}

int main(void)
{
    struct message messages[6];
    make_messages(messages);
    puts("| message | bytes | limit ns | postern ns | postern ns a key | jansson ns | jansson / postern |");
    puts("|---|---|---|---|---|---|---|");
    for (size_t i = 0; i < 6; i++) {
        measure(&messages[i]);
        buf_fini(&messages[i].text);
    }
    return 0;
}
