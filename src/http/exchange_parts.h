/**
 * @file exchange_parts.h - an exchange as its files see it: the request's head (exchange_head.c), a body that is taken
 * in pieces (exchange_upload.c), an answer that is a file (exchange_file.c) or a stream (exchange_stream.c), and the rest
 * (exchange.c).
 * Private to these. Everything runs on the service's thread, but for what is named a worker's.
 */
#pragma once

#include "http/exchange.h"
#include "http/later.h"

enum {
    PIECE = 128 * 1024,             /* bytes of an upload or a file that a worker takes or reads at once */
    DISCARD_MAX = 16 * 1024 * 1024, /* of a body that is not wanted, read on and dropped */
};

enum stage {
    STAGE_READING,
    STAGE_TAKING, /* a worker takes a piece of the body; more may come meanwhile */
    STAGE_WAITING,
    STAGE_RUNNING,
    STAGE_PARKED, /* the answer comes later: later.h */
    STAGE_ANSWERING,
    STAGE_FETCHING, /* a worker reads the next piece of the answer */
};

struct exchange {
    struct mail job; /* first: the jobs find the exchange by it */
    struct http_service *service;
    struct lws *wsi; /* NULL: the client has gone */
    struct exchange_slot *slot;
    struct exchange *next; /* in the queue of LANE_HASH */
    enum stage stage;
    const struct route *route;
    struct http_request request;
    struct tls_peer *peer; /* the request's; a reference */
    struct http_response response;
    struct later_place later;
    struct buf body; /* of an upload: what came since the last piece */
    size_t body_limit, held;
    uint64_t length;    /* of the body, as announced */
    uint64_t too_large; /* the same, when it is beyond the limit; 0 = it is within */
    uint64_t received;  /* bytes of the body */
    uint64_t begun_ms;
    bool is_head, is_http_1_0, closes, has_headers_out;
    enum answer_framing framing; /* other than by length: the answer is a stream */
    bool drops_body;
    uint8_t has_ended; /* how often the body's end was told after the answer was under way */
    uint64_t sent;
    unsigned look_us; /* until a full socket is tried again */
    int unsent;       /* bytes in the socket when it was last looked at */

    /* With a worker while STAGE_TAKING or STAGE_FETCHING. */
    struct buf piece; /* of the upload, or of the file or stream that is the answer */
    size_t piece_at;  /* of a stream's: what is to be written next */
    struct router_upload upload;
    bool is_last_piece, is_answered, has_failed;

    bool is_upload;       /* its body is taken in pieces */
    bool body_is_whole;   /* all of it has come */
    bool continues;       /* waits for 100 Continue before it sends the body */
    uint64_t piece_start; /* where in the answer the piece begins */
    size_t piece_held;    /* what a stream's counts for */

    size_t text_len;
    char text[HEADER_MAX]; /* what slices of the request point into */
};

/* exchange.c */
void exchange_hold(struct exchange *x, size_t bytes); /* counts against SERVICE_HELD_MAX until the end */
void exchange_release(struct exchange *x);            /* the client has gone, and no job is under way */
void exchange_want_to_write(struct exchange *x);
void exchange_continue(struct exchange *x); /* tell a client that waits for it to send its body */
int exchange_answer(struct exchange *x);
int exchange_finish(struct exchange *x); /* the answer is out; x may be gone. -1: close the connection */
int exchange_run(struct exchange *x);    /* the handler, on a worker */
int exchange_answer_busy(struct exchange *x);

/** @return false: the workers are too busy */
bool exchange_submit(struct exchange *x, void (*work)(struct mail *job, void *owner));

/** The worker's last step: @p deliver runs on the service's thread. */
void exchange_return(struct exchange *x, void (*deliver)(struct mail *job, void *owner));

/* exchange_head.c */
bool exchange_read_head(struct exchange *x, struct slice path); /* false: not UTF-8, or too many parts */
/** Routes of devices: the certificate that the connection's client has shown. @return false: no memory */
bool exchange_read_peer(struct exchange *x);
struct slice exchange_read_header(struct exchange *x, enum lws_token_indexes token);

/* exchange_upload.c: results as those of the library's callbacks */
int upload_begin(struct exchange *x); /* length is within the limit */
int upload_bytes(struct exchange *x, struct slice bytes);
int upload_whole(struct exchange *x);    /* the last byte has come */
bool upload_abandon(struct exchange *x); /* true: a worker releases it */

/* exchange_stream.c */
void stream_begin(struct exchange *x); /* worker, after the handler, when response.stream is there */
void stream_made(struct exchange *x);  /* back from the worker */
int stream_write(struct exchange *x);  /* there is room in the socket */

/* exchange_file.c */
void file_fetch_first(struct exchange *x); /* worker, after the handler */
bool file_next(struct exchange *x,
               struct slice *ret); /* what is to be written; false: a worker reads it first */
