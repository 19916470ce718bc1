/* Tenants. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

static err_t insert_tenant(struct conn *conn, const struct tenant *tenant, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "INSERT INTO tenant (id, created_ms, title) VALUES (?, ?, ?)", &s, p));
    bind_uuid(&s, &tenant->id);
    bind_int(&s, tenant->created_ms);
    bind_text(&s, slice_str(tenant->title));
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

err_t sqlite_tenant_make(struct write *w, const struct tenant *tenant, struct problem *p)
{
    TRY(insert_tenant(w->conn, tenant, p));
    TRY(insert_group_all(w->conn, &tenant->id, tenant->created_ms, p));
    return insert_default_profile(w->conn, &tenant->id, tenant->created_ms, p);
}

err_t sqlite_tenant_add(struct registry *r, struct tenant *tenant, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct tenant made = *tenant;
    made.id = uuid_random();
    made.created_ms = clock_wall_ms();
    made.version = 1;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(sqlite_tenant_make(&w, &made, p));
    TRY(write_commit(&w, p));
    *tenant = made;
    return ERR_OK;
}

/* ---- one ---- */

#define TENANT_COLUMNS "id, created_ms, version, title"

static void take_tenant(struct statement *s, struct tenant *ret)
{
    ret->id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    take_text(s, ret->title, sizeof ret->title);
}

static err_t find_tenant(struct conn *conn, const struct uuid *id, struct tenant *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT " TENANT_COLUMNS " FROM tenant WHERE id = ?", &s, p));
    bind_uuid(&s, id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "tenantId", "no such tenant");
    take_tenant(&s, ret);
    return ERR_OK;
}

err_t sqlite_tenant_get(struct registry *r, const struct uuid *id, struct tenant *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return find_tenant(conn, id, ret, p);
}

err_t sqlite_tenant_update(struct registry *r, struct tenant *tenant, struct problem *p)
{
    static const char sql[] =
        "UPDATE tenant SET title = ?, version = version + 1 WHERE id = ? AND version = ?";
    AUTO_WRITE struct write w = {0};
    struct tenant stored;
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find_tenant(w.conn, &tenant->id, &stored, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_text(&s, slice_str(tenant->title));
        bind_uuid(&s, &tenant->id);
        bind_int(&s, tenant->version);
        TRY(statement_run(&s, &changes, p));
    }
    if (changes == 0)
        return fail(p, ERR_CONFLICT, "version", "the tenant was changed meanwhile");
    TRY(write_commit(&w, p));
    tenant->created_ms = stored.created_ms;
    tenant->version++;
    return ERR_OK;
}

/* ---- deleting ---- */

static err_t check_deletable(struct conn *conn, const struct uuid *id, struct problem *p)
{
    static const char sql[] =
        "SELECT number = (SELECT min(number) FROM tenant),"
        " EXISTS (SELECT 1 FROM device WHERE tenant = t.number) FROM tenant t WHERE id = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "tenantId", "no such tenant");
    if (take_int(&s) != 0)
        return fail(p, ERR_CONFLICT, "default", "The first tenant cannot be deleted!");
    if (take_int(&s) != 0)
        return fail(p, ERR_CONFLICT, "devices", "The tenant has devices!");
    return ERR_OK;
}

err_t sqlite_tenant_delete(struct registry *base, const struct uuid *id, struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&r->pool, &w, p));
    TRY(check_deletable(w.conn, id, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "DELETE FROM tenant WHERE id = ?", &s, p));
        bind_uuid(&s, id);
        TRY(statement_run(&s, NULL, p));
    }
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}

/* ---- pages ---- */

#define TENANT_FILTER " FROM tenant WHERE holds(fold(title), fold(?1))"

static err_t count_tenants(struct conn *conn, const struct tenant_query *q, uint64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*)" TENANT_FILTER, &s, p));
    bind_text(&s, q->text_search);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

static err_t read_rows(struct statement *s, struct tenant_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_tenant(s, &page->tenants[page->count++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_tenant_page(struct registry *r, const struct tenant_query *q, struct tenant_page *ret,
                         struct problem *p)
{
    static const char *const pages[] = {
        [SORT_ASCENDING] = "SELECT " TENANT_COLUMNS TENANT_FILTER " ORDER BY number LIMIT ?2 OFFSET ?3",
        [SORT_DESCENDING] = "SELECT " TENANT_COLUMNS TENANT_FILTER " ORDER BY number DESC LIMIT ?2 OFFSET ?3",
    };
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct tenant_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_tenants(conn, q, &page.total, p));
    TRY(statement_open(conn, pages[q->order], &s, p));
    bind_text(&s, q->text_search);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.tenants = calloc(q->page_size, sizeof *page.tenants);
    err_t err = page.tenants != NULL ? read_rows(&s, &page, p) : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        tenant_page_fini(&page);
    return err;
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
