/**
 * @file later.h - an answer that a handler does not wait for: some other thread gives it when it is there.
 *
 * A handler that depends on a device must not hold a worker meanwhile. It calls later_begin(), hands the `struct later`
 * to whoever will have the answer, and returns ERR_OK without having touched the response. The exchange stays
 * parked, without a thread. Then later_answer() or later_refuse() is called exactly once, by any thread, perhaps
 * before the handler has returned; neither blocks, and the later is dead afterwards. The client may be gone by then:
 * nobody notices but the service.
 * Whoever parks a request must end it before http_service_stop() waits for it (rpc_stop()).
 */
#pragma once

#include "base/buf.h"
#include "http/message.h"

#include <stdatomic.h>

struct later {
    /* The last of handler and answerer puts the answer into the response, and says so to the owner. */
    void (*on_answered)(struct later *later);
    struct http_response *response; /* nobody's until then */
    atomic_uint holders;
    bool is_begun;   /* the handler's thread only */
    unsigned status; /* the answerer's */
    struct buf text; /* a JSON document, or why there is none */
    bool is_refusal;
};

/** The owner's, before the handler runs. */
void later_init(struct later *later, struct http_response *response,
                void (*on_answered)(struct later *later));

/** The owner's, when the handler has returned. @return false: nobody answers later, the response is there */
bool later_handler_done(struct later *later);

/**
 * The handler's. @return NULL: the caller takes no later answer (a command without a server)
 */
struct later *later_begin(const struct http_request *request);

/** The handler's, when it fails after all and nobody else has got the later. */
void later_cancel(struct later *later);

/** @param json  copied; "" = an answer without a body */
void later_answer(struct later *later, unsigned status, struct slice json);

/** The documented form of an error. */
void later_refuse(struct later *later, unsigned status, const char *message);
