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
    ORDERS = 32, /* locks, by device number; all at once, so fewer than ThreadSanitizer can follow (64) */
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
    if (err == ERR_OK)
        err = downlink_wait_kept(save.change, problem);
    downlink_unref(save.change);
    batch_fini(&save.batch);
    body_scratch_fini(&save.scratch);
    return err;
}

/* ---- changes that need no parsing ---- */

static void add_change(struct batch *batch, uint64_t device, const struct attribute_change *change)
{
    int64_t now_ms = clock_wall_ms();
    for (size_t i = 0; i < change->deleted_count; i++)
        batch_delete_attribute(batch, device, change->scope, change->deleted[i]);
    for (size_t i = 0; i < change->set_count; i++) {
        const struct attribute *set = &change->set[i];
        const struct attribute stored = {device, change->scope, set->key, now_ms, set->value};
        batch_add_attribute(batch, &stored);
    }
}

/* As many devices as fill a write. @return how many were taken, through @p ret_taken */
static err_t write_change(struct hub *hub, const uint64_t *devices, size_t count,
                          const struct attribute_change *change, size_t *ret_taken, struct problem *problem)
{
    struct batch batch = {0};
    size_t n = 0;
    while (n < count && batch.bytes.len < BATCH_BYTES && buf_is_ok(&batch.bytes))
        add_change(&batch, devices[n++], change);
    err_t err = buf_is_ok(&batch.bytes) ? writer_write(hub->writer, &batch, problem)
                                        : fail(problem, ERR_NOMEM, "", "no memory");
    batch_fini(&batch);
    *ret_taken = n;
    return err;
}

struct news {
    struct downlink *deleted, *set; /* NULL: nothing to tell */
};

static err_t make_news(const struct attribute_change *change, struct news *ret, struct problem *problem)
{
    struct batch batch = {0};
    const struct attribute_change sets = {change->scope, change->set, change->set_count, NULL, 0};
    bool is_told = change->scope == SCOPE_SHARED;
    struct news news = {0};
    add_change(&batch, 1, &sets);
    if (is_told && change->deleted_count != 0)
        news.deleted = make_deletion(change->deleted, change->deleted_count);
    if (is_told && change->set_count != 0 && buf_is_ok(&batch.bytes))
        news.set = make_change(&batch);
    batch_fini(&batch);
    bool is_whole = !is_told || ((news.deleted != NULL || change->deleted_count == 0) &&
                                 (news.set != NULL || change->set_count == 0));
    *ret = news;
    return is_whole ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory");
}

static err_t change_all(struct hub *hub, const uint64_t *devices, size_t count,
                        const struct attribute_change *change, const struct news *news,
                        struct problem *problem)
{
    for (size_t done = 0, taken; done < count; done += taken) {
        TRY(write_change(hub, devices + done, count - done, change, &taken, problem));
        if (news->deleted != NULL)
            sessions_post_all(hub->sessions, devices + done, taken, news->deleted);
        if (news->set != NULL)
            sessions_post_all(hub->sessions, devices + done, taken, news->set);
    }
    return ERR_OK;
}

err_t attributes_change(struct hub *hub, const uint64_t *devices, size_t count,
                        const struct attribute_change *change, struct problem *problem)
{
    struct news news = {0};
    err_t err = make_news(change, &news, problem);
    if (err == ERR_OK && count != 0) {
        uint64_t orders = orders_of(devices, count);
        lock_orders(hub->attributes, orders);
        err = change_all(hub, devices, count, change, &news, problem);
        unlock_orders(hub->attributes, orders);
    }
    if (err == ERR_OK)
        err = downlink_wait_kept(news.deleted, problem);
    if (err == ERR_OK)
        err = downlink_wait_kept(news.set, problem);
    for (size_t i = 0; i < count && change->scope == SCOPE_SERVER; i++)
        presence_forget_timeout(hub->presence, devices[i]);
    downlink_unref(news.deleted);
    downlink_unref(news.set);
    return err;
}

err_t attributes_delete(struct hub *hub, uint64_t device, enum attribute_scope scope,
                        const struct slice *keys, size_t count, struct problem *problem)
{
    const struct attribute_change change = {scope, NULL, 0, keys, count};
    return count != 0 ? attributes_change(hub, &device, 1, &change, problem) : ERR_OK;
}
