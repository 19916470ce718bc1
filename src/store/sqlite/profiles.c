/* Device profiles. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

#define PROFILE_SELECT                                                                                       \
    "SELECT p.id, t.id, p.created_ms, p.version, p.name, p.description, p.is_default, p.profile_data"        \
    " FROM profile p JOIN tenant t ON t.number = p.tenant WHERE t.id = ?1"

static err_t take_profile(struct statement *s, struct profile *ret, struct problem *p)
{
    struct profile profile = {.id = take_uuid(s)};
    profile.tenant_id = take_uuid(s);
    profile.created_ms = take_int(s);
    profile.version = take_int(s);
    take_text(s, profile.name, sizeof profile.name);
    take_text(s, profile.description, sizeof profile.description);
    profile.is_default = take_int(s) != 0;
    profile.profile_data = take_text_or_null(s);
    err_t err = statement_end(s, p);
    if (err == ERR_OK)
        *ret = profile;
    else
        profile_fini(&profile);
    return err;
}

static err_t read_profile(struct statement *s, struct profile *ret, struct problem *p)
{
    bool found;
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device profile");
    return take_profile(s, ret, p);
}

err_t sqlite_profile_default(struct registry *r, const struct uuid *tenant, struct profile *ret,
                             struct problem *p)
{
    static const char sql[] = PROFILE_SELECT " AND p.is_default = 1";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    return read_profile(&s, ret, p);
}

err_t sqlite_profile_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                         struct profile *ret, struct problem *p)
{
    static const char sql[] = PROFILE_SELECT " AND p.id = ?2";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, id);
    return read_profile(&s, ret, p);
}

static err_t find_by_name(struct conn *conn, const struct uuid *tenant, const char *name, struct profile *ret,
                          struct problem *p)
{
    static const char sql[] = PROFILE_SELECT " AND p.name = ?2";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_text(&s, slice_str(name));
    return read_profile(&s, ret, p);
}

static err_t find_by_name_reading(struct pool *pool, const struct uuid *tenant, const char *name,
                                  struct profile *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(pool);
    return find_by_name(conn, tenant, name, ret, p);
}

static err_t insert_profile(struct conn *conn, const struct uuid *tenant, const char *name, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO profile (id, tenant, created_ms, version, name, description, is_default)"
        " SELECT ?, number, ?, 1, ?, '', 0 FROM tenant WHERE id = ? ON CONFLICT DO NOTHING";
    AUTO_STATEMENT struct statement s = {0};
    struct uuid id = uuid_random();
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &id);
    bind_int(&s, clock_wall_ms());
    bind_text(&s, slice_str(name));
    bind_uuid(&s, tenant);
    return statement_run(&s, NULL, p);
}

err_t sqlite_profile_by_name(struct registry *r, const struct uuid *tenant, const char *name, bool create,
                             struct profile *ret, struct problem *p)
{
    struct pool *pool = &sqlite_of(r)->pool;
    err_t err = find_by_name_reading(pool, tenant, name, ret, p);
    if (err != ERR_NOT_FOUND || !create)
        return err;
    AUTO_WRITE struct write w = {0};
    struct profile profile = {0};
    TRY(write_begin(pool, &w, p));
    TRY(insert_profile(w.conn, tenant, name, p));
    TRY(find_by_name(w.conn, tenant, name, &profile, p));
    err = write_commit(&w, p);
    if (err == ERR_OK)
        *ret = profile;
    else
        profile_fini(&profile);
    return err;
}

static err_t add_to_page(struct profile_page *page, struct statement *s, struct problem *p)
{
    struct profile *grown = reallocarray(page->profiles, page->count + 1, sizeof *grown);
    if (grown == NULL)
        return fail(p, ERR_NOMEM, "", "no memory");
    page->profiles = grown;
    TRY(take_profile(s, &page->profiles[page->count], p));
    page->count++;
    return ERR_OK;
}

/* All rows of the statement; *ret is untouched unless every one was read. */
static err_t read_page(struct statement *s, uint64_t total, struct profile_page *ret, struct problem *p)
{
    struct profile_page page = {.total = total};
    bool found = false;
    err_t err = statement_row(s, &found, p);
    while (err == ERR_OK && found) {
        err = add_to_page(&page, s, p);
        if (err == ERR_OK)
            err = statement_row(s, &found, p);
    }
    if (err == ERR_OK)
        *ret = page;
    else
        profile_page_fini(&page);
    return err;
}

#define PROFILE_SEARCH " holds(fold(p.name), fold(?2))"

static err_t count_profiles(struct conn *conn, const struct uuid *tenant, struct slice text_search,
                            uint64_t *ret_total, struct problem *p)
{
    static const char sql[] = "SELECT count(*) FROM profile p JOIN tenant t ON t.number = p.tenant WHERE "
                              "t.id = ?1 AND" PROFILE_SEARCH;
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_text(&s, text_search);
    TRY(statement_row(&s, &found, p));
    *ret_total = (uint64_t)take_int(&s);
    return ERR_OK;
}

err_t sqlite_profile_list(struct registry *r, const struct uuid *tenant, struct slice text_search,
                          uint32_t page_size, uint32_t page, struct profile_page *ret, struct problem *p)
{
    static const char sql[] =
        PROFILE_SELECT " AND" PROFILE_SEARCH " ORDER BY fold(p.name), p.number LIMIT ?3 OFFSET ?4";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    uint64_t total = 0;
    TRY(count_profiles(conn, tenant, text_search, &total, p));
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_text(&s, text_search);
    bind_int(&s, page_size);
    bind_int(&s, (int64_t)page_size * page);
    return read_page(&s, total, ret, p);
}

err_t sqlite_device_types(struct registry *r, const struct uuid *tenant, struct profile_page *ret,
                          struct problem *p)
{
    static const char sql[] = PROFILE_SELECT
        " AND EXISTS (SELECT 1 FROM device d WHERE d.profile = p.number) ORDER BY fold(p.name), p.number";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct profile_page page = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    TRY(read_page(&s, 0, &page, p));
    page.total = page.count;
    *ret = page;
    return ERR_OK;
}
