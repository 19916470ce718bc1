/* How far a persistent call has come: every status, every step. */
#include "model/rpc.h"

#include "unit.h"

static void names_are_read_and_written(void **state)
{
    enum rpc_status status;
    for (enum rpc_status s = RPC_STATUS_QUEUED; s <= RPC_STATUS_DELETED; s++) {
        assert_true(rpc_status_parse(slice_str(rpc_status_name(s)), &status));
        assert_int_equal(status, s);
    }
    assert_false(rpc_status_parse(SLICE("queued"), &status));
    assert_false(rpc_status_parse(SLICE(""), &status));
}

#define Q RPC_STATUS_QUEUED
#define S RPC_STATUS_SENT
#define D RPC_STATUS_DELIVERED

/* Without retries: to what each step leads; 0 = nothing changes. */
static const struct {
    enum rpc_status from;
    bool is_one_way;
    enum rpc_status sent, delivered, answered, timed_out, dropped;
} rows[] = {
    {Q, false, S, D, RPC_STATUS_SUCCESSFUL, RPC_STATUS_TIMEOUT, RPC_STATUS_FAILED},
    {Q, true, S, D, D, RPC_STATUS_TIMEOUT, RPC_STATUS_FAILED},
    {S, false, 0, D, RPC_STATUS_SUCCESSFUL, RPC_STATUS_TIMEOUT, RPC_STATUS_FAILED},
    {S, true, 0, D, D, RPC_STATUS_TIMEOUT, RPC_STATUS_FAILED},
    {D, false, 0, 0, RPC_STATUS_SUCCESSFUL, RPC_STATUS_TIMEOUT, RPC_STATUS_FAILED},
    {D, true, 0, 0, 0, 0, 0},
    {RPC_STATUS_SUCCESSFUL, false, 0, 0, 0, 0, 0},
    {RPC_STATUS_TIMEOUT, false, 0, 0, 0, 0, 0},
    {RPC_STATUS_EXPIRED, true, 0, 0, 0, 0, 0},
    {RPC_STATUS_FAILED, false, 0, 0, 0, 0, 0},
};

static void check(enum rpc_status from, bool is_one_way, enum rpc_step step, enum rpc_status to)
{
    struct rpc rpc = {.status = from, .is_one_way = is_one_way};
    assert_int_equal(rpc_advance(&rpc, step), to != 0);
    assert_int_equal(rpc.status, to != 0 ? to : from);
}

static void each_step_leads_where_it_should(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(rows[i].from, rows[i].is_one_way, RPC_STEP_SENT, rows[i].sent);
        check(rows[i].from, rows[i].is_one_way, RPC_STEP_DELIVERED, rows[i].delivered);
        check(rows[i].from, rows[i].is_one_way, RPC_STEP_ANSWERED, rows[i].answered);
        check(rows[i].from, rows[i].is_one_way, RPC_STEP_TIMED_OUT, rows[i].timed_out);
        check(rows[i].from, rows[i].is_one_way, RPC_STEP_DROPPED, rows[i].dropped);
    }
}

static void retries_are_used_up(void **state)
{
    struct rpc rpc = {.status = D, .retries = 2};
    for (unsigned left = 2; left > 0; left--) {
        assert_true(rpc_advance(&rpc, RPC_STEP_TIMED_OUT));
        assert_int_equal(rpc.status, RPC_STATUS_QUEUED);
        assert_int_equal(rpc.retries, left - 1);
        assert_true(rpc_advance(&rpc, RPC_STEP_SENT));
    }
    assert_true(rpc_advance(&rpc, RPC_STEP_TIMED_OUT));
    assert_int_equal(rpc.status, RPC_STATUS_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_and_written),
        cmocka_unit_test(each_step_leads_where_it_should),
        cmocka_unit_test(retries_are_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
