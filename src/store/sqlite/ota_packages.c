/* Packages of firmware and software. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

static void take_package(struct statement *s, struct ota_package *ret)
{
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->profile_id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    ret->type = (enum ota_type)take_int(s);
    take_text(s, ret->title, sizeof ret->title);
    take_text(s, ret->package_version, sizeof ret->package_version);
    take_text(s, ret->tag, sizeof ret->tag);
    ret->url = take_text_or_null(s);
    take_text(s, ret->file_name, sizeof ret->file_name);
    take_text(s, ret->content_type, sizeof ret->content_type);
    ret->checksum_algorithm = (enum checksum_algorithm)take_int(s);
    take_text(s, ret->checksum, sizeof ret->checksum);
    ret->data_size = (uint64_t)take_int(s);
    ret->additional_info = take_text_or_null(s);
}

err_t sqlite_ota_read(struct statement *s, struct ota_package *ret, struct problem *p)
{
    bool found;
    struct ota_package package = {0};
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such package");
    take_package(s, &package);
    err_t err = statement_end(s, p);
    if (err == ERR_OK)
        *ret = package;
    else
        ota_package_fini(&package);
    return err;
}

/* ---- writing ---- */

static void bind_package(struct statement *s, const struct ota_package *package)
{
    bind_uuid(s, &package->tenant_id);
    bind_uuid_or_null(s, &package->profile_id);
    bind_uuid(s, &package->id);
    bind_int(s, package->created_ms);
    bind_int(s, package->type);
    bind_text(s, slice_str(package->title));
    bind_text(s, slice_str(package->package_version));
    bind_text(s, slice_str(package->tag));
    bind_text_or_null(s, package->url);
    bind_int(s, package->checksum_algorithm);
    bind_text(s, slice_str(package->checksum));
    bind_int(s, (int64_t)package->data_size);
    bind_text_or_null(s, package->additional_info);
}

static err_t insert_package(struct conn *conn, const struct ota_package *package, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO ota_package (id, tenant, profile, created_ms, version, type, title, package_version, "
        "tag,"
        " url, file_name, content_type, checksum_algorithm, checksum, data_size, additional_info)"
        " SELECT ?3, t.number, p.number, ?4, 1, ?5, ?6, ?7, ?8, ?9, '', '', ?10, ?11, ?12, ?13"
        " FROM tenant t LEFT JOIN profile p ON p.tenant = t.number AND p.id = ?2"
        " WHERE t.id = ?1 AND (?2 IS NULL OR p.id IS NOT NULL)";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_package(&s, package);
    err_t err = statement_run(&s, &changes, p);
    if (err == ERR_CONFLICT)
        return fail(p, err, "title", "OtaPackage with such title and version already exists!");
    TRY(err);
    if (changes == 0)
        return fail(p, ERR_INVALID, "deviceProfileId",
                    "OtaPackage is referencing to non-existent device profile!");
    return ERR_OK;
}

err_t sqlite_ota_add(struct registry *r, struct ota_package *package, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct ota_package made = *package;
    made.id = uuid_random();
    made.created_ms = clock_wall_ms();
    made.version = 1;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(insert_package(w.conn, &made, p));
    TRY(write_commit(&w, p));
    *package = made;
    return ERR_OK;
}

static err_t find_package(struct conn *conn, const struct uuid *tenant, const struct uuid *id,
                          struct ota_package *ret, struct problem *p)
{
    static const char sql[] = "SELECT " OTA_COLUMNS " FROM ota_package o WHERE o.id = ?"
                              " AND o.tenant = (SELECT number FROM tenant WHERE id = ?)";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_uuid(&s, tenant);
    return sqlite_ota_read(&s, ret, p);
}

/* Nothing was changed: the package is not there, or it is not as the caller thinks. */
static err_t why_not_changed(struct conn *conn, const struct ota_package *package, struct problem *p)
{
    struct ota_package stored;
    TRY(find_package(conn, &package->tenant_id, &package->id, &stored, p));
    int64_t version = stored.version;
    bool has_data = ota_package_has_data(&stored);
    ota_package_fini(&stored);
    if (version == package->version && has_data)
        return fail(p, ERR_CONFLICT, "file", "The package has its data already");
    return fail(p, ERR_CONFLICT, "version",
                "the package was changed meanwhile: version %lld was sent, %lld is stored",
                (long long)package->version, (long long)version);
}

static err_t run_change(struct registry *r, struct write *w, struct statement *s, struct ota_package *package,
                        struct problem *p)
{
    int changes = 0;
    TRY(statement_run(s, &changes, p));
    statement_close(s);
    if (changes == 0)
        return why_not_changed(w->conn, package, p);
    TRY(write_commit(w, p));
    package->version++;
    return ERR_OK;
}

#define OTA_OF_INPUT " WHERE id = ? AND version = ? AND tenant = (SELECT number FROM tenant WHERE id = ?)"

static void bind_key(struct statement *s, const struct ota_package *package)
{
    bind_uuid(s, &package->id);
    bind_int(s, package->version);
    bind_uuid(s, &package->tenant_id);
}

err_t sqlite_ota_update(struct registry *r, struct ota_package *package, struct problem *p)
{
    static const char sql[] =
        "UPDATE ota_package SET additional_info = ?, version = version + 1" OTA_OF_INPUT;
    AUTO_WRITE struct write w = {0};
    AUTO_STATEMENT struct statement s = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(statement_open(w.conn, sql, &s, p));
    bind_text_or_null(&s, package->additional_info);
    bind_key(&s, package);
    return run_change(r, &w, &s, package, p);
}

err_t sqlite_ota_set_data(struct registry *r, struct ota_package *package, struct problem *p)
{
    static const char sql[] =
        "UPDATE ota_package SET file_name = ?, content_type = ?, checksum_algorithm = ?, checksum = ?,"
        " data_size = ?, version = version + 1" OTA_OF_INPUT " AND data_size = 0 AND url IS NULL";
    AUTO_WRITE struct write w = {0};
    AUTO_STATEMENT struct statement s = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(statement_open(w.conn, sql, &s, p));
    bind_text(&s, slice_str(package->file_name));
    bind_text(&s, slice_str(package->content_type));
    bind_int(&s, package->checksum_algorithm);
    bind_text(&s, slice_str(package->checksum));
    bind_int(&s, (int64_t)package->data_size);
    bind_key(&s, package);
    return run_change(r, &w, &s, package, p);
}

/* ---- deleting ---- */

static err_t check_unused(struct conn *conn, const struct uuid *id, struct problem *p)
{
    static const char sql[] = "SELECT EXISTS (SELECT 1 FROM device WHERE firmware_id = ?1)"
                              " OR EXISTS (SELECT 1 FROM device WHERE software_id = ?1),"
                              " EXISTS (SELECT 1 FROM profile WHERE firmware_id = ?1 OR software_id = ?1)";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    TRY(statement_row(&s, &found, p));
    if (take_int(&s) != 0)
        return fail(p, ERR_INVALID, "", "The otaPackage referenced by the devices cannot be deleted!");
    if (take_int(&s) != 0)
        return fail(p, ERR_INVALID, "", "The otaPackage referenced by the device profile cannot be deleted!");
    return ERR_OK;
}

err_t sqlite_ota_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                        struct problem *p)
{
    static const char sql[] =
        "DELETE FROM ota_package WHERE id = ? AND tenant = (SELECT number FROM tenant WHERE id = ?)";
    AUTO_WRITE struct write w = {0};
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(check_unused(w.conn, id, p));
    TRY(statement_open(w.conn, sql, &s, p));
    bind_uuid(&s, id);
    bind_uuid(&s, tenant);
    TRY(statement_run(&s, &changes, p));
    if (changes == 0)
        return fail(p, ERR_NOT_FOUND, "", "no such package");
    statement_close(&s);
    return write_commit(&w, p);
}

/* ---- reading ---- */

err_t sqlite_ota_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                     struct ota_package *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    return find_package(conn, tenant, id, ret, p);
}

err_t sqlite_ota_of_device(struct registry *r, uint64_t device, enum ota_type type, struct ota_package *ret,
                           struct problem *p)
{
    static const char sql[] =
        "SELECT " OTA_COLUMNS " FROM device d JOIN profile p ON p.number = d.profile JOIN ota_package o"
        " ON o.id = CASE ?2 WHEN 1 THEN coalesce(d.firmware_id, p.firmware_id)"
        " ELSE coalesce(d.software_id, p.software_id) END WHERE d.number = ?1";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, (int64_t)device);
    bind_int(&s, type);
    err_t err = sqlite_ota_read(&s, ret, p);
    if (err == ERR_NOT_FOUND)
        return fail(p, err, "", "no %s is assigned to the device", ota_type_word(type));
    return err;
}

err_t sqlite_ota_is_uploaded(struct registry *r, const struct uuid *id, bool *ret, struct problem *p)
{
    static const char sql[] = "SELECT 1 FROM ota_package WHERE id = ? AND url IS NULL AND data_size > 0";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, id);
    return statement_row(&s, ret, p);
}

/* ---- assigning ---- */

static err_t check_fits(const struct ota_package *package, enum ota_type type, const struct uuid *profile,
                        struct problem *p)
{
    const char *field = type == OTA_FIRMWARE ? "firmwareId" : "softwareId", *word = ota_type_word(type);
    if (package->type != type)
        return fail(p, ERR_INVALID, field, "Can't assign %s with type: %s!", word,
                    ota_type_name(package->type));
    if (!ota_package_has_data(package))
        return fail(p, ERR_INVALID, field, "Can't assign %s with empty data!", word);
    if (!uuid_is_nil(&package->profile_id) && !uuid_eq(&package->profile_id, profile))
        return fail(p, ERR_INVALID, field, "Can't assign %s with different deviceProfile!", word);
    return ERR_OK;
}

static err_t check_one(struct conn *conn, const struct uuid *tenant, const struct uuid *profile,
                       enum ota_type type, const struct uuid *id, struct problem *p)
{
    struct ota_package package;
    if (uuid_is_nil(id))
        return ERR_OK;
    err_t err = find_package(conn, tenant, id, &package, p);
    if (err == ERR_NOT_FOUND)
        return fail(p, ERR_INVALID, type == OTA_FIRMWARE ? "firmwareId" : "softwareId",
                    "Can't assign non-existent %s!", ota_type_word(type));
    TRY(err);
    err = check_fits(&package, type, profile, p);
    ota_package_fini(&package);
    return err;
}

err_t sqlite_ota_check(struct conn *conn, const struct uuid *tenant, const struct uuid *profile,
                       const struct uuid *firmware, const struct uuid *software, struct problem *p)
{
    TRY(check_one(conn, tenant, profile, OTA_FIRMWARE, firmware, p));
    return check_one(conn, tenant, profile, OTA_SOFTWARE, software, p);
}

/* ---- pages ---- */

#define OTA_FILTER                                                                                           \
    " FROM ota_package o WHERE o.tenant = (SELECT number FROM tenant WHERE id = ?1)"                         \
    " AND holds(fold(o.title), fold(?2))"                                                                    \
    " AND (?3 IS NULL OR o.profile IS NULL OR o.profile = (SELECT number FROM profile WHERE id = ?3))"       \
    " AND (?4 = 0 OR o.type = ?4) AND (?5 = 0 OR o.url IS NOT NULL OR o.data_size > 0)"

#define OTA_PAGE(order) "SELECT " OTA_COLUMNS OTA_FILTER " ORDER BY " order " LIMIT ?6 OFFSET ?7"
#define OTA_PAGES(column)                                                                                    \
    {                                                                                                        \
        [SORT_ASCENDING] = OTA_PAGE(column ", o.number"), [SORT_DESCENDING] =                                \
                                                              OTA_PAGE(column " DESC, o.number DESC")        \
    }

static const char *const pages[][2] = {
    [OTA_SORT_CREATED] = OTA_PAGES("o.created_ms"),
    [OTA_SORT_TITLE] = OTA_PAGES("fold(o.title)"),
    [OTA_SORT_VERSION] = OTA_PAGES("o.package_version"),
    [OTA_SORT_TAG] = OTA_PAGES("fold(o.tag)"),
    [OTA_SORT_TYPE] = OTA_PAGES("o.type"),
    [OTA_SORT_SIZE] = OTA_PAGES("o.data_size"),
};

static void bind_filter(struct statement *s, const struct ota_query *q)
{
    bind_uuid(s, &q->tenant_id);
    bind_text(s, q->text_search);
    bind_uuid_or_null(s, &q->profile_id);
    bind_int(s, q->type);
    bind_int(s, q->with_data);
}

static err_t count_packages(struct conn *conn, const struct ota_query *q, uint64_t *ret, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, "SELECT count(*)" OTA_FILTER, &s, p));
    bind_filter(&s, q);
    TRY(statement_row(&s, &found, p));
    *ret = (uint64_t)take_int(&s);
    return ERR_OK;
}

static err_t read_rows(struct statement *s, struct ota_page *page, struct problem *p)
{
    bool found = false;
    TRY(statement_row(s, &found, p));
    while (found) {
        take_package(s, &page->packages[page->count++]);
        TRY(statement_row(s, &found, p));
    }
    return ERR_OK;
}

err_t sqlite_ota_page(struct registry *r, const struct ota_query *q, struct ota_page *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    struct ota_page page = {0};
    CHECK(q->page_size >= 1 && q->page_size <= 1000);
    TRY(count_packages(conn, q, &page.total, p));
    TRY(statement_open_once(conn, slice_str(pages[q->sort][q->order]), &s, p));
    bind_filter(&s, q);
    bind_int(&s, q->page_size);
    bind_int(&s, (int64_t)q->page_size * q->page);
    page.packages = calloc(q->page_size, sizeof *page.packages);
    err_t err = page.packages != NULL ? read_rows(&s, &page, p) : fail(p, ERR_NOMEM, "", "no memory");
    if (err == ERR_OK)
        *ret = page;
    else
        ota_page_fini(&page);
    return err;
}
