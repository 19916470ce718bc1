/**
 * @file platform.h - a data directory of its own with its hub, for tests that call the router or the service.
 *
 * Everything is real: registry, series, door, workers. Passwords are hashed, so make few logins.
 */
#pragma once

#include "http/api.h"
#include "http/document.h"
#include "http/message.h"

#define TEST_EMAIL    "tenant@localhost"
#define TEST_PASSWORD "correct horse"

struct platform {
    char dir[64];
    struct settings settings;
    struct hub hub;
    struct api api;
};

/** @param overrides  "section.name=value", or NULL at the end */
void platform_open(struct platform *platform, const char *const *overrides);
void platform_close(struct platform *platform); /* removes the directory */
void platform_make_administrator(struct platform *platform);

/** The answer of one request; free it by answer_fini(). */
struct answer {
    unsigned status, code; /* code: errorCode of an error */
    json_t *document;      /* NULL when the body is no JSON */
    struct http_response response;
};
void answer_fini(struct answer *answer);
#define AUTO_ANSWER __attribute__((cleanup(answer_fini))) struct answer

/** As the administrator on the control socket. @p body NULL: none */
struct answer ask(struct platform *platform, const char *method, const char *target, const char *body);
/** With a token, as over the network; NULL: no header. */
struct answer ask_with(struct platform *platform, const char *token, const char *method, const char *target,
                       const char *body);

/** Text below @p document at "a.b.c"; "" when it is not there. Borrowed. */
const char *text_at(const json_t *document, const char *path);
json_t *value_at(const json_t *document, const char *path);

/** Make a device; its id goes to @p id. */
void make_device(struct platform *platform, const char *name, char id[UUID_TEXT_SIZE]);
