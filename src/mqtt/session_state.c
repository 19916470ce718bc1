/* What outlives a connection: subscriptions, messages for the client, inbound QoS 2 identifiers. */
#include "mqtt/session_parts.h"
#include "mqtt/topic.h"

#include <stdlib.h>

enum { QOS2_FIRST_CAPACITY = 8 };

struct session_state *session_state_new(struct slice client_id)
{
    struct session_state *state = malloc(sizeof *state + client_id.len);
    if (state == NULL)
        return NULL;
    *state = (struct session_state){.client_id_len = (uint16_t)client_id.len};
    memcpy(state->client_id, client_id.data, client_id.len);
    return state;
}

static void free_list(struct outgoing_list *list)
{
    struct outgoing *entry;
    while ((entry = outgoing_pop(list)) != NULL)
        free(entry);
}

void session_state_free(struct session_state *state)
{
    if (state == NULL)
        return;
    while (state->subscriptions != NULL) {
        struct subscription *sub = state->subscriptions;
        state->subscriptions = sub->next;
        free(sub);
    }
    free_list(&state->sent);
    free_list(&state->waiting);
    while (session_state_take_expired(state) != 0)
        ;
    free(state->qos2_ids);
    free(state);
}

struct slice session_state_client_id(const struct session_state *state)
{
    return slice_of(state->client_id, state->client_id_len);
}

uint64_t session_state_expiry_ms(const struct session_state *state)
{
    return state->expires_ms;
}

void session_state_rewind(struct session_state *state)
{
    session_forget_our_aliases(state);
    if (state->sent.last != NULL) {
        state->sent.last->next = state->waiting.first;
        if (state->waiting.first == NULL)
            state->waiting.last = state->sent.last;
        state->waiting.first = state->sent.first;
        state->sent = (struct outgoing_list){0};
        state->sent_count = 0;
    }
    for (size_t i = state->qos2_count; i-- > 0;)
        if (state->qos2_ids[i].pending)
            qos2_remove(state, &state->qos2_ids[i]);
}

void outgoing_append(struct outgoing_list *list, struct outgoing *entry)
{
    entry->next = NULL;
    if (list->last == NULL)
        list->first = entry;
    else
        list->last->next = entry;
    list->last = entry;
}

void outgoing_insert(struct session_state *state, struct outgoing *entry)
{
    struct outgoing_list *list = &state->waiting;
    struct outgoing **link = &list->first;
    while (*link != NULL && (*link)->packet_id != 0)
        link = &(*link)->next;
    entry->next = *link;
    *link = entry;
    if (entry->next == NULL)
        list->last = entry;
}

struct outgoing *outgoing_pop(struct outgoing_list *list)
{
    struct outgoing *entry = list->first;
    if (entry == NULL)
        return NULL;
    list->first = entry->next;
    if (list->first == NULL)
        list->last = NULL;
    return entry;
}

size_t outgoing_bytes(const struct outgoing *entry)
{
    return (size_t)entry->topic_len + entry->payload_len + entry->type_len + entry->response_len +
           entry->correlation_len + entry->raw_len;
}

static void outgoing_discount(struct session_state *state, const struct outgoing *entry)
{
    state->queued--;
    state->queued_bytes -= (uint32_t)outgoing_bytes(entry);
}

void outgoing_forget(struct session_state *state, struct outgoing *entry)
{
    outgoing_discount(state, entry);
    free(entry);
}

struct outgoing *outgoing_find(const struct session_state *state, uint16_t packet_id)
{
    struct outgoing *entry = state->sent.first;
    while (entry != NULL && entry->packet_id != packet_id)
        entry = entry->next;
    return entry;
}

/* Take @p entry out of @p list, or put @p instead (may be NULL) in its place. */
static void replace(struct outgoing_list *list, struct outgoing *entry, struct outgoing *instead)
{
    struct outgoing **link = &list->first, *before = NULL;
    while (*link != entry) {
        before = *link;
        link = &before->next;
    }
    if (instead != NULL)
        instead->next = entry->next;
    *link = instead != NULL ? instead : entry->next;
    if (list->last == entry)
        list->last = instead != NULL ? instead : before;
}

void outgoing_remove(struct session_state *state, struct outgoing *entry)
{
    replace(&state->sent, entry, NULL);
    state->sent_count--;
    outgoing_forget(state, entry);
}

struct outgoing *outgoing_release(struct session_state *state, struct outgoing *entry)
{
    if (entry->is_released)
        return entry;
    state->queued_bytes -= (uint32_t)outgoing_bytes(entry);
    entry->is_released = true;
    entry->topic_len = entry->type_len = entry->response_len = entry->correlation_len = 0;
    entry->payload_len = entry->raw_len = 0;
    struct outgoing *small = malloc(sizeof *small);
    if (small == NULL)
        return entry; /* the large one serves as well */
    *small = *entry;
    replace(&state->sent, entry, small);
    free(entry);
    return small;
}

static struct slice filter_of(const struct subscription *sub)
{
    return slice_of(sub->filter, sub->len);
}

const struct subscription *session_state_subscription(const struct session_state *state,
                                                      const struct subscription *previous,
                                                      struct slice *ret_filter)
{
    const struct subscription *next = previous != NULL ? previous->next : state->subscriptions;
    if (next != NULL)
        *ret_filter = filter_of(next);
    return next;
}

bool session_state_wants(const struct session_state *state, struct slice topic)
{
    for (const struct subscription *sub = state->subscriptions; sub != NULL; sub = sub->next)
        if (topic_matches(filter_of(sub), topic))
            return true;
    return false;
}

static uint32_t varint_len(uint32_t value)
{
    return 1u + (value >= 0x80) + (value >= 0x4000) + (value >= 0x200000);
}

/* What the matching subscriptions say: the highest QoS, and the room their identifiers need. */
struct match {
    bool is_wanted;
    uint8_t qos;
    uint32_t identifiers_len;
};

static struct match match(const struct session_state *state, struct slice topic)
{
    struct match m = {0};
    for (const struct subscription *sub = state->subscriptions; sub != NULL; sub = sub->next) {
        if (!topic_matches(filter_of(sub), topic))
            continue;
        m.is_wanted = true;
        if (sub->qos > m.qos) /* [MQTT-3.3.4-2] */
            m.qos = sub->qos;
        if (sub->identifier != 0)
            m.identifiers_len += 1 + varint_len(sub->identifier);
    }
    return m;
}

/* [MQTT-3.3.4-3] to [MQTT-3.3.4-5]. @p room has the bytes match() counted. */
static void write_identifiers(const struct session_state *state, struct slice topic, uint8_t *room)
{
    for (const struct subscription *sub = state->subscriptions; sub != NULL; sub = sub->next) {
        if (sub->identifier == 0 || !topic_matches(filter_of(sub), topic))
            continue;
        *room++ = MQTT_SUBSCRIPTION_IDENTIFIER;
        for (uint32_t rest = sub->identifier; rest != 0; rest >>= 7)
            *room++ = (uint8_t)((rest & 0x7f) | (rest >= 0x80 ? 0x80 : 0));
    }
}

static uint8_t *copy(uint8_t *to, struct slice s)
{
    if (s.len != 0)
        memcpy(to, s.data, s.len);
    return to + s.len;
}

bool delivery_fits_packet(const struct delivery *d)
{
    return d->topic.len <= MQTT_MAX_STRING && d->content_type.len <= MQTT_MAX_STRING &&
           d->response_topic.len <= MQTT_MAX_STRING && d->correlation_data.len <= MQTT_MAX_STRING &&
           d->user_properties.len <= MQTT_MAX_REMAINING_LENGTH / 4 &&
           d->payload.len <= MQTT_MAX_REMAINING_LENGTH / 2;
}

static struct outgoing *new_outgoing(const struct delivery *d, const struct match *m, uint64_t now_ms)
{
    size_t len = d->topic.len + d->payload.len + d->content_type.len + d->response_topic.len +
                 d->correlation_data.len + m->identifiers_len + d->user_properties.len;
    struct outgoing *entry = malloc(sizeof *entry + len);
    if (entry == NULL)
        return NULL;
    uint8_t qos = m->qos < d->qos ? m->qos : d->qos;
    *entry = (struct outgoing){
        .number = qos != 0 ? d->number : 0,
        .tag = d->tag,
        .expires_ms = d->expiry_s != 0 ? now_ms + (uint64_t)d->expiry_s * 1000 : UINT64_MAX,
        .payload_len = (uint32_t)d->payload.len,
        .raw_len = (uint32_t)(m->identifiers_len + d->user_properties.len),
        .topic_len = (uint16_t)d->topic.len,
        .type_len = (uint16_t)d->content_type.len,
        .response_len = (uint16_t)d->response_topic.len,
        .correlation_len = (uint16_t)d->correlation_data.len,
        .qos = qos,
        .is_utf8 = d->is_utf8,
    };
    return entry;
}

/* The content; @p identifiers_len bytes before the user properties are left for write_identifiers(). */
static uint8_t *write_content(struct outgoing *entry, const struct delivery *d, uint32_t identifiers_len)
{
    uint8_t *pos = copy(entry->bytes, d->topic);
    pos = copy(pos, d->payload);
    pos = copy(pos, d->content_type);
    pos = copy(pos, d->response_topic);
    pos = copy(pos, d->correlation_data);
    copy(pos + identifiers_len, d->user_properties);
    return pos;
}

enum delivery_result outgoing_make(const struct session_state *state, const struct delivery *delivery,
                                   uint64_t now_ms, struct outgoing **ret)
{
    struct match m = match(state, delivery->topic);
    if (!m.is_wanted && !delivery->is_due)
        return DELIVERY_UNWANTED;
    if (!m.is_wanted)
        m.qos = delivery->qos;
    struct outgoing *entry = delivery_fits_packet(delivery) ? new_outgoing(delivery, &m, now_ms) : NULL;
    if (entry == NULL)
        return DELIVERY_DROPPED;
    write_identifiers(state, delivery->topic, write_content(entry, delivery, m.identifiers_len));
    *ret = entry;
    return DELIVERY_QUEUED;
}

struct outgoing *outgoing_copy(const struct delivery *delivery, uint64_t now_ms)
{
    const struct match all = {.qos = delivery->qos};
    struct outgoing *entry = delivery_fits_packet(delivery) ? new_outgoing(delivery, &all, now_ms) : NULL;
    if (entry != NULL)
        write_content(entry, delivery, 0);
    return entry;
}

static struct slice cut(const uint8_t **pos, size_t len)
{
    struct slice s = slice_of(*pos, len);
    *pos += len;
    return s;
}

void outgoing_read(const struct outgoing *entry, struct delivery *ret)
{
    const uint8_t *pos = entry->bytes;
    *ret = (struct delivery){.qos = entry->qos, .is_utf8 = entry->is_utf8, .number = entry->number};
    ret->topic = cut(&pos, entry->topic_len);
    ret->payload = cut(&pos, entry->payload_len);
    ret->content_type = cut(&pos, entry->type_len);
    ret->response_topic = cut(&pos, entry->response_len);
    ret->correlation_data = cut(&pos, entry->correlation_len);
    ret->user_properties = cut(&pos, entry->raw_len);
}

void outgoing_count(struct session_state *state, const struct outgoing *entry)
{
    state->queued++;
    state->queued_bytes += (uint32_t)outgoing_bytes(entry);
}

static bool is_full(const struct session_state *state, const struct session_limits *limits, size_t more)
{
    return state->queued >= limits->max_queued || state->queued_bytes + more > limits->max_queued_bytes;
}

static bool drop_oldest_qos0(struct session_state *state)
{
    struct outgoing *entry = state->waiting.first;
    while (entry != NULL && entry->qos != 0)
        entry = entry->next;
    if (entry == NULL)
        return false;
    replace(&state->waiting, entry, NULL);
    outgoing_forget(state, entry);
    return true;
}

/* [MQTT-3.3.2-5]; one that was sent goes its way to the end [MQTT-4.3.3-7]. */
static void drop_expired(struct session_state *state, uint64_t now_ms)
{
    for (struct outgoing *entry = state->waiting.first, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->packet_id != 0 || entry->expires_ms > now_ms)
            continue;
        replace(&state->waiting, entry, NULL);
        if (entry->number == 0) {
            outgoing_forget(state, entry);
            continue;
        }
        outgoing_discount(state, entry);
        entry->next = state->expired;
        state->expired = entry;
    }
}

uint64_t session_state_take_expired(struct session_state *state)
{
    struct outgoing *entry = state->expired;
    if (entry == NULL)
        return 0;
    uint64_t number = entry->number;
    state->expired = entry->next;
    free(entry);
    return number;
}

bool outgoing_admit(struct session_state *state, const struct session_limits *limits,
                    const struct outgoing *entry, uint64_t now_ms)
{
    size_t more = outgoing_bytes(entry);
    if (more > limits->max_queued_bytes)
        return false;
    if (is_full(state, limits, more))
        drop_expired(state, now_ms);
    while (is_full(state, limits, more))
        if (!drop_oldest_qos0(state))
            return false;
    outgoing_count(state, entry);
    return true;
}

enum delivery_result session_state_queue(struct session_state *state, const struct delivery *delivery,
                                         const struct session_limits *limits, uint64_t now_ms)
{
    struct outgoing *entry;
    enum delivery_result made = outgoing_make(state, delivery, now_ms, &entry);
    if (made != DELIVERY_QUEUED)
        return made;
    if (!outgoing_admit(state, limits, entry, now_ms)) {
        free(entry);
        return DELIVERY_DROPPED;
    }
    outgoing_append(&state->waiting, entry);
    return DELIVERY_QUEUED;
}

struct qos2_id *qos2_find(const struct session_state *state, uint16_t packet_id)
{
    for (size_t i = 0; i < state->qos2_count; i++)
        if (state->qos2_ids[i].packet_id == packet_id)
            return &state->qos2_ids[i];
    return NULL;
}

bool qos2_add(struct session_state *state, uint16_t packet_id)
{
    if (state->qos2_count == state->qos2_capacity) {
        size_t capacity = state->qos2_capacity != 0 ? 2u * state->qos2_capacity : QOS2_FIRST_CAPACITY;
        if (capacity > UINT16_MAX)
            capacity = UINT16_MAX;
        struct qos2_id *ids = realloc(state->qos2_ids, capacity * sizeof *ids);
        if (ids == NULL)
            return false;
        state->qos2_ids = ids;
        state->qos2_capacity = (uint16_t)capacity;
    }
    state->qos2_ids[state->qos2_count++] = (struct qos2_id){packet_id, true};
    return true;
}

void qos2_remove(struct session_state *state, struct qos2_id *id)
{
    *id = state->qos2_ids[--state->qos2_count];
    if (state->qos2_count != 0)
        return;
    free(state->qos2_ids); /* idle sessions hold nothing */
    state->qos2_ids = NULL;
    state->qos2_capacity = 0;
}
