#include "hub/gateway_form.h"

#include "unit.h"

/* A gateway's session that has subscribed to all there is. */
static const char packets[] = "\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x02gw"
                              "\x82\x43\0\x01"
                              "\0\x15v1/gateway/attributes\0"
                              "\0\x0ev1/gateway/rpc\0"
                              "\0\x15v1/gateway/disconnect\0";

struct fixture {
    struct session_limits limits;
    struct session session;
    struct buf out;
};

static struct fixture f;

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    session_accept(s, NULL, NULL, now_ms, out);
}

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    return subscription->qos;
}

static int set_up(void **state)
{
    static const struct session_handler handler = {.on_connect = on_connect, .on_subscribe = on_subscribe};
    size_t consumed;
    f = (struct fixture){.limits = session_default_limits};
    session_init(&f.session, &f.limits, &handler, NULL, 0);
    assert_int_equal(session_receive(&f.session, slice_of(packets, sizeof packets - 1), &consumed, 0, &f.out),
                     ERR_OK);
    assert_int_equal(consumed, sizeof packets - 1);
    buf_clear(&f.out);
    return 0;
}

static int tear_down(void **state)
{
    session_fini(&f.session);
    buf_fini(&f.out);
    return 0;
}

/* A QoS 0 PUBLISH of fewer than 128 bytes. */
static void assert_sent(const char *topic, const char *payload)
{
    AUTO_BUF expected = {0};
    buf_append_u8(&expected, 0x30);
    buf_append_u8(&expected, (uint8_t)(2 + strlen(topic) + strlen(payload)));
    buf_append_u16(&expected, (uint16_t)strlen(topic));
    buf_append_str(&expected, topic);
    buf_append_str(&expected, payload);
    assert_true(slice_eq(buf_slice(&f.out), buf_slice(&expected)));
    buf_clear(&f.out);
}

static enum delivery_result deliver(enum downlink_kind kind, const char *json, const char *device)
{
    struct downlink *d = downlink_new(kind, slice_str(json));
    d->request_id = 7;
    enum delivery_result result = gateway_deliver(d, slice_str(device), &f.session, 0, &f.out);
    downlink_unref(d);
    return result;
}

static void changes_of_attributes(void **state)
{
    assert_int_equal(deliver(DOWNLINK_ATTRIBUTES, "{\"k\":1}", "A"), DELIVERY_SENT);
    assert_sent("v1/gateway/attributes", "{\"device\":\"A\",\"data\":{\"k\":1}}");
    assert_int_equal(deliver(DOWNLINK_ATTRIBUTES, "{\"deleted\":[\"k\"]}", "say \"A\""), DELIVERY_SENT);
    assert_sent("v1/gateway/attributes", "{\"device\":\"say \\\"A\\\"\",\"data\":{\"deleted\":[\"k\"]}}");
}

static void calls(void **state)
{
    assert_int_equal(deliver(DOWNLINK_RPC, "{\"method\":\"m\",\"params\":[1]}", "A"), DELIVERY_SENT);
    assert_sent("v1/gateway/rpc", "{\"device\":\"A\",\"data\":{\"id\":7,\"method\":\"m\",\"params\":[1]}}");
}

static void ends(void **state)
{
    gateway_tell_end(SLICE("A"), MQTT_REASON_ADMINISTRATIVE_ACTION, &f.session, 0, &f.out);
    assert_sent("v1/gateway/disconnect", "{\"device\":\"A\",\"reason\":152}");
}

static void nothing_for_a_gateway_that_did_not_subscribe(void **state)
{
    static const char unsubscribe[] = "\xa2\x12\0\x02\0\x0ev1/gateway/rpc";
    size_t consumed;
    assert_int_equal(
        session_receive(&f.session, slice_of(unsubscribe, sizeof unsubscribe - 1), &consumed, 0, &f.out),
        ERR_OK);
    buf_clear(&f.out);
    assert_int_equal(deliver(DOWNLINK_RPC, "{\"method\":\"m\"}", "A"), DELIVERY_UNWANTED);
    assert_int_equal(f.out.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_of_attributes),
        TEST(calls),
        TEST(ends),
        TEST(nothing_for_a_gateway_that_did_not_subscribe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
