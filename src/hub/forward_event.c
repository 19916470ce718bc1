#include "hub/forward_event.h"

#include "json/writer.h"

enum { EVENT_BYTES = 256 * 1024 }; /* beyond which another event begins */

/* The platform's own server attributes; those without a type are no news. */
static const struct {
    const char *key, *type;
} presence[] = {
    {"lastConnectTime", "DEVICE_CONNECTED"},
    {"lastDisconnectTime", "DEVICE_DISCONNECTED"},
    {"active", NULL},
    {"lastActivityTime", NULL},
    {"inactivityAlarmTime", NULL},
};

enum class { CLASS_NONE, CLASS_POINT, CLASS_ATTRIBUTE, CLASS_DELETION, CLASS_PRESENCE };

static enum class class_of(const struct entry *e, const char **ret_type) {
    if (e->kind == ENTRY_POINT) return CLASS_POINT;
    if ((e->kind != ENTRY_ATTRIBUTE && e->kind != ENTRY_ATTRIBUTE_DELETE) ||
        e->attribute.device >> 63 != 0) return CLASS_NONE;
    if (e->attribute.scope == SCOPE_SERVER) for (size_t i = 0; i < sizeof presence / sizeof presence[0];
                                                 i++) if (slice_eq_str(e->attribute.key, presence[i].key)){
            *ret_type = presence[i].type;
            bool is_news = presence[i].type != NULL && e->kind == ENTRY_ATTRIBUTE &&
                           e->attribute.value.type == VALUE_LONG;
            return is_news ? CLASS_PRESENCE : CLASS_NONE;}
return e->kind == ENTRY_ATTRIBUTE ? CLASS_ATTRIBUTE : CLASS_DELETION;
}

static unsigned kind_of(enum class class)
{
    switch (class) {
    case CLASS_NONE: return 0;
    case CLASS_POINT: return FORWARD_TELEMETRY;
    case CLASS_ATTRIBUTE:
    case CLASS_DELETION: return FORWARD_ATTRIBUTES;
    case CLASS_PRESENCE: return FORWARD_LIFECYCLE;
    }
    return 0;
}

bool forward_event_wants(unsigned kinds, const struct entry *entry)
{
    const char *type;
    return (kinds & kind_of(class_of(entry, &type))) != 0;
}

/* ---- which entries belong together --------------------------------------------------------------------------- */

struct gathered {
    enum class class;
    struct slice keys[FORWARD_EVENT_KEYS];
    size_t count;
};

static void begin(struct gathered *group, const struct entry *e, const char *type, struct forward_event *ret)
{
    static const char *const types[] = {[CLASS_POINT] = "TELEMETRY",
                                        [CLASS_ATTRIBUTE] = "ATTRIBUTES_UPDATED",
                                        [CLASS_DELETION] = "ATTRIBUTES_DELETED"};
    ret->kind = (enum forward_kind)kind_of(group->class);
    ret->type = group->class == CLASS_PRESENCE ? type : types[group->class];
    ret->device = entry_device(e);
    ret->ts = e->kind == ENTRY_POINT ? e->point.ts : e->attribute.updated_ms;
    if (group->class == CLASS_PRESENCE)
        ret->ts = e->attribute.value.number;
    ret->scope = e->kind == ENTRY_POINT ? SCOPE_CLIENT : e->attribute.scope;
    group->keys[0] = entry_key(e);
    group->count = 1;
}

static bool has_key(const struct gathered *group, struct slice key)
{
    for (size_t i = 0; i < group->count; i++)
        if (slice_eq(group->keys[i], key))
            return true;
    return false;
}

static bool belongs(const struct gathered *group, const struct forward_event *event, const struct entry *e)
{
    const char *type;
    enum class class = class_of(e, &type);
    if (class != group->class || class == CLASS_PRESENCE || group->count == FORWARD_EVENT_KEYS ||
        entry_device(e) != event->device)
        return false;
    bool is_same = class == CLASS_POINT
                       ? e->point.ts == event->ts
                       : e->attribute.scope == event->scope &&
                             (class == CLASS_DELETION || e->attribute.updated_ms == event->ts);
    return is_same && !has_key(group, entry_key(e));
}

static bool first_of(const struct batch *batch, size_t *at, struct gathered *group, struct forward_event *ret)
{
    struct entry e;
    const char *type = NULL;
    for (size_t from = *at; batch_next(batch, at, &e); from = *at) {
        group->class = class_of(&e, &type);
        if (group->class == CLASS_NONE)
            continue;
        begin(group, &e, type, ret);
        ret->from = from;
        return true;
    }
    return false;
}

bool forward_event_next(const struct batch *batch, size_t *at, struct forward_event *ret)
{
    struct gathered group;
    struct entry e;
    if (!first_of(batch, at, &group, ret))
        return false;
    for (size_t next = *at; *at - ret->from < EVENT_BYTES && batch_next(batch, &next, &e); *at = next) {
        if (!belongs(&group, ret, &e))
            break;
        group.keys[group.count++] = entry_key(&e);
    }
    ret->to = *at;
    return true;
}

/* ---- as JSON ------------------------------------------------------------------------------------------------- */

void forward_subject_write(const struct uuid *id, const char *name, const char *profile, struct buf *out)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(id, text);
    buf_printf(out, "\"deviceId\":\"%s\",\"deviceName\":", text);
    json_append_string(out, slice_str(name));
    buf_append_str(out, ",\"deviceProfile\":");
    json_append_string(out, slice_str(profile));
}

/* Up to the value of `data`. Ids and types need no escapes. */
static void write_head(const char *type, int64_t ts, struct slice subject, const char *id, struct buf *out)
{
    buf_append_slice(out, SLICE("{\"id\":\""));
    buf_append_str(out, id);
    buf_append_slice(out, SLICE("\",\"type\":\""));
    buf_append_str(out, type);
    buf_append_slice(out, SLICE("\",\"ts\":"));
    json_append_int(out, ts);
    buf_append_u8(out, ',');
    buf_append_slice(out, subject);
}

static void write_value(const struct entry *e, struct buf *out)
{
    json_append_string(out, entry_key(e));
    buf_append_u8(out, ':');
    value_append_json(entry_value(e), out);
}

static void write_key(const struct entry *e, struct buf *out)
{
    json_append_string(out, entry_key(e));
}

static void write_list(const struct batch *batch, const struct forward_event *event,
                       void (*write)(const struct entry *e, struct buf *out), struct buf *out)
{
    struct entry e;
    for (size_t at = event->from; at < event->to && batch_next(batch, &at, &e);) {
        write(&e, out);
        if (at < event->to)
            buf_append_u8(out, ',');
    }
}

static bool is_deletion(const struct batch *batch, const struct forward_event *event)
{
    struct entry first;
    size_t at = event->from;
    return batch_next(batch, &at, &first) && first.kind == ENTRY_ATTRIBUTE_DELETE;
}

static void write_data(const struct batch *batch, const struct forward_event *event, struct buf *out)
{
    if (event->kind == FORWARD_LIFECYCLE) {
        buf_append_slice(out, SLICE("{}"));
    } else if (is_deletion(batch, event)) {
        buf_append_slice(out, SLICE("{\"keys\":["));
        write_list(batch, event, write_key, out);
        buf_append_slice(out, SLICE("]}"));
    } else {
        buf_append_u8(out, '{');
        write_list(batch, event, write_value, out);
        buf_append_u8(out, '}');
    }
}

void forward_event_write(const struct batch *batch, const struct forward_event *event, struct slice subject,
                         const char *id, int64_t now_ms, struct buf *out)
{
    write_head(event->type, event->ts != 0 ? event->ts : now_ms, subject, id, out);
    if (event->kind == FORWARD_ATTRIBUTES) {
        buf_append_slice(out, SLICE(",\"scope\":\""));
        buf_append_str(out, scope_name(event->scope));
        buf_append_u8(out, '"');
    }
    buf_append_slice(out, SLICE(",\"data\":"));
    write_data(batch, event, out);
    buf_append_u8(out, '}');
}

void forward_event_write_plain(const char *type, int64_t ts, struct slice subject, const char *id,
                               struct buf *out)
{
    write_head(type, ts, subject, id, out);
    buf_append_slice(out, SLICE(",\"data\":{}}"));
}

const char *forward_news_type(enum device_news news)
{
    switch (news) {
    case DEVICE_CREATED: return "DEVICE_CREATED";
    case DEVICE_UPDATED: return "DEVICE_UPDATED";
    case DEVICE_DELETED: return "DEVICE_DELETED";
    case DEVICE_CREDENTIALS: return "DEVICE_CREDENTIALS_UPDATED";
    }
    return "DEVICE_UPDATED";
}
