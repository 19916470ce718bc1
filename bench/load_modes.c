#include "load_modes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DRAIN_US = 10 * 1000 * 1000,    /* for the last acknowledgements */
    OPENING_US = 300 * 1000 * 1000, /* for all connections to open */
    MAX_FAILURES = 1000, /* more, and going on is pointless; also bounds ended() -> conn_open() -> ended() */
};

/* What a publishing connection keeps besides `struct conn`. Packet id i + 1 belongs to entry i. */
struct publisher {
    uint64_t made; /* messages so far */
    unsigned limit;
    unsigned n_free;
    uint16_t *free_ids;
    uint64_t *sent_us;
};

static void enter(struct load *l, enum load_phase phase)
{
    if (phase == LOAD_MEASURING) {
        cpu_clock_read(&l->stats.begin, l->options->server_pid);
    }
    if (l->phase == LOAD_MEASURING) {
        cpu_clock_read(&l->stats.end, l->options->server_pid);
    }
    l->phase = phase;
    l->phase_us = now_us();
}

/* One login or acknowledgement; only those of the measured time count. */
static void count_one(struct load *l, uint64_t begun_us)
{
    if (l->phase != LOAD_MEASURING) {
        return;
    }
    l->stats.measured++;
    histogram_add(&l->stats.latency, now_us() - begun_us);
    if (l->stats.measured == l->options->count) {
        enter(l, l->options->mode == LOAD_PUBLISH ? LOAD_DRAINING : LOAD_DONE);
    }
}

static void give_up_if_hopeless(struct load *l)
{
    if (l->stats.failed + l->stats.lost > MAX_FAILURES) {
        enter(l, LOAD_DONE);
    }
}

/* --- handshake --- */

static void handshake_opened(struct conn_owner *o, struct conn *c)
{
    struct load *l = (struct load *)o;
    count_one(l, c->begun_us);
    conn_close(o, c);
}

static void handshake_ended(struct conn_owner *o, struct conn *c, enum conn_end why)
{
    struct load *l = (struct load *)o;
    if (why != CONN_END_OURS) {
        l->stats.failed++;
        give_up_if_hopeless(l);
    }
    if (l->phase < LOAD_DRAINING) {
        conn_open(o, c);
    }
}

/* --- publish and hold: open all, a few at a time --- */

static void open_more(struct load *l)
{
    while (l->phase == LOAD_OPENING && l->opening < l->options->parallel &&
           l->next < l->options->connections) {
        l->opening++;
        conn_open(&l->owner, &l->conns[l->next++]);
    }
}

static void publish_more(struct load *l, struct conn *c)
{
    struct publisher *p = c->extra;
    size_t len = l->publish.len;
    uint64_t now = now_us();
    while (p->n_free > 0) {
        uint8_t *room = conn_reserve(c, len);
        if (room == NULL) {
            break;
        }
        uint16_t id = p->free_ids[--p->n_free];
        p->sent_us[id - 1] = now;
        mqtt_publish_put(&l->publish, room, id, l->ts_base_ms + p->made++);
        l->stats.sent++;
        l->unanswered++;
    }
    conn_flush(&l->owner, c);
}

static void all_open(struct load *l)
{
    if (l->options->mode == LOAD_HOLD) {
        enter(l, LOAD_MEASURING);
        printf("READY %" PRIu64 "\n", l->stats.opened);
        fflush(stdout);
        return;
    }
    enter(l, LOAD_WARMUP);
    for (unsigned i = 0; i < l->options->connections; i++) {
        if (l->conns[i].state == CONN_OPEN) {
            publish_more(l, &l->conns[i]);
        }
    }
}

static void one_settled(struct load *l)
{
    l->opening--;
    open_more(l);
    if (l->opening == 0 && l->phase == LOAD_OPENING && l->next == l->options->connections) {
        all_open(l);
    }
}

static void held_opened(struct conn_owner *o, struct conn *c)
{
    struct load *l = (struct load *)o;
    uint8_t packet[MQTT_SUBSCRIBE_MAX];
    histogram_add(&l->stats.latency, now_us() - c->begun_us);
    if (o->options->subscribe == NULL) {
        one_settled(l);
        return;
    }
    size_t n = mqtt_put_subscribe(packet, o->options->proto, o->options->subscribe);
    uint8_t *room = conn_reserve(c, n);
    if (room == NULL) {
        load_stats_note(&l->stats, "memory is out");
        enter(l, LOAD_DONE);
        return;
    }
    memcpy(room, packet, n);
    conn_flush(o, c); /* settled when SUBACK comes */
}

/* Tells "RECEIVED n FIRST LAST", microseconds of CLOCK_MONOTONIC, each time all have had one message more. */
static void held_told(struct conn_owner *o, struct conn *c, const struct mqtt_answer *a)
{
    struct load *l = (struct load *)o;
    (void)c;
    if (a->type == MQTT_SUBACK) {
        one_settled(l);
        return;
    }
    if (l->received++ == 0) {
        l->first_us = now_us();
    }
    if (l->received == l->stats.opened) {
        printf("RECEIVED %u %" PRIu64 " %" PRIu64 "\n", l->received, l->first_us, now_us());
        fflush(stdout);
        l->received = 0;
    }
}

static struct publisher *publisher_new(unsigned limit)
{
    struct publisher *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->free_ids = calloc(limit, sizeof(*p->free_ids));
    p->sent_us = calloc(limit, sizeof(*p->sent_us));
    p->limit = limit;
    if (p->free_ids == NULL || p->sent_us == NULL) {
        p->limit = 0;
        return p;
    }
    for (unsigned i = 0; i < limit; i++) {
        p->free_ids[p->n_free++] = (uint16_t)(limit - i);
    }
    return p;
}

static void publisher_free(struct publisher *p)
{
    if (p != NULL) {
        free(p->free_ids);
        free(p->sent_us);
        free(p);
    }
}

static void publish_opened(struct conn_owner *o, struct conn *c)
{
    struct load *l = (struct load *)o;
    unsigned limit = l->options->inflight < c->receive_max ? l->options->inflight : c->receive_max;
    publisher_free(c->extra);
    c->extra = publisher_new(limit);
    if (c->extra == NULL) {
        load_stats_note(&l->stats, "memory is out");
        enter(l, LOAD_DONE);
        return;
    }
    one_settled(l);
}

static void publish_acked(struct conn_owner *o, struct conn *c, const struct mqtt_answer *a)
{
    struct load *l = (struct load *)o;
    struct publisher *p = c->extra;
    if (a->id == 0 || a->id > p->limit || p->sent_us[a->id - 1] == 0) {
        load_stats_note(&l->stats, "PUBACK for a packet id that is not in flight");
        l->stats.rejected++;
        return;
    }
    uint64_t sent_us = p->sent_us[a->id - 1];
    p->sent_us[a->id - 1] = 0;
    p->free_ids[p->n_free++] = a->id;
    l->unanswered--;
    if (a->reason >= 0x80) {
        l->stats.rejected++;
        load_stats_note(&l->stats, "PUBACK with an error code");
        return;
    }
    l->stats.acked++;
    count_one(l, sent_us);
}

static void publish_quiet(struct conn_owner *o, struct conn *c)
{
    struct load *l = (struct load *)o;
    if (l->phase == LOAD_WARMUP || l->phase == LOAD_MEASURING) {
        publish_more(l, c);
    } else if (l->phase == LOAD_DRAINING && l->unanswered == 0) {
        enter(l, LOAD_DONE);
    }
}

static void held_ended(struct conn_owner *o, struct conn *c, enum conn_end why)
{
    struct load *l = (struct load *)o;
    if (why == CONN_END_FAILED) {
        l->stats.failed++;
        give_up_if_hopeless(l);
        one_settled(l);
    } else if (why == CONN_END_LOST) {
        struct publisher *p = c->extra;
        l->stats.lost++;
        l->unanswered -= p != NULL ? p->limit - p->n_free : 0;
        give_up_if_hopeless(l);
    }
}

/* --- the whole --- */

static void choose_callbacks(struct load *l)
{
    static void (*const opened[])(struct conn_owner *, struct conn *) = {
        [LOAD_HANDSHAKE] = handshake_opened,
        [LOAD_PUBLISH] = publish_opened,
        [LOAD_HOLD] = held_opened,
    };
    l->owner.opened = opened[l->options->mode];
    l->owner.acked = publish_acked;
    l->owner.told = held_told;
    l->owner.quiet = l->options->mode == LOAD_PUBLISH ? publish_quiet : NULL;
    l->owner.ended = l->options->mode == LOAD_HANDSHAKE ? handshake_ended : held_ended;
}

static uint64_t realtime_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

int load_init(struct load *l, const struct load_options *o, int epoll_fd)
{
    *l = (struct load){.options = o, .phase_us = now_us()};
    l->ts_base_ms = o->ts_base_ms != 0 ? o->ts_base_ms : realtime_ms();
    l->conns = calloc(o->connections, sizeof(*l->conns));
    if (l->conns == NULL || mqtt_publish_init(&l->publish, o->proto, o->topic, o->payload) != 0) {
        free(l->conns);
        return -1;
    }
    for (unsigned i = 0; i < o->connections; i++) {
        l->conns[i].slot = i;
        l->conns[i].fd = -1;
    }
    tls_client_init(&l->tls, o);
    l->owner = (struct conn_owner){
        .options = o,
        .tls = &l->tls,
        .stats = &l->stats,
        .epoll_fd = epoll_fd,
    };
    choose_callbacks(l);
    return 0;
}

void load_start(struct load *l)
{
    if (l->options->mode != LOAD_HANDSHAKE) {
        open_more(l);
        return;
    }
    enter(l, LOAD_WARMUP);
    for (unsigned i = 0; i < l->options->connections && l->phase != LOAD_DONE; i++) {
        conn_open(&l->owner, &l->conns[i]);
    }
}

static bool is_over(const struct load *l, uint64_t limit_us)
{
    return now_us() - l->phase_us >= limit_us;
}

void load_tick(struct load *l)
{
    const uint64_t second = 1000000;
    switch (l->phase) {
    case LOAD_OPENING:
        if (is_over(l, OPENING_US)) {
            load_stats_note(&l->stats, "not all connections opened in time");
            enter(l, LOAD_DONE);
        }
        break;
    case LOAD_WARMUP:
        if (is_over(l, l->options->warmup_s * second)) {
            enter(l, LOAD_MEASURING);
        }
        break;
    case LOAD_MEASURING:
        if (l->options->mode == LOAD_HOLD) {
            if (is_over(l, LOAD_MAX_SECONDS * second)) {
                enter(l, LOAD_DONE);
            }
        } else if (is_over(l, l->options->seconds * second)) {
            enter(l, l->options->mode == LOAD_PUBLISH ? LOAD_DRAINING : LOAD_DONE);
        }
        break;
    case LOAD_DRAINING:
        if (l->unanswered == 0 || is_over(l, DRAIN_US)) {
            enter(l, LOAD_DONE);
        }
        break;
    case LOAD_DONE: break;
    }
}

void load_release(struct load *l)
{
    if (l->options->mode == LOAD_HOLD) {
        l->stats.measured = l->stats.opened - l->stats.lost;
        enter(l, LOAD_DONE);
    }
}

static void ignore_end(struct conn_owner *o, struct conn *c, enum conn_end why)
{
    (void)o;
    (void)c;
    (void)why;
}

void load_fini(struct load *l)
{
    l->owner.ended = ignore_end;
    for (unsigned i = 0; i < l->options->connections; i++) {
        if (l->conns[i].state != CONN_IDLE) {
            conn_close(&l->owner, &l->conns[i]);
        }
        publisher_free(l->conns[i].extra);
        conn_fini(&l->conns[i]);
    }
    free(l->conns);
    mqtt_publish_fini(&l->publish);
    tls_client_fini(&l->tls);
}
