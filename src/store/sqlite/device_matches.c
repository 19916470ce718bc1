#include "store/sqlite/device_matches.h"
#include "store/sqlite/device_state.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 2000,      /* candidates up to which looking each up is cheaper than scanning an index */
    QUITE_FEW = 200, /* the same, where the order of all is likely to be at hand */
    TRIGRAM_MIN = 3, /* characters the trigram index needs */
};

static err_t no_memory(struct problem *p)
{
    return fail(p, ERR_NOMEM, "", "no memory");
}

/* ---- numbers ---- */

/* The numbers of all rows, or of the first @p max and one more. */
static err_t collect(struct statement *s, size_t max, struct match_list *list, struct problem *p)
{
    bool found = false;
    list->count = 0;
    TRY(statement_row(s, &found, p));
    while (found && list->count <= max) {
        if (!match_list_add(list, (uint64_t)take_int(s)))
            return no_memory(p);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

static err_t put_numbers(const struct match_list *list, struct buf *out, struct problem *p)
{
    buf_append_u8(out, '[');
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, i == 0 ? "%llu" : ",%llu", (unsigned long long)list->numbers[i]);
    buf_append_u8(out, ']');
    return buf_is_ok(out) ? ERR_OK : no_memory(p);
}

/* ---- candidates ---- */

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

static size_t count_characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xc0) != 0x80;
    return n;
}

/* Of whatever tenant and profile: the conditions are applied to them, if they are few. */
static err_t find_by_trigrams(struct conn *conn, const struct device_plan *plan, struct match_list *list,
                              struct problem *p)
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
    return collect(&s, FEW, list, p);
}

static const char in_group[] =
    "SELECT device FROM group_member WHERE entity_group = (SELECT number FROM entity_group"
    " WHERE id = ?1 AND tenant = (SELECT number FROM tenant WHERE id = ?2)) LIMIT ?3";
/* What a customer owns and what is shared with it; some twice. */
static const char of_viewer[] =
    "SELECT number FROM device WHERE customer_id = ?1 AND +tenant = (SELECT number FROM tenant WHERE id = ?2)"
    " UNION ALL SELECT m.device FROM group_share s JOIN group_member m ON m.entity_group = s.entity_group"
    " WHERE s.customer_id = ?1 LIMIT ?3";
static const char of_customer[] =
    "SELECT number FROM device INDEXED BY device_of_customer WHERE customer_id = ?1"
    " AND +tenant = (SELECT number FROM tenant WHERE id = ?2) LIMIT ?3";
static const char of_profile[] =
    "SELECT number FROM device INDEXED BY device_of_profile WHERE profile = (SELECT number FROM profile"
    " WHERE id = ?1 AND tenant = (SELECT number FROM tenant WHERE id = ?2)) LIMIT ?3";
static const char of_type[] =
    "SELECT number FROM device INDEXED BY device_of_profile WHERE profile = (SELECT number FROM profile"
    " WHERE name = ?1 AND tenant = (SELECT number FROM tenant WHERE id = ?2)) LIMIT ?3";

/* Where the matches are among, if not among all of the tenant's devices. */
static const char *scope_of(const struct device_query *q)
{
    if (!uuid_is_nil(&q->group_id))
        return in_group;
    if (!uuid_is_nil(&q->viewer_id))
        return of_viewer;
    if (!uuid_is_nil(&q->customer_id) && !uuid_eq(&q->customer_id, &CUSTOMER_NOBODY))
        return of_customer;
    if (!uuid_is_nil(&q->profile_id))
        return of_profile;
    return q->type.len != 0 ? of_type : NULL;
}

/* @p max  SIZE_MAX: all */
static err_t find_in_scope(struct conn *conn, const struct device_query *q, size_t max,
                           struct match_list *list, struct problem *p)
{
    const char *scope = scope_of(q);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, scope, &s, p));
    if (scope == of_type)
        bind_text(&s, q->type);
    else
        bind_uuid(&s, scope == in_group      ? &q->group_id
                      : scope == of_viewer   ? &q->viewer_id
                      : scope == of_customer ? &q->customer_id
                                             : &q->profile_id);
    bind_uuid(&s, &q->tenant_id);
    bind_int(&s, max < INT32_MAX ? (int64_t)max + 1 : -1);
    return collect(&s, max, list, p);
}

/* ---- matches ---- */

/* Of candidates, those that meet the conditions, sorted. */
static err_t sort_few(struct conn *conn, const struct device_plan *plan, const struct match_list *candidates,
                      struct match_list *list, struct problem *p)
{
    AUTO_BUF numbers = {0};
    AUTO_BUF tail = {0};
    AUTO_STATEMENT struct statement s = {0};
    TRY(put_numbers(candidates, &numbers, p));
    buf_append_str(&tail, " AND d.number IN (SELECT value FROM json_each(?))");
    buf_append_str(&tail, device_order(plan->query->sort, SORT_ASCENDING));
    if (!buf_is_ok(&tail))
        return no_memory(p);
    TRY(device_plan_open(conn, plan, "SELECT d.number FROM device d", " NOT INDEXED", buf_cstr(&tail), &s,
                         p));
    bind_text(&s, buf_slice(&numbers));
    return collect(&s, SIZE_MAX, list, p);
}

/* Those of @p all that are in @p set, too. A bit for each number there is: pages that hold none cost no memory. */
static err_t keep_common(const struct match_list *all, const struct match_list *set, struct match_list *list,
                         struct problem *p)
{
    uint64_t last = 0;
    bool is_ok = true;
    for (size_t i = 0; i < set->count; i++)
        last = set->numbers[i] > last ? set->numbers[i] : last;
    uint8_t *bits = calloc(last / 8 + 1, 1);
    for (size_t i = 0; bits != NULL && i < set->count; i++)
        bits[set->numbers[i] / 8] |= (uint8_t)(1u << set->numbers[i] % 8);
    list->count = 0;
    for (size_t i = 0; bits != NULL && is_ok && i < all->count; i++) {
        uint64_t number = all->numbers[i];
        if (number <= last && (bits[number / 8] >> number % 8 & 1) != 0)
            is_ok = match_list_add(list, number);
    }
    free(bits);
    return bits != NULL && is_ok ? ERR_OK : no_memory(p);
}

/* The matches of @p rest, a query that asks for less, in its order, without what is not in @p set. */
static err_t arrange(struct conn *conn, const struct device_plan *plan, const struct device_query *rest,
                     const struct match_list *set, struct match_list *list, struct problem *p)
{
    const struct device_plan more = {.query = rest, .cache = plan->cache};
    AUTO_MATCH_LIST struct match_list *all = NULL;
    TRY(device_matches_list(conn, &more, &all, p));
    return keep_common(all, set, list, p);
}

/* ---- by text ---- */

static err_t take_texts(struct statement *s, struct match_list *list, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        uint64_t number = (uint64_t)take_int(s);
        if (!match_list_add_text(list, number, take_blob(s)))
            return no_memory(p);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

/* What is searched, of all the tenant's devices; kept like what queries match. @p must_be  else only if it is kept */
static err_t find_texts(struct conn *conn, const struct device_plan *plan, bool must_be,
                        struct match_list **ret, struct problem *p)
{
    static const char sql[] = "SELECT d.number, d.search FROM device d INDEXED BY device_by_name"
                              " WHERE d.tenant = (SELECT number FROM tenant WHERE id = ?)";
    const struct slice key = slice_of(plan->query->tenant_id.bytes, sizeof plan->query->tenant_id.bytes);
    uint64_t now = match_cache_now(plan->cache);
    struct matches kept = {0};
    if (match_cache_get(plan->cache, key, &kept) || !must_be) {
        *ret = kept.list;
        return ERR_OK;
    }
    AUTO_STATEMENT struct statement s = {0};
    AUTO_MATCH_LIST struct match_list *list = match_list_new();
    if (list == NULL)
        return no_memory(p);
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &plan->query->tenant_id);
    TRY(take_texts(&s, list, p));
    match_cache_put(plan->cache, key, now, &(struct matches){list->count, list});
    *ret = match_list_share(list);
    return ERR_OK;
}

static err_t find_in_texts(struct conn *conn, const struct device_plan *plan, const struct match_list *texts,
                           struct match_list *list, struct problem *p)
{
    AUTO_MATCH_LIST struct match_list *set = match_list_new();
    if (set == NULL || !match_list_search(texts, buf_slice(&plan->text), set))
        return no_memory(p);
    return set->count <= QUITE_FEW ? sort_few(conn, plan, set, list, p)
                                   : arrange(conn, plan, plan->query, set, list, p);
}

/* The copy of all texts is made for a search that the trigram index is no help with; then others go through it, too. */
static err_t find_by_text(struct conn *conn, const struct device_plan *plan, struct match_list *list,
                          struct problem *p)
{
    AUTO_MATCH_LIST struct match_list *texts = NULL;
    TRY(find_texts(conn, plan, false, &texts, p));
    if (texts == NULL && count_characters(buf_slice(&plan->text)) >= TRIGRAM_MIN) {
        TRY(find_by_trigrams(conn, plan, list, p));
        if (list->count <= FEW)
            return sort_few(conn, plan, list, list, p);
    }
    if (texts == NULL)
        TRY(find_texts(conn, plan, true, &texts, p));
    return find_in_texts(conn, plan, texts, list, p);
}

/* ---- by what else is asked for ---- */

/* Many of a group, or of what a customer sees: in the order of what the query is without these. */
static err_t find_within(struct conn *conn, const struct device_plan *plan, struct match_list *list,
                         struct problem *p)
{
    AUTO_MATCH_LIST struct match_list *set = match_list_new();
    struct device_query rest = *plan->query;
    if (!uuid_is_nil(&rest.group_id))
        rest.group_id = (struct uuid){0};
    else
        rest.viewer_id = (struct uuid){0};
    if (set == NULL)
        return no_memory(p);
    TRY(find_in_scope(conn, plan->query, SIZE_MAX, set, p));
    return arrange(conn, plan, &rest, set, list, p);
}

/* The index of the order covers what is left of the conditions. */
static err_t scan(struct conn *conn, const struct device_plan *plan, struct match_list *list,
                  struct problem *p)
{
    enum device_sort sort = plan->query->sort;
    AUTO_STATEMENT struct statement s = {0};
    TRY(device_plan_open(conn, plan, "SELECT d.number FROM device d", device_order_index(sort),
                         device_order(sort, SORT_ASCENDING), &s, p));
    return collect(&s, SIZE_MAX, list, p);
}

static err_t find(struct conn *conn, const struct device_plan *plan, struct match_list *list,
                  struct problem *p)
{
    const struct device_query *q = plan->query;
    if (scope_of(q) != NULL) {
        TRY(find_in_scope(conn, q, FEW, list, p));
        if (list->count <= FEW)
            return sort_few(conn, plan, list, list, p);
    }
    if (plan->text.len != 0)
        return find_by_text(conn, plan, list, p);
    if (!uuid_is_nil(&q->group_id) || !uuid_is_nil(&q->viewer_id))
        return find_within(conn, plan, list, p);
    return scan(conn, plan, list, p);
}

/* ---- kept ---- */

enum { NO_ORDER = 0xff };

/* What decides the matches and their order, as bytes to compare. */
static void put_filter(const struct device_plan *plan, uint8_t sort, struct buf *out)
{
    const struct device_query *q = plan->query;
    buf_append_u8(out, sort);
    buf_append_u8(out, (uint8_t)q->certificate);
    buf_append(out, q->tenant_id.bytes, sizeof q->tenant_id.bytes);
    buf_append(out, q->profile_id.bytes, sizeof q->profile_id.bytes);
    buf_append(out, q->customer_id.bytes, sizeof q->customer_id.bytes);
    buf_append(out, q->group_id.bytes, sizeof q->group_id.bytes);
    buf_append(out, q->viewer_id.bytes, sizeof q->viewer_id.bytes);
    buf_append_u32(out, (uint32_t)q->type.len);
    buf_append_slice(out, q->type);
    buf_append_u32(out, (uint32_t)q->types.len);
    buf_append_slice(out, q->types);
    buf_append_slice(out, buf_slice(&plan->text));
}

err_t device_matches_list(struct conn *conn, const struct device_plan *plan, struct match_list **ret,
                          struct problem *p)
{
    AUTO_BUF filter = {0};
    struct matches kept;
    uint64_t now = match_cache_now(plan->cache);
    put_filter(plan, (uint8_t)plan->query->sort, &filter);
    if (!buf_is_ok(&filter))
        return no_memory(p);
    bool is_lasting = device_state_is_lasting(plan->query);
    if (is_lasting && match_cache_get(plan->cache, buf_slice(&filter), &kept)) {
        *ret = kept.list;
        return ERR_OK;
    }
    AUTO_MATCH_LIST struct match_list *list = match_list_new();
    if (list == NULL)
        return no_memory(p);
    TRY(find(conn, plan, list, p));
    if (is_lasting)
        match_cache_put(plan->cache, buf_slice(&filter), now, &(struct matches){list->count, list});
    *ret = match_list_share(list);
    return ERR_OK;
}

err_t device_matches_count(struct conn *conn, const struct device_plan *plan, uint64_t *ret,
                           struct problem *p)
{
    AUTO_BUF filter = {0};
    struct matches matches = {0};
    bool found;
    uint64_t now = match_cache_now(plan->cache);
    put_filter(plan, NO_ORDER, &filter);
    if (!buf_is_ok(&filter))
        return no_memory(p);
    if (!match_cache_get(plan->cache, buf_slice(&filter), &matches)) {
        AUTO_STATEMENT struct statement s = {0};
        TRY(device_plan_open(conn, plan, "SELECT count(*) FROM device d",
                             device_order_index(DEVICE_SORT_CREATED), "", &s, p));
        TRY(statement_row(&s, &found, p));
        matches.total = (uint64_t)take_int(&s);
        match_cache_put(plan->cache, buf_slice(&filter), now, &matches);
    }
    *ret = matches.total;
    return ERR_OK;
}
