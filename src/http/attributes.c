/* Attributes of a device, read: names and values, of one scope or of all. */
#include "http/resources.h"
#include "http/telemetry_call.h"

#include <inttypes.h>

struct output {
    struct buf *out;
    struct slice keys; /* comma-separated names that are asked for; empty = all */
    json_t *seen;      /* names already written, for lists of names over all scopes */
    bool has_members;
};

static bool append_name(void *arg, const struct attribute *attribute)
{
    struct output *output = arg;
    char name[KEY_MAX_BYTES + 1];
    if (!slice_to_cstr(attribute->key, name, sizeof name) || json_object_get(output->seen, name) != NULL)
        return true;
    json_object_set_new(output->seen, name, json_true());
    buf_append_str(output->out, output->has_members ? "," : "");
    telemetry_append_string(output->out, attribute->key);
    output->has_members = true;
    return buf_is_ok(output->out);
}

static bool append_value(void *arg, const struct attribute *attribute)
{
    struct output *output = arg;
    if (output->keys.len != 0 && !telemetry_has_key(output->keys, attribute->key))
        return true;
    buf_printf(output->out, "%s{\"lastUpdateTs\":%" PRId64 ",\"key\":", output->has_members ? "," : "",
               attribute->updated_ms);
    telemetry_append_string(output->out, attribute->key);
    buf_append_str(output->out, ",\"value\":");
    value_append_json(&attribute->value, output->out);
    buf_append_u8(output->out, '}');
    output->has_members = true;
    return buf_is_ok(output->out);
}

static err_t reply(struct call *call, enum attribute_scope scope, series_attribute_visitor visit,
                   struct problem *problem)
{
    uint64_t number;
    AUTO_JSON seen = json_object();
    struct output output = {.out = &call->response->body, .seen = seen};
    TRY(telemetry_device(call, &number, problem));
    http_request_param(call->request, "keys", &output.keys);
    buf_append_u8(output.out, '[');
    TRY(series_attributes(call->api->hub->series, number, scope, visit, &output, problem));
    buf_append_u8(output.out, ']');
    call->response->status = 200;
    return ERR_OK;
}

static err_t scope_of_path(const struct call *call, enum attribute_scope *ret, struct problem *problem)
{
    if (scope_parse(call->parts[2], ret))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "scope",
                "scope is '%.*s'; expected CLIENT_SCOPE, SERVER_SCOPE or SHARED_SCOPE",
                call->parts[2].len < 32 ? (int)call->parts[2].len : 32, (const char *)call->parts[2].data);
}

err_t attributes_keys(struct call *call, struct problem *problem)
{
    return reply(call, 0, append_name, problem);
}

err_t attributes_keys_of_scope(struct call *call, struct problem *problem)
{
    enum attribute_scope scope;
    TRY(scope_of_path(call, &scope, problem));
    return reply(call, scope, append_name, problem);
}

err_t attributes_values(struct call *call, struct problem *problem)
{
    return reply(call, 0, append_value, problem);
}

err_t attributes_values_of_scope(struct call *call, struct problem *problem)
{
    enum attribute_scope scope;
    TRY(scope_of_path(call, &scope, problem));
    return reply(call, scope, append_value, problem);
}
