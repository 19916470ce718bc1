/* Certificates that devices had: what a login by authority must not bring back. */
#include "pki/certificate.h"
#include "pki/pem.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdio.h>
#include <time.h>

enum { DATE_SIZE = 40 };

int64_t sqlite_leaf_not_before(const char *base64)
{
    struct pem_chain chain;
    struct certificate_view view;
    int64_t not_before_ms = 0;
    if (base64 == NULL || pem_read_certificates(slice_str(base64), &chain, NULL) != ERR_OK)
        return 0;
    if (certificate_view_read(buf_slice(&chain.der[0]), &view, NULL) == ERR_OK) {
        not_before_ms = view.not_before_ms;
        certificate_view_fini(&view);
    }
    pem_chain_fini(&chain);
    return not_before_ms;
}

static err_t insert(struct conn *conn, int64_t device, const char *credentials_id, int64_t not_before_ms,
                    struct problem *p)
{
    static const char sql[] = "INSERT OR REPLACE INTO retired_leaf (device, credentials_id, not_before_ms)"
                              " VALUES (?, ?, ?)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, device);
    bind_text(&s, slice_str(credentials_id));
    bind_int(&s, not_before_ms);
    return statement_run(&s, NULL, p);
}

static err_t delete_older(struct conn *conn, int64_t device, struct problem *p)
{
    static const char sql[] = "DELETE FROM retired_leaf WHERE device = ?1 AND not_before_ms <"
                              " (SELECT max(not_before_ms) FROM retired_leaf WHERE device = ?1)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, device);
    return statement_run(&s, NULL, p);
}

/* The certificate of the row, if it is one and not @p next. */
static err_t find_replaced(struct conn *conn, int64_t credentials, const struct credentials *next,
                           int64_t *ret_device, struct credentials *ret, bool *ret_found, struct problem *p)
{
    static const char sql[] = "SELECT device, credentials_id, value FROM credentials"
                              " WHERE number = ? AND type = ? AND credentials_id <> ?";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, credentials);
    bind_int(&s, CREDENTIALS_X509);
    bind_text(&s, slice_str(next->credentials_id));
    TRY(statement_row(&s, ret_found, p));
    if (!*ret_found)
        return ERR_OK;
    *ret_device = take_int(&s);
    take_text(&s, ret->credentials_id, sizeof ret->credentials_id);
    ret->value = take_text_or_null(&s);
    return statement_end(&s, p);
}

err_t sqlite_leaf_retire(struct write *w, int64_t credentials, const struct credentials *next,
                         struct problem *p)
{
    struct credentials former = {0};
    int64_t device = 0;
    bool found = false;
    err_t err = find_replaced(w->conn, credentials, next, &device, &former, &found, p);
    if (err == ERR_OK && found)
        err = insert(w->conn, device, former.credentials_id, sqlite_leaf_not_before(former.value), p);
    if (err == ERR_OK && found)
        err = delete_older(w->conn, device, p);
    credentials_fini(&former);
    return err;
}

static const char *format_date(int64_t ms, char out[DATE_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL || strftime(out, DATE_SIZE, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        snprintf(out, DATE_SIZE, "an unknown date");
    return out;
}

err_t sqlite_leaf_check_age(int64_t not_before_ms, int64_t newest_ms, struct problem *p)
{
    char own[DATE_SIZE], newest[DATE_SIZE];
    if (not_before_ms >= newest_ms)
        return ERR_OK;
    return fail(p, ERR_DENIED, "certificate",
                "certificate refused: it is older (valid from %s) than the one that the device had last "
                "(valid from %s)",
                format_date(not_before_ms, own), format_date(newest_ms, newest));
}

err_t sqlite_leaf_check_retired(struct write *w, int64_t device, const char *credentials_id,
                                int64_t not_before_ms, struct problem *p)
{
    static const char sql[] = "SELECT credentials_id, not_before_ms FROM retired_leaf WHERE device = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found = true;
    TRY(statement_open(w->conn, sql, &s, p));
    bind_int(&s, device);
    while (found) {
        char id[CREDENTIALS_ID_SIZE];
        TRY(statement_row(&s, &found, p));
        if (!found)
            break;
        take_text(&s, id, sizeof id);
        TRY(sqlite_leaf_check_age(not_before_ms, take_int(&s), p));
        if (strcmp(id, credentials_id) == 0)
            return fail(p, ERR_DENIED, "certificate",
                        "certificate refused: the device had it before, and it was replaced");
    }
    return ERR_OK;
}
