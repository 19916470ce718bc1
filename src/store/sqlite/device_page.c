/*
 * Pages of devices: filtered, searched, sorted, with the total.
 *
 * The statement is put together from the constants below; what comes from outside is bound. A list without a
 * search walks the index of its order (INDEXED BY, so that the planner cannot choose to sort 100 000 rows).
 * A search first learns how many devices contain the text, from the trigram index, or for one or two
 * characters from a scan of device_by_name. Few: fetch just those and sort them. Many: walk the order's
 * index, where a page is soon full. Figures: bench/store/README.md.
 */
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 2000,      /* matches up to which sorting them is cheaper than walking the order's index */
    TRIGRAM_MIN = 3, /* characters the trigram index needs */
};

enum search_mode { SEARCH_NONE, SEARCH_WALK, SEARCH_TRIGRAM, SEARCH_SCAN };

struct plan {
    const struct device_query *query;
    struct buf text;  /* folded search text */
    struct buf match; /* the same as an FTS5 phrase */
    enum search_mode mode;
};

static void plan_fini(struct plan *plan)
{
    buf_fini(&plan->text);
    buf_fini(&plan->match);
}

static size_t count_characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xc0) != 0x80;
    return n;
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

static void make_phrase(struct slice text, struct buf *out)
{
    buf_append_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            buf_append_u8(out, '"');
        buf_append_u8(out, text.data[i]);
    }
    buf_append_u8(out, '"');
}

#define TENANT_NUMBER "(SELECT number FROM tenant WHERE id = ?)"

/* Here and in bind_conditions() the parameters come in the same order. */
static void put_conditions(const struct plan *plan, struct buf *sql)
{
    const struct device_query *q = plan->query;
    bool is_direct = plan->mode == SEARCH_TRIGRAM || plan->mode == SEARCH_SCAN;
    buf_append_str(sql, is_direct ? " WHERE +d.tenant = " TENANT_NUMBER : " WHERE d.tenant = " TENANT_NUMBER);
    if (plan->mode == SEARCH_WALK)
        buf_append_str(sql, " AND instr(d.search, ?) > 0");
    else if (plan->mode == SEARCH_TRIGRAM)
        buf_append_str(sql, " AND d.number IN (SELECT rowid FROM device_search WHERE device_search MATCH ?)");
    else if (plan->mode == SEARCH_SCAN)
        buf_append_str(sql, " AND d.number IN (SELECT number FROM device INDEXED BY device_by_name"
                            " WHERE tenant = " TENANT_NUMBER " AND instr(search, ?) > 0)");
    if (q->type.len != 0)
        buf_append_str(sql, " AND +d.profile = (SELECT number FROM profile WHERE tenant = " TENANT_NUMBER
                            " AND name = ?)");
    if (!uuid_is_nil(&q->profile_id))
        buf_append_str(sql, " AND +d.profile = (SELECT number FROM profile WHERE id = ?)");
    if (!uuid_is_nil(&q->customer_id))
        buf_append_str(sql, " AND d.customer_id IS ?");
}

static void bind_conditions(const struct plan *plan, struct statement *s)
{
    const struct device_query *q = plan->query;
    bind_uuid(s, &q->tenant_id);
    if (plan->mode == SEARCH_SCAN)
        bind_uuid(s, &q->tenant_id);
    if (plan->mode == SEARCH_TRIGRAM)
        bind_text(s, buf_slice(&plan->match));
    else if (plan->mode != SEARCH_NONE)
        bind_text(s, buf_slice(&plan->text));
    if (q->type.len != 0) {
        bind_uuid(s, &q->tenant_id);
        bind_text(s, q->type);
    }
    if (!uuid_is_nil(&q->profile_id))
        bind_uuid(s, &q->profile_id);
    if (!uuid_is_nil(&q->customer_id))
        bind_customer(s, &q->customer_id);
}

static err_t run_count(struct conn *conn, const struct plan *plan, uint64_t *ret_count, struct problem *p)
{
    AUTO_BUF sql = {0};
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    buf_append_str(&sql, "SELECT count(*) FROM device d");
    if (plan->mode == SEARCH_NONE)
        buf_append_str(&sql, " INDEXED BY device_by_created");
    else if (plan->mode == SEARCH_WALK)
        buf_append_str(&sql, " INDEXED BY device_by_name");
    put_conditions(plan, &sql);
    if (!buf_is_ok(&sql))
        return fail(p, ERR_NOMEM, "", "no memory");
    TRY(statement_open_once(conn, buf_slice(&sql), &s, p));
    bind_conditions(plan, &s);
    TRY(statement_row(&s, &found, p));
    *ret_count = (uint64_t)take_int(&s);
    return ERR_OK;
}

/* Does the text occur in at most FEW devices, of whatever tenant? */
static err_t probe_trigrams(struct conn *conn, const struct plan *plan, bool *ret_few, struct problem *p)
{
    static const char sql[] =
        "SELECT count(*) FROM (SELECT 1 FROM device_search WHERE device_search MATCH ? LIMIT ?)";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, buf_slice(&plan->match));
    bind_int(&s, FEW + 1);
    TRY(statement_row(&s, &found, p));
    *ret_few = take_int(&s) <= FEW;
    return ERR_OK;
}

static const struct {
    const char *index, *ascending, *descending;
} orders[] = {
    [DEVICE_SORT_CREATED] = {" INDEXED BY device_by_created", " ORDER BY d.created_ms, d.number",
                             " ORDER BY d.created_ms DESC, d.number DESC"},
    [DEVICE_SORT_NAME] = {" INDEXED BY device_by_name", " ORDER BY d.search, d.number",
                          " ORDER BY d.search DESC, d.number DESC"},
    [DEVICE_SORT_TYPE] = {" INDEXED BY device_by_type", " ORDER BY d.type COLLATE NOCASE, d.number",
                          " ORDER BY d.type COLLATE NOCASE DESC, d.number DESC"},
    [DEVICE_SORT_LABEL] = {" INDEXED BY device_by_label", " ORDER BY d.label COLLATE NOCASE, d.number",
                           " ORDER BY d.label COLLATE NOCASE DESC, d.number DESC"},
};

static err_t open_page(struct conn *conn, const struct plan *plan, struct statement *s, struct problem *p)
{
    const struct device_query *q = plan->query;
    AUTO_BUF sql = {0};
    buf_append_str(&sql, "SELECT " DEVICE_COLUMNS " FROM device d");
    if (plan->mode == SEARCH_NONE || plan->mode == SEARCH_WALK)
        buf_append_str(&sql, orders[q->sort].index);
    put_conditions(plan, &sql);
    buf_append_str(&sql,
                   q->order == SORT_DESCENDING ? orders[q->sort].descending : orders[q->sort].ascending);
    buf_append_str(&sql, " LIMIT ? OFFSET ?");
    if (!buf_is_ok(&sql))
        return fail(p, ERR_NOMEM, "", "no memory");
    TRY(statement_open_once(conn, buf_slice(&sql), s, p));
    bind_conditions(plan, s);
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

static err_t read_page(struct conn *conn, const struct plan *plan, uint64_t total, struct device_page *ret,
                       struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    uint64_t first = (uint64_t)plan->query->page_size * plan->query->page;
    struct device_page page = {.total = total};
    if (first >= total) {
        *ret = page;
        return ERR_OK;
    }
    TRY(open_page(conn, plan, &s, p));
    page.devices = calloc(plan->query->page_size, sizeof *page.devices);
    if (page.devices == NULL)
        return fail(p, ERR_NOMEM, "", "no memory");
    err_t err = read_rows(&s, &page, p);
    if (err == ERR_OK)
        *ret = page;
    else
        device_page_fini(&page);
    return err;
}

/* The plan's mode is decided, and the total counted, together. */
static err_t count_matches(struct conn *conn, struct plan *plan, uint64_t *ret_total, struct problem *p)
{
    bool is_few = false;
    if (plan->text.len == 0)
        return run_count(conn, plan, ret_total, p);
    plan->mode = SEARCH_WALK;
    if (count_characters(buf_slice(&plan->text)) >= TRIGRAM_MIN) {
        TRY(probe_trigrams(conn, plan, &is_few, p));
        if (is_few)
            plan->mode = SEARCH_TRIGRAM;
    }
    TRY(run_count(conn, plan, ret_total, p));
    if (plan->mode == SEARCH_WALK && *ret_total <= FEW)
        plan->mode = SEARCH_SCAN;
    return ERR_OK;
}

void count_cache_init(struct count_cache *cache)
{
    pthread_mutex_init(&cache->lock, NULL);
    atomic_init(&cache->changes, 0);
}

void count_cache_fini(struct count_cache *cache)
{
    for (size_t i = 0; i < COUNT_CACHE; i++)
        buf_fini(&cache->entries[i].filter);
    pthread_mutex_destroy(&cache->lock);
}

/* What decides a query's total and mode, as bytes to compare. */
static void put_filter(const struct plan *plan, struct buf *out)
{
    const struct device_query *q = plan->query;
    buf_append(out, q->tenant_id.bytes, sizeof q->tenant_id.bytes);
    buf_append(out, q->profile_id.bytes, sizeof q->profile_id.bytes);
    buf_append(out, q->customer_id.bytes, sizeof q->customer_id.bytes);
    buf_append_u32(out, (uint32_t)q->type.len);
    buf_append_slice(out, q->type);
    buf_append_slice(out, buf_slice(&plan->text));
}

static bool cached_count(struct count_cache *cache, struct slice filter, uint64_t *ret_total,
                         enum search_mode *ret_mode)
{
    bool found = false;
    uint64_t now = atomic_load(&cache->changes);
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < COUNT_CACHE && !found; i++) {
        found = cache->entries[i].changes == now && slice_eq(buf_slice(&cache->entries[i].filter), filter);
        if (found) {
            *ret_total = cache->entries[i].total;
            *ret_mode = (enum search_mode)cache->entries[i].mode;
        }
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

/* @p changes was read before counting: a change in between leaves an entry that is never used. */
static void remember_count(struct count_cache *cache, struct buf *filter, uint64_t changes, uint64_t total,
                           enum search_mode mode)
{
    pthread_mutex_lock(&cache->lock);
    size_t at = cache->next++ % COUNT_CACHE;
    buf_fini(&cache->entries[at].filter);
    cache->entries[at].filter = *filter;
    cache->entries[at].changes = changes;
    cache->entries[at].total = total;
    cache->entries[at].mode = (int)mode;
    pthread_mutex_unlock(&cache->lock);
    *filter = (struct buf){0};
}

static err_t run_plan(struct sqlite_registry *r, struct plan *plan, struct device_page *ret,
                      struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&r->pool);
    AUTO_BUF filter = {0};
    uint64_t total = 0, changes = atomic_load(&r->counts.changes);
    put_filter(plan, &filter);
    if (!buf_is_ok(&filter))
        return fail(p, ERR_NOMEM, "", "no memory");
    if (!cached_count(&r->counts, buf_slice(&filter), &total, &plan->mode)) {
        TRY(count_matches(conn, plan, &total, p));
        remember_count(&r->counts, &filter, changes, total, plan->mode);
    }
    return read_page(conn, plan, total, ret, p);
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
    make_phrase(buf_slice(&plan.text), &plan.match);
    if (!buf_is_ok(&plan.text) || !buf_is_ok(&plan.match))
        return fail(p, ERR_NOMEM, "", "no memory");
    return run_plan(r, &plan, ret, p);
}
