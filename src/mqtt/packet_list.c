/* SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK: MQTT 5.0 sections 3.8 to 3.11. */
#include "mqtt/packet_read.h"
#include "mqtt/topic.h"

/* Subscription Options, 3.8.3.1. */
enum {
    OPTION_QOS = 0x03,
    OPTION_NO_LOCAL = 0x04,
    OPTION_RETAIN_AS_PUBLISHED = 0x08,
    OPTION_RETAIN_HANDLING = 0x30,
    OPTION_RESERVED = 0xc0,
};

static err_t check_options(struct reader *r, struct slice filter, uint8_t options)
{
    if (r->version == MQTT_3_1)
        options &= OPTION_QOS;
    uint8_t reserved = r->version == MQTT_5_0 ? OPTION_RESERVED : 0xfc;
    if (options & reserved) /* [MQTT-3.8.3-5]; 3.1.1: [MQTT-3-8.3-4] */
        return BAD(r, MQTT_REASON_MALFORMED_PACKET, "Subscription Options",
                   "SUBSCRIBE: a reserved subscription option is set");
    if ((options & OPTION_QOS) == 3)
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Maximum QoS", "SUBSCRIBE: the QoS is 3");
    if ((options & OPTION_RETAIN_HANDLING) == OPTION_RETAIN_HANDLING)
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Retain Handling", "SUBSCRIBE: the Retain Handling is 3");
    if ((options & OPTION_NO_LOCAL) && topic_is_shared(filter)) /* [MQTT-3.8.3-4] */
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "No Local", "SUBSCRIBE: No Local on a shared subscription");
    return ERR_OK;
}

static err_t read_filter(struct reader *r)
{
    struct slice filter;
    TRY(read_text(r, "Topic Filter", &filter)); /* [MQTT-3.8.3-1], [MQTT-3.10.3-1] */
    err_t err = r->version == MQTT_5_0 ? topic_check_filter_5(filter, r->problem)
                                       : topic_check_filter(filter, r->problem);
    if (err != ERR_OK) {
        *r->ret_reason = MQTT_REASON_TOPIC_FILTER_INVALID;
        return ERR_PROTO;
    }
    if (r->type != MQTT_SUBSCRIBE)
        return ERR_OK;
    uint8_t options = cursor_u8(&r->c);
    TRY(read_check(r, "Subscription Options"));
    return check_options(r, filter, options);
}

err_t read_filters(struct reader *r, struct mqtt_list *ret)
{
    TRY(read_packet_id(r, &ret->packet_id));
    TRY(read_properties(r, r->type, &ret->properties));
    ret->raw = slice_of(r->c.pos, cursor_left(&r->c));
    for (ret->count = 0; cursor_left(&r->c) != 0; ret->count++)
        TRY(read_filter(r));
    if (ret->count == 0) /* [MQTT-3.8.3-2], [MQTT-3.10.3-2] */
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "payload", "%s: no topic filter", mqtt_type_name(r->type));
    return ERR_OK;
}

static err_t check_reasons(struct reader *r, const struct mqtt_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        uint8_t code = list->raw.data[i];
        bool is_known = r->version == MQTT_5_0 ? mqtt_reason_is_allowed((enum mqtt_type)r->type, code)
                                               : code <= 2 || code == MQTT_SUBSCRIBE_FAILURE;
        if (!is_known) /* [MQTT-3.9.3-2], [MQTT-3.11.3-2] */
            return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "Reason Code", "%s: 0x%02x is no Reason Code for it",
                       mqtt_type_name(r->type), (unsigned)code);
    }
    return ERR_OK;
}

err_t read_reasons(struct reader *r, struct mqtt_list *ret)
{
    TRY(read_packet_id(r, &ret->packet_id));
    TRY(read_properties(r, r->type, &ret->properties));
    ret->count = 0;
    ret->raw = slice_of(r->c.pos, 0);
    if (r->type == MQTT_UNSUBACK && r->version != MQTT_5_0) /* has no payload there */
        return ERR_OK;
    ret->raw = cursor_bytes(&r->c, cursor_left(&r->c));
    ret->count = (uint32_t)ret->raw.len;
    if (ret->count == 0)
        return BAD(r, MQTT_REASON_PROTOCOL_ERROR, "payload", "%s: no Reason Code", mqtt_type_name(r->type));
    return check_reasons(r, ret);
}

bool mqtt_filter_next(struct slice *rest, bool has_options, struct mqtt_subscription *ret)
{
    struct cursor c = wire_cursor(*rest);
    struct slice filter = wire_read_binary(&c);
    uint8_t options = has_options ? cursor_u8(&c) : 0;
    if (c.failed)
        return false;
    *ret = (struct mqtt_subscription){
        .filter = filter,
        .qos = options & OPTION_QOS,
        .no_local = (options & OPTION_NO_LOCAL) != 0,
        .retain_as_published = (options & OPTION_RETAIN_AS_PUBLISHED) != 0,
        .retain_handling = (options & OPTION_RETAIN_HANDLING) >> 4,
    };
    *rest = slice_of(c.pos, cursor_left(&c));
    return true;
}

void mqtt_filter_append(struct buf *raw, enum mqtt_version version, bool has_options,
                        const struct mqtt_subscription *entry)
{
    wire_write_binary(raw, entry->filter);
    if (!has_options)
        return;
    unsigned options = entry->qos;
    if (version == MQTT_5_0)
        options |= (entry->no_local ? OPTION_NO_LOCAL : 0u) |
                   (entry->retain_as_published ? OPTION_RETAIN_AS_PUBLISHED : 0u) |
                   (unsigned)entry->retain_handling << 4;
    buf_append_u8(raw, (uint8_t)options);
}
