/**
 * @file settings.h - everything an operator can set, checked and typed.
 *
 * All settings stand in one table (config/settings_table.h); `struct settings` has a member for each section
 * with a field for each row: `settings.mqtt.max_packet`. Sources, later ones win:
 *   1. defaults of the table
 *   2. DIR/postern.ini: `[section]` and `name = value`; `#` and `;` begin a comment; lines up to 195 bytes
 *   3. environment: POSTERN_SECTION_NAME (POSTERN_MQTT_TLS_LISTEN). Variables whose SECTION is none of ours
 *      are not settings and are left alone
 *   4. overrides: `section.name=value` of `--set`
 * An unknown name, a value of the wrong form or out of range, or a name set twice in the file is an error,
 * whose sentence names the file and line (or variable, or override), the setting and what was expected.
 * Sizes may be written with KiB, MiB or GiB ("256 KiB"); truths as true, false, yes, no, on, off.
 * A loaded `struct settings` is not changed any more: threads share it by const pointer.
 */
#pragma once

#include "base/err.h"
#include "base/log.h"
#include "base/slice.h"
#include "config/listen.h"

#include <stdio.h>

enum settings_tls_records { SETTINGS_TLS_RECORDS_OWN, SETTINGS_TLS_RECORDS_LIBRARY };
#define SETTINGS_TLS_RECORDS_NAMES "own|library"

enum settings_tls_version { SETTINGS_TLS_1_2, SETTINGS_TLS_1_3 };
#define SETTINGS_TLS_VERSION_NAMES "1.2|1.3"

#define SETTINGS_LOG_LEVEL_NAMES  "debug|info|warning|error"
#define SETTINGS_LOG_FORMAT_NAMES "auto|text|json"

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): the rows hold types */
#define SECTION(section, help)                                          struct {
#define SECTION_END(section)                                            } section;
#define ADDRESS(section, name, value, when, help)                       struct listen_address name;
#define HOST(section, name, value, when, help)                          char *name;
#define TEXT(section, name, value, when, help)                          char *name;
#define BOOL(section, name, value, when, help)                          bool name;
#define CHOICE(section, name, type, choices, value, when, help)         type name;
#define NUMBER(section, name, least, most, value, unit, when, help)     uint32_t name;
#define SIZE(section, name, least, most, value, when, help)             uint32_t name;
struct settings {
#include "config/settings_table.h"
};
#undef SECTION
#undef SECTION_END
#undef ADDRESS
#undef HOST
#undef TEXT
#undef BOOL
#undef CHOICE
#undef NUMBER
#undef SIZE
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

/** Where settings come from, for settings_read(). Borrowed for the call; members may be left zero. */
struct settings_sources {
    struct slice ini;               /* text of the file */
    const char *ini_name;           /* how messages call it */
    const char *const *environment; /* "NAME=value", NULL-terminated, such as environ */
    const char *const *overrides;   /* "section.name=value" */
    size_t override_count;
};

/**
 * Read DIR/postern.ini (a missing file is an empty one), the environment of the process and @p overrides.
 *
 * @param overrides  @p count texts "section.name=value"; may be NULL when count is 0
 * @param ret        filled on ERR_OK, to be given back by settings_fini(); untouched otherwise
 * @param problem    the sentence; field = "section.name"; may be NULL
 * @return ERR_OK · ERR_INVALID (see above) · ERR_IO (file not readable) · ERR_LIMIT (file above 1 MiB) ·
 * ERR_NOMEM Blocks on the file. Main thread (reads the environment).
 */
MUST_USE err_t settings_load(const char *dir, const char *const *overrides, size_t count,
                             struct settings *ret, struct problem *problem);

/** The same from memory. Any thread; never blocks. */
MUST_USE err_t settings_read(const struct settings_sources *sources, struct settings *ret,
                             struct problem *problem);

/** Frees the texts and leaves zeros. A zeroed `struct settings` is allowed. */
void settings_fini(struct settings *settings);

/**
 * Tell which settings differ, in the table's order, so that a reload can say what waits for a restart.
 * @param each  called with "section.name" and whether a reload takes it over
 */
void settings_compare(const struct settings *a, const struct settings *b,
                      void (*each)(void *arg, const char *name, bool is_reloadable), void *arg);

/** One setting as it is in force. Texts are constants, or for the call. */
struct setting_view {
    const char *name;        /* "section.name" */
    const char *help, *unit; /* unit NULL: none */
    bool is_number, is_truth;
    uint32_t number;  /* is_number */
    bool truth;       /* is_truth */
    const char *text; /* neither */
};

/** Visit settings in the table's order, but for texts that may hold what is nobody's business (paths, addresses with passwords). */
void settings_visit(const struct settings *settings,
                    void (*visit)(void *arg, const struct setting_view *view), void *arg);

/** Write a postern.ini in which every setting is commented out at its default. Check ferror() afterwards. */
void settings_write_default(FILE *file);

/** Write the listing of all settings for --help. Check ferror() afterwards. */
void settings_describe(FILE *file);
