/* Messages from the client: QoS 0 to 2, duplicates, aliases, back-pressure, limits. */
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

static void qos_0_1_2_in_every_version(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        start(&r, versions[i]);
        rig_publish(&r, "a/b", "zero", 0, 0);
        rig_publish(&r, "a/b", "one", 1, 1);
        rig_publish(&r, "a/b", "two", 2, 2);
        rig_ack(&r, MQTT_PUBREL, 2, 0);
        rig_expect(&r,
                   "<a/b 'zero' q0> <a/b 'one' q1 id1> PUBACK(1) <a/b 'two' q2 id2> PUBREC(2) PUBCOMP(2)");
    }
}

static void answers_may_come_later(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.is_publish_held = true;
    rig_publish(&r, "a", "1", 1, 1);
    rig_publish(&r, "a", "2", 2, 2);
    rig_publish(&r, "a", "3", 1, 3);
    rig_expect(&r, "<a '1' q1 id1> <a '2' q2 id2> <a '3' q1 id3>");
    rig_done(&r, 1, 1, 0);
    rig_done(&r, 2, 2, 0);
    rig_done(&r, 3, 1, 0);
    rig_expect(&r, "PUBACK(1) PUBREC(2) PUBACK(3)");
}

static void retain_is_handed_on(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_hex(&r, "33 07 0001 'a' 0001 00 'x'");
    rig_expect(&r, "<a 'x' q1 id1 retain> PUBACK(1)");
}

static void qos_2_is_delivered_once(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        start(&r, versions[i]);
        r.is_publish_held = true;
        rig_publish(&r, "a", "x", 2, 7);
        rig_publish(&r, "a", "x", 2, 7); /* not answered yet: no PUBREC, no second delivery */
        rig_expect(&r, "<a 'x' q2 id7>");
        rig_done(&r, 7, 2, 0);
        rig_publish(&r, "a", "x", 2, 7);
        rig_expect(&r, "PUBREC(7) PUBREC(7)");
        rig_ack(&r, MQTT_PUBREL, 7, 0);
        rig_expect(&r, "PUBCOMP(7)");
        r.is_publish_held = false;
        rig_publish(&r, "a", "y", 2, 7); /* the identifier is free again */
        rig_expect(&r, "<a 'y' q2 id7> PUBREC(7)");
    }
}

/* [MQTT-4.3.2-5], [MQTT-4.3.3-12]: whatever DUP says. */
static void an_acknowledged_identifier_stands_for_a_new_message(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_hex(&r, "32 07 0001 'a' 0007 00 '1'");
    rig_hex(&r, "3a 07 0001 'a' 0007 00 '2'"); /* DUP */
    rig_hex(&r, "34 07 0001 'a' 0007 00 '3'");
    rig_ack(&r, MQTT_PUBREL, 7, 0);
    rig_hex(&r, "3c 07 0001 'a' 0007 00 '4'"); /* DUP */
    rig_expect(&r,
               "<a '1' q1 id7> PUBACK(7) <a '2' q1 id7 dup> PUBACK(7) <a '3' q2 id7> PUBREC(7) PUBCOMP(7) "
               "<a '4' q2 id7 dup> PUBREC(7)");
}

static void pubrel_of_an_unknown_identifier(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_ack(&r, MQTT_PUBREL, 9, 0);
    rig_expect(&r, "PUBCOMP(9,92)");
    AUTO_RIG old;
    start(&old, MQTT_3_1_1);
    rig_ack(&old, MQTT_PUBREL, 9, 0);
    rig_expect(&old, "PUBCOMP(9)");
}

static void pubrel_before_pubrec(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.is_publish_held = true;
    rig_publish(&r, "a", "x", 2, 7);
    rig_ack(&r, MQTT_PUBREL, 7, 0);
    rig_expect(&r, "<a 'x' q2 id7> DISCONNECT(82) <closing 82>");
    rig_done(&r, 7, 2, 0); /* too late: ignored */
    rig_expect(&r, "");
}

static void refused_publishes(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.publish_reason = 0x99;
    r.publish_text = "no JSON";
    rig_publish(&r, "a", "x", 1, 1);
    rig_publish(&r, "a", "x", 2, 2);
    rig_publish(&r, "a", "y", 2, 2); /* the identifier was freed by the refusal */
    rig_ack(&r, MQTT_PUBREL, 2, 0);
    rig_expect(&r,
               "<a 'x' q1 id1> PUBACK(1,99,'no JSON') <a 'x' q2 id2> PUBREC(2,99,'no JSON') <a 'y' q2 id2> "
               "PUBREC(2,99,'no JSON') PUBCOMP(2,92)");
    r.publish_reason = 0x8d; /* no code for PUBACK */
    rig_publish(&r, "a", "x", 1, 1);
    rig_expect(&r, "<a 'x' q1 id1> PUBACK(1,80,'no JSON')");
    r.publish_reason = 0x10;
    r.publish_text = "\xff no UTF-8";
    rig_publish(&r, "a", "x", 1, 1);
    rig_expect(&r, "<a 'x' q1 id1> PUBACK(1,10)");
    for (unsigned qos = 1; qos <= 2; qos++) {
        AUTO_RIG old;
        start(&old, MQTT_3_1_1);
        old.publish_reason = 0x99;
        rig_publish(&old, "a", "x", qos, 1);
        rig_expect(&old, qos == 1 ? "<a 'x' q1 id1> <closing 99>" : "<a 'x' q2 id1> <closing 99>");
    }
}

static void reason_strings_only_for_who_wants_them(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.publish_reason = 0x99;
    r.publish_text = "no JSON";
    rig_connect_5(&r, "c", true, "17 00");
    rig_publish(&r, "a", "x", 1, 1);
    rig_expect(&r, "<connect c> CONNACK(0,00) <a 'x' q1 id1> PUBACK(1,99)");
}

static void receive_maximum_of_5_0(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_inflight = 2;
    rig_connect(&r, MQTT_5_0, "c", true);
    r.is_publish_held = true;
    rig_publish(&r, "a", "1", 1, 1);
    rig_publish(&r, "a", "2", 2, 2);
    rig_publish(&r, "a", "0", 0, 0); /* does not count */
    rig_done(&r, 1, 1, 0);
    rig_done(&r, 2, 2, 0);
    rig_publish(&r, "a", "3", 1, 3); /* 2 counts until PUBCOMP */
    rig_done(&r, 3, 1, 0);
    rig_ack(&r, MQTT_PUBREL, 2, 0);
    rig_publish(&r, "a", "4", 1, 4);
    rig_publish(&r, "a", "5", 1, 5);
    buf_clear(&r.log);
    rig_publish(&r, "a", "6", 1, 6);
    rig_expect(&r, "DISCONNECT(93) <closing 93>");
}

static void receive_maximum_counts_qos_2(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_inflight = 1;
    rig_connect(&r, MQTT_5_0, "c", true);
    rig_publish(&r, "a", "1", 2, 1);
    buf_clear(&r.log);
    rig_publish(&r, "a", "2", 2, 2);
    rig_expect(&r, "DISCONNECT(93) <closing 93>");
}

static void refusals_give_the_quota_back(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_inflight = 1;
    rig_connect(&r, MQTT_5_0, "c", true);
    r.publish_reason = 0x87;
    for (unsigned i = 1; i < 100; i++)
        rig_publish(&r, "a", "x", i % 2 ? 1 : 2, i);
    assert_true(session_is_open(&r.s));
}

static void back_pressure_on_3_x(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_inflight = 2;
    rig_connect(&r, MQTT_3_1_1, "c", true);
    rig_expect(&r, "<connect c> CONNACK(0,00)");
    r.is_publish_held = true;
    AUTO_BUF in = {0};
    hex_append(&in, "32 05 0001 'a' 0001 32 05 0001 'a' 0002 32 05 0001 'a' 0003 c0 00");
    assert_int_equal(rig_feed(&r, buf_slice(&in)), 14);
    assert_false(session_wants_input(&r.s));
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 14)), 0);
    rig_done(&r, 1, 1, 0);
    assert_true(session_wants_input(&r.s));
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 14)), 7);
    rig_done(&r, 2, 1, 0);
    rig_done(&r, 3, 1, 0);
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 21)), 2);
    rig_expect(&r, "<a '' q1 id1> <a '' q1 id2> PUBACK(1) <a '' q1 id3> PUBACK(2) PUBACK(3) PINGRESP");
}

static void pause_stops_behind_the_packet(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    r.is_pausing = true;
    AUTO_BUF in = {0};
    hex_append(&in, "30 04 0001 'a' 00 30 04 0001 'b' 00 c0 00");
    assert_int_equal(rig_feed(&r, buf_slice(&in)), 6);
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 6)), 0);
    session_resume_reading(&r.s);
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 6)), 6);
    r.is_pausing = false;
    session_resume_reading(&r.s);
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 12)), 2);
    rig_expect(&r, "<a '' q0> <b '' q0> PINGRESP");
}

static void limits_of_publish(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        rig_init(&r);
        r.limits.max_payload = 4;
        r.limits.max_topic = 3;
        rig_connect(&r, versions[i], "c", true);
        rig_publish(&r, "abc", "1234", 1, 1);
        rig_expect(&r, "<connect c> CONNACK(0,00) <abc '1234' q1 id1> PUBACK(1)");
        rig_publish(&r, "abc", "12345", 1, 2);
        bool is_5 = versions[i] == MQTT_5_0;
        rig_expect(&r, is_5 ? "DISCONNECT(95) <closing 95>" : "<closing 95>");
        rig_restart(&r);
        rig_connect(&r, versions[i], "c", true);
        buf_clear(&r.log);
        rig_publish(&r, "abcd", "1", 0, 0);
        rig_expect(&r, is_5 ? "DISCONNECT(90) <closing 90>" : "<closing 90>");
        rig_restart(&r);
        r.limits.max_packet = 40;
        rig_connect(&r, versions[i], "c", true);
        buf_clear(&r.log);
        rig_hex(&r, "30 27");
        rig_expect(&r, is_5 ? "DISCONNECT(95) <closing 95>" : "<closing 95>");
    }
}

static void qos_2_identifiers_are_bounded(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_qos2_ids = 20;
    rig_connect(&r, MQTT_3_1_1, "c", true);
    for (unsigned id = 1; id <= 20; id++)
        rig_publish(&r, "a", "x", 2, id);
    rig_publish(&r, "a", "x", 2, 20);
    assert_true(session_is_open(&r.s));
    buf_clear(&r.log);
    rig_publish(&r, "a", "x", 2, 21);
    rig_expect(&r, "<closing 97>");
}

static void topic_aliases(void **state)
{
    AUTO_RIG r;
    start(&r, MQTT_5_0);
    rig_hex(&r, "30 0a 0003 'a/b' 03 23 0001 '1'");
    rig_hex(&r, "30 07 0000 03 23 0001 '2'");
    rig_hex(&r, "32 09 0000 0005 03 23 0001 '3'");
    rig_hex(&r, "30 08 0001 'c' 03 23 0010 '4'");
    rig_hex(&r, "30 08 0001 'd' 03 23 0001 '5'"); /* a new topic for it */
    rig_hex(&r, "30 07 0000 03 23 0001 '6'");
    rig_hex(&r, "30 07 0000 03 23 0010 '7'");
    rig_expect(
        &r,
        "<a/b '1' q0> <a/b '2' q0> <a/b '3' q1 id5> PUBACK(5) <c '4' q0> <d '5' q0> <d '6' q0> <c '7' q0>");
    rig_hex(&r, "30 07 0000 03 23 0002 '8'");
    rig_expect(&r, "DISCONNECT(82) <closing 82>");
    rig_restart(&r); /* aliases end with the connection [MQTT-3.3.2-7] */
    rig_connect(&r, MQTT_5_0, "c", true);
    buf_clear(&r.log);
    rig_hex(&r, "30 07 0000 03 23 0001 '6'");
    rig_expect(&r, "DISCONNECT(82) <closing 82>");
    r.limits.max_topic_alias = 0;
    rig_restart(&r);
    rig_connect(&r, MQTT_5_0, "c", true);
    buf_clear(&r.log);
    rig_hex(&r, "30 08 0001 'a' 03 23 0001 '6'");
    rig_expect(&r, "DISCONNECT(94) <closing 94>");
}

static void qos_2_across_connections(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        rig_init(&r);
        const char *expiry = "11 00000064";
        if (versions[i] == MQTT_5_0)
            rig_connect_5(&r, "c", false, expiry);
        else
            rig_connect(&r, versions[i], "c", false);
        rig_publish(&r, "a", "answered", 2, 1);
        r.is_publish_held = true;
        rig_publish(&r, "a", "not answered", 2, 2);
        r.is_publish_held = false;
        assert_true(rig_detach(&r));
        rig_restart(&r);
        buf_clear(&r.log);
        if (versions[i] == MQTT_5_0)
            rig_connect_5(&r, "c", false, expiry);
        else
            rig_connect(&r, versions[i], "c", false);
        rig_expect(&r, versions[i] == MQTT_3_1 ? "<connect c> CONNACK(0,00)" : "<connect c> CONNACK(1,00)");
        rig_publish(&r, "a", "answered", 2, 1);
        rig_publish(&r, "a", "not answered", 2, 2);
        rig_ack(&r, MQTT_PUBREL, 1, 0);
        rig_ack(&r, MQTT_PUBREL, 2, 0);
        rig_expect(&r, "PUBREC(1) <a 'not answered' q2 id2> PUBREC(2) PUBCOMP(1) PUBCOMP(2)");
    }
}

/* Identifiers of an earlier connection do not count against the quota of the new one. */
static void resumed_identifiers_and_the_quota(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_inflight = 2;
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_publish(&r, "a", "x", 2, 1);
    rig_publish(&r, "a", "x", 2, 2);
    assert_true(rig_detach(&r));
    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 00000064");
    rig_publish(&r, "a", "x", 2, 3);
    rig_publish(&r, "a", "x", 2, 4);
    assert_true(session_is_open(&r.s));
    rig_ack(&r, MQTT_PUBREL, 1, 0);
    rig_ack(&r, MQTT_PUBREL, 2, 0);
    buf_clear(&r.log);
    rig_ack(&r, MQTT_PUBREL, 3, 0);
    rig_ack(&r, MQTT_PUBREL, 4, 0);
    rig_expect(&r, "PUBCOMP(3) PUBCOMP(4)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qos_0_1_2_in_every_version),
        cmocka_unit_test(answers_may_come_later),
        cmocka_unit_test(retain_is_handed_on),
        cmocka_unit_test(qos_2_is_delivered_once),
        cmocka_unit_test(an_acknowledged_identifier_stands_for_a_new_message),
        cmocka_unit_test(pubrel_of_an_unknown_identifier),
        cmocka_unit_test(pubrel_before_pubrec),
        cmocka_unit_test(refused_publishes),
        cmocka_unit_test(reason_strings_only_for_who_wants_them),
        cmocka_unit_test(receive_maximum_of_5_0),
        cmocka_unit_test(receive_maximum_counts_qos_2),
        cmocka_unit_test(refusals_give_the_quota_back),
        cmocka_unit_test(back_pressure_on_3_x),
        cmocka_unit_test(pause_stops_behind_the_packet),
        cmocka_unit_test(limits_of_publish),
        cmocka_unit_test(qos_2_identifiers_are_bounded),
        cmocka_unit_test(topic_aliases),
        cmocka_unit_test(qos_2_across_connections),
        cmocka_unit_test(resumed_identifiers_and_the_quota),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
