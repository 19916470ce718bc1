#include "mqtt/packet.h"

#include "mqtt/packet_read.h"
#include "mqtt/topic.h"

err_t mqtt_packet_length(struct slice in, size_t max, size_t *ret_total, struct problem *problem)
{
    size_t remaining = 0;
    for (size_t i = 1; i <= 4; i++) {
        if (i >= in.len)
            return ERR_AGAIN;
        remaining |= (size_t)(in.data[i] & 0x7f) << (7 * (i - 1));
        if (in.data[i] & 0x80)
            continue;
        size_t total = 1 + i + remaining;
        if (total > max)
            return fail(problem, ERR_LIMIT, "packet", "%s of %zu bytes; at most %zu are accepted",
                        mqtt_type_name(in.data[0] >> 4), total, max);
        *ret_total = total;
        return ERR_OK;
    }
    return fail(problem, ERR_PROTO, "Remaining Length", "the Remaining Length has more than four bytes");
}

err_t read_check(struct reader *r, const char *field)
{
    if (r->c.failed)
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, field, "%s: the packet ends inside %s",
                   mqtt_type_name(r->type), field);
    return ERR_OK;
}

err_t read_end(struct reader *r)
{
    if (cursor_left(&r->c) != 0)
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "packet",
                   "%s: %zu bytes more than the packet should have", mqtt_type_name(r->type),
                   cursor_left(&r->c));
    return ERR_OK;
}

err_t read_text(struct reader *r, const char *field, struct slice *ret)
{
    struct slice text = wire_read_binary(&r->c);
    TRY(read_check(r, field));
    const char *fault = wire_text_fault(text);
    if (fault != NULL)
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, field, "%s: %s %s", mqtt_type_name(r->type), field,
                   fault);
    *ret = text;
    return ERR_OK;
}

err_t read_packet_id(struct reader *r, uint16_t *ret)
{
    uint16_t id = cursor_u16(&r->c);
    TRY(read_check(r, "Packet Identifier"));
    if (id == 0)
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Packet Identifier", "%s: the Packet Identifier is 0",
                   mqtt_type_name(r->type));
    *ret = id;
    return ERR_OK;
}

err_t read_properties(struct reader *r, unsigned place, struct mqtt_properties *ret)
{
    if (r->version != MQTT_5_0) {
        *ret = (struct mqtt_properties){0};
        return ERR_OK;
    }
    uint32_t len = wire_read_varint(&r->c);
    if (r->c.failed) /* [MQTT-1.5.5-1] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Property Length",
                   "%s: the Property Length is missing or not a Variable Byte Integer in its shortest form",
                   mqtt_type_name(r->type));
    struct slice list = cursor_bytes(&r->c, len);
    TRY(read_check(r, "Properties"));
    return mqtt_properties_decode(list, place, ret, r->ret_reason, r->problem);
}

static err_t read_publish_topic(struct reader *r, struct mqtt_publish *ret)
{
    TRY(read_text(r, "Topic Name", &ret->topic));
    if (ret->topic.len != 0 && topic_check_name(ret->topic, r->problem) != ERR_OK) {
        *r->ret_reason = MQTT_REASON_TOPIC_NAME_INVALID;
        return ERR_PROTO;
    }
    return ERR_OK;
}

static err_t read_publish(struct reader *r, struct mqtt_publish *ret)
{
    ret->dup = (r->flags & 8) != 0;
    ret->qos = r->flags >> 1 & 3;
    ret->retain = r->flags & 1;
    ret->packet_id = 0;
    if (ret->qos == 3) /* [MQTT-3.3.1-4] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "QoS", "PUBLISH: the QoS is 3; expected 0, 1 or 2");
    if (ret->dup && ret->qos == 0 && r->version != MQTT_3_1) /* [MQTT-3.3.1-2] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "DUP", "PUBLISH: DUP is set with QoS 0");
    TRY(read_publish_topic(r, ret));
    if (ret->qos != 0) /* [MQTT-2.2.1-2], [MQTT-2.2.1-3] */
        TRY(read_packet_id(r, &ret->packet_id));
    TRY(read_properties(r, MQTT_PUBLISH, &ret->properties));
    if (ret->topic.len == 0 && !mqtt_has(&ret->properties, MQTT_TOPIC_ALIAS)) /* 3.3.2.1 */
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Topic Name", "PUBLISH: the Topic Name is empty%s",
                   r->version == MQTT_5_0 ? " and there is no Topic Alias" : "");
    ret->payload = cursor_bytes(&r->c, cursor_left(&r->c));
    return ERR_OK;
}

/* Reason code and properties may be left off from the end (3.4.2.1, 3.14.2.1, 3.15.2.1). */
static err_t read_reason(struct reader *r, uint8_t *ret_code, struct mqtt_properties *ret)
{
    *ret_code = MQTT_REASON_SUCCESS;
    *ret = (struct mqtt_properties){0};
    if (r->version != MQTT_5_0 || cursor_left(&r->c) == 0)
        return ERR_OK;
    uint8_t code = cursor_u8(&r->c);
    if (!mqtt_reason_is_allowed((enum mqtt_type)r->type, code)) /* [MQTT-3.4.2-1] and its likes */
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Reason Code", "%s: 0x%02x is no Reason Code for it",
                   mqtt_type_name(r->type), (unsigned)code);
    *ret_code = code;
    if (cursor_left(&r->c) == 0)
        return ERR_OK;
    return read_properties(r, r->type, ret);
}

static err_t read_ack(struct reader *r, struct mqtt_ack *ret)
{
    TRY(read_packet_id(r, &ret->packet_id));
    return read_reason(r, &ret->reason, &ret->properties);
}

static err_t read_farewell(struct reader *r, struct mqtt_farewell *ret)
{
    if (r->type == MQTT_AUTH && r->version != MQTT_5_0)
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "type", "packet type 15 is reserved before MQTT 5.0");
    TRY(read_reason(r, &ret->reason, &ret->properties));
    /* 3.15.2.2.2: an AUTH with any content names its method. */
    bool is_auth = r->type == MQTT_AUTH && ret->reason != MQTT_REASON_SUCCESS;
    if (is_auth && !mqtt_has(&ret->properties, MQTT_AUTHENTICATION_METHOD))
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Authentication Method", "AUTH: no Authentication Method");
    return ERR_OK;
}

/* [MQTT-2.1.3-1]; MQTT 3.1 resends PUBREL, SUBSCRIBE and UNSUBSCRIBE with DUP and ignores unused bits. */
static err_t check_flags(struct reader *r)
{
    if (r->type == MQTT_PUBLISH || (r->version == MQTT_3_1 && r->type != MQTT_CONNECT))
        return ERR_OK;
    bool has_qos_1 = r->type == MQTT_PUBREL || r->type == MQTT_SUBSCRIBE || r->type == MQTT_UNSUBSCRIBE;
    uint8_t expected = has_qos_1 ? 2 : 0;
    if (r->flags != expected)
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "flags", "%s: the header flags are %u; expected %u",
                   mqtt_type_name(r->type), (unsigned)r->flags, (unsigned)expected);
    return ERR_OK;
}

static err_t read_body(struct reader *r, struct mqtt_packet *ret)
{
    switch ((enum mqtt_type)r->type) {
    case MQTT_CONNECT: return read_connect(r, &ret->connect);
    case MQTT_CONNACK: return read_connack(r, &ret->connack);
    case MQTT_PUBLISH: return read_publish(r, &ret->publish);
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP: return read_ack(r, &ret->ack);
    case MQTT_SUBSCRIBE:
    case MQTT_UNSUBSCRIBE: return read_filters(r, &ret->list);
    case MQTT_SUBACK:
    case MQTT_UNSUBACK: return read_reasons(r, &ret->list);
    case MQTT_PINGREQ:
    case MQTT_PINGRESP: return ERR_OK;
    case MQTT_DISCONNECT:
    case MQTT_AUTH: return read_farewell(r, &ret->farewell);
    }
    return BAD(r, MQTT_REASON_MALFORMED_PACKET, "type", "packet type %u is reserved", (unsigned)r->type);
}

/* Step over the first byte and the Remaining Length, which 5.0 wants in its shortest form. */
static err_t read_header(struct reader *r, struct slice packet)
{
    size_t total = 0;
    if (mqtt_packet_length(packet, SIZE_MAX, &total, r->problem) != ERR_OK || total != packet.len)
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Remaining Length",
                   "%s: the Remaining Length is not that of the packet", mqtt_type_name(r->type));
    cursor_u8(&r->c);
    uint8_t last = cursor_u8(&r->c);
    bool is_padded = false;
    while (last & 0x80) {
        last = cursor_u8(&r->c);
        is_padded = last == 0;
    }
    if (is_padded && r->version == MQTT_5_0 && r->type != MQTT_CONNECT) /* [MQTT-1.5.5-1] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Remaining Length",
                   "%s: the Remaining Length is not in its shortest form", mqtt_type_name(r->type));
    return ERR_OK;
}

err_t mqtt_decode(struct slice packet, enum mqtt_version version, struct mqtt_packet *ret,
                  uint8_t *ret_reason, struct problem *problem)
{
    struct reader r = {.c = wire_cursor(packet), .version = version};
    r.ret_reason = ret_reason;
    r.problem = problem;
    if (packet.len != 0) {
        r.type = packet.data[0] >> 4;
        r.flags = packet.data[0] & 15;
    }
    TRY(read_header(&r, packet));
    TRY(check_flags(&r));
    TRY(read_body(&r, ret));
    TRY(read_end(&r));
    ret->type = (enum mqtt_type)r.type;
    return ERR_OK;
}
