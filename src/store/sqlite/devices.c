/* Devices one by one: their credentials come with them, their series are left to the deletion journal. */
#include "base/clock.h"
#include "store/sqlite/registry_sqlite.h"

struct uuid take_customer(struct statement *s)
{
    struct uuid id = take_uuid(s);
    return uuid_is_nil(&id) ? CUSTOMER_NOBODY : id;
}

void bind_customer(struct statement *s, const struct uuid *customer)
{
    static const struct uuid nil;
    bind_uuid_or_null(s, uuid_eq(customer, &CUSTOMER_NOBODY) ? &nil : customer);
}

void take_device(struct statement *s, struct device *ret)
{
    ret->number = (uint64_t)take_int(s);
    ret->id = take_uuid(s);
    ret->tenant_id = take_uuid(s);
    ret->customer_id = take_customer(s);
    ret->profile_id = take_uuid(s);
    ret->created_ms = take_int(s);
    ret->version = take_int(s);
    take_text(s, ret->name, sizeof ret->name);
    take_text(s, ret->type, sizeof ret->type);
    take_text(s, ret->label, sizeof ret->label);
    ret->additional_info = take_text_or_null(s);
    ret->firmware_id = take_uuid(s);
    ret->software_id = take_uuid(s);
}

/* What the two statements that write a device have in common: 1 tenant to 8 software. */
static void bind_device(struct statement *s, const struct device *d)
{
    bind_uuid(s, &d->tenant_id);
    bind_uuid(s, &d->profile_id);
    bind_customer(s, &d->customer_id);
    bind_text(s, slice_str(d->name));
    bind_text(s, slice_str(d->label));
    bind_text_or_null(s, d->additional_info);
    bind_uuid_or_null(s, &d->firmware_id);
    bind_uuid_or_null(s, &d->software_id);
}

#define FOLDED_SEARCH    "fold(?4 || char(10) || ?5 || char(10) || p.name)"
#define PROFILE_OF_INPUT "profile p JOIN tenant t ON t.number = p.tenant WHERE t.id = ?1 AND p.id = ?2"

/* A row comes back with the number and the profile's name; none when the profile is not the tenant's. */
static err_t run_returning(struct statement *s, struct device *device, struct problem *p)
{
    bool found, more;
    err_t err = statement_row(s, &found, p);
    if (err == ERR_CONFLICT)
        return fail(p, err, "name", "Device with such name already exists!");
    TRY(err);
    if (!found)
        return ERR_NOT_FOUND;
    device->number = (uint64_t)take_int(s);
    device->version = take_int(s);
    take_text(s, device->type, sizeof device->type);
    return statement_row(s, &more, p);
}

static err_t check_references(struct conn *conn, const struct device *d, struct problem *p)
{
    TRY(sqlite_customer_check(conn, &d->tenant_id, &d->customer_id, p));
    return sqlite_ota_check(conn, &d->tenant_id, &d->profile_id, &d->firmware_id, &d->software_id, p);
}

static err_t insert_device(struct conn *conn, struct device *device, struct problem *p)
{
    static const char sql[] =
        "INSERT INTO device (id, tenant, customer_id, profile, type, created_ms, version, name, label,"
        " additional_info, firmware_id, software_id, search)"
        " SELECT ?9, t.number, ?3, p.number, p.name, ?10, 1, ?4, ?5, ?6, ?7, ?8, " FOLDED_SEARCH
        " FROM " PROFILE_OF_INPUT " RETURNING number, version, type";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_device(&s, device);
    bind_uuid(&s, &device->id);
    bind_int(&s, device->created_ms);
    err_t err = run_returning(&s, device, p);
    if (err == ERR_NOT_FOUND)
        return fail(p, ERR_INVALID, "deviceProfileId",
                    "Device is referencing to non-existent device profile!");
    return err;
}

err_t sqlite_device_insert(struct write *w, struct device *device, struct credentials *credentials,
                           struct problem *p)
{
    device->id = uuid_random();
    credentials->id = uuid_random();
    credentials->device_id = device->id;
    device->created_ms = credentials->created_ms = clock_wall_ms();
    credentials->version = 1;
    if (uuid_is_nil(&device->customer_id))
        device->customer_id = CUSTOMER_NOBODY;
    TRY(insert_device(w->conn, device, p));
    return sqlite_credentials_insert(w, credentials, device->number, p);
}

err_t sqlite_device_put(struct write *w, struct device *device, struct credentials *credentials,
                        struct problem *p)
{
    TRY(check_references(w->conn, device, p));
    return sqlite_device_insert(w, device, credentials, p);
}

/* Scalars that add() fills in, kept apart until the commit: out-parameters are untouched on failure. */
err_t sqlite_device_add(struct registry *base, struct device *device, struct credentials *credentials,
                        struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    AUTO_WRITE struct write w = {0};
    struct device d = *device;
    struct credentials c = *credentials;
    TRY(write_begin(&r->pool, &w, p));
    TRY(sqlite_device_put(&w, &d, &c, p));
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    *device = d;
    *credentials = c;
    return ERR_OK;
}

/* Nothing was changed: there is no such device, or it has another version, or its new profile is not there.
 */
static err_t why_not_updated(struct conn *conn, const struct device *device, struct problem *p)
{
    static const char sql[] = "SELECT d.version FROM device d JOIN tenant t ON t.number = d.tenant"
                              " WHERE d.id = ? AND t.id = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &device->id);
    bind_uuid(&s, &device->tenant_id);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device");
    int64_t stored = take_int(&s);
    if (stored != device->version)
        return fail(p, ERR_CONFLICT, "version",
                    "the device was changed meanwhile: version %lld was sent, %lld is stored",
                    (long long)device->version, (long long)stored);
    return fail(p, ERR_INVALID, "deviceProfileId", "Device is referencing to non-existent device profile!");
}

/* @p d: what is to be saved; afterwards what is stored. */
static err_t update_device(struct conn *conn, struct device *d, struct problem *p)
{
    static const char sql[] =
        "UPDATE device SET customer_id = ?3, name = ?4, label = ?5, additional_info = ?6, firmware_id = ?7,"
        " software_id = ?8, profile = p.number, type = p.name, version = device.version + 1, search "
        "= " FOLDED_SEARCH " FROM (SELECT p.* FROM " PROFILE_OF_INPUT ") p"
        " WHERE device.id = ?9 AND device.version = ?10 AND device.tenant = p.tenant"
        " RETURNING number, version, type";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_device(&s, d);
    bind_uuid(&s, &d->id);
    bind_int(&s, d->version);
    err_t err = run_returning(&s, d, p);
    return err == ERR_NOT_FOUND ? why_not_updated(conn, d, p) : err;
}

err_t sqlite_device_change(struct write *w, struct device *device, struct credentials *credentials,
                           struct problem *p)
{
    TRY(check_references(w->conn, device, p));
    TRY(update_device(w->conn, device, p));
    return credentials != NULL ? sqlite_credentials_replace(w, &device->tenant_id, credentials, p) : ERR_OK;
}

err_t sqlite_device_update(struct registry *base, struct device *device, struct credentials *credentials,
                           struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    struct device d = *device;
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&r->pool, &w, p));
    TRY(sqlite_device_change(&w, &d, credentials, p));
    TRY(write_commit(&w, p));
    match_cache_change(&r->matches);
    *device = d;
    if (credentials != NULL)
        credentials->version++;
    return ERR_OK;
}

static err_t read_device(struct statement *s, struct device *ret, struct problem *p)
{
    bool found;
    struct device device = {0};
    TRY(statement_row(s, &found, p));
    if (!found)
        return fail(p, ERR_NOT_FOUND, "", "no such device");
    take_device(s, &device);
    err_t err = statement_end(s, p);
    if (err == ERR_OK)
        *ret = device;
    else
        device_fini(&device);
    return err;
}

#define DEVICE_SELECT                                                                                        \
    "SELECT " DEVICE_COLUMNS " FROM device d WHERE d.tenant = (SELECT number FROM tenant WHERE id = ?)"

err_t sqlite_device_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                        struct device *ret, struct problem *p)
{
    static const char sql[] = DEVICE_SELECT " AND d.id = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_uuid(&s, id);
    return read_device(&s, ret, p);
}

err_t sqlite_device_by_name(struct registry *r, const struct uuid *tenant, const char *name,
                            struct device *ret, struct problem *p)
{
    static const char sql[] = DEVICE_SELECT " AND d.name = ?";
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, tenant);
    bind_text(&s, slice_str(name));
    return read_device(&s, ret, p);
}

err_t sqlite_device_by_number(struct registry *r, uint64_t number, struct device *ret, struct problem *p)
{
    AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(r)->pool);
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, "SELECT " DEVICE_COLUMNS " FROM device d WHERE d.number = ?", &s, p));
    bind_int(&s, (int64_t)number);
    return read_device(&s, ret, p);
}
