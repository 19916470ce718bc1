#include "hub/rollout.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/attributes.h"
#include "hub/writer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE = 500 }; /* devices of one job, so that other jobs get their turn */

struct rollout {
    struct mail job; /* first: run() finds the rollout by it */
    struct hub *hub;
    atomic_bool is_running; /* the job is with the workers */
    atomic_bool is_wanted;  /* somebody woke since it began to look */
    atomic_bool is_stopping;
};

/* ---- what devices are told ---- */

enum key { KEY_TITLE, KEY_VERSION, KEY_TAG, KEY_SIZE, KEY_CHECKSUM, KEY_ALGORITHM, KEY_URL, KEYS };

static const char *const key_names[KEYS] = {
    "title", "version", "tag", "size", "checksum", "checksum_algorithm", "url"};

enum { KEY_NAME_SIZE = 32 };

/* The shared attributes of a type: their names, and their values as far as there are any. */
struct target {
    enum ota_type type;
    char names[KEYS][KEY_NAME_SIZE];
    struct value values[KEYS]; /* borrows from the package */
    bool is_set[KEYS];
};

static void set_text(struct target *t, enum key key, const char *text)
{
    t->is_set[key] = text != NULL && text[0] != '\0';
    if (t->is_set[key])
        t->values[key] = (struct value){.type = VALUE_STRING, .text = slice_str(text)};
}

/* @p package: of the nil id when there is nothing to install. */
static void make_target(enum ota_type type, const struct ota_package *package, struct target *t)
{
    *t = (struct target){.type = type};
    for (size_t i = 0; i < KEYS; i++)
        snprintf(t->names[i], sizeof t->names[i], "%s_%s", ota_type_prefix(type), key_names[i]);
    if (uuid_is_nil(&package->id))
        return;
    set_text(t, KEY_TITLE, package->title);
    set_text(t, KEY_VERSION, package->package_version);
    set_text(t, KEY_TAG, package->tag);
    set_text(t, KEY_CHECKSUM, package->checksum);
    set_text(t, KEY_ALGORITHM, checksum_algorithm_name(package->checksum_algorithm));
    set_text(t, KEY_URL, package->url);
    t->is_set[KEY_SIZE] = package->data_size != 0;
    t->values[KEY_SIZE] = (struct value){.type = VALUE_LONG, .number = (int64_t)package->data_size};
}

/* ---- what they know already ---- */

struct known {
    const struct target *target;
    size_t right; /* attributes as the target has them */
    bool is_over; /* has some that the target does not */
};

static bool is_same(const struct value *a, const struct value *b)
{
    return a->type == b->type &&
           (a->type == VALUE_LONG ? a->number == b->number : slice_eq(a->text, b->text));
}

static bool compare(void *arg, const struct attribute *attribute)
{
    struct known *known = arg;
    const struct target *t = known->target;
    for (size_t i = 0; i < KEYS; i++) {
        if (!slice_eq_str(attribute->key, t->names[i]))
            continue;
        known->is_over |= !t->is_set[i];
        known->right += t->is_set[i] && is_same(&attribute->value, &t->values[i]);
    }
    return true;
}

static size_t count_set(const struct target *t)
{
    size_t n = 0;
    for (size_t i = 0; i < KEYS; i++)
        n += t->is_set[i];
    return n;
}

/* ---- telling ---- */

static void add_point(struct batch *batch, uint64_t device, int64_t ts, const char *prefix,
                      const struct target *t, const char *name, struct value value)
{
    char key[64];
    snprintf(key, sizeof key, "%s%s_%s", prefix, ota_type_prefix(t->type), name);
    const struct point point = {.device = device, .key = slice_str(key), .ts = ts, .value = value};
    batch_add_point(batch, &point);
}

static void add_state(struct batch *batch, uint64_t device, int64_t ts, const struct target *t,
                      struct slice state)
{
    add_point(batch, device, ts, "", t, "state", (struct value){.type = VALUE_STRING, .text = state});
}

/* The change of assignment, and that it is on its way: at two times, so that both states are kept. */
static void add_history(struct batch *batch, uint64_t device, int64_t changed_ms, const struct target *t)
{
    int64_t now_ms = clock_wall_ms();
    for (size_t i = KEY_TITLE; i <= KEY_TAG; i++)
        if (t->is_set[i])
            add_point(batch, device, changed_ms, "target_", t, key_names[i], t->values[i]);
    add_point(batch, device, changed_ms, "target_", t, "ts",
              (struct value){.type = VALUE_LONG, .number = changed_ms});
    add_state(batch, device, changed_ms, t, SLICE("QUEUED"));
    add_state(batch, device, now_ms > changed_ms ? now_ms : changed_ms + 1, t, SLICE("INITIATED"));
}

/* Devices of one job, and what is to be written for them. */
struct lot {
    uint64_t all[AT_ONCE], over[AT_ONCE]; /* over: those with attributes to be deleted */
    size_t count, over_count;
    struct batch history;
};

static err_t sort_lot(struct hub *hub, const struct ota_notice *notice, const struct target *t,
                      struct lot *lot, struct problem *problem)
{
    size_t wanted = count_set(t);
    for (size_t i = 0; i < lot->count; i++) {
        struct known known = {.target = t};
        TRY(series_attributes(hub->series, lot->all[i], SCOPE_SHARED, compare, &known, problem));
        if (known.is_over)
            lot->over[lot->over_count++] = lot->all[i];
        if (wanted != 0 && known.right != wanted)
            add_history(&lot->history, lot->all[i], notice->created_ms, t);
    }
    return buf_is_ok(&lot->history.bytes) ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory");
}

static err_t change_attributes(struct hub *hub, const struct target *t, const struct lot *lot,
                               struct problem *problem)
{
    struct attribute set[KEYS];
    struct slice deleted[KEYS];
    struct attribute_change sets = {.scope = SCOPE_SHARED, .set = set};
    struct attribute_change deletes = {.scope = SCOPE_SHARED, .deleted = deleted};
    for (size_t i = 0; i < KEYS; i++) {
        if (t->is_set[i])
            set[sets.set_count++] = (struct attribute){.key = slice_str(t->names[i]), .value = t->values[i]};
        else
            deleted[deletes.deleted_count++] = slice_str(t->names[i]);
    }
    if (deletes.deleted_count != 0)
        TRY(attributes_change(hub, lot->over, lot->over_count, &deletes, problem));
    return sets.set_count != 0 ? attributes_change(hub, lot->all, lot->count, &sets, problem) : ERR_OK;
}

/* The history first: who has the attributes is taken for told. */
static err_t tell(struct hub *hub, const struct ota_notice *notice, const struct ota_package *package,
                  struct lot *lot, struct problem *problem)
{
    struct target target;
    make_target(notice->type, package, &target);
    TRY(sort_lot(hub, notice, &target, lot, problem));
    if (!batch_is_empty(&lot->history))
        TRY(writer_write(hub->writer, &lot->history, problem));
    return change_attributes(hub, &target, lot, problem);
}

/* ---- the job ---- */

static err_t tell_some(struct hub *hub, const struct ota_notice *notice, const struct ota_package *package,
                       struct problem *problem)
{
    struct lot *lot = calloc(1, sizeof *lot);
    if (lot == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    err_t err = registry_ota_notice_devices(hub->registry, notice, lot->all, AT_ONCE, &lot->count, problem);
    if (err == ERR_OK && lot->count != 0)
        err = tell(hub, notice, package, lot, problem);
    bool is_last = lot->count < AT_ONCE;
    uint64_t next = is_last ? 0 : lot->all[lot->count - 1] + 1;
    batch_fini(&lot->history);
    free(lot);
    return err == ERR_OK ? registry_ota_notice_advance(hub->registry, notice, next, problem) : err;
}

/* @return ERR_OK: there may be more · ERR_NOT_FOUND: all is done */
static err_t work(struct hub *hub, struct problem *problem)
{
    struct ota_notice notice;
    struct ota_package package;
    TRY(registry_ota_notice_next(hub->registry, &notice, &package, problem));
    err_t err = tell_some(hub, &notice, &package, problem);
    ota_package_fini(&package);
    return err;
}

static void submit(struct rollout *r)
{
    if (atomic_load(&r->is_stopping) || !workers_submit(r->hub->workers, &r->job))
        atomic_store(&r->is_running, false); /* the next wake tries again */
}

/* Worker thread. */
static void run(struct mail *mail, void *owner)
{
    struct rollout *r = (struct rollout *)mail;
    struct problem problem = {0};
    atomic_store(&r->is_wanted, false);
    err_t err = work(r->hub, &problem);
    if (err == ERR_OK) {
        submit(r);
        return;
    }
    if (err != ERR_NOT_FOUND)
        log_warning("rollout.failed", log_text("category", err_info(err)->name),
                    log_text("reason", problem.text));
    atomic_store(&r->is_running, false);
    if (err == ERR_NOT_FOUND && atomic_load(&r->is_wanted)) /* it came while we looked */
        rollout_wake(r);
}

err_t rollout_new(struct hub *hub, struct rollout **ret)
{
    struct rollout *r = calloc(1, sizeof *r);
    if (r == NULL)
        return ERR_NOMEM;
    r->hub = hub;
    r->job.deliver = run;
    *ret = r;
    return ERR_OK;
}

void rollout_wake(struct rollout *r)
{
    if (r == NULL)
        return;
    atomic_store(&r->is_wanted, true);
    if (!atomic_exchange(&r->is_running, true))
        submit(r);
}

void rollout_stop(struct rollout *r)
{
    if (r != NULL)
        atomic_store(&r->is_stopping, true);
}

void rollout_free(struct rollout *r)
{
    free(r);
}
