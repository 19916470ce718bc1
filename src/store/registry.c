/* Hands each call of registry.h to the implementation behind it. */
#include "store/registry.h"

#include "store/registry_deletion.h"
#include "store/registry_ops.h"
#include "store/sqlite/registry_sqlite.h"

#include <stdlib.h>

void device_page_fini(struct device_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        device_fini(&page->devices[i]);
    free(page->devices);
    *page = (struct device_page){0};
}

void profile_page_fini(struct profile_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        profile_fini(&page->profiles[i]);
    free(page->profiles);
    *page = (struct profile_page){0};
}

void rpc_page_fini(struct rpc_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        rpc_fini(&page->rpcs[i]);
    free(page->rpcs);
    *page = (struct rpc_page){0};
}

void ota_page_fini(struct ota_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        ota_package_fini(&page->packages[i]);
    free(page->packages);
    *page = (struct ota_page){0};
}

void customer_page_fini(struct customer_page *page)
{
    free(page->customers);
    *page = (struct customer_page){0};
}

err_t registry_open(const char *dir, bool create, struct registry **ret, struct problem *problem)
{
    return registry_sqlite_open(dir, create, ret, problem);
}

void registry_close(struct registry *registry)
{
    if (registry != NULL)
        registry->ops->close(registry);
}

err_t registry_secret(struct registry *r, const char *name, uint8_t *out, size_t size, struct problem *p)
{
    return r->ops->secret(r, name, out, size, p);
}

err_t registry_tenant_default(struct registry *r, struct uuid *ret_tenant, struct problem *p)
{
    return r->ops->tenant_default(r, ret_tenant, p);
}

err_t registry_customer_add(struct registry *r, struct customer *customer, struct problem *p)
{
    return r->ops->customer_add(r, customer, p);
}

err_t registry_customer_update(struct registry *r, struct customer *customer, struct problem *p)
{
    return r->ops->customer_update(r, customer, p);
}

err_t registry_customer_by_title(struct registry *r, const struct uuid *tenant, struct slice title,
                                 struct customer *ret, struct problem *p)
{
    return r->ops->customer_by_title(r, tenant, title, ret, p);
}

err_t registry_customer_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct customer *ret, struct problem *p)
{
    return r->ops->customer_get(r, tenant, id, ret, p);
}

err_t registry_customer_page(struct registry *r, const struct customer_query *query,
                             struct customer_page *ret, struct problem *p)
{
    return r->ops->customer_page(r, query, ret, p);
}

err_t registry_customer_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                               struct problem *p)
{
    return r->ops->customer_delete(r, tenant, id, p);
}

err_t registry_profile_default(struct registry *r, const struct uuid *tenant, struct profile *ret,
                               struct problem *p)
{
    return r->ops->profile_default(r, tenant, ret, p);
}

err_t registry_profile_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                           struct profile *ret, struct problem *p)
{
    return r->ops->profile_get(r, tenant, id, ret, p);
}

err_t registry_profile_by_name(struct registry *r, const struct uuid *tenant, const char *name, bool create,
                               struct profile *ret, struct problem *p)
{
    return r->ops->profile_by_name(r, tenant, name, create, ret, p);
}

err_t registry_profile_by_id(struct registry *r, const struct uuid *id, struct profile *ret,
                             struct problem *p)
{
    return r->ops->profile_by_id(r, id, ret, p);
}

err_t registry_profile_by_provision_key(struct registry *r, struct slice key, struct profile *ret,
                                        struct problem *p)
{
    return r->ops->profile_by_provision_key(r, key, ret, p);
}

err_t registry_profiles_by_authority(struct registry *r, uint32_t subject_hash,
                                     struct uuid ret_ids[AUTHORITY_PROFILES_MAX], size_t *ret_count,
                                     struct problem *p)
{
    return r->ops->profiles_by_authority(r, subject_hash, ret_ids, ret_count, p);
}

err_t registry_profile_list(struct registry *r, const struct profile_query *query, struct profile_page *ret,
                            struct problem *p)
{
    return r->ops->profile_list(r, query, ret, p);
}

err_t registry_profile_add(struct registry *r, struct profile *profile, struct problem *p)
{
    return r->ops->profile_add(r, profile, p);
}

err_t registry_profile_update(struct registry *r, struct profile *profile, struct problem *p)
{
    return r->ops->profile_update(r, profile, p);
}

err_t registry_profile_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                              struct problem *p)
{
    return r->ops->profile_delete(r, tenant, id, p);
}

err_t registry_profile_set_default(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                   struct problem *p)
{
    return r->ops->profile_set_default(r, tenant, id, p);
}

err_t registry_device_add(struct registry *r, struct device *device, struct credentials *credentials,
                          struct problem *p)
{
    return r->ops->device_add(r, device, credentials, p);
}

err_t registry_device_write_many(struct registry *r, struct device_write *writes, size_t count,
                                 struct problem *p)
{
    return r->ops->device_write_many(r, writes, count, p);
}

err_t registry_device_update(struct registry *r, struct device *device, struct credentials *credentials,
                             struct problem *p)
{
    return r->ops->device_update(r, device, credentials, p);
}

err_t registry_device_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct device *ret, struct problem *p)
{
    return r->ops->device_get(r, tenant, id, ret, p);
}

err_t registry_device_by_name(struct registry *r, const struct uuid *tenant, const char *name,
                              struct device *ret, struct problem *p)
{
    return r->ops->device_by_name(r, tenant, name, ret, p);
}

err_t registry_telemetry_ttl(struct registry *r, uint64_t device, int64_t *ret_s, struct problem *p)
{
    return r->ops->telemetry_ttl(r, device, ret_s, p);
}

err_t registry_telemetry_ttl_is_set(struct registry *r, bool *ret, struct problem *p)
{
    return r->ops->telemetry_ttl_is_set(r, ret, p);
}

err_t registry_device_by_number(struct registry *r, uint64_t number, struct device *ret, struct problem *p)
{
    return r->ops->device_by_number(r, number, ret, p);
}

err_t registry_devices_delete(struct registry *r, const struct uuid *tenant, const struct uuid *ids,
                              size_t count, bool *ret_was_there, struct problem *p)
{
    return r->ops->devices_delete(r, tenant, ids, count, ret_was_there, p);
}

err_t registry_device_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                             struct problem *p)
{
    bool was_there = false;
    TRY(registry_devices_delete(r, tenant, id, 1, &was_there, p));
    return was_there ? ERR_OK : fail(p, ERR_NOT_FOUND, "", "no such device");
}

err_t registry_device_overview(struct registry *r, const struct uuid *tenant, const struct uuid *viewer,
                               const struct device_judge *judge, int64_t now_ms, struct device_overview *ret,
                               struct problem *p)
{
    return r->ops->device_overview(r, tenant, viewer, judge, now_ms, ret, p);
}

err_t registry_credentials_expiry(struct registry *r, uint64_t device, enum credentials_type *ret_type,
                                  int64_t *ret_not_after_ms, struct problem *p)
{
    return r->ops->credentials_expiry(r, device, ret_type, ret_not_after_ms, p);
}

err_t registry_device_page(struct registry *r, const struct device_query *query, struct device_page *ret,
                           struct problem *p)
{
    return r->ops->device_page(r, query, ret, p);
}

err_t registry_device_types(struct registry *r, const struct uuid *tenant, struct profile_page *ret,
                            struct problem *p)
{
    return r->ops->device_types(r, tenant, ret, p);
}

err_t registry_deleted_next(struct registry *r, uint64_t *ret_number, struct problem *p)
{
    return r->ops->deleted_next(r, ret_number, p);
}

err_t registry_deleted_forget(struct registry *r, const uint64_t *numbers, size_t count, struct problem *p)
{
    return r->ops->deleted_forget(r, numbers, count, p);
}

err_t registry_credentials_get(struct registry *r, const struct uuid *tenant, const struct uuid *device,
                               struct credentials *ret, struct problem *p)
{
    return r->ops->credentials_get(r, tenant, device, ret, p);
}

err_t registry_credentials_save(struct registry *r, const struct uuid *tenant, struct credentials *c,
                                struct problem *p)
{
    return r->ops->credentials_save(r, tenant, c, p);
}

err_t registry_enrol(struct registry *r, const struct enrolment *enrolment, struct door_entry *ret,
                     enum enrolment_outcome *ret_outcome, struct problem *p)
{
    return r->ops->enrol(r, enrolment, ret, ret_outcome, p);
}

err_t registry_door_find(struct registry *r, enum credentials_type type, struct slice credentials_id,
                         struct door_entry *ret, struct credentials *ret_credentials_or_null,
                         struct problem *p)
{
    return r->ops->door_find(r, type, credentials_id, ret, ret_credentials_or_null, p);
}

err_t registry_ota_add(struct registry *r, struct ota_package *package, struct problem *p)
{
    return r->ops->ota_add(r, package, p);
}

err_t registry_ota_update(struct registry *r, struct ota_package *package, struct problem *p)
{
    return r->ops->ota_update(r, package, p);
}

err_t registry_ota_set_data(struct registry *r, struct ota_package *package, struct problem *p)
{
    return r->ops->ota_set_data(r, package, p);
}

err_t registry_ota_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                       struct ota_package *ret, struct problem *p)
{
    return r->ops->ota_get(r, tenant, id, ret, p);
}

err_t registry_ota_of_device(struct registry *r, uint64_t device, enum ota_type type, struct ota_package *ret,
                             struct problem *p)
{
    return r->ops->ota_of_device(r, device, type, ret, p);
}

err_t registry_ota_page(struct registry *r, const struct ota_query *query, struct ota_page *ret,
                        struct problem *p)
{
    return r->ops->ota_page(r, query, ret, p);
}

err_t registry_ota_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct problem *p)
{
    return r->ops->ota_delete(r, tenant, id, p);
}

err_t registry_ota_is_uploaded(struct registry *r, const struct uuid *id, bool *ret, struct problem *p)
{
    return r->ops->ota_is_uploaded(r, id, ret, p);
}

err_t registry_ota_notice_next(struct registry *r, struct ota_notice *ret, struct ota_package *ret_package,
                               struct problem *p)
{
    return r->ops->ota_notice_next(r, ret, ret_package, p);
}

err_t registry_ota_notice_devices(struct registry *r, const struct ota_notice *notice, uint64_t *devices,
                                  size_t max, size_t *ret_count, struct problem *p)
{
    return r->ops->ota_notice_devices(r, notice, devices, max, ret_count, p);
}

err_t registry_ota_notice_advance(struct registry *r, const struct ota_notice *notice, uint64_t next_device,
                                  struct problem *p)
{
    return r->ops->ota_notice_advance(r, notice, next_device, p);
}

err_t registry_rpc_add(struct registry *r, struct rpc *rpc, uint32_t max_open, struct problem *p)
{
    return r->ops->rpc_add(r, rpc, max_open, p);
}

err_t registry_rpc_get(struct registry *r, const struct uuid *tenant, const struct uuid *id, struct rpc *ret,
                       struct problem *p)
{
    return r->ops->rpc_get(r, tenant, id, ret, p);
}

err_t registry_rpc_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                          struct rpc *ret, struct problem *p)
{
    return r->ops->rpc_delete(r, tenant, id, ret, p);
}

err_t registry_rpc_page(struct registry *r, const struct rpc_query *query, struct rpc_page *ret,
                        struct problem *p)
{
    return r->ops->rpc_page(r, query, ret, p);
}

err_t registry_rpc_advance(struct registry *r, const struct rpc_progress *progress, struct rpc *ret,
                           struct problem *p)
{
    return r->ops->rpc_advance(r, progress, ret, p);
}

err_t registry_rpc_expire(struct registry *r, int64_t now_ms, int64_t keep_from_ms, int64_t *ret_next_ms,
                          struct problem *p)
{
    return r->ops->rpc_expire(r, now_ms, keep_from_ms, ret_next_ms, p);
}

err_t registry_rpc_open_of_device(struct registry *r, uint64_t device, uint64_t after, struct rpc *rows,
                                  size_t max, size_t *ret_count, struct problem *p)
{
    return r->ops->rpc_open_of_device(r, device, after, rows, max, ret_count, p);
}

err_t registry_rpc_is_open(struct registry *r, uint64_t number, bool *ret, struct problem *p)
{
    return r->ops->rpc_is_open(r, number, ret, p);
}

err_t registry_rpc_open_devices(struct registry *r, uint64_t after, uint64_t *devices, size_t max,
                                size_t *ret_count, struct problem *p)
{
    return r->ops->rpc_open_devices(r, after, devices, max, ret_count, p);
}
