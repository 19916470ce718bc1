/* Kept sessions of clients: session_store.h. */
#include "base/cursor.h"
#include "store/rocksdb/series_rocksdb.h"

enum { MESSAGE_BYTES = 8 + 1 }; /* number and part: the end of each key */

/* What the keys of one session begin with, in s->key. */
static void begin_key(struct rocksdb_series *s, const struct session_entry *e)
{
    buf_clear(&s->key);
    buf_append_u64(&s->key, e->device);
    buf_append_u16(&s->key, (uint16_t)e->client_id.len);
    buf_append_slice(&s->key, e->client_id);
}

static void make_key(struct rocksdb_series *s, const struct session_entry *e, enum session_part part)
{
    begin_key(s, e);
    buf_append_u64(&s->key, e->number);
    buf_append_u8(&s->key, (uint8_t)part);
}

void rocks_put_session(struct rocksdb_series *s, const struct session_entry *e)
{
    make_key(s, e, e->part);
    rocksdb_writebatch_put_cf(s->batch, s->families[FAMILY_SESSION], (const char *)s->key.data, s->key.len,
                              (const char *)e->record.data, e->record.len);
}

void rocks_delete_message(struct rocksdb_series *s, const struct session_entry *e)
{
    static const enum session_part parts[] = {SESSION_PART_MESSAGE, SESSION_PART_PROGRESS};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        make_key(s, e, parts[i]);
        rocksdb_writebatch_delete_cf(s->batch, s->families[FAMILY_SESSION], (const char *)s->key.data,
                                     s->key.len);
    }
}

/* Up to a key above all of the session's: one byte longer than they are, and every byte the highest. */
void rocks_end_session(struct rocksdb_series *s, const struct session_entry *e)
{
    begin_key(s, e);
    size_t len = s->key.len;
    for (size_t i = 0; i < MESSAGE_BYTES + 1; i++)
        buf_append_u8(&s->key, 0xff);
    rocksdb_writebatch_delete_range_cf(s->batch, s->families[FAMILY_SESSION], (const char *)s->key.data, len,
                                       (const char *)s->key.data, s->key.len);
}

static bool read_key(struct slice key, struct session_entry *ret)
{
    struct cursor c = cursor_of(key);
    ret->device = cursor_u64(&c);
    ret->client_id = cursor_bytes(&c, cursor_u16(&c));
    ret->number = cursor_u64(&c);
    ret->part = (enum session_part)cursor_u8(&c);
    return !c.failed && cursor_left(&c) == 0 && ret->client_id.len != 0;
}

err_t rocks_sessions(struct series *base, session_visitor visit, void *arg, struct problem *p)
{
    AUTO_WALK struct walk w = {0};
    walk_open(rocksdb_of(base), FAMILY_SESSION, "", 0, NULL, 0, &w);
    for (; walk_is_valid(&w); rocksdb_iter_next(w.it)) {
        struct session_entry e = {.record = walk_value(&w)};
        if (!read_key(walk_key(&w), &e))
            return fail(p, ERR_IO, "", "the series store has a session with a damaged key");
        if (!visit(arg, &e))
            break;
    }
    return walk_error(&w, p);
}
