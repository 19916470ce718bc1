#include "hub/activity.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/presence.h"
#include "hub/writer.h"
#include "store/registry_people.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { BATCH_BYTES = 256 * 1024, RECOVER_PAGE = 1000 };

struct activity {
    atomic_bool is_looking; /* a job is with the workers */
    struct mail look, recover;
    struct hub *hub;
    _Atomic uint64_t looked_ms;
};

err_t activity_new(struct hub *hub, struct activity **ret)
{
    struct activity *activity = calloc(1, sizeof *activity);
    if (activity == NULL)
        return ERR_NOMEM;
    activity->hub = hub;
    *ret = activity;
    return ERR_OK;
}

void activity_free(struct activity *activity)
{
    free(activity);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static void add(struct batch *batch, uint64_t device, struct slice key, struct value value)
{
    const struct attribute attribute = {device, SCOPE_SERVER, key, clock_wall_ms(), value};
    batch_add_attribute(batch, &attribute);
}

static void add_active(struct batch *batch, uint64_t device, bool is_active)
{
    add(batch, device, SLICE("active"), (struct value){.type = VALUE_BOOLEAN, .boolean = is_active});
}

static void add_time(struct batch *batch, uint64_t device, struct slice key, int64_t when_ms)
{
    add(batch, device, key, (struct value){.type = VALUE_LONG, .number = when_ms});
}

static void write(struct hub *hub, struct batch *batch)
{
    struct problem problem = {0};
    if (!batch_is_empty(batch) && writer_write(hub->writer, batch, &problem) != ERR_OK)
        log_warning("activity.not_written", log_text("detail", problem.text));
    batch_clear(batch);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static bool keep_long(void *arg, const struct attribute *attribute)
{
    if (attribute->value.type == VALUE_LONG)
        *(int64_t *)arg = attribute->value.number;
    return false;
}

/* Read once, then again when the attribute was saved. */
static int64_t timeout_of(struct hub *hub, struct presence_record *record)
{
    int64_t timeout_ms = atomic_load(&record->timeout_ms);
    if (timeout_ms != 0)
        return timeout_ms;
    err_t err = series_attribute(hub->series, record->device, SCOPE_SERVER, SLICE("inactivityTimeout"),
                                 keep_long, &timeout_ms, NULL);
    if (err != ERR_OK || timeout_ms <= 0)
        timeout_ms = atomic_load(&record->profile_timeout_ms);
    if (timeout_ms <= 0)
        timeout_ms = INT64_C(1000) * hub->settings->presence.inactivity_timeout;
    atomic_store(&record->timeout_ms, timeout_ms);
    return timeout_ms;
}

static void look_at(struct hub *hub, struct presence_record *record, int64_t now_ms, struct batch *batch)
{
    int64_t heard_ms = atomic_load_explicit(&record->last_activity_ms, memory_order_relaxed);
    bool was_active = atomic_load(&record->is_active), is_new = heard_ms != record->saved_activity_ms;
    if (!was_active && !is_new)
        return;
    bool is_silent = now_ms - heard_ms > timeout_of(hub, record);
    if (was_active && is_silent && presence_set_active(record, false)) {
        add_active(batch, record->device, false);
        add_time(batch, record->device, SLICE("inactivityAlarmTime"), now_ms);
    } else if (!was_active && !is_silent && atomic_load(&record->connections) > 0 &&
               presence_set_active(record, true)) {
        add_active(batch, record->device, true);
    }
    if (!is_new || (!is_silent && now_ms - record->saved_ms < ACTIVITY_SAVE_MS))
        return;
    add_time(batch, record->device, SLICE("lastActivityTime"), heard_ms);
    record->saved_activity_ms = heard_ms;
    record->saved_ms = now_ms;
}

static void look(struct mail *mail, void *owner)
{
    struct activity *a = (struct activity *)(void *)((char *)mail - offsetof(struct activity, look));
    struct batch batch = {0};
    int64_t now_ms = clock_wall_ms();
    for (struct presence_record *r = presence_first(a->hub->presence); r != NULL; r = r->next) {
        look_at(a->hub, r, now_ms, &batch);
        if (batch.bytes.len > BATCH_BYTES)
            write(a->hub, &batch);
    }
    write(a->hub, &batch);
    batch_fini(&batch);
    atomic_store(&a->is_looking, false);
}

void activity_tick(struct hub *hub, uint64_t now_ms)
{
    struct activity *a = hub->activity;
    if (now_ms - atomic_load(&a->looked_ms) < ACTIVITY_LOOK_MS || atomic_exchange(&a->is_looking, true))
        return;
    atomic_store(&a->looked_ms, now_ms);
    a->look = (struct mail){NULL, look};
    if (!workers_submit(hub->workers, &a->look))
        atomic_store(&a->is_looking, false);
}

void activity_heard(struct hub *hub, uint64_t device)
{
    int64_t now_ms = clock_wall_ms();
    struct presence_record *record = presence_record_of(hub->presence, device);
    if (record == NULL)
        return;
    presence_heard(record, now_ms);
    if (!presence_set_active(record, true))
        return;
    struct batch batch = {0};
    add_active(&batch, device, true);
    add_time(&batch, device, SLICE("lastActivityTime"), now_ms);
    write(hub, &batch);
    batch_fini(&batch);
}

/* ---- what was before the start --------------------------------------------------------------------------- */

/* Of one device, on disk. */
struct before {
    int64_t last_activity_ms;
    bool was_active;
};

/* What was recovered so far. */
struct recovery {
    struct hub *hub;
    struct buf earlier; /* array of struct presence_earlier */
};

static bool keep_before(void *arg, const struct attribute *attribute)
{
    struct before *before = arg;
    const struct value *v = &attribute->value;
    if (slice_eq_str(attribute->key, "active"))
        before->was_active = v->type == VALUE_BOOLEAN && v->boolean;
    else if (slice_eq_str(attribute->key, "lastActivityTime") && v->type == VALUE_LONG)
        before->last_activity_ms = v->number;
    return true;
}

static bool is_back(struct hub *hub, uint64_t device)
{
    struct presence_view view;
    presence_look(hub->presence, device, &view);
    return view.active;
}

static void recover_device(struct recovery *r, uint64_t device, struct batch *batch)
{
    struct before before = {0};
    (void)!series_attribute(r->hub->series, device, SCOPE_SERVER, SLICE("active"), keep_before, &before,
                            NULL);
    (void)!series_attribute(r->hub->series, device, SCOPE_SERVER, SLICE("lastActivityTime"), keep_before,
                            &before, NULL);
    const struct presence_earlier earlier = {device, before.last_activity_ms};
    if (before.last_activity_ms != 0)
        buf_append(&r->earlier, &earlier, sizeof earlier);
    if (before.was_active && !is_back(r->hub, device))
        add_active(batch, device, false);
}

static err_t recover_page(struct recovery *r, struct device_query *query, size_t *ret_count)
{
    struct hub *hub = r->hub;
    struct device_page found;
    struct batch batch = {0};
    TRY(registry_device_page(hub->registry, query, &found, NULL));
    for (size_t i = 0; i < found.count; i++)
        recover_device(r, found.devices[i].number, &batch);
    write(hub, &batch);
    for (size_t i = 0; i < found.count; i++) { /* who came while this was written may have been overwritten */
        query->after_number = found.devices[i].number;
        if (is_back(hub, found.devices[i].number))
            add_active(&batch, found.devices[i].number, true);
    }
    write(hub, &batch);
    batch_fini(&batch);
    *ret_count = found.count;
    device_page_fini(&found);
    return ERR_OK;
}

static err_t recover_tenant(struct recovery *r, const struct uuid *tenant)
{
    struct device_query query = {.tenant_id = *tenant, .sort = DEVICE_SORT_NUMBER, .page_size = RECOVER_PAGE};
    size_t count = RECOVER_PAGE;
    while (count == RECOVER_PAGE && !workers_are_stopping(r->hub->workers))
        TRY(recover_page(r, &query, &count));
    return ERR_OK;
}

static err_t recover_all(struct recovery *r)
{
    struct tenant_query query = {.page_size = RECOVER_PAGE};
    size_t count = RECOVER_PAGE;
    for (; count == RECOVER_PAGE; query.page++) {
        struct tenant_page found;
        err_t err = ERR_OK;
        TRY(registry_tenant_page(r->hub->registry, &query, &found, NULL));
        for (size_t i = 0; i < found.count && err == ERR_OK; i++)
            err = recover_tenant(r, &found.tenants[i].id);
        count = found.count;
        tenant_page_fini(&found);
        TRY(err);
    }
    return ERR_OK;
}

static void recover(struct mail *mail, void *owner)
{
    struct activity *a = (struct activity *)(void *)((char *)mail - offsetof(struct activity, recover));
    struct recovery r = {.hub = a->hub};
    bool is_whole =
        recover_all(&r) == ERR_OK && !workers_are_stopping(a->hub->workers) && buf_is_ok(&r.earlier);
    if (!is_whole) { /* lists then read from disk what they need */
        buf_fini(&r.earlier);
        return;
    }
    presence_remember(a->hub->presence, (struct presence_earlier *)(void *)r.earlier.data,
                      r.earlier.len / sizeof(struct presence_earlier));
}

void activity_recover(struct hub *hub)
{
    struct activity *a = hub->activity;
    a->recover = (struct mail){NULL, recover};
    if (!workers_submit(hub->workers, &a->recover))
        log_warning("activity.not_recovered", log_text("detail", "the workers' queue is full"));
}
