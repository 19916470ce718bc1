/* An answer that is a file: workers read it in pieces, so that it is never whole in memory. */
#include "http/exchange_parts.h"

#include "base/log.h"

#include <errno.h>
#include <unistd.h>

/* Worker: PIECE bytes from @p from on, or what is left. */
static bool read_piece(struct exchange *x, uint64_t from)
{
    const struct http_file *file = &x->response.file;
    uint64_t left = file->length - from;
    size_t len = left < PIECE ? (size_t)left : PIECE;
    buf_clear(&x->piece);
    if (len == 0)
        return true;
    uint8_t *to = buf_reserve(&x->piece, len);
    while (to != NULL && x->piece.len < len) {
        ssize_t n = pread(file->fd, to + x->piece.len, len - x->piece.len,
                          (off_t)(file->offset + from + x->piece.len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        x->piece.len += (size_t)n;
    }
    return x->piece.len == len;
}

static void fetch(struct exchange *x, uint64_t from)
{
    x->piece_start = from;
    x->has_failed = !read_piece(x, from);
    if (x->has_failed)
        log_warning("http.file_not_read", log_text("route", x->route->pattern),
                    log_number("offset", (int64_t)from));
}

void file_fetch_first(struct exchange *x)
{
    fetch(x, 0);
}

static void on_fetched(struct mail *job, void *owner)
{
    struct exchange *x = (struct exchange *)job;
    x->stage = STAGE_ANSWERING;
    if (x->wsi == NULL)
        exchange_release(x);
    else
        exchange_want_to_write(x);
}

static void fetch_on_worker(struct mail *job, void *owner)
{
    struct exchange *x = (struct exchange *)job;
    fetch(x, x->sent);
    exchange_return(x, on_fetched);
}

bool file_next(struct exchange *x, struct slice *ret)
{
    if (!x->response.file.is_there) {
        *ret = slice_skip(http_response_body(&x->response), (size_t)x->sent);
        return true;
    }
    size_t used = (size_t)(x->sent - x->piece_start);
    if (x->has_failed) /* the headers have promised more: only the connection's end can tell */
        return false;
    if (used < x->piece.len) {
        *ret = slice_skip(buf_slice(&x->piece), used);
        return true;
    }
    x->stage = STAGE_FETCHING;
    lws_set_timeout(x->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(x->wsi, 0);
    if (!exchange_submit(x, fetch_on_worker)) { /* else it is the worker's from here on */
        x->has_failed = true;
        x->stage = STAGE_ANSWERING;
    }
    return false;
}
