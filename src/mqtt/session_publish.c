/* Messages from the client: MQTT 5.0 sections 3.3, 4.3 and 4.9. */
#include "mqtt/session_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* Rules for a client's PUBLISH that the decoder cannot know. @return false: the session was ended */
static bool check_publish(struct session *s, const struct mqtt_publish *publish, struct buf *out)
{
    char text[96];
    if (mqtt_has(&publish->properties, MQTT_SUBSCRIPTION_IDENTIFIER)) { /* [MQTT-3.3.4-6] */
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "a client's PUBLISH has no Subscription Identifier", out);
        return false;
    }
    if (publish->topic.len > s->limits->max_topic) {
        snprintf(text, sizeof text, "the topic has %zu bytes; at most %u", publish->topic.len,
                 (unsigned)s->limits->max_topic);
        session_end(s, MQTT_REASON_TOPIC_NAME_INVALID, text, out);
        return false;
    }
    if (publish->payload.len > s->limits->max_payload) {
        snprintf(text, sizeof text, "the payload has %zu bytes; at most %u", publish->payload.len,
                 (unsigned)s->limits->max_payload);
        session_end(s, MQTT_REASON_PACKET_TOO_LARGE, text, out);
        return false;
    }
    return true;
}

/* Count the message against our Receive Maximum. @return false: the session was ended */
static bool count_inflight(struct session *s, struct buf *out)
{
    if (s->version == MQTT_5_0 && s->inflight_in >= s->limits->max_inflight) { /* [MQTT-3.3.4-7] */
        session_end(s, MQTT_REASON_RECEIVE_MAXIMUM_EXCEEDED,
                    "more publishes in flight than our Receive Maximum", out);
        return false;
    }
    s->inflight_in++;
    s->pending++;
    return true;
}

static void uncount_inflight(struct session *s)
{
    if (s->inflight_in != 0) /* an identifier of an earlier connection was never counted on this one */
        s->inflight_in--;
}

/*
 * Exactly once [MQTT-4.3.3-10]: an identifier is delivered once until PUBREL frees it.
 * @return false: nothing to deliver
 */
static bool take_qos2(struct session *s, const struct mqtt_publish *publish, struct buf *out)
{
    const struct qos2_id *known = qos2_find(s->state, publish->packet_id);
    if (known != NULL) {
        if (!known->pending)
            session_send_ack(s, MQTT_PUBREC, publish->packet_id, MQTT_REASON_SUCCESS, NULL, out);
        return false;
    }
    if (!count_inflight(s, out)) /* first: it has a reason code of its own */
        return false;
    if (s->state->qos2_count >= s->limits->max_qos2_ids) {
        session_end(s, MQTT_REASON_QUOTA_EXCEEDED, "too many QoS 2 messages without PUBREL", out);
        return false;
    }
    if (!qos2_add(s->state, publish->packet_id)) {
        session_end(s, MQTT_REASON_QUOTA_EXCEEDED, "out of memory", out);
        return false;
    }
    return true;
}

void session_on_publish(struct session *s, struct mqtt_publish *publish, uint64_t now_ms, struct buf *out)
{
    if (!check_publish(s, publish, out) || !session_resolve_alias(s, publish, out))
        return;
    if (publish->qos == 1 && !count_inflight(s, out))
        return;
    if (publish->qos == 2 && !take_qos2(s, publish, out))
        return;
    s->handler->on_publish(s, s->owner, publish, now_ms, out);
}

static void finish_qos2(struct session *s, uint16_t packet_id, bool is_refused)
{
    struct qos2_id *id = qos2_find(s->state, packet_id);
    CHECK(id != NULL && id->pending);
    id->pending = false;
    if (is_refused) { /* 4.3.3: the identifier is free again */
        qos2_remove(s->state, id);
        uncount_inflight(s);
    }
}

void session_publish_done(struct session *s, uint16_t packet_id, uint8_t qos, uint8_t reason,
                          const char *text, struct buf *out)
{
    if (s->phase != SESSION_OPEN)
        return;
    CHECK(s->pending != 0 && (qos == 1 || qos == 2));
    s->pending--;
    enum mqtt_type type = qos == 1 ? MQTT_PUBACK : MQTT_PUBREC;
    if (!mqtt_reason_is_allowed(type, reason))
        reason = MQTT_REASON_UNSPECIFIED_ERROR;
    bool is_refused = reason >= 0x80;
    if (qos == 2)
        finish_qos2(s, packet_id, is_refused);
    else
        uncount_inflight(s);
    if (is_refused && s->version != MQTT_5_0)
        session_end(s, reason, text, out);
    else
        session_send_ack(s, type, packet_id, reason, text, out);
}

void session_on_pubrel(struct session *s, const struct mqtt_ack *ack, struct buf *out)
{
    struct qos2_id *id = qos2_find(s->state, ack->packet_id);
    if (id == NULL) { /* 4.3.3; 3.x has no way to say so */
        session_send_ack(s, MQTT_PUBCOMP, ack->packet_id, MQTT_REASON_PACKET_IDENTIFIER_NOT_FOUND, NULL, out);
        return;
    }
    if (id->pending) {
        session_end(s, MQTT_REASON_PROTOCOL_ERROR, "PUBREL before PUBREC was sent", out);
        return;
    }
    qos2_remove(s->state, id);
    uncount_inflight(s);
    session_send_ack(s, MQTT_PUBCOMP, ack->packet_id, MQTT_REASON_SUCCESS, NULL, out); /* [MQTT-4.3.3-11] */
}
