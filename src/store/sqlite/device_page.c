/*
 * Pages of devices: filtered, searched, sorted, with the total.
 *
 * The statements are put together from the constants below; what comes from outside is bound. A list without
 * a search walks the index of its order (INDEXED BY, so that the planner cannot choose to sort 100 000 rows).
 * A search first looks for its matches, in the trigram index, or for one or two characters by scanning
 * device_by_name. Few: the page is made from just these. Many: it walks the order's index, where a page is
 * soon full, and a scan counts the total. Figures: bench/store/README.md.
 */
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 2000,      /* matches up to which sorting them is cheaper than walking the order's index */
    TRIGRAM_MIN = 3, /* characters the trigram index needs */
};

struct plan {
    const struct device_query *query;
    struct buf text; /* folded search text */
    struct matches matches;
};

static void plan_fini(struct plan *plan)
{
    buf_fini(&plan->text);
    buf_fini(&plan->matches.ids);
}

static err_t no_memory(struct problem *p)
{
    return fail(p, ERR_NOMEM, "", "no memory");
}

#define TENANT_NUMBER "(SELECT number FROM tenant WHERE id = ?)"
#define GROUP_NUMBER  "(SELECT number FROM entity_group WHERE id = ?)"

/* Here and in bind_conditions() the parameters come in the same order. */
static void put_conditions(const struct plan *plan, struct buf *sql)
{
    const struct device_query *q = plan->query;
    if (plan->matches.is_few)
        buf_append_str(sql, " WHERE +d.tenant = " TENANT_NUMBER
                            " AND d.number IN (SELECT value FROM json_each(?))");
    else
        buf_append_str(sql, " WHERE d.tenant = " TENANT_NUMBER);
    if (!plan->matches.is_few && plan->text.len != 0)
        buf_append_str(sql, " AND holds(d.search, ?)");
    if (q->type.len != 0)
        buf_append_str(sql, " AND +d.profile = (SELECT number FROM profile WHERE tenant = " TENANT_NUMBER
                            " AND name = ?)");
    if (!uuid_is_nil(&q->profile_id))
        buf_append_str(sql, " AND +d.profile = (SELECT number FROM profile WHERE id = ?)");
    if (!uuid_is_nil(&q->customer_id))
        buf_append_str(sql, " AND d.customer_id IS ?");
    if (!uuid_is_nil(&q->group_id))
        buf_append_str(sql, " AND EXISTS (SELECT 1 FROM group_member WHERE entity_group = " GROUP_NUMBER
                            " AND device = d.number)");
    if (!uuid_is_nil(&q->viewer_id))
        buf_append_str(
            sql, " AND (d.customer_id IS ? OR EXISTS (SELECT 1 FROM group_share s JOIN group_member m"
                 " ON m.entity_group = s.entity_group WHERE s.customer_id = ? AND m.device = d.number))");
}

static void bind_conditions(const struct plan *plan, struct statement *s)
{
    const struct device_query *q = plan->query;
    bind_uuid(s, &q->tenant_id);
    if (plan->matches.is_few)
        bind_text(s, buf_slice(&plan->matches.ids));
    else if (plan->text.len != 0)
        bind_text(s, buf_slice(&plan->text));
    if (q->type.len != 0) {
        bind_uuid(s, &q->tenant_id);
        bind_text(s, q->type);
    }
    if (!uuid_is_nil(&q->profile_id))
        bind_uuid(s, &q->profile_id);
    if (!uuid_is_nil(&q->customer_id))
        bind_customer(s, &q->customer_id);
    if (!uuid_is_nil(&q->group_id))
        bind_uuid(s, &q->group_id);
    if (!uuid_is_nil(&q->viewer_id)) {
        bind_uuid(s, &q->viewer_id);
        bind_uuid(s, &q->viewer_id);
    }
}

/* @p head up to FROM device d, @p tail from ORDER BY on; the caller binds what is in the tail. */
static err_t open_query(struct conn *conn, const struct plan *plan, const char *head, const char *index,
                        const char *tail, struct statement *s, struct problem *p)
{
    AUTO_BUF sql = {0};
    buf_append_str(&sql, head);
    if (!plan->matches.is_few)
        buf_append_str(&sql, index);
    put_conditions(plan, &sql);
    buf_append_str(&sql, tail);
    if (!buf_is_ok(&sql))
        return no_memory(p);
    TRY(statement_open_once(conn, buf_slice(&sql), s, p));
    bind_conditions(plan, s);
    return ERR_OK;
}

static err_t count_total(struct conn *conn, struct plan *plan, struct problem *p)
{
    const char *index = plan->text.len != 0 ? " INDEXED BY device_by_name" : " INDEXED BY device_by_created";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(open_query(conn, plan, "SELECT count(*) FROM device d", index, "", &s, p));
    TRY(statement_row(&s, &found, p));
    plan->matches.total = (uint64_t)take_int(&s);
    return ERR_OK;
}

/* Up to FEW numbers into matches.ids; more rows than that: not few. */
static err_t take_ids(struct plan *plan, struct statement *s, struct problem *p)
{
    struct buf *ids = &plan->matches.ids;
    bool found = false;
    size_t count = 0;
    buf_clear(ids);
    buf_append_u8(ids, '[');
    TRY(statement_row(s, &found, p));
    for (; found && count <= FEW; count++) {
        buf_printf(ids, count == 0 ? "%lld" : ",%lld", (long long)take_int(s));
        TRY(statement_row(s, &found, p));
    }
    buf_append_u8(ids, ']');
    plan->matches.is_few = count <= FEW;
    return buf_is_ok(ids) ? ERR_OK : no_memory(p);
}

/* The text as an FTS5 phrase; nothing in it is an operator. */
static void put_phrase(struct slice text, struct buf *out)
{
    buf_append_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            buf_append_u8(out, '"');
        buf_append_u8(out, text.data[i]);
    }
    buf_append_u8(out, '"');
}

/* Of whatever tenant and profile: the conditions are applied to these when they are few. */
static err_t find_by_trigrams(struct conn *conn, struct plan *plan, struct problem *p)
{
    static const char sql[] = "SELECT rowid FROM device_search WHERE device_search MATCH ? LIMIT ?";
    AUTO_STATEMENT struct statement s = {0};
    AUTO_BUF phrase = {0};
    put_phrase(buf_slice(&plan->text), &phrase);
    if (!buf_is_ok(&phrase))
        return no_memory(p);
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, buf_slice(&phrase));
    bind_int(&s, FEW + 1);
    return take_ids(plan, &s, p);
}

static err_t find_by_scan(struct conn *conn, struct plan *plan, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(open_query(conn, plan, "SELECT d.number FROM device d", " INDEXED BY device_by_name", " LIMIT ?", &s,
                   p));
    bind_int(&s, FEW + 1);
    return take_ids(plan, &s, p);
}

/* Members of a group: walking the order's index would look at all others, too. */
static err_t find_members(struct conn *conn, struct plan *plan, struct problem *p)
{
    static const char sql[] = "SELECT device FROM group_member WHERE entity_group = " GROUP_NUMBER " LIMIT ?";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &plan->query->group_id);
    bind_int(&s, FEW + 1);
    return take_ids(plan, &s, p);
}

/* What a customer owns and what is shared with it. */
static err_t find_visible(struct conn *conn, struct plan *plan, struct problem *p)
{
    static const char sql[] =
        "SELECT number FROM device WHERE customer_id = ?1 UNION SELECT m.device FROM group_share s"
        " JOIN group_member m ON m.entity_group = s.entity_group WHERE s.customer_id = ?1 LIMIT ?2";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &plan->query->viewer_id);
    bind_int(&s, FEW + 1);
    return take_ids(plan, &s, p);
}

static size_t count_characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xc0) != 0x80;
    return n;
}

static err_t find_matches(struct conn *conn, struct plan *plan, struct problem *p)
{
    size_t characters = count_characters(buf_slice(&plan->text));
    if (characters >= TRIGRAM_MIN)
        TRY(find_by_trigrams(conn, plan, p));
    else if (characters != 0)
        TRY(find_by_scan(conn, plan, p));
    else if (!uuid_is_nil(&plan->query->group_id))
        TRY(find_members(conn, plan, p));
    else if (!uuid_is_nil(&plan->query->viewer_id))
        TRY(find_visible(conn, plan, p));
    return count_total(conn, plan, p);
}

static const struct {
    const char *index, *order[2];
} orders[] = {
    [DEVICE_SORT_CREATED] = {" INDEXED BY device_by_created",
                             {" ORDER BY d.created_ms, d.number",
                              " ORDER BY d.created_ms DESC, d.number DESC"}},
    [DEVICE_SORT_NAME] = {" INDEXED BY device_by_name",
                          {" ORDER BY d.search, d.number", " ORDER BY d.search DESC, d.number DESC"}},
    [DEVICE_SORT_TYPE] = {" INDEXED BY device_by_type",
                          {" ORDER BY d.type COLLATE NOCASE, d.number",
                           " ORDER BY d.type COLLATE NOCASE DESC, d.number DESC"}},
    [DEVICE_SORT_LABEL] = {" INDEXED BY device_by_label",
                           {" ORDER BY d.label COLLATE NOCASE, d.number",
                            " ORDER BY d.label COLLATE NOCASE DESC, d.number DESC"}},
    [DEVICE_SORT_NUMBER] = {" NOT INDEXED", {" ORDER BY d.number", " ORDER BY d.number"}},
};

/* First the numbers of the page alone, in order, then their rows: what is only passed over costs no more than it must. */
static err_t open_page(struct conn *conn, const struct plan *plan, struct statement *s, struct problem *p)
{
    const struct device_query *q = plan->query;
    const char *order = orders[q->sort].order[q->order];
    AUTO_BUF tail = {0};
    buf_append_str(&tail, q->sort == DEVICE_SORT_NUMBER ? " AND d.number > ?" : "");
    buf_append_str(&tail, order);
    buf_append_str(&tail, " LIMIT ? OFFSET ?) page CROSS JOIN device d ON d.number = page.number");
    buf_append_str(&tail, order);
    if (!buf_is_ok(&tail))
        return no_memory(p);
    TRY(open_query(conn, plan, "SELECT " DEVICE_COLUMNS " FROM (SELECT d.number FROM device d",
                   orders[q->sort].index, buf_cstr(&tail), s, p));
    if (q->sort == DEVICE_SORT_NUMBER)
        bind_int(s, (int64_t)q->after_number);
    bind_int(s, q->page_size);
    bind_int(s, (int64_t)q->page_size * q->page);
    return ERR_OK;
}

static err_t read_rows(struct statement *s, struct device_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_device(s, &page->devices[page->count++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

static err_t read_page(struct conn *conn, const struct plan *plan, struct device_page *ret, struct problem *p)
{
    const struct device_query *q = plan->query;
    AUTO_STATEMENT struct statement s = {0};
    struct device_page page = {.total = plan->matches.total};
    if ((uint64_t)q->page_size * q->page >= page.total) {
        *ret = page;
        return ERR_OK;
    }
    TRY(open_page(conn, plan, &s, p));
    page.devices = calloc(q->page_size, sizeof *page.devices);
    err_t err = page.devices != NULL ? read_rows(&s, &page, p) : no_memory(p);
    if (err == ERR_OK)
        *ret = page;
    else
        device_page_fini(&page);
    return err;
}

/* What decides the matches of a query, as bytes to compare. */
static void put_filter(const struct plan *plan, struct buf *out)
{
    const struct device_query *q = plan->query;
    buf_append(out, q->tenant_id.bytes, sizeof q->tenant_id.bytes);
    buf_append(out, q->profile_id.bytes, sizeof q->profile_id.bytes);
    buf_append(out, q->customer_id.bytes, sizeof q->customer_id.bytes);
    buf_append(out, q->group_id.bytes, sizeof q->group_id.bytes);
    buf_append(out, q->viewer_id.bytes, sizeof q->viewer_id.bytes);
    buf_append_u32(out, (uint32_t)q->type.len);
    buf_append_slice(out, q->type);
    buf_append_slice(out, buf_slice(&plan->text));
}

static err_t run_plan(struct sqlite_registry *r, struct plan *plan, struct device_page *ret,
                      struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&r->pool);
    AUTO_BUF filter = {0};
    uint64_t now = match_cache_now(&r->matches);
    put_filter(plan, &filter);
    if (!buf_is_ok(&filter))
        return no_memory(p);
    if (!match_cache_get(&r->matches, buf_slice(&filter), &plan->matches)) {
        plan->matches.is_few = false;
        TRY(find_matches(conn, plan, p));
        match_cache_put(&r->matches, buf_slice(&filter), now, &plan->matches);
    }
    return read_page(conn, plan, ret, p);
}

/* Names hold no control characters, so such a text is in none (and the line breaks of `search` stay ours). */
static bool has_control_character(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20)
            return true;
    }
    return false;
}

err_t sqlite_device_page(struct registry *base, const struct device_query *query, struct device_page *ret,
                         struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    __attribute__((cleanup(plan_fini))) struct plan plan = {.query = query};
    CHECK(query->page_size >= 1 && query->page_size <= 1000);
    if (has_control_character(query->text_search)) {
        *ret = (struct device_page){0};
        return ERR_OK;
    }
    fold_append(r->pool.locale, query->text_search, &plan.text);
    if (!buf_is_ok(&plan.text))
        return no_memory(p);
    return run_plan(r, &plan, ret, p);
}
