/* What workers do for sockets: messages, looks at logins and rights, and present values when news were lost. */
#include "base/clock.h"
#include "http/access.h"
#include "http/auth.h"
#include "http/document.h"
#include "http/live_entity.h"
#include "http/live_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

/* ---- a message --------------------------------------------------------------------------------------------- */

struct message_job {
    struct mail mail; /* first */
    struct live_socket *socket;
    struct buf text;
    struct live_work work;
};

static size_t count_of_user(const struct live_sockets *all, const struct uuid *user)
{
    size_t count = 0;
    const struct live_socket *s;
    DL_FOREACH(all->list, s)
    {
        count += s->is_known && uuid_eq(&s->who.user_id, user);
    }
    return count;
}

static void log_in(struct live_socket *s, const struct caller *who)
{
    const struct settings *settings = s->all->service->hub->settings;
    s->who = *who;
    s->is_known = true;
    s->checked_ms = clock_mono_ms();
    if (count_of_user(s->all, &who->user_id) > settings->live.max_sockets_per_user)
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION,
                          "too many sockets (live.max_sockets_per_user)");
}

static void take_outcome(struct live_socket *s, struct live_outcome *outcome)
{
    const struct settings *settings = s->all->service->hub->settings;
    struct live_subscription *begins = outcome->begins;
    if (outcome->ends)
        live_leave(s, outcome->id);
    if (begins != NULL && s->target_count + begins->target_count > settings->live.max_subscriptions) {
        live_text_begin(&outcome->answer);
        live_write_error(outcome->id, ERR_LIMIT, "too many devices are watched (live.max_subscriptions)",
                         &outcome->answer);
    } else if (begins != NULL) {
        outcome->begins = NULL;
        live_socket_send(s, &outcome->answer); /* before its first news */
        live_join(s, begins);
    }
    live_socket_send(s, &outcome->answer);
    live_check_bounds(s);
}

static void on_message_done(struct mail *mail, void *owner)
{
    struct message_job *job = (struct message_job *)mail;
    struct live_socket *s = job->socket;
    struct live *live = s->all->service->hub->live;
    bool is_open = s->wsi != NULL && s->close_code == 0 && !s->all->is_closed;
    if (is_open && job->work.is_known && !s->is_known)
        log_in(s, &job->work.who);
    is_open = is_open && s->close_code == 0;
    for (struct live_outcome *o = job->work.outcomes, *next; o != NULL; o = next) {
        next = o->next;
        if (is_open)
            take_outcome(s, o);
        live_outcome_free(live, o);
    }
    if (is_open && job->work.refusal[0] != '\0')
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, job->work.refusal);
    s->is_working = false;
    s->jobs--;
    live_work_ends(s->all);
    live_socket_go_on(s);
    buf_fini(&job->text);
    free(job);
    live_socket_free_if_done(s);
}

static void work_on_message(struct mail *mail, void *owner)
{
    struct message_job *job = (struct message_job *)mail;
    job->work.message = buf_slice(&job->text);
    live_work(&job->work);
    service_return(job->socket->all->service, &job->mail, on_message_done);
}

bool live_start_work(struct live_socket *s, struct slice message)
{
    struct http_service *service = s->all->service;
    struct message_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return false;
    job->socket = s;
    buf_append_slice(&job->text, message);
    job->work = (struct live_work){.api = &service->api,
                                   .who = s->who,
                                   .is_known = s->is_known,
                                   .answer_max = service->hub->settings->live.max_queued};
    if (!s->is_known)
        memcpy(job->work.session, s->session, sizeof s->session);
    if (!buf_is_ok(&job->text) || !service_submit(service, &job->mail, work_on_message)) {
        buf_fini(&job->text);
        free(job);
        return false;
    }
    s->is_working = true;
    s->jobs++;
    live_work_begins(s->all);
    return true;
}

/* ---- logins and rights ------------------------------------------------------------------------------------- */

struct checked {
    int32_t id; /* of the subscription */
    struct uuid device;
    json_t *query; /* of a count */
    uint64_t count;
    bool is_lost, is_changed;
};

struct check_job {
    struct mail mail; /* first */
    struct live_socket *socket;
    struct caller who;
    bool is_over; /* the login */
    size_t count;
    struct checked checked[];
};

static void check_one(struct call *call, struct checked *c)
{
    struct problem problem;
    struct device device;
    uint64_t count = 0;
    if (c->query != NULL) {
        c->is_changed = live_entity_count(call, c->query, &count, &problem) == ERR_OK && count != c->count;
        c->count = c->is_changed ? count : c->count;
        return;
    }
    err_t err = access_device(call, &c->device, RIGHT_READ, &device, &problem);
    c->is_lost = err == ERR_NOT_FOUND || err == ERR_DENIED;
    if (err == ERR_OK)
        device_fini(&device);
}

/* An error, as when login and rights were to be had: the client sees it by itself, or it is over by the next time. */
static void lose_subscription(struct live_socket *s, int32_t id)
{
    struct buf text = {0};
    live_text_begin(&text);
    live_write_error(id, ERR_NOT_FOUND, "the device is gone, or no longer yours to see", &text);
    live_leave(s, id);
    live_socket_send(s, &text);
    buf_fini(&text);
}

static void tell_count(struct live_socket *s, const struct checked *c)
{
    struct live_subscription *found;
    struct buf text = {0};
    HASH_FIND(hh, s->subscriptions, &c->id, sizeof c->id, found);
    if (found == NULL || found->kind != LIVE_ENTITY_COUNT)
        return;
    found->count = c->count;
    live_text_begin(&text);
    AUTO_JSON update = json_pack("{s:i, s:s, s:I, s:i, s:n}", "cmdId", c->id, "cmdUpdateType", "COUNT_DATA",
                                 "count", (json_int_t)c->count, "errorCode", 0, "errorMsg");
    document_write(update, &text);
    live_socket_send(s, &text);
    buf_fini(&text);
}

static void on_checked(struct mail *mail, void *owner)
{
    struct check_job *job = (struct check_job *)mail;
    struct live_socket *s = job->socket;
    bool is_open = s->wsi != NULL && s->close_code == 0;
    if (is_open && job->is_over)
        live_socket_close(s, LWS_CLOSE_STATUS_POLICY_VIOLATION, "the login has ended");
    for (size_t i = 0; i < job->count; i++) {
        if (is_open && job->checked[i].is_lost)
            lose_subscription(s, job->checked[i].id);
        if (is_open && job->checked[i].is_changed)
            tell_count(s, &job->checked[i]);
        json_decref(job->checked[i].query);
    }
    s->is_checking = false;
    s->checked_ms = clock_mono_ms();
    s->jobs--;
    free(job);
    live_socket_free_if_done(s);
}

static void check_on_worker(struct mail *mail, void *owner)
{
    struct check_job *job = (struct check_job *)mail;
    struct http_service *service = job->socket->all->service;
    const struct http_request request = {0};
    struct call call = {.api = &service->api, .request = &request, .who = job->who};
    struct problem problem;
    job->is_over = auth_check_login(&call, &problem) == ERR_AUTH;
    for (size_t i = 0; i < job->count && !job->is_over; i++)
        check_one(&call, &job->checked[i]);
    service_return(service, &job->mail, on_checked);
}

static void add_checked(struct check_job *job, const struct live_subscription *s)
{
    if (s->kind == LIVE_ENTITY_COUNT)
        job->checked[job->count++] =
            (struct checked){.id = s->id, .query = json_incref(s->query), .count = s->count};
    for (size_t i = 0; i < s->target_count; i++)
        job->checked[job->count++] = (struct checked){.id = s->id, .device = s->targets[i].id};
}

void live_start_check(struct live_socket *s)
{
    struct http_service *service = s->all->service;
    size_t most = s->target_count + HASH_COUNT(s->subscriptions);
    struct check_job *job = calloc(1, sizeof *job + most * sizeof job->checked[0]);
    if (job == NULL)
        return;
    job->socket = s;
    job->who = s->who;
    for (struct live_subscription *one = s->subscriptions; one != NULL; one = one->hh.next)
        add_checked(job, one);
    if (service_submit(service, &job->mail, check_on_worker)) {
        s->is_checking = true;
        s->jobs++;
        return;
    }
    for (size_t i = 0; i < job->count; i++)
        json_decref(job->checked[i].query);
    free(job); /* the next second, then */
}

/* ---- present values ---------------------------------------------------------------------------------------- */

enum { REFRESH_AT_ONCE = 32 };

struct refresh_job {
    struct mail mail; /* first */
    struct live_sockets *all;
    uint64_t devices[REFRESH_AT_ONCE];
    size_t count;
    struct batch batch;
    struct buf keys; /* of the present device: length, name, .. */
};

static bool add_point(void *arg, const struct point *point)
{
    batch_add_point(arg, point);
    return true;
}

static bool add_attribute(void *arg, const struct attribute *attribute)
{
    batch_add_attribute(arg, attribute);
    return true;
}

static bool add_key(void *arg, struct slice key)
{
    buf_append_u8(arg, (uint8_t)key.len);
    buf_append_slice(arg, key);
    return true;
}

/* What cannot be read is not shown; the clients have what they had. */
static void read_device(struct refresh_job *job, uint64_t device)
{
    struct series *series = job->all->service->hub->series;
    buf_clear(&job->keys);
    if (series_attributes(series, device, 0, add_attribute, &job->batch, NULL) != ERR_OK ||
        series_keys(series, device, add_key, &job->keys, NULL) != ERR_OK || !buf_is_ok(&job->keys))
        return;
    for (size_t at = 0; at < job->keys.len; at += 1 + (size_t)job->keys.data[at])
        (void)!series_latest(series, device, slice_of(job->keys.data + at + 1, job->keys.data[at]), add_point,
                             &job->batch, NULL);
}

static void on_refreshed(struct mail *mail, void *owner)
{
    struct refresh_job *job = (struct refresh_job *)mail;
    struct live_sockets *all = job->all;
    all->is_refreshing = false;
    if (!all->is_closed) {
        live_hand_on(all, &job->batch);
        live_start_refresh(all);
    }
    batch_fini(&job->batch);
    buf_fini(&job->keys);
    free(job);
}

static void refresh_on_worker(struct mail *mail, void *owner)
{
    struct refresh_job *job = (struct refresh_job *)mail;
    for (size_t i = 0; i < job->count; i++)
        read_device(job, job->devices[i]);
    service_return(job->all->service, &job->mail, on_refreshed);
}

static void take_stale(struct live_sockets *all, struct refresh_job *job)
{
    while (all->stale != NULL && job->count < REFRESH_AT_ONCE) {
        struct live_watched *w = all->stale;
        all->stale = w->stale_next;
        w->is_stale = false;
        if (w->targets != NULL) {
            job->devices[job->count++] = w->device;
        } else {
            HASH_DEL(all->watched, w);
            free(w);
        }
    }
}

void live_start_refresh(struct live_sockets *all)
{
    if (all->is_refreshing || all->stale == NULL)
        return;
    struct refresh_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return;
    job->all = all;
    job->batch.bytes.limit = LIVE_NEWS_MAX;
    take_stale(all, job);
    all->is_refreshing = job->count != 0 && service_submit(all->service, &job->mail, refresh_on_worker);
    if (all->is_refreshing)
        return;
    for (size_t i = 0; i < job->count; i++)
        live_stale(all, job->devices[i]); /* the workers are busy: at the next tick */
    free(job);
}
