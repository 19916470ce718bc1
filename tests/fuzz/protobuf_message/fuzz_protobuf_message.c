/*
 * Any bytes as a device's message. What is read becomes JSON; the message made of that JSON must read back as the same
 * JSON. (Without maps: they have no order.)
 */
#include "protobuf/schema.h"
#include "json/reader.h"

static const char schema_text[] = "syntax = \"proto3\"; package fuzz;\n"
                                  "enum Mode { OFF = 0; ON = 1; }\n"
                                  "message Telemetry {\n"
                                  "  int64 ts = 1;\n"
                                  "  Values values = 2;\n"
                                  "  message Values {\n"
                                  "    optional int32 i32 = 1; uint32 u32 = 2; sint32 s32 = 3; optional "
                                  "int64 i64 = 4; uint64 u64 = 5; sint64 s64 = 6;\n"
                                  "    fixed32 f32 = 7; fixed64 f64 = 8; sfixed32 sf32 = 9; sfixed64 sf64 = "
                                  "10; float real = 11; double exact = 12;\n"
                                  "    bool yes = 13; optional string text = 14; bytes raw = 15; Mode mode = "
                                  "16; repeated int64 list = 17;\n"
                                  "    repeated string words = 18; oneof either { string left = 19; Values "
                                  "right = 20; } repeated Values more = 21;\n"
                                  "    repeated float reals = 22; repeated Mode modes = 23; repeated bytes "
                                  "raws = 24; string snake_case = 25;\n"
                                  "  }\n"
                                  "}\n";

static void check_json(struct slice text)
{
    AUTO_BUF scratch = {0};
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, text, JSON_MODE_STRICT, JSON_DEPTH_MAX, &scratch, NULL);
    do
        CHECK(json_next(&reader, &token) == ERR_OK);
    while (token.kind != JSON_TOKEN_END);
}

static void check_round_trip(const struct schema *schema, struct slice json)
{
    AUTO_BUF payload = {0};
    AUTO_BUF again = {0};
    CHECK(schema_encode(schema, json, &payload, NULL) == ERR_OK);
    CHECK(schema_decode(schema, buf_slice(&payload), &again, NULL) == ERR_OK);
    CHECK(slice_eq(json, buf_slice(&again)));
}

static struct schema *schema; /* compiled once */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    CHECK(schema_compile(slice_str(schema_text), "schema", &schema, NULL) == ERR_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF json = {.limit = 1 << 20};
    struct problem problem = {0};
    err_t err = schema_decode(schema, slice_of(data, size), &json, &problem);
    CHECK(err == ERR_OK || err == ERR_INVALID || err == ERR_LIMIT);
    if (err != ERR_OK) {
        CHECK(problem.text[0] != '\0');
        return 0;
    }
    check_json(buf_slice(&json));
    check_round_trip(schema, buf_slice(&json));
    return 0;
}
