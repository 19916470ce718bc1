#include "config/settings.h"

#include "base/text.h"
#include "config/settings_row.h"

#include <stdlib.h>

enum { TEXT_VALUE_MAX = 4096 }; /* bytes of a path */

#define RELOAD  true
#define RESTART false

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): the rows hold types and initialisers */
#define FIELD(s, n) .section = #s, .name = #n, .offset = offsetof(struct settings, s.n)
#define SECTION(s, text)                      {.type = ROW_SECTION, .section = #s, .help = text},
#define SECTION_END(s)
#define ADDRESS(s, n, v, when, text)          {.type = ROW_ADDRESS, FIELD(s, n), .value = v, .is_reloadable = when, .help = text},
#define HOST(s, n, v, when, text)             {.type = ROW_HOST, FIELD(s, n), .value = v, .is_reloadable = when, .help = text},
#define TEXT(s, n, v, when, text)             {.type = ROW_TEXT, FIELD(s, n), .value = v, .is_reloadable = when, .help = text},
#define BOOL(s, n, v, when, text)             {.type = ROW_BOOL, FIELD(s, n), .value = v, .is_reloadable = when, .help = text},
#define CHOICE(s, n, t, c, v, when, text)     {.type = ROW_CHOICE, FIELD(s, n), .choices = c, .value = v, .is_reloadable = when, .help = text},
#define NUMBER(s, n, lo, hi, v, u, when, text) {.type = ROW_NUMBER, FIELD(s, n), .least = lo, .most = hi, .value = v, .unit = u, .is_reloadable = when, .help = text},
#define SIZE(s, n, lo, hi, v, when, text)     {.type = ROW_SIZE, FIELD(s, n), .least = lo, .most = hi, .value = v, .is_reloadable = when, .help = text},
const struct row settings_rows[] = {
#include "config/settings_table.h"
};
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

const size_t settings_row_count = sizeof settings_rows / sizeof settings_rows[0];

/* CHOICE fields are written as `unsigned` whatever their enum. */
_Static_assert(sizeof(enum log_level) == sizeof(unsigned), "enums are of the size of int");

static void *field_of(const struct row *row, struct settings *settings)
{
    return (char *)settings + row->offset;
}

static const void *const_field_of(const struct row *row, const struct settings *settings)
{
    return (const char *)settings + row->offset;
}

void row_full_name(const struct row *row, char out[ROW_NAME_SIZE])
{
    snprintf(out, ROW_NAME_SIZE, "%s.%s", row->section, row->name);
}

static void format_size(uint32_t bytes, char *out, size_t size)
{
    static const char *const units[] = {"", " KiB", " MiB", " GiB"};
    unsigned unit = 0;
    while (unit < 3 && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, size, "%u%s", bytes, units[unit]);
}

static void expected_size(const struct row *row, char *out)
{
    char least[24], most[24];
    format_size(row->least, least, sizeof least);
    format_size(row->most, most, sizeof most);
    snprintf(out, ROW_EXPECTED_SIZE, "bytes from %s to %s, such as %s", least, most, row->value);
}

static void expected_choice(const struct row *row, char *out)
{
    size_t len = (size_t)snprintf(out, ROW_EXPECTED_SIZE, "one of ");
    for (const char *c = row->choices; *c != '\0' && len < ROW_EXPECTED_SIZE - 3; c++) {
        if (*c == '|')
            len += (size_t)snprintf(out + len, ROW_EXPECTED_SIZE - len, ", ");
        else
            out[len++] = *c;
    }
    out[len] = '\0';
}

void row_expected(const struct row *row, char out[ROW_EXPECTED_SIZE])
{
    switch (row->type) {
    case ROW_NUMBER:
        snprintf(out, ROW_EXPECTED_SIZE, "a whole number from %u to %u (%s)", row->least, row->most,
                 row->unit);
        break;
    case ROW_SIZE: expected_size(row, out); break;
    case ROW_CHOICE: expected_choice(row, out); break;
    case ROW_ADDRESS:
        snprintf(out, ROW_EXPECTED_SIZE,
                 "host:port such as 127.0.0.1:1883 or [::1]:1883, or nothing for off");
        break;
    case ROW_BOOL: snprintf(out, ROW_EXPECTED_SIZE, "true or false"); break;
    case ROW_HOST: snprintf(out, ROW_EXPECTED_SIZE, "a host name or an IP address"); break;
    default: snprintf(out, ROW_EXPECTED_SIZE, "a path of at most %d bytes", TEXT_VALUE_MAX); break;
    }
}

static bool parse_bool(struct slice value, bool *ret)
{
    static const char *const names[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_eq_nocase(value, slice_str(names[i]))) {
            *ret = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static bool parse_choice(const char *choices, struct slice value, unsigned *ret)
{
    unsigned index = 0;
    for (const char *start = choices;; index++) {
        size_t len = strcspn(start, "|");
        if (slice_eq_nocase(value, slice_of(start, len))) {
            *ret = index;
            return true;
        }
        if (start[len] == '\0')
            return false;
        start += len + 1;
    }
}

static bool parse_number(const struct row *row, struct slice digits, uint64_t unit, uint32_t *ret)
{
    uint64_t number;
    if (!text_to_u64(digits, row->most / unit, &number) || number * unit < row->least)
        return false;
    *ret = (uint32_t)(number * unit);
    return true;
}

static bool parse_size(const struct row *row, struct slice value, uint32_t *ret)
{
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    uint64_t unit = 1;
    for (unsigned i = 0; i < 3 && value.len > 3; i++) {
        if (slice_eq_nocase(slice_skip(value, value.len - 3), slice_str(units[i]))) {
            unit = 1ull << 10 * (i + 1);
            value.len -= 3;
            while (value.len != 0 && value.data[value.len - 1] == ' ')
                value.len--;
            break;
        }
    }
    return parse_number(row, value, unit, ret);
}

static bool is_printable(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < 0x20 || value.data[i] == 0x7f)
            return false;
    }
    return text_is_utf8(value);
}

static err_t set_text(const struct row *row, char **field, struct slice value)
{
    if (value.len > TEXT_VALUE_MAX || !is_printable(value))
        return ERR_INVALID;
    if (row->type == ROW_HOST && value.len != 0 && !listen_host_is_valid(value))
        return ERR_INVALID;
    char *copy = malloc(value.len + 1);
    if (copy == NULL)
        return ERR_NOMEM;
    CHECK(slice_to_cstr(value, copy, value.len + 1));
    free(*field);
    *field = copy;
    return ERR_OK;
}

err_t row_set(const struct row *row, struct settings *settings, struct slice value)
{
    void *field = field_of(row, settings);
    bool is_good = false;
    switch (row->type) {
    case ROW_ADDRESS: is_good = listen_address_parse(value, field); break;
    case ROW_BOOL: is_good = parse_bool(value, field); break;
    case ROW_CHOICE: is_good = parse_choice(row->choices, value, field); break;
    case ROW_NUMBER: is_good = parse_number(row, value, 1, field); break;
    case ROW_SIZE: is_good = parse_size(row, value, field); break;
    case ROW_HOST:
    case ROW_TEXT: return set_text(row, field, value);
    case ROW_SECTION: break;
    }
    return is_good ? ERR_OK : ERR_INVALID;
}

static bool address_is_same(const struct listen_address *a, const struct listen_address *b)
{
    return a->is_on == b->is_on && a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool row_is_same(const struct row *row, const struct settings *a, const struct settings *b)
{
    const void *x = const_field_of(row, a), *y = const_field_of(row, b);
    switch (row->type) {
    case ROW_ADDRESS: return address_is_same(x, y);
    case ROW_BOOL: return *(const bool *)x == *(const bool *)y;
    case ROW_HOST:
    case ROW_TEXT: return strcmp(*(char *const *)x, *(char *const *)y) == 0;
    case ROW_CHOICE:
    case ROW_NUMBER:
    case ROW_SIZE: return memcmp(x, y, sizeof(uint32_t)) == 0;
    case ROW_SECTION: break;
    }
    return true;
}

void row_free(const struct row *row, struct settings *settings)
{
    if (row->type == ROW_HOST || row->type == ROW_TEXT)
        free(*(char **)field_of(row, settings));
}
