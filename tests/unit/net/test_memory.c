/* What an idle device costs us, beside the kernel's socket: design principle "idle is free". */
#include "unit.h"

#include "net/connection.h"

#include <malloc.h>
#include <stdlib.h>

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    session_accept(s, NULL, NULL, now_ms, out);
}

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    return subscription->qos;
}

static const struct session_handler handler = {.on_connect = on_connect, .on_subscribe = on_subscribe};

/* CONNECT of 3.1.1 with a client id of 23 bytes, then SUBSCRIBE to v1/devices/me/attributes. */
static const char packets[] = "\x10\x23\0\x04MQTT\x04\x02\0\x3c\0\x17"
                              "mosq-a23bytesclientid01"
                              "\x82\x1d\0\x01\0\x18v1/devices/me/attributes\x01";

static void record_and_session_fit_in_one_kibibyte(void **state)
{
    static struct session_limits limits;
    size_t consumed;
    AUTO_BUF out = {0};
    limits = session_default_limits;
    assert_non_null(buf_reserve(&out, 1024));
    size_t before = mallinfo2().uordblks;
    struct connection *c = calloc(1, sizeof *c);
    assert_non_null(c);
    session_init(&c->session, &limits, &handler, c, 0);
    assert_int_equal(session_receive(&c->session, slice_of(packets, sizeof packets - 1), &consumed, 0, &out),
                     ERR_OK);
    assert_int_equal(consumed, sizeof packets - 1);
    assert_true(session_is_open(&c->session));
    size_t total = mallinfo2().uordblks - before;
    print_message(
        "connection record %zu bytes (TLS inside %zu, session %zu); all of an idle session %zu bytes\n",
        sizeof *c, sizeof c->tls, sizeof c->session, total);
    assert_true(total <= 1024);
    session_fini(&c->session);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(record_and_session_fit_in_one_kibibyte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
