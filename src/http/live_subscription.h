/**
 * @file live_subscription.h - what a client of /api/ws is shown of one command: which devices and keys, what it has been sent,
 * and what is still to be sent.
 *
 * Of each key the newest time that was sent is remembered, so that what is sent of a key never goes backwards in time, and what
 * came between the reading of the present values and the first news is sent once. What waits is a batch of entries; it
 * collapses to the newest of each key when it grows. Made by a worker, then the service's thread's alone. No I/O.
 */
#pragma once

#include "http/live_command.h"

#include <uthash.h>

/** A key of a command on entities: {"type":"TIME_SERIES","key":"t"}. */
struct live_key {
    bool is_series;
    enum attribute_scope scope; /* of an attribute; 0 = any */
    char type[24];              /* as the client named it */
    char name[KEY_MAX_BYTES + 1];
};
/** Of {"type":..,"key":..}. ERR_INVALID names the member. */
MUST_USE err_t live_key_read(const json_t *object, struct live_key *ret, struct problem *problem);
enum { LIVE_KEYS_MAX = 100 }; /* of a command on entities */

struct live_target {
    uint64_t device;
    struct uuid id;
    struct live_seen *seen;   /* hash of keys */
    struct live_target *next; /* of the same device, other subscriptions; the service's */
    struct live_subscription *subscription;
};

struct live_subscription {
    UT_hash_handle hh; /* of a socket, by id */
    int32_t id;
    enum live_kind kind;
    char *keys;                 /* of series and attributes commands: comma-separated, "" = all */
    enum attribute_scope scope; /* 0 = any */
    bool is_strict;             /* of series and attributes commands: values with their types */
    struct live_key *latest;    /* of LIVE_ENTITY_DATA: keys of latestCmd .. */
    size_t latest_count;
    struct live_key *series; /* .. and of tsCmd */
    size_t series_count;
    json_t *query;  /* of LIVE_ENTITY_COUNT */
    uint64_t count; /* its last answer */
    struct live_target *targets;
    size_t target_count;
    size_t key_count; /* of all that is remembered */
    uint64_t read_at; /* live_count() before the present values were read */
    size_t *held;     /* bytes that wait for the socket, kept up to date here; NULL: not yet of a socket */
    struct batch waiting;
    bool is_waiting; /* in the socket's line */
    struct live_subscription *line_next;
};

/** @return NULL: no memory. @p keys  NULL: "" */
struct live_subscription *live_subscription_new(int32_t id, enum live_kind kind, const char *keys,
                                                size_t targets);
void live_subscription_free(
    struct live_subscription *s); /* its targets are nobody's any more. NULL allowed */

/** A value as clients are shown it: as text, or with its type if @p is_strict. NULL: no memory */
json_t *live_value(const struct value *value, bool is_strict);

/** The client has been shown this as the present value. ERR_NOMEM */
MUST_USE err_t live_subscription_saw(struct live_target *target, const struct entry *entry);

/** Something has been written. @return true: the client is to be shown it; it waits now */
bool live_subscription_take(struct live_target *target, const struct entry *entry);

/** Keep only the newest of each key. */
void live_subscription_collapse(struct live_subscription *s);

/** Write what waits as an update, and let it go. */
void live_subscription_write(struct live_subscription *s, struct buf *out);
