#include "hex.h"
#include "mqtt/packet.h"
#include "unit.h"

#include <stdlib.h>

enum { V3 = MQTT_3_1, V4 = MQTT_3_1_1, V5 = MQTT_5_0 };

struct row {
    int version;
    const char *packet; /* with its own Remaining Length */
    unsigned reason;    /* 0 = a valid packet */
};

/* Every one is valid; re-encoding gives the same bytes. */
static const struct row valid[] = {
    /* CONNECT */
    {V4, "10 0d 0004 'MQTT' 04 02 003c 0001 'c'", 0},
    {V4, "10 0c 0004 'MQTT' 04 02 0000 0000", 0},
    {V3, "10 0f 0006 'MQIsdp' 03 02 003c 0001 'c'", 0},
    {V4, "10 1a 0004 'MQTT' 04 ee ffff 0001 'c' 0001 't' 0002 00ff 0001 'u' 0001 'p'", 0},
    {V5, "10 0e 0004 'MQTT' 05 02 003c 00 0001 'c'", 0},
    {V5, "10 13 0004 'MQTT' 05 02 003c 05 11 0000003c 0001 'c'", 0},
    {V5, "10 1a 0004 'MQTT' 05 16 003c 00 0001 'c' 05 18 00000005 0001 't' 0001 'w'", 0},
    {V5, "10 11 0004 'MQTT' 05 40 003c 00 0001 'c' 0001 'p'", 0}, /* password alone: 5.0 allows it */
    {V5,
     "10 28 0004 'MQTT' 05 c2 003c 10 15 0001 'm' 16 0001 'd' 17 00 21 0005 22 0001 0001 'c' 0003 'usr' 0003 "
     "'pwd'",
     0},
    /* CONNACK */
    {V4, "20 02 01 00", 0},
    {V4, "20 02 00 05", 0},
    {V3, "20 02 00 01", 0},
    {V5, "20 03 00 00 00", 0},
    {V5, "20 09 00 87 06 1f 0003 'why'", 0},
    /* PUBLISH */
    {V4, "30 06 0003 'a/b' 31", 0},
    {V4, "30 05 0003 'a/b'", 0},
    {V4, "3d 07 0003 'a/b' 0001", 0},
    {V4, "32 07 0003 'a/b' ffff", 0},
    {V3, "3c 07 0003 'a/b' 0001", 0},
    {V5, "30 06 0003 'a/b' 00", 0},
    {V5, "30 07 0000 03 23 0001 78", 0},
    {V5, "34 13 0001 'a' 0007 0c 02 0000000a 26 0001 'k' 0001 'v' 78", 0},
    {V5, "30 07 0001 'a' 02 0b 05 78", 0},
    /* PUBACK, PUBREC, PUBREL, PUBCOMP */
    {V4, "40 02 0001", 0},
    {V4, "50 02 0001", 0},
    {V4, "62 02 0001", 0},
    {V4, "70 02 ffff", 0},
    {V5, "40 02 0001", 0},
    {V5, "40 03 0001 10", 0},
    {V5, "50 0a 0001 99 06 1f 0003 'bad'", 0},
    {V5, "62 03 0001 92", 0},
    {V5, "70 03 0001 92", 0},
    /* SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK */
    {V4, "82 06 000a 0001 'a' 00", 0},
    {V4, "82 0c 000a 0001 '#' 02 0003 'a/+' 01", 0},
    {V3, "82 06 000a 0001 'a' 01", 0},
    {V5, "82 07 000a 00 0001 'a' 2e", 0},
    {V5, "82 09 000a 02 0b 07 0001 'a' 00", 0},
    {V4, "90 04 000a 00 80", 0},
    {V5, "90 05 000a 00 00 8f", 0},
    {V4, "a2 05 000a 0001 'a'", 0},
    {V5, "a2 06 000a 00 0001 'a'", 0},
    {V4, "b0 02 000a", 0},
    {V5, "b0 05 000a 00 00 11", 0},
    /* the rest */
    {V4, "c0 00", 0},
    {V5, "c0 00", 0},
    {V4, "d0 00", 0},
    {V4, "e0 00", 0},
    {V5, "e0 00", 0},
    {V5, "e0 01 04", 0},
    {V5, "e0 0d 8e 0b 1f 0001 'r' 26 0001 'k' 0001 'v'", 0},
    {V5, "e0 07 00 05 11 00000001", 0},
    {V5, "f0 00", 0},
    {V5, "f0 06 18 04 15 0001 'm'", 0},
};

static const struct row bad[] = {
    /* header */
    {V4, "00 00", 0x81},                                 /* reserved type */
    {V5, "f0 01 18", 0x82},                              /* AUTH without method */
    {V4, "f0 00", 0x82},                                 /* AUTH before 5.0 */
    {V4, "11 0d 0004 'MQTT' 04 02 003c 0001 'c'", 0x81}, /* flags */
    {V4, "41 02 0001", 0x81},
    {V4, "60 02 0001", 0x81},
    {V4, "6a 02 0001", 0x81}, /* DUP: 3.1 only */
    {V4, "80 06 000a 0001 'a' 00", 0x81},
    {V4, "a0 05 000a 0001 'a'", 0x81},
    {V4, "c1 00", 0x81},
    {V5, "e2 00", 0x81},
    {V5, "c0 8000", 0x81}, /* length not in its shortest form */
    /* CONNECT */
    {V4, "10 0d 0004 'MQTX' 04 02 003c 0001 'c'", 0x84},
    {V4, "10 0d 0004 'mqtt' 04 02 003c 0001 'c'", 0x84},
    {V4, "10 0d 0004 'MQTT' 03 02 003c 0001 'c'", 0x84},
    {V4, "10 0d 0004 'MQTT' 06 02 003c 0001 'c'", 0x84},
    {V4, "10 0d 0004 'MQTT' 84 02 003c 0001 'c'", 0x84},
    {V4, "10 0f 0006 'MQIsdp' 04 02 003c 0001 'c'", 0x84},
    {V4, "10 0d 0004 'MQTT' 04 03 003c 0001 'c'", 0x81},                   /* reserved flag */
    {V4, "10 0d 0004 'MQTT' 04 0a 003c 0001 'c'", 0x81},                   /* Will QoS without will */
    {V4, "10 0d 0004 'MQTT' 04 22 003c 0001 'c'", 0x81},                   /* Will Retain without will */
    {V4, "10 13 0004 'MQTT' 04 1e 003c 0001 'c' 0001 't' 0001 'w'", 0x81}, /* Will QoS 3 */
    {V4, "10 10 0004 'MQTT' 04 42 003c 0001 'c' 0001 'p'", 0x81},          /* password without user name */
    {V4, "10 0d 0004 'MQTT' 04 02 003c 0001 00", 0x81},                    /* client id: U+0000 */
    {V4, "10 0d 0004 'MQTT' 04 02 003c 0001 ff", 0x81},                    /* client id: no UTF-8 */
    {V4, "10 12 0004 'MQTT' 04 06 003c 0001 'c' 0000 0001 'w'", 0x90},     /* empty Will Topic */
    {V4, "10 13 0004 'MQTT' 04 06 003c 0001 'c' 0001 '#' 0001 'w'", 0x90},
    {V4, "10 0d 0004 'MQTT' 04 82 003c 0001 'c'", 0x81},                /* user name missing */
    {V4, "10 10 0004 'MQTT' 04 82 003c 0001 'c' 0001 80", 0x81},        /* user name: no UTF-8 */
    {V4, "10 0e 0004 'MQTT' 04 02 003c 0001 'c' 00", 0x81},             /* trailing byte */
    {V5, "10 13 0004 'MQTT' 05 02 003c 05 18 0000003c 0001 'c'", 0x81}, /* Will Delay outside the will */
    {V5, "10 13 0004 'MQTT' 05 02 003c 06 11 0000003c 0001 'c'", 0x81}, /* properties too long */
    {V5, "10 13 0004 'MQTT' 05 02 003c 7f 11 0000003c 0001 'c'", 0x81},
    /* CONNACK */
    {V4, "20 02 02 00", 0x81},
    {V4, "20 02 00 06", 0x82},
    {V4, "20 02 01 05", 0x82},
    {V4, "20 03 00 00 00", 0x81},
    {V5, "20 03 00 8e 00", 0x82},
    {V5, "20 02 00 00", 0x81},
    /* PUBLISH */
    {V4, "36 07 0003 'a/b' 0001", 0x81}, /* QoS 3 */
    {V4, "38 05 0003 'a/b'", 0x81},      /* DUP with QoS 0 */
    {V4, "32 07 0003 'a/b' 0000", 0x82}, /* packet identifier 0 */
    {V4, "32 05 0003 'a/b'", 0x81},      /* none */
    {V4, "30 02 0000", 0x82},            /* empty topic */
    {V4, "30 05 0003 'a/#'", 0x90},
    {V4, "30 05 0003 'a/+'", 0x90},
    {V4, "30 05 0003 61 00 62", 0x81},
    {V4, "30 05 0003 61 c0 80", 0x81},
    {V4, "30 04 0003 'a/'", 0x81}, /* topic longer than the packet */
    {V5, "30 03 0000 00", 0x82},   /* no topic, no alias */
    {V5, "30 06 0000 03 23 0000", 0x94},
    {V5, "30 08 0001 'a' 04 0b 80 80 00", 0x81},
    {V5, "30 04 0001 'a' 01", 0x81},
    {V5, "30 05 0001 'a' 8000", 0x81}, /* Property Length not in its shortest form */
    /* acknowledgements */
    {V4, "40 02 0000", 0x82},
    {V4, "40 01 00", 0x81},
    {V4, "40 03 0001 00", 0x81},
    {V5, "40 03 0001 92", 0x82},
    {V5, "50 03 0001 18", 0x82},
    {V5, "62 03 0001 10", 0x82},
    {V5, "70 03 0001 80", 0x82},
    {V5, "40 05 0001 00 00 00", 0x81},
    {V5, "40 06 0001 00 02 01 01", 0x81}, /* property not for PUBACK */
    /* SUBSCRIBE and its kin */
    {V4, "82 02 000a", 0x82}, /* no filter */
    {V4, "82 06 0000 0001 'a' 00", 0x82},
    {V4, "82 05 000a 0000 00", 0x8f},
    {V4, "82 05 000a 0001 'a'", 0x81}, /* no options */
    {V4, "82 06 000a 0001 'a' 03", 0x82},
    {V4, "82 06 000a 0001 'a' 04", 0x81},
    {V4, "82 07 000a 0002 'a#' 00", 0x8f},
    {V4, "82 07 000a 0002 '+a' 00", 0x8f},
    {V4, "82 06 000a 0001 ff 00", 0x81},
    {V5, "82 07 000a 00 0001 'a' 40", 0x81},
    {V5, "82 07 000a 00 0001 'a' 30", 0x82},
    {V5, "82 07 000a 00 0001 'a' 03", 0x82},
    {V5, "82 10 000a 00 000a '$share/g/a' 04", 0x82}, /* No Local on a shared one */
    {V5, "82 0f 000a 00 0009 '$share//a' 00", 0x8f},
    {V5, "82 09 000a 02 0b 00 0001 'a' 00", 0x82},
    {V5, "82 0b 000a 04 0b 01 0b 02 0001 'a' 00", 0x82}, /* identifier twice */
    {V4, "a2 02 000a", 0x82},
    {V4, "a2 05 0000 0001 'a'", 0x82},
    {V4, "a2 04 000a 0000", 0x8f},
    {V4, "90 02 000a", 0x82},
    {V4, "90 03 000a 03", 0x82},
    {V5, "90 04 000a 00 11", 0x82},
    {V5, "b0 04 000a 00 01", 0x82},
    {V4, "b0 03 000a 00", 0x81},
    /* the rest */
    {V4, "c0 01 00", 0x81},
    {V4, "e0 01 00", 0x81},
    {V5, "e0 01 01", 0x82},
    {V5, "e0 07 00 05 21 00000001", 0x81},
    {V5, "e0 03 00 01 1f", 0x81},
};

static err_t decode(const struct buf *raw, int version, struct mqtt_packet *ret, uint8_t *ret_reason,
                    struct problem *problem)
{
    size_t total = 0;
    err_t err = mqtt_packet_length(buf_slice(raw), 1 << 20, &total, problem);
    if (err != ERR_OK || total != raw->len)
        fail_msg("test packet with a wrong Remaining Length: %zu bytes, says %zu", raw->len, total);
    return mqtt_decode(buf_slice(raw), (enum mqtt_version)version, ret, ret_reason, problem);
}

static void valid_packets_survive_a_round_trip(void **state)
{
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        AUTO_BUF raw = {0}, again = {0};
        hex_append(&raw, valid[i].packet);
        struct mqtt_packet packet;
        struct problem problem = {0};
        uint8_t reason = 0;
        if (decode(&raw, valid[i].version, &packet, &reason, &problem) != ERR_OK)
            fail_msg("%s: %s", valid[i].packet, problem.text);
        assert_int_equal(packet.type, raw.data[0] >> 4);
        assert_int_equal(mqtt_encode(&again, (enum mqtt_version)valid[i].version, &packet), ERR_OK);
        if (!slice_eq(buf_slice(&raw), buf_slice(&again)))
            fail_msg("written differently: %s", valid[i].packet);
    }
}

static void bad_packets_are_told_apart(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO_BUF raw = {0};
        hex_append(&raw, bad[i].packet);
        struct mqtt_packet packet;
        struct problem problem = {0};
        uint8_t reason = 0;
        if (decode(&raw, bad[i].version, &packet, &reason, &problem) != ERR_PROTO)
            fail_msg("accepted: %s", bad[i].packet);
        if (reason != bad[i].reason)
            fail_msg("%s: 0x%02x (%s), expected 0x%02x", bad[i].packet, reason, problem.text, bad[i].reason);
        assert_string_not_equal(problem.text, "");
        assert_string_not_equal(problem.field, "");
    }
}

/* Cut at every byte, with the Remaining Length put right: refused, or a shorter packet that is valid. */
static void packets_cut_at_every_byte(void **state)
{
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        AUTO_BUF raw = {0};
        hex_append(&raw, valid[i].packet);
        for (size_t len = 2; len < raw.len; len++) {
            uint8_t *exact = malloc(len); /* so that a read beyond it is seen by the sanitizer */
            assert_non_null(exact);
            memcpy(exact, raw.data, len);
            size_t total;
            assert_int_equal(mqtt_packet_length(slice_of(exact, 1), 1 << 20, &total, NULL), ERR_AGAIN);
            assert_int_equal(mqtt_packet_length(slice_of(exact, len), 1 << 20, &total, NULL), ERR_OK);
            assert_int_equal(total, raw.len);
            struct mqtt_packet packet;
            uint8_t reason = 0;
            struct problem problem = {0};
            enum mqtt_version version = (enum mqtt_version)valid[i].version;
            assert_int_equal(mqtt_decode(slice_of(exact, len), version, &packet, &reason, &problem),
                             ERR_PROTO);
            exact[1] = (uint8_t)(len - 2);
            if (mqtt_decode(slice_of(exact, len), version, &packet, &reason, &problem) == ERR_OK) {
                AUTO_BUF again = {0};
                assert_int_equal(mqtt_encode(&again, version, &packet), ERR_OK);
            } else {
                assert_true(reason >= 0x80);
                assert_string_not_equal(problem.text, "");
            }
            free(exact);
        }
    }
}

static void length_field(void **state)
{
    static const struct {
        const char *head;
        size_t max;
        err_t err;
        size_t total;
    } rows[] = {
        {"", 100, ERR_AGAIN, 0},
        {"30", 100, ERR_AGAIN, 0},
        {"30 00", 100, ERR_OK, 2},
        {"30 7f", 129, ERR_OK, 129},
        {"30 7f", 128, ERR_LIMIT, 0},
        {"30 80", 1000, ERR_AGAIN, 0},
        {"30 8001", 1000, ERR_OK, 131},
        {"30 ff7f", 100000, ERR_OK, 16386},
        {"30 808001", 100000, ERR_OK, 16388},
        {"30 ffffff", 1000, ERR_AGAIN, 0},
        {"30 ffffff7f", 300000000, ERR_OK, 268435460},
        {"30 ffffff7f", 262144, ERR_LIMIT, 0},
        {"30 ffffffff", 300000000, ERR_PROTO, 0},
        {"30 ffffffff01", 300000000, ERR_PROTO, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF b = {0};
        hex_append(&b, rows[i].head);
        size_t total = 0;
        struct problem problem = {0};
        assert_int_equal(mqtt_packet_length(buf_slice(&b), rows[i].max, &total, &problem), rows[i].err);
        assert_int_equal(total, rows[i].total);
        assert_int_equal(problem.text[0] != '\0', rows[i].err == ERR_LIMIT || rows[i].err == ERR_PROTO);
    }
}

static void decode_hex(struct buf *raw, const char *hex, int version, struct mqtt_packet *ret)
{
    uint8_t reason;
    struct problem problem = {0};
    hex_append(raw, hex);
    if (decode(raw, version, ret, &reason, &problem) != ERR_OK)
        fail_msg("%s: %s", hex, problem.text);
}

static void connect_fields(void **state)
{
    AUTO_BUF raw = {0};
    struct mqtt_packet p;
    decode_hex(&raw,
               "10 2d 0004 'MQTT' 05 f6 000a 06 21 0005 22 0003 0002 'cl' 05 18 00000007 0002 'wt' 0002 'wp' "
               "0003 'usr' 0003 'pwd'",
               V5, &p);
    const struct mqtt_connect *c = &p.connect;
    assert_int_equal(c->version, MQTT_5_0);
    assert_true(c->clean_start && c->has_user_name && c->has_password && c->has_will && c->will.retain);
    assert_int_equal(c->will.qos, 2);
    assert_int_equal(c->keep_alive_s, 10);
    assert_int_equal(c->properties.receive_maximum, 5);
    assert_int_equal(c->properties.topic_alias_maximum, 3);
    assert_int_equal(c->will.properties.will_delay_interval, 7);
    assert_true(slice_eq_str(c->client_id, "cl"));
    assert_true(slice_eq_str(c->will.topic, "wt") && slice_eq_str(c->will.payload, "wp"));
    assert_true(slice_eq_str(c->user_name, "usr") && slice_eq_str(c->password, "pwd"));
}

static void quirks_of_3_1(void **state)
{
    AUTO_BUF a = {0}, b = {0}, c = {0}, d = {0}, e = {0};
    struct mqtt_packet p;
    decode_hex(&a, "10 0f 0006 'MQIsdp' 03 c2 003c 0001 'c'", V3, &p); /* flags set, strings missing */
    assert_false(p.connect.has_user_name || p.connect.has_password);
    decode_hex(&b, "10 0f 0006 'MQIsdp' 03 2b 003c 0001 'c'", V3, &p); /* will bits without a will */
    assert_false(p.connect.has_will);
    decode_hex(&c, "8a 06 000a 0001 'a' fd", V3, &p); /* DUP, and junk above the QoS */
    struct mqtt_subscription sub;
    struct slice rest = p.list.raw;
    assert_true(mqtt_filter_next(&rest, true, &sub));
    assert_int_equal(sub.qos, 1);
    decode_hex(&d, "6a 02 0001", V3, &p);       /* PUBREL sent again */
    decode_hex(&e, "38 05 0003 'a/b'", V3, &p); /* DUP with QoS 0 */
    assert_true(p.publish.dup);
}

static void filters_are_iterated(void **state)
{
    AUTO_BUF raw = {0}, again = {0};
    struct mqtt_packet p;
    decode_hex(&raw, "82 0d 000a 00 0001 'a' 2d 0003 'b/#' 02", V5, &p);
    assert_int_equal(p.list.count, 2);
    struct slice rest = p.list.raw;
    struct mqtt_subscription sub;
    assert_true(mqtt_filter_next(&rest, true, &sub));
    assert_true(slice_eq_str(sub.filter, "a"));
    assert_int_equal(sub.qos, 1);
    assert_true(sub.no_local && sub.retain_as_published);
    assert_int_equal(sub.retain_handling, 2);
    mqtt_filter_append(&again, MQTT_5_0, true, &sub);
    assert_true(mqtt_filter_next(&rest, true, &sub));
    assert_true(slice_eq_str(sub.filter, "b/#") && sub.qos == 2);
    mqtt_filter_append(&again, MQTT_5_0, true, &sub);
    assert_false(mqtt_filter_next(&rest, true, &sub));
    assert_true(slice_eq(buf_slice(&again), p.list.raw));
}

static void will_is_decoded_again_from_its_copy(void **state)
{
    AUTO_BUF raw = {0};
    struct mqtt_packet p;
    decode_hex(&raw, "10 1a 0004 'MQTT' 05 36 003c 00 0001 'c' 05 18 00000005 0001 't' 0001 'w'", V5, &p);
    assert_true(p.connect.has_will && p.connect.will.retain);
    assert_int_equal(p.connect.will.qos, 2);
    struct mqtt_will will;
    mqtt_will_decode(p.connect.will_raw, MQTT_5_0, &will);
    assert_true(slice_eq_str(will.topic, "t") && slice_eq_str(will.payload, "w"));
    assert_int_equal(will.properties.will_delay_interval, 5);
}

static void level_of_a_broken_connect(void **state)
{
    static const struct {
        const char *packet;
        unsigned level;
    } rows[] = {
        {"10 0d 0004 'MQTT' 04 03 003c 0001 'c'", 4},
        {"10 07 0004 'MQTT' 05", 5},
        {"10 09 0006 'MQIsdp' 03", 3},
        {"10 07 0004 'MQTT' 84", 0x84},
        {"10 07 0004 'HTTP' 05", 0},
        {"10 06 0004 'MQTT'", 0},
        {"30 07 0004 'MQTT' 05", 0},
        {"10 00", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF b = {0};
        hex_append(&b, rows[i].packet);
        assert_int_equal(mqtt_connect_level(buf_slice(&b)), rows[i].level);
    }
}

static void long_contents_get_longer_lengths(void **state)
{
    static uint8_t text[300000];
    memset(text, 'x', sizeof text);
    static const size_t lengths[] = {0,     120,   122,   123,   124,   127,   128,
                                     16378, 16379, 16380, 16384, 65536, 300000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct mqtt_packet in = {.type = MQTT_PUBLISH,
                                 .publish = {.topic = SLICE("a"), .payload = slice_of(text, lengths[i])}},
                           out;
        AUTO_BUF b = {0};
        uint8_t reason;
        buf_append_str(&b, "before");
        assert_int_equal(mqtt_encode(&b, MQTT_5_0, &in), ERR_OK);
        buf_consume(&b, 6);
        size_t total;
        assert_int_equal(mqtt_packet_length(buf_slice(&b), SIZE_MAX, &total, NULL), ERR_OK);
        assert_int_equal(total, b.len);
        assert_int_equal(mqtt_decode(buf_slice(&b), MQTT_5_0, &out, &reason, NULL), ERR_OK);
        assert_int_equal(out.publish.payload.len, lengths[i]);
        assert_true(slice_eq(out.publish.payload, in.publish.payload));
    }
}

static void what_does_not_fit_is_not_written(void **state)
{
    static uint8_t text[65536];
    memset(text, 'x', sizeof text);
    struct mqtt_packet p = {.type = MQTT_PUBLISH, .publish = {.topic = slice_of(text, 65536)}};
    AUTO_BUF b = {0};
    assert_int_equal(mqtt_encode(&b, MQTT_5_0, &p), ERR_LIMIT);
    assert_false(buf_is_ok(&b));
    AUTO_BUF small = {.limit = 5};
    p.publish.topic = SLICE("a/b/c");
    assert_int_equal(mqtt_encode(&small, MQTT_3_1_1, &p), ERR_NOMEM);
}

static void reason_codes(void **state)
{
    assert_string_equal(mqtt_reason_name(0x87), "Not authorized");
    assert_string_equal(mqtt_reason_name(0x05), "unknown reason");
    assert_string_equal(mqtt_reason_name(0xff), "unknown reason");
    assert_string_equal(mqtt_type_name(3), "PUBLISH");
    assert_string_equal(mqtt_type_name(16), "reserved");
    assert_true(mqtt_reason_is_allowed(MQTT_DISCONNECT, 0x8e));
    assert_false(mqtt_reason_is_allowed(MQTT_CONNACK, 0x8e));
    static const uint8_t codes[][2] = {{0x84, 1}, {0x85, 2}, {0x88, 3}, {0x97, 3}, {0x89, 3},
                                       {0x86, 4}, {0x87, 5}, {0x8a, 5}, {0, 0}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(mqtt_return_code_of(codes[i][0]), codes[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_packets_survive_a_round_trip),
        cmocka_unit_test(bad_packets_are_told_apart),
        cmocka_unit_test(packets_cut_at_every_byte),
        cmocka_unit_test(length_field),
        cmocka_unit_test(connect_fields),
        cmocka_unit_test(quirks_of_3_1),
        cmocka_unit_test(filters_are_iterated),
        cmocka_unit_test(will_is_decoded_again_from_its_copy),
        cmocka_unit_test(level_of_a_broken_connect),
        cmocka_unit_test(long_contents_get_longer_lengths),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(reason_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
