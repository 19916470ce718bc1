/**
 * @file session_record.h - a client's session as bytes, for the disk.
 *
 * Three kinds of record, so that a message does not cost a rewrite of the rest:
 *
 *   state     when it expires, subscriptions; of a detached session also inbound QoS 2 identifiers, and those messages
 *             for the client that have no number (`struct delivery`), i.e. no record of their own
 *   message   a numbered message with QoS 1 or 2 as the session holds it: content, properties, packet id
 *   progress  how far it has come since: packet id, whether PUBREC came
 *
 * Each begins with its version. Times are wall clock, milliseconds since 1970; sessions count monotonic time, hence
 * `struct session_moment`. Decoding trusts nothing: what a client could not have been granted or sent is ERR_INVALID.
 * Pure; any thread that owns the session; allocates.
 */
#pragma once

#include "mqtt/session.h"

/* The same moment on both clocks. */
struct session_moment {
    uint64_t mono_ms;
    int64_t wall_ms;
};

/**
 * Append the state record of a connected session: it expires its interval after whatever ends the connection. What
 * every packet changes is not in it, since an old record of that would do harm: identifiers and messages.
 */
void session_encode(const struct session *s, struct buf *out);

/** Append the state record of a detached one, which knows when it expires. */
void session_state_encode(const struct session_state *state, const struct session_moment *now,
                          struct buf *out);

/**
 * @param limits             max_session_expiry_s bounds what is left of the session's life, whatever the clocks say
 * @param ret_was_connected  the record is one of session_encode(): its client may have seen more than it tells
 * @return ERR_OK · ERR_INVALID (damaged, or a version not known) · ERR_NOMEM
 */
MUST_USE err_t session_state_decode(struct slice client_id, struct slice record,
                                    const struct session_limits *limits, const struct session_moment *now,
                                    struct session_state **ret, bool *ret_was_connected,
                                    struct problem *problem);

/**
 * Append the record of the message that was delivered or queued last; its number is not in it.
 * @return false, and nothing appended, unless it has this number, i.e. was taken and must be acknowledged
 */
bool session_message_encode(const struct session *s, uint64_t number, const struct session_moment *now,
                            struct buf *out);
bool session_state_message_encode(const struct session_state *state, uint64_t number,
                                  const struct session_moment *now, struct buf *out);

/** Append the record of a message's progress. */
void session_progress_encode(const struct delivery_progress *progress, struct buf *out);

struct session_kept_message {
    uint64_t number;
    struct slice message;  /* record */
    struct slice progress; /* record; empty = none */
    bool may_be_sent; /* the session was connected: without progress nobody knows, so it goes out with DUP */
};

/**
 * Queue a message again that was kept on disk. Call in the order of the numbers.
 * @return ERR_OK · ERR_NOT_FOUND (expired) · ERR_LIMIT (the queue is full) · ERR_INVALID (as above) · ERR_NOMEM. Unless
 *         ERR_OK nothing is queued
 */
MUST_USE err_t session_state_restore(struct session_state *state, const struct session_kept_message *kept,
                                     const struct session_limits *limits, const struct session_moment *now,
                                     struct problem *problem);
