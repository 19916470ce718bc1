/*
 * Pages of devices: filtered, searched, sorted, with the total.
 *
 * The first pages of all devices walk the index of their order, if it has one, and count. Every other page is cut out of the list of all
 * matches (device_matches.h), which is kept until a device changes: a page far back costs what the first one does.
 */
#include "store/sqlite/device_matches.h"
#include "store/sqlite/device_state.h"

#include <stdlib.h>

enum { WALK_MAX = 1000 }; /* rows passed over up to which walking is quicker than the list of all */

static void plan_fini(struct device_plan *plan)
{
    buf_fini(&plan->text);
}

static err_t no_memory(struct problem *p)
{
    return fail(p, ERR_NOMEM, "", "no memory");
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

/* @p s  bound */
static err_t read_page(struct statement *s, size_t size, struct device_page *page, struct problem *p)
{
    page->devices = calloc(size != 0 ? size : 1, sizeof *page->devices);
    err_t err = page->devices != NULL ? read_rows(s, page, p) : no_memory(p);
    if (err != ERR_OK)
        device_page_fini(page);
    return err;
}

/* ---- by walking ---- */

/* First the numbers of the page alone, in order, then their rows: what is only passed over costs no more than it must. */
static err_t walk(struct conn *conn, const struct device_plan *plan, struct device_page *page,
                  struct problem *p)
{
    const struct device_query *q = plan->query;
    const char *order = device_order(q->sort, q->order);
    AUTO_STATEMENT struct statement s = {0};
    AUTO_BUF tail = {0};
    buf_append_str(&tail, q->sort == DEVICE_SORT_NUMBER ? " AND d.number > ?" : "");
    buf_append_str(&tail, order);
    buf_append_str(&tail, " LIMIT ? OFFSET ?) page CROSS JOIN device d ON d.number = page.number");
    buf_append_str(&tail, order);
    if (!buf_is_ok(&tail))
        return no_memory(p);
    TRY(device_plan_open(conn, plan, "SELECT " DEVICE_COLUMNS " FROM (SELECT d.number FROM device d",
                         device_order_index(q->sort), buf_cstr(&tail), &s, p));
    if (q->sort == DEVICE_SORT_NUMBER)
        bind_int(&s, (int64_t)q->after_number);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    return read_page(&s, q->page_size, page, p);
}

/* ---- out of the list ---- */

/* Those of the page, as a JSON array; all that the query accepts are counted. */
static uint64_t cut(const struct device_query *q, const struct match_list *list, struct buf *out)
{
    uint64_t first = (uint64_t)q->page_size * q->page, end = first + q->page_size, at = 0;
    bool is_judged = device_state_is_judged(q);
    if (!is_judged) /* then nothing has to be passed over one by one */
        at = first < list->count ? first : list->count;
    uint64_t last = !is_judged && end < list->count ? end : list->count;
    buf_append_u8(out, '[');
    for (uint64_t i = at; i < last; i++) {
        uint64_t number = list->numbers[q->order == SORT_ASCENDING ? i : list->count - 1 - i];
        if (is_judged && !device_state_accepts(q, number))
            continue;
        if (at >= first && at < end)
            buf_printf(out, at == first ? "%llu" : ",%llu", (unsigned long long)number);
        at++;
    }
    buf_append_u8(out, ']');
    return !is_judged ? list->count : at;
}

static err_t cut_out(struct conn *conn, const struct device_plan *plan, struct device_page *page,
                     struct problem *p)
{
    static const char sql[] = "SELECT " DEVICE_COLUMNS " FROM json_each(?) page CROSS JOIN device d"
                              " ON d.number = page.value ORDER BY page.key";
    AUTO_MATCH_LIST struct match_list *list = NULL;
    AUTO_BUF numbers = {0};
    AUTO_STATEMENT struct statement s = {0};
    TRY(device_matches_list(conn, plan, &list, p));
    page->total = cut(plan->query, list, &numbers);
    if (!buf_is_ok(&numbers))
        return no_memory(p);
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, buf_slice(&numbers));
    return read_page(&s, plan->query->page_size, page, p);
}

static err_t find_page(struct conn *conn, const struct device_plan *plan, struct device_page *page,
                       struct problem *p)
{
    const struct device_query *q = plan->query;
    uint64_t offset = (uint64_t)q->page_size * q->page;
    if (q->sort == DEVICE_SORT_NUMBER)
        return walk(conn, plan, page, p);
    if (device_state_is_judged(q) || !device_state_is_lasting(q) || q->sort == DEVICE_SORT_EXPIRY ||
        offset > WALK_MAX || !device_plan_is_plain(plan))
        return cut_out(conn, plan, page, p);
    TRY(device_matches_count(conn, plan, &page->total, p));
    return walk(conn, plan, page, p);
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
    __attribute__((cleanup(plan_fini))) struct device_plan plan = {.query = query, .cache = &r->matches};
    struct device_page page = {0};
    CHECK(query->page_size >= 1 && query->page_size <= 1024);
    if (has_control_character(query->text_search)) {
        *ret = (struct device_page){0};
        return ERR_OK;
    }
    fold_append(r->pool.locale, query->text_search, &plan.text);
    if (!buf_is_ok(&plan.text))
        return no_memory(p);
    AUTO_READER struct conn *conn = pool_take_reader(&r->pool);
    conn->judge = query->judge;
    TRY(find_page(conn, &plan, &page, p));
    *ret = page;
    return ERR_OK;
}
