/* What devices say and ask over HTTP. Payloads are JSON, whatever form the profile gives MQTT. Device API section 9. */
#include "base/clock.h"
#include "http/device_refusal.h"
#include "http/polls.h"
#include "http/resources.h"
#include "hub/attribute_request.h"
#include "hub/claim.h"
#include "hub/provision.h"
#include "hub/telemetry.h"
#include "hub/writer.h"

typedef err_t (*body_parser)(struct slice payload, const struct body_options *options, struct batch *batch,
                             struct problem *problem);

static err_t parse_attributes(struct slice payload, const struct body_options *options, struct batch *batch,
                              struct problem *problem)
{
    return attributes_parse(payload, SCOPE_CLIENT, options, batch, problem);
}

static err_t parse(struct call *call, body_parser parser, struct batch *batch, struct problem *problem)
{
    const struct settings *settings = call->api->hub->settings;
    struct body_scratch scratch = {0};
    const struct body_options options = {.device = call->device.device,
                                         .now_ms = clock_wall_ms(),
                                         .type_cast = settings->telemetry.type_cast,
                                         .max_keys = settings->telemetry.max_keys,
                                         .max_depth = settings->json.max_depth,
                                         .scratch = &scratch};
    err_t err = parser(call->request->body, &options, batch, problem);
    body_scratch_fini(&scratch);
    return device_refusal(call, err, problem);
}

/* 200 is a promise: it is on disk. */
static err_t store(struct call *call, body_parser parser, struct problem *problem)
{
    struct batch batch = {0};
    err_t err = parse(call, parser, &batch, problem);
    batch.messages = 1;
    if (err == ERR_OK && !batch_is_empty(&batch))
        err = writer_write(call->api->hub->writer, &batch, problem);
    batch_fini(&batch);
    if (err == ERR_OK)
        call->response->status = 200;
    return err;
}

err_t device_api_telemetry(struct call *call, struct problem *problem)
{
    return store(call, telemetry_parse, problem);
}

err_t device_api_attributes(struct call *call, struct problem *problem)
{
    return store(call, parse_attributes, problem);
}

/* ---- what is asked for ------------------------------------------------------------------------------------- */

static uint32_t count_keys(struct slice list)
{
    uint32_t n = 0;
    struct slice key;
    while (attribute_request_key(&list, &key))
        n++;
    return n;
}

/* Unlike over MQTT, a parameter that names nothing counts as not given. */
static err_t read_wish(const struct call *call, struct attribute_request *ret, struct problem *problem)
{
    const uint32_t max_keys = call->api->hub->settings->telemetry.max_keys;
    http_request_param(call->request, "clientKeys", &ret->client_keys);
    http_request_param(call->request, "sharedKeys", &ret->shared_keys);
    uint32_t client = count_keys(ret->client_keys), shared = count_keys(ret->shared_keys);
    if (client + shared > max_keys)
        return fail(problem, ERR_INVALID, "", "asks for %u keys; expected at most %u", client + shared,
                    max_keys);
    ret->wants_client = client != 0 || shared == 0;
    ret->wants_shared = shared != 0 || client == 0;
    if (client == 0)
        ret->client_keys.len = 0; /* "," */
    if (shared == 0)
        ret->shared_keys.len = 0;
    return ERR_OK;
}

err_t device_api_attributes_asked(struct call *call, struct problem *problem)
{
    struct attribute_request wish = {0};
    TRY(read_wish(call, &wish, problem));
    TRY(attribute_request_write(call->api->hub, call->device.device, &wish, &call->response->body, problem));
    call->response->status = 200;
    return ERR_OK;
}

err_t device_api_attributes_updates(struct call *call, struct problem *problem)
{
    return polls_begin(call, DOWNLINK_ATTRIBUTES, problem);
}

err_t device_api_claim(struct call *call, struct problem *problem)
{
    err_t err = claim_allow(call->api->hub, call->device.device, call->request->body, problem);
    if (err == ERR_OK)
        call->response->status = 200;
    return err == ERR_INVALID ? device_refusal(call, err, problem) : err;
}

/* ---- who is no device yet ---------------------------------------------------------------------------------- */

err_t device_api_provision(struct call *call, struct problem *problem)
{
    const struct http_request *request = call->request;
    TRY(provision_device(call->api->hub, request->body, request->address, &call->response->body, problem));
    call->response->status = 200;
    return ERR_OK;
}
