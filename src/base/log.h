/**
 * @file log.h - structured log lines: an event name and fields, on standard error.
 *
 * Text on a terminal, one JSON object a line otherwise (or as `log.format` says). Event names are
 * `part.what-happened` ("door.refused"). Secrets (keys, tokens, passwords) are never passed to this module.
 * A line is composed on the stack and written with one write(2), so threads do not mix their lines.
 * The format is set once, before threads start, the level may change while they run: the one setting kept outside
 * `struct server`, because everything down to base/ reports here.
 * Any thread. Blocks only as long as standard error does. Values are escaped: a hostile peer's text
 * cannot forge a line.
 */
#pragma once

#include "base/slice.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_field {
    const char *name; /* NULL ends the list */
    struct slice text;
    int64_t number;
    bool is_number;
};

/* Call before the first thread starts. AUTO: text if standard error is a terminal. */
void log_configure(enum log_level least, enum log_format format);

/** Any thread, any time. */
void log_set_level(enum log_level least);

bool log_is_on(enum log_level level);
void log_emit(enum log_level level, const char *event, const struct log_field *fields);

static inline struct log_field log_text(const char *name, const char *value)
{
    return (struct log_field){.name = name, .text = slice_str(value ? value : "")};
}

static inline struct log_field log_slice(const char *name, struct slice value)
{
    return (struct log_field){.name = name, .text = value};
}

static inline struct log_field log_number(const char *name, int64_t value)
{
    return (struct log_field){.name = name, .number = value, .is_number = true};
}

/** log_info("door.refused", log_text("reason", r), log_number("port", p)); at least one field. */
#define log_at(level, event, ...)                                                                            \
    do {                                                                                                     \
        if (log_is_on(level))                                                                                \
            log_emit(level, event, (const struct log_field[]){__VA_ARGS__, {0}});                            \
    } while (0)
#define log_debug(event, ...)   log_at(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...)    log_at(LOG_INFO, event, __VA_ARGS__)
#define log_warning(event, ...) log_at(LOG_WARNING, event, __VA_ARGS__)
#define log_error(event, ...)   log_at(LOG_ERROR, event, __VA_ARGS__)
