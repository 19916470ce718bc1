#include "config/settings.h"

#include "base/buf.h"
#include "base/text.h"
#include "config/settings_row.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <unistd.h>

/* libinih's own line buffer is 200 bytes with the line break and NUL; longer lines would be cut silently. */
enum { INI_FILE_MAX = 1 << 20, INI_LINE_MAX = 195, ROW_COUNT_MAX = 128 };

static const char variable_prefix[] = "POSTERN_";

/* Where a value stands, for messages. */
struct origin {
    const char *text; /* "/data/postern.ini line", "environment variable" */
    const char *name; /* variable's name, or NULL */
    unsigned line;    /* 0 = none */
};

/* One reading in progress; the first error ends it. */
struct reading {
    struct settings settings;
    struct problem *problem;
    struct slice rest; /* of the file */
    const char *ini_name;
    unsigned line;                /* of the file, from 1 */
    unsigned seen[ROW_COUNT_MAX]; /* line of the file that set this row; 0 = none */
    err_t err;
};

static void format_origin(const struct origin *origin, char *out, size_t size)
{
    /* A path may be long and the sentence has a bound: keep the end of the path. */
    size_t len = strlen(origin->text), shown = len > 100 ? 100 : len;
    const char *text = origin->text + len - shown;
    if (origin->line != 0)
        snprintf(out, size, "%s%s line %u", shown < len ? ".." : "", text, origin->line);
    else
        snprintf(out, size, "%s%s%.60s", text, origin->name ? " " : "", origin->name ? origin->name : "");
}

/* What an operator typed, bounded and without control characters. */
static void format_value(struct slice value, char *out, size_t size)
{
    size_t n = value.len < size - 1 ? value.len : size - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = value.data[i];
        out[i] = (char)(c < 0x20 || c >= 0x7f ? '?' : c);
    }
    out[n] = '\0';
    if (value.len > n)
        memcpy(out + n - 2, "..", 2);
}

static const struct row *find_row(struct slice section, struct slice name)
{
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        if (row->name != NULL && slice_eq_str(section, row->section) && slice_eq_str(name, row->name))
            return row;
    }
    return NULL;
}

/* "section.name" -> its row */
static const struct row *find_full_name(struct slice full)
{
    const uint8_t *dot = full.len ? memchr(full.data, '.', full.len) : NULL;
    if (dot == NULL)
        return NULL;
    size_t len = (size_t)(dot - full.data);
    return find_row(slice_of(full.data, len), slice_skip(full, len + 1));
}

static err_t unknown(struct reading *r, const struct origin *origin, struct slice full)
{
    char where[192], name[64];
    format_origin(origin, where, sizeof where);
    format_value(full, name, sizeof name);
    return fail(r->problem, ERR_INVALID, name,
                "%s: unknown setting \"%s\"; expected section.name of the list that --help-settings shows",
                where, name);
}

static err_t set(struct reading *r, const struct row *row, const struct origin *origin, struct slice value)
{
    err_t err = row_set(row, &r->settings, value);
    if (err != ERR_INVALID)
        return err;
    char where[192], name[ROW_NAME_SIZE], text[40], expected[ROW_EXPECTED_SIZE];
    format_origin(origin, where, sizeof where);
    row_full_name(row, name);
    format_value(value, text, sizeof text);
    row_expected(row, expected);
    return fail(r->problem, ERR_INVALID, name, "%s: %s is \"%s\"; expected %s", where, name, text, expected);
}

static err_t set_defaults(struct reading *r)
{
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct origin origin = {.text = "default"};
        if (settings_rows[i].name != NULL)
            TRY(set(r, &settings_rows[i], &origin, slice_str(settings_rows[i].value)));
    }
    return ERR_OK;
}

static err_t on_line_value(struct reading *r, const char *section, const char *name, const char *value)
{
    const struct origin origin = {.text = r->ini_name, .line = r->line};
    char full[256]; /* longer than a line and a section name of libinih together */
    int len = snprintf(full, sizeof full, "%s%s%s", section, section[0] ? "." : "", name);
    struct slice full_name = slice_of(full, (size_t)len < sizeof full ? (size_t)len : sizeof full - 1);
    const struct row *row = find_full_name(full_name);
    if (row == NULL)
        return unknown(r, &origin, full_name);
    unsigned *seen = &r->seen[row - settings_rows];
    if (*seen != 0)
        return fail(r->problem, ERR_INVALID, full,
                    "%.100s line %u: %s is set already in line %u; keep one of them", r->ini_name, r->line,
                    full, *seen);
    *seen = r->line;
    return set(r, row, &origin, slice_str(value));
}

static int on_ini_value(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    if (r->err == ERR_OK)
        r->err = on_line_value(r, section, name, value);
    return r->err == ERR_OK;
}

static err_t check_line(struct reading *r, struct slice line, size_t room)
{
    if (line.len != 0 && memchr(line.data, 0, line.len) != NULL)
        return fail(r->problem, ERR_INVALID, "", "%.100s line %u: holds a NUL byte; expected text",
                    r->ini_name, r->line);
    if (line.len > INI_LINE_MAX || line.len + 2 > room)
        return fail(r->problem, ERR_INVALID, "", "%.100s line %u: too long (%zu bytes); expected at most %d",
                    r->ini_name, r->line, line.len, INI_LINE_MAX);
    return ERR_OK;
}

/*
 * libinih's source of lines. Leading blanks are removed, because libinih would take an indented line for the
 * continuation of the one before; long comments are shortened, because only settings have a bound.
 */
static char *next_line(char *out, int size, void *arg)
{
    struct reading *r = arg;
    if (r->err != ERR_OK || r->rest.len == 0)
        return NULL;
    const uint8_t *end = memchr(r->rest.data, '\n', r->rest.len);
    struct slice line = slice_of(r->rest.data, end ? (size_t)(end - r->rest.data) : r->rest.len);
    r->rest = slice_skip(r->rest, line.len + (end != NULL));
    r->line++;
    while (line.len != 0 && isspace(line.data[0]))
        line = slice_skip(line, 1);
    if (line.len != 0 && (line.data[0] == '#' || line.data[0] == ';'))
        line.len = 1;
    r->err = check_line(r, line, (size_t)size);
    if (r->err != ERR_OK)
        return NULL;
    memcpy(out, line.len ? line.data : (const uint8_t *)"", line.len);
    memcpy(out + line.len, "\n", 2);
    return out;
}

static err_t read_ini(struct reading *r, const struct settings_sources *sources)
{
    if (sources->ini.len > INI_FILE_MAX)
        return fail(r->problem, ERR_LIMIT, "", "%.100s: larger than 1 MiB", r->ini_name);
    r->rest = sources->ini;
    int line = ini_parse_stream(next_line, r, on_ini_value, r);
    /* libinih tells the first bad line, be it a value we refused or one it could not read itself. */
    bool is_syntax = line > 0 && (r->err == ERR_OK || (unsigned)line < r->line);
    if (is_syntax)
        return fail(r->problem, ERR_INVALID, "",
                    "%.100s line %d: expected [section], name = value or # comment", r->ini_name, line);
    return line == -2 ? ERR_NOMEM : r->err;
}

static bool is_our_section(const char *section, size_t len)
{
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        if (row->type == ROW_SECTION && strlen(row->section) == len &&
            memcmp(row->section, section, len) == 0)
            return true;
    }
    return false;
}

/* "MQTT_TLS_LISTEN" -> "mqtt.tls_listen". @return false when it names no section of ours */
static bool name_of_variable(struct slice variable, char *out, size_t size)
{
    size_t section = 0;
    while (section < variable.len && variable.data[section] != '_')
        section++;
    if (section == variable.len || variable.len >= size)
        return false;
    for (size_t i = 0; i < variable.len; i++)
        out[i] = (char)tolower(variable.data[i]);
    out[section] = '.';
    out[variable.len] = '\0';
    return is_our_section(out, section);
}

static err_t read_variable(struct reading *r, const char *variable)
{
    size_t prefix = sizeof variable_prefix - 1;
    const char *equals = strchr(variable, '=');
    if (equals == NULL || strncmp(variable, variable_prefix, prefix) != 0)
        return ERR_OK;
    char shown[ROW_NAME_SIZE], full[ROW_NAME_SIZE];
    struct slice name = slice_of(variable, (size_t)(equals - variable));
    if (!name_of_variable(slice_skip(name, prefix), full, sizeof full))
        return ERR_OK;
    format_value(name, shown, sizeof shown);
    const struct origin origin = {.text = "environment variable", .name = shown};
    const struct row *row = find_full_name(slice_str(full));
    return row ? set(r, row, &origin, slice_str(equals + 1)) : unknown(r, &origin, slice_str(full));
}

static struct slice trimmed(struct slice s)
{
    while (s.len != 0 && isspace(s.data[0]))
        s = slice_skip(s, 1);
    while (s.len != 0 && isspace(s.data[s.len - 1]))
        s.len--;
    return s;
}

static err_t read_override(struct reading *r, const char *override)
{
    const struct origin origin = {.text = "--set"};
    const char *equals = strchr(override, '=');
    if (equals == NULL) {
        char shown[64];
        format_value(slice_str(override), shown, sizeof shown);
        return fail(r->problem, ERR_INVALID, "", "--set: \"%s\" has no value; expected section.name=value",
                    shown);
    }
    struct slice full = trimmed(slice_of(override, (size_t)(equals - override)));
    const struct row *row = find_full_name(full);
    return row ? set(r, row, &origin, trimmed(slice_str(equals + 1))) : unknown(r, &origin, full);
}

static err_t check_together(struct reading *r)
{
    bool has_certificate = r->settings.tls.certificate[0] != '\0', has_key = r->settings.tls.key[0] != '\0';
    if (has_certificate != has_key)
        return fail(r->problem, ERR_INVALID, has_key ? "tls.certificate" : "tls.key",
                    "%s is set, but %s is not; expected both or none, because they belong together",
                    has_key ? "tls.key" : "tls.certificate", has_key ? "tls.certificate" : "tls.key");
    return ERR_OK;
}

static err_t read_all(struct reading *r, const struct settings_sources *sources)
{
    TRY(set_defaults(r));
    TRY(read_ini(r, sources));
    for (const char *const *v = sources->environment; v != NULL && *v != NULL; v++)
        TRY(read_variable(r, *v));
    for (size_t i = 0; i < sources->override_count; i++)
        TRY(read_override(r, sources->overrides[i]));
    return check_together(r);
}

err_t settings_read(const struct settings_sources *sources, struct settings *ret, struct problem *problem)
{
    CHECK(settings_row_count <= ROW_COUNT_MAX);
    struct reading r = {.problem = problem,
                        .ini_name = sources->ini_name ? sources->ini_name : "postern.ini"};
    err_t err = read_all(&r, sources);
    if (err != ERR_OK) {
        settings_fini(&r.settings);
        return err;
    }
    *ret = r.settings;
    return ERR_OK;
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

/* A missing file reads as an empty one. */
static err_t read_file(const char *path, struct buf *out, struct problem *problem)
{
    __attribute__((cleanup(close_file))) FILE *file = fopen(path, "re");
    if (file == NULL && errno == ENOENT)
        return ERR_OK;
    if (file == NULL)
        return fail(problem, ERR_IO, "", "%.200s: cannot be read: %s", path, strerror(errno));
    uint8_t *room = buf_reserve(out, INI_FILE_MAX + 1);
    if (room == NULL)
        return ERR_NOMEM;
    out->len = fread(room, 1, INI_FILE_MAX + 1, file);
    if (ferror(file))
        return fail(problem, ERR_IO, "", "%.200s: cannot be read: %s", path, strerror(errno));
    return ERR_OK;
}

err_t settings_load(const char *dir, const char *const *overrides, size_t count, struct settings *ret,
                    struct problem *problem)
{
    AUTO_BUF path = {0}, ini = {0};
    buf_printf(&path, "%s/postern.ini", dir);
    const char *name = buf_cstr(&path);
    if (!buf_is_ok(&path))
        return ERR_NOMEM;
    TRY(read_file(name, &ini, problem));
    const struct settings_sources sources = {
        .ini = buf_slice(&ini),
        .ini_name = name,
        .environment = (const char *const *)environ,
        .overrides = overrides,
        .override_count = count,
    };
    return settings_read(&sources, ret, problem);
}

void settings_fini(struct settings *settings)
{
    for (size_t i = 0; i < settings_row_count; i++)
        row_free(&settings_rows[i], settings);
    *settings = (struct settings){0};
}

void settings_compare(const struct settings *a, const struct settings *b,
                      void (*each)(void *arg, const char *name, bool is_reloadable), void *arg)
{
    char name[ROW_NAME_SIZE];
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        if (row_is_same(row, a, b))
            continue;
        row_full_name(row, name);
        each(arg, name, row->is_reloadable);
    }
}
