#include "hub/session_keeper.h"

#include "base/clock.h"
#include "hub/writer.h"
#include "mqtt/session_record.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { BATCH_BYTES = 1024 * 1024 }; /* of entries; a batch that has more is handed over */

/* Somebody who waits for a batch: a downlink, or an answer whose codes stand in the batch's `codes`. */
struct waiting {
    struct downlink *downlink; /* NULL: an answer */
    uint64_t client;
    size_t codes_at, codes_len;
    uint16_t packet_id;
    uint8_t type;
};

struct keeper_batch {
    struct write_batch write; /* first: on_done finds the rest by it */
    struct session_keeper *keeper;
    struct waiting *waiting;
    size_t count, capacity;
    struct buf codes;
};

struct session_keeper {
    struct writer *writer;
    struct mailbox *home;
    keeper_on_answer on_answer;
    struct keeper_batch *open; /* NULL: nothing gathered */
    struct buf record;         /* of the entry at hand */
    atomic_uint submitted; /* batches with the writer, which takes them back itself when there is no home */
};

err_t session_keeper_new(struct writer *writer, struct mailbox *home, keeper_on_answer on_answer,
                         struct session_keeper **ret)
{
    struct session_keeper *k = calloc(1, sizeof *k);
    if (k == NULL)
        return ERR_NOMEM;
    k->writer = writer;
    k->home = home;
    k->on_answer = on_answer;
    *ret = k;
    return ERR_OK;
}

static void free_batch(struct keeper_batch *b)
{
    batch_fini(&b->write.batch);
    buf_fini(&b->codes);
    free(b->waiting);
    free(b);
}

void session_keeper_free(struct session_keeper *k)
{
    if (k == NULL)
        return;
    CHECK(atomic_load(&k->submitted) == 0);
    if (k->open != NULL)
        free_batch(k->open);
    buf_fini(&k->record);
    free(k);
}

/* ---- batches ---- */

static void tell(const struct session_keeper *k, const struct keeper_batch *b, const struct waiting *w,
                 err_t result, void *owner)
{
    if (w->downlink != NULL) {
        downlink_release(w->downlink, result);
        return;
    }
    struct slice codes = slice_skip(buf_slice(&b->codes), w->codes_at);
    const struct keeper_answer answer = {.client = w->client,
                                         .type = (enum mqtt_type)w->type,
                                         .packet_id = w->packet_id,
                                         .codes = slice_of(codes.data, w->codes_len),
                                         .result = result,
                                         .text = b->write.problem.text};
    k->on_answer(owner, &answer);
}

static void on_written(struct write_batch *write, void *owner)
{
    struct keeper_batch *b = (struct keeper_batch *)write;
    struct session_keeper *k = b->keeper;
    err_t result = buf_is_ok(&write->batch.bytes) ? write->result : ERR_NOMEM;
    atomic_fetch_sub(&k->submitted, 1);
    if (k->home != NULL)
        session_keeper_flush(k); /* first, so that the writer works while the answers are sent */
    for (size_t i = 0; i < b->count; i++)
        tell(k, b, &b->waiting[i], result, owner);
    free_batch(b);
}

/* NULL: no memory; the entry is lost. */
static struct keeper_batch *open_batch(struct session_keeper *k)
{
    if (k->open != NULL)
        return k->open;
    struct keeper_batch *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->keeper = k;
    b->write.home = k->home;
    b->write.on_done = on_written;
    return k->open = b;
}

void session_keeper_submit(struct session_keeper *k)
{
    struct keeper_batch *b = k->open;
    if (b == NULL)
        return;
    k->open = NULL;
    atomic_fetch_add(&k->submitted, 1);
    writer_submit(k->writer, &b->write);
}

void session_keeper_flush(struct session_keeper *k)
{
    if (atomic_load(&k->submitted) == 0)
        session_keeper_submit(k);
}

bool session_keeper_is_idle(const struct session_keeper *k)
{
    return k->open == NULL && atomic_load(&k->submitted) == 0;
}

/* Room for one more that waits, so that nothing can fail once its entry is in the batch. */
static struct waiting *add_waiting(struct keeper_batch *b)
{
    if (b->count == b->capacity) {
        size_t capacity = b->capacity != 0 ? 2 * b->capacity : 8;
        struct waiting *grown = realloc(b->waiting, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        b->waiting = grown;
        b->capacity = capacity;
    }
    b->waiting[b->count] = (struct waiting){0};
    return &b->waiting[b->count++];
}

/* ---- entries ---- */

static struct session_moment moment(void)
{
    return (struct session_moment){clock_mono_ms(), clock_wall_ms()};
}

/* Put k->record. @return the batch it went to, NULL when there is no memory */
static struct keeper_batch *put(struct session_keeper *k, uint64_t device, struct slice client_id,
                                enum session_part part, uint64_t number, bool is_lazy)
{
    struct keeper_batch *b = open_batch(k);
    const struct session_entry entry = {device, client_id, number, part, buf_slice(&k->record)};
    if (b == NULL || !buf_is_ok(&k->record))
        return NULL;
    batch_put_session(&b->write.batch, &entry, is_lazy);
    return b;
}

static void submit_if_large(struct session_keeper *k)
{
    if (k->open != NULL && k->open->write.batch.bytes.len > BATCH_BYTES)
        session_keeper_submit(k);
}

static struct keeper_batch *put_session(struct session_keeper *k, uint64_t device, const struct session *s,
                                        bool is_lazy)
{
    buf_clear(&k->record);
    session_encode(s, &k->record);
    return put(k, device, session_client_id(s), SESSION_PART_STATE, 0, is_lazy);
}

void session_keeper_save(struct session_keeper *k, uint64_t device, const struct session *s)
{
    (void)put_session(k, device, s, true);
    submit_if_large(k);
}

void session_keeper_save_state(struct session_keeper *k, uint64_t device, const struct session_state *state)
{
    struct session_moment now = moment();
    buf_clear(&k->record);
    session_state_encode(state, &now, &k->record);
    (void)put(k, device, session_state_client_id(state), SESSION_PART_STATE, 0, true);
    submit_if_large(k);
}

bool session_keeper_save_and_answer(struct session_keeper *k, uint64_t device, const struct session *s,
                                    const struct keeper_answer *answer)
{
    struct keeper_batch *b = put_session(k, device, s, false);
    if (b == NULL)
        return false;
    size_t at = b->codes.len;
    buf_append_slice(&b->codes, answer->codes);
    struct waiting *w = buf_is_ok(&b->codes) ? add_waiting(b) : NULL;
    if (w != NULL)
        *w = (struct waiting){.client = answer->client,
                              .codes_at = at,
                              .codes_len = answer->codes.len,
                              .packet_id = answer->packet_id,
                              .type = (uint8_t)answer->type};
    submit_if_large(k);
    return w != NULL;
}

void session_keeper_end(struct session_keeper *k, uint64_t device, struct slice client_id)
{
    struct keeper_batch *b = open_batch(k);
    if (b != NULL)
        batch_end_session(&b->write.batch, device, client_id);
    submit_if_large(k);
}

/* k->record is a message's. */
static void keep(struct session_keeper *k, uint64_t device, struct slice client_id, uint64_t number,
                 struct downlink *downlink)
{
    struct keeper_batch *b = put(k, device, client_id, SESSION_PART_MESSAGE, number, false);
    struct waiting *w = b != NULL ? add_waiting(b) : NULL;
    if (w == NULL) {
        downlink_fail(downlink, ERR_NOMEM);
        return;
    }
    downlink_hold(downlink);
    w->downlink = downlink;
    submit_if_large(k);
}

void session_keeper_keep(struct session_keeper *k, uint64_t device, const struct session *s, uint64_t number,
                         struct downlink *downlink)
{
    struct session_moment now = moment();
    buf_clear(&k->record);
    if (session_message_encode(s, number, &now, &k->record))
        keep(k, device, session_client_id(s), number, downlink);
}

void session_keeper_keep_away(struct session_keeper *k, uint64_t device, const struct session_state *state,
                              uint64_t number, struct downlink *downlink)
{
    struct session_moment now = moment();
    buf_clear(&k->record);
    if (session_state_message_encode(state, number, &now, &k->record))
        keep(k, device, session_state_client_id(state), number, downlink);
}

void session_keeper_note(struct session_keeper *k, uint64_t device, struct slice client_id, uint64_t number,
                         const struct delivery_progress *progress)
{
    buf_clear(&k->record);
    session_progress_encode(progress, &k->record);
    (void)put(k, device, client_id, SESSION_PART_PROGRESS, number, true);
    submit_if_large(k);
}

void session_keeper_forget(struct session_keeper *k, uint64_t device, struct slice client_id, uint64_t number)
{
    struct keeper_batch *b = open_batch(k);
    const struct session_entry entry = {.device = device, .client_id = client_id, .number = number};
    if (b != NULL)
        batch_delete_message(&b->write.batch, &entry);
    submit_if_large(k);
}
