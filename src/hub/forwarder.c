#include "hub/forwarder_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "store/registry_forwarding.h"

#include <signal.h>
#include <stdlib.h>
#include <utlist.h>

enum { PAUSE_MS = 1000 /* after a failure of the store */, TEST_MS = 10000, LINGER_MS = 20 };

static void lock(struct forwarder *f)
{
    atomic_fetch_add(&f->waiting, 1);
    pthread_mutex_lock(&f->lock);
    atomic_fetch_sub(&f->waiting, 1);
}

static void wake(void *arg)
{
    struct forwarder *f = arg;
    if (!atomic_exchange(&f->is_woken, true))
        curl_multi_wakeup(f->multi);
}

/* ---- changes of the queues ----------------------------------------------------------------------------------- */

err_t forwarder_commit(struct forwarder *f, bool is_synced)
{
    struct problem problem = {0};
    struct forward_endpoint *e;
    DL_FOREACH(f->endpoints, e)
    {
        forward_queue_seal(&e->queue, clock_wall_ms(), &f->batch);
    }
    err_t err = outbox_write(f->hub->series, &f->batch, is_synced, &problem);
    buf_clear(&f->batch.bytes);
    if (err == ERR_OK)
        return ERR_OK;
    if (!f->is_stale)
        log_warning("forward.not_queued", log_text("detail", problem.text));
    f->is_stale = true;
    f->pause_until_ms = clock_mono_ms() + PAUSE_MS;
    return err;
}

/* Memory is ahead of the disk after a failed write: begin with what the disk has. */
static bool refresh(struct forwarder *f, uint64_t now_ms)
{
    struct forward_endpoint *e;
    if (!f->is_stale)
        return true;
    if (now_ms < f->pause_until_ms)
        return false;
    f->pause_until_ms = now_ms + PAUSE_MS;
    DL_FOREACH(f->endpoints, e)
    {
        if (forward_queue_load(&e->queue, f->hub->series, NULL) != ERR_OK)
            return false;
    }
    f->is_stale = false;
    return true;
}

/* ---- the thread ---------------------------------------------------------------------------------------------- */

/* After messages the next ones have LINGER_MS to gather; meanwhile the writer finds us awake. */
static void sort(struct forwarder *f, uint64_t now_ms)
{
    bool is_more = false;
    forwarder_sort_notices(f, now_ms);
    if (now_ms < f->next_sort_ms)
        return;
    atomic_store(&f->is_woken, false); /* before looking: what comes later wakes again */
    bool is_some = forwarder_sort_backlog(f, &is_more);
    f->next_sort_ms = is_some ? now_ms + (is_more ? 0 : LINGER_MS) : 0;
}

/* @return how long to wait */
static int turn(struct forwarder *f)
{
    uint64_t now_ms = clock_mono_ms();
    pthread_mutex_lock(&f->lock);
    if (refresh(f, now_ms))
        sort(f, now_ms);
    forwarder_deliver(f, now_ms);
    int patience = forwarder_patience(f, clock_mono_ms());
    pthread_mutex_unlock(&f->lock);
    return patience != 0 || atomic_load(&f->waiting) == 0 ? patience : 1; /* let them have the lock */
}

static void *run(void *arg)
{
    struct forwarder *f = arg;
    sigset_t all;
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!atomic_load(&f->is_stopping)) {
        int patience = turn(f);
        if (patience != 0)
            curl_multi_poll(f->multi, NULL, 0, patience, NULL);
    }
    return NULL;
}

err_t forwarder_start(struct forwarder *f)
{
    if (pthread_create(&f->thread, NULL, run, f) != 0)
        return ERR_INTERNAL;
    f->has_thread = true;
    return ERR_OK;
}

void forwarder_stop(struct forwarder *f)
{
    if (f == NULL)
        return;
    atomic_store(&f->is_stopping, true);
    curl_multi_wakeup(f->multi);
}

void forwarder_join(struct forwarder *f)
{
    if (f == NULL || !f->has_thread)
        return;
    forwarder_stop(f);
    pthread_join(f->thread, NULL);
    f->has_thread = false;
}

/* ---- endpoints ----------------------------------------------------------------------------------------------- */

static struct forward_endpoint *find_endpoint(const struct forwarder *f, uint64_t number)
{
    struct forward_endpoint *e;
    DL_FOREACH(f->endpoints, e)
    {
        if (e->config.number == number && !e->is_gone)
            return e;
    }
    return NULL;
}

void forwarder_drop_endpoint(struct forwarder *f, struct forward_endpoint *e)
{
    DL_DELETE(f->endpoints, e);
    forward_request_fini(&e->request);
    forward_queue_fini(&e->queue);
    wipe(&e->config, sizeof e->config); /* the secret */
    free(e);
}

static err_t add_endpoint(struct forwarder *f, const struct forwarding *config, struct problem *problem)
{
    struct forward_endpoint *e = calloc(1, sizeof *e);
    if (e == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    e->config = *config;
    e->queue = (struct forward_queue){.name = config->number,
                                      .max_bytes = f->settings->forward.max_queued,
                                      .chunk_events = f->settings->forward.max_events};
    err_t err = forward_queue_load(&e->queue, f->hub->series, problem);
    if (err == ERR_OK)
        DL_APPEND(f->endpoints, e);
    else
        free(e);
    return err;
}

static err_t use_config(struct forwarder *f, const struct forwarding *config, struct problem *problem)
{
    struct forward_endpoint *e = find_endpoint(f, config->number);
    if (e == NULL)
        return add_endpoint(f, config, problem);
    if (e->config.version != config->version)
        e->next_try_ms = 0; /* perhaps it works now */
    e->config = *config;
    return ERR_OK;
}

static bool is_listed(const struct forwarding *list, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].number == number)
            return true;
    return false;
}

static void use_list(struct forwarder *f, const struct forwarding *list, size_t count)
{
    struct forward_endpoint *e;
    unsigned kinds = 0;
    DL_FOREACH(f->endpoints, e)
    {
        e->is_gone |= !is_listed(list, count, e->config.number);
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].is_enabled)
            kinds |= list[i].kinds;
    f->next_notices_ms = 0;
    forward_backlog_want(f->backlog, kinds);
}

static bool is_known(void *arg, uint64_t name)
{
    return find_endpoint(arg, name) != NULL;
}

static err_t load_list(struct forwarder *f, struct problem *problem)
{
    struct forwarding *list = NULL;
    size_t count = 0;
    TRY(registry_forwarding_list(f->hub->registry, &(struct uuid){0}, &list, &count, problem));
    err_t err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = use_config(f, &list[i], problem);
    if (err == ERR_OK)
        use_list(f, list, count);
    if (list != NULL)
        wipe(list, count * sizeof *list);
    free(list);
    return err == ERR_OK ? forward_queue_sweep(f->hub->series, is_known, f, problem) : err;
}

err_t forwarder_reload(struct forwarder *f, struct problem *problem)
{
    lock(f);
    err_t err = load_list(f, problem);
    pthread_mutex_unlock(&f->lock);
    wake(f);
    return err;
}

void forwarder_status(struct forwarder *f, const struct forwarding *of, struct forwarder_status *ret)
{
    *ret = (struct forwarder_status){0};
    lock(f);
    const struct forward_endpoint *e = find_endpoint(f, of->number);
    if (e != NULL) {
        ret->last_success_ms = e->last_success_ms;
        ret->last_error_ms = e->last_error_ms;
        memcpy(ret->last_error, e->last_error, sizeof ret->last_error);
        ret->queued_events = e->queue.events;
        ret->queued_bytes = e->queue.bytes;
        ret->dropped_events = e->queue.dropped;
    }
    pthread_mutex_unlock(&f->lock);
}

/* ---- a test -------------------------------------------------------------------------------------------------- */

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct forwarder *f = arg;
    return atomic_load(&f->is_stopping) ? 1 : 0;
}

static err_t perform_test(struct forwarder *f, struct forward_request *r, const struct forwarding *to,
                          long *ret_status, struct problem *problem)
{
    int64_t now_ms = clock_wall_ms();
    buf_printf(&r->body, "[{\"id\":\"test-%llx\",\"type\":\"TEST\",\"ts\":%lld,\"data\":{}}]",
               (unsigned long long)now_ms, (long long)now_ms);
    TRY(forward_request_prepare(r, to, f->settings, now_ms / 1000, problem));
    if (f->settings->forward.timeout * 1000 > TEST_MS)
        curl_easy_setopt(r->curl, CURLOPT_TIMEOUT_MS, (long)TEST_MS);
    curl_easy_setopt(r->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(r->curl, CURLOPT_XFERINFODATA, f);
    curl_easy_setopt(r->curl, CURLOPT_NOPROGRESS, 0L);
    CURLcode code = curl_easy_perform(r->curl);
    return forward_request_result(r, code, ret_status, problem);
}

err_t forwarder_test(struct forwarder *f, const struct forwarding *to, long *ret_status,
                     struct problem *problem)
{
    struct forward_request request = {0};
    if (atomic_exchange(&f->is_testing, true))
        return fail(problem, ERR_AGAIN, "", "another endpoint is being tested: try again in a moment");
    err_t err = perform_test(f, &request, to, ret_status, problem);
    forward_request_fini(&request);
    atomic_store(&f->is_testing, false);
    return err;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

struct forward_backlog *forwarder_backlog(struct forwarder *f)
{
    return f->backlog;
}

static err_t prepare(struct forwarder *f, struct problem *problem)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return fail(problem, ERR_NOMEM, "", "no memory for forwarding");
    f->multi = curl_multi_init();
    if (f->multi == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for forwarding");
    TRY(forward_backlog_new(f->hub->series, &f->backlog, problem));
    forward_backlog_listen(f->backlog, wake, f);
    return load_list(f, problem);
}

err_t forwarder_new(struct hub *hub, struct forwarder **ret, struct problem *problem)
{
    struct forwarder *f = calloc(1, sizeof *f);
    if (f == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for forwarding");
    f->hub = hub;
    f->settings = hub->settings;
    pthread_mutex_init(&f->lock, NULL);
    err_t err = prepare(f, problem);
    if (err == ERR_OK)
        *ret = f;
    else
        forwarder_free(f);
    return err;
}

void forwarder_free(struct forwarder *f)
{
    if (f == NULL)
        return;
    struct forward_endpoint *e, *next;
    DL_FOREACH_SAFE(f->endpoints, e, next)
    {
        if (e->is_sending)
            curl_multi_remove_handle(f->multi, e->request.curl);
        forwarder_drop_endpoint(f, e);
    }
    curl_multi_cleanup(f->multi);
    curl_global_cleanup();
    forwarder_forget_subjects(f);
    forward_backlog_free(f->backlog);
    batch_fini(&f->record.entries);
    buf_fini(&f->batch.bytes);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
