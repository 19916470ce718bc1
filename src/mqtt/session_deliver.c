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

/* The owner need not keep the message any longer. */
static void settle(struct session *s, uint64_t number)
{
    if (number != 0 && s->handler->on_settled != NULL)
        s->handler->on_settled(s, s->owner, number);
}

static void tell_acknowledged(struct session *s, uint64_t tag)
{
    if (tag != 0 && s->handler->on_acknowledged != NULL)
        s->handler->on_acknowledged(s, s->owner, tag);
}

static void tell_progress(struct session *s, const struct outgoing *entry)
{
    const struct delivery_progress progress = {entry->packet_id, entry->is_released};
    if (entry->number != 0 && s->handler->on_progress != NULL)
        s->handler->on_progress(s, s->owner, entry->number, &progress);
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
    struct delivery content;
    outgoing_read(entry, &content);
    struct mqtt_publish publish = {
        .topic = content.topic, .payload = content.payload, .qos = entry->qos, .packet_id = entry->packet_id};
    struct mqtt_properties *p = &publish.properties;
    put_text(p, MQTT_CONTENT_TYPE, &p->content_type, content.content_type);
    put_text(p, MQTT_RESPONSE_TOPIC, &p->response_topic, content.response_topic);
    put_text(p, MQTT_CORRELATION_DATA, &p->correlation_data, content.correlation_data);
    p->raw = content.user_properties;
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
static bool append_publish(const struct session *s, const struct mqtt_publish *publish, struct buf *out)
{
    size_t start = out->len;
    mqtt_write_publish(out, session_version(s), publish);
    if (!buf_is_ok(out) || out->len - start <= s->max_packet_out)
        return true;
    out->len = start;
    return false;
}

/* @return false: larger than the client takes */
static bool send_publish(struct session *s, const struct outgoing *entry, bool is_again, uint64_t now_ms,
                         struct buf *out)
{
    struct mqtt_publish publish = publish_of(entry, now_ms);
    publish.dup = is_again && entry->qos != 0; /* [MQTT-3.3.1-1] */
    struct mqtt_publish short_form = publish;
    struct subscription *sub = session_use_alias(s, &short_form);
    if (sub != NULL && append_publish(s, &short_form, out)) {
        session_note_alias(s, sub);
        return true;
    }
    return append_publish(s, &publish, out);
}

/* Send one message that stands in no list, and put it where it belongs: behind the others in `sent`, or nowhere. */
static enum delivery_result send_entry(struct session *s, struct outgoing *entry, uint64_t now_ms,
                                       struct buf *out)
{
    struct session_state *state = s->state;
    bool is_first = entry->packet_id == 0;
    if (entry->qos != 0 && is_first)
        entry->packet_id = next_packet_id(state);
    if (!send_publish(s, entry, !is_first || entry->is_doubtful, now_ms, out)) {
        settle(s, entry->number); /* [MQTT-3.1.2-25]: as if it had been sent */
        outgoing_forget(state, entry);
        return DELIVERY_DROPPED;
    }
    if (entry->qos == 0) {
        tell_acknowledged(s, entry->tag);
        outgoing_forget(state, entry);
        return DELIVERY_SENT;
    }
    outgoing_append(&state->sent, entry);
    state->sent_count++;
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

static void send_waiting(struct session *s, struct outgoing *entry, uint64_t now_ms, struct buf *out)
{
    bool is_news = entry->number != 0 && entry->packet_id == 0;
    if (send_entry(s, entry, now_ms, out) == DELIVERY_SENT && is_news)
        tell_progress(s, s->state->sent.last);
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
        if (is_expired) {
            settle(s, entry->number);
            outgoing_forget(state, entry);
        } else if (entry->is_released) { /* [MQTT-4.4.0-1] */
            resend_pubrel(s, entry, out);
        } else {
            send_waiting(s, entry, now_ms, out);
        }
    }
}

static bool admit(struct session *s, const struct outgoing *entry, uint64_t now_ms)
{
    bool is_admitted = outgoing_admit(s->state, s->limits, entry, now_ms);
    for (uint64_t number; (number = session_state_take_expired(s->state)) != 0;)
        settle(s, number);
    return is_admitted;
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
    } else if (!admit(s, entry, now_ms)) {
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
    if (ack->reason < 0x80)
        tell_acknowledged(s, entry->tag);
    settle(s, entry->number);
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
        settle(s, entry->number);
        outgoing_remove(s->state, entry);
        session_pump(s, now_ms, out);
        return;
    }
    tell_acknowledged(s, entry->tag);
    tell_progress(s, outgoing_release(s->state, entry));
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
    settle(s, entry->number);
    outgoing_remove(s->state, entry);
    session_pump(s, now_ms, out);
}
