/**
 * @file point_writer.h - points as the REST API writes them: "k":[{"ts":1700000000000,"value":"25"},..], key after key.
 *
 * Values are text unless is_strict: then they are what they were stored as. The braces around all keys are the caller's.
 */
#pragma once

#include "model/point.h"

struct point_writer {
    struct buf *out; /* set it anew when it changes */
    bool is_strict;

    /* private */
    struct slice key; /* borrowed until point_writer_end() */
    bool has_keys;
    size_t points; /* of this key */
};

void point_writer_begin(struct point_writer *w, struct slice key);

/** Append a point of the key. A series_point_visitor. @return buf_is_ok() */
bool point_writer_add(void *writer, const struct point *point);
void point_writer_add_null(struct point_writer *w, int64_t ts);

/** The key's points are over. One that had none is not written at all. */
void point_writer_end(struct point_writer *w);
