/* What is neither CONNECT nor PUBLISH: subscriptions, messages of the platform, wills, the end. */
#include "net/client_gateway.h"

#include "base/log.h"
#include "hub/downlink_form.h"
#include "hub/profile_topics.h"
#include "hub/rpc_persistent.h"
#include "model/profile_config.h"
#include "net/internal.h"

#include <stdlib.h>

struct payload_forms client_forms(const struct connection *c)
{
    return (struct payload_forms){c->reactor->hub->payloads, c->profile};
}

void client_record(struct connection *c, enum event_kind kind, uint8_t mqtt_reason, struct slice topic,
                   const char *reason)
{
    char address[ADDRESS_SIZE];
    connection_address(c, address);
    const struct event event = {.kind = kind,
                                .device = c->device,
                                .mqtt_reason = mqtt_reason,
                                .address = slice_str(address),
                                .client_id = session_client_id(&c->session),
                                .topic = topic,
                                .reason = slice_str(reason)};
    events_record(c->reactor->hub->events, &event);
}

bool client_on_downlink(void *arg, uint64_t handle, uint64_t device, struct downlink *downlink,
                        enum delivery_result *ret_result)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, handle);
    if (c == NULL || !c->is_seated)
        return false;
    const struct payload_forms forms = client_forms(c);
    uint64_t number = downlink->needs_connection ? 0 : client_next_number(c);
    *ret_result = downlink_deliver(downlink, &forms, &c->session, number, reactor_now(r), &r->out);
    if (number != 0)
        session_keeper_keep(r->keeper, c->device, &c->session, number, downlink);
    if (c->phase == CONNECTION_OPEN)
        connection_flush(c);
    else
        buf_clear(&r->out);
    return true;
}

static bool may_subscribe(const struct connection *c, struct slice filter)
{
    AUTO_BUF topic = {0};
    return topic_may_subscribe(filter) ||
           (c->profile != NULL && profile_attributes_topic(c->profile, filter, &topic));
}

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    struct connection *c = owner;
    if (c->is_provisioning && !slice_eq_str(subscription->filter, "/provision/response"))
        return MQTT_REASON_NOT_AUTHORIZED;
    if (!may_subscribe(c, subscription->filter))
        return MQTT_REASON_TOPIC_FILTER_INVALID;
    c->wants_calls |= topic_brings_calls(subscription->filter);
    return subscription->qos;
}

/* What was kept for whoever listens now. */
static void on_subscribed(struct session *s, void *owner, uint64_t now_ms, struct buf *out)
{
    struct connection *c = owner;
    if (!c->wants_calls || !c->is_seated)
        return;
    c->wants_calls = false;
    rpc_persistent_listens(c->reactor->hub, c->device, true);
    client_gateway_listens(c);
}

static void on_acknowledged(struct session *s, void *owner, uint64_t tag)
{
    const struct connection *c = owner;
    rpc_persistent_note(c->reactor->hub, tag, RPC_STEP_DELIVERED);
}

static void on_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
    struct connection *c = owner;
    c->has_ended = true;
    if (c->is_seated)
        client_record(c, EVENT_DISCONNECTED, reason, slice_of(NULL, 0), reason == 0 ? "by the client" : text);
    if (reason == 0 || c->is_refused)
        return;
    if (c->device == 0 && !c->is_provisioning)
        client_log_refusal(c, "connect", text); /* never got as far as the door */
    else if (reactor_may_log(c->reactor))
        log_info("session.closed", log_number("device", (int64_t)c->device),
                 log_number("mqtt_reason", reason), log_text("reason", text));
}

/* A will on a device topic counts as published by the device. There must be room for it. */
static void publish_will(struct reactor *r, uint64_t device, struct slice topic, struct slice payload)
{
    const struct ingest_source source = {0, device, 0, 0};
    struct topic_match match = topic_of_publish(topic);
    if (match.topic == TOPIC_TELEMETRY || match.topic == TOPIC_ATTRIBUTES)
        ingest_body(r->ingest, &source, match.topic, payload);
    else
        log_warning("will.dropped", log_number("device", (int64_t)device), log_slice("topic", topic));
}

/*
 * What a will says must not depend on the profile of the day when it is published: the payload as JSON, on the topic that
 * says so. @return false: there is no such thing in it
 */
static bool settle_will(const struct connection *c, struct mqtt_will *will, struct buf *scratch)
{
    const struct payload_forms forms = client_forms(c);
    const struct topic_match match = client_topic(c, will->topic);
    struct payload_json json;
    bool is_body = match.topic == TOPIC_TELEMETRY || match.topic == TOPIC_ATTRIBUTES;
    if (!is_body || payload_read(&forms, &match, will->payload, scratch, &json, NULL) != ERR_OK) {
        log_warning("will.dropped", log_number("device", (int64_t)c->device),
                    log_slice("topic", will->topic));
        return false;
    }
    will->topic = match.topic == TOPIC_TELEMETRY ? SLICE("v2/t/j") : SLICE("v2/a/j");
    will->payload = json.text;
    return true;
}

static struct held_will *copy_will(uint64_t device, const struct mqtt_will *will, uint64_t due_ms)
{
    struct held_will *held = malloc(sizeof *held + will->topic.len + will->payload.len);
    if (held == NULL) {
        log_warning("will.dropped", log_number("device", (int64_t)device),
                    log_text("reason", "out of memory"));
        return NULL;
    }
    *held = (struct held_will){
        .device = device, .due_ms = due_ms, .topic_len = will->topic.len, .payload_len = will->payload.len};
    memcpy(held->bytes, will->topic.data, will->topic.len);
    if (will->payload.len != 0)
        memcpy(held->bytes + will->topic.len, will->payload.data, will->payload.len);
    return held;
}

/* A copy of the will, if it has to wait for its delay; else it goes out now, or as soon as there is room. */
static struct held_will *hold_will(struct connection *c)
{
    struct reactor *r = c->reactor;
    struct mqtt_will will;
    AUTO_BUF scratch = {.limit = r->hub->settings->mqtt.max_packet};
    if (!session_take_will(&c->session, &will) || c->is_revoked)
        return NULL;
    uint64_t delay_ms = UINT64_C(1000) * will.properties.will_delay_interval;
    if (delay_ms == 0 && client_gateway_will(c, &will))
        return NULL;
    if (!settle_will(c, &will, &scratch))
        return NULL;
    if (delay_ms == 0 && ingest_has_room(r->ingest)) {
        publish_will(r, c->device, will.topic, will.payload);
        return NULL;
    }
    struct held_will *held = copy_will(c->device, &will, reactor_now(r) + delay_ms);
    if (held == NULL || delay_ms != 0)
        return held;
    sessions_hold_will(r->hub->sessions, held);
    return NULL;
}

void client_publish_held(struct reactor *r, struct held_will *held)
{
    struct slice topic = slice_of(held->bytes, held->topic_len);
    if (!ingest_has_room(r->ingest)) {
        sessions_hold_will(r->hub->sessions, held);
        return;
    }
    publish_will(r, held->device, topic, slice_of(held->bytes + topic.len, held->payload_len));
    free(held);
}

/* The connection's place is free; what the session leaves waits there. The delay ends with the session. The seats of a
 * gateway's devices are free before its own: who waits for that one, the same client, finds them so. */
static void give_up_seat(struct connection *c)
{
    struct reactor *r = c->reactor;
    struct held_will *will = hold_will(c);
    client_gateway_end(c);
    client_keep_ended(c);
    struct session_state *state = session_detach(&c->session, reactor_now(r));
    if (will != NULL && state == NULL) {
        client_publish_held(r, will);
        will = NULL;
    } else if (will != NULL && session_state_expiry_ms(state) < will->due_ms) {
        will->due_ms = session_state_expiry_ms(state);
    }
    client_keep_left(c, state);
    sessions_release(r->hub->sessions, c->claim, state, will);
}

/* A ticket for somebody who never got in resumes nothing. */
static void drop_unbound_ticket(struct connection *c)
{
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (peer != NULL && peer->ticket != 0 && c->device == 0)
        tls_tickets_drop(c->reactor->net->tickets, peer->ticket);
}

void client_leave(struct connection *c)
{
    struct reactor *r = c->reactor;
    drop_unbound_ticket(c);
    if (c->is_seated)
        give_up_seat(c);
    /* else a claim still waits: on_granted will find nobody and give the seat back */
    if (c->is_seated && !c->has_ended)
        client_record(c, EVENT_DISCONNECTED, 0, slice_of(NULL, 0), "the connection broke");
    if (c->presence != NULL)
        client_depart(r, c->presence);
    c->is_seated = false;
    c->claim = NULL;
    c->presence = NULL;
    profile_config_unref(c->profile);
    c->profile = NULL;
    reactor_unlink_device(r, c);
    session_fini(&c->session);
}

const struct session_handler client_handler = {
    .on_connect = client_on_connect,
    .on_publish = client_on_publish,
    .on_subscribe = on_subscribe,
    .on_changed = client_on_changed,
    .on_progress = client_on_progress,
    .on_settled = client_on_settled,
    .on_subscribed = on_subscribed,
    .on_acknowledged = on_acknowledged,
    .on_closing = on_closing,
};
