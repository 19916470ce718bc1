/* An answer that is made piece by piece (answer_stream.h): workers make a piece when the one before has been sent. */
#include "http/exchange_parts.h"

#include "base/log.h"
#include "http/answer_stream.h"

#include <poll.h>
#include <stdio.h>

enum {
    SIZE_LINE = 10, /* eight digits and the end of the line, before each chunk */
    WRITE = 16 * 1024,
};

/* ---- worker ------------------------------------------------------------------------------------------------ */

/* The library wants room before what it writes; a chunk's size is known behind it. */
static void open_piece(struct exchange *x)
{
    static const uint8_t room[LWS_PRE + SIZE_LINE];
    buf_clear(&x->piece);
    buf_append(&x->piece, room, sizeof room);
}

/* RFC 9112 section 7.1. */
static void close_piece(struct exchange *x)
{
    char line[SIZE_LINE + 1];
    size_t start = LWS_PRE + SIZE_LINE, len = x->piece.len - start;
    x->is_last_piece = x->response.stream.source == NULL;
    x->piece_at = start;
    if (x->framing != FRAMING_CHUNKS)
        return;
    if (len != 0) {
        snprintf(line, sizeof line, "%08X\r\n", (unsigned)len);
        memcpy(x->piece.data + LWS_PRE, line, SIZE_LINE);
        buf_append_str(&x->piece, "\r\n");
        x->piece_at = LWS_PRE;
    }
    if (x->is_last_piece)
        buf_append_str(&x->piece, "0\r\n\r\n");
}

static void make_piece(struct exchange *x)
{
    open_piece(x);
    x->has_failed = !router_stream_next(x->route, &x->request, &x->response, &x->piece);
    if (!x->has_failed)
        close_piece(x);
    x->has_failed |= !buf_is_ok(&x->piece);
}

void stream_begin(struct exchange *x)
{
    x->framing = x->is_http_1_0 ? FRAMING_CLOSE : FRAMING_CHUNKS;
    x->closes |= x->is_http_1_0;
    if (x->is_head)
        return;
    open_piece(x);
    buf_append_slice(&x->piece, buf_slice(&x->response.body));
    buf_fini(&x->response.body);
    close_piece(x);
    x->has_failed = !buf_is_ok(&x->piece);
}

/* ---- the service's thread ---------------------------------------------------------------------------------- */

static void on_made(struct mail *job, void *owner)
{
    stream_made((struct exchange *)job);
}

static void make_on_worker(struct mail *job, void *owner)
{
    struct exchange *x = (struct exchange *)job;
    make_piece(x);
    exchange_return(x, on_made);
}

/* false: the workers are too busy, or the service ends. */
static bool fetch(struct exchange *x)
{
    if (atomic_load(&x->service->is_stopping))
        return false;
    x->stage = STAGE_FETCHING;
    lws_set_timeout(x->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(x->wsi, 0);
    if (exchange_submit(x, make_on_worker))
        return true;
    x->stage = STAGE_ANSWERING;
    return false;
}

/* Nothing was there to be written, which would have told: the library does not read meanwhile. */
static bool has_left(const struct exchange *x)
{
    struct pollfd fd = {.fd = lws_get_socket_fd(x->wsi), .events = POLLRDHUP};
    return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void hang_up(struct exchange *x)
{
    x->stage = STAGE_ANSWERING;
    lws_set_timeout(x->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_SYNC);
}

/* Too late for anything but the connection's end, unless nothing has been sent. */
static void fail_stream(struct exchange *x)
{
    if (x->has_headers_out) {
        log_warning("http.answer_cut", log_text("route", x->route->pattern));
        hang_up(x);
        return;
    }
    x->framing = FRAMING_LENGTH;
    if (x->response.status < 400)
        router_error(&x->response, 503, 0, "The server is busy or stopping; try again");
    exchange_answer(x);
}

void stream_made(struct exchange *x)
{
    if (x->wsi == NULL) {
        exchange_release(x);
        return;
    }
    if (x->piece.cap > x->piece_held) {
        exchange_hold(x, x->piece.cap - x->piece_held);
        x->piece_held = x->piece.cap;
    }
    x->stage = STAGE_ANSWERING;
    bool is_empty = !x->is_head && x->piece_at == x->piece.len && !x->is_last_piece;
    if (x->has_failed)
        fail_stream(x);
    else if (is_empty && has_left(x))
        hang_up(x);
    else if (!is_empty)
        exchange_want_to_write(x);
    else if (!fetch(x))
        fail_stream(x);
}

int stream_write(struct exchange *x)
{
    size_t left = x->piece.len - x->piece_at, n = left < WRITE ? left : WRITE;
    if (n != 0 && lws_write(x->wsi, x->piece.data + x->piece_at, n,
                            n == left && x->is_last_piece ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
        return -1;
    x->piece_at += n;
    if (n < left)
        exchange_want_to_write(x);
    else if (x->is_last_piece)
        return exchange_finish(x);
    else if (!fetch(x))
        return -1;
    return 0;
}
