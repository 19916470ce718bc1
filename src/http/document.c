#include "http/document.h"

#include "json/writer.h"

json_t *document_id(const char *entity_type, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    return json_pack("{s:s, s:s}", "entityType", entity_type, "id", text);
}

json_t *document_text(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

json_t *document_slice(struct slice text)
{
    return json_stringn(text.len != 0 ? (const char *)text.data : "", text.len);
}

static void write_members(json_t *object, struct buf *out)
{
    const char *name, *comma = "";
    json_t *value;
    buf_append_u8(out, '{');
    json_object_foreach(object, name, value)
    {
        buf_append_str(out, comma);
        json_append_string(out, slice_str(name));
        buf_append_u8(out, ':');
        document_write(value, out);
        comma = ",";
    }
    buf_append_u8(out, '}');
}

static void write_elements(const json_t *array, struct buf *out)
{
    size_t i;
    json_t *value;
    buf_append_u8(out, '[');
    json_array_foreach(array, i, value)
    {
        buf_append_str(out, i != 0 ? "," : "");
        document_write(value, out);
    }
    buf_append_u8(out, ']');
}

/* Not by jansson, which writes 0.1 as 0.10000000000000001. As deep as documents can be that it reads (2048). */
void document_write(const json_t *document, struct buf *out)
{
    json_t *value = (json_t *)(uintptr_t)document; /* its walk takes no const; nothing is changed */
    if (document == NULL) {
        out->failed = true;
        return;
    }
    switch (json_typeof(document)) {
    case JSON_OBJECT: write_members(value, out); return;
    case JSON_ARRAY: write_elements(document, out); return;
    case JSON_STRING:
        json_append_string(out, slice_of(json_string_value(document), json_string_length(document)));
        return;
    case JSON_INTEGER: json_append_int(out, json_integer_value(document)); return;
    case JSON_REAL: json_append_double(out, json_real_value(document)); return;
    case JSON_TRUE: buf_append_str(out, "true"); return;
    case JSON_FALSE: buf_append_str(out, "false"); return;
    case JSON_NULL: buf_append_str(out, "null"); return;
    }
}

err_t document_parse(struct slice text, json_t **ret, struct problem *problem)
{
    json_error_t error;
    json_t *document = json_loadb(text.len != 0 ? (const char *)text.data : "", text.len, 0, &error);
    if (document == NULL) {
        if (problem != NULL)
            problem->at = error.position > 0 ? (size_t)error.position : 0;
        return fail(problem, ERR_INVALID, "", "the body is not JSON: %.160s (line %d, column %d)", error.text,
                    error.line, error.column);
    }
    *ret = document;
    return ERR_OK;
}

json_t *document_id_or_null(const char *entity_type, const struct uuid *id)
{
    return uuid_is_nil(id) ? json_null() : document_id(entity_type, id);
}

err_t document_get_object_text(const json_t *object, const char *name, size_t max, char **ret,
                               struct problem *problem)
{
    json_t *value = NULL;
    TRY(document_get_object(object, name, &value, problem));
    if (value == NULL)
        return ERR_OK;
    AUTO_BUF text = {.limit = max};
    document_write(value, &text);
    if (!buf_is_ok(&text))
        return fail(problem, ERR_INVALID, name, "%s is larger than %zu bytes", name, max);
    char *copy = strdup(buf_cstr(&text));
    if (copy == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    *ret = copy;
    return ERR_OK;
}
