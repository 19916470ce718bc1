#include "net/client.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/attribute_request.h"
#include "hub/presence.h"
#include "hub/sessions.h"
#include "net/internal.h"
#include "pki/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A CONNECT that waits for the door. It outlives its connection when the client loses patience. */
struct visitor {
    struct door_question question; /* first: on_answer finds the visitor by it */
    struct reactor *reactor;
    uint64_t handle;
};

/* ---- refusals ---- */

static void subject_of(const struct connection *c, char *out, size_t size)
{
    struct certificate_view view;
    struct problem problem = {0};
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    out[0] = '\0';
    if (peer == NULL || peer->der == NULL)
        return;
    if (certificate_view_read(slice_of(peer->der, peer->der_len), &view, &problem) != ERR_OK)
        return;
    snprintf(out, size, "%s", view.subject);
    certificate_view_fini(&view);
}

void client_log_refusal(struct connection *c, const char *stage, const char *reason)
{
    char address[ADDRESS_SIZE], subject[CERTIFICATE_NAME_SIZE], fingerprint[65] = "";
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (!log_is_on(LOG_WARNING) || !reactor_may_log(c->reactor))
        return;
    connection_address(c, address);
    subject_of(c, subject, sizeof subject);
    if (peer != NULL && peer->has_certificate)
        text_to_hex(slice_of(peer->fingerprint, sizeof peer->fingerprint), fingerprint);
    log_warning("door.refused", log_text("stage", stage), log_text("reason", reason),
                log_text("address", address), log_slice("client_id", session_client_id(&c->session)),
                log_text("fingerprint", fingerprint), log_text("subject", subject));
}

static void refuse(struct connection *c, uint8_t mqtt_reason, const char *reason)
{
    client_log_refusal(c, "connect", reason);
    c->is_refused = true;
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (peer != NULL && peer->ticket != 0)
        tls_tickets_drop(c->reactor->net->tickets, peer->ticket);
    session_refuse(&c->session, mqtt_reason, reason, &c->reactor->out);
}

/* ---- CONNECT ---- */

static void note_time(struct connection *c, struct slice key, int64_t when_ms)
{
    const struct value value = {.type = VALUE_LONG, .number = when_ms};
    ingest_server_attribute(c->reactor->ingest, c->device, key, &value);
}

static void note_active(struct connection *c, bool is_active)
{
    const struct value value = {.type = VALUE_BOOLEAN, .boolean = is_active};
    ingest_server_attribute(c->reactor->ingest, c->device, SLICE("active"), &value);
}

static void enter(struct connection *c, struct session_state *state)
{
    struct reactor *r = c->reactor;
    int64_t now_ms = clock_wall_ms();
    c->is_seated = true;
    c->presence = presence_connect(r->hub->presence, c->device, now_ms);
    note_active(c, true);
    note_time(c, SLICE("lastConnectTime"), now_ms);
    if (c->is_tls)
        tls_connection_forget_peer(&c->tls);
    session_accept(&c->session, state, NULL, reactor_now(r), &r->out);
    if (!ingest_has_room(r->ingest)) /* the notes above took the last: what follows the CONNECT waits */
        reactor_hold(r, c);
    log_debug("session.opened", log_number("device", (int64_t)c->device),
              log_slice("client_id", session_client_id(&c->session)));
}

static void on_evict(void *arg, uint64_t handle)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, handle);
    if (c == NULL || c->phase != CONNECTION_OPEN)
        return;
    session_close(&c->session, MQTT_REASON_SESSION_TAKEN_OVER, "another connection has this client id",
                  &r->out);
    connection_end(c);
}

static void on_granted(void *arg, uint64_t handle, struct seat_claim *claim, struct session_state *state)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, handle);
    r->questions--;
    if (c == NULL || c->phase != CONNECTION_OPEN || c->claim != claim) {
        sessions_release(r->hub->sessions, claim, state, NULL);
        return;
    }
    enter(c, state);
    connection_flush(c);
    connection_continue(c);
}

static void take_seat(struct connection *c)
{
    struct reactor *r = c->reactor;
    struct session_state *state = NULL;
    const struct seat_owner owner = {&r->box, c->handle, on_evict, on_granted};
    err_t err = sessions_claim(r->hub->sessions, c->device, session_client_id(&c->session), &owner,
                               reactor_now(r), &c->claim, &state);
    if (err == ERR_OK)
        enter(c, state);
    else if (err == ERR_AGAIN)
        r->questions++;
    else
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE, "out of memory");
}

static void bind_ticket(struct connection *c)
{
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (peer != NULL && peer->ticket != 0)
        tls_tickets_bind(c->reactor->net->tickets, peer->ticket, c->device);
}

static void on_verdict(struct connection *c, const struct door_question *q)
{
    const char *reason = q->type == CREDENTIALS_X509
                             ? "certificate not registered: no device has these credentials"
                             : "access token not registered: no device has this token";
    if (q->result == ERR_NOT_FOUND) {
        refuse(c, MQTT_REASON_NOT_AUTHORIZED, reason);
    } else if (q->result != ERR_OK) {
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE,
               q->problem.text[0] ? q->problem.text : "the server is busy");
    } else if (reactor_link_device(c->reactor, c, q->entry.device) != ERR_OK) {
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE, "out of memory");
    } else {
        bind_ticket(c);
        take_seat(c);
    }
}

static void on_door_answer(struct door_question *question)
{
    struct visitor *visitor = (struct visitor *)question;
    struct connection *c = reactor_find(visitor->reactor, visitor->handle);
    visitor->reactor->questions--;
    if (c != NULL && c->phase == CONNECTION_OPEN) {
        on_verdict(c, question);
        connection_flush(c);
        connection_continue(c);
    }
    free(visitor);
}

/* Validity of the leaf. @return NULL, or why it is refused (in @p out) */
static const char *check_validity(const struct tls_peer *peer, char *out, size_t size)
{
    int64_t now_ms = clock_wall_ms();
    bool is_early = now_ms < peer->not_before_ms;
    time_t when = (time_t)((is_early ? peer->not_before_ms : peer->not_after_ms) / 1000);
    struct tm utc;
    char date[32];
    if (!is_early && now_ms <= peer->not_after_ms)
        return NULL;
    gmtime_r(&when, &utc);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &utc);
    snprintf(out, size, is_early ? "certificate not yet valid: valid from %s" : "certificate expired on %s",
             date);
    return out;
}

/* Fill the question from what the client showed. @return NULL, or why there is nothing to ask */
static const char *identify(struct connection *c, const struct mqtt_connect *connect, struct door_question *q,
                            char *out, size_t size)
{
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (peer != NULL && peer->has_certificate) {
        q->type = CREDENTIALS_X509;
        text_to_hex(slice_of(peer->fingerprint, sizeof peer->fingerprint), q->id);
        return c->reactor->hub->settings->tls.allow_expired ? NULL : check_validity(peer, out, size);
    }
    q->type = CREDENTIALS_ACCESS_TOKEN;
    if (connect->user_name.len == 0)
        return "no client certificate and no user name: nothing to identify the device by";
    if (connect->user_name.len > ACCESS_TOKEN_MAX || !slice_to_cstr(connect->user_name, q->id, sizeof q->id))
        return "user name is no access token: expected 1 to 32 characters";
    return NULL;
}

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    struct connection *c = owner;
    char text[128];
    struct visitor *visitor = calloc(1, sizeof *visitor);
    if (visitor == NULL) {
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE, "out of memory");
        return;
    }
    *visitor = (struct visitor){
        .question = {.on_answer = on_door_answer}, .reactor = c->reactor, .handle = c->handle};
    const char *refusal = identify(c, connect, &visitor->question, text, sizeof text);
    err_t err = ERR_OK;
    if (refusal != NULL)
        refuse(c, MQTT_REASON_NOT_AUTHORIZED, refusal);
    else if ((err = doorway_ask(c->reactor->doorway, &visitor->question)) != ERR_AGAIN) {
        visitor->question.result = err;
        on_verdict(c, &visitor->question);
    }
    if (err == ERR_AGAIN)
        c->reactor->questions++;
    else
        free(visitor);
}

/* ---- PUBLISH ---- */

enum { REQUESTS_MAX = 4 }; /* of one connection with the workers: more would keep them from everybody else */

bool client_may_go_on(const struct connection *c)
{
    return !c->is_held && c->requests < REQUESTS_MAX;
}

static void answer_publish(struct connection *c, const struct ingest_answer *answer)
{
    struct reactor *r = c->reactor;
    if (answer->reason != 0 && reactor_may_log(r))
        log_info("publish.refused", log_number("device", (int64_t)c->device),
                 log_number("mqtt_reason", answer->reason), log_text("reason", answer->text));
    if (answer->qos > 0)
        session_publish_done(&c->session, answer->packet_id, answer->qos, answer->reason, answer->text,
                             &r->out);
    else if (session_version(&c->session) != MQTT_5_0)
        session_close(&c->session, answer->reason, answer->text,
                      &r->out); /* it cannot be told in another way */
}

static void on_attributes(void *arg, const struct attribute_answer *answer)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, answer->client);
    char topic[RESPONSE_TOPIC_SIZE];
    r->questions--;
    if (c == NULL || c->phase != CONNECTION_OPEN)
        return;
    c->requests--;
    if (answer->result != ERR_OK) {
        log_warning("attributes.not_read", log_number("device", (int64_t)c->device),
                    log_text("category", err_info(answer->result)->name));
        connection_continue(c);
        return;
    }
    topic_of_attributes_response(&answer->request, topic);
    const struct delivery delivery = {
        .topic = slice_str(topic), .payload = buf_slice(&answer->json), .qos = 1, .is_utf8 = true};
    (void)session_deliver(&c->session, &delivery, reactor_now(r), &r->out);
    connection_flush(c);
    connection_continue(c);
}

/* Nothing to store: answer at once, or behind the messages before it, since acknowledgements keep the order. */
static void reply(struct connection *c, const struct ingest_source *source, uint8_t reason, const char *text)
{
    const struct ingest_answer answer = {source->client, source->packet_id, source->qos, reason, text};
    if (source->qos > 0 && session_unanswered(&c->session) > 1)
        ingest_reply(c->reactor->ingest, source, reason, text);
    else if (source->qos > 0 || reason != 0)
        answer_publish(c, &answer);
}

static void on_attributes_request(struct connection *c, const struct ingest_source *source,
                                  const struct topic_match *match, struct slice payload)
{
    struct reactor *r = c->reactor;
    struct problem problem = {0};
    err_t err = attribute_request_start(r->hub, &r->box, c->handle, c->device, match, payload, on_attributes,
                                        &problem);
    if (err == ERR_OK) {
        r->questions++;
        c->requests++;
    }
    if (!client_may_go_on(c))
        session_pause_reading(&c->session);
    reply(c, source, err == ERR_OK ? 0 : err_info(err)->mqtt_reason, problem.text);
}

/* Not a topic of the device API: 5.0 clients are told; others are acknowledged, as ThingsBoard's devices expect. */
static void on_unknown_topic(struct connection *c, const struct ingest_source *source, struct slice topic)
{
    bool can_tell = session_version(&c->session) == MQTT_5_0;
    if (reactor_may_log(c->reactor))
        log_info("publish.unknown_topic", log_number("device", (int64_t)c->device),
                 log_slice("topic", topic));
    if (source->qos > 0)
        reply(c, source, can_tell ? MQTT_REASON_TOPIC_NAME_INVALID : 0,
              "not a topic of the device API, such as v1/devices/me/telemetry");
}

static void take_message(struct connection *c, const struct ingest_source *source, struct slice topic,
                         struct slice payload)
{
    struct topic_match match = topic_of_publish(topic);
    if (match.topic == TOPIC_ATTRIBUTES_REQUEST)
        on_attributes_request(c, source, &match, payload);
    else if (match.topic == TOPIC_UNKNOWN)
        on_unknown_topic(c, source, topic);
    else
        ingest_body(c->reactor->ingest, source, match.topic, payload);
}

static void on_publish(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                       struct buf *out)
{
    struct connection *c = owner;
    struct reactor *r = c->reactor;
    const struct ingest_source source = {c->handle, c->device, publish->packet_id, publish->qos};
    if (c->presence != NULL)
        presence_heard(c->presence, clock_wall_ms());
    take_message(c, &source, publish->topic, publish->payload);
    if (!ingest_has_room(r->ingest))
        reactor_hold(r, c);
}

static void flush_answers(struct reactor *r, struct connection *next)
{
    struct connection *c = r->answering;
    r->answering = next;
    if (c == NULL || c == next)
        return;
    connection_flush(c);
    connection_continue(c);
}

void client_on_answer(void *arg, const struct ingest_answer *answer)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, answer->client);
    if (c == NULL || c->phase != CONNECTION_OPEN)
        return;
    flush_answers(r, c);
    answer_publish(c, answer);
}

/* ---- the rest ---- */

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    if (!topic_may_subscribe(subscription->filter))
        return MQTT_REASON_TOPIC_FILTER_INVALID;
    return subscription->qos;
}

static void on_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
    struct connection *c = owner;
    c->has_ended = true;
    if (reason == 0 || c->is_refused)
        return;
    if (c->device == 0)
        client_log_refusal(c, "connect", text); /* never got as far as the door */
    else if (reactor_may_log(c->reactor))
        log_info("session.closed", log_number("device", (int64_t)c->device),
                 log_number("mqtt_reason", reason), log_text("reason", text));
}

/* A will on a device topic counts as published by the device. */
static void publish_will(struct reactor *r, uint64_t device, struct slice topic, struct slice payload)
{
    const struct ingest_source source = {0, device, 0, 0};
    struct topic_match match = topic_of_publish(topic);
    bool is_body = match.topic == TOPIC_TELEMETRY || match.topic == TOPIC_ATTRIBUTES;
    if (is_body && ingest_has_room(r->ingest))
        ingest_body(r->ingest, &source, match.topic, payload);
    else
        log_warning("will.dropped", log_number("device", (int64_t)device), log_slice("topic", topic));
}

/* A copy of the will, if it has to wait; else it is published now. NULL: nothing waits. */
static struct held_will *hold_will(struct connection *c)
{
    struct mqtt_will will;
    if (!session_take_will(&c->session, &will) || c->is_revoked)
        return NULL;
    struct held_will *held = NULL;
    if (will.properties.will_delay_interval != 0)
        held = malloc(sizeof *held + will.topic.len + will.payload.len);
    if (held == NULL) {
        publish_will(c->reactor, c->device, will.topic, will.payload);
        return NULL;
    }
    *held = (struct held_will){
        .device = c->device,
        .due_ms = reactor_now(c->reactor) + UINT64_C(1000) * will.properties.will_delay_interval,
        .topic_len = will.topic.len,
        .payload_len = will.payload.len,
    };
    memcpy(held->bytes, will.topic.data, will.topic.len);
    if (will.payload.len != 0)
        memcpy(held->bytes + will.topic.len, will.payload.data, will.payload.len);
    return held;
}

void client_publish_held(struct reactor *r, struct held_will *held)
{
    struct slice topic = slice_of(held->bytes, held->topic_len);
    publish_will(r, held->device, topic, slice_of(held->bytes + topic.len, held->payload_len));
    free(held);
}

/* The connection's place is free; what the session leaves waits there. The delay ends with the session. */
static void give_up_seat(struct connection *c)
{
    struct reactor *r = c->reactor;
    struct held_will *will = hold_will(c);
    struct session_state *state = session_detach(&c->session, reactor_now(r));
    if (will != NULL && state == NULL) {
        client_publish_held(r, will);
        will = NULL;
    } else if (will != NULL && session_state_expiry_ms(state) < will->due_ms) {
        will->due_ms = session_state_expiry_ms(state);
    }
    sessions_release(r->hub->sessions, c->claim, state, will);
}

static void note_departure(struct connection *c)
{
    int64_t now_ms = clock_wall_ms();
    presence_disconnect(c->presence, now_ms);
    note_time(c, SLICE("lastDisconnectTime"), now_ms);
    note_time(c, SLICE("lastActivityTime"), atomic_load(&c->presence->last_activity_ms));
    if (atomic_load(&c->presence->connections) == 0)
        note_active(c, false);
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
    if (c->presence != NULL)
        note_departure(c);
    c->is_seated = false;
    c->claim = NULL;
    c->presence = NULL;
    reactor_unlink_device(r, c);
    session_fini(&c->session);
}

const struct session_handler client_handler = {
    .on_connect = on_connect,
    .on_publish = on_publish,
    .on_subscribe = on_subscribe,
    .on_closing = on_closing,
};
