#include "store/registry_forwarding.h"

#include "store/registry_ops.h"

err_t registry_forwarding_add(struct registry *r, struct forwarding *forwarding, struct problem *p)
{
    return r->ops->forwarding_add(r, forwarding, p);
}

err_t registry_forwarding_update(struct registry *r, struct forwarding *forwarding, struct problem *p)
{
    return r->ops->forwarding_update(r, forwarding, p);
}

err_t registry_forwarding_get(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                              struct forwarding *ret, struct problem *p)
{
    return r->ops->forwarding_get(r, tenant, id, ret, p);
}

err_t registry_forwarding_list(struct registry *r, const struct uuid *tenant, struct forwarding **ret,
                               size_t *ret_count, struct problem *p)
{
    return r->ops->forwarding_list(r, tenant, ret, ret_count, p);
}

err_t registry_forwarding_delete(struct registry *r, const struct uuid *tenant, const struct uuid *id,
                                 struct problem *p)
{
    return r->ops->forwarding_delete(r, tenant, id, p);
}

err_t registry_device_notices(struct registry *r, struct device_notice *notices, size_t max,
                              size_t *ret_count, struct problem *p)
{
    return r->ops->device_notices(r, notices, max, ret_count, p);
}

err_t registry_device_notices_forget(struct registry *r, int64_t number, struct problem *p)
{
    return r->ops->device_notices_forget(r, number, p);
}
