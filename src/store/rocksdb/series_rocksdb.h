/**
 * @file series_rocksdb.h - the series store in RocksDB, DIR/series. Private to store/.
 *
 * Column families, all numbers big endian:
 *
 *   point      device u64 · key number u32 · ~time u64   -> value (model/point.h), perhaps after 0x80 · end of its life i64
 *              device u64 · key number u32 · 0 u64       -> what is shown as the newest value in spite of the points
 *                                                           (delete_points.c); before all of them
 *   attribute  device u64 · scope u8 · name              -> time of update i64 · value
 *   key        device u64 · name                         -> key number u32      (keys a device ever sent)
 *   session    device u64 · client id length u16 · client id · number u64 · part u8 -> record
 *   outbox     what hub/forward_queue.h and forward_backlog.h say
 *   default    'n' name -> key number u32 · 'N' -> next key number u32 · 'V' -> version of this layout
 *
 * The complement of the time puts the newest point of a (device, key) first. `point` has a prefix-hashed
 * memtable over the first 12 bytes, device and key: several times cheaper to fill than an ordered one, but it
 * is ordered within a prefix only, and cannot be walked backwards. So every iterator on it stays within one
 * prefix and goes forward; nothing here may seek `point` across prefixes. The other families are small and
 * ordered as usual.
 *
 * Key numbers are never reused, not even after a failed write: part of that may be in the log all the same.
 */
#pragma once

#include "store/rocksdb/key_names.h"
#include "store/rocksdb/seen_pairs.h"
#include "store/series_ops.h"

#include <rocksdb/c.h>
#include <stdatomic.h>

enum family {
    FAMILY_META,
    FAMILY_POINT,
    FAMILY_ATTRIBUTE,
    FAMILY_KEY,
    FAMILY_SESSION,
    FAMILY_OUTBOX,
    FAMILIES
};

enum {
    POINT_PREFIX_BYTES = 12,
    POINT_KEY_BYTES = 20,
    DEVICE_BYTES = 8,
    ENTRY_KEY_MAX = DEVICE_BYTES + 1 + KEY_MAX_BYTES, /* attribute; key is shorter */
};

struct rocksdb_series {
    struct series base;
    rocksdb_t *db;
    rocksdb_column_family_handle_t *families[FAMILIES];
    rocksdb_writeoptions_t *synced, *unsynced;
    rocksdb_readoptions_t *read;                        /* for single look-ups */
    _Atomic(const struct series_retention *) retention; /* NULL: for ever */
    struct key_names names;

    /* The writer thread's: */
    rocksdb_writebatch_t *batch;
    struct buf key, value;
    struct seen_pairs seen;
    uint32_t next_key;
};

static inline struct rocksdb_series *rocksdb_of(struct series *s)
{
    return (struct rocksdb_series *)s;
}

MUST_USE err_t series_rocksdb_open(const char *dir, bool create, struct series **ret,
                                   struct problem *problem);

/** Category and sentence for an error text of RocksDB, which is freed; ERR_OK when NULL. */
MUST_USE err_t rocks_error(char *text, const char *doing, struct problem *problem);

/** The number of a key name from the cache or the dictionary; ERR_NOT_FOUND. Any thread, not the writer. */
MUST_USE err_t rocks_key_number(struct rocksdb_series *s, struct slice name, uint32_t *ret_number,
                                struct problem *problem);
/** The same, from the dictionary only. */
MUST_USE err_t rocks_key_lookup(struct rocksdb_series *s, struct slice name, uint32_t *ret_number,
                                struct problem *problem);

/* Keys as bytes; each returns the bytes written. */
size_t rocks_point_key(uint64_t device, uint32_t key, int64_t ts, uint8_t out[POINT_KEY_BYTES]);
size_t rocks_device_key(uint64_t device, uint8_t out[DEVICE_BYTES]);
size_t rocks_attribute_key(uint64_t device, enum attribute_scope scope, struct slice name,
                           uint8_t out[ENTRY_KEY_MAX]);
size_t rocks_name_key(uint64_t device, struct slice name, uint8_t out[ENTRY_KEY_MAX]);
int64_t rocks_point_time(const char *key); /* of a POINT_KEY_BYTES long key */

/** From which time on points are there: they have to be newer than @p oldest_ms, and not ended by @p now_ms. */
struct lifetime {
    int64_t now_ms, oldest_ms;
};
MUST_USE err_t rocks_lifetime(struct rocksdb_series *s, uint64_t device, struct lifetime *ret,
                              struct problem *p);

/** @p ret: ts, value and expires_ms are set; borrows. false: garbage */
bool rocks_decode_point(int64_t ts, struct slice stored, struct point *ret);
void rocks_encode_point(const struct point *point, struct buf *out);

static inline bool rocks_is_alive(const struct lifetime *life, const struct point *point)
{
    return point->ts > life->oldest_ms && (point->expires_ms == 0 || point->expires_ms > life->now_ms);
}

/** A forward iterator over [from, to) of one family, at its first entry. */
struct walk {
    rocksdb_readoptions_t *options;
    rocksdb_iterator_t *it;
    uint8_t to[ENTRY_KEY_MAX + 1]; /* RocksDB borrows it */
};
void walk_open(struct rocksdb_series *s, enum family family, const void *from, size_t from_len,
               const void *to, size_t to_len, struct walk *ret);
void walk_close(struct walk *w);
bool walk_is_valid(const struct walk *w);
struct slice walk_key(const struct walk *w);
struct slice walk_value(const struct walk *w);
MUST_USE err_t walk_error(const struct walk *w, struct problem *problem);
#define AUTO_WALK __attribute__((cleanup(walk_close)))

/** What is shown as the newest value of a key. */
struct latest {
    bool is_there;
    bool is_kept;       /* LATEST_KEEP: history does not have it */
    struct point point; /* borrows from the walk, which stands on it */
};

/** @param w  `{0}`; opened here */
MUST_USE err_t rocks_find_latest(struct rocksdb_series *s, uint64_t device, uint32_t key, struct walk *w,
                                 struct latest *ret, struct problem *p);

/** Write what is in s->batch, and clear it. The writer thread's. */
MUST_USE err_t rocks_commit(struct rocksdb_series *s, bool is_synced, const char *doing, struct problem *p);
void rocks_forget(struct rocksdb_series *s); /* after a failure */

/* series_ops, by file. */

/* write.c */
err_t rocks_write(struct series *s, struct batch *const *batches, size_t count, struct problem *p);
err_t rocks_delete_devices(struct series *s, const uint64_t *devices, size_t count, struct problem *p);

/* read.c */
err_t rocks_keys(struct series *s, uint64_t device, series_key_visitor visit, void *arg, struct problem *p);
err_t rocks_latest(struct series *s, uint64_t device, struct slice key, series_point_visitor visit, void *arg,
                   struct problem *p);
err_t rocks_attributes(struct series *s, uint64_t device, enum attribute_scope scope,
                       series_attribute_visitor visit, void *arg, struct problem *p);
err_t rocks_attribute(struct series *s, uint64_t device, enum attribute_scope scope, struct slice key,
                      series_attribute_visitor visit, void *arg, struct problem *p);

/* sessions.c */
void rocks_put_session(struct rocksdb_series *s,
                       const struct session_entry *e); /* into s->batch, like the next */
void rocks_delete_message(struct rocksdb_series *s, const struct session_entry *e);
void rocks_end_session(struct rocksdb_series *s, const struct session_entry *e);
err_t rocks_sessions(struct series *s, session_visitor visit, void *arg, struct problem *p);

/* outbox.c */
err_t rocks_outbox_write(struct series *s, const struct outbox_batch *batch, bool is_synced,
                         struct problem *p);
void rocks_outbox_join(struct series *s, struct slice key, struct slice value);
err_t rocks_outbox_read(struct series *s, struct slice from, struct slice to, outbox_visitor visit, void *arg,
                        struct problem *p);

/* points.c */
err_t rocks_points(struct series *s, struct points_range *range, series_point_visitor visit, void *arg,
                   struct problem *p);

/* delete_points.c */
err_t rocks_delete_points(struct series *s, const struct series_deletion *deletions, size_t count,
                          struct problem *p);

/* expiry.c */
void rocks_set_retention(struct series *s, const struct series_retention *retention);
void rocks_compact(struct series *s);
/** For the options of the family `point`; owned by them. */
rocksdb_compactionfilterfactory_t *rocks_expiry_filter(struct rocksdb_series *s);
