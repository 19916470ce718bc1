#include "store/registry_people.h"

#include "store/registry_ops.h"

#include <stdlib.h>

void tenant_page_fini(struct tenant_page *page)
{
    free(page->tenants);
    *page = (struct tenant_page){0};
}

void audit_page_fini(struct audit_page *page)
{
    free(page->entries);
    *page = (struct audit_page){0};
}

err_t registry_audit_add(struct registry *r, const struct audit_entry *entry,
                         const struct audit_bounds *bounds, struct problem *p)
{
    return r->ops->audit_add(r, entry, bounds, p);
}

err_t registry_audit_walk(struct registry *r, const struct audit_query *query, struct audit_place *place,
                          struct audit_page *ret, struct problem *p)
{
    return r->ops->audit_walk(r, query, place, ret, p);
}

err_t registry_audit_page(struct registry *r, const struct audit_query *query, struct audit_page *ret,
                          struct problem *p)
{
    return r->ops->audit_page(r, query, ret, p);
}

void user_page_fini(struct user_page *page)
{
    free(page->users);
    *page = (struct user_page){0};
}

err_t registry_user_add(struct registry *r, const struct user *user, struct problem *p)
{
    return r->ops->user_add(r, user, p);
}

err_t registry_user_by_email(struct registry *r, struct slice email, struct user *ret, struct problem *p)
{
    return r->ops->user_by_email(r, email, ret, p);
}

err_t registry_user_by_id(struct registry *r, const struct uuid *id, struct user *ret, struct problem *p)
{
    return r->ops->user_by_id(r, id, ret, p);
}

err_t registry_user_set_password(struct registry *r, const struct uuid *id, const char *hash,
                                 struct problem *p)
{
    return r->ops->user_set_password(r, id, hash, p);
}

err_t registry_activation_set(struct registry *r, const struct activation *activation, struct problem *p)
{
    return r->ops->activation_set(r, activation, p);
}

err_t registry_activation_find(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                               struct uuid *ret_user, struct problem *p)
{
    return r->ops->activation_find(r, hash, ret_user, p);
}

err_t registry_activation_take(struct registry *r, const uint8_t hash[ACTIVATION_HASH_SIZE],
                               const char *password_hash, struct uuid *ret_user, struct problem *p)
{
    return r->ops->activation_take(r, hash, password_hash, ret_user, p);
}

err_t registry_login_add(struct registry *r, const struct login *login, struct problem *p)
{
    return r->ops->login_add(r, login, p);
}

err_t registry_login_get(struct registry *r, const struct uuid *id, struct login *ret, struct problem *p)
{
    return r->ops->login_get(r, id, ret, p);
}

err_t registry_login_extend(struct registry *r, const struct uuid *id, int64_t expires_ms, struct problem *p)
{
    return r->ops->login_extend(r, id, expires_ms, p);
}

err_t registry_login_end(struct registry *r, const struct uuid *id, struct problem *p)
{
    return r->ops->login_end(r, id, p);
}

err_t registry_tenant_add(struct registry *r, struct tenant *tenant, struct problem *p)
{
    return r->ops->tenant_add(r, tenant, p);
}

err_t registry_tenant_update(struct registry *r, struct tenant *tenant, struct problem *p)
{
    return r->ops->tenant_update(r, tenant, p);
}

err_t registry_tenant_get(struct registry *r, const struct uuid *id, struct tenant *ret, struct problem *p)
{
    return r->ops->tenant_get(r, id, ret, p);
}

err_t registry_tenant_page(struct registry *r, const struct tenant_query *query, struct tenant_page *ret,
                           struct problem *p)
{
    return r->ops->tenant_page(r, query, ret, p);
}

err_t registry_tenant_delete(struct registry *r, const struct uuid *id, struct problem *p)
{
    return r->ops->tenant_delete(r, id, p);
}

err_t registry_user_update(struct registry *r, struct user *user, struct problem *p)
{
    return r->ops->user_update(r, user, p);
}

err_t registry_user_delete(struct registry *r, const struct uuid *id, struct problem *p)
{
    return r->ops->user_delete(r, id, p);
}

err_t registry_user_page(struct registry *r, const struct user_query *query, struct user_page *ret,
                         struct problem *p)
{
    return r->ops->user_page(r, query, ret, p);
}

err_t registry_login_list(struct registry *r, const struct uuid *user, struct login *logins,
                          size_t *ret_count, struct problem *p)
{
    return r->ops->login_list(r, user, logins, ret_count, p);
}

err_t registry_login_end_all(struct registry *r, const struct uuid *user, struct problem *p)
{
    return r->ops->login_end_all(r, user, p);
}

err_t registry_api_key_add(struct registry *r, const struct api_key *key, struct problem *p)
{
    return r->ops->api_key_add(r, key, p);
}

err_t registry_api_key_find(struct registry *r, const uint8_t hash[API_KEY_HASH_SIZE], struct api_key *ret,
                            struct problem *p)
{
    return r->ops->api_key_find(r, hash, ret, p);
}

err_t registry_api_key_get(struct registry *r, const struct uuid *id, struct api_key *ret, struct problem *p)
{
    return r->ops->api_key_get(r, id, ret, p);
}

err_t registry_api_key_update(struct registry *r, const struct api_key *key, struct problem *p)
{
    return r->ops->api_key_update(r, key, p);
}

err_t registry_api_key_delete(struct registry *r, const struct uuid *id, struct problem *p)
{
    return r->ops->api_key_delete(r, id, p);
}

err_t registry_api_key_list(struct registry *r, const struct uuid *user, struct api_key *keys,
                            size_t *ret_count, struct problem *p)
{
    return r->ops->api_key_list(r, user, keys, ret_count, p);
}
