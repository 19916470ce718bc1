/**
 * @file point.h - measured values and attributes, and the batch that carries them and sessions to disk.
 *
 * A `struct batch` is the open batch of a reactor: parsers append encoded entries, the writer reads them in
 * order. Text in entries is copied once, from the packet into the batch; entries handed out by the reader
 * borrow from the batch. Not thread-safe; ownership moves as a whole between threads.
 */
#pragma once

#include "base/buf.h"
#include "model/session_entry.h"

enum { KEY_MAX_BYTES = 255 };

/** As stored; the numbers are on disk, never renumber. */
enum value_type { VALUE_BOOLEAN = 1, VALUE_LONG = 2, VALUE_DOUBLE = 3, VALUE_STRING = 4, VALUE_JSON = 5 };

struct value {
    enum value_type type;
    union {
        bool boolean;
        int64_t number;    /* VALUE_LONG */
        double real;       /* VALUE_DOUBLE, finite */
        struct slice text; /* VALUE_STRING: UTF-8; VALUE_JSON: compact strict JSON; borrowed */
    };
};

struct point {
    uint64_t device;  /* device number */
    struct slice key; /* 1..KEY_MAX_BYTES bytes, UTF-8, no NUL; borrowed */
    int64_t ts;       /* milliseconds since 1970 UTC, >= 0 */
    struct value value;
    int64_t expires_ms; /* wall clock from which on it is no longer there; 0: it has no end of its own */
};

/** As stored; never renumber. */
enum attribute_scope { SCOPE_CLIENT = 1, SCOPE_SERVER = 2, SCOPE_SHARED = 3 };

struct attribute {
    uint64_t device;
    enum attribute_scope scope;
    struct slice key;   /* as point.key */
    int64_t updated_ms; /* wall clock */
    struct value value;
};

/** Batches wait on disk to be forwarded (hub/forward_backlog.h): never renumber. */
enum entry_kind {
    ENTRY_POINT = 1,
    ENTRY_ATTRIBUTE = 2,
    ENTRY_ATTRIBUTE_DELETE = 3,
    ENTRY_SESSION_PUT = 4,
    ENTRY_SESSION_DELETE = 5, /* a message and its progress */
    ENTRY_SESSION_END = 6,    /* all records of a session */
    ENTRY_POINT_EXPIRING = 7, /* in the batch only: handed out as ENTRY_POINT */
};

struct entry {
    enum entry_kind kind;
    union {
        struct point point;
        struct attribute attribute; /* for a delete: value unused */
        struct session_entry session;
    };
};

uint64_t entry_device(const struct entry *entry);
/* Of what is no session's; the value of a deletion is unused. */
struct slice entry_key(const struct entry *entry);
const struct value *entry_value(const struct entry *entry);

struct batch {
    struct buf bytes; /* encoded entries; set bytes.limit to bound it */
    size_t points;
    size_t attributes;
    size_t sessions; /* entries of sessions that somebody waits for */
    size_t lazy;     /* those nobody waits for: they need no sync of their own */
    size_t messages; /* of devices, that the entries came in; whoever fills the batch counts them */
};

void batch_fini(struct batch *batch);
void batch_clear(struct batch *batch); /* keeps the memory */
bool batch_is_empty(const struct batch *batch);
bool batch_needs_sync(const struct batch *batch); /* false: all its entries are lazy */

/**
 * Append one entry. The batch's buffer turns `failed` when its limit or memory is exhausted; the entry that
 * did not fit leaves nothing behind, and later ones are ignored. Keys must have 1..KEY_MAX_BYTES bytes and
 * times be >= 0: the parsers see to that.
 */
void batch_add_point(struct batch *batch, const struct point *point);
void batch_add_attribute(struct batch *batch, const struct attribute *attribute);
void batch_delete_attribute(struct batch *batch, uint64_t device, enum attribute_scope scope,
                            struct slice key);

/** The entry of another batch. Those of sessions are passed over. */
void batch_add_entry(struct batch *batch, const struct entry *entry);

/**
 * The same for sessions. @p is_lazy: a power cut may lose it; it reaches the disk with the next synced write at the
 * latest, in its place in the order.
 */
void batch_put_session(struct batch *batch, const struct session_entry *entry, bool is_lazy);
void batch_delete_message(struct batch *batch,
                          const struct session_entry *entry); /* with its progress; lazy */
void batch_end_session(struct batch *batch, uint64_t device, struct slice client_id);

/** Where a batch stands, to undo what one bad message appended. Points and attributes only. */
struct batch_mark {
    size_t len, points, attributes;
};
struct batch_mark batch_mark(const struct batch *batch);
void batch_rewind(struct batch *batch, struct batch_mark mark); /* also forgets `failed` */

/** Walk the entries: start with *at = 0; false at the end. @p ret_entry borrows from the batch. */
bool batch_next(const struct batch *batch, size_t *at, struct entry *ret_entry);

/**
 * Value as the REST API writes it in text form ("25", "21.5", "true", JSON as is). Doubles as Java writes
 * them (the fewest digits that read back): 25.5, 25.0, 1.0E7; that is a JSON number too.
 */
void value_append_text(const struct value *value, struct buf *out);

/** Value as a strict JSON value: text quoted and escaped, numbers plain, JSON as is. */
void value_append_json(const struct value *value, struct buf *out);

/**
 * Encode / decode one value as stored: type tag byte + payload (boolean: 0 or 1; long: the fewest big-endian
 * bytes; double: its 8 bytes, big endian; text as is). decode borrows; false on garbage.
 */
void value_encode(const struct value *value, struct buf *out);
bool value_decode(struct slice bytes, struct value *ret_value);

/** "CLIENT_SCOPE", "SERVER_SCOPE", "SHARED_SCOPE" and back; false/NULL when unknown. */
const char *scope_name(enum attribute_scope scope);
bool scope_parse(struct slice name, enum attribute_scope *ret_scope);
