#include "hub/forward_backlog.h"

#include "base/cursor.h"
#include "base/log.h"
#include "hub/forward_event.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { KEPT_BYTES = 4 * 1024 * 1024 }; /* of memory, between two records */

struct forward_backlog {
    struct series *series;
    atomic_uint kinds;
    atomic_uint_least64_t bytes; /* of the records on disk */
    void (*wake)(void *arg);
    void *arg;

    struct batch record; /* this and the next: the writer thread's */
    uint64_t next;

    /* The forwarder thread's: there is none before `first`; up to `at` they are dealt with, but not written. */
    uint64_t first, at, taken_bytes;
};

static struct slice make_key(uint64_t number, struct buf *out)
{
    buf_clear(out);
    buf_append_u8(out, 'b');
    buf_append_u64(out, number);
    return buf_slice(out);
}

/* ---- what is there ------------------------------------------------------------------------------------------- */

static bool take_next(void *arg, struct slice key, struct slice value)
{
    struct forward_backlog *b = arg;
    struct cursor c = cursor_of(value);
    b->first = b->at = b->next = cursor_u64(&c);
    return false;
}

static bool count_record(void *arg, struct slice key, struct slice value)
{
    struct forward_backlog *b = arg;
    struct cursor c = cursor_of(slice_skip(key, 1));
    b->next = cursor_u64(&c) + 1;
    atomic_fetch_add(&b->bytes, value.len);
    return true;
}

err_t forward_backlog_new(struct series *series, struct forward_backlog **ret, struct problem *problem)
{
    struct forward_backlog *b = calloc(1, sizeof *b);
    if (b == NULL)
        return fail(problem, ERR_NOMEM, "", "no memory");
    b->series = series;
    b->first = b->at = b->next = 1;
    err_t err = outbox_read(series, SLICE("n"), SLICE("o"), take_next, b, problem);
    if (err == ERR_OK)
        err = outbox_read(series, SLICE("b"), SLICE("c"), count_record, b, problem);
    if (err == ERR_OK)
        *ret = b;
    else
        forward_backlog_free(b);
    return err;
}

void forward_backlog_free(struct forward_backlog *b)
{
    if (b == NULL)
        return;
    batch_fini(&b->record);
    free(b);
}

void forward_backlog_want(struct forward_backlog *b, unsigned kinds)
{
    atomic_store(&b->kinds, kinds);
}

void forward_backlog_listen(struct forward_backlog *b, void (*wake)(void *arg), void *arg)
{
    b->wake = wake;
    b->arg = arg;
}

uint64_t forward_backlog_bytes(const struct forward_backlog *b)
{
    return atomic_load(&b->bytes) - b->taken_bytes;
}

/* ---- the writer's side --------------------------------------------------------------------------------------- */

static void set_aside(struct forward_backlog *b, const struct batch *batch, unsigned kinds)
{
    struct entry e;
    for (size_t at = 0; batch_next(batch, &at, &e);)
        if (forward_event_wants(kinds, &e))
            batch_add_entry(&b->record, &e);
}

void forward_backlog_take(struct forward_backlog *b, struct batch *const *batches, size_t count)
{
    unsigned kinds = b != NULL ? atomic_load_explicit(&b->kinds, memory_order_relaxed) : 0;
    if (kinds == 0)
        return;
    for (size_t i = 0; i < count; i++)
        set_aside(b, batches[i], kinds);
    if (!buf_is_ok(&b->record.bytes))
        log_warning("forward.dropped", log_text("detail", "no memory to set messages aside"));
    if (batch_is_empty(&b->record))
        return;
    AUTO_BUF key = {0};
    outbox_join(b->series, make_key(b->next, &key), buf_slice(&b->record.bytes));
    atomic_fetch_add(&b->bytes, b->record.bytes.len); /* before it can be read and taken off */
}

/* A number whose write failed is not used again: part of it may be in the log all the same. */
void forward_backlog_written(struct forward_backlog *b, err_t result)
{
    if (b == NULL || batch_is_empty(&b->record))
        return;
    b->next++;
    if (result != ERR_OK)
        atomic_fetch_sub(&b->bytes, b->record.bytes.len);
    else if (b->wake != NULL)
        b->wake(b->arg);
    if (b->record.bytes.cap > KEPT_BYTES)
        batch_fini(&b->record);
    batch_clear(&b->record);
}

/* ---- the forwarder's side ------------------------------------------------------------------------------------ */

static bool copy_record(void *arg, struct slice key, struct slice value)
{
    struct forward_record *record = arg;
    struct cursor c = cursor_of(slice_skip(key, 1));
    record->number = cursor_u64(&c);
    buf_append_slice(&record->entries.bytes, value);
    return false;
}

err_t forward_backlog_read(struct forward_backlog *b, struct forward_record *ret, struct problem *problem)
{
    AUTO_BUF from = {0};
    if (ret->entries.bytes.cap > KEPT_BYTES)
        batch_fini(&ret->entries);
    batch_clear(&ret->entries);
    ret->number = 0;
    TRY(outbox_read(b->series, make_key(b->at, &from), SLICE("c"), copy_record, ret, problem));
    if (ret->number == 0)
        return fail(problem, ERR_NOT_FOUND, "", "nothing is set aside");
    if (!buf_is_ok(&ret->entries.bytes))
        return fail(problem, ERR_NOMEM, "", "no memory to forward messages");
    return ERR_OK;
}

void forward_backlog_finish(struct forward_backlog *b, const struct forward_record *record,
                            struct outbox_batch *batch)
{
    AUTO_BUF key = {0}, next = {0};
    outbox_delete(batch, make_key(record->number, &key));
    buf_append_u64(&next, record->number + 1);
    outbox_put(batch, SLICE("n"), buf_slice(&next));
    b->at = record->number + 1;
    b->taken_bytes += record->entries.bytes.len;
}

void forward_backlog_finished(struct forward_backlog *b, err_t result)
{
    if (result == ERR_OK) {
        b->first = b->at;
        atomic_fetch_sub(&b->bytes, b->taken_bytes);
    }
    b->at = b->first;
    b->taken_bytes = 0;
}
