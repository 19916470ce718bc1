/* Messages of the platform on their way to seats. */
#include "base/clock.h"
#include "hub/downlink_form.h"
#include "hub/seats.h"

#include <stdlib.h>

/* One message on its way to one seat. A connection may have ended when it arrives: then it follows the seat. */
struct parcel {
    struct mail mail;
    struct sessions *sessions;
    struct seat *seat;
    struct seat_owner owner; /* of the connection it was sent to */
    struct downlink *downlink;
    bool is_held; /* its sender may wait until it is on disk */
};

static void count(struct downlink *d, enum delivery_result result)
{
    if (result == DELIVERY_SENT)
        atomic_fetch_add(&d->sent, 1);
    else if (result == DELIVERY_QUEUED)
        atomic_fetch_add(&d->queued, 1);
    else if (result == DELIVERY_DROPPED)
        atomic_fetch_add(&d->dropped, 1);
}

static void end_parcel(struct parcel *parcel)
{
    if (parcel->is_held)
        downlink_release(parcel->downlink, ERR_OK);
    downlink_settle(parcel->downlink);
    downlink_unref(parcel->downlink);
    free(parcel);
}

static void deliver_parcel(struct mail *mail, void *reactor);

/* With the lock held: into the state that was left behind, if there is any and the message may wait. */
static void queue(struct sessions *s, struct seat *seat, struct downlink *downlink)
{
    if (seat->state == NULL || downlink->needs_connection)
        return;
    const struct payload_forms forms = seat_forms(seat);
    uint64_t number = s->keeper != NULL ? sessions_next_number(s) : 0;
    count(downlink, downlink_queue(downlink, &forms, seat->state, &s->limits, number, clock_mono_ms()));
    if (number == 0)
        return;
    for (uint64_t expired; (expired = session_state_take_expired(seat->state)) != 0;)
        session_keeper_forget(s->keeper, seat->key.device, session_state_client_id(seat->state), expired);
    session_keeper_keep_away(s->keeper, seat->key.device, seat->state, number, downlink);
}

/*
 * With the lock held: on to whoever has the seat now. A grant that is still under way reaches its reactor before this
 * does. @return false: it has arrived, in the state that was left behind or nowhere
 */
static bool forward(struct parcel *parcel)
{
    struct seat *seat = parcel->seat;
    struct sessions *s = parcel->sessions;
    if (seat->sitter != NULL && seat->sitter->owner.deliver != NULL) {
        parcel->owner = seat->sitter->owner;
        parcel->mail = (struct mail){NULL, deliver_parcel};
        mailbox_return(parcel->owner.box, &parcel->mail);
        return true;
    }
    if (seat->sitter == NULL)
        queue(s, seat, parcel->downlink);
    return false;
}

/* With the lock held. */
static void leave_seat(struct parcel *parcel)
{
    parcel->seat->parcels--;
    if (parcel->seat->parcels == 0)
        seat_drop_if_empty(parcel->sessions, parcel->seat);
}

static void deliver_parcel(struct mail *mail, void *reactor)
{
    struct parcel *parcel = (struct parcel *)mail;
    struct sessions *s = parcel->sessions;
    enum delivery_result result = DELIVERY_UNWANTED;
    bool is_there = parcel->owner.deliver(reactor, parcel->owner.handle, parcel->seat->key.device,
                                          parcel->downlink, &result);
    pthread_mutex_lock(&s->lock);
    bool is_done = is_there || !forward(parcel);
    if (is_done)
        leave_seat(parcel);
    sessions_unlock(s);
    if (!is_done)
        return;
    count(parcel->downlink, result);
    end_parcel(parcel);
}

/* With the lock held. Out of memory: that seat goes without. */
static void send_to(struct sessions *s, struct seat *seat, struct downlink *downlink)
{
    if (seat->sitter == NULL) { /* away: no need to travel */
        queue(s, seat, downlink);
        return;
    }
    if (seat->sitter->owner.deliver == NULL)
        return;
    struct parcel *parcel = calloc(1, sizeof *parcel);
    if (parcel == NULL)
        return;
    *parcel = (struct parcel){.sessions = s, .seat = seat, .downlink = downlink};
    downlink_ref(downlink);
    atomic_fetch_add(&downlink->waiting, 1);
    parcel->is_held = seat->is_persistent && !downlink->needs_connection;
    if (parcel->is_held)
        downlink_hold(downlink);
    seat->parcels++;
    (void)forward(parcel); /* there is a sitter: it travels */
}

static void send_to_device(struct sessions *s, uint64_t device, struct downlink *downlink)
{
    struct device_seats *d;
    HASH_FIND(hh, s->devices, &device, sizeof device, d);
    for (struct seat *seat = d ? d->first : NULL; seat != NULL; seat = seat->next)
        send_to(s, seat, downlink);
}

void sessions_post_all(struct sessions *s, const uint64_t *devices, size_t n, struct downlink *downlink)
{
    enum { AT_ONCE = 64 }; /* logins wait for the lock */
    atomic_fetch_add(&downlink->waiting, 1);
    for (size_t i = 0; i < n;) {
        pthread_mutex_lock(&s->lock);
        for (size_t end = n - i > AT_ONCE ? i + AT_ONCE : n; i < end; i++)
            send_to_device(s, devices[i], downlink);
        sessions_unlock(s);
    }
    downlink_settle(downlink);
}

void sessions_post(struct sessions *s, uint64_t device, struct downlink *downlink)
{
    sessions_post_all(s, &device, 1, downlink);
}
