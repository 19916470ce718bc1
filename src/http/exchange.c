#include "http/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "http/assets.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CHUNK = 16 * 1024,              /* bytes of an answer written at once */
    DISCARD_MAX = 16 * 1024 * 1024, /* of a body that is too large, read on and dropped */
    LOOK_AGAIN_US = 20000,          /* until a full socket is tried again */
    SLOW_AFTER_MS = 10000,          /* a body that takes longer ... */
    SLOW_BYTES_PER_S = 1024,        /* ... than this allows is given up */
};

enum stage { STAGE_READING, STAGE_WAITING, STAGE_RUNNING, STAGE_ANSWERING };

struct exchange {
    struct mail job;
    struct http_service *service;
    struct lws *wsi; /* NULL: the client has gone */
    struct exchange_slot *slot;
    struct exchange *next; /* in the queue of LANE_HASH */
    enum stage stage;
    const struct route *route;
    struct http_request request;
    struct http_response response;
    struct buf body;
    size_t body_limit, held;
    uint64_t too_large; /* length of a body beyond the limit; 0 = it is within */
    uint64_t received;  /* bytes of the body */
    uint64_t begun_ms;
    bool is_head, closes, has_headers_out;
    bool drops_body;
    uint8_t has_ended; /* how often the body's end was told after the answer was under way */
    size_t sent;
    size_t text_len;
    char text[HEADER_MAX]; /* what slices of the request point into */
};

static void hold(struct exchange *x, size_t bytes)
{
    x->service->held += bytes;
    x->held += bytes;
}

static void release(struct exchange *x)
{
    x->service->held -= x->held;
    x->service->open--;
    if (x->body.data != NULL)
        wipe(x->body.data, x->body.len); /* passwords come this way */
    buf_fini(&x->body);
    http_response_fini(&x->response);
    free(x);
}

/* The connection's side ends; a job under way keeps the exchange until it is back. */
static void detach(struct exchange *x)
{
    x->slot->exchange = NULL;
    x->wsi = NULL;
    if (x->stage == STAGE_READING || x->stage == STAGE_ANSWERING)
        release(x);
}

/*
 * The library does not read while a request is answered, and a poll for reading would spin when the client
 * sends more or half-closes; with reading off, it does not tell of room for writing either. So reading is on
 * only when there is room at once; else a timer looks again.
 */
static void want_to_write(struct exchange *x)
{
    lws_set_timeout(x->wsi, PENDING_TIMEOUT_HTTP_CONTENT, SERVICE_TIMEOUT_S);
    bool is_choked = lws_send_pipe_choked(x->wsi) != 0;
    lws_rx_flow_control(x->wsi, !is_choked);
    if (is_choked)
        lws_set_timer_usecs(x->wsi, LOOK_AGAIN_US);
    else
        lws_callback_on_writable(x->wsi);
}

static int answer(struct exchange *x)
{
    x->stage = STAGE_ANSWERING;
    if (x->wsi == NULL) {
        release(x);
        return 0;
    }
    hold(x, x->response.body.len);
    want_to_write(x);
    return 0;
}

static int answer_error(struct exchange *x, unsigned status, const char *message)
{
    router_error(&x->response, status, 0, message);
    return answer(x);
}

static int answer_busy(struct exchange *x)
{
    x->response.retry_after_s = 1;
    return answer_error(x, 503, "The server is busy; try again in a second");
}

static void run_on_worker(struct mail *mail, void *owner);

static int submit(struct exchange *x)
{
    struct http_service *service = x->service;
    x->stage = STAGE_RUNNING;
    x->job.deliver = run_on_worker;
    atomic_fetch_add(&service->in_hands, 1);
    if (workers_submit(service->hub->workers, &x->job)) {
        service->hashing += x->route->lane == LANE_HASH;
        return 0;
    }
    atomic_fetch_sub(&service->in_hands, 1);
    return answer_busy(x);
}

static int enqueue(struct exchange *x)
{
    struct http_service *service = x->service;
    if (service->hash_waiting == HASH_QUEUE_MAX)
        return answer_busy(x);
    x->stage = STAGE_WAITING;
    if (service->hash_first == NULL)
        service->hash_first = x;
    else
        service->hash_last->next = x;
    service->hash_last = x;
    service->hash_waiting++;
    return 0;
}

static struct exchange *dequeue(struct http_service *service)
{
    struct exchange *x = service->hash_first;
    service->hash_first = x->next;
    service->hash_waiting--;
    x->next = NULL;
    return x;
}

/* Password hashing must not take all workers, nor memory without bound. */
static void start_waiting(struct http_service *service)
{
    while (service->hashing < HASH_AT_ONCE && service->hash_first != NULL) {
        struct exchange *x = dequeue(service);
        if (x->wsi != NULL) {
            submit(x);
        } else {
            release(x);
        }
    }
}

static void on_answered(struct mail *mail, void *owner)
{
    struct exchange *x = (struct exchange *)((char *)mail - offsetof(struct exchange, job));
    struct http_service *service = x->service;
    service->hashing -= x->route->lane == LANE_HASH;
    answer(x);
    start_waiting(service);
}

static void run_on_worker(struct mail *mail, void *owner)
{
    struct exchange *x = (struct exchange *)((char *)mail - offsetof(struct exchange, job));
    struct http_service *service = x->service;
    router_dispatch(&service->api, &x->request, &x->response);
    x->job.deliver = on_answered;
    mailbox_return(&service->box, &x->job);
    atomic_fetch_sub(&service->in_hands, 1); /* last: the context may be destroyed from here on */
}

/* The request is complete. No more is read until it has been answered: the library has no place for it. */
static int dispatch(struct exchange *x)
{
    lws_set_timeout(x->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(x->wsi, 0);
    x->request.body = buf_slice(&x->body);
    if (x->route == NULL) { /* the page, or an error: nothing that blocks */
        router_dispatch(&x->service->api, &x->request, &x->response);
        return answer(x);
    }
    if (x->service->held > SERVICE_HELD_MAX)
        return answer_busy(x);
    if (x->route->lane == LANE_HASH && x->service->hashing >= HASH_AT_ONCE)
        return enqueue(x);
    return submit(x);
}

static struct slice keep(struct exchange *x, size_t len)
{
    struct slice kept = slice_of(x->text + x->text_len, len);
    x->text_len += len + 1;
    return kept;
}

static size_t text_left(const struct exchange *x)
{
    return sizeof x->text - x->text_len;
}

static struct slice read_header(struct exchange *x, enum lws_token_indexes token)
{
    int len = lws_hdr_total_length(x->wsi, token);
    if (len <= 0 || (size_t)len + 1 > text_left(x) ||
        lws_hdr_copy(x->wsi, x->text + x->text_len, len + 1, token) != len)
        return slice_of(NULL, 0);
    return keep(x, (size_t)len);
}

static struct slice read_custom(struct exchange *x, const char *name)
{
    int len = lws_hdr_custom_length(x->wsi, name, (int)strlen(name));
    if (len <= 0 || (size_t)len + 1 > text_left(x) ||
        lws_hdr_custom_copy(x->wsi, x->text + x->text_len, len + 1, name, (int)strlen(name)) != len)
        return slice_of(NULL, 0);
    return keep(x, (size_t)len);
}

/* The library has split the query at '&' and decoded each part. */
static bool read_query(struct exchange *x)
{
    for (int i = 0;; i++) {
        int len = lws_hdr_copy_fragment(x->wsi, x->text + x->text_len, (int)text_left(x),
                                        WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len < 0)
            return true;
        struct slice part = keep(x, (size_t)len);
        if (part.len == 0)
            continue;
        if (x->request.param_count == HTTP_PARAMS_MAX || !text_is_utf8(part))
            return false;
        const uint8_t *equals = memchr(part.data, '=', part.len);
        size_t name_len = equals != NULL ? (size_t)(equals - part.data) : part.len;
        x->request.params[x->request.param_count++] =
            (struct http_param){.name = slice_of(part.data, name_len),
                                .value = slice_skip(part, equals != NULL ? name_len + 1 : name_len)};
    }
}

static void read_method(struct exchange *x)
{
    static const char *const names[] = {"GET",   "POST",   "OPTIONS", "PUT",
                                        "PATCH", "DELETE", "CONNECT", "HEAD"};
    char *uri;
    int uri_len, method = lws_http_get_uri_and_method(x->wsi, &uri, &uri_len);
    bool is_known = method >= 0 && (size_t)method < sizeof names / sizeof names[0];
    snprintf(x->request.method, sizeof x->request.method, "%s", is_known ? names[method] : "?");
    x->is_head = strcmp(x->request.method, "HEAD") == 0;
}

static bool read_head(struct exchange *x, struct slice path)
{
    if (path.len + 1 > text_left(x) || !text_is_utf8(path))
        return false;
    memcpy(x->text, path.data, path.len);
    x->request.path = keep(x, path.len);
    read_method(x);
    x->request.authorization = read_custom(x, "x-authorization:");
    if (x->request.authorization.len == 0)
        x->request.authorization = read_header(x, WSI_TOKEN_HTTP_AUTHORIZATION);
    x->request.host = read_header(x, WSI_TOKEN_HOST);
    x->request.accept_encoding = read_header(x, WSI_TOKEN_HTTP_ACCEPT_ENCODING);
    x->request.if_none_match = read_header(x, WSI_TOKEN_HTTP_IF_NONE_MATCH);
    x->request.is_local = lws_get_vhost(x->wsi) == x->service->local;
    x->request.is_tls = lws_is_ssl(x->wsi);
    return read_query(x);
}

static int refuse_body(struct exchange *x, unsigned status, const char *message, bool closes)
{
    x->closes = closes;
    return answer_error(x, status, message);
}

static int refuse_length(struct exchange *x)
{
    char message[96];
    snprintf(message, sizeof message, "The body has %llu bytes; expected at most %zu",
             (unsigned long long)x->too_large, x->body_limit);
    return refuse_body(x, 413, message, x->too_large > DISCARD_MAX);
}

/* RFC 9112 section 6: the library decodes no chunked bodies, and guesses where a length is missing. */
static int read_length(struct exchange *x)
{
    uint64_t length = 0;
    struct slice text = read_header(x, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    if (lws_hdr_total_length(x->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return refuse_body(x, 411, "A body needs a Content-Length; chunked bodies are not read", true);
    if (text.len == 0) {
        x->closes = strcmp(x->request.method, "GET") != 0 && !x->is_head;
        return dispatch(x);
    }
    if (!text_to_u64(text, INT64_MAX, &length))
        return refuse_body(x, 400, "Content-Length is not a number", true);
    if (length == 0)
        return dispatch(x);
    /* What is not wanted is read to its end all the same: input left behind confuses the library. */
    x->drops_body = x->route == NULL || length > x->body_limit;
    if (x->route == NULL) {
        x->closes = length > DISCARD_MAX;
        return x->closes ? dispatch(x) : 0;
    }
    if (length > x->body_limit) {
        x->too_large = length;
        return length > DISCARD_MAX ? refuse_length(x) : 0;
    }
    if (x->service->held + length > SERVICE_HELD_MAX)
        return refuse_body(x, 503, "The server is busy; try again in a second", true);
    hold(x, (size_t)length);
    return 0;
}

static size_t body_limit(const struct exchange *x)
{
    size_t most = x->service->hub->settings->http.max_body;
    size_t own = x->route != NULL ? x->route->body_limit : 0;
    return own != 0 && own < most ? own : most;
}

int exchange_begin(struct http_service *service, struct lws *wsi, struct exchange_slot *slot,
                   struct slice path)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL || slot->exchange != NULL) { /* a second request before the answer to the first */
        free(x);
        return -1;
    }
    x->service = service;
    x->wsi = wsi;
    x->slot = slot;
    x->begun_ms = clock_mono_ms();
    service->open++;
    slot->exchange = x;
    if (!read_head(x, path))
        return refuse_body(x, 400, "The request line is not UTF-8, or has too many parts", true);
    if (atomic_load(&service->is_stopping))
        return refuse_body(x, 503, "The server is stopping", true);
    x->route = router_find(x->request.method, x->request.path);
    x->body_limit = body_limit(x);
    return read_length(x);
}

static bool is_too_slow(const struct exchange *x)
{
    uint64_t elapsed_ms = clock_mono_ms() - x->begun_ms;
    return elapsed_ms > SLOW_AFTER_MS && x->received < elapsed_ms / 1000 * SLOW_BYTES_PER_S;
}

int exchange_body(struct exchange_slot *slot, struct slice bytes)
{
    struct exchange *x = slot->exchange;
    if (bytes.len == 0 || (x != NULL && x->stage == STAGE_ANSWERING)) /* refused already: not looked at */
        return 0;
    if (x == NULL || x->stage != STAGE_READING || is_too_slow(x))
        return -1;
    x->received += bytes.len;
    if (x->drops_body)
        return 0;
    x->body.limit = x->body_limit;
    buf_append_slice(&x->body, bytes);
    return buf_is_ok(&x->body) ? 0 : -1;
}

/*
 * Said again when input waits behind the body: the client has not waited for its answer. The library (4.1) would say it
 * for ever, and takes the head of a request that waited for that one's body: the client gets the answer that is
 * ready, and is not served further.
 */
int exchange_body_end(struct exchange_slot *slot)
{
    struct exchange *x = slot->exchange;
    if (x == NULL)
        return -1;
    if (x->stage == STAGE_READING)
        return x->too_large != 0 ? refuse_length(x) : dispatch(x);
    if (x->has_ended++ == 0) /* in order: a body of no bytes, or one that was answered before its end */
        return 0;
    bool may_answer = x->stage == STAGE_ANSWERING && lws_send_pipe_choked(x->wsi) == 0;
    x->closes = true;
    return may_answer ? exchange_writable(slot) : -1;
}

static int finish(struct exchange *x)
{
    struct lws *wsi = x->wsi;
    bool closes = x->closes;
    detach(x);
    return closes || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static int write_chunk(struct exchange *x)
{
    unsigned char bytes[LWS_PRE + CHUNK];
    struct slice rest = slice_skip(http_response_body(&x->response), x->sent);
    size_t n = rest.len < CHUNK ? rest.len : CHUNK;
    memcpy(bytes + LWS_PRE, rest.data, n);
    bool is_last = n == rest.len;
    if (lws_write(x->wsi, bytes + LWS_PRE, n, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return -1;
    x->sent += n;
    if (is_last)
        return finish(x);
    want_to_write(x);
    return 0;
}

int exchange_look_again(struct exchange_slot *slot)
{
    struct exchange *x = slot->exchange;
    if (x != NULL && x->stage == STAGE_ANSWERING) {
        lws_rx_flow_control(x->wsi, 1);
        want_to_write(x);
    }
    return 0;
}

int exchange_writable(struct exchange_slot *slot)
{
    struct exchange *x = slot->exchange;
    if (x == NULL || x->stage != STAGE_ANSWERING)
        return 0;
    if (x->has_headers_out)
        return write_chunk(x);
    if (!answer_write_headers(x->wsi, &x->response, x->closes))
        return -1;
    x->has_headers_out = true;
    if (x->is_head || http_response_body(&x->response).len == 0)
        return finish(x);
    want_to_write(x);
    return 0;
}

void exchange_gone(struct exchange_slot *slot)
{
    if (slot != NULL && slot->exchange != NULL)
        detach(slot->exchange);
}
