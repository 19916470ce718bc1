/* The tenant, what belongs to the whole installation, and groups. */
#include "base/clock.h"
#include "base/random.h"
#include "store/sqlite/registry_sqlite.h"

#include <string.h>

enum { SECRET_MAX = 256 };

static err_t insert_tenant(struct conn *conn, const struct uuid *id, int64_t now, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "INSERT INTO tenant (id, created_ms, title) VALUES (?, ?, 'Tenant')", &s, p));
    bind_uuid(&s, id);
    bind_int(&s, now);
    return statement_run(&s, NULL, p);
}

static err_t insert_group_all(struct conn *conn, const struct uuid *tenant, int64_t now, struct problem *p)
{
    static const char sql[] = "INSERT INTO entity_group (id, tenant, owner_id, owner_is_customer, is_all, "
                              "created_ms, version, name)"
                              " SELECT ?, number, id, 0, 1, ?, 1, 'All' FROM tenant WHERE id = ?";
    AUTO_STATEMENT struct statement s = {0};
    struct uuid id = uuid_random();
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &id);
    bind_int(&s, now);
    bind_uuid(&s, tenant);
    return statement_run(&s, NULL, p);
}

static err_t insert_default_profile(struct conn *conn, const struct uuid *tenant, int64_t now,
                                    struct problem *p)
{
    static const char sql[] =
        "INSERT INTO profile (id, tenant, created_ms, version, name, description, is_default)"
        " SELECT ?, number, ?, 1, 'default', 'Default device profile', 1 FROM tenant WHERE id = ?";
    AUTO_STATEMENT struct statement s = {0};
    struct uuid id = uuid_random();
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &id);
    bind_int(&s, now);
    bind_uuid(&s, tenant);
    return statement_run(&s, NULL, p);
}

err_t sqlite_tenant_make(struct write *w, struct problem *p)
{
    struct uuid id = uuid_random();
    int64_t now = clock_wall_ms();
    TRY(insert_tenant(w->conn, &id, now, p));
    TRY(insert_group_all(w->conn, &id, now, p));
    return insert_default_profile(w->conn, &id, now, p);
}

err_t sqlite_tenant_default(struct registry *r, struct uuid *ret_tenant, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT id FROM tenant ORDER BY number LIMIT 1", &s, p));
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "the registry has no tenant");
    *ret_tenant = take_uuid(&s);
    return ERR_OK;
}

static err_t find_secret(struct conn *conn, const char *name, uint8_t *out, size_t size, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT value FROM secret WHERE name = ?", &s, p));
    bind_text(&s, slice_str(name));
    TRY(statement_row(&s, &found, p));
    if (!found)
        return ERR_NOT_FOUND;
    struct slice value = take_blob(&s);
    if (value.len != size)
        return fail(p, ERR_INVALID, "", "secret \"%s\" has %zu bytes; expected %zu", name, value.len, size);
    memcpy(out, value.data, size);
    return ERR_OK;
}

static err_t insert_secret(struct conn *conn, const char *name, const uint8_t *value, size_t size,
                           struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "INSERT INTO secret (name, value) VALUES (?, ?)", &s, p));
    bind_text(&s, slice_str(name));
    bind_blob(&s, value, size);
    return statement_run(&s, NULL, p);
}

/* Both in one write, so that two callers who ask first at once get the same secret. */
err_t sqlite_secret(struct registry *r, const char *name, uint8_t *out, size_t size, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    uint8_t value[SECRET_MAX];
    CHECK(size <= sizeof value);
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    err_t err = find_secret(w.conn, name, out, size, p);
    if (err != ERR_NOT_FOUND)
        return err;
    random_bytes(value, size);
    err = insert_secret(w.conn, name, value, size, p);
    if (err == ERR_OK)
        err = write_commit(&w, p);
    if (err == ERR_OK)
        memcpy(out, value, size);
    wipe(value, sizeof value);
    return err;
}

#define GROUP_SELECT                                                                                         \
    "SELECT g.id, t.id, g.owner_id, g.owner_is_customer, g.is_all, g.created_ms, g.version, g.name"          \
    " FROM entity_group g JOIN tenant t ON t.number = g.tenant"

static err_t read_group(struct statement *s, struct group *ret, struct problem *p)
{
    bool found;
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such group");
    struct group g = {.id = take_uuid(s), .tenant_id = take_uuid(s)};
    g.owner_id = take_uuid(s);
    g.owner_is_customer = take_int(s) != 0;
    g.is_all = take_int(s) != 0;
    g.created_ms = take_int(s);
    g.version = take_int(s);
    take_text(s, g.name, sizeof g.name);
    TRY(statement_end(s, p));
    *ret = g;
    return ERR_OK;
}

err_t sqlite_group_all(struct registry *r, const struct uuid *tenant, struct group *ret, struct problem *p)
{
    static const char sql[] = GROUP_SELECT " WHERE g.is_all = 1 AND g.owner_id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    return read_group(&s, ret, p);
}

err_t sqlite_group_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                       struct group *ret, struct problem *p)
{
    static const char sql[] = GROUP_SELECT " WHERE g.id = ? AND t.id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_uuid(&s, tenant);
    return read_group(&s, ret, p);
}
