/**
 * @file resources.h - the handlers of all routes, by the file that holds them.
 *
 * Each runs on a worker thread with the request authenticated, authorised and, where the route says so, its
 * body parsed. It fills the answer by call_reply(), or returns an error whose sentence becomes the answer.
 * Nothing is written before everything in the request has been checked.
 */
#pragma once

#include "http/call.h"

#define HANDLER(name) MUST_USE err_t name(struct call *call, struct problem *problem)

HANDLER(auth_login); /* auth.c */
HANDLER(auth_refresh);
HANDLER(auth_logout);
HANDLER(auth_user);
HANDLER(auth_change_password);

HANDLER(customer_save); /* customer.c */
HANDLER(customer_get);
HANDLER(customer_short_info);
HANDLER(customer_title);
HANDLER(customer_by_title);
HANDLER(customer_delete);
HANDLER(customer_list);

HANDLER(customer_assign_device); /* owner.c */
HANDLER(customer_unassign_device);
HANDLER(owner_change_of_device);

HANDLER(tenant_save); /* tenant.c */
HANDLER(tenant_get);
HANDLER(tenant_list);
HANDLER(tenant_delete);

HANDLER(user_save); /* user.c */
HANDLER(user_get);
HANDLER(user_by_email);
HANDLER(user_delete);
HANDLER(user_list);
HANDLER(user_list_of_customer);
HANDLER(user_list_of_tenant);

HANDLER(activation_link); /* activation.c */
HANDLER(activation_reset_link);
HANDLER(activation_follow);
HANDLER(activation_use);
HANDLER(activation_reset);
HANDLER(activation_password_policy);

HANDLER(logins_list); /* logins.c */
HANDLER(logins_list_of_user);
HANDLER(logins_end);
HANDLER(logins_end_of_user);

HANDLER(audit_export); /* audit_export.c */
HANDLER(audit_list);   /* audit_list.c */
HANDLER(audit_list_of_entity);
HANDLER(audit_list_of_user);
HANDLER(audit_list_of_customer);

HANDLER(api_key_save); /* api_key.c */
HANDLER(api_key_list);
HANDLER(api_key_enable);
HANDLER(api_key_delete);

HANDLER(forwarding_save); /* forwarding.c */
HANDLER(forwarding_get);
HANDLER(forwarding_list);
HANDLER(forwarding_delete);
HANDLER(forwarding_test);

HANDLER(claim_take_device); /* claim.c */
HANDLER(claim_return_device);

HANDLER(device_save); /* device.c */
HANDLER(device_save_with_credentials);
HANDLER(device_get);
HANDLER(device_info);
HANDLER(device_delete);

HANDLER(device_list_tenant); /* device_list.c */
HANDLER(device_list_infos);
HANDLER(device_list_user);
HANDLER(device_list_by_ids);
HANDLER(device_list_types);
HANDLER(device_list_of_customer);
HANDLER(device_list_infos_of_customer);

HANDLER(device_api_telemetry); /* device_api.c */
HANDLER(device_api_attributes);
HANDLER(device_api_attributes_asked);
HANDLER(device_api_attributes_updates);
HANDLER(device_api_claim);
HANDLER(device_api_provision);
HANDLER(device_api_calls); /* device_api_rpc.c */
HANDLER(device_api_call_answer);
HANDLER(device_api_call);
HANDLER(device_api_firmware); /* device_api_package.c */
HANDLER(device_api_software);

HANDLER(profile_get); /* profile.c */
HANDLER(profile_save);
HANDLER(profile_delete);
HANDLER(profile_set_default);
HANDLER(profile_info);
HANDLER(profile_info_default);
HANDLER(profile_list);
HANDLER(profile_list_infos);
HANDLER(profile_list_names);

HANDLER(profile_device_keys); /* profile_keys.c */
HANDLER(profile_device_attributes);

HANDLER(profile_try_pattern); /* profile_pattern.c */

HANDLER(credentials_get); /* credentials.c */
HANDLER(credentials_save);

HANDLER(certificate_inspect); /* certificate.c */
HANDLER(certificate_of_device);

HANDLER(telemetry_keys); /* telemetry.c */
HANDLER(telemetry_values);
HANDLER(telemetry_delete); /* telemetry_delete.c */
HANDLER(telemetry_save);   /* telemetry_save.c */
HANDLER(telemetry_save_for_a_time);
HANDLER(attributes_save_of_device); /* attributes_save.c */
HANDLER(attributes_save_of_entity);
HANDLER(attributes_save_of_devices);
HANDLER(attributes_delete_of_device);
HANDLER(attributes_delete_of_entity);
HANDLER(attributes_keys); /* attributes.c */
HANDLER(attributes_keys_of_scope);
HANDLER(attributes_values);
HANDLER(attributes_values_of_scope);

HANDLER(group_save); /* group.c */
HANDLER(group_get);
HANDLER(group_delete);
HANDLER(group_list);
HANDLER(group_list_by_ids);
HANDLER(group_list_of_owner);
HANDLER(group_list_of_device);
HANDLER(group_all_of_owner);
HANDLER(group_by_name);

HANDLER(group_entities); /* group_members.c */
HANDLER(group_entity);
HANDLER(group_devices);
HANDLER(group_add_entities);
HANDLER(group_delete_entities);
HANDLER(group_share);
HANDLER(group_end_share);
HANDLER(group_list_shares);

HANDLER(connectivity_commands); /* connectivity.c */
HANDLER(connectivity_chain);

HANDLER(events_of_device); /* events.c */
HANDLER(events_of_door);
HANDLER(overview_get);  /* overview.c */
HANDLER(refusals_list); /* refusals.c */
HANDLER(refusals_get);
HANDLER(refusals_register);
HANDLER(rpc_one_way); /* rpc.c */
HANDLER(rpc_two_way);
HANDLER(rpc_get); /* rpc_persistent.c */
HANDLER(rpc_delete);
HANDLER(rpc_list);

HANDLER(ota_save); /* ota_package.c */
HANDLER(ota_get);
HANDLER(ota_info);
HANDLER(ota_download);
HANDLER(ota_delete);
HANDLER(ota_list);
HANDLER(ota_list_of_profile);

extern const struct body_sink ota_upload; /* ota_upload.c */

extern const struct body_sink device_import_mapped, device_import_upload; /* device_import.c */
HANDLER(device_export);                                                   /* device_export.c */
HANDLER(device_actions);                                                  /* device_actions.c */

HANDLER(system_health); /* system.c */
HANDLER(system_version);
HANDLER(system_settings);

#undef HANDLER
