#include "hub/gateway_request.h"

#include "hub/claim.h"
#include "hub/gateway_message.h"
#include "hub/rpc.h"
#include "json/writer.h"

#include <stdlib.h>

/* ---- messages on a worker ------------------------------------------------------------------------------ */

static struct body_options options_of(const struct request *request, struct body_scratch *scratch)
{
    const struct settings *settings = request->hub->settings;
    return (struct body_options){.max_keys = settings->telemetry.max_keys,
                                 .max_devices = settings->telemetry.max_devices,
                                 .max_depth = settings->json.max_depth,
                                 .scratch = scratch};
}

typedef err_t (*message_work)(struct request *request, const struct gateway_message *message,
                              struct problem *problem);

static err_t work_on(struct request *request, message_work work, struct problem *problem)
{
    struct body_scratch scratch = {0};
    const struct body_options options = options_of(request, &scratch);
    struct gateway_message message;
    err_t err = gateway_message_parse(request->match.topic, buf_slice(&request->payload), &options, &message,
                                      problem);
    if (err == ERR_OK) {
        err = work(request, &message, problem);
        gateway_message_fini(&message);
    }
    body_scratch_fini(&scratch);
    return err;
}

/* ---- attributes ---------------------------------------------------------------------------------------- */

static int compare_slices(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Each key once. @return how many are left */
static size_t unique_keys(struct slice *keys, size_t count)
{
    size_t n = 0;
    if (count != 0)
        qsort(keys, count, sizeof *keys, compare_slices);
    for (size_t i = 0; i < count; i++)
        if (n == 0 || !slice_eq(keys[i], keys[n - 1]))
            keys[n++] = keys[i];
    return n;
}

/* Values as they are found, behind a name each or, of a single key, without. */
struct values {
    struct json_writer *out;
    bool is_named;
};

static bool add_value(void *arg, const struct attribute *attribute)
{
    struct values *v = arg;
    AUTO_BUF value = {0};
    value_append_json(&attribute->value, &value);
    json_write_name(v->out, v->is_named ? attribute->key : SLICE("value"));
    json_write_raw(v->out, buf_slice(&value));
    return buf_is_ok(&value) && buf_is_ok(v->out->out);
}

static err_t add_keys(struct request *request, const struct gateway_message *m, size_t count,
                      struct values *values, struct problem *problem)
{
    struct series *series = request->hub->series;
    enum attribute_scope scope = m->wants_client ? SCOPE_CLIENT : SCOPE_SHARED;
    if (count == 0)
        return series_attributes(series, request->source.device, scope, add_value, values, problem);
    for (size_t i = 0; i < count && buf_is_ok(values->out->out); i++) {
        err_t err =
            series_attribute(series, request->source.device, scope, m->keys[i], add_value, values, problem);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
    }
    return ERR_OK;
}

/* A member only if it has values: written aside first. */
static err_t add_values(struct request *request, const struct gateway_message *m, size_t count,
                        struct json_writer *out, struct problem *problem)
{
    AUTO_BUF inner = {.limit = request->answer.limit};
    struct json_writer w;
    struct values values = {.out = &w, .is_named = true};
    json_writer_init(&w, &inner);
    json_write_object_begin(&w);
    TRY(add_keys(request, m, count, &values, problem));
    json_write_object_end(&w);
    if (!buf_is_ok(&inner))
        return fail(problem, ERR_LIMIT, "", "the attributes asked for are larger than mqtt.max_packet");
    if (inner.len == 2)
        return ERR_OK;
    json_write_name(out, SLICE("values"));
    json_write_raw(out, buf_slice(&inner));
    return ERR_OK;
}

static err_t answer_attributes(struct request *request, const struct gateway_message *m,
                               struct problem *problem)
{
    struct json_writer w;
    struct values single = {.out = &w};
    size_t count = unique_keys(m->keys, m->key_count);
    json_writer_init(&w, &request->answer);
    json_write_object_begin(&w);
    json_write_name(&w, SLICE("id"));
    json_write_int(&w, m->id);
    json_write_name(&w, SLICE("device"));
    json_write_string(&w, m->device);
    TRY(count == 1 ? add_keys(request, m, count, &single, problem)
                   : add_values(request, m, count, &w, problem));
    json_write_object_end(&w);
    return ERR_OK;
}

err_t gateway_answer_attributes(struct request *request, struct problem *problem)
{
    return work_on(request, answer_attributes, problem);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

static err_t take_rpc_answer(struct request *request, const struct gateway_message *m,
                             struct problem *problem)
{
    return rpc_respond(request->hub, request->source.device, (uint32_t)m->id, m->data, problem);
}

err_t gateway_take_rpc_answer(struct request *request, struct problem *problem)
{
    return work_on(request, take_rpc_answer, problem);
}

/* ---- claims -------------------------------------------------------------------------------------------- */

struct claim_work {
    struct hub *hub;
    struct uuid tenant;
};

/* The device exists: the message made those that did not. */
static err_t allow_claim(void *arg, const struct gateway_claim *claim, struct problem *problem)
{
    const struct claim_work *work = arg;
    struct device device;
    char name[NAME_SIZE];
    if (!slice_to_cstr(claim->device, name, sizeof name))
        return fail(problem, ERR_INVALID, "device", "the device's name has %zu bytes; expected 1 to %d",
                    claim->device.len, NAME_SIZE - 1);
    TRY(registry_device_by_name(work->hub->registry, &work->tenant, name, &device, problem));
    err_t err =
        claim_allow_terms(work->hub, device.number, claim->secret, (uint64_t)claim->duration_ms, problem);
    device_fini(&device);
    return err;
}

static err_t find_tenant(struct request *request, struct claim_work *ret, struct problem *problem)
{
    struct device gateway;
    TRY(registry_device_by_number(request->hub->registry, request->source.device, &gateway, problem));
    *ret = (struct claim_work){request->hub, gateway.tenant_id};
    device_fini(&gateway);
    return ERR_OK;
}

err_t gateway_allow_claims(struct request *request, struct problem *problem)
{
    struct body_scratch scratch = {0};
    const struct body_options options = options_of(request, &scratch);
    struct slice payload = buf_slice(&request->payload);
    struct claim_work work;
    err_t err = gateway_claims_parse(payload, &options, NULL, NULL, problem);
    if (err == ERR_OK)
        err = find_tenant(request, &work, problem);
    if (err == ERR_OK)
        err = gateway_claims_parse(payload, &options, allow_claim, &work, problem);
    body_scratch_fini(&scratch);
    return err;
}
