#include "store/sqlite/device_matches.h"
#include "store/sqlite/device_state.h"

/* ---- conditions ---- */

#define TENANT_NUMBER "(SELECT number FROM tenant WHERE id = ?)"
#define GROUP_NUMBER  "(SELECT number FROM entity_group WHERE id = ?)"

bool device_plan_is_plain(const struct device_plan *plan)
{
    const struct device_query *q = plan->query;
    return plan->text.len == 0 && q->type.len == 0 && q->types.len == 0 && uuid_is_nil(&q->profile_id) &&
           uuid_is_nil(&q->customer_id) && uuid_is_nil(&q->group_id) && uuid_is_nil(&q->viewer_id);
}

/* Here and in bind_conditions() the parameters come in the same order. */
static void put_conditions(const struct device_plan *plan, struct buf *sql)
{
    const struct device_query *q = plan->query;
    buf_append_str(sql, " WHERE d.tenant = " TENANT_NUMBER);
    if (plan->text.len != 0)
        buf_append_str(sql, " AND holds(d.search, ?)");
    if (q->type.len != 0)
        buf_append_str(sql, " AND +d.profile = (SELECT number FROM profile WHERE tenant = " TENANT_NUMBER
                            " AND name = ?)");
    if (q->types.len != 0)
        buf_append_str(sql, " AND +d.profile IN (SELECT number FROM profile WHERE tenant = " TENANT_NUMBER
                            " AND name IN (SELECT value FROM json_each(?)))");
    if (!uuid_is_nil(&q->profile_id))
        buf_append_str(sql, " AND +d.profile = (SELECT number FROM profile WHERE id = ?)");
    if (!uuid_is_nil(&q->customer_id))
        buf_append_str(sql, " AND +d.customer_id IS ?");
    if (!uuid_is_nil(&q->group_id))
        buf_append_str(sql, " AND EXISTS (SELECT 1 FROM group_member WHERE entity_group = " GROUP_NUMBER
                            " AND device = d.number)");
    if (!uuid_is_nil(&q->viewer_id))
        buf_append_str(
            sql, " AND (+d.customer_id IS ? OR EXISTS (SELECT 1 FROM group_share s JOIN group_member m"
                 " ON m.entity_group = s.entity_group WHERE s.customer_id = ? AND m.device = d.number))");
    device_state_put_conditions(q, sql);
}

static void bind_conditions(const struct device_plan *plan, struct statement *s)
{
    const struct device_query *q = plan->query;
    bind_uuid(s, &q->tenant_id);
    if (plan->text.len != 0)
        bind_text(s, buf_slice(&plan->text));
    if (q->type.len != 0) {
        bind_uuid(s, &q->tenant_id);
        bind_text(s, q->type);
    }
    if (q->types.len != 0) {
        bind_uuid(s, &q->tenant_id);
        bind_text(s, q->types);
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
    device_state_bind(q, s);
}

err_t device_plan_open(struct conn *conn, const struct device_plan *plan, const char *head, const char *index,
                       const char *tail, struct statement *s, struct problem *p)
{
    AUTO_BUF sql = {0};
    buf_append_str(&sql, head);
    buf_append_str(&sql, index);
    put_conditions(plan, &sql);
    buf_append_str(&sql, tail);
    if (!buf_is_ok(&sql))
        return fail(p, ERR_NOMEM, "", "no memory");
    TRY(statement_open_once(conn, buf_slice(&sql), s, p));
    bind_conditions(plan, s);
    return ERR_OK;
}

/* ---- orders: each walks an index that begins with the tenant, so that nothing is sorted ---- */

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
    /* But for these two, which no index knows. */
    [DEVICE_SORT_ACTIVITY] = {" INDEXED BY device_by_created",
                              {" ORDER BY heard(d.number), d.number",
                               " ORDER BY heard(d.number) DESC, d.number DESC"}},
    [DEVICE_SORT_EXPIRY] = {" INDEXED BY device_by_created",
                            {" ORDER BY " DEVICE_STATE_EXPIRY " NULLS LAST, d.number",
                             " ORDER BY " DEVICE_STATE_EXPIRY " DESC NULLS FIRST, d.number DESC"}},
    [DEVICE_SORT_NUMBER] = {" NOT INDEXED", {" ORDER BY d.number", " ORDER BY d.number"}},
};

const char *device_order_index(enum device_sort sort)
{
    return orders[sort].index;
}

const char *device_order(enum device_sort sort, enum sort_order order)
{
    return orders[sort].order[order];
}
