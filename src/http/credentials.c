/* A device's credentials: read and save. */
#include "base/log.h"
#include "http/credentials_document.h"
#include "http/resources.h"
#include "hub/door.h"

err_t credentials_get(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct credentials credentials;
    TRY(call_part_id(call, 0, "deviceId", &id, problem));
    TRY(registry_credentials_get(call->api->hub->registry, &call->who.tenant_id, &id, &credentials, problem));
    err_t err = call_reply(call, credentials_document(&credentials), problem);
    credentials_fini(&credentials);
    return err;
}

static err_t required_id(const json_t *body, const char *name, struct uuid *ret, struct problem *problem)
{
    bool is_present = false;
    TRY(document_get_id(body, name, ret, &is_present, problem));
    if (!is_present)
        return fail(problem, ERR_INVALID, name, "%s is missing; expected the one got before", name);
    return ERR_OK;
}

static err_t load(struct call *call, struct credentials *ret, struct device *ret_device,
                  struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct uuid id, device_id;
    TRY(required_id(call->body, "id", &id, problem));
    TRY(required_id(call->body, "deviceId", &device_id, problem));
    TRY(registry_credentials_get(registry, &call->who.tenant_id, &device_id, ret, problem));
    err_t err = registry_device_get(registry, &call->who.tenant_id, &device_id, ret_device, problem);
    if (err == ERR_OK && !uuid_eq(&id, &ret->id)) {
        device_fini(ret_device);
        err = fail(problem, ERR_INVALID, "id", "Unable to update non-existent device credentials!");
    }
    if (err != ERR_OK)
        credentials_fini(ret);
    return err;
}

static err_t save(struct call *call, struct credentials *credentials, const struct device *device,
                  struct problem *problem)
{
    struct hub *hub = call->api->hub;
    TRY(document_get_integer(call->body, "version", &credentials->version, NULL, problem));
    TRY(credentials_read(call->api, call->body, credentials, problem));
    err_t err = registry_credentials_save(hub->registry, &call->who.tenant_id, credentials, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    /* Before the answer: who held the old credentials is out when the caller hears of success. */
    door_revoke(hub->door, device->number);
    log_info("credentials.changed", log_text("device", device->name),
             log_text("type", credentials_type_name(credentials->type)));
    return call_reply(call, credentials_document(credentials), problem);
}

err_t credentials_save(struct call *call, struct problem *problem)
{
    struct credentials credentials;
    struct device device;
    TRY(load(call, &credentials, &device, problem));
    err_t err = save(call, &credentials, &device, problem);
    credentials_fini(&credentials);
    device_fini(&device);
    return err;
}
