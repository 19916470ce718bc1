/* The end of devices: rows go, numbers stay in a journal until their series are gone, too. */
#include "store/sqlite/registry_sqlite.h"

static err_t journal_number(struct conn *conn, const struct uuid *tenant, const struct uuid *id,
                            bool *ret_was_there, struct problem *p)
{
    static const char sql[] = "INSERT INTO deleted_device (number) SELECT d.number FROM device d"
                              " JOIN tenant t ON t.number = d.tenant WHERE d.id = ? AND t.id = ?";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_uuid(&s, tenant);
    TRY(statement_run(&s, &changes, p));
    *ret_was_there = changes == 1;
    return ERR_OK;
}

static err_t delete_row(struct conn *conn, const struct uuid *id, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "DELETE FROM device WHERE id = ?", &s, p));
    bind_uuid(&s, id);
    return statement_run(&s, NULL, p);
}

err_t sqlite_devices_delete(struct registry *base, const struct uuid *tenant, const struct uuid *ids,
                            size_t count, bool *ret_was_there, struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&r->pool, &w, p));
    for (size_t i = 0; i < count; i++) {
        TRY(journal_number(w.conn, tenant, &ids[i], &ret_was_there[i], p));
        if (ret_was_there[i])
            TRY(delete_row(w.conn, &ids[i], p));
    }
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}

err_t sqlite_deleted_next(struct registry *r, uint64_t *ret_number, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT number FROM deleted_device ORDER BY number LIMIT 1", &s, p));
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no deletion is pending");
    *ret_number = (uint64_t)take_int(&s);
    return ERR_OK;
}

static err_t forget(struct conn *conn, uint64_t number, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "DELETE FROM deleted_device WHERE number = ?", &s, p));
    bind_int(&s, (int64_t)number);
    return statement_run(&s, NULL, p);
}

err_t sqlite_deleted_forget(struct registry *r, const uint64_t *numbers, size_t count, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    for (size_t i = 0; i < count; i++)
        TRY(forget(w.conn, numbers[i], p));
    return write_commit(&w, p);
}
