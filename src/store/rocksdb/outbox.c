/* What waits to be sent: outbox.h. */
#include "base/cursor.h"
#include "store/rocksdb/series_rocksdb.h"

static void apply(struct rocksdb_series *s, rocksdb_writebatch_t *batch, const struct outbox_change *c)
{
    rocksdb_column_family_handle_t *family = s->families[FAMILY_OUTBOX];
    const char *key = (const char *)c->key.data, *value = (const char *)c->value.data;
    switch (c->kind) {
    case OUTBOX_PUT: rocksdb_writebatch_put_cf(batch, family, key, c->key.len, value, c->value.len); break;
    case OUTBOX_DELETE: rocksdb_writebatch_delete_cf(batch, family, key, c->key.len); break;
    case OUTBOX_DELETE_RANGE:
        rocksdb_writebatch_delete_range_cf(batch, family, key, c->key.len, value, c->value.len);
        break;
    }
}

err_t rocks_outbox_write(struct series *base, const struct outbox_batch *changes, bool is_synced,
                         struct problem *p)
{
    struct rocksdb_series *s = rocksdb_of(base);
    struct cursor at = cursor_of(buf_slice(&changes->bytes));
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create(); /* s->batch is the writer thread's */
    struct outbox_change change;
    char *error = NULL;
    while (outbox_next(&at, &change))
        apply(s, batch, &change);
    rocksdb_write(s->db, is_synced ? s->synced : s->unsynced, batch, &error);
    rocksdb_writebatch_destroy(batch);
    return rocks_error(error, "write to", p);
}

void rocks_outbox_join(struct series *base, struct slice key, struct slice value)
{
    struct rocksdb_series *s = rocksdb_of(base);
    const struct outbox_change change = {OUTBOX_PUT, key, value};
    apply(s, s->batch, &change);
}

err_t rocks_outbox_read(struct series *base, struct slice from, struct slice to, outbox_visitor visit,
                        void *arg, struct problem *p)
{
    AUTO_WALK struct walk w = {0};
    walk_open(rocksdb_of(base), FAMILY_OUTBOX, from.data, from.len, to.data, to.len, &w);
    for (; walk_is_valid(&w); rocksdb_iter_next(w.it))
        if (!visit(arg, walk_key(&w), walk_value(&w)))
            break;
    return walk_error(&w, p);
}
