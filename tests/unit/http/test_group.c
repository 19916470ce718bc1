#include "http/router.h"

#include "platform.h"
#include "unit.h"

#include <stdio.h>

static struct platform platform;

static void the_group_all_is_found_every_way(void **state)
{
    char tenant[UUID_TEXT_SIZE], target[256];
    uuid_format(&platform.api.tenant, tenant);
    AUTO_ANSWER infos = ask(&platform, "GET", "/api/entityGroupInfos/DEVICE?pageSize=10&page=0", NULL);
    assert_int_equal(json_integer_value(value_at(infos.document, "totalElements")), 1);
    assert_string_equal(text_at(infos.document, "data.0.name"), "All");
    assert_string_equal(text_at(infos.document, "data.0.type"), "DEVICE");
    assert_true(json_is_true(value_at(infos.document, "data.0.groupAll")));
    assert_string_equal(text_at(infos.document, "data.0.ownerIds.0.id"), tenant);
    const char *id = text_at(infos.document, "data.0.id.id");
    AUTO_ANSWER groups =
        ask(&platform, "GET", "/api/entityGroups/DEVICE?pageSize=10&page=0&textSearch=aL", NULL);
    assert_string_equal(text_at(groups.document, "data.0.id.id"), id);
    AUTO_ANSWER none =
        ask(&platform, "GET", "/api/entityGroups/DEVICE?pageSize=10&page=0&textSearch=x", NULL);
    assert_int_equal(json_array_size(value_at(none.document, "data")), 0);
    snprintf(target, sizeof target, "/api/entityGroups/TENANT/%s/DEVICE", tenant);
    AUTO_ANSWER owned = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(owned.document, "0.id.id"), id);
    snprintf(target, sizeof target, "/api/entityGroup/all/TENANT/%s/DEVICE", tenant);
    AUTO_ANSWER all = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(all.document, "id.id"), id);
    snprintf(target, sizeof target, "/api/entityGroup/%s", id);
    AUTO_ANSWER group = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(group.document, "id.entityType"), "ENTITY_GROUP");
    snprintf(target, sizeof target, "/api/entityGroupInfo/%s", id);
    AUTO_ANSWER info = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(info.document, "ownerIds.0.entityType"), "TENANT");
}

static void the_group_all_holds_every_device(void **state)
{
    char id[UUID_TEXT_SIZE], target[256];
    make_device(&platform, "grouped", id);
    snprintf(target, sizeof target, "/api/entityGroups/DEVICE/%s", id);
    AUTO_ANSWER of_device = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(of_device.document, "0.entityType"), "ENTITY_GROUP");
    const char *group = text_at(of_device.document, "0.id");
    snprintf(target, sizeof target, "/api/entityGroup/%s/devices?pageSize=10&page=0", group);
    AUTO_ANSWER devices = ask(&platform, "GET", target, NULL);
    assert_string_equal(text_at(devices.document, "data.0.name"), "grouped");
    assert_true(json_is_false(value_at(devices.document, "data.0.active")));
    assert_true(json_is_integer(value_at(devices.document, "data.0.lastActivityTime")));
    snprintf(target, sizeof target, "/api/entityGroup/%s/entities?pageSize=10&page=0", group);
    AUTO_ANSWER entities = ask(&platform, "GET", target, NULL);
    assert_int_equal(json_integer_value(value_at(entities.document, "totalElements")), 1);
}

static void strangers_groups_are_not_found(void **state)
{
    static const struct {
        const char *target;
        unsigned status;
    } rows[] = {
        {"/api/entityGroup/11111111-2222-4333-8444-555555555555", 404},
        {"/api/entityGroupInfo/11111111-2222-4333-8444-555555555555", 404},
        {"/api/entityGroup/11111111-2222-4333-8444-555555555555/devices?pageSize=1&page=0", 404},
        {"/api/entityGroups/DEVICE/11111111-2222-4333-8444-555555555555", 404},
        {"/api/entityGroups/TENANT/11111111-2222-4333-8444-555555555555/DEVICE", 404},
        {"/api/entityGroup/all/CUSTOMER/11111111-2222-4333-8444-555555555555/DEVICE", 404},
        {"/api/entityGroup/all/USER/11111111-2222-4333-8444-555555555555/DEVICE", 400},
        {"/api/entityGroup/all/TENANT/x/DEVICE", 400},
        {"/api/entityGroups/ASSET?pageSize=1&page=0", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ANSWER got = ask(&platform, "GET", rows[i].target, NULL);
        assert_int_equal(got.status, rows[i].status);
    }
}

static int open_platform(void **state)
{
    platform_open(&platform, NULL);
    return 0;
}

static int close_platform(void **state)
{
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_group_all_is_found_every_way),
        cmocka_unit_test(the_group_all_holds_every_device),
        cmocka_unit_test(strangers_groups_are_not_found),
    };
    return cmocka_run_group_tests(tests, open_platform, close_platform);
}
