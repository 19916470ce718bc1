/* What is in a group, and with whom it is shared. */
#include "base/log.h"
#include "http/access.h"
#include "http/device_document.h"
#include "http/device_info.h"
#include "http/device_list.h"
#include "http/resources.h"

#include <stdlib.h>

enum { IDS_MAX = 10000 };

static err_t find_group(struct call *call, enum access_right right, struct group *ret,
                        struct problem *problem)
{
    struct uuid id;
    TRY(call_part_id(call, 0, "entityGroupId", &id, problem));
    return access_group(call, &id, right, ret, problem);
}

/* ---- devices in it ----------------------------------------------------------------------------------------- */

static err_t reply_devices(struct call *call, bool is_info, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, RIGHT_READ, &group, problem));
    err_t err = device_list_of_group(call, &group, is_info, problem);
    group_fini(&group);
    return err;
}

err_t group_entities(struct call *call, struct problem *problem)
{
    return reply_devices(call, true, problem);
}

err_t group_devices(struct call *call, struct problem *problem)
{
    return reply_devices(call, true, problem);
}

static err_t find_in_own_group(struct call *call, const struct group *group, const struct device *device,
                               bool *ret, struct problem *problem)
{
    struct group_query query = {.tenant_id = group->tenant_id, .device = device->number, .page_size = 1000};
    struct group_page found;
    TRY(registry_group_page(call->api->hub->registry, &query, &found, problem));
    for (size_t i = 0; i < found.count; i++)
        *ret = *ret || uuid_eq(&found.groups[i].id, &group->id);
    group_page_fini(&found);
    return ERR_OK;
}

static err_t reply_member(struct call *call, const struct group *group, const struct device *device,
                          struct problem *problem)
{
    bool is_in =
        group->is_all && (!group->owner_is_customer || uuid_eq(&device->customer_id, &group->owner_id));
    if (!group->is_all)
        TRY(find_in_own_group(call, group, device, &is_in, problem));
    if (!is_in)
        return fail(problem, ERR_NOT_FOUND, "", "the group has no such device");
    json_t *document = NULL;
    TRY(device_info_document(call, device, &document, problem));
    return call_reply(call, document, problem);
}

err_t group_entity(struct call *call, struct problem *problem)
{
    struct group group;
    struct uuid id;
    struct device device;
    TRY(call_part_id(call, 1, "entityId", &id, problem));
    TRY(find_group(call, RIGHT_READ, &group, problem));
    err_t err = access_device(call, &id, RIGHT_READ, &device, problem);
    if (err == ERR_OK) {
        err = reply_member(call, &group, &device, problem);
        device_fini(&device);
    }
    group_fini(&group);
    return err;
}

static err_t read_ids(const json_t *list, struct uuid *ids, size_t count, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text == NULL || !uuid_parse(slice_str(text), &ids[i]))
            return fail(problem, ERR_INVALID, "entityIds", "entityIds holds %s%.64s at %zu; expected UUIDs",
                        text != NULL ? "" : "no text", text != NULL ? text : "", i);
    }
    return ERR_OK;
}

typedef err_t change_members(struct registry *r, const struct uuid *tenant, const struct uuid *group,
                             const struct uuid *devices, size_t count, struct problem *p);

static err_t change_listed(struct call *call, const struct uuid *group, const json_t *list,
                           change_members *change, struct problem *problem)
{
    size_t count = json_array_size(list);
    struct uuid *ids = calloc(count != 0 ? count : 1, sizeof *ids);
    if (ids == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    err_t err = read_ids(list, ids, count, problem);
    if (err == ERR_OK)
        err = change(call->api->hub->registry, &call->who.tenant_id, group, ids, count, problem);
    free(ids);
    return err;
}

static err_t change_group(struct call *call, change_members *change, const char *event,
                          struct problem *problem)
{
    AUTO_JSON list = NULL;
    struct group group;
    TRY(document_parse(call->request->body, &list, problem));
    if (!json_is_array(list) || json_array_size(list) > IDS_MAX)
        return fail(problem, ERR_INVALID, "entityIds",
                    "the body is %s; expected an array of at most %d UUIDs",
                    json_is_array(list) ? "longer" : document_kind(list), IDS_MAX);
    TRY(find_group(call, RIGHT_WRITE, &group, problem));
    err_t err = change_listed(call, &group.id, list, change, problem);
    if (err == ERR_OK)
        log_info(event, log_text("name", group.name), log_number("devices", (int64_t)json_array_size(list)));
    group_fini(&group);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    call->response->status = 200;
    return ERR_OK;
}

err_t group_add_entities(struct call *call, struct problem *problem)
{
    return change_group(call, registry_group_add_devices, "group.devices_added", problem);
}

err_t group_delete_entities(struct call *call, struct problem *problem)
{
    return change_group(call, registry_group_remove_devices, "group.devices_removed", problem);
}

/* ---- shares ------------------------------------------------------------------------------------------------ */

static err_t share_with(struct call *call, const struct group_share *share, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, RIGHT_WRITE, &group, problem));
    err_t err =
        registry_group_share(call->api->hub->registry, &call->who.tenant_id, &group.id, share, problem);
    if (err == ERR_OK)
        log_info(share->right == SHARE_NONE ? "group.share_ended" : "group.shared",
                 log_text("name", group.name));
    group_fini(&group);
    if (err != ERR_OK)
        return call_conflict(call, err, problem);
    call->response->status = 200;
    return ERR_OK;
}

err_t group_share(struct call *call, struct problem *problem)
{
    struct group_share share = {.right = SHARE_NONE};
    const char *right = NULL;
    bool is_named = false;
    TRY(document_get_id(call->body, "customerId", &share.customer_id, &is_named, problem));
    if (!is_named)
        return fail(problem, ERR_INVALID, "customerId", "customerId is missing; expected a customer's id");
    TRY(document_get_string(call->body, "right", &right, problem));
    if (right != NULL && strcmp(right, "READ") == 0)
        share.right = SHARE_READ;
    else if (right != NULL && strcmp(right, "WRITE") == 0)
        share.right = SHARE_WRITE;
    else
        return fail(problem, ERR_INVALID, "right", "right is '%.32s'; expected READ or WRITE",
                    right != NULL ? right : "");
    return share_with(call, &share, problem);
}

err_t group_end_share(struct call *call, struct problem *problem)
{
    struct group_share share = {.right = SHARE_NONE};
    TRY(call_part_id(call, 1, "customerId", &share.customer_id, problem));
    return share_with(call, &share, problem);
}

static err_t reply_shares(struct call *call, const struct uuid *group, struct problem *problem)
{
    size_t count = 0;
    struct group_share *shares = calloc(GROUP_SHARES_MAX, sizeof *shares);
    if (shares == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    err_t err =
        registry_group_shares(call->api->hub->registry, &call->who.tenant_id, group, shares, &count, problem);
    AUTO_JSON list = json_array();
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        if (json_array_append_new(list, json_pack("{s:o, s:s}", "customerId",
                                                  document_id("CUSTOMER", &shares[i].customer_id), "right",
                                                  shares[i].right == SHARE_WRITE ? "WRITE" : "READ")) != 0)
            err = fail(problem, ERR_NOMEM, "", "no memory for the list");
    free(shares);
    return err == ERR_OK ? call_reply(call, document_take(&list), problem) : err;
}

err_t group_list_shares(struct call *call, struct problem *problem)
{
    struct group group;
    TRY(find_group(call, RIGHT_WRITE, &group, problem));
    err_t err = reply_shares(call, &group.id, problem);
    group_fini(&group);
    return err;
}
