/* Attributes of devices, written and deleted by people: server and shared scope. */
#include "hub/attributes.h"

#include "http/resources.h"
#include "http/telemetry_call.h"

#include <stdlib.h>

enum { KEYS_MAX = 1000, DEVICES_MAX = 100000 };

static err_t scope_of(const struct call *call, size_t part, enum attribute_scope *ret,
                      struct problem *problem)
{
    struct slice name = call->parts[part];
    if (scope_parse(name, ret) && *ret != SCOPE_CLIENT)
        return ERR_OK;
    return fail(problem, ERR_INVALID, "scope", "scope is '%.*s'; expected SERVER_SCOPE or SHARED_SCOPE",
                name.len < 32 ? (int)name.len : 32, (const char *)name.data);
}

static err_t save(struct call *call, const uint64_t *devices, size_t count, size_t scope_part,
                  struct slice values, struct problem *problem)
{
    enum attribute_scope scope;
    TRY(scope_of(call, scope_part, &scope, problem));
    TRY(attributes_save(call->api->hub, devices, count, scope, values, problem));
    call->response->status = 200;
    return ERR_OK;
}

err_t attributes_save_of_device(struct call *call, struct problem *problem)
{
    uint64_t device;
    TRY(call_part_device(call, 0, "deviceId", &device, problem));
    return save(call, &device, 1, 1, call->request->body, problem);
}

err_t attributes_save_of_entity(struct call *call, struct problem *problem)
{
    uint64_t device;
    TRY(telemetry_device(call, &device, problem));
    return save(call, &device, 1, 2, call->request->body, problem);
}

/* ---- many devices at once ---- */

static err_t add_device(struct call *call, const json_t *id, size_t index, uint64_t *ret,
                        struct problem *problem)
{
    struct uuid uuid;
    struct device device;
    const char *text = json_string_value(id);
    if (text == NULL || !uuid_parse(slice_str(text), &uuid))
        return fail(problem, ERR_INVALID, "deviceIds", "deviceIds[%zu] is %s; expected a UUID", index,
                    text != NULL ? "no UUID" : document_kind(id));
    TRY(registry_device_get(call->api->hub->registry, &call->who.tenant_id, &uuid, &device, problem));
    *ret = device.number;
    device_fini(&device);
    return ERR_OK;
}

static err_t read_devices(struct call *call, const json_t *ids, uint64_t *numbers, struct problem *problem)
{
    size_t i;
    const json_t *id;
    json_array_foreach(ids, i, id) TRY(add_device(call, id, i, &numbers[i], problem));
    return ERR_OK;
}

static err_t save_many(struct call *call, const json_t *ids, const json_t *values, struct problem *problem)
{
    size_t count = json_array_size(ids);
    AUTO_BUF text = {0};
    uint64_t *numbers = calloc(count + 1, sizeof *numbers);
    document_write(values, &text);
    if (numbers == NULL || !buf_is_ok(&text)) {
        free(numbers);
        return fail(problem, ERR_NOMEM, "", "no memory for the list of devices");
    }
    err_t err = read_devices(call, ids, numbers, problem);
    if (err == ERR_OK)
        err = save(call, numbers, count, 0, buf_slice(&text), problem);
    free(numbers);
    return err;
}

err_t attributes_save_of_devices(struct call *call, struct problem *problem)
{
    const json_t *ids = json_object_get(call->body, "deviceIds");
    json_t *values = NULL;
    call_audit_detail(call, "devices", json_integer((json_int_t)json_array_size(ids)));
    TRY(document_get_object(call->body, "values", &values, problem));
    if (values == NULL)
        return fail(problem, ERR_INVALID, "values", "values is missing; expected an object of attributes");
    if (!json_is_array(ids) || json_array_size(ids) > DEVICES_MAX)
        return fail(problem, ERR_INVALID, "deviceIds",
                    "deviceIds is %s; expected an array of at most %d UUIDs",
                    json_is_array(ids) ? "longer" : document_kind(ids), DEVICES_MAX);
    return save_many(call, ids, values, problem);
}

/* ---- deletion ---- */

static err_t delete_keys(struct call *call, uint64_t device, size_t scope_part, struct problem *problem)
{
    enum attribute_scope scope;
    struct slice list = {0}, key, keys[KEYS_MAX];
    size_t count = 0;
    TRY(scope_parse(call->parts[scope_part], &scope) ? ERR_OK : scope_of(call, scope_part, &scope, problem));
    http_request_param(call->request, "keys", &list);
    while (telemetry_next_key(&list, &key)) {
        if (count == KEYS_MAX || key.len > KEY_MAX_BYTES)
            return fail(problem, ERR_INVALID, "keys",
                        "keys holds more than %d names, or a name of more than 255 bytes", KEYS_MAX);
        keys[count++] = key;
    }
    if (count == 0)
        return fail(problem, ERR_INVALID, "keys", "Required request parameter 'keys' is not present");
    TRY(attributes_delete(call->api->hub, device, scope, keys, count, problem));
    call->response->status = 200;
    return ERR_OK;
}

err_t attributes_delete_of_device(struct call *call, struct problem *problem)
{
    uint64_t device;
    TRY(call_part_device(call, 0, "deviceId", &device, problem));
    return delete_keys(call, device, 1, problem);
}

err_t attributes_delete_of_entity(struct call *call, struct problem *problem)
{
    uint64_t device;
    TRY(telemetry_device(call, &device, problem));
    return delete_keys(call, device, 2, problem);
}
