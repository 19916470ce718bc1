#include "hub/seats.h"

#include <stdlib.h>
#include <utlist.h>

void sessions_limits(const struct settings *s, struct session_limits *ret)
{
    *ret = session_default_limits;
    ret->max_packet = s->mqtt.max_packet;
    ret->max_payload = s->mqtt.max_payload;
    ret->max_topic = (uint16_t)s->mqtt.max_topic;
    ret->max_inflight = (uint16_t)s->mqtt.max_inflight;
    ret->max_qos2_ids = (uint16_t)s->mqtt.max_inflight;
    ret->max_subscriptions = (uint16_t)s->mqtt.max_subscriptions;
    ret->max_keep_alive_s = (uint16_t)s->mqtt.max_keep_alive;
    ret->max_queued = s->mqtt.max_queued;
    ret->max_session_expiry_s = s->mqtt.max_session_expiry;
    ret->connect_timeout_ms = s->mqtt.connect_timeout * 1000;
}

err_t sessions_new(size_t max_kept, const struct session_limits *limits, struct sessions **ret)
{
    struct sessions *s = calloc(1, sizeof *s);
    if (s == NULL)
        return ERR_NOMEM;
    s->max_kept = max_kept;
    s->limits = *limits;
    pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return ERR_OK;
}

static void submit(struct sessions *s)
{
    if (s->keeper != NULL)
        session_keeper_submit(s->keeper);
}

void sessions_unlock(struct sessions *s)
{
    submit(s);
    pthread_mutex_unlock(&s->lock);
}

static void drop_will(struct sessions *s, struct seat *seat)
{
    if (seat->will != NULL)
        LL_DELETE(s->wills, seat->will);
    free(seat->will);
    seat->will = NULL;
}

/* The session ends, or the delay is over: the will goes out, whoever comes back. */
static void let_will_go(struct seat *seat)
{
    if (seat->will == NULL)
        return;
    seat->will->seat = NULL;
    seat->will = NULL;
}

/* From the disk too, where each state that is left behind has been put. */
static void free_state(struct sessions *s, const struct seat *seat, struct session_state *state)
{
    if (state != NULL && s->keeper != NULL)
        session_keeper_end(s->keeper, seat->key.device, session_state_client_id(state));
    session_state_free(state);
}

static void drop_state(struct sessions *s, struct seat *seat)
{
    let_will_go(seat);
    if (seat->state != NULL)
        seat->of_device->kept--;
    free_state(s, seat, seat->state);
    seat->state = NULL;
}

static void remove_seat(struct sessions *s, struct seat *seat)
{
    struct device_seats *device = seat->of_device;
    drop_state(s, seat);
    if (seat->parcels != 0)
        return; /* the last of them takes it away */
    HASH_DEL(s->seats, seat);
    DL_DELETE(device->first, seat);
    profile_config_unref(seat->profile);
    free(seat);
    if (device->first == NULL) {
        HASH_DEL(s->devices, device);
        free(device);
    }
}

void seat_drop_if_empty(struct sessions *s, struct seat *seat)
{
    if (seat->sitter == NULL && seat->waiting == NULL && seat->state == NULL)
        remove_seat(s, seat);
}

static void free_wills(struct sessions *s)
{
    struct held_will *will, *next;
    LL_FOREACH_SAFE(s->wills, will, next)
    {
        free(will);
    }
}

void sessions_free(struct sessions *s)
{
    struct seat *seat, *next;
    if (s == NULL)
        return;
    session_keeper_free(s->keeper);
    s->keeper = NULL; /* what is left behind stays on disk */
    HASH_ITER (hh, s->seats, seat, next) {
        for (struct seat_claim *claim = seat->waiting, *after; claim != NULL; claim = after) {
            after = claim->next;
            free(claim);
        }
        free(seat->sitter);
        remove_seat(s, seat);
    }
    free_wills(s);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static size_t key_size(size_t client_id_len)
{
    return offsetof(struct seat_key, client_id) + client_id_len;
}

static struct device_seats *find_or_add_device(struct sessions *s, uint64_t device)
{
    struct device_seats *d;
    HASH_FIND(hh, s->devices, &device, sizeof device, d);
    if (d != NULL)
        return d;
    d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->device = device;
    HASH_ADD(hh, s->devices, device, sizeof d->device, d);
    return d;
}

static struct seat *add_seat(struct sessions *s, struct seat *seat)
{
    struct device_seats *device = find_or_add_device(s, seat->key.device);
    if (device == NULL) {
        free(seat);
        return NULL;
    }
    seat->of_device = device;
    DL_APPEND(device->first, seat);
    HASH_ADD_KEYPTR(hh, s->seats, &seat->key, key_size(seat->client_id_len), seat);
    return seat;
}

struct seat *seat_find_or_add(struct sessions *s, uint64_t device, struct slice client_id)
{
    struct seat *fresh = calloc(1, sizeof *fresh + client_id.len), *seat;
    if (fresh == NULL)
        return NULL;
    fresh->key.device = device;
    fresh->client_id_len = client_id.len;
    if (client_id.len != 0)
        memcpy(fresh->key.client_id, client_id.data, client_id.len);
    HASH_FIND(hh, s->seats, &fresh->key, key_size(client_id.len), seat);
    if (seat == NULL)
        return add_seat(s, fresh);
    free(fresh);
    return seat;
}

/* With the lock held. */
static void put_claim(struct seat_claim *claim)
{
    if (--claim->references == 0)
        free(claim);
}

static void deliver_eviction(struct mail *mail, void *reactor)
{
    struct seat_claim *claim =
        (struct seat_claim *)(void *)((char *)mail - offsetof(struct seat_claim, eviction));
    struct sessions *s = claim->sessions;
    struct seat_owner sitter = claim->sitter;
    pthread_mutex_lock(&s->lock);
    put_claim(claim);
    sessions_unlock(s);
    sitter.evict(reactor, sitter.handle);
}

static void deliver_grant(struct mail *mail, void *reactor)
{
    struct seat_claim *claim =
        (struct seat_claim *)(void *)((char *)mail - offsetof(struct seat_claim, grant));
    struct session_state *state = claim->state;
    claim->state = NULL;
    claim->owner.granted(reactor, claim->owner.handle, claim, state);
}

/* With the lock held: ask whoever sits to leave, at @p claim's wish. */
static void evict(struct seat *seat, struct seat_claim *claim)
{
    claim->sitter = seat->sitter->owner;
    claim->references++;
    claim->eviction = (struct mail){NULL, deliver_eviction};
    mailbox_return(claim->sitter.box, &claim->eviction);
}

static void wait_for_seat(struct seat *seat, struct seat_claim *claim)
{
    struct seat_claim **last = &seat->waiting;
    while (*last != NULL)
        last = &(*last)->next;
    *last = claim;
    if (seat->waiting == claim)
        evict(seat, claim);
}

/* With the lock held: the client is back. Is it in time for its will? */
static void meet_will(struct sessions *s, struct seat *seat, bool is_resumed, uint64_t now_ms)
{
    if (is_resumed && seat->will != NULL && seat->will->due_ms > now_ms)
        drop_will(s, seat); /* [MQTT-3.1.3-9] */
    else
        let_will_go(seat);
}

/* With the lock held: what an earlier session left, unless it has expired. */
static struct session_state *take_state(struct sessions *s, struct seat *seat, uint64_t now_ms)
{
    struct session_state *state = seat->state;
    if (state == NULL)
        return NULL;
    seat->state = NULL;
    seat->of_device->kept--;
    if (session_state_expiry_ms(state) > now_ms)
        return state;
    free_state(s, seat, state);
    return NULL;
}

err_t sessions_claim(struct sessions *s, uint64_t device, struct slice client_id,
                     const struct seat_owner *owner, uint64_t now_ms, struct seat_claim **ret_claim,
                     struct session_state **ret_state)
{
    struct seat_claim *claim = calloc(1, sizeof *claim);
    if (claim == NULL)
        return ERR_NOMEM;
    *claim = (struct seat_claim){.owner = *owner, .references = 1, .sessions = s};
    pthread_mutex_lock(&s->lock);
    struct seat *seat = claim->seat = seat_find_or_add(s, device, client_id);
    err_t err = seat == NULL ? ERR_NOMEM : seat->sitter == NULL ? ERR_OK : ERR_AGAIN;
    if (err == ERR_OK) {
        *ret_state = take_state(s, seat, now_ms);
        seat->is_persistent = *ret_state != NULL; /* until the sitter knows better */
        meet_will(s, seat, *ret_state != NULL && !owner->starts_clean, now_ms);
        seat->sitter = claim;
    } else if (err == ERR_AGAIN) {
        wait_for_seat(seat, claim);
    }
    sessions_unlock(s);
    if (err == ERR_NOMEM)
        free(claim);
    else
        *ret_claim = claim;
    return err;
}

/* With the lock held: the first in the queue sits down. The next one behind it asks it to leave in turn. */
static void seat_next(struct sessions *s, struct seat *seat, struct session_state *state)
{
    submit(s); /* before anybody learns of the grant */
    struct seat_claim *next = seat->waiting;
    seat->waiting = next->next;
    next->next = NULL;
    next->state = state;
    seat->sitter = next;
    next->grant = (struct mail){NULL, deliver_grant};
    mailbox_return(next->owner.box, &next->grant);
    if (seat->waiting != NULL)
        evict(seat, seat->waiting);
}

/* The device's oldest seat that only keeps a state. There is one: the bound was passed. */
static struct seat *oldest_kept(struct device_seats *device)
{
    struct seat *seat;
    DL_FOREACH(device->first, seat)
    {
        if (seat->state != NULL)
            return seat;
    }
    return NULL;
}

/* With the lock held. */
static void add_will(struct sessions *s, struct held_will *will, struct seat *seat)
{
    will->seat = seat;
    LL_PREPEND(s->wills, will);
    if (seat != NULL)
        seat->will = will;
}

void sessions_hold_will(struct sessions *s, struct held_will *will)
{
    pthread_mutex_lock(&s->lock);
    add_will(s, will, NULL);
    sessions_unlock(s);
}

void seat_leave_behind(struct sessions *s, struct seat *seat, struct session_state *state,
                       struct held_will *will)
{
    struct device_seats *device = seat->of_device;
    if (device->kept >= s->max_kept)
        remove_seat(s, oldest_kept(device)); /* not this one, which keeps nothing yet */
    seat->state = state;
    device->kept++;
    if (will != NULL)
        add_will(s, will, seat);
}

void sessions_set_forms(struct sessions *s, struct seat_claim *claim, const struct payload_forms *forms)
{
    struct seat *seat = claim->seat;
    struct profile_config *profile = forms->profile != NULL ? profile_config_ref(forms->profile) : NULL;
    pthread_mutex_lock(&s->lock);
    struct profile_config *before = seat->profile;
    seat->payloads = forms->payloads;
    seat->profile = profile;
    pthread_mutex_unlock(&s->lock);
    profile_config_unref(before);
}

void sessions_release(struct sessions *s, struct seat_claim *claim, struct session_state *state,
                      struct held_will *will)
{
    struct seat *seat = claim->seat;
    CHECK(will == NULL || state != NULL);
    pthread_mutex_lock(&s->lock);
    CHECK(seat->sitter == claim); /* a claimant that went away waits for its grant first */
    seat->sitter = NULL;
    if (seat->is_forgotten) {
        free_state(s, seat, state);
        free(will);
        state = NULL;
        will = NULL;
        seat->is_forgotten = false;
    }
    seat->is_persistent = state != NULL;
    if (seat->waiting != NULL) {
        if (will != NULL && seat->waiting->owner.starts_clean)
            add_will(s, will, NULL);
        else
            free(will); /* [MQTT-3.1.3-9] */
        seat_next(s, seat, state);
    } else if (state != NULL) {
        seat_leave_behind(s, seat, state, will);
    } else {
        remove_seat(s, seat);
    }
    put_claim(claim);
    sessions_unlock(s);
}

void sessions_mark_persistent(struct sessions *s, struct seat_claim *claim, bool is_persistent)
{
    pthread_mutex_lock(&s->lock);
    CHECK(claim->seat->sitter == claim);
    claim->seat->is_persistent = is_persistent;
    sessions_unlock(s);
}

uint64_t sessions_next_number(struct sessions *s)
{
    return atomic_fetch_add(&s->number, 1) + 1;
}

struct held_will *sessions_take_due_will(struct sessions *s, uint64_t now_ms)
{
    struct held_will *will;
    pthread_mutex_lock(&s->lock);
    LL_FOREACH(s->wills, will)
    {
        if (will->seat == NULL || will->due_ms <= now_ms)
            break;
    }
    if (will != NULL) {
        LL_DELETE(s->wills, will);
        if (will->seat != NULL)
            will->seat->will = NULL;
    }
    sessions_unlock(s);
    return will;
}

void sessions_sweep(struct sessions *s, uint64_t now_ms)
{
    struct seat *seat, *next;
    pthread_mutex_lock(&s->lock);
    HASH_ITER (hh, s->seats, seat, next) {
        bool is_empty = seat->sitter == NULL && seat->waiting == NULL;
        if (is_empty && (seat->state == NULL || session_state_expiry_ms(seat->state) <= now_ms))
            remove_seat(s, seat);
    }
    sessions_unlock(s);
}

/* With the lock held. */
static void drop_wills_of(struct sessions *s, uint64_t device)
{
    struct held_will *will, *next;
    LL_FOREACH_SAFE(s->wills, will, next)
    {
        if (will->device != device)
            continue;
        if (will->seat != NULL)
            will->seat->will = NULL;
        LL_DELETE(s->wills, will);
        free(will);
    }
}

void sessions_forget_device(struct sessions *s, uint64_t device)
{
    struct device_seats *d;
    pthread_mutex_lock(&s->lock);
    drop_wills_of(s, device);
    HASH_FIND(hh, s->devices, &device, sizeof device, d);
    for (struct seat *seat = d ? d->first : NULL, *next; seat != NULL; seat = next) {
        next = seat->next;
        if (seat->sitter != NULL)
            seat->is_forgotten = true;
        else
            remove_seat(s, seat); /* the last one takes the device's entry with it */
    }
    sessions_unlock(s);
}
