#include "base/log.h"

#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What one call writes to standard error. */
static size_t capture(const struct log_field *fields, char *out, size_t size)
{
    int ends[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_emit(LOG_ERROR, "test.event", fields);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t n = read(ends[0], out, size - 1);
    close(ends[0]);
    assert_true(n > 0);
    out[n] = '\0';
    return (size_t)n;
}

static void a_line_is_one_object_with_its_fields(void **state)
{
    char line[4096];
    log_configure(LOG_INFO, LOG_FORMAT_JSON);
    capture((const struct log_field[]){log_text("a", "x\"y\n"), log_number("b", -5), {0}}, line, sizeof line);
    assert_non_null(strstr(line, "\"event\":\"test.event\",\"a\":\"x\\\"y\\u000a\",\"b\":-5}\n"));
}

/* Control characters take six bytes each: wherever the cut falls, the line must end as an object. */
static void a_cut_line_is_still_well_formed(void **state)
{
    static char hostile[3000];
    char line[4096];
    log_configure(LOG_INFO, LOG_FORMAT_JSON);
    for (size_t len = 200; len < 2100; len++) {
        memset(hostile, len % 3 == 0 ? 1 : len % 3 == 1 ? '"' : 'x', sizeof hostile);
        const struct log_field fields[] = {log_slice("first", slice_of(hostile, len)),
                                           log_slice("second", slice_of(hostile, 100)),
                                           log_number("n", 1),
                                           {0}};
        size_t n = capture(fields, line, sizeof line);
        bool in_string = false;
        size_t i = 0;
        for (; i < n - 1; i++) {
            if (in_string && line[i] == '\\')
                i++;
            else if (line[i] == '"')
                in_string = !in_string;
            else if (line[i] == '}' && !in_string)
                break;
        }
        assert_int_equal(i, n - 2); /* the only closing brace outside of strings, then the newline */
        assert_int_equal(line[n - 1], '\n');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_object_with_its_fields),
        cmocka_unit_test(a_cut_line_is_still_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
