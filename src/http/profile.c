/* Device profiles: save, read, list, delete. The keys of their devices are in profile_keys.c. */
#include "base/log.h"
#include "http/profile_document.h"
#include "http/resources.h"
#include "hub/profiles.h"
#include "hub/rollout.h"

static err_t find_profile(struct call *call, struct profile *ret, struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "deviceProfileId", &id, problem));
    return registry_profile_get(call->api->hub->registry, &call->who.tenant_id, &id, ret, problem);
}

err_t profile_get(struct call *call, struct problem *problem)
{
    struct profile profile;
    TRY(find_profile(call, &profile, problem));
    err_t err = call_reply(call, profile_document(&profile), problem);
    profile_fini(&profile);
    return err;
}

err_t profile_info(struct call *call, struct problem *problem)
{
    struct profile profile;
    TRY(find_profile(call, &profile, problem));
    err_t err = call_reply(call, profile_info_document(&profile), problem);
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

/* --- changing --- */

static err_t save(struct call *call, struct profile *profile, bool exists, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    err_t err = exists ? registry_profile_update(hub->registry, profile, problem)
                       : registry_profile_add(hub->registry, profile, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    rollout_wake(hub->rollout);
    profiles_changed(hub, &profile->id); /* before the answer: devices work by what was saved */
    log_info(exists ? "profile.changed" : "profile.created", log_text("name", profile->name));
    return call_reply(call, profile_document(profile), problem);
}

err_t profile_save(struct call *call, struct problem *problem)
{
    struct profile profile;
    bool exists;
    TRY(profile_read(call, call->body, &profile, &exists, problem));
    err_t err = save(call, &profile, exists, problem);
    profile_fini(&profile);
    return err;
}

err_t profile_delete(struct call *call, struct problem *problem)
{
    struct hub *hub = call->api->hub;
    struct uuid id;
    TRY(call_part_id(call, 0, "deviceProfileId", &id, problem));
    err_t err = registry_profile_delete(hub->registry, &call->who.tenant_id, &id, problem);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    profiles_changed(hub, &id);
    char text[UUID_TEXT_SIZE];
    uuid_format(&id, text);
    log_info("profile.deleted", log_text("id", text));
    call->response->status = 200;
    return ERR_OK;
}

err_t profile_set_default(struct call *call, struct problem *problem)
{
    struct registry *registry = call->api->hub->registry;
    struct uuid id;
    TRY(call_part_id(call, 0, "deviceProfileId", &id, problem));
    TRY(registry_profile_set_default(registry, &call->who.tenant_id, &id, problem));
    return profile_get(call, problem);
}

/* --- lists --- */

static const struct {
    const char *property;
    enum profile_sort sort;
} sorts[] = {
    {"name", PROFILE_SORT_NAME},
    {"createdTime", PROFILE_SORT_CREATED},
    {"type", PROFILE_SORT_NAME}, /* all are of one type */
    {"transportType", PROFILE_SORT_TRANSPORT},
    {"description", PROFILE_SORT_DESCRIPTION},
    {"isDefault", PROFILE_SORT_DEFAULT},
};

static err_t set_sort(const struct page_query *page, struct profile_query *query, struct problem *problem)
{
    query->order = page->is_descending ? SORT_DESCENDING : SORT_ASCENDING;
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        if (!page->is_sorted || slice_eq_str(page->sort_property, sorts[i].property)) {
            query->sort = sorts[i].sort;
            return ERR_OK;
        }
    }
    int shown = page->sort_property.len < 40 ? (int)page->sort_property.len : 40;
    return fail(problem, ERR_INVALID, "sortProperty",
                "sortProperty is '%.*s'; expected name, createdTime, type, transportType, description or "
                "isDefault",
                shown, (const char *)page->sort_property.data);
}

static err_t set_transport(const struct call *call, struct profile_query *query, struct problem *problem)
{
    struct slice text;
    if (!http_request_param(call->request, "transportType", &text) || text.len == 0)
        return ERR_OK;
    query->has_transport = true;
    if (profile_transport_parse(text, &query->transport))
        return ERR_OK;
    return fail(problem, ERR_INVALID, "transportType", "transportType is '%.*s'; expected DEFAULT or MQTT",
                text.len < 40 ? (int)text.len : 40, (const char *)text.data);
}

static err_t append_all(json_t *data, const struct profile_page *found,
                        json_t *(*document)(const struct profile *), struct problem *problem)
{
    for (size_t i = 0; i < found->count; i++)
        if (json_array_append_new(data, document(&found->profiles[i])) != 0)
            return fail(problem, ERR_NOMEM, "", "no memory for the list");
    return ERR_OK;
}

static err_t reply_page(struct call *call, struct profile_query query,
                        json_t *(*document)(const struct profile *), struct problem *problem)
{
    struct page_query page;
    struct profile_page found;
    TRY(call_query_page(call, &page, problem));
    TRY(set_sort(&page, &query, problem));
    query.tenant_id = call->who.tenant_id;
    query.text_search = page.text_search;
    query.page_size = page.size;
    query.page = page.number;
    TRY(registry_profile_list(call->api->hub->registry, &query, &found, problem));
    AUTO_JSON data = json_array();
    uint64_t total = found.total;
    err_t err = append_all(data, &found, document, problem);
    profile_page_fini(&found);
    return err == ERR_OK ? call_reply(call, page_document(&page, document_take(&data), total), problem) : err;
}

err_t profile_list(struct call *call, struct problem *problem)
{
    return reply_page(call, (struct profile_query){0}, profile_document, problem);
}

static err_t append_info(struct call *call, const struct uuid *id, json_t *list, struct problem *problem)
{
    struct profile profile;
    TRY(registry_profile_get(call->api->hub->registry, &call->who.tenant_id, id, &profile, problem));
    bool is_appended = json_array_append_new(list, profile_info_document(&profile)) == 0;
    profile_fini(&profile);
    return is_appended ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory for the list");
}

err_t profile_list_infos(struct call *call, struct problem *problem)
{
    struct profile_query query = {0};
    struct slice ids;
    if (http_request_param(call->request, "deviceProfileIds", &ids))
        return call_reply_by_ids(call, "deviceProfileIds", append_info, problem);
    TRY(set_transport(call, &query, problem));
    return reply_page(call, query, profile_info_document, problem);
}

/* --- names --- */

static json_t *name_document(const struct profile *profile)
{
    return json_pack("{s:o, s:s}", "id", document_id("DEVICE_PROFILE", &profile->id), "name", profile->name);
}

static err_t append_active_names(struct call *call, json_t *data, struct problem *problem)
{
    struct profile_page found;
    TRY(registry_device_types(call->api->hub->registry, &call->who.tenant_id, &found, problem));
    err_t err = append_all(data, &found, name_document, problem);
    profile_page_fini(&found);
    return err;
}

static err_t append_names(struct call *call, json_t *data, struct problem *problem)
{
    enum { AT_ONCE = 1000 };
    struct profile_page found = {.total = UINT64_MAX};
    for (uint32_t page = 0; (uint64_t)page * AT_ONCE < found.total; page++) {
        struct profile_query query = {.tenant_id = call->who.tenant_id, .page_size = AT_ONCE, .page = page};
        TRY(registry_profile_list(call->api->hub->registry, &query, &found, problem));
        err_t err = append_all(data, &found, name_document, problem);
        profile_page_fini(&found);
        TRY(err);
    }
    return ERR_OK;
}

err_t profile_list_names(struct call *call, struct problem *problem)
{
    bool active_only = false; /* those that have devices */
    TRY(call_query_bool(call, "activeOnly", &active_only, problem));
    AUTO_JSON data = json_array();
    TRY(active_only ? append_active_names(call, data, problem) : append_names(call, data, problem));
    return call_reply(call, document_take(&data), problem);
}
