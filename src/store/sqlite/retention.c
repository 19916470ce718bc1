/* How long devices' points are kept, by their profiles. */
#include "store/sqlite/registry_sqlite.h"

err_t sqlite_telemetry_ttl(struct registry *r, uint64_t device, int64_t *ret_s, struct problem *p)
{
    static const char sql[] =
        "SELECT ifnull(p.telemetry_ttl, -1) FROM device d JOIN profile p ON p.number = d.profile"
        " WHERE d.number = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)device);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device");
    *ret_s = take_int(&s);
    return statement_end(&s, p);
}

err_t sqlite_telemetry_ttl_is_set(struct registry *r, bool *ret, struct problem *p)
{
    static const char sql[] = "SELECT EXISTS (SELECT 1 FROM profile WHERE telemetry_ttl IS NOT NULL)";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    TRY(statement_row(&s, &found, p));
    *ret = take_int(&s) != 0;
    return statement_end(&s, p);
}
