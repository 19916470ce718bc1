#include "protobuf/schema.h"

#include "base/text.h"
#include "protobuf/bridge.h"
#include "json/writer.h"

#include <math.h>
#include <sodium.h>

/* The public type and libprotobuf's side of it are one; only this file knows. */
static struct bridge_schema *bridge_of(const struct schema *schema)
{
    return (struct bridge_schema *)(uintptr_t)schema;
}

/* ---- compile ------------------------------------------------------------------------------------------- */

MUST_USE static err_t refuse_text(enum bridge_result result, const char *field,
                                  const struct bridge_error *error, struct problem *problem)
{
    if (result == BRIDGE_NOMEM)
        return fail(problem, ERR_NOMEM, field, "no memory for the Protobuf schema");
    if (result == BRIDGE_FAILED)
        return fail(problem, ERR_INTERNAL, field, "libprotobuf failed on this schema: %s", error->text);
    err_t err = result == BRIDGE_LIMIT ? ERR_LIMIT : ERR_INVALID;
    if (error->line == 0)
        return fail(problem, err, field, "%s: %s", field, error->text);
    return fail(problem, err, field, "%s: line %d, column %d: %s", field, error->line, error->column,
                error->text);
}

err_t schema_compile(struct slice text, const char *field, struct schema **ret_schema,
                     struct problem *problem)
{
    static const struct bridge_limits limits = {SCHEMA_MESSAGES_MAX, SCHEMA_FIELDS_MAX};
    struct bridge_error error = {0};
    struct bridge_schema *schema = NULL;
    if (text.len > SCHEMA_TEXT_MAX)
        return fail(problem, ERR_LIMIT, field, "%s: the schema has %zu bytes; at most %d", field, text.len,
                    SCHEMA_TEXT_MAX);
    enum bridge_result result = bridge_compile((const char *)text.data, text.len, &limits, &schema, &error);
    if (result != BRIDGE_OK)
        return refuse_text(result, field, &error, problem);
    *ret_schema = (struct schema *)schema;
    return ERR_OK;
}

void schema_free(struct schema *schema)
{
    bridge_free(bridge_of(schema));
}

const char *schema_message_name(const struct schema *schema)
{
    return bridge_message_name(bridge_of(schema));
}

bool schema_has_text_field(const struct schema *schema, const char *name)
{
    return bridge_has_text_field(bridge_of(schema), name);
}

/* ---- decode -------------------------------------------------------------------------------------------- */

struct decoding {
    struct json_writer json;
    bool has_bad_text; /* a string field that is not UTF-8 */
};

static void write_base64(struct json_writer *w, struct slice bytes)
{
    AUTO_BUF text = {0};
    size_t size = sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_ORIGINAL); /* with its NUL */
    uint8_t *room = buf_reserve(&text, size);
    if (room == NULL) {
        w->out->failed = true;
        json_write_null(w);
        return;
    }
    sodium_bin2base64((char *)room, size, bytes.data, bytes.len, sodium_base64_VARIANT_ORIGINAL);
    json_write_string(w, slice_of(room, size - 1));
}

static void write_unsigned(struct json_writer *w, uint64_t number)
{
    if (number <= INT64_MAX) {
        json_write_int(w, (int64_t)number);
        return;
    }
    AUTO_BUF text = {0};
    buf_printf(&text, "%llu", (unsigned long long)number);
    json_write_raw(w, buf_slice(&text));
}

static void write_real(struct json_writer *w, double number)
{
    if (isfinite(number))
        json_write_double(w, number);
    else
        json_write_string(w, isnan(number) ? SLICE("NaN")
                             : number > 0  ? SLICE("Infinity")
                                           : SLICE("-Infinity"));
}

static bool is_text_ok(struct decoding *d, struct slice text)
{
    d->has_bad_text = d->has_bad_text || !text_is_utf8(text);
    return !d->has_bad_text;
}

static bool on_decoded(void *arg, const struct bridge_event *event)
{
    struct decoding *d = arg;
    struct json_writer *w = &d->json;
    struct slice text = slice_of(event->text, event->size);
    if ((event->kind == BRIDGE_TEXT || event->kind == BRIDGE_NAME) && !is_text_ok(d, text))
        return false;
    switch (event->kind) {
    case BRIDGE_OBJECT: json_write_object_begin(w); break;
    case BRIDGE_OBJECT_END: json_write_object_end(w); break;
    case BRIDGE_ARRAY: json_write_array_begin(w); break;
    case BRIDGE_ARRAY_END: json_write_array_end(w); break;
    case BRIDGE_NAME: json_write_name(w, text); break;
    case BRIDGE_TEXT: json_write_string(w, text); break;
    case BRIDGE_BYTES: write_base64(w, text); break;
    case BRIDGE_SIGNED: json_write_int(w, event->number); break;
    case BRIDGE_UNSIGNED: write_unsigned(w, event->whole); break;
    case BRIDGE_REAL: write_real(w, event->real); break;
    case BRIDGE_BOOL: json_write_bool(w, event->yes); break;
    }
    return buf_is_ok(w->out);
}

MUST_USE static err_t refuse_payload(const struct schema *schema, enum bridge_result result,
                                     const struct decoding *d, struct problem *problem)
{
    const char *name = schema_message_name(schema);
    if (d->has_bad_text)
        return fail(problem, ERR_INVALID, NULL,
                    "payload is a Protobuf message %s with text that is not UTF-8", name);
    switch (result) {
    case BRIDGE_INVALID:
        return fail(problem, ERR_INVALID, NULL,
                    "payload is no Protobuf message %s, the schema of the device's profile", name);
    case BRIDGE_STOPPED: return fail(problem, ERR_LIMIT, NULL, "payload becomes too large as JSON");
    case BRIDGE_NOMEM: return fail(problem, ERR_NOMEM, NULL, "no memory for a Protobuf message");
    default: return fail(problem, ERR_INTERNAL, NULL, "libprotobuf failed on a message %s", name);
    }
}

err_t schema_decode(const struct schema *schema, struct slice payload, struct buf *json,
                    struct problem *problem)
{
    struct decoding decoding = {.has_bad_text = false};
    struct bridge_handler handler = {on_decoded, &decoding};
    size_t bound = bridge_memory_bound(bridge_of(schema), payload.len);
    if (bound > SCHEMA_DECODED_MAX)
        return fail(problem, ERR_LIMIT, NULL,
                    "a payload of %zu bytes could take %zu MiB of memory by this schema; at most %d",
                    payload.len, bound >> 20, SCHEMA_DECODED_MAX >> 20);
    json_writer_init(&decoding.json, json);
    enum bridge_result result =
        bridge_decode(bridge_of(schema), payload.data, payload.len, SCHEMA_DEPTH_MAX, &handler);
    return result == BRIDGE_OK ? ERR_OK : refuse_payload(schema, result, &decoding, problem);
}

/* ---- encode -------------------------------------------------------------------------------------------- */

static bool on_encoded(void *arg, const struct bridge_event *event)
{
    struct buf *payload = arg;
    buf_append(payload, event->text, event->size);
    return buf_is_ok(payload);
}

err_t schema_encode(const struct schema *schema, struct slice json, struct buf *payload,
                    struct problem *problem)
{
    struct bridge_error error = {0};
    struct bridge_handler handler = {on_encoded, payload};
    const char *name = schema_message_name(schema);
    switch (bridge_encode(bridge_of(schema), (const char *)json.data, json.len, &handler, &error)) {
    case BRIDGE_OK: return ERR_OK;
    case BRIDGE_INVALID:
        return fail(problem, ERR_INVALID, NULL, "cannot be told as a Protobuf message %s: %s", name,
                    error.text);
    case BRIDGE_STOPPED:
        return fail(problem, ERR_LIMIT, NULL, "becomes too large as a Protobuf message %s", name);
    case BRIDGE_NOMEM: return fail(problem, ERR_NOMEM, NULL, "no memory for a Protobuf message");
    default:
        return fail(problem, ERR_INTERNAL, NULL, "libprotobuf failed on a message %s: %s", name, error.text);
    }
}
