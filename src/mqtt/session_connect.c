#include "mqtt/session_parts.h"

#include "base/random.h"

#include <stdlib.h>

enum { ASSIGNED_ID_LEN = 23, ASSIGNED_ID_PREFIX_LEN = 5 };

void session_drop_will(struct session *s)
{
    free(s->will);
    s->will = NULL;
}

static bool keep_will(struct session *s, const struct mqtt_connect *connect)
{
    if (!connect->has_will)
        return true;
    size_t len = connect->will_raw.len;
    struct session_will *will = malloc(sizeof *will + len);
    if (will == NULL)
        return false;
    *will = (struct session_will){(uint32_t)len, connect->will.qos, connect->will.retain};
    memcpy(will->raw, connect->will_raw.data, len);
    s->will = will;
    return true;
}

bool session_take_will(struct session *s, struct mqtt_will *ret)
{
    if (s->will == NULL || !s->was_open || s->is_will_taken)
        return false;
    s->is_will_taken = true;
    mqtt_will_decode(slice_of(s->will->raw, s->will->len), session_version(s), ret);
    ret->qos = s->will->qos;
    ret->retain = s->will->retain;
    return true;
}

/* A 3.x client hears of a broken packet only by the end of the connection [MQTT-3.1.4-1]. */
static bool is_told_to_3_x(uint8_t reason)
{
    return reason != MQTT_REASON_MALFORMED_PACKET && reason != MQTT_REASON_PROTOCOL_ERROR &&
           reason != MQTT_REASON_PACKET_TOO_LARGE && reason != MQTT_REASON_TOPIC_NAME_INVALID;
}

/* [MQTT-3.2.2-8]: a code of DISCONNECT alone is told by the one that comes nearest. */
static uint8_t connack_code(uint8_t reason)
{
    if (reason == MQTT_REASON_SERVER_SHUTTING_DOWN)
        return MQTT_REASON_SERVER_UNAVAILABLE;
    if (reason == MQTT_REASON_ADMINISTRATIVE_ACTION)
        return MQTT_REASON_NOT_AUTHORIZED;
    bool is_refusal = reason >= 0x80 && mqtt_reason_is_allowed(MQTT_CONNACK, reason);
    return is_refusal ? reason : MQTT_REASON_UNSPECIFIED_ERROR;
}

/* @return false: larger than the client takes; nothing was appended [MQTT-3.1.2-24] */
static bool send_connack(const struct session *s, const struct mqtt_connack *connack, struct buf *out)
{
    size_t start = out->len;
    mqtt_write_connack(out, session_version(s), connack);
    if (!buf_is_ok(out) || out->len - start <= s->max_packet_out)
        return true;
    out->len = start;
    return false;
}

void session_send_refusal(struct session *s, uint8_t reason, const char *text, struct buf *out)
{
    struct mqtt_connack connack = {.code = connack_code(reason), .properties = session_reason_string(text)};
    if (s->version != MQTT_5_0) {
        connack.code = (uint8_t)mqtt_return_code_of(reason);
        if (is_told_to_3_x(reason))
            mqtt_write_connack(out, session_version(s), &connack);
        return;
    }
    if (send_connack(s, &connack, out))
        return;
    connack.properties = (struct mqtt_properties){0}; /* [MQTT-3.2.2-19] */
    (void)send_connack(s, &connack, out);
}

void session_on_bad_connect(struct session *s, struct slice packet, uint8_t reason, const char *text,
                            struct buf *out)
{
    uint8_t level = mqtt_connect_level(packet);
    if (level == 0) { /* not MQTT at all: [MQTT-3.1.2-1] */
        session_end_silently(s, reason, text);
        return;
    }
    /* Later versions than 5 may read its CONNACK; bridges set the highest bit on top of 3 or 4. */
    s->version = level >= MQTT_5_0 && level < 0x80 ? MQTT_5_0 : MQTT_3_1_1;
    session_send_refusal(s, reason, text, out);
    session_end_silently(s, reason, text);
}

/* What is wrong with a CONNECT that is well formed: reason code, or 0 and no text. */
static uint8_t check_connect(const struct session *s, const struct mqtt_connect *c, const char **ret_text)
{
    if (mqtt_has(&c->properties, MQTT_AUTHENTICATION_METHOD)) {
        *ret_text = "enhanced authentication is not offered";
        return MQTT_REASON_BAD_AUTHENTICATION_METHOD;
    }
    if (c->client_id.len > s->limits->max_client_id) {
        *ret_text = "the client identifier is too long";
        return MQTT_REASON_CLIENT_IDENTIFIER_NOT_VALID;
    }
    bool may_be_empty = c->version == MQTT_5_0 || (c->version == MQTT_3_1_1 && c->clean_start);
    if (c->client_id.len == 0 && !may_be_empty) { /* 3.1.1: [MQTT-3.1.3-8] */
        *ret_text = "an empty client identifier needs Clean Session";
        return MQTT_REASON_CLIENT_IDENTIFIER_NOT_VALID;
    }
    if (c->has_will && c->will.topic.len > s->limits->max_topic) {
        *ret_text = "the Will Topic is too long";
        return MQTT_REASON_TOPIC_NAME_INVALID;
    }
    if (c->has_will && c->will.payload.len > s->limits->max_payload) {
        *ret_text = "the Will Payload is too long";
        return MQTT_REASON_PACKET_TOO_LARGE;
    }
    return 0;
}

static void note_wishes(struct session *s, const struct mqtt_connect *c)
{
    const struct mqtt_properties *p = &c->properties;
    s->version = (uint8_t)c->version;
    s->clean_start = c->clean_start;
    s->keep_alive_s = c->keep_alive_s;
    s->receive_max_out = mqtt_has(p, MQTT_RECEIVE_MAXIMUM) ? p->receive_maximum : UINT16_MAX;
    if (mqtt_has(p, MQTT_TOPIC_ALIAS_MAXIMUM))
        s->topic_alias_max_out =
            (uint8_t)(p->topic_alias_maximum < UINT8_MAX ? p->topic_alias_maximum : UINT8_MAX);
    if (mqtt_has(p, MQTT_MAXIMUM_PACKET_SIZE))
        s->max_packet_out = p->maximum_packet_size;
    s->hides_problem_info =
        mqtt_has(p, MQTT_REQUEST_PROBLEM_INFORMATION) && p->request_problem_information == 0;
    if (c->version == MQTT_5_0)
        s->session_expiry_s = p->session_expiry_interval;
    else
        s->session_expiry_s = c->clean_start ? 0 : UINT32_MAX; /* 3.1.1: 3.1.2.4 */
    s->asked_no_expiry = s->session_expiry_s == 0;
}

/* [MQTT-3.1.3-6]: an empty identifier is replaced by a unique one. */
static void assign_id(struct session *s, struct mqtt_connect *c, char id[ASSIGNED_ID_LEN + 1])
{
    if (c->client_id.len != 0)
        return;
    memcpy(id, "auto-", ASSIGNED_ID_PREFIX_LEN);
    random_text(id + ASSIGNED_ID_PREFIX_LEN, ASSIGNED_ID_LEN - ASSIGNED_ID_PREFIX_LEN);
    c->client_id = slice_of(id, ASSIGNED_ID_LEN);
    c->is_client_id_assigned = s->is_id_assigned = true;
}

void session_on_connect(struct session *s, const struct mqtt_connect *connect, uint64_t now_ms,
                        struct buf *out)
{
    struct mqtt_connect c = *connect;
    char id[ASSIGNED_ID_LEN + 1];
    const char *text = NULL;
    note_wishes(s, &c);
    s->phase = SESSION_WAITING;
    s->deadline_ms = UINT64_MAX;
    uint8_t reason = check_connect(s, &c, &text);
    if (reason != 0) {
        session_end(s, reason, text, out);
        return;
    }
    assign_id(s, &c, id);
    s->state = session_state_new(c.client_id);
    if (s->state == NULL || !keep_will(s, &c)) {
        session_end(s, MQTT_REASON_SERVER_UNAVAILABLE, "out of memory", out);
        return;
    }
    s->handler->on_connect(s, s->owner, &c, now_ms, out);
}

void session_refuse(struct session *s, uint8_t reason, const char *text, struct buf *out)
{
    if (s->phase == SESSION_WAITING)
        session_end(s, reason, text, out);
}

static void put_u16(struct mqtt_properties *p, enum mqtt_property id, uint16_t *member, uint16_t value)
{
    mqtt_set(p, id);
    *member = value;
}

/* Settle keep-alive and expiry; what differs from the client's wish is told in CONNACK. */
static void settle(struct session *s, const struct session_grant *grant, struct mqtt_properties *p)
{
    uint32_t most = s->limits->max_session_expiry_s;
    if (grant != NULL && grant->max_session_expiry_s < most)
        most = grant->max_session_expiry_s;
    s->max_expiry_s = most;
    if (s->session_expiry_s > most) { /* 3.2.2.3.2 */
        s->session_expiry_s = most;
        mqtt_set(p, MQTT_SESSION_EXPIRY_INTERVAL);
        p->session_expiry_interval = most;
    }
    uint16_t longest = s->limits->max_keep_alive_s;
    bool is_too_long = s->keep_alive_s == 0 || s->keep_alive_s > longest;
    if (s->version == MQTT_5_0 && longest != 0 && is_too_long) { /* [MQTT-3.2.2-21] */
        s->keep_alive_s = longest;
        put_u16(p, MQTT_SERVER_KEEP_ALIVE, &p->server_keep_alive, longest);
    }
    s->keep_alive_ms = s->keep_alive_s * 1500u; /* [MQTT-3.1.2-22] */
    if (s->receive_max_out > s->limits->max_outbound)
        s->receive_max_out = s->limits->max_outbound;
}

static void announce(struct session *s, struct mqtt_properties *p)
{
    const struct session_limits *l = s->limits;
    put_u16(p, MQTT_RECEIVE_MAXIMUM, &p->receive_maximum, l->max_inflight);
    mqtt_set(p, MQTT_MAXIMUM_PACKET_SIZE);
    p->maximum_packet_size = l->max_packet;
    if (l->max_topic_alias != 0)
        put_u16(p, MQTT_TOPIC_ALIAS_MAXIMUM, &p->topic_alias_maximum, l->max_topic_alias);
    mqtt_set(p, MQTT_SHARED_SUBSCRIPTION_AVAILABLE);
    p->shared_subscription_available = 0;
    if (s->is_id_assigned) {
        mqtt_set(p, MQTT_ASSIGNED_CLIENT_IDENTIFIER);
        p->assigned_client_identifier = session_client_id(s);
    }
}

/* [MQTT-3.2.2-2], [MQTT-3.2.2-3]: what becomes of an earlier session. @return session present */
static bool adopt(struct session *s, struct session_state *resumed)
{
    if (resumed == NULL || s->clean_start) { /* [MQTT-3.1.2-4] */
        session_state_free(resumed);
        return false;
    }
    session_state_free(s->state);
    s->state = resumed;
    s->is_resumed = true;
    return true;
}

void session_accept(struct session *s, struct session_state *resumed, const struct session_grant *grant,
                    uint64_t now_ms, struct buf *out)
{
    if (s->phase != SESSION_WAITING) {
        session_state_free(resumed);
        return;
    }
    struct mqtt_connack connack = {.session_present = adopt(s, resumed)};
    settle(s, grant, &connack.properties);
    announce(s, &connack.properties);
    if (!send_connack(s, &connack, out)) {
        session_end(s, MQTT_REASON_PACKET_TOO_LARGE,
                    "the client's Maximum Packet Size has no room for CONNACK", out);
        return;
    }
    s->phase = SESSION_OPEN;
    s->was_open = true;
    session_touch(s, now_ms);
    session_pump(s, now_ms, out);
}
