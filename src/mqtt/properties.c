#include "mqtt/properties.h"

#include "base/text.h"
#include "mqtt/packet.h"
#include "mqtt/topic.h"
#include "mqtt/wire.h"

enum kind { BYTE = 1, FLAG, TWO, FOUR, VARINT, TEXT, BINARY, PAIR };

#define IN(place) (1u << (place))
enum {
    WILL = IN(MQTT_IN_WILL),
    CONNECT = IN(MQTT_CONNECT),
    CONNACK = IN(MQTT_CONNACK),
    PUBLISH = IN(MQTT_PUBLISH),
    ACKS = IN(MQTT_PUBACK) | IN(MQTT_PUBREC) | IN(MQTT_PUBREL) | IN(MQTT_PUBCOMP) | IN(MQTT_SUBACK) |
           IN(MQTT_UNSUBACK),
    SUBSCRIBE = IN(MQTT_SUBSCRIBE),
    UNSUBSCRIBE = IN(MQTT_UNSUBSCRIBE),
    DISCONNECT = IN(MQTT_DISCONNECT),
    AUTH = IN(MQTT_AUTH),
};

struct rule {
    const char *name;
    uint8_t kind;
    uint8_t offset;  /* in struct mqtt_properties; kinds VARINT and PAIR have no member */
    uint16_t places; /* IN() bits */
    uint8_t refused; /* reason code for the value 0; 0 = allowed */
};

#define MEMBER(m) offsetof(struct mqtt_properties, m)
/* MQTT 5.0 section 2.2.2.2, table 2-4; the values refused are those of the packets' sections. */
static const struct rule rules[] = {
    [MQTT_PAYLOAD_FORMAT_INDICATOR] = {"Payload Format Indicator", FLAG, MEMBER(payload_format_indicator),
                                       PUBLISH | WILL},
    [MQTT_MESSAGE_EXPIRY_INTERVAL] = {"Message Expiry Interval", FOUR, MEMBER(message_expiry_interval),
                                      PUBLISH | WILL},
    [MQTT_CONTENT_TYPE] = {"Content Type", TEXT, MEMBER(content_type), PUBLISH | WILL},
    [MQTT_RESPONSE_TOPIC] = {"Response Topic", TEXT, MEMBER(response_topic), PUBLISH | WILL},
    [MQTT_CORRELATION_DATA] = {"Correlation Data", BINARY, MEMBER(correlation_data), PUBLISH | WILL},
    [MQTT_SUBSCRIPTION_IDENTIFIER] = {"Subscription Identifier", VARINT, 0, PUBLISH | SUBSCRIBE,
                                      MQTT_REASON_PROTOCOL_ERROR},
    [MQTT_SESSION_EXPIRY_INTERVAL] = {"Session Expiry Interval", FOUR, MEMBER(session_expiry_interval),
                                      CONNECT | CONNACK | DISCONNECT},
    [MQTT_ASSIGNED_CLIENT_IDENTIFIER] = {"Assigned Client Identifier", TEXT,
                                         MEMBER(assigned_client_identifier), CONNACK},
    [MQTT_SERVER_KEEP_ALIVE] = {"Server Keep Alive", TWO, MEMBER(server_keep_alive), CONNACK},
    [MQTT_AUTHENTICATION_METHOD] = {"Authentication Method", TEXT, MEMBER(authentication_method),
                                    CONNECT | CONNACK | AUTH},
    [MQTT_AUTHENTICATION_DATA] = {"Authentication Data", BINARY, MEMBER(authentication_data),
                                  CONNECT | CONNACK | AUTH},
    [MQTT_REQUEST_PROBLEM_INFORMATION] = {"Request Problem Information", FLAG,
                                          MEMBER(request_problem_information), CONNECT},
    [MQTT_WILL_DELAY_INTERVAL] = {"Will Delay Interval", FOUR, MEMBER(will_delay_interval), WILL},
    [MQTT_REQUEST_RESPONSE_INFORMATION] = {"Request Response Information", FLAG,
                                           MEMBER(request_response_information), CONNECT},
    [MQTT_RESPONSE_INFORMATION] = {"Response Information", TEXT, MEMBER(response_information), CONNACK},
    [MQTT_SERVER_REFERENCE] = {"Server Reference", TEXT, MEMBER(server_reference), CONNACK | DISCONNECT},
    [MQTT_REASON_STRING] = {"Reason String", TEXT, MEMBER(reason_string), CONNACK | ACKS | DISCONNECT | AUTH},
    [MQTT_RECEIVE_MAXIMUM] = {"Receive Maximum", TWO, MEMBER(receive_maximum), CONNECT | CONNACK,
                              MQTT_REASON_PROTOCOL_ERROR},
    [MQTT_TOPIC_ALIAS_MAXIMUM] = {"Topic Alias Maximum", TWO, MEMBER(topic_alias_maximum), CONNECT | CONNACK},
    [MQTT_TOPIC_ALIAS] = {"Topic Alias", TWO, MEMBER(topic_alias), PUBLISH, MQTT_REASON_TOPIC_ALIAS_INVALID},
    [MQTT_MAXIMUM_QOS] = {"Maximum QoS", FLAG, MEMBER(maximum_qos), CONNACK},
    [MQTT_RETAIN_AVAILABLE] = {"Retain Available", FLAG, MEMBER(retain_available), CONNACK},
    [MQTT_USER_PROPERTY] = {"User Property", PAIR, 0,
                            WILL | CONNECT | CONNACK | PUBLISH | ACKS | SUBSCRIBE | UNSUBSCRIBE | DISCONNECT |
                                AUTH},
    [MQTT_MAXIMUM_PACKET_SIZE] = {"Maximum Packet Size", FOUR, MEMBER(maximum_packet_size), CONNECT | CONNACK,
                                  MQTT_REASON_PROTOCOL_ERROR},
    [MQTT_WILDCARD_SUBSCRIPTION_AVAILABLE] = {"Wildcard Subscription Available", FLAG,
                                              MEMBER(wildcard_subscription_available), CONNACK},
    [MQTT_SUBSCRIPTION_IDENTIFIERS_AVAILABLE] = {"Subscription Identifiers Available", FLAG,
                                                 MEMBER(subscription_identifiers_available), CONNACK},
    [MQTT_SHARED_SUBSCRIPTION_AVAILABLE] = {"Shared Subscription Available", FLAG,
                                            MEMBER(shared_subscription_available), CONNACK},
};
_Static_assert(sizeof(struct mqtt_properties) <= 256, "rule.offset is one byte");

enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static const struct rule *rule_of(unsigned id)
{
    return id < RULE_COUNT && rules[id].name != NULL ? &rules[id] : NULL;
}

const char *mqtt_property_name(unsigned id)
{
    const struct rule *rule = rule_of(id);
    return rule != NULL ? rule->name : "unknown";
}

bool mqtt_property_is_allowed(unsigned id, unsigned place)
{
    const struct rule *rule = rule_of(id);
    return rule != NULL && place <= MQTT_AUTH && (rule->places & IN(place)) != 0;
}

/* A property's value as read, before it is checked and put into its member. */
struct value {
    uint32_t number;
    struct slice text;
    struct slice second; /* of a PAIR */
};

static struct value read_value(struct cursor *c, uint8_t kind)
{
    struct value v = {0};
    switch (kind) {
    case BYTE:
    case FLAG: v.number = cursor_u8(c); break;
    case TWO: v.number = cursor_u16(c); break;
    case FOUR: v.number = cursor_u32(c); break;
    case VARINT: v.number = wire_read_varint(c); break;
    case TEXT:
    case BINARY: v.text = wire_read_binary(c); break;
    default:
        v.text = wire_read_binary(c);
        v.second = wire_read_binary(c);
        break;
    }
    return v;
}

static bool is_number(uint8_t kind)
{
    return kind < TEXT;
}

static err_t check_text(const struct rule *rule, struct slice text, uint8_t *ret_reason,
                        struct problem *problem)
{
    const char *fault = wire_text_fault(text);
    if (fault != NULL)
        return MALFORMED(MQTT_REASON_MALFORMED_PACKET, rule->name, "%s %s", rule->name, fault);
    return ERR_OK;
}

static err_t check_value(unsigned id, const struct rule *rule, const struct value *v, uint8_t *ret_reason,
                         struct problem *problem)
{
    if (rule->kind == FLAG && v->number > 1)
        return MALFORMED(MQTT_REASON_PROTOCOL_ERROR, rule->name, "%s is %u; expected 0 or 1", rule->name,
                         (unsigned)v->number);
    if (is_number(rule->kind) && rule->refused != 0 && v->number == 0)
        return MALFORMED(rule->refused, rule->name, "%s is 0; expected at least 1", rule->name);
    if (rule->kind == TEXT || rule->kind == PAIR)
        TRY(check_text(rule, v->text, ret_reason, problem));
    if (rule->kind == PAIR)
        TRY(check_text(rule, v->second, ret_reason, problem));
    /* [MQTT-3.3.2-14], [MQTT-4.7.3-1] */
    if (id == MQTT_RESPONSE_TOPIC && topic_check_name(v->text, problem) != ERR_OK)
        return MALFORMED(MQTT_REASON_PROTOCOL_ERROR, rule->name,
                         "Response Topic is empty or contains a wildcard");
    return ERR_OK;
}

static void store_value(struct mqtt_properties *p, const struct rule *rule, const struct value *v)
{
    uint8_t *member = (uint8_t *)p + rule->offset;
    switch (rule->kind) {
    case BYTE:
    case FLAG: *member = (uint8_t)v->number; break;
    case TWO: memcpy(member, &(uint16_t){(uint16_t)v->number}, sizeof(uint16_t)); break;
    case FOUR: memcpy(member, &v->number, sizeof(uint32_t)); break;
    case TEXT:
    case BINARY: memcpy(member, &v->text, sizeof(struct slice)); break;
    default: break; /* repeatable: stays in raw */
    }
}

/* Only User Property, and Subscription Identifier in PUBLISH, may stand twice (section 2.2.2.2). */
static bool may_repeat(unsigned id, unsigned place)
{
    return id == MQTT_USER_PROPERTY || (id == MQTT_SUBSCRIPTION_IDENTIFIER && place == MQTT_PUBLISH);
}

static err_t decode_one(struct cursor *c, unsigned place, struct mqtt_properties *p, uint8_t *ret_reason,
                        struct problem *problem)
{
    uint32_t id = wire_read_varint(c);
    if (c->failed)
        return MALFORMED(MQTT_REASON_MALFORMED_PACKET, "properties",
                         "a property identifier is cut off or not in its shortest form");
    const struct rule *rule = rule_of(id);
    if (rule == NULL)
        return MALFORMED(MQTT_REASON_MALFORMED_PACKET, "properties", "property 0x%02x is not known",
                         (unsigned)id);
    if (!mqtt_property_is_allowed(id, place)) /* 2.2.2.2 */
        return MALFORMED(MQTT_REASON_MALFORMED_PACKET, rule->name, "%s is not allowed in %s", rule->name,
                         place == MQTT_IN_WILL ? "a will" : mqtt_type_name(place));
    if (mqtt_has(p, id) && !may_repeat(id, place))
        return MALFORMED(MQTT_REASON_PROTOCOL_ERROR, rule->name, "%s stands twice", rule->name);
    struct value v = read_value(c, rule->kind);
    if (c->failed)
        return MALFORMED(MQTT_REASON_MALFORMED_PACKET, rule->name, "%s is cut off", rule->name);
    TRY(check_value(id, rule, &v, ret_reason, problem));
    store_value(p, rule, &v);
    mqtt_set(p, id);
    return ERR_OK;
}

err_t mqtt_properties_decode(struct slice list, unsigned place, struct mqtt_properties *ret,
                             uint8_t *ret_reason, struct problem *problem)
{
    struct mqtt_properties p = {.raw = list};
    struct cursor c = wire_cursor(list);
    while (cursor_left(&c) != 0)
        TRY(decode_one(&c, place, &p, ret_reason, problem));
    /* 3.1.2.11.10: data without a method is a Protocol Error. */
    if (mqtt_has(&p, MQTT_AUTHENTICATION_DATA) && !mqtt_has(&p, MQTT_AUTHENTICATION_METHOD))
        return MALFORMED(MQTT_REASON_PROTOCOL_ERROR, "Authentication Data",
                         "Authentication Data without Authentication Method");
    *ret = p;
    return ERR_OK;
}

static void encode_member(struct buf *out, const struct mqtt_properties *p, unsigned id,
                          const struct rule *rule)
{
    const uint8_t *member = (const uint8_t *)p + rule->offset;
    struct slice text;
    uint16_t two;
    uint32_t four;
    buf_append_u8(out, (uint8_t)id);
    switch (rule->kind) {
    case BYTE:
    case FLAG: buf_append_u8(out, *member); break;
    case TWO:
        memcpy(&two, member, sizeof two);
        buf_append_u16(out, two);
        break;
    case FOUR:
        memcpy(&four, member, sizeof four);
        buf_append_u32(out, four);
        break;
    default:
        memcpy(&text, member, sizeof text);
        wire_write_binary(out, text);
        break;
    }
}

static bool is_repeatable(const struct rule *rule)
{
    return rule->kind == VARINT || rule->kind == PAIR;
}

static void encode_repeatable(struct buf *out, struct slice raw)
{
    struct slice rest = raw;
    uint32_t id;
    while (mqtt_subscription_identifier_next(&rest, &id))
        mqtt_subscription_identifier_append(out, id);
    struct slice name, value;
    rest = raw;
    while (mqtt_user_property_next(&rest, &name, &value))
        mqtt_user_property_append(out, name, value);
}

void mqtt_properties_encode(struct buf *out, const struct mqtt_properties *p)
{
    size_t opened = wire_open_length(out);
    if (p != NULL && (p->present != 0 || p->raw.len != 0)) {
        for (unsigned id = 0; id < RULE_COUNT; id++)
            if (mqtt_has(p, id) && rule_of(id) != NULL && !is_repeatable(&rules[id]))
                encode_member(out, p, id, &rules[id]);
        encode_repeatable(out, p->raw);
    }
    wire_close_length(out, opened);
}

void mqtt_user_property_append(struct buf *raw, struct slice name, struct slice value)
{
    buf_append_u8(raw, MQTT_USER_PROPERTY);
    wire_write_binary(raw, name);
    wire_write_binary(raw, value);
}

void mqtt_subscription_identifier_append(struct buf *raw, uint32_t id)
{
    buf_append_u8(raw, MQTT_SUBSCRIPTION_IDENTIFIER);
    wire_write_varint(raw, id);
}

/* The next property @p wanted of a list known to be valid; the cursor stops at the end otherwise. */
static bool next_of(struct slice *rest, unsigned wanted, struct value *ret)
{
    struct cursor c = wire_cursor(*rest);
    while (cursor_left(&c) != 0 && !c.failed) {
        uint32_t id = wire_read_varint(&c);
        const struct rule *rule = rule_of(id);
        if (rule == NULL)
            break;
        struct value v = read_value(&c, rule->kind);
        if (id != wanted || c.failed)
            continue;
        *rest = slice_of(c.pos, cursor_left(&c));
        *ret = v;
        return true;
    }
    *rest = slice_of(c.end, 0);
    return false;
}

bool mqtt_user_property_next(struct slice *rest, struct slice *ret_name, struct slice *ret_value)
{
    struct value v;
    if (!next_of(rest, MQTT_USER_PROPERTY, &v))
        return false;
    *ret_name = v.text;
    *ret_value = v.second;
    return true;
}

bool mqtt_subscription_identifier_next(struct slice *rest, uint32_t *ret_id)
{
    struct value v;
    if (!next_of(rest, MQTT_SUBSCRIPTION_IDENTIFIER, &v))
        return false;
    *ret_id = v.number;
    return true;
}
