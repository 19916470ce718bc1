#include "store/checksum.h"

#include "unit.h"

/* Of "123456789", as Guava 31.1 writes them. */
static const struct {
    enum checksum_algorithm algorithm;
    const char *text;
} rows[] = {
    {CHECKSUM_MD5, "25f9e794323b453885f5181f1b624d0b"},
    {CHECKSUM_SHA256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
    {CHECKSUM_SHA384, "eb455d56d2c1a69de64e832011f3393d45f3fa31d6842f21af92d2fe469c499d"
                      "a5e3179847334a18479c8d1dedea1be3"},
    {CHECKSUM_SHA512, "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
                      "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"},
    {CHECKSUM_CRC32, "2639f4cb"},
    {CHECKSUM_MURMUR3_32, "82f3feb4"},
    {CHECKSUM_MURMUR3_128, "a4cc66db5e64843c05a11e3ac7faf899"},
};

static void known_results(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct checksum c;
        char text[CHECKSUM_TEXT_SIZE];
        assert_int_equal(checksum_init(&c, rows[i].algorithm, NULL), ERR_OK);
        checksum_add(&c, SLICE("1"));
        checksum_add(&c, slice_of(NULL, 0));
        checksum_add(&c, SLICE("23456789"));
        assert_int_equal(checksum_end(&c, text, NULL), ERR_OK);
        checksum_fini(&c);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(strlen(text), checksum_length(rows[i].algorithm));
    }
}

static void the_end_may_be_left_out(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct checksum c;
        assert_int_equal(checksum_init(&c, rows[i].algorithm, NULL), ERR_OK);
        checksum_add(&c, SLICE("abc"));
        checksum_fini(&c);
    }
    checksum_fini(&(struct checksum){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_results),
        cmocka_unit_test(the_end_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
