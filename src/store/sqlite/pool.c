#include "store/sqlite/pool.h"

#include "store/sqlite/device_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_TIMEOUT_MS = 10000 };

static void fold_sql(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct pool *pool = sqlite3_user_data(context);
    AUTO_BUF out = {0};
    if (argc != 1 || sqlite3_value_type(argv[0]) == SQLITE_NULL)
        return;
    struct slice text = slice_of(sqlite3_value_text(argv[0]), (size_t)sqlite3_value_bytes(argv[0]));
    fold_append(pool->locale, text, &out);
    if (buf_is_ok(&out))
        sqlite3_result_text(context, (const char *)(out.data ? out.data : (const uint8_t *)""), (int)out.len,
                            SQLITE_TRANSIENT);
    else
        sqlite3_result_error_nomem(context);
}

/* holds(text, part): like instr() > 0, twice as quick. */
static void holds_sql(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    CHECK(argc == 2);
    const void *text = sqlite3_value_text(argv[0]), *part = sqlite3_value_text(argv[1]);
    size_t text_len = (size_t)sqlite3_value_bytes(argv[0]), part_len = (size_t)sqlite3_value_bytes(argv[1]);
    bool found = part_len == 0;
    if (text != NULL && part != NULL && !found)
        found = memmem(text, text_len, part, part_len) != NULL;
    sqlite3_result_int(context, found);
}

static bool add_functions(struct conn *conn)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    return sqlite3_create_function(conn->db, "fold", 1, flags, conn->pool, fold_sql, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function(conn->db, "holds", 2, flags, NULL, holds_sql, NULL, NULL) == SQLITE_OK &&
           device_state_add_functions(conn);
}

/* A full disk shows itself in two ways: as such, or as a failed write whose errno tells. */
static bool is_disk_full(sqlite3 *db, int code)
{
    int error = sqlite3_system_errno(db);
    return (code & 0xff) == SQLITE_FULL ||
           ((code & 0xff) == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT));
}

err_t conn_fail(struct conn *conn, struct problem *problem)
{
    int code = sqlite3_extended_errcode(conn->db);
    const char *say = sqlite3_errmsg(conn->db);
    if (is_disk_full(conn->db, code))
        return fail(problem, ERR_FULL, "", "no space left on the disk of %s", conn->pool->path);
    if ((code & 0xff) == SQLITE_NOMEM)
        return fail(problem, ERR_NOMEM, "", "no memory");
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return fail(problem, ERR_CONFLICT, "", "exists already: %s", say);
    if ((code & 0xff) == SQLITE_NOTADB)
        return fail(problem, ERR_INVALID, "", "%s is not a registry: %s", conn->pool->path, say);
    return fail(problem, ERR_IO, "", "registry %s: %s", conn->pool->path, say);
}

err_t conn_exec(struct conn *conn, const char *sql, struct problem *problem)
{
    if (sqlite3_exec(conn->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return ERR_OK;
    return conn_fail(conn, problem);
}

static void conn_close(struct conn *conn)
{
    for (size_t i = 0; i < conn->prepared_count; i++)
        sqlite3_finalize(conn->prepared[i].handle);
    sqlite3_close(conn->db);
    conn->db = NULL;
    conn->prepared_count = 0;
}

/* Commits reach the disk before they return (synchronous=FULL); a log that once grew large is cut again. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA journal_size_limit = 8388608;"
                               "PRAGMA cache_size = -1024;";
/* Lists and searches scan indexes: 100 000 devices have some 5 MB of names. */
static const char settings_of_reader[] = "PRAGMA cache_size = -8192;";

err_t conn_open(struct conn *conn, struct problem *problem)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    err_t err = ERR_OK;
    if (conn->db != NULL)
        return ERR_OK;
    if (sqlite3_open_v2(conn->pool->path, &conn->db, flags, NULL) != SQLITE_OK)
        err = conn->db ? conn_fail(conn, problem) : fail(problem, ERR_NOMEM, "", "no memory");
    else if (sqlite3_busy_timeout(conn->db, BUSY_TIMEOUT_MS) != SQLITE_OK || !add_functions(conn))
        err = conn_fail(conn, problem);
    else
        err = conn_exec(conn, settings, problem);
    if (err == ERR_OK && conn != &conn->pool->writer)
        err = conn_exec(conn, settings_of_reader, problem);
    if (err != ERR_OK)
        conn_close(conn);
    return err;
}

err_t pool_init(struct pool *pool, const char *path, struct problem *problem)
{
    *pool = (struct pool){.path = strdup(path), .locale = fold_locale_new()};
    pthread_mutex_init(&pool->write_lock, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->freed, NULL);
    pool->writer.pool = pool;
    for (size_t i = 0; i < POOL_READERS; i++)
        pool->readers[i].pool = pool;
    err_t err = ERR_OK;
    if (pool->path == NULL)
        err = fail(problem, ERR_NOMEM, "", "no memory");
    else if (pool->locale == (locale_t)0)
        err = fail(problem, ERR_INTERNAL, "", "the system has no locale C.UTF-8 (package libc-bin)");
    else
        err = conn_open(&pool->writer, problem);
    if (err != ERR_OK)
        pool_fini(pool);
    return err;
}

void pool_fini(struct pool *pool)
{
    for (size_t i = 0; i < POOL_READERS; i++)
        conn_close(&pool->readers[i]);
    conn_close(&pool->writer);
    if (pool->locale != (locale_t)0)
        freelocale(pool->locale);
    free(pool->path);
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->write_lock);
}

static struct conn *free_reader(struct pool *pool)
{
    for (size_t i = 0; i < POOL_READERS; i++) {
        if (!pool->readers[i].in_use)
            return &pool->readers[i];
    }
    return NULL;
}

struct conn *pool_take_reader(struct pool *pool)
{
    struct conn *conn = NULL;
    pthread_mutex_lock(&pool->lock);
    while ((conn = free_reader(pool)) == NULL)
        pthread_cond_wait(&pool->freed, &pool->lock);
    conn->in_use = true;
    pthread_mutex_unlock(&pool->lock);
    return conn;
}

void pool_give_reader(struct conn **conn)
{
    struct pool *pool = (*conn)->pool;
    pthread_mutex_lock(&pool->lock);
    (*conn)->in_use = false;
    (*conn)->judge = NULL;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

err_t write_begin(struct pool *pool, struct write *ret, struct problem *problem)
{
    pthread_mutex_lock(&pool->write_lock);
    err_t err = conn_exec(&pool->writer, "BEGIN IMMEDIATE", problem);
    if (err == ERR_OK)
        *ret = (struct write){pool, &pool->writer};
    else
        pthread_mutex_unlock(&pool->write_lock);
    return err;
}

err_t write_commit(struct write *w, struct problem *problem)
{
    TRY(conn_exec(w->conn, "COMMIT", problem));
    w->conn = NULL;
    pthread_mutex_unlock(&w->pool->write_lock);
    return ERR_OK;
}

/* Some errors (a full disk, no memory) have rolled back already; a second rollback then just says so. */
void write_end(struct write *w)
{
    if (w->conn == NULL)
        return;
    if (!sqlite3_get_autocommit(w->conn->db))
        sqlite3_exec(w->conn->db, "ROLLBACK", NULL, NULL, NULL);
    w->conn = NULL;
    pthread_mutex_unlock(&w->pool->write_lock);
}
