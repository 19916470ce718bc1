#include "http/resources.h"
#include "http/router.h"

/* Literal segments before placeholders: the first row whose pattern matches a path is meant. */
#define SMALL (64 * 1024)

/* clang-format off */
const struct route routes[] = {
    /* method  path                                        access         body         limit  lane        handler */
    {"POST",   "/api/auth/login",                          ACCESS_ANYONE, BODY_OBJECT, SMALL, LANE_HASH,  auth_login},
    {"POST",   "/api/auth/token",                          ACCESS_ANYONE, BODY_OBJECT, SMALL, LANE_QUICK, auth_refresh},
    {"POST",   "/api/auth/logout",                         ACCESS_USER,   BODY_NONE,   SMALL, LANE_QUICK, auth_logout},
    {"GET",    "/api/auth/user",                           ACCESS_USER,   BODY_NONE,   SMALL, LANE_QUICK, auth_user},
    {"POST",   "/api/auth/changePassword",                 ACCESS_USER,   BODY_OBJECT, SMALL, LANE_HASH,  auth_change_password},

    {"POST",   "/api/customer",                            ACCESS_TENANT, BODY_OBJECT, SMALL, LANE_QUICK, customer_save},
    {"GET",    "/api/customers",                           ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, customer_list},
    {"POST",   "/api/customer/device/{name}/claim",        ACCESS_CUSTOMER, BODY_TEXT, SMALL, LANE_QUICK, claim_take_device},
    {"DELETE", "/api/customer/device/{name}/claim",        ACCESS_CUSTOMER, BODY_NONE, SMALL, LANE_QUICK, claim_return_device},
    {"DELETE", "/api/customer/device/{id}",                ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, customer_unassign_device},
    {"POST",   "/api/customer/{customerId}/device/{id}",   ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, customer_assign_device},
    {"GET",    "/api/customer/{id}",                       ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, customer_get},
    {"DELETE", "/api/customer/{id}",                       ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, customer_delete},
    {"POST",   "/api/user",                                ACCESS_TENANT, BODY_OBJECT, SMALL, LANE_QUICK, user_save},
    {"GET",    "/api/user/{id}/activationLink",            ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, user_activation_link},
    {"POST",   "/api/noauth/activate",                     ACCESS_ANYONE, BODY_OBJECT, SMALL, LANE_HASH,  user_activate},

    {"POST",   "/api/device",                              ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, device_save},
    {"POST",   "/api/device-with-credentials",             ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, device_save_with_credentials},
    {"POST",   "/api/device/credentials",                  ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, credentials_save},
    {"GET",    "/api/device/types",                        ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_list_types},
    {"GET",    "/api/device/info/{id}",                    ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_info},
    {"GET",    "/api/device/{id}/credentials",             ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, credentials_get},
    {"GET",    "/api/device/{id}",                         ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_get},
    {"DELETE", "/api/device/{id}",                         ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_delete},
    {"GET",    "/api/tenant/devices",                      ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_list_tenant},
    {"GET",    "/api/tenant/deviceInfos",                  ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_list_infos},
    {"GET",    "/api/user/devices",                        ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_list_user},
    {"GET",    "/api/devices",                             ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, device_list_by_ids},

    {"POST",   "/api/v1/provision",                        ACCESS_ANYONE, BODY_TEXT,   SMALL, LANE_QUICK, device_api_provision},
    {"POST",   "/api/v1/{token}/telemetry",                ACCESS_DEVICE, BODY_TEXT,   0,     LANE_QUICK, device_api_telemetry},
    {"POST",   "/api/v1/{token}/attributes",               ACCESS_DEVICE, BODY_TEXT,   0,     LANE_QUICK, device_api_attributes},
    {"GET",    "/api/v1/{token}/attributes",               ACCESS_DEVICE, BODY_NONE,   SMALL, LANE_QUICK, device_api_attributes_asked},
    {"GET",    "/api/v1/{token}/attributes/updates",       ACCESS_DEVICE, BODY_NONE,   SMALL, LANE_QUICK, device_api_attributes_updates},
    {"GET",    "/api/v1/{token}/rpc",                      ACCESS_DEVICE, BODY_NONE,   SMALL, LANE_QUICK, device_api_calls},
    {"POST",   "/api/v1/{token}/rpc",                      ACCESS_DEVICE, BODY_TEXT,   0,     LANE_QUICK, device_api_call},
    {"POST",   "/api/v1/{token}/rpc/{id}",                 ACCESS_DEVICE, BODY_TEXT,   0,     LANE_QUICK, device_api_call_answer},
    {"POST",   "/api/v1/{token}/claim",                    ACCESS_DEVICE, BODY_TEXT,   SMALL, LANE_QUICK, device_api_claim},
    {"GET",    "/api/v1/{token}/firmware",                 ACCESS_DEVICE, BODY_NONE,   SMALL, LANE_QUICK, device_api_firmware},
    {"GET",    "/api/v1/{token}/software",                 ACCESS_DEVICE, BODY_NONE,   SMALL, LANE_QUICK, device_api_software},

    {"POST",   "/api/deviceProfile",                       ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, profile_save},
    {"GET",    "/api/deviceProfiles",                      ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_list},
    {"GET",    "/api/deviceProfileInfo/default",           ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_info_default},
    {"GET",    "/api/deviceProfileInfos",                  ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_list_infos},
    {"GET",    "/api/deviceProfile/names",                 ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_list_names},
    {"GET",    "/api/deviceProfile/devices/keys/timeseries", ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, profile_device_keys},
    {"GET",    "/api/deviceProfile/devices/keys/attributes", ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, profile_device_attributes},
    {"GET",    "/api/deviceProfile/{id}",                  ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_get},
    {"DELETE", "/api/deviceProfile/{id}",                  ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_delete},
    {"POST",   "/api/deviceProfile/{id}/default",          ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, profile_set_default},

    {"POST",   "/api/otaPackage",                          ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, ota_save},
    {"GET",    "/api/otaPackage/info/{id}",                ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, ota_info},
    {"GET",    "/api/otaPackage/{id}/download",            ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, ota_download},
    {"GET",    "/api/otaPackage/{id}",                     ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, ota_get},
    {"POST",   "/api/otaPackage/{id}",                     ACCESS_TENANT, BODY_STREAM, 0,     LANE_QUICK, NULL, &ota_upload},
    {"DELETE", "/api/otaPackage/{id}",                     ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, ota_delete},
    {"GET",    "/api/otaPackages",                         ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, ota_list},
    {"GET",    "/api/otaPackages/{deviceProfileId}/{type}", ACCESS_TENANT, BODY_NONE,  SMALL, LANE_QUICK, ota_list_of_profile},

    {"GET",    "/api/plugins/telemetry/{type}/{id}/keys/timeseries",           ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, telemetry_keys},
    {"GET",    "/api/plugins/telemetry/{type}/{id}/values/timeseries",         ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, telemetry_values},
    {"GET",    "/api/plugins/telemetry/{type}/{id}/keys/attributes",           ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, attributes_keys},
    {"GET",    "/api/plugins/telemetry/{type}/{id}/keys/attributes/{scope}",   ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, attributes_keys_of_scope},
    {"GET",    "/api/plugins/telemetry/{type}/{id}/values/attributes",         ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, attributes_values},
    {"GET",    "/api/plugins/telemetry/{type}/{id}/values/attributes/{scope}", ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, attributes_values_of_scope},
    {"POST",   "/api/plugins/telemetry/{type}/{id}/timeseries/{scope}",        ACCESS_TENANT, BODY_TEXT, 0,     LANE_QUICK, telemetry_save},
    {"POST",   "/api/plugins/telemetry/{type}/{id}/attributes/{scope}",        ACCESS_TENANT, BODY_TEXT, 0,     LANE_QUICK, attributes_save_of_entity},
    {"POST",   "/api/plugins/telemetry/{type}/{id}/{scope}",                   ACCESS_TENANT, BODY_TEXT, 0,     LANE_QUICK, attributes_save_of_entity},
    {"DELETE", "/api/plugins/telemetry/{type}/{id}/{scope}",                   ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, attributes_delete_of_entity},
    {"POST",   "/api/plugins/telemetry/{id}/{scope}",                          ACCESS_TENANT, BODY_TEXT, 0,     LANE_QUICK, attributes_save_of_device},
    {"DELETE", "/api/plugins/telemetry/{id}/{scope}",                          ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, attributes_delete_of_device},
    {"POST",   "/api/postern/attributes/{scope}",                              ACCESS_TENANT, BODY_OBJECT, 16 * 1024 * 1024, LANE_QUICK, attributes_save_of_devices},

    {"POST",   "/api/rpc/oneway/{id}",                     ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, rpc_one_way},
    {"POST",   "/api/rpc/twoway/{id}",                     ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, rpc_two_way},
    {"GET",    "/api/rpc/persistent/device/{id}",          ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, rpc_list},
    {"GET",    "/api/rpc/persistent/{id}",                 ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, rpc_get},
    {"DELETE", "/api/rpc/persistent/{id}",                 ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, rpc_delete},
    {"POST",   "/api/plugins/rpc/oneway/{id}",             ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, rpc_one_way},
    {"POST",   "/api/plugins/rpc/twoway/{id}",             ACCESS_TENANT, BODY_OBJECT, 0,     LANE_QUICK, rpc_two_way},

    {"GET",    "/api/entityGroupInfos/DEVICE",             ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_list_infos},
    {"GET",    "/api/entityGroups/DEVICE",                 ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_list},
    {"GET",    "/api/entityGroups/DEVICE/{id}",            ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_list_of_device},
    {"GET",    "/api/entityGroups/{ownerType}/{ownerId}/DEVICE",    ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, group_list_of_owner},
    {"GET",    "/api/entityGroup/all/{ownerType}/{ownerId}/DEVICE", ACCESS_TENANT, BODY_NONE, SMALL, LANE_QUICK, group_all_of_owner},
    {"GET",    "/api/entityGroup/{id}/entities",           ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_entities},
    {"GET",    "/api/entityGroup/{id}/devices",            ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_devices},
    {"GET",    "/api/entityGroup/{id}",                    ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_get},
    {"GET",    "/api/entityGroupInfo/{id}",                ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, group_info},

    {"GET",    "/api/device-connectivity/mqtts/certificate/download", ACCESS_ANYONE, BODY_NONE, SMALL, LANE_QUICK, connectivity_chain},
    {"GET",    "/api/device-connectivity/{id}",            ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, connectivity_commands},

    {"POST",   "/api/postern/certificate/inspect",         ACCESS_TENANT, BODY_OBJECT, 256 * 1024, LANE_QUICK, certificate_inspect},
    {"GET",    "/api/postern/device/{id}/certificate",     ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, certificate_of_device},
    {"GET",    "/api/postern/device/{id}/events",          ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, events_of_device},
    {"GET",    "/api/postern/door/events",                 ACCESS_TENANT, BODY_NONE,   SMALL, LANE_QUICK, events_of_door},
    {"GET",    "/api/postern/health",                      ACCESS_ANYONE, BODY_NONE,   SMALL, LANE_QUICK, system_health},
    {"GET",    "/api/postern/version",                     ACCESS_ANYONE, BODY_NONE,   SMALL, LANE_QUICK, system_version},
};
/* clang-format on */

const size_t route_count = sizeof routes / sizeof routes[0];
