#include "http/polls.h"

#include "base/clock.h"
#include "http/exchange.h"
#include "http/later.h"
#include "hub/rpc_persistent.h"
#include "hub/sessions.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum {
    SWEEP_US = 1000 * 1000, /* how often seats that nobody polls are looked for */
    KINDS = 2,              /* DOWNLINK_ATTRIBUTES, DOWNLINK_RPC */
};

/* MQTT client ids hold no NUL: this one is nobody else's. */
#define CLIENT_ID slice_of("\0http", 5)

/* A message that came between two polls. */
struct kept {
    struct downlink *downlink;
    struct kept *next;
    uint64_t expires_ms; /* monotonic */
};

/* A device that polls, or has just done so. */
struct poller {
    UT_hash_handle hh;
    uint64_t device;
    struct seat_claim *claim;
    struct poll *waiting; /* in the order they came */
    size_t count;         /* of these */
    struct kept *kept;    /* oldest first */
    size_t kept_count;
    uint64_t
        wanted_until_ms[KINDS]; /* monotonic; while no poll of the kind waits, messages are kept until then */
};

/* One request that waits; its later's argument. */
struct poll {
    uint64_t device;
    enum downlink_kind kind;
    uint64_t revocations; /* when the device was let in */
    struct later *later;  /* NULL: answered */
    struct polls *polls;
    struct poller *poller; /* NULL: not in its list */
    struct poll *prev, *next;
};

struct polls {
    struct http_service *service;
    struct poller *pollers;
    size_t waiting;
    lws_sorted_usec_list_t sweep; /* timer; runs while there are pollers */
    bool is_closed;
};

err_t polls_new(struct http_service *service, struct polls **ret)
{
    struct polls *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ERR_NOMEM;
    p->service = service;
    *ret = p;
    return ERR_OK;
}

static void drop_kept(struct poller *poller, struct kept *kept)
{
    LL_DELETE(poller->kept, kept);
    poller->kept_count--;
    downlink_unref(kept->downlink);
    free(kept);
}

/* Nobody waits any more. */
static void remove_poller(struct polls *p, struct poller *poller)
{
    struct kept *kept, *next;
    LL_FOREACH_SAFE(poller->kept, kept, next)
    {
        drop_kept(poller, kept);
    }
    HASH_DEL(p->pollers, poller);
    sessions_release(p->service->hub->sessions, poller->claim, NULL, NULL);
    free(poller);
}

void polls_close(struct polls *p)
{
    struct poller *poller, *next;
    p->is_closed = true;
    lws_sul_cancel(&p->sweep);
    HASH_ITER (hh, p->pollers, poller, next) {
        remove_poller(p, poller);
    }
}

void polls_free(struct polls *p)
{
    free(p);
}

/* ---- messages ---------------------------------------------------------------------------------------------- */

/* As the device gets it: of a call, the id to answer to is inside. @return false: no memory */
static bool write_message(const struct downlink *d, struct http_response *ret)
{
    struct slice json = downlink_payload(d);
    ret->status = 200;
    if (d->kind == DOWNLINK_RPC) { /* a JSON object with members */
        buf_printf(&ret->body, "{\"id\":%u,", d->request_id);
        json = slice_skip(json, 1);
    }
    buf_append_slice(&ret->body, json);
    return buf_is_ok(&ret->body);
}

/* @return false: no memory, or the client has gone; the poll goes on, or will end by itself */
static bool answer(struct poll *poll, const struct downlink *d)
{
    struct http_response response = {0};
    bool is_ready = later_is_wanted(poll->later) && write_message(d, &response);
    if (is_ready) {
        struct later *later = poll->later;
        if (d->tag != 0) /* there is no acknowledgement after this */
            rpc_persistent_note(later_service(later)->hub, d->tag, RPC_STEP_DELIVERED);
        poll->later = NULL;
        later_answer_here(later, &response); /* ends the poll */
    }
    http_response_fini(&response);
    return is_ready;
}

static void answer_error(struct poll *poll, unsigned status, const char *message)
{
    struct http_response response = {.retry_after_s = status == 429 || status == 503};
    struct later *later = poll->later;
    router_error(&response, status, 0, message);
    poll->later = NULL;
    later_answer_here(later, &response);
}

static unsigned answer_all(struct poller *poller, const struct downlink *d)
{
    struct poll *poll, *next;
    unsigned answered = 0;
    DL_FOREACH_SAFE(poller->waiting, poll, next)
    {
        bool is_enough = d->kind == DOWNLINK_RPC && answered != 0; /* a call is to be done once */
        if (poll->kind == d->kind && !is_enough)
            answered += answer(poll, d);
    }
    return answered;
}

static bool has_poll(const struct poller *poller, enum downlink_kind kind)
{
    const struct poll *poll;
    DL_FOREACH(poller->waiting, poll)
    {
        if (poll->kind == kind)
            return true;
    }
    return false;
}

/* Does the device poll for these, or has it just done so? */
static bool wants(const struct poller *poller, enum downlink_kind kind)
{
    return has_poll(poller, kind) || clock_mono_ms() < poller->wanted_until_ms[kind];
}

static enum delivery_result keep(struct polls *p, struct poller *poller, struct downlink *d)
{
    uint64_t now_ms = clock_mono_ms();
    if (!wants(poller, d->kind))
        return DELIVERY_UNWANTED;
    struct kept *kept =
        poller->kept_count < p->service->hub->settings->mqtt.max_queued ? calloc(1, sizeof *kept) : NULL;
    if (kept == NULL)
        return DELIVERY_DROPPED;
    kept->downlink = d;
    kept->expires_ms = d->expiry_s != 0 ? now_ms + d->expiry_s * UINT64_C(1000) : UINT64_MAX;
    downlink_ref(d);
    LL_APPEND(poller->kept, kept);
    poller->kept_count++;
    return DELIVERY_QUEUED;
}

static bool on_message(void *owner, uint64_t handle, uint64_t device, struct downlink *downlink,
                       enum delivery_result *ret_result)
{
    struct http_service *service = owner;
    struct poller *poller;
    HASH_FIND(hh, service->polls->pollers, &device, sizeof device, poller);
    if (poller == NULL)
        return false;
    if (downlink->kind != DOWNLINK_ATTRIBUTES && downlink->kind != DOWNLINK_RPC)
        *ret_result = DELIVERY_UNWANTED;
    else
        *ret_result =
            answer_all(poller, downlink) != 0 ? DELIVERY_SENT : keep(service->polls, poller, downlink);
    return true;
}

/* What was kept for this poll. @return true: it has been answered */
static bool answer_kept(struct poller *poller, struct poll *poll)
{
    struct kept *kept, *next;
    uint64_t now_ms = clock_mono_ms();
    LL_FOREACH_SAFE(poller->kept, kept, next)
    {
        bool is_expired = now_ms >= kept->expires_ms, is_wanted = kept->downlink->kind == poll->kind;
        bool is_answered = !is_expired && is_wanted && answer(poll, kept->downlink);
        if (is_expired || is_answered)
            drop_kept(poller, kept);
        if (is_answered)
            return true;
    }
    return false;
}

/* ---- who polls --------------------------------------------------------------------------------------------- */

static void sweep(lws_sorted_usec_list_t *timer)
{
    struct polls *p = (struct polls *)((char *)timer - offsetof(struct polls, sweep));
    struct poller *poller, *next;
    HASH_ITER (hh, p->pollers, poller, next) {
        if (!wants(poller, DOWNLINK_ATTRIBUTES) && !wants(poller, DOWNLINK_RPC))
            remove_poller(p, poller);
    }
    if (p->pollers != NULL)
        lws_sul_schedule(p->service->context, 0, &p->sweep, sweep, SWEEP_US);
}

/* The seat is ours alone: nobody claims it, and it is never taken when it is claimed. */
static void on_evict(void *owner, uint64_t handle)
{
}

static void on_granted(void *owner, uint64_t handle, struct seat_claim *claim, struct session_state *state)
{
    struct http_service *service = owner;
    sessions_release(service->hub->sessions, claim, state, NULL);
}

static struct poller *add_poller(struct polls *p, uint64_t device)
{
    const struct seat_owner owner = {&p->service->box, 0, on_evict, on_granted, on_message};
    struct session_state *state = NULL;
    struct poller *poller = calloc(1, sizeof *poller);
    if (poller == NULL)
        return NULL;
    poller->device = device;
    err_t err = sessions_claim(p->service->hub->sessions, device, CLIENT_ID, &owner, clock_mono_ms(),
                               &poller->claim, &state);
    if (err != ERR_OK) {
        free(poller);
        return NULL;
    }
    session_state_free(state);
    if (p->pollers == NULL)
        lws_sul_schedule(p->service->context, 0, &p->sweep, sweep, SWEEP_US);
    HASH_ADD(hh, p->pollers, device, sizeof poller->device, poller);
    return poller;
}

static struct poller *find_or_add(struct polls *p, uint64_t device)
{
    struct poller *poller;
    HASH_FIND(hh, p->pollers, &device, sizeof device, poller);
    return poller != NULL ? poller : add_poller(p, device);
}

void polls_revoke(struct polls *p, uint64_t device)
{
    struct poller *poller;
    struct poll *poll, *next;
    HASH_FIND(hh, p->pollers, &device, sizeof device, poller);
    if (poller == NULL)
        return;
    DL_FOREACH_SAFE(poller->waiting, poll, next)
    {
        answer_error(poll, 401, "The device's credentials were changed, or it was deleted");
    }
    remove_poller(p, poller);
}

static uint64_t gap_end_ms(const struct polls *p)
{
    return clock_mono_ms() + p->service->hub->settings->http.poll_gap * UINT64_C(1000);
}

/* ---- one poll ---------------------------------------------------------------------------------------------- */

static void wait_in_line(struct polls *p, struct poller *poller, struct poll *poll)
{
    poll->polls = p;
    poll->poller = poller;
    DL_APPEND(poller->waiting, poll);
    poller->count++;
    p->waiting++;
}

/* A device that polls for calls gets those that were kept for it; with its first poll, all that it has not had. */
static void take_in(struct polls *p, struct poller *poller, struct poll *poll)
{
    bool is_new = !wants(poller, poll->kind);
    bool is_for_calls = poll->kind == DOWNLINK_RPC;
    uint64_t device = poll->device;
    poller->wanted_until_ms[poll->kind] = gap_end_ms(p);
    if (!answer_kept(poller, poll)) /* else the poll is no more */
        wait_in_line(p, poller, poll);
    if (is_for_calls)
        rpc_persistent_listens(p->service->hub, device, is_new);
}

/* Service's thread: the handler has let the device in. If one was revoked meanwhile, it may be this one: ask again. */
static void on_wait(struct later *later, void *arg)
{
    struct poll *poll = arg;
    struct http_service *service = later_service(later);
    struct polls *p = service->polls;
    if (poll->revocations != service->revocations) {
        later_repeat(later);
        return;
    }
    struct poller *poller = p->is_closed ? NULL : find_or_add(p, poll->device);
    if (poller == NULL)
        answer_error(poll, 503, "The server is busy; try again in a second");
    else if (p->waiting >= POLLS_MAX)
        answer_error(poll, 503, "Too many devices are waiting for news; try again in a second");
    else if (poller->count >= service->hub->settings->http.polls_per_device)
        answer_error(poll, 429, "The device has too many polls waiting (http.polls_per_device)");
    else
        take_in(p, poller, poll);
}

static void leave_line(struct poll *poll)
{
    struct poller *poller = poll->poller;
    DL_DELETE(poller->waiting, poll);
    poller->count--;
    poll->polls->waiting--;
    poller->wanted_until_ms[poll->kind] = gap_end_ms(poll->polls);
}

static void on_end(struct later *later, void *arg)
{
    struct poll *poll = arg;
    if (poll->poller != NULL)
        leave_line(poll);
    if (poll->later != NULL)
        later_cancel(poll->later);
    free(poll);
}

static err_t read_timeout(struct call *call, uint32_t *ret_ms, struct problem *problem)
{
    uint64_t most_ms = call->api->hub->settings->http.max_poll * UINT64_C(1000), asked_ms = 0;
    TRY(call_query_number(call, "timeout", INT64_MAX, &asked_ms, problem));
    if (asked_ms == 0)
        asked_ms = POLL_DEFAULT_S * 1000;
    *ret_ms = (uint32_t)(asked_ms < most_ms ? asked_ms : most_ms);
    return ERR_OK;
}

err_t polls_begin(struct call *call, enum downlink_kind kind, struct problem *problem)
{
    struct later_wait wait = {
        .timeout_status = 408, .timeout_message = "Nothing has come", .on_wait = on_wait, .on_end = on_end};
    TRY(read_timeout(call, &wait.timeout_ms, problem));
    if (strcmp(call->request->method, "HEAD") == 0)
        return fail(problem, ERR_INVALID, "", "a poll needs GET: HEAD would lose the message");
    struct poll *poll = wait.arg = calloc(1, sizeof *poll);
    if (poll == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory for the poll");
    poll->device = call->device.device;
    poll->kind = kind;
    poll->revocations = call->request->revocations;
    poll->later = later_begin_waiting(call->request, &wait);
    if (poll->later != NULL)
        return ERR_OK;
    free(poll);
    return fail(problem, ERR_AGAIN, "", "polls are for a running server that has memory");
}
