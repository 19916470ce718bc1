/* The audit log. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

enum { SWEEP_EVERY = 64, SWEEP_AT_ONCE = 1000 };

static err_t insert(struct conn *conn, const struct audit_entry *e, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO audit (id, created_ms, tenant_id, customer_id, user_id, user_name, address,"
        " action, entity_type, entity_id, entity_name, data, failure)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    const struct uuid id = uuid_random();
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &id);
    bind_int(&s, clock_wall_ms());
    bind_uuid_or_null(&s, &e->tenant_id);
    bind_customer(&s, &e->customer_id);
    bind_uuid_or_null(&s, &e->user_id);
    bind_text(&s, slice_str(e->user_name));
    bind_text(&s, slice_str(e->address));
    bind_text(&s, slice_str(e->action));
    bind_text(&s, slice_str(e->entity_type));
    bind_uuid_or_null(&s, &e->entity_id);
    bind_text(&s, slice_str(e->entity_name));
    bind_text(&s, slice_str(e->data));
    bind_text_or_null(&s, e->is_failure ? e->failure : NULL);
    return statement_run(&s, NULL, p);
}

/* A few with each of some entries, so that no write is long. */
static err_t sweep(struct conn *conn, const struct audit_bounds *bounds, struct problem *p)
{
    static const char sql[] = "DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE"
                              " number <= (SELECT max(number) FROM audit) - ?1 OR created_ms < ?2"
                              " ORDER BY number LIMIT ?3)";
    AUTO_STATEMENT struct statement s = {0};
    if (sqlite3_last_insert_rowid(conn->db) % SWEEP_EVERY != 0)
        return ERR_OK;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, bounds->max_entries);
    bind_int(&s, clock_wall_ms() - bounds->keep_ms);
    bind_int(&s, SWEEP_AT_ONCE);
    return statement_run(&s, NULL, p);
}

err_t sqlite_audit_insert(struct conn *conn, const struct audit_entry *entry,
                          const struct audit_bounds *bounds, struct problem *p)
{
    TRY(insert(conn, entry, p));
    return sweep(conn, bounds, p);
}

err_t sqlite_audit_add(struct registry *r, const struct audit_entry *entry, const struct audit_bounds *bounds,
                       struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(sqlite_audit_insert(w.conn, entry, bounds, p));
    return write_commit(&w, p);
}

/* ---- pages ---- */

#define AUDIT_COLUMNS                                                                                        \
    "number, id, created_ms, tenant_id, customer_id, user_id, user_name, address, action, entity_type,"      \
    " entity_id, entity_name, data, failure"
#define AUDIT_WANTED                                                                                         \
    "(?7 = '' OR instr(',' || ?7 || ',', ',' || action || ',') != 0)"                                        \
    " AND holds(fold(user_name || char(10) || entity_name || char(10) || action || char(10) || address),"    \
    " fold(?8))"
#define AUDIT_FILTER                                                                                         \
    " FROM audit WHERE tenant_id IS ?1 AND (?2 IS NULL OR entity_id = ?2) AND (?3 IS NULL OR user_id = ?3)"  \
    " AND (?4 IS NULL OR customer_id = ?4) AND created_ms >= ?5 AND created_ms < ?6"                         \
    " AND " AUDIT_WANTED

static void bind_filter(struct statement *s, const struct audit_query *q)
{
    bind_uuid_or_null(s, &q->tenant_id);
    bind_uuid_or_null(s, &q->entity_id);
    bind_uuid_or_null(s, &q->user_id);
    bind_uuid_or_null(s, &q->customer_id);
    bind_int(s, q->start_ms);
    bind_int(s, q->end_ms);
    bind_text(s, q->actions);
    bind_text(s, q->text_search);
}

static void take_entry(struct statement *s, struct audit_entry *e)
{
    e->number = (uint64_t)take_int(s);
    e->id = take_uuid(s);
    e->created_ms = take_int(s);
    e->tenant_id = take_uuid(s);
    e->customer_id = take_customer(s);
    e->user_id = take_uuid(s);
    take_text(s, e->user_name, sizeof e->user_name);
    take_text(s, e->address, sizeof e->address);
    take_text(s, e->action, sizeof e->action);
    take_text(s, e->entity_type, sizeof e->entity_type);
    e->entity_id = take_uuid(s);
    take_text(s, e->entity_name, sizeof e->entity_name);
    take_text(s, e->data, sizeof e->data);
    e->is_failure = sqlite3_column_type(s->handle, s->column) != SQLITE_NULL;
    take_text(s, e->failure, sizeof e->failure);
}

static err_t read_rows(struct statement *s, struct audit_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_entry(s, &page->entries[page->count++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

static err_t count_entries(struct conn *conn, const struct audit_query *q, uint64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*)" AUDIT_FILTER, &s, p));
    bind_filter(&s, q);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

err_t sqlite_audit_page(struct registry *r, const struct audit_query *q, struct audit_page *ret,
                        struct problem *p)
{
    static const char *const pages[] = {
        [SORT_ASCENDING] =
            "SELECT " AUDIT_COLUMNS AUDIT_FILTER " ORDER BY created_ms, number LIMIT ?9 OFFSET ?10",
        [SORT_DESCENDING] =
            "SELECT " AUDIT_COLUMNS AUDIT_FILTER " ORDER BY created_ms DESC, number DESC LIMIT ?9 OFFSET ?10",
    };
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct audit_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_entries(conn, q, &page.total, p));
    TRY(statement_open(conn, pages[q->order], &s, p));
    bind_filter(&s, q);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.entries = calloc(q->page_size, sizeof *page.entries);
    err_t err = page.entries != NULL ? read_rows(&s, &page, p) : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        audit_page_fini(&page);
    return err;
}

/* ---- a walk ---- */

/* The rows that are looked at come by the index; the last column says which are wanted. */
static const char walk_sql[] =
    "SELECT " AUDIT_COLUMNS ", " AUDIT_WANTED
    " AND (?6 IS NULL OR user_id IS ?6) FROM audit WHERE tenant_id IS ?1 AND created_ms < ?5"
    " AND (created_ms, number) > (?2, ?3) ORDER BY created_ms, number LIMIT ?4";

static void bind_walk(struct statement *s, const struct audit_query *q, const struct audit_place *place)
{
    bool has_begun = place->number != 0 && place->created_ms >= q->start_ms;
    bind_uuid_or_null(s, &q->tenant_id);
    bind_int(s, has_begun ? place->created_ms : q->start_ms);
    bind_int(s, has_begun ? (int64_t)place->number : 0);
    bind_int(s, q->page_size);
    bind_int(s, q->end_ms);
    bind_uuid_or_null(s, &q->user_id);
    bind_text(s, q->actions);
    bind_text(s, q->text_search);
}

static err_t walk_rows(struct statement *s, struct audit_page *page, struct audit_place *place,
                       uint32_t *ret_looked_at, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    for (; found; ++*ret_looked_at) {
        struct audit_entry *e = &page->entries[page->count];
        take_entry(s, e);
        *place = (struct audit_place){.created_ms = e->created_ms, .number = e->number};
        page->count += take_int(s) != 0;
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_audit_walk(struct registry *r, const struct audit_query *q, struct audit_place *place,
                        struct audit_page *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct audit_page page = {0};
    struct audit_place next = *place;
    uint32_t looked_at = 0;
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(statement_open(conn, walk_sql, &s, p));
    bind_walk(&s, q, place);
    page.entries = calloc(q->page_size, sizeof *page.entries);
    err_t err = page.entries != NULL ? walk_rows(&s, &page, &next, &looked_at, p)
                                     : fail(p, ERR_NOMEM, "", "no memory");
    if (err != ERR_OK) {
        audit_page_fini(&page);
        return err;
    }
    next.is_at_end = looked_at < q->page_size;
    *place = next;
    *ret = page;
    return ERR_OK;
}
