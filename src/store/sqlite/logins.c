/* Logins: what tokens name, and what ends them. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

/* Each new login sweeps out the expired ones, so that the table holds the living. */
static err_t delete_expired(struct conn *conn, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "DELETE FROM login WHERE expires_ms <= ?", &s, p));
    bind_int(&s, clock_wall_ms());
    return statement_run(&s, NULL, p);
}

/* A script that logs in for each call must not fill the disk. */
static err_t make_room(struct conn *conn, const struct uuid *user, struct problem *p)
{
    static const char sql[] = "DELETE FROM login WHERE id IN (SELECT id FROM login WHERE user = (SELECT "
                              "number FROM user WHERE id = ?)"
                              " ORDER BY created_ms DESC, id LIMIT -1 OFFSET ?)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, user);
    bind_int(&s, LOGINS_MAX - 1);
    return statement_run(&s, NULL, p);
}

static err_t insert_login(struct conn *conn, const struct login *login, struct problem *p)
{
    static const char sql[] = "INSERT INTO login (id, user, created_ms, expires_ms, address)"
                              " SELECT ?, number, ?, ?, ? FROM user WHERE id = ?";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &login->id);
    bind_int(&s, login->created_ms);
    bind_int(&s, login->expires_ms);
    bind_text(&s, slice_str(login->address));
    bind_uuid(&s, &login->user_id);
    TRY(statement_run(&s, &changes, p));
    return changes == 1 ? ERR_OK : fail(p, ERR_NOT_FOUND, "", "no such user");
}

err_t sqlite_login_add(struct registry *r, const struct login *login, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(delete_expired(w.conn, p));
    TRY(make_room(w.conn, &login->user_id, p));
    TRY(insert_login(w.conn, login, p));
    return write_commit(&w, p);
}

#define LOGIN_SELECT                                                                                         \
    "SELECT l.id, u.id, l.created_ms, l.expires_ms, l.address FROM login l JOIN user u ON u.number = l.user"

static void take_login(struct statement *s, struct login *ret)
{
    ret->id = take_uuid(s);
    ret->user_id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->expires_ms = take_int(s);
    take_text(s, ret->address, sizeof ret->address);
}

err_t sqlite_login_get(struct registry *r, const struct uuid *id, struct login *ret, struct problem *p)
{
    static const char sql[] = LOGIN_SELECT " WHERE l.id = ? AND l.expires_ms > ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_int(&s, clock_wall_ms());
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "the login has ended");
    take_login(&s, ret);
    return ERR_OK;
}

err_t sqlite_login_list(struct registry *r, const struct uuid *user, struct login *logins, size_t *ret_count,
                        struct problem *p)
{
    static const char sql[] = LOGIN_SELECT " WHERE u.id = ? AND l.expires_ms > ?"
                                           " ORDER BY l.created_ms DESC, l.id LIMIT ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found = false;
    size_t count = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, user);
    bind_int(&s, clock_wall_ms());
    bind_int(&s, LOGINS_MAX);
    TRY(statement_row(&s, &found, p));
    while (found) {
        take_login(&s, &logins[count++]);
        TRY(statement_row(&s, &found, p));
    }
    *ret_count = count;
    return ERR_OK;
}

err_t sqlite_login_extend(struct registry *r, const struct uuid *id, int64_t expires_ms, struct problem *p)
{
    static const char sql[] =
        "UPDATE login SET expires_ms = max(expires_ms, ?) WHERE id = ? AND expires_ms > ?";
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_int(&s, expires_ms);
        bind_uuid(&s, id);
        bind_int(&s, clock_wall_ms());
        TRY(statement_run(&s, &changes, p));
    }
    if (changes != 1)
        return fail(p, ERR_NOT_FOUND, "", "the login has ended");
    return write_commit(&w, p);
}

err_t sqlite_login_end(struct registry *r, const struct uuid *id, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "DELETE FROM login WHERE id = ?", &s, p));
        bind_uuid(&s, id);
        TRY(statement_run(&s, NULL, p));
    }
    return write_commit(&w, p);
}

err_t sqlite_logins_end(struct conn *conn, const struct uuid *user, struct problem *p)
{
    static const char sql[] = "DELETE FROM login WHERE user = (SELECT number FROM user WHERE id = ?)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, user);
    return statement_run(&s, NULL, p);
}

err_t sqlite_login_end_all(struct registry *r, const struct uuid *user, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(sqlite_logins_end(w.conn, user, p));
    return write_commit(&w, p);
}
