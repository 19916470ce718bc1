/* Activations: how users come to their first password. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

err_t sqlite_activation_set(struct registry *r, const struct activation *activation, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO activation (user, token_hash, expires_ms) SELECT number, ?2, ?3 FROM user WHERE id = ?1"
        " ON CONFLICT (user) DO UPDATE SET token_hash = excluded.token_hash, expires_ms = "
        "excluded.expires_ms";
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_uuid(&s, &activation->user_id);
        bind_blob(&s, activation->token_hash, sizeof activation->token_hash);
        bind_int(&s, activation->expires_ms);
        TRY(statement_run(&s, &changes, p));
    }
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such user");
    return write_commit(&w, p);
}

static err_t find(struct conn *conn, const uint8_t *hash, struct uuid *ret_user, struct problem *p)
{
    static const char sql[] = "SELECT u.id FROM activation a JOIN user u ON u.number = a.user"
                              " WHERE a.token_hash = ? AND a.expires_ms > ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_blob(&s, hash, ACTIVATION_HASH_SIZE);
    bind_int(&s, clock_wall_ms());
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "activateToken", "the link was used, or has expired");
    *ret_user = take_uuid(&s);
    return ERR_OK;
}

err_t sqlite_activation_find(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                             struct uuid *ret_user, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return find(conn, hash, ret_user, p);
}

static err_t remove_activation(struct conn *conn, const uint8_t *hash, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "DELETE FROM activation WHERE token_hash = ?", &s, p));
    bind_blob(&s, hash, ACTIVATION_HASH_SIZE);
    return statement_run(&s, NULL, p);
}

err_t sqlite_activation_take(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                             const char *password_hash, struct uuid *ret_user, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct uuid user;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find(w.conn, hash, &user, p));
    TRY(remove_activation(w.conn, hash, p));
    TRY(sqlite_password_write(w.conn, &user, password_hash, p));
    TRY(write_commit(&w, p));
    *ret_user = user;
    return ERR_OK;
}
