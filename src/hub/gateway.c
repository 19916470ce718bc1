#include "hub/gateway.h"

#include "base/random.h"

#include <sodium.h>
#include <stdlib.h>
#include <utlist.h>

/* All connections that carry a device. */
struct device_carriers {
    UT_hash_handle hh;
    uint64_t number;
    struct gateway_device *first;
};

struct gateways {
    uint8_t key[crypto_shorthash_KEYBYTES];
    struct device_carriers *by_number;
};

err_t gateways_new(struct gateways **ret)
{
    struct gateways *g = calloc(1, sizeof *g);
    if (g == NULL)
        return ERR_NOMEM;
    random_bytes(g->key, sizeof g->key);
    *ret = g;
    return ERR_OK;
}

void gateways_free(struct gateways *g)
{
    CHECK(g == NULL || g->by_number == NULL);
    free(g);
}

err_t gateway_new(struct gateways *gateways, uint64_t client, size_t max, struct gateway **ret)
{
    struct gateway *g = calloc(1, sizeof *g);
    if (g == NULL)
        return ERR_NOMEM;
    *g = (struct gateway){.all = gateways, .client = client, .max = max};
    *ret = g;
    return ERR_OK;
}

void gateway_free(struct gateway *g)
{
    CHECK(g == NULL || g->by_name == NULL);
    free(g);
}

static unsigned hash_of(const struct gateway *g, struct slice name)
{
    uint8_t hash[crypto_shorthash_BYTES];
    unsigned value;
    crypto_shorthash(hash, name.data, name.len, g->all->key);
    memcpy(&value, hash, sizeof value);
    return value;
}

struct gateway_device *gateway_find(struct gateway *g, struct slice name)
{
    struct gateway_device *device;
    if (name.len == 0)
        return NULL;
    unsigned hash = hash_of(g, name);
    HASH_FIND_BYHASHVALUE(hh, g->by_name, name.data, name.len, hash, device);
    return device;
}

static struct device_carriers *find_carriers(struct gateways *g, uint64_t number)
{
    struct device_carriers *carriers;
    HASH_FIND(hh, g->by_number, &number, sizeof number, carriers);
    return carriers;
}

struct gateway_device *gateways_carrier(struct gateways *g, uint64_t number)
{
    struct device_carriers *carriers = find_carriers(g, number);
    return carriers != NULL ? carriers->first : NULL;
}

struct gateway_device *gateway_find_number(struct gateway *g, uint64_t number)
{
    struct gateway_device *device;
    DL_FOREACH(gateways_carrier(g->all, number), device)
    {
        if (device->gateway == g)
            break;
    }
    return device;
}

struct gateway_device *gateway_find_claim(struct gateway *g, const struct seat_claim *claim)
{
    struct gateway_device *device, *next;
    HASH_ITER (hh, g->by_name, device, next) {
        if (device->claim == claim)
            return device;
    }
    return NULL;
}

err_t gateway_check_room(const struct gateway *g, size_t more, struct problem *problem)
{
    if (HASH_COUNT(g->by_name) + more <= g->max)
        return ERR_OK;
    return fail(problem, ERR_LIMIT, "device",
                "more than %zu devices on one connection (mqtt.max_gateway_devices)", g->max);
}

static struct device_carriers *find_or_add_carriers(struct gateways *g, uint64_t number)
{
    struct device_carriers *carriers = find_carriers(g, number);
    if (carriers != NULL)
        return carriers;
    carriers = calloc(1, sizeof *carriers);
    if (carriers == NULL)
        return NULL;
    carriers->number = number;
    HASH_ADD(hh, g->by_number, number, sizeof carriers->number, carriers);
    return carriers;
}

err_t gateway_add(struct gateway *g, struct slice name, uint64_t number, struct gateway_device **ret,
                  struct problem *problem)
{
    TRY(gateway_check_room(g, 1, problem));
    struct gateway_device *device = calloc(1, sizeof *device + name.len);
    struct device_carriers *carriers = device != NULL ? find_or_add_carriers(g->all, number) : NULL;
    if (carriers == NULL) {
        free(device);
        return ERR_NOMEM;
    }
    device->gateway = g;
    device->number = number;
    device->carriers = carriers;
    device->name_len = name.len;
    memcpy(device->name, name.data, name.len);
    DL_APPEND(carriers->first, device);
    unsigned hash = hash_of(g, name);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, g->by_name, device->name, device->name_len, hash, device);
    *ret = device;
    return ERR_OK;
}

void gateway_remove(struct gateway_device *device)
{
    struct gateway *g = device->gateway;
    struct device_carriers *carriers = device->carriers;
    HASH_DEL(g->by_name, device);
    DL_DELETE(carriers->first, device);
    if (carriers->first == NULL) {
        HASH_DEL(g->all->by_number, carriers);
        free(carriers);
    }
    free(device);
}

struct gateway_device *gateway_first(struct gateway *g)
{
    return g->by_name;
}

struct gateway_device *gateway_next(struct gateway_device *device)
{
    return device->hh.next;
}
