/* Messages to the client and their acknowledgements: MQTT 5.0 sections 3.3.4, 4.3, 4.4 and 4.9. */
#include "mqtt/session_parts.h"

#include <stdlib.h>

static bool is_id_free(const struct session_state *state, uint16_t packet_id)
{
    return outgoing_find(state, packet_id) == NULL;
}

/*
 * [MQTT-2.2.1-4]. When a message gets its first identifier, all others that have one are in `sent`: those
 * to be sent again stand first in `waiting`. `sent` has fewer than 65 535 members, so one is free.
 */
static uint16_t next_packet_id(struct session_state *state)
{
    do
        state->last_packet_id++;
    while (state->last_packet_id == 0 || !is_id_free(state, state->last_packet_id));
    return state->last_packet_id;
}

static struct slice cut(const uint8_t **pos, size_t len)
{
    struct slice s = slice_of(*pos, len);
    *pos += len;
    return s;
}

static void put_text(struct mqtt_properties *p, enum mqtt_property id, struct slice *member,
                     struct slice text)
{
    if (text.len == 0)
        return;
    mqtt_set(p, id);
    *member = text;
}

/* The packet of a kept message; borrows from it. */
static struct mqtt_publish publish_of(const struct outgoing *entry, uint64_t now_ms)
{
    const uint8_t *pos = entry->bytes;
    struct mqtt_publish publish = {.qos = entry->qos, .packet_id = entry->packet_id};
    struct mqtt_properties *p = &publish.properties;
    publish.topic = cut(&pos, entry->topic_len);
    publish.payload = cut(&pos, entry->payload_len);
    put_text(p, MQTT_CONTENT_TYPE, &p->content_type, cut(&pos, entry->type_len));
    put_text(p, MQTT_RESPONSE_TOPIC, &p->response_topic, cut(&pos, entry->response_len));
    put_text(p, MQTT_CORRELATION_DATA, &p->correlation_data, cut(&pos, entry->correlation_len));
    p->raw = cut(&pos, entry->raw_len);
    if (entry->is_utf8) {
        mqtt_set(p, MQTT_PAYLOAD_FORMAT_INDICATOR);
        p->payload_format_indicator = 1;
    }
    if (entry->expires_ms != UINT64_MAX) { /* [MQTT-3.3.2-6]: what is left of it */
        uint64_t left_ms = entry->expires_ms > now_ms ? entry->expires_ms - now_ms : 0;
        mqtt_set(p, MQTT_MESSAGE_EXPIRY_INTERVAL);
        p->message_expiry_interval = (uint32_t)((left_ms + 999) / 1000);
    }
    return publish;
}

/* @return false: larger than the client takes; nothing was appended */
static bool send_publish(struct session *s, const struct outgoing *entry, bool is_again, uint64_t now_ms,
                         struct buf *out)
{
    struct mqtt_publish publish = publish_of(entry, now_ms);
    publish.dup = is_again && entry->qos != 0; /* [MQTT-3.3.1-1] */
    size_t start = out->len;
    mqtt_write_publish(out, session_version(s), &publish);
    if (!buf_is_ok(out) || out->len - start <= s->max_packet_out)
        return true;
    out->len = start;
    return false;
}

/* Send one message that stands in no list, and put it where it belongs. */
static enum delivery_result send_entry(struct session *s, struct outgoing *entry, uint64_t now_ms,
                                       struct buf *out)
{
    struct session_state *state = s->state;
    bool is_again = entry->packet_id != 0;
    if (entry->qos != 0 && !is_again)
        entry->packet_id = next_packet_id(state);
    if (!send_publish(s, entry, is_again, now_ms, out)) { /* [MQTT-3.1.2-25]: as if it had been sent */
        outgoing_forget(state, entry);
        return DELIVERY_DROPPED;
    }
    if (entry->qos == 0) {
        outgoing_forget(state, entry);
    } else {
        outgoing_append(&state->sent, entry);
        state->sent_count++;
    }
    return DELIVERY_SENT;
}

static bool is_window_open(const struct session *s)
{
    return s->state->sent_count < s->receive_max_out; /* [MQTT-3.3.4-9] */
}

static void resend_pubrel(struct session *s, struct outgoing *entry, struct buf *out)
{
    outgoing_append(&s->state->sent, entry);
    s->state->sent_count++;
    session_send_ack(s, MQTT_PUBREL, entry->packet_id, MQTT_REASON_SUCCESS, NULL, out);
}

void session_pump(struct session *s, uint64_t now_ms, struct buf *out)
{
    struct session_state *state = s->state;
    while (buf_is_ok(out) && state->waiting.first != NULL) {
        const struct outgoing *next = state->waiting.first;
        bool is_expired = next->packet_id == 0 && next->expires_ms <= now_ms; /* [MQTT-3.3.2-5] */
        bool needs_window = next->qos != 0 && !next->is_released && !is_expired;
        if (needs_window && !is_window_open(s))
            return;
        struct outgoing *entry = outgoing_pop(&state->waiting);
        if (is_expired)
            outgoing_forget(state, entry);
        else if (entry->is_released) /* [MQTT-4.4.0-1] */
            resend_pubrel(s, entry, out);
        else
            (void)send_entry(s, entry, now_ms, out);
    }
}

enum delivery_result session_deliver(struct session *s, const struct delivery *delivery, uint64_t now_ms,
                                     struct buf *out)
{
    if (s->state == NULL)
        return DELIVERY_UNWANTED;
    if (s->phase != SESSION_OPEN)
        return session_state_queue(s->state, delivery, s->limits, now_ms);
    struct outgoing *entry;
    enum delivery_result made = outgoing_make(s->state, delivery, now_ms, &entry);
    if (made != DELIVERY_QUEUED)
        return made;
    bool is_now = s->state->waiting.first == NULL && (entry->qos == 0 || is_window_open(s));
    if (is_now && entry->qos == 0) { /* not kept, so it needs no room */
        outgoing_count(s->state, entry);
    } else if (!outgoing_admit(s->state, s->limits, entry)) {
        free(entry);
        return DELIVERY_DROPPED;
    }
    if (is_now)
        return send_entry(s, entry, now_ms, out);
    outgoing_append(&s->state->waiting, entry);
    return DELIVERY_QUEUED;
}

void session_on_puback(struct session *s, const struct mqtt_ack *ack, uint64_t now_ms, struct buf *out)
{
    struct outgoing *entry = outgoing_find(s->state, ack->packet_id);
    if (entry == NULL)
        return; /* late, for a message that was dropped: harmless */
    if (entry->qos != 1) {
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "PUBACK for a QoS 2 message", out);
        return;
    }
    outgoing_remove(s->state, entry);
    session_pump(s, now_ms, out);
}

void session_on_pubrec(struct session *s, const struct mqtt_ack *ack, uint64_t now_ms, struct buf *out)
{
    struct outgoing *entry = outgoing_find(s->state, ack->packet_id);
    if (entry == NULL) { /* 3.6.2.1; a 3.x client frees the identifier at PUBREL */
        session_send_ack(s, MQTT_PUBREL, ack->packet_id, MQTT_REASON_PACKET_IDENTIFIER_NOT_FOUND, NULL, out);
        return;
    }
    if (entry->qos != 2) {
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "PUBREC for a QoS 1 message", out);
        return;
    }
    if (ack->reason >= 0x80) { /* 4.3.3: refused, the identifier is free */
        outgoing_remove(s->state, entry);
        session_pump(s, now_ms, out);
        return;
    }
    outgoing_release(s->state, entry);
    session_send_ack(s, MQTT_PUBREL, ack->packet_id, MQTT_REASON_SUCCESS, NULL, out); /* [MQTT-4.3.3-4] */
}

void session_on_pubcomp(struct session *s, const struct mqtt_ack *ack, uint64_t now_ms, struct buf *out)
{
    struct outgoing *entry = outgoing_find(s->state, ack->packet_id);
    if (entry == NULL)
        return;
    if (!entry->is_released) {
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "PUBCOMP for a message that awaits another answer", out);
        return;
    }
    outgoing_remove(s->state, entry);
    session_pump(s, now_ms, out);
}
