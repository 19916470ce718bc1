#include "model/entity.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static void names_follow_the_rest_api(void **state)
{
    enum credentials_type type = CREDENTIALS_ACCESS_TOKEN;
    assert_string_equal(authority_name(AUTHORITY_TENANT_ADMIN), "TENANT_ADMIN");
    assert_null(authority_name((enum authority)9));
    assert_string_equal(credentials_type_name(CREDENTIALS_X509), "X509_CERTIFICATE");
    assert_true(credentials_type_parse(SLICE("MQTT_BASIC"), &type));
    assert_int_equal(type, CREDENTIALS_MQTT_BASIC);
    assert_false(credentials_type_parse(SLICE("X509"), &type));
    assert_int_equal(type, CREDENTIALS_MQTT_BASIC);
}

static void profile_words_follow_the_rest_api(void **state)
{
    enum profile_transport transport = PROFILE_TRANSPORT_DEFAULT;
    enum provision_type type = PROVISION_DISABLED;
    assert_true(profile_transport_parse(SLICE("MQTT"), &transport));
    assert_int_equal(transport, PROFILE_TRANSPORT_MQTT);
    assert_false(profile_transport_parse(SLICE("COAP"), &transport));
    assert_int_equal(transport, PROFILE_TRANSPORT_MQTT);
    assert_string_equal(profile_transport_name(PROFILE_TRANSPORT_DEFAULT), "DEFAULT");
    assert_true(provision_type_parse(SLICE("X509_CERTIFICATE_CHAIN"), &type));
    assert_int_equal(type, PROVISION_X509_CHAIN);
    assert_false(provision_type_parse(SLICE("x509"), &type));
    assert_string_equal(provision_type_name(PROVISION_ALLOW_CREATE), "ALLOW_CREATE_NEW_DEVICES");
    assert_string_equal(provision_type_name(PROVISION_CHECK_EXISTING), "CHECK_PRE_PROVISIONED_DEVICES");
    assert_null(provision_type_name((enum provision_type)9));
}

static void profile_take_moves(void **state)
{
    struct profile a = {.version = 7, .profile_data = strdup("{}")};
    struct profile b = profile_take(&a);
    assert_null(a.profile_data);
    assert_int_equal(b.version, 7);
    profile_fini(&a);
    profile_fini(&b);
}

static void nobody_has_the_documented_id(void **state)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(&CUSTOMER_NOBODY, text);
    assert_string_equal(text, "13814000-1dd2-11b2-8080-808080808080");
}

static void device_take_moves(void **state)
{
    struct device a = {.number = 7, .additional_info = strdup("{}")};
    struct device b = device_take(&a);
    assert_null(a.additional_info);
    assert_int_equal(b.number, 7);
    device_fini(&a);
    device_fini(&b);
    assert_null(b.additional_info);
}

static void check_name_tells_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *say;
    } bad[] = {{"", "empty"},
               {"a\tb", "0x09 at byte 1"},
               {"\x7f", "0x7f"},
               {"x\xc2\x85", "0xc2 at byte 1"},
               {"\xc3\x28", "UTF-8"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct problem p = {0};
        assert_int_equal(entity_check_name("label", slice_str(bad[i].text), &p), ERR_INVALID);
        assert_string_equal(p.field, "label");
        assert_non_null(strstr(p.text, bad[i].say));
    }
    assert_int_equal(entity_check_name("name", SLICE("a\0b"), NULL), ERR_INVALID);
}

static void check_name_takes_1_to_255_bytes(void **state)
{
    char text[257];
    memset(text, 'x', sizeof text);
    assert_int_equal(entity_check_name("name", slice_of(text, 1), NULL), ERR_OK);
    assert_int_equal(entity_check_name("name", slice_of(text, 255), NULL), ERR_OK);
    assert_int_equal(entity_check_name("name", slice_of(text, 256), NULL), ERR_INVALID);
    assert_int_equal(entity_check_name("name", SLICE("Gerät ü 温度 \xc2\xa0"), NULL), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_rest_api),
        cmocka_unit_test(profile_words_follow_the_rest_api),
        cmocka_unit_test(profile_take_moves),
        cmocka_unit_test(nobody_has_the_documented_id),
        cmocka_unit_test(device_take_moves),
        cmocka_unit_test(check_name_tells_what_is_wrong),
        cmocka_unit_test(check_name_takes_1_to_255_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
