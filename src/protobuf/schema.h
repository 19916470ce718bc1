/**
 * @file schema.h - Protobuf messages by a schema that is only known at run time: bytes to JSON, JSON to bytes.
 *
 * A schema is the text of one .proto file, as a device profile holds it. Its message is the last one that
 * stands at the top level of the file, as in ThingsBoard (DynamicProtoUtils). libprotobuf compiles the text and
 * reads and writes the bytes; no other folder sees it.
 *
 * What a schema may be: `syntax = "proto3"`, at most SCHEMA_TEXT_MAX bytes, SCHEMA_MESSAGES_MAX messages (nested ones and
 * maps included) and SCHEMA_FIELDS_MAX fields; imports are refused, as in ThingsBoard.
 *
 * JSON of a message, members in the order of the schema, named as Protobuf names them in JSON (battery_level: batteryLevel), as ThingsBoard does:
 *
 *     int32, int64, uint32 ..    25: a number however large; never text, as Protobuf's own JSON mapping has it
 *     double, float              25.0, 1.0E7: with a point, the fewest digits that read back; NaN, Infinity: text
 *     bool, string               true, "text"
 *     bytes                      base64 with padding
 *     enum                       its name as text; a number that the schema does not name: that number
 *     message, repeated, map     object, array, object
 *
 * A field that may be absent (optional, oneof, message) is left out when it is; any other is written with its
 * default value (0, "", false, [], {}) when it was not sent, as in ThingsBoard. Fields that the schema does not
 * know are passed over.
 *
 * Bounds: messages within messages at most SCHEMA_DEPTH_MAX deep; a payload whose submessages could take more than
 * SCHEMA_DECODED_MAX bytes of memory is refused before it is read. The caller bounds payloads, and results by the
 * limit of the buffer.
 *
 * A compiled schema does not change: any number of threads may use it at once. Nothing here blocks. Reading a message
 * of five values costs about 4 us, writing one about 18 us.
 * libprotobuf writes no log of its own once the first schema was compiled.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct schema;

enum {
    SCHEMA_TEXT_MAX = 64 * 1024,
    SCHEMA_MESSAGES_MAX = 256,
    SCHEMA_FIELDS_MAX = 2048,
    SCHEMA_DEPTH_MAX = 32,
    SCHEMA_DECODED_MAX = 32 * 1024 * 1024,
};

/**
 * @param field  what the text is called where it came from ("deviceTelemetryProtoSchema"): for the problem
 * @return ERR_OK; ERR_INVALID, ERR_LIMIT (problem: field, "line 3, column 12" and what is wrong there); ERR_NOMEM
 * Cost: about 50 us and 15 KB of memory for a usual schema. Free with schema_free().
 */
MUST_USE err_t schema_compile(struct slice text, const char *field, struct schema **ret_schema,
                              struct problem *problem);

void schema_free(struct schema *schema); /* NULL is fine */

/** Full name of the message, "package.Message"; borrowed from the schema. */
const char *schema_message_name(const struct schema *schema);

/** Is @p name a single text field of the message? */
bool schema_has_text_field(const struct schema *schema, const char *name);

/**
 * Append the JSON of a message.
 * @return ERR_OK; ERR_INVALID (no such message, or text in it that is not UTF-8); ERR_LIMIT (too deep, too large in
 *         memory, or @p json reached its limit); ERR_NOMEM. After an error @p json may hold a part.
 */
MUST_USE err_t schema_decode(const struct schema *schema, struct slice payload, struct buf *json,
                             struct problem *problem);

/**
 * Append the message that @p json (strict) describes, by Protobuf's JSON mapping: 64-bit numbers may be text, fields
 * may be named as in the schema or in lowerCamelCase. Members that the schema does not know are passed over.
 * @return ERR_OK; ERR_INVALID (problem: the member, what was there); ERR_LIMIT (@p payload reached its limit);
 *         ERR_NOMEM. After an error @p payload is as it was, but for its `failed`.
 */
MUST_USE err_t schema_encode(const struct schema *schema, struct slice json, struct buf *payload,
                             struct problem *problem);
