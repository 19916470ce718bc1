#include "hub/telemetry.h"

#include "json/decimal.h"

/* One object of the message: what it said so far, to know at its end which form it had. */
struct stamped {
    struct batch_mark before; /* the object's points start here */
    uint32_t keys_before;
    struct json_reader first_place; /* behind the first name that is ts or values */
    struct slice first_name;
    struct json_token ts, values;    /* the last of each; JSON_TOKEN_END: none yet */
    struct json_reader values_place; /* behind the values' opening brace */
    bool is_read;                    /* the points in the batch are those of `values` at `ts` */
};

static struct entry point_at(const struct body *body, int64_t ts)
{
    return (struct entry){
        .kind = ENTRY_POINT,
        .point = {.device = body->device, .ts = ts, .expires_ms = body->options->expires_ms}};
}

/* ---- ts ------------------------------------------------------------------------------------------------ */

/* Digits, perhaps with a sign, as Java's Long.parseLong() takes them. */
static bool is_integer_text(struct slice *text)
{
    struct decimal d;
    if (text->len > 0 && text->data[0] == '+') {
        *text = slice_skip(*text, 1);
        if (text->len > 0 && text->data[0] == '-')
            return false;
    }
    return decimal_parse(*text, &d) && !d.has_point && !d.has_exponent;
}

MUST_USE static err_t read_ts(struct body *body, const struct json_token *token, int64_t *ret_ts)
{
    struct decimal d;
    struct slice text = token->text;
    int64_t ts = 0;
    bool is_number =
        token->kind == JSON_TOKEN_NUMBER || (token->kind == JSON_TOKEN_STRING && is_integer_text(&text));
    if (!is_number)
        return body_refuse_token(body, token, "'ts' to be milliseconds since 1970");
    CHECK(decimal_parse(text, &d));
    if (!decimal_to_int64(&d, &ts) || ts < 0)
        return body_refuse_token(body, token, "'ts' to be milliseconds since 1970, from 0 to 2^63-1");
    *ret_ts = ts;
    return ERR_OK;
}

/* ---- objects with ts or values ------------------------------------------------------------------------- */

static bool is_both(const struct stamped *s)
{
    return s->ts.kind != JSON_TOKEN_END && s->values.kind != JSON_TOKEN_END;
}

static void forget_points(struct body *body, const struct stamped *s)
{
    batch_rewind(body->batch, s->before);
    body->keys = s->keys_before;
}

/* The reader stands behind the values' opening brace. */
MUST_USE static err_t read_values(struct body *body, struct stamped *s)
{
    int64_t ts = 0;
    forget_points(body, s);
    TRY(read_ts(body, &s->ts, &ts));
    struct entry as = point_at(body, ts);
    TRY(body_read_members(body, &as));
    s->is_read = true;
    return ERR_OK;
}

/* Usually ts comes first: then values are read when met. */
MUST_USE static err_t meet_values(struct body *body, struct stamped *s)
{
    s->values_place = body->json;
    if (s->ts.kind != JSON_TOKEN_END && s->values.kind == JSON_TOKEN_OBJECT)
        return read_values(body, s);
    return json_skip(&body->json, &s->values);
}

/* Go through the object to its end, without looking into other members. */
MUST_USE static err_t meet_members(struct body *body, struct stamped *s, struct slice first_name)
{
    struct json_token name = {.kind = JSON_TOKEN_NAME, .text = first_name}, value;
    while (name.kind != JSON_TOKEN_OBJECT_END) {
        bool is_ts = slice_eq(name.text, SLICE("ts")), is_values = slice_eq(name.text, SLICE("values"));
        TRY(json_next(&body->json, &value));
        if (is_ts)
            s->ts = value;
        if (is_values)
            s->values = value;
        if (is_ts || is_values)
            s->is_read = false;
        TRY(is_values ? meet_values(body, s) : json_skip(&body->json, &value));
        TRY(json_next(&body->json, &name));
    }
    return ERR_OK;
}

/* Only one of the two was there: an ordinary key after all. */
MUST_USE static err_t read_again_as_plain(struct body *body, struct stamped *s)
{
    struct entry as = point_at(body, body->options->now_ms);
    struct json_token name = {.kind = JSON_TOKEN_NAME, .text = s->first_name};
    body->json = s->first_place;
    TRY(body_read_member(body, &name, &as));
    return body_read_members(body, &as);
}

/* `values` came before `ts`, or one of them twice. */
MUST_USE static err_t read_again_with_ts(struct body *body, struct stamped *s)
{
    if (s->values.kind != JSON_TOKEN_OBJECT)
        return body_refuse_token(body, &s->values, "'values' to be an object");
    struct json_reader behind = body->json;
    body->json = s->values_place;
    TRY(read_values(body, s));
    body->json = behind;
    return ERR_OK;
}

MUST_USE static err_t read_stamped(struct body *body, struct stamped *s)
{
    s->first_place = body->json;
    TRY(meet_members(body, s, s->first_name));
    if (!is_both(s))
        return read_again_as_plain(body, s);
    return s->is_read ? ERR_OK : read_again_with_ts(body, s);
}

/* ---- all forms ----------------------------------------------------------------------------------------- */

/* Its opening brace has been read. */
MUST_USE static err_t read_object(struct body *body)
{
    struct entry as = point_at(body, body->options->now_ms);
    struct batch_mark before = batch_mark(body->batch);
    uint32_t keys_before = body->keys;
    for (;;) {
        struct json_token name;
        TRY(json_next(&body->json, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            return ERR_OK;
        bool is_ts = slice_eq(name.text, SLICE("ts"));
        if (is_ts || slice_eq(name.text, SLICE("values"))) {
            struct stamped s = {.before = before, .keys_before = keys_before, .is_read = false};
            s.first_name = is_ts ? SLICE("ts") : SLICE("values");
            return read_stamped(body, &s);
        }
        TRY(body_read_member(body, &name, &as));
    }
}

MUST_USE static err_t read_array(struct body *body)
{
    for (;;) {
        struct json_token element;
        TRY(json_next(&body->json, &element));
        if (element.kind == JSON_TOKEN_ARRAY_END)
            return ERR_OK;
        if (element.kind != JSON_TOKEN_OBJECT)
            return body_refuse_token(body, &element, "an object in the array");
        TRY(read_object(body));
    }
}

err_t telemetry_read(struct body *body)
{
    struct json_token first;
    TRY(json_next(&body->json, &first));
    if (first.kind == JSON_TOKEN_OBJECT)
        return read_object(body);
    if (first.kind == JSON_TOKEN_ARRAY)
        return read_array(body);
    return body_refuse_token(body, &first, "an object or an array of objects");
}

err_t telemetry_parse(struct slice payload, const struct body_options *options, struct batch *batch,
                      struct problem *problem)
{
    struct body body;
    body_open(&body, payload, options, batch, problem);
    return body_finish(&body, telemetry_read(&body));
}
