/* A session as bytes and back: nothing is lost, damage is noticed, clocks may move. */
#include "mqtt/session_record.h"

#include "rig.h"

#include <stdio.h>

static const struct session_moment now = {1000, 1700000000000};

static void start(struct rig *r)
{
    rig_init(r);
    r->now = now.mono_ms;
    rig_connect_5(r, "c", false, "11 00000064 21 0003");
    buf_clear(&r->log);
}

static void resume(struct rig *r)
{
    rig_restart(r);
    buf_clear(&r->log);
    rig_connect_5(r, "c", false, "11 00000064");
}

static struct session_state *decode(struct slice record, const struct session_moment *when)
{
    struct session_state *state = NULL;
    struct problem problem = {0};
    bool was_connected;
    if (session_state_decode(SLICE("c"), record, &session_default_limits, when, &state, &was_connected,
                             &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return state;
}

/* Something of everything: three sent (one released, one with all properties), two that wait, an inbound QoS 2 id. */
static void fill(struct rig *r)
{
    rig_hex(r, "82 0b 0001 02 0b 05 0003 'a/+' 02");
    rig_hex(r, "82 0a 0002 03 0b ff7f 0001 'b' 01");
    rig_hex(r, "82 07 0003 00 0001 'c' 00");
    r->is_publish_held = true;
    rig_publish(r, "in/1", "x", 2, 77); /* not answered: forgotten with the connection */
    r->is_publish_held = false;
    rig_publish(r, "in/2", "x", 2, 78);
    struct delivery rich = {
        .topic = SLICE("a/rich"),
        .payload = SLICE("{}"),
        .qos = 2,
        .is_utf8 = true,
        .expiry_s = 60,
        .content_type = SLICE("json"),
        .response_topic = SLICE("r"),
        .correlation_data = SLICE("77"),
        .user_properties = SLICE("\x26\x00\x01k\x00\x01v"),
    };
    assert_int_equal(rig_deliver(r, "a/1", "one", 1), DELIVERY_SENT);
    assert_int_equal(rig_deliver(r, "a/2", "two", 2), DELIVERY_SENT);
    rig_ack(r, MQTT_PUBREC, 2, 0);
    assert_int_equal(session_deliver(&r->s, &rich, r->now, &r->out), DELIVERY_SENT);
    assert_int_equal(rig_deliver(r, "b", "waits", 2), DELIVERY_QUEUED);
    assert_int_equal(rig_deliver(r, "c", "zero", 2), DELIVERY_QUEUED); /* QoS 0 is not kept on disk */
    rig_expect(
        r, "<sub a/+ q2> SUBACK(1:02) <sub b q1> SUBACK(2:01) <sub c q0> SUBACK(3:00) <in/1 'x' q2 id77> "
           "<in/2 'x' q2 id78> PUBREC(78) PUBLISH(a/1,'one',q1,id1,sub=5) PUBLISH(a/2,'two',q2,id2,sub=5) "
           "PUBREL(2) PUBLISH(a/rich,'{}',q2,id3,expiry=60,utf8,type=json,reply=r,corr=77,sub=5,k=v)");
}

static void everything_comes_back(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0}, again = {0};
    start(&r);
    fill(&r);
    assert_true(rig_detach(&r));
    session_state_encode(r.stored, &now, &record);
    session_state_free(r.stored);
    r.stored = decode(buf_slice(&record), &now);
    assert_true(slice_eq(session_state_client_id(r.stored), SLICE("c")));
    assert_int_equal(session_state_expiry_ms(r.stored), now.mono_ms + 100000);
    session_state_encode(r.stored, &now, &again);
    assert_true(slice_eq(buf_slice(&record), buf_slice(&again)));
    resume(&r);
    rig_expect(&r, "<connect c> CONNACK(1,00) PUBLISH(a/1,'one',q1,id1,dup,sub=5) PUBREL(2) "
                   "PUBLISH(a/rich,'{}',q2,id3,dup,expiry=60,utf8,type=json,reply=r,corr=77,sub=5,k=v) "
                   "PUBLISH(b,'waits',q1,id4,sub=16383)");
    rig_publish(&r, "in/2", "x", 2, 78); /* known: not a message again */
    rig_ack(&r, MQTT_PUBREL, 78, 0);
    rig_ack(&r, MQTT_PUBREL, 77, 0);
    rig_expect(&r, "PUBREC(78) PUBCOMP(78) PUBCOMP(77,92)");
    assert_int_equal(rig_deliver(&r, "a/x", "5", 2), DELIVERY_SENT);
    assert_int_equal(rig_deliver(&r, "c", "6", 2), DELIVERY_SENT);
    rig_expect(&r, "PUBLISH(a/x,'5',q2,id5,sub=5) PUBLISH(c,'6',q0)");
}

/* What changes with every packet is not in the record of a connected session. */
static void a_connected_session_keeps_its_subscriptions(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0};
    bool was_connected = false;
    const struct session_moment later = {5, now.wall_ms + 3600 * 1000};
    start(&r);
    fill(&r);
    session_encode(&r.s, &record);
    assert_int_equal(session_state_decode(SLICE("c"), buf_slice(&record), &r.limits, &later, &r.stored,
                                          &was_connected, NULL),
                     ERR_OK);
    assert_true(was_connected);
    assert_int_equal(session_state_expiry_ms(r.stored), 5 + 100000); /* counts from the restart */
    r.now = later.mono_ms;
    resume(&r);
    rig_expect(&r, "<connect c> CONNACK(1,00)");
    rig_publish(&r, "in/2", "x", 2, 78);
    assert_int_equal(rig_deliver(&r, "a/x", "5", 2), DELIVERY_SENT);
    rig_expect(&r, "<in/2 'x' q2 id78> PUBREC(78) PUBLISH(a/x,'5',q2,id4,sub=5)");
}

static err_t try_decode(struct slice record)
{
    struct session_state *state = NULL;
    bool was_connected;
    err_t err =
        session_state_decode(SLICE("c"), record, &session_default_limits, &now, &state, &was_connected, NULL);
    session_state_free(state);
    return err;
}

static void damage_is_noticed(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0};
    start(&r);
    fill(&r);
    assert_true(rig_detach(&r));
    session_state_encode(r.stored, &now, &record);
    for (size_t len = 0; len < record.len; len++)
        assert_int_equal(try_decode(slice_of(record.data, len)), ERR_INVALID);
    assert_int_equal(try_decode(buf_slice(&record)), ERR_OK);
    for (size_t i = 0; i < record.len; i++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) { /* any answer but a crash */
            record.data[i] = (uint8_t)(record.data[i] ^ bit);
            err_t err = try_decode(buf_slice(&record));
            assert_true(err == ERR_OK || err == ERR_INVALID);
            record.data[i] = (uint8_t)(record.data[i] ^ bit);
        }
    buf_append_u8(&record, 0);
    assert_int_equal(try_decode(buf_slice(&record)), ERR_INVALID);
    record.data[0] = 2; /* a later version */
    assert_int_equal(try_decode(slice_of(record.data, record.len - 1)), ERR_INVALID);
}

static uint64_t expiry_after(struct slice record, uint32_t limit_s, int64_t wall_later_ms)
{
    struct session_limits limits = {.max_session_expiry_s = limit_s};
    struct session_moment later = {7, now.wall_ms + wall_later_ms};
    struct session_state *state = NULL;
    bool was_connected;
    assert_int_equal(session_state_decode(SLICE("c"), record, &limits, &later, &state, &was_connected, NULL),
                     ERR_OK);
    uint64_t expires_ms = session_state_expiry_ms(state);
    session_state_free(state);
    return expires_ms;
}

static void sessions_expire_by_the_wall_clock(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0};
    start(&r); /* 100 s */
    assert_true(rig_detach(&r));
    session_state_encode(r.stored, &now, &record);
    assert_int_equal(expiry_after(buf_slice(&record), 1000, 0), 7 + 100000);
    assert_int_equal(expiry_after(buf_slice(&record), 1000, 40000), 7 + 60000);
    assert_int_equal(expiry_after(buf_slice(&record), 1000, 100000), 7); /* it is over */
    assert_int_equal(expiry_after(buf_slice(&record), 1000, 900000), 7);
    assert_int_equal(expiry_after(buf_slice(&record), 1000, -now.wall_ms), 7 + 1000000); /* clock not set */
    assert_int_equal(expiry_after(buf_slice(&record), 50, 0), 7 + 50000);
    assert_int_equal(expiry_after(buf_slice(&record), UINT32_MAX, -1000), 7 + 101000);
}

static void sessions_without_end(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0};
    rig_init(&r);
    r.limits.max_session_expiry_s = UINT32_MAX;
    rig_connect(&r, MQTT_3_1_1, "c", false);
    session_encode(&r.s, &record);
    assert_int_equal(expiry_after(buf_slice(&record), UINT32_MAX, 0), UINT64_MAX);
    assert_int_equal(expiry_after(buf_slice(&record), 10, 0), 7 + 10000);
    buf_clear(&record);
    assert_true(rig_detach(&r));
    session_state_encode(r.stored, &now, &record);
    assert_int_equal(expiry_after(buf_slice(&record), UINT32_MAX, 0), UINT64_MAX);
    assert_int_equal(expiry_after(buf_slice(&record), 10, 0), 7 + 10000);
}

/* ---- numbered messages ---- */

struct kept {
    struct buf message, progress;
};

static void kept_fini(struct kept *kept)
{
    buf_fini(&kept->message);
    buf_fini(&kept->progress);
}

/* A message to @p topic as it is on disk; @p packet_id 0 = it was not sent. */
static struct kept kept_of(const char *topic, unsigned qos, uint32_t expiry_s, unsigned packet_id,
                           bool is_released)
{
    AUTO_RIG r;
    struct kept kept = {0};
    const struct delivery d = {.topic = slice_str(topic),
                               .payload = SLICE("x"),
                               .qos = (uint8_t)qos,
                               .expiry_s = expiry_s,
                               .number = 9};
    const struct delivery_progress progress = {(uint16_t)packet_id, is_released};
    start(&r);
    rig_hex(&r, "82 09 0001 02 0b 05 0001 '#' 02");
    assert_true(rig_detach(&r));
    assert_int_equal(session_state_queue(r.stored, &d, &r.limits, r.now), DELIVERY_QUEUED);
    assert_false(session_state_message_encode(r.stored, 8, &now, &kept.message));
    assert_true(session_state_message_encode(r.stored, 9, &now, &kept.message));
    if (packet_id != 0)
        session_progress_encode(&progress, &kept.progress);
    return kept;
}

static err_t restore_at(struct rig *r, uint64_t number, struct kept kept, bool may_be_sent,
                        const struct session_moment *when)
{
    const struct session_kept_message m = {number, buf_slice(&kept.message), buf_slice(&kept.progress),
                                           may_be_sent};
    err_t err = session_state_restore(r->stored, &m, &r->limits, when, NULL);
    kept_fini(&kept);
    return err;
}

static err_t restore(struct rig *r, uint64_t number, struct kept kept)
{
    return restore_at(r, number, kept, false, &now);
}

static void start_away(struct rig *r)
{
    start(r);
    assert_true(rig_detach(r));
}

static void kept_messages_are_queued_again(void **unused)
{
    AUTO_RIG r;
    start_away(&r); /* not subscribed any more: what was queued is sent all the same */
    assert_int_equal(restore(&r, 1, kept_of("a/1", 1, 0, 0, false)), ERR_OK);
    assert_int_equal(restore(&r, 2, kept_of("a/2", 2, 0, 9, true)), ERR_OK);
    assert_int_equal(restore(&r, 3, kept_of("a/3", 2, 60, 0, false)), ERR_OK);
    assert_int_equal(restore(&r, 4, kept_of("a/4", 1, 0, 7, false)), ERR_OK);
    resume(&r);
    rig_expect(&r, "<connect c> <progress 1 id1> <progress 3 id2> CONNACK(1,00) PUBREL(9) "
                   "PUBLISH(a/4,'x',q1,id7,dup,sub=5) PUBLISH(a/1,'x',q1,id1,sub=5) "
                   "PUBLISH(a/3,'x',q2,id2,expiry=60,sub=5)");
    rig_ack(&r, MQTT_PUBCOMP, 9, 0);
    rig_ack(&r, MQTT_PUBACK, 7, 0);
    rig_ack(&r, MQTT_PUBREC, 2, 0);
    rig_ack(&r, MQTT_PUBCOMP, 2, 0);
    rig_expect(&r, "<settled 2> <settled 4> <progress 3 id2 released> PUBREL(2) <settled 3>");
}

static void kept_messages_that_are_not_queued(void **unused)
{
    AUTO_RIG r;
    const struct session_moment later = {now.mono_ms, now.wall_ms + 60000};
    start_away(&r);
    r.limits.max_queued = 2;
    assert_int_equal(restore_at(&r, 3, kept_of("a/1", 1, 60, 0, false), false, &later), ERR_NOT_FOUND);
    assert_int_equal(restore_at(&r, 4, kept_of("a/1", 1, 60, 3, false), false, &later), ERR_OK);
    assert_int_equal(restore(&r, 5, kept_of("a/1", 1, 0, 3, false)), ERR_INVALID); /* the id is taken */
    assert_int_equal(restore(&r, 6, kept_of("a/1", 1, 0, 0, false)), ERR_OK);
    assert_int_equal(restore(&r, 7, kept_of("a/1", 1, 0, 0, false)), ERR_LIMIT);
}

static void nobody_knows_whether_it_was_sent(void **unused)
{
    AUTO_RIG r;
    start_away(&r);
    assert_int_equal(restore_at(&r, 1, kept_of("a/1", 1, 0, 0, false), true, &now), ERR_OK);
    resume(&r);
    rig_expect(&r, "<connect c> <progress 1 id1> CONNACK(1,00) PUBLISH(a/1,'x',q1,id1,dup,sub=5)");
}

static void damaged_messages_are_noticed(void **unused)
{
    AUTO_RIG r;
    start_away(&r);
    struct kept kept = kept_of("a/1", 2, 60, 3, true);
    struct slice message = buf_slice(&kept.message), progress = buf_slice(&kept.progress);
    struct session_kept_message m = {1, message, progress, false};
    for (m.message.len = 0; m.message.len < message.len; m.message.len++)
        assert_int_equal(session_state_restore(r.stored, &m, &r.limits, &now, NULL), ERR_INVALID);
    for (m.progress.len = 1; m.progress.len < progress.len; m.progress.len++)
        assert_int_equal(session_state_restore(r.stored, &m, &r.limits, &now, NULL), ERR_INVALID);
    m.progress = progress;
    for (unsigned qos = 0; qos < 4; qos++) { /* only QoS 2 has a PUBREC */
        kept.message.data[1] = (uint8_t)qos;
        assert_int_equal(session_state_restore(r.stored, &m, &r.limits, &now, NULL),
                         qos == 2 ? ERR_OK : ERR_INVALID);
    }
    kept_fini(&kept);
}

/* What the owner is told about messages that it keeps. */
static void owners_learn_what_becomes_of_numbered_messages(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0};
    start(&r);
    r.limits.max_outbound = 2;
    rig_hex(&r, "82 09 0001 00 0003 'a/+' 02");
    rig_hex(&r, "82 07 0003 00 0001 'c' 00");
    buf_clear(&r.log);
    assert_int_equal(rig_deliver_numbered(&r, 1, "b", 1), DELIVERY_UNWANTED);
    assert_false(session_message_encode(&r.s, 1, &now, &record));
    assert_int_equal(rig_deliver_numbered(&r, 2, "c", 1), DELIVERY_SENT); /* QoS 0 */
    assert_false(session_message_encode(&r.s, 2, &now, &record));
    for (uint64_t number = 3; number <= 6; number++) {
        rig_deliver_numbered(&r, number, "a/1", number % 2 ? 1 : 2);
        assert_true(session_message_encode(&r.s, number, &now, &record));
    }
    rig_expect(&r,
               "PUBLISH(c,'x',q0) PUBLISH(a/1,'x',q1,id1) PUBLISH(a/1,'x',q2,id2) PUBLISH(a/1,'x',q1,id3)");
    rig_ack(&r, MQTT_PUBACK, 1, 0);
    rig_ack(&r, MQTT_PUBREC, 2, 0x80); /* refused */
    rig_expect(&r, "<settled 3> <progress 6 id4> PUBLISH(a/1,'x',q2,id4) <settled 4>");
    r.limits.max_queued = 2;
    assert_int_equal(rig_deliver_numbered(&r, 7, "a/1", 1), DELIVERY_DROPPED);
    assert_false(session_message_encode(&r.s, 7, &now, &record));
}

static void owners_learn_of_expired_messages_that_made_room(void **unused)
{
    AUTO_RIG r;
    struct delivery d = {.topic = SLICE("a"), .payload = SLICE("x"), .qos = 1, .expiry_s = 5, .number = 1};
    start(&r);
    rig_subscribe(&r, 1, "a", 1);
    r.limits.max_queued = 2;
    assert_true(rig_detach(&r));
    for (; d.number <= 2; d.number++)
        assert_int_equal(session_state_queue(r.stored, &d, &r.limits, r.now), DELIVERY_QUEUED);
    assert_int_equal(session_state_queue(r.stored, &d, &r.limits, r.now), DELIVERY_DROPPED);
    assert_int_equal(session_state_take_expired(r.stored), 0);
    r.now += 5000;
    assert_int_equal(session_state_queue(r.stored, &d, &r.limits, r.now), DELIVERY_QUEUED);
    uint64_t first = session_state_take_expired(r.stored), second = session_state_take_expired(r.stored);
    assert_true(first + second == 3 && first != 0 && second != 0);
    assert_int_equal(session_state_take_expired(r.stored), 0);
    r.now += 5000;
    assert_int_equal(session_state_queue(r.stored, &d, &r.limits, r.now), DELIVERY_QUEUED);
    assert_int_equal(session_state_queue(r.stored, &d, &r.limits, r.now), DELIVERY_QUEUED); /* nobody asked */
}

static void numbered_messages_are_not_in_the_state(void **unused)
{
    AUTO_RIG r;
    AUTO_BUF record = {0};
    start(&r);
    rig_subscribe(&r, 1, "a", 2);
    rig_deliver_numbered(&r, 1, "a", 1);
    assert_true(rig_detach(&r));
    session_state_encode(r.stored, &now, &record);
    session_state_free(r.stored);
    r.stored = decode(buf_slice(&record), &now);
    resume(&r);
    rig_expect(&r, "<connect c> CONNACK(1,00)");
}

static void answers_may_wait_for_the_disk(void **unused)
{
    AUTO_RIG r;
    start(&r);
    r.is_answer_held = true;
    r.delivery_on_subscribed = "a";
    rig_subscribe(&r, 1, "a", 1);
    rig_unsubscribe(&r, 2, "b");
    assert_int_equal(rig_deliver(&r, "a", "1", 1), DELIVERY_SENT); /* it is subscribed already */
    rig_expect(&r, "<sub a q1> <changed SUBACK 1> <changed UNSUBACK 2> PUBLISH(a,'1',q1,id1)");
    rig_acknowledge(&r, MQTT_SUBACK, 1, "01");
    rig_acknowledge(&r, MQTT_UNSUBACK, 2, "11");
    rig_expect(&r, "SUBACK(1:01) PUBLISH(a,'waited',q1,id2) UNSUBACK(2:11)");
    rig_disconnect(&r);
    rig_acknowledge(&r, MQTT_SUBACK, 3, "01");
    rig_expect(&r, "<closing 00>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(a_connected_session_keeps_its_subscriptions),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(sessions_expire_by_the_wall_clock),
        cmocka_unit_test(sessions_without_end),
        cmocka_unit_test(kept_messages_are_queued_again),
        cmocka_unit_test(kept_messages_that_are_not_queued),
        cmocka_unit_test(nobody_knows_whether_it_was_sent),
        cmocka_unit_test(damaged_messages_are_noticed),
        cmocka_unit_test(owners_learn_what_becomes_of_numbered_messages),
        cmocka_unit_test(owners_learn_of_expired_messages_that_made_room),
        cmocka_unit_test(numbered_messages_are_not_in_the_state),
        cmocka_unit_test(answers_may_wait_for_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
