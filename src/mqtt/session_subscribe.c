/* MQTT 5.0 sections 3.8 to 3.11. */
#include "mqtt/session_parts.h"
#include "mqtt/topic.h"

#include <stdio.h>
#include <stdlib.h>

struct subscription **subscription_find(struct session_state *state, struct slice filter)
{
    struct subscription **link = &state->subscriptions;
    while (*link != NULL && !slice_eq(slice_of((*link)->filter, (*link)->len), filter))
        link = &(*link)->next;
    return link;
}

struct subscription *subscription_new(struct slice filter)
{
    struct subscription *sub = malloc(sizeof *sub + filter.len);
    if (sub == NULL)
        return NULL;
    *sub = (struct subscription){.len = (uint16_t)filter.len};
    memcpy(sub->filter, filter.data, filter.len);
    return sub;
}

/* Ask the owner and keep the subscription if it is granted. Memory is found before anything is promised. */
static uint8_t grant(struct session *s, const struct mqtt_subscription *wanted)
{
    struct session_state *state = s->state;
    struct subscription **link = subscription_find(state, wanted->filter);
    struct subscription *sub = *link;
    if (sub == NULL && state->subscription_count >= s->limits->max_subscriptions)
        return MQTT_REASON_QUOTA_EXCEEDED;
    if (sub == NULL && (sub = subscription_new(wanted->filter)) == NULL)
        return MQTT_REASON_UNSPECIFIED_ERROR; /* no memory */
    uint8_t code = s->handler->on_subscribe(s, s->owner, wanted);
    CHECK(code <= 2 || code >= 0x80);
    bool is_granted = code <= 2;
    if (!is_granted && *link != sub)
        free(sub);
    if (!is_granted)
        return mqtt_reason_is_allowed(MQTT_SUBACK, code) ? code : MQTT_REASON_UNSPECIFIED_ERROR;
    if (*link != sub) {
        *link = sub;
        state->subscription_count++;
    }
    sub->qos = code; /* [MQTT-3.8.4-3]: an equal filter is replaced */
    sub->identifier = wanted->identifier;
    return code;
}

/* One entry of SUBSCRIBE -> its code of SUBACK. */
static uint8_t subscribe_one(struct session *s, struct mqtt_subscription *wanted)
{
    if (s->version != MQTT_5_0) /* their option byte is nothing but a QoS */
        *wanted = (struct mqtt_subscription){.filter = wanted->filter, .qos = wanted->qos};
    bool is_too_long = wanted->filter.len > s->limits->max_topic;
    uint8_t code = is_too_long ? MQTT_REASON_TOPIC_FILTER_INVALID : grant(s, wanted);
    return code >= 0x80 && s->version != MQTT_5_0 ? MQTT_SUBSCRIBE_FAILURE : code;
}

/* 3.2.2.3.13: CONNACK said that there are none, so asking for one is a protocol error. */
static bool has_shared(const struct mqtt_list *list)
{
    struct slice rest = list->raw;
    struct mqtt_subscription wanted;
    while (mqtt_filter_next(&rest, true, &wanted))
        if (topic_is_shared(wanted.filter))
            return true;
    return false;
}

static const char *refusal_words(const struct session *s, uint8_t code, char *out, size_t size)
{
    switch (code) {
    case MQTT_REASON_TOPIC_FILTER_INVALID: return "no topic for this client matches it";
    case MQTT_REASON_NOT_AUTHORIZED: return "this client may not subscribe to it";
    case MQTT_REASON_QUOTA_EXCEEDED:
        snprintf(out, size, "a session has at most %u subscriptions", (unsigned)s->limits->max_subscriptions);
        return out;
    default: return mqtt_reason_name(code);
    }
}

/* The first refusal in words: "topic filter 2: ...". @return false: there is none */
static bool explain_codes(const struct session *s, struct slice codes, char *out, size_t size)
{
    char words[64];
    size_t i = 0;
    while (i < codes.len && codes.data[i] < 0x80)
        i++;
    if (i == codes.len)
        return false;
    snprintf(out, size, "topic filter %zu: %s", i + 1, refusal_words(s, codes.data[i], words, sizeof words));
    return true;
}

/* SUBACK or UNSUBACK, with a Reason String where there is something to say, the client wants it and it fits. */
static void write_codes(struct session *s, enum mqtt_type type, struct mqtt_list *answer, struct buf *out)
{
    char text[128];
    size_t start = out->len;
    bool may_tell = s->version == MQTT_5_0 && !s->hides_problem_info; /* [MQTT-3.1.2-29] */
    if (may_tell && explain_codes(s, answer->raw, text, sizeof text)) {
        answer->properties = session_reason_string(text);
        mqtt_write_list(out, session_version(s), type, answer);
        if (!buf_is_ok(out) || out->len - start <= s->max_packet_out) /* [MQTT-3.9.2-1], [MQTT-3.11.2-1] */
            return;
        out->len = start;
        answer->properties = (struct mqtt_properties){0};
    }
    mqtt_write_list(out, session_version(s), type, answer);
}

void session_acknowledge(struct session *s, enum mqtt_type type, uint16_t packet_id, struct slice codes,
                         uint64_t now_ms, struct buf *out)
{
    struct mqtt_list answer = {.packet_id = packet_id, .raw = codes};
    if (s->phase != SESSION_OPEN)
        return;
    size_t start = out->len;
    write_codes(s, type, &answer, out);
    if (buf_is_ok(out) && out->len - start > s->max_packet_out) {
        out->len = start; /* [MQTT-3.1.2-24] */
        session_end(s, MQTT_REASON_PACKET_TOO_LARGE,
                    "the client's Maximum Packet Size has no room for the acknowledgement", out);
    } else if (type == MQTT_SUBACK && s->handler->on_subscribed != NULL) {
        s->handler->on_subscribed(s, s->owner, now_ms, out);
    }
}

/* The answer, now or when the owner wants it. */
static void answer(struct session *s, enum mqtt_type type, uint16_t packet_id, const struct buf *codes,
                   uint64_t now_ms, struct buf *out)
{
    if (s->phase != SESSION_OPEN)
        return;
    if (!buf_is_ok(codes)) {
        session_end(s, MQTT_REASON_QUOTA_EXCEEDED, "out of memory", out);
        return;
    }
    const struct session_handler *handler = s->handler;
    if (handler->on_changed == NULL || !handler->on_changed(s, s->owner, type, packet_id, buf_slice(codes)))
        session_acknowledge(s, type, packet_id, buf_slice(codes), now_ms, out);
}

void session_on_subscribe(struct session *s, const struct mqtt_list *list, uint64_t now_ms, struct buf *out)
{
    if (s->version == MQTT_5_0 && has_shared(list)) {
        session_end(s, MQTT_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED, "shared subscriptions are not offered",
                    out);
        return;
    }
    uint32_t identifier = 0;
    struct slice rest = list->properties.raw;
    (void)mqtt_subscription_identifier_next(&rest, &identifier);
    AUTO_BUF codes = {0};
    struct mqtt_subscription wanted;
    rest = list->raw;
    while (s->phase == SESSION_OPEN && mqtt_filter_next(&rest, true, &wanted)) {
        wanted.identifier = identifier;
        buf_append_u8(&codes, subscribe_one(s, &wanted));
    }
    answer(s, MQTT_SUBACK, list->packet_id, &codes, now_ms, out);
}

static uint8_t unsubscribe_one(struct session *s, struct slice filter)
{
    struct subscription **link = subscription_find(s->state, filter);
    struct subscription *sub = *link;
    if (sub == NULL)
        return MQTT_REASON_NO_SUBSCRIPTION_EXISTED;
    *link = sub->next;
    free(sub);
    s->state->subscription_count--;
    if (s->handler->on_unsubscribe != NULL)
        s->handler->on_unsubscribe(s, s->owner, filter);
    return MQTT_REASON_SUCCESS;
}

void session_on_unsubscribe(struct session *s, const struct mqtt_list *list, uint64_t now_ms, struct buf *out)
{
    AUTO_BUF codes = {0};
    struct slice rest = list->raw;
    struct mqtt_subscription entry;
    while (s->phase == SESSION_OPEN && mqtt_filter_next(&rest, false, &entry))
        buf_append_u8(&codes, unsubscribe_one(s, entry.filter));
    answer(s, MQTT_UNSUBACK, list->packet_id, &codes, now_ms, out);
}
