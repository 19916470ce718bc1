/**
 * @file packet.h - MQTT control packets as structs: 3.1 (MQIsdp), 3.1.1 and 5.0, both directions.
 *
 * Reading is two steps, so that a size limit bites before a body is awaited:
 *     mqtt_packet_length()  how many bytes the next packet has, from its first 2 to 5 bytes
 *     mqtt_decode()         those bytes -> struct mqtt_packet
 * A decoded packet borrows every slice from the input, so it lives as long as the input does. Lists
 * (filters, reason codes, user properties) stay encoded and are walked with the `_next` functions; they
 * have been checked when mqtt_decode() says ERR_OK.
 *
 * The decoder checks what can be known from the packet and the version alone. What depends on who sends
 * it or on the session (a client sending CONNACK, an unknown packet identifier) is session.h's business.
 * Rules are those of the specification; MQTT 3.1 differs where its text does: unused header bits are
 * ignored, a resent PUBREL, SUBSCRIBE or UNSUBSCRIBE may carry DUP, and user name and password may be
 * missing although their flags are set. A longer client identifier than 3.1's 23 bytes is accepted.
 *
 * No state, no allocation (except growth of the output buffer). Any thread.
 */
#pragma once

#include "mqtt/properties.h"

/* Section 2.1.2. */
enum mqtt_type {
    MQTT_CONNECT = 1,
    MQTT_CONNACK,
    MQTT_PUBLISH,
    MQTT_PUBACK,
    MQTT_PUBREC,
    MQTT_PUBREL,
    MQTT_PUBCOMP,
    MQTT_SUBSCRIBE,
    MQTT_SUBACK,
    MQTT_UNSUBSCRIBE,
    MQTT_UNSUBACK,
    MQTT_PINGREQ,
    MQTT_PINGRESP,
    MQTT_DISCONNECT,
    MQTT_AUTH
};

/* The protocol level byte of CONNECT. */
enum mqtt_version { MQTT_3_1 = 3, MQTT_3_1_1 = 4, MQTT_5_0 = 5 };
const char *mqtt_version_name(enum mqtt_version version); /* "MQTT 3.1.1" */

/* MQTT 5.0 section 2.4. Several names share 0x00. */
enum mqtt_reason {
    MQTT_REASON_SUCCESS = 0x00,
    MQTT_REASON_NORMAL_DISCONNECTION = 0x00,
    MQTT_REASON_GRANTED_QOS_0 = 0x00,
    MQTT_REASON_GRANTED_QOS_1 = 0x01,
    MQTT_REASON_GRANTED_QOS_2 = 0x02,
    MQTT_REASON_DISCONNECT_WITH_WILL_MESSAGE = 0x04,
    MQTT_REASON_NO_MATCHING_SUBSCRIBERS = 0x10,
    MQTT_REASON_NO_SUBSCRIPTION_EXISTED = 0x11,
    MQTT_REASON_CONTINUE_AUTHENTICATION = 0x18,
    MQTT_REASON_REAUTHENTICATE = 0x19,
    MQTT_REASON_UNSPECIFIED_ERROR = 0x80,
    MQTT_REASON_MALFORMED_PACKET = 0x81,
    MQTT_REASON_PROTOCOL_ERROR = 0x82,
    MQTT_REASON_IMPLEMENTATION_SPECIFIC_ERROR = 0x83,
    MQTT_REASON_UNSUPPORTED_PROTOCOL_VERSION = 0x84,
    MQTT_REASON_CLIENT_IDENTIFIER_NOT_VALID = 0x85,
    MQTT_REASON_BAD_USER_NAME_OR_PASSWORD = 0x86,
    MQTT_REASON_NOT_AUTHORIZED = 0x87,
    MQTT_REASON_SERVER_UNAVAILABLE = 0x88,
    MQTT_REASON_SERVER_BUSY = 0x89,
    MQTT_REASON_BANNED = 0x8a,
    MQTT_REASON_SERVER_SHUTTING_DOWN = 0x8b,
    MQTT_REASON_BAD_AUTHENTICATION_METHOD = 0x8c,
    MQTT_REASON_KEEP_ALIVE_TIMEOUT = 0x8d,
    MQTT_REASON_SESSION_TAKEN_OVER = 0x8e,
    MQTT_REASON_TOPIC_FILTER_INVALID = 0x8f,
    MQTT_REASON_TOPIC_NAME_INVALID = 0x90,
    MQTT_REASON_PACKET_IDENTIFIER_IN_USE = 0x91,
    MQTT_REASON_PACKET_IDENTIFIER_NOT_FOUND = 0x92,
    MQTT_REASON_RECEIVE_MAXIMUM_EXCEEDED = 0x93,
    MQTT_REASON_TOPIC_ALIAS_INVALID = 0x94,
    MQTT_REASON_PACKET_TOO_LARGE = 0x95,
    MQTT_REASON_MESSAGE_RATE_TOO_HIGH = 0x96,
    MQTT_REASON_QUOTA_EXCEEDED = 0x97,
    MQTT_REASON_ADMINISTRATIVE_ACTION = 0x98,
    MQTT_REASON_PAYLOAD_FORMAT_INVALID = 0x99,
    MQTT_REASON_RETAIN_NOT_SUPPORTED = 0x9a,
    MQTT_REASON_QOS_NOT_SUPPORTED = 0x9b,
    MQTT_REASON_USE_ANOTHER_SERVER = 0x9c,
    MQTT_REASON_SERVER_MOVED = 0x9d,
    MQTT_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e,
    MQTT_REASON_CONNECTION_RATE_EXCEEDED = 0x9f,
    MQTT_REASON_MAXIMUM_CONNECT_TIME = 0xa0,
    MQTT_REASON_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xa1,
    MQTT_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xa2
};

/* CONNACK return codes of 3.1 and 3.1.1. */
enum mqtt_return_code {
    MQTT_ACCEPTED = 0,
    MQTT_REFUSED_PROTOCOL_VERSION = 1,
    MQTT_REFUSED_IDENTIFIER = 2,
    MQTT_REFUSED_SERVER_UNAVAILABLE = 3,
    MQTT_REFUSED_USER_NAME_OR_PASSWORD = 4,
    MQTT_REFUSED_NOT_AUTHORIZED = 5
};

enum {
    MQTT_MAX_REMAINING_LENGTH = 268435455,
    MQTT_MAX_STRING = 65535,
    MQTT_SUBSCRIBE_FAILURE = 0x80 /* SUBACK of 3.1.1; sent to 3.1 clients too, whose text knows no failure */
};

struct mqtt_will {
    struct slice topic; /* valid topic name */
    struct slice payload;
    struct mqtt_properties properties; /* will_delay_interval among them; empty before 5.0 */
    uint8_t qos;                       /* 0..2 */
    bool retain;
};

struct mqtt_connect {
    enum mqtt_version version;
    struct slice client_id; /* may be empty */
    struct slice user_name;
    struct slice password; /* any bytes. Secret: never log */
    uint16_t keep_alive_s; /* 0 = none */
    bool clean_start;      /* Clean Session before 5.0 */
    bool has_user_name;
    bool has_password;
    bool has_will;
    bool is_client_id_assigned; /* set by the session: client_id was empty and is ours now */
    struct mqtt_will will;      /* when has_will */
    struct slice will_raw;      /* the encoded will (properties, topic, payload); see mqtt_will_decode() */
    struct mqtt_properties properties;
};

struct mqtt_connack {
    bool session_present;
    uint8_t code; /* enum mqtt_reason in 5.0, enum mqtt_return_code before */
    struct mqtt_properties properties;
};

struct mqtt_publish {
    struct slice topic; /* valid topic name; empty only with a Topic Alias (5.0) */
    struct slice payload;
    uint16_t packet_id; /* not 0 when qos > 0, else 0 */
    uint8_t qos;        /* 0..2 */
    bool dup;
    bool retain;
    struct mqtt_properties properties;
};

/* PUBACK, PUBREC, PUBREL, PUBCOMP. */
struct mqtt_ack {
    uint16_t packet_id; /* not 0 */
    uint8_t reason;     /* 0 before 5.0 */
    struct mqtt_properties properties;
};

/* SUBSCRIBE, UNSUBSCRIBE, SUBACK, UNSUBACK. */
struct mqtt_list {
    uint16_t packet_id; /* not 0 */
    uint32_t count;     /* entries; not 0, except in UNSUBACK before 5.0 */
    struct slice raw;   /* filters: mqtt_filter_next(); reason codes: one byte each */
    struct mqtt_properties properties;
};

/* One entry of SUBSCRIBE; of UNSUBSCRIBE, where only `filter` is set. */
struct mqtt_subscription {
    struct slice filter;     /* valid topic filter */
    uint32_t identifier;     /* Subscription Identifier, 0 = none; filled by the session */
    uint8_t qos;             /* 0..2 */
    uint8_t retain_handling; /* 0..2 */
    bool no_local;
    bool retain_as_published;
};

/* DISCONNECT, AUTH. */
struct mqtt_farewell {
    uint8_t reason; /* 0 before 5.0 */
    struct mqtt_properties properties;
};

struct mqtt_packet {
    enum mqtt_type type;
    union {
        struct mqtt_connect connect;
        struct mqtt_connack connack;
        struct mqtt_publish publish;
        struct mqtt_ack ack;           /* PUBACK, PUBREC, PUBREL, PUBCOMP */
        struct mqtt_list list;         /* SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK */
        struct mqtt_farewell farewell; /* DISCONNECT, AUTH */
    };
};

/** "PUBLISH"; "reserved" for 0. */
const char *mqtt_type_name(unsigned type);

/** The specification's words: "Not authorized". "unknown reason" for other numbers. */
const char *mqtt_reason_name(unsigned reason);

/** May a 5.0 packet of this type carry this reason code? Table 2-6 and the packets' sections. */
bool mqtt_reason_is_allowed(enum mqtt_type type, unsigned reason);

/** The CONNACK return code that tells a 3.1 or 3.1.1 client a 5.0 refusal. */
enum mqtt_return_code mqtt_return_code_of(uint8_t reason);

/**
 * Length of the first packet in @p in, header included.
 *
 * @param max  longest packet acceptable, bytes
 * @return ERR_OK · ERR_AGAIN (header not complete; the body need not be there for ERR_OK) ·
 *         ERR_LIMIT (longer than max) · ERR_PROTO (length field of more than four bytes)
 */
MUST_USE err_t mqtt_packet_length(struct slice in, size_t max, size_t *ret_total, struct problem *problem);

/**
 * Decode one whole packet.
 *
 * @param packet      exactly the bytes mqtt_packet_length() counted
 * @param version     of the session; ignored for CONNECT, which names its own
 * @param ret         overwritten on ERR_OK, undefined otherwise
 * @param ret_reason  reason code for CONNACK or DISCONNECT; set on ERR_PROTO only
 * @return ERR_OK · ERR_PROTO
 */
MUST_USE err_t mqtt_decode(struct slice packet, enum mqtt_version version, struct mqtt_packet *ret,
                           uint8_t *ret_reason, struct problem *problem);

/**
 * The will of a checked CONNECT again, from a copy of its `will_raw`; qos and retain are the caller's to
 * keep. Aborts on bytes that are no will.
 */
void mqtt_will_decode(struct slice raw, enum mqtt_version version, struct mqtt_will *ret);

/**
 * Protocol level of a CONNECT that may be broken or cut off behind it: which form of CONNACK answers it.
 * 0 = not known.
 */
uint8_t mqtt_connect_level(struct slice packet);

/**
 * Next entry of a checked SUBSCRIBE (@p has_options) or UNSUBSCRIBE: start with `rest = list.raw`, call
 * until false.
 */
bool mqtt_filter_next(struct slice *rest, bool has_options, struct mqtt_subscription *ret);

/**
 * Append a packet. CONNECT is written in its own version, all others in @p version; properties and reason
 * codes are left out before 5.0. Of CONNECT's will, `will` is written, not `will_raw`.
 *
 * @return ERR_OK · ERR_LIMIT (a string beyond 65 535 bytes or a packet beyond 268 435 455) ·
 *         ERR_NOMEM (memory, or out's limit). Unless ERR_OK, @p out is failed and its tail undefined.
 */
MUST_USE err_t mqtt_encode(struct buf *out, enum mqtt_version version, const struct mqtt_packet *packet);

/* The same for one type each. Trouble shows in buf_is_ok(out). */
void mqtt_write_connack(struct buf *out, enum mqtt_version version, const struct mqtt_connack *connack);
void mqtt_write_publish(struct buf *out, enum mqtt_version version, const struct mqtt_publish *publish);
/* @p properties NULL = none; the short forms are used where the specification has them. */
void mqtt_write_ack(struct buf *out, enum mqtt_version version, enum mqtt_type type, uint16_t packet_id,
                    uint8_t reason, const struct mqtt_properties *properties);
void mqtt_write_list(struct buf *out, enum mqtt_version version, enum mqtt_type type,
                     const struct mqtt_list *list);
void mqtt_write_farewell(struct buf *out, enum mqtt_version version, enum mqtt_type type, uint8_t reason,
                         const struct mqtt_properties *properties);
void mqtt_write_ping(struct buf *out, enum mqtt_type type); /* PINGREQ or PINGRESP */

/** Append one entry to the `raw` list of a SUBSCRIBE (@p has_options) or UNSUBSCRIBE under construction. */
void mqtt_filter_append(struct buf *raw, enum mqtt_version version, bool has_options,
                        const struct mqtt_subscription *entry);
