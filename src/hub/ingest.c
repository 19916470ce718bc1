#include "hub/ingest.h"

#include "base/clock.h"
#include "hub/attributes_body.h"
#include "hub/telemetry.h"
#include "hub/writer.h"

#include <stdlib.h>

enum {
    BATCHES = 4,               /* one open, the others with the writer or free */
    SUBMITTED_MAX = 1,         /* until it is back the next one gathers: fewer, larger syncs */
    BATCH_BYTES = 1024 * 1024, /* of entries */
    BATCH_ANSWERS = 8192,
    LATE_ANSWERS =
        1024, /* behind a full batch, from workers that were under way when it went to the writer */
};

/* An answer that waits for its batch. */
struct pending {
    uint64_t client;
    uint32_t text; /* offset in the batch's texts, UINT32_MAX = none */
    uint16_t packet_id;
    uint8_t qos;
    uint8_t reason;
};

struct ingest_batch {
    struct write_batch write; /* first: on_done finds the rest by it */
    struct ingest *ingest;
    struct ingest_batch *next; /* in the free list */
    struct pending answers[BATCH_ANSWERS + LATE_ANSWERS];
    size_t answer_count;
    struct buf texts; /* NUL-terminated sentences of refusals */
};

struct ingest {
    struct hub *hub;
    struct ingest_handler handler;
    struct body_scratch scratch;
    struct buf foreign; /* JSON of a payload that came in another form */
    struct ingest_batch *batches[BATCHES];
    struct ingest_batch *open; /* NULL: all are with the writer */
    struct ingest_batch *last; /* submitted last; with the writer while open is NULL */
    struct ingest_batch *free; /* list */
    unsigned submitted;
};

err_t ingest_source_copy(struct ingest_source *source, struct buf *texts)
{
    size_t split = source->response_topic.len;
    buf_append_slice(texts, source->response_topic);
    buf_append_slice(texts, source->correlation_data);
    if (!buf_is_ok(texts))
        return ERR_NOMEM;
    struct slice copy = buf_slice(texts);
    source->response_topic = slice_of(copy.data, split);
    source->correlation_data = slice_skip(copy, split);
    return ERR_OK;
}

static void on_written(struct write_batch *write, void *owner);

static err_t add_batch(struct ingest *in, struct mailbox *home, size_t i)
{
    struct ingest_batch *b = in->batches[i] = calloc(1, sizeof *b);
    if (b == NULL)
        return ERR_NOMEM;
    b->ingest = in;
    b->write.home = home;
    b->write.on_done = on_written;
    b->write.batch.bytes.limit = BATCH_BYTES;
    b->texts.limit = BATCH_BYTES;
    b->next = in->free;
    in->free = b;
    return ERR_OK;
}

static void open_next(struct ingest *in)
{
    in->open = in->free;
    if (in->open != NULL)
        in->free = in->open->next;
}

err_t ingest_new(struct hub *hub, struct mailbox *home, const struct ingest_handler *handler,
                 struct ingest **ret)
{
    struct ingest *in = calloc(1, sizeof *in);
    if (in == NULL)
        return ERR_NOMEM;
    in->hub = hub;
    in->handler = *handler;
    in->foreign.limit = BATCH_BYTES;
    for (size_t i = 0; i < BATCHES; i++) {
        err_t err = add_batch(in, home, i);
        if (err != ERR_OK) {
            ingest_free(in);
            return err;
        }
    }
    open_next(in);
    *ret = in;
    return ERR_OK;
}

void ingest_free(struct ingest *in)
{
    if (in == NULL)
        return;
    for (size_t i = 0; i < BATCHES; i++) {
        if (in->batches[i] == NULL)
            continue;
        batch_fini(&in->batches[i]->write.batch);
        buf_fini(&in->batches[i]->texts);
        free(in->batches[i]);
    }
    body_scratch_fini(&in->scratch);
    buf_fini(&in->foreign);
    free(in);
}

static bool is_filled(const struct ingest_batch *b)
{
    return b->answer_count >= BATCH_ANSWERS || b->write.batch.bytes.len > BATCH_BYTES / 2;
}

static bool is_unused(const struct ingest_batch *b)
{
    return b->answer_count == 0 && batch_is_empty(&b->write.batch);
}

static void submit(struct ingest *in)
{
    struct ingest_batch *b = in->open;
    in->submitted++;
    in->last = b;
    open_next(in);
    writer_submit(in->hub->writer, &b->write);
}

void ingest_flush(struct ingest *in)
{
    if (in->open != NULL && !is_unused(in->open) && in->submitted < SUBMITTED_MAX)
        submit(in);
}

void ingest_submit(struct ingest *in)
{
    if (in->open != NULL && !is_unused(in->open))
        submit(in);
}

bool ingest_has_room(const struct ingest *in)
{
    return in->open != NULL && !is_filled(in->open);
}

bool ingest_is_idle(const struct ingest *in)
{
    return in->submitted == 0 && in->open != NULL && is_unused(in->open);
}

static void add_answer(struct ingest_batch *b, const struct ingest_source *source, uint8_t reason,
                       const char *text)
{
    struct pending *p = &b->answers[b->answer_count++];
    *p = (struct pending){source->client, UINT32_MAX, source->packet_id, source->qos, reason};
    if (reason == 0)
        return;
    p->text = (uint32_t)b->texts.len;
    buf_append(&b->texts, text, strlen(text) + 1);
    if (!buf_is_ok(&b->texts))
        p->text = UINT32_MAX;
}

/* A message with values, from whom ever. */
struct incoming {
    uint64_t device;
    enum device_topic topic;
    struct payload_json json;
    const struct gateway_names *names; /* of a gateway's */
};

static err_t parse(struct ingest *in, const struct incoming *m, struct problem *problem)
{
    const struct settings *settings = in->hub->settings;
    const struct body_options options = {
        .device = m->device,
        .now_ms = clock_wall_ms(),
        .type_cast = settings->telemetry.type_cast,
        .is_typed = m->json.is_typed,
        .max_keys = settings->telemetry.max_keys,
        .max_devices = settings->telemetry.max_devices,
        .max_depth = settings->json.max_depth,
        .scratch = &in->scratch,
    };
    struct batch *batch = &in->open->write.batch;
    switch (m->topic) {
    case TOPIC_TELEMETRY: return telemetry_parse(m->json.text, &options, batch, problem);
    case TOPIC_ATTRIBUTES: return attributes_parse(m->json.text, SCOPE_CLIENT, &options, batch, problem);
    case TOPIC_GATEWAY_TELEMETRY:
        return gateway_telemetry_parse(m->json.text, &options, m->names, batch, problem);
    default: return gateway_attributes_parse(m->json.text, &options, m->names, batch, problem);
    }
}

/* Into the open batch, or into the next. */
static err_t take(struct ingest *in, const struct incoming *m, struct problem *problem)
{
    err_t err = parse(in, m, problem);
    /* ERR_AGAIN: does not fit behind what is there. Half of the batch was free, so an empty one is another size. */
    if (err != ERR_AGAIN || in->free == NULL)
        return err;
    submit(in);
    return parse(in, m, problem);
}

static void answer_body(struct ingest *in, const struct ingest_source *source, err_t err,
                        const struct problem *problem)
{
    uint8_t reason = err == ERR_OK      ? 0
                     : err == ERR_AGAIN ? err_info(ERR_LIMIT)->mqtt_reason
                                        : err_info(ERR_INVALID)->mqtt_reason;
    in->open->write.batch.messages += reason == 0;
    if (source->qos > 0 || reason != 0)
        add_answer(in->open, source, reason, problem->text);
    if (is_filled(in->open))
        submit(in);
}

void ingest_body(struct ingest *in, const struct ingest_source *source, enum device_topic topic,
                 struct slice payload)
{
    const struct incoming m = {.device = source->device, .topic = topic, .json.text = payload};
    struct problem problem = {0};
    CHECK(ingest_has_room(in));
    err_t err = take(in, &m, &problem);
    answer_body(in, source, err, &problem);
}

void ingest_foreign(struct ingest *in, const struct ingest_source *source, const struct topic_match *match,
                    struct slice payload)
{
    const struct payload_forms forms = {in->hub->payloads, source->profile};
    struct incoming m = {.device = source->device, .topic = match->topic};
    struct problem problem = {0};
    CHECK(ingest_has_room(in));
    err_t err = payload_read(&forms, match, payload, &in->foreign, &m.json, &problem);
    if (err == ERR_OK)
        err = take(in, &m, &problem);
    answer_body(in, source, err, &problem);
}

bool ingest_gateway_body(struct ingest *in, const struct ingest_source *source, enum device_topic topic,
                         struct slice payload, const struct gateway_names *names)
{
    const struct incoming m = {
        .device = source->device, .topic = topic, .json.text = payload, .names = names};
    struct problem problem = {0};
    CHECK(ingest_has_room(in));
    err_t err = take(in, &m, &problem);
    if (err == ERR_NOT_FOUND)
        return false;
    answer_body(in, source, err, &problem);
    return true;
}

bool ingest_reply(struct ingest *in, const struct ingest_source *source, uint8_t reason, const char *text)
{
    struct ingest_batch *b = in->open != NULL ? in->open : in->last;
    if (b->answer_count == BATCH_ANSWERS + LATE_ANSWERS)
        return false;
    add_answer(b, source, reason, text); /* the writer does not look at answers */
    if (b == in->open && is_filled(b))
        submit(in);
    return true;
}

void ingest_server_attribute(struct ingest *in, uint64_t device, struct slice key, const struct value *value)
{
    const struct attribute attribute = {device, SCOPE_SERVER, key, clock_wall_ms(), *value};
    if (in->open == NULL)
        return;
    struct batch *batch = &in->open->write.batch;
    struct batch_mark mark = batch_mark(batch);
    batch_add_attribute(batch, &attribute);
    if (!buf_is_ok(&batch->bytes))
        batch_rewind(batch, mark);
}

static void answer_all(struct ingest *in, struct ingest_batch *b)
{
    bool is_written = b->write.result == ERR_OK;
    for (size_t i = 0; i < b->answer_count; i++) {
        const struct pending *p = &b->answers[i];
        struct ingest_answer answer = {p->client, p->packet_id, p->qos, p->reason, ""};
        if (p->reason == 0 && !is_written) {
            answer.reason = err_info(b->write.result)->mqtt_reason;
            answer.text = b->write.problem.text;
        } else if (p->text != UINT32_MAX) {
            answer.text = (const char *)b->texts.data + p->text;
        }
        in->handler.on_answer(in->handler.owner, &answer);
    }
}

/* Reactor's thread, from its mailbox. */
static void on_written(struct write_batch *write, void *owner)
{
    struct ingest_batch *b = (struct ingest_batch *)write;
    struct ingest *in = b->ingest;
    in->submitted--;
    ingest_flush(in); /* first, so that the writer works while the answers are sent */
    answer_all(in, b);
    batch_clear(&b->write.batch);
    buf_clear(&b->texts);
    b->answer_count = 0;
    b->next = in->free;
    in->free = b;
    if (in->open == NULL)
        open_next(in);
    in->handler.on_batch_done(in->handler.owner);
    ingest_flush(in);
}
