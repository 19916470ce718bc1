#include "http/document.h"

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

static int write_some(const char *text, size_t n, void *arg)
{
    struct buf *out = arg;
    buf_append(out, text, n);
    return buf_is_ok(out) ? 0 : -1;
}

void document_write(const json_t *document, struct buf *out)
{
    if (json_dump_callback(document, write_some, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
        out->failed = true;
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
