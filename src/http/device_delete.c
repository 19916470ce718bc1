#include "http/device_delete.h"

#include "base/log.h"
#include "hub/door.h"
#include "hub/events.h"
#include "hub/writer.h"
#include "store/registry_deletion.h"

static err_t delete_rows(struct hub *hub, const struct uuid *tenant, const struct device *devices,
                         size_t count, bool *ret_was_there, struct problem *problem)
{
    struct uuid ids[DEVICE_DELETE_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        ids[i] = devices[i].id;
    return registry_devices_delete(hub->registry, tenant, ids, count, ret_was_there, problem);
}

static err_t delete_series(struct hub *hub, const uint64_t *numbers, size_t count, struct problem *problem)
{
    uint64_t series[2 * DEVICE_DELETE_MAX];
    for (size_t i = 0; i < count; i++) {
        series[2 * i] = numbers[i];
        series[2 * i + 1] = events_series(numbers[i]);
    }
    return writer_delete_devices(hub->writer, series, 2 * count, problem);
}

err_t device_delete_many(struct hub *hub, const struct uuid *tenant, const struct device *devices,
                         size_t count, bool *ret_was_there, struct problem *problem)
{
    uint64_t numbers[DEVICE_DELETE_MAX];
    size_t deleted = 0;
    CHECK(count <= DEVICE_DELETE_MAX);
    TRY(delete_rows(hub, tenant, devices, count, ret_was_there, problem));
    for (size_t i = 0; i < count; i++) {
        if (!ret_was_there[i])
            continue;
        door_revoke(hub->door, devices[i].number);
        log_info("device.deleted", log_text("name", devices[i].name),
                 log_number("number", (int64_t)devices[i].number));
        numbers[deleted++] = devices[i].number;
    }
    TRY(delete_series(hub, numbers, deleted, problem));
    return registry_deleted_forget(hub->registry, numbers, deleted, problem);
}

err_t device_delete_one(struct hub *hub, const struct device *device, struct problem *problem)
{
    bool was_there = false;
    TRY(device_delete_many(hub, &device->tenant_id, device, 1, &was_there, problem));
    return was_there ? ERR_OK : fail(problem, ERR_NOT_FOUND, "", "no such device");
}
