#include "hub/body.h"

#include "base/text.h"
#include "hub/device_value.h"
#include "json/compact.h"

#include <stdarg.h>
#include <stdio.h>

enum { KEY_SHOWN_MAX = 48 }; /* bytes of a key in messages */

void body_scratch_fini(struct body_scratch *scratch)
{
    buf_fini(&scratch->text);
    buf_fini(&scratch->value);
}

void body_open(struct body *body, struct slice payload, const struct body_options *options,
               struct batch *batch, struct problem *problem)
{
    *body = (struct body){.options = options,
                          .device = options->device,
                          .batch = batch,
                          .before = batch_mark(batch),
                          .problem = problem};
    json_reader_init(&body->json, payload, JSON_MODE_LENIENT, options->max_depth, &options->scratch->text,
                     problem);
}

/* ---- errors -------------------------------------------------------------------------------------------- */

/* As much of @p key as is shown, without half a character at its end. */
static struct slice shown(struct slice key)
{
    struct slice head = slice_of(key.data, key.len < KEY_SHOWN_MAX ? key.len : KEY_SHOWN_MAX);
    head.len = text_utf8_prefix(head);
    return head;
}

/* @p what goes on from "byte 5: 'key' ". */
MUST_USE static err_t refuse(struct body *body, err_t err, size_t at, struct slice key, const char *what)
{
    char field[PROBLEM_FIELD_MAX];
    struct slice head = shown(key);
    snprintf(field, sizeof field, "%.*s", SLICE_ARG(head));
    if (body->problem != NULL)
        body->problem->at = at;
    return fail(body->problem, err, field, "byte %zu: '%.*s'%s %s", at, SLICE_ARG(head),
                head.len < key.len ? "..." : "", what);
}

/* ---- members ------------------------------------------------------------------------------------------- */

MUST_USE static err_t check_key(struct body *body, const struct json_token *name)
{
    struct slice key = name->text;
    if (key.len == 0)
        return refuse(body, ERR_INVALID, name->at, key, "is an empty key; expected 1 to 255 bytes");
    if (key.len > KEY_MAX_BYTES)
        return refuse(body, ERR_INVALID, name->at, key, "is a key of more than 255 bytes");
    if (memchr(key.data, 0, key.len) != NULL)
        return refuse(body, ERR_INVALID, name->at, slice_of(NULL, 0), "is a key with a NUL character");
    if (body->keys >= body->options->max_keys)
        return refuse(body, ERR_LIMIT, name->at, key, "is one key more than a message may have");
    body->keys++;
    return ERR_OK;
}

MUST_USE static err_t nested_value(struct body *body, const struct json_token *first, struct value *ret_value)
{
    struct buf *text = &body->options->scratch->value;
    buf_clear(text);
    TRY(json_compact(&body->json, first, text));
    *ret_value = (struct value){.type = VALUE_JSON, .text = buf_slice(text)};
    return ERR_OK;
}

MUST_USE static err_t read_value(struct body *body, struct slice key, const struct json_token *token,
                                 struct value *ret_value)
{
    const char *reason = "";
    err_t err = ERR_OK;
    bool type_cast = body->options->type_cast;
    struct buf *scratch = &body->options->scratch->value;
    switch (token->kind) {
    case JSON_TOKEN_NUMBER:
        if (body->options->is_typed && device_value_from_real(token->text, ret_value))
            break;
        err = device_value_from_number(token->text, type_cast, scratch, ret_value, &reason);
        break;
    case JSON_TOKEN_STRING:
        err = device_value_from_string(token->text, type_cast, scratch, ret_value, &reason);
        break;
    case JSON_TOKEN_TRUE:
    case JSON_TOKEN_FALSE:
        *ret_value = (struct value){.type = VALUE_BOOLEAN, .boolean = token->kind == JSON_TOKEN_TRUE};
        break;
    default: return nested_value(body, token, ret_value);
    }
    return err == ERR_OK ? ERR_OK : refuse(body, err, token->at, key, reason);
}

/* Told at once: a later batch_rewind() within the message would forget that something was left out. */
MUST_USE static err_t check_room(struct body *body)
{
    if (buf_is_ok(&body->batch->bytes))
        return ERR_OK;
    if (body->before.len > 0)
        return fail(body->problem, ERR_AGAIN, NULL, "no room left in the batch");
    return fail(body->problem, ERR_LIMIT, NULL, "message does not fit a batch");
}

MUST_USE static err_t append(struct body *body, const struct entry *as, struct slice key, struct value value)
{
    struct entry entry = *as;
    if (entry.kind == ENTRY_POINT) {
        entry.point.key = key;
        entry.point.value = value;
        batch_add_point(body->batch, &entry.point);
    } else {
        CHECK(entry.kind == ENTRY_ATTRIBUTE);
        entry.attribute.key = key;
        entry.attribute.value = value;
        batch_add_attribute(body->batch, &entry.attribute);
    }
    return check_room(body);
}

err_t body_read_member(struct body *body, const struct json_token *name, const struct entry *as)
{
    struct json_token token;
    struct value value;
    TRY(check_key(body, name));
    TRY(json_next(&body->json, &token));
    if (token.kind == JSON_TOKEN_NULL)
        return ERR_OK;
    TRY(read_value(body, name->text, &token, &value));
    return append(body, as, name->text, value);
}

err_t body_read_members(struct body *body, const struct entry *as)
{
    for (;;) {
        struct json_token name;
        TRY(json_next(&body->json, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            return ERR_OK;
        TRY(body_read_member(body, &name, as));
    }
}

/* ---- the whole message --------------------------------------------------------------------------------- */

err_t body_refuse_token(struct body *body, const struct json_token *token, const char *expected)
{
    if (body->problem != NULL)
        body->problem->at = token->at;
    return fail(body->problem, ERR_INVALID, NULL, "byte %zu: expected %s, found %s", token->at, expected,
                json_kind_name(token->kind));
}

err_t body_finish(struct body *body, err_t err)
{
    struct json_token end;
    if (err == ERR_OK)
        err = json_next(&body->json, &end);
    if (err != ERR_OK)
        batch_rewind(body->batch, body->before);
    return err;
}
