#include "http/live_devices.h"

#include "http/access.h"
#include "http/device_filter.h"
#include "http/live_filter.h"

#include <stdlib.h>

enum { PAGE_MAX = 1024, LIST_MAX = 1000, WALK = 1000, TYPES_MAX = 100 };

/* ---- by their ids ---- */

/* Keep it, if it is one that the filters want. */
static err_t take_wanted(struct series *series, const struct live_filters *filters, struct device *device,
                         struct live_devices *ret, struct problem *problem)
{
    bool is_wanted;
    TRY(live_filters_judge(filters, series, device, &is_wanted, problem));
    if (is_wanted)
        ret->page.devices[ret->page.count++] = device_take(device);
    return ERR_OK;
}

/* Those that the caller does not see are left out. */
static err_t take_named(struct call *call, const json_t *ids, const struct live_filters *filters,
                        struct live_devices *ret, struct problem *problem)
{
    size_t count = json_array_size(ids);
    if (count > LIST_MAX)
        return fail(problem, ERR_LIMIT, "entityList", "entityList has %zu ids; expected at most %d", count,
                    LIST_MAX);
    ret->page.devices = calloc(count + 1, sizeof *ret->page.devices);
    if (ret->page.devices == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    for (size_t i = 0; i < count; i++) {
        struct uuid id;
        const char *text = json_string_value(json_array_get(ids, i));
        if (text == NULL || !uuid_parse(slice_str(text), &id))
            return fail(problem, ERR_INVALID, "entityList", "entityList holds '%.64s'; expected UUIDs",
                        text != NULL ? text : "");
        struct device device;
        err_t err = access_device(call, &id, RIGHT_READ, &device, problem);
        if (err == ERR_NOT_FOUND)
            continue;
        TRY(err);
        err = take_wanted(call->api->hub->series, filters, &device, ret, problem);
        device_fini(&device);
        TRY(err);
    }
    ret->total = ret->page.count;
    return ERR_OK;
}

static err_t single_id(const json_t *filter, json_t **ret, struct problem *problem)
{
    struct uuid id;
    bool is_there = false;
    char text[UUID_TEXT_SIZE];
    TRY(document_get_id(filter, "singleEntity", &id, &is_there, problem));
    if (!is_there)
        return fail(problem, ERR_INVALID, "singleEntity", "singleEntity is missing; expected an id");
    uuid_format(&id, text);
    *ret = json_pack("[s]", text);
    return *ret != NULL ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory");
}

static err_t read_group(struct call *call, const json_t *filter, struct device_query *query,
                        struct problem *problem)
{
    struct uuid id;
    struct group group;
    bool is_there = false;
    TRY(document_get_id(filter, "entityGroup", &id, &is_there, problem));
    if (!is_there)
        return fail(problem, ERR_INVALID, "entityGroup", "entityGroup is missing; expected an id");
    TRY(access_group(call, &id, RIGHT_READ, &group, problem));
    query->viewer_id = (struct uuid){0}; /* who sees the group sees what is in it */
    device_filter_of_group(query, &group);
    group_fini(&group);
    return ERR_OK;
}

static err_t read_text(const json_t *object, const char *name, struct slice *ret, struct problem *problem)
{
    const char *text = NULL;
    TRY(document_get_string(object, name, &text, problem));
    if (text != NULL && text[0] != '\0')
        *ret = slice_str(text);
    return ERR_OK;
}

/* deviceTypes, or deviceType. @p ret_types  what query->types points into */
static err_t read_types(const json_t *filter, struct device_query *query, char **ret_types,
                        struct problem *problem)
{
    const json_t *types = json_object_get(filter, "deviceTypes");
    size_t count = json_array_size(types);
    TRY(read_text(filter, "deviceType", &query->type, problem));
    TRY(read_text(filter, "deviceNameFilter", &query->text_search, problem));
    if (count > TYPES_MAX)
        return fail(problem, ERR_LIMIT, "deviceTypes", "deviceTypes has %zu names; expected at most %d",
                    count, TYPES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!json_is_string(json_array_get(types, i)))
            return fail(problem, ERR_INVALID, "deviceTypes", "deviceTypes holds %s; expected names",
                        document_kind(json_array_get(types, i)));
    if (count == 0)
        return ERR_OK;
    *ret_types = json_dumps(types, JSON_COMPACT);
    if (*ret_types == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    query->types = slice_str(*ret_types);
    query->type = slice_of(NULL, 0);
    return ERR_OK;
}

static err_t read_filter(struct call *call, const json_t *filter, struct device_query *query,
                         json_t **ret_ids, char **ret_types, struct problem *problem)
{
    const char *type = NULL;
    TRY(document_get_string(filter, "type", &type, problem));
    if (type != NULL && strcmp(type, "singleEntity") == 0)
        return single_id(filter, ret_ids, problem);
    if (type != NULL && strcmp(type, "entityList") == 0) {
        *ret_ids = json_incref(json_object_get(filter, "entityList"));
        return ERR_OK;
    }
    if (type != NULL && strcmp(type, "entityGroup") == 0)
        return read_group(call, filter, query, problem);
    if (type != NULL && strcmp(type, "entityName") == 0)
        return read_text(filter, "entityNameFilter", &query->text_search, problem);
    if (type != NULL && strcmp(type, "deviceType") == 0)
        return read_types(filter, query, ret_types, problem);
    if (type != NULL && strcmp(type, "entityType") == 0)
        return ERR_OK;
    return fail(
        problem, ERR_INVALID, "entityFilter",
        "entityFilter has the type '%.40s'; expected singleEntity, entityList, entityGroup, entityName, "
        "entityType or deviceType",
        type != NULL ? type : "");
}

static err_t read_sort(const json_t *link, struct device_query *query, struct problem *problem)
{
    json_t *order = NULL, *key = NULL;
    const char *direction = NULL, *name = NULL;
    TRY(document_get_object(link, "sortOrder", &order, problem));
    query->sort = DEVICE_SORT_CREATED;
    query->order = SORT_DESCENDING;
    if (order == NULL)
        return ERR_OK;
    TRY(document_get_object(order, "key", &key, problem));
    TRY(document_get_string(order, "direction", &direction, problem));
    TRY(document_get_string(key, "key", &name, problem));
    query->order = direction != NULL && strcmp(direction, "ASC") == 0 ? SORT_ASCENDING : SORT_DESCENDING;
    if (name != NULL && strcmp(name, "name") == 0)
        query->sort = DEVICE_SORT_NAME;
    else if (name != NULL && strcmp(name, "type") == 0)
        query->sort = DEVICE_SORT_TYPE;
    else if (name != NULL && strcmp(name, "label") == 0)
        query->sort = DEVICE_SORT_LABEL;
    else if (name != NULL && strcmp(name, "createdTime") != 0)
        return fail(problem, ERR_INVALID, "sortOrder",
                    "sortOrder is by '%.40s'; expected createdTime, name, type or label", name);
    return ERR_OK;
}

err_t live_devices_page(const json_t *query, struct device_query *ret, struct problem *problem)
{
    json_t *link = NULL;
    int64_t size = 10, page = 0;
    TRY(document_get_object(query, "pageLink", &link, problem));
    if (link != NULL) {
        TRY(document_get_integer(link, "pageSize", &size, NULL, problem));
        TRY(document_get_integer(link, "page", &page, NULL, problem));
        TRY(read_text(link, "textSearch", &ret->text_search, problem));
    }
    if (size < 1 || size > PAGE_MAX)
        return fail(problem, ERR_INVALID, "pageSize", "pageSize is %lld; expected 1 to %d", (long long)size,
                    PAGE_MAX);
    if (page < 0 || page > INT32_MAX)
        return fail(problem, ERR_INVALID, "page", "page is %lld; expected 0 to %d", (long long)page,
                    INT32_MAX);
    ret->page_size = (uint32_t)size;
    ret->page = (uint32_t)page;
    return read_sort(link, ret, problem);
}

/* ---- by what they are ---- */

/* Those of one page of all that the filters want; */
static err_t take_page(struct call *call, const struct live_filters *filters,
                       const struct device_query *asked, struct device_page *walked, struct live_devices *ret,
                       struct problem *problem)
{
    uint64_t first = (uint64_t)asked->page * asked->page_size, end = first + asked->page_size;
    for (size_t i = 0; i < walked->count; i++) {
        bool is_wanted;
        TRY(live_filters_judge(filters, call->api->hub->series, &walked->devices[i], &is_wanted, problem));
        if (is_wanted && ret->total >= first && ret->total < end)
            ret->page.devices[ret->page.count++] = device_take(&walked->devices[i]);
        ret->total += is_wanted;
    }
    return ERR_OK;
}

/* Values are not in the registry: each device is looked at. */
static err_t walk(struct call *call, const struct live_filters *filters, const struct device_query *asked,
                  struct live_devices *ret, struct problem *problem)
{
    struct device_query query = *asked;
    uint64_t total = 0;
    query.page_size = WALK;
    ret->page.devices = calloc(asked->page_size, sizeof *ret->page.devices);
    if (ret->page.devices == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the list");
    query.page = 0;
    do {
        struct device_page walked;
        TRY(registry_device_page(call->api->hub->registry, &query, &walked, problem));
        total = walked.total;
        err_t err = total <= LIVE_FILTERED_MAX
                        ? take_page(call, filters, asked, &walked, ret, problem)
                        : fail(problem, ERR_LIMIT, "keyFilters",
                               "keyFilters look at each device, and entityFilter names %llu; expected at "
                               "most %d",
                               (unsigned long long)total, LIVE_FILTERED_MAX);
        device_page_fini(&walked);
        TRY(err);
        query.page++;
    } while ((uint64_t)query.page * WALK < total);
    return ERR_OK;
}

static err_t find(struct call *call, const json_t *entity_filter, const struct live_filters *filters,
                  struct device_query *asked, struct live_devices *ret, struct problem *problem)
{
    AUTO_JSON ids = NULL;
    TRY(read_filter(call, entity_filter, asked, &ids, &ret->types, problem));
    if (ids != NULL)
        return take_named(call, ids, filters, ret, problem);
    if (live_filters_exist(filters))
        return walk(call, filters, asked, ret, problem);
    TRY(registry_device_page(call->api->hub->registry, asked, &ret->page, problem));
    ret->total = ret->page.total;
    return ERR_OK;
}

err_t live_devices_find(struct call *call, const json_t *query, struct device_query *asked,
                        struct live_devices *ret, struct problem *problem)
{
    json_t *entity_filter = NULL;
    struct live_filters filters = {0};
    TRY(document_get_object(query, "entityFilter", &entity_filter, problem));
    if (entity_filter == NULL)
        return fail(problem, ERR_INVALID, "entityFilter", "entityFilter is missing; expected an object");
    asked->tenant_id = call->who.tenant_id;
    if (call->who.authority == AUTHORITY_CUSTOMER_USER)
        asked->viewer_id = call->who.customer_id;
    TRY(live_filters_read(query, &filters, problem));
    return find(call, entity_filter, &filters, asked, ret, problem);
}

void live_devices_fini(struct live_devices *devices)
{
    device_page_fini(&devices->page);
    free(devices->types);
}
