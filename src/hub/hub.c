#include "hub/hub.h"

#include "base/log.h"
#include "hub/activity.h"
#include "hub/attributes.h"
#include "hub/audit_log.h"
#include "hub/claim.h"
#include "hub/door.h"
#include "hub/events.h"
#include "hub/firmware.h"
#include "hub/forwarder.h"
#include "hub/live.h"
#include "hub/payload.h"
#include "hub/presence.h"
#include "hub/profiles.h"
#include "hub/provision.h"
#include "hub/retention.h"
#include "hub/rollout.h"
#include "hub/rpc.h"
#include "hub/rpc_persistent.h"
#include "hub/sessions.h"
#include "hub/traffic.h"
#include "hub/webhook.h"
#include "hub/writer.h"
#include "store/lockfile.h"
#include "store/package_files.h"
#include "store/registry_deletion.h"

#include <sys/stat.h>

enum { WORKER_QUEUE = 16384 };

/* A crash between the registry's commit and the deletion of the series leaves a journal entry: finish it. */
static err_t finish_deletions(struct hub *hub, struct problem *problem)
{
    uint64_t device;
    for (;;) {
        err_t err = registry_deleted_next(hub->registry, &device, problem);
        if (err == ERR_NOT_FOUND)
            return ERR_OK;
        TRY(err);
        const uint64_t series[] = {device, events_series(device)};
        TRY(series_delete_devices(hub->series, series, sizeof series / sizeof series[0], problem));
        TRY(registry_deleted_forget(hub->registry, &device, 1, problem));
    }
}

/* A file counts once the registry knows of it; when that cannot be asked, it is kept. */
static bool is_uploaded(void *arg, const struct uuid *id)
{
    struct hub *hub = arg;
    bool is_known = false;
    return registry_ota_is_uploaded(hub->registry, id, &is_known, NULL) != ERR_OK || is_known;
}

static err_t open_packages(struct hub *hub, struct problem *problem)
{
    TRY(package_files_open(hub->dir, &hub->packages, problem));
    return package_files_sweep(hub->packages, is_uploaded, hub, problem);
}

static err_t open_stores(struct hub *hub, bool create, struct problem *problem)
{
    TRY(data_lock_take(hub->dir, create, &hub->lock, problem));
    TRY(registry_open(hub->dir, create, &hub->registry, problem));
    TRY(series_open(hub->dir, create, &hub->series, problem));
    TRY(open_packages(hub, problem));
    return finish_deletions(hub, problem);
}

/* A profile that cannot be read keeps nobody from starting: what is told to its devices meanwhile is JSON. */
static err_t forms_of(void *arg, uint64_t number, struct payload_forms *ret, struct problem *problem)
{
    struct hub *hub = arg;
    struct device device;
    struct problem unreadable = {0};
    TRY(registry_device_by_number(hub->registry, number, &device, problem));
    *ret = (struct payload_forms){.payloads = hub->payloads};
    if (profiles_get(hub, &device.profile_id, &ret->profile, &unreadable) != ERR_OK)
        log_warning("profile.unreadable", log_text("reason", unreadable.text));
    return ERR_OK;
}

static err_t start_parts(struct hub *hub, struct problem *problem)
{
    TRY(presence_new(&hub->presence));
    struct session_limits limits;
    sessions_limits(hub->settings, &limits);
    TRY(sessions_new(hub->settings->mqtt.max_kept_sessions, &limits, &hub->sessions));
    TRY(attributes_new(&hub->attributes));
    TRY(activity_new(hub, &hub->activity));
    TRY(audit_log_new(&hub->audit));
    TRY(traffic_new(&hub->traffic));
    TRY(events_new(&hub->events));
    TRY(payloads_new(&hub->payloads));
    TRY(provision_new(hub->settings, &hub->provision));
    TRY(claims_new(hub->settings, &hub->claims));
    TRY(profiles_new(&hub->profiles));
    TRY(retention_new(hub, &hub->retention));
    TRY(firmware_new(hub, &hub->firmware));
    TRY(rollout_new(hub, &hub->rollout));
    TRY(rpc_new(hub->settings, &hub->rpc));
    TRY(rpc_persistent_load(hub, problem));
    TRY(webhook_new(hub->settings, &hub->webhook, problem));
    TRY(door_new(hub, &hub->door));
    TRY(live_new(&hub->live));
    TRY(forwarder_new(hub, &hub->forwarder, problem));
    TRY(writer_start(hub->series, hub->live, forwarder_backlog(hub->forwarder), &hub->writer));
    const struct sessions_source kept = {hub->series, hub->writer, forms_of, hub};
    TRY(sessions_restore(hub->sessions, &kept, problem));
    return workers_start(hub->settings->http.workers, WORKER_QUEUE, &hub->workers);
}

err_t hub_open(const char *dir, const struct settings *settings, bool create, struct hub *ret_hub,
               struct problem *problem)
{
    /* Parts keep a pointer to the hub, so it is filled in place; a failed open leaves it empty. */
    *ret_hub = (struct hub){.dir = dir, .settings = settings};
    err_t err = open_stores(ret_hub, create, problem);
    if (err == ERR_OK)
        err = start_parts(ret_hub, problem);
    if (err == ERR_OK)
        rollout_wake(ret_hub->rollout);
    else
        hub_close(ret_hub);
    return err;
}

void hub_close(struct hub *hub)
{
    rollout_stop(hub->rollout);
    forwarder_join(hub->forwarder);
    workers_stop(hub->workers);
    webhook_free(hub->webhook);
    if (hub->writer != NULL && hub->events != NULL)
        events_write(hub);
    writer_stop(hub->writer);
    forwarder_free(hub->forwarder);
    live_free(hub->live);
    door_free(hub->door);
    profiles_free(hub->profiles);
    rpc_free(hub->rpc);
    rollout_free(hub->rollout);
    firmware_free(hub->firmware);
    sessions_free(hub->sessions);
    activity_free(hub->activity);
    traffic_free(hub->traffic);
    events_free(hub->events);
    audit_log_free(hub->audit);
    claims_free(hub->claims);
    provision_free(hub->provision);
    attributes_free(hub->attributes);
    payloads_free(hub->payloads);
    presence_free(hub->presence);
    package_files_close(hub->packages);
    series_close(hub->series);
    retention_free(hub->retention);
    registry_close(hub->registry);
    data_lock_release(hub->lock);
    *hub = (struct hub){0};
}
