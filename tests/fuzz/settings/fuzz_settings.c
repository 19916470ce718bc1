#include "config/settings.h"

/* The text is the file; its first line is also given as an override. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[256];
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    struct slice first = slice_of(data, end ? (size_t)(end - data) : size);
    const char *overrides[] = {line};
    bool has_override = slice_to_cstr(first, line, sizeof line);
    const struct settings_sources sources = {
        .ini = slice_of(data, size), .overrides = overrides, .override_count = has_override && size % 2};
    struct settings settings;
    struct problem problem = {0};
    if (settings_read(&sources, &settings, &problem) == ERR_OK)
        settings_fini(&settings);
    else
        CHECK(problem.text[0] != '\0');
    return 0;
}
