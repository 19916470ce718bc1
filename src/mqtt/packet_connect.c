/* CONNECT and CONNACK: MQTT 5.0 sections 3.1 and 3.2. */
#include "mqtt/packet_read.h"
#include "mqtt/topic.h"

/* Connect Flags, 3.1.2.3. */
enum {
    FLAG_RESERVED = 0x01,
    FLAG_CLEAN_START = 0x02,
    FLAG_WILL = 0x04,
    FLAG_WILL_QOS = 0x18,
    FLAG_WILL_RETAIN = 0x20,
    FLAG_PASSWORD = 0x40,
    FLAG_USER_NAME = 0x80,
};

/* [MQTT-3.1.2-1], [MQTT-3.1.2-2]: "MQIsdp" has level 3, "MQTT" levels 4 and 5. */
static err_t read_protocol(struct reader *r, struct mqtt_connect *ret)
{
    struct slice name = wire_read_binary(&r->c);
    uint8_t level = cursor_u8(&r->c);
    TRY(read_check(r, "Protocol Name"));
    bool is_old = slice_eq_str(name, "MQIsdp");
    if (!is_old && !slice_eq_str(name, "MQTT"))
        return BAD(r, MQTT_REASON_UNSUPPORTED_PROTOCOL_VERSION, "Protocol Name",
                   "CONNECT: the Protocol Name is neither MQTT nor MQIsdp");
    bool is_known = is_old ? level == MQTT_3_1 : level == MQTT_3_1_1 || level == MQTT_5_0;
    if (!is_known)
        return BAD(r, MQTT_REASON_UNSUPPORTED_PROTOCOL_VERSION, "Protocol Version",
                   "CONNECT: protocol %.*s level %u is not supported; expected MQTT 3.1, 3.1.1 or 5.0",
                   SLICE_ARG(name), (unsigned)level);
    ret->version = r->version = (enum mqtt_version)level;
    return ERR_OK;
}

/* Rules among the flags; 3.1 has none of them and ignores the bits. */
static err_t check_connect_flags(struct reader *r, uint8_t flags)
{
    if (r->version == MQTT_3_1)
        return ERR_OK;
    if (flags & FLAG_RESERVED) /* [MQTT-3.1.2-3] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Connect Flags", "CONNECT: the reserved flag is set");
    bool has_will = (flags & FLAG_WILL) != 0;
    if (!has_will && (flags & (FLAG_WILL_QOS | FLAG_WILL_RETAIN))) /* [MQTT-3.1.2-11], [MQTT-3.1.2-13] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Connect Flags",
                   "CONNECT: Will QoS or Will Retain is set without a will");
    if (r->version == MQTT_3_1_1 && (flags & FLAG_PASSWORD) &&
        !(flags & FLAG_USER_NAME)) /* [MQTT-3.1.2-22] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Connect Flags",
                   "CONNECT: a password without a user name");
    return ERR_OK;
}

static err_t read_will(struct reader *r, struct mqtt_will *ret)
{
    if (ret->qos == 3) /* [MQTT-3.1.2-12] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Will QoS", "CONNECT: the Will QoS is 3");
    TRY(read_properties(r, MQTT_IN_WILL, &ret->properties));
    TRY(read_text(r, "Will Topic", &ret->topic));
    if (topic_check_name(ret->topic, r->problem) != ERR_OK)
        return BAD(r, MQTT_REASON_TOPIC_NAME_INVALID, "Will Topic",
                   "CONNECT: the Will Topic is empty or contains a wildcard");
    ret->payload = wire_read_binary(&r->c);
    return read_check(r, "Will Payload");
}

static err_t read_connect_will(struct reader *r, uint8_t flags, struct mqtt_connect *ret)
{
    ret->has_will = (flags & FLAG_WILL) != 0;
    if (!ret->has_will)
        return ERR_OK;
    ret->will.qos = (flags & FLAG_WILL_QOS) >> 3;
    ret->will.retain = (flags & FLAG_WILL_RETAIN) != 0;
    const uint8_t *start = r->c.pos;
    TRY(read_will(r, &ret->will));
    ret->will_raw = slice_of(start, (size_t)(r->c.pos - start));
    return ERR_OK;
}

/* 3.1: "the User Name flag may be set but the string missing; this is valid". */
static bool is_missing(const struct reader *r)
{
    return r->version == MQTT_3_1 && cursor_left(&r->c) == 0;
}

static err_t read_login(struct reader *r, uint8_t flags, struct mqtt_connect *ret)
{
    ret->has_user_name = (flags & FLAG_USER_NAME) != 0 && !is_missing(r);
    if (ret->has_user_name)
        TRY(read_text(r, "User Name", &ret->user_name));
    ret->has_password = (flags & FLAG_PASSWORD) != 0 && !is_missing(r);
    if (ret->has_password)
        ret->password = wire_read_binary(&r->c);
    return read_check(r, "Password");
}

err_t read_connect(struct reader *r, struct mqtt_connect *ret)
{
    *ret = (struct mqtt_connect){0};
    TRY(read_protocol(r, ret));
    uint8_t flags = cursor_u8(&r->c);
    ret->keep_alive_s = cursor_u16(&r->c);
    TRY(read_check(r, "Keep Alive"));
    TRY(check_connect_flags(r, flags));
    ret->clean_start = (flags & FLAG_CLEAN_START) != 0;
    TRY(read_properties(r, MQTT_CONNECT, &ret->properties));
    TRY(read_text(r, "Client Identifier", &ret->client_id)); /* [MQTT-3.1.3-3], [MQTT-3.1.3-4] */
    TRY(read_connect_will(r, flags, ret));
    return read_login(r, flags, ret);
}

void mqtt_will_decode(struct slice raw, enum mqtt_version version, struct mqtt_will *ret)
{
    uint8_t reason;
    struct reader r = {wire_cursor(raw), MQTT_CONNECT, 0, version, &reason, NULL};
    struct mqtt_will will = {0};
    CHECK(read_will(&r, &will) == ERR_OK);
    *ret = will;
}

uint8_t mqtt_connect_level(struct slice packet)
{
    struct cursor c = wire_cursor(packet);
    uint8_t first = cursor_u8(&c);
    while (cursor_u8(&c) & 0x80)
        ;
    struct slice name = wire_read_binary(&c);
    uint8_t level = cursor_u8(&c);
    bool is_mqtt = slice_eq_str(name, "MQTT") || slice_eq_str(name, "MQIsdp");
    return !c.failed && first >> 4 == MQTT_CONNECT && is_mqtt ? level : 0;
}

static err_t check_connack_code(struct reader *r, const struct mqtt_connack *connack)
{
    bool is_known = r->version == MQTT_5_0 ? mqtt_reason_is_allowed(MQTT_CONNACK, connack->code)
                                           : connack->code <= MQTT_REFUSED_NOT_AUTHORIZED;
    if (!is_known) /* [MQTT-3.2.2-8] */
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Reason Code", "CONNACK: 0x%02x is no code for it",
                   (unsigned)connack->code);
    if (connack->session_present && connack->code != 0) /* [MQTT-3.2.2-6] */
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Session Present",
                   "CONNACK: a refusal with Session Present");
    return ERR_OK;
}

err_t read_connack(struct reader *r, struct mqtt_connack *ret)
{
    uint8_t flags = cursor_u8(&r->c);
    ret->code = cursor_u8(&r->c);
    TRY(read_check(r, "Reason Code"));
    if (r->version != MQTT_3_1 && (flags & 0xfe) != 0) /* [MQTT-3.2.2-1] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Acknowledge Flags", "CONNACK: a reserved flag is set");
    ret->session_present = r->version != MQTT_3_1 && (flags & 1) != 0;
    TRY(check_connack_code(r, ret));
    return read_properties(r, MQTT_CONNACK, &ret->properties);
}
