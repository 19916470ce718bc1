/*
 * Many devices from one table. POST /api/device/bulk_import has it as text in a document, as the platform's clients send it;
 * POST /api/postern/devices/import is the table itself, taken in pieces, its columns named by the first line.
 */
#include "hub/device_import.h"

#include "base/log.h"
#include "http/document.h"
#include "http/resources.h"
#include "http/router.h"
#include "http/spool.h"
#include "json/reader.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    ERRORS_TOLD = 1000,
    DOCUMENTS_AT_ONCE = 2, /* a table with escapes is in memory as a whole */
    BUSY_S = 5,            /* until one more is tried */
    MAPPING_MAX = 256 * 1024,
    DEPTH_MAX = 32,
};

struct table {
    struct csv_reader reader;
    struct device_columns columns;
    struct device_import *import;
    json_t *errors;
    bool has_columns; /* by the mapping, or the first line was read */
    bool skips_line;  /* the first line has names that the mapping replaces */
    bool is_cut;      /* what follows cannot be told apart: read and dropped */
};

/* ---- rows ---- */

static void add_error(void *arg, uint64_t line, const char *text)
{
    struct table *table = arg;
    if (json_array_size(table->errors) < ERRORS_TOLD)
        json_array_append_new(table->errors, json_sprintf("Line %" PRIu64 ": %s", line, text));
}

static err_t read_headings(struct table *table, const struct csv_row *row, struct problem *problem)
{
    if (row->fault != NULL)
        return fail(problem, ERR_INVALID, "columns", "line %" PRIu64 ": %s", row->line, row->fault);
    for (size_t i = 0; i < row->count; i++)
        TRY(device_columns_add_heading(&table->columns, row->fields[i], problem));
    table->has_columns = true;
    return device_columns_check(&table->columns, problem);
}

static err_t on_row(void *arg, const struct csv_row *row, struct problem *problem)
{
    struct table *table = arg;
    if (!table->has_columns)
        return read_headings(table, row, problem);
    if (!table->skips_line)
        return device_import_row(table->import, row, problem);
    table->skips_line = false;
    return ERR_OK;
}

/* ---- a table ---- */

static void close_table(struct table *table)
{
    device_import_free(table->import);
    csv_reader_fini(&table->reader);
    json_decref(table->errors);
    free(table);
}

static err_t check_delimiter(struct slice text, char *ret, struct problem *problem)
{
    uint8_t c = text.len == 1 ? text.data[0] : 0;
    if (c == '\t' || (c > ' ' && c < 0x7f && c != '"'))
        *ret = (char)c;
    else
        return fail(problem, ERR_INVALID, "delimiter",
                    "delimiter is '%.*s'; expected one character of ASCII, which is no quote",
                    text.len < 16 ? (int)text.len : 16, (const char *)text.data);
    return ERR_OK;
}

static err_t begin(struct call *call, struct table *table, char delimiter, bool updates,
                   struct problem *problem)
{
    const struct device_import_options options = {.tenant_id = call->who.tenant_id,
                                                  .updates = updates,
                                                  .columns = &table->columns,
                                                  .on_error = add_error,
                                                  .arg = table};
    table->errors = json_array();
    if (table->errors == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the import");
    TRY(csv_reader_init(&table->reader, delimiter, on_row, table, problem));
    return device_import_new(call->api->hub, &options, &table->import, problem);
}

/* Rows before a fault of the form are kept, so it is one more error of the list, not the request's; a first line that
 * is not understood is the request's. */
static err_t keep_fault(struct table *table, err_t err, const struct problem *fault, struct problem *problem)
{
    bool is_form = err == ERR_INVALID || err == ERR_LIMIT;
    if (err != ERR_OK && is_form && table->has_columns && table->columns.count != 0 &&
        table->reader.err == ERR_OK) {
        table->is_cut = true;
        if (json_array_append_new(table->errors, json_string(fault->text)) == 0)
            return ERR_OK;
    }
    if (err != ERR_OK && problem != NULL)
        *problem = *fault;
    return err;
}

static err_t read_bytes(struct table *table, struct slice bytes, struct problem *problem)
{
    struct problem fault = {0};
    if (table->is_cut)
        return ERR_OK;
    return keep_fault(table, csv_reader_read(&table->reader, bytes, &fault), &fault, problem);
}

static err_t read_end(struct table *table, struct problem *problem)
{
    struct problem fault = {0};
    if (!table->is_cut)
        TRY(keep_fault(table, csv_reader_end(&table->reader, &fault), &fault, problem));
    if (!table->has_columns)
        return fail(problem, ERR_INVALID, "file",
                    "the table is empty; expected a first line that names columns");
    return device_import_flush(table->import, problem);
}

static void describe(struct call *call, const struct table *table)
{
    if (table->import == NULL)
        return;
    struct device_import_counts counts = device_import_count(table->import);
    call_audit_detail(call, "created", json_integer((json_int_t)counts.created));
    call_audit_detail(call, "updated", json_integer((json_int_t)counts.updated));
    call_audit_detail(call, "errors", json_integer((json_int_t)(counts.refused + (table->is_cut ? 1 : 0))));
}

static json_t *result_document(struct table *table, struct device_import_counts counts)
{
    if (counts.refused > ERRORS_TOLD)
        json_array_append_new(table->errors,
                              json_sprintf("and %" PRIu64 " more", counts.refused - ERRORS_TOLD));
    return json_pack("{s:I, s:I, s:I, s:O}", "created", (json_int_t)counts.created, "updated",
                     (json_int_t)counts.updated, "errors",
                     (json_int_t)(counts.refused + (table->is_cut ? 1 : 0)), "errorsList", table->errors);
}

static err_t finish(struct call *call, struct table *table, struct problem *problem)
{
    TRY(read_end(table, problem));
    struct device_import_counts counts = device_import_count(table->import);
    log_info("devices.imported", log_number("created", (int64_t)counts.created),
             log_number("updated", (int64_t)counts.updated), log_number("refused", (int64_t)counts.refused));
    return call_reply(call, result_document(table, counts), problem);
}

static err_t new_table(struct table **ret, struct problem *problem)
{
    *ret = calloc(1, sizeof **ret);
    return *ret != NULL ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory for the import");
}

/* ---- POST /api/postern/devices/import ---- */

static size_t limit_of(const struct settings *settings)
{
    return (size_t)settings->http.max_import;
}

static err_t open_upload(struct call *call, void **ret_state, struct problem *problem)
{
    struct table *table = NULL;
    struct slice text;
    char delimiter = ',';
    bool updates = false;
    if (http_request_param(call->request, "delimiter", &text))
        TRY(check_delimiter(text, &delimiter, problem));
    TRY(call_query_bool(call, "update", &updates, problem));
    TRY(new_table(&table, problem));
    err_t err = begin(call, table, delimiter, updates, problem);
    if (err == ERR_OK)
        *ret_state = table;
    else
        close_table(table);
    return err;
}

static err_t write_upload(void *state, struct slice bytes, struct problem *problem)
{
    return read_bytes(state, bytes, problem);
}

static err_t finish_upload(struct call *call, void *state, struct problem *problem)
{
    return finish(call, state, problem);
}

static void close_upload(void *state)
{
    close_table(state);
}

static void describe_upload(struct call *call, const void *state)
{
    describe(call, state);
}

const struct body_sink device_import_upload = {limit_of,      open_upload,  write_upload,
                                               finish_upload, close_upload, describe_upload};

/* ---- POST /api/device/bulk_import ---- */

/* The mapping may stand behind the table, so the document is read when all of it is there. */
struct upload {
    struct spool spool;
    atomic_uint *imports; /* of struct api */
};

static err_t read_column(struct table *table, const json_t *column, struct problem *problem)
{
    const char *type = NULL, *key = NULL;
    if (!json_is_object(column))
        return fail(problem, ERR_INVALID, "columns", "a column is %s; expected an object",
                    document_kind(column));
    TRY(document_get_string(column, "type", &type, problem));
    TRY(document_get_string(column, "key", &key, problem));
    if (type == NULL)
        return fail(problem, ERR_INVALID, "type", "type is missing; expected the type of a column");
    return device_columns_add(&table->columns, slice_str(type), slice_str(key != NULL ? key : ""), problem);
}

static err_t read_columns(struct table *table, const json_t *mapping, struct problem *problem)
{
    const json_t *columns = json_object_get(mapping, "columns"), *column;
    size_t i;
    if (!json_is_array(columns))
        return fail(problem, ERR_INVALID, "columns", "columns is %s; expected an array",
                    columns != NULL ? document_kind(columns) : "missing");
    json_array_foreach(columns, i, column) TRY(read_column(table, column, problem));
    table->has_columns = true;
    return device_columns_check(&table->columns, problem);
}

static err_t read_mapping(const json_t *mapping, struct table *table, char *ret_delimiter, bool *ret_updates,
                          struct problem *problem)
{
    const char *delimiter = NULL;
    TRY(read_columns(table, mapping, problem));
    TRY(document_get_string(mapping, "delimiter", &delimiter, problem));
    if (delimiter != NULL)
        TRY(check_delimiter(slice_str(delimiter), ret_delimiter, problem));
    TRY(document_get_bool(mapping, "header", &table->skips_line, problem));
    return document_get_bool(mapping, "update", ret_updates, problem);
}

/* The members of the document; text stays valid as long as the spool and @p scratch. @param ret_file  data NULL: none */
static err_t read_members(struct json_reader *reader, struct slice text, struct slice *ret_file,
                          struct slice *ret_mapping, struct problem *problem)
{
    struct json_token name, value;
    TRY(json_next(reader, &value));
    if (value.kind != JSON_TOKEN_OBJECT)
        return fail(problem, ERR_INVALID, "", "the body is %s; expected an object",
                    json_kind_name(value.kind));
    for (;;) {
        TRY(json_next(reader, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            return json_next(reader, &value); /* nothing follows */
        TRY(json_next(reader, &value));
        bool is_file = slice_eq_str(name.text, "file"), is_mapping = slice_eq_str(name.text, "mapping");
        TRY(json_skip(reader, &value));
        if (is_file && value.kind == JSON_TOKEN_STRING)
            *ret_file = value.text;
        else if (is_file && value.kind != JSON_TOKEN_NULL)
            return fail(problem, ERR_INVALID, "file", "file is %s; expected a table as text",
                        json_kind_name(value.kind));
        if (is_mapping && value.kind != JSON_TOKEN_NULL)
            *ret_mapping = slice_of(text.data + value.at, (size_t)(reader->pos - text.data) - value.at);
    }
}

static err_t parse_mapping(struct slice text, json_t **ret, struct problem *problem)
{
    if (text.len == 0)
        return fail(problem, ERR_INVALID, "mapping", "mapping is missing; expected an object");
    if (text.len > MAPPING_MAX)
        return fail(problem, ERR_INVALID, "mapping", "mapping has %zu bytes; expected at most %d", text.len,
                    MAPPING_MAX);
    if (text.data[0] != '{')
        return fail(problem, ERR_INVALID, "mapping", "mapping is no object; expected one");
    return document_parse(text, ret, problem);
}

static err_t import_file(struct call *call, struct table *table, struct slice file, const json_t *mapping,
                         struct problem *problem)
{
    char delimiter = ',';
    bool updates = false;
    TRY(read_mapping(mapping, table, &delimiter, &updates, problem));
    TRY(begin(call, table, delimiter, updates, problem));
    TRY(read_bytes(table, file, problem));
    return finish(call, table, problem);
}

static err_t import_members(struct call *call, struct slice file, const json_t *mapping,
                            struct problem *problem)
{
    struct table *table = NULL;
    TRY(new_table(&table, problem));
    err_t err = import_file(call, table, file, mapping, problem);
    describe(call, table);
    close_table(table);
    return err;
}

static err_t import_document(struct call *call, struct slice text, struct problem *problem)
{
    AUTO_BUF scratch = {0};
    AUTO_JSON mapping = NULL;
    struct slice file = {0}, mapping_text = {0};
    struct json_reader reader;
    if (text.len == 0)
        return fail(problem, ERR_INVALID, "", "Required request body is missing");
    json_reader_init(&reader, text, JSON_MODE_STRICT, DEPTH_MAX, &scratch, problem);
    err_t err = read_members(&reader, text, &file, &mapping_text, problem);
    if (err == ERR_LIMIT) /* nested too deep */
        return ERR_INVALID;
    TRY(err);
    if (file.data == NULL)
        return fail(problem, ERR_INVALID, "file", "file is missing; expected a table as text");
    if (memchr(file.data, 0, file.len) != NULL)
        return fail(problem, ERR_INVALID, "file", "file holds \\u0000; expected text without it");
    TRY(parse_mapping(mapping_text, &mapping, problem));
    return import_members(call, file, mapping, problem);
}

/* Escapes in the table are carried out in memory, so few are let in. */
static err_t open_document(struct call *call, void **ret_state, struct problem *problem)
{
    struct upload *upload = NULL;
    if (atomic_fetch_add(&call->api->imports, 1) >= DOCUMENTS_AT_ONCE) {
        atomic_fetch_sub(&call->api->imports, 1);
        call->error_status = 429;
        call->error_code = 33;
        call->response->retry_after_s = BUSY_S;
        return fail(problem, ERR_LIMIT, "",
                    "%d imports are under way; expected fewer: try again in %d seconds", DOCUMENTS_AT_ONCE,
                    BUSY_S);
    }
    upload = calloc(1, sizeof *upload);
    err_t err = upload != NULL ? spool_open(&upload->spool, call->api->hub->dir, problem)
                               : fail(problem, ERR_NOMEM, "", "no memory for the import");
    if (err != ERR_OK) {
        atomic_fetch_sub(&call->api->imports, 1);
        free(upload);
        return err;
    }
    upload->imports = &call->api->imports;
    *ret_state = upload;
    return ERR_OK;
}

static err_t write_document(void *state, struct slice bytes, struct problem *problem)
{
    struct upload *upload = state;
    return spool_write(&upload->spool, bytes, problem);
}

static err_t finish_document(struct call *call, void *state, struct problem *problem)
{
    struct upload *upload = state;
    struct slice text;
    TRY(spool_read(&upload->spool, &text, problem));
    return import_document(call, text, problem);
}

static void close_document(void *state)
{
    struct upload *upload = state;
    spool_close(&upload->spool);
    atomic_fetch_sub(upload->imports, 1);
    free(upload);
}

const struct body_sink device_import_mapped = {limit_of, open_document, write_document, finish_document,
                                               close_document};
