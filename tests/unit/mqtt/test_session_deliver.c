/* Subscriptions and messages to the client: QoS, quota, queue, resume, take-over. */
#include "hex.h"
#include "rig.h"

#include <stdio.h>

static const enum mqtt_version versions[] = {MQTT_3_1, MQTT_3_1_1, MQTT_5_0};

static void start(struct rig *r, enum mqtt_version version)
{
    rig_init(r);
    rig_connect(r, version, "c", true);
    rig_expect(r, "<connect c> CONNACK(0,00)");
}

/* A session that outlives its connection; `properties` in hex. Clears the log. */
static void start_kept(struct rig *r, const char *properties)
{
    char all[80];
    snprintf(all, sizeof all, "11 00000064 %s", properties);
    rig_connect_5(r, "c", false, all);
    buf_clear(&r->log);
}

static void subscribe_in_every_version(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        start(&r, versions[i]);
        rig_subscribe(&r, 1, "a/+", 2);
        rig_subscribe(&r, 2, "a/#", 0);
        rig_unsubscribe(&r, 3, "a/#");
        rig_unsubscribe(&r, 4, "a/#");
        bool is_5 = versions[i] == MQTT_5_0;
        rig_expect(&r, is_5
                           ? "<sub a/+ q2> SUBACK(1:02) <sub a/# q0> SUBACK(2:00) <unsub a/#> UNSUBACK(3:00) "
                             "UNSUBACK(4:11)"
                           : "<sub a/+ q2> SUBACK(1:02) <sub a/# q0> SUBACK(2:00) <unsub a/#> UNSUBACK(3:) "
                             "UNSUBACK(4:)");
        assert_int_equal(rig_deliver(&r, "b", "x", 2), DELIVERY_UNWANTED);
        assert_int_equal(rig_deliver(&r, "a/b", "x", 2), DELIVERY_SENT);
        rig_expect(&r, "PUBLISH(a/b,'x',q2,id1)");
    }
}

static void several_filters_in_one_packet(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.granted = 1;
    rig_hex(&r, "82 0f 0001 00 0001 'a' 02 0001 'b' 01 0001 'c' 00");
    rig_expect(&r, "<sub a q2> <sub b q1> <sub c q0> SUBACK(1:01 01 00)");
    rig_hex(&r, "a2 0c 0002 00 0001 'a' 0001 'x' 0001 'c'");
    rig_expect(&r, "<unsub a> <unsub c> UNSUBACK(2:00 11 00)");
}

static void what_is_due_needs_no_subscription(void **state)
{
    const struct delivery due = {.topic = SLICE("b"), .payload = SLICE("x"), .qos = 1, .is_due = true};
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_subscribe(&r, 1, "a", 2);
    assert_int_equal(session_deliver(&r.s, &due, r.now, &r.out), DELIVERY_SENT);
    rig_subscribe(&r, 2, "b", 0); /* a subscription counts where there is one */
    assert_int_equal(session_deliver(&r.s, &due, r.now, &r.out), DELIVERY_SENT);
    rig_unsubscribe(&r, 3, "a"); /* the rig shows what was sent before */
    rig_expect(&r, "<sub a q2> SUBACK(1:02) PUBLISH(b,'x',q1,id1) <sub b q0> SUBACK(2:00) PUBLISH(b,'x',q0) "
                   "<unsub a> UNSUBACK(3:00)");
}

static void refused_subscriptions(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.granted = 0x87;
    rig_subscribe(&r, 1, "a", 1);
    r.granted = 0x8e; /* no code for SUBACK */
    rig_subscribe(&r, 2, "a", 1);
    rig_expect(&r, "<sub a q1> SUBACK(1:87) <sub a q1> SUBACK(2:80)");
    assert_int_equal(rig_deliver(&r, "a", "x", 0), DELIVERY_UNWANTED);
    r.granted = 2;
    rig_subscribe(&r, 3, "a", 1);
    r.granted = 0x87; /* what is granted stays when its renewal is refused */
    rig_subscribe(&r, 4, "a", 1);
    assert_int_equal(rig_deliver(&r, "a", "x", 0), DELIVERY_SENT);
    rig_expect(&r, "<sub a q1> SUBACK(3:01) <sub a q1> SUBACK(4:87) PUBLISH(a,'x',q0)");
    for (size_t i = 0; i < 2; i++) {
        AUTO_RIG old;
        start(&old, versions[i]);
        old.granted = 0x87;
        rig_subscribe(&old, 1, "a", 1);
        rig_subscribe(&old, 2, "$share/g/a", 1);
        rig_expect(&old, "<sub a q1> SUBACK(1:80) <sub $share/g/a q1> SUBACK(2:80)");
    }
}

/* The Reason String of the SUBACK that answers a hand-made SUBSCRIBE; "" = none. */
static void expect_suback_text(struct rig *r, const char *subscribe, const char *expected)
{
    AUTO_BUF in = {0};
    struct mqtt_packet p;
    uint8_t reason;
    size_t consumed;
    hex_append(&in, subscribe);
    r->out.limit = 1000; /* keeps the log from taking the packet */
    assert_int_equal(session_receive(&r->s, buf_slice(&in), &consumed, r->now, &r->out), ERR_OK);
    assert_int_equal(mqtt_decode(buf_slice(&r->out), MQTT_5_0, &p, &reason, NULL), ERR_OK);
    assert_int_equal(p.type, MQTT_SUBACK);
    char text[200];
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(p.list.properties.reason_string));
    assert_string_equal(text, expected);
    r->out.limit = 0;
    buf_clear(&r->out);
    buf_clear(&r->log);
}

static void refused_subscriptions_are_explained(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_topic = 3;
    r.limits.max_subscriptions = 1;
    rig_connect(&r, MQTT_5_0, "c", true);
    expect_suback_text(&r, "82 0e 0001 00 0001 'a' 01 0004 'abcd' 00",
                       "topic filter 2: no topic for this client matches it");
    expect_suback_text(&r, "82 07 0001 00 0001 'b' 01",
                       "topic filter 1: a session has at most 1 subscriptions");
    expect_suback_text(&r, "82 07 0001 00 0001 'a' 01", "");
    r.granted = 0x87;
    expect_suback_text(&r, "82 07 0001 00 0001 'a' 01",
                       "topic filter 1: this client may not subscribe to it");
    r.granted = 0x80;
    expect_suback_text(&r, "82 07 0001 00 0001 'a' 01", "topic filter 1: Unspecified error");
    rig_restart(&r);
    rig_connect_5(&r, "c", true, "17 00"); /* [MQTT-3.1.2-29] */
    expect_suback_text(&r, "82 07 0001 00 0001 'a' 01", "");
    rig_restart(&r);
    rig_connect_5(&r, "c", true, "27 00000018"); /* [MQTT-3.9.2-1]: no room */
    expect_suback_text(&r, "82 07 0001 00 0001 'a' 01", "");
}

static void number_and_length_of_subscriptions(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_subscriptions = 2;
    r.limits.max_topic = 3;
    rig_connect(&r, MQTT_5_0, "c", true);
    buf_clear(&r.log);
    rig_subscribe(&r, 1, "a", 1);
    rig_subscribe(&r, 2, "b", 1);
    rig_subscribe(&r, 3, "c", 1);
    rig_subscribe(&r, 4, "b", 0); /* a renewal needs no room */
    rig_unsubscribe(&r, 5, "a");
    rig_subscribe(&r, 6, "c", 1);
    rig_expect(
        &r, "<sub a q1> SUBACK(1:01) <sub b q1> SUBACK(2:01) SUBACK(3:97) <sub b q0> SUBACK(4:00) <unsub a> "
            "UNSUBACK(5:00) <sub c q1> SUBACK(6:01)");
    rig_unsubscribe(&r, 7, "c");
    buf_clear(&r.log);
    rig_subscribe(&r, 8, "abc", 1);
    rig_subscribe(&r, 9, "abcd", 1);
    rig_expect(&r, "<sub abc q1> SUBACK(8:01) SUBACK(9:8f)");
}

static void lower_qos_wins(void **state)
{
    for (unsigned granted = 0; granted <= 2; granted++)
        for (unsigned qos = 0; qos <= 2; qos++) {
            AUTO_RIG r;
            start(&r, MQTT_3_1_1);
            rig_subscribe(&r, 1, "a", granted);
            buf_clear(&r.log);
            rig_deliver(&r, "a", "x", qos);
            unsigned least = granted < qos ? granted : qos;
            char expected[60];
            snprintf(expected, sizeof expected, least ? "PUBLISH(a,'x',q%u,id1)" : "PUBLISH(a,'x',q%u)",
                     least);
            rig_expect(&r, expected);
        }
}

static void overlapping_subscriptions_and_identifiers(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_hex(&r, "82 0b 0001 02 0b 05 0003 'a/+' 01");
    rig_hex(&r, "82 0e 0002 05 0b ffffff7f 0003 'a/#' 00");
    rig_hex(&r, "82 07 0003 00 0001 '#' 00");
    rig_expect(&r, "<sub a/+ q1> SUBACK(1:01) <sub a/# q0> SUBACK(2:00) <sub # q0> SUBACK(3:00)");
    rig_deliver(&r, "a/b", "x", 2);
    rig_deliver(&r, "a", "y", 2);
    rig_deliver(&r, "b", "z", 2);
    rig_expect(
        &r, "PUBLISH(a/b,'x',q1,id1,sub=5,sub=268435455) PUBLISH(a,'y',q0,sub=268435455) PUBLISH(b,'z',q0)");
    rig_hex(&r, "82 09 0004 00 0003 'a/#' 01"); /* renewed without an identifier */
    rig_deliver(&r, "a", "y", 2);
    rig_expect(&r, "<sub a/# q1> SUBACK(4:01) PUBLISH(a,'y',q1,id2)");
}

/* Identifiers at the edges of the Variable Byte Integer's lengths: the room counted is the room used. */
static void subscription_identifiers_of_every_length(void **state)
{
    static const uint32_t ids[] = {1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        AUTO_RIG r;
        AUTO_BUF list = {0}, filter = {0};
        start(&r, MQTT_5_0);
        mqtt_subscription_identifier_append(&list, ids[i]);
        const struct mqtt_subscription entry = {.filter = SLICE("a")};
        mqtt_filter_append(&filter, MQTT_5_0, true, &entry);
        struct mqtt_packet p = {.type = MQTT_SUBSCRIBE, .list = {.packet_id = 1, .raw = buf_slice(&filter)}};
        p.list.properties.raw = buf_slice(&list);
        rig_send(&r, MQTT_5_0, &p);
        buf_clear(&r.log);
        struct delivery d = {.topic = SLICE("a"), .user_properties = SLICE("\x26\x00\x01k\x00\x01v")};
        assert_int_equal(session_deliver(&r.s, &d, r.now, &r.out), DELIVERY_SENT);
        char expected[60];
        snprintf(expected, sizeof expected, "PUBLISH(a,'',q0,sub=%u,k=v)", (unsigned)ids[i]);
        rig_expect(&r, expected);
    }
}

static void shared_subscription_behind_another(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_hex(&r, "82 14 0001 00 0001 'a' 00 000a '$share/g/a' 00");
    rig_expect(&r, "DISCONNECT(9e) <closing 9e>");
}

static void properties_of_a_delivery(void **state)
{
    AUTO_BUF user = {0};
    mqtt_user_property_append(&user, SLICE("k"), SLICE("v"));
    struct delivery d = {
        .topic = SLICE("a"),
        .payload = SLICE("x"),
        .qos = 1,
        .is_utf8 = true,
        .expiry_s = 60,
        .content_type = SLICE("json"),
        .response_topic = SLICE("r"),
        .correlation_data = SLICE("77"),
        .user_properties = buf_slice(&user),
    };
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_hex(&r, "82 09 0001 02 0b 05 0001 'a' 01");
    buf_clear(&r.log);
    assert_int_equal(session_deliver(&r.s, &d, r.now, &r.out), DELIVERY_SENT);
    rig_expect(&r, "PUBLISH(a,'x',q1,id1,expiry=60,utf8,type=json,reply=r,corr=77,sub=5,k=v)");
    AUTO_RIG old;
    start(&old, MQTT_3_1_1);
    rig_subscribe(&old, 1, "a", 1);
    buf_clear(&old.log);
    assert_int_equal(session_deliver(&old.s, &d, old.now, &old.out), DELIVERY_SENT);
    rig_expect(&old, "PUBLISH(a,'x',q1,id1)");
}

static void delivery_when_subscribed(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.delivery_on_subscribed = "rpc/1";
    rig_subscribe(&r, 1, "rpc/+", 1);
    rig_expect(&r, "<sub rpc/+ q1> SUBACK(1:01) PUBLISH(rpc/1,'waited',q1,id1)");
}

static void receive_maximum_of_the_client(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect_5(&r, "c", true, "21 0002");
    rig_subscribe(&r, 1, "#", 2);
    buf_clear(&r.log);
    assert_int_equal(rig_deliver(&r, "a", "1", 1), DELIVERY_SENT);
    assert_int_equal(rig_deliver(&r, "a", "2", 2), DELIVERY_SENT);
    assert_int_equal(rig_deliver(&r, "a", "3", 1), DELIVERY_QUEUED);
    assert_int_equal(rig_deliver(&r, "a", "4", 0), DELIVERY_QUEUED); /* keeps its place */
    assert_int_equal(rig_deliver(&r, "a", "5", 2), DELIVERY_QUEUED);
    rig_expect(&r, "PUBLISH(a,'1',q1,id1) PUBLISH(a,'2',q2,id2)");
    rig_ack(&r, MQTT_PUBREC, 2, 0);
    rig_expect(&r, "PUBREL(2)");
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    rig_expect(&r, "PUBLISH(a,'3',q1,id3) PUBLISH(a,'4',q0)");
    rig_ack(&r, MQTT_PUBCOMP, 2, 0);
    rig_expect(&r, "PUBLISH(a,'5',q2,id4)");
    rig_ack(&r, MQTT_PUBREC, 4, 0x97); /* refused: over */
    rig_ack(&r, MQTT_PUBACK, 3, 0x10);
    rig_expect(&r, "");
    assert_int_equal(rig_deliver(&r, "a", "6", 1), DELIVERY_SENT);
    assert_int_equal(rig_deliver(&r, "a", "7", 1), DELIVERY_SENT);
    assert_int_equal(rig_deliver(&r, "a", "8", 1), DELIVERY_QUEUED);
}

static void our_own_outbound_limit_holds_for_3_x(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_outbound = 1;
    rig_connect(&r, MQTT_3_1_1, "c", true);
    rig_subscribe(&r, 1, "#", 1);
    assert_int_equal(rig_deliver(&r, "a", "1", 1), DELIVERY_SENT);
    assert_int_equal(rig_deliver(&r, "a", "2", 1), DELIVERY_QUEUED);
    buf_clear(&r.log);
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    rig_expect(&r, "PUBLISH(a,'2',q1,id2)");
}

static void acknowledgements_that_do_not_fit(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_ack(&r, MQTT_PUBACK, 9, 0);
    rig_ack(&r, MQTT_PUBCOMP, 9, 0);
    rig_expect(&r, "");
    rig_ack(&r, MQTT_PUBREC, 9, 0);
    rig_expect(&r, "PUBREL(9,92)");
    static const struct {
        unsigned qos;
        enum mqtt_type type;
    } rows[] = {{2, MQTT_PUBACK}, {1, MQTT_PUBREC}, {1, MQTT_PUBCOMP}, {2, MQTT_PUBCOMP}};
    for (size_t i = 0; i < 4; i++) {
        AUTO_RIG bad;
        start(&bad, MQTT_5_0);
        rig_subscribe(&bad, 1, "#", 2);
        rig_deliver(&bad, "a", "x", rows[i].qos);
        buf_clear(&bad.log);
        rig_ack(&bad, rows[i].type, 1, 0);
        rig_expect(&bad, "DISCONNECT(82) <closing 82>");
    }
    AUTO_RIG old;
    start(&old, MQTT_3_1_1);
    rig_ack(&old, MQTT_PUBREC, 9, 0);
    rig_expect(&old, "PUBREL(9)");
}

static void pubrec_twice(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_subscribe(&r, 1, "#", 2);
    rig_deliver(&r, "a", "x", 2);
    buf_clear(&r.log);
    rig_ack(&r, MQTT_PUBREC, 1, 0);
    rig_ack(&r, MQTT_PUBREC, 1, 0);
    rig_ack(&r, MQTT_PUBCOMP, 1, 0);
    rig_expect(&r, "PUBREL(1) PUBREL(1)");
}

static void resend_on_resume(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "");
    rig_subscribe(&r, 1, "#", 2);
    rig_deliver(&r, "a", "1", 1);
    rig_deliver(&r, "a", "2", 2);
    rig_deliver(&r, "a", "3", 2);
    rig_deliver(&r, "a", "4", 1);
    rig_ack(&r, MQTT_PUBREC, 2, 0);
    rig_ack(&r, MQTT_PUBACK, 4, 0);
    assert_true(rig_detach(&r));
    rig_restart(&r);
    start_kept(&r, ""); /* and once more: what was sent again is not lost */
    assert_true(rig_detach(&r));
    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a,'1',q1,id1,dup) PUBREL(2) PUBLISH(a,'3',q2,id3,dup)");
    rig_ack(&r, MQTT_PUBCOMP, 2, 0);
    rig_ack(&r, MQTT_PUBREC, 3, 0);
    rig_ack(&r, MQTT_PUBCOMP, 3, 0);
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    rig_expect(&r, "PUBREL(3)");
    rig_deliver(&r, "a", "5", 1); /* identifiers go on, the subscription is still there */
    rig_expect(&r, "PUBLISH(a,'5',q1,id5)");
}

static void resend_keeps_to_a_smaller_quota(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "");
    rig_subscribe(&r, 1, "#", 2);
    for (unsigned i = 0; i < 4; i++)
        rig_deliver(&r, "a", "x", 1);
    assert_true(rig_detach(&r));
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064 21 0001");
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a,'x',q1,id1,dup)");
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    rig_ack(&r, MQTT_PUBACK, 2, 0);
    rig_expect(&r, "PUBLISH(a,'x',q1,id2,dup) PUBLISH(a,'x',q1,id3,dup)");
    rig_deliver(&r, "a", "new", 1);
    rig_ack(&r, MQTT_PUBACK, 3, 0);
    rig_ack(&r, MQTT_PUBACK, 4, 0);
    rig_expect(&r, "PUBLISH(a,'x',q1,id4,dup) PUBLISH(a,'new',q1,id5)");
}

static enum delivery_result queue(struct rig *r, const char *topic, const char *payload, unsigned qos,
                                  uint32_t expiry_s)
{
    struct delivery d = {
        .topic = slice_str(topic), .payload = slice_str(payload), .qos = (uint8_t)qos, .expiry_s = expiry_s};
    return session_state_queue(r->stored, &d, &r->limits, r->now);
}

static void queue_while_away(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    assert_true(rig_detach(&r));
    assert_int_equal(queue(&r, "b", "x", 1, 0), DELIVERY_UNWANTED);
    assert_int_equal(queue(&r, "a", "1", 1, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "short", 1, 5), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "long", 2, 60), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "zero", 0, 0), DELIVERY_QUEUED);
    r.now += 5001;
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a,'1',q1,id1) PUBLISH(a,'long',q2,id2,expiry=55) "
                   "PUBLISH(a,'zero',q0)");
}

static void full_queue(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_queued = 3;
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    assert_true(rig_detach(&r));
    assert_int_equal(queue(&r, "a", "zero-1", 0, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "one", 1, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "zero-2", 0, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "two", 2, 0), DELIVERY_QUEUED);  /* zero-1 goes */
    assert_int_equal(queue(&r, "a", "last", 1, 0), DELIVERY_QUEUED); /* zero-2 goes */
    assert_int_equal(queue(&r, "a", "too many", 2, 0), DELIVERY_DROPPED);
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_expect(
        &r,
        "<connect c> CONNACK(1,00) PUBLISH(a,'one',q1,id1) PUBLISH(a,'two',q2,id2) PUBLISH(a,'last',q1,id3)");
    assert_int_equal(rig_deliver(&r, "a", "x", 1), DELIVERY_DROPPED); /* three are in flight */
    assert_int_equal(rig_deliver(&r, "a", "x", 0), DELIVERY_SENT);    /* this one is not kept */
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    assert_int_equal(rig_deliver(&r, "a", "x", 1), DELIVERY_SENT);
}

static void expired_messages_make_room(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_queued = 2;
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    rig_deliver(&r, "a", "sent", 1); /* goes its way to the end, whatever it says about expiry */
    assert_true(rig_detach(&r));
    assert_int_equal(queue(&r, "a", "short", 1, 5), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "too many", 1, 0), DELIVERY_DROPPED);
    r.now += 5000;
    assert_int_equal(queue(&r, "a", "new", 1, 0), DELIVERY_QUEUED);
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a,'sent',q1,id1,dup) PUBLISH(a,'new',q1,id2)");
}

static void expiry_does_not_end_what_was_sent(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    struct delivery d = {.topic = SLICE("a"), .payload = SLICE("x"), .qos = 2, .expiry_s = 5};
    assert_int_equal(session_deliver(&r.s, &d, r.now, &r.out), DELIVERY_SENT);
    r.now += 6000;
    assert_true(rig_detach(&r));
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_ack(&r, MQTT_PUBREC, 1, 0);
    rig_ack(&r, MQTT_PUBCOMP, 1, 0);
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a,'x',q2,id1,dup,expiry=0) PUBREL(1)");
}

static void queue_is_bounded_in_bytes(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_queued_bytes = 20;
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    assert_true(rig_detach(&r));
    assert_int_equal(queue(&r, "a", "123456789", 1, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "123456789", 0, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "1234567890123456789X", 2, 0), DELIVERY_DROPPED); /* alone too large */
    assert_int_equal(queue(&r, "a", "123456789", 2, 0), DELIVERY_QUEUED);
    assert_int_equal(queue(&r, "a", "", 2, 0), DELIVERY_DROPPED);
    rig_restart(&r);
    start_kept(&r, "");
    rig_ack(&r, MQTT_PUBREC, 2, 0); /* frees the content */
    assert_int_equal(rig_deliver(&r, "a", "123456789", 1), DELIVERY_SENT);
}

static void larger_than_the_client_takes(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect_5(&r, "c", false, "11 00000064 27 00000020");
    rig_subscribe(&r, 1, "#", 1);
    buf_clear(&r.log);
    assert_int_equal(rig_deliver(&r, "a", "0123456789012345678901234", 1), DELIVERY_DROPPED); /* 33 bytes */
    assert_int_equal(rig_deliver(&r, "a", "012345678901234567890123", 1), DELIVERY_SENT);     /* 32 */
    rig_expect(&r, "PUBLISH(a,'012345678901234567890123',q1,id2)");
    assert_true(rig_detach(&r));
    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 00000064 27 0000001f"); /* now it is too large to send again */
    rig_expect(&r, "<connect c> CONNACK(1,00)");
    assert_int_equal(rig_deliver(&r, "a", "x", 1), DELIVERY_SENT);
}

static void packet_identifiers_wrap_around_those_in_use(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_3_1_1);
    rig_subscribe(&r, 1, "a", 1);
    rig_deliver(&r, "a", "first", 1);
    for (unsigned i = 2; i <= 65535; i++) {
        rig_deliver(&r, "a", "", 1);
        rig_ack(&r, MQTT_PUBACK, i, 0);
        buf_clear(&r.log);
    }
    rig_deliver(&r, "a", "", 1);
    rig_expect(&r, "PUBLISH(a,'',q1,id2)");
}

static void aliases_for_topics_subscribed_to_by_name(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "22 0001"); /* Topic Alias Maximum 1 */
    rig_subscribe(&r, 1, "a/+", 2);
    rig_subscribe(&r, 2, "a/b", 2);
    rig_subscribe(&r, 3, "c", 0);
    buf_clear(&r.log);
    rig_deliver(&r, "a/x", "0", 0); /* matched by a wildcard only */
    rig_deliver(&r, "a/b", "1", 1);
    rig_deliver(&r, "a/b", "2", 2);
    rig_deliver(&r, "a/b", "3", 0);
    rig_deliver(&r, "c", "4", 0); /* no number is left for it */
    rig_expect(&r, "PUBLISH(a/x,'0',q0) PUBLISH(a/b,'1',q1,id1,alias=1) PUBLISH(,'2',q2,id2,alias=1) "
                   "PUBLISH(,'3',q0,alias=1) PUBLISH(c,'4',q0)");
    assert_true(rig_detach(&r)); /* [MQTT-3.3.2-7] */
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064 22 0001");
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a/b,'1',q1,id1,dup,alias=1) "
                   "PUBLISH(,'2',q2,id2,dup,alias=1)");
    assert_true(rig_detach(&r));
    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 00000064"); /* [MQTT-3.1.2-27]: none this time */
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a/b,'1',q1,id1,dup) PUBLISH(a/b,'2',q2,id2,dup)");
}

/* A message that fits only without a new alias goes without; one that fits only with a known alias goes with it. */
static void aliases_and_the_maximum_packet_size(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect_5(&r, "c", true, "22 0005 27 00000018"); /* 24 bytes */
    rig_subscribe(&r, 1, "abcd", 0);
    buf_clear(&r.log);
    rig_deliver(&r, "abcd", "fits in twenty1", 0);
    rig_deliver(&r, "abcd", "short", 0);
    rig_deliver(&r, "abcd", "fits in 24 bytes", 0);
    assert_int_equal(rig_deliver(&r, "abcd", "fits in nothing...", 0), DELIVERY_DROPPED);
    rig_expect(&r, "PUBLISH(abcd,'fits in twenty1',q0) PUBLISH(abcd,'short',q0,alias=1) "
                   "PUBLISH(,'fits in 24 bytes',q0,alias=1)");
}

static void unsubscribing_lets_what_was_sent_finish(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    rig_deliver(&r, "a", "1", 1);
    rig_deliver(&r, "a", "2", 2);
    rig_unsubscribe(&r, 2, "a");
    buf_clear(&r.log);
    assert_int_equal(rig_deliver(&r, "a", "3", 1), DELIVERY_UNWANTED); /* [MQTT-3.10.4-2] */
    rig_ack(&r, MQTT_PUBREC, 2, 0);
    rig_expect(&r, "PUBREL(2)");
    assert_true(rig_detach(&r));
    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a,'1',q1,id1,dup) PUBREL(2)");
}

/* [MQTT-4.4.0-2]: a client that refuses a message has had it. */
static void refused_deliveries_are_not_sent_again(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    start_kept(&r, "");
    rig_subscribe(&r, 1, "a", 2);
    rig_deliver(&r, "a", "1", 1);
    rig_deliver(&r, "a", "2", 2);
    rig_ack(&r, MQTT_PUBACK, 1, 0x83);
    rig_ack(&r, MQTT_PUBREC, 2, 0x97);
    assert_true(rig_detach(&r));
    rig_restart(&r);
    buf_clear(&r.log);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_expect(&r, "<connect c> CONNACK(1,00)");
}

static void take_over(void **state)
{
    AUTO_RIG old, new;
    rig_init(&old);
    rig_init(&new);
    start_kept(&old, "");
    rig_subscribe(&old, 1, "a", 1);
    rig_deliver(&old, "a", "x", 1);
    buf_clear(&old.log);
    rig_close(&old, 0x8e);
    rig_expect(&old, "DISCONNECT(8e) <closing 8e>");
    struct delivery d = {.topic = SLICE("a"), .payload = SLICE("late"), .qos = 1};
    assert_int_equal(session_deliver(&old.s, &d, old.now, &old.out), DELIVERY_QUEUED);
    new.stored = session_detach(&old.s, old.now);
    assert_non_null(new.stored);
    assert_int_equal(session_deliver(&old.s, &d, old.now, &old.out), DELIVERY_UNWANTED);
    rig_connect(&new, MQTT_3_1_1, "c", false); /* even in another version */
    rig_expect(&new, "<connect c> CONNACK(1,00) PUBLISH(a,'x',q1,id1,dup) PUBLISH(a,'late',q1,id2)");
}

static void tags_come_back_when_the_client_has_the_message(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_subscribe(&r, 1, "a", 2);
    buf_clear(&r.log);
    rig_deliver_tagged(&r, 5, "a", 0);
    rig_expect(&r, "<acknowledged 5> PUBLISH(a,'x',q0)");
    buf_clear(&r.log);
    rig_deliver_tagged(&r, 6, "a", 1);
    rig_deliver_tagged(&r, 7, "a", 2);
    rig_deliver_tagged(&r, 8, "a", 1);
    buf_clear(&r.log);
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    rig_ack(&r, MQTT_PUBREC, 2, 0);
    rig_ack(&r, MQTT_PUBCOMP, 2, 0);   /* told once */
    rig_ack(&r, MQTT_PUBACK, 3, 0x80); /* refused */
    rig_expect(&r, "<acknowledged 6> <acknowledged 7> PUBREL(2)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subscribe_in_every_version),
        cmocka_unit_test(several_filters_in_one_packet),
        cmocka_unit_test(what_is_due_needs_no_subscription),
        cmocka_unit_test(refused_subscriptions),
        cmocka_unit_test(refused_subscriptions_are_explained),
        cmocka_unit_test(number_and_length_of_subscriptions),
        cmocka_unit_test(lower_qos_wins),
        cmocka_unit_test(overlapping_subscriptions_and_identifiers),
        cmocka_unit_test(subscription_identifiers_of_every_length),
        cmocka_unit_test(shared_subscription_behind_another),
        cmocka_unit_test(properties_of_a_delivery),
        cmocka_unit_test(delivery_when_subscribed),
        cmocka_unit_test(receive_maximum_of_the_client),
        cmocka_unit_test(our_own_outbound_limit_holds_for_3_x),
        cmocka_unit_test(acknowledgements_that_do_not_fit),
        cmocka_unit_test(pubrec_twice),
        cmocka_unit_test(resend_on_resume),
        cmocka_unit_test(resend_keeps_to_a_smaller_quota),
        cmocka_unit_test(queue_while_away),
        cmocka_unit_test(full_queue),
        cmocka_unit_test(expired_messages_make_room),
        cmocka_unit_test(expiry_does_not_end_what_was_sent),
        cmocka_unit_test(queue_is_bounded_in_bytes),
        cmocka_unit_test(larger_than_the_client_takes),
        cmocka_unit_test(packet_identifiers_wrap_around_those_in_use),
        cmocka_unit_test(aliases_for_topics_subscribed_to_by_name),
        cmocka_unit_test(aliases_and_the_maximum_packet_size),
        cmocka_unit_test(unsubscribing_lets_what_was_sent_finish),
        cmocka_unit_test(refused_deliveries_are_not_sent_again),
        cmocka_unit_test(take_over),
        cmocka_unit_test(tags_come_back_when_the_client_has_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
