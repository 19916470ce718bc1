/* Device profiles, written: saved, deleted, made the default one. */
#include "base/clock.h"
#include "model/profile_config.h"
#include "pki/chain.h"
#include "store/sqlite/registry_sqlite.h"

#include <string.h>

/* Two rules of uniqueness stand behind one statement: this one is asked first, so that a conflict of the
 * statement can only be the name's. */
static err_t check_key_is_free(struct conn *conn, const struct profile *profile, struct problem *p)
{
    static const char sql[] = "SELECT 1 FROM profile WHERE provision_key = ? AND id <> ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    if (profile->provision_key[0] == '\0')
        return ERR_OK;
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, slice_str(profile->provision_key));
    bind_uuid(&s, &profile->id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return ERR_OK;
    return fail(p, ERR_CONFLICT, "provisionDeviceKey", "Device profile with such %s already exists!",
                profile->provision_type == PROVISION_X509_CHAIN ? "certificate" : "provision device key");
}

static err_t name_conflict(err_t err, struct problem *p)
{
    if (err != ERR_CONFLICT)
        return err;
    return fail(p, err, "name", "Device profile with such name already exists!");
}

static void bind_int_or_null(struct statement *s, bool is_there, int64_t value)
{
    if (is_there)
        bind_int(s, value);
    else
        bind_text_or_null(s, NULL);
}

/* By which devices' certificates find the profile, and how long their points are kept. What cannot be read says neither. */
static void bind_config(struct statement *s, const struct profile *profile)
{
    AUTO_PROFILE_CONFIG *config = NULL;
    uint32_t hash = 0;
    bool is_readable = profile->profile_data != NULL && profile_config_read(profile, &config, NULL) == ERR_OK;
    bool has_authority = is_readable && profile->provision_type == PROVISION_X509_CHAIN &&
                         chain_subject_hash(buf_slice(&config->provision.authority), &hash, NULL) == ERR_OK;
    bind_int_or_null(s, has_authority, hash);
    bind_int_or_null(s, is_readable && config->telemetry_ttl_s >= 0,
                     is_readable ? config->telemetry_ttl_s : 0);
}

/* What the two statements that write a profile have in common: 1 name to 10 telemetry_ttl. */
static void bind_profile(struct statement *s, const struct profile *profile)
{
    bind_text(s, slice_str(profile->name));
    bind_text(s, slice_str(profile->description));
    bind_int(s, profile->transport);
    bind_int(s, profile->provision_type);
    bind_text_or_null(s, profile->provision_key[0] != '\0' ? profile->provision_key : NULL);
    bind_uuid_or_null(s, &profile->firmware_id);
    bind_uuid_or_null(s, &profile->software_id);
    bind_text_or_null(s, profile->profile_data);
    bind_config(s, profile);
}

static err_t check_packages(struct conn *conn, const struct profile *profile, struct problem *p)
{
    return sqlite_ota_check(conn, &profile->tenant_id, &profile->id, &profile->firmware_id,
                            &profile->software_id, p);
}

static err_t insert_profile(struct conn *conn, const struct profile *profile, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO profile (name, description, transport, provision_type, provision_key, firmware_id,"
        " software_id, profile_data, authority_subject, telemetry_ttl, id, created_ms, version, is_default, "
        "tenant)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, number FROM tenant WHERE id = "
        "?14";
    AUTO_STATEMENT struct statement s = {0};
    int changes = 0;
    TRY(statement_open(conn, sql, &s, p));
    bind_profile(&s, profile);
    bind_uuid(&s, &profile->id);
    bind_int(&s, profile->created_ms);
    bind_int(&s, profile->version);
    bind_uuid(&s, &profile->tenant_id);
    TRY(name_conflict(statement_run(&s, &changes, p), p));
    return changes == 1 ? ERR_OK : fail(p, ERR_NOT_FOUND, "", "no such tenant");
}

err_t sqlite_profile_add(struct registry *r, struct profile *profile, struct problem *p)
{
    AUTO_WRITE struct write w = {0};
    struct profile made = *profile;
    made.id = uuid_random();
    made.created_ms = clock_wall_ms();
    made.version = 1;
    made.is_default = false;
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(check_key_is_free(w.conn, &made, p));
    TRY(check_packages(w.conn, &made, p));
    TRY(insert_profile(w.conn, &made, p));
    TRY(write_commit(&w, p));
    *profile = made;
    return ERR_OK;
}

/* The row as it is stored, seen by the transaction that is about to change it. */
struct stored {
    int64_t number, version;
    bool is_default, has_devices;
    char name[NAME_SIZE];
};

static err_t find_stored(struct conn *conn, const struct uuid *tenant, const struct uuid *id,
                         struct stored *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT p.number, p.version, p.is_default, EXISTS (SELECT 1 FROM device d WHERE d.profile = "
        "p.number),"
        " p.name FROM profile p JOIN tenant t ON t.number = p.tenant WHERE t.id = ? AND p.id = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device profile");
    ret->number = take_int(&s);
    ret->version = take_int(&s);
    ret->is_default = take_int(&s) != 0;
    ret->has_devices = take_int(&s) != 0;
    take_text(&s, ret->name, sizeof ret->name);
    return statement_end(&s, p);
}

static err_t update_row(struct conn *conn, const struct profile *profile, int64_t number, struct problem *p)
{
    static const char sql[] = "UPDATE profile SET name = ?1, description = ?2, transport = ?3,"
                              " provision_type = ?4, provision_key = ?5, firmware_id = ?6, software_id = ?7,"
                              " profile_data = ?8, authority_subject = ?9, telemetry_ttl = ?10, version = ?11"
                              " WHERE number = ?12";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_profile(&s, profile);
    bind_int(&s, profile->version);
    bind_int(&s, number);
    return name_conflict(statement_run(&s, NULL, p), p);
}

/* A device's type is no member of its own: its version stays. */
static err_t rename_type(struct conn *conn, const char *name, int64_t number, struct problem *p)
{
    static const char sql[] =
        "UPDATE device SET type = ?1, search = fold(name || char(10) || label || char(10) || ?1)"
        " WHERE profile = ?2";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_text(&s, slice_str(name));
    bind_int(&s, number);
    return statement_run(&s, NULL, p);
}

static err_t update_all(struct conn *conn, struct profile *profile, struct stored *ret_stored,
                        struct problem *p)
{
    TRY(find_stored(conn, &profile->tenant_id, &profile->id, ret_stored, p));
    if (ret_stored->version != profile->version)
        return fail(p, ERR_CONFLICT, "version",
                    "the device profile was changed meanwhile: version %lld was sent, %lld is stored",
                    (long long)profile->version, (long long)ret_stored->version);
    profile->version++;
    profile->is_default = ret_stored->is_default;
    TRY(check_key_is_free(conn, profile, p));
    TRY(check_packages(conn, profile, p));
    TRY(update_row(conn, profile, ret_stored->number, p));
    if (strcmp(ret_stored->name, profile->name) == 0)
        return ERR_OK;
    return rename_type(conn, profile->name, ret_stored->number, p);
}

err_t sqlite_profile_update(struct registry *base, struct profile *profile, struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    struct profile saved = *profile;
    struct stored stored = {0};
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&r->pool, &w, p));
    TRY(update_all(w.conn, &saved, &stored, p));
    TRY(write_commit(&w, p));
    if (strcmp(stored.name, saved.name) != 0)
        match_cache_change(&r->matches); /* searches look at the type too */
    *profile = saved;
    return ERR_OK;
}

static err_t run_for(struct conn *conn, const char *sql, int64_t number, struct problem *p)
{
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_int(&s, number);
    return statement_run(&s, NULL, p);
}

err_t sqlite_profile_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct problem *p)
{
    static const char sql[] = "DELETE FROM profile WHERE number = ?";
    AUTO_WRITE struct write w = {0};
    struct stored stored = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find_stored(w.conn, tenant, id, &stored, p));
    if (stored.is_default)
        return fail(p, ERR_CONFLICT, "default", "Deletion of Default Device Profile is prohibited!");
    if (stored.has_devices)
        return fail(p, ERR_CONFLICT, "devices",
                    "The device profile referenced by the devices cannot be deleted!");
    TRY(run_for(w.conn, sql, stored.number, p));
    return write_commit(&w, p);
}

err_t sqlite_profile_set_default(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                 struct problem *p)
{
    static const char unset[] =
        "UPDATE profile SET is_default = 0, version = version + 1 WHERE is_default = 1"
        " AND tenant = (SELECT tenant FROM profile WHERE number = ?)";
    static const char set[] = "UPDATE profile SET is_default = 1, version = version + 1 WHERE number = ?";
    AUTO_WRITE struct write w = {0};
    struct stored stored = {0};
    TRY(write_begin(&sqlite_of(r)->pool, &w, p));
    TRY(find_stored(w.conn, tenant, id, &stored, p));
    if (stored.is_default)
        return ERR_OK;
    TRY(run_for(w.conn, unset, stored.number, p));
    TRY(run_for(w.conn, set, stored.number, p));
    return write_commit(&w, p);
}
