#include "protobuf/schema.h"

#include "unit.h"

#include <pthread.h>

#define PROTO       "syntax = \"proto3\";\n"
#define BYTES(text) SLICE(text)

static const char all_types[] =
    PROTO "package test.deep;\n"
          "enum Mode { OFF = 0; ON = 1; }\n"
          "message Inner { int32 n = 1; repeated Inner more = 2; }\n"
          "message All {\n"
          "  int32 i32 = 1; int64 i64 = 2; uint32 u32 = 3; uint64 u64 = 4; sint32 s32 = 5; sint64 s64 = 6;\n"
          "  fixed32 f32 = 7; fixed64 f64 = 8; sfixed32 sf32 = 9; sfixed64 sf64 = 10;\n"
          "  float real = 11; double exact = 12; bool yes = 13; string text = 14; bytes raw = 15;\n"
          "  Mode mode = 16; Inner inner = 17; repeated int64 list = 18; map<string, int64> named = 19;\n"
          "  optional int32 maybe = 20; oneof either { string left = 21; int32 right = 22; }\n"
          "  string snake_case = 23; map<int32, Inner> numbered = 24; repeated string words = 25;\n"
          "}\n";

static struct schema *compiled(const char *text)
{
    struct schema *schema = NULL;
    struct problem problem = {0};
    if (schema_compile(slice_str(text), "schema", &schema, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return schema;
}

static void check_refused(const char *text, err_t err, const char *sentence)
{
    struct schema *schema = NULL;
    struct problem problem = {0};
    assert_int_equal(schema_compile(slice_str(text), "schema", &schema, &problem), err);
    assert_null(schema);
    assert_string_equal(problem.text, sentence);
    assert_string_equal(problem.field, "schema");
}

static void check_decoded(const struct schema *schema, struct slice payload, const char *json)
{
    AUTO_BUF out = {0};
    struct problem problem = {0};
    if (schema_decode(schema, payload, &out, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    assert_string_equal(buf_cstr(&out), json);
}

static void check_not_decoded(const struct schema *schema, struct slice payload, err_t err,
                              const char *sentence)
{
    AUTO_BUF out = {0};
    struct problem problem = {0};
    assert_int_equal(schema_decode(schema, payload, &out, &problem), err);
    assert_string_equal(problem.text, sentence);
}

/* JSON -> bytes -> JSON. */
static void check_round_trip(const struct schema *schema, const char *json, const char *expected)
{
    AUTO_BUF payload = {0};
    struct problem problem = {0};
    if (schema_encode(schema, slice_str(json), &payload, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    check_decoded(schema, buf_slice(&payload), expected);
}

/* ---- compile ------------------------------------------------------------------------------------------- */

static void the_last_message_at_the_top_is_meant(void **state)
{
    struct schema *schema =
        compiled(PROTO "message A { int32 a = 1; }\nmessage B { message C { int32 c = 1; } C in = 1; }\n"
                       "enum E { ZERO = 0; }");
    assert_string_equal(schema_message_name(schema), "B");
    schema_free(schema);
    schema = compiled(PROTO "package p.q; message A {} message B {} ");
    assert_string_equal(schema_message_name(schema), "p.q.B");
    check_decoded(schema, BYTES(""), "{}");
    schema_free(schema);
    schema_free(NULL);
}

static void a_wrong_schema_is_refused_with_its_place(void **state)
{
    check_refused(PROTO "message A {\n  int32 a = 1\n}\n", ERR_INVALID,
                  "schema: line 4, column 1: expected \";\"");
    check_refused(PROTO "message A {\n  strin a = 1;\n}\n", ERR_INVALID,
                  "schema: line 3, column 3: \"strin\" is not defined");
    check_refused(PROTO "message A {\n  int32 a = 1;\n  int32 b = 1;\n}\n", ERR_INVALID,
                  "schema: line 4, column 13: field number 1 has already been used in \"A\" by field \"a\"");
    check_refused(PROTO "message A { int32 a = 0; }", ERR_INVALID,
                  "schema: line 2, column 23: \"A.a\": field numbers must be positive integers");
    check_refused(PROTO "message A { required int32 a = 1; }", ERR_INVALID,
                  "schema: line 2, column 22: \"A.a\": required fields are not allowed in proto3");
    check_refused(PROTO "message A {} message A {}", ERR_INVALID,
                  "schema: line 2, column 22: \"A\" is already defined");
    check_refused(PROTO "message A { string s = 1; } $", ERR_INVALID,
                  "schema: line 2, column 29: expected top-level statement (e.g. \"message\")");
    check_refused(PROTO "message A { string s = 1 [default = \"x", ERR_INVALID,
                  "schema: line 2, column 39: unexpected end of string");
}

static void only_proto3_without_imports(void **state)
{
    static const char begin[] =
        "schema: line 1, column 1: expected the schema to begin with: syntax = \"proto3\";";
    check_refused("", ERR_INVALID, begin);
    check_refused("message A { int32 a = 1; }", ERR_INVALID, begin);
    check_refused("syntax = \"proto2\"; message A { optional int32 a = 1; }", ERR_INVALID, begin);
    check_refused("syntax = \"proto4\"; message A {}", ERR_INVALID, begin);
    check_refused("{\"json\":1}", ERR_INVALID, begin);
    check_refused(PROTO "import \"google/protobuf/timestamp.proto\";\nmessage A {}", ERR_INVALID,
                  "schema: line 2, column 1: imports are not available here");
    check_refused(PROTO "package google.protobuf; message Any {}", ERR_INVALID,
                  "schema: the package google.protobuf is Protobuf's own; choose another name");
    check_refused(PROTO, ERR_INVALID, "schema: the schema has no message");
    check_refused(PROTO "enum E { ZERO = 0; }", ERR_INVALID, "schema: the schema has no message");
}

static void schemas_are_bounded(void **state)
{
    AUTO_BUF text = {0};
    buf_append_str(&text, PROTO);
    for (int i = 0; i < SCHEMA_MESSAGES_MAX; i++) /* each within reach of the next, as deep as it may be */
        buf_printf(&text, "message M%d { M%d m = 1; }\n", i, i > 0 ? i - 1 : 0);
    schema_free(compiled(buf_cstr(&text)));
    buf_append_str(&text, "message One {}");
    check_refused(buf_cstr(&text), ERR_LIMIT,
                  "schema: the schema has 257 messages with 256 fields; at most 256 and 2048");

    buf_clear(&text);
    buf_append_str(&text, PROTO "message M {\n");
    for (int i = 1; i <= SCHEMA_FIELDS_MAX + 1; i++)
        buf_printf(&text, "int32 f%d = %d;\n", i, i);
    buf_append_str(&text, "}");
    check_refused(buf_cstr(&text), ERR_LIMIT,
                  "schema: the schema has 1 messages with 2049 fields; at most 256 and 2048");

    buf_clear(&text);
    for (int i = 0; i <= SCHEMA_TEXT_MAX; i++)
        buf_append_u8(&text, ' ');
    check_refused(buf_cstr(&text), ERR_LIMIT, "schema: the schema has 65537 bytes; at most 65536");
}

static void nesting_of_a_schema_is_bounded(void **state)
{
    static const char *const opening[] = {"message A {",
                                          "message A { oneof o {",
                                          "option (x) = {",
                                          "{",
                                          "message A { group G = 1 {",
                                          "enum A {",
                                          "service A { rpc B (C) returns (D) {"};
    for (size_t i = 0; i < sizeof opening / sizeof opening[0]; i++) {
        AUTO_BUF text = {0};
        struct schema *schema = NULL;
        buf_append_str(&text, PROTO);
        while (text.len < SCHEMA_TEXT_MAX - 64)
            buf_append_str(&text, opening[i]);
        assert_int_equal(schema_compile(buf_slice(&text), "schema", &schema, NULL), ERR_INVALID);
    }
}

/* ---- decode -------------------------------------------------------------------------------------------- */

static void defaults_are_written_absent_ones_are_not(void **state)
{
    struct schema *schema = compiled(all_types);
    check_decoded(
        schema, BYTES(""),
        "{\"i32\":0,\"i64\":0,\"u32\":0,\"u64\":0,\"s32\":0,\"s64\":0,\"f32\":0,\"f64\":0,\"sf32\":0,"
        "\"sf64\":0,"
        "\"real\":0.0,\"exact\":0.0,\"yes\":false,\"text\":\"\",\"raw\":\"\",\"mode\":\"OFF\",\"list\":[],"
        "\"named\":{},\"snakeCase\":\"\",\"numbered\":{},\"words\":[]}");
    schema_free(schema);
    schema =
        compiled(PROTO "message A { optional int32 a = 1; A b = 2; oneof o { string c = 3; bool d = 4; } }");
    check_decoded(schema, BYTES(""), "{}");
    check_decoded(schema, BYTES("\x08\x00\x12\x00\x20\x00"), "{\"a\":0,\"b\":{},\"d\":false}");
    schema_free(schema);
}

static void every_type_has_its_json(void **state)
{
    struct schema *schema = compiled(all_types);
    static const char json[] =
        "{\"i32\":-2147483648,\"i64\":-9223372036854775808,\"u32\":4294967295,\"u64\":18446744073709551615,"
        "\"s32\":-1,\"s64\":9007199254740993,\"f32\":1,\"f64\":9223372036854775808,\"sf32\":-5,\"sf64\":-6,"
        "\"real\":1.1,\"exact\":0.30000000000000004,\"yes\":true,\"text\":\"a\\\"\\u0001\",\"raw\":\"AP8=\","
        "\"mode\":\"ON\","
        "\"inner\":{\"n\":1,\"more\":[{\"n\":2,\"more\":[]}]},\"list\":[1,-2],\"named\":{\"a\":7},\"maybe\":"
        "3,\"right\":0,"
        "\"snakeCase\":\"x\",\"numbered\":{\"-4\":{\"n\":5,\"more\":[]}},\"words\":[\"\",\"b\"]}";
    check_round_trip(schema, json, json);
    schema_free(schema);
}

static void numbers_keep_their_kind(void **state)
{
    struct schema *schema = compiled(PROTO "message A { double d = 1; float f = 2; }");
    check_round_trip(schema, "{\"d\":25,\"f\":25}", "{\"d\":25.0,\"f\":25.0}");
    check_round_trip(schema, "{\"d\":1e7,\"f\":0.1}", "{\"d\":1.0E7,\"f\":0.1}");
    check_round_trip(schema, "{\"d\":1e-300,\"f\":3.4028235e38}", "{\"d\":1.0E-300,\"f\":3.4028235E38}");
    check_round_trip(schema, "{\"d\":\"NaN\",\"f\":\"-Infinity\"}", "{\"d\":\"NaN\",\"f\":\"-Infinity\"}");
    check_round_trip(schema, "{\"d\":\"Infinity\",\"f\":\"NaN\"}", "{\"d\":\"Infinity\",\"f\":\"NaN\"}");
    schema_free(schema);
}

static void what_the_schema_does_not_know_is_passed_over(void **state)
{
    struct schema *schema = compiled(PROTO "enum E { Z = 0; } message A { optional int32 a = 1; E e = 2; }");
    check_decoded(schema, BYTES("\x08\x05\x10\x63\x1a\x01x\x98\x06\x01"), "{\"a\":5,\"e\":99}");
    check_round_trip(schema, "{\"a\":5,\"b\":{\"c\":[1,2]},\"e\":\"Z\"}", "{\"a\":5,\"e\":\"Z\"}");
    schema_free(schema);
}

static void bytes_that_are_no_message_are_refused(void **state)
{
    static const char sentence[] = "payload is no Protobuf message p.A, the schema of the device's profile";
    struct schema *schema = compiled(PROTO "package p; message A { int32 n = 1; string s = 2; A a = 3; }");
    check_not_decoded(schema, SLICE("{\"n\":1}"), ERR_INVALID, sentence);
    check_not_decoded(schema, SLICE("invalid proto payload str"), ERR_INVALID, sentence);
    check_not_decoded(schema, BYTES("\x08"), ERR_INVALID, sentence); /* cut off */
    check_not_decoded(schema,
                      BYTES("\x12\x05"
                            "ab"),
                      ERR_INVALID, sentence);                                /* likewise */
    check_not_decoded(schema, BYTES("\x00\x01"), ERR_INVALID, sentence);     /* field 0 */
    check_not_decoded(schema, BYTES("\x12\x01\xff"), ERR_INVALID, sentence); /* not UTF-8 */
    check_not_decoded(schema, BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), ERR_INVALID,
                      sentence);
    schema_free(schema);
}

/* @p levels messages, each in the one before. */
static void nest(struct buf *out, int levels)
{
    AUTO_BUF inner = {0};
    for (int i = 1; i < levels; i++) {
        AUTO_BUF next = {0};
        buf_append_u8(&next, 0x0a);
        if (inner.len >= 128)
            buf_append_u8(&next, (uint8_t)(inner.len | 0x80));
        buf_append_u8(&next, (uint8_t)(inner.len >= 128 ? inner.len >> 7 : inner.len));
        buf_append_slice(&next, buf_slice(&inner));
        buf_clear(&inner);
        buf_append_slice(&inner, buf_slice(&next));
    }
    buf_append_slice(out, buf_slice(&inner));
}

static void depth_of_a_payload_is_bounded(void **state)
{
    struct schema *schema = compiled(PROTO "message A { repeated A a = 1; }");
    struct problem problem = {0};
    AUTO_BUF payload = {0};
    AUTO_BUF json = {0};
    nest(&payload, SCHEMA_DEPTH_MAX + 1);
    assert_int_equal(schema_decode(schema, buf_slice(&payload), &json, &problem), ERR_OK);
    buf_clear(&payload);
    nest(&payload, SCHEMA_DEPTH_MAX + 2);
    assert_int_equal(schema_decode(schema, buf_slice(&payload), &json, &problem), ERR_INVALID);
    schema_free(schema);
}

static void memory_of_a_payload_is_bounded(void **state)
{
    enum { PAYLOAD = 64 * 1024 };
    AUTO_BUF text = {0};
    AUTO_BUF payload = {0};
    AUTO_BUF json = {.limit = 100000};
    struct problem problem = {0};
    buf_append_str(&text, PROTO "message Wide {\n");
    for (int i = 1; i <= 500; i++)
        buf_printf(&text, "int64 f%d = %d;\n", i, i);
    buf_append_str(&text, "}\nmessage Many { repeated Wide wide = 1; }");
    struct schema *schema = compiled(buf_cstr(&text));
    for (int i = 0; i < PAYLOAD / 2; i++)
        buf_append_u16(&payload, 0x0a00);
    assert_int_equal(schema_decode(schema, buf_slice(&payload), &json, &problem), ERR_LIMIT);
    assert_non_null(strstr(problem.text, "a payload of 65536 bytes could take 1"));
    /* fewer are read, and stopped by the room there is for their JSON */
    assert_int_equal(schema_decode(schema, slice_of(payload.data, 4096), &json, &problem), ERR_LIMIT);
    assert_string_equal(problem.text, "payload becomes too large as JSON");
    schema_free(schema);

    /* a wide message that can be there once is no danger */
    buf_append_str(&text, " message One { Wide wide = 1; optional string s = 2; }");
    schema = compiled(buf_cstr(&text));
    buf_clear(&payload);
    buf_append(&payload, "\x12\x80\x80\x03", 4);
    for (int i = 0; i < 3 * 16384; i++)
        buf_append_u8(&payload, 'x');
    buf_clear(&json);
    assert_int_equal(schema_decode(schema, buf_slice(&payload), &json, &problem), ERR_OK);
    schema_free(schema);
}

/* ---- encode -------------------------------------------------------------------------------------------- */

static void json_becomes_bytes(void **state)
{
    struct schema *schema =
        compiled(PROTO "message A { string method = 1; int32 requestId = 2; P params = 3;\n"
                       "message P { string pin = 1; int64 long_value = 2; } }");
    AUTO_BUF out = {0};
    struct problem problem = {0};
    struct slice json =
        SLICE("{\"method\":\"m\",\"requestId\":5,\"params\":{\"pin\":\"23\",\"longValue\":\"300\"}}");
    assert_int_equal(schema_encode(schema, json, &out, &problem), ERR_OK);
    assert_true(slice_eq(buf_slice(&out), BYTES("\x0a\x01m\x10\x05\x1a\x07\x0a\x02"
                                                "23\x10\xac\x02")));
    assert_true(schema_has_text_field(schema, "method"));
    assert_false(schema_has_text_field(schema, "params"));
    assert_false(schema_has_text_field(schema, "requestId"));
    assert_false(schema_has_text_field(schema, "none"));
    schema_free(schema);
}

static void json_that_does_not_fit_is_refused(void **state)
{
    static const char *const rows[][2] = {
        {"{\"n\":\"x\"}", "n"}, {"{\"n\":{}}", "n"}, {"{\"s\":5}", "s"}, {"{\"a\":{\"n\":1.5}}", "a.n"},
        {"{\"n\":", ""},        {"[1]", ""},         {"", ""},
    };
    struct schema *schema = compiled(PROTO "message A { int32 n = 1; string s = 2; A a = 3; }");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_BUF out = {0};
        struct problem problem = {0};
        buf_append_u8(&out, 'x');
        assert_int_equal(schema_encode(schema, slice_str(rows[i][0]), &out, &problem), ERR_INVALID);
        assert_non_null(strstr(problem.text, rows[i][1]));
        assert_non_null(strstr(problem.text, "cannot be told as a Protobuf message A: "));
        assert_int_equal(out.len, 1);
    }
    AUTO_BUF small = {.limit = 3};
    assert_int_equal(schema_encode(schema, SLICE("{\"s\":\"abcdef\"}"), &small, NULL), ERR_LIMIT);
    schema_free(schema);
}

/* ---- threads ------------------------------------------------------------------------------------------- */

static void *use_schema(void *schema)
{
    static const char json[] = "{\"inner\":{\"n\":1,\"more\":[]},\"named\":{\"a\":7},\"text\":\"x\"}";
    for (int i = 0; i < 300; i++) {
        AUTO_BUF payload = {0};
        AUTO_BUF out = {0};
        if (schema_encode(schema, slice_str(json), &payload, NULL) != ERR_OK ||
            schema_decode(schema, buf_slice(&payload), &out, NULL) != ERR_OK ||
            strstr(buf_cstr(&out), "\"named\":{\"a\":7}") == NULL)
            return schema;
    }
    return NULL;
}

static void *compile_schemas(void *arg)
{
    for (int i = 0; i < 20; i++) {
        struct schema *schema = NULL;
        if (schema_compile(slice_str(all_types), "schema", &schema, NULL) != ERR_OK)
            return arg;
        schema_free(schema);
    }
    return NULL;
}

static void one_schema_serves_all_threads(void **state)
{
    enum { THREADS = 4 };
    struct schema *schema = compiled(all_types);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i == 0 ? compile_schemas : use_schema,
                                        i == 0 ? threads : (void *)schema),
                         0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_message_at_the_top_is_meant),
        cmocka_unit_test(a_wrong_schema_is_refused_with_its_place),
        cmocka_unit_test(only_proto3_without_imports),
        cmocka_unit_test(schemas_are_bounded),
        cmocka_unit_test(nesting_of_a_schema_is_bounded),
        cmocka_unit_test(defaults_are_written_absent_ones_are_not),
        cmocka_unit_test(every_type_has_its_json),
        cmocka_unit_test(numbers_keep_their_kind),
        cmocka_unit_test(what_the_schema_does_not_know_is_passed_over),
        cmocka_unit_test(bytes_that_are_no_message_are_refused),
        cmocka_unit_test(depth_of_a_payload_is_bounded),
        cmocka_unit_test(memory_of_a_payload_is_bounded),
        cmocka_unit_test(json_becomes_bytes),
        cmocka_unit_test(json_that_does_not_fit_is_refused),
        cmocka_unit_test(one_schema_serves_all_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
