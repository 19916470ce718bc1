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
