#include "base/log.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static _Atomic(enum log_level) least_level = LOG_INFO;
static bool is_json; /* set once by log_configure() before threads start (see log.h) */

static const char *const level_names[] = {"debug", "info", "warning", "error"};

/* A line under construction. What does not fit is left out from there on; the line stays well-formed. */
struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
    bool is_full;
};

enum { TAIL_RESERVE = 8 }; /* room for a closing quote, brace and newline */

/* All of @p s or nothing. */
static void put_bytes(struct line *l, const char *s, size_t n)
{
    l->is_full |= l->len + n > sizeof l->text - TAIL_RESERVE;
    if (l->is_full)
        return;
    memcpy(l->text + l->len, s, n);
    l->len += n;
}

static void put_char(struct line *l, char c)
{
    put_bytes(l, &c, 1);
}

static void put_str(struct line *l, const char *s)
{
    put_bytes(l, s, strlen(s));
}

static void put_escaped(struct line *l, struct slice s)
{
    for (size_t i = 0; i < s.len && !l->is_full; i++) {
        uint8_t c = s.data[i];
        char code[8] = {(char)c};
        if (c == '"' || c == '\\')
            snprintf(code, sizeof code, "\\%c", c);
        else if (c < 0x20 || c == 0x7f || (!is_json && c >= 0x80))
            snprintf(code, sizeof code, "\\u%04x", c);
        put_str(l, code);
    }
}

/* In quotes; the closing one has its place reserved. */
static void put_quoted(struct line *l, struct slice s)
{
    put_char(l, '"');
    if (l->is_full)
        return;
    put_escaped(l, s);
    l->text[l->len++] = '"';
}

static void put_number(struct line *l, int64_t n)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)n);
    put_str(l, digits);
}

static void put_time(struct line *l)
{
    int64_t now = clock_wall_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm utc;
    char text[40];
    gmtime_r(&seconds, &utc);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + n, sizeof text - n, ".%03dZ", (int)(now % 1000));
    put_str(l, text);
}

/* `name=` or `,"name":`, if it and a number still fit. @return false: the rest of the fields is left out */
static bool put_name(struct line *l, const char *before, const char *name, const char *after)
{
    enum { NUMBER_MAX = 21 };
    size_t need = strlen(before) + strlen(name) + strlen(after) + NUMBER_MAX;
    if (l->is_full || l->len + need > sizeof l->text - TAIL_RESERVE)
        return false;
    put_str(l, before);
    put_str(l, name);
    put_str(l, after);
    return true;
}

static void put_fields(struct line *l, const struct log_field *fields, const char *before, const char *after)
{
    for (; fields->name != NULL && put_name(l, before, fields->name, after); fields++) {
        if (fields->is_number)
            put_number(l, fields->number);
        else
            put_quoted(l, fields->text);
    }
}

static void put_json(struct line *l, enum log_level level, const char *event, const struct log_field *fields)
{
    put_str(l, "{\"time\":\"");
    put_time(l);
    put_str(l, "\",\"level\":\"");
    put_str(l, level_names[level]);
    put_str(l, "\",\"event\":\"");
    put_str(l, event);
    put_char(l, '"');
    put_fields(l, fields, ",\"", "\":");
    l->text[l->len++] = '}';
}

static void put_text(struct line *l, enum log_level level, const char *event, const struct log_field *fields)
{
    put_time(l);
    put_char(l, ' ');
    put_str(l, level_names[level]);
    put_char(l, ' ');
    put_str(l, event);
    put_fields(l, fields, " ", "=");
}

void log_configure(enum log_level least, enum log_format format)
{
    log_set_level(least);
    is_json = format == LOG_FORMAT_JSON || (format == LOG_FORMAT_AUTO && !isatty(STDERR_FILENO));
}

void log_set_level(enum log_level least)
{
    atomic_store_explicit(&least_level, least, memory_order_relaxed);
}

bool log_is_on(enum log_level level)
{
    return level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

void log_emit(enum log_level level, const char *event, const struct log_field *fields)
{
    struct line l = {.len = 0};
    if (is_json)
        put_json(&l, level, event, fields);
    else
        put_text(&l, level, event, fields);
    l.text[l.len++] = '\n';
    ssize_t written = write(STDERR_FILENO, l.text, l.len);
    (void)written; /* nowhere left to report to */
}
