/**
 * @file session_keeper.h - what kept sessions consist of, on its way to the writer.
 *
 * A session is kept when it outlives its connection. On disk it is one record of its state and one for each message
 * that the client has not acknowledged (mqtt/session_record.h). Each reactor has a keeper for the sessions that are
 * connected to it; the directory of sessions (hub/sessions.h) has one for those whose client is away, used with the
 * directory's lock held.
 *
 * Order. Entries of one keeper are written in the order of the calls. Who hands a session on - a reactor to the
 * directory, the directory to a reactor - submits its keeper first: then what the next owner writes comes behind.
 *
 * Durability. Waited for (synced): the state after SUBSCRIBE and UNSUBSCRIBE, whose acknowledgement waits; messages,
 * whose sender waits (downlink_hold()); the end of a session. Lazy: that a client came or went, that a message was sent
 * or acknowledged. A power cut loses no more of these than one sync's time, which costs a repetition at worst.
 *
 * Nothing here is called for sessions that end with their connection. Not thread-safe, except that a batch comes back
 * on its home's thread, or on the writer's when the keeper has none.
 */
#pragma once

#include "base/mailbox.h"
#include "hub/downlink.h"
#include "mqtt/session.h"

struct writer;
struct session_keeper;

/** An acknowledgement that waited for the disk, as session_keeper_answer() got it. Borrowed for the call. */
struct keeper_answer {
    uint64_t client;
    enum mqtt_type type;
    uint16_t packet_id;
    struct slice codes;
    err_t result;     /* ERR_OK: on disk */
    const char *text; /* of a failure */
};

/** On the home's thread; may be NULL when nobody ever answers. */
typedef void (*keeper_on_answer)(void *owner, const struct keeper_answer *answer);

/** @param home  where batches come back to; NULL: they are dealt with on the writer's thread, no answers then */
MUST_USE err_t session_keeper_new(struct writer *writer, struct mailbox *home, keeper_on_answer on_answer,
                                  struct session_keeper **ret);
/** After the last batch is back. NULL allowed. */
void session_keeper_free(struct session_keeper *keeper);

/** The state of a connected session; lazy. */
void session_keeper_save(struct session_keeper *keeper, uint64_t device, const struct session *s);
/** The state that a session left behind; lazy. */
void session_keeper_save_state(struct session_keeper *keeper, uint64_t device,
                               const struct session_state *state);

/**
 * The state of a connected session, and an answer to its client when that is on disk.
 * @return false: no memory, nothing will come
 */
bool session_keeper_save_and_answer(struct session_keeper *keeper, uint64_t device, const struct session *s,
                                    const struct keeper_answer *answer);

/** All of a session goes: it ended, or another one begins under its name. */
void session_keeper_end(struct session_keeper *keeper, uint64_t device, struct slice client_id);

/**
 * The message that the session took last, if it has this number, i.e. has to be acknowledged. @p downlink is held until
 * it is on disk.
 */
void session_keeper_keep(struct session_keeper *keeper, uint64_t device, const struct session *s,
                         uint64_t number, struct downlink *downlink);
void session_keeper_keep_away(struct session_keeper *keeper, uint64_t device,
                              const struct session_state *state, uint64_t number, struct downlink *downlink);

/** A message of that number came further, or left the session; both lazy. */
void session_keeper_note(struct session_keeper *keeper, uint64_t device, struct slice client_id,
                         uint64_t number, const struct delivery_progress *progress);
void session_keeper_forget(struct session_keeper *keeper, uint64_t device, struct slice client_id,
                           uint64_t number);

/** Hand what was gathered to the writer now. */
void session_keeper_submit(struct session_keeper *keeper);
/** The same unless a batch is under way: what is gathered meanwhile makes fewer, larger writes. End of a loop turn. */
void session_keeper_flush(struct session_keeper *keeper);
/** Nothing is gathered or under way. */
bool session_keeper_is_idle(const struct session_keeper *keeper);
