#include "unit.h"

#include "hub/sessions.h"
#include "mqtt/session.h"

/* Two reactors in one thread: each with its mailbox, and connections known by their handles. */
struct reactor_stand_in {
    struct mailbox box;
    struct sessions *sessions;
    struct seat_claim *granted; /* the last grant */
    struct session_state *state;
    uint64_t granted_to, evicted;
    bool ignores_grants; /* the connection is gone: gives the seat back */
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
    struct seat_owner owner = {&r->box, handle, on_evict, on_granted};
    return sessions_claim(r->sessions, 7, slice_str(id), &owner, 1000, ret, ret_state);
}

static void other_ids_and_devices_are_other_seats(void **state)
{
    struct sessions *sessions;
    struct reactor_stand_in r;
    struct seat_claim *a, *b;
    struct session_state *left;
    assert_int_equal(sessions_new(&sessions), ERR_OK);
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
    assert_int_equal(sessions_new(&sessions), ERR_OK);
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
    assert_int_equal(sessions_new(&sessions), ERR_OK);
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
    assert_int_equal(sessions_new(&sessions), ERR_OK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_ids_and_devices_are_other_seats),
        cmocka_unit_test(a_second_connection_takes_over_across_reactors),
        cmocka_unit_test(a_queue_of_claims_is_served_in_order),
        cmocka_unit_test(a_claimant_that_left_gives_the_seat_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
