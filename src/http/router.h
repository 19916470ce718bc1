/**
 * @file router.h - from a request to its handler: the one table of routes, and the checks before each.
 *
 * The table (routes.c) names for every route its method, its path with {placeholders}, who may call it, what
 * body it takes and how much of it. router_dispatch() looks the route up, authenticates, authorises, parses
 * the body, calls the handler, and writes errors in the documented form; a handler therefore runs only with
 * these questions settled. It knows nothing of sockets: the service, the command line and the tests call it
 * alike. Paths outside /api, and /api/docs, belong to the page (assets.h).
 *
 * To add a route: one row in routes.c, one handler in the file of its resource (declared in resources.h), its
 * description in docs/openapi.
 */
#pragma once

#include "http/api.h"
#include "http/caller.h"
#include "http/message.h"

struct call;

typedef err_t (*route_handler)(struct call *call, struct problem *problem);

enum route_access {
    ACCESS_ANYONE, /* no token is looked at */
    ACCESS_USER,   /* any login, and the control socket */
    ACCESS_SYS,    /* the installation's administrator, and the control socket */
    ACCESS_ADMIN, /* the installation's or a tenant's administrator, and the control socket; the handler looks who asks */
    ACCESS_TENANT,   /* the tenant's administrator, and the control socket */
    ACCESS_CUSTOMER, /* users of customers only */
    ACCESS_PEOPLE,   /* the tenant's administrator or a customer's user; the handler looks who asks */
    ACCESS_READ,     /* the same people, if they may read what the path names (access.h) */
    ACCESS_WRITE,    /* .. write it */
    ACCESS_DEVICE, /* the device that the first part of the path names (device_door.h); no login of people */
};

/** What an API key must be good for to open a route; reading for GET, writing for the other methods. */
enum route_area {
    AREA_NONE, /* no key opens it: passwords, logins, keys; routes without a login */
    AREA_ANY,  /* any key */
    AREA_DEVICES,
    AREA_TELEMETRY,
    AREA_RPC,
    AREA_ADMIN,
};

enum route_body {
    BODY_NONE,
    BODY_OBJECT, /* a JSON object, parsed into call->body */
    BODY_TEXT,   /* read by the handler itself: lenient like a device's message */
    BODY_STREAM, /* taken in pieces by a sink, never whole in memory */
};

enum route_lane {
    LANE_QUICK,
    LANE_HASH, /* hashes a password: 64 MiB and 100 ms; the service runs few of these at once */
};

/**
 * How a body of BODY_STREAM is taken. open() says whether it is wanted; then come its pieces, and when it is whole
 * finish() writes the answer. close() always follows a successful open(); it undoes what was not finished. All run on
 * worker threads, one after the other. Errors are answered as those of handlers.
 */
struct body_sink {
    size_t (*limit)(
        const struct settings *settings); /* bytes of the body; instead of the route's body_limit */
    err_t (*open)(struct call *call, void **ret_state, struct problem *problem);
    err_t (*write)(void *state, struct slice bytes, struct problem *problem);
    err_t (*finish)(struct call *call, void *state, struct problem *problem);
    void (*close)(void *state);
    /* What the audit log is told of it besides (call_audit_..), finished or not; may be NULL. */
    void (*describe)(struct call *call, const void *state);
};

/** Where the audit log finds the entity of a call: 0 or more is a part of the path. */
enum { AUDIT_ANSWER = -1, AUDIT_CALLER = -2, AUDIT_HANDLER = -3 /* call_audit_entity() */ };

/** What the audit log (audit.h) puts down of a call that changes something. */
struct route_audit {
    const char *entity; /* "DEVICE"; NULL: nothing is put down */
    const char *action; /* "ADDED" */
    const char *update; /* the action when the body has an id; NULL: the same */
    int subject;        /* AUDIT_.. or a part of the path */
};

struct route {
    const char *method;
    const char *pattern; /* "/api/device/{id}/credentials" */
    enum route_access access;
    enum route_area area;
    enum route_body body;
    size_t body_limit; /* bytes; 0 = http.max_body */
    enum route_lane lane;
    route_handler handler;        /* NULL with BODY_STREAM */
    const struct body_sink *sink; /* BODY_STREAM */
    struct route_audit audit;
    bool takes_rest; /* the last placeholder takes all that is left of the path, '/' included */
};

/** The table; where two patterns match a path, the earlier row is meant. */
extern const struct route routes[];
extern const size_t route_count;

/**
 * Answer a request. Blocks (registry, series, hashing): worker threads and the command line.
 * @p response is zeroed by the caller and filled whatever happens; http_response_fini() frees it.
 */
void router_dispatch(struct api *api, const struct http_request *request, struct http_response *response);

/** A body on its way to its sink. `{0}`: not open. */
struct router_upload {
    const struct route *route; /* NULL: not open */
    void *state;
    struct caller who; /* when it was opened */
    bool is_noted;     /* the audit log knows what became of it */
};

/**
 * The steps of a request whose route is BODY_STREAM, each of which may block: worker threads. router_dispatch() does
 * all of them with the request's body. false: refused; the answer has been written.
 */
bool router_upload_open(struct api *api, const struct http_request *request, struct router_upload *ret,
                        struct http_response *response);
bool router_upload_write(struct api *api, const struct http_request *request, struct router_upload *upload,
                         struct slice bytes, struct http_response *response);
void router_upload_finish(struct api *api, const struct http_request *request, struct router_upload *upload,
                          struct http_response *response);
/** Not finished before: the client has gone, which the audit log is told. `{0}` allowed */
void router_upload_close(struct api *api, const struct http_request *request, struct router_upload *upload);

/**
 * The next piece of an answer that goes on (response->stream), appended to @p out. May block: worker threads.
 * false: it failed, which has been logged; @p response is now the error, for when nothing has been sent yet.
 */
bool router_stream_next(const struct route *route, const struct http_request *request,
                        struct http_response *response, struct buf *out);

/** What stands between the next two '/' of a path or pattern; @p rest begins with '/' and goes on after it. */
struct slice router_next_segment(struct slice *rest);

/** The row for a request, or NULL (unknown path, or method not offered). Never blocks; any thread. */
const struct route *router_find(const char *method, struct slice path);

/** Write the documented error form into an empty response. @param code 0: the one of @p status */
void router_error(struct http_response *response, unsigned status, unsigned code, const char *message);
