/* Keys by which machines act as users. */
#include "store/sqlite/registry_sqlite.h"

#include <string.h>

#define KEY_SELECT                                                                                           \
    "SELECT k.id, u.id, k.created_ms, k.expires_ms, k.scopes, k.is_enabled, k.description, k.secret_hash"    \
    " FROM api_key k JOIN user u ON u.number = k.user"

static void take_key(struct statement *s, struct api_key *ret)
{
    ret->id = take_uuid(s);
    ret->user_id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->expires_ms = take_int(s);
    ret->scopes = (unsigned)take_int(s);
    ret->is_enabled = take_int(s) != 0;
    take_text(s, ret->description, sizeof ret->description);
    struct slice hash = take_blob(s);
    memcpy(ret->secret_hash, hash.data, sizeof ret->secret_hash); /* the schema checks the length */
}

static err_t check_room(struct conn *conn, const struct uuid *user, struct problem *p)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM api_key WHERE user = u.number) FROM user u WHERE u.id = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, user);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "userId", "no such user");
    if (take_int(&s) >= API_KEYS_MAX)
        return fail(p, ERR_LIMIT, "userId", "the user has %d API keys; no more are taken", API_KEYS_MAX);
    return ERR_OK;
}

err_t sqlite_api_key_add(struct registry *r, const struct api_key *key, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO api_key (id, user, created_ms, expires_ms, scopes, is_enabled, description, secret_hash)"
        " SELECT ?2, number, ?3, ?4, ?5, ?6, ?7, ?8 FROM user WHERE id = ?1";
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(check_room(w.conn, &key->user_id, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_uuid(&s, &key->user_id);
        bind_uuid(&s, &key->id);
        bind_int(&s, key->created_ms);
        bind_int(&s, key->expires_ms);
        bind_int(&s, key->scopes);
        bind_int(&s, key->is_enabled);
        bind_text(&s, slice_str(key->description));
        bind_blob(&s, key->secret_hash, sizeof key->secret_hash);
        TRY(statement_run(&s, NULL, p));
    }
    return write_commit(&w, p);
}

static err_t read_key(struct statement *s, struct api_key *ret, struct problem *p)
{
    bool found;
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such API key");
    take_key(s, ret);
    return ERR_OK;
}

err_t sqlite_api_key_find(struct registry *r, const uint8_t hash[API_KEY_HASH_SIZE], struct api_key *ret,
                          struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, KEY_SELECT " WHERE k.secret_hash = ?", &s, p));
    bind_blob(&s, hash, API_KEY_HASH_SIZE);
    return read_key(&s, ret, p);
}

err_t sqlite_api_key_get(struct registry *r, const struct uuid *id, struct api_key *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, KEY_SELECT " WHERE k.id = ?", &s, p));
    bind_uuid(&s, id);
    return read_key(&s, ret, p);
}

err_t sqlite_api_key_update(struct registry *r, const struct api_key *key, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "UPDATE api_key SET is_enabled = ?, description = ? WHERE id = ?", &s, p));
        bind_int(&s, key->is_enabled);
        bind_text(&s, slice_str(key->description));
        bind_uuid(&s, &key->id);
        TRY(statement_run(&s, &changes, p));
    }
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such API key");
    return write_commit(&w, p);
}

err_t sqlite_api_key_delete(struct registry *r, const struct uuid *id, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "DELETE FROM api_key WHERE id = ?", &s, p));
        bind_uuid(&s, id);
        TRY(statement_run(&s, &changes, p));
    }
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such API key");
    return write_commit(&w, p);
}

err_t sqlite_api_key_list(struct registry *r, const struct uuid *user, struct api_key *keys,
                          size_t *ret_count, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found = false;
    size_t count = 0;
    TRY(statement_open(conn, KEY_SELECT " WHERE u.id = ? ORDER BY k.number DESC LIMIT ?", &s, p));
    bind_uuid(&s, user);
    bind_int(&s, API_KEYS_MAX);
    TRY(statement_row(&s, &found, p));
    while (found) {
        take_key(&s, &keys[count++]);
        TRY(statement_row(&s, &found, p));
    }
    *ret_count = count;
    return ERR_OK;
}
