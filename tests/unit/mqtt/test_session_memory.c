/* What a session holds while idle, that the hot path allocates nothing, and that no allocation is needed to
 * succeed: malloc and its kin are wrapped by the linker. */
#include "rig.h"

#include <malloc.h>
#include <stdlib.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static struct {
    size_t calls;      /* that asked for memory */
    size_t fail_at;    /* this call fails; 0 = none */
    size_t live_bytes; /* asked for, rounded and with a header as glibc does it on 64 bits */
} heap;

enum { SIZES_MAX = 4096 };
static struct {
    void *p;
    size_t cost;
} sizes[SIZES_MAX];

static void *note(void *p, size_t n)
{
    size_t cost = n + 8 < 32 ? 32 : (n + 8 + 15) / 16 * 16;
    for (size_t i = 0; p != NULL && i < SIZES_MAX; i++)
        if (sizes[i].p == NULL) {
            sizes[i].p = p;
            sizes[i].cost = cost;
            heap.live_bytes += cost;
            break;
        }
    return p;
}

static void forget(const void *p)
{
    for (size_t i = 0; p != NULL && i < SIZES_MAX; i++)
        if (sizes[i].p == p) {
            heap.live_bytes -= sizes[i].cost;
            sizes[i].p = NULL;
            break;
        }
}

static bool fails(void)
{
    return ++heap.calls == heap.fail_at;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : note(__real_malloc(n), n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : note(__real_calloc(n, size), n * size);
}

void *__wrap_realloc(void *p, size_t n)
{
    if (fails())
        return NULL;
    forget(p);
    return note(__real_realloc(p, n), n);
}

void __wrap_free(void *p)
{
    forget(p);
    __real_free(p);
}

static void idle_session_is_small(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    size_t before = heap.live_bytes;
    rig_connect(&r, MQTT_3_1_1, "device-0123456789abcdef", true); /* 23 bytes */
    rig_subscribe(&r, 1, "v1/devices/me/rpc/request/+", 1);
    rig_publish(&r, "v1/devices/me/telemetry", "{\"t\":25}", 2, 1); /* leaves nothing behind */
    rig_ack(&r, MQTT_PUBREL, 1, 0);
    buf_fini(&r.out);
    buf_fini(&r.log);
    size_t held = heap.live_bytes - before;
    print_message("struct session %zu bytes, heap %zu bytes\n", sizeof(struct session), held);
    assert_true(held + sizeof(struct session) <= 450);
    assert_true(sizeof(struct session) <= SESSION_MAX_BYTES);
}

static void quiet_publish(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                          struct buf *out)
{
    assert_true(session_is_open(s)); /* no message once the session has ended */
    if (publish->qos != 0)
        session_publish_done(s, publish->packet_id, publish->qos, 0, NULL, out);
}

/* PUBLISH QoS 0 and 1 in, PUBACK out, also by topic alias. */
static void hot_path_allocates_nothing(void **state)
{
    for (int version = 4; version <= 5; version++) {
        AUTO_RIG r;
        rig_init(&r);
        rig_connect(&r, (enum mqtt_version)version, "c", true);
        struct session_handler quiet = *r.s.handler;
        quiet.on_publish = quiet_publish;
        r.s.handler = &quiet;
        AUTO_BUF in = {0};
        struct mqtt_publish p = {
            .topic = SLICE("v1/devices/me/telemetry"), .payload = SLICE("{t:25}"), .qos = 1};
        for (uint16_t id = 1; id <= 100; id++) {
            p.packet_id = id;
            p.qos = id % 4 ? 1 : 0;
            if (version == 5) {
                mqtt_set(&p.properties, MQTT_TOPIC_ALIAS);
                p.properties.topic_alias = 3;
            }
            mqtt_write_publish(&in, (enum mqtt_version)version, &p);
        }
        size_t first, consumed;
        AUTO_BUF out = {0};
        assert_non_null(buf_reserve(&out, 4096));
        assert_int_equal(mqtt_packet_length(buf_slice(&in), 4096, &first, NULL), ERR_OK);
        assert_int_equal(session_receive(&r.s, slice_of(in.data, first), &consumed, r.now, &out), ERR_OK);
        size_t calls = heap.calls; /* the first message may make the alias table */
        struct slice rest = slice_skip(buf_slice(&in), first);
        assert_int_equal(session_receive(&r.s, rest, &consumed, r.now, &out), ERR_OK);
        assert_int_equal(consumed, rest.len);
        assert_int_equal(heap.calls, calls);
        assert_int_equal(out.len, 75 * 4);
    }
}

struct quiet_owner {
    bool is_over;
    bool was_let_in;
};

static void quiet_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                          struct buf *out)
{
    ((struct quiet_owner *)owner)->was_let_in = true;
    session_accept(s, NULL, NULL, now_ms, out);
}

static uint8_t quiet_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    return subscription->qos;
}

static void quiet_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
    ((struct quiet_owner *)owner)->is_over = true;
}

static const struct session_handler quiet_handler = {
    .on_connect = quiet_connect,
    .on_publish = quiet_publish,
    .on_subscribe = quiet_subscribe,
    .on_closing = quiet_closing,
};

/* A whole life with one of each; the caller makes one allocation fail. */
static void live(struct slice in, struct buf *out)
{
    struct quiet_owner owner = {false, false};
    struct session s;
    size_t consumed;
    session_init(&s, &session_default_limits, &quiet_handler, &owner, 0);
    err_t err = session_receive(&s, in, &consumed, 0, out);
    assert_int_equal(err == ERR_CLOSED, owner.is_over);
    struct delivery d = {.topic = SLICE("a"), .payload = SLICE("x"), .qos = 2};
    for (int i = 0; i < 3; i++)
        (void)session_deliver(&s, &d, 0, out);
    if (err == ERR_OK)
        assert_int_equal(session_receive(&s, slice_of("\x50\x02\x00\x01", 4), &consumed, 0, out), ERR_OK);
    struct mqtt_will will;
    assert_int_equal(session_take_will(&s, &will), owner.was_let_in); /* no client without its will */
    struct session_state *kept = session_detach(&s, 0);
    if (kept != NULL)
        (void)session_state_queue(kept, &d, &session_default_limits, 0);
    session_state_free(kept);
    session_fini(&s);
}

static void every_allocation_may_fail(void **state)
{
    AUTO_BUF in = {0}, out = {0};
    struct mqtt_packet connect = {
        .type = MQTT_CONNECT,
        .connect = {
            .version = MQTT_5_0, .client_id = SLICE("c"), .has_will = true, .will = {.topic = SLICE("w")}}};
    mqtt_set(&connect.connect.properties, MQTT_SESSION_EXPIRY_INTERVAL);
    connect.connect.properties.session_expiry_interval = 100;
    assert_int_equal(mqtt_encode(&in, MQTT_5_0, &connect), ERR_OK);
    buf_append(&in,
               "\x82\x07\x00\x01\x00\x00\x01"
               "a"
               "\x02",
               9);
    struct mqtt_publish p = {.topic = SLICE("t"), .qos = 2, .packet_id = 1};
    mqtt_set(&p.properties, MQTT_TOPIC_ALIAS);
    p.properties.topic_alias = 1;
    mqtt_write_publish(&in, MQTT_5_0, &p);
    assert_non_null(buf_reserve(&out, 4096));
    heap.calls = 0;
    live(buf_slice(&in), &out);
    size_t count = heap.calls;
    assert_true(count >= 8);
    for (size_t i = 1; i <= count; i++) {
        buf_clear(&out);
        size_t before = heap.live_bytes;
        heap.calls = 0;
        heap.fail_at = i;
        live(buf_slice(&in), &out);
        heap.fail_at = 0;
        assert_int_equal(heap.live_bytes, before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_session_is_small),
        cmocka_unit_test(hot_path_allocates_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
