#include "hub/gateway_body.h"

#include "hub/attributes_body.h"
#include "hub/telemetry.h"

typedef err_t (*read_part)(struct body *body);

MUST_USE static err_t read_attributes(struct body *body)
{
    return attributes_read(body, SCOPE_CLIENT);
}

/* Parts of unknown devices are read too: whether the message is in order must be known before they are made. */
MUST_USE static err_t read_parts(struct body *body, const struct gateway_names *names, read_part read,
                                 bool *ret_all_known)
{
    for (uint32_t devices = 0;; devices++) {
        struct json_token name;
        TRY(json_next(&body->json, &name));
        if (name.kind == JSON_TOKEN_OBJECT_END)
            return ERR_OK;
        if (devices == body->options->max_devices)
            return fail(body->problem, ERR_LIMIT, NULL, "byte %zu: more than the allowed %u devices", name.at,
                        body->options->max_devices);
        body->device = names->number_of(names->arg, name.text);
        body->keys = 0;
        if (body->device == 0)
            *ret_all_known = false;
        TRY(read(body));
    }
}

MUST_USE static err_t read_message(struct body *body, const struct gateway_names *names, read_part read,
                                   bool *ret_all_known)
{
    struct json_token first;
    TRY(json_next(&body->json, &first));
    if (first.kind != JSON_TOKEN_OBJECT)
        return body_refuse_token(body, &first, "an object of device names");
    return read_parts(body, names, read, ret_all_known);
}

MUST_USE static err_t parse(struct slice payload, const struct body_options *options,
                            const struct gateway_names *names, read_part read, struct batch *batch,
                            struct problem *problem)
{
    struct body body;
    bool all_known = true;
    body_open(&body, payload, options, batch, problem);
    TRY(body_finish(&body, read_message(&body, names, read, &all_known)));
    if (all_known)
        return ERR_OK;
    batch_rewind(batch, body.before);
    return fail(problem, ERR_NOT_FOUND, NULL, "about devices that are not connected");
}

err_t gateway_telemetry_parse(struct slice payload, const struct body_options *options,
                              const struct gateway_names *names, struct batch *batch, struct problem *problem)
{
    return parse(payload, options, names, telemetry_read, batch, problem);
}

err_t gateway_attributes_parse(struct slice payload, const struct body_options *options,
                               const struct gateway_names *names, struct batch *batch,
                               struct problem *problem)
{
    return parse(payload, options, names, read_attributes, batch, problem);
}
