/** @file bodies.h - what the tests of message bodies share: options, and a batch as text. */
#pragma once

#include "hub/body.h"

#include <inttypes.h>
#include <stdio.h>

enum { BODY_DEVICE = 7, BODY_NOW = 1000, BODY_MAX_KEYS = 10, BODY_MAX_DEPTH = 8 };

static inline struct body_options body_test_options(struct body_scratch *scratch)
{
    return (struct body_options){.device = BODY_DEVICE,
                                 .now_ms = BODY_NOW,
                                 .type_cast = true,
                                 .max_keys = BODY_MAX_KEYS,
                                 .max_depth = BODY_MAX_DEPTH,
                                 .scratch = scratch};
}

static inline void append_test_value(struct buf *out, const struct value *value)
{
    switch (value->type) {
    case VALUE_BOOLEAN: buf_printf(out, "b%d", value->boolean); break;
    case VALUE_LONG: buf_printf(out, "l%" PRId64, value->number); break;
    case VALUE_DOUBLE: buf_printf(out, "d%.16g", value->real); break;
    case VALUE_STRING: buf_printf(out, "s%.*s", SLICE_ARG(value->text)); break;
    case VALUE_JSON: buf_printf(out, "j%.*s", SLICE_ARG(value->text)); break;
    }
}

/** "k@1000=l25 ..." with the type's first letter; device and scope other than expected are shown too. */
static inline void append_test_batch(struct buf *out, const struct batch *batch)
{
    struct entry e;
    for (size_t at = 0; batch_next(batch, &at, &e);) {
        bool is_point = e.kind == ENTRY_POINT;
        struct slice key = is_point ? e.point.key : e.attribute.key;
        buf_printf(out, "%s%.*s@%" PRId64 "=", out->len > 0 ? " " : "", SLICE_ARG(key),
                   is_point ? e.point.ts : e.attribute.updated_ms);
        append_test_value(out, is_point ? &e.point.value : &e.attribute.value);
        if ((is_point ? e.point.device : e.attribute.device) != BODY_DEVICE)
            buf_append_str(out, " of another device");
        if (!is_point && (e.kind != ENTRY_ATTRIBUTE || e.attribute.scope != SCOPE_CLIENT))
            buf_append_str(out, " not as client attribute");
    }
}
