#include "json/compact.h"

#include "json/writer.h"

static void copy_token(struct json_writer *w, const struct json_token *token)
{
    switch (token->kind) {
    case JSON_OBJECT: json_write_object_begin(w); break;
    case JSON_OBJECT_END: json_write_object_end(w); break;
    case JSON_ARRAY: json_write_array_begin(w); break;
    case JSON_ARRAY_END: json_write_array_end(w); break;
    case JSON_NAME: json_write_name(w, token->text); break;
    case JSON_STRING: json_write_string(w, token->text); break;
    case JSON_NUMBER: json_write_raw(w, token->text); break;
    case JSON_TRUE: json_write_bool(w, true); break;
    case JSON_FALSE: json_write_bool(w, false); break;
    case JSON_NULL: json_write_null(w); break;
    case JSON_END: CHECK(!"the end inside a value");
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
