/* The audit log as a file, text/csv or a JSON document a line: a stream that finds its place again by an entry's time and number. */
#include "http/answer_stream.h"
#include "http/audit.h"
#include "http/csv_cells.h"
#include "http/resources.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRIES_A_STEP = 250 }; /* looked at: some milliseconds */

#define JSON_LINES "application/x-ndjson"

struct walk {
    struct registry *registry;
    struct audit_query query;
    struct audit_place place;
    bool has_begun, is_csv;
    char text[]; /* what the query's slices point into */
};

/* ---- one entry ---- */

static void put_headings(struct buf *out)
{
    static const char *const names[] = {"createdTime", "createdMs",  "userName",     "userId",  "customerId",
                                        "address",     "actionType", "actionStatus", "failure", "entityType",
                                        "entityId",    "entityName", "actionData",   "id"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        csv_cell_put(out, names[i]);
    csv_row_end(out);
}

static void put_id(struct buf *out, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE] = "";
    if (!uuid_is_nil(id) && !uuid_eq(id, &CUSTOMER_NOBODY))
        uuid_format(id, text);
    csv_cell_put(out, text);
}

static void put_row(const struct audit_entry *e, struct buf *out)
{
    char ms[24];
    snprintf(ms, sizeof ms, "%lld", (long long)e->created_ms);
    csv_cell_put_time(out, e->created_ms);
    csv_cell_put(out, ms);
    csv_cell_put(out, e->user_name);
    put_id(out, &e->user_id);
    put_id(out, &e->customer_id);
    csv_cell_put(out, e->address);
    csv_cell_put(out, e->action);
    csv_cell_put(out, e->is_failure ? "FAILURE" : "SUCCESS");
    csv_cell_put(out, e->failure);
    csv_cell_put(out, e->entity_type);
    put_id(out, &e->entity_id);
    csv_cell_put(out, e->entity_name);
    csv_cell_put(out, e->data);
    put_id(out, &e->id);
    csv_row_end(out);
}

static err_t put_line(const struct audit_entry *e, struct buf *out, struct problem *problem)
{
    AUTO_JSON document = audit_document(e);
    if (document == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for an entry");
    document_write(document, out);
    buf_append_u8(out, '\n');
    return ERR_OK;
}

/* ---- the stream ---- */

static err_t put_entries(const struct walk *x, const struct audit_page *page, struct buf *out,
                         struct problem *problem)
{
    for (size_t i = 0; i < page->count; i++) {
        if (x->is_csv)
            put_row(&page->entries[i], out);
        else
            TRY(put_line(&page->entries[i], out, problem));
    }
    return ERR_OK;
}

static err_t next_piece(void *state, struct buf *out, bool *ret_is_last, struct problem *problem)
{
    struct walk *x = state;
    AUTO_BUF rows = {0}; /* cells look at what is before them */
    struct audit_page page;
    if (x->is_csv && !x->has_begun)
        put_headings(&rows);
    x->has_begun = true;
    TRY(registry_audit_walk(x->registry, &x->query, &x->place, &page, problem));
    err_t err = put_entries(x, &page, &rows, problem);
    audit_page_fini(&page);
    *ret_is_last = x->place.is_at_end;
    buf_append_slice(out, buf_slice(&rows));
    return err != ERR_OK || buf_is_ok(&rows) ? err : fail(problem, ERR_NOMEM, "", "no memory for the file");
}

static const struct answer_source source = {next_piece, free};

/* ---- what is asked for ---- */

static bool accepts(const struct call *call, const char *media_type)
{
    struct slice accept = call->request->accept;
    return accept.len != 0 && memmem(accept.data, accept.len, media_type, strlen(media_type)) != NULL;
}

/* format= goes before Accept; without both it is CSV. */
static err_t read_format(const struct call *call, bool *ret_is_csv, struct problem *problem)
{
    struct slice format = {0};
    *ret_is_csv =
        accepts(call, "text/csv") || !(accepts(call, JSON_LINES) || accepts(call, "application/jsonl"));
    if (!http_request_param(call->request, "format", &format) || format.len == 0)
        return ERR_OK;
    *ret_is_csv = slice_eq_str(format, "csv");
    if (*ret_is_csv || slice_eq_str(format, "jsonl"))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "format", "format is '%.*s'; expected csv or jsonl",
                format.len < 32 ? (int)format.len : 32, (const char *)format.data);
}

static err_t read_query(const struct call *call, struct walk *x, struct problem *problem)
{
    TRY(audit_read_filter(call, &x->query, problem));
    TRY(call_query_id(call, "userId", &x->query.user_id, problem));
    if (x->query.start_ms > x->query.end_ms)
        return fail(problem, ERR_INVALID, "startTime", "startTime is %lld; expected at most endTime, %lld",
                    (long long)x->query.start_ms, (long long)x->query.end_ms);
    x->query.tenant_id = call->who.tenant_id;
    x->query.page_size = ENTRIES_A_STEP;
    x->registry = call->api->hub->registry;
    return read_format(call, &x->is_csv, problem);
}

static err_t name_file(struct call *call, bool is_csv, struct problem *problem)
{
    call->response->content_type = is_csv ? "text/csv; charset=utf-8" : JSON_LINES;
    call->response->file_name = strdup(is_csv ? "audit.csv" : "audit.jsonl");
    return call->response->file_name != NULL ? ERR_OK
                                             : fail(problem, ERR_NOMEM, "", "no memory for the answer");
}

/* The request goes before the answer's end. */
static void keep_texts(struct walk *x, struct slice actions, struct slice search)
{
    if (actions.len != 0)
        memcpy(x->text, actions.data, actions.len);
    if (search.len != 0)
        memcpy(x->text + actions.len, search.data, search.len);
    x->query.actions = slice_of(x->text, actions.len);
    x->query.text_search = slice_of(x->text + actions.len, search.len);
}

err_t audit_export(struct call *call, struct problem *problem)
{
    struct slice actions = {0}, search = {0};
    http_request_param(call->request, "actionTypes", &actions);
    http_request_param(call->request, "textSearch", &search);
    struct walk *x = calloc(1, sizeof *x + actions.len + search.len);
    if (x == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    err_t err = read_query(call, x, problem);
    if (err == ERR_OK)
        err = name_file(call, x->is_csv, problem);
    if (err != ERR_OK) {
        free(x);
        return err;
    }
    keep_texts(x, actions, search);
    return answer_stream(call, &source, x);
}
