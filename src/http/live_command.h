/**
 * @file live_command.h - what clients say on /api/ws: messages in any of the platform's forms, as a list of commands.
 *
 *     {"authCmd":{"cmdId":0,"token":".."},"cmds":[{"type":"TIMESERIES","cmdId":1,"entityId":"..", ..}, ..]}
 *     {"tsSubCmds":[..],"attrSubCmds":[..],"historyCmds":[..]}          (older: the type is in the wrapper's name)
 *
 * Pure; any thread. Texts and JSON values are borrowed from the message. Spec: REST API, "WebSocket".
 */
#pragma once

#include "model/point.h"
#include "store/series.h"
#include "json/document.h"

enum live_kind {
    LIVE_TIMESERIES,
    LIVE_ATTRIBUTES,
    LIVE_HISTORY, /* once */
    LIVE_ENTITY_DATA,
    LIVE_ENTITY_COUNT,
    LIVE_END, /* of the subscription of this cmdId */
};

/** The times of a command; 0: not given. */
struct live_range {
    int64_t start_ms, end_ms, window_ms, interval_ms;
    uint64_t limit;
    enum aggregation aggregation;
};

enum { LIVE_LIMIT_DEFAULT = 100, LIVE_LIMIT_MAX = 50000 /* points of a key */ };

struct live_command {
    enum live_kind kind;
    int32_t id;                 /* cmdId: the subscription's name */
    struct uuid entity;         /* not of entity commands */
    const char *keys;           /* comma-separated; "" = all */
    enum attribute_scope scope; /* LIVE_ATTRIBUTES; 0 = any */
    bool is_strict;             /* useStrictDataTypes: values with their types, not as text */
    struct live_range range;
    const json_t *body; /* of entity commands: query, latestCmd, tsCmd, historyCmd */
};

enum { LIVE_COMMANDS_MAX = 1000 }; /* of a message */

struct live_message {
    const char *token; /* NULL: no authCmd */
    struct live_command *commands;
    size_t count;
};

/** What is wrong with one command is told for it alone. @p cmd_id  its id, as far as it has one */
typedef void live_fault(void *arg, int32_t cmd_id, const struct problem *problem);

/**
 * @param document  the message; outlives @p ret
 * @return ERR_OK (commands in order, without those that on_fault was called for) · ERR_INVALID (no message at all) · ERR_LIMIT
 *         (LIVE_COMMANDS_MAX) · ERR_NOMEM
 */
MUST_USE err_t live_message_read(const json_t *document, live_fault *on_fault, void *arg,
                                 struct live_message *ret, struct problem *problem);
void live_message_fini(struct live_message *message);

/** Times of an object: startTs, endTs, timeWindow, interval, limit, agg. ERR_INVALID names the member. */
MUST_USE err_t live_range_read(const json_t *object, struct live_range *ret, struct problem *problem);
