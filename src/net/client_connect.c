/* CONNECT: who is it, may it in, and the seat it takes. */
#include "net/client_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/door_basic.h"
#include "hub/rpc_persistent.h"
#include "model/profile_config.h"
#include "net/internal.h"
#include "pki/certificate.h"

#include <stdio.h>
#include <stdlib.h>

/* A CONNECT that waits for the door. It outlives its connection when the client loses patience. */
struct visitor {
    struct door_question question; /* first: on_answer finds the visitor by it */
    struct reactor *reactor;
    uint64_t handle;
    struct tls_peer *peer;   /* a reference, for the question's chain */
    struct in6_addr address; /* the question's */
};

static void free_visitor(struct visitor *visitor)
{
    tls_peer_unref(visitor->peer);
    free(visitor);
}

/* ---- refusals ---- */

static void subject_of(const struct connection *c, char *out, size_t size)
{
    struct certificate_view view;
    struct problem problem = {0};
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    out[0] = '\0';
    if (peer == NULL || peer->chain.count == 0)
        return;
    if (certificate_view_read(chain_der_at(&peer->chain, 0), &view, &problem) != ERR_OK)
        return;
    snprintf(out, size, "%s", view.subject);
    certificate_view_fini(&view);
}

static void log_refusal(const struct event *e, const char *stage)
{
    log_warning("door.refused", log_text("stage", stage), log_slice("reason", e->reason),
                log_slice("address", e->address), log_slice("client_id", e->client_id),
                log_slice("fingerprint", e->fingerprint), log_slice("subject", e->subject));
}

void client_log_refusal(struct connection *c, const char *stage, const char *reason)
{
    char address[ADDRESS_SIZE], subject[CERTIFICATE_NAME_SIZE], fingerprint[65] = "";
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (!reactor_may_log(c->reactor))
        return;
    connection_address(c, address);
    subject_of(c, subject, sizeof subject);
    struct slice certificate = {0};
    if (peer != NULL && peer->has_certificate)
        text_to_hex(slice_of(peer->fingerprint, sizeof peer->fingerprint), fingerprint);
    if (peer != NULL && peer->chain.count > 0)
        certificate = chain_der_at(&peer->chain, 0);
    const struct event event = {.kind = EVENT_REFUSED,
                                .fingerprint = slice_str(fingerprint),
                                .address = slice_str(address),
                                .client_id = session_client_id(&c->session),
                                .subject = slice_str(subject),
                                .reason = slice_str(reason),
                                .certificate = certificate};
    log_refusal(&event, stage);
    events_record(c->reactor->hub->events, &event);
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

static void enter(struct connection *c, struct session_state *state)
{
    struct reactor *r = c->reactor;
    const struct payload_forms forms = client_forms(c);
    c->is_seated = true;
    sessions_set_forms(r->hub->sessions, c->claim, &forms);
    c->presence = client_arrive(r, c->device, c->profile->inactivity_timeout_ms);
    client_record(c, EVENT_CONNECTED, 0, slice_of(NULL, 0), mqtt_version_name(session_version(&c->session)));
    if (c->is_tls)
        tls_connection_forget_peer(&c->tls);
    c->is_stored = state != NULL;
    session_accept(&c->session, state, NULL, reactor_now(r), &r->out);
    client_keep_entered(c);
    if (c->is_stored)
        rpc_persistent_listens(r->hub, c->device, false);
    if (!ingest_has_room(r->ingest)) /* the notes above took the last: what follows the CONNECT waits */
        reactor_hold(r, c);
    log_debug("session.opened", log_number("device", (int64_t)c->device),
              log_slice("client_id", session_client_id(&c->session)));
}

void client_on_evict(void *arg, uint64_t handle)
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
    const struct seat_owner owner = {&r->box,    c->handle,          client_on_evict,
                                     on_granted, client_on_downlink, session_starts_clean(&c->session)};
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

/* Why nobody was found, or somebody was turned away. */
static const char *refusal_of(const struct door_question *q)
{
    if (q->type == CREDENTIALS_X509)
        return q->problem.text[0] != '\0' ? q->problem.text
                                          : "certificate not registered: no device has these credentials";
    if (q->problem.field[0] != '\0')
        return q->problem.text;
    if (q->basic.user_name[0] == '\0')
        return "no client certificate and no user name, and no device has this client id";
    return "access token not registered: no device has this token or user name";
}

static void on_verdict(struct connection *c, const struct door_question *q)
{
    if (q->result == ERR_NOT_FOUND || q->result == ERR_DENIED) {
        refuse(c, MQTT_REASON_NOT_AUTHORIZED, refusal_of(q));
    } else if (q->result != ERR_OK) {
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE,
               q->problem.text[0] ? q->problem.text : "the server is busy");
    } else if (reactor_link_device(c->reactor, c, q->entry.device) != ERR_OK) {
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE, "out of memory");
    } else {
        c->profile = profile_config_ref(q->config);
        c->is_gateway = q->entry.is_gateway;
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
    free_visitor(visitor);
}

/* A user name is a token or, with or without client id and password, part of MQTT_BASIC credentials. */
static const char *identify_by_name(const struct mqtt_connect *connect, struct door_question *q)
{
    struct credentials_basic *basic = &q->basic;
    struct slice client_id = connect->is_client_id_assigned ? slice_of(NULL, 0) : connect->client_id;
    bool fits = slice_to_cstr(client_id, basic->client_id, NAME_SIZE) &&
                slice_to_cstr(connect->user_name, basic->user_name, NAME_SIZE) &&
                slice_to_cstr(connect->password, basic->password, NAME_SIZE);
    if (client_id.len == 0 && connect->user_name.len == 0)
        return "no client certificate and no user name: nothing to identify the device by";
    if (!fits)
        return "client id, user name or password is longer than 255 bytes, or holds a NUL";
    q->type = CREDENTIALS_ACCESS_TOKEN;
    if (connect->user_name.len >= 1 && connect->user_name.len <= ACCESS_TOKEN_MAX)
        memcpy(q->id, basic->user_name, connect->user_name.len + 1);
    else
        q->type = CREDENTIALS_MQTT_BASIC;
    if (q->type == CREDENTIALS_MQTT_BASIC)
        door_basic_key(basic, q->id);
    return NULL;
}

/* Fill the question from what the client showed. @return NULL, or why there is nothing to ask */
static const char *identify(struct connection *c, const struct mqtt_connect *connect, struct door_question *q,
                            char *out, size_t size)
{
    const struct tls_peer *peer = c->is_tls ? tls_connection_peer(&c->tls) : NULL;
    if (peer != NULL && peer->has_certificate) {
        q->type = CREDENTIALS_X509;
        text_to_hex(slice_of(peer->fingerprint, sizeof peer->fingerprint), q->id);
        bool is_valid = c->reactor->hub->settings->tls.allow_expired ||
                        tls_peer_is_valid(peer, clock_wall_ms(), out, size);
        return is_valid ? NULL : out;
    }
    return identify_by_name(connect, q);
}

/* Rule 1 of the door: whoever says so gets a session that can ask for registration, and leaves nothing behind. */
static bool wants_provision(const struct mqtt_connect *connect)
{
    return slice_eq_str(connect->user_name, "provision") || slice_eq_str(connect->client_id, "provision");
}

static void let_in_to_provision(struct connection *c)
{
    static const struct session_grant nothing_kept = {.max_session_expiry_s = 0};
    c->is_provisioning = true;
    if (c->is_tls)
        tls_connection_forget_peer(&c->tls);
    session_accept(&c->session, NULL, &nothing_kept, reactor_now(c->reactor), &c->reactor->out);
}

void client_on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    struct connection *c = owner;
    char text[128];
    if (wants_provision(connect)) {
        let_in_to_provision(c);
        return;
    }
    struct visitor *visitor = calloc(1, sizeof *visitor);
    if (visitor == NULL) {
        refuse(c, MQTT_REASON_SERVER_UNAVAILABLE, "out of memory");
        return;
    }
    *visitor = (struct visitor){.question = {.on_answer = on_door_answer},
                                .reactor = c->reactor,
                                .handle = c->handle,
                                .address = c->address};
    visitor->question.address = visitor->address.s6_addr;
    if (c->is_tls)
        visitor->peer = tls_connection_keep_peer(&c->tls);
    if (visitor->peer != NULL && visitor->peer->chain.count > 0)
        visitor->question.chain = &visitor->peer->chain;
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
        free_visitor(visitor);
}
