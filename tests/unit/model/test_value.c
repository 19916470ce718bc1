#include "model/point.h"
#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void assert_text(struct value v, const char *text, const char *json)
{
    AUTO_BUF out = {0};
    value_append_text(&v, &out);
    assert_string_equal(buf_cstr(&out), text);
    buf_clear(&out);
    value_append_json(&v, &out);
    assert_string_equal(buf_cstr(&out), json);
}

static void writes_text_and_json(void **state)
{
    assert_text((struct value){VALUE_BOOLEAN, .boolean = true}, "true", "true");
    assert_text((struct value){VALUE_LONG, .number = INT64_MIN}, "-9223372036854775808",
                "-9223372036854775808");
    assert_text((struct value){VALUE_JSON, .text = SLICE("{\"a\":[1]}")}, "{\"a\":[1]}", "{\"a\":[1]}");
    assert_text((struct value){VALUE_STRING, .text = SLICE("a\"b\\\n\x01ü")}, "a\"b\\\n\x01ü",
                "\"a\\\"b\\\\\\n\\u0001ü\"");
}

static void writes_doubles_as_java_does(void **state)
{
    static const struct {
        double real;
        const char *text;
    } cases[] = {{25.5, "25.5"},
                 {25, "25.0"},
                 {0, "0.0"},
                 {-0.0, "-0.0"},
                 {0.1, "0.1"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {0.001, "0.001"},
                 {0.00015, "1.5E-4"},
                 {9999999, "9999999.0"},
                 {1e7, "1.0E7"},
                 {-123456789.125, "-1.23456789125E8"},
                 {100, "100.0"},
                 {1234567.875, "1234567.875"},
                 {DBL_MAX, "1.7976931348623157E308"},
                 {1e-300, "1.0E-300"},
                 {1.0 / 3, "0.3333333333333333"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_text((struct value){VALUE_DOUBLE, .real = cases[i].real}, cases[i].text, cases[i].text);
}

static void doubles_read_back_exactly(void **state)
{
    uint64_t bits = 88172645463325252;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        struct value v = {.type = VALUE_DOUBLE};
        memcpy(&v.real, &bits, sizeof bits);
        if (!isfinite(v.real))
            continue;
        AUTO_BUF out = {0};
        value_append_text(&v, &out);
        assert_true(strtod(buf_cstr(&out), NULL) == v.real);
    }
}

static void longs_survive_encoding_in_few_bytes(void **state)
{
    for (int shift = 0; shift < 64; shift++) {
        for (int64_t delta = -2; delta <= 2; delta++) {
            int64_t number = (int64_t)((1ull << shift) + (uint64_t)delta);
            struct value v = {.type = VALUE_LONG, .number = number}, back = {0};
            AUTO_BUF out = {0};
            value_encode(&v, &out);
            assert_true(value_decode(buf_slice(&out), &back));
            assert_true(back.type == VALUE_LONG && back.number == number);
            if (number >= -128 && number < 128)
                assert_int_equal(out.len, 2);
        }
    }
}

static void other_values_survive_encoding(void **state)
{
    const struct value values[] = {{VALUE_BOOLEAN, .boolean = false},
                                   {VALUE_DOUBLE, .real = -DBL_TRUE_MIN},
                                   {VALUE_STRING, .text = SLICE("")},
                                   {VALUE_JSON, .text = SLICE("[]")}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        AUTO_BUF out = {0}, again = {0};
        struct value back = {0};
        value_encode(&values[i], &out);
        assert_true(value_decode(buf_slice(&out), &back));
        value_encode(&back, &again);
        assert_true(slice_eq(buf_slice(&out), buf_slice(&again)));
    }
}

static void garbage_does_not_decode(void **state)
{
    static const struct slice bad[] = {SLICE(""),
                                       SLICE("\x00"),
                                       SLICE("\x06x"),
                                       SLICE("\x01"),
                                       SLICE("\x01\x02"),
                                       SLICE("\x01\x01\x01"),
                                       SLICE("\x02"),
                                       SLICE("\x02"
                                             "123456789"),
                                       SLICE("\x03"
                                             "1234567"),
                                       SLICE("\x03"
                                             "123456789"),
                                       SLICE("\x03\x7f\xf0\0\0\0\0\0\0")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct value v = {.type = VALUE_LONG, .number = 77};
        assert_false(value_decode(bad[i], &v));
        assert_int_equal(v.number, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_text_and_json),
        cmocka_unit_test(writes_doubles_as_java_does),
        cmocka_unit_test(doubles_read_back_exactly),
        cmocka_unit_test(longs_survive_encoding_in_few_bytes),
        cmocka_unit_test(other_values_survive_encoding),
        cmocka_unit_test(garbage_does_not_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
