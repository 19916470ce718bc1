#include "store/registry_groups.h"

#include "store/registry_ops.h"

#include <stdlib.h>

void group_page_fini(struct group_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        group_fini(&page->groups[i]);
    free(page->groups);
    *page = (struct group_page){0};
}

err_t registry_group_all(struct registry *r, const struct uuid *owner, struct group *ret, struct problem *p)
{
    return r->ops->group_all(r, owner, ret, p);
}

err_t registry_group_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                         struct group *ret, struct problem *p)
{
    return r->ops->group_get(r, tenant, id, ret, p);
}

err_t registry_group_by_name(struct registry *r, const struct uuid *owner, const char *name,
                             struct group *ret, struct problem *p)
{
    return r->ops->group_by_name(r, owner, name, ret, p);
}

err_t registry_group_page(struct registry *r, const struct group_query *query, struct group_page *ret,
                          struct problem *p)
{
    return r->ops->group_page(r, query, ret, p);
}

err_t registry_group_memberships(struct registry *r, const struct uuid *viewer, const uint64_t *devices,
                                 size_t count, membership_found *found, void *arg, struct problem *p)
{
    return r->ops->group_memberships(r, viewer, devices, count, found, arg, p);
}

err_t registry_group_add(struct registry *r, struct group *group, struct problem *p)
{
    return r->ops->group_add(r, group, p);
}

err_t registry_group_update(struct registry *r, struct group *group, struct problem *p)
{
    return r->ops->group_update(r, group, p);
}

err_t registry_group_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                            struct problem *p)
{
    return r->ops->group_delete(r, tenant, id, p);
}

err_t registry_group_add_devices(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                 const struct uuid *devices, size_t count, struct problem *p)
{
    return r->ops->group_add_devices(r, tenant, group, devices, count, p);
}

err_t registry_group_remove_devices(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                                    const struct uuid *devices, size_t count, struct problem *p)
{
    return r->ops->group_remove_devices(r, tenant, group, devices, count, p);
}

err_t registry_group_share(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                           const struct group_share *share, struct problem *p)
{
    return r->ops->group_share(r, tenant, group, share, p);
}

err_t registry_group_shares(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                            struct group_share *shares, size_t *ret_count, struct problem *p)
{
    return r->ops->group_shares(r, tenant, group, shares, ret_count, p);
}

err_t registry_share_of_device(struct registry *r, const struct uuid *customer, uint64_t device,
                               enum share_right *ret, struct problem *p)
{
    return r->ops->share_of_device(r, customer, device, ret, p);
}

err_t registry_share_of_group(struct registry *r, const struct uuid *customer, const struct uuid *group,
                              enum share_right *ret, struct problem *p)
{
    return r->ops->share_of_group(r, customer, group, ret, p);
}
