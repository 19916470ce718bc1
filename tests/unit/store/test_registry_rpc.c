/* Persistent calls to devices: what every registry must do. */
#include "base/clock.h"
#include "store/registry.h"
#include "store/registry_deletion.h"
#include "temp_dir.h"
#include "unit.h"

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
    struct device device, other;
};

static struct device add_device(struct fixture *f, const char *name, const struct uuid *profile)
{
    struct device device = {.tenant_id = f->tenant, .profile_id = *profile};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(device.name, sizeof device.name, "%s", name);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "token-%s", name);
    assert_int_equal(registry_device_add(f->r, &device, &credentials, NULL), ERR_OK);
    credentials_fini(&credentials);
    return device;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct profile profile;
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &profile, NULL), ERR_OK);
    f->device = add_device(f, "one", &profile.id);
    f->other = add_device(f, "two", &profile.id);
    profile_fini(&profile);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    device_fini(&f->device);
    device_fini(&f->other);
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static struct rpc call_of(uint64_t device, uint32_t request_id)
{
    return (struct rpc){.device = device,
                        .request_id = request_id,
                        .expires_ms = clock_wall_ms() + 60000,
                        .timeout_ms = 10000,
                        .request = strdup("{\"method\":\"m\",\"params\":1}")};
}

/* @return its number */
static uint64_t keep(struct fixture *f, struct rpc rpc, struct uuid *ret_id)
{
    assert_int_equal(registry_rpc_add(f->r, &rpc, 100, NULL), ERR_OK);
    uint64_t number = rpc.number;
    if (ret_id != NULL)
        *ret_id = rpc.id;
    rpc_fini(&rpc);
    return number;
}

static enum rpc_status step(struct fixture *f, uint64_t number, enum rpc_step what)
{
    const struct rpc_progress progress = {.number = number, .step = what};
    struct rpc rpc;
    assert_int_equal(registry_rpc_advance(f->r, &progress, &rpc, NULL), ERR_OK);
    enum rpc_status status = rpc.status;
    rpc_fini(&rpc);
    return status;
}

static bool is_open(struct fixture *f, uint64_t number)
{
    bool open = false;
    assert_int_equal(registry_rpc_is_open(f->r, number, &open, NULL), ERR_OK);
    return open;
}

static void a_call_is_open_until_its_end_or_its_deletion(void **state)
{
    struct fixture *f = *state;
    struct rpc one_way = call_of(f->device.number, 1), deleted;
    struct uuid id;
    one_way.is_one_way = true;
    uint64_t first = keep(f, one_way, NULL);
    uint64_t second = keep(f, call_of(f->device.number, 2), &id);
    assert_true(is_open(f, first));
    step(f, first, RPC_STEP_DELIVERED);
    step(f, second, RPC_STEP_DELIVERED);
    assert_false(is_open(f, first));
    assert_true(is_open(f, second)); /* its answer is still to come */
    assert_int_equal(registry_rpc_delete(f->r, &f->tenant, &id, &deleted, NULL), ERR_OK);
    rpc_fini(&deleted);
    assert_false(is_open(f, second));
}

static void a_call_comes_back_as_it_was_kept(void **state)
{
    struct fixture *f = *state;
    struct uuid id;
    struct rpc rpc = call_of(f->device.number, 7), found;
    rpc.is_one_way = true;
    rpc.retries = 3;
    rpc.additional_info = strdup("{\"a\":1}");
    uint64_t number = keep(f, rpc, &id);
    assert_int_equal(registry_rpc_get(f->r, &f->tenant, &id, &found, NULL), ERR_OK);
    assert_int_equal(found.number, number);
    assert_int_equal(found.device, f->device.number);
    assert_true(uuid_eq(&found.device_id, &f->device.id) && uuid_eq(&found.tenant_id, &f->tenant));
    assert_int_equal(found.request_id, 7);
    assert_int_equal(found.retries, 3);
    assert_true(found.is_one_way);
    assert_int_equal(found.status, RPC_STATUS_QUEUED);
    assert_string_equal(found.request, "{\"method\":\"m\",\"params\":1}");
    assert_string_equal(found.additional_info, "{\"a\":1}");
    assert_null(found.response);
    rpc_fini(&found);
}

static void another_tenant_sees_nothing(void **state)
{
    struct fixture *f = *state;
    struct uuid id, stranger = uuid_random();
    struct rpc found;
    keep(f, call_of(f->device.number, 1), &id);
    assert_int_equal(registry_rpc_get(f->r, &stranger, &id, &found, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_rpc_delete(f->r, &stranger, &id, &found, NULL), ERR_NOT_FOUND);
}

static void open_calls_of_a_device_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct rpc rpc = call_of(f->device.number, 2), other = call_of(f->other.number, 3);
    struct rpc nobody = call_of(999, 4);
    uint64_t number = keep(f, call_of(f->device.number, 1), NULL);
    assert_int_equal(registry_rpc_add(f->r, &rpc, 1, NULL), ERR_LIMIT);
    assert_int_equal(registry_rpc_add(f->r, &other, 1, NULL), ERR_OK);
    assert_int_equal(registry_rpc_add(f->r, &nobody, 1, NULL), ERR_NOT_FOUND);
    assert_int_equal(step(f, number, RPC_STEP_TIMED_OUT), RPC_STATUS_TIMEOUT);
    assert_int_equal(registry_rpc_add(f->r, &rpc, 1, NULL), ERR_OK);
    rpc_fini(&rpc);
    rpc_fini(&other);
    rpc_fini(&nobody);
}

static void an_answer_finds_its_call_by_device_and_request(void **state)
{
    struct fixture *f = *state;
    struct uuid id;
    struct rpc found;
    struct rpc_progress answer = {.device = f->other.number,
                                  .request_id = 7,
                                  .step = RPC_STEP_ANSWERED,
                                  .response = SLICE("{\"b\":2}")};
    keep(f, call_of(f->device.number, 7), &id);
    assert_int_equal(registry_rpc_advance(f->r, &answer, &found, NULL), ERR_NOT_FOUND);
    answer.device = f->device.number;
    assert_int_equal(registry_rpc_advance(f->r, &answer, &found, NULL), ERR_OK);
    rpc_fini(&found);
    assert_int_equal(registry_rpc_advance(f->r, &answer, &found, NULL), ERR_NOT_FOUND); /* it is over */
    assert_int_equal(registry_rpc_get(f->r, &f->tenant, &id, &found, NULL), ERR_OK);
    assert_int_equal(found.status, RPC_STATUS_SUCCESSFUL);
    assert_string_equal(found.response, "{\"b\":2}");
    rpc_fini(&found);
}

static void a_call_expires_when_its_time_has_come(void **state)
{
    struct fixture *f = *state;
    int64_t now_ms = clock_wall_ms(), next_ms;
    struct rpc soon = call_of(f->device.number, 1), late = call_of(f->device.number, 2), found;
    struct uuid id;
    soon.expires_ms = now_ms + 1000;
    late.expires_ms = now_ms + 5000;
    keep(f, soon, &id);
    keep(f, late, NULL);
    assert_int_equal(registry_rpc_expire(f->r, now_ms, 0, &next_ms, NULL), ERR_OK);
    assert_int_equal(next_ms, now_ms + 1000);
    assert_int_equal(registry_rpc_expire(f->r, now_ms + 1000, 0, &next_ms, NULL), ERR_OK);
    assert_int_equal(next_ms, now_ms + 5000);
    assert_int_equal(registry_rpc_get(f->r, &f->tenant, &id, &found, NULL), ERR_OK);
    assert_int_equal(found.status, RPC_STATUS_EXPIRED);
    rpc_fini(&found);
    /* What is over is forgotten some day; what is open is not. */
    assert_int_equal(registry_rpc_expire(f->r, now_ms + 1000, now_ms + 1000, &next_ms, NULL), ERR_OK);
    assert_int_equal(registry_rpc_get(f->r, &f->tenant, &id, &found, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_rpc_expire(f->r, now_ms + 5000, 0, &next_ms, NULL), ERR_OK);
    assert_int_equal(next_ms, INT64_MAX);
}

static void open_calls_are_read_in_their_order(void **state)
{
    struct fixture *f = *state;
    struct rpc rows[3];
    uint64_t numbers[5], devices[4];
    size_t count;
    for (uint32_t i = 0; i < 5; i++)
        numbers[i] = keep(f, call_of(f->device.number, i + 1), NULL);
    keep(f, call_of(f->other.number, 9), NULL);
    step(f, numbers[1], RPC_STEP_TIMED_OUT);
    assert_int_equal(registry_rpc_open_of_device(f->r, f->device.number, 0, rows, 3, &count, NULL), ERR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(rows[0].number, numbers[0]);
    assert_int_equal(rows[1].number, numbers[2]);
    for (size_t i = 0; i < count; i++)
        rpc_fini(&rows[i]);
    assert_int_equal(registry_rpc_open_of_device(f->r, f->device.number, numbers[3], rows, 3, &count, NULL),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].number, numbers[4]);
    rpc_fini(&rows[0]);
    assert_int_equal(registry_rpc_open_devices(f->r, 0, devices, 4, &count, NULL), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(registry_rpc_open_devices(f->r, devices[0], devices, 4, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
}

static void pages_are_by_status(void **state)
{
    struct fixture *f = *state;
    struct rpc_query query = {
        .device = f->device.number, .order = SORT_DESCENDING, .page_size = 2, .page = 1};
    struct rpc_page page;
    uint64_t numbers[3];
    for (uint32_t i = 0; i < 3; i++)
        numbers[i] = keep(f, call_of(f->device.number, i + 1), NULL);
    assert_int_equal(step(f, numbers[2], RPC_STEP_SENT), RPC_STATUS_SENT);
    assert_int_equal(registry_rpc_page(f->r, &query, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 3);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rpcs[0].number, numbers[0]);
    rpc_page_fini(&page);
    query = (struct rpc_query){.device = f->device.number, .status = RPC_STATUS_SENT, .page_size = 10};
    assert_int_equal(registry_rpc_page(f->r, &query, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 1);
    assert_int_equal(page.rpcs[0].number, numbers[2]);
    rpc_page_fini(&page);
}

static void calls_go_with_their_device(void **state)
{
    struct fixture *f = *state;
    struct uuid id, other;
    struct rpc found;
    keep(f, call_of(f->device.number, 1), &id);
    keep(f, call_of(f->other.number, 1), &other);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &f->device.id, NULL), ERR_OK);
    assert_int_equal(registry_rpc_get(f->r, &f->tenant, &id, &found, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_rpc_delete(f->r, &f->tenant, &other, &found, NULL), ERR_OK);
    rpc_fini(&found);
    assert_int_equal(registry_rpc_get(f->r, &f->tenant, &other, &found, NULL), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_is_open_until_its_end_or_its_deletion, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_comes_back_as_it_was_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(another_tenant_sees_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(open_calls_of_a_device_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_finds_its_call_by_device_and_request, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_expires_when_its_time_has_come, setup, teardown),
        cmocka_unit_test_setup_teardown(open_calls_are_read_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_are_by_status, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_go_with_their_device, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
