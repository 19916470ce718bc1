/* PUBLISH: to the ingest, or to a worker; and the acknowledgements. */
#include "net/client_gateway.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/profile_topics.h"
#include "hub/request.h"

enum { REQUESTS_MAX = 4 }; /* of one connection with the workers: more would keep them from everybody else */

static bool may_go_on(const struct connection *c)
{
    return c->phase == CONNECTION_OPEN && !c->is_held && !c->awaits_worker && !c->awaits_disk &&
           c->requests < REQUESTS_MAX;
}

bool client_go_on(struct connection *c)
{
    client_gateway_go_on(c);
    return may_go_on(c);
}

/* A payload that is refused need not end a 3.x client's connection, if its profile says so. */
static bool is_excused(const struct connection *c, const struct ingest_answer *answer)
{
    return answer->reason == MQTT_REASON_PAYLOAD_FORMAT_INVALID && c->profile != NULL &&
           c->profile->ack_invalid && session_version(&c->session) != MQTT_5_0;
}

static void answer_publish(struct connection *c, const struct ingest_answer *answer)
{
    struct reactor *r = c->reactor;
    uint8_t reason = is_excused(c, answer) ? MQTT_REASON_SUCCESS : answer->reason;
    if (answer->reason != 0 && reactor_may_log(r))
        log_info("publish.refused", log_number("device", (int64_t)c->device),
                 log_number("mqtt_reason", answer->reason), log_text("reason", answer->text));
    if (answer->reason != 0 && answer->reason != MQTT_REASON_TOPIC_NAME_INVALID)
        client_record(c, EVENT_MESSAGE_REFUSED, answer->reason, slice_of(NULL, 0), answer->text);
    if (answer->qos > 0)
        session_publish_done(&c->session, answer->packet_id, answer->qos, reason, answer->text, &r->out);
    else if (reason != 0 && session_version(&c->session) != MQTT_5_0)
        session_close(&c->session, reason, answer->text, &r->out); /* it cannot be told in another way */
}

/* Nothing to store: answer at once, or behind the messages before it, since acknowledgements keep the order. */
void client_reply(struct connection *c, const struct ingest_source *source, uint8_t reason, const char *text)
{
    struct reactor *r = c->reactor;
    const struct ingest_answer answer = {source->client, source->packet_id, source->qos, reason, text};
    if (source->qos == 0 && reason == 0)
        return;
    if (source->qos == 0 || session_unanswered(&c->session) <= 1)
        answer_publish(c, &answer);
    else if (!ingest_reply(r->ingest, source, reason, text))
        session_close(&c->session, MQTT_REASON_SERVER_BUSY, "the server is busy", &r->out);
}

static void publish_answer(struct connection *c, const struct request *request)
{
    struct reactor *r = c->reactor;
    bool is_told = request->answer.len != 0 || request->is_told_empty;
    if (!is_told || request->topic[0] == '\0')
        return;
    struct delivery delivery = {.topic = request->source.response_topic,
                                .payload = buf_slice(&request->answer),
                                .qos = 1,
                                .is_utf8 = !request->is_binary,
                                .correlation_data = request->source.correlation_data};
    enum delivery_result result = DELIVERY_UNWANTED;
    if (delivery.topic.len != 0) /* where the client wants it, if it listens there */
        result = session_deliver(&c->session, &delivery, reactor_now(r), &r->out);
    delivery.topic = slice_str(request->topic);
    delivery.is_due = request->is_due;
    if (result == DELIVERY_UNWANTED)
        (void)session_deliver(&c->session, &delivery, reactor_now(r), &r->out);
}

/* A worker is done: the acknowledgement, then the answer; then reading goes on. */
static void on_request_done(void *arg, struct request *request)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, request->source.client);
    r->questions--;
    if (c == NULL || c->phase != CONNECTION_OPEN)
        return;
    c->requests--;
    if (c->is_provisioning)
        c->accepted_ms = reactor_now(r);
    if (request->source.qos > 0)
        c->awaits_worker = false;
    client_reply(c, &request->source, request->result == ERR_OK ? 0 : err_info(request->result)->mqtt_reason,
                 request->problem.text);
    publish_answer(c, request);
    connection_flush(c);
    connection_continue(c);
}

static const char not_a_topic[] = "not a topic of the device API, such as v1/devices/me/telemetry";

/* Not a topic of the device API: 5.0 clients are told; others are acknowledged, as ThingsBoard's devices expect. */
static void on_unknown_topic(struct connection *c, const struct ingest_source *source, struct slice topic,
                             const char *text)
{
    bool can_tell = session_version(&c->session) == MQTT_5_0;
    client_record(c, EVENT_UNKNOWN_TOPIC, can_tell ? MQTT_REASON_TOPIC_NAME_INVALID : 0, topic, "");
    if (reactor_may_log(c->reactor))
        log_info("publish.unknown_topic", log_number("device", (int64_t)c->device),
                 log_slice("topic", topic));
    if (source->qos > 0)
        client_reply(c, source, can_tell ? MQTT_REASON_TOPIC_NAME_INVALID : 0, text);
}

bool client_ask_worker(struct connection *c, const struct ingest_source *source,
                       const struct topic_match *match, struct slice payload)
{
    struct reactor *r = c->reactor;
    struct problem problem = {0};
    err_t err =
        request_start(r->hub, &r->box, source, c->address.s6_addr, match, payload, on_request_done, &problem);
    if (err == ERR_NOT_FOUND)
        return false;
    if (err != ERR_OK) {
        client_reply(c, source, err_info(err)->mqtt_reason, problem.text);
        return true;
    }
    r->questions++;
    c->requests++;
    c->awaits_worker = source->qos > 0; /* so that acknowledgements keep their order */
    if (!may_go_on(c))
        session_pause_reading(&c->session);
    return true;
}

/* A session that may only ask for registration, or one that may not. */
static void on_other_topic(struct connection *c, const struct ingest_source *source, struct slice topic)
{
    if (c->is_provisioning)
        client_reply(c, source, MQTT_REASON_NOT_AUTHORIZED,
                     "a session of user 'provision' may publish to /provision/request only");
    else
        on_unknown_topic(c, source, topic, not_a_topic);
}

struct topic_match client_topic(const struct connection *c, struct slice topic)
{
    struct topic_match match = topic_of_publish(topic);
    if (match.topic == TOPIC_UNKNOWN && c->profile != NULL)
        return profile_topic_match(c->profile, topic);
    return match;
}

static void take_body(struct connection *c, const struct ingest_source *source,
                      const struct topic_match *match, struct slice payload)
{
    if (payload_is_foreign(source->profile, match->form))
        ingest_foreign(c->reactor->ingest, source, match, payload);
    else
        ingest_body(c->reactor->ingest, source, match->topic, payload);
}

static void take_message(struct connection *c, const struct ingest_source *source, struct slice topic,
                         struct slice payload)
{
    static const char for_gateways[] =
        "topics of v1/gateway are for devices that are gateways: \"gateway\": true in their additionalInfo";
    struct topic_match match = client_topic(c, topic);
    if (c->is_provisioning != (match.topic == TOPIC_PROVISION_REQUEST)) {
        on_other_topic(c, source, topic);
        return;
    }
    if (topic_is_gateways(match.topic)) {
        if (c->is_gateway)
            client_gateway_publish(c, source, &match, payload);
        else
            on_unknown_topic(c, source, topic, for_gateways);
        return;
    }
    if (match.topic == TOPIC_TELEMETRY || match.topic == TOPIC_ATTRIBUTES)
        take_body(c, source, &match, payload);
    else if (match.topic == TOPIC_UNKNOWN || !client_ask_worker(c, source, &match, payload))
        on_unknown_topic(c, source, topic, not_a_topic);
}

void client_on_publish(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                       struct buf *out)
{
    struct connection *c = owner;
    struct reactor *r = c->reactor;
    const struct ingest_source source = {.client = c->handle,
                                         .device = c->device,
                                         .packet_id = publish->packet_id,
                                         .qos = publish->qos,
                                         .response_topic = publish->properties.response_topic,
                                         .correlation_data = publish->properties.correlation_data,
                                         .profile = c->profile};
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
