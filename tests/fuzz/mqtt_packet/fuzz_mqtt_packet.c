/*
 * Any bytes as a packet of each version. What is accepted is written again: the result must be accepted
 * too, mean the same, and not change when it is written once more.
 */
#include "mqtt/packet.h"

#include <stdlib.h>

static void walk_properties(const struct mqtt_properties *p)
{
    struct slice rest = p->raw, name, value;
    uint32_t id;
    while (mqtt_user_property_next(&rest, &name, &value))
        CHECK(name.len <= MQTT_MAX_STRING && value.len <= MQTT_MAX_STRING);
    rest = p->raw;
    while (mqtt_subscription_identifier_next(&rest, &id))
        CHECK(id != 0);
}

static void walk(const struct mqtt_packet *p, enum mqtt_version version)
{
    struct mqtt_subscription entry;
    struct slice rest;
    uint32_t count = 0;
    switch (p->type) {
    case MQTT_SUBSCRIBE:
    case MQTT_UNSUBSCRIBE:
        for (rest = p->list.raw; mqtt_filter_next(&rest, p->type == MQTT_SUBSCRIBE, &entry); count++)
            CHECK(entry.filter.len != 0 && entry.qos <= 2);
        CHECK(count == p->list.count && rest.len == 0);
        walk_properties(&p->list.properties);
        break;
    case MQTT_PUBLISH: walk_properties(&p->publish.properties); break;
    case MQTT_CONNECT:
        walk_properties(&p->connect.properties);
        if (p->connect.has_will) {
            struct mqtt_will will;
            mqtt_will_decode(p->connect.will_raw, p->connect.version, &will);
            CHECK(slice_eq(will.topic, p->connect.will.topic));
            CHECK(slice_eq(will.payload, p->connect.will.payload));
            CHECK(will.properties.present == p->connect.will.properties.present);
            walk_properties(&will.properties);
        }
        break;
    default: break;
    }
}

static void decode_again(struct slice raw, enum mqtt_version version, struct mqtt_packet *ret)
{
    struct problem problem = {0};
    uint8_t reason = 0;
    size_t total = 0;
    CHECK(mqtt_packet_length(raw, SIZE_MAX, &total, &problem) == ERR_OK && total == raw.len);
    CHECK(mqtt_decode(raw, version, ret, &reason, &problem) == ERR_OK);
}

static void check_version(struct slice raw, enum mqtt_version version)
{
    struct mqtt_packet first, second;
    struct problem problem = {0};
    uint8_t reason = 0;
    err_t err = mqtt_decode(raw, version, &first, &reason, &problem);
    if (err != ERR_OK) {
        CHECK(err == ERR_PROTO && reason >= 0x80 && problem.text[0] != '\0');
        CHECK(mqtt_reason_is_allowed(MQTT_DISCONNECT, reason) ||
              mqtt_reason_is_allowed(MQTT_CONNACK, reason));
        return;
    }
    walk(&first, version);
    AUTO_BUF once = {0};
    AUTO_BUF twice = {0};
    CHECK(mqtt_encode(&once, version, &first) == ERR_OK);
    decode_again(buf_slice(&once), version, &second);
    CHECK(first.type == second.type);
    walk(&second, version);
    CHECK(mqtt_encode(&twice, version, &second) == ERR_OK);
    CHECK(slice_eq(buf_slice(&once), buf_slice(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t total = 0;
    struct problem problem = {0};
    struct slice in = slice_of(data, size);
    (void)mqtt_connect_level(in);
    err_t err = mqtt_packet_length(in, SIZE_MAX, &total, &problem);
    /* A packet whose length says otherwise is tried as well: the decoder must refuse it by itself. */
    struct slice raw = err == ERR_OK && total <= size ? slice_of(data, total) : in;
    check_version(raw, MQTT_3_1);
    check_version(raw, MQTT_3_1_1);
    check_version(raw, MQTT_5_0);
    return 0;
}
