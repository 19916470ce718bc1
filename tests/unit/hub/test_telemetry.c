#include "hub/telemetry.h"

#include "bodies.h"
#include "unit.h"

struct accepted {
    struct slice payload;
    const char *points;
};

struct rejected {
    struct slice payload;
    err_t err;
    size_t at;
    const char *text, *field;
};

static void check_accepted(const struct accepted *rows, size_t n, bool type_cast)
{
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    options.type_cast = type_cast;
    for (size_t i = 0; i < n; i++) {
        struct batch batch = {0};
        struct problem problem = {0};
        AUTO_BUF text = {0};
        if (telemetry_parse(rows[i].payload, &options, &batch, &problem) != ERR_OK)
            fail_msg("%.*s: %s", SLICE_ARG(rows[i].payload), problem.text);
        append_test_batch(&text, &batch);
        assert_string_equal(buf_cstr(&text), rows[i].points);
        batch_fini(&batch);
    }
    body_scratch_fini(&scratch);
}

/* The batch holds a point of another message, which must survive. */
static void check_rejected(const struct rejected *rows, size_t n, bool type_cast)
{
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    options.type_cast = type_cast;
    for (size_t i = 0; i < n; i++) {
        struct batch batch = {0};
        struct problem problem = {0};
        AUTO_BUF text = {0};
        assert_int_equal(telemetry_parse(SLICE("{before:1}"), &options, &batch, NULL), ERR_OK);
        if (telemetry_parse(rows[i].payload, &options, &batch, &problem) != rows[i].err)
            fail_msg("%.*s: %s", SLICE_ARG(rows[i].payload), problem.text);
        assert_string_equal(problem.text, rows[i].text);
        assert_string_equal(problem.field, rows[i].field);
        assert_int_equal(problem.at, rows[i].at);
        append_test_batch(&text, &batch);
        assert_string_equal(buf_cstr(&text), "before@1000=l1");
        assert_int_equal(batch.points, 1);
        batch_fini(&batch);
    }
    body_scratch_fini(&scratch);
}

#define ACCEPT(rows, type_cast) check_accepted(rows, sizeof rows / sizeof *rows, type_cast)
#define REJECT(rows, type_cast) check_rejected(rows, sizeof rows / sizeof *rows, type_cast)

/* ---- forms -----------------------------------------------------------------------------------------------
 */

static void all_forms_are_read(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{temperature:25}"), "temperature@1000=l25"},
        {SLICE("{\"a\":1,\"b\":true,\"c\":\"x\"}"), "a@1000=l1 b@1000=b1 c@1000=sx"},
        {SLICE("{\"ts\":5,\"values\":{\"a\":1,\"b\":2}}"), "a@5=l1 b@5=l2"},
        {SLICE("{\"values\":{\"a\":1,\"b\":2},\"ts\":5}"), "a@5=l1 b@5=l2"},
        {SLICE("[{a:1},{ts:5,values:{a:2}},{b:3}]"), "a@1000=l1 a@5=l2 b@1000=l3"},
        {SLICE("[{values:{a:1},ts:5},{values:{a:2},ts:6}]"), "a@5=l1 a@6=l2"},
        {SLICE("{}"), ""},
        {SLICE("[]"), ""},
        {SLICE("[{},{}]"), ""},
        {SLICE("{ts:5,values:{}}"), ""},
        {SLICE("{ts:0,values:{a:1}}"), "a@0=l1"},
        {SLICE("{a:null,b:1,c:NULL}"), "b@1000=l1"},
    };
    ACCEPT(rows, true);
}

/* A schema's number with a point is a double, whatever the rules for numbers of unknown kind say of its text. */
static void numbers_of_a_schema_keep_their_kind(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{\"a\":1.0E7,\"b\":25.0,\"c\":25}"), "a@1000=d10000000 b@1000=d25 c@1000=l25"},
        {SLICE("{\"a\":0.30000000000000004,\"b\":1.5E-20}"), "a@1000=d0.3 b@1000=d1.5e-20"},
        {SLICE("{\"a\":18446744073709551615,\"b\":\"25\"}"), "a@1000=s18446744073709551615 b@1000=l25"},
        {SLICE("{\"ts\":5,\"values\":{\"a\":1.0E300,\"b\":\"NaN\"}}"), "a@5=d1e+300 b@5=sNaN"},
    };
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    options.is_typed = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct batch batch = {0};
        AUTO_BUF text = {0};
        assert_int_equal(telemetry_parse(rows[i].payload, &options, &batch, NULL), ERR_OK);
        append_test_batch(&text, &batch);
        assert_string_equal(buf_cstr(&text), rows[i].points);
        batch_fini(&batch);
    }
    body_scratch_fini(&scratch);
}

static void ts_or_values_alone_are_ordinary_keys(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{ts:5}"), "ts@1000=l5"},
        {SLICE("{ts:5,a:1}"), "ts@1000=l5 a@1000=l1"},
        {SLICE("{a:1,ts:-5,b:[1]}"), "a@1000=l1 ts@1000=l-5 b@1000=j[1]"},
        {SLICE("{values:{a:1}}"), "values@1000=j{\"a\":1}"},
        {SLICE("{a:1,values:2,b:3}"), "a@1000=l1 values@1000=l2 b@1000=l3"},
        {SLICE("{Ts:5,values:1}"), "Ts@1000=l5 values@1000=l1"},
        {SLICE("{ts:5,values:{ts:6,values:{a:1}}}"), "ts@5=l6 values@5=j{\"a\":1}"},
        {SLICE("{'t\\u0073':5,a:'\\u0062','\\u0063':'d\\n'}"), "ts@1000=l5 a@1000=sb c@1000=sd\n"},
    };
    ACCEPT(rows, true);
}

static void other_members_beside_ts_and_values_are_ignored(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{x:1,ts:5,values:{a:1}}"), "a@5=l1"},
        {SLICE("{ts:5,x:{y:[1]},values:{a:1},z:3}"), "a@5=l1"},
        {SLICE("{x:1,values:{a:1},y:2,ts:5,z:3}"), "a@5=l1"},
        {SLICE("{ts:5,'':1,values:{a:1}}"), "a@5=l1"},
    };
    ACCEPT(rows, true);
}

static void of_the_same_name_the_last_wins(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{a:1,a:2}"), "a@1000=l1 a@1000=l2"}, /* in this order, so the store keeps the last */
        {SLICE("{ts:5,values:{a:1},ts:6}"), "a@6=l1"},
        {SLICE("{ts:5,values:{a:1},values:{b:2}}"), "b@5=l2"},
        {SLICE("{ts:5,values:7,values:{b:2}}"), "b@5=l2"},
        {SLICE("{values:{a:1},ts:5,values:{b:2},ts:6}"), "b@6=l2"},
        {SLICE("{ts:x,ts:5,values:{a:1}}"), "a@5=l1"},
    };
    ACCEPT(rows, true);
}

/* ---- ts --------------------------------------------------------------------------------------------------
 */

static void ts_is_a_number_or_its_digits(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{ts:1700000000000,values:{a:1}}"), "a@1700000000000=l1"},
        {SLICE("{ts:'1700000000000',values:{a:1}}"), "a@1700000000000=l1"},
        {SLICE("{ts:\"\\u0035\",values:{a:'\\u0061'}}"), "a@5=sa"},
        {SLICE("{values:{'\\u0062':'\\u0061'},ts:\"\\u0035\"}"), "b@5=sa"},
        {SLICE("{ts:'+5',values:{a:1}}"), "a@5=l1"},
        {SLICE("{ts:005,values:{a:1}}"), "a@5=l1"},
        {SLICE("{ts:1.7e12,values:{a:1}}"), "a@1700000000000=l1"},
        {SLICE("{ts:1.9,values:{a:1}}"), "a@1=l1"},
        {SLICE("{ts:-0.5,values:{a:1}}"), "a@0=l1"},
        {SLICE("{ts:9223372036854775807,values:{a:1}}"), "a@9223372036854775807=l1"},
    };
    static const struct rejected bad[] = {
        {SLICE("{ts:-1,values:{a:1}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, from 0 to 2^63-1, found a number", ""},
        {SLICE("{ts:9223372036854775808,values:{}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, from 0 to 2^63-1, found a number", ""},
        {SLICE("{ts:'-1',values:{}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, from 0 to 2^63-1, found a string", ""},
        {SLICE("{ts:'1.5',values:{}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, found a string", ""},
        {SLICE("{ts:'+-1',values:{}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, found a string", ""},
        {SLICE("{ts:'',values:{}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, found a string", ""},
        {SLICE("{ts:null,values:{}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, found null", ""},
        {SLICE("{values:{},ts:[5]}"), ERR_INVALID, 14,
         "byte 14: expected 'ts' to be milliseconds since 1970, found an array", ""},
        {SLICE("{ts:true,values:{a:1}}"), ERR_INVALID, 4,
         "byte 4: expected 'ts' to be milliseconds since 1970, found true", ""},
    };
    ACCEPT(rows, true);
    REJECT(bad, true);
}

/* ---- types -----------------------------------------------------------------------------------------------
 */

/* Compared with java.math.BigDecimal, which ThingsBoard asks. */
static void numbers_become_long_double_or_string(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{a:25,b:-25,c:0,d:-0}"), "a@1000=l25 b@1000=l-25 c@1000=l0 d@1000=l0"},
        {SLICE("{a:1E+1,b:100e-2,c:1.50E1,d:0.0e-20}"), "a@1000=l10 b@1000=l1 c@1000=l15 d@1000=l0"},
        {SLICE("{a:25.0,b:-0.0,c:0.5,d:105e-1}"), "a@1000=d25 b@1000=d0 c@1000=d0.5 d@1000=d10.5"},
        {SLICE("{a:1.5e-3}"), "a@1000=d0.0015"},
        {SLICE("{a:9223372036854775807,b:-9223372036854775808}"),
         "a@1000=l9223372036854775807 b@1000=l-9223372036854775808"},
        {SLICE("{a:9223372036854775808,b:-9223372036854775809}"),
         "a@1000=s9223372036854775808 b@1000=s-9223372036854775809"},
        {SLICE("{a:1e20,b:12345678901234567890.50e1}"),
         "a@1000=s100000000000000000000 b@1000=s123456789012345678905.0"},
        {SLICE("{a:0.1234567890123456,b:0.12345678901234567}"),
         "a@1000=d0.1234567890123456 b@1000=s0.12345678901234567"},
        {SLICE("{a:0.00000000000000000,b:-0.10000000000000000}"),
         "a@1000=s0.00000000000000000 b@1000=s-0.10000000000000000"},
        {SLICE("{a:1e-16,b:1e-17}"), "a@1000=d1e-16 b@1000=s0.00000000000000001"},
        {SLICE("{a:1.0000000000000000000000e0}"), "a@1000=l1"},
        {SLICE("{a:123456789012345678e-17}"), "a@1000=s1.23456789012345678"},
        {SLICE("{a:0e99999999999}"), "a@1000=l0"},
    };
    ACCEPT(rows, true);
}

static void strings_become_numbers_with_type_cast(void **state)
{
    static const struct accepted cast[] = {
        {SLICE("{a:'25',b:\"-25\",c:'25.0',d:'007'}"), "a@1000=l25 b@1000=l-25 c@1000=d25 d@1000=l7"},
        {SLICE("{a:007,b:.5,c:-.5}"), "a@1000=l7 b@1000=d0.5 c@1000=d-0.5"},
        {SLICE("{a:'1e5',b:'0x10',c:'+5',d:' 25 ',e:NaN,f:'5.'}"),
         "a@1000=s1e5 b@1000=s0x10 c@1000=s+5 d@1000=s 25  e@1000=sNaN f@1000=s5."},
        {SLICE("{a:'',b:'-',c:'.',d:'1.2.3',e:'1-2',f:'\xd9\xa3'}"),
         "a@1000=s b@1000=s- c@1000=s. d@1000=s1.2.3 e@1000=s1-2 f@1000=s\xd9\xa3"},
        {SLICE("{a:'0089014103211118510720'}"), "a@1000=s89014103211118510720"},
        {SLICE("{a:'0.12345678901234567'}"), "a@1000=s0.12345678901234567"},
        {SLICE("{a:'\\u0032\\u0035'}"), "a@1000=l25"},
        {SLICE("{a:'true',b:'null'}"), "a@1000=strue b@1000=snull"},
        {SLICE("{a:25\xc2\xb0"
               "C}"),
         "a@1000=s25\xc2\xb0"
         "C"},
    };
    static const struct accepted as_is[] = {
        {SLICE("{a:'25',b:007,c:.5}"), "a@1000=s25 b@1000=s007 c@1000=s.5"},
        {SLICE("{a:25,b:1e1,c:2.5}"), "a@1000=l25 b@1000=l10 c@1000=d2.5"},
    };
    ACCEPT(cast, true);
    ACCEPT(as_is, false);
}

static void without_type_cast_what_does_not_fit_is_refused(void **state)
{
    static const struct rejected rows[] = {
        {SLICE("{a:1,b:9223372036854775808}"), ERR_INVALID, 7, "byte 7: 'b' is beyond 64 bits", "b"},
        {SLICE("{a:1e20}"), ERR_INVALID, 3, "byte 3: 'a' is beyond 64 bits", "a"},
        {SLICE("{a:0.12345678901234567}"), ERR_INVALID, 3, "byte 3: 'a' has more than 16 decimals", "a"},
    };
    REJECT(rows, false);
}

static void nested_values_are_kept_as_json(void **state)
{
    static const struct accepted rows[] = {
        {SLICE("{a:{b:[1,,'x'],c:NULL}, d:[]}"), "a@1000=j{\"b\":[1,null,\"x\"],\"c\":null} d@1000=j[]"},
        {SLICE("{a:{'\\u0062':'\\n'},'\\u0063':'\\u0064'}"), "a@1000=j{\"b\":\"\\n\"} c@1000=sd"},
        {SLICE("{a:[1.50,\"25\"]}"), "a@1000=j[1.50,\"25\"]"},
    };
    ACCEPT(rows, true);
}

/* 400 digits hold every double; a device cannot make gigabytes out of a few bytes. */
static void expansion_is_bounded(void **state)
{
    char expected[420] = "a@1000=s1";
    static const struct rejected bad[] = {
        {SLICE("{a:1e400}"), ERR_LIMIT, 3, "byte 3: 'a' has more than 400 digits", "a"},
        {SLICE("{a:1e999999999}"), ERR_LIMIT, 3, "byte 3: 'a' has more than 400 digits", "a"},
        {SLICE("{a:1e-999999999}"), ERR_LIMIT, 3, "byte 3: 'a' has more than 400 digits", "a"},
        {SLICE("{a:1e99999999999999999999}"), ERR_LIMIT, 3, "byte 3: 'a' has more than 400 digits", "a"},
    };
    size_t len = strlen(expected);
    memset(expected + len, '0', 399);
    expected[len + 399] = '\0';
    const struct accepted good[] = {{SLICE("{a:1e399}"), expected}};
    ACCEPT(good, true);
    REJECT(bad, true);
}

static void a_double_beyond_range_is_text(void **state)
{
    AUTO_BUF payload = {0};
    AUTO_BUF expected = {0};
    buf_append_str(&payload, "{a:");
    buf_append_str(&expected, "a@1000=s");
    for (int i = 0; i < 500; i++) {
        buf_append_u8(&payload, '9');
        buf_append_u8(&expected, '9');
    }
    buf_append_str(&payload, ".5}");
    buf_append_str(&expected, ".5");
    const struct accepted rows[] = {{buf_slice(&payload), buf_cstr(&expected)}};
    ACCEPT(rows, true);
    const struct rejected bad[] = {
        {buf_slice(&payload), ERR_INVALID, 3, "byte 3: 'a' is beyond the range of a double", "a"}};
    REJECT(bad, false);
}

/* ---- errors and limits -----------------------------------------------------------------------------------
 */

static void what_is_no_telemetry_is_refused(void **state)
{
    static const struct rejected rows[] = {
        {SLICE(""), ERR_INVALID, 0,
         "payload is not JSON: byte 0, expected a value, found the end of the text", ""},
        {SLICE("hello"), ERR_INVALID, 0, "byte 0: expected an object or an array of objects, found a string",
         ""},
        {SLICE("25"), ERR_INVALID, 0, "byte 0: expected an object or an array of objects, found a number",
         ""},
        {SLICE("null"), ERR_INVALID, 0, "byte 0: expected an object or an array of objects, found null", ""},
        {SLICE("[{a:1},2]"), ERR_INVALID, 7, "byte 7: expected an object in the array, found a number", ""},
        {SLICE("[{a:1},]"), ERR_INVALID, 7, "byte 7: expected an object in the array, found null", ""},
        {SLICE("[[{a:1}]]"), ERR_INVALID, 1, "byte 1: expected an object in the array, found an array", ""},
        {SLICE("{ts:5,values:7}"), ERR_INVALID, 13,
         "byte 13: expected 'values' to be an object, found a number", ""},
        {SLICE("{values:[],ts:5}"), ERR_INVALID, 8,
         "byte 8: expected 'values' to be an object, found an array", ""},
        {SLICE("{a:1} x"), ERR_INVALID, 6,
         "payload is not JSON: byte 6, expected nothing after the value, found 'x'", ""},
        {SLICE("{a:1"), ERR_INVALID, 4,
         "payload is not JSON: byte 4, expected ',' or '}' after the value, found the end of the text", ""},
        {SLICE("{temperature 25}"), ERR_INVALID, 13,
         "payload is not JSON: byte 13, expected ':' after the name, found '2'", ""},
        {SLICE("{ts:5,values:{a:1},b}"), ERR_INVALID, 20,
         "payload is not JSON: byte 20, expected ':' after the name, found '}'", ""},
        {SLICE("{a:'\xff'}"), ERR_INVALID, 4, "payload is not JSON: byte 4, expected UTF-8, found byte 0xff",
         ""},
        {SLICE("{a:[[[[[[[[]]]]]]]]}"), ERR_LIMIT, 10, "byte 10: nested deeper than the allowed 8", ""},
    };
    REJECT(rows, true);
}

static void keys_have_1_to_255_bytes(void **state)
{
    char payload[300], expected[300];
    snprintf(payload, sizeof payload, "{%0255d:1}", 0);
    snprintf(expected, sizeof expected, "%0255d@1000=l1", 0);
    const struct accepted good[] = {{slice_str(payload), expected}};
    ACCEPT(good, true);

    char too_long[300];
    snprintf(too_long, sizeof too_long, "{a:1,%0256d:1}", 0);
    const struct rejected bad[] = {
        {slice_str(too_long), ERR_INVALID, 5,
         "byte 5: '000000000000000000000000000000000000000000000000'... is a key of more than 255 bytes",
         "000000000000000000000000000000000000000000000000"},
        {SLICE("{'':1}"), ERR_INVALID, 1, "byte 1: '' is an empty key; expected 1 to 255 bytes", ""},
        {SLICE("{a:1,'b\\u0000':1}"), ERR_INVALID, 5, "byte 5: '' is a key with a NUL character", ""},
    };
    REJECT(bad, true);
}

/* A key cut for a message must not end in half a character, or the answer could not be sent. */
static void keys_in_messages_stay_utf8(void **state)
{
    AUTO_BUF payload = {0};
    buf_append_str(&payload, "{a");
    for (int i = 0; i < 200; i++)
        buf_append_str(&payload, "\xc3\xa4");
    buf_append_str(&payload, ":1}");
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    struct batch batch = {0};
    struct problem problem = {0};
    assert_int_equal(telemetry_parse(buf_slice(&payload), &options, &batch, &problem), ERR_INVALID);
    assert_int_equal(strlen(problem.field), 47);
    assert_non_null(strstr(problem.text, "\xc3\xa4'... is a key of more"));
    body_scratch_fini(&scratch);
    batch_fini(&batch);
}

static void keys_are_counted_over_the_message(void **state)
{
    static const struct accepted good[] = {
        {SLICE("[{a:1,a:2,a:3,a:4,a:5},{ts:6,x:0,values:{a:6,a:7,a:8,a:9,a:null}}]"),
         "a@1000=l1 a@1000=l2 a@1000=l3 a@1000=l4 a@1000=l5 a@6=l6 a@6=l7 a@6=l8 a@6=l9"},
    };
    static const struct rejected bad[] = {
        {SLICE("{a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8,a:9,a:null,k:0}"), ERR_LIMIT, 44,
         "byte 44: 'k' is one key more than a message may have", "k"},
    };
    ACCEPT(good, true);
    REJECT(bad, true);
}

static void a_full_batch_says_whether_an_empty_one_would_do(void **state)
{
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    struct batch batch = {.bytes.limit = 100};
    struct problem problem = {0};
    struct slice payload = SLICE("{first:1,values:{a:1},second:'0123456789012345678901234567890123456789'}");
    assert_int_equal(telemetry_parse(payload, &options, &batch, &problem), ERR_LIMIT);
    assert_string_equal(problem.text, "message does not fit a batch");
    assert_true(batch_is_empty(&batch));
    assert_int_equal(telemetry_parse(SLICE("{a:1}"), &options, &batch, &problem), ERR_OK);
    assert_int_equal(telemetry_parse(payload, &options, &batch, &problem), ERR_AGAIN);
    assert_int_equal(batch.points, 1);
    assert_true(buf_is_ok(&batch.bytes));
    body_scratch_fini(&scratch);
    batch_fini(&batch);
}

/* ---- memory ----------------------------------------------------------------------------------------------
 */

/* After the first message nothing is allocated any more: the buffers are where they were. */
static void memory_is_reused(void **state)
{
    struct slice payload = SLICE("[{values:{'\\u0061':'\\u0062',c:[1,{d:1e30}],e:1e30},ts:5},{f:'\\n'}]");
    struct body_scratch scratch = {0};
    struct body_options options = body_test_options(&scratch);
    struct batch batch = {0};
    const uint8_t *memory[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 50; i++) {
        batch_clear(&batch);
        assert_int_equal(telemetry_parse(payload, &options, &batch, NULL), ERR_OK);
        const uint8_t *now[3] = {scratch.text.data, scratch.value.data, batch.bytes.data};
        if (i > 0)
            assert_memory_equal(now, memory, sizeof now);
        memcpy(memory, now, sizeof now);
    }
    body_scratch_fini(&scratch);
    batch_fini(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_are_read),
        cmocka_unit_test(numbers_of_a_schema_keep_their_kind),
        cmocka_unit_test(ts_or_values_alone_are_ordinary_keys),
        cmocka_unit_test(other_members_beside_ts_and_values_are_ignored),
        cmocka_unit_test(of_the_same_name_the_last_wins),
        cmocka_unit_test(ts_is_a_number_or_its_digits),
        cmocka_unit_test(numbers_become_long_double_or_string),
        cmocka_unit_test(strings_become_numbers_with_type_cast),
        cmocka_unit_test(without_type_cast_what_does_not_fit_is_refused),
        cmocka_unit_test(nested_values_are_kept_as_json),
        cmocka_unit_test(expansion_is_bounded),
        cmocka_unit_test(a_double_beyond_range_is_text),
        cmocka_unit_test(what_is_no_telemetry_is_refused),
        cmocka_unit_test(keys_have_1_to_255_bytes),
        cmocka_unit_test(keys_in_messages_stay_utf8),
        cmocka_unit_test(keys_are_counted_over_the_message),
        cmocka_unit_test(a_full_batch_says_whether_an_empty_one_would_do),
        cmocka_unit_test(memory_is_reused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
