/* Which devices are in which of an owner's own groups. */
#include "store/sqlite/registry_sqlite.h"

/* What one device of a list is put in or taken out by: ?1 the group, ?2 the device, ?3 whose it must be (NULL: anybody's), ?4
 * the tenant. No row: there is no such device. */
#define THE_DEVICE                                                                                           \
    " FROM device WHERE id = ?2 AND (?3 IS NULL OR customer_id = ?3)"                                        \
    " AND tenant = (SELECT number FROM tenant WHERE id = ?4)"

struct change {
    uint64_t group;
    struct uuid customer; /* the owner, or nil: the tenant */
    const struct uuid *tenant;
    const char *sql;
};

static err_t find_device(struct conn *conn, const struct change *c, const struct uuid *device,
                         struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    char text[UUID_TEXT_SIZE];
    TRY(statement_open(conn, "SELECT ?1" THE_DEVICE, &s, p));
    bind_int(&s, (int64_t)c->group);
    bind_uuid(&s, device);
    bind_uuid_or_null(&s, &c->customer);
    bind_uuid(&s, c->tenant);
    TRY(statement_row(&s, &found, p));
    if (found)
        return ERR_OK;
    uuid_format(device, text);
    return fail(p, ERR_INVALID, "entityIds", "entityIds holds %s, which is no device of the group's owner",
                text);
}

static err_t change_one(struct conn *conn, const struct change *c, const struct uuid *device,
                        struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(find_device(conn, c, device, p));
    TRY(statement_open(conn, c->sql, &s, p));
    bind_int(&s, (int64_t)c->group);
    bind_uuid(&s, device);
    bind_uuid_or_null(&s, &c->customer);
    bind_uuid(&s, c->tenant);
    return statement_run(&s, NULL, p);
}

static err_t change_all(struct registry *base, struct change *c, const struct uuid *group,
                        const struct uuid *devices, size_t count, struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&r->pool, &w, p));
    TRY(sqlite_group_own(w.conn, c->tenant, group, &c->group, &c->customer, p));
    for (size_t i = 0; i < count; i++)
        TRY(change_one(w.conn, c, &devices[i], p));
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}

err_t sqlite_group_add_devices(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                               const struct uuid *devices, size_t count, struct problem *p)
{
    struct change add = {.tenant = tenant,
                         .sql = "INSERT INTO group_member (entity_group, device) SELECT ?1, number" THE_DEVICE
                                " ON CONFLICT DO NOTHING"};
    return change_all(r, &add, group, devices, count, p);
}

err_t sqlite_group_remove_devices(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                  const struct uuid *devices, size_t count, struct problem *p)
{
    struct change remove = {.tenant = tenant,
                            .sql = "DELETE FROM group_member WHERE entity_group = ?1"
                                   " AND device = (SELECT number" THE_DEVICE ")"};
    return change_all(r, &remove, group, devices, count, p);
}

/* ---- reading ---- */

static const char memberships[] =
    "SELECT m.device, g.id, g.name FROM json_each(?1) d CROSS JOIN group_member m ON m.device = d.value"
    " CROSS JOIN entity_group g ON g.number = m.entity_group"
    " WHERE ?2 IS NULL OR g.owner_id = ?2"
    " OR EXISTS (SELECT 1 FROM group_share WHERE customer_id = ?2 AND entity_group = g.number)"
    " ORDER BY d.key, g.owner_is_customer, fold(g.name), g.number";

static err_t tell(struct statement *s, membership_found *found, void *arg, bool *ret_goes_on,
                  struct problem *p)
{
    char name[NAME_SIZE];
    struct membership m = {.device = (uint64_t)take_int(s), .group_id = take_uuid(s)};
    take_text(s, name, sizeof name);
    m.group_name = name;
    TRY(statement_end(s, p));
    *ret_goes_on = found(arg, &m);
    return ERR_OK;
}

err_t sqlite_group_memberships(struct registry *r, const struct uuid *viewer, const uint64_t *devices,
                               size_t count, membership_found *found, void *arg, struct problem *p)
{
    AUTO_BUF numbers = {0};
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool is_row = false, goes_on = true;
    CHECK(count <= GROUP_DEVICES_MAX);
    buf_append_u8(&numbers, '[');
    for (size_t i = 0; i < count; i++)
        buf_printf(&numbers, i == 0 ? "%llu" : ",%llu", (unsigned long long)devices[i]);
    buf_append_u8(&numbers, ']');
    if (!buf_is_ok(&numbers))
        return fail(p, ERR_NOMEM, "", "no memory");
    TRY(statement_open(conn, memberships, &s, p));
    bind_text(&s, buf_slice(&numbers));
    bind_uuid_or_null(&s, viewer);
    TRY(statement_row(&s, &is_row, p));
    while (is_row && goes_on) {
        TRY(tell(&s, found, arg, &goes_on, p));
        TRY(statement_row(&s, &is_row, p));
    }
    return ERR_OK;
}
