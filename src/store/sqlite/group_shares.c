/* Groups that a tenant shares with its customers, and what follows for devices. */
#include "store/sqlite/registry_sqlite.h"

static err_t count_shares(struct conn *conn, uint64_t group, int64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*) FROM group_share WHERE entity_group = ?", &s, p));
    bind_int(&s, (int64_t)group);
    TRY(statement_row(&s, &found, p));
    *ret = take_int(&s);
    return ERR_OK;
}

static err_t remove_share(struct conn *conn, uint64_t group, const struct uuid *customer, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "DELETE FROM group_share WHERE customer_id = ? AND entity_group = ?", &s, p));
    bind_uuid(&s, customer);
    bind_int(&s, (int64_t)group);
    return statement_run(&s, NULL, p);
}

static err_t insert_share(struct conn *conn, uint64_t group, const struct group_share *share,
                          struct problem *p)
{
    static const char sql[] =
        "INSERT INTO group_share (customer_id, entity_group, may_write) VALUES (?1, ?2, ?3)"
        " ON CONFLICT DO UPDATE SET may_write = excluded.may_write";
    AUTO_STATEMENT struct statement s = {0};
    int64_t count;
    TRY(count_shares(conn, group, &count, p));
    if (count >= GROUP_SHARES_MAX)
        return fail(p, ERR_LIMIT, "", "the group is shared with %d customers; no more are taken",
                    GROUP_SHARES_MAX);
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &share->customer_id);
    bind_int(&s, (int64_t)group);
    bind_int(&s, share->right == SHARE_WRITE);
    return statement_run(&s, NULL, p);
}

static err_t check_customer(struct conn *conn, const struct uuid *tenant, const struct uuid *customer,
                            struct problem *p)
{
    if (!uuid_eq(customer, &CUSTOMER_NOBODY) && sqlite_customer_check(conn, tenant, customer, NULL) == ERR_OK)
        return ERR_OK;
    return fail(p, ERR_INVALID, "customerId", "customerId is none of the tenant's customers");
}

err_t sqlite_group_share(struct registry *base, const struct uuid *tenant, const struct uuid *group,
                         const struct group_share *share, struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    struct uuid owner;
    uint64_t number;
    TRY(write_begin(&r->pool, &w, p));
    TRY(sqlite_group_own(w.conn, tenant, group, &number, &owner, p));
    if (!uuid_is_nil(&owner))
        return fail(p, ERR_CONFLICT, "", "The group is a customer's own: it cannot be shared!");
    if (share->right == SHARE_NONE) {
        TRY(remove_share(w.conn, number, &share->customer_id, p));
    } else {
        TRY(check_customer(w.conn, tenant, &share->customer_id, p));
        TRY(insert_share(w.conn, number, share, p));
    }
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}

static enum share_right take_right(struct statement *s)
{
    return take_int(s) != 0 ? SHARE_WRITE : SHARE_READ;
}

err_t sqlite_group_shares(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                          struct group_share *shares, size_t *ret_count, struct problem *p)
{
    static const char sql[] =
        "SELECT s.customer_id, s.may_write FROM group_share s"
        " JOIN entity_group g ON g.number = s.entity_group JOIN tenant t ON t.number = g.tenant"
        " WHERE g.id = ?2 AND t.id = ?1 ORDER BY s.customer_id LIMIT ?3";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found = false;
    size_t count = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, group);
    bind_int(&s, GROUP_SHARES_MAX);
    TRY(statement_row(&s, &found, p));
    while (found) {
        shares[count].customer_id = take_uuid(&s);
        shares[count++].right = take_right(&s);
        TRY(statement_row(&s, &found, p));
    }
    *ret_count = count;
    return ERR_OK;
}

/* A row with the most that is granted, or NULL. */
static err_t read_right(struct statement *s, enum share_right *ret, struct problem *p)
{
    bool found;
    TRY(statement_row(s, &found, p));
    *ret = found ? take_right(s) : SHARE_NONE;
    return ERR_OK;
}

err_t sqlite_share_of_device(struct registry *r, const struct uuid *customer, uint64_t device,
                             enum share_right *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT s.may_write FROM group_member m JOIN group_share s ON s.customer_id = ?1"
        " AND s.entity_group = m.entity_group WHERE m.device = ?2"
        " ORDER BY s.may_write DESC LIMIT 1";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, customer);
    bind_int(&s, (int64_t)device);
    return read_right(&s, ret, p);
}

err_t sqlite_share_of_group(struct registry *r, const struct uuid *customer, const struct uuid *group,
                            enum share_right *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT s.may_write FROM group_share s JOIN entity_group g ON g.number = s.entity_group"
        " WHERE s.customer_id = ? AND g.id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, customer);
    bind_uuid(&s, group);
    return read_right(&s, ret, p);
}
