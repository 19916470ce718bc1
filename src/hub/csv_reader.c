#include "hub/csv_reader.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

/* The library doubles nothing by itself: this is what keeps a field without end from growing. */
static void *bounded_realloc(void *memory, size_t size)
{
    return size > CSV_ROW_MAX ? NULL : realloc(memory, size);
}

err_t csv_reader_init(struct csv_reader *r, char delimiter, csv_on_row on_row, void *arg,
                      struct problem *problem)
{
    *r = (struct csv_reader){.on_row = on_row, .arg = arg, .line = 1, .text = {.limit = CSV_ROW_MAX}};
    if (csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        return fail(problem, ERR_NOMEM, "", "no memory for the rows");
    csv_set_delim(&r->parser, (unsigned char)delimiter);
    csv_set_realloc_func(&r->parser, bounded_realloc);
    csv_set_blk_size(&r->parser, 1024);
    return ERR_OK;
}

static void on_field(void *text, size_t len, void *arg)
{
    struct csv_reader *r = arg;
    if (r->count == 0)
        r->row_line = r->line;
    for (size_t i = 0; i < len; i++)
        r->line += ((const uint8_t *)text)[i] == '\n';
    buf_append(&r->text, text, len);
    if (r->count < CSV_FIELDS_MAX)
        r->ends[r->count] = r->text.len;
    r->count++;
}

static const char *fault_of(const struct csv_reader *r)
{
    struct slice all = buf_slice(&r->text);
    if (!buf_is_ok(&r->text))
        return "the row is longer than 64 KiB";
    if (r->count > CSV_FIELDS_MAX)
        return "the row has more than 128 fields";
    if (!text_is_utf8(all) || (all.len != 0 && memchr(all.data, '\0', all.len) != NULL))
        return "the row is not UTF-8 text";
    return NULL;
}

/* Each field for itself: the halves of a character may lie left and right of a delimiter. */
static const char *split(const struct csv_reader *r, struct slice *fields)
{
    const char *fault = fault_of(r);
    const uint8_t *text =
        r->text.len != 0 ? r->text.data : (const uint8_t *)""; /* only empty fields: nothing was copied */
    for (size_t i = 0, start = 0; fault == NULL && i < r->count; start = r->ends[i++]) {
        fields[i] = slice_of(text + start, r->ends[i] - start);
        if (!text_is_utf8(fields[i]))
            fault = "the row is not UTF-8 text";
    }
    return fault;
}

static void hand_over(struct csv_reader *r)
{
    struct slice fields[CSV_FIELDS_MAX];
    struct csv_row row = {.line = r->row_line, .fields = fields};
    row.fault = split(r, fields);
    row.count = row.fault == NULL ? r->count : 0;
    r->err = r->on_row(r->arg, &row, r->problem);
}

/* @param c  what ended the row: CR, LF (also the one behind a CR, then without fields), or -1, the end of all */
static void on_row_end(int c, void *arg)
{
    struct csv_reader *r = arg;
    bool is_blank = r->count == 0 || (r->count == 1 && buf_is_ok(&r->text) && r->text.len == 0);
    if (!is_blank && r->err == ERR_OK)
        hand_over(r);
    r->count = 0;
    buf_clear(&r->text);
    r->line += c == '\n';
}

static err_t parse_error(struct csv_reader *r, struct problem *problem)
{
    int code = csv_error(&r->parser);
    uint64_t line = r->count != 0 ? r->row_line : r->line;
    if (code == CSV_EPARSE)
        return fail(problem, ERR_INVALID, "file",
                    "line %" PRIu64
                    ": a quote stands within a field, or is not closed; nothing from here on was read",
                    line);
    return fail(problem, ERR_LIMIT, "file",
                "line %" PRIu64 ": a field is longer than 64 KiB; nothing from here on was read", line);
}

static err_t parse(struct csv_reader *r, struct slice bytes, struct problem *problem)
{
    r->problem = problem;
    if (bytes.len != 0 &&
        csv_parse(&r->parser, bytes.data, bytes.len, on_field, on_row_end, r) != bytes.len &&
        r->err == ERR_OK)
        return parse_error(r, problem);
    return r->err;
}

/* The mark may come in pieces; what only began like one is text. */
static err_t skip_mark(struct csv_reader *r, struct slice *bytes, struct problem *problem)
{
    while (!r->is_begun && bytes->len != 0) {
        if (bytes->data[0] == mark[r->mark_seen]) {
            *bytes = slice_skip(*bytes, 1);
            r->is_begun = ++r->mark_seen == sizeof mark;
        } else {
            r->is_begun = true;
            TRY(parse(r, slice_of(mark, r->mark_seen), problem));
        }
    }
    return ERR_OK;
}

err_t csv_reader_read(struct csv_reader *r, struct slice bytes, struct problem *problem)
{
    TRY(skip_mark(r, &bytes, problem));
    return parse(r, bytes, problem);
}

err_t csv_reader_end(struct csv_reader *r, struct problem *problem)
{
    if (!r->is_begun)
        TRY(parse(r, slice_of(mark, r->mark_seen), problem));
    r->is_begun = true;
    r->problem = problem;
    if (csv_fini(&r->parser, on_field, on_row_end, r) != 0 && r->err == ERR_OK)
        return parse_error(r, problem);
    return r->err;
}

void csv_reader_fini(struct csv_reader *r)
{
    if (r->on_row == NULL)
        return;
    csv_free(&r->parser);
    buf_fini(&r->text);
}
