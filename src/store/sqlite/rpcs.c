/* Persistent calls to devices. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

#define RPC_COLUMNS                                                                                          \
    "r.number, r.id, (SELECT id FROM tenant WHERE number = d.tenant), d.id, r.device, r.request_id,"         \
    " r.created_ms, r.expires_ms, r.timeout_ms, r.retries, r.is_one_way, r.status, r.request, r.response,"   \
    " r.additional_info"
#define RPC_FROM " FROM rpc r JOIN device d ON d.number = r.device"

static void take_rpc(struct statement *s, struct rpc *ret)
{
    ret->number = (uint64_t)take_int(s);
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->device_id = take_uuid(s);
    ret->device = (uint64_t)take_int(s);
    ret->request_id = (uint32_t)take_int(s);
    ret->created_ms = take_int(s);
    ret->expires_ms = take_int(s);
    ret->timeout_ms = (uint32_t)take_int(s);
    ret->retries = (uint32_t)take_int(s);
    ret->is_one_way = take_int(s) != 0;
    ret->status = (enum rpc_status)take_int(s);
    ret->request = take_text_or_null(s);
    ret->response = take_text_or_null(s);
    ret->additional_info = take_text_or_null(s);
}

/* One row, or NOT_FOUND. */
static err_t read_rpc(struct statement *s, struct rpc *ret, struct problem *p)
{
    bool found;
    struct rpc rpc = {0};
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such call");
    take_rpc(s, &rpc);
    err_t err = statement_end(s, p);
    if (err == ERR_OK)
        *ret = rpc;
    else
        rpc_fini(&rpc);
    return err;
}

/* ---- making ---- */

static err_t check_room(struct conn *conn, uint64_t device, uint32_t max_open, struct problem *p)
{
    static const char sql[] = "SELECT count(*) FROM rpc WHERE device = ? AND is_open = 1";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)device);
    TRY(statement_row(&s, &found, p));
    if (take_int(&s) >= max_open)
        return fail(p, ERR_LIMIT, "",
                    "%u persistent calls wait for this device; no more are taken (rpc.max_persistent)",
                    max_open);
    return ERR_OK;
}

static err_t insert(struct write *w, const struct rpc *rpc, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO rpc (id, device, request_id, created_ms, expires_ms, timeout_ms, retries, is_one_way,"
        " status, is_open, request, additional_info)"
        " SELECT ?1, number, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11 FROM device WHERE number = ?2";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(w->conn, sql, &s, p));
    bind_uuid(&s, &rpc->id);
    bind_int(&s, (int64_t)rpc->device);
    bind_int(&s, rpc->request_id);
    bind_int(&s, rpc->created_ms);
    bind_int(&s, rpc->expires_ms);
    bind_int(&s, rpc->timeout_ms);
    bind_int(&s, rpc->retries);
    bind_int(&s, rpc->is_one_way);
    bind_int(&s, rpc->status);
    bind_text(&s, slice_str(rpc->request));
    bind_text_or_null(&s, rpc->additional_info);
    TRY(statement_run(&s, &changes, p));
    return changes != 0 ? ERR_OK : fail(p, ERR_NOT_FOUND, "", "no such device");
}

err_t sqlite_rpc_add(struct registry *r, struct rpc *rpc, uint32_t max_open, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    const struct uuid id = uuid_random();
    struct rpc made = *rpc;
    made.id = id;
    made.created_ms = clock_wall_ms();
    made.status = RPC_STATUS_QUEUED;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(check_room(w.conn, made.device, max_open, p));
    TRY(insert(&w, &made, p));
    made.number = (uint64_t)sqlite3_last_insert_rowid(w.conn->db);
    TRY(write_commit(&w, p));
    *rpc = made;
    return ERR_OK;
}

/* ---- what became of it ---- */

static err_t find(struct conn *conn, const struct rpc_progress *progress, struct rpc *ret, struct problem *p)
{
    static const char by_number[] = "SELECT " RPC_COLUMNS RPC_FROM " WHERE r.number = ?";
    static const char by_request[] =
        "SELECT " RPC_COLUMNS RPC_FROM " WHERE r.device = ? AND r.request_id = ? AND r.is_open = 1";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, progress->number != 0 ? by_number : by_request, &s, p));
    bind_int(&s, (int64_t)(progress->number != 0 ? progress->number : progress->device));
    if (progress->number == 0)
        bind_int(&s, progress->request_id);
    return read_rpc(&s, ret, p);
}

static err_t update(struct conn *conn, const struct rpc *rpc, struct slice response, struct problem *p)
{
    static const char sql[] = "UPDATE rpc SET status = ?2, is_open = ?3, retries = ?4,"
                              " response = CASE WHEN ?5 = '' THEN response ELSE ?5 END WHERE number = ?1";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)rpc->number);
    bind_int(&s, rpc->status);
    bind_int(&s, rpc_is_open(rpc));
    bind_int(&s, rpc->retries);
    bind_text(&s, response);
    return statement_run(&s, NULL, p);
}

err_t sqlite_rpc_advance(struct registry *r, const struct rpc_progress *progress, struct rpc *ret,
                         struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct rpc rpc;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find(w.conn, progress, &rpc, p));
    err_t err = ERR_OK;
    if (rpc_advance(&rpc, progress->step)) {
        err = update(w.conn, &rpc, progress->step == RPC_STEP_ANSWERED ? progress->response : SLICE(""), p);
        if (err == ERR_OK)
            err = write_commit(&w, p);
    }
    if (err == ERR_OK)
        *ret = rpc;
    else
        rpc_fini(&rpc);
    return err;
}

static err_t run_at(struct conn *conn, const char *sql, int64_t when_ms, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, when_ms);
    return statement_run(&s, NULL, p);
}

static err_t next_expiry(struct conn *conn, int64_t *ret_ms, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(
        conn, "SELECT coalesce(min(expires_ms), 9223372036854775807) FROM rpc WHERE is_open = 1", &s, p));
    TRY(statement_row(&s, &found, p));
    *ret_ms = take_int(&s);
    return ERR_OK;
}

err_t sqlite_rpc_expire(struct registry *r, int64_t now_ms, int64_t keep_from_ms, int64_t *ret_next_ms,
                        struct problem *p)
{
    static const char expire[] =
        "UPDATE rpc SET status = 6, is_open = 0 WHERE is_open = 1 AND expires_ms <= ?";
    static const char forget[] = "DELETE FROM rpc WHERE number IN (SELECT number FROM rpc INDEXED BY rpc_done"
                                 " WHERE is_open = 0 AND created_ms < ? ORDER BY created_ms LIMIT 1000)";
    AUTO_WRITE struct write w = {0};
    int64_t next_ms;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(run_at(w.conn, expire, now_ms, p));
    TRY(run_at(w.conn, forget, keep_from_ms, p));
    TRY(next_expiry(w.conn, &next_ms, p));
    TRY(write_commit(&w, p));
    *ret_next_ms = next_ms;
    return ERR_OK;
}

/* ---- reading ---- */

#define OF_TENANT " AND d.tenant = (SELECT number FROM tenant WHERE id = ?)"

static err_t find_by_id(struct conn *conn, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                        struct problem *p)
{
    static const char sql[] = "SELECT " RPC_COLUMNS RPC_FROM " WHERE r.id = ?" OF_TENANT;
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_uuid(&s, tenant);
    return read_rpc(&s, ret, p);
}

err_t sqlite_rpc_get(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                     struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return find_by_id(conn, tenant, id, ret, p);
}

static err_t delete_number(struct write *w, uint64_t number, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(w->conn, "DELETE FROM rpc WHERE number = ?", &s, p));
    bind_int(&s, (int64_t)number);
    return statement_run(&s, NULL, p);
}

err_t sqlite_rpc_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                        struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct rpc rpc;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find_by_id(w.conn, tenant, id, &rpc, p));
    err_t err = delete_number(&w, rpc.number, p);
    if (err == ERR_OK)
        err = write_commit(&w, p);
    if (err == ERR_OK)
        *ret = rpc;
    else
        rpc_fini(&rpc);
    return err;
}

static err_t read_rows(struct statement *s, struct rpc *rows, size_t max, size_t *ret_count,
                       struct problem *p)
{
    bool found = false;
    size_t count = 0;
    err_t err = statement_row(s, &found, p);
    while (err == ERR_OK && found && count < max) {
        take_rpc(s, &rows[count++]);
        err = statement_end(s, p);
        if (err == ERR_OK)
            err = statement_row(s, &found, p);
    }
    for (size_t i = 0; err != ERR_OK && i < count; i++)
        rpc_fini(&rows[i]);
    *ret_count = err == ERR_OK ? count : 0;
    return err;
}

err_t sqlite_rpc_open_of_device(struct registry *r, uint64_t device, uint64_t after, struct rpc *rows,
                                size_t max, size_t *ret_count, struct problem *p)
{
    static const char sql[] =
        "SELECT " RPC_COLUMNS RPC_FROM
        " WHERE r.device = ? AND r.is_open = 1 AND r.number > ? ORDER BY r.number LIMIT ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)device);
    bind_int(&s, (int64_t)after);
    bind_int(&s, (int64_t)max);
    return read_rows(&s, rows, max, ret_count, p);
}

err_t sqlite_rpc_is_open(struct registry *r, uint64_t number, bool *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "SELECT 1 FROM rpc WHERE number = ? AND is_open = 1", &s, p));
    bind_int(&s, (int64_t)number);
    return statement_row(&s, ret, p);
}

err_t sqlite_rpc_open_devices(struct registry *r, uint64_t after, uint64_t *devices, size_t max,
                              size_t *ret_count, struct problem *p)
{
    static const char sql[] = "SELECT DISTINCT device FROM rpc INDEXED BY rpc_open_of_device"
                              " WHERE is_open = 1 AND device > ? ORDER BY device LIMIT ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    size_t count = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)after);
    bind_int(&s, (int64_t)max);
    TRY(statement_row(&s, &found, p));
    while (found && count < max) {
        devices[count++] = (uint64_t)take_int(&s);
        TRY(statement_row(&s, &found, p));
    }
    *ret_count = count;
    return ERR_OK;
}

/* ---- pages ---- */

#define RPC_FILTER RPC_FROM " WHERE r.device = ?1 AND (?2 = 0 OR r.status = ?2)"

static err_t count_rpcs(struct conn *conn, const struct rpc_query *q, uint64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*)" RPC_FILTER, &s, p));
    bind_int(&s, (int64_t)q->device);
    bind_int(&s, q->status);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

err_t sqlite_rpc_page(struct registry *r, const struct rpc_query *q, struct rpc_page *ret, struct problem *p)
{
    static const char newest[] =
        "SELECT " RPC_COLUMNS RPC_FILTER " ORDER BY r.number DESC LIMIT ?3 OFFSET ?4";
    static const char oldest[] = "SELECT " RPC_COLUMNS RPC_FILTER " ORDER BY r.number LIMIT ?3 OFFSET ?4";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct rpc_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_rpcs(conn, q, &page.total, p));
    TRY(statement_open(conn, q->order == SORT_DESCENDING ? newest : oldest, &s, p));
    bind_int(&s, (int64_t)q->device);
    bind_int(&s, q->status);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.rpcs = calloc(q->page_size, sizeof *page.rpcs);
    err_t err = page.rpcs != NULL ? read_rows(&s, page.rpcs, q->page_size, &page.count, p)
                                  : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        rpc_page_fini(&page);
    return err;
}
