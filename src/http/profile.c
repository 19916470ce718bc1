/* Device profiles, read. */
#include "http/resources.h"

/* What a profile means whose data was never saved: the default configuration. */
static json_t *default_data(void)
{
    return json_pack("{s:{s:s}, s:{s:s}, s:{s:s, s:n}, s:[]}", "configuration", "type", "DEFAULT",
                     "transportConfiguration", "type", "DEFAULT", "provisionConfiguration", "type",
                     "DISABLED", "provisionDeviceSecret", "alarms");
}

static json_t *profile_document(const struct profile *profile)
{
    json_t *data =
        profile->profile_data != NULL ? json_loads(profile->profile_data, 0, NULL) : default_data();
    return json_pack(
        "{s:o, s:I, s:o, s:s, s:o, s:n, s:s, s:s, s:s, s:n, s:n, s:n, s:n, s:n, s:n, s:b, s:o, s:I}", "id",
        document_id("DEVICE_PROFILE", &profile->id), "createdTime", (json_int_t)profile->created_ms,
        "tenantId", document_id("TENANT", &profile->tenant_id), "name", profile->name, "description",
        document_text(profile->description), "image", "type", "DEFAULT", "transportType", "DEFAULT",
        "provisionType", "DISABLED", "defaultRuleChainId", "defaultDashboardId", "defaultQueueName",
        "provisionDeviceKey", "firmwareId", "softwareId", "default", profile->is_default, "profileData", data,
        "version", (json_int_t)profile->version);
}

static json_t *profile_info_document(const struct profile *profile)
{
    return json_pack("{s:o, s:s, s:n, s:n, s:s, s:s, s:o}", "id", document_id("DEVICE_PROFILE", &profile->id),
                     "name", profile->name, "image", "defaultDashboardId", "type", "DEFAULT", "transportType",
                     "DEFAULT", "tenantId", document_id("TENANT", &profile->tenant_id));
}

err_t profile_get(struct call *call, struct problem *problem)
{
    struct uuid id;
    struct profile profile;
    TRY(call_part_id(call, 0, "deviceProfileId", &id, problem));
    TRY(registry_profile_get(call->api->hub->registry, &call->who.tenant_id, &id, &profile, problem));
    err_t err = call_reply(call, profile_document(&profile), problem);
    profile_fini(&profile);
    return err;
}

err_t profile_info_default(struct call *call, struct problem *problem)
{
    struct profile profile;
    TRY(registry_profile_default(call->api->hub->registry, &call->who.tenant_id, &profile, problem));
    err_t err = call_reply(call, profile_info_document(&profile), problem);
    profile_fini(&profile);
    return err;
}

err_t profile_list_infos(struct call *call, struct problem *problem)
{
    struct page_query page;
    struct profile_page found;
    err_t err = ERR_OK;
    TRY(call_query_page(call, &page, problem));
    struct profile_query query = {.tenant_id = call->who.tenant_id,
                                  .text_search = page.text_search,
                                  .page_size = page.size,
                                  .page = page.number};
    TRY(registry_profile_list(call->api->hub->registry, &query, &found, problem));
    AUTO_JSON data = json_array();
    for (size_t i = 0; i < found.count && err == ERR_OK; i++)
        if (json_array_append_new(data, profile_info_document(&found.profiles[i])) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    uint64_t total = found.total;
    profile_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

static err_t append_names(json_t *data, const struct profile_page *found, struct problem *problem)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct profile *profile = &found->profiles[i];
        json_t *name =
            json_pack("{s:o, s:s}", "id", document_id("DEVICE_PROFILE", &profile->id), "name", profile->name);
        if (json_array_append_new(data, name) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    }
    return ERR_OK;
}

err_t profile_list_names(struct call *call, struct problem *problem)
{
    enum { AT_ONCE = 1000 };
    struct profile_page found = {.total = UINT64_MAX};
    AUTO_JSON data = json_array();
    for (uint32_t page = 0; (uint64_t)page * AT_ONCE < found.total; page++) {
        struct profile_query query = {.tenant_id = call->who.tenant_id, .page_size = AT_ONCE, .page = page};
        TRY(registry_profile_list(call->api->hub->registry, &query, &found, problem));
        err_t err = append_names(data, &found, problem);
        profile_page_fini(&found);
        TRY(err);
    }
    return call_reply(call, document_take(&data), problem);
}
