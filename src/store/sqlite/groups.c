/* Groups of devices: one by one and in pages. Members are in group_members.c, shares in group_shares.c. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

#define GROUP_COLUMNS                                                                                        \
    "g.id, t.id, g.owner_id, g.owner_is_customer, g.is_all, g.created_ms, g.version, g.name,"                \
    " g.additional_info, g.configuration"
#define GROUP_SELECT "SELECT " GROUP_COLUMNS " FROM entity_group g JOIN tenant t ON t.number = g.tenant"

static void take_group(struct statement *s, struct group *ret)
{
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->owner_id = take_uuid(s);
    ret->owner_is_customer = take_int(s) != 0;
    ret->is_all = take_int(s) != 0;
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    take_text(s, ret->name, sizeof ret->name);
    ret->additional_info = take_text_or_null(s);
    ret->configuration = take_text_or_null(s);
}

static err_t read_group(struct statement *s, struct group *ret, struct problem *p)
{
    bool found;
    struct group g = {0};
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such group");
    take_group(s, &g);
    err_t err = statement_end(s, p);
    if (err == ERR_OK)
        *ret = g;
    else
        group_fini(&g);
    return err;
}

err_t sqlite_group_all(struct registry *r, const struct uuid *owner, struct group *ret, struct problem *p)
{
    static const char sql[] = GROUP_SELECT " WHERE g.is_all = 1 AND g.owner_id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, owner);
    return read_group(&s, ret, p);
}

static err_t find_group(struct conn *conn, const struct uuid *tenant, const struct uuid *id,
                        struct group *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, GROUP_SELECT " WHERE g.id = ? AND t.id = ?", &s, p));
    bind_uuid(&s, id);
    bind_uuid(&s, tenant);
    return read_group(&s, ret, p);
}

err_t sqlite_group_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                       struct group *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return find_group(conn, tenant, id, ret, p);
}

err_t sqlite_group_by_name(struct registry *r, const struct uuid *owner, const char *name, struct group *ret,
                           struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, GROUP_SELECT " WHERE g.owner_id = ? AND g.name = ?", &s, p));
    bind_uuid(&s, owner);
    bind_text(&s, slice_str(name));
    return read_group(&s, ret, p);
}

/* ---- writing ---- */

static err_t check_owner(struct conn *conn, const struct group *g, struct problem *p)
{
    if (!g->owner_is_customer && uuid_eq(&g->owner_id, &g->tenant_id))
        return ERR_OK;
    if (g->owner_is_customer && sqlite_customer_check(conn, &g->tenant_id, &g->owner_id, NULL) == ERR_OK)
        return ERR_OK;
    return fail(p, ERR_INVALID, "ownerId", "ownerId is neither the tenant nor one of its customers");
}

static err_t insert_group(struct conn *conn, const struct group *g, struct problem *p)
{
    static const char sql[] = "INSERT INTO entity_group (id, tenant, owner_id, owner_is_customer, is_all,"
                              " created_ms, version, name, additional_info, configuration)"
                              " SELECT ?2, number, ?3, ?4, 0, ?5, 1, ?6, ?7, ?8 FROM tenant WHERE id = ?1";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &g->tenant_id);
    bind_uuid(&s, &g->id);
    bind_uuid(&s, &g->owner_id);
    bind_int(&s, g->owner_is_customer);
    bind_int(&s, g->created_ms);
    bind_text(&s, slice_str(g->name));
    bind_text_or_null(&s, g->additional_info);
    bind_text_or_null(&s, g->configuration);
    err_t err = statement_run(&s, NULL, p);
    return err == ERR_CONFLICT ? fail(p, err, "name", "Entity group with such name already exists!") : err;
}

err_t sqlite_group_add(struct registry *r, struct group *group, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct group made = *group;
    made.id = uuid_random();
    made.is_all = false;
    made.created_ms = clock_wall_ms();
    made.version = 1;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(check_owner(w.conn, &made, p));
    TRY(insert_group(w.conn, &made, p));
    TRY(write_commit(&w, p));
    *group = made;
    return ERR_OK;
}

err_t sqlite_group_update(struct registry *r, struct group *g, struct problem *p)
{
    static const char sql[] = "UPDATE entity_group SET name = ?, additional_info = ?, configuration = ?,"
                              " version = version + 1 WHERE id = ? AND version = ?";
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    err_t err;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, sql, &s, p));
        bind_text(&s, slice_str(g->name));
        bind_text_or_null(&s, g->additional_info);
        bind_text_or_null(&s, g->configuration);
        bind_uuid(&s, &g->id);
        bind_int(&s, g->version);
        err = statement_run(&s, &changes, p);
    }
    if (err == ERR_CONFLICT)
        return fail(p, err, "name", "Entity group with such name already exists!");
    TRY(err);
    if (changes == 0)
        return fail(p, ERR_CONFLICT, "version", "the group was changed or deleted meanwhile");
    TRY(write_commit(&w, p));
    g->version++;
    return ERR_OK;
}

err_t sqlite_group_delete(struct registry *base, const struct uuid *tenant, const struct uuid *id,
                          struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    uint64_t number;
    TRY(write_begin(&r->pool, &w, p));
    TRY(sqlite_group_own(w.conn, tenant, id, &number, NULL, p));
    {
        AUTO_STATEMENT struct statement s = {0};
        TRY(statement_open(w.conn, "DELETE FROM entity_group WHERE number = ?", &s, p));
        bind_int(&s, (int64_t)number);
        TRY(statement_run(&s, NULL, p));
    }
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}

err_t sqlite_group_own(struct conn *conn, const struct uuid *tenant, const struct uuid *id,
                       uint64_t *ret_number, struct uuid *ret_customer, struct problem *p)
{
    static const char sql[] =
        "SELECT number, is_all, CASE WHEN owner_is_customer THEN owner_id END FROM entity_group"
        " WHERE id = ?2 AND tenant = (SELECT number FROM tenant WHERE id = ?1)";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such group");
    *ret_number = (uint64_t)take_int(&s);
    if (take_int(&s) != 0)
        return fail(p, ERR_CONFLICT, "", "The group All follows its owner's devices: it cannot be changed!");
    struct uuid customer = take_uuid(&s);
    if (ret_customer != NULL)
        *ret_customer = customer;
    return ERR_OK;
}

/* ---- pages ---- */

/* Candidates, by what is asked: a tenant may have as many groups "All" as customers, and they are not all to be looked at. */
#define OF_TENANT "SELECT number FROM entity_group WHERE tenant = (SELECT number FROM tenant WHERE id = ?1)"
#define OF_OWNER  OF_TENANT " AND owner_id = ?2"
#define OF_VIEWER                                                                                            \
    OF_TENANT " AND owner_id = ?3 UNION SELECT entity_group FROM group_share WHERE customer_id = ?3"
#define OF_DEVICE "SELECT entity_group FROM group_member WHERE device = ?4"

#define GROUP_FILTER(candidates)                                                                             \
    " FROM entity_group g JOIN tenant t ON t.number = g.tenant WHERE g.number IN (" candidates ")"           \
    " AND t.id = ?1 AND (?2 IS NULL OR g.owner_id = ?2)"                                                     \
    " AND (?3 IS NULL OR g.owner_id = ?3"                                                                    \
    " OR EXISTS (SELECT 1 FROM group_share WHERE customer_id = ?3 AND entity_group = g.number))"             \
    " AND (?4 = 0 OR EXISTS (SELECT 1 FROM group_member WHERE entity_group = g.number AND device = ?4))"     \
    " AND holds(fold(g.name), fold(?5))"
/* "All" first: it is what most look for. */
#define GROUP_PAGE(candidates, order)                                                                        \
    "SELECT " GROUP_COLUMNS GROUP_FILTER(candidates) " ORDER BY g.owner_is_customer, g.is_all DESC, " order  \
                                                     " LIMIT ?6 OFFSET ?7"
#define GROUP_PAGES(candidates)                                                                              \
    {                                                                                                        \
        "SELECT count(*)" GROUP_FILTER(candidates),                                                          \
            {                                                                                                \
                [GROUP_SORT_NAME] = {GROUP_PAGE(candidates, "fold(g.name), g.number"),                       \
                                     GROUP_PAGE(candidates, "fold(g.name) DESC, g.number DESC")},            \
                [GROUP_SORT_CREATED] = {GROUP_PAGE(candidates, "g.created_ms, g.number"),                    \
                                        GROUP_PAGE(candidates, "g.created_ms DESC, g.number DESC")},         \
            },                                                                                               \
    }

enum candidates { CANDIDATES_TENANT, CANDIDATES_OWNER, CANDIDATES_VIEWER, CANDIDATES_DEVICE };
static const struct {
    const char *count, *page[2][2];
} queries[] = {
    [CANDIDATES_TENANT] = GROUP_PAGES(OF_TENANT),
    [CANDIDATES_OWNER] = GROUP_PAGES(OF_OWNER),
    [CANDIDATES_VIEWER] = GROUP_PAGES(OF_VIEWER),
    [CANDIDATES_DEVICE] = GROUP_PAGES(OF_DEVICE),
};

static enum candidates candidates_of(const struct group_query *q)
{
    if (q->device != 0)
        return CANDIDATES_DEVICE;
    if (!uuid_is_nil(&q->owner_id))
        return CANDIDATES_OWNER;
    return uuid_is_nil(&q->viewer_id) ? CANDIDATES_TENANT : CANDIDATES_VIEWER;
}

static void bind_filter(struct statement *s, const struct group_query *q)
{
    bind_uuid(s, &q->tenant_id);
    bind_uuid_or_null(s, &q->owner_id);
    bind_uuid_or_null(s, &q->viewer_id);
    bind_int(s, (int64_t)q->device);
    bind_text(s, q->text_search);
}

static err_t count_groups(struct conn *conn, const struct group_query *q, uint64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, queries[candidates_of(q)].count, &s, p));
    bind_filter(&s, q);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

static err_t read_rows(struct statement *s, struct group_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_group(s, &page->groups[page->count++]);
        TRY(statement_end(s, p));
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_group_page(struct registry *r, const struct group_query *q, struct group_page *ret,
                        struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct group_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_groups(conn, q, &page.total, p));
    TRY(statement_open(conn, queries[candidates_of(q)].page[q->sort][q->order], &s, p));
    bind_filter(&s, q);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.groups = calloc(q->page_size, sizeof *page.groups);
    err_t err = page.groups != NULL ? read_rows(&s, &page, p) : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        group_page_fini(&page);
    return err;
}
