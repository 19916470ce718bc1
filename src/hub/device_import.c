#include "hub/device_import.h"

#include "base/clock.h"
#include "hub/attributes.h"
#include "hub/attributes_body.h"
#include "hub/door.h"
#include "hub/rollout.h"
#include "hub/telemetry.h"
#include "hub/writer.h"
#include "json/document.h"

#include <stdlib.h>

enum {
    GATHERED = 256,               /* rows in a transaction: a sync each is what makes imports slow */
    GATHERED_BYTES = 1024 * 1024, /* of their attributes and telemetry */
};

enum { SERVER, SHARED, TELEMETRY };

struct record {
    uint64_t line;
    struct device device;
    struct credentials credentials;
    bool has_credentials, is_update;
    bool is_moved; /* comes back under another profile, with other credentials, or as a gateway or none */
    struct buf values[3];
};

struct device_import {
    struct hub *hub;
    struct device_import_options options;
    struct device_import_counts counts;
    struct device_cells cells; /* of the row at hand */
    struct profile profile;    /* the last one that was looked up */
    bool has_profile, profile_is_default;
    struct body_scratch scratch;
    struct batch batch;
    size_t gathered, gathered_bytes;
    struct record records[GATHERED];
    struct device_write writes[GATHERED];
};

err_t device_import_new(struct hub *hub, const struct device_import_options *options,
                        struct device_import **ret, struct problem *problem)
{
    struct device_import *import = calloc(1, sizeof *import);
    if (import == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the import");
    import->hub = hub;
    import->options = *options;
    *ret = import;
    return ERR_OK;
}

static void clear_record(struct record *record)
{
    device_fini(&record->device);
    credentials_fini(&record->credentials);
    for (size_t i = 0; i < 3; i++)
        buf_clear(&record->values[i]);
}

void device_import_free(struct device_import *import)
{
    if (import == NULL)
        return;
    for (size_t i = 0; i < GATHERED; i++) {
        clear_record(&import->records[i]);
        for (size_t j = 0; j < 3; j++)
            buf_fini(&import->records[i].values[j]);
    }
    for (size_t i = 0; i < 3; i++)
        buf_fini(&import->cells.values[i]);
    credentials_fini(&import->cells.credentials);
    profile_fini(&import->profile);
    body_scratch_fini(&import->scratch);
    batch_fini(&import->batch);
    free(import);
}

struct device_import_counts device_import_count(const struct device_import *import)
{
    return import->counts;
}

/* What is wrong with the row; anything else ends the import. */
static bool is_refusal(err_t err)
{
    return err == ERR_INVALID || err == ERR_CONFLICT || err == ERR_NOT_FOUND || err == ERR_LIMIT;
}

static void refuse(struct device_import *import, uint64_t line, const char *text)
{
    import->counts.refused++;
    import->options.on_error(import->options.arg, line, text);
}

/* ---- values ---- */

static err_t parse_values(struct device_import *import, size_t kind, struct slice json, uint64_t device,
                          struct problem *problem)
{
    const struct settings *settings = import->hub->settings;
    const struct body_options options = {.device = device,
                                         .now_ms = clock_wall_ms(),
                                         .type_cast = settings->telemetry.type_cast,
                                         .max_keys = settings->telemetry.max_keys,
                                         .max_depth = settings->json.max_depth,
                                         .scratch = &import->scratch};
    if (json.len == 0)
        return ERR_OK;
    if (kind == TELEMETRY)
        return telemetry_parse(json, &options, &import->batch, problem);
    return attributes_parse(json, kind == SERVER ? SCOPE_SERVER : SCOPE_SHARED, &options, &import->batch,
                            problem);
}

/* Before anything is written. */
static err_t check_values(struct device_import *import, struct problem *problem)
{
    err_t err = ERR_OK;
    for (size_t i = 0; i < 3 && err == ERR_OK; i++)
        err = parse_values(import, i, buf_slice(&import->cells.values[i]), 1, problem);
    batch_clear(&import->batch);
    return err;
}

/* Of a device that was there before, somebody may watch its attributes. */
static err_t write_values(struct device_import *import, const struct record *record, struct problem *problem)
{
    uint64_t device = record->device.number;
    for (size_t i = 0; i < 3; i++) {
        struct slice json = buf_slice(&record->values[i]);
        if (json.len == 0)
            continue;
        if (record->is_update && i != TELEMETRY)
            TRY(attributes_save(import->hub, &device, 1, i == SERVER ? SCOPE_SERVER : SCOPE_SHARED, json,
                                problem));
        else
            TRY(parse_values(import, i, json, device, problem));
    }
    return ERR_OK;
}

/* ---- what is gathered ---- */

static err_t write_devices(struct device_import *import, struct problem *problem)
{
    for (size_t i = 0; i < import->gathered; i++) {
        struct record *record = &import->records[i];
        import->writes[i] = (struct device_write){
            .device = &record->device,
            .credentials = record->has_credentials || !record->is_update ? &record->credentials : NULL,
            .is_update = record->is_update};
    }
    return registry_device_write_many(import->hub->registry, import->writes, import->gathered, problem);
}

static void count(struct device_import *import, const struct record *record, const struct device_write *write)
{
    if (write->result != ERR_OK)
        refuse(import, record->line, write->problem.text);
    else if (record->is_update)
        import->counts.updated++;
    else
        import->counts.created++;
}

static err_t write_gathered(struct device_import *import, struct problem *problem)
{
    TRY(write_devices(import, problem));
    batch_clear(&import->batch);
    for (size_t i = 0; i < import->gathered; i++) {
        const struct record *record = &import->records[i];
        bool is_written = import->writes[i].result == ERR_OK;
        if (is_written && record->is_update && record->is_moved)
            door_revoke(import->hub->door, record->device.number);
        if (is_written)
            TRY(write_values(import, record, problem));
    }
    if (!buf_is_ok(&import->batch.bytes))
        return fail(problem, ERR_NOMEM, "", "no memory for the rows");
    if (!batch_is_empty(&import->batch))
        TRY(writer_write(import->hub->writer, &import->batch, problem));
    for (size_t i = 0; i < import->gathered; i++)
        count(import, &import->records[i], &import->writes[i]);
    rollout_wake(import->hub->rollout);
    return ERR_OK;
}

err_t device_import_flush(struct device_import *import, struct problem *problem)
{
    if (import->gathered == 0)
        return ERR_OK;
    err_t err = write_gathered(import, problem);
    for (size_t i = 0; i < import->gathered; i++)
        clear_record(&import->records[i]);
    batch_clear(&import->batch);
    import->gathered = import->gathered_bytes = 0;
    return err;
}

/* ---- one row ---- */

static bool is_gathered(const struct device_import *import, const char *name)
{
    for (size_t i = 0; i < import->gathered; i++)
        if (strcmp(import->records[i].device.name, name) == 0)
            return true;
    return false;
}

static err_t find_stored(struct device_import *import, struct record *record, struct problem *problem)
{
    struct registry *registry = import->hub->registry;
    const struct uuid *tenant = &import->options.tenant_id;
    struct credentials stored;
    err_t err = registry_device_by_name(registry, tenant, import->cells.name, &record->device, problem);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(err);
    record->is_update = true;
    TRY(registry_credentials_get(registry, tenant, &record->device.id, &stored, problem));
    record->credentials.id = stored.id;
    record->credentials.device_id = record->device.id;
    record->credentials.version = stored.version;
    credentials_fini(&stored);
    return ERR_OK;
}

static bool has_profile(const struct device_import *import, const char *type)
{
    return import->has_profile &&
           (type[0] == '\0' ? import->profile_is_default : strcmp(import->profile.name, type) == 0);
}

/* Neighbours mostly are of one type. A type that is new makes a profile. */
static err_t find_profile(struct device_import *import, const char *type, struct problem *problem)
{
    struct registry *registry = import->hub->registry;
    const struct uuid *tenant = &import->options.tenant_id;
    struct profile profile;
    if (has_profile(import, type))
        return ERR_OK;
    if (type[0] != '\0')
        TRY(registry_profile_by_name(registry, tenant, type, true, &profile, problem));
    else
        TRY(registry_profile_default(registry, tenant, &profile, problem));
    profile_fini(&import->profile);
    import->profile = profile_take(&profile);
    import->has_profile = true;
    import->profile_is_default = import->profile.is_default;
    return ERR_OK;
}

static err_t set_profile(struct device_import *import, struct record *record, struct problem *problem)
{
    struct device *device = &record->device;
    if (record->is_update && import->cells.type[0] == '\0')
        return ERR_OK;
    TRY(find_profile(import, import->cells.type, problem));
    record->is_moved |= !uuid_eq(&device->profile_id, &import->profile.id);
    device->profile_id = import->profile.id;
    return ERR_OK;
}

static err_t set_info(const struct device_cells *cells, struct record *record, struct problem *problem)
{
    struct device *device = &record->device;
    if (!cells->has_gateway && cells->description.len == 0)
        return ERR_OK;
    AUTO_JSON info =
        device->additional_info != NULL ? json_loads(device->additional_info, 0, NULL) : json_object();
    bool was_gateway = json_is_true(json_object_get(info, "gateway"));
    bool is_ok =
        !cells->has_gateway || json_object_set_new(info, "gateway", json_boolean(cells->is_gateway)) == 0;
    if (cells->description.len != 0)
        is_ok &= json_object_set_new(
                     info, "description",
                     json_stringn((const char *)cells->description.data, cells->description.len)) == 0;
    char *text = is_ok ? json_dumps(info, JSON_COMPACT) : NULL;
    if (text == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the row");
    record->is_moved |= cells->has_gateway && cells->is_gateway != was_gateway;
    free(device->additional_info);
    device->additional_info = text;
    return ERR_OK;
}

/* The fresh id and version that find_stored() has noted stay. */
static void take_credentials(struct device_cells *cells, struct record *record)
{
    struct credentials *to = &record->credentials;
    to->type = cells->credentials.type;
    memcpy(to->credentials_id, cells->credentials.credentials_id, sizeof to->credentials_id);
    to->value = cells->credentials.value;
    cells->credentials.value = NULL;
    record->has_credentials = cells->has_credentials;
    record->is_moved |= cells->has_credentials;
}

static err_t fill_record(struct device_import *import, struct record *record, struct problem *problem)
{
    struct device_cells *cells = &import->cells;
    record->is_update = record->is_moved = false;
    if (import->options.updates)
        TRY(find_stored(import, record, problem));
    memcpy(record->device.name, cells->name, sizeof cells->name);
    record->device.tenant_id = import->options.tenant_id;
    if (cells->label[0] != '\0')
        memcpy(record->device.label, cells->label, sizeof cells->label);
    TRY(set_info(cells, record, problem));
    TRY(set_profile(import, record, problem));
    take_credentials(cells, record);
    for (size_t i = 0; i < 3; i++) {
        buf_append_slice(&record->values[i], buf_slice(&cells->values[i]));
        import->gathered_bytes += cells->values[i].len;
        if (!buf_is_ok(&record->values[i]))
            return fail(problem, ERR_NOMEM, "", "no memory for the row");
    }
    return ERR_OK;
}

static err_t gather(struct device_import *import, const struct csv_row *row, struct problem *problem)
{
    TRY(check_values(import, problem));
    if (import->options.updates && is_gathered(import, import->cells.name))
        TRY(device_import_flush(import, problem));
    struct record *record = &import->records[import->gathered];
    err_t err = fill_record(import, record, problem);
    record->line = row->line;
    if (err == ERR_OK)
        import->gathered++;
    else
        clear_record(record);
    return err;
}

err_t device_import_row(struct device_import *import, const struct csv_row *row, struct problem *problem)
{
    struct problem why = {0};
    err_t err = device_cells_read(import->options.columns, row, import->hub->settings, &import->cells, &why);
    if (err == ERR_OK)
        err = gather(import, row, &why);
    credentials_fini(&import->cells.credentials);
    if (is_refusal(err)) {
        refuse(import, row->line, why.text);
        err = ERR_OK;
    }
    if (err == ERR_OK && (import->gathered == GATHERED || import->gathered_bytes > GATHERED_BYTES))
        return device_import_flush(import, problem);
    if (err != ERR_OK && problem != NULL)
        *problem = why;
    return err;
}
