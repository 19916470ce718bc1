/* CONNECT to the end: answers, refusals, deadlines, the will, limits of the packet loop. */
#include "hex.h"
#include "rig.h"

#include <stdio.h>

static const enum mqtt_version versions[] = {MQTT_3_1, MQTT_3_1_1, MQTT_5_0};

static void connects_in_every_version(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        rig_init(&r);
        rig_connect(&r, versions[i], "c1", true);
        rig_expect(&r, "<connect c1> CONNACK(0,00)");
        assert_true(session_is_open(&r.s));
        assert_int_equal(session_version(&r.s), versions[i]);
        rig_hex(&r, "c0 00");
        rig_expect(&r, "PINGRESP");
        rig_disconnect(&r);
        rig_expect(&r, "<closing 00>");
        assert_false(session_is_open(&r.s));
        assert_false(rig_detach(&r));
    }
}

static void connack_tells_the_limits(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_inflight = 5;
    r.is_connect_held = true;
    rig_connect(&r, MQTT_5_0, "c1", true);
    session_accept(&r.s, NULL, NULL, r.now, &r.out);
    struct mqtt_packet p;
    uint8_t reason;
    assert_int_equal(mqtt_decode(buf_slice(&r.out), MQTT_5_0, &p, &reason, NULL), ERR_OK);
    const struct mqtt_properties *props = &p.connack.properties;
    assert_int_equal(props->receive_maximum, 5);
    assert_int_equal(props->maximum_packet_size, 256 * 1024);
    assert_int_equal(props->topic_alias_maximum, 16);
    assert_true(mqtt_has(props, MQTT_SHARED_SUBSCRIPTION_AVAILABLE));
    assert_int_equal(props->shared_subscription_available, 0);
    assert_false(mqtt_has(props, MQTT_RETAIN_AVAILABLE));
    assert_false(mqtt_has(props, MQTT_SERVER_KEEP_ALIVE));
    assert_false(mqtt_has(props, MQTT_ASSIGNED_CLIENT_IDENTIFIER));
}

static void refusals_in_every_version(void **state)
{
    static const struct {
        uint8_t reason, code_3, code_5;
    } rows[] = {
        {0x84, 1, 0x84}, {0x85, 2, 0x85}, {0x88, 3, 0x88}, {0x86, 4, 0x86}, {0x87, 5, 0x87},
        {0x8e, 3, 0x80}, {0x10, 3, 0x80}, {0x8b, 3, 0x88}, {0x98, 5, 0x87},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t v = 0; v < 3; v++) {
            AUTO_RIG r;
            rig_init(&r);
            r.connect_reason = rows[i].reason;
            rig_connect(&r, versions[v], "c1", true);
            char expected[80];
            unsigned code = versions[v] == MQTT_5_0 ? rows[i].code_5 : rows[i].code_3;
            snprintf(expected, sizeof expected, "<connect c1> CONNACK(0,%02x) <closing %02x>", code,
                     (unsigned)rows[i].reason);
            rig_expect(&r, expected);
            assert_false(rig_detach(&r));
        }
}

static struct mqtt_packet only_packet(struct rig *r)
{
    struct mqtt_packet p;
    uint8_t reason;
    assert_int_equal(mqtt_decode(buf_slice(&r->out), MQTT_5_0, &p, &reason, NULL), ERR_OK);
    return p;
}

static void reasons_are_told_in_words(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.is_connect_held = true;
    rig_connect_5(&r, "c1", true, "17 00"); /* CONNACK and DISCONNECT may have them all the same */
    r.out.limit = 1000;                     /* keeps the log from taking the packet */
    session_refuse(&r.s, MQTT_REASON_NOT_AUTHORIZED, "the certificate expired", &r.out);
    struct mqtt_packet p = only_packet(&r);
    assert_true(slice_eq_str(p.connack.properties.reason_string, "the certificate expired"));
    rig_restart(&r);
    rig_connect_5(&r, "c1", true, "17 00");
    session_accept(&r.s, NULL, NULL, r.now, &r.out);
    buf_clear(&r.out);
    session_close(&r.s, MQTT_REASON_ADMINISTRATIVE_ACTION, "the device was deleted", &r.out);
    p = only_packet(&r);
    assert_true(slice_eq_str(p.farewell.properties.reason_string, "the device was deleted"));
}

static void answer_may_come_later(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.is_connect_held = true;
    AUTO_BUF in = {0};
    hex_append(&in, "10 0d 0004 'MQTT' 04 02 003c 0001 'c' c0 00 30 04 0001 'a' 31");
    assert_int_equal(rig_feed(&r, buf_slice(&in)), 15);
    rig_expect(&r, "<connect c>");
    assert_false(session_wants_input(&r.s));
    assert_true(session_deadline(&r.s) == UINT64_MAX);
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 15)), 0);
    rig_accept(&r);
    rig_expect(&r, "CONNACK(0,00)");
    assert_true(session_wants_input(&r.s));
    assert_int_equal(rig_feed(&r, slice_skip(buf_slice(&in), 15)), 8);
    rig_expect(&r, "PINGRESP <a '1' q0>");
    rig_accept(&r); /* a second answer does nothing */
    session_refuse(&r.s, 0x87, "late", &r.out);
    rig_expect(&r, "");
}

static void close_while_the_owner_thinks(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.is_connect_held = true;
    rig_connect(&r, MQTT_5_0, "c1", true);
    rig_close(&r, 0x89);
    rig_expect(&r, "<connect c1> CONNACK(0,89) <closing 89>");
    rig_accept(&r);
    rig_close(&r, 0x89);
    rig_expect(&r, "");
}

static void bad_connects(void **state)
{
    static const struct {
        const char *in, *expected;
    } rows[] = {
        {"30 04 0001 'a' 31", "<closing 82>"},
        {"47", "<closing 82>"}, /* "GET /" */
        {"16 0301", "<closing 82>"},
        {"c0 00", "<closing 82>"},
        {"10 ffffffff", "<closing 81>"},
        {"10 ffffff7f", "<closing 95>"},
        {"10 0d 0004 'HTTP' 04 02 003c 0001 'c'", "<closing 84>"},
        {"10 0d 0004 'MQTT' 03 02 003c 0001 'c'", "CONNACK(0,01) <closing 84>"},
        {"10 0d 0004 'MQTT' 84 02 003c 0001 'c'", "CONNACK(0,01) <closing 84>"},
        {"10 0d 0004 'MQTT' 06 02 003c 0001 'c'", "CONNACK(0,84) <closing 84>"},
        {"10 0d 0004 'MQTT' 04 03 003c 0001 'c'", "<closing 81>"},
        {"10 0e 0004 'MQTT' 05 03 003c 00 0001 'c'", "CONNACK(0,81) <closing 81>"},
        {"10 0c 0004 'MQTT' 04 00 003c 0000", "CONNACK(0,02) <closing 85>"},
        {"10 0e 0006 'MQIsdp' 03 02 003c 0000", "CONNACK(0,02) <closing 85>"},
        {"10 13 0004 'MQTT' 05 02 003c 05 15 0002 'SC' 0001 'c'", "CONNACK(0,8c) <closing 8c>"},
        {"10 11 0004 'MQTT' 05 02 003c 03 21 0000 0001 'c'", "CONNACK(0,82) <closing 82>"},
        {"10 16 0004 'MQTT' 05 06 003c 00 0001 'c' 00 0003 'a/#' 0000", "CONNACK(0,90) <closing 90>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_RIG r;
        rig_init(&r);
        assert_true(rig_hex(&r, rows[i].in) == SIZE_MAX);
        rig_expect(&r, rows[i].expected);
        assert_true(rig_hex(&r, "c0 00") == SIZE_MAX);
        rig_expect(&r, "");
    }
}

static void limits_of_connect(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_client_id = 4;
    rig_connect(&r, MQTT_3_1_1, "12345", true);
    rig_expect(&r, "CONNACK(0,02) <closing 85>");
    rig_restart(&r);
    r.limits.max_payload = 3;
    r.limits.max_topic = 4;
    struct mqtt_packet p = {.type = MQTT_CONNECT,
                            .connect = {.version = MQTT_5_0,
                                        .client_id = SLICE("c"),
                                        .has_will = true,
                                        .will = {.topic = SLICE("t"), .payload = SLICE("1234")}}};
    rig_send(&r, MQTT_5_0, &p);
    rig_expect(&r, "CONNACK(0,95) <closing 95>");
    rig_restart(&r);
    p.connect.will = (struct mqtt_will){.topic = SLICE("12345")};
    rig_send(&r, MQTT_5_0, &p);
    rig_expect(&r, "CONNACK(0,90) <closing 90>");
    rig_restart(&r);
    r.limits.max_connect = 14;
    rig_connect(&r, MQTT_3_1_1, "c", true); /* 15 bytes */
    rig_expect(&r, "<closing 95>");
    rig_restart(&r);
    rig_hex(&r, "10 0f 0004 'MQTT'"); /* not enough to know who asks */
    rig_expect(&r, "<closing 95>");
    rig_restart(&r);
    rig_hex(&r, "10 0f 0004 'MQTT' 05"); /* the rest is not waited for */
    rig_expect(&r, "CONNACK(0,95) <closing 95>");
}

static void empty_client_ids(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect(&r, MQTT_5_0, "", false);
    rig_expect(&r, "<connect assigned> CONNACK(0,00,assigned)");
    assert_int_equal(session_client_id(&r.s).len, 23);
    rig_restart(&r);
    rig_connect(&r, MQTT_3_1_1, "", true);
    rig_expect(&r, "<connect assigned> CONNACK(0,00)");
}

static void what_a_client_may_not_send(void **state)
{
    static const struct {
        const char *in;
        unsigned reason;
    } rows[] = {
        {"10 0e 0004 'MQTT' 05 02 003c 00 0001 'c'", 0x82}, /* second CONNECT */
        {"20 03 00 00 00", 0x82},
        {"90 04 0001 00 00", 0x82},
        {"b0 04 0001 00 00", 0x82},
        {"d0 00", 0x82},
        {"f0 00", 0x82},
        {"f0 06 18 04 15 0001 'm'", 0x82},
        {"00 00", 0x81},
        {"c1 00", 0x81},
        {"30 ffffffff", 0x81},
        {"30 ffffff7f", 0x95},
        {"36 05 0001 'a' 0001", 0x81},
        {"30 05 0002 'a#' 00", 0x90},
        {"30 04 0001 'a' 05", 0x81},
        {"30 07 0001 'a' 02 0b 01 00", 0x82}, /* Subscription Identifier from a client */
        {"30 06 0000 03 23 0001", 0x82},      /* alias without a topic */
        {"30 06 0000 03 23 0011", 0x94},      /* alias above the maximum */
        {"30 07 0001 'a' 03 23 0000", 0x94},
        {"82 05 0001 00 0000", 0x8f},
        {"82 0f 0001 00 0009 '$share/g/' 00", 0x8f},
        {"82 10 0001 00 000a '$share/g/a' 00", 0x9e},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_RIG r;
        rig_init(&r);
        rig_connect(&r, MQTT_5_0, "c1", true);
        rig_expect(&r, "<connect c1> CONNACK(0,00)");
        if (rig_hex(&r, rows[i].in) != SIZE_MAX)
            fail_msg("accepted: %s", rows[i].in);
        char expected[60];
        snprintf(expected, sizeof expected, "DISCONNECT(%02x) <closing %02x>", rows[i].reason,
                 rows[i].reason);
        rig_expect(&r, expected);
    }
}

static void errors_of_3_x_close_without_a_word(void **state)
{
    static const char *const rows[] = {"10 0d 0004 'MQTT' 04 02 003c 0001 'c'",
                                       "d0 00",
                                       "f0 00",
                                       "36 05 0001 'a' 0001",
                                       "30 ffffff7f",
                                       "82 05 0001 0000 00"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_RIG r;
        rig_init(&r);
        rig_connect(&r, MQTT_3_1_1, "c1", true);
        buf_clear(&r.log);
        assert_true(rig_hex(&r, rows[i]) == SIZE_MAX);
        assert_non_null(strstr(buf_cstr(&r.log), "<closing "));
        assert_null(strstr(buf_cstr(&r.log), "DISCONNECT"));
    }
}

/* The same bytes in one piece and in pieces cut at every place give the same log. */
static void split_at_every_byte(void **state)
{
    static const char all[] =
        "10 0e 0004 'MQTT' 05 02 003c 00 0001 'c' 82 09 0001 02 0b 05 0001 '#' 02 32 09 0003 'a/b' 0007 00 "
        "31 34 09 0003 'a/b' 0008 00 32 62 02 0008 a2 06 0009 00 0001 '#' c0 00 e0 01 04";
    AUTO_BUF in = {0};
    hex_append(&in, all);
    AUTO_RIG whole;
    rig_init(&whole);
    rig_feed(&whole, buf_slice(&in));
    rig_expect(&whole,
               "<connect c> CONNACK(0,00) <sub # q2> SUBACK(1:02) <a/b '1' q1 id7> PUBACK(7) "
               "<a/b '2' q2 id8> PUBREC(8) PUBCOMP(8) <unsub #> UNSUBACK(9:00) PINGRESP <closing 04>");
    for (size_t cut = 1; cut < in.len; cut++) {
        AUTO_RIG r;
        rig_init(&r);
        size_t first = rig_feed(&r, slice_of(in.data, cut));
        assert_true(first <= cut);
        rig_feed(&r, slice_skip(buf_slice(&in), first));
        rig_expect(&r,
                   "<connect c> CONNACK(0,00) <sub # q2> SUBACK(1:02) <a/b '1' q1 id7> PUBACK(7) "
                   "<a/b '2' q2 id8> PUBREC(8) PUBCOMP(8) <unsub #> UNSUBACK(9:00) PINGRESP <closing 04>");
    }
}

static void deadlines(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    assert_int_equal(session_deadline(&r.s), 11000);
    rig_deadline(&r, 10999);
    rig_expect(&r, "");
    rig_deadline(&r, 11000);
    rig_expect(&r, "<closing a0>");
    assert_true(session_deadline(&r.s) == UINT64_MAX);

    rig_restart(&r);
    rig_connect(&r, MQTT_5_0, "c1", true); /* keep-alive 60 s */
    assert_int_equal(session_deadline(&r.s), 11000 + 90000);
    r.now = 50000;
    rig_hex(&r, "c0"); /* not a whole packet: proves nothing */
    assert_int_equal(session_deadline(&r.s), 11000 + 90000);
    rig_hex(&r, "c0 00");
    assert_int_equal(session_deadline(&r.s), 50000 + 90000);
    rig_expect(&r, "<connect c1> CONNACK(0,00) PINGRESP");
    rig_deadline(&r, 139999);
    rig_expect(&r, "");
    session_pause_reading(&r.s); /* we do not listen: no verdict */
    rig_deadline(&r, 140000);
    rig_expect(&r, "");
    assert_int_equal(session_deadline(&r.s), 140000 + 90000);
    session_resume_reading(&r.s);
    rig_deadline(&r, 230000);
    rig_expect(&r, "DISCONNECT(8d) <closing 8d>");
}

static void keep_alive_none_and_limited(void **state)
{
    static const char none[] = "10 0e 0004 'MQTT' 05 02 0000 00 0001 'c'";
    AUTO_RIG r;
    rig_init(&r);
    rig_hex(&r, none);
    rig_expect(&r, "<connect c> CONNACK(0,00)");
    assert_true(session_deadline(&r.s) == UINT64_MAX);

    r.limits.max_keep_alive_s = 30;
    rig_restart(&r);
    rig_hex(&r, none);
    rig_expect(&r, "<connect c> CONNACK(0,00,keep=30)");
    assert_int_equal(session_deadline(&r.s), r.now + 45000);
    rig_restart(&r);
    rig_connect(&r, MQTT_5_0, "c", true); /* 60 s */
    rig_expect(&r, "<connect c> CONNACK(0,00,keep=30)");
    rig_restart(&r);
    rig_connect(&r, MQTT_3_1_1, "c", true); /* cannot be told, keeps its own */
    rig_expect(&r, "<connect c> CONNACK(0,00)");
    assert_int_equal(session_deadline(&r.s), r.now + 90000);
}

static void connect_with_will(struct rig *r, enum mqtt_version version)
{
    struct mqtt_packet p = {.type = MQTT_CONNECT,
                            .connect = {.version = version,
                                        .client_id = SLICE("c"),
                                        .clean_start = true,
                                        .has_will = true,
                                        .will = {.topic = SLICE("gone"), .payload = SLICE("bye"), .qos = 1}}};
    mqtt_set(&p.connect.will.properties, MQTT_WILL_DELAY_INTERVAL);
    p.connect.will.properties.will_delay_interval = 9;
    rig_send(r, version, &p);
}

static void will(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        AUTO_RIG r;
        struct mqtt_will w;
        rig_init(&r);
        connect_with_will(&r, versions[i]); /* the connection breaks */
        assert_true(session_take_will(&r.s, &w));
        assert_true(slice_eq_str(w.topic, "gone") && slice_eq_str(w.payload, "bye"));
        assert_int_equal(w.qos, 1);
        assert_false(w.retain);
        assert_int_equal(w.properties.will_delay_interval, versions[i] == MQTT_5_0 ? 9 : 0);
        assert_false(session_take_will(&r.s, &w));

        rig_restart(&r);
        connect_with_will(&r, versions[i]);
        rig_disconnect(&r);
        assert_false(session_take_will(&r.s, &w));

        rig_restart(&r);
        connect_with_will(&r, versions[i]);
        rig_hex(&r, "d0 00"); /* protocol error */
        assert_true(session_take_will(&r.s, &w));

        rig_restart(&r);
        connect_with_will(&r, versions[i]);
        rig_close(&r, 0x8e);
        assert_true(session_take_will(&r.s, &w));

        rig_restart(&r);
        r.connect_reason = 0x87;
        connect_with_will(&r, versions[i]); /* never let in */
        assert_false(session_take_will(&r.s, &w));
    }
}

static void disconnect_with_will_message(void **state)
{
    AUTO_RIG r;
    struct mqtt_will w;
    rig_init(&r);
    connect_with_will(&r, MQTT_5_0);
    rig_hex(&r, "e0 01 04");
    rig_expect(&r, "<connect c> CONNACK(0,00) <closing 04>");
    assert_true(session_take_will(&r.s, &w));
}

static void session_expiry(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_session_expiry_s = 100;
    rig_connect_5(&r, "c", true, "11 0000000a");
    rig_expect(&r, "<connect c> CONNACK(0,00)");
    assert_true(rig_detach(&r));
    assert_int_equal(session_state_expiry_ms(r.stored), r.now + 10000);
    assert_true(slice_eq_str(session_state_client_id(r.stored), "c"));

    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 ffffffff"); /* lowered, and told so */
    rig_expect(&r, "<connect c> CONNACK(1,00,expiry=100)");
    rig_hex(&r, "e0 07 00 05 11 00000014"); /* DISCONNECT changes it */
    assert_true(rig_detach(&r));
    assert_int_equal(session_state_expiry_ms(r.stored), r.now + 20000);

    rig_restart(&r);
    struct session_grant grant = {.max_session_expiry_s = 5};
    r.grant = &grant;
    rig_connect_5(&r, "c", false, "11 00000014");
    rig_hex(&r, "e0 07 00 05 11 00000050");
    rig_expect(&r, "<closing 00> <connect c> CONNACK(1,00,expiry=5) <closing 00>");
    assert_true(rig_detach(&r));
    assert_int_equal(session_state_expiry_ms(r.stored), r.now + 5000);
    r.grant = NULL;

    rig_restart(&r);
    rig_connect_5(&r, "c", false, "11 00000014");
    rig_hex(&r, "e0 07 00 05 11 00000000"); /* nothing is to be kept */
    assert_false(rig_detach(&r));
    rig_expect(&r, "<connect c> CONNACK(1,00) <closing 00>");

    rig_restart(&r);
    rig_connect_5(&r, "c", false, "");
    rig_hex(&r, "e0 07 00 05 11 00000001"); /* not after asking for none */
    rig_expect(&r, "<connect c> CONNACK(0,00) DISCONNECT(82) <closing 82>");
    rig_restart(&r);
    rig_connect_5(&r, "c", false, "");
    rig_hex(&r, "e0 06 00 04 1c 0001 'x'"); /* Server Reference */
    rig_expect(&r, "<connect c> CONNACK(0,00) DISCONNECT(82) <closing 82>");
}

static void expiry_of_3_x(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    r.limits.max_session_expiry_s = UINT32_MAX;
    rig_connect(&r, MQTT_3_1_1, "c", false);
    rig_disconnect(&r);
    assert_true(rig_detach(&r));
    assert_true(session_state_expiry_ms(r.stored) == UINT64_MAX);
    rig_restart(&r);
    rig_connect(&r, MQTT_3_1_1, "c", false);
    rig_expect(&r, "<connect c> CONNACK(0,00) <closing 00> <connect c> CONNACK(1,00)");
    assert_true(rig_detach(&r));
    rig_restart(&r);
    rig_connect(&r, MQTT_3_1_1, "c", true); /* a clean start throws it away */
    rig_expect(&r, "<connect c> CONNACK(0,00)");
    assert_false(rig_detach(&r));
    r.limits.max_session_expiry_s = 0;
    rig_restart(&r);
    rig_connect(&r, MQTT_3_1_1, "c", false);
    assert_false(rig_detach(&r));
}

/* A code that DISCONNECT does not have is told as 0x80, and to the owner as it is. */
static void close_with_a_code_of_another_packet(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect(&r, MQTT_5_0, "c", true);
    rig_close(&r, 0x84);
    rig_expect(&r, "<connect c> CONNACK(0,00) DISCONNECT(80) <closing 84>");
    rig_restart(&r);
    rig_connect(&r, MQTT_5_0, "c", true);
    session_close(&r.s, 0x8b, NULL, &r.out); /* the text may be missing */
    rig_expect(&r, "<connect c> CONNACK(0,00) DISCONNECT(8b) <closing 8b>");
}

static void small_packets_for_small_clients(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect_5(&r, "c", true, "27 00000008"); /* no room for CONNACK */
    rig_expect(&r, "<connect c> CONNACK(0,95) <closing 95>");
    rig_restart(&r);
    rig_connect_5(&r, "c", true, "27 00000004"); /* nor for the shortest one */
    rig_expect(&r, "<connect c> <closing 95>");
    rig_restart(&r);
    rig_connect_5(&r, "c", true, "27 00000018");
    rig_hex(
        &r,
        "82 67 0001 00 0001 'a' 00 0001 'b' 00 0001 'c' 00 0001 'd' 00 0001 'e' 00 0001 'f' 00 0001 'g' 00 "
        "0001 'h' 00 0001 'i' 00 0001 'j' 00 0001 'k' 00 0001 'l' 00 0001 'm' 00 0001 'n' 00 0001 'o' 00 "
        "0001 'p' 00 0001 'q' 00 0001 'r' 00 0001 's' 00 0001 't' 00 0001 'u' 00 0001 'v' 00 0001 'w' 00 "
        "0001 'x' 00 0001 'y' 00");
    assert_non_null(strstr(buf_cstr(&r.log), "DISCONNECT(95) <closing 95>")); /* SUBACK of 30 bytes */
    rig_restart(&r);
    buf_clear(&r.log);
    r.publish_reason = 0x99;
    r.publish_text = "a text that is too long for it";
    rig_connect_5(&r, "c", true, "27 00000018");
    rig_publish(&r, "a", "x", 1, 7);
    rig_expect(&r, "<connect c> CONNACK(0,00) <a 'x' q1 id7> PUBACK(7,99)");
    r.connect_reason = 0x87;
    rig_restart(&r);
    rig_connect_5(&r, "c", true, "27 0000000a"); /* CONNACK without its Reason String */
    rig_expect(&r, "<connect c> CONNACK(0,87) <closing 87>");
}

static void failed_output_is_survived(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect(&r, MQTT_5_0, "c", true);
    rig_expect(&r, "<connect c> CONNACK(0,00)");
    r.out.limit = 1;
    size_t consumed;
    AUTO_BUF in = {0};
    hex_append(&in, "c0 00 32 06 0001 'a' 0001 00 82 07 0001 00 0001 '#' 02");
    assert_int_equal(session_receive(&r.s, buf_slice(&in), &consumed, r.now, &r.out), ERR_OK);
    assert_false(buf_is_ok(&r.out));
    struct delivery d = {.topic = SLICE("a"), .qos = 1};
    (void)session_deliver(&r.s, &d, r.now, &r.out);
    AUTO_BUF tiny = {.limit = 1};
    session_close(&r.s, 0x8b, "end", &tiny);
    assert_false(buf_is_ok(&tiny));
    buf_clear(&r.out);
}

static void close_from_inside_a_handler(void **state)
{
    AUTO_RIG r;
    rig_init(&r);
    rig_connect(&r, MQTT_5_0, "c", true);
    r.close_reason = 0x98;
    rig_hex(&r, "32 06 0001 'a' 0001 00 c0 00");
    rig_expect(&r, "<connect c> CONNACK(0,00) <a '' q1 id1> DISCONNECT(98) <closing 98>");
    rig_restart(&r);
    r.close_reason = 0;
    rig_connect(&r, MQTT_5_0, "c", true);
    r.close_reason = 0x98;
    rig_subscribe(&r, 1, "a", 0);
    rig_expect(&r, "<connect c> CONNACK(0,00) <sub a q0> DISCONNECT(98) <closing 98>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects_in_every_version),
        cmocka_unit_test(connack_tells_the_limits),
        cmocka_unit_test(refusals_in_every_version),
        cmocka_unit_test(reasons_are_told_in_words),
        cmocka_unit_test(answer_may_come_later),
        cmocka_unit_test(close_while_the_owner_thinks),
        cmocka_unit_test(bad_connects),
        cmocka_unit_test(limits_of_connect),
        cmocka_unit_test(empty_client_ids),
        cmocka_unit_test(what_a_client_may_not_send),
        cmocka_unit_test(errors_of_3_x_close_without_a_word),
        cmocka_unit_test(split_at_every_byte),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(keep_alive_none_and_limited),
        cmocka_unit_test(will),
        cmocka_unit_test(disconnect_with_will_message),
        cmocka_unit_test(session_expiry),
        cmocka_unit_test(expiry_of_3_x),
        cmocka_unit_test(close_with_a_code_of_another_packet),
        cmocka_unit_test(small_packets_for_small_clients),
        cmocka_unit_test(failed_output_is_survived),
        cmocka_unit_test(close_from_inside_a_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
