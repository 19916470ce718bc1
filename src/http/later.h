/**
 * @file later.h - an answer that a handler does not wait for: some other thread gives it when it is there.
 *
 * A handler that depends on a device must not hold a worker meanwhile. It calls later_begin(), hands the `struct later`
 * to whoever will have the answer, and returns ERR_OK without having touched the response. The exchange stays
 * parked, without a thread. Then exactly one of later_answer(), later_refuse() and later_cancel() is called, by any thread,
 * perhaps before the handler has returned; none blocks, and the later is dead afterwards. The wait may be over by then: by
 * a timeout, because the client has gone, or because the service ends. Then the answer is dropped, and nobody but the
 * service notices; later_begin_waiting() is for who wants to know.
 *
 * While a request waits the library does not read; so clients that have closed their side of the connection are found by
 * asking the sockets once a second.
 */
#pragma once

#include "http/message.h"

struct later;
struct exchange;
struct http_service;

/** Who waits, and how. Called on the service's thread. */
struct later_wait {
    uint32_t timeout_ms;     /* 0: none */
    unsigned timeout_status; /* what is answered when it is over: the status and a static sentence */
    const char *timeout_message;
    /* The request waits from now on; may be NULL. */
    void (*on_wait)(struct later *later, void *arg);
    /* Nobody waits any more, answered or not; may be NULL. Once in any case, after on_wait or without it: frees what
     * belongs to arg, and cancels the later unless it has been answered. */
    void (*on_end)(struct later *later, void *arg);
    void *arg;
};

/**
 * The handler's.
 * @return NULL: there can be no later answer (a command without a server), or no memory
 */
struct later *later_begin(const struct http_request *request);

/** The same. @param wait  copied. When NULL is returned, nothing of it is called. */
struct later *later_begin_waiting(const struct http_request *request, const struct later_wait *wait);

/** No answer will come: the handler fails after all, and nobody else has got the later; or in on_end. */
void later_cancel(struct later *later);

/** @param json  copied; "" = an answer without a body */
void later_answer(struct later *later, unsigned status, struct slice json);

/** The documented form of an error. */
void later_refuse(struct later *later, unsigned status, const char *message);

/* ---- while it waits (from on_wait to on_end), service's thread --------------------------------------------- */

/** Answer at once, so that no timeout comes first. @p response is taken and left `{0}`. The later is dead afterwards. */
void later_answer_here(struct later *later, struct http_response *response);

/** Whether the client is still there, as far as its socket tells. */
bool later_is_wanted(const struct later *later);

/** Dispatch the request once more, as if it had just come. The wait ends. */
void later_repeat(struct later *later);

struct http_service *later_service(const struct later *later);

/* ---- for service.c and exchange.c, service's thread -------------------------------------------------------- */

/** Ties answers to a service, which may end before they come. */
struct later_host;

/** Where a request keeps its later, if it has one. */
struct later_place {
    struct later_host *host; /* NULL: there can be none */
    struct later *later;
};

MUST_USE err_t later_host_new(struct http_service *service, struct later_host **ret);
/** No answer is posted to the service after this; it drains its mailbox once more. NULL allowed. */
void later_host_close(struct later_host *host);

/** The handler has returned. @return false: the response is the answer */
bool later_park(struct exchange *x);

/** The exchange ends, or is answered by something else. Without a later: nothing. */
void later_leave(struct exchange *x);

/** The service ends: answer all that wait. */
void later_end_all(struct http_service *service);
