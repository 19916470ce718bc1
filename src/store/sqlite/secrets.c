/* Secrets of the installation. */
#include "base/random.h"
#include "store/sqlite/registry_sqlite.h"

#include <string.h>

enum { SECRET_MAX = 256 };

static err_t find_secret(struct conn *conn, const char *name, uint8_t *out, size_t size, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT value FROM secret WHERE name = ?", &s, p));
    bind_text(&s, slice_str(name));
    TRY(statement_row(&s, &found, p));
    if (!found)
        return ERR_NOT_FOUND;
    struct slice value = take_blob(&s);
    if (value.len != size)
        return fail(p, ERR_INVALID, "", "secret \"%s\" has %zu bytes; expected %zu", name, value.len, size);
    memcpy(out, value.data, size);
    return ERR_OK;
}

static err_t insert_secret(struct conn *conn, const char *name, const uint8_t *value, size_t size,
                           struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "INSERT INTO secret (name, value) VALUES (?, ?)", &s, p));
    bind_text(&s, slice_str(name));
    bind_blob(&s, value, size);
    return statement_run(&s, NULL, p);
}

/* Both in one write, so that two callers who ask first at once get the same secret. */
err_t sqlite_secret(struct registry *r, const char *name, uint8_t *out, size_t size, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    uint8_t value[SECRET_MAX];
    CHECK(size <= sizeof value);
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    err_t err = find_secret(w.conn, name, out, size, p);
    if (err != ERR_NOT_FOUND)
        return err;
    random_bytes(value, size);
    err = insert_secret(w.conn, name, value, size, p);
    if (err == ERR_OK)
        err = write_commit(&w, p);
    if (err == ERR_OK)
        memcpy(out, value, size);
    wipe(value, sizeof value);
    return err;
}
