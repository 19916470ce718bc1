/* Forwarding objects, and notices of what happened to devices; triggers of migrations/012_forwarding.sql write those. */
#include "store/sqlite/registry_sqlite.h"

#include "base/clock.h"

#include <stdlib.h>

#define FORWARDING_SELECT                                                                                    \
    "SELECT f.number, f.id, t.id, f.profile_id, f.created_ms, f.version, f.kinds, f.is_enabled, f.name,"     \
    " f.url, f.secret FROM forwarding f JOIN tenant t ON t.number = f.tenant"

static void take_forwarding(struct statement *s, struct forwarding *ret)
{
    ret->number = (uint64_t)take_int(s);
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->profile_id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    ret->kinds = (unsigned)take_int(s);
    ret->is_enabled = take_int(s) != 0;
    take_text(s, ret->name, sizeof ret->name);
    take_text(s, ret->url, sizeof ret->url);
    take_text(s, ret->secret, sizeof ret->secret);
}

static void bind_members(struct statement *s, const struct forwarding *f)
{
    bind_uuid(s, &f->tenant_id);
    bind_uuid(s, &f->id);
    bind_uuid_or_null(s, &f->profile_id);
    bind_int(s, f->kinds);
    bind_int(s, f->is_enabled);
    bind_text(s, slice_str(f->name));
    bind_text(s, slice_str(f->url));
    bind_text(s, slice_str(f->secret));
}

/* ---- what a write is refused for, within it ---- */

static err_t count_of_tenant(struct conn *conn, const struct uuid *tenant, struct problem *p)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM forwarding WHERE tenant = t.number) FROM tenant t WHERE t.id = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such tenant");
    if (take_int(&s) >= FORWARDINGS_MAX)
        return fail(p, ERR_LIMIT, "", "the tenant forwards to %d endpoints; no more are taken",
                    FORWARDINGS_MAX);
    return ERR_OK;
}

static err_t check_profile(struct conn *conn, const struct forwarding *f, struct problem *p)
{
    static const char sql[] =
        "SELECT 1 FROM profile WHERE id = ?2 AND tenant = (SELECT number FROM tenant WHERE id = ?1)";
    AUTO_STATEMENT struct statement s = {0};
    bool found = true;
    if (uuid_is_nil(&f->profile_id))
        return ERR_OK;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &f->tenant_id);
    bind_uuid(&s, &f->profile_id);
    TRY(statement_row(&s, &found, p));
    return found ? ERR_OK
                 : fail(p, ERR_INVALID, "deviceProfileId", "deviceProfileId names no device profile");
}

static err_t name_taken(err_t err, struct problem *p)
{
    return err == ERR_CONFLICT ? fail(p, ERR_CONFLICT, "name", "Forwarding with such name already exists!")
                               : err;
}

/* ---- writes ---- */

err_t sqlite_forwarding_add(struct registry *r, struct forwarding *f, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO forwarding (tenant, id, profile_id, kinds, is_enabled, name, url, secret, created_ms,"
        " version) SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1 FROM tenant WHERE id = ?1 RETURNING "
        "number";
    AUTO_WRITE struct write w = {0};
    struct forwarding made = *f;
    bool found;
    made.id = uuid_random();
    made.created_ms = clock_wall_ms();
    made.version = 1;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(count_of_tenant(w.conn, &f->tenant_id, p));
    TRY(check_profile(w.conn, f, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_members(&s, &made);
        bind_int(&s, made.created_ms);
        TRY(name_taken(statement_row(&s, &found, p), p));
        made.number = (uint64_t)take_int(&s);
        TRY(statement_row(&s, &found, p));
    }
    TRY(write_commit(&w, p));
    *f = made;
    return ERR_OK;
}

static err_t find(struct conn *conn, const struct uuid *tenant, const struct uuid *id, struct forwarding *ret,
                  struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, FORWARDING_SELECT " WHERE t.id = ? AND f.id = ?", &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such forwarding");
    take_forwarding(&s, ret);
    return ERR_OK;
}

err_t sqlite_forwarding_update(struct registry *r, struct forwarding *f, struct problem *p)
{
    static const char sql[] =
        "UPDATE forwarding SET profile_id = ?3, kinds = ?4, is_enabled = ?5, name = ?6, url = ?7, secret = "
        "?8,"
        " version = version + 1 WHERE id = ?2 AND tenant = (SELECT number FROM tenant WHERE id = ?1)";
    AUTO_WRITE struct write w = {0};
    struct forwarding stored;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find(w.conn, &f->tenant_id, &f->id, &stored, p));
    if (stored.version != f->version)
        return fail(p, ERR_CONFLICT, "version", "the forwarding was changed meanwhile (version %lld)",
                    (long long)stored.version);
    TRY(check_profile(w.conn, f, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_members(&s, f);
        TRY(name_taken(statement_run(&s, NULL, p), p));
    }
    TRY(write_commit(&w, p));
    f->version++;
    return ERR_OK;
}

err_t sqlite_forwarding_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                               struct problem *p)
{
    static const char sql[] =
        "DELETE FROM forwarding WHERE id = ?2 AND tenant = (SELECT number FROM tenant WHERE id = ?1)";
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_uuid(&s, tenant);
        bind_uuid(&s, id);
        TRY(statement_run(&s, &changes, p));
    }
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such forwarding");
    return write_commit(&w, p);
}

/* ---- reads ---- */

err_t sqlite_forwarding_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct forwarding *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return find(conn, tenant, id, ret, p);
}

static err_t take_rows(struct statement *s, struct forwarding **list, size_t *count, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        struct forwarding *more = realloc(*list, (*count + 1) * sizeof **list);
        if (more == NULL)
            return fail(p, ERR_NOMEM, "", "no memory for the list");
        *list = more;
        more[*count] = (struct forwarding){0};
        take_forwarding(s, &more[(*count)++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_forwarding_list(struct registry *r, const struct uuid *tenant, struct forwarding **ret,
                             size_t *ret_count, struct problem *p)
{
    static const char sql[] = FORWARDING_SELECT " WHERE ?1 IS NULL OR t.id = ?1 ORDER BY f.number";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct forwarding *list = NULL;
    size_t count = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid_or_null(&s, tenant);
    err_t err = take_rows(&s, &list, &count, p);
    if (err != ERR_OK) {
        free(list);
        return err;
    }
    *ret = list;
    *ret_count = count;
    return ERR_OK;
}

/* ---- notices ---- */

static void take_notice(struct statement *s, struct device_notice *ret)
{
    ret->number = take_int(s);
    ret->news = (enum device_news)take_int(s);
    ret->created_ms = take_int(s);
    ret->device = (uint64_t)take_int(s);
    ret->device_id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->profile_id = take_uuid(s);
    take_text(s, ret->name, sizeof ret->name);
    take_text(s, ret->profile_name, sizeof ret->profile_name);
}

err_t sqlite_device_notices(struct registry *r, struct device_notice *notices, size_t max, size_t *ret_count,
                            struct problem *p)
{
    static const char sql[] =
        "SELECT n.number, n.news, n.created_ms, n.device, n.device_id, t.id, n.profile_id, n.name,"
        " n.profile_name FROM device_notice n JOIN tenant t ON t.number = n.tenant ORDER BY n.number LIMIT ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found = false;
    size_t count = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)max);
    TRY(statement_row(&s, &found, p));
    while (found && count < max) {
        take_notice(&s, &notices[count++]);
        TRY(statement_row(&s, &found, p));
    }
    *ret_count = count;
    return ERR_OK;
}

err_t sqlite_device_notices_forget(struct registry *r, int64_t number, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "DELETE FROM device_notice WHERE number <= ?", &s, p));
        bind_int(&s, number);
        TRY(statement_run(&s, NULL, p));
    }
    return write_commit(&w, p);
}
