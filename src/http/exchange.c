#include "http/exchange_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "http/assets.h"
#include "http/later.h"
#include "tls/peer.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

enum {
    CHUNK = 16 * 1024,       /* bytes of an answer written at once */
    LOOK_FIRST_US = 500,     /* until a full socket is tried again; each time twice as long */
    LOOK_LAST_US = 20000,    /* .. up to this */
    SLOW_AFTER_MS = 10000,   /* a body that takes longer ... */
    SLOW_BYTES_PER_S = 1024, /* ... than this allows is given up */
};

void exchange_hold(struct exchange *x, size_t bytes)
{
    x->service->held += bytes;
    x->held += bytes;
}

void exchange_release(struct exchange *x)
{
    if (upload_abandon(x))
        return;
    x->service->held -= x->held;
    x->service->open--;
    if (x->body.data != NULL)
        wipe(x->body.data, x->body.len); /* passwords come this way */
    buf_fini(&x->body);
    buf_fini(&x->piece);
    tls_peer_unref(x->peer);
    http_response_fini(&x->response);
    free(x);
}

/* The connection's side ends; a job under way keeps the exchange until it is back. */
static void detach(struct exchange *x)
{
    x->slot->exchange = NULL;
    x->wsi = NULL;
    if (x->stage == STAGE_PARKED)
        later_leave(x);
    if (x->stage == STAGE_READING || x->stage == STAGE_PARKED || x->stage == STAGE_ANSWERING)
        exchange_release(x);
}

/*
 * The library does not read while a request is answered, and a poll for reading would spin when the client
 * sends more or half-closes; with reading off, it does not tell of room for writing either. So reading is on
 * only when there is room at once; else a timer looks again.
 */
static void wait_for_room(struct exchange *x)
{
    bool is_choked = lws_send_pipe_choked(x->wsi) != 0;
    lws_rx_flow_control(x->wsi, !is_choked);
    if (!is_choked) {
        x->look_us = 0;
        lws_callback_on_writable(x->wsi);
        return;
    }
    x->look_us = x->look_us == 0 ? LOOK_FIRST_US : x->look_us * 2;
    if (x->look_us > LOOK_LAST_US)
        x->look_us = LOOK_LAST_US;
    lws_set_timer_usecs(x->wsi, (lws_usec_t)x->look_us);
}

static void give_time(struct exchange *x)
{
    lws_set_timeout(x->wsi, PENDING_TIMEOUT_HTTP_CONTENT, SERVICE_TIMEOUT_S);
}

void exchange_want_to_write(struct exchange *x)
{
    give_time(x);
    wait_for_room(x);
}

/* A client that takes nothing has SERVICE_TIMEOUT_S; a slow one gets as much again with each look that finds less. */
static void look_at_progress(struct exchange *x)
{
    int unsent = 0;
    if (ioctl(lws_get_socket_fd(x->wsi), SIOCOUTQ, &unsent) != 0)
        return;
    if (unsent < x->unsent)
        give_time(x);
    x->unsent = unsent;
}

int exchange_answer(struct exchange *x)
{
    x->stage = STAGE_ANSWERING;
    if (x->wsi == NULL) {
        exchange_release(x);
        return 0;
    }
    exchange_hold(x, x->response.body.len + x->piece.cap);
    exchange_want_to_write(x);
    return 0;
}

static int answer_error(struct exchange *x, unsigned status, const char *message)
{
    router_error(&x->response, status, 0, message);
    return exchange_answer(x);
}

int exchange_answer_busy(struct exchange *x)
{
    x->response.retry_after_s = 1;
    return answer_error(x, 503, "The server is busy; try again in a second");
}

bool exchange_submit(struct exchange *x, void (*work)(struct mail *job, void *owner))
{
    return service_submit(x->service, &x->job, work);
}

void exchange_return(struct exchange *x, void (*deliver)(struct mail *job, void *owner))
{
    service_return(x->service, &x->job, deliver);
}

static void run_on_worker(struct mail *mail, void *owner);

int exchange_run(struct exchange *x)
{
    x->request.revocations = x->service->revocations;
    x->stage = STAGE_RUNNING;
    if (!exchange_submit(x, run_on_worker))
        return exchange_answer_busy(x);
    x->service->hashing += x->route->lane == LANE_HASH;
    return 0;
}

static int enqueue(struct exchange *x)
{
    struct http_service *service = x->service;
    if (service->hash_waiting == HASH_QUEUE_MAX)
        return exchange_answer_busy(x);
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
            exchange_run(x);
        } else {
            exchange_release(x);
        }
    }
}

static void on_answered(struct mail *mail, void *owner)
{
    struct exchange *x = (struct exchange *)mail;
    struct http_service *service = x->service;
    service->hashing -= x->route->lane == LANE_HASH;
    if (x->framing != FRAMING_LENGTH)
        stream_made(x);
    else if (!later_park(x))
        exchange_answer(x);
    start_waiting(service);
}

static void run_on_worker(struct mail *mail, void *owner)
{
    struct exchange *x = (struct exchange *)mail;
    router_dispatch(&x->service->api, &x->request, &x->response);
    if (!x->is_head && x->response.file.is_there)
        file_fetch_first(x);
    if (x->response.stream.source != NULL)
        stream_begin(x);
    exchange_return(x, on_answered);
}

/* The request is complete. No more is read until it has been answered: the library has no place for it. */
static int dispatch(struct exchange *x)
{
    lws_set_timeout(x->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(x->wsi, 0);
    x->request.body = buf_slice(&x->body);
    if (x->route == NULL) { /* the page, or an error: nothing that blocks */
        router_dispatch(&x->service->api, &x->request, &x->response);
        return exchange_answer(x);
    }
    if (x->service->held > SERVICE_HELD_MAX)
        return exchange_answer_busy(x);
    if (x->route->lane == LANE_HASH && x->service->hashing >= HASH_AT_ONCE)
        return enqueue(x);
    return exchange_run(x);
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

/* RFC 9110 section 10.1.1: the client sends a large body when it knows that it is wanted. */
void exchange_continue(struct exchange *x)
{
    unsigned char bytes[LWS_PRE + 32];
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    memcpy(bytes + LWS_PRE, line, sizeof line - 1);
    if (x->continues && x->received == 0)
        (void)lws_write(x->wsi, bytes + LWS_PRE, sizeof line - 1, LWS_WRITE_HTTP_HEADERS);
    x->continues = false;
}

/* RFC 9112 section 6: the library decodes no chunked bodies, and guesses where a length is missing. */
static int read_length(struct exchange *x)
{
    uint64_t length = 0;
    struct slice text = exchange_read_header(x, WSI_TOKEN_HTTP_CONTENT_LENGTH);
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
    x->length = length;
    x->is_upload = x->route->body == BODY_STREAM;
    size_t held = x->is_upload ? 2 * PIECE : (size_t)length;
    if (x->service->held + held > SERVICE_HELD_MAX)
        return refuse_body(x, 503, "The server is busy; try again in a second", true);
    exchange_hold(x, held);
    x->continues = slice_eq_str(exchange_read_header(x, WSI_TOKEN_HTTP_EXPECT), "100-continue");
    if (x->is_upload)
        return upload_begin(x);
    exchange_continue(x);
    return 0;
}

static size_t body_limit(const struct exchange *x)
{
    const struct settings *settings = x->service->hub->settings;
    size_t most = settings->http.max_body;
    if (x->route != NULL && x->route->body == BODY_STREAM)
        return x->route->sink->limit(settings);
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
    if (!exchange_read_head(x, path))
        return refuse_body(x, 400, "The request line is not UTF-8, or has too many parts", true);
    if (atomic_load(&service->is_stopping))
        return refuse_body(x, 503, "The server is stopping", true);
    x->route = router_find(x->request.method, x->request.path);
    if (!exchange_read_peer(x))
        return exchange_answer_busy(x);
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
    if (x == NULL || (x->stage != STAGE_READING && x->stage != STAGE_TAKING) || is_too_slow(x))
        return -1;
    x->received += bytes.len;
    if (x->drops_body)
        return 0;
    if (x->is_upload)
        return upload_bytes(x, bytes);
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
    if (x->is_upload && !x->body_is_whole)
        return upload_whole(x);
    if (x->stage == STAGE_READING)
        return x->too_large != 0 ? refuse_length(x) : dispatch(x);
    if (x->has_ended++ == 0) /* in order: a body of no bytes, or one that was answered before its end */
        return 0;
    bool may_answer = x->stage == STAGE_ANSWERING && lws_send_pipe_choked(x->wsi) == 0;
    x->closes = true;
    return may_answer ? exchange_writable(slot) : -1;
}

int exchange_finish(struct exchange *x)
{
    struct lws *wsi = x->wsi;
    bool closes = x->closes;
    detach(x);
    return closes || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static int write_chunk(struct exchange *x)
{
    unsigned char bytes[LWS_PRE + CHUNK];
    struct slice rest;
    if (!file_next(x, &rest))
        return x->stage == STAGE_FETCHING ? 0 : -1;
    size_t n = rest.len < CHUNK ? rest.len : CHUNK;
    memcpy(bytes + LWS_PRE, rest.data, n);
    bool is_last = x->sent + n == http_response_length(&x->response);
    if (lws_write(x->wsi, bytes + LWS_PRE, n, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return -1;
    x->sent += n;
    if (is_last)
        return exchange_finish(x);
    exchange_want_to_write(x);
    return 0;
}

int exchange_look_again(struct exchange_slot *slot)
{
    struct exchange *x = slot->exchange;
    if (x != NULL && x->stage == STAGE_ANSWERING) {
        lws_rx_flow_control(x->wsi, 1);
        look_at_progress(x);
        wait_for_room(x);
    }
    return 0;
}

int exchange_writable(struct exchange_slot *slot)
{
    struct exchange *x = slot->exchange;
    if (x == NULL || x->stage != STAGE_ANSWERING)
        return 0;
    bool is_stream = x->framing != FRAMING_LENGTH;
    if (x->has_headers_out)
        return is_stream ? stream_write(x) : write_chunk(x);
    if (!answer_write_headers(x->wsi, &x->response, x->framing, x->closes))
        return -1;
    x->has_headers_out = true;
    if (x->is_head || (!is_stream && http_response_length(&x->response) == 0))
        return exchange_finish(x);
    exchange_want_to_write(x);
    return 0;
}

void exchange_gone(struct exchange_slot *slot)
{
    if (slot != NULL && slot->exchange != NULL)
        detach(slot->exchange);
}
