#include "base/text.h"
#include "base/uuid.h"
#include "unit.h"

static void utf8_follows_rfc_3629(void **state)
{
    assert_true(text_is_utf8(SLICE("plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80")));
    assert_false(text_is_utf8(SLICE("\xc0\xaf")));         /* overlong */
    assert_false(text_is_utf8(SLICE("\xed\xa0\x80")));     /* surrogate */
    assert_false(text_is_utf8(SLICE("\xf4\x90\x80\x80"))); /* above U+10FFFF */
    assert_false(text_is_utf8(SLICE("cut \xe2\x82")));
    assert_false(text_is_utf8(SLICE("\x80")));
}

static void utf8_goes_wrong_at_a_byte(void **state)
{
    assert_int_equal(text_utf8_prefix(SLICE("")), 0);
    assert_int_equal(text_utf8_prefix(SLICE("twelve bytes")), 12);
    assert_int_equal(text_utf8_prefix(SLICE("eight123\xc3\xa4more than that\xff")), 24);
    assert_int_equal(text_utf8_prefix(SLICE("\xc3\xa4"
                                            "1234567\xc3\xa4"
                                            "89\xe2\x82")),
                     13);
    assert_int_equal(text_utf8_prefix(SLICE("\xe2\x82\xac\xe2\x82")), 3);
    assert_int_equal(text_utf8_prefix(SLICE("1234567\x80")), 7);
}

static void numbers_are_bounded(void **state)
{
    uint64_t v = 7;
    assert_true(text_to_u64(SLICE("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_false(text_to_u64(SLICE("18446744073709551616"), UINT64_MAX, &v));
    assert_false(text_to_u64(SLICE("256"), 255, &v));
    assert_false(text_to_u64(SLICE(""), 255, &v));
    assert_false(text_to_u64(SLICE("-1"), 255, &v));
    assert_true(text_to_u64(SLICE("255"), 255, &v));
}

static void case_does_not_count(void **state)
{
    assert_true(slice_eq_nocase(SLICE("Multipart/Form-Data"), SLICE("multipart/form-DATA")));
    assert_true(slice_eq_nocase(slice_of(NULL, 0), SLICE("")));
    assert_false(slice_eq_nocase(SLICE("name"), SLICE("names")));
    assert_false(slice_eq_nocase(SLICE("names"), SLICE("name")));
    assert_false(slice_eq_nocase(SLICE("a"), SLICE("b")));
}

static void uuid_survives_its_text(void **state)
{
    char text[UUID_TEXT_SIZE];
    struct uuid a = uuid_random(), b;
    uuid_format(&a, text);
    assert_int_equal(strlen(text), 36);
    assert_true(uuid_parse(slice_str(text), &b));
    assert_true(uuid_eq(&a, &b));
    text[8] = '0';
    assert_false(uuid_parse(slice_str(text), &b));
    assert_false(uuid_parse(SLICE("13814000-1dd2-11b2-8080-80808080808"), &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_follows_rfc_3629),  cmocka_unit_test(utf8_goes_wrong_at_a_byte),
        cmocka_unit_test(numbers_are_bounded),    cmocka_unit_test(case_does_not_count),
        cmocka_unit_test(uuid_survives_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
