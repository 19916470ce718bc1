/* Notices of changed assignments; triggers of migrations/004_ota_packages.sql write them. */
#include "store/sqlite/registry_sqlite.h"

static err_t find_notice(struct conn *conn, struct ota_notice *ret, struct uuid *ret_package,
                         struct problem *p)
{
    static const char sql[] =
        "SELECT n.number, n.type, n.device, n.profile, n.next_device, n.created_ms, CASE n.type"
        " WHEN 1 THEN coalesce(d.firmware_id, p.firmware_id) ELSE coalesce(d.software_id, p.software_id) END"
        " FROM ota_notice n LEFT JOIN device d ON d.number = n.device"
        " LEFT JOIN profile p ON p.number = coalesce(n.profile, d.profile) ORDER BY n.number LIMIT 1";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no device is to be told anything");
    ret->number = take_int(&s);
    ret->type = (enum ota_type)take_int(&s);
    ret->device = (uint64_t)take_int(&s);
    ret->profile = (uint64_t)take_int(&s);
    ret->next_device = (uint64_t)take_int(&s);
    ret->created_ms = take_int(&s);
    *ret_package = take_uuid(&s);
    return ERR_OK;
}

static err_t find_package(struct conn *conn, const struct uuid *id, struct ota_package *ret,
                          struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "SELECT " OTA_COLUMNS " FROM ota_package o WHERE o.id = ?", &s, p));
    bind_uuid(&s, id);
    return sqlite_ota_read(&s, ret, p);
}

err_t sqlite_ota_notice_next(struct registry *r, struct ota_notice *ret, struct ota_package *ret_package,
                             struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    struct ota_notice notice;
    struct ota_package package = {0};
    struct uuid id;
    TRY(find_notice(conn, &notice, &id, p));
    if (!uuid_is_nil(&id)) {
        err_t err = find_package(conn, &id, &package, p);
        if (err != ERR_OK && err != ERR_NOT_FOUND) /* deleted since: another notice says so */
            return err;
    }
    *ret = notice;
    *ret_package = package;
    return ERR_OK;
}

static err_t take_numbers(struct statement *s, uint64_t *devices, size_t max, size_t *ret_count,
                          struct problem *p)
{
    bool found = false;
    size_t count = 0;
    TRY(statement_row(s, &found, p));
    while (found && count < max) {
        devices[count++] = (uint64_t)take_int(s);
        TRY(statement_row(s, &found, p));
    }
    *ret_count = count;
    return ERR_OK;
}

static const char firmware_devices[] =
    "SELECT number FROM device INDEXED BY device_of_profile WHERE profile = ? AND number >= ?"
    " AND firmware_id IS NULL ORDER BY number LIMIT ?";
static const char software_devices[] =
    "SELECT number FROM device INDEXED BY device_of_profile WHERE profile = ? AND number >= ?"
    " AND software_id IS NULL ORDER BY number LIMIT ?";

err_t sqlite_ota_notice_devices(struct registry *r, const struct ota_notice *notice, uint64_t *devices,
                                size_t max, size_t *ret_count, struct problem *p)
{
    if (notice->device != 0) {
        bool is_next = notice->next_device <= notice->device;
        devices[0] = notice->device;
        *ret_count = is_next ? 1 : 0;
        return ERR_OK;
    }
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, notice->type == OTA_FIRMWARE ? firmware_devices : software_devices, &s, p));
    bind_int(&s, (int64_t)notice->profile);
    bind_int(&s, (int64_t)notice->next_device);
    bind_int(&s, (int64_t)max);
    return take_numbers(&s, devices, max, ret_count, p);
}

static err_t change_notice(struct conn *conn, int64_t number, uint64_t next_device, struct problem *p)
{
    static const char advance[] = "UPDATE ota_notice SET next_device = ?2 WHERE number = ?1";
    static const char finish[] = "DELETE FROM ota_notice WHERE number = ?1";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, next_device != 0 ? advance : finish, &s, p));
    bind_int(&s, number);
    if (next_device != 0)
        bind_int(&s, (int64_t)next_device);
    return statement_run(&s, NULL, p);
}

err_t sqlite_ota_notice_advance(struct registry *r, const struct ota_notice *notice, uint64_t next_device,
                                struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(change_notice(w.conn, notice->number, next_device, p));
    return write_commit(&w, p);
}
