/* Names of the keys that devices of a profile use: what forms offer for completion. */
#include "http/resources.h"
#include "model/point.h"

#include <stdlib.h>

/* Completion wants an answer at once more than all of it: the newest devices speak for the others. */
enum { KEYS_DEVICES_MAX = 1000 };

static bool note_name(json_t *names, struct slice key)
{
    char name[KEY_MAX_BYTES + 1];
    if (slice_to_cstr(key, name, sizeof name) && json_object_get(names, name) == NULL)
        json_object_set_new(names, name, json_true());
    return true;
}

static bool note_key(void *arg, struct slice key)
{
    return note_name(arg, key);
}

static bool note_attribute(void *arg, const struct attribute *attribute)
{
    return note_name(arg, attribute->key);
}

static err_t note_keys(struct series *series, uint64_t device, json_t *names, struct problem *problem)
{
    return series_keys(series, device, note_key, names, problem);
}

static err_t note_attributes(struct series *series, uint64_t device, json_t *names, struct problem *problem)
{
    return series_attributes(series, device, 0, note_attribute, names, problem);
}

typedef err_t (*note_device)(struct series *series, uint64_t device, json_t *names, struct problem *problem);

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static err_t reply_sorted(struct call *call, json_t *names, struct problem *problem)
{
    const char **sorted = calloc(json_object_size(names) + 1, sizeof *sorted);
    AUTO_JSON data = json_array();
    const char *name;
    json_t *unused;
    size_t count = 0;
    if (sorted == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the names of the keys");
    json_object_foreach(names, name, unused) sorted[count++] = name;
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(data, json_string(sorted[i]));
    free(sorted);
    return call_reply(call, document_take(&data), problem);
}

static err_t reply_keys(struct call *call, note_device note, struct problem *problem)
{
    struct device_query query = {
        .tenant_id = call->who.tenant_id, .order = SORT_DESCENDING, .page_size = KEYS_DEVICES_MAX};
    struct hub *hub = call->api->hub;
    struct device_page found;
    struct profile profile;
    TRY(call_query_id(call, "deviceProfileId", &query.profile_id, problem));
    if (!uuid_is_nil(&query.profile_id)) {
        TRY(registry_profile_get(hub->registry, &query.tenant_id, &query.profile_id, &profile, problem));
        profile_fini(&profile);
    }
    TRY(registry_device_page(hub->registry, &query, &found, problem));
    AUTO_JSON names = json_object();
    err_t err = ERR_OK;
    for (size_t i = 0; i < found.count && err == ERR_OK; i++)
        err = note(hub->series, found.devices[i].number, names, problem);
    device_page_fini(&found);
    return err == ERR_OK ? reply_sorted(call, names, problem) : err;
}

err_t profile_device_keys(struct call *call, struct problem *problem)
{
    return reply_keys(call, note_keys, problem);
}

err_t profile_device_attributes(struct call *call, struct problem *problem)
{
    return reply_keys(call, note_attributes, problem);
}
