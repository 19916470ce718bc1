#include "http/live_entity.h"

#include "http/live_devices.h"
#include "http/live_values.h"
#include "hub/live.h"

#include <stdlib.h>

err_t live_entity_count(struct call *call, const json_t *query, uint64_t *ret, struct problem *problem)
{
    struct device_query asked = {.page_size = 1};
    struct live_devices found = {0};
    err_t err = live_devices_find(call, query, &asked, &found, problem);
    if (err == ERR_OK)
        *ret = found.total;
    live_devices_fini(&found);
    return err;
}

/* ---- what is told of them ---------------------------------------------------------------------------------- */

/* Of latestCmd, or else of the query's latestValues; ENTITY_FIELDs among them are answered once. */
static err_t read_keys(const json_t *list, struct live_key **ret, size_t *ret_count, struct problem *problem)
{
    size_t count = json_array_size(list);
    if (count > LIVE_KEYS_MAX)
        return fail(problem, ERR_LIMIT, "keys", "there are %zu keys; expected at most %d", count,
                    LIVE_KEYS_MAX);
    *ret = calloc(count + 1, sizeof **ret);
    if (*ret == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the keys");
    for (size_t i = 0; i < count; i++) {
        const char *type = json_string_value(json_object_get(json_array_get(list, i), "type"));
        if (type != NULL && strcmp(type, "ENTITY_FIELD") == 0)
            continue;
        TRY(live_key_read(json_array_get(list, i), &(*ret)[*ret_count], problem));
        (*ret_count)++;
    }
    return ERR_OK;
}

/* Names of series, of tsCmd or historyCmd. */
static err_t read_series(const json_t *command, struct live_key **ret, size_t *ret_count,
                         struct problem *problem)
{
    const json_t *list = json_object_get(command, "keys");
    size_t count = json_array_size(list);
    if (count > LIVE_KEYS_MAX)
        return fail(problem, ERR_LIMIT, "keys", "there are %zu keys; expected at most %d", count,
                    LIVE_KEYS_MAX);
    *ret = calloc(count + 1, sizeof **ret);
    if (*ret == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the keys");
    for (size_t i = 0; i < count; i++) {
        struct live_key *key = &(*ret)[(*ret_count)++];
        const char *name = json_string_value(json_array_get(list, i));
        key->is_series = true;
        if (name == NULL || !slice_to_cstr(slice_str(name), key->name, sizeof key->name))
            return fail(problem, ERR_INVALID, "keys", "keys holds %s; expected names of 1 to %d bytes",
                        document_kind(json_array_get(list, i)), KEY_MAX_BYTES);
    }
    return ERR_OK;
}

static json_t *field(const struct device *device, const char *value)
{
    return json_pack("{s:I, s:s}", "ts", (json_int_t)device->created_ms, "value", value);
}

static json_t *fields_document(const struct device *device, const json_t *asked)
{
    json_t *fields = json_object();
    char created[24];
    snprintf(created, sizeof created, "%lld", (long long)device->created_ms);
    for (size_t i = 0; i < json_array_size(asked); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(asked, i), "key"));
        const char *value = NULL;
        if (name == NULL)
            continue;
        if (strcmp(name, "name") == 0)
            value = device->name;
        else if (strcmp(name, "type") == 0)
            value = device->type;
        else if (strcmp(name, "label") == 0)
            value = device->label;
        else if (strcmp(name, "createdTime") == 0)
            value = created;
        json_object_set_new(fields, name, field(device, value != NULL ? value : ""));
    }
    return fields;
}

static err_t add_latest(struct live_reading *reading, json_t *latest, const struct live_key *keys,
                        size_t count, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = NULL, *of_type = json_object_get(latest, keys[i].type);
        if (of_type == NULL) {
            of_type = json_object();
            json_object_set_new(latest, keys[i].type, of_type);
        }
        TRY(live_read_key(reading, &keys[i], &value, problem));
        json_object_set_new(of_type, keys[i].name, value);
    }
    return ERR_OK;
}

/* ---- the answer -------------------------------------------------------------------------------------------- */

/* What one command says, taken apart. */
struct asked {
    const json_t *query, *fields;
    json_t *latest_cmd, *ts_cmd, *history_cmd;
    struct live_key *latest, *series, *history;
    size_t latest_count, series_count, history_count;
    struct live_range ts_range, history_range;
};

static err_t read_asked(const json_t *body, struct asked *a, struct problem *problem)
{
    json_t *query = NULL;
    TRY(document_get_object(body, "query", &query, problem));
    TRY(document_get_object(body, "latestCmd", &a->latest_cmd, problem));
    TRY(document_get_object(body, "tsCmd", &a->ts_cmd, problem));
    TRY(document_get_object(body, "historyCmd", &a->history_cmd, problem));
    if (query == NULL)
        return fail(problem, ERR_INVALID, "query", "query is missing; expected an object");
    a->query = query;
    a->fields = json_object_get(query, "entityFields");
    const json_t *keys = json_object_get(a->latest_cmd != NULL ? a->latest_cmd : query,
                                         a->latest_cmd != NULL ? "keys" : "latestValues");
    TRY(read_keys(keys, &a->latest, &a->latest_count, problem));
    TRY(read_series(a->ts_cmd, &a->series, &a->series_count, problem));
    TRY(read_series(a->history_cmd, &a->history, &a->history_count, problem));
    if (a->ts_cmd != NULL)
        TRY(live_range_read(a->ts_cmd, &a->ts_range, problem));
    return a->history_cmd != NULL ? live_range_read(a->history_cmd, &a->history_range, problem) : ERR_OK;
}

static void asked_fini(struct asked *a)
{
    free(a->latest);
    free(a->series);
    free(a->history);
}

static err_t add_history(struct live_reading *reading, const struct live_key *keys, size_t count,
                         const struct live_range *range, struct problem *problem)
{
    for (size_t i = 0; i < count; i++)
        TRY(live_read_history(reading, keys[i].name, range, true, problem));
    return ERR_OK;
}

static err_t entity_document(struct call *call, const struct asked *a, const struct device *device,
                             struct live_target *target, json_t **ret, struct problem *problem)
{
    AUTO_JSON latest = json_object();
    AUTO_JSON series = json_object();
    struct live_reading reading = {call->api->hub->series, target, device->number, series};
    if (json_array_size(a->fields) != 0)
        json_object_set_new(latest, "ENTITY_FIELD", fields_document(device, a->fields));
    TRY(add_latest(&reading, latest, a->latest, a->latest_count, problem));
    TRY(add_history(&reading, a->series, a->series_count, &a->ts_range, problem));
    TRY(add_history(&reading, a->history, a->history_count, &a->history_range, problem));
    *ret = json_pack("{s:o, s:O, s:O}", "entityId", document_id("DEVICE", &device->id), "latest", latest,
                     "timeseries", series);
    return *ret != NULL ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory for the answer");
}

/* Watched before anything is read, so that nothing comes in between. */
static err_t subscribe(struct call *call, const struct live_command *command, struct asked *a,
                       const struct live_devices *found, struct live_subscription **ret,
                       struct problem *problem)
{
    struct live *live = call->api->hub->live;
    if (a->latest_cmd == NULL && a->ts_cmd == NULL)
        return ERR_OK;
    struct live_subscription *s =
        live_subscription_new(command->id, LIVE_ENTITY_DATA, NULL, found->page.count);
    if (s == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the subscription");
    *ret = s;
    s->target_count = 0;
    for (size_t i = 0; i < found->page.count; i++) {
        s->targets[i].device = found->page.devices[i].number;
        s->targets[i].id = found->page.devices[i].id;
        TRY(live_watch(live, s->targets[i].device));
        s->target_count++;
    }
    s->read_at = live_count(live);
    s->latest = a->latest;
    s->latest_count = a->latest_cmd != NULL ? a->latest_count : 0;
    s->series = a->series;
    s->series_count = a->series_count;
    return ERR_OK;
}

static err_t page_of(struct call *call, const struct asked *a, const struct device_query *query,
                     const struct live_devices *found, struct live_subscription *s, json_t **ret,
                     struct problem *problem)
{
    AUTO_JSON list = json_array();
    for (size_t i = 0; i < found->page.count; i++) {
        json_t *entity = NULL;
        TRY(entity_document(call, a, &found->page.devices[i], s != NULL ? &s->targets[i] : NULL, &entity,
                            problem));
        json_array_append_new(list, entity);
    }
    const struct page_query page = {.size = query->page_size, .number = query->page};
    *ret = page_document(&page, document_take(&list), found->total);
    return *ret != NULL ? ERR_OK : fail(problem, ERR_NOMEM, "", "no memory for the answer");
}

err_t live_entity_data(struct call *call, const struct live_command *command, struct live_subscription **ret,
                       json_t **ret_data, struct problem *problem)
{
    struct asked a = {0};
    struct live_devices found = {0};
    struct device_query query = {0};
    struct live_subscription *s = NULL;
    err_t err = read_asked(command->body, &a, problem);
    if (err == ERR_OK)
        err = live_devices_page(a.query, &query, problem);
    if (err == ERR_OK)
        err = live_devices_find(call, a.query, &query, &found, problem);
    if (err == ERR_OK)
        err = subscribe(call, command, &a, &found, &s, problem);
    if (err == ERR_OK)
        err = page_of(call, &a, &query, &found, s, ret_data, problem);
    if (s != NULL && s->latest == a.latest) /* they are the subscription's now */
        a.latest = a.series = NULL;
    *ret = s; /* also after a failure: the caller ends it */
    asked_fini(&a);
    live_devices_fini(&found);
    return err;
}
