/*
 * Bodies of device messages on any bytes. The first byte chooses type cast and limits. Always checked: all or
 * nothing, and every entry obeys model/point.h. Where jansson takes the payload for an object, its reading of each
 * member must be ours.
 */
#include "base/text.h"
#include "hub/attributes_body.h"
#include "hub/telemetry.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { DEVICE = 3, NOW = 1700000000 };

static void check_value(const struct value *v)
{
    switch (v->type) {
    case VALUE_BOOLEAN:
    case VALUE_LONG: break;
    case VALUE_DOUBLE: CHECK(isfinite(v->real)); break;
    case VALUE_STRING: CHECK(text_is_utf8(v->text)); break;
    case VALUE_JSON: CHECK(v->text.len >= 2 && (v->text.data[0] == '{' || v->text.data[0] == '[')); break;
    }
}

static void check_entries(const struct batch *batch, bool is_telemetry)
{
    struct entry e;
    size_t n = 0;
    for (size_t at = 0; batch_next(batch, &at, &e); n++) {
        struct slice key = e.kind == ENTRY_POINT ? e.point.key : e.attribute.key;
        CHECK(e.kind == (is_telemetry ? ENTRY_POINT : ENTRY_ATTRIBUTE));
        CHECK(key.len >= 1 && key.len <= KEY_MAX_BYTES && text_is_utf8(key) &&
              memchr(key.data, 0, key.len) == NULL);
        CHECK((e.kind == ENTRY_POINT ? e.point.device : e.attribute.device) == DEVICE);
        CHECK(e.kind != ENTRY_POINT || e.point.ts >= 0);
        check_value(e.kind == ENTRY_POINT ? &e.point.value : &e.attribute.value);
    }
    CHECK(n == batch->points + batch->attributes);
}

/* ---- second opinion -------------------------------------------------------------------------------------- */

static double number_of(struct slice text)
{
    AUTO_BUF copy = {0};
    buf_append_slice(&copy, text);
    return strtod(buf_cstr(&copy), NULL);
}

static bool is_number_text(const struct value *v, double expected)
{
    switch (v->type) {
    case VALUE_LONG: return (double)v->number == expected;
    case VALUE_DOUBLE: return v->real == expected;
    case VALUE_STRING: return number_of(v->text) == expected;
    default: return false;
    }
}

static bool is_same_nested(struct slice text, const json_t *expected)
{
    json_t *value = json_loadb((const char *)text.data, text.len, JSON_ALLOW_NUL, NULL);
    bool is_same = value != NULL && json_equal(value, expected);
    json_decref(value);
    return is_same;
}

static bool is_same(const struct value *v, const json_t *expected, bool type_cast)
{
    struct slice text;
    switch (json_typeof(expected)) {
    case JSON_TRUE: return v->type == VALUE_BOOLEAN && v->boolean;
    case JSON_FALSE: return v->type == VALUE_BOOLEAN && !v->boolean;
    case JSON_INTEGER: return v->type == VALUE_LONG && v->number == json_integer_value(expected);
    case JSON_REAL: return is_number_text(v, json_real_value(expected));
    case JSON_STRING:
        text = slice_of(json_string_value(expected), json_string_length(expected));
        if (v->type == VALUE_STRING && slice_eq(v->text, text))
            return true;
        return type_cast && is_number_text(v, number_of(text));
    case JSON_OBJECT:
    case JSON_ARRAY: return v->type == VALUE_JSON && is_same_nested(v->text, expected);
    default: return false;
    }
}

/* The last entry of that key; false if none. */
static bool find(const struct batch *batch, const char *key, struct entry *ret_entry)
{
    struct entry e;
    bool is_found = false;
    for (size_t at = 0; batch_next(batch, &at, &e);) {
        if (!slice_eq_str(e.point.key, key))
            continue;
        *ret_entry = e;
        is_found = true;
    }
    return is_found;
}

static void compare(const struct batch *batch, json_t *expected, int64_t ts, bool type_cast)
{
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value)
    {
        struct entry e;
        if (json_is_null(value))
            continue;
        CHECK(find(batch, key, &e));
        CHECK(e.point.ts == ts && is_same(&e.point.value, value, type_cast));
    }
}

static void second_opinion(struct slice payload, const struct batch *batch, bool type_cast)
{
    json_t *body = json_loadb((const char *)payload.data, payload.len, JSON_ALLOW_NUL, NULL);
    json_t *ts = json_object_get(body, "ts"), *values = json_object_get(body, "values");
    if (json_is_object(body) && (ts == NULL || values == NULL))
        compare(batch, body, NOW, type_cast);
    else if (json_is_object(values) && json_is_integer(ts))
        compare(batch, values, json_integer_value(ts), type_cast);
    json_decref(body);
}

/* ---- the three parsers ----------------------------------------------------------------------------------- */

static void check_outcome(err_t err, const struct problem *problem, const struct batch *batch,
                          struct batch_mark before, size_t size)
{
    CHECK(buf_is_ok(&batch->bytes));
    if (err == ERR_OK)
        return;
    CHECK(err == ERR_INVALID || err == ERR_LIMIT || err == ERR_AGAIN);
    CHECK(batch->bytes.len == before.len && batch->points == before.points &&
          batch->attributes == before.attributes);
    CHECK(problem->text[0] != '\0' && problem->at <= size);
    CHECK(text_is_utf8(slice_str(problem->text)) && text_is_utf8(slice_str(problem->field)));
}

static void check_telemetry(struct slice payload, const struct body_options *options, size_t limit)
{
    struct batch batch = {.bytes.limit = limit};
    struct problem problem = {0};
    err_t err = telemetry_parse(payload, options, &batch, &problem);
    check_outcome(err, &problem, &batch, (struct batch_mark){0}, payload.len);
    check_entries(&batch, true);
    if (err == ERR_OK)
        second_opinion(payload, &batch, options->type_cast);
    struct batch_mark first = batch_mark(&batch);
    err_t again = telemetry_parse(payload, options, &batch, &problem);
    CHECK(again == err || (again == ERR_AGAIN && limit != 0));
    check_outcome(again, &problem, &batch, first, payload.len);
    batch_fini(&batch);
}

static void check_attributes(struct slice payload, const struct body_options *options)
{
    struct batch batch = {0};
    struct problem problem = {0};
    err_t err = attributes_parse(payload, SCOPE_CLIENT, options, &batch, &problem);
    check_outcome(err, &problem, &batch, (struct batch_mark){0}, payload.len);
    check_entries(&batch, false);
    batch_fini(&batch);
}

static void check_request(struct slice payload, const struct body_options *options)
{
    struct attribute_request request;
    struct problem problem = {0};
    struct slice key;
    uint32_t n = 0;
    if (attribute_request_parse(payload, options, &request, &problem) != ERR_OK) {
        CHECK(problem.text[0] != '\0');
        return;
    }
    CHECK(request.wants_client || request.wants_shared);
    while (attribute_request_key(&request.client_keys, &key) ||
           attribute_request_key(&request.shared_keys, &key)) {
        CHECK(key.len > 0 && text_is_utf8(key));
        n++;
    }
    CHECK(n <= options->max_keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct body_scratch scratch = {0};
    if (size == 0)
        return 0;
    struct body_options options = {
        .device = DEVICE,
        .now_ms = NOW,
        .type_cast = (data[0] & 1) != 0,
        .max_keys = (data[0] & 2) != 0 ? 5 : 100000,
        .max_depth = (data[0] & 4) != 0 ? 3 : JSON_DEPTH_MAX,
        .scratch = &scratch,
    };
    struct slice payload = slice_of(data + 1, size - 1);
    check_telemetry(payload, &options, (data[0] & 8) != 0 ? 100 : 0);
    check_attributes(payload, &options);
    check_request(payload, &options);
    body_scratch_fini(&scratch);
    return 0;
}
