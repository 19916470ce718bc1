/**
 * @file properties.h - the property lists of MQTT 5.0 (section 2.2.2).
 *
 * A decoded list is a struct with one member per property and a bit set that says which were there; its
 * slices point into the packet. Properties that may occur several times (User Property, and Subscription
 * Identifier in PUBLISH) are not copied out: `raw` keeps the encoded list and the iterators walk it.
 * Nothing here allocates. Any thread.
 */
#pragma once

#include "base/buf.h"

/* Section 2.2.2.2, table 2-4. */
enum mqtt_property {
    MQTT_PAYLOAD_FORMAT_INDICATOR = 0x01,
    MQTT_MESSAGE_EXPIRY_INTERVAL = 0x02,
    MQTT_CONTENT_TYPE = 0x03,
    MQTT_RESPONSE_TOPIC = 0x08,
    MQTT_CORRELATION_DATA = 0x09,
    MQTT_SUBSCRIPTION_IDENTIFIER = 0x0b,
    MQTT_SESSION_EXPIRY_INTERVAL = 0x11,
    MQTT_ASSIGNED_CLIENT_IDENTIFIER = 0x12,
    MQTT_SERVER_KEEP_ALIVE = 0x13,
    MQTT_AUTHENTICATION_METHOD = 0x15,
    MQTT_AUTHENTICATION_DATA = 0x16,
    MQTT_REQUEST_PROBLEM_INFORMATION = 0x17,
    MQTT_WILL_DELAY_INTERVAL = 0x18,
    MQTT_REQUEST_RESPONSE_INFORMATION = 0x19,
    MQTT_RESPONSE_INFORMATION = 0x1a,
    MQTT_SERVER_REFERENCE = 0x1c,
    MQTT_REASON_STRING = 0x1f,
    MQTT_RECEIVE_MAXIMUM = 0x21,
    MQTT_TOPIC_ALIAS_MAXIMUM = 0x22,
    MQTT_TOPIC_ALIAS = 0x23,
    MQTT_MAXIMUM_QOS = 0x24,
    MQTT_RETAIN_AVAILABLE = 0x25,
    MQTT_USER_PROPERTY = 0x26,
    MQTT_MAXIMUM_PACKET_SIZE = 0x27,
    MQTT_WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28,
    MQTT_SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 0x29,
    MQTT_SHARED_SUBSCRIPTION_AVAILABLE = 0x2a,
};

/* A list's place: the packet types of packet.h (1 to 15), or the will inside CONNECT. */
enum { MQTT_IN_WILL = 0 };

struct mqtt_properties {
    uint64_t present; /* bit n: property n is set; a member counts only then */
    struct slice raw; /* encoded list, without its length; source of the properties that repeat */
    struct slice content_type;
    struct slice response_topic;
    struct slice correlation_data;
    struct slice assigned_client_identifier;
    struct slice authentication_method;
    struct slice authentication_data;
    struct slice response_information;
    struct slice server_reference;
    struct slice reason_string;
    uint32_t message_expiry_interval; /* s */
    uint32_t session_expiry_interval; /* s; 0xFFFFFFFF = never */
    uint32_t will_delay_interval;     /* s */
    uint32_t maximum_packet_size;     /* bytes, not 0 */
    uint16_t server_keep_alive;       /* s */
    uint16_t receive_maximum;         /* not 0 */
    uint16_t topic_alias_maximum;
    uint16_t topic_alias; /* not 0 */
    uint8_t payload_format_indicator;
    uint8_t request_problem_information;
    uint8_t request_response_information;
    uint8_t maximum_qos;
    uint8_t retain_available;
    uint8_t wildcard_subscription_available;
    uint8_t subscription_identifiers_available;
    uint8_t shared_subscription_available;
};

static inline bool mqtt_has(const struct mqtt_properties *p, enum mqtt_property id)
{
    return (p->present >> id & 1) != 0;
}

static inline void mqtt_set(struct mqtt_properties *p, enum mqtt_property id)
{
    p->present |= UINT64_C(1) << id;
}

/** The specification's name ("Receive Maximum"); "unknown" for other numbers. */
const char *mqtt_property_name(unsigned id);

/** May property @p id stand in a list at @p place (MQTT_IN_WILL or a packet type)? */
bool mqtt_property_is_allowed(unsigned id, unsigned place);

/**
 * Check and decode a property list (without its length).
 *
 * @param place       MQTT_IN_WILL or a packet type
 * @param ret         overwritten on ERR_OK; borrows from @p list
 * @param ret_reason  the 5.0 reason code, set on ERR_PROTO only
 * @return ERR_OK · ERR_PROTO (malformed, unknown, not allowed here, twice, or out of range)
 */
MUST_USE err_t mqtt_properties_decode(struct slice list, unsigned place, struct mqtt_properties *ret,
                                      uint8_t *ret_reason, struct problem *problem);

/**
 * Append the list with its length: every member marked present, then the repeatable properties of `raw`.
 * `raw` must be a valid list (decoded, or built with the two functions below). @p p NULL = empty list.
 * A slice longer than 65 535 bytes makes @p out failed.
 */
void mqtt_properties_encode(struct buf *out, const struct mqtt_properties *p);

/** Append one property to a `raw` list under construction. A string beyond 65 535 bytes fails @p raw. */
void mqtt_user_property_append(struct buf *raw, struct slice name, struct slice value);
void mqtt_subscription_identifier_append(struct buf *raw, uint32_t id);

/**
 * Walk the repeatable properties of a valid list: start with `rest = p->raw`, call until false.
 * The order is that of the packet; other properties are skipped.
 */
bool mqtt_user_property_next(struct slice *rest, struct slice *ret_name, struct slice *ret_value);
bool mqtt_subscription_identifier_next(struct slice *rest, uint32_t *ret_id);
