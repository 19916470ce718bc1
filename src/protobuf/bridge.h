/**
 * @file bridge.h - the seam between schema.c and libprotobuf: plain types that C and C++ read alike.
 *
 * For schema.c alone; schema.h is the manual. No exception leaves bridge.cc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bridge_schema;

enum bridge_result {
    BRIDGE_OK,
    BRIDGE_INVALID, /* bridge_error tells */
    BRIDGE_LIMIT,   /* likewise */
    BRIDGE_STOPPED, /* a handler returned false */
    BRIDGE_NOMEM,
    BRIDGE_FAILED, /* an exception that should not have been */
};

struct bridge_error {
    int line, column; /* from 1; 0 = not known */
    char text[256];   /* NUL-terminated; may be cut */
};

struct bridge_limits {
    size_t messages, fields;
};

enum bridge_result bridge_compile(const char *text, size_t size, const struct bridge_limits *limits,
                                  struct bridge_schema **ret_schema, struct bridge_error *error);
void bridge_free(struct bridge_schema *schema);

const char *bridge_message_name(const struct bridge_schema *schema);
bool bridge_has_text_field(const struct bridge_schema *schema, const char *name);

/** Most bytes of memory that the submessages of a payload of @p size bytes could take. */
size_t bridge_memory_bound(const struct bridge_schema *schema, size_t size);

enum bridge_event_kind {
    BRIDGE_OBJECT,
    BRIDGE_OBJECT_END,
    BRIDGE_ARRAY,
    BRIDGE_ARRAY_END,
    BRIDGE_NAME,     /* text */
    BRIDGE_TEXT,     /* text, not yet known to be UTF-8 */
    BRIDGE_BYTES,    /* text */
    BRIDGE_SIGNED,   /* number */
    BRIDGE_UNSIGNED, /* whole */
    BRIDGE_REAL,     /* real */
    BRIDGE_BOOL,     /* yes */
};

struct bridge_event {
    enum bridge_event_kind kind;
    const char *text; /* borrowed for the call */
    size_t size;
    union {
        int64_t number;
        uint64_t whole;
        double real;
        bool yes;
    };
};

struct bridge_handler {
    bool (*on_event)(void *arg, const struct bridge_event *event); /* false: stop */
    void *arg;
};

/** Tell the message as events, in the order in which its JSON is written. */
enum bridge_result bridge_decode(const struct bridge_schema *schema, const void *payload, size_t size,
                                 int depth, const struct bridge_handler *handler);

/** One event with the message's bytes (BRIDGE_BYTES). */
enum bridge_result bridge_encode(const struct bridge_schema *schema, const char *json, size_t size,
                                 const struct bridge_handler *handler, struct bridge_error *error);

#ifdef __cplusplus
}
#endif
