#include "http/resources.h"
#include "http/router.h"

/* Literal segments before placeholders: the first row whose pattern matches a path is meant. */
#define SMALL (64 * 1024)

/* clang-format off */
const struct route routes[] = {
    /* method  path                                                               access           area            body         limit             lane        handler */
    {"POST",   "/api/auth/login",                                                 ACCESS_ANYONE,   AREA_NONE,      BODY_OBJECT, SMALL,            LANE_HASH,  auth_login},
    {"POST",   "/api/auth/token",                                                 ACCESS_ANYONE,   AREA_NONE,      BODY_OBJECT, SMALL,            LANE_QUICK, auth_refresh},
    {"POST",   "/api/auth/logout",                                                ACCESS_USER,     AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, auth_logout},
    {"GET",    "/api/auth/user",                                                  ACCESS_USER,     AREA_ANY,       BODY_NONE,   SMALL,            LANE_QUICK, auth_user},
    {"POST",   "/api/auth/changePassword",                                        ACCESS_USER,     AREA_NONE,      BODY_OBJECT, SMALL,            LANE_HASH,  auth_change_password},

    {"POST",   "/api/customer",                                                   ACCESS_TENANT,   AREA_ADMIN,     BODY_OBJECT, SMALL,            LANE_QUICK, customer_save},
    {"GET",    "/api/customers",                                                  ACCESS_TENANT,   AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, customer_list},
    {"POST",   "/api/customer/device/{name}/claim",                               ACCESS_CUSTOMER, AREA_DEVICES,   BODY_TEXT,   SMALL,            LANE_QUICK, claim_take_device},
    {"DELETE", "/api/customer/device/{name}/claim",                               ACCESS_CUSTOMER, AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, claim_return_device},
    {"DELETE", "/api/customer/device/{deviceId}",                                 ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, customer_unassign_device},
    {"POST",   "/api/customer/{customerId}/device/{deviceId}",                    ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, customer_assign_device},
    {"GET",    "/api/customer/{customerId}",                                      ACCESS_READ,     AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, customer_get},
    {"DELETE", "/api/customer/{customerId}",                                      ACCESS_TENANT,   AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, customer_delete},

    {"POST",   "/api/tenant",                                                     ACCESS_SYS,      AREA_ADMIN,     BODY_OBJECT, SMALL,            LANE_QUICK, tenant_save},
    {"GET",    "/api/tenant/{tenantId}/users",                                    ACCESS_SYS,      AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, user_list_of_tenant},
    {"GET",    "/api/tenants",                                                    ACCESS_SYS,      AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, tenant_list},

    {"POST",   "/api/user",                                                       ACCESS_USER,     AREA_ADMIN,     BODY_OBJECT, SMALL,            LANE_QUICK, user_save},
    {"GET",    "/api/users",                                                      ACCESS_PEOPLE,   AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, user_list},
    {"GET",    "/api/customer/{customerId}/users",                                ACCESS_READ,     AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, user_list_of_customer},
    {"GET",    "/api/user/{userId}/activationLink",                               ACCESS_ADMIN,    AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, activation_link},
    {"GET",    "/api/postern/user",                                               ACCESS_ADMIN,    AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, user_by_email},
    {"POST",   "/api/postern/user/{userId}/resetLink",                            ACCESS_ADMIN,    AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, activation_reset_link},
    {"GET",    "/api/noauth/activate",                                            ACCESS_ANYONE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, activation_follow},
    {"POST",   "/api/noauth/activate",                                            ACCESS_ANYONE,   AREA_NONE,      BODY_OBJECT, SMALL,            LANE_HASH,  activation_use},
    {"POST",   "/api/noauth/resetPassword",                                       ACCESS_ANYONE,   AREA_NONE,      BODY_OBJECT, SMALL,            LANE_HASH,  activation_reset},
    {"GET",    "/api/noauth/userPasswordPolicy",                                  ACCESS_ANYONE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, activation_password_policy},

    {"GET",    "/api/postern/sessions",                                           ACCESS_USER,     AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, logins_list},
    {"DELETE", "/api/postern/session/{sessionId}",                                ACCESS_USER,     AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, logins_end},
    {"GET",    "/api/postern/user/{userId}/sessions",                             ACCESS_ADMIN,    AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, logins_list_of_user},
    {"DELETE", "/api/postern/user/{userId}/sessions",                             ACCESS_ADMIN,    AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, logins_end_of_user},

    {"POST",   "/api/apiKey",                                                     ACCESS_USER,     AREA_NONE,      BODY_OBJECT, SMALL,            LANE_QUICK, api_key_save},
    {"GET",    "/api/apiKeys/{userId}",                                           ACCESS_USER,     AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, api_key_list},
    {"PUT",    "/api/apiKey/{apiKeyId}/enabled/{enabledValue}",                   ACCESS_USER,     AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, api_key_enable},
    {"DELETE", "/api/apiKey/{apiKeyId}",                                          ACCESS_USER,     AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, api_key_delete},

    {"POST",   "/api/device",                                                     ACCESS_PEOPLE,   AREA_DEVICES,   BODY_OBJECT, 0,                LANE_QUICK, device_save},
    {"POST",   "/api/device-with-credentials",                                    ACCESS_TENANT,   AREA_DEVICES,   BODY_OBJECT, 0,                LANE_QUICK, device_save_with_credentials},
    {"POST",   "/api/device/credentials",                                         ACCESS_TENANT,   AREA_DEVICES,   BODY_OBJECT, 0,                LANE_QUICK, credentials_save},
    {"GET",    "/api/device/types",                                               ACCESS_PEOPLE,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_list_types},
    {"GET",    "/api/device/info/{deviceId}",                                     ACCESS_READ,     AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_info},
    {"GET",    "/api/device/{deviceId}/credentials",                              ACCESS_WRITE,    AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, credentials_get},
    {"GET",    "/api/device/{deviceId}",                                          ACCESS_READ,     AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_get},
    {"DELETE", "/api/device/{deviceId}",                                          ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_delete},
    {"GET",    "/api/tenant/devices",                                             ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_list_tenant},
    {"GET",    "/api/tenant/deviceInfos",                                         ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_list_infos},
    {"GET",    "/api/user/devices",                                               ACCESS_PEOPLE,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_list_user},
    {"GET",    "/api/devices",                                                    ACCESS_PEOPLE,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, device_list_by_ids},

    {"GET",    "/api/user/{userId}",                                              ACCESS_USER,     AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, user_get},
    {"DELETE", "/api/user/{userId}",                                              ACCESS_ADMIN,    AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, user_delete},
    {"GET",    "/api/tenant/{tenantId}",                                          ACCESS_ADMIN,    AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, tenant_get},
    {"DELETE", "/api/tenant/{tenantId}",                                          ACCESS_SYS,      AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, tenant_delete},

    {"POST",   "/api/v1/provision",                                               ACCESS_ANYONE,   AREA_NONE,      BODY_TEXT,   SMALL,            LANE_QUICK, device_api_provision},
    {"POST",   "/api/v1/{token}/telemetry",                                       ACCESS_DEVICE,   AREA_NONE,      BODY_TEXT,   0,                LANE_QUICK, device_api_telemetry},
    {"POST",   "/api/v1/{token}/attributes",                                      ACCESS_DEVICE,   AREA_NONE,      BODY_TEXT,   0,                LANE_QUICK, device_api_attributes},
    {"GET",    "/api/v1/{token}/attributes",                                      ACCESS_DEVICE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, device_api_attributes_asked},
    {"GET",    "/api/v1/{token}/attributes/updates",                              ACCESS_DEVICE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, device_api_attributes_updates},
    {"GET",    "/api/v1/{token}/rpc",                                             ACCESS_DEVICE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, device_api_calls},
    {"POST",   "/api/v1/{token}/rpc",                                             ACCESS_DEVICE,   AREA_NONE,      BODY_TEXT,   0,                LANE_QUICK, device_api_call},
    {"POST",   "/api/v1/{token}/rpc/{id}",                                        ACCESS_DEVICE,   AREA_NONE,      BODY_TEXT,   0,                LANE_QUICK, device_api_call_answer},
    {"POST",   "/api/v1/{token}/claim",                                           ACCESS_DEVICE,   AREA_NONE,      BODY_TEXT,   SMALL,            LANE_QUICK, device_api_claim},
    {"GET",    "/api/v1/{token}/firmware",                                        ACCESS_DEVICE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, device_api_firmware},
    {"GET",    "/api/v1/{token}/software",                                        ACCESS_DEVICE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, device_api_software},

    {"POST",   "/api/deviceProfile",                                              ACCESS_TENANT,   AREA_DEVICES,   BODY_OBJECT, 0,                LANE_QUICK, profile_save},
    {"GET",    "/api/deviceProfiles",                                             ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_list},
    {"GET",    "/api/deviceProfileInfo/default",                                  ACCESS_PEOPLE,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_info_default},
    {"GET",    "/api/deviceProfileInfos",                                         ACCESS_PEOPLE,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_list_infos},
    {"GET",    "/api/deviceProfile/names",                                        ACCESS_PEOPLE,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_list_names},
    {"GET",    "/api/deviceProfile/devices/keys/timeseries",                      ACCESS_TENANT,   AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, profile_device_keys},
    {"GET",    "/api/deviceProfile/devices/keys/attributes",                      ACCESS_TENANT,   AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, profile_device_attributes},
    {"GET",    "/api/deviceProfile/{deviceProfileId}",                            ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_get},
    {"DELETE", "/api/deviceProfile/{deviceProfileId}",                            ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_delete},
    {"POST",   "/api/deviceProfile/{deviceProfileId}/default",                    ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, profile_set_default},

    {"POST",   "/api/otaPackage",                                                 ACCESS_TENANT,   AREA_DEVICES,   BODY_OBJECT, 0,                LANE_QUICK, ota_save},
    {"GET",    "/api/otaPackage/info/{otaPackageId}",                             ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, ota_info},
    {"GET",    "/api/otaPackage/{otaPackageId}/download",                         ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, ota_download},
    {"GET",    "/api/otaPackage/{otaPackageId}",                                  ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, ota_get},
    {"POST",   "/api/otaPackage/{otaPackageId}",                                  ACCESS_TENANT,   AREA_DEVICES,   BODY_STREAM, 0,                LANE_QUICK, NULL, &ota_upload},
    {"DELETE", "/api/otaPackage/{otaPackageId}",                                  ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, ota_delete},
    {"GET",    "/api/otaPackages",                                                ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, ota_list},
    {"GET",    "/api/otaPackages/{deviceProfileId}/{type}",                       ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, ota_list_of_profile},

    {"GET",    "/api/plugins/telemetry/{entityType}/{entityId}/keys/timeseries",  ACCESS_READ,     AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, telemetry_keys},
    {"GET",    "/api/plugins/telemetry/{entityType}/{entityId}/values/timeseries", ACCESS_READ,     AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, telemetry_values},
    {"GET",    "/api/plugins/telemetry/{entityType}/{entityId}/keys/attributes",  ACCESS_READ,     AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, attributes_keys},
    {"GET",    "/api/plugins/telemetry/{entityType}/{entityId}/keys/attributes/{scope}", ACCESS_READ,     AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, attributes_keys_of_scope},
    {"GET",    "/api/plugins/telemetry/{entityType}/{entityId}/values/attributes", ACCESS_READ,     AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, attributes_values},
    {"GET",    "/api/plugins/telemetry/{entityType}/{entityId}/values/attributes/{scope}", ACCESS_READ,     AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, attributes_values_of_scope},
    {"POST",   "/api/plugins/telemetry/{entityType}/{entityId}/timeseries/{scope}", ACCESS_WRITE,    AREA_TELEMETRY, BODY_TEXT,   0,                LANE_QUICK, telemetry_save},
    {"POST",   "/api/plugins/telemetry/{entityType}/{entityId}/attributes/{scope}", ACCESS_WRITE,    AREA_TELEMETRY, BODY_TEXT,   0,                LANE_QUICK, attributes_save_of_entity},
    {"POST",   "/api/plugins/telemetry/{entityType}/{entityId}/{scope}",          ACCESS_WRITE,    AREA_TELEMETRY, BODY_TEXT,   0,                LANE_QUICK, attributes_save_of_entity},
    {"DELETE", "/api/plugins/telemetry/{entityType}/{entityId}/{scope}",          ACCESS_WRITE,    AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, attributes_delete_of_entity},
    {"POST",   "/api/plugins/telemetry/{deviceId}/{scope}",                       ACCESS_WRITE,    AREA_TELEMETRY, BODY_TEXT,   0,                LANE_QUICK, attributes_save_of_device},
    {"DELETE", "/api/plugins/telemetry/{deviceId}/{scope}",                       ACCESS_WRITE,    AREA_TELEMETRY, BODY_NONE,   SMALL,            LANE_QUICK, attributes_delete_of_device},
    {"POST",   "/api/postern/attributes/{scope}",                                 ACCESS_TENANT,   AREA_TELEMETRY, BODY_OBJECT, 16 * 1024 * 1024, LANE_QUICK, attributes_save_of_devices},

    {"POST",   "/api/rpc/oneway/{deviceId}",                                      ACCESS_WRITE,    AREA_RPC,       BODY_OBJECT, 0,                LANE_QUICK, rpc_one_way},
    {"POST",   "/api/rpc/twoway/{deviceId}",                                      ACCESS_WRITE,    AREA_RPC,       BODY_OBJECT, 0,                LANE_QUICK, rpc_two_way},
    {"GET",    "/api/rpc/persistent/device/{deviceId}",                           ACCESS_READ,     AREA_RPC,       BODY_NONE,   SMALL,            LANE_QUICK, rpc_list},
    {"GET",    "/api/rpc/persistent/{rpcId}",                                     ACCESS_READ,     AREA_RPC,       BODY_NONE,   SMALL,            LANE_QUICK, rpc_get},
    {"DELETE", "/api/rpc/persistent/{rpcId}",                                     ACCESS_WRITE,    AREA_RPC,       BODY_NONE,   SMALL,            LANE_QUICK, rpc_delete},
    {"POST",   "/api/plugins/rpc/oneway/{deviceId}",                              ACCESS_WRITE,    AREA_RPC,       BODY_OBJECT, 0,                LANE_QUICK, rpc_one_way},
    {"POST",   "/api/plugins/rpc/twoway/{deviceId}",                              ACCESS_WRITE,    AREA_RPC,       BODY_OBJECT, 0,                LANE_QUICK, rpc_two_way},

    {"GET",    "/api/entityGroupInfos/DEVICE",                                    ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_list_infos},
    {"GET",    "/api/entityGroups/DEVICE",                                        ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_list},
    {"GET",    "/api/entityGroups/DEVICE/{deviceId}",                             ACCESS_READ,     AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_list_of_device},
    {"GET",    "/api/entityGroups/{ownerType}/{ownerId}/DEVICE",                  ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_list_of_owner},
    {"GET",    "/api/entityGroup/all/{ownerType}/{ownerId}/DEVICE",               ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_all_of_owner},
    {"GET",    "/api/entityGroup/{entityGroupId}/entities",                       ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_entities},
    {"GET",    "/api/entityGroup/{entityGroupId}/devices",                        ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_devices},
    {"GET",    "/api/entityGroup/{entityGroupId}",                                ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_get},
    {"GET",    "/api/entityGroupInfo/{entityGroupId}",                            ACCESS_TENANT,   AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, group_info},

    {"GET",    "/api/device-connectivity/mqtts/certificate/download",             ACCESS_ANYONE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, connectivity_chain},
    {"GET",    "/api/device-connectivity/{deviceId}",                             ACCESS_WRITE,    AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, connectivity_commands},

    {"POST",   "/api/postern/certificate/inspect",                                ACCESS_TENANT,   AREA_DEVICES,   BODY_OBJECT, 256 * 1024,       LANE_QUICK, certificate_inspect},
    {"GET",    "/api/postern/device/{deviceId}/certificate",                      ACCESS_READ,     AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, certificate_of_device},
    {"GET",    "/api/postern/device/{deviceId}/events",                           ACCESS_READ,     AREA_DEVICES,   BODY_NONE,   SMALL,            LANE_QUICK, events_of_device},
    {"GET",    "/api/postern/door/events",                                        ACCESS_TENANT,   AREA_ADMIN,     BODY_NONE,   SMALL,            LANE_QUICK, events_of_door},
    {"GET",    "/api/postern/health",                                             ACCESS_ANYONE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, system_health},
    {"GET",    "/api/postern/version",                                            ACCESS_ANYONE,   AREA_NONE,      BODY_NONE,   SMALL,            LANE_QUICK, system_version},
};
/* clang-format on */

const size_t route_count = sizeof routes / sizeof routes[0];
