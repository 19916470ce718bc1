/**
 * @file answer_stream.h - an answer that is made piece by piece, so that it is never whole in memory.
 *
 * A handler with much to say checks the request as always, makes a state that knows where it stands, and ends with
 *
 *     return answer_stream(call, &source, state);
 *
 * From then on source->next() is called until it says that it has reached the end, each time by some worker, never by two
 * at once. It appends about ANSWER_PIECE bytes and returns; it is called again when the client has taken them, be that
 * at once or in a minute. So between two calls it holds nothing of the stores (no transaction, no iterator, no lock): it finds
 * its place again, by a key, not by a number of rows. It works some milliseconds at most, and may come back with nothing if
 * it has found nothing yet. What it reads may change between two pieces.
 *
 * The router makes the first piece right after the handler: while nothing has been sent, an error of next() is answered as a
 * handler's is, and an answer of one piece leaves as an ordinary body with its length. A longer one is sent in chunks
 * (HTTP/1.1), or up to the connection's end (1.0). An error later on is logged, and ends the connection without
 * the last chunk, so that nobody takes the part for the whole. A client that goes away ends it.
 */
#pragma once

#include "http/call.h"

enum { ANSWER_PIECE = 128 * 1024 }; /* bytes; whoever has reached it returns, a last record may go beyond */

struct answer_source {
    /** @param ret_is_last  false when called; set it true with the last piece. Worker; may block on the stores. */
    err_t (*next)(void *state, struct buf *out, bool *ret_is_last, struct problem *problem);
    void (*close)(void *state); /* once, at the end or before it; any thread; does not block */
};

/** Answer 200 with a stream. content_type and file_name of the response are the handler's. Takes @p state. @return ERR_OK */
MUST_USE err_t answer_stream(struct call *call, const struct answer_source *source, void *state);

/* ---- for those who send answers ---------------------------------------------------------------------------- */

/** One call of next(); a stream that has reached its end is closed, and then response->stream is `{0}`. */
MUST_USE err_t answer_stream_next(struct http_response *response, struct buf *out, struct problem *problem);

/** All that is left, into the body: where there is no socket (commands, tests). Nothing, when it is no stream. */
MUST_USE err_t answer_stream_collect(struct http_response *response, struct problem *problem);
