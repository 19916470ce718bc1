#include "hub/forward_queue.h"

#include "base/cursor.h"

enum { KEY_BYTES = 1 + 8 + 8, COUNT_KEY_BYTES = 1 + 8, STAMP_BYTES = 8 };

static uint8_t *put_u64(uint8_t *out, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *out++ = (uint8_t)(v >> shift);
    return out;
}

static struct slice event_key(uint64_t name, uint64_t number, uint8_t out[KEY_BYTES])
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

static uint32_t size_at(const struct forward_queue *q, size_t at)
{
    uint32_t size;
    memcpy(&size, q->sizes.data + q->sizes_at + at * sizeof size, sizeof size);
    return size;
}

static bool push(struct forward_queue *q, size_t bytes)
{
    uint32_t size = (uint32_t)bytes;
    buf_append(&q->sizes, &size, sizeof size);
    if (!buf_is_ok(&q->sizes)) {
        q->sizes.failed = false; /* the next one may find memory */
        return false;
    }
    q->next++;
    q->bytes += size;
    return true;
}

static void pop(struct forward_queue *q)
{
    q->bytes -= size_at(q, 0);
    q->first++;
    q->sizes_at += sizeof(uint32_t);
    if (q->sizes_at < q->sizes.len / 2 && q->first != q->next)
        return;
    buf_consume(&q->sizes, q->sizes_at);
    q->sizes_at = 0;
    if (q->first == q->next)
        buf_fini(&q->sizes);
}

/* ---- from the disk ------------------------------------------------------------------------------------------- */

static bool load_event(void *arg, struct slice key, struct slice value)
{
    struct forward_queue *q = arg;
    struct cursor c = cursor_of(slice_skip(key, 1 + 8));
    uint64_t number = cursor_u64(&c);
    if (number != q->next) { /* the first one; numbers have no gaps */
        while (q->first != q->next)
            pop(q);
        q->first = q->next = number;
    }
    return push(q, value.len);
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
    struct forward_queue fresh = {.name = q->name, .max_bytes = q->max_bytes};
    fresh.first = fresh.next = q->next != 0 ? q->next : 1; /* what is under way keeps its meaning */
    err_t err = outbox_read(series, event_key(q->name, 0, from), event_key(q->name + 1, 0, to), load_event,
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
    outbox_delete(batch, event_key(q->name, q->first, key));
    pop(q);
}

static void make_room(struct forward_queue *q, size_t bytes, struct outbox_batch *batch)
{
    uint64_t dropped = 0;
    for (; q->first != q->next && q->bytes + bytes > q->max_bytes; dropped++)
        delete_first(q, batch);
    if (dropped != 0)
        forward_queue_count_dropped(q, dropped, batch);
}

void forward_queue_add(struct forward_queue *q, struct slice json, int64_t now_ms, struct outbox_batch *batch)
{
    uint8_t key[KEY_BYTES];
    AUTO_BUF value = {0};
    if (STAMP_BYTES + json.len > q->max_bytes) {
        forward_queue_count_dropped(q, 1, batch);
        return;
    }
    make_room(q, STAMP_BYTES + json.len, batch);
    buf_append_u64(&value, (uint64_t)now_ms);
    buf_append_slice(&value, json);
    uint64_t number = q->next;
    if (buf_is_ok(&value) && push(q, value.len))
        outbox_put(batch, event_key(q->name, number, key), buf_slice(&value));
    else
        forward_queue_count_dropped(q, 1, batch);
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
    uint32_t count;
    uint64_t too_old, next;
};

static bool read_event(void *arg, struct slice key, struct slice value)
{
    struct reading *r = arg;
    struct cursor c = cursor_of(value);
    int64_t came_ms = (int64_t)cursor_u64(&c);
    struct slice json = slice_skip(value, value.len - cursor_left(&c));
    if (r->count == 0 && came_ms < r->take->oldest_ms) {
        r->too_old++;
        r->next++;
        return true;
    }
    if (r->count != 0 && (r->count == r->take->max_events || r->out->len + json.len + 2 > r->take->max_bytes))
        return false;
    buf_append_u8(r->out, r->count++ == 0 ? '[' : ',');
    buf_append_slice(r->out, json);
    r->next++;
    return true;
}

static void drop_old(struct forward_queue *q, uint64_t count, struct outbox_batch *batch)
{
    for (uint64_t i = 0; i < count; i++)
        delete_first(q, batch);
    if (count != 0)
        forward_queue_count_dropped(q, count, batch);
}

err_t forward_queue_read(struct forward_queue *q, struct series *series, const struct forward_take *take,
                         struct buf *out, uint64_t *ret_next, struct outbox_batch *batch,
                         struct problem *problem)
{
    uint8_t from[KEY_BYTES], to[KEY_BYTES];
    struct reading r = {.take = take, .out = out, .next = q->first};
    TRY(outbox_read(series, event_key(q->name, q->first, from), event_key(q->name, q->next, to), read_event,
                    &r, problem));
    if (r.count != 0)
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
