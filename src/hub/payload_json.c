/* JSON as the platform speaks it <-> JSON that the platform's own Protobuf messages are made of. */
#include "hub/payload_messages.h"

#include "base/clock.h"
#include "json/compact.h"
#include "json/decimal.h"
#include "json/writer.h"

/* A document being rewritten. */
struct rewriting {
    struct json_reader in;
    struct json_writer out;
    struct buf scratch;
};

static void begin(struct rewriting *r, struct slice json, struct buf *out, struct problem *problem)
{
    *r = (struct rewriting){0};
    json_reader_init(&r->in, json, JSON_MODE_STRICT, JSON_DEPTH_MAX, &r->scratch, problem);
    json_writer_init(&r->out, out);
}

MUST_USE static err_t finish(struct rewriting *r, err_t err)
{
    if (err == ERR_OK && !buf_is_ok(r->out.out))
        err = fail(r->in.problem, ERR_LIMIT, "", "becomes too large as a Protobuf message");
    buf_fini(&r->scratch);
    return err;
}

MUST_USE static err_t open_object(struct rewriting *r)
{
    struct json_token token;
    TRY(json_next(&r->in, &token));
    if (token.kind != JSON_TOKEN_OBJECT)
        return fail(r->in.problem, ERR_INVALID, "", "expected an object, found %s",
                    json_kind_name(token.kind));
    return ERR_OK;
}

/* The value as it stands. */
MUST_USE static err_t copy_value(struct rewriting *r, const struct json_token *first)
{
    AUTO_BUF text = {.limit = r->out.out->limit};
    TRY(json_compact(&r->in, first, &text));
    json_write_raw(&r->out, buf_slice(&text));
    return ERR_OK;
}

/* Its JSON as text. */
MUST_USE static err_t quote_value(struct rewriting *r, const struct json_token *first)
{
    AUTO_BUF text = {.limit = r->out.out->limit};
    TRY(json_compact(&r->in, first, &text));
    json_write_string(&r->out, buf_slice(&text));
    return ERR_OK;
}

static void write_text(struct rewriting *r, struct slice name, struct slice text)
{
    json_write_name(&r->out, name);
    json_write_string(&r->out, text);
}

static void write_number(struct rewriting *r, struct slice name, int64_t number)
{
    json_write_name(&r->out, name);
    json_write_int(&r->out, number);
}

/* ---- attributes ---------------------------------------------------------------------------------------- */

static bool is_long(struct slice number)
{
    struct decimal d;
    int64_t value;
    return decimal_parse(number, &d) && !d.has_point && !d.has_exponent && decimal_to_int64(&d, &value);
}

/* Members `type` and the one with the value. */
MUST_USE static err_t write_typed(struct rewriting *r, const struct json_token *value)
{
    bool is_number = value->kind == JSON_TOKEN_NUMBER;
    if (value->kind == JSON_TOKEN_TRUE || value->kind == JSON_TOKEN_FALSE) {
        write_text(r, SLICE("type"), SLICE("BOOLEAN_V"));
        json_write_name(&r->out, SLICE("bool_v"));
    } else if (is_number && is_long(value->text)) {
        write_text(r, SLICE("type"), SLICE("LONG_V"));
        json_write_name(&r->out, SLICE("long_v"));
    } else if (is_number) {
        write_text(r, SLICE("type"), SLICE("DOUBLE_V"));
        json_write_name(&r->out, SLICE("double_v"));
    } else if (value->kind == JSON_TOKEN_STRING) {
        write_text(r, SLICE("type"), SLICE("STRING_V"));
        json_write_name(&r->out, SLICE("string_v"));
    } else {
        write_text(r, SLICE("type"), SLICE("JSON_V"));
        json_write_name(&r->out, SLICE("json_v"));
        return quote_value(r, value);
    }
    return copy_value(r, value);
}

MUST_USE static err_t write_attribute(struct rewriting *r, struct slice key, const struct json_token *value)
{
    json_write_object_begin(&r->out);
    write_number(r, SLICE("ts"), clock_wall_ms());
    json_write_name(&r->out, SLICE("kv"));
    json_write_object_begin(&r->out);
    write_text(r, SLICE("key"), key);
    TRY(write_typed(r, value));
    json_write_object_end(&r->out);
    json_write_object_end(&r->out);
    return ERR_OK;
}

/* {"k":v ...} -> [{"ts":..,"kv":..} ...]; the opening brace has been read. */
MUST_USE static err_t write_list(struct rewriting *r, struct slice name)
{
    struct json_token key, value;
    json_write_name(&r->out, name);
    json_write_array_begin(&r->out);
    for (;;) {
        TRY(json_next(&r->in, &key));
        if (key.kind == JSON_TOKEN_OBJECT_END)
            break;
        TRY(json_next(&r->in, &value));
        if (value.kind != JSON_TOKEN_NULL)
            TRY(write_attribute(r, key.text, &value));
    }
    json_write_array_end(&r->out);
    return ERR_OK;
}

/*
 * {"deleted":[..]} and nothing else: a note of deletion. (An attribute may have that name, too.) Then the reader stands
 * before the list, else where it stood.
 */
MUST_USE static err_t is_deletion(struct rewriting *r, bool *ret_is)
{
    struct json_reader start = r->in, before_list;
    struct json_token name, list, end;
    *ret_is = false;
    TRY(json_next(&r->in, &name));
    if (name.kind == JSON_TOKEN_NAME && slice_eq(name.text, SLICE("deleted"))) {
        before_list = r->in;
        TRY(json_next(&r->in, &list));
        TRY(json_skip(&r->in, &list));
        TRY(json_next(&r->in, &end));
        *ret_is = list.kind == JSON_TOKEN_ARRAY && end.kind == JSON_TOKEN_OBJECT_END;
    }
    r->in = *ret_is ? before_list : start;
    return ERR_OK;
}

MUST_USE static err_t rewrite_attributes(struct rewriting *r)
{
    struct json_token list;
    bool is_deleted;
    TRY(open_object(r));
    TRY(is_deletion(r, &is_deleted));
    json_write_object_begin(&r->out);
    if (is_deleted) {
        TRY(json_next(&r->in, &list));
        json_write_name(&r->out, SLICE("sharedDeleted"));
        TRY(copy_value(r, &list));
    } else {
        TRY(write_list(r, SLICE("sharedUpdated")));
    }
    json_write_object_end(&r->out);
    return ERR_OK;
}

err_t payload_attributes(struct slice json, struct buf *out, struct problem *problem)
{
    struct rewriting r;
    begin(&r, json, out, problem);
    return finish(&r, rewrite_attributes(&r));
}

MUST_USE static err_t rewrite_answer(struct rewriting *r, uint32_t request_id)
{
    struct json_token name;
    TRY(open_object(r));
    json_write_object_begin(&r->out);
    write_number(r, SLICE("requestId"), request_id);
    for (;;) {
        TRY(json_next(&r->in, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            break;
        bool is_client = slice_eq(name.text, SLICE("client"));
        TRY(open_object(r));
        TRY(write_list(r, is_client ? SLICE("clientAttributeList") : SLICE("sharedAttributeList")));
    }
    json_write_object_end(&r->out);
    return ERR_OK;
}

err_t payload_attributes_answer(uint32_t request_id, struct slice json, struct buf *out,
                                struct problem *problem)
{
    struct rewriting r;
    begin(&r, json, out, problem);
    return finish(&r, rewrite_answer(&r, request_id));
}

/* ---- calls --------------------------------------------------------------------------------------------- */

MUST_USE static err_t rewrite_call(struct rewriting *r, uint32_t request_id, bool is_text)
{
    struct json_token name, value;
    TRY(open_object(r));
    json_write_object_begin(&r->out);
    write_number(r, SLICE("requestId"), request_id);
    for (;;) {
        TRY(json_next(&r->in, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            break;
        TRY(json_next(&r->in, &value));
        bool is_params = slice_eq(name.text, SLICE("params"));
        if (!is_params && !slice_eq(name.text, SLICE("method"))) {
            TRY(json_skip(&r->in, &value));
            continue;
        }
        json_write_name(&r->out, name.text);
        bool is_quoted = is_params && is_text && value.kind != JSON_TOKEN_STRING;
        TRY(is_quoted ? quote_value(r, &value) : copy_value(r, &value));
    }
    json_write_object_end(&r->out);
    return ERR_OK;
}

err_t payload_rpc_request(uint32_t request_id, struct slice json, bool is_text, struct buf *out,
                          struct problem *problem)
{
    struct rewriting r;
    begin(&r, json, out, problem);
    return finish(&r, rewrite_call(&r, request_id, is_text));
}

err_t payload_rpc_answer(uint32_t request_id, struct slice json, struct buf *out)
{
    struct rewriting r;
    begin(&r, json, out, NULL);
    json_write_object_begin(&r.out);
    write_number(&r, SLICE("requestId"), request_id);
    write_text(&r, SLICE("payload"), json);
    json_write_object_end(&r.out);
    return finish(&r, ERR_OK);
}

/* As JSON if it is, else as text. */
static void write_json_or_text(struct json_writer *out, struct slice text)
{
    AUTO_BUF scratch = {0};
    AUTO_BUF json = {0};
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, text, JSON_MODE_STRICT, JSON_DEPTH_MAX / 2, &scratch, NULL);
    bool is_json = json_next(&reader, &token) == ERR_OK && json_compact(&reader, &token, &json) == ERR_OK &&
                   json_next(&reader, &token) == ERR_OK;
    if (is_json)
        json_write_raw(out, buf_slice(&json));
    else
        json_write_string(out, text);
}

MUST_USE static err_t rewrite_device_call(struct rewriting *r)
{
    struct json_token name, value;
    TRY(open_object(r));
    json_write_object_begin(&r->out);
    for (;;) {
        TRY(json_next(&r->in, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            break;
        TRY(json_next(&r->in, &value));
        json_write_name(&r->out, name.text);
        if (slice_eq(name.text, SLICE("params")))
            write_json_or_text(&r->out, value.text);
        else
            TRY(copy_value(r, &value));
    }
    json_write_object_end(&r->out);
    return ERR_OK;
}

err_t payload_device_call(struct slice json, struct buf *out, struct problem *problem)
{
    struct rewriting r;
    begin(&r, json, out, problem);
    return finish(&r, rewrite_device_call(&r));
}
