/* Pages of users. */
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

void take_user(struct statement *s, struct user *ret)
{
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->customer_id = take_customer(s);
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    ret->authority = (enum authority)take_int(s);
    take_text(s, ret->email, sizeof ret->email);
    take_text(s, ret->first_name, sizeof ret->first_name);
    take_text(s, ret->last_name, sizeof ret->last_name);
    take_text(s, ret->phone, sizeof ret->phone);
    take_text(s, ret->password_hash, sizeof ret->password_hash);
}

#define USER_FILTER                                                                                          \
    " FROM user u WHERE u.tenant IS (SELECT number FROM tenant WHERE id = ?1)"                               \
    " AND (?2 IS NULL OR u.customer_id = ?2) AND (?3 = 0 OR u.authority = ?3)"                               \
    " AND holds(u.email_key || char(10) || fold(u.first_name || ' ' || u.last_name), fold(?4))"
#define USER_PAGE(order) "SELECT " USER_COLUMNS USER_FILTER " ORDER BY " order " LIMIT ?5 OFFSET ?6"

static const char *const pages[][2] = {
    [USER_SORT_CREATED] = {USER_PAGE("u.created_ms, u.number"),
                           USER_PAGE("u.created_ms DESC, u.number DESC")},
    [USER_SORT_EMAIL] = {USER_PAGE("u.email_key"), USER_PAGE("u.email_key DESC")},
};

static void bind_filter(struct statement *s, const struct user_query *q)
{
    bind_uuid_or_null(s, &q->tenant_id);
    bind_uuid_or_null(s, &q->customer_id);
    bind_int(s, q->authority);
    bind_text(s, q->text_search);
}

static err_t count_users(struct conn *conn, const struct user_query *q, uint64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*)" USER_FILTER, &s, p));
    bind_filter(&s, q);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

static err_t read_rows(struct statement *s, struct user_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_user(s, &page->users[page->count++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_user_page(struct registry *r, const struct user_query *q, struct user_page *ret,
                       struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct user_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_users(conn, q, &page.total, p));
    TRY(statement_open(conn, pages[q->sort][q->order], &s, p));
    bind_filter(&s, q);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.users = calloc(q->page_size, sizeof *page.users);
    err_t err = page.users != NULL ? read_rows(&s, &page, p) : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        user_page_fini(&page);
    return err;
}
