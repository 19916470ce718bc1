/*
 * A body that is taken in pieces, so that it is never whole in memory: what came is handed to a worker, PIECE bytes
 * at a time, and meanwhile nothing is read. The first job has no bytes: it asks whether the body is wanted at all.
 */
#include "http/exchange_parts.h"

enum { UPLOAD_HELD_MAX = 1024 * 1024 }; /* what the library may have read before it stopped is far less */

static void resume(struct exchange *x)
{
    x->stage = STAGE_READING;
    lws_set_timeout(x->wsi, PENDING_TIMEOUT_HTTP_CONTENT, SERVICE_TIMEOUT_S);
    lws_rx_flow_control(x->wsi, 1);
}

/* The answer is there before the body's end: what is left is read and dropped unless it is much, or waits to be asked for. */
static int answer_early(struct exchange *x)
{
    bool is_unsent = x->continues && x->received == 0;
    x->drops_body = true;
    x->closes = is_unsent || x->length - x->received > DISCARD_MAX;
    if (x->body_is_whole || x->closes)
        return exchange_answer(x);
    resume(x);
    return 0;
}

static void take_on_worker(struct mail *job, void *owner);

static int take_piece(struct exchange *x)
{
    struct buf piece = x->piece;
    buf_clear(&piece);
    x->piece = x->body;
    x->body = piece;
    x->is_last_piece = x->body_is_whole;
    x->stage = STAGE_TAKING;
    lws_set_timeout(x->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(x->wsi, 0);
    if (exchange_submit(x, take_on_worker))
        return 0;
    x->closes = true;
    return exchange_answer_busy(x);
}

static void on_taken(struct mail *job, void *owner)
{
    struct exchange *x = (struct exchange *)job;
    if (x->wsi == NULL) {
        exchange_release(x);
    } else if (x->is_answered) {
        (void)answer_early(x);
    } else if (x->body_is_whole || x->body.len >= PIECE) {
        (void)take_piece(x);
    } else {
        exchange_continue(x);
        resume(x);
    }
}

static bool take(struct exchange *x)
{
    struct slice bytes = buf_slice(&x->piece);
    if (x->upload.route == NULL &&
        !router_upload_open(&x->service->api, &x->request, &x->upload, &x->response))
        return false;
    if (bytes.len != 0 &&
        !router_upload_write(&x->service->api, &x->request, &x->upload, bytes, &x->response))
        return false;
    if (x->is_last_piece)
        router_upload_finish(&x->service->api, &x->request, &x->upload, &x->response);
    return !x->is_last_piece;
}

static void take_on_worker(struct mail *job, void *owner)
{
    struct exchange *x = (struct exchange *)job;
    x->is_answered = !take(x);
    if (x->is_answered)
        router_upload_close(&x->service->api, &x->request, &x->upload);
    exchange_return(x, on_taken);
}

int upload_begin(struct exchange *x)
{
    return take_piece(x);
}

int upload_bytes(struct exchange *x, struct slice bytes)
{
    x->body.limit = UPLOAD_HELD_MAX;
    buf_append_slice(&x->body, bytes);
    if (!buf_is_ok(&x->body))
        return -1;
    return x->stage == STAGE_READING && x->body.len >= PIECE ? take_piece(x) : 0;
}

int upload_whole(struct exchange *x)
{
    x->body_is_whole = true;
    if (x->stage != STAGE_READING) /* on_taken() goes on */
        return 0;
    return x->is_answered ? exchange_answer(x) : take_piece(x);
}

static void on_abandoned(struct mail *job, void *owner)
{
    exchange_release((struct exchange *)job);
}

static void abandon_on_worker(struct mail *job, void *owner)
{
    struct exchange *x = (struct exchange *)job;
    router_upload_close(&x->service->api, &x->request, &x->upload);
    exchange_return(x, on_abandoned);
}

bool upload_abandon(struct exchange *x)
{
    if (x->upload.route == NULL)
        return false;
    bool is_stopping =
        atomic_load(&x->service->is_stopping); /* then nobody may be left for what comes back */
    if (!is_stopping && exchange_submit(x, abandon_on_worker))
        return true;
    router_upload_close(&x->service->api, &x->request, &x->upload);
    return false;
}
