#include "model/entity.h"

#include "base/text.h"

#include <stdlib.h>

const struct uuid CUSTOMER_NOBODY = {
    {0x13, 0x81, 0x40, 0x00, 0x1d, 0xd2, 0x11, 0xb2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}};

const char *authority_name(enum authority authority)
{
    switch (authority) {
    case AUTHORITY_SYS_ADMIN: return "SYS_ADMIN";
    case AUTHORITY_TENANT_ADMIN: return "TENANT_ADMIN";
    case AUTHORITY_CUSTOMER_USER: return "CUSTOMER_USER";
    }
    return NULL;
}

bool authority_parse(struct slice name, enum authority *ret_authority)
{
    for (int i = AUTHORITY_SYS_ADMIN; i <= AUTHORITY_CUSTOMER_USER; i++) {
        if (!slice_eq_str(name, authority_name((enum authority)i)))
            continue;
        *ret_authority = (enum authority)i;
        return true;
    }
    return false;
}

const char *api_scope_name(enum api_scope scope)
{
    switch (scope) {
    case API_SCOPE_DEVICES_READ: return "devices:read";
    case API_SCOPE_DEVICES_WRITE: return "devices:write";
    case API_SCOPE_TELEMETRY_READ: return "telemetry:read";
    case API_SCOPE_TELEMETRY_WRITE: return "telemetry:write";
    case API_SCOPE_RPC_READ: return "rpc:read";
    case API_SCOPE_RPC_WRITE: return "rpc:write";
    case API_SCOPE_ADMIN_READ: return "admin:read";
    case API_SCOPE_ADMIN_WRITE: return "admin:write";
    }
    return NULL;
}

bool api_scope_parse(struct slice name, enum api_scope *ret_scope)
{
    for (unsigned i = 0; i < API_SCOPES; i++) {
        if (!slice_eq_str(name, api_scope_name((enum api_scope)(1u << i))))
            continue;
        *ret_scope = (enum api_scope)(1u << i);
        return true;
    }
    return false;
}

const char *profile_transport_name(enum profile_transport transport)
{
    switch (transport) {
    case PROFILE_TRANSPORT_DEFAULT: return "DEFAULT";
    case PROFILE_TRANSPORT_MQTT: return "MQTT";
    }
    return NULL;
}

bool profile_transport_parse(struct slice name, enum profile_transport *ret_transport)
{
    for (int i = PROFILE_TRANSPORT_DEFAULT; i <= PROFILE_TRANSPORT_MQTT; i++) {
        if (!slice_eq_str(name, profile_transport_name((enum profile_transport)i)))
            continue;
        *ret_transport = (enum profile_transport)i;
        return true;
    }
    return false;
}

const char *provision_type_name(enum provision_type type)
{
    switch (type) {
    case PROVISION_DISABLED: return "DISABLED";
    case PROVISION_ALLOW_CREATE: return "ALLOW_CREATE_NEW_DEVICES";
    case PROVISION_CHECK_EXISTING: return "CHECK_PRE_PROVISIONED_DEVICES";
    case PROVISION_X509_CHAIN: return "X509_CERTIFICATE_CHAIN";
    }
    return NULL;
}

bool provision_type_parse(struct slice name, enum provision_type *ret_type)
{
    for (int i = PROVISION_DISABLED; i <= PROVISION_X509_CHAIN; i++) {
        if (!slice_eq_str(name, provision_type_name((enum provision_type)i)))
            continue;
        *ret_type = (enum provision_type)i;
        return true;
    }
    return false;
}

void profile_fini(struct profile *profile)
{
    free(profile->profile_data);
    *profile = (struct profile){0};
}

struct profile profile_take(struct profile *from)
{
    struct profile taken = *from;
    *from = (struct profile){0};
    return taken;
}

void device_fini(struct device *device)
{
    free(device->additional_info);
    *device = (struct device){0};
}

struct device device_take(struct device *from)
{
    struct device taken = *from;
    *from = (struct device){0};
    return taken;
}

const char *credentials_type_name(enum credentials_type type)
{
    switch (type) {
    case CREDENTIALS_ACCESS_TOKEN: return "ACCESS_TOKEN";
    case CREDENTIALS_X509: return "X509_CERTIFICATE";
    case CREDENTIALS_MQTT_BASIC: return "MQTT_BASIC";
    }
    return NULL;
}

bool credentials_type_parse(struct slice name, enum credentials_type *ret_type)
{
    static const enum credentials_type types[] = {CREDENTIALS_ACCESS_TOKEN, CREDENTIALS_X509,
                                                  CREDENTIALS_MQTT_BASIC};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!slice_eq_str(name, credentials_type_name(types[i])))
            continue;
        *ret_type = types[i];
        return true;
    }
    return false;
}

void credentials_fini(struct credentials *credentials)
{
    free(credentials->value);
    *credentials = (struct credentials){0};
}

/* C0, DEL and, in UTF-8, C1 (U+0080..U+009F). */
static bool has_control_character(struct slice text, size_t *ret_at)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool is_c1 = c == 0xc2 && i + 1 < text.len && text.data[i + 1] < 0xa0;
        if (c >= 0x20 && c != 0x7f && !is_c1)
            continue;
        *ret_at = i;
        return true;
    }
    return false;
}

static bool is_blank(struct slice text)
{
    size_t i = 0;
    while (i < text.len && text.data[i] == ' ')
        i++;
    return i == text.len;
}

err_t entity_check_name(const char *field, struct slice text, struct problem *problem)
{
    size_t at = 0;
    if (text.len == 0)
        return fail(problem, ERR_INVALID, field, "%s is empty; expected 1 to 255 bytes", field);
    if (text.len >= NAME_SIZE)
        return fail(problem, ERR_INVALID, field, "%s is %zu bytes long; expected 1 to 255", field, text.len);
    if (is_blank(text))
        return fail(problem, ERR_INVALID, field, "%s is blank; expected at least one visible character",
                    field);
    if (!text_is_utf8(text))
        return fail(problem, ERR_INVALID, field, "%s is not valid UTF-8", field);
    if (!has_control_character(text, &at))
        return ERR_OK;
    if (problem != NULL)
        problem->at = at;
    return fail(problem, ERR_INVALID, field, "%s holds the control character 0x%02x at byte %zu", field,
                text.data[at], at);
}

void group_fini(struct group *group)
{
    free(group->additional_info);
    free(group->configuration);
    group->additional_info = group->configuration = NULL;
}
