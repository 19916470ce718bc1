/* PUBLISH of a gateway: values straight to the ingest, the rest to workers, unknown devices through registration. */
#include "net/client_gateway.h"

#include "base/clock.h"
#include "hub/gateway_message.h"
#include "hub/presence.h"

/* ---- names --------------------------------------------------------------------------------------------- */

/* Who looks for devices, and when: those that are found have been heard. */
struct hearing {
    struct gateway *gateway;
    int64_t now_ms;
};

static uint64_t number_of(void *arg, struct slice name)
{
    const struct hearing *h = arg;
    struct gateway_device *device = gateway_find(h->gateway, name);
    if (device == NULL)
        return 0;
    if (device->presence != NULL)
        presence_heard(device->presence, h->now_ms);
    return device->number;
}

/* A message that is looked through for devices that are not connected. */
struct look {
    struct connection *c;
    struct hearing hearing;
    struct gateway_registration *registration; /* NULL: all are known so far */
    uint64_t number;                           /* of the last one that is known */
};

static struct look look_through(struct connection *c)
{
    return (struct look){.c = c, .hearing = {c->gateway, clock_wall_ms()}};
}

static err_t meet_name(void *arg, struct slice name, struct problem *problem)
{
    struct look *look = arg;
    struct reactor *r = look->c->reactor;
    uint64_t number = number_of(&look->hearing, name);
    if (number != 0) {
        look->number = number;
        return ERR_OK;
    }
    if (look->registration == NULL)
        TRY(gateway_registration_new(r->hub, &r->box, &look->registration));
    TRY(gateway_registration_add(look->registration, name, problem));
    return gateway_check_room(look->c->gateway, look->registration->count, problem);
}

static err_t meet_claim(void *arg, const struct gateway_claim *claim, struct problem *problem)
{
    return meet_name(arg, claim->device, problem);
}

static err_t meet_one(struct look *look, enum device_topic topic, struct slice payload,
                      const struct body_options *options, struct problem *problem)
{
    struct gateway_message message;
    TRY(gateway_message_parse(topic, payload, options, &message, problem));
    err_t err = meet_name(look, message.device, problem);
    if (err == ERR_OK && look->registration != NULL)
        err = gateway_registration_set_type(look->registration, message.type, problem);
    gateway_message_fini(&message);
    return err;
}

static err_t meet_devices(struct look *look, enum device_topic topic, struct slice payload,
                          struct problem *problem)
{
    struct reactor *r = look->c->reactor;
    const struct settings *settings = r->hub->settings;
    const struct body_options options = {.max_keys = settings->telemetry.max_keys,
                                         .max_devices = settings->telemetry.max_devices,
                                         .max_depth = settings->json.max_depth,
                                         .scratch = &r->scratch};
    switch (topic) {
    case TOPIC_GATEWAY_TELEMETRY: /* known to be in order */
    case TOPIC_GATEWAY_ATTRIBUTES: return gateway_names_parse(payload, &options, meet_name, look, problem);
    case TOPIC_GATEWAY_CLAIM: return gateway_claims_parse(payload, &options, meet_claim, look, problem);
    default: return meet_one(look, topic, payload, &options, problem);
    }
}

/* ---- devices that are not connected yet ---------------------------------------------------------------- */

static void refuse(struct connection *c, const struct ingest_source *source, err_t err,
                   const struct problem *problem)
{
    client_reply(c, source, err_info(err)->mqtt_reason, problem->text);
}

static void on_registered(void *arg, struct gateway_registration *registration)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, registration->source.client);
    r->questions--;
    if (c == NULL || c->phase != CONNECTION_OPEN) {
        gateway_registration_free(registration);
        return;
    }
    c->gateway->arrived = registration;
    connection_continue(c);
}

/* What was found before a revocation may be stale by the time it arrives: the count tells. */
static bool start(struct connection *c, struct gateway_registration *registration)
{
    struct reactor *r = c->reactor;
    registration->revocations = r->revocations;
    if (!gateway_registration_start(registration))
        return false;
    r->questions++;
    c->awaits_worker = true;
    session_pause_reading(&c->session);
    return true;
}

/* The message waits until a worker has found its devices. What follows waits, too. */
static void keep_until_found(struct connection *c, struct gateway_registration *registration,
                             const struct ingest_source *source, const struct topic_match *match,
                             struct slice payload)
{
    registration->on_done = on_registered;
    registration->source = *source;
    registration->match = *match;
    buf_append_slice(&registration->payload, payload);
    if (ingest_source_copy(&registration->source, &registration->texts) == ERR_OK &&
        buf_is_ok(&registration->payload) && start(c, registration))
        return;
    gateway_registration_free(registration);
    client_reply(c, source, MQTT_REASON_SERVER_BUSY, "the server is busy; try again later");
}

static err_t admit_all(struct connection *c, const struct gateway_registration *registration,
                       struct problem *problem)
{
    TRY(registration->result);
    for (size_t i = 0; i < registration->count; i++)
        TRY(client_gateway_admit(c, &registration->newcomers[i], problem));
    return ERR_OK;
}

static void let_in(struct connection *c, struct gateway_registration *registration)
{
    err_t err = admit_all(c, registration, &registration->problem);
    registration->source.profile = c->profile; /* it may have been replaced meanwhile */
    if (err != ERR_OK)
        refuse(c, &registration->source, err, &registration->problem);
    else
        client_gateway_publish(c, &registration->source, &registration->match,
                               buf_slice(&registration->payload));
    gateway_registration_free(registration);
}

void client_gateway_go_on(struct connection *c)
{
    struct reactor *r = c->reactor;
    struct gateway_registration *registration = c->gateway != NULL ? c->gateway->arrived : NULL;
    if (registration == NULL)
        return;
    if (!ingest_has_room(r->ingest)) {
        reactor_hold(r, c);
        return;
    }
    bool is_stale = registration->revocations != r->revocations;
    c->gateway->arrived = NULL;
    c->awaits_worker = false;
    if (is_stale && start(c, registration))
        return;
    if (is_stale)
        registration->result =
            fail(&registration->problem, ERR_LIMIT, "", "the server is busy; try again later");
    let_in(c, registration);
    connection_flush(c);
}

/* ---- messages ------------------------------------------------------------------------------------------ */

static void take_values(struct connection *c, const struct ingest_source *source,
                        const struct topic_match *match, struct slice payload)
{
    struct problem problem = {0};
    struct look look = look_through(c);
    const struct gateway_names names = {number_of, &look.hearing};
    if (ingest_gateway_body(c->reactor->ingest, source, match->topic, payload, &names))
        return;
    err_t err = meet_devices(&look, match->topic, payload, &problem);
    CHECK(err != ERR_OK || look.registration != NULL);
    if (err == ERR_OK) {
        keep_until_found(c, look.registration, source, match, payload);
        return;
    }
    if (look.registration != NULL)
        gateway_registration_free(look.registration);
    refuse(c, source, err, &problem);
}

static void work(struct connection *c, const struct ingest_source *source, const struct topic_match *match,
                 uint64_t number, struct slice payload)
{
    struct ingest_source meant = *source;
    if (match->topic != TOPIC_GATEWAY_CLAIM)
        meant.device = number;
    if (match->topic == TOPIC_GATEWAY_CONNECT)
        client_reply(c, source, 0, "");
    else
        CHECK(client_ask_worker(c, &meant, match, payload));
}

static void take_request(struct connection *c, const struct ingest_source *source,
                         const struct topic_match *match, struct slice payload)
{
    struct problem problem = {0};
    struct look look = look_through(c);
    err_t err = meet_devices(&look, match->topic, payload, &problem);
    if (err == ERR_OK && look.registration != NULL) {
        keep_until_found(c, look.registration, source, match, payload);
        return;
    }
    if (look.registration != NULL)
        gateway_registration_free(look.registration);
    if (err == ERR_OK)
        work(c, source, match, look.number, payload);
    else
        refuse(c, source, err, &problem);
}

static err_t disconnect_device(struct connection *c, struct slice payload, struct problem *problem)
{
    struct reactor *r = c->reactor;
    const struct body_options options = {.max_depth = r->hub->settings->json.max_depth,
                                         .scratch = &r->scratch};
    struct gateway_message message;
    TRY(gateway_message_parse(TOPIC_GATEWAY_DISCONNECT, payload, &options, &message, problem));
    struct gateway_device *device = gateway_find(c->gateway, message.device);
    if (device != NULL)
        client_gateway_dismiss(c, device, "by the gateway");
    gateway_message_fini(&message);
    return ERR_OK;
}

static void take_disconnect(struct connection *c, const struct ingest_source *source, struct slice payload)
{
    struct problem problem = {0};
    err_t err = disconnect_device(c, payload, &problem);
    if (err == ERR_OK)
        client_reply(c, source, 0, "");
    else
        refuse(c, source, err, &problem);
}

void client_gateway_publish(struct connection *c, const struct ingest_source *source,
                            const struct topic_match *match, struct slice payload)
{
    struct reactor *r = c->reactor;
    if (c->gateway == NULL && gateway_new(r->gateways, c->handle, r->hub->settings->mqtt.max_gateway_devices,
                                          &c->gateway) != ERR_OK) {
        client_reply(c, source, MQTT_REASON_QUOTA_EXCEEDED, "out of memory");
        return;
    }
    switch (match->topic) {
    case TOPIC_GATEWAY_TELEMETRY:
    case TOPIC_GATEWAY_ATTRIBUTES: take_values(c, source, match, payload); return;
    case TOPIC_GATEWAY_DISCONNECT: take_disconnect(c, source, payload); return;
    default: take_request(c, source, match, payload); return;
    }
}

bool client_gateway_will(struct connection *c, const struct mqtt_will *will)
{
    const struct topic_match match = topic_of_publish(will->topic);
    bool has_values = match.topic == TOPIC_GATEWAY_TELEMETRY || match.topic == TOPIC_GATEWAY_ATTRIBUTES;
    if (!has_values || c->gateway == NULL || !ingest_has_room(c->reactor->ingest))
        return false;
    const struct ingest_source source = {.device = c->device};
    struct hearing hearing = {c->gateway, clock_wall_ms()};
    const struct gateway_names names = {number_of, &hearing};
    return ingest_gateway_body(c->reactor->ingest, &source, match.topic, will->payload, &names);
}
