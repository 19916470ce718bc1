#include "http/profile_document.h"

#include "base/clock.h"
#include "model/profile_config.h"
#include "pki/certificate.h"

#include <stdlib.h>

/* --- building --- */

/* What a profile means whose data was never saved: the default configuration. */
static json_t *default_data(void)
{
    return json_pack("{s:{s:s}, s:{s:s}, s:{s:s, s:n}, s:[]}", "configuration", "type", "DEFAULT",
                     "transportConfiguration", "type", "DEFAULT", "provisionConfiguration", "type",
                     "DISABLED", "provisionDeviceSecret", "alarms");
}

static json_t *stored_data(const struct profile *profile)
{
    return profile->profile_data != NULL ? json_loads(profile->profile_data, 0, NULL) : default_data();
}

json_t *profile_document(const struct profile *profile)
{
    return json_pack(
        "{s:o, s:I, s:o, s:s, s:o, s:n, s:s, s:s, s:s, s:n, s:n, s:n, s:o, s:o, s:o, s:b, s:o, s:I}", "id",
        document_id("DEVICE_PROFILE", &profile->id), "createdTime", (json_int_t)profile->created_ms,
        "tenantId", document_id("TENANT", &profile->tenant_id), "name", profile->name, "description",
        document_text(profile->description), "image", "type", "DEFAULT", "transportType",
        profile_transport_name(profile->transport), "provisionType",
        provision_type_name(profile->provision_type), "defaultRuleChainId", "defaultDashboardId",
        "defaultQueueName", "provisionDeviceKey", document_text(profile->provision_key), "firmwareId",
        document_id_or_null("OTA_PACKAGE", &profile->firmware_id), "softwareId",
        document_id_or_null("OTA_PACKAGE", &profile->software_id), "default", profile->is_default,
        "profileData", stored_data(profile), "version", (json_int_t)profile->version);
}

json_t *profile_info_document(const struct profile *profile)
{
    return json_pack("{s:o, s:s, s:n, s:n, s:s, s:s, s:o}", "id", document_id("DEVICE_PROFILE", &profile->id),
                     "name", profile->name, "image", "defaultDashboardId", "type", "DEFAULT", "transportType",
                     profile_transport_name(profile->transport), "tenantId",
                     document_id("TENANT", &profile->tenant_id));
}

/* --- reading: the record --- */

static err_t load_stored(struct call *call, const json_t *body, struct profile *profile, bool *ret_exists,
                         struct problem *problem)
{
    struct uuid id;
    bool has_id = false;
    int64_t version = 0; /* of what is new it counts for nothing, but is to be a number */
    TRY(document_get_id(body, "id", &id, &has_id, problem));
    TRY(document_get_integer(body, "version", &version, NULL, problem));
    if (has_id) {
        TRY(registry_profile_get(call->api->hub->registry, &call->who.tenant_id, &id, profile, problem));
        TRY(call_check_version(body, "Device profile", profile->version, problem));
    }
    *ret_exists = has_id;
    return ERR_OK;
}

static err_t read_name(const json_t *body, struct profile *profile, struct problem *problem)
{
    profile->name[0] = '\0';
    TRY(document_get_text(body, "name", profile->name, sizeof profile->name, problem));
    if (profile->name[0] == '\0')
        return fail(problem, ERR_INVALID, "name", "Device profile name should be specified!");
    return entity_check_name("name", slice_str(profile->name), problem);
}

static err_t check_type(const json_t *body, struct problem *problem)
{
    const char *type = "DEFAULT";
    TRY(document_get_string(body, "type", &type, problem));
    if (strcmp(type, "DEFAULT") != 0)
        return fail(problem, ERR_INVALID, "type", "type is '%.40s'; expected DEFAULT", type);
    return ERR_OK;
}

/* Which one is the default is another call's; clients that do not know send false. */
static err_t check_default(const json_t *body, const struct profile *profile, struct problem *problem)
{
    bool is_default = false;
    TRY(document_get_bool(body, "default", &is_default, problem));
    if (is_default && !profile->is_default)
        return fail(problem, ERR_INVALID, "default",
                    "Another default device profile is present in scope of current tenant!");
    return ERR_OK;
}

/* Members that hold their value apart from profileData; what is absent is unset. */
static err_t read_members(const json_t *body, struct profile *profile, struct problem *problem)
{
    profile->description[0] = profile->provision_key[0] = '\0';
    profile->firmware_id = profile->software_id = (struct uuid){0};
    TRY(read_name(body, profile, problem));
    TRY(check_type(body, problem));
    TRY(check_default(body, profile, problem));
    TRY(document_get_text(body, "description", profile->description, sizeof profile->description, problem));
    TRY(document_get_text(body, "provisionDeviceKey", profile->provision_key, sizeof profile->provision_key,
                          problem));
    if (profile->provision_key[0] != '\0')
        TRY(entity_check_name("provisionDeviceKey", slice_str(profile->provision_key), problem));
    TRY(document_get_id(body, "firmwareId", &profile->firmware_id, NULL, problem));
    return document_get_id(body, "softwareId", &profile->software_id, NULL, problem);
}

/* --- reading: the data --- */

static err_t no_memory(struct problem *problem)
{
    return fail(problem, ERR_NOMEM, "", "no memory for the device profile");
}

/* Members of @p means that @p object lacks, or has as null. @return false: no memory */
static bool fill_in(json_t *object, json_t *means)
{
    const char *name;
    json_t *value;
    bool is_ok = means != NULL;
    json_object_foreach(means, name, value)
    {
        const json_t *given = json_object_get(object, name);
        if (given == NULL || json_is_null(given))
            is_ok = json_object_set(object, name, value) == 0 && is_ok;
    }
    return is_ok;
}

/* What MQTT profiles always have for other clients. */
static bool fill_in_transport(json_t *transport)
{
    const char *type = json_string_value(json_object_get(transport, "type"));
    if (type == NULL || strcmp(type, profile_transport_name(PROFILE_TRANSPORT_MQTT)) != 0)
        return true;
    AUTO_JSON means =
        json_pack("{s:s, s:s, s:s, s:{s:s}, s:b}", "deviceTelemetryTopic", PROFILE_TELEMETRY_TOPIC,
                  "deviceAttributesTopic", PROFILE_ATTRIBUTES_TOPIC, "deviceAttributesSubscribeTopic",
                  PROFILE_ATTRIBUTES_TOPIC, "transportPayloadTypeConfiguration", "transportPayloadType",
                  "JSON", "sendAckOnValidationException", 0);
    return fill_in(transport, means);
}

/* A copy of what was sent, and what it leaves out. NULL: no memory */
static json_t *complete_data(const json_t *given)
{
    AUTO_JSON data = given != NULL ? json_deep_copy(given) : json_object();
    AUTO_JSON means = default_data();
    if (data == NULL || !fill_in(data, means) ||
        !fill_in_transport(json_object_get(data, "transportConfiguration")))
        return NULL;
    return document_take(&data);
}

static err_t keep_data(const json_t *data, struct profile *profile, struct problem *problem)
{
    char *text = json_dumps(data, JSON_COMPACT);
    if (text == NULL)
        return no_memory(problem);
    free(profile->profile_data);
    profile->profile_data = text;
    return ERR_OK;
}

/* The word outside profileData says the same as the one inside, if it is there. */
static err_t check_word(const json_t *body, const char *name, const char *inside, const char *value,
                        struct problem *problem)
{
    const char *given = NULL;
    TRY(document_get_string(body, name, &given, problem));
    if (given == NULL || strcmp(given, value) == 0)
        return ERR_OK;
    return fail(problem, ERR_INVALID, name, "%s is '%.40s', but the type in profileData.%s is %s", name,
                given, inside, value);
}

static err_t take_config(const json_t *body, const struct profile_config *config, struct profile *profile,
                         struct problem *problem)
{
    profile->transport = config->transport;
    profile->provision_type = config->provision.type;
    memcpy(profile->provision_key, config->provision.key, sizeof profile->provision_key);
    TRY(check_word(body, "transportType", "transportConfiguration", profile_transport_name(config->transport),
                   problem));
    return check_word(body, "provisionType", "provisionConfiguration",
                      provision_type_name(config->provision.type), problem);
}

/* --- reading: the authority --- */

static err_t check_authority(const struct api *api, const struct certificate_view *view,
                             struct problem *problem)
{
    const struct settings *settings = api->hub->settings;
    struct certificate_rules rules = {.min_rsa_bits = settings->tls.min_rsa_bits,
                                      .allow_expired = settings->tls.allow_expired};
    err_t err = certificate_check(view, clock_wall_ms(), &rules, problem);
    if (err == ERR_INVALID)
        snprintf(problem->field, sizeof problem->field, "provisionDeviceSecret");
    return err;
}

/* One that has expired since it was saved does not keep the rest of the profile from being saved. */
static err_t keep_authority(const struct api *api, json_t *data, const struct profile_config *config,
                            const char *former_key, struct problem *problem)
{
    struct certificate_view view = {0};
    json_t *provision = json_object_get(data, "provisionConfiguration");
    TRY(certificate_view_read(buf_slice(&config->provision.authority), &view, problem));
    err_t err = ERR_OK;
    if (strcmp(former_key, config->provision.key) != 0)
        err = check_authority(api, &view, problem);
    if (err == ERR_OK &&
        json_object_set_new(provision, "provisionDeviceSecret", document_slice(buf_slice(&view.base64))) != 0)
        err = no_memory(problem);
    certificate_view_fini(&view);
    return err;
}

static err_t read_data(struct call *call, const json_t *body, const char *former_key, struct profile *profile,
                       struct problem *problem)
{
    json_t *given = NULL;
    AUTO_PROFILE_CONFIG *config = NULL;
    TRY(document_get_object(body, "profileData", &given, problem));
    AUTO_JSON data = complete_data(given);
    if (data == NULL)
        return no_memory(problem);
    TRY(keep_data(data, profile, problem));
    TRY(profile_config_read(profile, &config, problem));
    TRY(take_config(body, config, profile, problem));
    if (config->provision.type != PROVISION_X509_CHAIN)
        return ERR_OK;
    TRY(keep_authority(call->api, data, config, former_key, problem));
    return keep_data(data, profile, problem);
}

static err_t read_all(struct call *call, const json_t *body, struct profile *profile, bool *ret_exists,
                      struct problem *problem)
{
    char former_key[NAME_SIZE];
    TRY(load_stored(call, body, profile, ret_exists, problem));
    memcpy(former_key, profile->provision_key, sizeof former_key);
    profile->tenant_id = call->who.tenant_id;
    TRY(read_members(body, profile, problem));
    return read_data(call, body, former_key, profile, problem);
}

err_t profile_read(struct call *call, const json_t *body, struct profile *ret, bool *ret_exists,
                   struct problem *problem)
{
    struct profile profile = {0};
    err_t err = read_all(call, body, &profile, ret_exists, problem);
    if (err != ERR_OK)
        profile_fini(&profile);
    else
        *ret = profile;
    return err;
}
