#include "hub/rpc_persistent.h"

#include "base/clock.h"
#include "base/log.h"
#include "hub/rpc.h"
#include "hub/rpc_devices.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { AT_ONCE = 32, LOOK_EVERY_MS = 60 * 60 * 1000 };

struct rpc_persistent {
    struct rpc_devices *devices;
    atomic_int_least64_t next_expiry_ms; /* wall clock; none expires earlier */
    atomic_bool is_expiring;             /* a worker is at it */
};

/* Something for a worker. */
struct job {
    struct mail mail; /* first */
    struct hub *hub;
    uint64_t device; /* to send to */
    bool is_new;
    uint64_t number; /* of the call that `step` happened to */
    enum rpc_step step;
};

err_t rpc_persistent_new(struct rpc_persistent **ret)
{
    struct rpc_persistent *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ERR_NOMEM;
    err_t err = rpc_devices_new(&p->devices);
    if (err != ERR_OK)
        free(p);
    else
        *ret = p;
    return err;
}

void rpc_persistent_free(struct rpc_persistent *p)
{
    if (p != NULL)
        rpc_devices_free(p->devices);
    free(p);
}

err_t rpc_persistent_load(struct hub *hub, struct problem *problem)
{
    struct rpc_persistent *p = rpc_persistent_of(hub);
    uint64_t devices[AT_ONCE], after = 0;
    size_t count = AT_ONCE;
    while (count == AT_ONCE) {
        TRY(registry_rpc_open_devices(hub->registry, after, devices, AT_ONCE, &count, problem));
        for (size_t i = 0; i < count; i++)
            TRY(rpc_devices_add(p->devices, after = devices[i]));
    }
    return ERR_OK; /* the first tick looks what has expired */
}

/* ---- workers ---- */

static bool submit(const struct job *what, void (*work)(struct mail *mail, void *owner))
{
    struct job *job = malloc(sizeof *job);
    if (job != NULL) {
        *job = *what;
        job->mail = (struct mail){NULL, work};
        if (workers_submit(job->hub->workers, &job->mail))
            return true;
    }
    free(job);
    return false;
}

static void log_failure(const char *what, err_t err, const struct problem *problem)
{
    log_warning("rpc.failed", log_text("at", what), log_text("category", err_info(err)->name),
                log_text("reason", problem->text));
}

static void look_at(struct rpc_persistent *p, int64_t when_ms)
{
    int64_t next_ms = atomic_load(&p->next_expiry_ms);
    while (when_ms < next_ms && !atomic_compare_exchange_weak(&p->next_expiry_ms, &next_ms, when_ms)) {
    }
}

/* ---- attempts ---- */

/* Whom to tell of an attempt's end. */
struct attempt {
    struct hub *hub;
    uint64_t number;
};

static void on_attempt_done(void *arg, enum rpc_outcome outcome, struct slice answer)
{
    struct attempt *attempt = arg;
    if (outcome == RPC_TIMED_OUT)
        rpc_persistent_note(attempt->hub, attempt->number, RPC_STEP_TIMED_OUT);
    else if (outcome == RPC_DROPPED)
        rpc_persistent_note(attempt->hub, attempt->number, RPC_STEP_DROPPED);
    free(attempt); /* nobody there: it stays QUEUED; the rest is on disk already */
}

static bool make_attempt(struct hub *hub, const struct rpc *rpc, struct rpc_call *call)
{
    struct attempt *attempt = malloc(sizeof *attempt);
    if (attempt == NULL)
        return false;
    *attempt = (struct attempt){hub, rpc->number};
    *call = (struct rpc_call){.device = rpc->device,
                              .json = slice_str(rpc->request),
                              .timeout_ms = rpc->timeout_ms,
                              .number = rpc->number,
                              .request_id = rpc->request_id,
                              .on_done = on_attempt_done,
                              .arg = attempt};
    return true;
}

/* What does not fit among the calls that wait is sent when the device listens again. */
static void send_call(struct hub *hub, const struct rpc *rpc, bool is_new)
{
    struct problem problem = {0};
    struct rpc_call call;
    if (rpc->expires_ms <= clock_wall_ms() || !make_attempt(hub, rpc, &call))
        return;
    err_t err = rpc_call(hub, &call, &problem);
    if (err == ERR_OK)
        return;
    free(call.arg);
    if (err != ERR_CONFLICT)
        log_failure("send", err, &problem);
    else if (is_new && rpc->status != RPC_STATUS_DELIVERED)
        rpc_repeat(hub, &call);
}

static err_t send_some(const struct job *job, uint64_t *after, size_t *ret_count, struct problem *problem)
{
    struct rpc rows[AT_ONCE];
    TRY(registry_rpc_open_of_device(job->hub->registry, job->device, *after, rows, AT_ONCE, ret_count,
                                    problem));
    for (size_t i = 0; i < *ret_count; i++) {
        *after = rows[i].number;
        send_call(job->hub, &rows[i], job->is_new);
        rpc_fini(&rows[i]);
    }
    return ERR_OK;
}

static void send_all(struct mail *mail, void *owner)
{
    struct job *job = (struct job *)mail;
    struct rpc_devices *devices = rpc_persistent_of(job->hub)->devices;
    struct problem problem = {0};
    uint64_t after = 0, mark;
    size_t count = AT_ONCE;
    err_t err = ERR_OK;
    bool has_calls = rpc_devices_has(devices, job->device, &mark);
    while (has_calls && err == ERR_OK && count == AT_ONCE)
        err = send_some(job, &after, &count, &problem);
    if (has_calls && err == ERR_OK && after == 0)
        rpc_devices_remove(devices, job->device, mark);
    if (err != ERR_OK)
        log_failure("send", err, &problem);
    free(job);
}

void rpc_persistent_listens(struct hub *hub, uint64_t device, bool is_new)
{
    uint64_t mark;
    const struct job job = {.hub = hub, .device = device, .is_new = is_new};
    if (!rpc_devices_has(rpc_persistent_of(hub)->devices, device, &mark))
        return;
    if (!submit(&job, send_all))
        log_warning("rpc.failed", log_text("at", "send"), log_text("reason", "the workers are too busy"));
}

/* ---- what happens to calls ---- */

err_t rpc_persistent_add(struct hub *hub, struct rpc *rpc, struct problem *problem)
{
    struct rpc_persistent *p = rpc_persistent_of(hub);
    rpc->request_id = rpc_next_id(hub);
    TRY(registry_rpc_add(hub->registry, rpc, hub->settings->rpc.max_persistent, problem));
    look_at(p, rpc->expires_ms);
    TRY(rpc_devices_add(p->devices, rpc->device));
    send_call(hub, rpc, false);
    return ERR_OK;
}

err_t rpc_persistent_delete(struct hub *hub, const struct uuid *tenant, const struct uuid *id,
                            struct problem *problem)
{
    struct rpc rpc;
    TRY(registry_rpc_delete(hub->registry, tenant, id, &rpc, problem));
    rpc_end(hub, rpc.device, rpc.request_id, RPC_STOPPED);
    rpc_fini(&rpc);
    return ERR_OK;
}

bool rpc_persistent_is_open(struct hub *hub, uint64_t number)
{
    struct problem problem = {0};
    bool is_open = false;
    err_t err = registry_rpc_is_open(hub->registry, number, &is_open, &problem);
    if (err != ERR_OK)
        log_failure("status", err, &problem);
    return err != ERR_OK || is_open;
}

static err_t put_down(const struct job *job, struct problem *problem)
{
    struct rpc rpc;
    const struct rpc_progress progress = {.number = job->number, .step = job->step};
    TRY(registry_rpc_advance(job->hub->registry, &progress, &rpc, problem));
    bool is_failure = job->step == RPC_STEP_TIMED_OUT || job->step == RPC_STEP_DROPPED;
    if (!rpc_is_open(&rpc))
        rpc_end(job->hub, rpc.device, rpc.request_id, RPC_SENT);
    else if (is_failure)
        send_call(job->hub, &rpc, false);
    rpc_fini(&rpc);
    return ERR_OK;
}

static void put_down_on_worker(struct mail *mail, void *owner)
{
    struct job *job = (struct job *)mail;
    struct problem problem = {0};
    err_t err = put_down(job, &problem);
    if (err != ERR_OK && err != ERR_NOT_FOUND) /* deleted meanwhile */
        log_failure("status", err, &problem);
    free(job);
}

void rpc_persistent_note(struct hub *hub, uint64_t number, enum rpc_step step)
{
    const struct job job = {.hub = hub, .number = number, .step = step};
    if (!submit(&job, put_down_on_worker))
        log_warning("rpc.failed", log_text("at", "status"), log_text("reason", "the workers are too busy"));
}

err_t rpc_persistent_answer(struct hub *hub, const struct rpc_progress *answered, struct problem *problem)
{
    struct rpc rpc;
    uint64_t mark;
    if (!rpc_devices_has(rpc_persistent_of(hub)->devices, answered->device, &mark))
        return ERR_OK;
    err_t err = registry_rpc_advance(hub->registry, answered, &rpc, problem);
    if (err == ERR_OK)
        rpc_fini(&rpc);
    return err != ERR_NOT_FOUND ? err : ERR_OK; /* an answer that nobody waits for */
}

/* ---- the end of their time ---- */

static void expire_on_worker(struct mail *mail, void *owner)
{
    struct job *job = (struct job *)mail;
    struct rpc_persistent *p = rpc_persistent_of(job->hub);
    struct problem problem = {0};
    int64_t now_ms = clock_wall_ms(), next_ms = now_ms + 1000;
    int64_t kept_ms = (int64_t)job->hub->settings->rpc.keep_days * 24 * 60 * 60 * 1000;
    atomic_store(&p->next_expiry_ms, now_ms + LOOK_EVERY_MS);
    err_t err = registry_rpc_expire(job->hub->registry, now_ms, now_ms - kept_ms, &next_ms, &problem);
    if (err != ERR_OK)
        log_failure("expire", err, &problem);
    look_at(p, next_ms);
    atomic_store(&p->is_expiring, false);
    free(job);
}

void rpc_persistent_tick(struct hub *hub)
{
    struct rpc_persistent *p = rpc_persistent_of(hub);
    const struct job job = {.hub = hub};
    if (clock_wall_ms() < atomic_load(&p->next_expiry_ms) || atomic_exchange(&p->is_expiring, true))
        return;
    if (!submit(&job, expire_on_worker))
        atomic_store(&p->is_expiring, false);
}
