/*
 * POST /api/postern/devices/actions: one change to many devices, named one by one or by a filter.
 *
 * Each device is changed by itself, so that what one refuses costs the others nothing; the answer counts, and tells of each
 * that was refused. A call takes at most ACTIONS_MAX; where a filter matches more, `next` says where to go on.
 */
#include "base/log.h"
#include "http/access.h"
#include "http/audit.h"
#include "http/device_delete.h"
#include "http/device_filter.h"
#include "http/owner.h"
#include "http/resources.h"
#include "hub/door.h"
#include "hub/rollout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACTIONS_MAX = DEVICE_DELETE_MAX };

struct action;

struct action_kind {
    const char *name;
    const char *member; /* of the body: the id it needs; NULL: none */
    const char *audit;
    err_t (*run)(struct action *a, struct device *device, struct problem *problem); /* NULL: delete_all() */
    err_t (*check)(struct call *call, const struct uuid *id,
                   struct problem *problem); /* NULL: nothing to check */
};

struct action {
    struct call *call;
    const struct action_kind *kind;
    struct uuid id; /* of the profile, group or customer */
    json_t *errors;
    uint64_t changed, failed;
};

/* ---- what is done to one device ---------------------------------------------------------------------------- */

static err_t set_profile(struct action *a, struct device *device, struct problem *problem)
{
    struct hub *hub = a->call->api->hub;
    if (uuid_eq(&device->profile_id, &a->id))
        return ERR_OK;
    device->profile_id = a->id;
    TRY(registry_device_update(hub->registry, device, NULL, problem));
    door_revoke(hub->door, device->number); /* it comes back under its new profile */
    rollout_wake(hub->rollout);
    return ERR_OK;
}

static err_t set_customer(struct action *a, struct device *device, struct problem *problem)
{
    if (uuid_eq(&device->customer_id, &a->id))
        return ERR_OK;
    return owner_set(a->call->api->hub, device, &a->id, problem);
}

static err_t join_group(struct action *a, struct device *device, struct problem *problem)
{
    return registry_group_add_devices(a->call->api->hub->registry, &a->call->who.tenant_id, &a->id,
                                      &device->id, 1, problem);
}

static err_t leave_group(struct action *a, struct device *device, struct problem *problem)
{
    return registry_group_remove_devices(a->call->api->hub->registry, &a->call->who.tenant_id, &a->id,
                                         &device->id, 1, problem);
}

/* ---- is there what it is to be changed to ------------------------------------------------------------------ */

static err_t check_profile(struct call *call, const struct uuid *id, struct problem *problem)
{
    struct profile profile;
    TRY(registry_profile_get(call->api->hub->registry, &call->who.tenant_id, id, &profile, problem));
    profile_fini(&profile);
    return ERR_OK;
}

static err_t check_customer(struct call *call, const struct uuid *id, struct problem *problem)
{
    struct customer customer;
    if (uuid_eq(id, &CUSTOMER_NOBODY))
        return ERR_OK;
    return access_customer(call, id, RIGHT_READ, &customer, problem);
}

static err_t check_group(struct call *call, const struct uuid *id, struct problem *problem)
{
    struct group group;
    TRY(access_group(call, id, RIGHT_WRITE, &group, problem));
    bool is_all = group.is_all;
    group_fini(&group);
    return is_all ? fail(problem, ERR_INVALID, "entityGroupId",
                         "entityGroupId is a group \"All\"; nobody changes it")
                  : ERR_OK;
}

static const struct action_kind kinds[] = {
    {"delete", NULL, "DELETED", NULL, NULL},
    {"profile", "deviceProfileId", "UPDATED", set_profile, check_profile},
    {"customer", "customerId", "ASSIGNED_TO_CUSTOMER", set_customer, check_customer},
    {"addToGroup", "entityGroupId", "ADDED_TO_ENTITY_GROUP", join_group, check_group},
    {"removeFromGroup", "entityGroupId", "REMOVED_FROM_ENTITY_GROUP", leave_group, check_group},
};

/* An id as text, or as the object that entities have; of a customer null, too: nobody's. */
static err_t read_id(const json_t *body, const char *name, struct uuid *ret, struct problem *problem)
{
    const json_t *value = json_object_get(body, name);
    const char *text = json_string_value(value);
    bool is_there = false;
    if (text != NULL && uuid_parse(slice_str(text), ret))
        return ERR_OK;
    if (text != NULL)
        return fail(problem, ERR_INVALID, name, "%s is '%.64s'; expected a UUID", name, text);
    if (json_is_null(value) && strcmp(name, "customerId") == 0) {
        *ret = CUSTOMER_NOBODY;
        return ERR_OK;
    }
    TRY(document_get_id(body, name, ret, &is_there, problem));
    return is_there ? ERR_OK : fail(problem, ERR_INVALID, name, "%s is missing; expected an id", name);
}

static err_t read_action(struct call *call, struct action *a, struct problem *problem)
{
    const char *name = NULL;
    TRY(document_get_string(call->body, "action", &name, problem));
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(name, kinds[i].name) == 0)
            a->kind = &kinds[i];
    if (a->kind == NULL)
        return fail(problem, ERR_INVALID, "action",
                    "action is %s%.32s; expected delete, profile, customer, addToGroup or removeFromGroup",
                    name != NULL ? "" : "missing", name != NULL ? name : "");
    if (a->kind->member == NULL)
        return ERR_OK;
    TRY(read_id(call->body, a->kind->member, &a->id, problem));
    err_t err = a->kind->check(call, &a->id, problem);
    return err == ERR_NOT_FOUND ? fail(problem, ERR_INVALID, a->kind->member,
                                       "%s is of nothing that there is", a->kind->member)
                                : err;
}

/* ---- one after the other ----------------------------------------------------------------------------------- */

static void note_error(struct action *a, const char *id, const char *name, const struct problem *problem,
                       err_t err)
{
    a->failed++;
    json_array_append_new(a->errors,
                          json_pack("{s:s, s:s?, s:s}", "deviceId", id, "deviceName", name, "message",
                                    problem->text[0] != '\0' ? problem->text : err_info(err)->name));
}

static void note(struct action *a, const struct device *device, err_t err, const struct problem *problem)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&device->id, id);
    if (err != ERR_OK)
        note_error(a, id, device->name, problem, err);
    else
        a->changed++;
    bool is_unassigned = a->kind->run == set_customer && uuid_eq(&a->id, &CUSTOMER_NOBODY);
    audit_note_device(a->call, is_unassigned ? "UNASSIGNED_FROM_CUSTOMER" : a->kind->audit, device, err,
                      problem);
}

static void delete_all(struct action *a, struct device *devices, size_t count)
{
    bool was_there[ACTIONS_MAX] = {false};
    struct problem problem = {0}, gone = {0};
    err_t is_gone = fail(&gone, ERR_NOT_FOUND, "", "no such device");
    err_t err =
        device_delete_many(a->call->api->hub, &a->call->who.tenant_id, devices, count, was_there, &problem);
    for (size_t i = 0; i < count; i++)
        note(a, &devices[i], err != ERR_OK || was_there[i] ? err : is_gone, err != ERR_OK ? &problem : &gone);
}

static void run_on(struct action *a, struct device *devices, size_t count)
{
    if (a->kind->run == NULL) {
        delete_all(a, devices, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct problem problem = {0};
        err_t err = a->kind->run(a, &devices[i], &problem);
        note(a, &devices[i], err, &problem);
    }
}

static err_t check_ids(const json_t *ids, struct problem *problem)
{
    size_t i;
    json_t *value;
    if (json_array_size(ids) > ACTIONS_MAX)
        return fail(problem, ERR_INVALID, "deviceIds", "deviceIds has %zu ids; expected at most %d",
                    json_array_size(ids), ACTIONS_MAX);
    json_array_foreach((json_t *)(uintptr_t)ids, i, value)
    {
        struct uuid id;
        const char *text = json_string_value(value);
        if (text == NULL || !uuid_parse(slice_str(text), &id))
            return fail(problem, ERR_INVALID, "deviceIds", "deviceIds holds %s%.64s at %zu; expected UUIDs",
                        text != NULL ? "" : "no text", text != NULL ? text : "", i);
    }
    return ERR_OK;
}

/* Those that there are and that the caller may change; of the others it is told. */
static err_t find_listed(struct action *a, const json_t *ids, struct device_page *ret,
                         struct problem *problem)
{
    size_t i;
    json_t *value;
    *ret = (struct device_page){.devices = calloc(json_array_size(ids) + 1, sizeof *ret->devices)};
    if (ret->devices == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    json_array_foreach((json_t *)(uintptr_t)ids, i, value)
    {
        struct uuid id = {0};
        struct problem found = {0};
        (void)uuid_parse(slice_str(json_string_value(value)), &id);
        err_t err = access_device(a->call, &id, RIGHT_WRITE, &ret->devices[ret->count], &found);
        if (err == ERR_OK)
            ret->count++;
        else
            note_error(a, json_string_value(value), NULL, &found, err);
    }
    return ERR_OK;
}

static err_t run_on_listed(struct action *a, const json_t *ids, struct problem *problem)
{
    struct device_page found;
    TRY(check_ids(ids, problem));
    TRY(find_listed(a, ids, &found, problem));
    run_on(a, found.devices, found.count);
    device_page_fini(&found);
    return ERR_OK;
}

/* ---- by a filter: the members of a list's query, as a JSON object ------------------------------------------------ */

/* The query that the object stands for. */
struct filter_request {
    struct http_request request;
    char numbers[HTTP_PARAMS_MAX][24];
};

static err_t add_param(struct filter_request *f, const char *name, const json_t *value,
                       struct problem *problem)
{
    struct http_request *request = &f->request;
    struct http_param *param = &request->params[request->param_count];
    if (request->param_count == HTTP_PARAMS_MAX)
        return fail(problem, ERR_INVALID, "filter", "filter has more than %d members", HTTP_PARAMS_MAX);
    param->name = slice_str(name);
    if (json_is_string(value)) {
        param->value = slice_of(json_string_value(value), json_string_length(value));
    } else if (json_is_boolean(value)) {
        param->value = slice_str(json_is_true(value) ? "true" : "false");
    } else if (json_is_integer(value)) {
        char *text = f->numbers[request->param_count];
        snprintf(text, sizeof f->numbers[0], "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        param->value = slice_str(text);
    } else {
        return fail(problem, ERR_INVALID, name, "%.64s is %s; expected a text, a number, true or false", name,
                    document_kind(value));
    }
    request->param_count++;
    return ERR_OK;
}

/* A misspelt member must not mean all devices. */
static err_t check_names(const json_t *filter, struct problem *problem)
{
    static const char *const names[] = {"type",           "deviceProfileId", "active",
                                        "neverConnected", "certificate",     "expiringDays",
                                        "textSearch",     "entityGroupId",   "customerId"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)filter, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            is_known |= strcmp(name, names[i]) == 0;
        if (!is_known)
            return fail(problem, ERR_INVALID, "filter", "filter.%.64s is unknown", name);
    }
    return ERR_OK;
}

static err_t read_scope(struct action *a, const struct http_request *request, struct device_query *query,
                        struct problem *problem)
{
    struct call call = {
        .api = a->call->api, .request = request, .who = a->call->who, .route = a->call->route};
    TRY(call_query_id(&call, "customerId", &query->customer_id, problem));
    return device_filter_read_group(&call, query, problem);
}

static err_t run_on_page(struct action *a, struct device_query *query, int64_t *ret_next,
                         struct problem *problem)
{
    struct device_page found;
    TRY(registry_device_page(a->call->api->hub->registry, query, &found, problem));
    run_on(a, found.devices, found.count);
    *ret_next = found.count == query->page_size ? (int64_t)found.devices[found.count - 1].number : 0;
    device_page_fini(&found);
    return ERR_OK;
}

static err_t run_on_matching(struct action *a, const json_t *members, int64_t *ret_next,
                             struct problem *problem)
{
    struct filter_request f = {0};
    struct device_query query = device_filter_scope(a->call);
    struct device_filter filter;
    const char *name;
    json_t *value;
    int64_t after = 0;
    TRY(check_names(members, problem));
    json_object_foreach((json_t *)(uintptr_t)members, name, value)
    {
        TRY(add_param(&f, name, value, problem));
    }
    TRY(document_get_integer(a->call->body, "next", &after, NULL, problem));
    TRY(device_filter_read(a->call, &f.request, &filter, &query, problem));
    TRY(read_scope(a, &f.request, &query, problem));
    query.sort = DEVICE_SORT_NUMBER;
    query.after_number = after > 0 ? (uint64_t)after : 0;
    query.page_size = ACTIONS_MAX;
    return run_on_page(a, &query, ret_next, problem);
}

static err_t run(struct action *a, int64_t *ret_next, struct problem *problem)
{
    const json_t *ids = json_object_get(a->call->body, "deviceIds");
    const json_t *filter = json_object_get(a->call->body, "filter");
    if (json_is_array(ids) && filter == NULL)
        return run_on_listed(a, ids, problem);
    if (json_is_object(filter) && ids == NULL)
        return run_on_matching(a, filter, ret_next, problem);
    return fail(problem, ERR_INVALID, "deviceIds",
                "expected either deviceIds, an array of UUIDs, or filter, an object with the members of a "
                "list's query");
}

err_t device_actions(struct call *call, struct problem *problem)
{
    AUTO_JSON errors = json_array();
    struct action a = {.call = call, .errors = errors};
    int64_t next = 0;
    TRY(read_action(call, &a, problem));
    TRY(run(&a, &next, problem));
    log_info("devices.changed", log_text("action", a.kind->name), log_number("changed", (int64_t)a.changed),
             log_number("errors", (int64_t)a.failed));
    return call_reply(call,
                      json_pack("{s:I, s:I, s:O, s:o}", "changed", (json_int_t)a.changed, "errors",
                                (json_int_t)a.failed, "errorsList", errors, "next",
                                next != 0 ? json_integer(next) : json_null()),
                      problem);
}
