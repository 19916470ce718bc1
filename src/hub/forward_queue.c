#include "hub/forward_queue.h"

#include "base/cursor.h"

enum { KEY_BYTES = 1 + 8 + 8, COUNT_KEY_BYTES = 1 + 8, HEAD_BYTES = 8 + 4 };

static uint8_t *put_u64(uint8_t *out, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *out++ = (uint8_t)(v >> shift);
    return out;
}

static struct slice chunk_key(uint64_t name, uint64_t number, uint8_t out[KEY_BYTES])
{
    out[0] = 'q';
    put_u64(put_u64(out + 1, name), number);
    return slice_of(out, KEY_BYTES);
}

static struct slice count_key(uint64_t name, uint8_t out[COUNT_KEY_BYTES])
{
    out[0] = 'd';
    put_u64(out + 1, name);
    return slice_of(out, COUNT_KEY_BYTES);
}

/* ---- sizes --------------------------------------------------------------------------------------------------- */

struct chunk_size {
    uint32_t bytes, events;
};

static struct chunk_size first_size(const struct forward_queue *q)
{
    struct chunk_size size;
    memcpy(&size, q->sizes.data + q->sizes_at, sizeof size);
    return size;
}

static bool push(struct forward_queue *q, size_t bytes, uint32_t events)
{
    const struct chunk_size size = {(uint32_t)bytes, events};
    buf_append(&q->sizes, &size, sizeof size);
    if (!buf_is_ok(&q->sizes)) {
        q->sizes.failed = false; /* the next one may find memory */
        return false;
    }
    q->next++;
    q->bytes += size.bytes;
    q->events += size.events;
    return true;
}

static void pop(struct forward_queue *q)
{
    const struct chunk_size size = first_size(q);
    q->bytes -= size.bytes;
    q->events -= size.events;
    q->first++;
    q->sizes_at += sizeof size;
    if (q->sizes_at < q->sizes.len / 2 && q->first != q->next)
        return;
    buf_consume(&q->sizes, q->sizes_at);
    q->sizes_at = 0;
    if (q->first == q->next)
        buf_fini(&q->sizes);
}

/* ---- from the disk ------------------------------------------------------------------------------------------- */

static bool load_chunk(void *arg, struct slice key, struct slice value)
{
    struct forward_queue *q = arg;
    struct cursor c = cursor_of(slice_skip(key, 1 + 8)), head = cursor_of(value);
    uint64_t number = cursor_u64(&c);
    cursor_u64(&head);
    if (number != q->next) { /* the first one; numbers have no gaps */
        while (q->first != q->next)
            pop(q);
        q->first = q->next = number;
    }
    return push(q, value.len, cursor_u32(&head));
}

static bool load_dropped(void *arg, struct slice key, struct slice value)
{
    struct forward_queue *q = arg;
    struct cursor c = cursor_of(value);
    q->dropped = cursor_u64(&c);
    return false;
}

err_t forward_queue_load(struct forward_queue *q, struct series *series, struct problem *problem)
{
    uint8_t from[KEY_BYTES], to[KEY_BYTES];
    struct forward_queue fresh = {
        .name = q->name, .max_bytes = q->max_bytes, .chunk_events = q->chunk_events};
    fresh.first = fresh.next = q->next != 0 ? q->next : 1; /* what is under way keeps its meaning */
    err_t err = outbox_read(series, chunk_key(q->name, 0, from), chunk_key(q->name + 1, 0, to), load_chunk,
                            &fresh, problem);
    if (err == ERR_OK)
        err = outbox_read(series, count_key(q->name, from), count_key(q->name + 1, to), load_dropped, &fresh,
                          problem);
    if (err != ERR_OK) {
        forward_queue_fini(&fresh);
        return err;
    }
    forward_queue_fini(q);
    *q = fresh;
    return ERR_OK;
}

void forward_queue_fini(struct forward_queue *q)
{
    buf_fini(&q->sizes);
    buf_fini(&q->open);
    q->sizes_at = 0;
}

/* ---- changes ------------------------------------------------------------------------------------------------- */

void forward_queue_count_dropped(struct forward_queue *q, uint64_t count, struct outbox_batch *batch)
{
    uint8_t key[COUNT_KEY_BYTES], value[8];
    q->dropped += count;
    put_u64(value, q->dropped);
    outbox_put(batch, count_key(q->name, key), slice_of(value, sizeof value));
}

static void delete_first(struct forward_queue *q, struct outbox_batch *batch)
{
    uint8_t key[KEY_BYTES];
    outbox_delete(batch, chunk_key(q->name, q->first, key));
    pop(q);
}

static void make_room(struct forward_queue *q, size_t bytes, struct outbox_batch *batch)
{
    uint64_t before = q->events;
    while (q->first != q->next && q->bytes + bytes > q->max_bytes)
        delete_first(q, batch);
    if (before != q->events)
        forward_queue_count_dropped(q, before - q->events, batch);
}

/* What stands before the events of a chunk is known when it ends. */
static void write_head(struct buf *chunk, int64_t now_ms, uint32_t events)
{
    uint8_t *head = put_u64(chunk->data, (uint64_t)now_ms);
    for (int shift = 24; shift >= 0; shift -= 8)
        *head++ = (uint8_t)(events >> shift);
}

void forward_queue_seal(struct forward_queue *q, int64_t now_ms, struct outbox_batch *batch)
{
    uint8_t key[KEY_BYTES];
    if (q->open_events == 0)
        return;
    make_room(q, q->open.len, batch);
    uint64_t number = q->next;
    if (buf_is_ok(&q->open) && push(q, q->open.len, q->open_events)) {
        write_head(&q->open, now_ms, q->open_events);
        outbox_put(batch, chunk_key(q->name, number, key), buf_slice(&q->open));
    } else {
        forward_queue_count_dropped(q, q->open_events, batch);
    }
    if (q->open.cap > FORWARD_CHUNK_BYTES * 2)
        buf_fini(&q->open);
    buf_clear(&q->open);
    q->open_events = 0;
}

/* A quarter of a small queue, so that making room does not empty it. */
static bool has_room(const struct forward_queue *q, size_t bytes)
{
    uint64_t max_bytes = q->max_bytes / 4 < FORWARD_CHUNK_BYTES ? q->max_bytes / 4 : FORWARD_CHUNK_BYTES;
    uint32_t max_events = FORWARD_CHUNK_EVENTS;
    if (q->chunk_events != 0 && q->chunk_events < max_events)
        max_events = q->chunk_events;
    return q->open_events < max_events && q->open.len + 1 + bytes <= max_bytes;
}

void forward_queue_add(struct forward_queue *q, struct slice json, int64_t now_ms, struct outbox_batch *batch)
{
    static const uint8_t head[HEAD_BYTES] = {0};
    if (HEAD_BYTES + json.len > q->max_bytes) {
        forward_queue_count_dropped(q, 1, batch);
        return;
    }
    if (q->open_events != 0 && !has_room(q, json.len))
        forward_queue_seal(q, now_ms, batch);
    if (q->open_events++ == 0)
        buf_append(&q->open, head, sizeof head);
    else
        buf_append_u8(&q->open, ',');
    buf_append_slice(&q->open, json);
}

void forward_queue_finish(struct forward_queue *q, uint64_t next, struct outbox_batch *batch)
{
    while (q->first < next && q->first != q->next)
        delete_first(q, batch);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

struct reading {
    const struct forward_take *take;
    struct buf *out;
    uint32_t events;
    uint64_t too_old; /* chunks */
    uint64_t next;
};

static bool read_chunk(void *arg, struct slice key, struct slice value)
{
    struct reading *r = arg;
    struct cursor c = cursor_of(value);
    int64_t came_ms = (int64_t)cursor_u64(&c);
    uint32_t events = cursor_u32(&c);
    struct slice json = slice_skip(value, value.len - cursor_left(&c));
    if (r->events == 0 && came_ms < r->take->oldest_ms) {
        r->too_old++;
        r->next++;
        return true;
    }
    if (r->events != 0 &&
        (r->events + events > r->take->max_events || r->out->len + json.len + 2 > r->take->max_bytes))
        return false;
    buf_append_u8(r->out, r->events == 0 ? '[' : ',');
    buf_append_slice(r->out, json);
    r->events += events;
    r->next++;
    return r->events < r->take->max_events;
}

static void drop_old(struct forward_queue *q, uint64_t chunks, struct outbox_batch *batch)
{
    uint64_t before = q->events;
    for (uint64_t i = 0; i < chunks; i++)
        delete_first(q, batch);
    if (before != q->events)
        forward_queue_count_dropped(q, before - q->events, batch);
}

err_t forward_queue_read(struct forward_queue *q, struct series *series, const struct forward_take *take,
                         struct buf *out, uint64_t *ret_next, struct outbox_batch *batch,
                         struct problem *problem)
{
    uint8_t from[KEY_BYTES], to[KEY_BYTES];
    struct reading r = {.take = take, .out = out, .next = q->first};
    TRY(outbox_read(series, chunk_key(q->name, q->first, from), chunk_key(q->name, q->next, to), read_chunk,
                    &r, problem));
    if (r.events != 0)
        buf_append_u8(out, ']');
    if (!buf_is_ok(out))
        return fail(problem, ERR_NOMEM, "", "no memory for the events");
    drop_old(q, r.too_old, batch);
    *ret_next = r.next;
    return ERR_OK;
}

/* ---- queues of what has been deleted ------------------------------------------------------------------------- */

struct sweep {
    bool is_found;
    uint64_t name; /* of the next queue */
};

static bool find_name(void *arg, struct slice key, struct slice value)
{
    struct sweep *s = arg;
    struct cursor c = cursor_of(slice_skip(key, 1));
    s->name = cursor_u64(&c);
    s->is_found = true;
    return false;
}

static struct slice name_key(char letter, uint64_t name, uint8_t out[COUNT_KEY_BYTES])
{
    out[0] = (uint8_t)letter;
    put_u64(out + 1, name);
    return slice_of(out, COUNT_KEY_BYTES);
}

static err_t sweep_letter(struct series *series, char letter, bool (*is_known)(void *arg, uint64_t name),
                          void *arg, struct outbox_batch *batch, struct problem *problem)
{
    struct sweep s = {.is_found = true};
    uint8_t from[COUNT_KEY_BYTES], to[COUNT_KEY_BYTES];
    const uint8_t end = (uint8_t)(letter + 1);
    for (uint64_t name = 0; s.is_found; name = s.name + 1) {
        s.is_found = false;
        TRY(outbox_read(series, name_key(letter, name, from), slice_of(&end, 1), find_name, &s, problem));
        if (s.is_found && !is_known(arg, s.name))
            outbox_delete_range(batch, name_key(letter, s.name, from), name_key(letter, s.name + 1, to));
    }
    return ERR_OK;
}

err_t forward_queue_sweep(struct series *series, bool (*is_known)(void *arg, uint64_t name), void *arg,
                          struct problem *problem)
{
    struct outbox_batch batch = {0};
    err_t err = sweep_letter(series, 'q', is_known, arg, &batch, problem);
    if (err == ERR_OK)
        err = sweep_letter(series, 'd', is_known, arg, &batch, problem);
    if (err == ERR_OK && batch.bytes.len != 0)
        err = outbox_write(series, &batch, false, problem);
    buf_fini(&batch.bytes);
    return err;
}
