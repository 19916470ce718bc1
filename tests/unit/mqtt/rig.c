#include "rig.h"

#include "hex.h"

static struct rig *rig_of(void *owner)
{
    return owner;
}

static void word(struct rig *r)
{
    if (r->log.len != 0)
        buf_append_u8(&r->log, ' ');
}

static void log_list(struct rig *r, const struct mqtt_packet *p)
{
    buf_printf(&r->log, "(%u:", (unsigned)p->list.packet_id);
    for (size_t i = 0; i < p->list.raw.len; i++)
        buf_printf(&r->log, "%s%02x", i ? " " : "", (unsigned)p->list.raw.data[i]);
    buf_append_str(&r->log, ")");
}

static void log_publish(struct rig *r, const struct mqtt_publish *p)
{
    buf_printf(&r->log, "(%.*s,'%.*s',q%u", SLICE_ARG(p->topic), SLICE_ARG(p->payload), (unsigned)p->qos);
    if (p->qos != 0)
        buf_printf(&r->log, ",id%u", (unsigned)p->packet_id);
    if (p->dup)
        buf_append_str(&r->log, ",dup");
    if (mqtt_has(&p->properties, MQTT_MESSAGE_EXPIRY_INTERVAL))
        buf_printf(&r->log, ",expiry=%u", (unsigned)p->properties.message_expiry_interval);
    if (mqtt_has(&p->properties, MQTT_PAYLOAD_FORMAT_INDICATOR))
        buf_append_str(&r->log, ",utf8");
    if (mqtt_has(&p->properties, MQTT_CONTENT_TYPE))
        buf_printf(&r->log, ",type=%.*s", SLICE_ARG(p->properties.content_type));
    if (mqtt_has(&p->properties, MQTT_RESPONSE_TOPIC))
        buf_printf(&r->log, ",reply=%.*s", SLICE_ARG(p->properties.response_topic));
    if (mqtt_has(&p->properties, MQTT_CORRELATION_DATA))
        buf_printf(&r->log, ",corr=%.*s", SLICE_ARG(p->properties.correlation_data));
    if (mqtt_has(&p->properties, MQTT_TOPIC_ALIAS))
        buf_printf(&r->log, ",alias=%u", (unsigned)p->properties.topic_alias);
    struct slice rest = p->properties.raw, name, value;
    uint32_t id;
    while (mqtt_subscription_identifier_next(&rest, &id))
        buf_printf(&r->log, ",sub=%u", (unsigned)id);
    rest = p->properties.raw;
    while (mqtt_user_property_next(&rest, &name, &value))
        buf_printf(&r->log, ",%.*s=%.*s", SLICE_ARG(name), SLICE_ARG(value));
    buf_append_str(&r->log, ")");
}

static void log_reason_string(struct rig *r, const struct mqtt_properties *p)
{
    if (mqtt_has(p, MQTT_REASON_STRING))
        buf_printf(&r->log, ",'%.*s'", SLICE_ARG(p->reason_string));
}

static void log_packet(struct rig *r, const struct mqtt_packet *p)
{
    word(r);
    buf_append_str(&r->log, mqtt_type_name(p->type));
    switch (p->type) {
    case MQTT_CONNACK:
        buf_printf(&r->log, "(%d,%02x", p->connack.session_present, (unsigned)p->connack.code);
        if (mqtt_has(&p->connack.properties, MQTT_SESSION_EXPIRY_INTERVAL))
            buf_printf(&r->log, ",expiry=%u", (unsigned)p->connack.properties.session_expiry_interval);
        if (mqtt_has(&p->connack.properties, MQTT_SERVER_KEEP_ALIVE))
            buf_printf(&r->log, ",keep=%u", (unsigned)p->connack.properties.server_keep_alive);
        if (mqtt_has(&p->connack.properties, MQTT_ASSIGNED_CLIENT_IDENTIFIER))
            buf_append_str(&r->log, ",assigned");
        buf_append_str(&r->log, ")");
        break;
    case MQTT_PUBLISH: log_publish(r, &p->publish); break;
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP:
        buf_printf(&r->log, "(%u", (unsigned)p->ack.packet_id);
        if (p->ack.reason != 0)
            buf_printf(&r->log, ",%02x", (unsigned)p->ack.reason);
        log_reason_string(r, &p->ack.properties);
        buf_append_str(&r->log, ")");
        break;
    case MQTT_SUBACK:
    case MQTT_UNSUBACK: log_list(r, p); break;
    case MQTT_DISCONNECT: buf_printf(&r->log, "(%02x)", (unsigned)p->farewell.reason); break;
    default: break;
    }
}

/* Move what the session sent into the log, each packet decoded and within the client's limit. */
static void flush(struct rig *r)
{
    if (r->out.limit != 0)
        return; /* the test wants it to fail */
    assert_true(buf_is_ok(&r->out));
    while (r->out.len != 0) {
        size_t total = 0;
        assert_int_equal(mqtt_packet_length(buf_slice(&r->out), SIZE_MAX, &total, NULL), ERR_OK);
        assert_true(total <= r->out.len && total <= r->s.max_packet_out);
        struct mqtt_packet packet;
        struct problem problem = {0};
        uint8_t reason = 0;
        struct slice raw = slice_of(r->out.data, total);
        if (mqtt_decode(raw, session_version(&r->s), &packet, &reason, &problem) != ERR_OK)
            fail_msg("the session sent a bad packet: %s", problem.text);
        log_packet(r, &packet);
        buf_consume(&r->out, total);
    }
}

static void answer_connect(struct rig *r, struct buf *out)
{
    if (r->connect_reason != 0) {
        session_refuse(&r->s, r->connect_reason, "not today", out);
        return;
    }
    struct session_state *stored = r->stored;
    r->stored = NULL;
    session_accept(&r->s, stored, r->grant, r->now, out);
}

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    struct rig *r = rig_of(owner);
    flush(r);
    word(r);
    assert_int_not_equal(connect->client_id.len, 0);
    if (connect->is_client_id_assigned)
        buf_append_str(&r->log, "<connect assigned>");
    else
        buf_printf(&r->log, "<connect %.*s>", SLICE_ARG(connect->client_id));
    assert_true(slice_eq(connect->client_id, session_client_id(s)));
    if (!r->is_connect_held)
        answer_connect(r, out);
}

static void on_publish(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                       struct buf *out)
{
    struct rig *r = rig_of(owner);
    flush(r);
    word(r);
    buf_printf(&r->log, "<%.*s '%.*s' q%u", SLICE_ARG(publish->topic), SLICE_ARG(publish->payload),
               (unsigned)publish->qos);
    if (publish->qos != 0)
        buf_printf(&r->log, " id%u", (unsigned)publish->packet_id);
    buf_printf(&r->log, "%s%s>", publish->dup ? " dup" : "", publish->retain ? " retain" : "");
    if (r->is_pausing)
        session_pause_reading(s);
    if (r->close_reason != 0)
        session_close(s, r->close_reason, "closed inside", out);
    if (publish->qos != 0 && !r->is_publish_held)
        session_publish_done(s, publish->packet_id, publish->qos, r->publish_reason, r->publish_text, out);
}

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    struct rig *r = rig_of(owner);
    flush(r);
    word(r);
    buf_printf(&r->log, "<sub %.*s q%u>", SLICE_ARG(subscription->filter), (unsigned)subscription->qos);
    if (r->close_reason != 0)
        session_close(s, r->close_reason, "closed inside", &r->out);
    return r->granted >= 0x80 || r->granted < subscription->qos ? r->granted : subscription->qos;
}

static void on_subscribed(struct session *s, void *owner, uint64_t now_ms, struct buf *out)
{
    struct rig *r = rig_of(owner);
    struct delivery d = {.payload = SLICE("waited"), .qos = 1};
    if (r->delivery_on_subscribed == NULL)
        return;
    d.topic = slice_str(r->delivery_on_subscribed);
    (void)session_deliver(s, &d, now_ms, out);
}

static void on_unsubscribe(struct session *s, void *owner, struct slice filter)
{
    struct rig *r = rig_of(owner);
    flush(r);
    word(r);
    buf_printf(&r->log, "<unsub %.*s>", SLICE_ARG(filter));
}

static bool on_changed(struct session *s, void *owner, enum mqtt_type type, uint16_t packet_id,
                       struct slice codes)
{
    struct rig *r = rig_of(owner);
    assert_true(session_is_open(s) && packet_id != 0 && codes.len != 0);
    if (!r->is_answer_held)
        return false;
    flush(r);
    word(r);
    buf_printf(&r->log, "<changed %s %u>", mqtt_type_name(type), (unsigned)packet_id);
    return true;
}

static void on_progress(struct session *s, void *owner, uint64_t number, const struct delivery_progress *p)
{
    struct rig *r = rig_of(owner);
    word(r);
    buf_printf(&r->log, "<progress %u id%u%s>", (unsigned)number, (unsigned)p->packet_id,
               p->is_released ? " released" : "");
}

static void on_settled(struct session *s, void *owner, uint64_t number)
{
    struct rig *r = rig_of(owner);
    word(r);
    buf_printf(&r->log, "<settled %u>", (unsigned)number);
}

static void on_acknowledged(struct session *s, void *owner, uint64_t tag)
{
    struct rig *r = rig_of(owner);
    word(r);
    buf_printf(&r->log, "<acknowledged %u>", (unsigned)tag);
}

static void on_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
    struct rig *r = rig_of(owner);
    assert_non_null(text);
    assert_string_not_equal(text, "");
    flush(r);
    word(r);
    buf_printf(&r->log, "<closing %02x>", (unsigned)reason);
}

static const struct session_handler handler = {
    .on_connect = on_connect,
    .on_publish = on_publish,
    .on_subscribe = on_subscribe,
    .on_subscribed = on_subscribed,
    .on_unsubscribe = on_unsubscribe,
    .on_changed = on_changed,
    .on_progress = on_progress,
    .on_settled = on_settled,
    .on_acknowledged = on_acknowledged,
    .on_closing = on_closing,
};

void rig_init(struct rig *r)
{
    *r = (struct rig){.limits = session_default_limits, .now = 1000, .granted = 2};
    session_init(&r->s, &r->limits, &handler, r, r->now);
}

void rig_restart(struct rig *r)
{
    session_fini(&r->s);
    buf_clear(&r->out);
    session_init(&r->s, &r->limits, &handler, r, r->now);
}

void rig_fini(struct rig *r)
{
    session_fini(&r->s);
    session_state_free(r->stored);
    buf_fini(&r->out);
    buf_fini(&r->log);
}

void rig_expect(struct rig *r, const char *expected)
{
    flush(r);
    assert_string_equal(buf_cstr(&r->log), expected);
    buf_clear(&r->log);
}

size_t rig_feed(struct rig *r, struct slice in)
{
    size_t consumed = SIZE_MAX;
    err_t err = session_receive(&r->s, in, &consumed, r->now, &r->out);
    assert_int_equal(err == ERR_OK, consumed != SIZE_MAX);
    assert_true(err == ERR_OK || err == ERR_CLOSED);
    flush(r);
    return consumed;
}

size_t rig_hex(struct rig *r, const char *hex)
{
    AUTO_BUF raw = {0};
    hex_append(&raw, hex);
    return rig_feed(r, buf_slice(&raw));
}

void rig_send(struct rig *r, enum mqtt_version version, const struct mqtt_packet *packet)
{
    AUTO_BUF raw = {0};
    assert_int_equal(mqtt_encode(&raw, version, packet), ERR_OK);
    size_t consumed = rig_feed(r, buf_slice(&raw));
    assert_true(consumed == raw.len || consumed == SIZE_MAX);
}

void rig_connect(struct rig *r, enum mqtt_version version, const char *id, bool is_clean)
{
    struct mqtt_packet p = {
        .type = MQTT_CONNECT,
        .connect = {
            .version = version, .client_id = slice_str(id), .clean_start = is_clean, .keep_alive_s = 60}};
    rig_send(r, version, &p);
}

void rig_connect_5(struct rig *r, const char *id, bool is_clean, const char *properties)
{
    AUTO_BUF list = {0};
    hex_append(&list, properties);
    struct mqtt_packet p = {
        .type = MQTT_CONNECT,
        .connect = {
            .version = MQTT_5_0, .client_id = slice_str(id), .clean_start = is_clean, .keep_alive_s = 60}};
    uint8_t reason;
    if (list.len != 0)
        assert_int_equal(
            mqtt_properties_decode(buf_slice(&list), MQTT_CONNECT, &p.connect.properties, &reason, NULL),
            ERR_OK);
    rig_send(r, MQTT_5_0, &p);
}

void rig_publish(struct rig *r, const char *topic, const char *payload, unsigned qos, unsigned id)
{
    struct mqtt_packet p = {.type = MQTT_PUBLISH,
                            .publish = {.topic = slice_str(topic),
                                        .payload = slice_str(payload),
                                        .qos = (uint8_t)qos,
                                        .packet_id = (uint16_t)id}};
    rig_send(r, session_version(&r->s), &p);
}

void rig_ack(struct rig *r, enum mqtt_type type, unsigned id, unsigned reason)
{
    struct mqtt_packet p = {.type = type, .ack = {.packet_id = (uint16_t)id, .reason = (uint8_t)reason}};
    rig_send(r, session_version(&r->s), &p);
}

void rig_subscribe(struct rig *r, unsigned id, const char *filter, unsigned qos)
{
    AUTO_BUF raw = {0};
    struct mqtt_subscription entry = {.filter = slice_str(filter), .qos = (uint8_t)qos};
    mqtt_filter_append(&raw, session_version(&r->s), true, &entry);
    struct mqtt_packet p = {.type = MQTT_SUBSCRIBE,
                            .list = {.packet_id = (uint16_t)id, .raw = buf_slice(&raw)}};
    rig_send(r, session_version(&r->s), &p);
}

void rig_unsubscribe(struct rig *r, unsigned id, const char *filter)
{
    AUTO_BUF raw = {0};
    struct mqtt_subscription entry = {.filter = slice_str(filter)};
    mqtt_filter_append(&raw, session_version(&r->s), false, &entry);
    struct mqtt_packet p = {.type = MQTT_UNSUBSCRIBE,
                            .list = {.packet_id = (uint16_t)id, .raw = buf_slice(&raw)}};
    rig_send(r, session_version(&r->s), &p);
}

void rig_disconnect(struct rig *r)
{
    rig_hex(r, "e0 00");
}

void rig_accept(struct rig *r)
{
    answer_connect(r, &r->out);
    flush(r);
}

void rig_done(struct rig *r, unsigned id, unsigned qos, unsigned reason)
{
    session_publish_done(&r->s, (uint16_t)id, (uint8_t)qos, (uint8_t)reason, r->publish_text, &r->out);
    flush(r);
}

enum delivery_result rig_deliver(struct rig *r, const char *topic, const char *payload, unsigned qos)
{
    struct delivery d = {.topic = slice_str(topic), .payload = slice_str(payload), .qos = (uint8_t)qos};
    enum delivery_result result = session_deliver(&r->s, &d, r->now, &r->out);
    flush(r);
    return result;
}

enum delivery_result rig_deliver_numbered(struct rig *r, uint64_t number, const char *topic, unsigned qos)
{
    struct delivery d = {
        .topic = slice_str(topic), .payload = SLICE("x"), .qos = (uint8_t)qos, .number = number};
    enum delivery_result result = session_deliver(&r->s, &d, r->now, &r->out);
    flush(r);
    return result;
}

enum delivery_result rig_deliver_tagged(struct rig *r, uint64_t tag, const char *topic, unsigned qos)
{
    struct delivery d = {.topic = slice_str(topic), .payload = SLICE("x"), .qos = (uint8_t)qos, .tag = tag};
    enum delivery_result result = session_deliver(&r->s, &d, r->now, &r->out);
    flush(r);
    return result;
}

void rig_acknowledge(struct rig *r, enum mqtt_type type, unsigned id, const char *codes)
{
    AUTO_BUF raw = {0};
    hex_append(&raw, codes);
    session_acknowledge(&r->s, type, (uint16_t)id, buf_slice(&raw), r->now, &r->out);
    flush(r);
}

void rig_close(struct rig *r, unsigned reason)
{
    session_close(&r->s, (uint8_t)reason, "closed by the test", &r->out);
    flush(r);
}

void rig_deadline(struct rig *r, uint64_t now)
{
    r->now = now;
    session_on_deadline(&r->s, now, &r->out);
    flush(r);
}

bool rig_detach(struct rig *r)
{
    assert_null(r->stored);
    r->stored = session_detach(&r->s, r->now);
    return r->stored != NULL;
}
