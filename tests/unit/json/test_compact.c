#include "json/compact.h"

#include "unit.h"

/* What lenient text comes down to. Read as one value, to its end. */
static err_t compact(const char *text, struct buf *out, struct problem *problem)
{
    AUTO_BUF scratch = {0};
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, slice_str(text), JSON_LENIENT, 64, &scratch, problem);
    TRY(json_next(&r, &token));
    TRY(json_compact(&r, &token, out));
    TRY(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_END);
    return ERR_OK;
}

static void everything_lenient_becomes_strict(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"{ }", "{}"},
        {" [ ] ", "[]"},
        {"{temperature:25}", "{\"temperature\":25}"},
        {"{'a' = \"x\"; b => 'y\"z'}", "{\"a\":\"x\",\"b\":\"y\\\"z\"}"},
        {"[1,,2]", "[1,null,2]"},
        {"[1,]", "[1,null]"},
        {"[,]", "[null,null]"},
        {"[;]", "[null,null]"},
        {"[[],{},[[]]]", "[[],{},[[]]]"},
        {"{a:{b:[1,{c:NULL}]},d:True}", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":true}"},
        {"{a:1,a:2}", "{\"a\":1,\"a\":2}"},
        {"[1E5,-0,0.50,NaN,007,+1]", "[1E5,-0,0.50,\"NaN\",\"007\",\"+1\"]"},
        {"/* a */ [ 1 // one\n , # two\n 2 ]", "[1,2]"},
        {"['\\u00e4\\ud83d\\ude00\\n\\u0000\\/']", "[\"\xc3\xa4\xf0\x9f\x98\x80\\n\\u0000/\"]"},
        {"['a\nb\tc\x01']", "[\"a\\nb\\tc\\u0001\"]"},
        {"\"just text\"", "\"just text\""},
        {"12.50", "12.50"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF out = {0};
        struct problem problem = {0};
        if (compact(rows[i].in, &out, &problem) != ERR_OK)
            fail_msg("%s: %s", rows[i].in, problem.text);
        assert_string_equal(buf_cstr(&out), rows[i].out);
    }
}

static void errors_inside_are_told(void **state)
{
    AUTO_BUF out = {0};
    struct problem problem = {0};
    assert_int_equal(compact("{a:[1,{b 2}]}", &out, &problem), ERR_INVALID);
    assert_int_equal(problem.at, 9);
}

static void a_full_buffer_is_told(void **state)
{
    AUTO_BUF out = {.limit = 5};
    struct problem problem = {0};
    assert_int_equal(compact("[1,2,3,4]", &out, &problem), ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_lenient_becomes_strict),
        cmocka_unit_test(errors_inside_are_told),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
