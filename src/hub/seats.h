/**
 * @file seats.h - the directory behind sessions.h. Private to sessions*.c.
 */
#pragma once

#include "hub/session_keeper.h"
#include "hub/sessions.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

struct seat_claim {
    struct seat *seat;
    struct seat_owner owner;
    struct seat_claim *next;     /* waiting for the same seat */
    struct session_state *state; /* on its way to the claimant */
    struct mail grant;
    struct mail eviction;     /* to the sitter, at this claim's wish */
    struct seat_owner sitter; /* whom the eviction is for */
    unsigned references;      /* claimant, and each message under way; guarded by the lock */
    struct sessions *sessions;
};

struct seat_key {
    uint64_t device;
    uint8_t client_id[]; /* as many bytes as the id has */
};

struct seat {
    UT_hash_handle hh;
    struct seat_claim *sitter;   /* NULL: nobody connected */
    struct seat_claim *waiting;  /* first in the queue */
    struct session_state *state; /* left behind; only while sitter is NULL */
    struct held_will *will;      /* in the list of wills too; only while sitter is NULL */
    struct device_seats *of_device;
    struct seat *prev, *next;       /* the device's other seats */
    struct payloads *payloads;      /* with the next: the device's forms */
    struct profile_config *profile; /* a reference; NULL = JSON */
    unsigned parcels;               /* messages on their way to it: the seat stays until they have come */
    bool is_forgotten;              /* what its sitter leaves is not kept: the device was revoked */
    bool is_persistent;             /* the sitter's session will outlive it, so its messages are on disk */
    size_t client_id_len;
    struct seat_key key;
};

/* All seats of one device, in the order they were made. */
struct device_seats {
    UT_hash_handle hh;
    uint64_t device;
    struct seat *first;
    size_t kept; /* seats with a state left behind */
};

struct sessions {
    pthread_mutex_t lock; /* guards everything reachable from here */
    struct seat *seats;
    struct device_seats *devices;
    struct held_will *wills; /* list of all that wait; without a seat: due */
    size_t max_kept;
    struct session_limits limits; /* for what is queued in a state left behind */
    struct session_keeper
        *keeper;                 /* for the sessions whose clients are away; NULL: nothing is kept on disk */
    atomic_uint_fast64_t number; /* the last one given to a message */
};

static inline struct payload_forms seat_forms(const struct seat *seat)
{
    return (struct payload_forms){seat->payloads, seat->profile};
}

/**
 * With the lock held: hand what was written under it to the writer, then unlock. The queue of the writer has a lock of a
 * lower rank. So the next owner of a session writes behind what was written here.
 */
void sessions_unlock(struct sessions *sessions);

/** With the lock held: leave a state behind in an empty seat; the device's oldest makes room. */
void seat_leave_behind(struct sessions *sessions, struct seat *seat, struct session_state *state,
                       struct held_will *will);

/** With the lock held: the seat of (device, client id), made if there is none. NULL = no memory */
struct seat *seat_find_or_add(struct sessions *sessions, uint64_t device, struct slice client_id);

/** With the lock held: free the seat if nobody sits, waits, is kept there, or is about to get a message. */
void seat_drop_if_empty(struct sessions *sessions, struct seat *seat);
