/**
 * @file gateway_message.h - what else a gateway says: JSON, read leniently, other members ignored.
 *
 *     connect             {"device":"A","type":"profile"}     type: "default" unless said
 *     disconnect          {"device":"A"}
 *     attributes/request  {"id":1,"device":"A","client":true,"key":"k"} or "keys":["k","l"]
 *     rpc                 {"device":"A","id":1,"data":r}
 *     claim               {"A":{"secretKey":"s","durationMs":60000}, ..}
 *
 * Of @p options the limits and the scratch count. Results borrow from payload and scratch. Pure; any thread.
 * Errors: ERR_INVALID (not JSON, not of the form above), ERR_LIMIT (too deep, too many keys or devices), ERR_NOMEM.
 * Spec: device API section 7.
 */
#pragma once

#include "hub/body.h"
#include "hub/topics.h"

/** A message about one device. What a topic's message has no member for stays empty. */
struct gateway_message {
    struct slice device; /* its name, not checked: may be empty */
    struct slice type;   /* name of its profile; connect */
    int64_t id;          /* the gateway's number of the request, or the call's; 32 bits with sign */
    bool wants_client;   /* attributes/request: client attributes; else shared ones */
    struct slice *keys;  /* likewise; heap. None: all of the scope */
    size_t key_count;
    struct slice data; /* rpc: compact strict JSON */
};

/** @param topic  connect, disconnect, attributes/request or rpc */
MUST_USE err_t gateway_message_parse(enum device_topic topic, struct slice payload,
                                     const struct body_options *options, struct gateway_message *ret,
                                     struct problem *problem);
void gateway_message_fini(struct gateway_message *message);

struct gateway_claim {
    struct slice device;
    struct slice secret; /* empty: none */
    int64_t duration_ms; /* 0: not said */
};

/** Call @p take for each; its failure ends the reading. NULL: only look whether all is in order. */
MUST_USE err_t gateway_claims_parse(struct slice payload, const struct body_options *options,
                                    err_t (*take)(void *arg, const struct gateway_claim *claim,
                                                  struct problem *problem),
                                    void *arg, struct problem *problem);

/**
 * Call @p visit with each name of a message about several devices, in order, repeated or
 * not; its failure ends the reading. What stands behind a name is only checked to be JSON.
 */
MUST_USE err_t gateway_names_parse(struct slice payload, const struct body_options *options,
                                   err_t (*visit)(void *arg, struct slice name, struct problem *problem),
                                   void *arg, struct problem *problem);
