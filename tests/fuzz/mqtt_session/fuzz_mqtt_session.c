/*
 * A stream of bytes through one client's session, whose owner answers in every way it may: at once, late,
 * with refusals, deliveries, closes, resumes. The input is a script: an opcode byte, then its argument.
 * What the session sends is decoded after every step; it must be valid and within the client's limits.
 */
#include "mqtt/session.h"

#include <stdlib.h>

enum { ANSWERS_MAX = 64, STEPS_MAX = 256 };

struct answer {
    uint16_t packet_id;
    uint8_t qos;
};

struct world {
    struct session s;
    struct session_state *stored;
    struct buf out;
    uint64_t now;
    uint8_t mood; /* how the owner behaves */
    bool is_asked;
    bool is_over;
    struct answer answers[ANSWERS_MAX];
    size_t answer_count;
};

enum {
    MOOD_LATE_CONNECT = 1,
    MOOD_LATE_PUBLISH = 2,
    MOOD_REFUSE = 4,
    MOOD_PAUSE = 8,
    MOOD_DELIVER = 16,
    MOOD_CLOSE = 32,
    MOOD_REASONS = 64,
    MOOD_FAIL_OUT = 128
};

static const struct session_limits limits = {
    .max_packet = 600,
    .max_connect = 300,
    .max_payload = 200,
    .max_topic = 40,
    .max_client_id = 30,
    .max_inflight = 8,
    .max_qos2_ids = 10,
    .max_outbound = 4,
    .max_topic_alias = 3,
    .max_subscriptions = 4,
    .max_keep_alive_s = 100,
    .max_queued = 8,
    .max_queued_bytes = 400,
    .max_session_expiry_s = 1000,
    .connect_timeout_ms = 1000,
};

static void answer_connect(struct world *w, struct buf *out)
{
    struct session_state *stored = w->stored;
    w->stored = NULL;
    w->is_asked = false;
    struct session_grant grant = {.max_session_expiry_s = 500};
    if (w->mood & MOOD_REFUSE) {
        session_refuse(&w->s, MQTT_REASON_NOT_AUTHORIZED, "no", out);
        session_state_free(stored);
    } else {
        session_accept(&w->s, stored, w->mood & MOOD_REASONS ? &grant : NULL, w->now, out);
    }
}

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    struct world *w = owner;
    CHECK(connect->client_id.len != 0);
    if (w->mood & MOOD_LATE_CONNECT)
        w->is_asked = true;
    else
        answer_connect(w, out);
}

static void deliver(struct world *w, unsigned variant, struct buf *out)
{
    static const char *const topics[] = {"a", "a/b", "a/b/c", "$SYS/x"};
    struct delivery d = {
        .topic = slice_str(topics[variant & 3]),
        .payload = SLICE("payload of a delivery"),
        .qos = (uint8_t)((variant >> 2) % 3),
        .is_utf8 = (variant & 16) != 0,
        .expiry_s = variant & 32 ? 10 : 0,
        .response_topic = variant & 64 ? SLICE("r/1") : slice_of(NULL, 0),
        .user_properties = variant & 128 ? SLICE("\x26\x00\x01k\x00\x01v") : slice_of(NULL, 0),
    };
    if (w->stored != NULL)
        (void)session_state_queue(w->stored, &d, &limits, w->now);
    (void)session_deliver(&w->s, &d, w->now, out);
}

static void done(struct world *w, struct answer a, struct buf *out)
{
    uint8_t reason = w->mood & MOOD_REFUSE ? MQTT_REASON_PAYLOAD_FORMAT_INVALID : 0;
    session_publish_done(&w->s, a.packet_id, a.qos, reason, w->mood & MOOD_REASONS ? "why" : NULL, out);
}

static void on_publish(struct session *s, void *owner, const struct mqtt_publish *publish, uint64_t now_ms,
                       struct buf *out)
{
    struct world *w = owner;
    CHECK(publish->topic.len != 0 && publish->topic.len <= limits.max_topic);
    CHECK(publish->payload.len <= limits.max_payload && publish->qos <= 2);
    if (w->mood & MOOD_PAUSE)
        session_pause_reading(s);
    if (w->mood & MOOD_DELIVER)
        deliver(w, publish->packet_id, out);
    struct answer a = {publish->packet_id, publish->qos};
    if (publish->qos != 0 && (w->mood & MOOD_LATE_PUBLISH)) {
        CHECK(w->answer_count < limits.max_inflight);
        w->answers[w->answer_count++] = a;
    } else if (publish->qos != 0) {
        done(w, a, out);
    }
    if (w->mood & MOOD_CLOSE)
        session_close(s, MQTT_REASON_ADMINISTRATIVE_ACTION, "closed by the fuzzer", out);
}

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *subscription)
{
    struct world *w = owner;
    CHECK(subscription->filter.len != 0 && subscription->filter.len <= limits.max_topic);
    return w->mood & MOOD_REFUSE ? MQTT_REASON_NOT_AUTHORIZED : subscription->qos;
}

static void on_subscribed(struct session *s, void *owner, uint64_t now_ms, struct buf *out)
{
    deliver(owner, 0x55, out);
}

static void on_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
    struct world *w = owner;
    CHECK(!w->is_over && text[0] != '\0');
    w->is_over = true;
}

static const struct session_handler handler = {
    .on_connect = on_connect,
    .on_publish = on_publish,
    .on_subscribe = on_subscribe,
    .on_subscribed = on_subscribed,
    .on_closing = on_closing,
};

static void check_output(struct world *w)
{
    while (w->out.len != 0 && buf_is_ok(&w->out)) {
        struct mqtt_packet packet;
        struct problem problem = {0};
        uint8_t reason;
        size_t total = 0;
        CHECK(mqtt_packet_length(buf_slice(&w->out), w->s.max_packet_out, &total, &problem) == ERR_OK);
        CHECK(total <= w->out.len);
        CHECK(mqtt_decode(slice_of(w->out.data, total), session_version(&w->s), &packet, &reason, &problem) ==
              ERR_OK);
        CHECK(packet.type != MQTT_CONNECT && packet.type != MQTT_SUBSCRIBE && packet.type != MQTT_AUTH);
        buf_consume(&w->out, total);
    }
}

static void begin(struct world *w)
{
    w->is_over = w->is_asked = false;
    w->answer_count = 0;
    buf_fini(&w->out);
    w->out = (struct buf){.limit = w->mood & MOOD_FAIL_OUT ? 100 : 0};
    session_init(&w->s, &limits, &handler, w, w->now);
}

static void end(struct world *w)
{
    struct mqtt_will will;
    if (session_take_will(&w->s, &will))
        CHECK(will.topic.len != 0);
    struct session_state *state = session_detach(&w->s, w->now);
    if (state != NULL) {
        CHECK(session_state_expiry_ms(state) > w->now);
        session_state_free(w->stored);
        w->stored = state;
    }
    session_fini(&w->s);
}

static void receive(struct world *w, struct slice in)
{
    size_t consumed = 0;
    err_t err = session_receive(&w->s, in, &consumed, w->now, &w->out);
    CHECK(err == ERR_OK || (err == ERR_CLOSED && w->is_over));
    CHECK(consumed <= in.len);
}

static void step(struct world *w, uint8_t op, uint8_t argument)
{
    struct answer a = w->answers[0];
    switch (op % 8) {
    case 0: w->mood = argument; break;
    case 1:
        if (w->is_asked)
            answer_connect(w, &w->out);
        break;
    case 2:
        if (w->answer_count == 0)
            break;
        memmove(w->answers, w->answers + 1, --w->answer_count * sizeof *w->answers);
        done(w, a, &w->out);
        break;
    case 3: deliver(w, argument, &w->out); break;
    case 4:
        w->now += (uint64_t)argument * 1000;
        session_on_deadline(&w->s, w->now, &w->out);
        break;
    case 5: session_resume_reading(&w->s); break;
    case 6: session_close(&w->s, argument, argument & 1 ? "end" : NULL, &w->out); break;
    default:
        end(w);
        begin(w);
        break;
    }
}

/* Opcodes below 0x80 hand the next `opcode` bytes to the session; the others are step()'s. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.now = 1};
    begin(&w);
    for (size_t pos = 0, steps = 0; pos + 1 < size && steps < STEPS_MAX; steps++) {
        uint8_t op = data[pos++];
        if (op >= 0x80) {
            step(&w, op, data[pos++]);
        } else {
            size_t len = op < size - pos ? op : size - pos;
            receive(&w, slice_of(data + pos, len));
            pos += len;
        }
        check_output(&w);
    }
    end(&w);
    session_state_free(w.stored);
    buf_fini(&w.out);
    return 0;
}
