/**
 * @file forward_send.h - one request to an endpoint: signed, to a public address over verified TLS, bounded.
 *
 * What a receiver sees and checks: docs/forwarding.md. The address is judged when the socket is made, after the name was resolved,
 * so no name can lead inside; environment proxies are not used, because they would hide the address.
 */
#pragma once

#include "base/buf.h"
#include "config/settings.h"
#include "hub/outbound.h"
#include "model/forwarding.h"

enum { FORWARD_ANSWER_MAX = 64 * 1024 /* bytes of an answer's body, which is thrown away */ };

/** One per endpoint, reused, so that its connection is. `{0}` to begin with. */
struct forward_request {
    CURL *curl;
    struct curl_slist *headers;
    struct buf body; /* must stay while the request runs */
    bool is_private_allowed, was_private;
    size_t answered;
};
void forward_request_fini(struct forward_request *request);

/** Make request->body ready to be sent by request->curl. ERR_NOMEM */
MUST_USE err_t forward_request_prepare(struct forward_request *request, const struct forwarding *to,
                                       const struct settings *settings, int64_t now_s,
                                       struct problem *problem);

/** After the request: ERR_OK (answered with 200 to 299) · ERR_IO, with the sentence. @p ret_status  0: not answered; may be NULL */
MUST_USE err_t forward_request_result(const struct forward_request *request, CURLcode code, long *ret_status,
                                      struct problem *problem);

enum { FORWARD_SIGNATURE_SIZE = 65 };
/** HMAC-SHA256 of "seconds.body" in lower-case hex. */
void forward_sign(const char *secret, int64_t now_s, struct slice body, char out[FORWARD_SIGNATURE_SIZE]);
