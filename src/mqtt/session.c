#include "mqtt/session_parts.h"

#include "base/text.h"

#include <stdio.h>

const struct session_limits session_default_limits = {
    .max_packet = 256 * 1024,
    .max_connect = 128 * 1024,
    .max_payload = 64 * 1024,
    .max_topic = 1024,
    .max_client_id = 256,
    .max_inflight = 64,
    .max_qos2_ids = 256,
    .max_outbound = 64,
    .max_topic_alias = 16,
    .max_subscriptions = 32,
    .max_keep_alive_s = 0,
    .max_queued = 256,
    .max_queued_bytes = 1024 * 1024,
    .max_session_expiry_s = 7 * 24 * 3600,
    .connect_timeout_ms = 10 * 1000,
};

void session_init(struct session *s, const struct session_limits *limits,
                  const struct session_handler *handler, void *owner, uint64_t now_ms)
{
    *s = (struct session){
        .limits = limits,
        .handler = handler,
        .owner = owner,
        .phase = SESSION_NEW,
        .deadline_ms = now_ms + limits->connect_timeout_ms,
        .max_packet_out = MQTT_MAX_REMAINING_LENGTH + 5,
    };
}

void session_fini(struct session *s)
{
    session_drop_will(s);
    session_drop_aliases(s);
    session_state_free(s->state);
    s->state = NULL;
    s->phase = SESSION_CLOSED;
    s->deadline_ms = UINT64_MAX;
}

struct mqtt_properties session_reason_string(const char *text)
{
    struct mqtt_properties p = {0};
    if (text == NULL || text[0] == '\0' || !text_is_utf8(slice_str(text)))
        return p;
    mqtt_set(&p, MQTT_REASON_STRING);
    p.reason_string = slice_str(text);
    return p;
}

/* Did what was appended since @p start keep to the client's Maximum Packet Size [MQTT-3.1.2-24]? */
static bool fits(const struct session *s, const struct buf *out, size_t start)
{
    return !buf_is_ok(out) || out->len - start <= s->max_packet_out;
}

void session_send_ack(struct session *s, enum mqtt_type type, uint16_t packet_id, uint8_t reason,
                      const char *text, struct buf *out)
{
    enum mqtt_version version = session_version(s);
    size_t start = out->len;
    if (text != NULL && version == MQTT_5_0 && !s->hides_problem_info) { /* [MQTT-3.1.2-29] */
        struct mqtt_properties properties = session_reason_string(text);
        mqtt_write_ack(out, version, type, packet_id, reason, &properties);
        if (fits(s, out, start)) /* [MQTT-3.4.2-2] and its likes */
            return;
        out->len = start;
    }
    mqtt_write_ack(out, version, type, packet_id, reason, NULL);
}

/* [MQTT-3.14.0-1]: only after a successful CONNACK; 3.x servers have no DISCONNECT. */
static void send_disconnect(struct session *s, uint8_t reason, const char *text, struct buf *out)
{
    if (s->version != MQTT_5_0)
        return;
    if (!mqtt_reason_is_allowed(MQTT_DISCONNECT, reason))
        reason = MQTT_REASON_UNSPECIFIED_ERROR;
    size_t start = out->len;
    struct mqtt_properties properties = session_reason_string(text);
    mqtt_write_farewell(out, MQTT_5_0, MQTT_DISCONNECT, reason, &properties);
    if (fits(s, out, start)) /* [MQTT-3.14.2-3] */
        return;
    out->len = start;
    mqtt_write_farewell(out, MQTT_5_0, MQTT_DISCONNECT, reason, NULL);
}

void session_end_silently(struct session *s, uint8_t reason, const char *text)
{
    if (s->phase == SESSION_CLOSED)
        return;
    s->phase = SESSION_CLOSED;
    s->deadline_ms = UINT64_MAX;
    s->handler->on_closing(s, s->owner, reason, text != NULL ? text : mqtt_reason_name(reason));
}

void session_end(struct session *s, uint8_t reason, const char *text, struct buf *out)
{
    if (s->phase == SESSION_WAITING)
        session_send_refusal(s, reason, text, out);
    if (s->phase == SESSION_OPEN)
        send_disconnect(s, reason, text, out);
    session_end_silently(s, reason, text);
}

void session_close(struct session *s, uint8_t reason, const char *text, struct buf *out)
{
    session_end(s, reason, text, out);
}

static void on_disconnect(struct session *s, const struct mqtt_farewell *farewell, struct buf *out)
{
    const struct mqtt_properties *p = &farewell->properties;
    if (mqtt_has(p, MQTT_SERVER_REFERENCE)) {
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "DISCONNECT: a client sends no Server Reference", out);
        return;
    }
    if (mqtt_has(p, MQTT_SESSION_EXPIRY_INTERVAL)) {
        if (s->asked_no_expiry && p->session_expiry_interval != 0) { /* 3.14.2.2.2 */
            session_end(s, MQTT_REASON_PROTOCOL_ERROR,
                        "DISCONNECT: a Session Expiry Interval although CONNECT asked for none", out);
            return;
        }
        uint32_t asked = p->session_expiry_interval, limit = s->max_expiry_s;
        s->session_expiry_s = asked < limit ? asked : limit;
    }
    if (farewell->reason == MQTT_REASON_NORMAL_DISCONNECTION) /* [MQTT-3.14.4-3] */
        session_drop_will(s);
    char text[80];
    snprintf(text, sizeof text, "the client sent DISCONNECT: %s",
             farewell->reason == 0 ? "Normal disconnection" : mqtt_reason_name(farewell->reason));
    session_end_silently(s, farewell->reason, text);
}

static void on_unexpected(struct session *s, enum mqtt_type type, struct buf *out)
{
    char text[80];
    snprintf(text, sizeof text, "%s is not a packet that the server expects here", mqtt_type_name(type));
    session_end(s, MQTT_REASON_PROTOCOL_ERROR, text, out);
}

static void on_packet(struct session *s, struct mqtt_packet *packet, uint64_t now_ms, struct buf *out)
{
    switch (packet->type) {
    case MQTT_PUBLISH: session_on_publish(s, &packet->publish, now_ms, out); break;
    case MQTT_PUBACK: session_on_puback(s, &packet->ack, now_ms, out); break;
    case MQTT_PUBREC: session_on_pubrec(s, &packet->ack, now_ms, out); break;
    case MQTT_PUBREL: session_on_pubrel(s, &packet->ack, out); break;
    case MQTT_PUBCOMP: session_on_pubcomp(s, &packet->ack, now_ms, out); break;
    case MQTT_SUBSCRIBE: session_on_subscribe(s, &packet->list, now_ms, out); break;
    case MQTT_UNSUBSCRIBE: session_on_unsubscribe(s, &packet->list, now_ms, out); break;
    case MQTT_PINGREQ: mqtt_write_ping(out, MQTT_PINGRESP); break; /* [MQTT-3.12.4-1] */
    case MQTT_DISCONNECT: on_disconnect(s, &packet->farewell, out); break;
    case MQTT_CONNECT: /* a second one: [MQTT-3.1.0-2] */
    case MQTT_CONNACK:
    case MQTT_SUBACK:
    case MQTT_UNSUBACK:
    case MQTT_PINGRESP:
    case MQTT_AUTH: /* CONNECT named no method, else it had been refused: [MQTT-4.12.0-6] */
        on_unexpected(s, packet->type, out);
        break;
    }
}

/* CONNECT; nothing but CONNACK may be sent before it is accepted. */
static void on_first_packet(struct session *s, struct slice raw, uint64_t now_ms, struct buf *out,
                            struct problem *problem)
{
    struct mqtt_packet packet;
    uint8_t reason = MQTT_REASON_PROTOCOL_ERROR;
    if (mqtt_decode(raw, MQTT_5_0, &packet, &reason, problem) != ERR_OK)
        session_on_bad_connect(s, raw, reason, problem->text, out);
    else
        session_on_connect(s, &packet.connect, now_ms, out);
}

static void on_raw_packet(struct session *s, struct slice raw, uint64_t now_ms, struct buf *out,
                          struct problem *problem)
{
    struct mqtt_packet packet;
    uint8_t reason = MQTT_REASON_MALFORMED_PACKET;
    if (s->phase == SESSION_NEW)
        on_first_packet(s, raw, now_ms, out, problem);
    else if (mqtt_decode(raw, session_version(s), &packet, &reason, problem) != ERR_OK)
        session_end(s, reason, problem->text, out);
    else
        on_packet(s, &packet, now_ms, out);
}

static size_t packet_limit(const struct session *s)
{
    bool is_connect = s->phase == SESSION_NEW && s->limits->max_connect != 0;
    return is_connect ? s->limits->max_connect : s->limits->max_packet;
}

/* ERR_AGAIN: more bytes are needed. Anything else that is wrong has ended the session. */
static err_t next_packet(struct session *s, struct slice rest, struct slice *ret_raw, struct buf *out,
                         struct problem *problem)
{
    /* [MQTT-3.1.0-1]; the length that another first packet seems to have is not waited for. */
    if (s->phase == SESSION_NEW && rest.len != 0 && rest.data[0] != MQTT_CONNECT << 4) {
        session_end_silently(s, MQTT_REASON_PROTOCOL_ERROR, "the first packet is not CONNECT");
        return ERR_CLOSED;
    }
    size_t total;
    err_t err = mqtt_packet_length(rest, packet_limit(s), &total, problem);
    if (err == ERR_LIMIT && s->phase == SESSION_NEW)
        session_on_bad_connect(s, rest, MQTT_REASON_PACKET_TOO_LARGE, problem->text, out);
    else if (err == ERR_LIMIT)
        session_end(s, MQTT_REASON_PACKET_TOO_LARGE, problem->text, out);
    else if (err == ERR_PROTO)
        session_end(s, MQTT_REASON_MALFORMED_PACKET, problem->text, out);
    if (err != ERR_OK)
        return err == ERR_AGAIN ? ERR_AGAIN : ERR_CLOSED;
    if (total > rest.len)
        return ERR_AGAIN;
    *ret_raw = slice_of(rest.data, total);
    return ERR_OK;
}

err_t session_receive(struct session *s, struct slice in, size_t *ret_consumed, uint64_t now_ms,
                      struct buf *out)
{
    struct problem problem = {0};
    struct slice rest = in, raw;
    while (session_wants_input(s) && next_packet(s, rest, &raw, out, &problem) == ERR_OK) {
        session_touch(s, now_ms);
        on_raw_packet(s, raw, now_ms, out, &problem);
        rest = slice_skip(rest, raw.len);
    }
    if (s->phase == SESSION_CLOSED)
        return ERR_CLOSED;
    *ret_consumed = in.len - rest.len;
    return ERR_OK;
}

bool session_wants_input(const struct session *s)
{
    if (s->is_reading_paused || s->phase == SESSION_WAITING || s->phase == SESSION_CLOSED)
        return false;
    /* A 5.0 client that exceeds its Receive Maximum is told so; a 3.x client does not know of one. */
    return s->version == MQTT_5_0 || s->pending < s->limits->max_inflight;
}

void session_pause_reading(struct session *s)
{
    s->is_reading_paused = true;
}

void session_resume_reading(struct session *s)
{
    s->is_reading_paused = false;
}

void session_touch(struct session *s, uint64_t now_ms)
{
    if (s->phase == SESSION_OPEN)
        s->deadline_ms = s->keep_alive_ms == 0 ? UINT64_MAX : now_ms + s->keep_alive_ms;
}

uint64_t session_deadline(const struct session *s)
{
    return s->deadline_ms;
}

void session_on_deadline(struct session *s, uint64_t now_ms, struct buf *out)
{
    if (now_ms < s->deadline_ms)
        return;
    if (s->phase == SESSION_NEW) {
        session_end_silently(s, MQTT_REASON_MAXIMUM_CONNECT_TIME, "no CONNECT came in time");
    } else if (!session_wants_input(s)) {
        session_touch(s, now_ms); /* we do not listen, so silence proves nothing */
    } else {
        char text[80];
        snprintf(text, sizeof text, "nothing was received for %u ms (keep-alive %u s)",
                 (unsigned)s->keep_alive_ms, (unsigned)s->keep_alive_s);
        session_end(s, MQTT_REASON_KEEP_ALIVE_TIMEOUT, text, out); /* [MQTT-3.1.2-22] */
    }
}

struct slice session_client_id(const struct session *s)
{
    return s->state != NULL ? session_state_client_id(s->state) : slice_of(NULL, 0);
}

unsigned session_unanswered(const struct session *s)
{
    return s->pending;
}

bool session_starts_clean(const struct session *s)
{
    return s->clean_start;
}

const struct session_state *session_kept(const struct session *s)
{
    return s->state;
}

bool session_is_open(const struct session *s)
{
    return s->phase == SESSION_OPEN;
}

enum mqtt_version session_version(const struct session *s)
{
    return (enum mqtt_version)s->version;
}

bool session_is_persistent(const struct session *s)
{
    return s->state != NULL && s->was_open && s->session_expiry_s != 0;
}

bool session_awaits_pubrel(const struct session *s)
{
    return s->state != NULL && s->state->qos2_count != 0;
}

bool session_is_resumed(const struct session *s)
{
    return s->is_resumed;
}

struct session_state *session_detach(struct session *s, uint64_t now_ms)
{
    struct session_state *state = s->state;
    s->state = NULL;
    s->phase = SESSION_CLOSED;
    s->deadline_ms = UINT64_MAX;
    if (state == NULL || !s->was_open || s->session_expiry_s == 0) {
        session_state_free(state);
        return NULL;
    }
    session_state_rewind(state);
    bool is_for_ever = s->session_expiry_s == UINT32_MAX;
    state->expires_ms = is_for_ever ? UINT64_MAX : now_ms + (uint64_t)s->session_expiry_s * 1000;
    return state;
}
