#include "hub/attributes_body.h"

/* ---- values a device reports --------------------------------------------------------------------------- */

err_t attributes_read(struct body *body, enum attribute_scope scope)
{
    struct json_token first;
    TRY(json_next(&body->json, &first));
    if (first.kind != JSON_TOKEN_OBJECT)
        return body_refuse_token(body, &first, "an object");
    struct entry as = {
        .kind = ENTRY_ATTRIBUTE,
        .attribute = {.device = body->device, .scope = scope, .updated_ms = body->options->now_ms}};
    return body_read_members(body, &as);
}

err_t attributes_parse(struct slice payload, enum attribute_scope scope, const struct body_options *options,
                       struct batch *batch, struct problem *problem)
{
    struct body body;
    body_open(&body, payload, options, batch, problem);
    return body_finish(&body, attributes_read(&body, scope));
}

/* ---- values a device asks for -------------------------------------------------------------------------- */

bool attribute_request_key(struct slice *list, struct slice *ret_key)
{
    while (list->len > 0) {
        const uint8_t *comma = memchr(list->data, ',', list->len);
        struct slice key = slice_of(list->data, comma == NULL ? list->len : (size_t)(comma - list->data));
        *list = slice_skip(*list, comma == NULL ? key.len : key.len + 1);
        while (key.len > 0 && key.data[0] <= ' ')
            key = slice_skip(key, 1);
        while (key.len > 0 && key.data[key.len - 1] <= ' ')
            key.len--;
        if (key.len > 0) {
            *ret_key = key;
            return true;
        }
    }
    return false;
}

MUST_USE static err_t read_keys(struct body *body, const struct json_token *value, bool *ret_wants,
                                struct slice *ret_keys)
{
    switch (value->kind) {
    case JSON_TOKEN_STRING:
    case JSON_TOKEN_NUMBER: *ret_keys = value->text; break;
    case JSON_TOKEN_TRUE: *ret_keys = SLICE("true"); break;
    case JSON_TOKEN_FALSE: *ret_keys = SLICE("false"); break;
    default: return body_refuse_token(body, value, "a string of keys joined by commas");
    }
    *ret_wants = true;
    return ERR_OK;
}

MUST_USE static err_t read_request_member(struct body *body, struct slice name,
                                          struct attribute_request *request)
{
    struct json_token value;
    TRY(json_next(&body->json, &value));
    if (slice_eq(name, SLICE("clientKeys")))
        return read_keys(body, &value, &request->wants_client, &request->client_keys);
    if (slice_eq(name, SLICE("sharedKeys")))
        return read_keys(body, &value, &request->wants_shared, &request->shared_keys);
    return json_skip(&body->json, &value);
}

MUST_USE static err_t read_request(struct body *body, struct attribute_request *request)
{
    struct json_token token;
    TRY(json_next(&body->json, &token));
    if (token.kind != JSON_TOKEN_OBJECT)
        return body_refuse_token(body, &token, "an object");
    TRY(json_next(&body->json, &token));
    while (token.kind != JSON_TOKEN_OBJECT_END) {
        TRY(read_request_member(body, token.text, request));
        TRY(json_next(&body->json, &token));
    }
    return json_next(&body->json, &token); /* the end, or an error */
}

static size_t count_keys(struct slice list)
{
    size_t n = 0;
    struct slice key;
    while (attribute_request_key(&list, &key))
        n++;
    return n;
}

err_t attribute_request_parse(struct slice payload, const struct body_options *options,
                              struct attribute_request *ret_request, struct problem *problem)
{
    struct attribute_request request = {0};
    struct body body = {.options = options, .problem = problem};
    json_reader_init(&body.json, payload, JSON_MODE_LENIENT, options->max_depth, &options->scratch->text,
                     problem);
    TRY(read_request(&body, &request));
    size_t client = count_keys(request.client_keys), shared = count_keys(request.shared_keys);
    if (client == 0)
        request.client_keys.len = 0; /* "," names none either */
    if (shared == 0)
        request.shared_keys.len = 0;
    if (client + shared > options->max_keys)
        return fail(problem, ERR_LIMIT, NULL, "asks for more than the allowed %u keys", options->max_keys);
    if (!request.wants_client && !request.wants_shared)
        request.wants_client = request.wants_shared = true;
    *ret_request = request;
    return ERR_OK;
}
