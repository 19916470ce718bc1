#include "hub/provision.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rate_limit.h"
#include "hub/attributes.h"
#include "hub/audit_log.h"
#include "hub/credentials.h"
#include "hub/door.h"
#include "hub/rollout.h"
#include "model/profile_config.h"
#include "json/document.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { GENERATED_NAME = 20 };

struct provision {
    pthread_mutex_t lock; /* held while a prepared device is looked at and given its credentials: once only */
    struct rate_limit *by_address, *by_key;
};

err_t provision_new(const struct settings *settings, struct provision **ret)
{
    struct provision *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&p->lock, NULL);
    p->by_address = rate_limit_new(settings->provision.per_address, settings->provision.per_address);
    p->by_key = rate_limit_new(settings->provision.per_key, settings->provision.per_key);
    if (p->by_address == NULL || p->by_key == NULL) {
        provision_free(p);
        return ERR_NOMEM;
    }
    *ret = p;
    return ERR_OK;
}

void provision_free(struct provision *p)
{
    if (p == NULL)
        return;
    rate_limit_free(p->by_address);
    rate_limit_free(p->by_key);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- the request --------------------------------------------------------------------------------------- */

struct wish {
    char name[NAME_SIZE]; /* "": any */
    char key[NAME_SIZE], secret[NAME_SIZE];
    bool is_gateway;
    struct credentials credentials;
    struct uuid device_id; /* of the device that was made or equipped; nil: none */
};

static err_t read_basic(const json_t *body, struct credentials *ret, struct problem *problem)
{
    struct credentials_basic basic = {0};
    TRY(document_get_text(body, "clientId", basic.client_id, NAME_SIZE, problem));
    TRY(document_get_text(body, "username", basic.user_name, NAME_SIZE, problem));
    TRY(document_get_text(body, "password", basic.password, NAME_SIZE, problem));
    return credentials_set_basic(ret, &basic, problem);
}

static err_t read_credentials(const struct settings *settings, const json_t *body, struct credentials *ret,
                              struct problem *problem)
{
    const char *name = "ACCESS_TOKEN", *text = NULL;
    enum credentials_type type;
    TRY(document_get_string(body, "credentialsType", &name, problem));
    if (!credentials_type_parse(slice_str(name), &type))
        return fail(problem, ERR_INVALID, "credentialsType",
                    "credentialsType is '%.40s'; expected ACCESS_TOKEN, X509_CERTIFICATE or MQTT_BASIC",
                    name);
    credentials_generate(ret);
    switch (type) {
    case CREDENTIALS_ACCESS_TOKEN:
        TRY(document_get_string(body, "token", &text, problem));
        return text == NULL ? ERR_OK : credentials_set_token(ret, slice_str(text), problem);
    case CREDENTIALS_X509:
        TRY(document_get_string(body, "hash", &text, problem));
        return credentials_set_certificate(ret, slice_str(text != NULL ? text : ""), settings, problem);
    case CREDENTIALS_MQTT_BASIC: return read_basic(body, ret, problem);
    }
    return ERR_INTERNAL;
}

static err_t read_wish(const json_t *body, struct wish *ret, struct problem *problem)
{
    if (!json_is_object(body))
        return fail(problem, ERR_INVALID, "", "the request is %s; expected an object", document_kind(body));
    TRY(document_get_text(body, "deviceName", ret->name, NAME_SIZE, problem));
    TRY(document_get_text(body, "provisionDeviceKey", ret->key, NAME_SIZE, problem));
    TRY(document_get_text(body, "provisionDeviceSecret", ret->secret, NAME_SIZE, problem));
    TRY(document_get_bool(body, "gateway", &ret->is_gateway, problem));
    if (ret->key[0] == '\0' || ret->secret[0] == '\0')
        return fail(problem, ERR_INVALID,
                    ret->key[0] == '\0' ? "provisionDeviceKey" : "provisionDeviceSecret",
                    "provisionDeviceKey and provisionDeviceSecret are both required");
    return ERR_OK;
}

/* ---- strategies ---------------------------------------------------------------------------------------- */

static const char provisioned[] = "{\"provisionState\":\"provisioned\"}";

static err_t mark(struct hub *hub, uint64_t device, struct problem *problem)
{
    return attributes_save(hub, &device, 1, SCOPE_SERVER, slice_str(provisioned), problem);
}

static bool is_provisioned_value(void *arg, const struct attribute *attribute)
{
    bool *ret = arg;
    *ret = attribute->value.type == VALUE_STRING && slice_eq_str(attribute->value.text, "provisioned");
    return true;
}

/* ERR_CONFLICT, with the reason for the log, when the request must be refused. */
static err_t create(struct hub *hub, const struct profile_config *profile, struct wish *wish,
                    struct problem *problem)
{
    struct device device = {
        .tenant_id = profile->tenant_id, .customer_id = CUSTOMER_NOBODY, .profile_id = profile->profile_id};
    memcpy(device.name, wish->name, sizeof device.name);
    if (wish->name[0] == '\0')
        random_text(device.name, GENERATED_NAME);
    if (wish->is_gateway && (device.additional_info = strdup("{\"gateway\":true}")) == NULL)
        return ERR_NOMEM;
    err_t err = registry_device_add(hub->registry, &device, &wish->credentials, problem);
    if (err == ERR_OK)
        err = mark(hub, device.number, problem);
    rollout_wake(hub->rollout);
    if (err == ERR_OK)
        wish->device_id = device.id;
    memcpy(wish->name, device.name, sizeof wish->name); /* if there was none, it was made up */
    if (err == ERR_OK)
        log_info("device.provisioned", log_text("name", device.name), log_text("profile", profile->name),
                 log_text("credentials", credentials_type_name(wish->credentials.type)));
    device_fini(&device);
    return err;
}

/* Replace the prepared device's credentials, unless that was done before. */
static err_t equip(struct hub *hub, const struct device *device, struct wish *wish, struct problem *problem)
{
    struct credentials stored;
    bool was_provisioned = false;
    err_t err = series_attribute(hub->series, device->number, SCOPE_SERVER, SLICE("provisionState"),
                                 is_provisioned_value, &was_provisioned, problem);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    if (was_provisioned)
        return fail(problem, ERR_CONFLICT, "deviceName", "device '%s' has been provisioned already",
                    device->name);
    TRY(registry_credentials_get(hub->registry, &device->tenant_id, &device->id, &stored, problem));
    wish->credentials.id = stored.id;
    wish->credentials.device_id = device->id;
    wish->credentials.version = stored.version;
    credentials_fini(&stored);
    TRY(registry_credentials_save(hub->registry, &device->tenant_id, &wish->credentials, problem));
    door_revoke(hub->door, device->number);
    return mark(hub, device->number, problem);
}

static err_t find_and_equip(struct hub *hub, const struct profile_config *profile, struct wish *wish,
                            struct problem *problem)
{
    struct device device;
    err_t err = registry_device_by_name(hub->registry, &profile->tenant_id, wish->name, &device, problem);
    if (err == ERR_NOT_FOUND)
        return fail(problem, ERR_CONFLICT, "deviceName", "no device '%s' was prepared", wish->name);
    TRY(err);
    if (!uuid_eq(&device.profile_id, &profile->profile_id)) {
        err = fail(problem, ERR_CONFLICT, "deviceName", "device '%s' has another profile", wish->name);
    } else {
        pthread_mutex_lock(&hub->provision->lock);
        err = equip(hub, &device, wish, problem);
        pthread_mutex_unlock(&hub->provision->lock);
        wish->device_id = device.id;
    }
    if (err == ERR_OK)
        log_info("device.provisioned", log_text("name", device.name), log_text("profile", profile->name),
                 log_text("credentials", credentials_type_name(wish->credentials.type)));
    device_fini(&device);
    return err;
}

static bool secret_is(const struct profile_config *profile, const char *secret)
{
    const struct slice expected = profile->provision.secret;
    size_t len = strlen(secret);
    return expected.len != 0 && expected.len == len && sodium_memcmp(expected.data, secret, len) == 0;
}

static err_t carry_out_for(struct hub *hub, const struct profile_config *profile, const json_t *body,
                           struct wish *wish, struct problem *problem)
{
    if (!secret_is(profile, wish->secret))
        return fail(problem, ERR_NOT_FOUND, "provisionDeviceSecret", "wrong secret for profile '%s'",
                    profile->name);
    if (wish->name[0] != '\0')
        TRY(entity_check_name("deviceName", slice_str(wish->name), problem));
    TRY(read_credentials(hub->settings, body, &wish->credentials, problem));
    switch (profile->provision.type) {
    case PROVISION_ALLOW_CREATE: return create(hub, profile, wish, problem);
    case PROVISION_CHECK_EXISTING: return find_and_equip(hub, profile, wish, problem);
    default:
        return fail(problem, ERR_NOT_FOUND, "provisionDeviceKey",
                    "profile '%s' lets no device register itself", profile->name);
    }
}

static bool is_refusal(err_t err)
{
    return err == ERR_NOT_FOUND || err == ERR_CONFLICT || err == ERR_INVALID;
}

/* Nobody's doing but the device's: what the profile's tenant is told names no user. */
static void put_down(struct hub *hub, const struct profile_config *profile, const struct wish *wish,
                     const uint8_t *address, err_t err, const struct problem *why)
{
    struct audit_entry entry = {.tenant_id = profile->tenant_id,
                                .customer_id = CUSTOMER_NOBODY,
                                .entity_id = wish->device_id,
                                .is_failure = err != ERR_OK};
    AUTO_JSON data = json_pack("{s:s, s:s, s:s}", "by", "provisioning", "deviceProfile", profile->name,
                               "credentialsType", credentials_type_name(wish->credentials.type));
    if (err != ERR_OK && !is_refusal(err))
        return;
    address_write(address, entry.address);
    audit_log_text(entry.action, sizeof entry.action,
                   err == ERR_OK ? "PROVISION_SUCCESS" : "PROVISION_FAILURE");
    audit_log_text(entry.entity_type, sizeof entry.entity_type, "DEVICE");
    audit_log_text(entry.entity_name, sizeof entry.entity_name, wish->name);
    if (err != ERR_OK)
        audit_log_text(entry.failure, sizeof entry.failure, why->text);
    audit_log_set_data(&entry, data);
    audit_log_add(hub, &entry, err != ERR_OK ? entry.address : NULL);
}

/* ERR_NOT_FOUND: key, secret and strategy do not fit together, and none of them is told from the others. */
static err_t carry_out(struct hub *hub, const json_t *body, struct wish *wish, const uint8_t *address,
                       struct problem *problem)
{
    struct profile stored;
    AUTO_PROFILE_CONFIG *profile = NULL;
    TRY(registry_profile_by_provision_key(hub->registry, slice_str(wish->key), &stored, problem));
    err_t err = profile_config_read(&stored, &profile, problem);
    profile_fini(&stored);
    TRY(err);
    err = carry_out_for(hub, profile, body, wish, problem);
    put_down(hub, profile, wish, address, err, problem);
    return err;
}

/* ---- the answer ---------------------------------------------------------------------------------------- */

static json_t *value_of(const struct credentials *credentials)
{
    switch (credentials->type) {
    case CREDENTIALS_ACCESS_TOKEN: return json_string(credentials->credentials_id);
    case CREDENTIALS_X509: return json_string(credentials->value);
    case CREDENTIALS_MQTT_BASIC: return json_loads(credentials->value, 0, NULL);
    }
    return NULL;
}

static json_t *answer_of(err_t err, const struct credentials *credentials)
{
    if (err == ERR_OK)
        return json_pack("{s:s, s:o, s:s}", "credentialsType", credentials_type_name(credentials->type),
                         "credentialsValue", value_of(credentials), "status", "SUCCESS");
    bool is_unknown = err == ERR_NOT_FOUND;
    return json_pack("{s:s, s:s}", "errorMsg",
                     is_unknown ? "Provision data was not found!" : "Failed to provision device!", "status",
                     is_unknown ? "NOT_FOUND" : "FAILURE");
}

static err_t write_answer(err_t err, const struct credentials *credentials, struct buf *out,
                          struct problem *problem)
{
    AUTO_JSON answer = answer_of(err, credentials);
    char *text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;
    if (text == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the answer");
    buf_append_str(out, text);
    free(text);
    return buf_is_ok(out) ? ERR_OK : ERR_NOMEM;
}

/* A refusal becomes an answer; the reason is for the operator. */
static err_t provision_wish(struct hub *hub, const json_t *body, struct wish *wish, const uint8_t *address,
                            struct buf *answer, struct problem *problem)
{
    struct problem why = {0};
    if (!rate_limit_take(hub->provision->by_key, slice_str(wish->key), clock_mono_ms()))
        return fail(problem, ERR_LIMIT, "provisionDeviceKey",
                    "too many provision requests with this key (provision.per_key); try again later");
    err_t err = carry_out(hub, body, wish, address, &why);
    if (is_refusal(err))
        log_warning("provision.refused", log_text("reason", why.text), log_text("name", wish->name));
    if (err != ERR_OK && !is_refusal(err)) {
        *problem = why;
        return err;
    }
    return write_answer(err, &wish->credentials, answer, problem);
}

err_t provision_device(struct hub *hub, struct slice payload, const uint8_t address[ADDRESS_BYTES],
                       struct buf *answer, struct problem *problem)
{
    struct wish wish = {0};
    AUTO_JSON body = NULL;
    if (!rate_limit_take(hub->provision->by_address, slice_of(address, ADDRESS_BYTES), clock_mono_ms()))
        return fail(problem, ERR_LIMIT, "",
                    "too many provision requests from this address (provision.per_address); try again later");
    TRY(document_parse_lenient(payload, hub->settings->json.max_depth, &body, problem));
    err_t err = read_wish(body, &wish, problem);
    if (err == ERR_OK)
        err = provision_wish(hub, body, &wish, address, answer, problem);
    credentials_fini(&wish.credentials);
    wipe(wish.secret, sizeof wish.secret);
    return err;
}

err_t provision_request_work(struct request *request, struct problem *problem)
{
    return provision_device(request->hub, buf_slice(&request->payload), request->address, &request->answer,
                            problem);
}
