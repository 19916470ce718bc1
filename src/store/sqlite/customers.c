/* Customers: what they own refers to them by id. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

#define CUSTOMER_COLUMNS                                                                                     \
    "c.id, (SELECT id FROM tenant WHERE number = c.tenant), c.created_ms, c.version, c.title,"               \
    " coalesce(c.contact, ''), coalesce(c.additional_info, '')"
#define OF_TENANT "(SELECT number FROM tenant WHERE id = ?1)"

static void take_row(struct statement *s, struct customer *ret)
{
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    take_text(s, ret->title, sizeof ret->title);
    take_text(s, ret->contact, sizeof ret->contact);
    take_text(s, ret->additional_info, sizeof ret->additional_info);
}

err_t sqlite_customer_check(struct conn *conn, const struct uuid *tenant, const struct uuid *customer,
                            struct problem *p)
{
    static const char sql[] = "SELECT 1 FROM customer WHERE tenant = " OF_TENANT " AND id = ?2";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    if (uuid_is_nil(customer) || uuid_eq(customer, &CUSTOMER_NOBODY))
        return ERR_OK;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, customer);
    TRY(statement_row(&s, &found, p));
    return found ? ERR_OK
                 : fail(p, ERR_INVALID, "customerId", "Can't assign device to non-existent customer!");
}

static err_t insert_customer(struct conn *conn, const struct customer *customer, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO customer (tenant, id, created_ms, version, title, contact, additional_info)"
        " SELECT number, ?2, ?3, 1, ?4, ?5, ?6 FROM tenant WHERE id = ?1";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &customer->tenant_id);
    bind_uuid(&s, &customer->id);
    bind_int(&s, customer->created_ms);
    bind_text(&s, slice_str(customer->title));
    bind_text(&s, slice_str(customer->contact));
    bind_text(&s, slice_str(customer->additional_info));
    err_t err = statement_run(&s, &changes, p);
    if (err == ERR_CONFLICT)
        return fail(p, err, "title", "Customer with such title already exists!");
    TRY(err);
    return changes == 1 ? ERR_OK : fail(p, ERR_NOT_FOUND, "tenantId", "no such tenant");
}

err_t sqlite_customer_add(struct registry *r, struct customer *customer, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct customer made = *customer;
    made.id = uuid_random();
    made.created_ms = clock_wall_ms();
    made.version = 1;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(insert_customer(w.conn, &made, p));
    TRY(write_commit(&w, p));
    *customer = made;
    return ERR_OK;
}

static err_t update_customer(struct conn *conn, const struct customer *c, int *ret_changes, struct problem *p)
{
    static const char sql[] =
        "UPDATE customer SET title = ?3, contact = ?4, additional_info = ?5, version = version + 1"
        " WHERE id = ?1 AND version = ?2";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &c->id);
    bind_int(&s, c->version);
    bind_text(&s, slice_str(c->title));
    bind_text(&s, slice_str(c->contact));
    bind_text(&s, slice_str(c->additional_info));
    err_t err = statement_run(&s, ret_changes, p);
    return err == ERR_CONFLICT ? fail(p, err, "title", "Customer with such title already exists!") : err;
}

err_t sqlite_customer_update(struct registry *r, struct customer *customer, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(update_customer(w.conn, customer, &changes, p));
    if (changes == 0)
        return fail(p, ERR_CONFLICT, "version", "the customer was changed or deleted meanwhile");
    TRY(write_commit(&w, p));
    customer->version++;
    return ERR_OK;
}

static err_t find_where(struct registry *r, const char *sql, const struct uuid *tenant, const struct uuid *id,
                        struct slice title, struct customer *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    if (id != NULL)
        bind_uuid(&s, id);
    else
        bind_text(&s, title);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such customer");
    take_row(&s, ret);
    return ERR_OK;
}

err_t sqlite_customer_by_title(struct registry *r, const struct uuid *tenant, struct slice title,
                               struct customer *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT " CUSTOMER_COLUMNS " FROM customer c WHERE c.tenant = " OF_TENANT " AND c.title = ?2";
    return find_where(r, sql, tenant, NULL, title, ret, p);
}

err_t sqlite_customer_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct customer *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT " CUSTOMER_COLUMNS " FROM customer c WHERE c.tenant = " OF_TENANT " AND c.id = ?2";
    return find_where(r, sql, tenant, id, slice_of(NULL, 0), ret, p);
}

/* ---- deleting ---- */

/* Of the statements that delete a customer: 1 the tenant, 2 the customer. */
static err_t run_on(struct conn *conn, const char *sql, const struct uuid *tenant, const struct uuid *id,
                    int *ret_changes, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, id);
    return statement_run(&s, ret_changes, p);
}

err_t sqlite_customer_delete(struct registry *base, const struct uuid *tenant, const struct uuid *id,
                             struct problem *p)
{
    static const char remove[] = "DELETE FROM customer WHERE tenant = " OF_TENANT " AND id = ?2";
    static const char free_devices[] = "UPDATE device SET customer_id = NULL, version = version + 1"
                                       " WHERE tenant = " OF_TENANT " AND customer_id = ?2";
    static const char remove_users[] = "DELETE FROM user WHERE tenant = " OF_TENANT " AND customer_id = ?2";
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    int changes = 0;
    TRY(write_begin(&r->pool, &w, p));
    TRY(run_on(w.conn, remove, tenant, id, &changes, p));
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such customer");
    TRY(run_on(w.conn, free_devices, tenant, id, NULL, p));
    TRY(run_on(w.conn, remove_users, tenant, id, NULL, p));
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    return ERR_OK;
}

/* ---- pages ---- */

#define CUSTOMER_FILTER " FROM customer c WHERE c.tenant = " OF_TENANT " AND holds(fold(c.title), fold(?2))"
#define CUSTOMER_PAGE(order)                                                                                 \
    "SELECT " CUSTOMER_COLUMNS CUSTOMER_FILTER " ORDER BY " order " LIMIT ?3 OFFSET ?4"

static const char *const pages[][2] = {
    [CUSTOMER_SORT_CREATED] = {CUSTOMER_PAGE("c.created_ms, c.number"),
                               CUSTOMER_PAGE("c.created_ms DESC, c.number DESC")},
    [CUSTOMER_SORT_TITLE] = {CUSTOMER_PAGE("fold(c.title), c.number"),
                             CUSTOMER_PAGE("fold(c.title) DESC, c.number DESC")},
};

static err_t count_customers(struct conn *conn, const struct customer_query *q, uint64_t *ret,
                             struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*)" CUSTOMER_FILTER, &s, p));
    bind_uuid(&s, &q->tenant_id);
    bind_text(&s, q->text_search);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

static err_t read_rows(struct statement *s, struct customer_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_row(s, &page->customers[page->count++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_customer_page(struct registry *r, const struct customer_query *q, struct customer_page *ret,
                           struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct customer_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_customers(conn, q, &page.total, p));
    TRY(statement_open_once(conn, slice_str(pages[q->sort][q->order]), &s, p));
    bind_uuid(&s, &q->tenant_id);
    bind_text(&s, q->text_search);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.customers = calloc(q->page_size, sizeof *page.customers);
    err_t err = page.customers != NULL ? read_rows(&s, &page, p) : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        customer_page_fini(&page);
    return err;
}
