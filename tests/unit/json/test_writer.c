#include "json/writer.h"

#include "unit.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_text(struct buf *b, const char *expected)
{
    assert_true(buf_is_ok(b));
    assert_string_equal(buf_cstr(b), expected);
}

static void documents_are_compact_and_strict(void **state)
{
    AUTO_BUF out = {0};
    struct json_writer w;
    json_writer_init(&w, &out);
    json_write_object_begin(&w);
    json_write_name(&w, SLICE("a\"b"));
    json_write_array_begin(&w);
    json_write_int(&w, -1);
    json_write_double(&w, 2.5);
    json_write_array_begin(&w);
    json_write_array_end(&w);
    json_write_object_begin(&w);
    json_write_object_end(&w);
    json_write_array_end(&w);
    json_write_name(&w, SLICE(""));
    json_write_bool(&w, false);
    json_write_name(&w, SLICE("n"));
    json_write_null(&w);
    json_write_name(&w, SLICE("raw"));
    json_write_raw(&w, SLICE("{\"x\":[]}"));
    json_write_object_end(&w);
    assert_true(json_writer_finish(&w));
    assert_text(&out, "{\"a\\\"b\":[-1,2.5,[],{}],\"\":false,\"n\":null,\"raw\":{\"x\":[]}}");
}

static void strings_are_escaped(void **state)
{
    static const struct {
        struct slice in;
        const char *out;
    } rows[] = {
        {SLICE(""), "\"\""},
        {SLICE("plain"), "\"plain\""},
        {SLICE("\"\\/'"), "\"\\\"\\\\/'\""},
        {SLICE("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {SLICE("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\""},
        {SLICE("\xc3\xa4\xf0\x9f\x98\x80"), "\"\xc3\xa4\xf0\x9f\x98\x80\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF out = {0};
        json_append_string(&out, rows[i].in);
        assert_text(&out, rows[i].out);
    }
}

static void integers_reach_both_ends(void **state)
{
    AUTO_BUF out = {0};
    json_append_int(&out, INT64_MIN);
    buf_append_u8(&out, ' ');
    json_append_int(&out, INT64_MAX);
    buf_append_u8(&out, ' ');
    json_append_int(&out, 0);
    assert_text(&out, "-9223372036854775808 9223372036854775807 0");
}

static void doubles_are_written_as_java_does(void **state)
{
    static const struct {
        double in;
        const char *out;
    } rows[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {25, "25.0"},
        {-21.5, "-21.5"},
        {0.1, "0.1"},
        {0.30000000000000004, "0.30000000000000004"},
        {0.001, "0.001"},
        {0.0012345678901, "0.0012345678901"},
        {0.00015, "1.5E-4"},
        {9999999, "9999999.0"},
        {9999999.999999998, "9999999.999999998"},
        {10000000, "1.0E7"},
        {12345678.5, "1.23456785E7"},
        {1234567.0000001, "1234567.0000001"},
        {1e300, "1.0E300"},
        {-1.7976931348623157e308, "-1.7976931348623157E308"},
        {5e-324, "4.94065645841247E-324"},
        {3.141592653589793, "3.141592653589793"},
        {100.00000000000001, "100.00000000000001"},
        {NAN, "null"},
        {INFINITY, "null"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF out = {0};
        json_append_double(&out, rows[i].in);
        assert_text(&out, rows[i].out);
    }
}

static double random_double(uint64_t *seed, bool is_measured)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if (is_measured) /* few decimals, as sensors have */
        return (double)((int64_t)(*seed >> 20) % 100000000) / 1000.0;
    double number;
    uint64_t bits = *seed ^ *seed >> 29;
    memcpy(&number, &bits, sizeof number);
    return isfinite(number) ? number : 0.5;
}

static void doubles_read_back(void **state)
{
    uint64_t seed = 42;
    AUTO_BUF out = {0};
    for (int i = 0; i < 20000; i++) {
        double number = random_double(&seed, i % 2 == 0);
        buf_clear(&out);
        json_append_double(&out, number);
        assert_true(strtod(buf_cstr(&out), NULL) == number);
    }
}

static void a_full_buffer_is_told_at_the_end(void **state)
{
    AUTO_BUF out = {.limit = 4};
    struct json_writer w;
    json_writer_init(&w, &out);
    json_write_string(&w, SLICE("more than four"));
    assert_false(json_writer_finish(&w));
}

/* ---- misuse: each of these would not be JSON ------------------------------------------------------------
 */

static void value_without_name(struct json_writer *w)
{
    json_write_object_begin(w);
    json_write_int(w, 1);
}

static void name_in_array(struct json_writer *w)
{
    json_write_array_begin(w);
    json_write_name(w, SLICE("a"));
}

static void two_names(struct json_writer *w)
{
    json_write_object_begin(w);
    json_write_name(w, SLICE("a"));
    json_write_name(w, SLICE("b"));
}

static void name_without_value(struct json_writer *w)
{
    json_write_object_begin(w);
    json_write_name(w, SLICE("a"));
    json_write_object_end(w);
}

static void wrong_close(struct json_writer *w)
{
    json_write_array_begin(w);
    json_write_object_end(w);
}

static void close_too_many(struct json_writer *w)
{
    json_write_array_begin(w);
    json_write_array_end(w);
    json_write_array_end(w);
}

static void two_documents(struct json_writer *w)
{
    json_write_null(w);
    json_write_null(w);
}

static void name_outside(struct json_writer *w)
{
    json_write_name(w, SLICE("a"));
}

static void finish_while_open(struct json_writer *w)
{
    json_write_array_begin(w);
    (void)json_writer_finish(w);
}

static void too_deep(struct json_writer *w)
{
    for (int i = 0; i <= JSON_DEPTH_MAX; i++)
        json_write_array_begin(w);
}

static bool is_stopped(void (*misuse)(struct json_writer *))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        AUTO_BUF out = {0};
        struct json_writer w;
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        json_writer_init(&w, &out);
        misuse(&w);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void misuse_stops_the_process(void **state)
{
    void (*const misuses[])(struct json_writer *) = {
        value_without_name, name_in_array, two_names,    name_without_value, wrong_close,
        close_too_many,     two_documents, name_outside, finish_while_open,  too_deep,
    };
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++)
        assert_true(is_stopped(misuses[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_compact_and_strict),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(integers_reach_both_ends),
        cmocka_unit_test(doubles_are_written_as_java_does),
        cmocka_unit_test(doubles_read_back),
        cmocka_unit_test(a_full_buffer_is_told_at_the_end),
        cmocka_unit_test(misuse_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
