#include "http/answer_stream.h"

err_t answer_stream(struct call *call, const struct answer_source *source, void *state)
{
    CHECK(call->response->stream.source == NULL);
    call->response->stream = (struct http_stream){source, state};
    call->response->status = 200;
    return ERR_OK;
}

err_t answer_stream_next(struct http_response *response, struct buf *out, struct problem *problem)
{
    struct http_stream *stream = &response->stream;
    bool is_last = false;
    TRY(stream->source->next(stream->state, out, &is_last, problem));
    if (!buf_is_ok(out))
        return fail(problem, ERR_NOMEM, "", "no memory for a piece of the answer");
    if (is_last)
        http_stream_close(stream);
    return ERR_OK;
}

err_t answer_stream_collect(struct http_response *response, struct problem *problem)
{
    response->body.limit = 0;
    while (response->stream.source != NULL)
        TRY(answer_stream_next(response, &response->body, problem));
    return ERR_OK;
}
