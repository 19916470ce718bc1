#include "http/live_subscription.h"

#include "base/clock.h"
#include "http/document.h"
#include "http/telemetry_call.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { COLLAPSE_AT = 32 * 1024 }; /* bytes that wait */

/* What was last sent of a key. */
struct live_seen {
    UT_hash_handle hh;
    int64_t ts;
    uint64_t value; /* its hash */
    uint8_t name[]; /* scope, 0 of a point; then the key */
};

err_t live_key_read(const json_t *object, struct live_key *ret, struct problem *problem)
{
    static const struct {
        const char *name;
        bool is_series;
        enum attribute_scope scope;
    } types[] = {
        {"TIME_SERIES", true, 0},
        {"ATTRIBUTE", false, 0},
        {"SERVER_ATTRIBUTE", false, SCOPE_SERVER},
        {"SHARED_ATTRIBUTE", false, SCOPE_SHARED},
        {"CLIENT_ATTRIBUTE", false, SCOPE_CLIENT},
    };
    char type[sizeof ret->type] = "";
    *ret = (struct live_key){0};
    TRY(document_get_text(object, "type", type, sizeof type, problem));
    TRY(document_get_text(object, "key", ret->name, sizeof ret->name, problem));
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(type, types[i].name) != 0)
            continue;
        memcpy(ret->type, type, sizeof type);
        ret->is_series = types[i].is_series;
        ret->scope = types[i].scope;
        return ret->name[0] != '\0' ? ERR_OK
                                    : fail(problem, ERR_INVALID, "key", "key is missing; expected a name");
    }
    return fail(problem, ERR_INVALID, "type",
                "type is '%s'; expected TIME_SERIES, ATTRIBUTE, SERVER_ATTRIBUTE, SHARED_ATTRIBUTE or "
                "CLIENT_ATTRIBUTE",
                type);
}

struct live_subscription *live_subscription_new(int32_t id, enum live_kind kind, const char *keys,
                                                size_t targets)
{
    struct live_subscription *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->id = id;
    s->kind = kind;
    s->keys = strdup(keys != NULL ? keys : "");
    s->targets = calloc(targets != 0 ? targets : 1, sizeof *s->targets);
    s->target_count = targets;
    if (s->keys == NULL || s->targets == NULL) {
        live_subscription_free(s);
        return NULL;
    }
    for (size_t i = 0; i < targets; i++)
        s->targets[i].subscription = s;
    return s;
}

static void forget_seen(struct live_target *target)
{
    struct live_seen *seen, *next;
    HASH_ITER (hh, target->seen, seen, next) {
        HASH_DEL(target->seen, seen);
        free(seen);
    }
}

static void let_go(struct live_subscription *s)
{
    if (s->held != NULL)
        *s->held -= s->waiting.bytes.len;
    batch_clear(&s->waiting);
}

void live_subscription_free(struct live_subscription *s)
{
    if (s == NULL)
        return;
    let_go(s);
    for (size_t i = 0; s->targets != NULL && i < s->target_count; i++)
        forget_seen(&s->targets[i]);
    batch_fini(&s->waiting);
    json_decref(s->query);
    free(s->targets);
    free(s->latest);
    free(s->series);
    free(s->keys);
    free(s);
}

/* ---- what has been sent ------------------------------------------------------------------------------------ */

/* What an entry is of, and from when. */
struct fact {
    uint8_t name[1 + KEY_MAX_BYTES];
    unsigned len;
    int64_t ts;
};

/* 0: it has none, it was deleted. */
static uint64_t hash_value(const struct entry *entry)
{
    static const uint8_t no_key[crypto_shorthash_KEYBYTES]; /* equal or not; nobody gains by a collision */
    AUTO_BUF text = {0};
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t hash;
    if (entry->kind == ENTRY_ATTRIBUTE_DELETE)
        return 0;
    value_encode(entry_value(entry), &text);
    crypto_shorthash(out, text.data, text.len, no_key);
    memcpy(&hash, out, sizeof hash);
    return hash;
}

static int64_t time_of(const struct entry *entry)
{
    if (entry->kind == ENTRY_ATTRIBUTE_DELETE)
        return clock_wall_ms();
    return entry->kind == ENTRY_POINT ? entry->point.ts : entry->attribute.updated_ms;
}

static struct fact fact_of(const struct entry *entry)
{
    struct slice key = entry_key(entry);
    struct fact fact = {.len = 1 + (unsigned)key.len, .ts = time_of(entry)};
    fact.name[0] = entry->kind == ENTRY_POINT ? 0 : (uint8_t)entry->attribute.scope;
    memcpy(fact.name + 1, key.data, key.len);
    return fact;
}

static struct live_seen *find_seen(struct live_target *target, const struct fact *fact)
{
    struct live_seen *seen;
    HASH_FIND(hh, target->seen, fact->name, fact->len, seen);
    return seen;
}

static struct live_seen *add_seen(struct live_target *target, const struct fact *fact)
{
    struct live_seen *seen = calloc(1, sizeof *seen + fact->len);
    if (seen == NULL)
        return NULL;
    memcpy(seen->name, fact->name, fact->len);
    HASH_ADD_KEYPTR(hh, target->seen, seen->name, fact->len, seen);
    target->subscription->key_count++;
    return seen;
}

/* @return false: nothing new, or out of memory */
static bool note(struct live_target *target, const struct entry *entry, const struct fact *fact)
{
    struct live_seen *seen = find_seen(target, fact);
    if (seen != NULL && fact->ts < seen->ts)
        return false;
    uint64_t value = hash_value(entry);
    if (seen != NULL && fact->ts == seen->ts && value == seen->value)
        return false;
    if (seen == NULL)
        seen = add_seen(target, fact);
    if (seen == NULL)
        return false;
    seen->ts = fact->ts;
    seen->value = value;
    return true;
}

err_t live_subscription_saw(struct live_target *target, const struct entry *entry)
{
    const struct fact fact = fact_of(entry);
    (void)note(target, entry, &fact);
    return find_seen(target, &fact) != NULL ? ERR_OK : ERR_NOMEM;
}

/* ---- what is wanted ---------------------------------------------------------------------------------------- */

static bool is_key(const struct live_key *key, const struct entry *entry)
{
    if (entry->kind == ENTRY_POINT)
        return key->is_series && slice_eq_str(entry->point.key, key->name);
    bool is_scope = key->scope == 0 || key->scope == entry->attribute.scope;
    return !key->is_series && is_scope && slice_eq_str(entry->attribute.key, key->name);
}

static bool has_key(const struct live_key *keys, size_t count, const struct entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (is_key(&keys[i], entry))
            return true;
    return false;
}

static bool wants(const struct live_subscription *s, const struct entry *entry)
{
    bool is_point = entry->kind == ENTRY_POINT;
    bool is_named = s->keys[0] == '\0' || telemetry_has_key(slice_str(s->keys), entry_key(entry));
    switch (s->kind) {
    case LIVE_TIMESERIES: return is_point && is_named;
    case LIVE_ATTRIBUTES:
        return !is_point && is_named && (s->scope == 0 || s->scope == entry->attribute.scope);
    case LIVE_ENTITY_DATA:
        return has_key(s->latest, s->latest_count, entry) || has_key(s->series, s->series_count, entry);
    case LIVE_ENTITY_COUNT:
    case LIVE_HISTORY:
    case LIVE_END: return false;
    }
    return false;
}

/* ---- what waits -------------------------------------------------------------------------------------------- */

bool live_subscription_take(struct live_target *target, const struct entry *entry)
{
    struct live_subscription *s = target->subscription;
    if (!wants(s, entry))
        return false;
    const struct fact fact = fact_of(entry);
    if (!note(target, entry, &fact))
        return false;
    size_t before = s->waiting.bytes.len;
    batch_add_entry(&s->waiting, entry);
    *s->held += s->waiting.bytes.len - before;
    if (s->waiting.bytes.len > COLLAPSE_AT && before <= COLLAPSE_AT)
        live_subscription_collapse(s);
    return true;
}

/* Where the newest entry of a key of a device stands. */
struct newest {
    UT_hash_handle hh;
    size_t at;
    uint8_t name[]; /* device, then as live_seen's */
};

static struct newest *find_or_add(struct newest **all, uint64_t device, const struct fact *fact)
{
    uint8_t name[sizeof device + sizeof fact->name];
    unsigned len = (unsigned)sizeof device + fact->len;
    struct newest *found;
    memcpy(name, &device, sizeof device);
    memcpy(name + sizeof device, fact->name, fact->len);
    HASH_FIND(hh, *all, name, len, found);
    if (found != NULL)
        return found;
    found = calloc(1, sizeof *found + len);
    if (found == NULL)
        return NULL;
    memcpy(found->name, name, len);
    HASH_ADD_KEYPTR(hh, *all, found->name, len, found);
    return found;
}

void live_subscription_collapse(struct live_subscription *s)
{
    struct newest *all = NULL, *one, *next;
    struct batch kept = {0};
    struct entry entry;
    for (size_t at = 0, start = 0; batch_next(&s->waiting, &at, &entry); start = at) {
        const struct fact fact = fact_of(&entry);
        one = find_or_add(&all, entry_device(&entry), &fact);
        if (one != NULL)
            one->at = start; /* later entries are newer: note() saw to that */
    }
    HASH_ITER (hh, all, one, next) {
        size_t at = one->at;
        if (batch_next(&s->waiting, &at, &entry))
            batch_add_entry(&kept, &entry);
        HASH_DEL(all, one);
        free(one);
    }
    let_go(s);
    batch_fini(&s->waiting);
    s->waiting = kept;
    *s->held += s->waiting.bytes.len;
}

/* ---- updates ----------------------------------------------------------------------------------------------- */

json_t *live_value(const struct value *value, bool is_strict)
{
    AUTO_BUF text = {0};
    if (!is_strict) {
        value_append_text(value, &text);
        return document_slice(buf_slice(&text));
    }
    value_append_json(value, &text);
    json_t *typed = buf_is_ok(&text) ? json_loadb((const char *)text.data, text.len,
                                                  JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL)
                                     : NULL;
    return typed != NULL ? typed : document_slice(buf_slice(&text)); /* digits that no integer here holds */
}

/* null: it was deleted. */
static json_t *value_of(const struct entry *entry, bool is_strict)
{
    return entry->kind == ENTRY_ATTRIBUTE_DELETE ? json_null() : live_value(entry_value(entry), is_strict);
}

/* [[ts,"v"],..] under the key, the newest first. */
static void add_pair(json_t *data, const char *name, int64_t ts, json_t *value)
{
    json_t *list = json_object_get(data, name);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(data, name, list);
    }
    json_array_insert_new(list, 0, json_pack("[I, o]", (json_int_t)ts, value));
}

static void write_series(struct live_subscription *s, struct buf *out)
{
    AUTO_JSON data = json_object();
    AUTO_JSON latest = json_object();
    struct entry entry;
    for (size_t at = 0; batch_next(&s->waiting, &at, &entry);) {
        int64_t ts = time_of(&entry);
        char name[KEY_MAX_BYTES + 1];
        CHECK(slice_to_cstr(entry_key(&entry), name, sizeof name));
        add_pair(data, name, ts, value_of(&entry, s->is_strict));
        json_object_set_new(latest, name, json_integer(ts));
    }
    AUTO_JSON update = json_pack("{s:i, s:i, s:n, s:O, s:O}", "subscriptionId", s->id, "errorCode", 0,
                                 "errorMsg", "data", data, "latestValues", latest);
    document_write(update, out);
}

static json_t *member(json_t *object, const char *name)
{
    json_t *found = json_object_get(object, name);
    if (found != NULL)
        return found;
    found = json_object();
    json_object_set_new(object, name, found);
    return found;
}

/* Under each name that the client gave the key. */
static void add_latest(const struct live_subscription *s, json_t *entity, const struct entry *entry,
                       int64_t ts)
{
    for (size_t i = 0; i < s->latest_count; i++) {
        if (!is_key(&s->latest[i], entry))
            continue;
        json_t *of_type = member(member(entity, "latest"), s->latest[i].type);
        json_object_set_new(of_type, s->latest[i].name,
                            json_pack("{s:I, s:o}", "ts", (json_int_t)ts, "value", value_of(entry, false)));
    }
}

static void add_series(const struct live_subscription *s, json_t *entity, const struct entry *entry,
                       int64_t ts)
{
    for (size_t i = 0; i < s->series_count; i++) {
        if (!is_key(&s->series[i], entry))
            continue;
        json_t *series = member(entity, "timeseries"), *list = json_object_get(series, s->series[i].name);
        if (list == NULL) {
            list = json_array();
            json_object_set_new(series, s->series[i].name, list);
        }
        json_array_insert_new(list, 0,
                              json_pack("{s:I, s:o}", "ts", (json_int_t)ts, "value", value_of(entry, false)));
    }
}

static json_t *update_of_target(const struct live_subscription *s, const struct live_target *target)
{
    json_t *entity = json_pack("{s:o, s:{}, s:{}}", "entityId", document_id("DEVICE", &target->id), "latest",
                               "timeseries");
    bool has_news = false;
    struct entry entry;
    for (size_t at = 0; batch_next(&s->waiting, &at, &entry);) {
        if (entry_device(&entry) != target->device)
            continue;
        has_news = true;
        int64_t ts = time_of(&entry);
        add_latest(s, entity, &entry, ts);
        add_series(s, entity, &entry, ts);
    }
    if (has_news)
        return entity;
    json_decref(entity);
    return NULL;
}

static void write_entities(struct live_subscription *s, struct buf *out)
{
    AUTO_JSON list = json_array();
    for (size_t i = 0; i < s->target_count; i++) {
        json_t *entity = update_of_target(s, &s->targets[i]);
        if (entity != NULL)
            json_array_append_new(list, entity);
    }
    AUTO_JSON update = json_pack("{s:i, s:s, s:n, s:O, s:i, s:n}", "cmdId", s->id, "cmdUpdateType",
                                 "ENTITY_DATA", "data", "update", list, "errorCode", 0, "errorMsg");
    document_write(update, out);
}

void live_subscription_write(struct live_subscription *s, struct buf *out)
{
    if (s->kind == LIVE_ENTITY_DATA)
        write_entities(s, out);
    else
        write_series(s, out);
    let_go(s);
}
