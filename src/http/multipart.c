#include "http/multipart.h"

#include <stdio.h>

static struct slice trim(struct slice s)
{
    while (s.len != 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = slice_skip(s, 1);
    while (s.len != 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* ---- header values: value; name=token; name="quoted" ---- */

/* Up to @p separator, or the whole rest; *rest stands behind it. */
static struct slice cut(struct slice *rest, char separator)
{
    const uint8_t *at = rest->len != 0 ? memchr(rest->data, separator, rest->len) : NULL;
    struct slice head = slice_of(rest->data, at != NULL ? (size_t)(at - rest->data) : rest->len);
    *rest = slice_skip(*rest, at != NULL ? head.len + 1 : head.len);
    return head;
}

/*
 * The text of a quoted string, whose first quote has been read, into @p out. A backslash is an escape before a quote
 * or another one only: browsers do not escape it in names of files.
 */
static bool read_quoted(struct slice *rest, struct buf *out)
{
    size_t i = 0;
    for (; i < rest->len && rest->data[i] != '"'; i++) {
        bool is_escape = rest->data[i] == '\\' && i + 1 < rest->len &&
                         (rest->data[i + 1] == '"' || rest->data[i + 1] == '\\');
        buf_append_u8(out, rest->data[is_escape ? ++i : i]);
    }
    if (i == rest->len)
        return false;
    *rest = slice_skip(*rest, i + 1);
    return true;
}

/* The next name=value of *rest; false at the end, or where it stops making sense. */
static bool next_parameter(struct slice *rest, struct slice *ret_name, struct buf *value)
{
    buf_clear(value);
    *rest = trim(*rest);
    if (rest->len == 0 || memchr(rest->data, '=', rest->len) == NULL)
        return false;
    *ret_name = trim(cut(rest, '='));
    *rest = trim(*rest);
    if (rest->len != 0 && rest->data[0] == '"') {
        *rest = slice_skip(*rest, 1);
        if (!read_quoted(rest, value))
            return false;
        cut(rest, ';');
    } else {
        buf_append_slice(value, trim(cut(rest, ';')));
    }
    return buf_is_ok(value);
}

/* ---- the request's header ---- */

static bool is_boundary(struct slice text)
{
    if (text.len == 0 || text.len > MULTIPART_BOUNDARY_MAX || text.data[text.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

static bool find_boundary(struct slice content_type, struct buf *boundary)
{
    struct slice name;
    if (!slice_eq_nocase(trim(cut(&content_type, ';')), SLICE("multipart/form-data")))
        return false;
    while (next_parameter(&content_type, &name, boundary))
        if (slice_eq_nocase(name, SLICE("boundary")))
            return is_boundary(buf_slice(boundary));
    return false;
}

err_t multipart_init(struct multipart *m, struct slice content_type, const struct multipart_handler *handler,
                     struct problem *problem)
{
    AUTO_BUF boundary = {0};
    if (!find_boundary(content_type, &boundary))
        return fail(problem, ERR_INVALID, "content-type",
                    "Content-Type is '%.*s'; expected multipart/form-data with a boundary",
                    content_type.len < 80 ? (int)content_type.len : 80,
                    content_type.len != 0 ? (const char *)content_type.data : "");
    *m = (struct multipart){.handler = *handler, .line = {.limit = MULTIPART_HEADER_MAX}};
    int n = snprintf(m->delimiter, sizeof m->delimiter, "\r\n--%s", buf_cstr(&boundary));
    m->delimiter_len = (size_t)n;
    m->matched = m->borrowed = 2; /* the first one needs no line break before it */
    return ERR_OK;
}

void multipart_fini(struct multipart *m)
{
    buf_fini(&m->line);
}

/* ---- a part's headers ---- */

static struct slice without_folders(struct slice name)
{
    for (size_t i = name.len; i != 0; i--)
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\')
            return slice_skip(name, i);
    return name;
}

/* What a part's headers say; name and file name are copied out. */
struct headers {
    struct buf name, file_name, value;
    struct slice content_type;
    bool has_name;
};

static void read_disposition(struct headers *h, struct slice rest)
{
    struct slice name;
    if (!slice_eq_nocase(trim(cut(&rest, ';')), SLICE("form-data")))
        return;
    while (next_parameter(&rest, &name, &h->value)) {
        bool is_name = slice_eq_nocase(name, SLICE("name"));
        struct buf *to = is_name ? &h->name : &h->file_name;
        if (!is_name && !slice_eq_nocase(name, SLICE("filename")))
            continue;
        h->has_name |= is_name;
        buf_clear(to);
        buf_append_slice(to, buf_slice(&h->value));
    }
}

static void read_headers(struct headers *h, struct slice lines)
{
    while (lines.len != 0) {
        struct slice line = cut(&lines, '\n');
        if (line.len != 0 && line.data[line.len - 1] == '\r')
            line.len--;
        struct slice name = trim(cut(&line, ':'));
        if (slice_eq_nocase(name, SLICE("content-disposition")))
            read_disposition(h, line);
        else if (slice_eq_nocase(name, SLICE("content-type")))
            h->content_type = trim(line);
    }
}

static void headers_fini(struct headers *h)
{
    buf_fini(&h->name);
    buf_fini(&h->file_name);
    buf_fini(&h->value);
}

static err_t tell_part(struct multipart *m, struct problem *problem)
{
    __attribute__((cleanup(headers_fini))) struct headers h = {0};
    if (++m->parts > MULTIPART_PARTS_MAX)
        return fail(problem, ERR_LIMIT, "", "the body has more than %d parts", MULTIPART_PARTS_MAX);
    read_headers(&h, buf_slice(&m->line));
    if (!buf_is_ok(&h.name) || !buf_is_ok(&h.file_name) || !buf_is_ok(&h.value))
        return fail(problem, ERR_NOMEM, "", "no memory");
    if (!h.has_name)
        return fail(problem, ERR_INVALID, "",
                    "part %u has no name; expected Content-Disposition: form-data; name=\"..\"", m->parts);
    const struct multipart_part part = {.name = buf_slice(&h.name),
                                        .file_name = without_folders(buf_slice(&h.file_name)),
                                        .content_type = h.content_type};
    return m->handler.on_part(m->handler.arg, &part, problem);
}

/* ---- the body ---- */

static err_t tell_bytes(struct multipart *m, struct slice bytes, struct problem *problem)
{
    if (bytes.len == 0 || m->state == MULTIPART_PREAMBLE)
        return ERR_OK;
    return m->handler.on_bytes(m->handler.arg, bytes, problem);
}

static void change(struct multipart *m, enum multipart_state state)
{
    m->state = state;
    m->matched = m->borrowed = 0;
    buf_clear(&m->line);
}

/*
 * The bytes of a part up to its delimiter. Only the delimiter's first byte is a carriage return, so where it does not go
 * on, what had matched is content, and the search begins anew with the byte at hand.
 */
static err_t read_body(struct multipart *m, struct slice *bytes, struct problem *problem)
{
    if (m->matched == 0) {
        const uint8_t *at = memchr(bytes->data, '\r', bytes->len);
        size_t n = at != NULL ? (size_t)(at - bytes->data) : bytes->len;
        TRY(tell_bytes(m, slice_of(bytes->data, n), problem));
        m->matched = at != NULL;
        *bytes = slice_skip(*bytes, n + (at != NULL));
        return ERR_OK;
    }
    while (bytes->len != 0 && m->matched < m->delimiter_len &&
           bytes->data[0] == (uint8_t)m->delimiter[m->matched]) {
        m->matched++;
        *bytes = slice_skip(*bytes, 1);
    }
    if (m->matched == m->delimiter_len) {
        change(m, MULTIPART_DELIMITED);
    } else if (bytes->len != 0) {
        struct slice content = slice_of(m->delimiter + m->borrowed, m->matched - m->borrowed);
        m->matched = m->borrowed = 0;
        return tell_bytes(m, content, problem);
    }
    return ERR_OK;
}

/* "--" ends the last part; blanks and a line break begin the next one's headers. */
static err_t read_delimited(struct multipart *m, struct slice *bytes, struct problem *problem)
{
    buf_append_u8(&m->line, bytes->data[0]);
    *bytes = slice_skip(*bytes, 1);
    struct slice line = buf_slice(&m->line);
    if (slice_eq_str(line, "--")) {
        change(m, MULTIPART_EPILOGUE);
        return ERR_OK;
    }
    if (line.len != 0 && line.data[line.len - 1] == '\n') {
        line.len--;
        if (line.len == 0 || line.data[line.len - 1] != '\r' ||
            trim(slice_of(line.data, line.len - 1)).len != 0)
            return fail(problem, ERR_INVALID, "", "a delimiter of the body is followed by other text");
        change(m, MULTIPART_HEADERS);
        return ERR_OK;
    }
    if (!buf_is_ok(&m->line))
        return fail(problem, ERR_INVALID, "", "a delimiter of the body is followed by other text");
    return ERR_OK;
}

static err_t read_headers_line(struct multipart *m, struct slice *bytes, struct problem *problem)
{
    const uint8_t *end = memchr(bytes->data, '\n', bytes->len);
    size_t n = end != NULL ? (size_t)(end - bytes->data) + 1 : bytes->len;
    buf_append(&m->line, bytes->data, n);
    *bytes = slice_skip(*bytes, n);
    if (!buf_is_ok(&m->line))
        return fail(problem, ERR_LIMIT, "", "the headers of a part have more than %d bytes",
                    MULTIPART_HEADER_MAX);
    /* An empty line: nothing since the line break before. */
    struct slice all = buf_slice(&m->line);
    bool is_end = end != NULL && (slice_eq_str(all, "\r\n") ||
                                  (all.len >= 4 && memcmp(all.data + all.len - 4, "\r\n\r\n", 4) == 0));
    if (!is_end)
        return ERR_OK;
    TRY(tell_part(m, problem));
    change(m, MULTIPART_BODY);
    m->matched = m->borrowed = 2; /* a part without content: its headers' line break is the delimiter's */
    return ERR_OK;
}

err_t multipart_read(struct multipart *m, struct slice bytes, struct problem *problem)
{
    while (bytes.len != 0) {
        switch (m->state) {
        case MULTIPART_PREAMBLE:
        case MULTIPART_BODY: TRY(read_body(m, &bytes, problem)); break;
        case MULTIPART_DELIMITED: TRY(read_delimited(m, &bytes, problem)); break;
        case MULTIPART_HEADERS: TRY(read_headers_line(m, &bytes, problem)); break;
        case MULTIPART_EPILOGUE: return ERR_OK;
        }
    }
    return ERR_OK;
}

err_t multipart_end(const struct multipart *m, struct problem *problem)
{
    if (m->state == MULTIPART_EPILOGUE)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "", "the body ends before its last delimiter");
}
