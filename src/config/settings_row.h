/** @file settings_row.h - the table of settings as data. Private to config/. */
#pragma once

#include "base/slice.h"

enum row_type { ROW_SECTION, ROW_ADDRESS, ROW_HOST, ROW_TEXT, ROW_BOOL, ROW_CHOICE, ROW_NUMBER, ROW_SIZE };

enum { ROW_NAME_SIZE = 64, ROW_EXPECTED_SIZE = 128 };

struct row {
    enum row_type type;
    const char *section;
    const char *name;  /* NULL for ROW_SECTION */
    const char *value; /* the default, as text */
    const char *help;
    const char *choices; /* ROW_CHOICE: "a|b|c" */
    const char *unit;    /* ROW_NUMBER */
    size_t offset;       /* of the field in struct settings */
    uint32_t least, most;
    bool is_reloadable;
};

extern const struct row settings_rows[];
extern const size_t settings_row_count;

void row_full_name(const struct row *row, char out[ROW_NAME_SIZE]);    /* "section.name" */
void row_expected(const struct row *row, char out[ROW_EXPECTED_SIZE]); /* "a whole number from 1 to 64" */

/** Set the field of @p row from text. @return ERR_INVALID: not as row_expected() says; ERR_NOMEM */
MUST_USE err_t row_set(const struct row *row, struct settings *settings, struct slice value);

bool row_is_same(const struct row *row, const struct settings *a, const struct settings *b);
void row_free(const struct row *row, struct settings *settings);
