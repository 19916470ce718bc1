/* The encoder: one function a packet type. Lengths are filled in after the content (wire.h). */
#include "mqtt/packet.h"

#include "mqtt/wire.h"

static size_t open_packet(struct buf *out, enum mqtt_type type, unsigned flags)
{
    buf_append_u8(out, (uint8_t)((unsigned)type << 4 | flags));
    return wire_open_length(out);
}

static bool has_content(const struct mqtt_properties *p)
{
    return p != NULL && (p->present != 0 || p->raw.len != 0);
}

static unsigned connect_flags(const struct mqtt_connect *c)
{
    unsigned flags = c->clean_start ? 0x02 : 0;
    if (c->has_will)
        flags |= 0x04u | (unsigned)c->will.qos << 3 | (c->will.retain ? 0x20u : 0);
    return flags | (c->has_password ? 0x40u : 0) | (c->has_user_name ? 0x80u : 0);
}

static void write_will(struct buf *out, enum mqtt_version version, const struct mqtt_will *will)
{
    if (version == MQTT_5_0)
        mqtt_properties_encode(out, &will->properties);
    wire_write_binary(out, will->topic);
    wire_write_binary(out, will->payload);
}

static void write_connect(struct buf *out, const struct mqtt_connect *c)
{
    size_t opened = open_packet(out, MQTT_CONNECT, 0);
    wire_write_binary(out, slice_str(c->version == MQTT_3_1 ? "MQIsdp" : "MQTT"));
    buf_append_u8(out, (uint8_t)c->version);
    buf_append_u8(out, (uint8_t)connect_flags(c));
    buf_append_u16(out, c->keep_alive_s);
    if (c->version == MQTT_5_0)
        mqtt_properties_encode(out, &c->properties);
    wire_write_binary(out, c->client_id);
    if (c->has_will)
        write_will(out, c->version, &c->will);
    if (c->has_user_name)
        wire_write_binary(out, c->user_name);
    if (c->has_password)
        wire_write_binary(out, c->password);
    wire_close_length(out, opened);
}

void mqtt_write_connack(struct buf *out, enum mqtt_version version, const struct mqtt_connack *connack)
{
    size_t opened = open_packet(out, MQTT_CONNACK, 0);
    buf_append_u8(out, connack->session_present && version != MQTT_3_1);
    buf_append_u8(out, connack->code);
    if (version == MQTT_5_0)
        mqtt_properties_encode(out, &connack->properties);
    wire_close_length(out, opened);
}

void mqtt_write_publish(struct buf *out, enum mqtt_version version, const struct mqtt_publish *publish)
{
    unsigned flags = (publish->dup ? 8u : 0) | (unsigned)publish->qos << 1 | (publish->retain ? 1u : 0);
    size_t opened = open_packet(out, MQTT_PUBLISH, flags);
    wire_write_binary(out, publish->topic);
    if (publish->qos != 0)
        buf_append_u16(out, publish->packet_id);
    if (version == MQTT_5_0)
        mqtt_properties_encode(out, &publish->properties);
    buf_append_slice(out, publish->payload);
    wire_close_length(out, opened);
}

void mqtt_write_ack(struct buf *out, enum mqtt_version version, enum mqtt_type type, uint16_t packet_id,
                    uint8_t reason, const struct mqtt_properties *properties)
{
    size_t opened = open_packet(out, type, type == MQTT_PUBREL ? 2 : 0);
    buf_append_u16(out, packet_id);
    if (version == MQTT_5_0 && (reason != MQTT_REASON_SUCCESS || has_content(properties))) {
        buf_append_u8(out, reason);
        if (has_content(properties))
            mqtt_properties_encode(out, properties);
    }
    wire_close_length(out, opened);
}

void mqtt_write_list(struct buf *out, enum mqtt_version version, enum mqtt_type type,
                     const struct mqtt_list *list)
{
    bool has_qos_1 = type == MQTT_SUBSCRIBE || type == MQTT_UNSUBSCRIBE;
    size_t opened = open_packet(out, type, has_qos_1 ? 2 : 0);
    buf_append_u16(out, list->packet_id);
    if (version == MQTT_5_0)
        mqtt_properties_encode(out, &list->properties);
    if (version == MQTT_5_0 || type != MQTT_UNSUBACK)
        buf_append_slice(out, list->raw);
    wire_close_length(out, opened);
}

void mqtt_write_farewell(struct buf *out, enum mqtt_version version, enum mqtt_type type, uint8_t reason,
                         const struct mqtt_properties *properties)
{
    size_t opened = open_packet(out, type, 0);
    if (version == MQTT_5_0 && (reason != MQTT_REASON_SUCCESS || has_content(properties))) {
        buf_append_u8(out, reason);
        if (has_content(properties))
            mqtt_properties_encode(out, properties);
    }
    wire_close_length(out, opened);
}

void mqtt_write_ping(struct buf *out, enum mqtt_type type)
{
    wire_close_length(out, open_packet(out, type, 0));
}

static void write_packet(struct buf *out, enum mqtt_version version, const struct mqtt_packet *packet)
{
    switch (packet->type) {
    case MQTT_CONNECT: write_connect(out, &packet->connect); break;
    case MQTT_CONNACK: mqtt_write_connack(out, version, &packet->connack); break;
    case MQTT_PUBLISH: mqtt_write_publish(out, version, &packet->publish); break;
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP:
        mqtt_write_ack(out, version, packet->type, packet->ack.packet_id, packet->ack.reason,
                       &packet->ack.properties);
        break;
    case MQTT_SUBSCRIBE:
    case MQTT_SUBACK:
    case MQTT_UNSUBSCRIBE:
    case MQTT_UNSUBACK: mqtt_write_list(out, version, packet->type, &packet->list); break;
    case MQTT_PINGREQ:
    case MQTT_PINGRESP: mqtt_write_ping(out, packet->type); break;
    case MQTT_DISCONNECT:
    case MQTT_AUTH:
        mqtt_write_farewell(out, version, packet->type, packet->farewell.reason,
                            &packet->farewell.properties);
        break;
    }
}

/* Fits the wire's length fields, whatever the memory says? */
static bool is_encodable(const struct mqtt_packet *packet)
{
    const struct mqtt_connect *c = &packet->connect;
    switch (packet->type) {
    case MQTT_CONNECT:
        return c->client_id.len <= MQTT_MAX_STRING && c->will.topic.len <= MQTT_MAX_STRING &&
               c->will.payload.len <= MQTT_MAX_STRING && c->user_name.len <= MQTT_MAX_STRING &&
               c->password.len <= MQTT_MAX_STRING;
    case MQTT_PUBLISH:
        return packet->publish.topic.len <= MQTT_MAX_STRING &&
               packet->publish.payload.len <= MQTT_MAX_REMAINING_LENGTH - 2 * MQTT_MAX_STRING;
    default: return true;
    }
}

err_t mqtt_encode(struct buf *out, enum mqtt_version version, const struct mqtt_packet *packet)
{
    if (!is_encodable(packet)) {
        out->failed = true;
        return ERR_LIMIT;
    }
    write_packet(out, version, packet);
    return buf_is_ok(out) ? ERR_OK : ERR_NOMEM;
}
