/* Credentials, and the door's look-up by them. */
#include "store/sqlite/device_state.h"

static err_t already_registered(struct problem *p)
{
    return fail(p, ERR_CONFLICT, "credentialsId", "Specified credentials are already registered!");
}

err_t sqlite_credentials_insert(struct write *w, const struct credentials *c, uint64_t device,
                                struct problem *p)
{
    static const char sql[] =
        "INSERT INTO credentials (id, device, created_ms, version, type, credentials_id, value, not_after_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0))";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(w->conn, sql, &s, p));
    bind_uuid(&s, &c->id);
    bind_int(&s, (int64_t)device);
    bind_int(&s, c->created_ms);
    bind_int(&s, c->version);
    bind_int(&s, c->type);
    bind_text(&s, slice_str(c->credentials_id));
    bind_text_or_null(&s, c->value);
    bind_int(&s, device_state_not_after(c));
    err_t err = statement_run(&s, NULL, p);
    return err == ERR_CONFLICT ? already_registered(p) : err;
}

#define CREDENTIALS_COLUMNS "c.id, d.id, c.created_ms, c.version, c.type, c.credentials_id, c.value"

static err_t take_credentials(struct statement *s, struct credentials *ret, struct problem *p)
{
    struct credentials c = {.id = take_uuid(s)};
    c.device_id = take_uuid(s);
    c.created_ms = take_int(s);
    c.version = take_int(s);
    c.type = (enum credentials_type)take_int(s);
    take_text(s, c.credentials_id, sizeof c.credentials_id);
    c.value = take_text_or_null(s);
    err_t err = statement_end(s, p);
    if (err == ERR_OK)
        *ret = c;
    else
        credentials_fini(&c);
    return err;
}

err_t sqlite_credentials_get(struct registry *r, const struct uuid *tenant, const struct uuid *device,
                             struct credentials *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT " CREDENTIALS_COLUMNS " FROM device d JOIN tenant t ON t.number = d.tenant"
        " JOIN credentials c ON c.device = d.number WHERE d.id = ? AND t.id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, device);
    bind_uuid(&s, tenant);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device");
    return take_credentials(&s, ret, p);
}

/* The row's number and stored version, or why there is none. */
static err_t find_row(struct conn *conn, const struct uuid *tenant, const struct credentials *c,
                      int64_t *ret_number, struct problem *p)
{
    static const char sql[] =
        "SELECT c.number, c.version FROM credentials c JOIN device d ON d.number = c.device"
        " JOIN tenant t ON t.number = d.tenant WHERE c.id = ? AND d.id = ? AND t.id = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &c->id);
    bind_uuid(&s, &c->device_id);
    bind_uuid(&s, tenant);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "the device has no such credentials");
    int64_t number = take_int(&s), version = take_int(&s);
    if (version != c->version)
        return fail(p, ERR_CONFLICT, "version",
                    "the credentials were changed meanwhile: version %lld was sent, %lld is stored",
                    (long long)c->version, (long long)version);
    *ret_number = number;
    return ERR_OK;
}

static err_t update_row(struct conn *conn, int64_t number, const struct credentials *c, struct problem *p)
{
    static const char sql[] =
        "UPDATE credentials SET type = ?, credentials_id = ?, value = ?, not_after_ms = nullif(?, 0),"
        " version = version + 1 WHERE number = ?";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, c->type);
    bind_text(&s, slice_str(c->credentials_id));
    bind_text_or_null(&s, c->value);
    bind_int(&s, device_state_not_after(c));
    bind_int(&s, number);
    err_t err = statement_run(&s, NULL, p);
    return err == ERR_CONFLICT ? already_registered(p) : err;
}

err_t sqlite_credentials_replace(struct write *w, const struct uuid *tenant, const struct credentials *c,
                                 struct problem *p)
{
    int64_t number = 0;
    TRY(find_row(w->conn, tenant, c, &number, p));
    TRY(sqlite_leaf_retire(w, number, c, p));
    return update_row(w->conn, number, c, p);
}

err_t sqlite_credentials_save(struct registry *r, const struct uuid *tenant, struct credentials *c,
                              struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(sqlite_credentials_replace(&w, tenant, c, p));
    TRY(write_commit(&w, p));
    match_cache_change(&sqlite_of(r)->matches); /* lists tell of certificates */
    c->version++;
    return ERR_OK;
}

/* What nests too deep for SQLite is no answer, and no error either. */
#define IS_GATEWAY                                                                                           \
    "CASE WHEN json_valid(d.additional_info) THEN json_type(d.additional_info, '$.gateway') IS 'true' ELSE " \
    "0 END"

err_t sqlite_door_entry(struct conn *conn, enum credentials_type type, struct slice credentials_id,
                        struct door_entry *ret, struct credentials *ret_credentials_or_null,
                        struct problem *p)
{
    static const char sql[] = "SELECT d.number, t.id, p.id, d.name, " IS_GATEWAY ", " CREDENTIALS_COLUMNS
                              " FROM credentials c JOIN device d ON d.number = c.device"
                              " JOIN tenant t ON t.number = d.tenant JOIN profile p ON p.number = d.profile"
                              " WHERE c.credentials_id = ? AND c.type = ?";
    AUTO_STATEMENT struct statement s = {0};
    struct door_entry entry = {0};
    struct credentials c = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, credentials_id);
    bind_int(&s, type);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no device has these credentials");
    entry.device = (uint64_t)take_int(&s);
    entry.tenant_id = take_uuid(&s);
    entry.profile_id = take_uuid(&s);
    take_text(&s, entry.name, sizeof entry.name);
    entry.is_gateway = take_int(&s) != 0;
    TRY(take_credentials(&s, &c, p));
    entry.device_id = c.device_id;
    *ret = entry;
    if (ret_credentials_or_null != NULL)
        *ret_credentials_or_null = c;
    else
        credentials_fini(&c);
    return ERR_OK;
}

err_t sqlite_door_find(struct registry *r, enum credentials_type type, struct slice credentials_id,
                       struct door_entry *ret, struct credentials *ret_credentials_or_null, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return sqlite_door_entry(conn, type, credentials_id, ret, ret_credentials_or_null, p);
}
