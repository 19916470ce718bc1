#include "base/text.h"
#include "pki/name_pattern.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

static struct problem problem;

static err_t find(const char *pattern, const char *text, char *out, size_t size)
{
    struct name_pattern *p = NULL;
    struct slice found = {0};
    problem = (struct problem){0};
    out[0] = '\0';
    if (name_pattern_new(slice_str(pattern), &p, &problem) != ERR_OK)
        fail_msg("%s: %s", pattern, problem.text);
    err_t err = name_pattern_find(p, slice_str(text), &found, &problem);
    if (err == ERR_OK)
        assert_true(slice_to_cstr(found, out, size));
    name_pattern_free(p);
    return err;
}

static void assert_finds(const char *pattern, const char *text, const char *expected)
{
    char found[300];
    assert_int_equal(find(pattern, text, found, sizeof found), ERR_OK);
    assert_string_equal(found, expected);
}

static void the_first_group_is_the_name_or_else_the_whole_match(void **state)
{
    assert_finds("(.*)\\.company\\.com", "pump-7.company.com", "pump-7");
    assert_finds("[a-z]+-[0-9]+", "CN of pump-7, north", "pump-7");
    assert_finds("device (\\w+) of (\\w+)", "device a of b", "a");
    assert_finds("(a)|b", "xxb", "b"); /* the group had no part in it */
    assert_finds("x(a)?(b)", "xb", "xb");
    assert_finds("sn=(.*?);", "sn=;", "");
    assert_finds("(.)(.)(.)(.)(.)(.)", "abcdef", "a"); /* more groups than are kept */
    assert_finds("K\xc3\xbc.ler", "ein K\xc3\xbchler", "K\xc3\xbchler");
    assert_finds("foo\\Kbar", "foobar", "bar");
}

static void no_match_is_told(void **state)
{
    char out[16];
    assert_int_equal(find("^pump-[0-9]+$", "valve-7", out, sizeof out), ERR_NOT_FOUND);
    assert_non_null(strstr(problem.text, "does not match the profile's pattern"));
    assert_int_equal(find("a", "", out, sizeof out), ERR_NOT_FOUND);
}

static void assert_bad(const char *pattern, const char *sentence, size_t at)
{
    struct name_pattern *p = NULL;
    problem = (struct problem){0};
    assert_int_equal(name_pattern_new(slice_str(pattern), &p, &problem), ERR_INVALID);
    assert_null(p);
    assert_string_equal(problem.field, "certificateRegExPattern");
    assert_int_equal(problem.at, at);
    if (strstr(problem.text, sentence) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", sentence, problem.text);
}

static void a_bad_pattern_is_refused_with_its_place(void **state)
{
    char longest[NAME_PATTERN_MAX + 2];
    assert_bad("(.*", "missing closing parenthesis, at byte 3", 3);
    assert_bad("ab\\C", "\\C", 4);
    assert_bad("\xff", "UTF-8", 0);
    assert_bad("", "has 0 bytes; expected 1 to 1024", 0);
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_bad(longest, "has 1025 bytes; expected 1 to 1024", 0);
}

static void nested_repetition_is_no_bomb(void **state)
{
    assert_bad("(((a{1,1000}){1,1000}){1,1000}){1,1000}", "too large", 39);
}

/* Each would run for ages without the limits. */
static void catastrophic_patterns_end_soon(void **state)
{
    static const char *const patterns[] = {"(a+)+$",           "(a|aa)+$",       "(.*)*b\\1$",
                                           "^(a?){60}a{60}$",  "((a*)*)*\\x21!", "(?:a|a|a|a|a|a)+\\d$",
                                           "(x+x+)+y|(a+a+)+$"};
    char text[256], out[300];
    memset(text, 'a', 254);
    text[254] = '!';
    text[255] = '\0';
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        clock_t start = clock();
        err_t err = find(patterns[i], text, out, sizeof out);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (err != ERR_LIMIT && err != ERR_NOT_FOUND)
            fail_msg("%s: %s", patterns[i], problem.text);
        assert_true(seconds < 1);
    }
    assert_int_equal(find("(a+)+$", text, out, sizeof out), ERR_LIMIT);
    assert_non_null(strstr(problem.text, "backtracks without end"));
    assert_int_equal(find("(?R)?a", text, out, sizeof out), ERR_INVALID);
    assert_non_null(strstr(problem.text, "recursion"));
}

static void deep_recursion_is_bounded_in_memory(void **state)
{
    char text[256], out[300];
    memset(text, '(', 255);
    text[255] = '\0';
    err_t err = find("^(\\((?1)*\\))*x", text, out, sizeof out);
    assert_true(err == ERR_LIMIT || err == ERR_NOT_FOUND);
    assert_true(find("(?1)(b|a(?1))", text, out, sizeof out) != ERR_OK);
}

static void a_pattern_cannot_raise_its_own_limits(void **state)
{
    char text[256], out[300];
    memset(text, 'a', 254);
    text[254] = '!';
    text[255] = '\0';
    assert_int_equal(find("(*LIMIT_MATCH=4000000000)(*LIMIT_DEPTH=4000000000)(*LIMIT_HEAP=4000000)(a+)+$",
                          text, out, sizeof out),
                     ERR_LIMIT);
}

static void text_that_is_no_utf8_is_refused(void **state)
{
    char out[16];
    assert_int_equal(find(".", "\xc3", out, sizeof out), ERR_INVALID);
    assert_non_null(strstr(problem.text, "UTF-8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_group_is_the_name_or_else_the_whole_match),
        cmocka_unit_test(no_match_is_told),
        cmocka_unit_test(a_bad_pattern_is_refused_with_its_place),
        cmocka_unit_test(nested_repetition_is_no_bomb),
        cmocka_unit_test(catastrophic_patterns_end_soon),
        cmocka_unit_test(deep_recursion_is_bounded_in_memory),
        cmocka_unit_test(a_pattern_cannot_raise_its_own_limits),
        cmocka_unit_test(text_that_is_no_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
