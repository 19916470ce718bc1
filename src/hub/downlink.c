#include "hub/downlink.h"

#include <stdlib.h>

struct downlink *downlink_new(enum downlink_kind kind, struct slice json)
{
    struct downlink *d = calloc(1, sizeof *d + json.len);
    if (d == NULL)
        return NULL;
    d->kind = kind;
    d->len = json.len;
    if (json.len != 0)
        memcpy(d->payload, json.data, json.len);
    atomic_init(&d->references, 1);
    return d;
}

void downlink_ref(struct downlink *downlink)
{
    atomic_fetch_add_explicit(&downlink->references, 1, memory_order_relaxed);
}

void downlink_unref(struct downlink *downlink)
{
    if (downlink != NULL && atomic_fetch_sub_explicit(&downlink->references, 1, memory_order_acq_rel) == 1)
        free(downlink);
}
