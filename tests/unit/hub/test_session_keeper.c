/* Kept sessions between the directory, a reactor's keeper, the writer and the store. */
#include "unit.h"

#include "base/clock.h"
#include "hub/session_keeper.h"
#include "hub/sessions.h"
#include "hub/writer.h"
#include "mqtt/session_record.h"
#include "store/session_store.h"

#include "../store/temp_dir.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { DEVICE = 7 };

static const struct session_limits limits = {
    .max_packet = 10000,
    .max_payload = 10000,
    .max_topic = 100,
    .max_client_id = 100,
    .max_inflight = 10,
    .max_qos2_ids = 10,
    .max_outbound = 10,
    .max_subscriptions = 10,
    .max_queued = 10,
    .max_queued_bytes = 10000,
    .max_session_expiry_s = 100,
    .connect_timeout_ms = 1000,
};

struct fixture {
    struct temp_dir dir;
    struct series *series;
    struct writer *writer;
    struct sessions *sessions;
    /* a reactor, and its one client */
    struct mailbox box;
    struct session_keeper *keeper;
    struct session session;
    struct seat_claim *claim;
    struct buf out;
    unsigned answers;
    err_t answered;
};

static err_t forms_of(void *arg, uint64_t device, struct payload_forms *ret, struct problem *problem)
{
    *ret = (struct payload_forms){0};
    return device == DEVICE ? ERR_OK : ERR_NOT_FOUND;
}

static void open_all(struct fixture *f)
{
    assert_int_equal(series_open(f->dir.path, true, &f->series, NULL), ERR_OK);
    assert_int_equal(writer_start(f->series, NULL, NULL, &f->writer), ERR_OK);
    assert_int_equal(sessions_new(2, &limits, &f->sessions), ERR_OK);
    const struct sessions_source source = {f->series, f->writer, forms_of, f};
    assert_int_equal(sessions_restore(f->sessions, &source, NULL), ERR_OK);
}

static void close_all(struct fixture *f)
{
    writer_stop(f->writer);
    sessions_free(f->sessions);
    series_close(f->series);
}

/* What a stop in order and a kill -9 have in common: the directory's memory is lost. */
static void restart(struct fixture *f)
{
    close_all(f);
    open_all(f);
}

static void on_answer(void *owner, const struct keeper_answer *answer)
{
    struct fixture *f = owner;
    assert_int_equal(answer->client, 1);
    assert_int_equal(answer->packet_id, 5);
    assert_true(slice_eq_str(answer->codes, "\1"));
    f->answers++;
    f->answered = answer->result;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    open_all(f);
    mailbox_init(&f->box, 16, NULL, NULL);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    close_all(f);
    buf_fini(&f->out);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

/* ---- a client on a reactor ---- */

static void on_connect(struct session *s, void *owner, const struct mqtt_connect *connect, uint64_t now_ms,
                       struct buf *out)
{
}

static uint8_t on_subscribe(struct session *s, void *owner, const struct mqtt_subscription *wanted)
{
    return wanted->qos;
}

static void on_closing(struct session *s, void *owner, uint8_t reason, const char *text)
{
}

static void on_settled(struct session *s, void *owner, uint64_t number)
{
    struct fixture *f = owner;
    session_keeper_forget(f->keeper, DEVICE, session_client_id(s), number);
}

static void on_progress(struct session *s, void *owner, uint64_t number,
                        const struct delivery_progress *progress)
{
    struct fixture *f = owner;
    session_keeper_note(f->keeper, DEVICE, session_client_id(s), number, progress);
}

static const struct session_handler handler = {.on_connect = on_connect,
                                               .on_subscribe = on_subscribe,
                                               .on_settled = on_settled,
                                               .on_progress = on_progress,
                                               .on_closing = on_closing};

static void on_evict(void *reactor, uint64_t handle)
{
}

static void on_granted(void *reactor, uint64_t handle, struct seat_claim *claim, struct session_state *state)
{
    session_state_free(state);
}

static bool on_downlink(void *reactor, uint64_t handle, uint64_t device, struct downlink *downlink,
                        enum delivery_result *ret_result)
{
    struct fixture *f = reactor;
    uint64_t number = sessions_next_number(f->sessions);
    const struct delivery d = {.topic = SLICE("v1/devices/me/attributes"),
                               .payload = downlink_payload(downlink),
                               .qos = 1,
                               .number = number};
    *ret_result = session_deliver(&f->session, &d, clock_mono_ms(), &f->out);
    session_keeper_keep(f->keeper, DEVICE, &f->session, number, downlink);
    return true;
}

static void send(struct fixture *f, enum mqtt_version version, const struct mqtt_packet *packet)
{
    size_t used;
    AUTO_BUF bytes = {0};
    assert_int_equal(mqtt_encode(&bytes, version, packet), ERR_OK);
    assert_int_equal(session_receive(&f->session, buf_slice(&bytes), &used, clock_mono_ms(), &f->out),
                     ERR_OK);
}

/* The keeper's batches come back. */
static void drain(struct fixture *f)
{
    const struct timespec pause = {0, 1000000};
    session_keeper_submit(f->keeper);
    while (!session_keeper_is_idle(f->keeper)) {
        mailbox_drain(&f->box, f);
        nanosleep(&pause, NULL);
    }
    mailbox_drain(&f->box, f);
}

/* @return session present */
static bool enter(struct fixture *f, const char *id)
{
    struct session_state *left = NULL;
    const struct seat_owner owner = {&f->box, 1, on_evict, on_granted, on_downlink};
    const struct mqtt_packet connect = {.type = MQTT_CONNECT,
                                        .connect = {.version = MQTT_3_1_1, .client_id = slice_str(id)}};
    assert_int_equal(session_keeper_new(f->writer, &f->box, on_answer, &f->keeper), ERR_OK);
    session_init(&f->session, &limits, &handler, f, clock_mono_ms());
    send(f, MQTT_3_1_1, &connect);
    assert_int_equal(
        sessions_claim(f->sessions, DEVICE, slice_str(id), &owner, clock_mono_ms(), &f->claim, &left),
        ERR_OK);
    buf_clear(&f->out);
    session_accept(&f->session, left, NULL, clock_mono_ms(), &f->out);
    session_keeper_save(f->keeper, DEVICE, &f->session);
    sessions_mark_persistent(f->sessions, f->claim, true);
    return session_is_resumed(&f->session);
}

static void subscribe(struct fixture *f)
{
    AUTO_BUF raw = {0};
    const struct mqtt_subscription entry = {.filter = SLICE("v1/devices/me/attributes"), .qos = 1};
    mqtt_filter_append(&raw, MQTT_3_1_1, true, &entry);
    const struct mqtt_packet p = {.type = MQTT_SUBSCRIBE, .list = {.packet_id = 5, .raw = buf_slice(&raw)}};
    const struct keeper_answer answer = {
        .client = 1, .type = MQTT_SUBACK, .packet_id = 5, .codes = SLICE("\1")};
    send(f, MQTT_3_1_1, &p);
    assert_true(session_keeper_save_and_answer(f->keeper, DEVICE, &f->session, &answer));
}

static void leave(struct fixture *f)
{
    struct session_state *state = session_detach(&f->session, clock_mono_ms());
    session_keeper_save_state(f->keeper, DEVICE, state);
    session_keeper_submit(f->keeper);
    sessions_release(f->sessions, f->claim, state, NULL);
    session_fini(&f->session);
    drain(f);
    session_keeper_free(f->keeper);
}

/* A client that subscribed, and went. */
static void visit(struct fixture *f, const char *id)
{
    enter(f, id);
    subscribe(f);
    leave(f);
}

static struct downlink *post(struct fixture *f, const char *json)
{
    struct downlink *d = downlink_new(DOWNLINK_ATTRIBUTES, slice_str(json));
    sessions_post(f->sessions, DEVICE, d);
    return d;
}

static void post_and_wait(struct fixture *f, const char *json)
{
    struct downlink *d = post(f, json);
    assert_int_equal(downlink_wait_kept(d, NULL), ERR_OK);
    downlink_unref(d);
}

/* Payloads and flags of what was sent: "{1}" or "{1}!" with DUP. */
static void assert_sent(struct fixture *f, const char *expected)
{
    AUTO_BUF text = {0};
    for (struct slice rest = buf_slice(&f->out); rest.len != 0;) {
        struct mqtt_packet packet;
        uint8_t reason;
        size_t total = 0;
        assert_int_equal(mqtt_packet_length(rest, SIZE_MAX, &total, NULL), ERR_OK);
        assert_int_equal(mqtt_decode(slice_of(rest.data, total), MQTT_3_1_1, &packet, &reason, NULL), ERR_OK);
        if (packet.type == MQTT_PUBLISH)
            buf_printf(&text, "%.*s%s", SLICE_ARG(packet.publish.payload), packet.publish.dup ? "!" : "");
        rest = slice_skip(rest, total);
    }
    assert_string_equal(buf_cstr(&text), expected);
    buf_clear(&f->out);
}

static bool see(void *arg, const struct session_entry *e)
{
    static const char parts[] = "smp";
    buf_printf(arg, "%.*s:%c ", SLICE_ARG(e->client_id), parts[e->part]);
    return true;
}

/* The records on disk: client id and part. */
static void assert_stored(struct fixture *f, const char *expected)
{
    AUTO_BUF text = {0};
    struct batch nothing = {0};
    assert_int_equal(writer_write(f->writer, &nothing, NULL), ERR_OK); /* behind all that was submitted */
    assert_int_equal(session_store_walk(f->series, see, &text, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&text), expected);
}

/* ---- tests ---- */

static void what_is_left_behind_comes_back(void **state)
{
    struct fixture *f = *state;
    assert_false(enter(f, "a"));
    subscribe(f);
    assert_int_equal(f->answers, 0);
    drain(f);
    assert_int_equal(f->answers, 1);
    assert_int_equal(f->answered, ERR_OK);
    leave(f);
    post_and_wait(f, "{1}");
    post_and_wait(f, "{2}");
    assert_stored(f, "a:s a:m a:m ");
    for (int i = 0; i < 2; i++)
        restart(f);
    post_and_wait(f, "{3}");
    assert_true(enter(f, "a"));
    assert_sent(f, "{1}{2}{3}");
    leave(f);
    restart(f);
    assert_true(enter(f, "a"));
    assert_sent(
        f,
        "{1}!{2}!{3}!"); /* it was not acknowledged; nobody wrote down that it was sent, except the state */
    for (uint16_t id = 1; id <= 3; id++) {
        const struct mqtt_packet puback = {.type = MQTT_PUBACK, .ack = {.packet_id = id}};
        send(f, MQTT_3_1_1, &puback);
    }
    leave(f);
    assert_stored(f, "a:s ");
}

static void a_message_to_a_connected_client_is_held_until_it_is_on_disk(void **state)
{
    struct fixture *f = *state;
    enter(f, "a");
    subscribe(f);
    drain(f);
    struct downlink *d = post(f, "{1}");
    assert_int_equal(d->holds, 1); /* on its way */
    mailbox_drain(&f->box, f);
    assert_int_equal(d->holds, 1); /* the keeper's */
    assert_sent(f, "{1}");
    drain(f);
    assert_int_equal(d->holds, 0);
    assert_int_equal(downlink_wait_kept(d, NULL), ERR_OK);
    downlink_unref(d);
    assert_stored(f, "a:s a:m ");
    leave(f);
}

static void nobody_waits_for_sessions_that_end(void **state)
{
    struct fixture *f = *state;
    enter(f, "a");
    subscribe(f);
    sessions_mark_persistent(f->sessions, f->claim, false);
    struct downlink *d = post(f, "{1}");
    assert_int_equal(d->holds, 0);
    assert_int_equal(downlink_wait_kept(d, NULL), ERR_OK);
    downlink_unref(d);
    mailbox_drain(&f->box, f);
    leave(f);
}

static void sessions_go_from_the_disk_when_they_end(void **state)
{
    struct fixture *f = *state;
    visit(f, "a");
    visit(f, "b");
    assert_stored(f, "a:s b:s ");
    post_and_wait(f, "{1}");
    visit(f, "c"); /* the bound is two: the oldest goes */
    assert_stored(f, "b:s b:m c:s ");
    sessions_sweep(f->sessions, clock_mono_ms() + 200000);
    assert_stored(f, "");
    visit(f, "a");
    sessions_forget_device(f->sessions, DEVICE + 1);
    assert_stored(f, "a:s ");
    sessions_forget_device(f->sessions, DEVICE);
    assert_stored(f, "");
}

/* The state of a connected session without subscriptions; it expires in 10 s. */
static const char connected[] = "\1\1\0\0\0\0\0\0\x27\x10\0\0\0\0\0\0\0\0\0\0";

static void put_of(struct fixture *f, uint64_t device, const char *id, uint64_t number,
                   enum session_part part, struct slice record)
{
    struct batch batch = {0};
    const struct session_entry e = {device, slice_str(id), number, part, record};
    batch_put_session(&batch, &e, false);
    assert_int_equal(writer_write(f->writer, &batch, NULL), ERR_OK);
    batch_fini(&batch);
}

static void put(struct fixture *f, const char *id, uint64_t number, enum session_part part,
                struct slice record)
{
    put_of(f, DEVICE, id, number, part, record);
}

static void rubbish_goes_at_the_start(void **state)
{
    struct fixture *f = *state;
    AUTO_BUF expired = {0};
    visit(f, "a");
    post_and_wait(f, "{1}");
    put(f, "a", 900, SESSION_PART_MESSAGE, SLICE("damaged"));
    put(f, "a", 901, SESSION_PART_PROGRESS, SLICE("\1\0\0\1")); /* of no message */
    put(f, "damaged", 0, SESSION_PART_STATE, SLICE("damaged"));
    put(f, "damaged", 902, SESSION_PART_MESSAGE, SLICE("damaged"));
    put(f, "orphan", 903, SESSION_PART_MESSAGE, SLICE("x"));
    put(f, "orphan", 904, SESSION_PART_PROGRESS, SLICE("x"));
    buf_append(&expired, "\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0", 20); /* in 1970 */
    put(f, "expired", 0, SESSION_PART_STATE, buf_slice(&expired));
    put_of(f, DEVICE + 1, "nobody's", 0, SESSION_PART_STATE, slice_of(connected, sizeof connected - 1));
    restart(f);
    assert_stored(f, "a:s a:m ");
    assert_true(sessions_next_number(f->sessions) > 904);
    assert_true(enter(f, "a"));
    assert_sent(f, "{1}");
    leave(f);
}

static bool see_flags(void *arg, const struct session_entry *e)
{
    if (e->part == SESSION_PART_STATE)
        *(uint8_t *)arg = e->record.data[1];
    return true;
}

/* Killed while connected: the time of its absence begins at the start, and only once. */
static void who_was_connected_is_away_from_the_start_on(void **state)
{
    struct fixture *f = *state;
    uint8_t flags = 9;
    visit(f, "a");
    put(f, "a", 0, SESSION_PART_STATE, slice_of(connected, sizeof connected - 1));
    restart(f);
    assert_stored(f, "a:s ");
    assert_int_equal(session_store_walk(f->series, see_flags, &flags, NULL), ERR_OK);
    assert_int_equal(flags, 0);
    assert_true(enter(f, "a"));
    leave(f);
}

static void more_than_the_settings_allow_goes_at_the_start(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++)
        put(f, ids[i], 0, SESSION_PART_STATE, slice_of(connected, sizeof connected - 1));
    restart(f);
    assert_stored(f, "b:s c:s ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_left_behind_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_to_a_connected_client_is_held_until_it_is_on_disk, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nobody_waits_for_sessions_that_end, setup, teardown),
        cmocka_unit_test_setup_teardown(sessions_go_from_the_disk_when_they_end, setup, teardown),
        cmocka_unit_test_setup_teardown(rubbish_goes_at_the_start, setup, teardown),
        cmocka_unit_test_setup_teardown(who_was_connected_is_away_from_the_start_on, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_the_settings_allow_goes_at_the_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
