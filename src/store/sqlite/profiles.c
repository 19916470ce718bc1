/* Device profiles, read; and the one that is made when a device names it first. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

#define PROFILE_ROWS                                                                                         \
    "SELECT p.id, t.id, p.created_ms, p.version, p.name, p.description, p.is_default, p.transport,"          \
    " p.provision_type, p.provision_key, p.firmware_id, p.software_id, p.profile_data"                       \
    " FROM profile p JOIN tenant t ON t.number = p.tenant WHERE "
#define PROFILE_SELECT PROFILE_ROWS "t.id = ?1"

static err_t take_profile(struct statement *s, struct profile *ret, struct problem *p)
{
    struct profile profile = {.id = take_uuid(s)};
    profile.tenant_id = take_uuid(s);
    profile.created_ms = take_int(s);
    profile.version = take_int(s);
    take_text(s, profile.name, sizeof profile.name);
    take_text(s, profile.description, sizeof profile.description);
    profile.is_default = take_int(s) != 0;
    profile.transport = (enum profile_transport)take_int(s);
    profile.provision_type = (enum provision_type)take_int(s);
    take_text(s, profile.provision_key, sizeof profile.provision_key);
    profile.firmware_id = take_uuid(s);
    profile.software_id = take_uuid(s);
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

err_t sqlite_profile_by_id(struct registry *r, const struct uuid *id, struct profile *ret, struct problem *p)
{
    static const char sql[] = PROFILE_ROWS "p.id = ?1";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    return read_profile(&s, ret, p);
}

err_t sqlite_profile_by_provision_key(struct registry *r, struct slice key, struct profile *ret,
                                      struct problem *p)
{
    static const char sql[] = PROFILE_ROWS "p.provision_key = ?1";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, key);
    return read_profile(&s, ret, p);
}

err_t sqlite_profiles_by_authority(struct registry *r, uint32_t subject_hash,
                                   struct uuid ret_ids[AUTHORITY_PROFILES_MAX], size_t *ret_count,
                                   struct problem *p)
{
    static const char sql[] = "SELECT id FROM profile WHERE authority_subject = ? ORDER BY number LIMIT ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    size_t count = 0;
    bool found = true;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, subject_hash);
    bind_int(&s, AUTHORITY_PROFILES_MAX);
    while (found) {
        TRY(statement_row(&s, &found, p));
        if (found)
            ret_ids[count++] = take_uuid(&s);
    }
    *ret_count = count;
    return ERR_OK;
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

/* Parameters 1 to 3, of the count and of the page. */
#define PROFILE_CONDITIONS "t.id = ?1 AND holds(fold(p.name), fold(?2)) AND (?3 < 0 OR p.transport = ?3)"

static void bind_conditions(struct statement *s, const struct profile_query *query)
{
    bind_uuid(s, &query->tenant_id);
    bind_text(s, query->text_search);
    bind_int(s, query->has_transport ? (int64_t)query->transport : -1);
}

static err_t count_profiles(struct conn *conn, const struct profile_query *query, uint64_t *ret_total,
                            struct problem *p)
{
    static const char sql[] =
        "SELECT count(*) FROM profile p JOIN tenant t ON t.number = p.tenant WHERE " PROFILE_CONDITIONS;
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_conditions(&s, query);
    TRY(statement_row(&s, &found, p));
    *ret_total = (uint64_t)take_int(&s);
    return ERR_OK;
}

static const char *order_column(enum profile_sort sort)
{
    switch (sort) {
    case PROFILE_SORT_NAME: return "fold(p.name)";
    case PROFILE_SORT_CREATED: return "p.created_ms";
    case PROFILE_SORT_TRANSPORT: return "p.transport";
    case PROFILE_SORT_DESCRIPTION: return "fold(p.description)";
    case PROFILE_SORT_DEFAULT: return "p.is_default";
    }
    return "p.number";
}

err_t sqlite_profile_list(struct registry *r, const struct profile_query *query, struct profile_page *ret,
                          struct problem *p)
{
    const char *direction = query->order == SORT_DESCENDING ? "DESC" : "ASC";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_BUF sql = {0};
    uint64_t total = 0;
    TRY(count_profiles(conn, query, &total, p));
    buf_append_str(&sql, PROFILE_ROWS PROFILE_CONDITIONS);
    buf_printf(&sql, " ORDER BY %s %s, p.number %s LIMIT ?4 OFFSET ?5", order_column(query->sort), direction,
               direction);
    if (!buf_is_ok(&sql))
        return fail(p, ERR_NOMEM, "", "no memory");
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open_once(conn, buf_slice(&sql), &s, p));
    bind_conditions(&s, query);
    bind_int(&s, query->page_size);
    bind_int(&s, (int64_t)query->page_size * query->page);
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
