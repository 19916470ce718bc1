#include "json/document.h"

#include "json/compact.h"

void document_release(json_t **document)
{
    json_decref(*document);
}

json_t *document_take(json_t **document)
{
    json_t *taken = *document;
    *document = NULL;
    return taken;
}

static err_t compact(struct slice text, uint32_t max_depth, struct buf *out, struct problem *problem)
{
    AUTO_BUF scratch = {0};
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, text, JSON_MODE_LENIENT, max_depth, &scratch, problem);
    TRY(json_next(&reader, &token));
    TRY(json_compact(&reader, &token, out));
    return json_next(&reader, &token); /* the end, or an error */
}

err_t document_parse_lenient(struct slice text, uint32_t max_depth, json_t **ret, struct problem *problem)
{
    AUTO_BUF strict = {0};
    TRY(compact(text, max_depth, &strict, problem));
    json_t *document =
        json_loadb((const char *)strict.data, strict.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (document == NULL)
        return fail(problem, ERR_INVALID, "", "a number in the text is beyond all bounds");
    *ret = document;
    return ERR_OK;
}

const char *document_kind(const json_t *value)
{
    if (value == NULL)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a text";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "true or false";
    case JSON_NULL: return "null";
    }
    return "something else";
}

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_null(value) ? NULL : value;
}

static err_t wrong(const char *name, const json_t *value, const char *expected, struct problem *problem)
{
    return fail(problem, ERR_INVALID, name, "%s is %s; expected %s", name, document_kind(value), expected);
}

err_t document_get_string(const json_t *object, const char *name, const char **ret, struct problem *problem)
{
    const json_t *value = member(object, name);
    if (value == NULL)
        return ERR_OK;
    if (!json_is_string(value))
        return wrong(name, value, "a text", problem);
    *ret = json_string_value(value); /* without NUL: jansson refuses \u0000 unless allowed */
    return ERR_OK;
}

err_t document_get_text(const json_t *object, const char *name, char *out, size_t size,
                        struct problem *problem)
{
    const char *text = NULL;
    TRY(document_get_string(object, name, &text, problem));
    if (text == NULL)
        return ERR_OK;
    size_t len = strlen(text);
    if (len >= size)
        return fail(problem, ERR_INVALID, name, "%s has %zu bytes; expected at most %zu", name, len,
                    size - 1);
    memcpy(out, text, len + 1);
    return ERR_OK;
}

err_t document_get_id(const json_t *object, const char *name, struct uuid *ret, bool *ret_present,
                      struct problem *problem)
{
    const json_t *value = member(object, name);
    if (json_is_object(value))
        value = member(value, "id");
    bool is_present = value != NULL;
    if (is_present) {
        if (!json_is_string(value))
            return wrong(name, value, "an id object {\"entityType\":..,\"id\":\"<uuid>\"}", problem);
        if (!uuid_parse(slice_str(json_string_value(value)), ret))
            return fail(problem, ERR_INVALID, name, "%s is '%.64s'; expected a UUID", name,
                        json_string_value(value));
    }
    if (ret_present != NULL)
        *ret_present = is_present;
    return ERR_OK;
}

err_t document_get_integer(const json_t *object, const char *name, int64_t *ret, bool *ret_present,
                           struct problem *problem)
{
    const json_t *value = member(object, name);
    if (value != NULL && !json_is_integer(value))
        return wrong(name, value, "a whole number", problem);
    if (value != NULL)
        *ret = json_integer_value(value);
    if (ret_present != NULL)
        *ret_present = value != NULL;
    return ERR_OK;
}

err_t document_get_bool(const json_t *object, const char *name, bool *ret, struct problem *problem)
{
    const json_t *value = member(object, name);
    if (value == NULL)
        return ERR_OK;
    if (!json_is_boolean(value))
        return wrong(name, value, "true or false", problem);
    *ret = json_is_true(value);
    return ERR_OK;
}

err_t document_get_object(const json_t *object, const char *name, json_t **ret, struct problem *problem)
{
    json_t *value = json_object_get(object, name);
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (!json_is_object(value))
        return wrong(name, value, "an object", problem);
    *ret = value;
    return ERR_OK;
}
