/* Users and their logins. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#define USER_SELECT                                                                                          \
    "SELECT id, (SELECT id FROM tenant WHERE number = user.tenant), customer_id, created_ms, version,"       \
    " authority, email, first_name, last_name, password_hash FROM user"

static err_t read_user(struct statement *s, struct user *ret, struct problem *p)
{
    bool found;
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such user");
    struct user u = {.id = take_uuid(s)};
    u.tenant_id = take_uuid(s);
    u.customer_id = take_customer(s);
    u.created_ms = take_int(s);
    u.version = take_int(s);
    u.authority = (enum authority)take_int(s);
    take_text(s, u.email, sizeof u.email);
    take_text(s, u.first_name, sizeof u.first_name);
    take_text(s, u.last_name, sizeof u.last_name);
    take_text(s, u.password_hash, sizeof u.password_hash);
    TRY(statement_end(s, p));
    *ret = u;
    return ERR_OK;
}

static err_t tenant_exists(struct conn *conn, const struct uuid *tenant, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT 1 FROM tenant WHERE id = ?", &s, p));
    bind_uuid(&s, tenant);
    TRY(statement_row(&s, &found, p));
    return found ? ERR_OK : fail(p, ERR_NOT_FOUND, "tenantId", "no such tenant");
}

static err_t insert_user(struct conn *conn, const struct user *user, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO user (id, tenant, customer_id, created_ms, version, authority, email, email_key,"
        " first_name, last_name, password_hash)"
        " VALUES (?1, (SELECT number FROM tenant WHERE id = ?2), ?3, ?4, max(?5, 1), ?6, ?7, fold(?7), ?8, "
        "?9,"
        " ?10)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &user->id);
    bind_uuid_or_null(&s, &user->tenant_id);
    bind_customer(&s, &user->customer_id);
    bind_int(&s, user->created_ms);
    bind_int(&s, user->version);
    bind_int(&s, user->authority);
    bind_text(&s, slice_str(user->email));
    bind_text(&s, slice_str(user->first_name));
    bind_text(&s, slice_str(user->last_name));
    bind_text(&s, slice_str(user->password_hash));
    return statement_run(&s, NULL, p);
}

err_t sqlite_user_add(struct registry *r, const struct user *user, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    CHECK(!uuid_is_nil(&user->id));
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    if (!uuid_is_nil(&user->tenant_id))
        TRY(tenant_exists(w.conn, &user->tenant_id, p));
    TRY(sqlite_customer_check(w.conn, &user->tenant_id, &user->customer_id, p));
    err_t err = insert_user(w.conn, user, p);
    if (err == ERR_CONFLICT)
        return fail(p, err, "email", "User with email '%s' already present in database!", user->email);
    TRY(err);
    return write_commit(&w, p);
}

err_t sqlite_user_by_email(struct registry *r, struct slice email, struct user *ret, struct problem *p)
{
    static const char sql[] = USER_SELECT " WHERE email_key = fold(?)";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, email);
    return read_user(&s, ret, p);
}

err_t sqlite_user_by_id(struct registry *r, const struct uuid *id, struct user *ret, struct problem *p)
{
    static const char sql[] = USER_SELECT " WHERE id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    return read_user(&s, ret, p);
}

static err_t update_password(struct conn *conn, const struct uuid *id, const char *hash, struct problem *p)
{
    static const char sql[] = "UPDATE user SET password_hash = ?, version = version + 1 WHERE id = ?";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, slice_str(hash));
    bind_uuid(&s, id);
    TRY(statement_run(&s, &changes, p));
    return changes == 1 ? ERR_OK : fail(p, ERR_NOT_FOUND, "", "no such user");
}

static err_t end_logins(struct conn *conn, const struct uuid *user, struct problem *p)
{
    static const char sql[] = "DELETE FROM login WHERE user = (SELECT number FROM user WHERE id = ?)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, user);
    return statement_run(&s, NULL, p);
}

err_t sqlite_password_write(struct conn *conn, const struct uuid *user, const char *hash, struct problem *p)
{
    TRY(update_password(conn, user, hash, p));
    return end_logins(conn, user, p);
}

err_t sqlite_user_set_password(struct registry *r, const struct uuid *id, const char *hash, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(sqlite_password_write(w.conn, id, hash, p));
    return write_commit(&w, p);
}

/* Each new login sweeps out the expired ones, so that the table holds the living. */
static err_t delete_expired(struct conn *conn, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "DELETE FROM login WHERE expires_ms <= ?", &s, p));
    bind_int(&s, clock_wall_ms());
    return statement_run(&s, NULL, p);
}

static err_t insert_login(struct conn *conn, const struct login *login, struct problem *p)
{
    static const char sql[] = "INSERT INTO login (id, user, created_ms, expires_ms)"
                              " SELECT ?, number, ?, ? FROM user WHERE id = ?";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &login->id);
    bind_int(&s, login->created_ms);
    bind_int(&s, login->expires_ms);
    bind_uuid(&s, &login->user_id);
    TRY(statement_run(&s, &changes, p));
    return changes == 1 ? ERR_OK : fail(p, ERR_NOT_FOUND, "", "no such user");
}

err_t sqlite_login_add(struct registry *r, const struct login *login, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(delete_expired(w.conn, p));
    TRY(insert_login(w.conn, login, p));
    return write_commit(&w, p);
}

err_t sqlite_login_get(struct registry *r, const struct uuid *id, struct login *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT l.id, u.id, l.created_ms, l.expires_ms FROM login l JOIN user u ON u.number = l.user"
        " WHERE l.id = ? AND l.expires_ms > ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_int(&s, clock_wall_ms());
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "the login has ended");
    struct login login = {.id = take_uuid(&s)};
    login.user_id = take_uuid(&s);
    login.created_ms = take_int(&s);
    login.expires_ms = take_int(&s);
    *ret = login;
    return ERR_OK;
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
