#include "model/point.h"

#include "base/cursor.h"

/*
 * An entry: kind u8 · device u64 · scope u8 (0 for a point) · time i64 · key length u8 · key ·
 * value length u32 · value as value_encode() writes it. Big endian. A delete has no value; a point that expires has the
 * time, i64, behind it.
 * Of a session: kind u8 · device u64 · part u8 · number u64 · client id length u16 · client id · record length u32 ·
 * record.
 */
enum { FIXED_BYTES = 1 + 8 + 1 + 8 + 1 };

void batch_fini(struct batch *batch)
{
    buf_fini(&batch->bytes);
    batch->points = batch->attributes = batch->sessions = batch->lazy = batch->messages = 0;
}

void batch_clear(struct batch *batch)
{
    buf_clear(&batch->bytes);
    batch->points = batch->attributes = batch->sessions = batch->lazy = batch->messages = 0;
}

bool batch_needs_sync(const struct batch *batch)
{
    return batch->points != 0 || batch->attributes != 0 || batch->sessions != 0;
}

bool batch_is_empty(const struct batch *batch)
{
    return !batch_needs_sync(batch) && batch->lazy == 0;
}

static uint8_t *put_u64(uint8_t *p, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *p++ = (uint8_t)(v >> shift);
    return p;
}

/* Everything up to the value; one reservation, since this is the hot path of every message. */
static void put_head(struct buf *b, enum entry_kind kind, uint64_t device, unsigned scope, int64_t time,
                     struct slice key)
{
    CHECK(key.len >= 1 && key.len <= KEY_MAX_BYTES);
    uint8_t *p = buf_reserve(b, FIXED_BYTES + key.len);
    if (p == NULL)
        return;
    *p++ = (uint8_t)kind;
    p = put_u64(p, device);
    *p++ = (uint8_t)scope;
    p = put_u64(p, (uint64_t)time);
    *p++ = (uint8_t)key.len;
    memcpy(p, key.data, key.len);
    b->len += FIXED_BYTES + key.len;
}

/* The length goes before the value and is known after it. */
static void put_value(struct buf *b, const struct value *value)
{
    size_t at = b->len;
    buf_append_u32(b, 0);
    value_encode(value, b);
    size_t n = b->len - at - 4;
    if (n > UINT32_MAX)
        b->failed = true;
    if (b->failed)
        return;
    for (size_t i = 0; i < 4; i++)
        b->data[at + i] = (uint8_t)(n >> (24 - 8 * i));
}

/* An entry that did not fit leaves no half of itself behind. */
static bool finish(struct buf *b, size_t start)
{
    if (b->failed)
        b->len = start;
    return !b->failed;
}

void batch_add_point(struct batch *batch, const struct point *point)
{
    size_t start = batch->bytes.len;
    CHECK(point->ts >= 0);
    enum entry_kind kind = point->expires_ms == 0 ? ENTRY_POINT : ENTRY_POINT_EXPIRING;
    put_head(&batch->bytes, kind, point->device, 0, point->ts, point->key);
    put_value(&batch->bytes, &point->value);
    if (kind == ENTRY_POINT_EXPIRING)
        buf_append_u64(&batch->bytes, (uint64_t)point->expires_ms);
    if (finish(&batch->bytes, start))
        batch->points++;
}

void batch_add_attribute(struct batch *batch, const struct attribute *attribute)
{
    size_t start = batch->bytes.len;
    put_head(&batch->bytes, ENTRY_ATTRIBUTE, attribute->device, attribute->scope, attribute->updated_ms,
             attribute->key);
    put_value(&batch->bytes, &attribute->value);
    if (finish(&batch->bytes, start))
        batch->attributes++;
}

void batch_delete_attribute(struct batch *batch, uint64_t device, enum attribute_scope scope,
                            struct slice key)
{
    size_t start = batch->bytes.len;
    put_head(&batch->bytes, ENTRY_ATTRIBUTE_DELETE, device, scope, 0, key);
    if (finish(&batch->bytes, start))
        batch->attributes++;
}

uint64_t entry_device(const struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_POINT:
    case ENTRY_POINT_EXPIRING: return entry->point.device;
    case ENTRY_ATTRIBUTE:
    case ENTRY_ATTRIBUTE_DELETE: return entry->attribute.device;
    case ENTRY_SESSION_PUT:
    case ENTRY_SESSION_DELETE:
    case ENTRY_SESSION_END: return entry->session.device;
    }
    return 0;
}

struct slice entry_key(const struct entry *entry)
{
    return entry->kind == ENTRY_POINT ? entry->point.key : entry->attribute.key;
}

const struct value *entry_value(const struct entry *entry)
{
    return entry->kind == ENTRY_POINT ? &entry->point.value : &entry->attribute.value;
}

void batch_add_entry(struct batch *batch, const struct entry *entry)
{
    const struct attribute *attribute = &entry->attribute;
    switch (entry->kind) {
    case ENTRY_POINT:
    case ENTRY_POINT_EXPIRING: batch_add_point(batch, &entry->point); return;
    case ENTRY_ATTRIBUTE: batch_add_attribute(batch, attribute); return;
    case ENTRY_ATTRIBUTE_DELETE:
        batch_delete_attribute(batch, attribute->device, attribute->scope, attribute->key);
        return;
    case ENTRY_SESSION_PUT:
    case ENTRY_SESSION_DELETE:
    case ENTRY_SESSION_END: return;
    }
}

static void add_session(struct batch *batch, enum entry_kind kind, const struct session_entry *entry,
                        size_t *counter)
{
    struct buf *b = &batch->bytes;
    size_t start = b->len;
    CHECK(entry->client_id.len >= 1 && entry->client_id.len <= UINT16_MAX);
    CHECK(entry->record.len <= UINT32_MAX);
    buf_append_u8(b, (uint8_t)kind);
    buf_append_u64(b, entry->device);
    buf_append_u8(b, (uint8_t)entry->part);
    buf_append_u64(b, entry->number);
    buf_append_u16(b, (uint16_t)entry->client_id.len);
    buf_append_slice(b, entry->client_id);
    buf_append_u32(b, (uint32_t)entry->record.len);
    buf_append_slice(b, entry->record);
    if (finish(b, start))
        ++*counter;
}

void batch_put_session(struct batch *batch, const struct session_entry *entry, bool is_lazy)
{
    add_session(batch, ENTRY_SESSION_PUT, entry, is_lazy ? &batch->lazy : &batch->sessions);
}

void batch_delete_message(struct batch *batch, const struct session_entry *entry)
{
    struct session_entry e = *entry;
    e.record = slice_of(NULL, 0);
    add_session(batch, ENTRY_SESSION_DELETE, &e, &batch->lazy);
}

void batch_end_session(struct batch *batch, uint64_t device, struct slice client_id)
{
    const struct session_entry e = {.device = device, .client_id = client_id};
    add_session(batch, ENTRY_SESSION_END, &e, &batch->sessions);
}

struct batch_mark batch_mark(const struct batch *batch)
{
    return (struct batch_mark){batch->bytes.len, batch->points, batch->attributes};
}

void batch_rewind(struct batch *batch, struct batch_mark mark)
{
    CHECK(mark.len <= batch->bytes.len);
    batch->bytes.len = mark.len;
    batch->bytes.failed = false;
    batch->points = mark.points;
    batch->attributes = mark.attributes;
}

static void read_value(struct cursor *c, struct value *ret_value)
{
    struct slice bytes = cursor_bytes(c, cursor_u32(c));
    CHECK(!c->failed && value_decode(bytes, ret_value));
}

static void read_session(struct cursor *c, struct session_entry *ret)
{
    ret->device = cursor_u64(c);
    ret->part = (enum session_part)cursor_u8(c);
    ret->number = cursor_u64(c);
    ret->client_id = cursor_bytes(c, cursor_u16(c));
    ret->record = cursor_bytes(c, cursor_u32(c));
}

static void read_series(struct cursor *c, struct entry *e)
{
    uint64_t device = cursor_u64(c);
    enum attribute_scope scope = (enum attribute_scope)cursor_u8(c);
    int64_t time = (int64_t)cursor_u64(c);
    struct slice key = cursor_bytes(c, cursor_u8(c));
    if (e->kind == ENTRY_POINT || e->kind == ENTRY_POINT_EXPIRING) {
        e->point = (struct point){.device = device, .key = key, .ts = time};
        read_value(c, &e->point.value);
        if (e->kind == ENTRY_POINT_EXPIRING)
            e->point.expires_ms = (int64_t)cursor_u64(c);
        e->kind = ENTRY_POINT;
    } else {
        e->attribute = (struct attribute){.device = device, .scope = scope, .key = key, .updated_ms = time};
        if (e->kind == ENTRY_ATTRIBUTE)
            read_value(c, &e->attribute.value);
    }
}

/* Batches are only ever written by the functions above: a malformed one is our own fault. */
bool batch_next(const struct batch *batch, size_t *at, struct entry *ret_entry)
{
    if (*at >= batch->bytes.len)
        return false;
    struct cursor c = cursor_of(slice_skip(buf_slice(&batch->bytes), *at));
    struct entry e = {.kind = (enum entry_kind)cursor_u8(&c)};
    if (e.kind >= ENTRY_SESSION_PUT && e.kind <= ENTRY_SESSION_END)
        read_session(&c, &e.session);
    else
        read_series(&c, &e);
    CHECK(!c.failed);
    *at = (size_t)(c.pos - batch->bytes.data);
    *ret_entry = e;
    return true;
}

const char *scope_name(enum attribute_scope scope)
{
    switch (scope) {
    case SCOPE_CLIENT: return "CLIENT_SCOPE";
    case SCOPE_SERVER: return "SERVER_SCOPE";
    case SCOPE_SHARED: return "SHARED_SCOPE";
    }
    return NULL;
}

bool scope_parse(struct slice name, enum attribute_scope *ret_scope)
{
    static const enum attribute_scope scopes[] = {SCOPE_CLIENT, SCOPE_SERVER, SCOPE_SHARED};
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        if (!slice_eq_str(name, scope_name(scopes[i])))
            continue;
        *ret_scope = scopes[i];
        return true;
    }
    return false;
}
