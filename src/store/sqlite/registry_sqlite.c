#include "store/sqlite/registry_sqlite.h"

#include "base/clock.h"
#include "store/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The .inc files are the .sql files of migrations/ as string literals (meson.build). */
static const char *const migrations[] = {
#include "001_initial.sql.inc"
#include "002_profiles.sql.inc"
#include "003_chain.sql.inc"
#include "004_ota_packages.sql.inc"
#include "005_rpc.sql.inc"
#include "006_customers.sql.inc"
#include "007_people.sql.inc"
#include "008_groups.sql.inc"
#include "009_telemetry_ttl.sql.inc"
#include "010_audit.sql.inc"
#include "011_certificate_expiry.sql.inc"
#include "012_forwarding.sql.inc"
};

enum {
    MIGRATIONS = sizeof migrations / sizeof migrations[0],
    APPLICATION_ID = 0x5053544e, /* "PSTN" */
};

static const struct registry_ops sqlite_ops;

static err_t pragma(struct conn *conn, const char *sql, int64_t *ret_value, struct problem *problem)
{
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open_once(conn, slice_str(sql), &s, problem));
    TRY(statement_row(&s, &found, problem));
    *ret_value = found ? take_int(&s) : 0;
    return ERR_OK;
}

/* What is there: a registry of a version we know, or an empty file that `create` may fill. */
static err_t check_schema(struct conn *conn, bool create, int64_t *ret_version, struct problem *problem)
{
    const char *path = conn->pool->path;
    int64_t application = 0, version = 0, tables = 0;
    TRY(pragma(conn, "PRAGMA application_id", &application, problem));
    TRY(pragma(conn, "PRAGMA user_version", &version, problem));
    TRY(pragma(conn, "SELECT count(*) FROM sqlite_schema", &tables, problem));
    if (tables == 0 && !create)
        return fail(problem, ERR_NOT_FOUND, "", "%s is empty: its creation was interrupted", path);
    if (tables != 0 && application != APPLICATION_ID)
        return fail(problem, ERR_INVALID, "", "%s is a database, but not a registry", path);
    if (version > MIGRATIONS)
        return fail(problem, ERR_INVALID, "",
                    "%s was written by a newer version (schema %lld; this one knows up to %d)", path,
                    (long long)version, MIGRATIONS);
    *ret_version = version;
    return ERR_OK;
}

static err_t make_first_tenant(struct write *w, struct problem *problem)
{
    const struct tenant tenant = {.id = uuid_random(), .created_ms = clock_wall_ms(), .title = "Tenant"};
    return sqlite_tenant_make(w, &tenant, problem);
}

/* Each step is its own transaction, with the version it leads to; an interrupted one leaves no trace. */
static err_t migrate(struct pool *pool, int64_t version, struct problem *problem)
{
    for (int64_t step = version; step < MIGRATIONS; step++) {
        AUTO_WRITE struct write w = {0};
        char stamp[96];
        snprintf(stamp, sizeof stamp, "PRAGMA user_version = %d; PRAGMA application_id = %d", (int)step + 1,
                 APPLICATION_ID);
        TRY(write_begin(pool, &w, problem));
        TRY(conn_exec(w.conn, migrations[step], problem));
        TRY(conn_exec(w.conn, stamp, problem));
        if (step == 0)
            TRY(make_first_tenant(&w, problem));
        TRY(write_commit(&w, problem));
    }
    return ERR_OK;
}

/* SQLite gives its -wal and -shm files the mode of the database, so the mode is set here, before it opens. */
static err_t make_file(const char *path, bool create, struct problem *problem)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    if (fd < 0)
        return path_fail(problem, errno, "open", path);
    close(fd);
    return ERR_OK;
}

static err_t open_file(struct sqlite_registry *r, const char *dir, bool create, struct problem *problem)
{
    char path[PATH_SIZE];
    int64_t version = 0;
    TRY(path_make_dir(dir, create, problem));
    TRY(path_join(dir, "registry.db", path, problem));
    TRY(make_file(path, create, problem));
    TRY(pool_init(&r->pool, path, problem));
    err_t err = check_schema(&r->pool.writer, create, &version, problem);
    if (err == ERR_OK)
        err = migrate(&r->pool, version, problem);
    if (err != ERR_OK)
        pool_fini(&r->pool);
    return err;
}

err_t registry_sqlite_open(const char *dir, bool create, struct registry **ret, struct problem *problem)
{
    struct sqlite_registry *r = calloc(1, sizeof *r);
    if (r == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    r->base.ops = &sqlite_ops;
    err_t err = open_file(r, dir, create, problem);
    if (err != ERR_OK) {
        free(r);
        return err;
    }
    match_cache_init(&r->matches);
    *ret = &r->base;
    return ERR_OK;
}

static void close_registry(struct registry *base)
{
    struct sqlite_registry *r = sqlite_of(base);
    match_cache_fini(&r->matches);
    pool_fini(&r->pool);
    free(r);
}

static const struct registry_ops sqlite_ops = {
    .close = close_registry,
    .secret = sqlite_secret,
    .tenant_default = sqlite_tenant_default,
    .tenant_add = sqlite_tenant_add,
    .tenant_update = sqlite_tenant_update,
    .tenant_get = sqlite_tenant_get,
    .tenant_page = sqlite_tenant_page,
    .tenant_delete = sqlite_tenant_delete,
    .user_update = sqlite_user_update,
    .user_delete = sqlite_user_delete,
    .user_page = sqlite_user_page,
    .user_add = sqlite_user_add,
    .user_by_email = sqlite_user_by_email,
    .user_by_id = sqlite_user_by_id,
    .user_set_password = sqlite_user_set_password,
    .activation_set = sqlite_activation_set,
    .activation_find = sqlite_activation_find,
    .activation_take = sqlite_activation_take,
    .customer_add = sqlite_customer_add,
    .customer_update = sqlite_customer_update,
    .customer_by_title = sqlite_customer_by_title,
    .customer_get = sqlite_customer_get,
    .customer_page = sqlite_customer_page,
    .customer_delete = sqlite_customer_delete,
    .login_add = sqlite_login_add,
    .login_get = sqlite_login_get,
    .login_extend = sqlite_login_extend,
    .login_end = sqlite_login_end,
    .login_list = sqlite_login_list,
    .login_end_all = sqlite_login_end_all,
    .audit_add = sqlite_audit_add,
    .audit_walk = sqlite_audit_walk,
    .audit_page = sqlite_audit_page,
    .api_key_add = sqlite_api_key_add,
    .api_key_find = sqlite_api_key_find,
    .api_key_get = sqlite_api_key_get,
    .api_key_update = sqlite_api_key_update,
    .api_key_delete = sqlite_api_key_delete,
    .api_key_list = sqlite_api_key_list,
    .profile_default = sqlite_profile_default,
    .profile_get = sqlite_profile_get,
    .profile_by_id = sqlite_profile_by_id,
    .profile_by_name = sqlite_profile_by_name,
    .profile_by_provision_key = sqlite_profile_by_provision_key,
    .profiles_by_authority = sqlite_profiles_by_authority,
    .profile_list = sqlite_profile_list,
    .profile_add = sqlite_profile_add,
    .profile_update = sqlite_profile_update,
    .profile_delete = sqlite_profile_delete,
    .profile_set_default = sqlite_profile_set_default,
    .device_add = sqlite_device_add,
    .device_update = sqlite_device_update,
    .device_write_many = sqlite_device_write_many,
    .device_get = sqlite_device_get,
    .device_by_name = sqlite_device_by_name,
    .device_by_number = sqlite_device_by_number,
    .telemetry_ttl = sqlite_telemetry_ttl,
    .telemetry_ttl_is_set = sqlite_telemetry_ttl_is_set,
    .devices_delete = sqlite_devices_delete,
    .device_overview = sqlite_device_overview,
    .credentials_expiry = sqlite_credentials_expiry,
    .device_page = sqlite_device_page,
    .device_types = sqlite_device_types,
    .deleted_next = sqlite_deleted_next,
    .deleted_forget = sqlite_deleted_forget,
    .credentials_get = sqlite_credentials_get,
    .credentials_save = sqlite_credentials_save,
    .enrol = sqlite_enrol,
    .door_find = sqlite_door_find,
    .group_all = sqlite_group_all,
    .group_get = sqlite_group_get,
    .group_by_name = sqlite_group_by_name,
    .group_page = sqlite_group_page,
    .group_memberships = sqlite_group_memberships,
    .group_add = sqlite_group_add,
    .group_update = sqlite_group_update,
    .group_delete = sqlite_group_delete,
    .group_add_devices = sqlite_group_add_devices,
    .group_remove_devices = sqlite_group_remove_devices,
    .group_share = sqlite_group_share,
    .group_shares = sqlite_group_shares,
    .share_of_device = sqlite_share_of_device,
    .share_of_group = sqlite_share_of_group,
    .ota_add = sqlite_ota_add,
    .ota_update = sqlite_ota_update,
    .ota_set_data = sqlite_ota_set_data,
    .ota_get = sqlite_ota_get,
    .ota_of_device = sqlite_ota_of_device,
    .ota_page = sqlite_ota_page,
    .ota_delete = sqlite_ota_delete,
    .ota_is_uploaded = sqlite_ota_is_uploaded,
    .ota_notice_next = sqlite_ota_notice_next,
    .ota_notice_devices = sqlite_ota_notice_devices,
    .ota_notice_advance = sqlite_ota_notice_advance,
    .rpc_add = sqlite_rpc_add,
    .rpc_get = sqlite_rpc_get,
    .rpc_delete = sqlite_rpc_delete,
    .rpc_page = sqlite_rpc_page,
    .rpc_advance = sqlite_rpc_advance,
    .rpc_expire = sqlite_rpc_expire,
    .rpc_open_of_device = sqlite_rpc_open_of_device,
    .rpc_is_open = sqlite_rpc_is_open,
    .rpc_open_devices = sqlite_rpc_open_devices,
    .forwarding_add = sqlite_forwarding_add,
    .forwarding_update = sqlite_forwarding_update,
    .forwarding_get = sqlite_forwarding_get,
    .forwarding_list = sqlite_forwarding_list,
    .forwarding_delete = sqlite_forwarding_delete,
    .device_notices = sqlite_device_notices,
    .device_notices_forget = sqlite_device_notices_forget,
};
