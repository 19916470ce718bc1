#include "hub/attribute_request.h"

#include "hub/attributes_body.h"
#include "json/writer.h"

#include <stdlib.h>

struct job {
    struct mail mail;
    struct hub *hub;
    struct mailbox *home;
    uint64_t device;
    struct attribute_answer answer;
    void (*on_answer)(void *reactor, const struct attribute_answer *answer);
    struct body_scratch scratch; /* the request's slices live here and in payload */
    struct buf payload;
    struct attribute_request request;
};

static void free_job(struct job *job)
{
    buf_fini(&job->answer.json);
    buf_fini(&job->payload);
    body_scratch_fini(&job->scratch);
    free(job);
}

static bool add_member(void *arg, const struct attribute *attribute)
{
    struct json_writer *w = arg;
    AUTO_BUF value = {0};
    value_append_json(&attribute->value, &value);
    json_write_name(w, attribute->key);
    json_write_raw(w, buf_slice(&value));
    return buf_is_ok(w->out);
}

/* The named attributes, or all when none is named. A name without a value is left out. */
static err_t add_scope(struct job *job, struct json_writer *w, enum attribute_scope scope, struct slice keys)
{
    struct slice key;
    if (keys.len == 0)
        return series_attributes(job->hub->series, job->device, scope, add_member, w, NULL);
    while (buf_is_ok(w->out) && attribute_request_key(&keys, &key)) {
        err_t err = series_attribute(job->hub->series, job->device, scope, key, add_member, w, NULL);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
    }
    return ERR_OK;
}

/* A member only if it has values: written aside first. */
static err_t add_group(struct job *job, struct json_writer *w, struct slice name, enum attribute_scope scope,
                       struct slice keys)
{
    AUTO_BUF inner = {.limit = job->answer.json.limit};
    struct json_writer inner_writer;
    json_writer_init(&inner_writer, &inner);
    json_write_object_begin(&inner_writer);
    TRY(add_scope(job, &inner_writer, scope, keys));
    json_write_object_end(&inner_writer);
    if (!buf_is_ok(&inner))
        return ERR_LIMIT;
    if (inner.len == 2)
        return ERR_OK;
    json_write_name(w, name);
    json_write_raw(w, buf_slice(&inner));
    return ERR_OK;
}

static err_t write_answer(struct job *job)
{
    struct json_writer w;
    json_writer_init(&w, &job->answer.json);
    json_write_object_begin(&w);
    if (job->request.wants_client)
        TRY(add_group(job, &w, SLICE("client"), SCOPE_CLIENT, job->request.client_keys));
    if (job->request.wants_shared)
        TRY(add_group(job, &w, SLICE("shared"), SCOPE_SHARED, job->request.shared_keys));
    json_write_object_end(&w);
    return buf_is_ok(&job->answer.json) ? ERR_OK : ERR_NOMEM;
}

static void deliver_answer(struct mail *mail, void *reactor)
{
    struct job *job = (struct job *)mail;
    job->on_answer(reactor, &job->answer);
    free_job(job);
}

/* Worker thread. */
static void run(struct mail *mail, void *owner)
{
    struct job *job = (struct job *)mail;
    job->answer.result = write_answer(job);
    mail->deliver = deliver_answer;
    mailbox_return(job->home, mail);
}

static err_t parse(struct job *job, struct slice payload, struct problem *problem)
{
    const struct settings *settings = job->hub->settings;
    struct body_options options = {
        .device = job->device,
        .max_keys = settings->telemetry.max_keys,
        .max_depth = settings->json.max_depth,
        .scratch = &job->scratch,
    };
    buf_append_slice(&job->payload, payload);
    if (!buf_is_ok(&job->payload))
        return ERR_NOMEM;
    return attribute_request_parse(buf_slice(&job->payload), &options, &job->request, problem);
}

err_t attribute_request_start(struct hub *hub, struct mailbox *home, uint64_t client, uint64_t device,
                              const struct topic_match *request, struct slice payload,
                              void (*on_answer)(void *reactor, const struct attribute_answer *answer),
                              struct problem *problem)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return ERR_NOMEM;
    *job = (struct job){
        .mail = {NULL, run},
        .hub = hub,
        .home = home,
        .device = device,
        .on_answer = on_answer,
        .answer = {.client = client, .request = *request, .json = {.limit = hub->settings->mqtt.max_packet}}};
    err_t err = parse(job, payload, problem);
    if (err == ERR_OK && !workers_submit(hub->workers, &job->mail))
        err = fail(problem, ERR_LIMIT, "", "the server is busy; ask again later");
    if (err != ERR_OK)
        free_job(job);
    return err;
}
