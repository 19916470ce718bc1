/**
 * @file writer.h - strict, compact JSON into a buffer.
 *
 * Commas and colons are the writer's business. Calls in an order that would not be JSON (a value where a name
 * is due, a close that does not match, two top-level values) are our own bugs and stop the process by CHECK,
 * so what has been written is always well-formed. Memory errors stay in the buffer: json_writer_finish() tells.
 * Text must be valid UTF-8. The buffer may be appended to only between top-level values. Not thread-safe.
 */
#pragma once

#include "base/buf.h"
#include "json/reader.h"

struct json_writer {
    struct buf *out;
    uint32_t depth;  /* containers open, at most JSON_DEPTH_MAX */
    bool is_first;   /* nothing in the open container yet */
    bool after_name; /* a member's value is due */
    bool is_done;    /* the top-level value is complete */
    uint64_t is_object[JSON_DEPTH_MAX / 64];
};

void json_writer_init(struct json_writer *w, struct buf *out); /* appends to what @p out holds */

void json_write_object_begin(struct json_writer *w);
void json_write_object_end(struct json_writer *w);
void json_write_array_begin(struct json_writer *w);
void json_write_array_end(struct json_writer *w);

/** Name of the next member; exactly one value must follow. Uniqueness is the caller's. */
void json_write_name(struct json_writer *w, struct slice name);

void json_write_string(struct json_writer *w, struct slice text);
void json_write_int(struct json_writer *w, int64_t number);
void json_write_double(struct json_writer *w, double number); /* see json_append_double() */
void json_write_bool(struct json_writer *w, bool yes);
void json_write_null(struct json_writer *w);
void json_write_raw(struct json_writer *w,
                    struct slice json); /* one complete strict JSON value; not checked */

/** CHECK that one complete value was written. @return buf_is_ok() of the buffer */
bool json_writer_finish(const struct json_writer *w);

/* The pieces, for those who write no document: */

/** Quoted and escaped: quote, backslash and control characters; all else as it is. */
void json_append_string(struct buf *out, struct slice text);

/**
 * The shortest text that reads back as the same double, written as Java writes doubles, which is what readers
 * of the REST API know: 25.0, 0.001, 1.0E7, 1.5E-4. Minus zero is -0.0. JSON has no NaN or infinity: null.
 */
void json_append_double(struct buf *out, double number);

void json_append_int(struct buf *out, int64_t number);

/** The same into @p out, which has room for JSON_NUMBER_MAX. @return bytes written, without a NUL */
enum { JSON_NUMBER_MAX = 32 };
size_t json_put_int(char *out, int64_t number);
size_t json_put_double(char *out, double number);
