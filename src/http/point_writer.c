#include "http/point_writer.h"

#include "json/writer.h"

void point_writer_begin(struct point_writer *w, struct slice key)
{
    w->key = key;
    w->points = 0;
}

enum { LINE_MAX = 64 + JSON_NUMBER_MAX * 2 }; /* bytes of a point without its value's text, if that is one */

static size_t put(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return len;
}

/* What stands before the point's value. @return bytes of it that are in @p line */
static size_t open_point(struct point_writer *w, int64_t ts, char *line)
{
    static const char first[] = ":[{\"ts\":", next[] = ",{\"ts\":", value[] = ",\"value\":";
    size_t len;
    if (w->points++ != 0) {
        len = put(line, next, sizeof next - 1);
    } else {
        buf_append_str(w->out, w->has_keys ? "," : "");
        json_append_string(w->out, w->key);
        w->has_keys = true;
        len = put(line, first, sizeof first - 1);
    }
    len += json_put_int(line + len, ts);
    return len + put(line + len, value, sizeof value - 1);
}

static bool is_number(const struct value *value)
{
    return value->type == VALUE_LONG || value->type == VALUE_DOUBLE;
}

/* Numbers make up most of a long history: in one piece, with one look at the room in the buffer. */
static void add_number(struct point_writer *w, const struct point *point)
{
    char line[LINE_MAX];
    size_t len = open_point(w, point->ts, line);
    if (!w->is_strict)
        line[len++] = '"';
    if (point->value.type == VALUE_LONG)
        len += json_put_int(line + len, point->value.number);
    else
        len += json_put_double(line + len, point->value.real);
    if (!w->is_strict)
        line[len++] = '"';
    line[len++] = '}';
    buf_append(w->out, line, len);
}

static void add_other(struct point_writer *w, const struct point *point)
{
    char line[LINE_MAX];
    const struct value *value = &point->value;
    buf_append(w->out, line, open_point(w, point->ts, line));
    if (w->is_strict)
        value_append_json(value, w->out);
    else if (value->type == VALUE_BOOLEAN)
        buf_append_str(w->out, value->boolean ? "\"true\"" : "\"false\"");
    else
        json_append_string(w->out, value->text);
    buf_append_u8(w->out, '}');
}

bool point_writer_add(void *writer, const struct point *point)
{
    struct point_writer *w = writer;
    if (is_number(&point->value))
        add_number(w, point);
    else
        add_other(w, point);
    return buf_is_ok(w->out);
}

void point_writer_add_null(struct point_writer *w, int64_t ts)
{
    char line[LINE_MAX];
    buf_append(w->out, line, open_point(w, ts, line));
    buf_append_str(w->out, "null}");
}

void point_writer_end(struct point_writer *w)
{
    if (w->points != 0)
        buf_append_u8(w->out, ']');
}
