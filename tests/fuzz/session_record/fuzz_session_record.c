/*
 * Records of a session as they come from the disk: a state, then messages with their progress, each behind a length of
 * two bytes. What is taken is written and read again, which must give the same bytes, and is resumed by a client:
 * whatever goes out to it must be valid.
 */
#include "base/cursor.h"
#include "mqtt/session_record.h"

static const struct session_limits limits = {
    .max_packet = 100000,
    .max_payload = 100000,
    .max_topic = 1000,
    .max_client_id = 30,
    .max_inflight = 8,
    .max_qos2_ids = 10,
    .max_outbound = 100,
    .max_subscriptions = 8,
    .max_queued = 100,
    .max_queued_bytes = 100000,
    .max_session_expiry_s = 1000,
    .connect_timeout_ms = 1000,
};

static const struct session_moment now = {1000, 1700000000000};

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
    struct session_state **state = owner;
    session_accept(s, *state, NULL, now_ms, out);
    *state = NULL;
}

static void on_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
    CHECK(text[0] != '\0');
}

static void on_settled(struct session *s, void *owner, uint64_t number)
{
    CHECK(number != 0);
}

static void on_progress(struct session *s, void *owner, uint64_t number,
                        const struct delivery_progress *progress)
{
    CHECK(number != 0 && progress->packet_id != 0);
}

static const struct session_handler handler = {
    .on_connect = on_connect, .on_closing = on_closing, .on_settled = on_settled, .on_progress = on_progress};

static struct session_state *decode(struct slice record)
{
    struct session_state *state = NULL;
    struct problem problem = {0};
    bool was_connected;
    err_t err = session_state_decode(SLICE("c"), record, &limits, &now, &state, &was_connected, &problem);
    CHECK(err == ERR_OK || (err == ERR_INVALID && problem.text[0] != '\0'));
    return err == ERR_OK ? state : NULL;
}

/* A detached state is written as it was read. */
static struct session_state *read_again(struct session_state *state)
{
    AUTO_BUF first = {0}, second = {0};
    session_state_encode(state, &now, &first);
    session_state_free(state);
    state = decode(buf_slice(&first));
    CHECK(buf_is_ok(&first) && state != NULL);
    session_state_encode(state, &now, &second);
    CHECK(slice_eq(buf_slice(&first), buf_slice(&second)));
    return state;
}

static void restore(struct session_state *state, struct cursor *c)
{
    for (uint64_t number = 1; cursor_left(c) != 0 && !c->failed; number++) {
        struct session_kept_message kept = {.number = number};
        kept.message = cursor_bytes(c, cursor_u16(c));
        kept.progress = cursor_bytes(c, cursor_u8(c));
        kept.may_be_sent = number % 2 == 0;
        if (!c->failed)
            (void)session_state_restore(state, &kept, &limits, &now, NULL);
    }
}

static void check_output(const struct session *s, struct slice out)
{
    while (out.len != 0) {
        struct mqtt_packet packet;
        struct problem problem = {0};
        uint8_t reason;
        size_t total = 0;
        CHECK(mqtt_packet_length(out, SIZE_MAX, &total, &problem) == ERR_OK && total <= out.len);
        CHECK(mqtt_decode(slice_of(out.data, total), session_version(s), &packet, &reason, &problem) ==
              ERR_OK);
        out = slice_skip(out, total);
    }
}

static void resume(struct session_state *state)
{
    static const uint8_t connect[] = "\x10\x13\x00\x04MQTT\x05\x00\x00\x3c\x05\x11\x00\x00\x00\x10\x00\x01"
                                     "c";
    struct session s;
    size_t consumed = 0;
    AUTO_BUF out = {0};
    session_init(&s, &limits, &handler, &state, now.mono_ms);
    CHECK(session_receive(&s, slice_of(connect, sizeof connect - 1), &consumed, now.mono_ms, &out) == ERR_OK);
    CHECK(session_is_open(&s) && session_is_resumed(&s) && session_is_persistent(&s));
    check_output(&s, buf_slice(&out));
    session_fini(&s);
    session_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(slice_of(data, size));
    struct session_state *state = decode(cursor_bytes(&c, cursor_u16(&c)));
    if (state == NULL)
        return 0;
    state = read_again(state);
    restore(state, &c);
    resume(state);
    return 0;
}
