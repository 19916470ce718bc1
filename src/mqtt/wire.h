/**
 * @file wire.h - data types of MQTT section 1.5 shared by the codec's files. Private to src/mqtt.
 */
#pragma once

#include "base/buf.h"
#include "base/cursor.h"

/** A failed decode in one line: sets *ret_reason and returns ERR_PROTO with the sentence. */
#define MALFORMED(reason, field, ...) (*ret_reason = (reason), fail(problem, ERR_PROTO, (field), __VA_ARGS__))

/** A cursor over @p s that never computes with a null pointer. */
struct cursor wire_cursor(struct slice s);

/** Two-byte length, then the bytes [MQTT-1.5.6]. Also the outer form of a string. */
struct slice wire_read_binary(struct cursor *c);

/** What is wrong with the text, as a phrase, or NULL: UTF-8 without U+0000 [MQTT-1.5.4-1, -2]. */
const char *wire_text_fault(struct slice text);

/** Variable Byte Integer [MQTT-1.5.5-1]: at most four bytes, shortest form. Else @p c fails. */
uint32_t wire_read_varint(struct cursor *c);

void wire_write_varint(struct buf *out, uint32_t value);

/** Length and bytes; beyond 65 535 bytes @p out fails. */
void wire_write_binary(struct buf *out, struct slice s);

/**
 * Length in front of what is yet to be written: open, write the content, close. One byte is set aside,
 * so that only contents of 128 bytes and more are moved when the length is known.
 */
size_t wire_open_length(struct buf *out);
void wire_close_length(struct buf *out, size_t opened);
