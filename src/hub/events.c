#include "hub/events.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/writer.h"
#include "pki/certificate.h"
#include "json/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum { TEXT_MAX = 255, RINGS_MAX = 50000 };

static const char *const kind_names[] = {
    [EVENT_CONNECTED] = "CONNECTED",
    [EVENT_DISCONNECTED] = "DISCONNECTED",
    [EVENT_REFUSED] = "REFUSED",
    [EVENT_MESSAGE_REFUSED] = "MESSAGE_REFUSED",
    [EVENT_UNKNOWN_TOPIC] = "UNKNOWN_TOPIC",
};

struct queued {
    struct queued *prev, *next;
    int64_t ts;
    unsigned times;
    struct event event; /* its text in bytes */
    uint8_t bytes[];
};

/* How far the ring of a list is. Entries of lists that had no event since the start do not exist. */
struct ring {
    UT_hash_handle hh;
    uint64_t series;
    uint64_t next; /* number of the next event; its slot is the remainder */
};

struct events {
    pthread_mutex_t lock; /* guards first, count, dropped; leaf */
    struct queued *first;
    size_t count;
    size_t dropped;
    atomic_bool is_writing; /* a job is with the workers */
    struct mail job;
    struct hub *hub; /* the job's */

    pthread_mutex_t
        write_lock; /* one writes at a time; guards rings. Held over reads and writes of the store */
    struct ring *rings;
};

err_t events_new(struct events **ret)
{
    struct events *e = calloc(1, sizeof *e);
    if (e == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&e->lock, NULL);
    pthread_mutex_init(&e->write_lock, NULL);
    *ret = e;
    return ERR_OK;
}

static void free_queue(struct queued *first)
{
    struct queued *q, *next;
    DL_FOREACH_SAFE(first, q, next)
    {
        DL_DELETE(first, q);
        free(q);
    }
}

/* They are read again from the store when needed. */
static void forget_rings(struct events *e)
{
    struct ring *ring, *next;
    HASH_ITER (hh, e->rings, ring, next) {
        HASH_DEL(e->rings, ring);
        free(ring);
    }
}

void events_free(struct events *e)
{
    if (e == NULL)
        return;
    free_queue(e->first);
    forget_rings(e);
    pthread_mutex_destroy(&e->lock);
    pthread_mutex_destroy(&e->write_lock);
    free(e);
}

/* ---- recording ----------------------------------------------------------------------------------------- */

static struct slice cut(struct slice text, size_t max)
{
    if (text.len <= max)
        return text;
    text.len = max;
    text.len = text_utf8_prefix(text);
    return text;
}

static struct slice copy(uint8_t **pos, struct slice text)
{
    struct slice kept = slice_of(*pos, text.len);
    if (text.len != 0)
        memcpy(*pos, text.data, text.len);
    *pos += text.len;
    return kept;
}

static struct queued *make(const struct event *given)
{
    struct event e = *given;
    struct slice *texts[] = {&e.fingerprint, &e.address, &e.client_id, &e.subject, &e.topic, &e.reason};
    if (e.certificate.len > EVENTS_CERTIFICATE_MAX)
        e.certificate.len = 0;
    size_t size = e.certificate.len;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = cut(*texts[i], texts[i] == &e.reason ? PROBLEM_TEXT_MAX : TEXT_MAX);
        size += texts[i]->len;
    }
    struct queued *q = malloc(sizeof *q + size);
    if (q == NULL)
        return NULL;
    uint8_t *pos = q->bytes;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = copy(&pos, *texts[i]);
    e.certificate = copy(&pos, e.certificate);
    q->event = e;
    q->ts = clock_wall_ms();
    q->times = 1;
    return q;
}

static bool is_same(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && a->device == b->device && a->mqtt_reason == b->mqtt_reason &&
           slice_eq(a->reason, b->reason) && slice_eq(a->topic, b->topic) &&
           slice_eq(a->client_id, b->client_id) && slice_eq(a->fingerprint, b->fingerprint) &&
           slice_eq(a->address, b->address);
}

void events_record(struct events *e, const struct event *event)
{
    struct queued *q = make(event);
    if (q == NULL)
        return;
    pthread_mutex_lock(&e->lock);
    struct queued *last = e->first != NULL ? e->first->prev : NULL;
    if (last != NULL && is_same(&last->event, &q->event)) {
        last->times++;
    } else if (e->count == EVENTS_QUEUED_MAX) {
        e->dropped++;
    } else {
        DL_APPEND(e->first, q);
        e->count++;
        q = NULL;
    }
    pthread_mutex_unlock(&e->lock);
    free(q);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static void write_text(struct json_writer *w, struct slice name, struct slice text)
{
    if (text.len == 0)
        return;
    json_write_name(w, name);
    json_write_string(w, cut(text, text_utf8_prefix(text)));
}

static void write_number(struct json_writer *w, struct slice name, int64_t number)
{
    json_write_name(w, name);
    json_write_int(w, number);
}

static void write_id(struct json_writer *w, struct slice name, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    write_text(w, name, slice_str(text));
}

/* Of the copy in the door log. */
static void write_owner(struct json_writer *w, const struct door_entry *owner)
{
    if (owner->device == 0)
        return;
    write_id(w, SLICE("tenantId"), &owner->tenant_id);
    write_id(w, SLICE("deviceId"), &owner->device_id);
    write_text(w, SLICE("deviceName"), slice_str(owner->name));
}

/* One entry of a list on its way to the store. */
struct written {
    const struct queued *q;
    uint64_t device;          /* whose list; 0: the door log */
    struct door_entry owner;  /* told in the door log; device 0: nobody's */
    struct slice certificate; /* base64; empty: none */
};

static void write_event(const struct written *entry, uint64_t number, struct buf *out)
{
    const struct queued *q = entry->q;
    const struct event *e = &q->event;
    struct json_writer w;
    json_writer_init(&w, out);
    json_write_object_begin(&w);
    write_number(&w, SLICE("ts"), q->ts);
    write_number(&w, SLICE("number"), (int64_t)number);
    write_text(&w, SLICE("type"), slice_str(kind_names[e->kind]));
    write_text(&w, SLICE("reason"), e->reason);
    write_text(&w, SLICE("address"), e->address);
    write_text(&w, SLICE("clientId"), e->client_id);
    write_text(&w, SLICE("fingerprint"), e->fingerprint);
    write_text(&w, SLICE("subject"), e->subject);
    write_text(&w, SLICE("topic"), e->topic);
    if (e->mqtt_reason != 0)
        write_number(&w, SLICE("mqttReason"), e->mqtt_reason);
    if (q->times > 1)
        write_number(&w, SLICE("times"), q->times);
    write_owner(&w, &entry->owner);
    if (entry->certificate.len != 0) {
        json_write_name(&w, SLICE("hasCertificate"));
        json_write_bool(&w, true);
    }
    json_write_object_end(&w);
}

static int64_t number_of(struct slice json)
{
    static const struct slice name = {(const uint8_t *)"\"number\":", 9};
    const uint8_t *found = json.len ? memmem(json.data, json.len, name.data, name.len) : NULL;
    int64_t n = 0;
    if (found == NULL)
        return -1;
    for (found += name.len; found < json.data + json.len && *found >= '0' && *found <= '9'; found++)
        n = n * 10 + (*found - '0');
    return n;
}

static bool raise_next(void *arg, const struct attribute *attribute)
{
    uint64_t *next = arg;
    int64_t n = number_of(attribute->value.text);
    if (n >= 0 && (uint64_t)n + 1 > *next)
        *next = (uint64_t)n + 1;
    return true;
}

static struct ring *find_ring(struct hub *hub, uint64_t series)
{
    struct events *e = hub->events;
    struct ring *ring;
    HASH_FIND(hh, e->rings, &series, sizeof series, ring);
    if (ring != NULL)
        return ring;
    if (HASH_COUNT(e->rings) >= RINGS_MAX)
        forget_rings(e);
    ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        return NULL;
    ring->series = series;
    if (series_attributes(hub->series, series, SCOPE_SERVER, raise_next, &ring->next, NULL) != ERR_OK)
        ring->next = 0;
    HASH_ADD(hh, e->rings, series, sizeof ring->series, ring);
    return ring;
}

/* The owner of the certificate. device 0: there is none. */
static struct door_entry owner_of(struct hub *hub, const struct event *event)
{
    struct door_entry entry = {0};
    if (event->device == 0 && event->fingerprint.len != 0 &&
        registry_door_find(hub->registry, CREDENTIALS_X509, event->fingerprint, &entry, NULL, NULL) != ERR_OK)
        entry = (struct door_entry){0};
    return entry;
}

static void write_slot(char out[16], uint64_t number, uint64_t size)
{
    snprintf(out, 16, "%06u", (unsigned)(number % size) % 1000000);
}

/* Beside the entry, where lists do not read it: its number, so that nobody takes an older one's, and the text. */
static void add_certificate(const struct ring *ring, uint64_t number, const char *slot,
                            const struct written *entry, struct batch *batch)
{
    AUTO_BUF text = {0};
    buf_printf(&text, "%llu:", (unsigned long long)number);
    buf_append_slice(&text, entry->certificate);
    const struct attribute attribute = {.device = ring->series,
                                        .scope = SCOPE_CLIENT,
                                        .key = slice_str(slot),
                                        .updated_ms = entry->q->ts,
                                        .value = {.type = VALUE_STRING, .text = buf_slice(&text)}};
    if (entry->certificate.len != 0 && buf_is_ok(&text))
        batch_add_attribute(batch, &attribute);
}

static void add_to_list(struct hub *hub, const struct written *entry, struct batch *batch)
{
    struct ring *ring = find_ring(hub, events_series(entry->device));
    AUTO_BUF json = {0};
    char slot[16];
    if (ring == NULL)
        return;
    uint64_t number = ring->next++;
    write_slot(slot, number,
               entry->device != 0 ? hub->settings->events.per_device : hub->settings->events.door_log);
    write_event(entry, number, &json);
    if (!buf_is_ok(&json))
        return;
    const struct attribute attribute = {
        .device = ring->series,
        .scope = SCOPE_SERVER,
        .key = slice_str(slot),
        .updated_ms = entry->q->ts,
        .value = {.type = VALUE_JSON, .text = buf_slice(&json)},
    };
    batch_add_attribute(batch, &attribute);
    add_certificate(ring, number, slot, entry, batch);
}

static void add_to_batch(struct hub *hub, const struct queued *q, struct batch *batch)
{
    struct door_entry owner = owner_of(hub, &q->event);
    uint64_t device = q->event.device != 0 ? q->event.device : owner.device;
    struct certificate_view view = {0};
    struct written entry = {.q = q, .device = device};
    if (device == 0 && q->event.certificate.len != 0 &&
        certificate_view_read(q->event.certificate, &view, NULL) == ERR_OK)
        entry.certificate = buf_slice(&view.base64);
    add_to_list(hub, &entry, batch);
    if (owner.device != 0 && q->event.kind == EVENT_REFUSED) {
        entry.device = 0;
        entry.owner = owner;
        add_to_list(hub, &entry, batch);
    }
    certificate_view_fini(&view);
}

static struct queued *take_all(struct events *e, size_t *ret_dropped)
{
    pthread_mutex_lock(&e->lock);
    struct queued *first = e->first;
    *ret_dropped = e->dropped;
    e->first = NULL;
    e->count = e->dropped = 0;
    pthread_mutex_unlock(&e->lock);
    return first;
}

void events_write(struct hub *hub)
{
    struct events *e = hub->events;
    struct batch batch = {0};
    struct problem problem = {0};
    size_t dropped;
    pthread_mutex_lock(&e->write_lock);
    struct queued *first = take_all(e, &dropped), *q;
    DL_FOREACH(first, q)
    {
        add_to_batch(hub, q, &batch);
    }
    if (!batch_is_empty(&batch) && writer_write(hub->writer, &batch, &problem) != ERR_OK)
        log_warning("events.not_written", log_text("detail", problem.text));
    pthread_mutex_unlock(&e->write_lock);
    if (dropped != 0)
        log_warning("events.dropped", log_number("events", (int64_t)dropped));
    free_queue(first);
    batch_fini(&batch);
}

static void run(struct mail *mail, void *owner)
{
    struct events *e = (struct events *)(void *)((char *)mail - offsetof(struct events, job));
    events_write(e->hub);
    atomic_store(&e->is_writing, false);
}

void events_flush(struct hub *hub)
{
    struct events *e = hub->events;
    pthread_mutex_lock(&e->lock);
    bool is_empty = e->first == NULL;
    pthread_mutex_unlock(&e->lock);
    if (is_empty || atomic_exchange(&e->is_writing, true))
        return;
    e->hub = hub;
    e->job = (struct mail){NULL, run};
    if (!workers_submit(hub->workers, &e->job))
        atomic_store(&e->is_writing, false);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

struct found {
    int64_t number, ts;
    size_t at, len; /* in the text */
};

struct reading {
    struct buf text, found; /* found: an array of struct found */
};

static bool collect(void *arg, const struct attribute *attribute)
{
    struct reading *r = arg;
    const struct found one = {number_of(attribute->value.text), attribute->updated_ms, r->text.len,
                              attribute->value.text.len};
    buf_append_slice(&r->text, attribute->value.text);
    buf_append(&r->found, &one, sizeof one);
    return buf_is_ok(&r->text) && buf_is_ok(&r->found);
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = ((const struct found *)a)->number, y = ((const struct found *)b)->number;
    return (x < y) - (x > y);
}

static void visit_all(struct reading *r, event_visitor visit, void *arg)
{
    struct found *list = (struct found *)(void *)r->found.data;
    size_t count = r->found.len / sizeof *list;
    if (count == 0)
        return;
    qsort(list, count, sizeof *list, newest_first);
    for (size_t i = 0; i < count; i++)
        if (!visit(arg, list[i].ts, slice_of(r->text.data + list[i].at, list[i].len)))
            return;
}

err_t events_read(struct hub *hub, uint64_t device, event_visitor visit, void *arg, struct problem *problem)
{
    struct reading r = {0};
    events_write(hub);
    err_t err = series_attributes(hub->series, events_series(device), SCOPE_SERVER, collect, &r, problem);
    if (err == ERR_OK && !(buf_is_ok(&r.text) && buf_is_ok(&r.found)))
        err = fail(problem, ERR_NOMEM, "", "no memory for the list of events");
    if (err == ERR_OK)
        visit_all(&r, visit, arg);
    buf_fini(&r.text);
    buf_fini(&r.found);
    return err;
}

struct wanted_certificate {
    uint64_t number;
    struct buf *out;
    bool is_found;
};

static bool take_certificate(void *arg, const struct attribute *attribute)
{
    struct wanted_certificate *wanted = arg;
    struct slice text = attribute->value.text;
    char number[32];
    int len = snprintf(number, sizeof number, "%llu:", (unsigned long long)wanted->number);
    wanted->is_found = attribute->value.type == VALUE_STRING && slice_starts_with(text, slice_str(number));
    if (wanted->is_found)
        buf_append_slice(wanted->out, slice_skip(text, (size_t)len));
    return false;
}

err_t events_certificate(struct hub *hub, uint64_t number, struct buf *out, struct problem *problem)
{
    struct wanted_certificate wanted = {.number = number, .out = out};
    char slot[16];
    write_slot(slot, number, hub->settings->events.door_log);
    events_write(hub);
    TRY(series_attribute(hub->series, events_series(0), SCOPE_CLIENT, slice_str(slot), take_certificate,
                         &wanted, problem));
    if (!wanted.is_found)
        return fail(problem, ERR_NOT_FOUND, "", "the entry is gone, or was made without a certificate");
    return buf_is_ok(out) ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory for the certificate");
}
