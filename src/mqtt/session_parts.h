/**
 * @file session_parts.h - what the files of the session share. Private to src/mqtt.
 *
 *     session.c            life, packet loop, end, deadlines
 *     session_connect.c    CONNECT, the owner's answer, the will
 *     session_publish.c    messages from the client: PUBACK/PUBREC, PUBREL
 *     session_alias.c      topic aliases of both sides
 *     session_subscribe.c  SUBSCRIBE, UNSUBSCRIBE
 *     session_deliver.c    messages to the client: sending, their acknowledgements
 *     session_state.c      what outlives the connection
 *     session_record.c     the same as bytes for the disk: session_record.h
 */
#pragma once

#include "mqtt/session.h"

enum session_phase { SESSION_NEW, SESSION_WAITING, SESSION_OPEN, SESSION_CLOSED };

struct subscription {
    struct subscription *next;
    uint32_t identifier; /* Subscription Identifier; 0 = none */
    uint16_t len;        /* of filter */
    uint8_t qos;         /* granted */
    uint8_t alias;       /* the client knows this topic by; 0 = none, or not yet on this connection */
    uint8_t filter[];
};

/*
 * A message for the client with a copy of its content, in this order in bytes[]: topic, payload, content
 * type, response topic, correlation data, raw list of subscription identifiers and user properties.
 * Once PUBREC came only the header is left.
 */
struct outgoing {
    struct outgoing *next;
    uint64_t number;     /* the owner's; 0 = none */
    uint64_t tag;        /* the same */
    uint64_t expires_ms; /* UINT64_MAX = never */
    uint32_t payload_len;
    uint32_t raw_len;
    uint16_t topic_len;
    uint16_t type_len;
    uint16_t response_len;
    uint16_t correlation_len;
    uint16_t packet_id; /* 0 = never sent */
    uint8_t qos;
    bool is_utf8 : 1;
    bool is_released : 1; /* PUBREC received: PUBREL is what may be sent again */
    bool is_doubtful : 1; /* may have been sent before a crash, nobody knows: DUP */
    uint8_t bytes[];
};

struct outgoing_list {
    struct outgoing *first;
    struct outgoing *last; /* both are NULL when it is empty */
};

/* An inbound QoS 2 identifier; `pending` = on_publish is not answered, so PUBREC was not sent. */
struct qos2_id {
    uint16_t packet_id;
    bool pending;
};

struct session_state {
    struct subscription *subscriptions;
    struct outgoing_list
        sent; /* on this connection, not acknowledged, in sending order; empty when detached */
    struct outgoing_list waiting; /* to be sent; those with a packet_id go out again, and stand first */
    struct outgoing *expired;     /* numbered ones that made room for others: the owner is to learn of them */
    struct qos2_id *qos2_ids;
    uint64_t expires_ms; /* set by detach */
    uint32_t queued;     /* members of both lists */
    uint32_t queued_bytes;
    uint16_t sent_count;
    uint16_t subscription_count;
    uint16_t qos2_count;
    uint16_t qos2_capacity;
    uint16_t last_packet_id;
    uint16_t client_id_len;
    uint8_t client_id[];
};

struct session_will {
    uint32_t len;
    uint8_t qos;
    bool retain;
    uint8_t raw[]; /* mqtt_will_decode() */
};

/* session.c */
/** The end by our own decision: tell the client where the protocol allows it, then on_closing. */
void session_end(struct session *s, uint8_t reason, const char *text, struct buf *out);
/** The same without a word to the client. */
void session_end_silently(struct session *s, uint8_t reason, const char *text);
void session_touch(struct session *s, uint64_t now_ms); /* keep-alive starts anew */
/** An acknowledgement; @p text goes along where the client wants it and it fits. NULL = none. */
void session_send_ack(struct session *s, enum mqtt_type type, uint16_t packet_id, uint8_t reason,
                      const char *text, struct buf *out);
/** Properties that hold a Reason String, or none when @p text is NULL, empty or no UTF-8. */
struct mqtt_properties session_reason_string(const char *text);

/* session_connect.c */
void session_on_connect(struct session *s, const struct mqtt_connect *connect, uint64_t now_ms,
                        struct buf *out);
/** CONNECT could not be decoded: answer in the version it seems to speak, and end. */
void session_on_bad_connect(struct session *s, struct slice packet, uint8_t reason, const char *text,
                            struct buf *out);
void session_send_refusal(struct session *s, uint8_t reason, const char *text, struct buf *out);
void session_drop_will(struct session *s);

/* session_publish.c */
void session_on_publish(struct session *s, struct mqtt_publish *publish, uint64_t now_ms, struct buf *out);
void session_on_pubrel(struct session *s, const struct mqtt_ack *ack, struct buf *out);

/* session_alias.c */
/** Note or look up the client's Topic Alias. @return false: the session was ended */
bool session_resolve_alias(struct session *s, struct mqtt_publish *publish, struct buf *out);
void session_drop_aliases(struct session *s);
/**
 * Put an alias of ours into a message to the client, instead of the topic if the client knows it.
 * @return to be handed to session_note_alias() when the message was sent; NULL = no alias
 */
struct subscription *session_use_alias(const struct session *s, struct mqtt_publish *publish);
void session_note_alias(struct session *s, struct subscription *sub);
/** They end with the connection [MQTT-3.3.2-7]. */
void session_forget_our_aliases(struct session_state *state);

/* session_subscribe.c */
void session_on_subscribe(struct session *s, const struct mqtt_list *list, uint64_t now_ms, struct buf *out);
void session_on_unsubscribe(struct session *s, const struct mqtt_list *list, uint64_t now_ms,
                            struct buf *out);

/* session_deliver.c */
void session_on_puback(struct session *s, const struct mqtt_ack *ack, uint64_t now_ms, struct buf *out);
void session_on_pubrec(struct session *s, const struct mqtt_ack *ack, uint64_t now_ms, struct buf *out);
void session_on_pubcomp(struct session *s, const struct mqtt_ack *ack, uint64_t now_ms, struct buf *out);
/** Send what waits, as far as the client's Receive Maximum allows. */
void session_pump(struct session *s, uint64_t now_ms, struct buf *out);

/* session_state.c */
struct session_state *session_state_new(struct slice client_id); /* NULL = no memory */
/** Before the connection goes: what was sent waits again, unanswered QoS 2 messages are forgotten. */
void session_state_rewind(struct session_state *state);

void outgoing_append(struct outgoing_list *list, struct outgoing *entry);
/** Put a message that has a packet_id in its place in `waiting`: behind the others that have one. */
void outgoing_insert(struct session_state *state, struct outgoing *entry);
struct outgoing *outgoing_pop(struct outgoing_list *list); /* NULL when empty */
size_t outgoing_bytes(const struct outgoing *entry);       /* content, without the header */
/** The message in `sent` with this identifier, or NULL. */
struct outgoing *outgoing_find(const struct session_state *state, uint16_t packet_id);
void outgoing_remove(struct session_state *state, struct outgoing *entry); /* from `sent`; frees it */
/** PUBREC came: the content is not needed again. @return what is left of the message */
struct outgoing *outgoing_release(struct session_state *state, struct outgoing *entry);
void outgoing_forget(struct session_state *state, struct outgoing *entry); /* popped before; frees it */

/**
 * The message as a list member with the QoS and identifiers of the subscriptions it matches.
 * @return DELIVERY_QUEUED and *ret (caller's, in no list) · DELIVERY_UNWANTED · DELIVERY_DROPPED (memory,
 *         or a string beyond 65 535 bytes)
 */
enum delivery_result outgoing_make(const struct session_state *state, const struct delivery *delivery,
                                   uint64_t now_ms, struct outgoing **ret);
bool delivery_fits_packet(const struct delivery *delivery); /* lengths alone */
/** The message as it is, whatever is subscribed to. NULL = no memory, or a string beyond 65 535 bytes */
struct outgoing *outgoing_copy(const struct delivery *delivery, uint64_t now_ms);
/** The content of a message; borrows from it. */
void outgoing_read(const struct outgoing *entry, struct delivery *ret);
void outgoing_count(struct session_state *state, const struct outgoing *entry); /* as queued */
/** The same if there is room; expired and older QoS 0 messages make room. @return false: queue full */
bool outgoing_admit(struct session_state *state, const struct session_limits *limits,
                    const struct outgoing *entry, uint64_t now_ms);

/* session_subscribe.c */
/** The link to the subscription with this filter, or to the list's end. */
struct subscription **subscription_find(struct session_state *state, struct slice filter);
struct subscription *subscription_new(struct slice filter); /* NULL = no memory */

struct qos2_id *qos2_find(const struct session_state *state, uint16_t packet_id); /* NULL = unknown */
bool qos2_add(struct session_state *state, uint16_t packet_id);                   /* false = no memory */
void qos2_remove(struct session_state *state, struct qos2_id *id);
