#include "hub/gateway_message.h"

#include "json/compact.h"
#include "json/decimal.h"

#include <stdlib.h>

enum { KEYS_START = 16 };

/* ---- objects and members ------------------------------------------------------------------------------- */

/* Reads the value of a member. */
typedef err_t (*read_member)(struct body *body, struct slice name, void *arg);

MUST_USE static err_t read_object(struct body *body, read_member read, void *arg, const char *expected)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    if (token.kind != JSON_TOKEN_OBJECT)
        return body_refuse_token(body, &token, expected);
    TRY(json_next(&body->json, &token));
    while (token.kind != JSON_TOKEN_OBJECT_END) {
        TRY(read(body, token.text, arg));
        TRY(json_next(&body->json, &token));
    }
    return ERR_OK;
}

MUST_USE static err_t read_document(struct slice payload, const struct body_options *options,
                                    read_member read, void *arg, const char *expected,
                                    struct problem *problem)
{
    struct json_token end;
    struct body body = {.options = options, .problem = problem};
    json_reader_init(&body.json, payload, JSON_MODE_LENIENT, options->max_depth, &options->scratch->text,
                     problem);
    TRY(read_object(&body, read, arg, expected));
    return json_next(&body.json, &end); /* the end, or an error */
}

static bool is_text(const struct json_token *token)
{
    return token->kind == JSON_TOKEN_STRING || token->kind == JSON_TOKEN_NUMBER;
}

MUST_USE static err_t read_text(struct body *body, struct slice *ret, const char *expected)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    if (!is_text(&token))
        return body_refuse_token(body, &token, expected);
    *ret = token.text;
    return ERR_OK;
}

MUST_USE static err_t read_integer(struct body *body, int64_t min, int64_t max, int64_t *ret,
                                   const char *expected)
{
    struct json_token token;
    struct decimal decimal;
    int64_t number = 0;
    TRY(json_next(&body->json, &token));
    if (!is_text(&token) || !decimal_parse(token.text, &decimal) || !decimal_to_int64(&decimal, &number) ||
        number < min || number > max)
        return body_refuse_token(body, &token, expected);
    *ret = number;
    return ERR_OK;
}

/* ---- one device ---------------------------------------------------------------------------------------- */

/* What of a message has been read. */
struct reading {
    struct gateway_message message;
    enum device_topic topic;
    size_t key_room;
    bool has_device, has_id, has_keys, has_data;
};

MUST_USE static err_t add_key(struct body *body, struct reading *r, struct slice key)
{
    struct gateway_message *m = &r->message;
    if (m->key_count == body->options->max_keys)
        return fail(body->problem, ERR_LIMIT, NULL, "asks for more than the allowed %u keys",
                    body->options->max_keys);
    if (m->key_count == r->key_room) {
        size_t room = r->key_room != 0 ? 2 * r->key_room : KEYS_START;
        struct slice *keys = realloc(m->keys, room * sizeof *keys);
        if (keys == NULL)
            return ERR_NOMEM;
        m->keys = keys;
        r->key_room = room;
    }
    m->keys[m->key_count++] = key;
    return ERR_OK;
}

MUST_USE static err_t read_keys(struct body *body, struct reading *r)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    if (token.kind != JSON_TOKEN_ARRAY)
        return body_refuse_token(body, &token, "'keys' to be an array of names");
    r->message.key_count = 0;
    r->has_keys = true;
    for (;;) {
        TRY(json_next(&body->json, &token));
        if (token.kind == JSON_TOKEN_ARRAY_END)
            return ERR_OK;
        if (!is_text(&token))
            return body_refuse_token(body, &token, "the name of an attribute");
        TRY(add_key(body, r, token.text));
    }
}

MUST_USE static err_t read_key(struct body *body, struct reading *r)
{
    struct slice key = {0};
    TRY(read_text(body, &key, "'key' to be the name of an attribute"));
    r->message.key_count = 0;
    r->has_keys = true;
    return add_key(body, r, key);
}

MUST_USE static err_t read_scope(struct body *body, struct reading *r)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    if (token.kind != JSON_TOKEN_TRUE && token.kind != JSON_TOKEN_FALSE)
        return body_refuse_token(body, &token, "'client' to be true or false");
    r->message.wants_client = token.kind == JSON_TOKEN_TRUE;
    return ERR_OK;
}

MUST_USE static err_t read_id(struct body *body, struct reading *r)
{
    r->has_id = true;
    return read_integer(body, INT32_MIN, INT32_MAX, &r->message.id, "'id' to be a whole number of 32 bits");
}

MUST_USE static err_t read_data(struct body *body, struct reading *r)
{
    struct json_token token;
    struct buf *text = &body->options->scratch->value;
    TRY(json_next(&body->json, &token));
    buf_clear(text);
    TRY(json_compact(&body->json, &token, text));
    r->message.data = buf_slice(text);
    r->has_data = true;
    return ERR_OK;
}

/* null is as good as nothing. */
MUST_USE static err_t read_type(struct body *body, struct reading *r)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    if (token.kind == JSON_TOKEN_NULL)
        return ERR_OK;
    if (!is_text(&token))
        return body_refuse_token(body, &token, "'type' to be the name of a profile");
    r->message.type = token.text;
    return ERR_OK;
}

MUST_USE static err_t skip_value(struct body *body)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    return json_skip(&body->json, &token);
}

MUST_USE static err_t read_request_member(struct body *body, struct slice name, struct reading *r)
{
    if (slice_eq_str(name, "id"))
        return read_id(body, r);
    if (slice_eq_str(name, "client"))
        return read_scope(body, r);
    if (slice_eq_str(name, "key"))
        return read_key(body, r);
    if (slice_eq_str(name, "keys"))
        return read_keys(body, r);
    return skip_value(body);
}

MUST_USE static err_t read_member_of(struct body *body, struct slice name, void *arg)
{
    struct reading *r = arg;
    if (slice_eq_str(name, "device")) {
        r->has_device = true;
        return read_text(body, &r->message.device, "'device' to be a name");
    }
    switch (r->topic) {
    case TOPIC_GATEWAY_CONNECT: return slice_eq_str(name, "type") ? read_type(body, r) : skip_value(body);
    case TOPIC_GATEWAY_ATTRIBUTES_REQUEST: return read_request_member(body, name, r);
    case TOPIC_GATEWAY_RPC:
        if (slice_eq_str(name, "id"))
            return read_id(body, r);
        return slice_eq_str(name, "data") ? read_data(body, r) : skip_value(body);
    default: return skip_value(body);
    }
}

MUST_USE static err_t check_whole(const struct reading *r, struct problem *problem)
{
    bool is_request = r->topic == TOPIC_GATEWAY_ATTRIBUTES_REQUEST, is_rpc = r->topic == TOPIC_GATEWAY_RPC;
    const char *missing = !r->has_device                         ? "device"
                          : (is_request || is_rpc) && !r->has_id ? "id"
                          : is_request && !r->has_keys           ? "keys"
                          : is_rpc && !r->has_data               ? "data"
                                                                 : NULL;
    return missing == NULL ? ERR_OK : fail(problem, ERR_INVALID, missing, "the message has no '%s'", missing);
}

err_t gateway_message_parse(enum device_topic topic, struct slice payload, const struct body_options *options,
                            struct gateway_message *ret, struct problem *problem)
{
    struct reading r = {.topic = topic};
    err_t err = read_document(payload, options, read_member_of, &r, "an object", problem);
    if (err == ERR_OK)
        err = check_whole(&r, problem);
    if (err == ERR_OK)
        *ret = r.message;
    else
        gateway_message_fini(&r.message);
    return err;
}

void gateway_message_fini(struct gateway_message *m)
{
    free(m->keys);
    *m = (struct gateway_message){0};
}

/* ---- claims -------------------------------------------------------------------------------------------- */

struct claims {
    err_t (*take)(void *arg, const struct gateway_claim *claim, struct problem *problem);
    void *arg;
    struct gateway_claim at_hand;
    uint32_t count;
};

MUST_USE static err_t read_claim_member(struct body *body, struct slice name, void *arg)
{
    struct gateway_claim *claim = arg;
    if (slice_eq_str(name, "secretKey"))
        return read_text(body, &claim->secret, "'secretKey' to be a string");
    if (!slice_eq_str(name, "durationMs"))
        return skip_value(body);
    return read_integer(body, 0, INT64_MAX, &claim->duration_ms, "'durationMs' to be milliseconds");
}

MUST_USE static err_t check_count(struct body *body, uint32_t *count)
{
    if ((*count)++ < body->options->max_devices)
        return ERR_OK;
    return fail(body->problem, ERR_LIMIT, NULL, "about more than the allowed %u devices",
                body->options->max_devices);
}

MUST_USE static err_t read_claim(struct body *body, struct slice name, void *arg)
{
    struct claims *c = arg;
    struct gateway_claim claim = {.device = name};
    TRY(check_count(body, &c->count));
    TRY(read_object(body, read_claim_member, &claim, "an object with secretKey and durationMs"));
    return c->take != NULL ? c->take(c->arg, &claim, body->problem) : ERR_OK;
}

err_t gateway_claims_parse(struct slice payload, const struct body_options *options,
                           err_t (*take)(void *arg, const struct gateway_claim *claim,
                                         struct problem *problem),
                           void *arg, struct problem *problem)
{
    struct claims c = {.take = take, .arg = arg};
    return read_document(payload, options, read_claim, &c, "an object of device names", problem);
}

/* ---- names alone --------------------------------------------------------------------------------------- */

struct visit {
    err_t (*visit)(void *arg, struct slice name, struct problem *problem);
    void *arg;
    uint32_t count;
};

MUST_USE static err_t visit_name(struct body *body, struct slice name, void *arg)
{
    struct visit *v = arg;
    TRY(check_count(body, &v->count));
    TRY(v->visit(v->arg, name, body->problem));
    return skip_value(body);
}

err_t gateway_names_parse(struct slice payload, const struct body_options *options,
                          err_t (*visit)(void *arg, struct slice name, struct problem *problem), void *arg,
                          struct problem *problem)
{
    struct visit v = {.visit = visit, .arg = arg};
    return read_document(payload, options, visit_name, &v, "an object of device names", problem);
}
