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
