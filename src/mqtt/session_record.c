/*
 * State:     version u8 · flags u8 · expiry i64 · last packet id u16 ·
 *            subscriptions: count u16, each identifier u32 · options u8 · filter length u16 · filter ·
 *            inbound QoS 2 identifiers: count u16, each u16 ·
 *            messages: count u32, each as below without its version
 * Message:   version u8 · flags u8 · packet id u16 · expiry i64 · topic, content type, response topic and correlation
 *            data: length u16 each · list of properties: length u32 · payload: length u32 · their bytes in this order
 * Progress:  version u8 · flags u8 · packet id u16
 *
 * Big endian. An expiry is wall time, INT64_MAX = never; in a state with FLAG_CONNECTED it is an interval.
 */
#include "mqtt/session_record.h"

#include "base/cursor.h"
#include "mqtt/session_parts.h"
#include "mqtt/topic.h"
#include "mqtt/wire.h"

#include <stdlib.h>

enum { VERSION = 1 };

/* Of a state. */
enum { FLAG_CONNECTED = 1 };

/* Of a message and of its progress; the lowest two bits are the QoS. */
enum { QOS_MASK = 3, FLAG_UTF8 = 4, FLAG_RELEASED = 8, MESSAGE_FLAGS = QOS_MASK | FLAG_UTF8 | FLAG_RELEASED };

#define DAMAGED(...) fail(problem, ERR_INVALID, "session record", __VA_ARGS__)

/* ---- the two clocks ---- */

static int64_t wall_of(uint64_t mono_ms, const struct session_moment *now)
{
    if (mono_ms == UINT64_MAX)
        return INT64_MAX;
    return now->wall_ms + (int64_t)(mono_ms - now->mono_ms); /* in the past: negative */
}

static uint64_t mono_of(int64_t wall_ms, const struct session_moment *now)
{
    if (wall_ms == INT64_MAX)
        return UINT64_MAX;
    return wall_ms <= now->wall_ms ? now->mono_ms
                                   : now->mono_ms + ((uint64_t)wall_ms - (uint64_t)now->wall_ms);
}

/* ---- messages: writing ---- */

struct message {
    struct delivery content; /* number and expiry_s unused */
    int64_t expires;         /* wall */
    uint16_t packet_id;      /* 0 = not sent */
    bool is_released;
};

static void write_message(const struct message *m, struct buf *out)
{
    const struct delivery *d = &m->content;
    unsigned flags = d->qos | (d->is_utf8 ? FLAG_UTF8 : 0u) | (m->is_released ? FLAG_RELEASED : 0u);
    buf_append_u8(out, (uint8_t)flags);
    buf_append_u16(out, m->packet_id);
    buf_append_u64(out, (uint64_t)m->expires);
    buf_append_u16(out, (uint16_t)d->topic.len);
    buf_append_u16(out, (uint16_t)d->content_type.len);
    buf_append_u16(out, (uint16_t)d->response_topic.len);
    buf_append_u16(out, (uint16_t)d->correlation_data.len);
    buf_append_u32(out, (uint32_t)d->user_properties.len);
    buf_append_u32(out, (uint32_t)d->payload.len);
    buf_append_slice(out, d->topic);
    buf_append_slice(out, d->content_type);
    buf_append_slice(out, d->response_topic);
    buf_append_slice(out, d->correlation_data);
    buf_append_slice(out, d->user_properties);
    buf_append_slice(out, d->payload);
}

static void write_entry(const struct outgoing *entry, const struct session_moment *now, struct buf *out)
{
    struct message m = {.expires = wall_of(entry->expires_ms, now),
                        .packet_id = entry->packet_id,
                        .is_released = entry->is_released};
    outgoing_read(entry, &m.content);
    write_message(&m, out);
}

bool session_state_message_encode(const struct session_state *state, uint64_t number,
                                  const struct session_moment *now, struct buf *out)
{
    const struct outgoing *entry = state->waiting.last;
    if (entry == NULL || entry->number != number)
        entry = state->sent.last;
    if (number == 0 || entry == NULL || entry->number != number)
        return false;
    buf_append_u8(out, VERSION);
    write_entry(entry, now, out);
    return true;
}

bool session_message_encode(const struct session *s, uint64_t number, const struct session_moment *now,
                            struct buf *out)
{
    return s->state != NULL && session_state_message_encode(s->state, number, now, out);
}

void session_progress_encode(const struct delivery_progress *progress, struct buf *out)
{
    buf_append_u8(out, VERSION);
    buf_append_u8(out, progress->is_released ? FLAG_RELEASED : 0);
    buf_append_u16(out, progress->packet_id);
}

/* ---- messages: reading ---- */

static struct message read_message(struct cursor *c)
{
    struct message m = {0};
    struct delivery *d = &m.content;
    uint8_t flags = cursor_u8(c);
    m.packet_id = cursor_u16(c);
    m.expires = (int64_t)cursor_u64(c);
    size_t topic = cursor_u16(c), type = cursor_u16(c), response = cursor_u16(c), correlation = cursor_u16(c);
    size_t properties = cursor_u32(c), payload = cursor_u32(c);
    d->topic = cursor_bytes(c, topic);
    d->content_type = cursor_bytes(c, type);
    d->response_topic = cursor_bytes(c, response);
    d->correlation_data = cursor_bytes(c, correlation);
    d->user_properties = cursor_bytes(c, properties);
    d->payload = cursor_bytes(c, payload);
    d->qos = flags & QOS_MASK;
    d->is_utf8 = (flags & FLAG_UTF8) != 0;
    m.is_released = (flags & FLAG_RELEASED) != 0;
    if ((flags & ~MESSAGE_FLAGS) != 0)
        c->failed = true;
    return m;
}

/* Only what repeats is in the list; the others have places of their own. */
static bool are_repeatable(struct slice list)
{
    const uint64_t repeatable = UINT64_C(1) << MQTT_USER_PROPERTY | UINT64_C(1)
                                                                        << MQTT_SUBSCRIPTION_IDENTIFIER;
    struct mqtt_properties p;
    uint8_t reason;
    return mqtt_properties_decode(list, MQTT_PUBLISH, &p, &reason, NULL) == ERR_OK &&
           (p.present & ~repeatable) == 0;
}

static bool is_topic(struct slice topic)
{
    return wire_text_fault(topic) == NULL && topic_check_name(topic, NULL) == ERR_OK;
}

static err_t check_message(const struct message *m, struct problem *problem)
{
    const struct delivery *d = &m->content;
    bool is_released_qos_2 = d->qos == 2 && m->packet_id != 0;
    if (d->qos == 0 || d->qos > 2)
        return DAMAGED("a message has QoS %u; expected 1 or 2", (unsigned)d->qos);
    if (m->is_released ? !is_released_qos_2 : !is_topic(d->topic))
        return DAMAGED("a message has no valid topic");
    if (wire_text_fault(d->content_type) != NULL)
        return DAMAGED("the content type of a message is no text");
    if (d->response_topic.len != 0 && !is_topic(d->response_topic))
        return DAMAGED("the response topic of a message is no topic");
    if (!delivery_fits_packet(d) || !are_repeatable(d->user_properties))
        return DAMAGED("the properties of a message are damaged");
    return ERR_OK;
}

static bool is_id_taken(const struct session_state *state, uint16_t packet_id)
{
    const struct outgoing *entry = state->waiting.first; /* those with an id stand first */
    while (entry != NULL && entry->packet_id != 0 && entry->packet_id != packet_id)
        entry = entry->next;
    return entry != NULL && entry->packet_id == packet_id;
}

/* A list member as it was, in no list. NULL = no memory */
static struct outgoing *make_again(const struct message *m, const struct session_moment *now)
{
    struct outgoing *entry = outgoing_copy(&m->content, now->mono_ms);
    if (entry == NULL)
        return NULL;
    entry->expires_ms = mono_of(m->expires, now);
    entry->packet_id = m->packet_id;
    entry->is_released = m->is_released;
    return entry;
}

static void enqueue(struct session_state *state, struct outgoing *entry)
{
    if (entry->packet_id != 0)
        outgoing_insert(state, entry);
    else
        outgoing_append(&state->waiting, entry);
}

/* ---- state: writing ---- */

static void write_subscriptions(const struct session_state *state, struct buf *out)
{
    buf_append_u16(out, state->subscription_count);
    for (const struct subscription *sub = state->subscriptions; sub != NULL; sub = sub->next) {
        buf_append_u32(out, sub->identifier);
        buf_append_u8(out, sub->qos);
        buf_append_u16(out, sub->len);
        buf_append(out, sub->filter, sub->len);
    }
}

static void write_qos2_ids(const struct session_state *state, struct buf *out)
{
    uint16_t count = 0;
    for (size_t i = 0; i < state->qos2_count; i++)
        count = (uint16_t)(count + !state->qos2_ids[i].pending);
    buf_append_u16(out, count);
    for (size_t i = 0; i < state->qos2_count; i++)
        if (!state->qos2_ids[i].pending) /* PUBREC was not sent: the client sends the message again */
            buf_append_u16(out, state->qos2_ids[i].packet_id);
}

static bool is_kept_in_state(const struct outgoing *entry)
{
    return entry->qos != 0 && entry->number == 0;
}

static uint32_t count_messages(const struct outgoing_list *list)
{
    uint32_t count = 0;
    for (const struct outgoing *entry = list->first; entry != NULL; entry = entry->next)
        count += is_kept_in_state(entry);
    return count;
}

static void write_messages(const struct outgoing_list *list, const struct session_moment *now,
                           struct buf *out)
{
    for (const struct outgoing *entry = list->first; entry != NULL; entry = entry->next)
        if (is_kept_in_state(entry))
            write_entry(entry, now, out);
}

static void write_head(const struct session_state *state, uint8_t flags, int64_t expiry, struct buf *out)
{
    buf_append_u8(out, VERSION);
    buf_append_u8(out, flags);
    buf_append_u64(out, (uint64_t)expiry);
    buf_append_u16(out, state->last_packet_id);
    write_subscriptions(state, out);
}

void session_encode(const struct session *s, struct buf *out)
{
    bool is_for_ever = s->session_expiry_s == UINT32_MAX;
    int64_t interval = is_for_ever ? INT64_MAX : (int64_t)s->session_expiry_s * 1000;
    write_head(s->state, FLAG_CONNECTED, interval, out);
    buf_append_u16(out, 0);
    buf_append_u32(out, 0);
}

void session_state_encode(const struct session_state *state, const struct session_moment *now,
                          struct buf *out)
{
    write_head(state, 0, wall_of(state->expires_ms, now), out);
    write_qos2_ids(state, out);
    buf_append_u32(out, count_messages(&state->sent) + count_messages(&state->waiting));
    write_messages(&state->sent, now, out);
    write_messages(&state->waiting, now, out);
}

/* ---- state: reading ---- */

/* The clocks may have been set in between: nothing lives longer than a new session could. */
static uint64_t expiry_of(int64_t expiry, bool is_interval, const struct session_limits *limits,
                          const struct session_moment *now)
{
    uint64_t most = UINT64_MAX;
    uint64_t expires_ms = is_interval && expiry != INT64_MAX
                              ? now->mono_ms + (uint64_t)(expiry < 0 ? 0 : expiry)
                              : mono_of(expiry, now);
    if (limits->max_session_expiry_s != UINT32_MAX)
        most = now->mono_ms + (uint64_t)limits->max_session_expiry_s * 1000;
    return expires_ms < most ? expires_ms : most;
}

static err_t read_subscription(struct cursor *c, struct session_state *state, struct problem *problem)
{
    uint32_t identifier = cursor_u32(c);
    uint8_t qos = cursor_u8(c);
    struct slice filter = cursor_bytes(c, cursor_u16(c));
    bool is_filter = wire_text_fault(filter) == NULL && topic_check_filter(filter, NULL) == ERR_OK;
    if (c->failed || qos > 2 || identifier > MQTT_MAX_REMAINING_LENGTH || !is_filter)
        return DAMAGED("subscription %u is damaged", (unsigned)state->subscription_count);
    struct subscription **link = subscription_find(state, filter);
    if (*link != NULL)
        return DAMAGED("a subscription stands twice");
    *link = subscription_new(filter);
    if (*link == NULL)
        return fail(problem, ERR_NOMEM, "", "out of memory");
    (*link)->qos = qos;
    (*link)->identifier = identifier;
    state->subscription_count++;
    return ERR_OK;
}

static err_t read_qos2_ids(struct cursor *c, struct session_state *state, struct problem *problem)
{
    uint16_t count = cursor_u16(c);
    for (uint16_t i = 0; i < count; i++) {
        uint16_t id = cursor_u16(c);
        if (c->failed || id == 0 || qos2_find(state, id) != NULL)
            return DAMAGED("an identifier of QoS 2 is missing or stands twice");
        if (!qos2_add(state, id))
            return fail(problem, ERR_NOMEM, "", "out of memory");
        qos2_find(state, id)->pending = false;
    }
    return ERR_OK;
}

static err_t read_state_message(struct cursor *c, struct session_state *state,
                                const struct session_moment *now, struct problem *problem)
{
    struct message m = read_message(c);
    if (c->failed)
        return DAMAGED("a message is cut off");
    TRY(check_message(&m, problem));
    if (m.packet_id != 0 && is_id_taken(state, m.packet_id))
        return DAMAGED("two messages have packet id %u", (unsigned)m.packet_id);
    struct outgoing *entry = make_again(&m, now);
    if (entry == NULL)
        return fail(problem, ERR_NOMEM, "", "out of memory");
    outgoing_count(state, entry);
    enqueue(state, entry);
    return ERR_OK;
}

static err_t read_state(struct cursor *c, struct session_state *state, const struct session_moment *now,
                        struct problem *problem)
{
    state->last_packet_id = cursor_u16(c);
    for (uint16_t i = 0, count = cursor_u16(c); i < count; i++)
        TRY(read_subscription(c, state, problem));
    TRY(read_qos2_ids(c, state, problem));
    for (uint32_t i = 0, count = cursor_u32(c); i < count; i++)
        TRY(read_state_message(c, state, now, problem));
    if (c->failed || cursor_left(c) != 0)
        return DAMAGED(c->failed ? "the record is cut off" : "bytes follow the record's end");
    return ERR_OK;
}

err_t session_state_decode(struct slice client_id, struct slice record, const struct session_limits *limits,
                           const struct session_moment *now, struct session_state **ret,
                           bool *ret_was_connected, struct problem *problem)
{
    struct cursor c = wire_cursor(record);
    uint8_t version = cursor_u8(&c), flags = cursor_u8(&c);
    int64_t expiry = (int64_t)cursor_u64(&c);
    if (c.failed || version != VERSION || (flags & ~FLAG_CONNECTED) != 0)
        return DAMAGED("version %u is not known, or the record is cut off", (unsigned)version);
    struct session_state *state = session_state_new(client_id);
    if (state == NULL)
        return fail(problem, ERR_NOMEM, "", "out of memory");
    state->expires_ms = expiry_of(expiry, flags & FLAG_CONNECTED, limits, now);
    err_t err = read_state(&c, state, now, problem);
    if (err != ERR_OK) {
        session_state_free(state);
        return err;
    }
    *ret = state;
    *ret_was_connected = (flags & FLAG_CONNECTED) != 0;
    return ERR_OK;
}

/* ---- numbered messages ---- */

static err_t read_kept(const struct session_kept_message *kept, struct message *ret, struct problem *problem)
{
    struct cursor c = wire_cursor(kept->message);
    uint8_t version = cursor_u8(&c);
    *ret = read_message(&c);
    if (c.failed || cursor_left(&c) != 0 || version != VERSION)
        return DAMAGED("the message has version %u, or a wrong length", (unsigned)version);
    return check_message(ret, problem);
}

static err_t read_progress(const struct session_kept_message *kept, struct message *m,
                           struct problem *problem)
{
    if (kept->progress.len == 0)
        return ERR_OK;
    struct cursor c = wire_cursor(kept->progress);
    uint8_t version = cursor_u8(&c), flags = cursor_u8(&c);
    m->packet_id = cursor_u16(&c);
    m->is_released = flags == FLAG_RELEASED;
    bool is_released_qos_1 = m->is_released && m->content.qos != 2;
    if (c.failed || cursor_left(&c) != 0 || version != VERSION || (flags & ~FLAG_RELEASED) != 0 ||
        m->packet_id == 0 || is_released_qos_1)
        return DAMAGED("the progress of a message is damaged");
    return ERR_OK;
}

static err_t check_usable(const struct session_state *state, const struct message *m,
                          const struct session_moment *now, struct problem *problem)
{
    if (m->packet_id != 0 && is_id_taken(state, m->packet_id))
        return DAMAGED("two messages have packet id %u", (unsigned)m->packet_id);
    if (m->packet_id == 0 && m->expires <= now->wall_ms)
        return fail(problem, ERR_NOT_FOUND, "", "the message has expired");
    return ERR_OK;
}

err_t session_state_restore(struct session_state *state, const struct session_kept_message *kept,
                            const struct session_limits *limits, const struct session_moment *now,
                            struct problem *problem)
{
    struct message m;
    TRY(read_kept(kept, &m, problem));
    TRY(read_progress(kept, &m, problem));
    TRY(check_usable(state, &m, now, problem));
    struct outgoing *entry = make_again(&m, now);
    if (entry == NULL)
        return fail(problem, ERR_NOMEM, "", "out of memory");
    entry->number = kept->number;
    entry->is_doubtful = kept->may_be_sent;
    if (!outgoing_admit(state, limits, entry, now->mono_ms)) {
        free(entry);
        return fail(problem, ERR_LIMIT, "", "the queue is full");
    }
    enqueue(state, entry);
    return ERR_OK;
}
