/* Login by an authority: the device of that name is found, made, or gets its new certificate; one transaction. */
#include "base/text.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdio.h>
#include <stdlib.h>

/* What of the registry the certificate meets; read by the transaction that is about to change it. */
struct scene {
    int64_t profile; /* number */
    struct uuid tenant_id;
    char profile_name[NAME_SIZE];
    bool has_device;
    int64_t device; /* number */
    int64_t device_profile;
    struct credentials credentials; /* of the device */
};

static err_t find_profile(struct conn *conn, const struct enrolment *e, struct scene *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT p.number, t.id, p.name FROM profile p JOIN tenant t ON t.number = p.tenant"
        " WHERE p.id = ? AND p.version = ?";
    AUTO_STATEMENT struct statement s = {0};
    bool found;
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &e->profile_id);
    bind_int(&s, e->profile_version);
    TRY(statement_row(&s, &found, p));
    if (!found)
        return fail(p, ERR_AGAIN, "", "the device profile was changed meanwhile");
    ret->profile = take_int(&s);
    ret->tenant_id = take_uuid(&s);
    take_text(&s, ret->profile_name, sizeof ret->profile_name);
    return statement_end(&s, p);
}

static err_t find_device(struct conn *conn, const struct enrolment *e, struct scene *ret, struct problem *p)
{
    static const char sql[] =
        "SELECT d.number, d.profile, d.id, c.id, c.version, c.type, c.credentials_id, c.value FROM device d"
        " JOIN credentials c ON c.device = d.number"
        " WHERE d.tenant = (SELECT number FROM tenant WHERE id = ?) AND d.name = ?";
    AUTO_STATEMENT struct statement s = {0};
    TRY(statement_open(conn, sql, &s, p));
    bind_uuid(&s, &ret->tenant_id);
    bind_text(&s, slice_str(e->device_name));
    TRY(statement_row(&s, &ret->has_device, p));
    if (!ret->has_device)
        return ERR_OK;
    ret->device = take_int(&s);
    ret->device_profile = take_int(&s);
    ret->credentials.device_id = take_uuid(&s);
    ret->credentials.id = take_uuid(&s);
    ret->credentials.version = take_int(&s);
    ret->credentials.type = (enum credentials_type)take_int(&s);
    take_text(&s, ret->credentials.credentials_id, sizeof ret->credentials.credentials_id);
    ret->credentials.value = take_text_or_null(&s);
    return statement_end(&s, p);
}

/* Bytes of a name that a sentence has room for, cut at a whole character. */
static int shown(const char *name)
{
    struct slice text = slice_str(name);
    return (int)text_utf8_prefix(slice_of(text.data, text.len < 64 ? text.len : 64));
}

static err_t check_may_replace(struct write *w, const struct enrolment *e, const struct scene *scene,
                               struct problem *p)
{
    if (scene->device_profile != scene->profile)
        return fail(p, ERR_DENIED, "certificate",
                    "certificate refused: device '%.*s' belongs to another device profile than '%.*s', whose "
                    "authority "
                    "signed it",
                    shown(e->device_name), e->device_name, shown(scene->profile_name), scene->profile_name);
    if (scene->credentials.type == CREDENTIALS_X509)
        TRY(sqlite_leaf_check_age(e->not_before_ms, sqlite_leaf_not_before(scene->credentials.value), p));
    return sqlite_leaf_check_retired(w, scene->device, e->fingerprint, e->not_before_ms, p);
}

static err_t put_certificate(const struct enrolment *e, struct credentials *c, struct problem *p)
{
    char *value = strdup(e->base64);
    if (value == NULL)
        return fail(p, ERR_NOMEM, "", "no memory");
    free(c->value);
    c->value = value;
    c->type = CREDENTIALS_X509;
    snprintf(c->credentials_id, sizeof c->credentials_id, "%s", e->fingerprint);
    return ERR_OK;
}

static err_t replace(struct write *w, const struct enrolment *e, struct scene *scene, struct problem *p)
{
    TRY(check_may_replace(w, e, scene, p));
    TRY(put_certificate(e, &scene->credentials, p));
    return sqlite_credentials_replace(w, &scene->tenant_id, &scene->credentials, p);
}

static err_t create(struct write *w, const struct enrolment *e, struct scene *scene, struct problem *p)
{
    struct device device = {.tenant_id = scene->tenant_id, .profile_id = e->profile_id};
    if (!e->may_create)
        return fail(p, ERR_DENIED, "certificate",
                    "certificate refused: there is no device '%.*s', and device profile '%.*s' does not let "
                    "it be created",
                    shown(e->device_name), e->device_name, shown(scene->profile_name), scene->profile_name);
    snprintf(device.name, sizeof device.name, "%s", e->device_name);
    TRY(put_certificate(e, &scene->credentials, p));
    return sqlite_device_insert(w, &device, &scene->credentials, p);
}

/* One writer at a time: of two logins at once the second finds what the first has left. */
static err_t enrol(struct write *w, const struct enrolment *e, struct scene *scene, struct door_entry *ret,
                   enum enrolment_outcome *ret_outcome, struct problem *p)
{
    TRY(find_profile(w->conn, e, scene, p));
    err_t err = sqlite_door_entry(w->conn, CREDENTIALS_X509, slice_str(e->fingerprint), ret, NULL, p);
    *ret_outcome = ENROLMENT_KNOWN;
    if (err != ERR_NOT_FOUND)
        return err;
    TRY(find_device(w->conn, e, scene, p));
    *ret_outcome = scene->has_device ? ENROLMENT_REPLACED : ENROLMENT_CREATED;
    TRY(scene->has_device ? replace(w, e, scene, p) : create(w, e, scene, p));
    return sqlite_door_entry(w->conn, CREDENTIALS_X509, slice_str(e->fingerprint), ret, NULL, p);
}

static err_t put_down(struct conn *conn, const struct enrolment *e, const struct scene *scene,
                      const struct door_entry *device, enum enrolment_outcome outcome, struct problem *p)
{
    if (e->audit == NULL || outcome == ENROLMENT_KNOWN)
        return ERR_OK;
    struct audit_entry entry = *e->audit;
    entry.tenant_id = scene->tenant_id;
    entry.customer_id = CUSTOMER_NOBODY;
    entry.entity_id = device->device_id;
    snprintf(entry.entity_type, sizeof entry.entity_type, "DEVICE");
    snprintf(entry.entity_name, sizeof entry.entity_name, "%s", device->name);
    snprintf(entry.action, sizeof entry.action, "%s",
             outcome == ENROLMENT_CREATED ? "PROVISION_SUCCESS" : "CREDENTIALS_UPDATED");
    return sqlite_audit_insert(conn, &entry, e->audit_bounds, p);
}

err_t sqlite_enrol(struct registry *base, const struct enrolment *e, struct door_entry *ret,
                   enum enrolment_outcome *ret_outcome, struct problem *p)
{
    struct sqlite_registry *r = sqlite_of(base);
    struct scene scene = {0};
    struct door_entry entry = {0};
    enum enrolment_outcome outcome = ENROLMENT_KNOWN;
    AUTO_WRITE struct write w = {0};
    TRY(write_begin(&r->pool, &w, p));
    err_t err = enrol(&w, e, &scene, &entry, &outcome, p);
    credentials_fini(&scene.credentials);
    if (err == ERR_OK)
        err = put_down(w.conn, e, &scene, &entry, outcome, p);
    if (err == ERR_OK)
        err = write_commit(&w, p);
    if (err != ERR_OK)
        return err;
    if (outcome != ENROLMENT_KNOWN)
        match_cache_change(&r->matches);
    *ret = entry;
    *ret_outcome = outcome;
    return ERR_OK;
}
