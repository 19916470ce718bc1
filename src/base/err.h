/**
 * @file err.h - what can go wrong, by what the caller does next.
 *
 * Two levels: `err_t` is the category callers switch on; `struct problem` is the sentence a person reads
 * (which field, which byte, what was expected). The sentence is written where the fact is known and is
 * never composed from a category later. Peers' mistakes, full disks and missing files are errors;
 * our own bugs are CHECK failures, which stay on in release builds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

typedef enum err {
    ERR_OK = 0,
    ERR_AGAIN,     /* no answer yet: wait for an event, or try later */
    ERR_CLOSED,    /* the peer or this process is shutting down: stop */
    ERR_IO,        /* disk or socket failed: report, maybe retry */
    ERR_FULL,      /* no disk space: hold back writers, go on reading */
    ERR_PROTO,     /* peer broke the protocol: close the connection with a reason */
    ERR_AUTH,      /* who the peer is could not be shown */
    ERR_DENIED,    /* known, but not allowed */
    ERR_NOT_FOUND, /* no such thing */
    ERR_CONFLICT,  /* exists already, or changed meanwhile */
    ERR_LIMIT,     /* a documented bound was reached */
    ERR_INVALID,   /* the input is wrong: tell the field */
    ERR_NOMEM,     /* allocation failed; nothing changed */
    ERR_INTERNAL,  /* our own fault, or a library's */
    ERR_COUNT
} err_t;

/** What a category means on each wire. One row per err_t; see err.c. */
struct err_info {
    const char *name;         /* for logs: "not-found" */
    uint16_t http_status;     /* 200..599 */
    uint8_t mqtt_reason;      /* MQTT 5.0 reason code, section 2.4 */
    uint8_t thingsboard_code; /* errorCode member of a REST error */
};

const struct err_info *err_info(err_t err);

enum { PROBLEM_TEXT_MAX = 320, PROBLEM_FIELD_MAX = 64 };

/** The human side of an error. Owner: the caller, on its stack; zero-initialise before use. */
struct problem {
    char text[PROBLEM_TEXT_MAX];   /* one sentence, NUL-terminated; "" = nothing to add */
    char field[PROBLEM_FIELD_MAX]; /* the input it is about, "" if none */
    size_t at;                     /* byte offset in that input, when known */
};

/**
 * Fill @p problem (may be NULL) and return @p err, so that a check is one line:
 *     return fail(problem, ERR_INVALID, "name", "name is empty; expected 1 to 255 bytes");
 * A text longer than PROBLEM_TEXT_MAX is cut.
 */
MUST_USE err_t fail(struct problem *problem, err_t err, const char *field, const char *format, ...)
    PRINTF_LIKE(4, 5);

/** Return from the calling function when @p expression is not ERR_OK. The only hidden control flow we use. */
#define TRY(expression)                                                                                      \
    do {                                                                                                     \
        err_t try_err_ = (expression);                                                                       \
        if (try_err_ != ERR_OK)                                                                              \
            return try_err_;                                                                                 \
    } while (0)

/** Abort when our own invariant is broken. Never for anything a peer, the disk or the operator can cause. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            check_failed(#condition, __FILE__, __LINE__);                                                    \
    } while (0)

_Noreturn void check_failed(const char *condition, const char *file, int line);
