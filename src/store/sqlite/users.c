/* Users. */
#include "store/sqlite/registry_sqlite.h"

#define USER_SELECT "SELECT " USER_COLUMNS " FROM user u"

static err_t read_user(struct statement *s, struct user *ret, struct problem *p)
{
    bool found;
    struct user u = {0};
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such user");
    take_user(s, &u);
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
        " first_name, last_name, phone, password_hash)"
        " VALUES (?1, (SELECT number FROM tenant WHERE id = ?2), ?3, ?4, max(?5, 1), ?6, ?7, fold(?7), ?8,"
        " ?9, ?10, ?11)";
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
    bind_text(&s, slice_str(user->phone));
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
    static const char sql[] = USER_SELECT " WHERE u.email_key = fold(?)";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, email);
    return read_user(&s, ret, p);
}

err_t sqlite_user_by_id(struct registry *r, const struct uuid *id, struct user *ret, struct problem *p)
{
    static const char sql[] = USER_SELECT " WHERE u.id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    return read_user(&s, ret, p);
}

static err_t update_user(struct conn *conn, const struct user *user, int *ret_changes, struct problem *p)
{
    static const char sql[] =
        "UPDATE user SET email = ?3, email_key = fold(?3), first_name = ?4, last_name = ?5,"
        " phone = ?6, version = version + 1 WHERE id = ?1 AND version = ?2";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &user->id);
    bind_int(&s, user->version);
    bind_text(&s, slice_str(user->email));
    bind_text(&s, slice_str(user->first_name));
    bind_text(&s, slice_str(user->last_name));
    bind_text(&s, slice_str(user->phone));
    err_t err = statement_run(&s, ret_changes, p);
    if (err == ERR_CONFLICT)
        return fail(p, err, "email", "User with email '%s' already present in database!", user->email);
    return err;
}

err_t sqlite_user_update(struct registry *r, struct user *user, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(update_user(w.conn, user, &changes, p));
    if (changes == 0)
        return fail(p, ERR_CONFLICT, "version", "the user was changed or deleted meanwhile");
    TRY(write_commit(&w, p));
    user->version++;
    return ERR_OK;
}

err_t sqlite_user_delete(struct registry *r, const struct uuid *id, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "DELETE FROM user WHERE id = ?", &s, p));
        bind_uuid(&s, id);
        TRY(statement_run(&s, &changes, p));
    }
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such user");
    return write_commit(&w, p);
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

err_t sqlite_password_write(struct conn *conn, const struct uuid *user, const char *hash, struct problem *p)
{
    TRY(update_password(conn, user, hash, p));
    return sqlite_logins_end(conn, user, p);
}

err_t sqlite_user_set_password(struct registry *r, const struct uuid *id, const char *hash, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(sqlite_password_write(w.conn, id, hash, p));
    return write_commit(&w, p);
}
