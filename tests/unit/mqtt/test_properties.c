#include "hex.h"
#include "mqtt/packet.h"
#include "unit.h"

/* Section 2.2.2.2, table 2-4, written down a second time: a value of each and the places it may stand in. */
#define P(t) (1u << (t))
enum {
    W = 1,
    ACKS = P(MQTT_PUBACK) | P(MQTT_PUBREC) | P(MQTT_PUBREL) | P(MQTT_PUBCOMP) | P(MQTT_SUBACK) |
           P(MQTT_UNSUBACK),
    CO = P(MQTT_CONNECT),
    CA = P(MQTT_CONNACK),
    PU = P(MQTT_PUBLISH),
    SU = P(MQTT_SUBSCRIBE),
    UN = P(MQTT_UNSUBSCRIBE),
    DI = P(MQTT_DISCONNECT),
    AU = P(MQTT_AUTH),
};

static const struct {
    unsigned id;
    const char *value;
    unsigned places;
} table[] = {
    {0x01, "01", PU | W},
    {0x02, "00000001", PU | W},
    {0x03, "0001 'a'", PU | W},
    {0x08, "0001 'a'", PU | W},
    {0x09, "0002 00ff", PU | W},
    {0x0b, "ffffff7f", PU | SU},
    {0x11, "ffffffff", CO | CA | DI},
    {0x12, "0001 'a'", CA},
    {0x13, "0000", CA},
    {0x15, "0001 'a'", CO | CA | AU},
    {0x17, "00", CO},
    {0x18, "00000000", W},
    {0x19, "01", CO},
    {0x1a, "0001 'a'", CA},
    {0x1c, "0001 'a'", CA | DI},
    {0x1f, "0001 'a'", CA | ACKS | DI | AU},
    {0x21, "0001", CO | CA},
    {0x22, "0000", CO | CA},
    {0x23, "0001", PU},
    {0x24, "00", CA},
    {0x25, "00", CA},
    {0x26, "0001 'k' 0000", W | CO | CA | PU | ACKS | SU | UN | DI | AU},
    {0x27, "00000001", CO | CA},
    {0x28, "00", CA},
    {0x29, "00", CA},
    {0x2a, "00", CA},
};
enum { COUNT = sizeof table / sizeof *table };

static void append_property(struct buf *b, size_t i)
{
    buf_append_u8(b, (uint8_t)table[i].id);
    hex_append(b, table[i].value);
}

static void every_property_in_every_place(void **state)
{
    for (size_t i = 0; i < COUNT; i++)
        for (unsigned place = 0; place <= 15; place++) {
            AUTO_BUF list = {0};
            append_property(&list, i);
            struct mqtt_properties p;
            uint8_t reason = 0;
            struct problem problem = {0};
            err_t err = mqtt_properties_decode(buf_slice(&list), place, &p, &reason, &problem);
            bool is_allowed = (table[i].places & P(place)) != 0;
            assert_int_equal(mqtt_property_is_allowed(table[i].id, place), is_allowed);
            if ((err == ERR_OK) != is_allowed)
                fail_msg("property 0x%02x in place %u", table[i].id, place);
            if (is_allowed)
                assert_true(p.present == UINT64_C(1) << table[i].id);
            else
                assert_int_equal(reason, MQTT_REASON_MALFORMED_PACKET);
            assert_int_equal(problem.text[0] == '\0', is_allowed);
        }
}

static void unknown_identifiers(void **state)
{
    for (unsigned id = 0; id < 128; id++) {
        bool is_known = false;
        for (size_t i = 0; i < COUNT; i++)
            is_known = is_known || table[i].id == id;
        is_known = is_known || id == MQTT_AUTHENTICATION_DATA; /* has a test of its own */
        if (is_known) {
            assert_string_not_equal(mqtt_property_name(id), "unknown");
            continue;
        }
        uint8_t list[] = {(uint8_t)id, 0, 0, 0, 0}, reason = 0;
        struct mqtt_properties p;
        assert_int_equal(mqtt_properties_decode(slice_of(list, sizeof list), MQTT_CONNECT, &p, &reason, NULL),
                         ERR_PROTO);
        assert_int_equal(reason, MQTT_REASON_MALFORMED_PACKET);
        assert_string_equal(mqtt_property_name(id), "unknown");
        assert_false(mqtt_property_is_allowed(id, MQTT_CONNECT));
    }
}

static unsigned place_of(size_t i)
{
    unsigned place = 0;
    while ((table[i].places & P(place)) == 0)
        place++;
    return place;
}

static void twice_and_cut_off(void **state)
{
    for (size_t i = 0; i < COUNT; i++) {
        AUTO_BUF list = {0};
        append_property(&list, i);
        struct mqtt_properties p;
        uint8_t reason;
        for (size_t len = 1; len < list.len; len++) {
            reason = 0;
            assert_int_equal(mqtt_properties_decode(slice_of(list.data, len), place_of(i), &p, &reason, NULL),
                             ERR_PROTO);
            assert_int_equal(reason, MQTT_REASON_MALFORMED_PACKET);
        }
        append_property(&list, i);
        bool may_repeat = table[i].id == MQTT_USER_PROPERTY || table[i].id == MQTT_SUBSCRIPTION_IDENTIFIER;
        err_t err = mqtt_properties_decode(buf_slice(&list), place_of(i), &p, &reason, NULL);
        assert_int_equal(err, may_repeat ? ERR_OK : ERR_PROTO);
        if (!may_repeat)
            assert_int_equal(reason, MQTT_REASON_PROTOCOL_ERROR);
    }
}

static void all_of_a_place_survive_a_round_trip(void **state)
{
    for (unsigned place = 0; place <= 15; place++) {
        AUTO_BUF list = {0}, again = {0}, third = {0};
        for (size_t i = 0; i < COUNT; i++)
            if (table[i].places & P(place))
                append_property(&list, i);
        struct mqtt_properties p, q;
        uint8_t reason;
        uint8_t nothing = 0;
        struct slice in = list.len ? buf_slice(&list) : slice_of(&nothing, 0);
        assert_int_equal(mqtt_properties_decode(in, place, &p, &reason, NULL), ERR_OK);
        mqtt_properties_encode(&again, &p);
        assert_int_equal(again.data[0], in.len); /* all lists here are shorter than 128 bytes */
        struct slice body = slice_skip(buf_slice(&again), 1);
        assert_int_equal(mqtt_properties_decode(body, place, &q, &reason, NULL), ERR_OK);
        assert_true(p.present == q.present);
        mqtt_properties_encode(&third, &q);
        assert_true(slice_eq(buf_slice(&again), buf_slice(&third)));
    }
}

struct bad {
    unsigned place;
    const char *list;
    unsigned reason;
};

static void values_out_of_range(void **state)
{
    static const struct bad rows[] = {
        {MQTT_PUBLISH, "01 02", 0x82},
        {MQTT_CONNECT, "17 02", 0x82},
        {MQTT_CONNECT, "19 ff", 0x82},
        {MQTT_CONNACK, "24 02", 0x82},
        {MQTT_CONNACK, "25 02", 0x82},
        {MQTT_CONNACK, "28 02", 0x82},
        {MQTT_CONNACK, "29 02", 0x82},
        {MQTT_CONNACK, "2a 02", 0x82},
        {MQTT_CONNECT, "21 0000", 0x82},
        {MQTT_CONNECT, "27 00000000", 0x82},
        {MQTT_PUBLISH, "23 0000", 0x94},
        {MQTT_SUBSCRIBE, "0b 00", 0x82},
        {MQTT_SUBSCRIBE, "0b 8000", 0x81},       /* not the shortest form */
        {MQTT_SUBSCRIBE, "0b ffffffff01", 0x81}, /* five bytes */
        {MQTT_PUBLISH, "8100 01", 0x81},         /* identifier not in its shortest form */
        {MQTT_PUBLISH, "08 0000", 0x82},         /* empty Response Topic */
        {MQTT_PUBLISH, "08 0003 'a/#'", 0x82},   /* wildcard */
        {MQTT_PUBLISH, "08 0001 '+'", 0x82},     /* wildcard */
        {MQTT_PUBLISH, "03 0001 00", 0x81},      /* U+0000 */
        {MQTT_PUBLISH, "03 0001 ff", 0x81},      /* no UTF-8 */
        {MQTT_PUBLISH, "03 0003 eda080", 0x81},  /* surrogate */
        {MQTT_PUBLISH, "26 0001 ff 0000", 0x81}, /* name */
        {MQTT_PUBLISH, "26 0000 0001 c0", 0x81}, /* value */
        {MQTT_CONNECT, "16 0001 00", 0x82},      /* data without method */
        {MQTT_AUTH, "16 0000", 0x82},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF list = {0};
        hex_append(&list, rows[i].list);
        struct mqtt_properties p;
        struct problem problem = {0};
        uint8_t reason = 0;
        assert_int_equal(mqtt_properties_decode(buf_slice(&list), rows[i].place, &p, &reason, &problem),
                         ERR_PROTO);
        if (reason != rows[i].reason)
            fail_msg("%s: 0x%02x %s", rows[i].list, reason, problem.text);
        assert_string_not_equal(problem.text, "");
    }
}

static void authentication_data_with_its_method(void **state)
{
    AUTO_BUF list = {0};
    hex_append(&list, "16 0002 00ff 15 0005 'PLAIN'");
    struct mqtt_properties p;
    uint8_t reason;
    assert_int_equal(mqtt_properties_decode(buf_slice(&list), MQTT_CONNECT, &p, &reason, NULL), ERR_OK);
    assert_true(slice_eq_str(p.authentication_method, "PLAIN"));
    assert_int_equal(p.authentication_data.len, 2);
}

static void repeatable_ones_are_iterated_in_order(void **state)
{
    AUTO_BUF list = {0};
    hex_append(&list, "26 0001 'a' 0001 '1' 0b 05 01 01 26 0001 'a' 0001 '2' 0b 8001");
    struct mqtt_properties p;
    uint8_t reason;
    assert_int_equal(mqtt_properties_decode(buf_slice(&list), MQTT_PUBLISH, &p, &reason, NULL), ERR_OK);
    struct slice rest = p.raw, name, value;
    assert_true(mqtt_user_property_next(&rest, &name, &value));
    assert_true(slice_eq_str(name, "a") && slice_eq_str(value, "1"));
    assert_true(mqtt_user_property_next(&rest, &name, &value));
    assert_true(slice_eq_str(value, "2"));
    assert_false(mqtt_user_property_next(&rest, &name, &value));
    assert_false(mqtt_user_property_next(&rest, &name, &value));
    uint32_t id;
    rest = p.raw;
    assert_true(mqtt_subscription_identifier_next(&rest, &id) && id == 5);
    assert_true(mqtt_subscription_identifier_next(&rest, &id) && id == 128);
    assert_false(mqtt_subscription_identifier_next(&rest, &id));
    rest = slice_of(NULL, 0);
    assert_false(mqtt_user_property_next(&rest, &name, &value));
}

static void no_properties_are_an_empty_list(void **state)
{
    AUTO_BUF b = {0};
    const struct mqtt_properties none = {0};
    mqtt_properties_encode(&b, NULL);
    mqtt_properties_encode(&b, &none);
    assert_int_equal(b.len, 2);
    assert_int_equal(b.data[0] | b.data[1], 0);
}

static void too_long_a_string_fails_the_buffer(void **state)
{
    static uint8_t text[65536];
    memset(text, 'x', sizeof text);
    AUTO_BUF b = {0};
    mqtt_user_property_append(&b, SLICE("k"), slice_of(text, 65535));
    assert_true(buf_is_ok(&b));
    mqtt_user_property_append(&b, SLICE("k"), slice_of(text, 65536));
    assert_false(buf_is_ok(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_property_in_every_place),
        cmocka_unit_test(unknown_identifiers),
        cmocka_unit_test(twice_and_cut_off),
        cmocka_unit_test(all_of_a_place_survive_a_round_trip),
        cmocka_unit_test(values_out_of_range),
        cmocka_unit_test(authentication_data_with_its_method),
        cmocka_unit_test(repeatable_ones_are_iterated_in_order),
        cmocka_unit_test(no_properties_are_an_empty_list),
        cmocka_unit_test(too_long_a_string_fails_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
