#include "config/settings.h"

#include "config/settings_row.h"

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
