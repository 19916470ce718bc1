#include "model/ota_package.h"

#include "unit.h"

#include <stdlib.h>

static void types_have_names(void **state)
{
    enum ota_type type = OTA_SOFTWARE;
    assert_true(ota_type_parse(SLICE("FIRMWARE"), &type));
    assert_int_equal(type, OTA_FIRMWARE);
    assert_string_equal(ota_type_name(type), "FIRMWARE");
    assert_string_equal(ota_type_prefix(type), "fw");
    assert_true(ota_type_parse(SLICE("SOFTWARE"), &type));
    assert_string_equal(ota_type_prefix(type), "sw");
    assert_string_equal(ota_type_word(type), "software");
    assert_false(ota_type_parse(SLICE("firmware"), &type));
    assert_false(ota_type_parse(slice_of(NULL, 0), &type));
    assert_int_equal(type, OTA_SOFTWARE);
}

static void algorithms_have_names(void **state)
{
    enum checksum_algorithm found = CHECKSUM_NONE;
    for (int i = CHECKSUM_MD5; i <= CHECKSUM_MURMUR3_128; i++) {
        const char *name = checksum_algorithm_name((enum checksum_algorithm)i);
        assert_true(checksum_algorithm_parse(slice_str(name), &found));
        assert_int_equal(found, i);
    }
    assert_true(checksum_algorithm_parse(SLICE("sha512"), &found));
    assert_int_equal(found, CHECKSUM_SHA512);
    assert_null(checksum_algorithm_name(CHECKSUM_NONE));
    assert_null(checksum_algorithm_name((enum checksum_algorithm)8));
    assert_false(checksum_algorithm_parse(SLICE("SHA1"), &found));
    assert_false(checksum_algorithm_parse(SLICE("SHA"), &found));
    assert_false(checksum_algorithm_parse(slice_of(NULL, 0), &found));
}

static void a_package_has_data_when_there_is_something_to_install(void **state)
{
    struct ota_package package = {0};
    assert_false(ota_package_has_data(&package));
    package.data_size = 1;
    assert_true(ota_package_has_data(&package));
    package.data_size = 0;
    package.url = strdup("https://example.org/1.bin");
    assert_true(ota_package_has_data(&package));
    ota_package_fini(&package);
    assert_null(package.url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(algorithms_have_names),
        cmocka_unit_test(a_package_has_data_when_there_is_something_to_install),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
