/**
 * @file pool.h - connections to one SQLite file, their prepared statements, and transactions.
 *
 * One connection writes (a transaction holds its mutex), POOL_READERS read, each used by one thread at a
 * time; who finds no reader free waits. SQL text is always a string constant; what comes from outside is
 * bound. Everything here is used through the three scopes, which give back what they took when they end:
 *
 *     AUTO_READER struct conn *conn = pool_take_reader(pool);
 *     AUTO_STATEMENT struct statement s = {0};
 *     TRY(statement_open(conn, "SELECT name FROM tenant WHERE id = ?", &s, problem));
 *     bind_uuid(&s, id);
 *     TRY(statement_row(&s, &found, problem));
 *
 *     AUTO_WRITE struct write w = {0};
 *     TRY(write_begin(pool, &w, problem));
 *     ... statements on w.conn ...
 *     return write_commit(&w, problem);      (without it: rolled back)
 */
#pragma once

#include "base/buf.h"
#include "base/uuid.h"
#include "store/sqlite/fold.h"

#include <sqlite3.h>

#include <pthread.h>

enum { POOL_READERS = 4, CONN_STATEMENTS = 96 };

struct device_judge;

struct conn {
    struct pool *pool;
    sqlite3 *db; /* NULL until first used */
    struct {
        const char *sql; /* the constant's address is the key */
        sqlite3_stmt *handle;
    } prepared[CONN_STATEMENTS];
    size_t prepared_count;
    bool in_use;
    const struct device_judge *judge; /* of the query at hand (device_state.h); NULL: none */
};

struct pool {
    char *path;
    locale_t locale;
    pthread_mutex_t write_lock; /* guards `writer`; taken before nothing else */
    struct conn writer;
    pthread_mutex_t lock; /* guards `in_use` of readers */
    pthread_cond_t freed;
    struct conn readers[POOL_READERS];
};

/** Take a locale and open the writing connection. On failure nothing is left open. */
MUST_USE err_t pool_init(struct pool *pool, const char *path, struct problem *problem);
void pool_fini(struct pool *pool); /* no connection in use */

struct conn *pool_take_reader(struct pool *pool); /* waits for a free one */
void pool_give_reader(struct conn **conn);
#define AUTO_READER __attribute__((cleanup(pool_give_reader)))

/** One use of a statement. The bind_ functions fill its parameters in order, the take_ functions read a row's
 * columns in order; their errors stick and come out of statement_row/statement_run/statement_end. */
struct statement {
    struct conn *conn;
    sqlite3_stmt *handle;
    int param, column;
    bool is_kept; /* in the connection's cache */
    err_t err;
};

/** @p sql is a string constant: prepared once per connection and kept. */
MUST_USE err_t statement_open(struct conn *conn, const char *sql, struct statement *ret,
                              struct problem *problem);
/** For SQL put together from constants: prepared for this use only. */
MUST_USE err_t statement_open_once(struct conn *conn, struct slice sql, struct statement *ret,
                                   struct problem *problem);
void statement_close(struct statement *s);
#define AUTO_STATEMENT __attribute__((cleanup(statement_close)))

/* Bound text must live until the statement is closed. */
void bind_int(struct statement *s, int64_t v);
void bind_text(struct statement *s, struct slice text);
void bind_text_or_null(struct statement *s, const char *text);
void bind_blob(struct statement *s, const void *data, size_t n);
void bind_uuid(struct statement *s, const struct uuid *id);
void bind_uuid_or_null(struct statement *s, const struct uuid *id); /* the nil UUID is NULL */

/** Step. *ret_found = false: no more rows. @return ERR_CONFLICT: a uniqueness rule was violated */
MUST_USE err_t statement_row(struct statement *s, bool *ret_found, struct problem *problem);
/** Step once for a statement without rows. @p ret_changes (NULL allowed): rows it changed. */
MUST_USE err_t statement_run(struct statement *s, int *ret_changes, struct problem *problem);
/** What the take_ functions met in this row: ERR_OK or ERR_NOMEM. */
MUST_USE err_t statement_end(struct statement *s, struct problem *problem);

int64_t take_int(struct statement *s);
void take_text(struct statement *s, char *out, size_t size); /* cut to size if it must be */
char *take_text_or_null(struct statement *s);                /* heap copy; NULL when SQL NULL */
struct slice take_blob(struct statement *s);                 /* until the next step */
struct uuid take_uuid(struct statement *s);                  /* NULL is the nil UUID */

/** Open if it is not yet; a statement does that by itself. */
MUST_USE err_t conn_open(struct conn *conn, struct problem *problem);

/** The category and sentence of what the connection's last call failed with. */
MUST_USE err_t conn_fail(struct conn *conn, struct problem *problem);

/** Run statements without parameters or results. */
MUST_USE err_t conn_exec(struct conn *conn, const char *sql, struct problem *problem);

struct write {
    struct pool *pool;
    struct conn *conn; /* NULL: not begun, or over */
};
MUST_USE err_t write_begin(struct pool *pool, struct write *ret, struct problem *problem);
MUST_USE err_t write_commit(struct write *w, struct problem *problem);
void write_end(struct write *w); /* rolls back unless committed */
#define AUTO_WRITE __attribute__((cleanup(write_end)))
