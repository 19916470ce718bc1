#include "json/reader.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEPTH = 64 };

/* Tokens in short form, separated by blanks: { } [ ] name: 'string' number t f n, and . for the end. */
static void append_token(struct buf *out, const struct json_token *token)
{
    static const char *const marks[] = {
        [JSON_TOKEN_END] = ".",    [JSON_TOKEN_OBJECT] = "{ ",    [JSON_TOKEN_OBJECT_END] = "} ",
        [JSON_TOKEN_ARRAY] = "[ ", [JSON_TOKEN_ARRAY_END] = "] ", [JSON_TOKEN_TRUE] = "t ",
        [JSON_TOKEN_FALSE] = "f ", [JSON_TOKEN_NULL] = "n ",
    };
    switch (token->kind) {
    case JSON_TOKEN_NAME: buf_printf(out, "%.*s: ", SLICE_ARG(token->text)); break;
    case JSON_TOKEN_STRING: buf_printf(out, "'%.*s' ", SLICE_ARG(token->text)); break;
    case JSON_TOKEN_NUMBER: buf_printf(out, "%.*s ", SLICE_ARG(token->text)); break;
    default: buf_append_str(out, marks[token->kind]);
    }
}

/* On a copy of exactly that size, for the sanitizers to see a byte read beyond. */
static err_t read_all(struct slice text, enum json_mode mode, struct buf *out, struct problem *problem)
{
    uint8_t *copy = malloc(text.len + 1);
    uint8_t *exact = text.len == 0 ? NULL : realloc(copy, text.len);
    AUTO_BUF scratch = {0};
    struct json_reader r;
    struct json_token token = {.kind = JSON_TOKEN_NULL};
    err_t err = ERR_OK;
    if (exact != NULL)
        memcpy(exact, text.data, text.len);
    json_reader_init(&r, slice_of(exact, text.len), mode, DEPTH, &scratch, problem);
    while (token.kind != JSON_TOKEN_END && (err = json_next(&r, &token)) == ERR_OK)
        append_token(out, &token);
    free(exact == NULL ? copy : exact);
    return err;
}

struct accepted {
    struct slice in;
    const char *tokens;
};

static void check_accepted(const struct accepted *rows, size_t n, enum json_mode mode)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_BUF out = {0};
        struct problem problem = {0};
        if (read_all(rows[i].in, mode, &out, &problem) != ERR_OK)
            fail_msg("%.*s: %s", SLICE_ARG(rows[i].in), problem.text);
        assert_string_equal(buf_cstr(&out), rows[i].tokens);
    }
}

struct rejected {
    struct slice in;
    size_t at;
    const char *expected; /* behind "byte N: expected " */
};

static void check_rejected(const struct rejected *rows, size_t n, enum json_mode mode)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_BUF out = {0};
        struct problem problem = {0};
        char text[160];
        if (read_all(rows[i].in, mode, &out, &problem) != ERR_INVALID)
            fail_msg("not refused: %.*s", SLICE_ARG(rows[i].in));
        snprintf(text, sizeof text, "payload is not JSON: byte %zu, expected %s", rows[i].at,
                 rows[i].expected);
        assert_string_equal(problem.text, text);
        assert_int_equal(problem.at, rows[i].at);
    }
}

/* ---- strict JSON, in both modes -------------------------------------------------------------------------
 */

static const struct accepted json[] = {
    {SLICE("{}"), "{ } ."},
    {SLICE("[]"), "[ ] ."},
    {SLICE(" \t\r\n{ \"a\" : 1 , \"b\" : [ ] } \n"), "{ a: 1 b: [ ] } ."},
    {SLICE("[true,false,null]"), "[ t f n ] ."},
    {SLICE("[[[]],[{}]]"), "[ [ [ ] ] [ { } ] ] ."},
    {SLICE("[0,-0,1,-1,10,0.5,-0.5,1e5,1E5,1e+5,1e-5,1.25e10]"),
     "[ 0 -0 1 -1 10 0.5 -0.5 1e5 1E5 1e+5 1e-5 1.25e10 ] ."},
    {SLICE("12"), "12 ."},
    {SLICE("\"\""), "'' ."},
    {SLICE("\"a'b\""), "'a'b' ."},
    {SLICE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "'\"\\/\b\f\n\r\t' ."},
    {SLICE("\"\\u0041\\u00e4\\u20AC\\ud83d\\ude00\""), "'A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80' ."},
    {SLICE("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""), "'\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80' ."},
    {SLICE("{\"\\u0061\":\"\\u0062\",\"c\":\"\\u0064\"}"), "{ a: 'b' c: 'd' } ."},
    {SLICE("true"), "t ."},
};

static void strict_json_is_read_in_both_modes(void **state)
{
    check_accepted(json, sizeof json / sizeof *json, JSON_MODE_STRICT);
    check_accepted(json, sizeof json / sizeof *json, JSON_MODE_LENIENT);
}

/* ---- what only lenient mode takes -----------------------------------------------------------------------
 */

static const struct accepted lenient[] = {
    {SLICE("{temperature:25}"), "{ temperature: 25 } ."},
    {SLICE("{'a':'b'}"), "{ a: 'b' } ."},
    {SLICE("{'a\"':\"b'\"}"), "{ a\": 'b'' } ."},
    {SLICE("{it's:o'clock}"), "{ it's: 'o'clock' } ."},
    {SLICE("{a\"b:c\"d}"), "{ a\"b: 'c\"d' } ."},
    {SLICE("{a=1;b=>2,c:3}"), "{ a: 1 b: 2 c: 3 } ."},
    {SLICE("{a:TRUE,b:fAlSe,c:Null}"), "{ a: t b: f c: n } ."},
    {SLICE("{a:trues,b:nul,c:truefalse}"), "{ a: 'trues' b: 'nul' c: 'truefalse' } ."},
    {SLICE("{TRUE:1,null:2,7:3}"), "{ TRUE: 1 null: 2 7: 3 } ."},
    {SLICE("[1,,2]"), "[ 1 n 2 ] ."},
    {SLICE("[1;2]"), "[ 1 2 ] ."},
    {SLICE("[1,]"), "[ 1 n ] ."},
    {SLICE("[,1]"), "[ n 1 ] ."},
    {SLICE("[,]"), "[ n n ] ."},
    {SLICE("[;,]"), "[ n n n ] ."},
    {SLICE("[ , , ]"), "[ n n n ] ."},
    {SLICE("[007,+5,.5,5.,0x10,1e,1e+,-,--1,NaN,-Infinity,1a]"),
     "[ '007' '+5' '.5' '5.' '0x10' '1e' '1e+' '-' '--1' 'NaN' '-Infinity' '1a' ] ."},
    {SLICE("[1\"2\"]"), "[ '1\"2\"' ] ."},
    {SLICE("[25\xc2\xb0,\xc3\xa4]"), "[ '25\xc2\xb0' '\xc3\xa4' ] ."},
    {SLICE("[a.b-c_d@e!f$g%h&i(j)k*l+m?n|o~p^q`r<s>t]"), "[ 'a.b-c_d@e!f$g%h&i(j)k*l+m?n|o~p^q`r<s>t' ] ."},
    {SLICE("hello"), "'hello' ."},
    {SLICE("// c\n{ /* ** / */ a /**/ : # x\r 1 // y\r\n } # end"), "{ a: 1 } ."},
    {SLICE("{a:b/**/,c:d#x\n}"), "{ a: 'b' c: 'd' } ."},
    {SLICE("1//"), "1 ."},
    {SLICE("[1/**/]"), "[ 1 ] ."},
    {SLICE("\xef\xbb\xbf{}"), "{ } ."},
    {SLICE(")]}'\n{}"), "{ } ."},
    {SLICE(" /**/ )]}'\n /**/ {}"), "{ } ."},
    {SLICE("'a\nb\tc\x01'"), "'a\nb\tc\x01' ."},
    {SLICE("'a\\\nb\\'c'"), "'a\nb'c' ."},
    {SLICE("'\\ud800'"), "'\xef\xbf\xbd' ."},
    {SLICE("'\\udc00\\ud800x'"), "'\xef\xbf\xbd\xef\xbf\xbdx' ."},
    {SLICE("'\\ud800\\u0041'"), "'\xef\xbf\xbd"
                                "A' ."},
    {SLICE("'\\ud800\\ud83d\\ude00'"), "'\xef\xbf\xbd\xf0\x9f\x98\x80' ."},
    {SLICE("'\\ud800\\n'"), "'\xef\xbf\xbd\n' ."},
    {SLICE("{'':''}"), "{ : '' } ."},
};

static void lenient_mode_takes_what_gson_takes(void **state)
{
    check_accepted(lenient, sizeof lenient / sizeof *lenient, JSON_MODE_LENIENT);
    for (size_t i = 0; i < sizeof lenient / sizeof *lenient; i++) {
        AUTO_BUF out = {0};
        assert_int_equal(read_all(lenient[i].in, JSON_MODE_STRICT, &out, NULL), ERR_INVALID);
    }
}

/* ---- errors ----------------------------------------------------------------------------------------------
 */

static void errors_say_where_and_what(void **state)
{
    static const struct rejected rows[] = {
        {SLICE(""), 0, "a value, found the end of the text"},
        {SLICE("  "), 2, "a value, found the end of the text"},
        {SLICE("# x"), 3, "a value, found the end of the text"},
        {SLICE("{"), 1, "a name or '}', found the end of the text"},
        {SLICE("{temperature 25}"), 13, "':' after the name, found '2'"},
        {SLICE("{a"), 2, "':' after the name, found the end of the text"},
        {SLICE("{a:"), 3, "a value, found the end of the text"},
        {SLICE("{a:1"), 4, "',' or '}' after the value, found the end of the text"},
        {SLICE("{a:1,"), 5, "a name after ',', found the end of the text"},
        {SLICE("{a:1,}"), 5, "a name after ',', found '}'"},
        {SLICE("{a:1,,b:2}"), 5, "a name after ',', found ','"},
        {SLICE("{a:,b:1}"), 3, "a value, found ','"},
        {SLICE("{a:}"), 3, "a value, found '}'"},
        {SLICE("{a = > 1}"), 7, "',' or '}' after the value, found '1'"},
        {SLICE("{:1}"), 1, "a name or '}', found ':'"},
        {SLICE("{,}"), 1, "a name or '}', found ','"},
        {SLICE("{a:1]"), 4, "',' or '}' after the value, found ']'"},
        {SLICE("{a:1 b:2}"), 5, "',' or '}' after the value, found 'b'"},
        {SLICE("["), 1, "a value, found the end of the text"},
        {SLICE("[1"), 2, "',' or ']' after the element, found the end of the text"},
        {SLICE("[1 2]"), 3, "',' or ']' after the element, found '2'"},
        {SLICE("[1}"), 2, "',' or ']' after the element, found '}'"},
        {SLICE("[1,"), 3, "a value, found the end of the text"},
        {SLICE("[:]"), 1, "a value, found ':'"},
        {SLICE("[\f1]"), 1, "a value, found byte 0x0c"},
        {SLICE("]"), 0, "a value, found ']'"},
        {SLICE("{} x"), 3, "nothing after the value, found 'x'"},
        {SLICE("{}{}"), 2, "nothing after the value, found '{'"},
        {SLICE("1 /"), 2, "nothing after the value, found '/'"},
        {SLICE("/x"), 0, "a value, found '/'"},
        {SLICE("/"), 0, "a value, found '/'"},
        {SLICE(")]}'{}"), 1, "nothing after the value, found ']'"},
        {SLICE("[1 /* x"), 7, "'*/' to end the comment that starts at byte 3, found the end of the text"},
        {SLICE("/*/"), 3, "'*/' to end the comment that starts at byte 0, found the end of the text"},
        {SLICE("{a:\"x"), 5, "'\"' to end the string that starts at byte 3, found the end of the text"},
        {SLICE("['x\\'"), 5, "\"'\" to end the string that starts at byte 1, found the end of the text"},
        {SLICE("['x\\"), 4, "\"'\" to end the string that starts at byte 1, found the end of the text"},
        {SLICE("{\"a:1}"), 6, "'\"' to end the string that starts at byte 1, found the end of the text"},
        {SLICE("'\\x'"), 2, "an escape after '\\', found 'x'"},
        {SLICE("'abc\\u12'"), 8, "four hex digits after '\\u', found '''"},
        {SLICE("'\\u00g0'"), 5, "four hex digits after '\\u', found 'g'"},
        {SLICE("{a\\b:1}"), 2, "':' after the name, found '\\'"},
        {SLICE("{a:\"\xc3\"}"), 4, "UTF-8, found byte 0xc3"},
        {SLICE("{a:12345678,b:\"\xed\xa0\x80\"}"), 15, "UTF-8, found byte 0xed"},
        {SLICE("{\xff:1}"), 1, "UTF-8, found byte 0xff"},
        {SLICE("{a:\0}"), 3, "text without NUL bytes, found byte 0x00"},
        {SLICE("{a:'x\0y'}"), 5, "text without NUL bytes, found byte 0x00"},
        {SLICE("{}\0"), 2, "text without NUL bytes, found byte 0x00"},
    };
    check_rejected(rows, sizeof rows / sizeof *rows, JSON_MODE_LENIENT);
}

static void strict_errors_say_what_json_wants(void **state)
{
    static const struct rejected rows[] = {
        {SLICE("{a:1}"), 1, "a name or '}', found 'a'"},
        {SLICE("{'a':1}"), 1, "a name or '}', found '''"},
        {SLICE("['a']"), 1, "a value, found '''"},
        {SLICE("[a]"), 1, "a value, found 'a'"},
        {SLICE("[TRUE]"), 1, "a value, found 'T'"},
        {SLICE("[01]"), 1, "a value, found '0'"},
        {SLICE("[1,]"), 3, "a value, found ']'"},
        {SLICE("[1;2]"), 2, "',' or ']' after the element, found ';'"},
        {SLICE("{\"a\"=1}"), 4, "':' after the name, found '='"},
        {SLICE("[1]//"), 3, "nothing after the value, found '/'"},
        {SLICE("\"a\nb\""), 2, "control characters to be escaped, found byte 0x0a"},
        {SLICE("\"\\'\""), 2, "an escape after '\\', found '''"},
        {SLICE("\"a\\ud800\""), 2, "both halves of a surrogate pair, found '\\'"},
        {SLICE("\"\\ude00\\ud83d\""), 1, "both halves of a surrogate pair, found '\\'"},
    };
    check_rejected(rows, sizeof rows / sizeof *rows, JSON_MODE_STRICT);
}

/* ---- limits ----------------------------------------------------------------------------------------------
 */

static void depth_is_limited(void **state)
{
    char text[2 * DEPTH + 2];
    AUTO_BUF out = {0};
    struct problem problem = {0};
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    assert_int_equal(read_all(slice_of(text, 2 * DEPTH), JSON_MODE_LENIENT, &out, &problem), ERR_OK);
    memset(text, '[', DEPTH + 1);
    memset(text + DEPTH + 1, ']', DEPTH + 1);
    assert_int_equal(read_all(slice_of(text, 2 * DEPTH + 2), JSON_MODE_LENIENT, &out, &problem), ERR_LIMIT);
    assert_int_equal(problem.at, DEPTH);
    assert_string_equal(problem.text, "byte 64: nested deeper than the allowed 64");
}

/* Objects and arrays by turns, down to the deepest that can be allowed, so that each bit of the stack is
 * used. */
static void kinds_are_remembered_at_every_depth(void **state)
{
    AUTO_BUF text = {0};
    AUTO_BUF scratch = {0};
    for (int i = 0; i < JSON_DEPTH_MAX / 2; i++)
        buf_append_str(&text, "[{a:");
    buf_append_str(&text, "1");
    for (int i = 0; i < JSON_DEPTH_MAX / 2; i++)
        buf_append_str(&text, "}]");
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, buf_slice(&text), JSON_MODE_LENIENT, JSON_DEPTH_MAX, &scratch, NULL);
    assert_int_equal(json_next(&r, &token), ERR_OK);
    assert_int_equal(json_skip(&r, &token), ERR_OK);
    assert_int_equal(json_next(&r, &token), ERR_OK);
    assert_int_equal(token.kind, JSON_TOKEN_END);
    assert_int_equal(json_next(&r, &token), ERR_OK);
    assert_int_equal(token.kind, JSON_TOKEN_END);
}

static void out_of_scratch_is_told(void **state)
{
    AUTO_BUF scratch = {.limit = 2};
    struct json_reader r;
    struct json_token token = {.kind = JSON_TOKEN_NULL};
    json_reader_init(&r, SLICE("'\\n\\n\\n\\n'"), JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    assert_int_equal(json_next(&r, &token), ERR_NOMEM);
    assert_int_equal(token.kind, JSON_TOKEN_NULL);
}

/* ---- ways of reading -------------------------------------------------------------------------------------
 */

static void next(struct json_reader *r, enum json_kind kind, const char *text)
{
    struct json_token token;
    assert_int_equal(json_next(r, &token), ERR_OK);
    assert_int_equal(token.kind, kind);
    assert_true(slice_eq_str(token.text, text));
}

static void tokens_know_their_place(void **state)
{
    static const size_t expected[] = {0, 1, 6, 10, 12, 13, 14, 15};
    AUTO_BUF scratch = {0};
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, SLICE("{'a': 12 ,b:[]}"), JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(json_next(&r, &token), ERR_OK);
        assert_int_equal(token.at, expected[i]);
    }
}

static void skipping_checks_what_it_skips(void **state)
{
    AUTO_BUF scratch = {0};
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, SLICE("{a:{b:[1,{}]},c:5}"), JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    next(&r, JSON_TOKEN_OBJECT, "");
    next(&r, JSON_TOKEN_NAME, "a");
    assert_int_equal(json_next(&r, &token), ERR_OK);
    assert_int_equal(json_skip(&r, &token), ERR_OK);
    next(&r, JSON_TOKEN_NAME, "c");
    assert_int_equal(json_next(&r, &token), ERR_OK);
    assert_int_equal(json_skip(&r, &token), ERR_OK);
    next(&r, JSON_TOKEN_OBJECT_END, "");
    json_reader_init(&r, SLICE("[[1,{a}]]"), JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    assert_int_equal(json_next(&r, &token), ERR_OK);
    assert_int_equal(json_skip(&r, &token), ERR_INVALID);
}

static void a_copy_returns_to_its_place(void **state)
{
    AUTO_BUF scratch = {0};
    struct json_reader r;
    json_reader_init(&r, SLICE("{'\\u0061':['\\u0062'],c:1}"), JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    next(&r, JSON_TOKEN_OBJECT, "");
    struct json_reader place = r;
    size_t cap = 0;
    for (int i = 0; i < 3; i++) {
        r = place;
        next(&r, JSON_TOKEN_NAME, "a");
        next(&r, JSON_TOKEN_ARRAY, "");
        next(&r, JSON_TOKEN_STRING, "b");
        next(&r, JSON_TOKEN_ARRAY_END, "");
        next(&r, JSON_TOKEN_NAME, "c");
        assert_true(cap == 0 || cap == scratch.cap);
        cap = scratch.cap;
    }
}

/* Text of earlier tokens must not move when later ones are unescaped. */
static void text_stays_where_it_is(void **state)
{
    AUTO_BUF text = {0};
    AUTO_BUF scratch = {0};
    struct json_token tokens[100];
    struct json_reader r;
    buf_append_u8(&text, '[');
    for (int i = 0; i < 98; i++)
        buf_printf(&text, "'\\u00e4 number %d which is long enough to fill some memory',", i);
    buf_append_str(&text, "1]");
    json_reader_init(&r, buf_slice(&text), JSON_MODE_LENIENT, DEPTH, &scratch, NULL);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(json_next(&r, &tokens[i]), ERR_OK);
    for (int i = 0; i < 98; i++) {
        char expected[80];
        snprintf(expected, sizeof expected, "\xc3\xa4 number %d which is long enough to fill some memory", i);
        assert_true(slice_eq_str(tokens[i + 1].text, expected));
    }
}

static void scratch_memory_is_reused(void **state)
{
    AUTO_BUF scratch = {0};
    struct json_reader r;
    json_reader_init(&r, SLICE("'\\n1234567890123456789012345678901234567890'"), JSON_MODE_LENIENT, DEPTH,
                     &scratch, NULL);
    next(&r, JSON_TOKEN_STRING, "\n1234567890123456789012345678901234567890");
    const uint8_t *memory = scratch.data;
    for (int i = 0; i < 100; i++) {
        json_reader_init(&r, SLICE("'\\n1234567890123456789012345678901234567890'"), JSON_MODE_LENIENT, DEPTH,
                         &scratch, NULL);
        next(&r, JSON_TOKEN_STRING, "\n1234567890123456789012345678901234567890");
        assert_ptr_equal(scratch.data, memory);
    }
}

/* Every beginning of a text is an error or a whole value, never a crash; under ASan also no byte beyond. */
static void every_cut_is_survived(void **state)
{
    struct slice text =
        SLICE(" // c\n {a:[1,-2.5e+7,\"\\ud83d\\ude00\xe2\x82\xac\",'x'],\"b\"=>{c=tRue;d:null}/* y */}#z");
    for (size_t len = 0; len <= text.len; len++) {
        AUTO_BUF out = {0};
        struct problem problem = {0};
        err_t err = read_all(slice_of(text.data, len), JSON_MODE_LENIENT, &out, &problem);
        assert_true(err == ERR_OK || (err == ERR_INVALID && problem.at <= len && problem.text[0] != '\0'));
        assert_true((err == ERR_OK) == (len >= text.len - 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_json_is_read_in_both_modes),
        cmocka_unit_test(lenient_mode_takes_what_gson_takes),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(strict_errors_say_what_json_wants),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(kinds_are_remembered_at_every_depth),
        cmocka_unit_test(out_of_scratch_is_told),
        cmocka_unit_test(tokens_know_their_place),
        cmocka_unit_test(skipping_checks_what_it_skips),
        cmocka_unit_test(a_copy_returns_to_its_place),
        cmocka_unit_test(text_stays_where_it_is),
        cmocka_unit_test(scratch_memory_is_reused),
        cmocka_unit_test(every_cut_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
