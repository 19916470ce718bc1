#include "json/decimal.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct decimal parsed(const char *text)
{
    struct decimal d;
    if (!decimal_parse(slice_str(text), &d))
        fail_msg("not taken for a number: %s", text);
    return d;
}

static void only_numbers_are_numbers(void **state)
{
    static const char *const good[] = {"0",   "-0",  "007", "25",   "-25",    ".5",
                                       "-.5", "0.5", "1e5", "1E+5", "1.5e-5", "0e0"};
    static const char *const bad[] = {"",      "-",     ".",    "-.",  "5.",      "+5", "1e",
                                      "1e+",   "e5",    "1.e5", "--1", " 1",      "1 ", "0x1",
                                      "1.2.3", "1e5.5", "NaN",  "1,5", "\xd9\xa3"};
    struct decimal d;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(decimal_parse(slice_str(good[i]), &d));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(decimal_parse(slice_str(bad[i]), &d));
}

static void wholeness_and_scale_are_exact(void **state)
{
    static const struct {
        const char *text;
        bool is_whole;
        int64_t scale;
    } rows[] = {
        {"25", true, 0},
        {"25.0", true, 1},
        {"2.5", false, 1},
        {"1e3", true, -3},
        {"250e-1", true, 1},
        {"25e-1", false, 1},
        {"0e-400", true, 400},
        {"0.000", true, 3},
        {"1.50", false, 2},
        {"1e-17", false, 17},
        {"1000000000000000000000.000000000000000000000", true, 21},
        {"1000000000000000000000.000000000000000000001", false, 21},
        {"100000000000000000000e-20", true, 20},
        {"100000000000000000000e-21", false, 21},
        {"1e99999999999", true, -1000000000},
        {"1e-99999999999", false, 1000000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decimal d = parsed(rows[i].text);
        assert_int_equal(decimal_is_whole(&d), rows[i].is_whole);
        assert_int_equal(decimal_scale(&d), rows[i].scale);
    }
}

static void integers_are_cut_and_bounded(void **state)
{
    static const struct {
        const char *text;
        bool fits;
        int64_t number;
    } rows[] = {
        {"25", true, 25},
        {"-0", true, 0},
        {"007", true, 7},
        {"1.9", true, 1},
        {"-1.9", true, -1},
        {"1.5e12", true, 1500000000000},
        {"155e-1", true, 15},
        {".5", true, 0},
        {"1e-30", true, 0},
        {"123456789012345678901234567890e-15", true, 123456789012345},
        {"123456789012345678901234567890e-40", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"00000000000000000000000000000005", true, 5},
        {"9e18", true, 9000000000000000000},
        {"1e19", false, 0},
        {"12e18", false, 0},
        {"1e99999999999", false, 0},
        {"0e99999999999", true, 0},
        {"0000000000000000000000e99999999999", true, 0},
        {"9223372036854775807.99999", true, INT64_MAX},
        {"18446744073709551616", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t number = 0;
        struct decimal d = parsed(rows[i].text);
        assert_int_equal(decimal_to_int64(&d, &number), rows[i].fits);
        assert_int_equal(number, rows[i].number);
    }
}

static void doubles_are_the_nearest(void **state)
{
    static const char *const texts[] = {"0.1",
                                        "21.5",
                                        "-273.15",
                                        "1e22",
                                        "1e23",
                                        "9007199254740993",
                                        "9007199254740993.0000000000000000001",
                                        "1e-400",
                                        "4.9406564584124654e-324",
                                        "2.4703282292062327e-324",
                                        "1.7976931348623157e308",
                                        "123456789012345678901234567890",
                                        ".000000000000000000000000000000000000001",
                                        "00000000000000000000000000000.25",
                                        "3.4e-5",
                                        "179769313486231580793e289",
                                        "1e400",
                                        "-1e400",
                                        "1e99999999999",
                                        "1e-99999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct decimal d = parsed(texts[i]);
        double expected = strtod(texts[i], NULL);
        assert_true(decimal_to_double(&d) == expected);
    }
    struct decimal minus_zero = parsed("-0.0");
    assert_false(signbit(decimal_to_double(&minus_zero)));
}

/* A thousand digits just above and exactly at the middle between two doubles: the last digit decides. */
static void far_digits_still_decide(void **state)
{
    char text[1200];
    snprintf(text, sizeof text, "9007199254740993.%01000d", 0);
    struct decimal d = parsed(text);
    assert_true(decimal_to_double(&d) == 9007199254740992.0);
    text[strlen(text) - 1] = '1';
    d = parsed(text);
    assert_true(decimal_to_double(&d) == 9007199254740994.0);
}

static void plain_digits_have_no_exponent(void **state)
{
    static const struct {
        const char *text, *plain;
    } rows[] = {
        {"25", "25"},
        {"007", "7"},
        {"-0", "0"},
        {"000", "0"},
        {".50", "0.50"},
        {"-.50", "-0.50"},
        {"0.00", "0.00"},
        {"-0.00", "0.00"},
        {"0e-3", "0.000"},
        {"0e3", "0"},
        {"1e3", "1000"},
        {"1.5e3", "1500"},
        {"1.50e1", "15.0"},
        {"1e-3", "0.001"},
        {"-12.5e-1", "-1.25"},
        {"12345678901234567890.50e1", "123456789012345678905.0"},
        {"0089014103211118510720", "89014103211118510720"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        AUTO_BUF out = {0};
        struct decimal d = parsed(rows[i].text);
        assert_false(decimal_append_plain(&d, strlen(rows[i].plain) - 1, &out));
        assert_int_equal(out.len, 0);
        assert_true(decimal_append_plain(&d, strlen(rows[i].plain), &out));
        assert_string_equal(buf_cstr(&out), rows[i].plain);
    }
}

static void a_short_text_cannot_become_a_large_one(void **state)
{
    AUTO_BUF out = {0};
    struct decimal d = parsed("1e999999999");
    assert_false(decimal_append_plain(&d, 400, &out));
    d = parsed("1e-999999999");
    assert_false(decimal_append_plain(&d, 400, &out));
    assert_int_equal(out.cap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_numbers_are_numbers),
        cmocka_unit_test(wholeness_and_scale_are_exact),
        cmocka_unit_test(integers_are_cut_and_bounded),
        cmocka_unit_test(doubles_are_the_nearest),
        cmocka_unit_test(far_digits_still_decide),
        cmocka_unit_test(plain_digits_have_no_exponent),
        cmocka_unit_test(a_short_text_cannot_become_a_large_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
