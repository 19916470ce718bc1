/**
 * @file registry_sqlite.h - the registry in one SQLite file, DIR/registry.db. Private to store/.
 *
 * WAL with synchronous=FULL: a commit has been synced when it returns. The schema is what migrations/ makes,
 * one numbered file a step; user_version counts them, application_id tells a registry from other files.
 */
#pragma once

#include "store/registry_ops.h"
#include "store/sqlite/match_cache.h"
#include "store/sqlite/pool.h"

struct sqlite_registry {
    struct registry base;
    struct pool pool;
    struct match_cache matches;
};

static inline struct sqlite_registry *sqlite_of(struct registry *r)
{
    return (struct sqlite_registry *)r;
}

MUST_USE err_t registry_sqlite_open(const char *dir, bool create, struct registry **ret,
                                    struct problem *problem);

/* registry_ops, by file. */

/* secrets.c */
err_t sqlite_secret(struct registry *r, const char *name, uint8_t *out, size_t size, struct problem *p);
/* tenants.c */
/* With group and profile; all members are taken. */
err_t sqlite_tenant_make(struct write *w, const struct tenant *tenant, struct problem *p);
err_t sqlite_tenant_default(struct registry *r, struct uuid *ret_tenant, struct problem *p);
err_t sqlite_tenant_add(struct registry *r, struct tenant *tenant, struct problem *p);
err_t sqlite_tenant_update(struct registry *r, struct tenant *tenant, struct problem *p);
err_t sqlite_tenant_get(struct registry *r, const struct uuid *id, struct tenant *ret, struct problem *p);
err_t sqlite_tenant_page(struct registry *r, const struct tenant_query *query, struct tenant_page *ret,
                         struct problem *p);
err_t sqlite_tenant_delete(struct registry *r, const struct uuid *id, struct problem *p);

/* groups.c, group_members.c, group_shares.c */
/* An owner's own group, within the write that changes it. @p ret_customer  its owner, or nil: the tenant; may be NULL.
 * NOT_FOUND; CONFLICT: an "All" */
err_t sqlite_group_own(struct conn *conn, const struct uuid *tenant, const struct uuid *id,
                       uint64_t *ret_number, struct uuid *ret_customer, struct problem *p);
err_t sqlite_group_all(struct registry *r, const struct uuid *owner, struct group *ret, struct problem *p);
err_t sqlite_group_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                       struct group *ret, struct problem *p);
err_t sqlite_group_by_name(struct registry *r, const struct uuid *owner, const char *name, struct group *ret,
                           struct problem *p);
err_t sqlite_group_page(struct registry *r, const struct group_query *query, struct group_page *ret,
                        struct problem *p);
err_t sqlite_group_memberships(struct registry *r, const struct uuid *viewer, const uint64_t *devices,
                               size_t count, membership_found *found, void *arg, struct problem *p);
err_t sqlite_group_add(struct registry *r, struct group *group, struct problem *p);
err_t sqlite_group_update(struct registry *r, struct group *group, struct problem *p);
err_t sqlite_group_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct problem *p);
err_t sqlite_group_add_devices(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                               const struct uuid *devices, size_t count, struct problem *p);
err_t sqlite_group_remove_devices(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                  const struct uuid *devices, size_t count, struct problem *p);
err_t sqlite_group_share(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                         const struct group_share *share, struct problem *p);
err_t sqlite_group_shares(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                          struct group_share *shares, size_t *ret_count, struct problem *p);
err_t sqlite_share_of_device(struct registry *r, const struct uuid *customer, uint64_t device,
                             enum share_right *ret, struct problem *p);
err_t sqlite_share_of_group(struct registry *r, const struct uuid *customer, const struct uuid *group,
                            enum share_right *ret, struct problem *p);

/* users.c */
err_t sqlite_user_add(struct registry *r, const struct user *user, struct problem *p);
err_t sqlite_user_by_email(struct registry *r, struct slice email, struct user *ret, struct problem *p);
err_t sqlite_user_by_id(struct registry *r, const struct uuid *id, struct user *ret, struct problem *p);
err_t sqlite_user_set_password(struct registry *r, const struct uuid *id, const char *hash,
                               struct problem *p);
err_t sqlite_user_update(struct registry *r, struct user *user, struct problem *p);
err_t sqlite_user_delete(struct registry *r, const struct uuid *id, struct problem *p);
/* The new password, and the end of all logins by the old one. */
err_t sqlite_password_write(struct conn *conn, const struct uuid *user, const char *hash, struct problem *p);

/* user_page.c */
#define USER_COLUMNS                                                                                         \
    "u.id, (SELECT id FROM tenant WHERE number = u.tenant), u.customer_id, u.created_ms, u.version,"         \
    " u.authority, u.email, u.first_name, u.last_name, u.phone, u.password_hash"
void take_user(struct statement *s, struct user *ret); /* of USER_COLUMNS */
err_t sqlite_user_page(struct registry *r, const struct user_query *query, struct user_page *ret,
                       struct problem *p);

/* logins.c */
err_t sqlite_logins_end(struct conn *conn, const struct uuid *user, struct problem *p); /* within a write */
err_t sqlite_login_add(struct registry *r, const struct login *login, struct problem *p);
err_t sqlite_login_get(struct registry *r, const struct uuid *id, struct login *ret, struct problem *p);
err_t sqlite_login_extend(struct registry *r, const struct uuid *id, int64_t expires_ms, struct problem *p);
err_t sqlite_login_end(struct registry *r, const struct uuid *id, struct problem *p);
err_t sqlite_login_list(struct registry *r, const struct uuid *user, struct login *logins, size_t *ret_count,
                        struct problem *p);
err_t sqlite_login_end_all(struct registry *r, const struct uuid *user, struct problem *p);

/* audit.c */
/** Within the transaction of what it tells of. */
err_t sqlite_audit_insert(struct conn *conn, const struct audit_entry *entry,
                          const struct audit_bounds *bounds, struct problem *p);
err_t sqlite_audit_walk(struct registry *r, const struct audit_query *query, struct audit_place *place,
                        struct audit_page *ret, struct problem *p);
err_t sqlite_audit_add(struct registry *r, const struct audit_entry *entry, const struct audit_bounds *bounds,
                       struct problem *p);
err_t sqlite_audit_page(struct registry *r, const struct audit_query *query, struct audit_page *ret,
                        struct problem *p);

/* api_keys.c */
err_t sqlite_api_key_add(struct registry *r, const struct api_key *key, struct problem *p);
err_t sqlite_api_key_find(struct registry *r, const uint8_t hash[API_KEY_HASH_SIZE], struct api_key *ret,
                          struct problem *p);
err_t sqlite_api_key_get(struct registry *r, const struct uuid *id, struct api_key *ret, struct problem *p);
err_t sqlite_api_key_update(struct registry *r, const struct api_key *key, struct problem *p);
err_t sqlite_api_key_delete(struct registry *r, const struct uuid *id, struct problem *p);
err_t sqlite_api_key_list(struct registry *r, const struct uuid *user, struct api_key *keys,
                          size_t *ret_count, struct problem *p);

/* forwardings.c */
err_t sqlite_forwarding_add(struct registry *r, struct forwarding *f, struct problem *p);
err_t sqlite_forwarding_update(struct registry *r, struct forwarding *f, struct problem *p);
err_t sqlite_forwarding_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct forwarding *ret, struct problem *p);
err_t sqlite_forwarding_list(struct registry *r, const struct uuid *tenant, struct forwarding **ret,
                             size_t *ret_count, struct problem *p);
err_t sqlite_forwarding_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                               struct problem *p);
err_t sqlite_device_notices(struct registry *r, struct device_notice *notices, size_t max, size_t *ret_count,
                            struct problem *p);
err_t sqlite_device_notices_forget(struct registry *r, int64_t number, struct problem *p);

/* activations.c */
err_t sqlite_activation_set(struct registry *r, const struct activation *activation, struct problem *p);
err_t sqlite_activation_find(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                             struct uuid *ret_user, struct problem *p);
err_t sqlite_activation_take(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                             const char *password_hash, struct uuid *ret_user, struct problem *p);

/* customers.c */
/* INVALID "customerId" unless it is one of the tenant's, or nobody. Within the write that refers to it. */
err_t sqlite_customer_check(struct conn *conn, const struct uuid *tenant, const struct uuid *customer,
                            struct problem *p);
err_t sqlite_customer_add(struct registry *r, struct customer *customer, struct problem *p);
err_t sqlite_customer_update(struct registry *r, struct customer *customer, struct problem *p);
err_t sqlite_customer_by_title(struct registry *r, const struct uuid *tenant, struct slice title,
                               struct customer *ret, struct problem *p);
err_t sqlite_customer_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct customer *ret, struct problem *p);
err_t sqlite_customer_page(struct registry *r, const struct customer_query *query, struct customer_page *ret,
                           struct problem *p);
err_t sqlite_customer_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                             struct problem *p);

/* profiles.c */
err_t sqlite_profile_default(struct registry *r, const struct uuid *tenant, struct profile *ret,
                             struct problem *p);
err_t sqlite_profile_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                         struct profile *ret, struct problem *p);
err_t sqlite_profile_by_id(struct registry *r, const struct uuid *id, struct profile *ret, struct problem *p);
err_t sqlite_profile_by_name(struct registry *r, const struct uuid *tenant, const char *name, bool create,
                             struct profile *ret, struct problem *p);
err_t sqlite_profile_by_provision_key(struct registry *r, struct slice key, struct profile *ret,
                                      struct problem *p);
err_t sqlite_profile_list(struct registry *r, const struct profile_query *query, struct profile_page *ret,
                          struct problem *p);
err_t sqlite_device_types(struct registry *r, const struct uuid *tenant, struct profile_page *ret,
                          struct problem *p);

/* profile_save.c */
err_t sqlite_profile_add(struct registry *r, struct profile *profile, struct problem *p);
err_t sqlite_profile_update(struct registry *r, struct profile *profile, struct problem *p);
err_t sqlite_profile_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct problem *p);
err_t sqlite_profile_set_default(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                 struct problem *p);

/* profiles.c, too */
err_t sqlite_profiles_by_authority(struct registry *r, uint32_t subject_hash,
                                   struct uuid ret_ids[AUTHORITY_PROFILES_MAX], size_t *ret_count,
                                   struct problem *p);

/* devices.c */
#define DEVICE_COLUMNS                                                                                       \
    "d.number, d.id, (SELECT id FROM tenant WHERE number = d.tenant), d.customer_id,"                        \
    " (SELECT id FROM profile WHERE number = d.profile), d.created_ms, d.version, d.name, d.type, d.label,"  \
    " d.additional_info, d.firmware_id, d.software_id"
void take_device(struct statement *s, struct device *ret); /* of DEVICE_COLUMNS */
struct uuid take_customer(struct statement *s);            /* NULL is nobody */
void bind_customer(struct statement *s, const struct uuid *customer);
/* Fills in ids, times and versions; what is filled in counts once the write is committed. */
err_t sqlite_device_insert(struct write *w, struct device *device, struct credentials *credentials,
                           struct problem *p);
err_t sqlite_device_add(struct registry *r, struct device *device, struct credentials *credentials,
                        struct problem *p);
/* One device within a write; @p device and @p credentials become what is stored. */
err_t sqlite_device_put(struct write *w, struct device *device, struct credentials *credentials,
                        struct problem *p);
err_t sqlite_device_change(struct write *w, struct device *device, struct credentials *credentials,
                           struct problem *p);
/* device_write_many.c */
err_t sqlite_device_write_many(struct registry *r, struct device_write *writes, size_t count,
                               struct problem *p);
err_t sqlite_device_update(struct registry *r, struct device *device, struct credentials *credentials,
                           struct problem *p);
err_t sqlite_device_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                        struct device *ret, struct problem *p);
err_t sqlite_device_by_name(struct registry *r, const struct uuid *tenant, const char *name,
                            struct device *ret, struct problem *p);
err_t sqlite_device_by_number(struct registry *r, uint64_t number, struct device *ret, struct problem *p);

/* retention.c */
err_t sqlite_telemetry_ttl(struct registry *r, uint64_t device, int64_t *ret_s, struct problem *p);
err_t sqlite_telemetry_ttl_is_set(struct registry *r, bool *ret, struct problem *p);

/* device_deletion.c */
err_t sqlite_devices_delete(struct registry *r, const struct uuid *tenant, const struct uuid *ids,
                            size_t count, bool *ret_was_there, struct problem *p);
err_t sqlite_deleted_next(struct registry *r, uint64_t *ret_number, struct problem *p);
err_t sqlite_deleted_forget(struct registry *r, const uint64_t *numbers, size_t count, struct problem *p);

/* ota_packages.c */
#define OTA_COLUMNS                                                                                          \
    "o.id, (SELECT id FROM tenant WHERE number = o.tenant), (SELECT id FROM profile WHERE number = "         \
    "o.profile),"                                                                                            \
    " o.created_ms, o.version, o.type, o.title, o.package_version, o.tag, o.url, o.file_name, "              \
    "o.content_type,"                                                                                        \
    " o.checksum_algorithm, o.checksum, o.data_size, o.additional_info"
/* A row of OTA_COLUMNS, or NOT_FOUND. */
err_t sqlite_ota_read(struct statement *s, struct ota_package *ret, struct problem *p);
/* May @p firmware and @p software (nil = none) be assigned to @p profile, or to a device of it? Within the write that
 * assigns them, so that neither is deleted in between. */
err_t sqlite_ota_check(struct conn *conn, const struct uuid *tenant, const struct uuid *profile,
                       const struct uuid *firmware, const struct uuid *software, struct problem *p);
err_t sqlite_ota_add(struct registry *r, struct ota_package *package, struct problem *p);
err_t sqlite_ota_update(struct registry *r, struct ota_package *package, struct problem *p);
err_t sqlite_ota_set_data(struct registry *r, struct ota_package *package, struct problem *p);
err_t sqlite_ota_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                     struct ota_package *ret, struct problem *p);
err_t sqlite_ota_of_device(struct registry *r, uint64_t device, enum ota_type type, struct ota_package *ret,
                           struct problem *p);
err_t sqlite_ota_page(struct registry *r, const struct ota_query *query, struct ota_page *ret,
                      struct problem *p);
err_t sqlite_ota_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                        struct problem *p);
err_t sqlite_ota_is_uploaded(struct registry *r, const struct uuid *id, bool *ret, struct problem *p);

/* ota_notices.c */
err_t sqlite_ota_notice_next(struct registry *r, struct ota_notice *ret, struct ota_package *ret_package,
                             struct problem *p);
err_t sqlite_ota_notice_devices(struct registry *r, const struct ota_notice *notice, uint64_t *devices,
                                size_t max, size_t *ret_count, struct problem *p);
err_t sqlite_ota_notice_advance(struct registry *r, const struct ota_notice *notice, uint64_t next_device,
                                struct problem *p);

/* rpcs.c */
err_t sqlite_rpc_add(struct registry *r, struct rpc *rpc, uint32_t max_open, struct problem *p);
err_t sqlite_rpc_get(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                     struct problem *p);
err_t sqlite_rpc_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                        struct problem *p);
err_t sqlite_rpc_page(struct registry *r, const struct rpc_query *query, struct rpc_page *ret,
                      struct problem *p);
err_t sqlite_rpc_advance(struct registry *r, const struct rpc_progress *progress, struct rpc *ret,
                         struct problem *p);
err_t sqlite_rpc_expire(struct registry *r, int64_t now_ms, int64_t keep_from_ms, int64_t *ret_next_ms,
                        struct problem *p);
err_t sqlite_rpc_open_of_device(struct registry *r, uint64_t device, uint64_t after, struct rpc *rows,
                                size_t max, size_t *ret_count, struct problem *p);
err_t sqlite_rpc_is_open(struct registry *r, uint64_t number, bool *ret, struct problem *p);
err_t sqlite_rpc_open_devices(struct registry *r, uint64_t after, uint64_t *devices, size_t max,
                              size_t *ret_count, struct problem *p);

/* device_page.c */
/* device_state.c */
err_t sqlite_device_overview(struct registry *r, const struct uuid *tenant, const struct uuid *viewer,
                             const struct device_judge *judge, int64_t now_ms, struct device_overview *ret,
                             struct problem *p);
err_t sqlite_credentials_expiry(struct registry *r, uint64_t device, enum credentials_type *ret_type,
                                int64_t *ret_not_after_ms, struct problem *p);
err_t sqlite_device_page(struct registry *r, const struct device_query *query, struct device_page *ret,
                         struct problem *p);

/* credentials.c */
err_t sqlite_credentials_insert(struct write *w, const struct credentials *c, uint64_t device,
                                struct problem *p);
err_t sqlite_credentials_replace(struct write *w, const struct uuid *tenant, const struct credentials *c,
                                 struct problem *p);
err_t sqlite_credentials_get(struct registry *r, const struct uuid *tenant, const struct uuid *device,
                             struct credentials *ret, struct problem *p);
err_t sqlite_credentials_save(struct registry *r, const struct uuid *tenant, struct credentials *c,
                              struct problem *p);
err_t sqlite_door_entry(struct conn *conn, enum credentials_type type, struct slice credentials_id,
                        struct door_entry *ret, struct credentials *ret_credentials_or_null,
                        struct problem *p);
err_t sqlite_door_find(struct registry *r, enum credentials_type type, struct slice credentials_id,
                       struct door_entry *ret, struct credentials *ret_credentials_or_null,
                       struct problem *p);

/* retired_leaf.c: certificates that devices had */
int64_t sqlite_leaf_not_before(const char *base64); /* 0 when it cannot be read */
/* The credentials (by row) are about to become @p next: keep in mind the certificate that goes, if one does. */
err_t sqlite_leaf_retire(struct write *w, int64_t credentials, const struct credentials *next,
                         struct problem *p);
/* DENIED: older than the newest one that the device had. */
err_t sqlite_leaf_check_age(int64_t not_before_ms, int64_t newest_ms, struct problem *p);
/* DENIED: the device had it, or a newer one. */
err_t sqlite_leaf_check_retired(struct write *w, int64_t device, const char *credentials_id,
                                int64_t not_before_ms, struct problem *p);

/* enrolment.c */
err_t sqlite_enrol(struct registry *r, const struct enrolment *enrolment, struct door_entry *ret,
                   enum enrolment_outcome *ret_outcome, struct problem *p);
