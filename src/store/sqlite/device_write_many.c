/* Many devices in one transaction: one sync for all, a savepoint for each. */
#include "store/sqlite/registry_sqlite.h"

/* What is wrong with this one device; anything else is the store's trouble. */
static bool is_refusal(err_t err)
{
    return err == ERR_CONFLICT || err == ERR_INVALID || err == ERR_NOT_FOUND;
}

static err_t write_one(struct write *w, struct device_write *one, struct problem *p)
{
    TRY(conn_exec(w->conn, "SAVEPOINT one", p));
    one->problem = (struct problem){0};
    one->result = one->is_update ? sqlite_device_change(w, one->device, one->credentials, &one->problem)
                                 : sqlite_device_put(w, one->device, one->credentials, &one->problem);
    if (one->result == ERR_OK)
        return conn_exec(w->conn, "RELEASE one", p);
    if (is_refusal(one->result))
        return conn_exec(w->conn, "ROLLBACK TO one; RELEASE one", p);
    *p = one->problem;
    return one->result;
}

err_t sqlite_device_write_many(struct registry *base, struct device_write *writes, size_t count,
                               struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    struct problem ignored;
    AUTO_WRITE struct write w = {0};
    p = p != NULL ? p : &ignored;
    TRY(write_begin(&r->pool, &w, p));
    for (size_t i = 0; i < count; i++)
        TRY(write_one(&w, &writes[i], p));
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}
