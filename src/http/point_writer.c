#include "http/point_writer.h"

#include "json/writer.h"

void point_writer_begin(struct point_writer *w, struct slice key)
{
    w->key = key;
    w->points = 0;
}

/* What stands before the point's value. */
static void open_point(struct point_writer *w, int64_t ts)
{
    if (w->points++ != 0) {
        buf_append(w->out, ",{\"ts\":", 7);
    } else {
        buf_append_str(w->out, w->has_keys ? "," : "");
        json_append_string(w->out, w->key);
        buf_append_str(w->out, ":[{\"ts\":");
        w->has_keys = true;
    }
    json_append_int(w->out, ts);
    buf_append(w->out, ",\"value\":", 9);
}

static void append_quoted(struct buf *out, const struct value *value)
{
    if (value->type == VALUE_STRING || value->type == VALUE_JSON) {
        json_append_string(out, value->text);
        return;
    }
    buf_append_u8(out, '"');
    value_append_text(value, out);
    buf_append_u8(out, '"');
}

bool point_writer_add(void *writer, const struct point *point)
{
    struct point_writer *w = writer;
    open_point(w, point->ts);
    if (w->is_strict)
        value_append_json(&point->value, w->out);
    else
        append_quoted(w->out, &point->value);
    buf_append_u8(w->out, '}');
    return buf_is_ok(w->out);
}

void point_writer_add_null(struct point_writer *w, int64_t ts)
{
    open_point(w, ts);
    buf_append_str(w->out, "null}");
}

void point_writer_end(struct point_writer *w)
{
    if (w->points != 0)
        buf_append_u8(w->out, ']');
}
