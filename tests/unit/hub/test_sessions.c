#include "unit.h"

#include "hub/sessions.h"
#include "mqtt/session.h"

#include <stdlib.h>
#include <string.h>

/* Two reactors in one thread: each with its mailbox, and connections known by their handles. */
struct reactor_stand_in {
    struct mailbox box;
    struct sessions *sessions;
    struct seat_claim *granted; /* the last grant */
    struct session_state *state;
    uint64_t granted_to, evicted;
    bool ignores_grants;   /* the connection is gone: gives the seat back */
    uint64_t delivered_to; /* handle of the last message */
    unsigned delivered;
    uint64_t gone; /* a handle whose connection has ended */
};

static void on_evict(void *arg, uint64_t handle)
{
    struct reactor_stand_in *r = arg;
    r->evicted = handle;
}

static void on_granted(void *arg, uint64_t handle, struct seat_claim *claim, struct session_state *state)
{
    struct reactor_stand_in *r = arg;
    if (r->ignores_grants) {
        sessions_release(r->sessions, claim, state, NULL);
        return;
    }
    r->granted = claim;
    r->granted_to = handle;
    r->state = state;
}

static bool on_downlink(void *arg, uint64_t handle, uint64_t device, struct downlink *downlink,
                        enum delivery_result *ret_result)
{
    struct reactor_stand_in *r = arg;
    if (handle == r->gone)
        return false;
    r->delivered_to = handle;
    r->delivered++;
    *ret_result = DELIVERY_SENT;
    return true;
}

static void init(struct reactor_stand_in *r, struct sessions *sessions)
{
    *r = (struct reactor_stand_in){.sessions = sessions};
    mailbox_init(&r->box, 16, NULL, NULL);
}

static void drain(struct reactor_stand_in *r)
{
    mailbox_drain(&r->box, r);
}

static err_t claim(struct reactor_stand_in *r, uint64_t handle, const char *id, struct seat_claim **ret,
                   struct session_state **ret_state)
{
    struct seat_owner owner = {&r->box, handle, on_evict, on_granted, on_downlink};
    return sessions_claim(r->sessions, 7, slice_str(id), &owner, 1000, ret, ret_state);
}

static void accept_anybody(struct session *s, void *owner, const struct mqtt_connect *connect,
                           uint64_t now_ms, struct buf *out)
{
    session_accept(s, NULL, NULL, now_ms, out);
}

static void other_ids_and_devices_are_other_seats(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in r;
    struct seat_claim *a, *b;
    struct session_state *left;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&r, sessions);
    assert_int_equal(claim(&r, 1, "a", &a, &left), ERR_OK);
    assert_null(left);
    assert_int_equal(claim(&r, 2, "b", &b, &left), ERR_OK);
    drain(&r);
    assert_int_equal(r.evicted, 0);
    sessions_release(sessions, a, NULL, NULL);
    sessions_release(sessions, b, NULL, NULL);
    assert_int_equal(claim(&r, 3, "a", &a, &left), ERR_OK);
    sessions_release(sessions, a, NULL, NULL);
    sessions_free(sessions);
}

static void a_second_connection_takes_over_across_reactors(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two;
    struct seat_claim *old, *fresh;
    struct session_state *left;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    init(&two, sessions);
    assert_int_equal(claim(&one, 11, "id", &old, &left), ERR_OK);
    assert_int_equal(claim(&two, 22, "id", &fresh, &left), ERR_AGAIN);
    drain(&two);
    assert_null(two.granted); /* not before the first has left */
    drain(&one);
    assert_int_equal(one.evicted, 11);
    sessions_release(sessions, old, NULL, NULL);
    drain(&two);
    assert_ptr_equal(two.granted, fresh);
    assert_int_equal(two.granted_to, 22);
    sessions_release(sessions, fresh, NULL, NULL);
    sessions_free(sessions);
}

static void a_queue_of_claims_is_served_in_order(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two, three;
    struct seat_claim *a, *b, *c;
    struct session_state *left;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    init(&two, sessions);
    init(&three, sessions);
    assert_int_equal(claim(&one, 1, "id", &a, &left), ERR_OK);
    assert_int_equal(claim(&two, 2, "id", &b, &left), ERR_AGAIN);
    assert_int_equal(claim(&three, 3, "id", &c, &left), ERR_AGAIN);
    drain(&one);
    sessions_release(sessions, a, NULL, NULL);
    drain(&two); /* granted, and asked to leave for the third at once */
    assert_ptr_equal(two.granted, b);
    assert_int_equal(two.evicted, 2);
    sessions_release(sessions, b, NULL, NULL);
    drain(&three);
    assert_ptr_equal(three.granted, c);
    sessions_release(sessions, c, NULL, NULL);
    sessions_free(sessions);
}

static void a_claimant_that_left_gives_the_seat_on(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two;
    struct seat_claim *a, *b, *again;
    struct session_state *left;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    init(&two, sessions);
    assert_int_equal(claim(&one, 1, "id", &a, &left), ERR_OK);
    assert_int_equal(claim(&two, 2, "id", &b, &left), ERR_AGAIN);
    two.ignores_grants = true;
    drain(&one);
    sessions_release(sessions, a, NULL, NULL);
    drain(&two);
    assert_int_equal(claim(&one, 3, "id", &again, &left), ERR_OK);
    sessions_release(sessions, again, NULL, NULL);
    sessions_free(sessions);
}

/* A session of its own that keeps its state, detached. */
static struct session_state *make_state(const char *id)
{
    static struct session_limits limits;
    static const struct session_handler handler = {.on_connect = accept_anybody};
    struct session session;
    size_t used;
    AUTO_BUF packet = {0};
    AUTO_BUF out = {0};
    limits = session_default_limits;
    buf_append_u8(&packet, 0x10);
    buf_append_u8(&packet, (uint8_t)(12 + strlen(id)));
    buf_append(&packet, "\0\4MQTT\4\0\0\0", 10); /* 3.1.1, not a clean session */
    buf_append_u16(&packet, (uint16_t)strlen(id));
    buf_append_str(&packet, id);
    session_init(&session, &limits, &handler, NULL, 0);
    assert_int_equal(session_receive(&session, buf_slice(&packet), &used, 0, &out), ERR_OK);
    struct session_state *state = session_detach(&session, 0);
    assert_non_null(state);
    session_fini(&session);
    return state;
}

static bool leaves(struct reactor_stand_in *r, const char *id, struct held_will *will)
{
    struct seat_claim *claimed;
    struct session_state *left = NULL;
    assert_int_equal(claim(r, 1, id, &claimed, &left), ERR_OK);
    bool had_state = left != NULL;
    session_state_free(left);
    sessions_release(r->sessions, claimed, make_state(id), will);
    return had_state;
}

static void the_oldest_session_makes_room(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in r;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&r, sessions);
    assert_false(leaves(&r, "a", NULL));
    assert_false(leaves(&r, "b", NULL));
    assert_true(leaves(&r, "a", NULL)); /* nobody had to go for one that returns */
    assert_false(leaves(&r, "c", NULL));
    assert_false(leaves(&r, "d", NULL));
    assert_true(leaves(&r, "d", NULL));
    sessions_forget_device(sessions, 7);
    assert_false(leaves(&r, "d", NULL));
    sessions_free(sessions);
}

static void what_a_revoked_sitter_leaves_is_not_kept(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two;
    struct seat_claim *a, *b;
    struct session_state *left;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    init(&two, sessions);
    assert_int_equal(claim(&one, 1, "id", &a, &left), ERR_OK);
    assert_int_equal(claim(&two, 2, "id", &b, &left), ERR_AGAIN);
    sessions_forget_device(sessions, 7);
    drain(&one);
    sessions_release(sessions, a, make_state("id"), NULL);
    drain(&two);
    assert_ptr_equal(two.granted, b);
    assert_null(two.state);
    sessions_release(sessions, b, NULL, NULL);
    sessions_free(sessions);
}

static void a_will_waits_until_it_is_due_or_the_client_returns(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in r;
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&r, sessions);
    struct held_will *will = calloc(1, sizeof *will);
    will->due_ms = 5000;
    leaves(&r, "a", will);
    assert_null(sessions_take_due_will(sessions, 4999));
    assert_ptr_equal(sessions_take_due_will(sessions, 5000), will);
    assert_null(sessions_take_due_will(sessions, 9000));
    leaves(&r, "a", will);
    leaves(&r, "a", NULL); /* returned in time: the will is gone */
    assert_null(sessions_take_due_will(sessions, 9000));
    sessions_free(sessions);
}

static struct held_will *make_will(uint64_t due_ms)
{
    struct held_will *will = calloc(1, sizeof *will);
    assert_non_null(will);
    will->device = 7;
    will->due_ms = due_ms;
    return will;
}

static void take_and_free(struct sessions *sessions, uint64_t now_ms, const struct held_will *expected)
{
    struct held_will *will = sessions_take_due_will(sessions, now_ms);
    assert_ptr_equal(will, expected);
    free(will);
}

/* The end of the session is the end of the delay (3.1.3.2.2): a clean start, and making room for another, end it. */
static void a_will_goes_out_when_its_session_ends(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in r;
    struct seat_claim *c;
    struct session_state *left;
    struct held_will *will = make_will(5000);
    assert_int_equal(sessions_new(1, &session_default_limits, &sessions), ERR_OK);
    init(&r, sessions);
    leaves(&r, "a", will);
    struct seat_owner clean = {&r.box, 1, on_evict, on_granted, NULL, true};
    assert_int_equal(sessions_claim(sessions, 7, SLICE("a"), &clean, 1000, &c, &left), ERR_OK);
    session_state_free(left);
    take_and_free(sessions, 1000, will);
    sessions_release(sessions, c, NULL, NULL);

    will = make_will(5000);
    leaves(&r, "a", will);
    leaves(&r, "b", NULL); /* only one is kept */
    take_and_free(sessions, 1000, will);

    will = make_will(900); /* late: the client is back after the delay, before anybody looked */
    leaves(&r, "b", will);
    leaves(&r, "b", NULL);
    take_and_free(sessions, 1000, will);
    sessions_free(sessions);
}

static void a_will_and_the_client_that_takes_over(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two;
    struct seat_claim *a, *b;
    struct session_state *left;
    for (int starts_clean = 0; starts_clean < 2; starts_clean++) {
        assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
        init(&one, sessions);
        init(&two, sessions);
        struct held_will *will = make_will(5000);
        assert_int_equal(claim(&one, 1, "id", &a, &left), ERR_OK);
        struct seat_owner next = {&two.box, 2, on_evict, on_granted, NULL, starts_clean != 0};
        assert_int_equal(sessions_claim(sessions, 7, SLICE("id"), &next, 1000, &b, &left), ERR_AGAIN);
        drain(&one);
        sessions_release(sessions, a, make_state("id"), will); /* gone unless the newcomer starts clean */
        take_and_free(sessions, 1000, starts_clean ? will : NULL);
        drain(&two);
        session_state_free(two.state);
        sessions_release(sessions, b, NULL, NULL);
        sessions_free(sessions);
    }
}

static void a_will_without_room_waits_for_nobody(void **state)
{
    struct sessions *sessions;
    struct held_will *will = make_will(5000);
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    sessions_hold_will(sessions, will);
    take_and_free(sessions, 1000, will);
    sessions_hold_will(sessions, make_will(5000));
    sessions_forget_device(sessions, 8);
    sessions_forget_device(sessions, 7); /* a revoked device's will is not published */
    assert_null(sessions_take_due_will(sessions, 9000));
    sessions_hold_will(sessions, make_will(5000)); /* freed with the directory */
    sessions_free(sessions);
}

static struct downlink_result settled;
static unsigned times_settled;

static void on_settled(const struct downlink *downlink, const struct downlink_result *result)
{
    settled = *result;
    times_settled++;
}

static struct downlink *message(void)
{
    struct downlink *d = downlink_new(DOWNLINK_ATTRIBUTES, SLICE("{}"));
    d->on_settled = on_settled;
    times_settled = 0;
    return d;
}

static void a_message_reaches_each_seat_of_its_device_once(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two;
    struct seat_claim *a, *b;
    struct session_state *left;
    struct downlink *d = message();
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    init(&two, sessions);
    assert_int_equal(claim(&one, 1, "a", &a, &left), ERR_OK);
    assert_int_equal(claim(&two, 2, "b", &b, &left), ERR_OK);
    sessions_post(sessions, 8, d); /* nobody's */
    assert_int_equal(times_settled, 1);
    assert_int_equal(settled.sent, 0);
    sessions_post(sessions, 7, d);
    assert_int_equal(times_settled, 1); /* not before both reactors had it */
    drain(&one);
    drain(&two);
    assert_int_equal(one.delivered, 1);
    assert_int_equal(two.delivered, 1);
    assert_int_equal(times_settled, 2);
    assert_int_equal(settled.sent, 2);
    sessions_release(sessions, a, NULL, NULL);
    sessions_release(sessions, b, NULL, NULL);
    downlink_unref(d);
    sessions_free(sessions);
}

/* The connection ended between post and delivery, and another one has taken its seat. */
static void a_message_follows_its_seat(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one, two;
    struct seat_claim *old, *fresh;
    struct session_state *left;
    struct downlink *d = message();
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    init(&two, sessions);
    assert_int_equal(claim(&one, 1, "a", &old, &left), ERR_OK);
    sessions_post(sessions, 7, d);
    sessions_release(sessions, old, NULL, NULL);
    one.gone = 1;
    assert_int_equal(claim(&two, 2, "a", &fresh, &left), ERR_OK);
    drain(&one);
    assert_int_equal(times_settled, 0);
    drain(&two);
    assert_int_equal(two.delivered_to, 2);
    assert_int_equal(times_settled, 1);
    assert_int_equal(settled.sent, 1);
    sessions_release(sessions, fresh, NULL, NULL);
    downlink_unref(d);
    sessions_free(sessions);
}

static void a_message_for_a_seat_given_up_ends_there(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in one;
    struct seat_claim *old;
    struct session_state *left;
    struct downlink *d = message();
    assert_int_equal(sessions_new(2, &session_default_limits, &sessions), ERR_OK);
    init(&one, sessions);
    assert_int_equal(claim(&one, 1, "a", &old, &left), ERR_OK);
    sessions_post(sessions, 7, d);
    sessions_release(sessions, old, NULL, NULL);
    one.gone = 1;
    drain(&one);
    assert_int_equal(times_settled, 1);
    assert_int_equal(settled.sent + settled.queued, 0);
    downlink_unref(d);
    sessions_free(sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_ids_and_devices_are_other_seats),
        cmocka_unit_test(a_second_connection_takes_over_across_reactors),
        cmocka_unit_test(a_queue_of_claims_is_served_in_order),
        cmocka_unit_test(a_claimant_that_left_gives_the_seat_on),
        cmocka_unit_test(the_oldest_session_makes_room),
        cmocka_unit_test(what_a_revoked_sitter_leaves_is_not_kept),
        cmocka_unit_test(a_will_waits_until_it_is_due_or_the_client_returns),
        cmocka_unit_test(a_will_goes_out_when_its_session_ends),
        cmocka_unit_test(a_will_and_the_client_that_takes_over),
        cmocka_unit_test(a_will_without_room_waits_for_nobody),
        cmocka_unit_test(a_message_reaches_each_seat_of_its_device_once),
        cmocka_unit_test(a_message_follows_its_seat),
        cmocka_unit_test(a_message_for_a_seat_given_up_ends_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
