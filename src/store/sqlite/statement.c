#include "store/sqlite/pool.h"

#include <string.h>

static err_t prepare(struct conn *conn, struct slice sql, unsigned flags, struct statement *s,
                     struct problem *problem)
{
    TRY(conn_open(conn, problem));
    if (sqlite3_prepare_v3(conn->db, (const char *)sql.data, (int)sql.len, flags, &s->handle, NULL) !=
        SQLITE_OK)
        return conn_fail(conn, problem);
    s->conn = conn;
    return ERR_OK;
}

err_t statement_open(struct conn *conn, const char *sql, struct statement *ret, struct problem *problem)
{
    struct statement s = {.conn = conn, .is_kept = true};
    for (size_t i = 0; i < conn->prepared_count && s.handle == NULL; i++) {
        if (conn->prepared[i].sql == sql)
            s.handle = conn->prepared[i].handle;
    }
    if (s.handle == NULL) {
        CHECK(conn->prepared_count < CONN_STATEMENTS);
        TRY(prepare(conn, slice_str(sql), SQLITE_PREPARE_PERSISTENT, &s, problem));
        conn->prepared[conn->prepared_count].sql = sql;
        conn->prepared[conn->prepared_count++].handle = s.handle;
    }
    *ret = s;
    return ERR_OK;
}

err_t statement_open_once(struct conn *conn, struct slice sql, struct statement *ret, struct problem *problem)
{
    struct statement s = {0};
    TRY(prepare(conn, sql, 0, &s, problem));
    *ret = s;
    return ERR_OK;
}

void statement_close(struct statement *s)
{
    if (s->handle == NULL)
        return;
    if (s->is_kept) {
        sqlite3_reset(s->handle);
        sqlite3_clear_bindings(s->handle);
    } else {
        sqlite3_finalize(s->handle);
    }
    s->handle = NULL;
}

static void note_bind(struct statement *s, int code)
{
    CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
    if (code == SQLITE_TOOBIG)
        s->err = ERR_LIMIT;
    else if (code != SQLITE_OK)
        s->err = ERR_NOMEM;
}

void bind_int(struct statement *s, int64_t v)
{
    note_bind(s, sqlite3_bind_int64(s->handle, ++s->param, v));
}

void bind_text(struct statement *s, struct slice text)
{
    const char *data = text.data ? (const char *)text.data : "";
    note_bind(s, sqlite3_bind_text64(s->handle, ++s->param, data, text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void bind_text_or_null(struct statement *s, const char *text)
{
    if (text != NULL)
        bind_text(s, slice_str(text));
    else
        note_bind(s, sqlite3_bind_null(s->handle, ++s->param));
}

void bind_blob(struct statement *s, const void *data, size_t n)
{
    note_bind(s, sqlite3_bind_blob64(s->handle, ++s->param, data, n, SQLITE_STATIC));
}

void bind_uuid(struct statement *s, const struct uuid *id)
{
    bind_blob(s, id->bytes, sizeof id->bytes);
}

void bind_uuid_or_null(struct statement *s, const struct uuid *id)
{
    if (uuid_is_nil(id))
        note_bind(s, sqlite3_bind_null(s->handle, ++s->param));
    else
        bind_uuid(s, id);
}

err_t statement_row(struct statement *s, bool *ret_found, struct problem *problem)
{
    TRY(statement_end(s, problem));
    int code = sqlite3_step(s->handle);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return conn_fail(s->conn, problem);
    s->column = 0;
    *ret_found = code == SQLITE_ROW;
    return ERR_OK;
}

err_t statement_run(struct statement *s, int *ret_changes, struct problem *problem)
{
    bool found;
    TRY(statement_row(s, &found, problem));
    CHECK(!found);
    if (ret_changes != NULL)
        *ret_changes = sqlite3_changes(s->conn->db);
    return ERR_OK;
}

err_t statement_end(struct statement *s, struct problem *problem)
{
    if (s->err == ERR_LIMIT)
        return fail(problem, ERR_LIMIT, "", "the value is too large for the registry");
    if (s->err != ERR_OK)
        return fail(problem, s->err, "", "no memory");
    return ERR_OK;
}

int64_t take_int(struct statement *s)
{
    return sqlite3_column_int64(s->handle, s->column++);
}

static struct slice take_bytes(struct statement *s)
{
    int column = s->column++;
    const void *data = sqlite3_column_text(s->handle, column);
    if (data == NULL && sqlite3_column_type(s->handle, column) != SQLITE_NULL)
        s->err = ERR_NOMEM;
    return slice_of(data, data ? (size_t)sqlite3_column_bytes(s->handle, column) : 0);
}

void take_text(struct statement *s, char *out, size_t size)
{
    struct slice text = take_bytes(s);
    if (text.len >= size)
        text.len = size - 1;
    if (text.len != 0)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

char *take_text_or_null(struct statement *s)
{
    struct slice text = take_bytes(s);
    if (text.data == NULL)
        return NULL;
    char *copy = strndup((const char *)text.data, text.len);
    if (copy == NULL)
        s->err = ERR_NOMEM;
    return copy;
}

struct slice take_blob(struct statement *s)
{
    int column = s->column++;
    const void *data = sqlite3_column_blob(s->handle, column);
    return slice_of(data, (size_t)sqlite3_column_bytes(s->handle, column));
}

struct uuid take_uuid(struct statement *s)
{
    struct uuid id = {0};
    struct slice blob = take_blob(s);
    if (blob.len == sizeof id.bytes)
        memcpy(id.bytes, blob.data, blob.len);
    return id;
}
