#include "hub/attributes.h"

#include "base/clock.h"
#include "hub/attributes_body.h"
#include "hub/downlink.h"
#include "hub/presence.h"
#include "hub/sessions.h"
#include "hub/writer.h"
#include "json/writer.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    ORDERS = 64,               /* locks, by device number */
    BATCH_BYTES = 1024 * 1024, /* of entries, in one write */
};

struct attributes {
    /* Held from the write of a device's attributes to their post, so that the device learns of changes in the order
     * in which they were stored. Many devices: in ascending order. */
    pthread_mutex_t order[ORDERS];
};

err_t attributes_new(struct attributes **ret)
{
    struct attributes *a = calloc(1, sizeof *a);
    if (a == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < ORDERS; i++)
        pthread_mutex_init(&a->order[i], NULL);
    *ret = a;
    return ERR_OK;
}

void attributes_free(struct attributes *a)
{
    for (size_t i = 0; a != NULL && i < ORDERS; i++)
        pthread_mutex_destroy(&a->order[i]);
    free(a);
}

static uint64_t orders_of(const uint64_t *devices, size_t count)
{
    uint64_t set = 0;
    for (size_t i = 0; i < count; i++)
        set |= UINT64_C(1) << devices[i] % ORDERS;
    return set;
}

static void lock_orders(struct attributes *a, uint64_t set)
{
    for (size_t i = 0; i < ORDERS; i++)
        if (set >> i & 1)
            pthread_mutex_lock(&a->order[i]);
}

static void unlock_orders(struct attributes *a, uint64_t set)
{
    for (size_t i = 0; i < ORDERS; i++)
        if (set >> i & 1)
            pthread_mutex_unlock(&a->order[i]);
}

/* What subscribers are told of the attributes in a batch, which are those of one device. */
static struct downlink *make_change(const struct batch *batch)
{
    AUTO_BUF json = {0};
    AUTO_BUF value = {0};
    struct json_writer w;
    struct entry e;
    json_writer_init(&w, &json);
    json_write_object_begin(&w);
    for (size_t at = 0; batch_next(batch, &at, &e);) {
        buf_clear(&value);
        value_append_json(&e.attribute.value, &value);
        json_write_name(&w, e.attribute.key);
        json_write_raw(&w, buf_slice(&value));
    }
    json_write_object_end(&w);
    bool is_ok = json_writer_finish(&w) && buf_is_ok(&value);
    return is_ok ? downlink_new(DOWNLINK_ATTRIBUTES, buf_slice(&json)) : NULL;
}

static struct downlink *make_deletion(const struct slice *keys, size_t count)
{
    AUTO_BUF json = {0};
    struct json_writer w;
    json_writer_init(&w, &json);
    json_write_object_begin(&w);
    json_write_name(&w, SLICE("deleted"));
    json_write_array_begin(&w);
    for (size_t i = 0; i < count; i++)
        json_write_string(&w, keys[i]);
    json_write_array_end(&w);
    json_write_object_end(&w);
    return json_writer_finish(&w) ? downlink_new(DOWNLINK_ATTRIBUTES, buf_slice(&json)) : NULL;
}

/* One save on its way: the payload is parsed once per device, into batches that are written as they fill. */
struct save {
    struct hub *hub;
    enum attribute_scope scope;
    struct slice json;
    struct body_options options;
    struct body_scratch scratch;
    struct batch batch;
    struct downlink *change; /* NULL: nobody is told */
};

static err_t add_device(struct save *save, uint64_t device, struct problem *problem)
{
    save->options.device = device;
    return attributes_parse(save->json, save->scope, &save->options, &save->batch, problem);
}

/* As many devices as fit. @return how many were taken, 0 on failure */
static err_t write_some(struct save *save, const uint64_t *devices, size_t count, size_t *ret_taken,
                        struct problem *problem)
{
    size_t n = 0;
    err_t err = ERR_OK;
    batch_clear(&save->batch);
    while (n < count && (err = add_device(save, devices[n], problem)) == ERR_OK) {
        n++;
        if (n == 1 && save->scope == SCOPE_SHARED && save->change == NULL)
            save->change = make_change(&save->batch);
    }
    if (n == 0 || (err != ERR_OK && err != ERR_AGAIN))
        return err;
    if (!batch_is_empty(&save->batch))
        TRY(writer_write(save->hub->writer, &save->batch, problem));
    *ret_taken = n;
    return ERR_OK;
}

static err_t save_all(struct save *save, const uint64_t *devices, size_t count, struct problem *problem)
{
    for (size_t done = 0, taken; done < count; done += taken) {
        TRY(write_some(save, devices + done, count - done, &taken, problem));
        for (size_t i = 0; save->scope == SCOPE_SERVER && i < taken; i++)
            presence_forget_timeout(save->hub->presence, devices[done + i]);
        if (save->change != NULL && save->change->len > 2)
            sessions_post_all(save->hub->sessions, devices + done, taken, save->change);
    }
    return ERR_OK;
}

err_t attributes_save(struct hub *hub, const uint64_t *devices, size_t count, enum attribute_scope scope,
                      struct slice json, struct problem *problem)
{
    const struct settings *settings = hub->settings;
    struct save save = {.hub = hub, .scope = scope, .json = json, .batch = {.bytes = {.limit = BATCH_BYTES}}};
    save.options = (struct body_options){.now_ms = clock_wall_ms(),
                                         .type_cast = settings->telemetry.type_cast,
                                         .max_keys = settings->telemetry.max_keys,
                                         .max_depth = settings->json.max_depth,
                                         .scratch = &save.scratch};
    uint64_t orders = orders_of(devices, count);
    lock_orders(hub->attributes, orders);
    err_t err = save_all(&save, devices, count, problem);
    unlock_orders(hub->attributes, orders);
    downlink_unref(save.change);
    batch_fini(&save.batch);
    body_scratch_fini(&save.scratch);
    return err;
}

static err_t write_deletion(struct hub *hub, uint64_t device, enum attribute_scope scope,
                            const struct slice *keys, size_t count, struct problem *problem)
{
    struct batch batch = {.bytes = {.limit = BATCH_BYTES}};
    for (size_t i = 0; i < count; i++)
        batch_delete_attribute(&batch, device, scope, keys[i]);
    err_t err = buf_is_ok(&batch.bytes) ? writer_write(hub->writer, &batch, problem)
                                        : fail(problem, ERR_LIMIT, "keys", "too many keys in one deletion");
    batch_fini(&batch);
    return err;
}

err_t attributes_delete(struct hub *hub, uint64_t device, enum attribute_scope scope,
                        const struct slice *keys, size_t count, struct problem *problem)
{
    uint64_t orders = orders_of(&device, 1);
    lock_orders(hub->attributes, orders);
    err_t err = write_deletion(hub, device, scope, keys, count, problem);
    struct downlink *change = err == ERR_OK && scope == SCOPE_SHARED ? make_deletion(keys, count) : NULL;
    if (change != NULL)
        sessions_post(hub->sessions, device, change);
    unlock_orders(hub->attributes, orders);
    if (scope == SCOPE_SERVER)
        presence_forget_timeout(hub->presence, device);
    downlink_unref(change);
    return err;
}
