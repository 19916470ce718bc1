#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* MQTT reasons: MQTT 5.0 section 2.4. Error codes: the REST API's table of error forms. */
static const struct err_info infos[ERR_COUNT] = {
    [ERR_OK] = {"ok", 200, 0x00, 0},
    [ERR_AGAIN] = {"again", 503, 0x89, 2},
    [ERR_CLOSED] = {"closed", 503, 0x8b, 2},
    [ERR_IO] = {"io", 500, 0x83, 2},
    [ERR_FULL] = {"disk-full", 507, 0x97, 2},
    [ERR_PROTO] = {"protocol", 400, 0x82, 31},
    [ERR_AUTH] = {"auth", 401, 0x87, 10},
    [ERR_DENIED] = {"denied", 403, 0x87, 20},
    [ERR_NOT_FOUND] = {"not-found", 404, 0x90, 32},
    [ERR_CONFLICT] = {"conflict", 409, 0x83, 35},
    [ERR_LIMIT] = {"limit", 429, 0x97, 33},
    [ERR_INVALID] = {"invalid", 400, 0x99, 31},
    [ERR_NOMEM] = {"no-memory", 500, 0x97, 2},
    [ERR_INTERNAL] = {"internal", 500, 0x83, 2},
};

const struct err_info *err_info(err_t err)
{
    CHECK((unsigned)err < ERR_COUNT);
    return &infos[err];
}

err_t fail(struct problem *problem, err_t err, const char *field, const char *format, ...)
{
    if (problem == NULL)
        return err;
    va_list args;
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
    snprintf(problem->field, sizeof problem->field, "%s", field ? field : "");
    return err;
}

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "postern: internal check failed: %s (%s:%d)\n", condition, file, line);
    abort();
}
