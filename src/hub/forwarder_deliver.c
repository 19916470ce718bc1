/* From the queues to the endpoints, and what becomes of it. */
#include "hub/forwarder_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <stdio.h>
#include <utlist.h>

enum { FIRST_DELAY_MS = 1000, LONG_MS = 3600 * 1000 };

/* ---- sending ------------------------------------------------------------------------------------------------- */

static err_t read_batch(struct forwarder *f, struct forward_endpoint *e, struct problem *problem)
{
    const struct forward_take take = {
        .max_events = f->settings->forward.max_events,
        .max_bytes = f->settings->forward.max_request,
        .oldest_ms = clock_wall_ms() - (int64_t)f->settings->forward.max_age * 1000,
    };
    buf_clear(&e->request.body);
    TRY(forward_queue_read(&e->queue, f->hub->series, &take, &e->request.body, &e->sent_next, &f->batch,
                           problem));
    return f->batch.bytes.len != 0 ? forwarder_commit(f, false) : ERR_OK;
}

static err_t send_batch(struct forwarder *f, struct forward_endpoint *e, struct problem *problem)
{
    TRY(read_batch(f, e, problem));
    if (e->request.body.len == 0)
        return ERR_OK; /* all of it was too old */
    TRY(forward_request_prepare(&e->request, &e->config, f->settings, clock_wall_ms() / 1000, problem));
    curl_easy_setopt(e->request.curl, CURLOPT_PRIVATE, e);
    if (curl_multi_add_handle(f->multi, e->request.curl) != CURLM_OK)
        return fail(problem, ERR_NOMEM, "", "no memory for the request");
    e->is_sending = true;
    return ERR_OK;
}

/* ---- afterwards ---------------------------------------------------------------------------------------------- */

/* Half of it for sure, the other half by chance, so that those who failed together come back one by one. */
static uint64_t delay_of(const struct forwarder *f, const struct forward_endpoint *e)
{
    uint64_t most = (uint64_t)f->settings->forward.max_delay * 1000, delay = FIRST_DELAY_MS;
    uint32_t chance;
    for (unsigned i = 1; i < e->failures && delay < most; i++)
        delay *= 2;
    if (delay > most)
        delay = most;
    random_bytes(&chance, sizeof chance);
    return delay / 2 + chance % (delay / 2 + 1);
}

/* Whoever says when to come again is listened to, within bounds. */
static uint64_t asked_delay(const struct forwarder *f, const struct forward_endpoint *e)
{
    curl_off_t seconds = 0;
    uint64_t most = (uint64_t)f->settings->forward.max_delay * 1000;
    if (e->request.curl == NULL ||
        curl_easy_getinfo(e->request.curl, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0)
        return 0;
    return seconds < (curl_off_t)(most / 1000) ? (uint64_t)seconds * 1000 : most;
}

static void note_failure(struct forwarder *f, struct forward_endpoint *e, const struct problem *problem)
{
    char id[UUID_TEXT_SIZE];
    e->failures++;
    uint64_t delay = delay_of(f, e), asked = asked_delay(f, e);
    e->next_try_ms = clock_mono_ms() + (asked > delay ? asked : delay);
    e->last_error_ms = clock_wall_ms();
    snprintf(e->last_error, sizeof e->last_error, "%s", problem->text);
    uuid_format(&e->config.id, id);
    if (e->failures == 1)
        log_warning("forward.failed", log_text("forwarding", id), log_text("reason", problem->text));
}

static void note_success(struct forwarder *f, struct forward_endpoint *e)
{
    char id[UUID_TEXT_SIZE];
    uuid_format(&e->config.id, id);
    if (e->failures != 0)
        log_info("forward.recovered", log_text("forwarding", id));
    e->failures = 0;
    e->next_try_ms = 0;
    e->last_success_ms = clock_wall_ms();
    if (f->is_stale)
        return; /* memory is not what the disk has: they are sent again */
    forward_queue_finish(&e->queue, e->sent_next, &f->batch);
    (void)!forwarder_commit(f, false); /* not written: the same */
}

static void on_done(struct forwarder *f, struct forward_endpoint *e, CURLcode code)
{
    struct problem problem = {0};
    curl_multi_remove_handle(f->multi, e->request.curl);
    e->is_sending = false;
    if (!e->is_gone) {
        if (forward_request_result(&e->request, code, NULL, &problem) == ERR_OK)
            note_success(f, e);
        else
            note_failure(f, e, &problem);
    }
    buf_fini(&e->request.body);
}

static void take_results(struct forwarder *f)
{
    int left;
    for (CURLMsg *m = curl_multi_info_read(f->multi, &left); m != NULL;
         m = curl_multi_info_read(f->multi, &left)) {
        struct forward_endpoint *e = NULL;
        CURLcode code = m->data.result; /* the message goes with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &e);
        on_done(f, e, code);
    }
}

static void drop_gone(struct forwarder *f)
{
    struct forward_endpoint *e, *next;
    DL_FOREACH_SAFE(f->endpoints, e, next)
    {
        if (e->is_gone && e->is_sending)
            on_done(f, e, CURLE_ABORTED_BY_CALLBACK);
        if (e->is_gone)
            forwarder_drop_endpoint(f, e);
    }
}

static bool is_due(const struct forward_endpoint *e, uint64_t now_ms)
{
    return e->config.is_enabled && !e->is_sending && e->queue.events != 0 && now_ms >= e->next_try_ms;
}

void forwarder_deliver(struct forwarder *f, uint64_t now_ms)
{
    struct forward_endpoint *e;
    int running;
    drop_gone(f);
    DL_FOREACH(f->endpoints, e)
    {
        struct problem problem = {0};
        if (is_due(e, now_ms) && !f->is_stale && send_batch(f, e, &problem) != ERR_OK)
            note_failure(f, e, &problem);
    }
    curl_multi_perform(f->multi, &running);
    take_results(f);
}

int forwarder_patience(const struct forwarder *f, uint64_t now_ms)
{
    const struct forward_endpoint *e;
    uint64_t until = now_ms + LONG_MS;
    DL_FOREACH(f->endpoints, e)
    {
        bool waits = e->config.is_enabled && !e->is_sending && e->queue.events != 0;
        if (waits && e->next_try_ms < until)
            until = e->next_try_ms;
    }
    if (f->next_sort_ms != 0 && f->next_sort_ms < until)
        until = f->next_sort_ms;
    if (f->next_notices_ms < until)
        until = f->next_notices_ms;
    if (f->pause_until_ms > now_ms && f->is_stale)
        until = f->pause_until_ms;
    return until > now_ms ? (int)(until - now_ms) : 0;
}
