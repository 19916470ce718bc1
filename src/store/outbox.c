#include "store/outbox.h"

#include "base/cursor.h"
#include "store/series_ops.h"

static void add(struct outbox_batch *batch, enum outbox_change_kind kind, struct slice key,
                struct slice value)
{
    CHECK(key.len >= 1 && key.len <= OUTBOX_KEY_MAX);
    buf_append_u8(&batch->bytes, (uint8_t)kind);
    buf_append_u8(&batch->bytes, (uint8_t)key.len);
    buf_append_slice(&batch->bytes, key);
    buf_append_u64(&batch->bytes, value.len);
    buf_append_slice(&batch->bytes, value);
}

void outbox_put(struct outbox_batch *batch, struct slice key, struct slice value)
{
    add(batch, OUTBOX_PUT, key, value);
}

void outbox_delete(struct outbox_batch *batch, struct slice key)
{
    add(batch, OUTBOX_DELETE, key, slice_of(NULL, 0));
}

void outbox_delete_range(struct outbox_batch *batch, struct slice from, struct slice to)
{
    add(batch, OUTBOX_DELETE_RANGE, from, to);
}

bool outbox_next(struct cursor *at, struct outbox_change *ret)
{
    if (cursor_left(at) == 0)
        return false;
    ret->kind = (enum outbox_change_kind)cursor_u8(at);
    ret->key = cursor_bytes(at, cursor_u8(at));
    ret->value = cursor_bytes(at, cursor_u64(at));
    return !at->failed;
}

err_t outbox_write(struct series *s, const struct outbox_batch *batch, bool is_synced,
                   struct problem *problem)
{
    if (!buf_is_ok(&batch->bytes))
        return fail(problem, ERR_NOMEM, "", "no memory for what is to be sent");
    return s->ops->outbox_write(s, batch, is_synced, problem);
}

void outbox_join(struct series *s, struct slice key, struct slice value)
{
    s->ops->outbox_join(s, key, value);
}

err_t outbox_read(struct series *s, struct slice from, struct slice to, outbox_visitor visit, void *arg,
                  struct problem *problem)
{
    CHECK(to.len >= 1 && to.len <= OUTBOX_KEY_MAX);
    return s->ops->outbox_read(s, from, to, visit, arg, problem);
}
