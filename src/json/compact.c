#include "json/compact.h"

#include "json/writer.h"

static void copy_token(struct json_writer *w, const struct json_token *token)
{
    switch (token->kind) {
    case JSON_TOKEN_OBJECT: json_write_object_begin(w); break;
    case JSON_TOKEN_OBJECT_END: json_write_object_end(w); break;
    case JSON_TOKEN_ARRAY: json_write_array_begin(w); break;
    case JSON_TOKEN_ARRAY_END: json_write_array_end(w); break;
    case JSON_TOKEN_NAME: json_write_name(w, token->text); break;
    case JSON_TOKEN_STRING: json_write_string(w, token->text); break;
    case JSON_TOKEN_NUMBER: json_write_raw(w, token->text); break;
    case JSON_TOKEN_TRUE: json_write_bool(w, true); break;
    case JSON_TOKEN_FALSE: json_write_bool(w, false); break;
    case JSON_TOKEN_NULL: json_write_null(w); break;
    case JSON_TOKEN_END: check_failed("no end inside a value", __FILE__, __LINE__);
    }
}

err_t json_compact(struct json_reader *r, const struct json_token *first, struct buf *out)
{
    CHECK(out != r->scratch);
    struct json_writer w;
    struct json_token token = *first;
    json_writer_init(&w, out);
    for (copy_token(&w, &token); !w.is_done; copy_token(&w, &token))
        TRY(json_next(r, &token));
    return json_writer_finish(&w) ? ERR_OK
                                  : fail(r->problem, ERR_NOMEM, NULL, "no memory for a nested value");
}
