/**
 * @file registry_ops.h - what an implementation of the registry provides. Private to store/.
 *
 * An implementation's struct begins with `struct registry`; each member does what the function
 * registry_<name> of registry.h promises.
 */
#pragma once

#include "store/registry_audit.h"
#include "store/registry_forwarding.h"
#include "store/registry_groups.h"
#include "store/registry_people.h"

struct registry_ops {
    void (*close)(struct registry *r);
    err_t (*secret)(struct registry *r, const char *name, uint8_t *out, size_t size, struct problem *p);
    err_t (*tenant_default)(struct registry *r, struct uuid *ret_tenant, struct problem *p);

    err_t (*tenant_add)(struct registry *r, struct tenant *tenant, struct problem *p);
    err_t (*tenant_update)(struct registry *r, struct tenant *tenant, struct problem *p);
    err_t (*tenant_get)(struct registry *r, const struct uuid *id, struct tenant *ret, struct problem *p);
    err_t (*tenant_page)(struct registry *r, const struct tenant_query *query, struct tenant_page *ret,
                         struct problem *p);
    err_t (*tenant_delete)(struct registry *r, const struct uuid *id, struct problem *p);

    err_t (*user_update)(struct registry *r, struct user *user, struct problem *p);
    err_t (*user_delete)(struct registry *r, const struct uuid *id, struct problem *p);
    err_t (*user_page)(struct registry *r, const struct user_query *query, struct user_page *ret,
                       struct problem *p);
    err_t (*user_add)(struct registry *r, const struct user *user, struct problem *p);
    err_t (*user_by_email)(struct registry *r, struct slice email, struct user *ret, struct problem *p);
    err_t (*user_by_id)(struct registry *r, const struct uuid *id, struct user *ret, struct problem *p);
    err_t (*user_set_password)(struct registry *r, const struct uuid *id, const char *hash,
                               struct problem *p);

    err_t (*activation_set)(struct registry *r, const struct activation *activation, struct problem *p);
    err_t (*activation_find)(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                             struct uuid *ret_user, struct problem *p);
    err_t (*activation_take)(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                             const char *password_hash, struct uuid *ret_user, struct problem *p);

    err_t (*customer_add)(struct registry *r, struct customer *customer, struct problem *p);
    err_t (*customer_update)(struct registry *r, struct customer *customer, struct problem *p);
    err_t (*customer_by_title)(struct registry *r, const struct uuid *tenant, struct slice title,
                               struct customer *ret, struct problem *p);
    err_t (*customer_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct customer *ret, struct problem *p);
    err_t (*customer_page)(struct registry *r, const struct customer_query *query, struct customer_page *ret,
                           struct problem *p);
    err_t (*customer_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                             struct problem *p);

    err_t (*login_add)(struct registry *r, const struct login *login, struct problem *p);
    err_t (*login_get)(struct registry *r, const struct uuid *id, struct login *ret, struct problem *p);
    err_t (*login_extend)(struct registry *r, const struct uuid *id, int64_t expires_ms, struct problem *p);
    err_t (*login_end)(struct registry *r, const struct uuid *id, struct problem *p);
    err_t (*login_list)(struct registry *r, const struct uuid *user, struct login *logins, size_t *ret_count,
                        struct problem *p);
    err_t (*login_end_all)(struct registry *r, const struct uuid *user, struct problem *p);

    err_t (*audit_add)(struct registry *r, const struct audit_entry *entry, const struct audit_bounds *bounds,
                       struct problem *p);
    err_t (*audit_walk)(struct registry *r, const struct audit_query *query, struct audit_place *place,
                        struct audit_page *ret, struct problem *p);
    err_t (*audit_page)(struct registry *r, const struct audit_query *query, struct audit_page *ret,
                        struct problem *p);

    err_t (*api_key_add)(struct registry *r, const struct api_key *key, struct problem *p);
    err_t (*api_key_find)(struct registry *r, const uint8_t hash[API_KEY_HASH_SIZE], struct api_key *ret,
                          struct problem *p);
    err_t (*api_key_get)(struct registry *r, const struct uuid *id, struct api_key *ret, struct problem *p);
    err_t (*api_key_update)(struct registry *r, const struct api_key *key, struct problem *p);
    err_t (*api_key_delete)(struct registry *r, const struct uuid *id, struct problem *p);
    err_t (*api_key_list)(struct registry *r, const struct uuid *user, struct api_key *keys,
                          size_t *ret_count, struct problem *p);

    err_t (*profile_default)(struct registry *r, const struct uuid *tenant, struct profile *ret,
                             struct problem *p);
    err_t (*profile_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                         struct profile *ret, struct problem *p);
    err_t (*profile_by_id)(struct registry *r, const struct uuid *id, struct profile *ret, struct problem *p);
    err_t (*profile_by_name)(struct registry *r, const struct uuid *tenant, const char *name, bool create,
                             struct profile *ret, struct problem *p);
    err_t (*profile_by_provision_key)(struct registry *r, struct slice key, struct profile *ret,
                                      struct problem *p);
    err_t (*profiles_by_authority)(struct registry *r, uint32_t subject_hash,
                                   struct uuid ret_ids[AUTHORITY_PROFILES_MAX], size_t *ret_count,
                                   struct problem *p);
    err_t (*profile_list)(struct registry *r, const struct profile_query *query, struct profile_page *ret,
                          struct problem *p);
    err_t (*profile_add)(struct registry *r, struct profile *profile, struct problem *p);
    err_t (*profile_update)(struct registry *r, struct profile *profile, struct problem *p);
    err_t (*profile_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct problem *p);
    err_t (*profile_set_default)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                 struct problem *p);

    err_t (*device_add)(struct registry *r, struct device *device, struct credentials *credentials,
                        struct problem *p);
    err_t (*device_write_many)(struct registry *r, struct device_write *writes, size_t count,
                               struct problem *p);
    err_t (*device_update)(struct registry *r, struct device *device, struct credentials *credentials,
                           struct problem *p);
    err_t (*device_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                        struct device *ret, struct problem *p);
    err_t (*device_by_name)(struct registry *r, const struct uuid *tenant, const char *name,
                            struct device *ret, struct problem *p);
    err_t (*device_by_number)(struct registry *r, uint64_t number, struct device *ret, struct problem *p);
    err_t (*telemetry_ttl)(struct registry *r, uint64_t device, int64_t *ret_s, struct problem *p);
    err_t (*telemetry_ttl_is_set)(struct registry *r, bool *ret, struct problem *p);
    err_t (*devices_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *ids,
                            size_t count, bool *ret_was_there, struct problem *p);
    err_t (*device_overview)(struct registry *r, const struct uuid *tenant, const struct uuid *viewer,
                             const struct device_judge *judge, int64_t now_ms, struct device_overview *ret,
                             struct problem *p);
    err_t (*credentials_expiry)(struct registry *r, uint64_t device, enum credentials_type *ret_type,
                                int64_t *ret_not_after_ms, struct problem *p);
    err_t (*device_page)(struct registry *r, const struct device_query *query, struct device_page *ret,
                         struct problem *p);
    err_t (*device_types)(struct registry *r, const struct uuid *tenant, struct profile_page *ret,
                          struct problem *p);
    err_t (*deleted_next)(struct registry *r, uint64_t *ret_number, struct problem *p);
    err_t (*deleted_forget)(struct registry *r, const uint64_t *numbers, size_t count, struct problem *p);

    err_t (*credentials_get)(struct registry *r, const struct uuid *tenant, const struct uuid *device,
                             struct credentials *ret, struct problem *p);
    err_t (*credentials_save)(struct registry *r, const struct uuid *tenant, struct credentials *c,
                              struct problem *p);
    err_t (*enrol)(struct registry *r, const struct enrolment *enrolment, struct door_entry *ret,
                   enum enrolment_outcome *ret_outcome, struct problem *p);
    err_t (*door_find)(struct registry *r, enum credentials_type type, struct slice credentials_id,
                       struct door_entry *ret, struct credentials *ret_credentials_or_null,
                       struct problem *p);

    err_t (*group_all)(struct registry *r, const struct uuid *owner, struct group *ret, struct problem *p);
    err_t (*group_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                       struct group *ret, struct problem *p);
    err_t (*group_by_name)(struct registry *r, const struct uuid *owner, const char *name, struct group *ret,
                           struct problem *p);
    err_t (*group_page)(struct registry *r, const struct group_query *query, struct group_page *ret,
                        struct problem *p);
    err_t (*group_memberships)(struct registry *r, const struct uuid *viewer, const uint64_t *devices,
                               size_t count, membership_found *found, void *arg, struct problem *p);
    err_t (*group_add)(struct registry *r, struct group *group, struct problem *p);
    err_t (*group_update)(struct registry *r, struct group *group, struct problem *p);
    err_t (*group_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct problem *p);
    err_t (*group_add_devices)(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                               const struct uuid *devices, size_t count, struct problem *p);
    err_t (*group_remove_devices)(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                  const struct uuid *devices, size_t count, struct problem *p);
    err_t (*group_share)(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                         const struct group_share *share, struct problem *p);
    err_t (*group_shares)(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                          struct group_share *shares, size_t *ret_count, struct problem *p);
    err_t (*share_of_device)(struct registry *r, const struct uuid *customer, uint64_t device,
                             enum share_right *ret, struct problem *p);
    err_t (*share_of_group)(struct registry *r, const struct uuid *customer, const struct uuid *group,
                            enum share_right *ret, struct problem *p);

    err_t (*ota_add)(struct registry *r, struct ota_package *package, struct problem *p);
    err_t (*ota_update)(struct registry *r, struct ota_package *package, struct problem *p);
    err_t (*ota_set_data)(struct registry *r, struct ota_package *package, struct problem *p);
    err_t (*ota_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                     struct ota_package *ret, struct problem *p);
    err_t (*ota_of_device)(struct registry *r, uint64_t device, enum ota_type type, struct ota_package *ret,
                           struct problem *p);
    err_t (*ota_page)(struct registry *r, const struct ota_query *query, struct ota_page *ret,
                      struct problem *p);
    err_t (*ota_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                        struct problem *p);
    err_t (*ota_is_uploaded)(struct registry *r, const struct uuid *id, bool *ret, struct problem *p);
    err_t (*ota_notice_next)(struct registry *r, struct ota_notice *ret, struct ota_package *ret_package,
                             struct problem *p);
    err_t (*ota_notice_devices)(struct registry *r, const struct ota_notice *notice, uint64_t *devices,
                                size_t max, size_t *ret_count, struct problem *p);
    err_t (*ota_notice_advance)(struct registry *r, const struct ota_notice *notice, uint64_t next_device,
                                struct problem *p);

    err_t (*rpc_add)(struct registry *r, struct rpc *rpc, uint32_t max_open, struct problem *p);
    err_t (*rpc_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                     struct problem *p);
    err_t (*rpc_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                        struct problem *p);
    err_t (*rpc_page)(struct registry *r, const struct rpc_query *query, struct rpc_page *ret,
                      struct problem *p);
    err_t (*rpc_advance)(struct registry *r, const struct rpc_progress *progress, struct rpc *ret,
                         struct problem *p);
    err_t (*rpc_expire)(struct registry *r, int64_t now_ms, int64_t keep_from_ms, int64_t *ret_next_ms,
                        struct problem *p);
    err_t (*rpc_open_of_device)(struct registry *r, uint64_t device, uint64_t after, struct rpc *rows,
                                size_t max, size_t *ret_count, struct problem *p);
    err_t (*rpc_is_open)(struct registry *r, uint64_t number, bool *ret, struct problem *p);
    err_t (*rpc_open_devices)(struct registry *r, uint64_t after, uint64_t *devices, size_t max,
                              size_t *ret_count, struct problem *p);

    err_t (*forwarding_add)(struct registry *r, struct forwarding *forwarding, struct problem *p);
    err_t (*forwarding_update)(struct registry *r, struct forwarding *forwarding, struct problem *p);
    err_t (*forwarding_get)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct forwarding *ret, struct problem *p);
    err_t (*forwarding_list)(struct registry *r, const struct uuid *tenant, struct forwarding **ret,
                             size_t *ret_count, struct problem *p);
    err_t (*forwarding_delete)(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                               struct problem *p);
    err_t (*device_notices)(struct registry *r, struct device_notice *notices, size_t max, size_t *ret_count,
                            struct problem *p);
    err_t (*device_notices_forget)(struct registry *r, int64_t number, struct problem *p);
};

struct registry {
    const struct registry_ops *ops;
};
