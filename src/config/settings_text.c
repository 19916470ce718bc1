#include "config/settings.h"

#include "config/settings_row.h"

#include <string.h>

static const char *when_text(const struct row *row)
{
    return row->is_reloadable ? "taken over on SIGHUP" : "needs a restart";
}

static void write_default_row(FILE *file, const struct row *row)
{
    char expected[ROW_EXPECTED_SIZE];
    if (row->type == ROW_SECTION) {
        fprintf(file, "\n# %s\n[%s]\n", row->help, row->section);
        return;
    }
    row_expected(row, expected);
    fprintf(file, "\n# %s\n# Expected: %s; %s.\n#%s =%s%s\n", row->help, expected, when_text(row), row->name,
            row->value[0] ? " " : "", row->value);
}

void settings_write_default(FILE *file)
{
    fputs(
        "# Settings of postern. Each stands here commented out, at its default: remove the # to change it.\n"
        "# The environment (POSTERN_SECTION_NAME) and --set section.name=value go before this file.\n",
        file);
    for (size_t i = 0; i < settings_row_count; i++)
        write_default_row(file, &settings_rows[i]);
}

static void describe_row(FILE *file, const struct row *row)
{
    char name[ROW_NAME_SIZE], expected[ROW_EXPECTED_SIZE];
    if (row->type == ROW_SECTION) {
        fprintf(file, "\n%s\n", row->help);
        return;
    }
    row_full_name(row, name);
    row_expected(row, expected);
    fprintf(file, "  %-26s %s\n", name, row->help);
    fprintf(file, "  %-26s Default: %s. Expected: %s; %s.\n", "", row->value[0] ? row->value : "empty",
            expected, when_text(row));
}

void settings_describe(FILE *file)
{
    fputs(
        "Settings, as section.name: in postern.ini (name = value under [section]), as environment variable\n"
        "(POSTERN_SECTION_NAME), or as --set section.name=value; the later in this list wins.\n",
        file);
    for (size_t i = 0; i < settings_row_count; i++)
        describe_row(file, &settings_rows[i]);
}

/* ---- as they are in force ---- */

enum { VALUE_SIZE = 512 };

static void write_choice(const char *choices, unsigned number, char out[VALUE_SIZE])
{
    for (; number != 0; number--)
        choices = strchr(choices, '|') + 1;
    snprintf(out, VALUE_SIZE, "%.*s", (int)strcspn(choices, "|"), choices);
}

static void write_address(const struct listen_address *address, char out[VALUE_SIZE])
{
    bool is_ipv6 = strchr(address->host, ':') != NULL;
    out[0] = '\0';
    if (address->is_on)
        snprintf(out, VALUE_SIZE, "%s%s%s:%u", is_ipv6 ? "[" : "", address->host, is_ipv6 ? "]" : "",
                 address->port);
}

static void fill_view(const struct row *row, const struct settings *settings, struct setting_view *view,
                      char text[VALUE_SIZE])
{
    const void *field = (const char *)settings + row->offset;
    view->is_number = row->type == ROW_NUMBER || row->type == ROW_SIZE;
    view->is_truth = row->type == ROW_BOOL;
    view->unit = row->type == ROW_SIZE ? "bytes" : row->unit;
    view->text = text;
    if (view->is_number)
        view->number = *(const uint32_t *)field;
    else if (view->is_truth)
        view->truth = *(const bool *)field;
    else if (row->type == ROW_CHOICE)
        write_choice(row->choices, *(const unsigned *)field, text);
    else if (row->type == ROW_ADDRESS)
        write_address(field, text);
    else
        view->text = *(char *const *)field;
}

void settings_visit(const struct settings *settings,
                    void (*visit)(void *arg, const struct setting_view *view), void *arg)
{
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        char name[ROW_NAME_SIZE], text[VALUE_SIZE] = "";
        if (row->type == ROW_SECTION || row->type == ROW_TEXT)
            continue;
        row_full_name(row, name);
        struct setting_view view = {.name = name, .help = row->help};
        fill_view(row, settings, &view, text);
        visit(arg, &view);
    }
}
