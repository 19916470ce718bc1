#include "hub/gateway_body.h"

#include "bodies.h"
#include "unit.h"

#include <stdlib.h>

enum { MAX_DEVICES = 3 };

/* Names of one letter: "A" is 7, the number that append_test_batch() expects, "B" is 8. */
static uint64_t number_of(void *arg, struct slice name)
{
    ++*(unsigned *)arg;
    return name.len == 1 && (name.data[0] == 'A' || name.data[0] == 'B') ? BODY_DEVICE + name.data[0] - 'A'
                                                                         : 0;
}

struct fixture {
    struct body_scratch scratch;
    struct body_options options;
    struct batch batch;
    struct gateway_names names;
    unsigned asked;
    struct problem problem;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->options = body_test_options(&f->scratch);
    f->options.device = 1; /* the gateway's, which counts for nothing */
    f->options.max_devices = MAX_DEVICES;
    f->names = (struct gateway_names){number_of, &f->asked};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    batch_fini(&f->batch);
    body_scratch_fini(&f->scratch);
    free(f);
    return 0;
}

static err_t telemetry(struct fixture *f, const char *payload)
{
    f->problem = (struct problem){0};
    return gateway_telemetry_parse(slice_str(payload), &f->options, &f->names, &f->batch, &f->problem);
}

static err_t attributes(struct fixture *f, const char *payload)
{
    f->problem = (struct problem){0};
    return gateway_attributes_parse(slice_str(payload), &f->options, &f->names, &f->batch, &f->problem);
}

static void assert_batch(struct fixture *f, const char *expected)
{
    AUTO_BUF text = {0};
    append_test_batch(&text, &f->batch);
    assert_string_equal(buf_cstr(&text), expected);
}

static void points_go_to_the_devices_named(void **state)
{
    static const struct {
        const char *payload, *points;
    } rows[] = {
        {"{\"A\":[{\"ts\":5,\"values\":{\"k\":1,\"l\":'x'}},{\"ts\":6,\"values\":{\"k\":2}}]}",
         "k@5=l1 l@5=sx k@6=l2"},
        {"{A:[{k:1}],B:[{k:2}]}", "k@1000=l1 k@1000=l2 of another device"},
        {"{B:[{ts:5,values:{k:2}}];A=[{k:'3'}]}", "k@5=l2 of another device k@1000=l3"},
        {"{A:{k:1}}", "k@1000=l1"}, /* without the array */
        {"{A:[],B:[{}]}", ""},
        {"{A:[{k:1}],A:[{k:2}]}", "k@1000=l1 k@1000=l2"},
        {"{}", ""},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        batch_clear(&f->batch);
        assert_int_equal(telemetry(f, rows[i].payload), ERR_OK);
        assert_batch(f, rows[i].points);
    }
}

static void attributes_are_client_attributes_of_the_devices_named(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(attributes(f, "{A:{fw:'1.2',on:true},B:{n:1,gone:null}}"), ERR_OK);
    assert_batch(f, "fw@1000=d1.2 on@1000=b1 n@1000=l1 of another device");
    assert_int_equal(f->batch.points, 0);
}

/* What the message says otherwise is looked at first: devices are not to be made for one that is refused. */
static void unknown_devices_are_told_only_of_messages_in_order(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(telemetry(f, "{A:{before:1}}"), ERR_OK);
    assert_int_equal(telemetry(f, "{A:[{k:1}],C:[{k:1}],B:[{k:2}]}"), ERR_NOT_FOUND);
    assert_int_equal(telemetry(f, "{'':[{k:1}]}"), ERR_NOT_FOUND);
    assert_int_equal(telemetry(f, "{C:[{k:1}],A:[{k:}]}"), ERR_INVALID);
    assert_int_equal(telemetry(f, "{C:[{k:1}]}x"), ERR_INVALID);
    assert_int_equal(attributes(f, "{C:{k:1}}"), ERR_NOT_FOUND);
    assert_int_equal(attributes(f, "{C:[1]}"), ERR_INVALID);
    assert_batch(f, "before@1000=l1");
}

static void all_or_nothing(void **state)
{
    static const struct {
        const char *payload;
        err_t err;
        const char *text;
    } rows[] = {
        {"", ERR_INVALID, "payload is not JSON: byte 0, expected a value, found the end of the text"},
        {"[{A:[]}]", ERR_INVALID, "byte 0: expected an object of device names, found an array"},
        {"{A:5}", ERR_INVALID, "byte 3: expected an object or an array of objects, found a number"},
        {"{A:[{k:1}],B:[5]}", ERR_INVALID, "byte 14: expected an object in the array, found a number"},
        {"{A:[{k:1}],B:[{'':1}]}", ERR_INVALID, "byte 15: '' is an empty key; expected 1 to 255 bytes"},
        {"{A:[{k:1}],B:[{ts:x,values:{k:1}}]}", ERR_INVALID,
         "byte 18: expected 'ts' to be milliseconds since 1970, found a string"},
        {"{A:[{k:{a:{b:{c:{d:{e:{}}}}}}}]}", ERR_LIMIT, "byte 22: nested deeper than the allowed 8"},
        {"{A:[{k:1}],B:[],A:[],B:[{k:1}]}", ERR_LIMIT, "byte 21: more than the allowed 3 devices"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(telemetry(f, rows[i].payload), rows[i].err);
        assert_string_equal(f->problem.text, rows[i].text);
        assert_true(batch_is_empty(&f->batch));
    }
}

static void keys_are_counted_for_each_device(void **state)
{
    struct fixture *f = *state;
    f->options.max_keys = 2;
    assert_int_equal(telemetry(f, "{A:[{k:1,l:2}],B:[{k:1,l:2}]}"), ERR_OK);
    assert_int_equal(f->batch.points, 4);
    assert_int_equal(telemetry(f, "{A:[{k:1,l:2}],B:[{k:1},{l:2,m:3}]}"), ERR_LIMIT);
    assert_int_equal(f->batch.points, 4);
}

static void each_device_is_looked_up_once(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(telemetry(f, "{A:[{a:1},{b:2},{ts:1,values:{c:3}}],B:[{a:1}]}"), ERR_OK);
    assert_int_equal(f->asked, 2);
}

static void a_batch_without_room_is_told_as_for_devices(void **state)
{
    struct fixture *f = *state;
    f->batch.bytes.limit = 60;
    assert_int_equal(telemetry(f, "{A:[{k:1}],B:[{k:1}],A:[{k:2}]}"), ERR_LIMIT);
    assert_int_equal(telemetry(f, "{A:[{k:1}]}"), ERR_OK);
    assert_int_equal(telemetry(f, "{A:[{k:1}],B:[{k:1}]}"), ERR_AGAIN);
    assert_batch(f, "k@1000=l1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(points_go_to_the_devices_named),
        TEST(attributes_are_client_attributes_of_the_devices_named),
        TEST(unknown_devices_are_told_only_of_messages_in_order),
        TEST(all_or_nothing),
        TEST(keys_are_counted_for_each_device),
        TEST(each_device_is_looked_up_once),
        TEST(a_batch_without_room_is_told_as_for_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
