#include "http/later.h"

#include "http/exchange_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <utlist.h>

enum { LOOK_US = 1000 * 1000 }; /* how often it is looked who has gone */

struct later_host {
    pthread_mutex_t lock;         /* held while an answer is posted, so that none comes after the close */
    struct http_service *service; /* NULL: closed */
    atomic_uint references;
};

/* Two hold it: the exchange, and who will answer. */
struct later {
    struct mail mail; /* first: the answer on its way */
    struct later_host *host;
    struct later_wait wait;
    struct http_response response; /* the answer's, until the exchange has it */
    atomic_uint references;

    /* The service's thread only. */
    struct exchange *exchange; /* that waits; NULL before and after */
    bool is_answered;
    lws_sorted_usec_list_t timer;
    struct later *prev, *next; /* all that wait */
};

/* ---- the service ------------------------------------------------------------------------------------------- */

err_t later_host_new(struct http_service *service, struct later_host **ret)
{
    struct later_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return ERR_NOMEM;
    pthread_mutex_init(&host->lock, NULL);
    host->service = service;
    atomic_init(&host->references, 1);
    *ret = host;
    return ERR_OK;
}

static void host_unref(struct later_host *host)
{
    if (atomic_fetch_sub(&host->references, 1) != 1)
        return;
    pthread_mutex_destroy(&host->lock);
    free(host);
}

void later_host_close(struct later_host *host)
{
    if (host == NULL)
        return;
    pthread_mutex_lock(&host->lock);
    host->service = NULL;
    pthread_mutex_unlock(&host->lock);
    host_unref(host);
}

/* ---- one request ------------------------------------------------------------------------------------------- */

static void unref(struct later *later)
{
    if (atomic_fetch_sub(&later->references, 1) != 1)
        return;
    http_response_fini(&later->response);
    host_unref(later->host);
    free(later);
}

struct later *later_begin_waiting(const struct http_request *request, const struct later_wait *wait)
{
    struct later_place *place = request->later;
    struct later *later = place != NULL && place->host != NULL ? calloc(1, sizeof *later) : NULL;
    if (later == NULL)
        return NULL;
    CHECK(place->later == NULL);
    later->host = place->host;
    later->wait = *wait;
    atomic_init(&later->references, 2);
    atomic_fetch_add(&later->host->references, 1);
    place->later = later;
    return later;
}

struct later *later_begin(const struct http_request *request)
{
    return later_begin_waiting(request, &(struct later_wait){.timeout_ms = 0});
}

void later_cancel(struct later *later)
{
    unref(later);
}

/* The exchange lets go; the answer, if one is to come, will find nobody. */
static void end(struct later *later)
{
    struct exchange *x = later->exchange;
    lws_sul_cancel(&later->timer);
    if (x != NULL)
        DL_DELETE(x->service->waiting, later);
    later->exchange = NULL;
    if (later->wait.on_end != NULL)
        later->wait.on_end(later, later->wait.arg);
    unref(later);
}

void later_leave(struct exchange *x)
{
    struct later *later = x->later.later;
    x->later.later = NULL;
    if (later != NULL)
        end(later);
}

/* The answer may be the later's own, which may end here. */
static void answer_with(struct exchange *x, struct http_response *answer)
{
    struct http_response taken = *answer;
    *answer = (struct http_response){0};
    later_leave(x);
    http_response_fini(&x->response);
    x->response = taken;
    exchange_answer(x);
}

void later_answer_here(struct later *later, struct http_response *response)
{
    CHECK(later->exchange != NULL);
    answer_with(later->exchange, response);
    unref(later);
}

void later_repeat(struct later *later)
{
    struct exchange *x = later->exchange;
    CHECK(x != NULL);
    later_leave(x);
    http_response_fini(&x->response);
    exchange_run(x);
}

struct http_service *later_service(const struct later *later)
{
    CHECK(later->exchange != NULL);
    return later->exchange->service;
}

static void answer_error(struct exchange *x, unsigned status, const char *message)
{
    struct http_response response = {0};
    router_error(&response, status, 0, message);
    answer_with(x, &response);
}

static void on_timeout(lws_sorted_usec_list_t *timer)
{
    struct later *later = (struct later *)((char *)timer - offsetof(struct later, timer));
    answer_error(later->exchange, later->wait.timeout_status, later->wait.timeout_message);
}

/* Service's thread. The exchange may still be on its way back from the handler. */
static void on_answer(struct mail *mail, void *owner)
{
    struct later *later = (struct later *)mail;
    later->is_answered = true;
    if (later->exchange != NULL)
        answer_with(later->exchange, &later->response);
    unref(later);
}

static void post(struct later *later)
{
    struct later_host *host = later->host;
    later->mail = (struct mail){NULL, on_answer};
    pthread_mutex_lock(&host->lock);
    bool is_open = host->service != NULL;
    if (is_open) {
        atomic_fetch_add(&host->references, 1); /* the later may be gone before the lock is given back */
        mailbox_return(&host->service->box, &later->mail);
    }
    pthread_mutex_unlock(&host->lock);
    if (is_open)
        host_unref(host);
    else
        unref(later);
}

void later_answer(struct later *later, unsigned status, struct slice json)
{
    later->response.status = status;
    buf_append_slice(&later->response.body, json);
    if (!buf_is_ok(&later->response.body))
        router_error(&later->response, 500, 0, "no memory for the answer");
    post(later);
}

void later_refuse(struct later *later, unsigned status, const char *message)
{
    router_error(&later->response, status, 0, message);
    post(later);
}

/* ---- waiting ----------------------------------------------------------------------------------------------- */

static bool has_left(const struct pollfd *fd)
{
    return (fd->revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool later_is_wanted(const struct later *later)
{
    if (later->exchange == NULL)
        return false;
    struct pollfd fd = {.fd = lws_get_socket_fd(later->exchange->wsi), .events = POLLRDHUP};
    return poll(&fd, 1, 0) <= 0 || !has_left(&fd);
}

/* Close the connections of clients that have gone: with reading off, the library does not see it. */
static void look(lws_sorted_usec_list_t *timer)
{
    struct http_service *service =
        (struct http_service *)((char *)timer - offsetof(struct http_service, look));
    struct later *later, *next;
    DL_FOREACH_SAFE(service->waiting, later, next)
    {
        if (!later_is_wanted(later))
            lws_set_timeout(later->exchange->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_SYNC);
    }
    if (service->waiting != NULL)
        lws_sul_schedule(service->context, 0, &service->look, look, LOOK_US);
}

static void begin_to_wait(struct exchange *x, struct later *later)
{
    struct http_service *service = x->service;
    x->stage = STAGE_PARKED;
    later->exchange = x;
    if (service->waiting == NULL)
        lws_sul_schedule(service->context, 0, &service->look, look, LOOK_US);
    DL_APPEND(service->waiting, later);
    if (later->wait.timeout_ms != 0)
        lws_sul_schedule(service->context, 0, &later->timer, on_timeout,
                         (lws_usec_t)later->wait.timeout_ms * 1000);
    if (later->wait.on_wait != NULL)
        later->wait.on_wait(later, later->wait.arg);
}

bool later_park(struct exchange *x)
{
    struct later *later = x->later.later;
    if (later == NULL)
        return false;
    bool is_refused = x->response.status != 0; /* the handler failed after all */
    if (x->wsi == NULL || is_refused) {
        later_leave(x);
        return false;
    }
    if (later->is_answered)
        answer_with(x, &later->response);
    else if (atomic_load(&x->service->is_stopping))
        answer_error(x, 503, "The server is stopping");
    else
        begin_to_wait(x, later);
    return true;
}

void later_end_all(struct http_service *service)
{
    struct later *later, *next;
    DL_FOREACH_SAFE(service->waiting, later, next)
    {
        answer_error(later->exchange, 503, "The server is stopping");
    }
    lws_sul_cancel(&service->look);
}
