/**
 * @file message.h - one HTTP request and its answer, as the router sees them: no sockets, no library.
 *
 * Slices of a request are borrowed from whoever made it (the service's exchange, a command, a test) and
 * outlive the call of router_dispatch(). What an answer owns is named; the rest of it is static text.
 */
#pragma once

#include "base/buf.h"

enum {
    HTTP_ADDRESS_BYTES = 16,            /* an IPv6 address, or an IPv4 one as mapped */
    HTTP_PARAMS_MAX = 64,               /* members of a query string; more is refused */
    HTTP_TARGET_MAX = 4096,             /* bytes of path and query together */
    HTTP_ANSWER_MAX = 16 * 1024 * 1024, /* bytes of an answer's body; see ERR_LIMIT in router.c */
};

struct answer_source;
struct later_place;
struct tls_peer;

struct http_param {
    struct slice name, value; /* percent-decoded */
};

struct http_request {
    char method[8];    /* "GET"; HEAD is dispatched as GET and its body left out by the service */
    struct slice path; /* percent-decoded, begins with '/' */
    struct http_param params[HTTP_PARAMS_MAX];
    size_t param_count;
    struct slice body;
    struct slice authorization;      /* X-Authorization, else Authorization; empty when neither was sent */
    struct slice host;               /* name of the Host header, with its port */
    struct slice cookies, origin;    /* these headers, whole */
    struct slice page, page_session; /* X-Postern-Page, X-Postern-Session: see page_session.h */
    struct slice accept, accept_encoding, if_none_match, content_type;
    bool is_local; /* came through DIR/control.sock: acts as the tenant's administrator */
    bool is_tls;
    uint8_t address[HTTP_ADDRESS_BYTES]; /* of the client; zero on the control socket */
    const struct tls_peer *peer; /* the client's certificate, on routes of devices; NULL: none was shown */
    uint64_t revocations;        /* of devices, counted when the request was handed over; see polls.h */
    struct later_place *later;   /* for handlers that answer later (later.h); NULL: that is not possible */
};

/** A part of a file, as an answer's body. */
struct http_file {
    bool is_there;
    int fd; /* owned */
    uint64_t offset, length;
};

/** A body that is made piece by piece: answer_stream.h. */
struct http_stream {
    const struct answer_source *source; /* NULL: it is no stream, or no longer */
    void *state;                        /* owned */
};

struct http_response {
    unsigned status;
    const char *content_type; /* NULL: application/json */
    char *media_type;         /* owned; not NULL: instead of content_type */
    struct buf body;          /* owned */
    struct slice fixed;       /* static bytes sent instead of body, when not empty */
    struct http_file file; /* sent instead of body, when it is there; the service reads it piece by piece */
    struct http_stream stream;    /* what follows body, when it is there */
    const char *cache_control;    /* NULL: no-store */
    const char *content_encoding; /* NULL: none */
    const char *etag;             /* NULL: none */
    char *file_name;              /* NULL, or what a browser saves the body as; owned */
    char allow[48];               /* methods, for 405; "" otherwise */
    char location[128];           /* where to go instead, for 303; "" otherwise */
    char set_cookie[256];         /* "" = none */
    unsigned retry_after_s;       /* 0: no Retry-After */
};

void http_response_fini(struct http_response *response);
void http_stream_close(struct http_stream *stream);                    /* leaves `{0}`; `{0}` allowed */
struct slice http_response_body(const struct http_response *response); /* when it is no file */
uint64_t http_response_length(
    const struct http_response *response); /* bytes of the body, if it is no stream */

/**
 * Set method, path and params from text such as "/api/device/types?pageSize=10".
 *
 * @param text  storage the request borrows from, HTTP_TARGET_MAX bytes
 * @return ERR_OK · ERR_INVALID (no leading '/', bad percent escape, NUL, path not UTF-8) · ERR_LIMIT (too long)
 */
MUST_USE err_t http_request_target(struct http_request *request, const char *method, const char *target,
                                   char text[HTTP_TARGET_MAX]);

/** Percent-encode for use inside a path segment or a query value. */
void http_escape(struct slice text, struct buf *out);

/** Value of a query member, or false when it was not given. The first of several counts. */
bool http_request_param(const struct http_request *request, const char *name, struct slice *ret);
