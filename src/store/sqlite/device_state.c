/*
 * What is asked of devices beside their rows: are they active, when were they heard (memory knows: struct device_judge), until
 * when is their certificate valid (credentials.not_after_ms). Conditions and orders for device_page.c, and the overview.
 */
#include "store/sqlite/device_state.h"

#include "pki/certificate.h"

/* ---- functions of SQL: awake(number), heard(number), connections(number), not_after(base64) ---------------------- */

static const struct device_judge *judge_of(sqlite3_context *context)
{
    const struct conn *conn = sqlite3_user_data(context);
    return conn->judge;
}

static void awake_sql(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct device_judge *judge = judge_of(context);
    uint64_t device = (uint64_t)sqlite3_value_int64(argv[0]);
    sqlite3_result_int(context, judge != NULL && judge->is_active(judge->arg, device));
}

static void heard_sql(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct device_judge *judge = judge_of(context);
    uint64_t device = (uint64_t)sqlite3_value_int64(argv[0]);
    sqlite3_result_int64(context, judge != NULL ? judge->last_activity_ms(judge->arg, device) : 0);
}

static void connections_sql(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct device_judge *judge = judge_of(context);
    uint64_t device = (uint64_t)sqlite3_value_int64(argv[0]);
    sqlite3_result_int64(context, judge != NULL ? judge->connections(judge->arg, device) : 0);
}

static void not_after_sql(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    int64_t not_after_ms = 0;
    if (sqlite3_value_type(argv[0]) == SQLITE_TEXT)
        not_after_ms = certificate_not_after(
            slice_of(sqlite3_value_text(argv[0]), (size_t)sqlite3_value_bytes(argv[0])));
    if (not_after_ms != 0)
        sqlite3_result_int64(context, not_after_ms);
}

bool device_state_add_functions(struct conn *conn)
{
    static const struct {
        const char *name;
        void (*run)(sqlite3_context *context, int argc, sqlite3_value **argv);
    } functions[] = {
        {"awake", awake_sql},
        {"heard", heard_sql},
        {"connections", connections_sql},
        {"not_after", not_after_sql},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (sqlite3_create_function(conn->db, functions[i].name, 1, SQLITE_UTF8 | SQLITE_INNOCUOUS, conn,
                                    functions[i].run, NULL, NULL) != SQLITE_OK)
            return false;
    return true;
}

int64_t device_state_not_after(const struct credentials *c)
{
    if (c->type != CREDENTIALS_X509 || c->value == NULL)
        return 0;
    return c->not_after_ms != 0 ? c->not_after_ms : certificate_not_after(slice_str(c->value));
}

/* ---- conditions ---- */

bool device_state_is_lasting(const struct device_query *q)
{
    return (q->certificate == CERTIFICATE_ANY || q->certificate == CERTIFICATE_NONE) &&
           q->sort != DEVICE_SORT_ACTIVITY;
}

bool device_state_is_judged(const struct device_query *q)
{
    return q->judge != NULL && (q->active != ASKED_ANY || q->never_connected != ASKED_ANY);
}

static bool is_as_asked(enum device_asked asked, bool is_so)
{
    return asked == ASKED_ANY || (asked == ASKED_YES) == is_so;
}

bool device_state_accepts(const struct device_query *q, uint64_t device)
{
    const struct device_judge *judge = q->judge;
    return (q->active == ASKED_ANY || is_as_asked(q->active, judge->is_active(judge->arg, device))) &&
           (q->never_connected == ASKED_ANY ||
            is_as_asked(q->never_connected, judge->last_activity_ms(judge->arg, device) == 0));
}

#define HAS_CERTIFICATE                                                                                      \
    " AND d.number IN (SELECT device FROM credentials WHERE not_after_ms > ? AND not_after_ms <= ?)"

void device_state_put_conditions(const struct device_query *q, struct buf *sql)
{
    bool is_walk = q->sort == DEVICE_SORT_NUMBER; /* else device_state_accepts() looks */
    if (is_walk && q->active != ASKED_ANY)
        buf_append_str(sql, q->active == ASKED_YES ? " AND awake(d.number)" : " AND NOT awake(d.number)");
    if (is_walk && q->never_connected != ASKED_ANY)
        buf_append_str(sql, q->never_connected == ASKED_YES ? " AND heard(d.number) = 0"
                                                            : " AND heard(d.number) <> 0");
    if (q->certificate == CERTIFICATE_NONE)
        buf_append_str(
            sql, " AND d.number NOT IN (SELECT device FROM credentials WHERE not_after_ms IS NOT NULL)");
    else if (q->certificate != CERTIFICATE_ANY)
        buf_append_str(sql, HAS_CERTIFICATE);
}

void device_state_bind(const struct device_query *q, struct statement *s)
{
    int64_t soon_ms = q->now_ms + q->expiring_ms;
    if (q->certificate == CERTIFICATE_ANY || q->certificate == CERTIFICATE_NONE)
        return;
    bind_int(s, q->certificate == CERTIFICATE_EXPIRED    ? INT64_MIN
                : q->certificate == CERTIFICATE_EXPIRING ? q->now_ms
                                                         : soon_ms);
    bind_int(s, q->certificate == CERTIFICATE_EXPIRED    ? q->now_ms
                : q->certificate == CERTIFICATE_EXPIRING ? soon_ms
                                                         : INT64_MAX);
}

/* ---- the overview ---- */

#define OF_TENANT " WHERE d.tenant = (SELECT number FROM tenant WHERE id = ?)"
#define OF_VIEWER                                                                                            \
    " AND (d.customer_id IS ? OR EXISTS (SELECT 1 FROM group_share s JOIN group_member m"                    \
    " ON m.entity_group = s.entity_group WHERE s.customer_id = ? AND m.device = d.number))"

static err_t open_overview(struct conn *conn, const char *of_all, const char *of_viewer,
                           const struct uuid *viewer, struct statement *s, struct problem *p)
{
    return statement_open(conn, uuid_is_nil(viewer) ? of_all : of_viewer, s, p);
}

static void bind_scope(struct statement *s, const struct uuid *tenant, const struct uuid *viewer)
{
    bind_uuid(s, tenant);
    if (uuid_is_nil(viewer))
        return;
    bind_uuid(s, viewer);
    bind_uuid(s, viewer);
}

#define COUNT_DEVICES                                                                                        \
    "SELECT count(*), coalesce(sum(awake(d.number)), 0), coalesce(sum(heard(d.number) = 0), 0),"             \
    " coalesce(sum(connections(d.number)), 0) FROM device d INDEXED BY device_by_created"

static err_t count_devices(struct conn *conn, const struct uuid *tenant, const struct uuid *viewer,
                           struct device_overview *ret, struct problem *p)
{
    static const char of_all[] = COUNT_DEVICES OF_TENANT, of_viewer[] = COUNT_DEVICES OF_TENANT OF_VIEWER;
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(open_overview(conn, of_all, of_viewer, viewer, &s, p));
    bind_scope(&s, tenant, viewer);
    TRY(statement_row(&s, &found, p));
    ret->total = (uint64_t)take_int(&s);
    ret->active = (uint64_t)take_int(&s);
    ret->never_connected = (uint64_t)take_int(&s);
    ret->connections = (uint64_t)take_int(&s);
    return statement_end(&s, p);
}

/* Those that expire within the month only: the index's first rows. */
#define COUNT_CERTIFICATES                                                                                   \
    "SELECT coalesce(sum(c.not_after_ms <= ?1), 0), coalesce(sum(c.not_after_ms > ?1 AND c.not_after_ms <= " \
    "?2), 0),"                                                                                               \
    " coalesce(sum(c.not_after_ms > ?1 AND c.not_after_ms <= ?3), 0), coalesce(sum(c.not_after_ms > ?1), 0)" \
    " FROM credentials c INDEXED BY credentials_by_expiry CROSS JOIN device d ON d.number = c.device"

static err_t count_certificates(struct conn *conn, const struct uuid *tenant, const struct uuid *viewer,
                                int64_t now_ms, struct device_overview *ret, struct problem *p)
{
    static const int64_t day_ms = INT64_C(86400000);
    static const char of_all[] = COUNT_CERTIFICATES OF_TENANT " AND c.not_after_ms <= ?",
                      of_viewer[] = COUNT_CERTIFICATES OF_TENANT OF_VIEWER " AND c.not_after_ms <= ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(open_overview(conn, of_all, of_viewer, viewer, &s, p));
    bind_int(&s, now_ms);
    bind_int(&s, now_ms + day_ms);
    bind_int(&s, now_ms + 7 * day_ms);
    bind_scope(&s, tenant, viewer);
    bind_int(&s, now_ms + 30 * day_ms);
    TRY(statement_row(&s, &found, p));
    ret->expired = (uint64_t)take_int(&s);
    ret->expiring_1_day = (uint64_t)take_int(&s);
    ret->expiring_7_days = (uint64_t)take_int(&s);
    ret->expiring_30_days = (uint64_t)take_int(&s);
    return statement_end(&s, p);
}

err_t sqlite_device_overview(struct registry *base, const struct uuid *tenant, const struct uuid *viewer,
                             const struct device_judge *judge, int64_t now_ms, struct device_overview *ret,
                             struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(base)->pool);
    struct device_overview found = {0};
    conn->judge = judge;
    TRY(count_devices(conn, tenant, viewer, &found, p));
    TRY(count_certificates(conn, tenant, viewer, now_ms, &found, p));
    *ret = found;
    return ERR_OK;
}

/* ---- one device ---- */

err_t sqlite_credentials_expiry(struct registry *base, uint64_t device, enum credentials_type *ret_type,
                                int64_t *ret_not_after_ms, struct problem *p)
{
    static const char sql[] = "SELECT type, coalesce(not_after_ms, 0) FROM credentials WHERE device = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(base)->pool);
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)device);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device");
    *ret_type = (enum credentials_type)take_int(&s);
    *ret_not_after_ms = take_int(&s);
    return statement_end(&s, p);
}
