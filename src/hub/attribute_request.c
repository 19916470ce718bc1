#include "hub/attribute_request.h"

#include "json/writer.h"

/* What one answer is written from and into. */
struct output {
    struct series *series;
    uint64_t device;
    struct json_writer json;
    struct problem *problem;
};

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
static err_t add_scope(const struct output *o, struct json_writer *w, enum attribute_scope scope,
                       struct slice keys)
{
    struct slice key;
    if (keys.len == 0)
        return series_attributes(o->series, o->device, scope, add_member, w, o->problem);
    while (buf_is_ok(w->out) && attribute_request_key(&keys, &key)) {
        err_t err = series_attribute(o->series, o->device, scope, key, add_member, w, o->problem);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
    }
    return ERR_OK;
}

static err_t too_large(const struct output *o)
{
    return fail(o->problem, ERR_LIMIT, "", "the attributes asked for are larger than mqtt.max_packet");
}

/* A member only if it has values: written aside first. */
static err_t add_group(struct output *o, struct slice name, enum attribute_scope scope, struct slice keys)
{
    AUTO_BUF inner = {.limit = o->json.out->limit};
    struct json_writer inner_writer;
    json_writer_init(&inner_writer, &inner);
    json_write_object_begin(&inner_writer);
    TRY(add_scope(o, &inner_writer, scope, keys));
    json_write_object_end(&inner_writer);
    if (!buf_is_ok(&inner))
        return too_large(o);
    if (inner.len == 2)
        return ERR_OK;
    json_write_name(&o->json, name);
    json_write_raw(&o->json, buf_slice(&inner));
    return ERR_OK;
}

err_t attribute_request_write(struct hub *hub, uint64_t device, const struct attribute_request *wanted,
                              struct buf *out, struct problem *problem)
{
    struct output o = {.series = hub->series, .device = device, .problem = problem};
    json_writer_init(&o.json, out);
    json_write_object_begin(&o.json);
    if (wanted->wants_client)
        TRY(add_group(&o, SLICE("client"), SCOPE_CLIENT, wanted->client_keys));
    if (wanted->wants_shared)
        TRY(add_group(&o, SLICE("shared"), SCOPE_SHARED, wanted->shared_keys));
    json_write_object_end(&o.json);
    return buf_is_ok(out) ? ERR_OK : too_large(&o);
}

err_t attribute_request_answer(struct request *request, struct problem *problem)
{
    const struct settings *settings = request->hub->settings;
    struct body_scratch scratch = {0};
    const struct body_options options = {
        .device = request->source.device,
        .max_keys = settings->telemetry.max_keys,
        .max_depth = settings->json.max_depth,
        .scratch = &scratch,
    };
    struct attribute_request wanted;
    err_t err = attribute_request_parse(buf_slice(&request->payload), &options, &wanted, problem);
    if (err == ERR_OK)
        err =
            attribute_request_write(request->hub, request->source.device, &wanted, &request->answer, problem);
    body_scratch_fini(&scratch);
    return err;
}
