/* From the writer's backlog and the registry's notices into the endpoints' queues. */
#include "hub/forwarder_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/forward_event.h"
#include "store/registry_forwarding.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum {
    RECORDS_AT_ONCE = 32, /* of a turn, with the lock held */
    BYTES_AT_ONCE = 4 * 1024 * 1024,
    NOTICES_AT_ONCE = 200,
    NOTICES_EVERY_MS = 500,
    SUBJECTS_MAX = 50000,
};

/* ---- devices ------------------------------------------------------------------------------------------------- */

struct cached_subject {
    UT_hash_handle hh;
    uint64_t device;
    struct uuid tenant_id, profile_id;
    size_t len;
    uint8_t json[]; /* forward_subject_write() */
};

static void forget_subject(struct forwarder *f, struct cached_subject *s)
{
    HASH_DEL(f->subjects, s);
    free(s);
}

void forwarder_forget_subjects(struct forwarder *f)
{
    struct cached_subject *s, *next;
    HASH_ITER (hh, f->subjects, s, next)
        forget_subject(f, s);
}

static struct cached_subject *find_subject(struct forwarder *f, uint64_t device)
{
    struct cached_subject *s;
    HASH_FIND(hh, f->subjects, &device, sizeof device, s);
    return s;
}

static struct cached_subject *keep_subject(struct forwarder *f, const struct device *device)
{
    AUTO_BUF json = {0};
    forward_subject_write(&device->id, device->name, device->type, &json);
    struct cached_subject *s = buf_is_ok(&json) ? calloc(1, sizeof *s + json.len) : NULL;
    if (s == NULL)
        return NULL;
    if (HASH_COUNT(f->subjects) >= SUBJECTS_MAX)
        forwarder_forget_subjects(f);
    s->device = device->number;
    s->tenant_id = device->tenant_id;
    s->profile_id = device->profile_id;
    s->len = json.len;
    memcpy(s->json, json.data, json.len);
    HASH_ADD(hh, f->subjects, device, sizeof s->device, s);
    return s;
}

/* NOT_FOUND: it was deleted, and its messages go with it. */
static err_t subject_of(struct forwarder *f, uint64_t number, struct cached_subject **ret)
{
    struct device device;
    struct problem problem = {0};
    *ret = find_subject(f, number);
    if (*ret != NULL)
        return ERR_OK;
    TRY(registry_device_by_number(f->hub->registry, number, &device, &problem));
    *ret = keep_subject(f, &device);
    device_fini(&device);
    return *ret != NULL ? ERR_OK : ERR_NOMEM;
}

/* ---- into the queues ----------------------------------------------------------------------------------------- */

static bool wants(const struct forward_endpoint *e, enum forward_kind kind, const struct uuid *tenant,
                  const struct uuid *profile)
{
    return e->config.is_enabled && !e->is_gone && (e->config.kinds & kind) != 0 &&
           uuid_eq(&e->config.tenant_id, tenant) &&
           (uuid_is_nil(&e->config.profile_id) || uuid_eq(&e->config.profile_id, profile));
}

static bool anybody_wants(const struct forwarder *f, enum forward_kind kind, const struct uuid *tenant,
                          const struct uuid *profile)
{
    const struct forward_endpoint *e;
    DL_FOREACH(f->endpoints, e)
    {
        if (wants(e, kind, tenant, profile))
            return true;
    }
    return false;
}

static void enqueue(struct forwarder *f, enum forward_kind kind, const struct uuid *tenant,
                    const struct uuid *profile, struct buf *json, int64_t now_ms)
{
    struct forward_endpoint *e;
    DL_FOREACH(f->endpoints, e)
    {
        if (!wants(e, kind, tenant, profile))
            continue;
        if (buf_is_ok(json))
            forward_queue_add(&e->queue, buf_slice(json), now_ms, &f->batch);
        else
            forward_queue_count_dropped(&e->queue, 1, &f->batch);
    }
}

static err_t sort_event(struct forwarder *f, const struct forward_event *event, unsigned index,
                        struct buf *json)
{
    struct cached_subject *s;
    char id[FORWARD_ID_SIZE];
    int64_t now_ms = clock_wall_ms();
    err_t err = subject_of(f, event->device, &s);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(err);
    if (!anybody_wants(f, event->kind, &s->tenant_id, &s->profile_id))
        return ERR_OK;
    snprintf(id, sizeof id, "%llx-%x", (unsigned long long)f->record.number, index);
    buf_clear(json);
    forward_event_write(&f->record.entries, event, slice_of(s->json, s->len), id, now_ms, json);
    enqueue(f, event->kind, &s->tenant_id, &s->profile_id, json, now_ms);
    return ERR_OK;
}

static err_t sort_record(struct forwarder *f)
{
    AUTO_BUF json = {0};
    struct forward_event event;
    unsigned index = 0;
    for (size_t at = 0; forward_event_next(&f->record.entries, &at, &event); index++)
        TRY(sort_event(f, &event, index, &json));
    return ERR_OK;
}

/* Whose the events are is not looked up any more: each endpoint may have lost all of them. */
static void drop_record(struct forwarder *f)
{
    struct forward_event event;
    struct forward_endpoint *e;
    uint64_t count = 0;
    for (size_t at = 0; forward_event_next(&f->record.entries, &at, &event);)
        count++;
    DL_FOREACH(f->endpoints, e)
    {
        if (e->config.is_enabled)
            forward_queue_count_dropped(&e->queue, count, &f->batch);
    }
    log_warning("forward.dropped", log_number("events", (int64_t)count),
                log_text("detail", "more is written than can be sorted (forward.max_backlog)"));
}

static err_t take_record(struct forwarder *f, struct problem *problem)
{
    TRY(forward_backlog_read(f->backlog, &f->record, problem));
    if (forward_backlog_bytes(f->backlog) > f->settings->forward.max_backlog)
        drop_record(f);
    else
        TRY(sort_record(f));
    forward_backlog_finish(f->backlog, &f->record, &f->batch);
    return ERR_OK;
}

bool forwarder_sort_backlog(struct forwarder *f, bool *ret_is_more)
{
    struct problem problem = {0};
    err_t err = ERR_OK;
    int count = 0;
    while (err == ERR_OK && count < RECORDS_AT_ONCE && f->batch.bytes.len < BYTES_AT_ONCE) {
        err = take_record(f, &problem);
        count += err == ERR_OK;
    }
    bool is_end = err == ERR_NOT_FOUND;
    *ret_is_more = err == ERR_OK;
    if (is_end && count == 0)
        return false;
    if (err != ERR_OK && !is_end)
        f->batch.bytes.failed = true; /* nothing of it is written; it comes again */
    forward_backlog_finished(f->backlog, forwarder_commit(f, false));
    return true;
}

/* ---- notices ------------------------------------------------------------------------------------------------- */

static void sort_notice(struct forwarder *f, const struct device_notice *n)
{
    AUTO_BUF json = {0}, subject = {0};
    char id[FORWARD_ID_SIZE];
    struct cached_subject *old = find_subject(f, n->device);
    if (old != NULL)
        forget_subject(f, old);
    if (!anybody_wants(f, FORWARD_LIFECYCLE, &n->tenant_id, &n->profile_id))
        return;
    snprintf(id, sizeof id, "n%llx", (unsigned long long)n->number);
    forward_subject_write(&n->device_id, n->name, n->profile_name, &subject);
    json.failed = !buf_is_ok(&subject);
    forward_event_write_plain(forward_news_type(n->news), n->created_ms, buf_slice(&subject), id, &json);
    enqueue(f, FORWARD_LIFECYCLE, &n->tenant_id, &n->profile_id, &json, clock_wall_ms());
}

static err_t sort_notices(struct forwarder *f, struct device_notice *notices, size_t *ret_count,
                          struct problem *problem)
{
    TRY(registry_device_notices(f->hub->registry, notices, NOTICES_AT_ONCE, ret_count, problem));
    if (*ret_count == 0)
        return ERR_OK;
    for (size_t i = 0; i < *ret_count; i++)
        sort_notice(f, &notices[i]);
    TRY(forwarder_commit(f, true)); /* before the registry forgets them */
    return registry_device_notices_forget(f->hub->registry, notices[*ret_count - 1].number, problem);
}

void forwarder_sort_notices(struct forwarder *f, uint64_t now_ms)
{
    struct problem problem = {0};
    size_t count = 0;
    if (now_ms < f->next_notices_ms)
        return;
    f->next_notices_ms = f->endpoints != NULL ? now_ms + NOTICES_EVERY_MS : UINT64_MAX;
    struct device_notice *notices = calloc(NOTICES_AT_ONCE, sizeof *notices);
    err_t err = notices != NULL ? sort_notices(f, notices, &count, &problem) : ERR_NOMEM;
    free(notices);
    if (err != ERR_OK && problem.text[0] != '\0')
        log_warning("forward.notices_unread", log_text("detail", problem.text));
    if (err == ERR_OK && count == NOTICES_AT_ONCE)
        f->next_notices_ms = now_ms; /* there are more */
}
