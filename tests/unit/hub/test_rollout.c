#include "hub/rollout.h"

#include "base/clock.h"
#include "hub/attributes.h"
#include "hub/writer.h"
#include "ota.h"

static struct ota_house house;

static int set_up(void **state)
{
    ota_open(&house);
    return 0;
}

static int tear_down(void **state)
{
    ota_close(&house);
    return 0;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

/* Until no device is to be told any more. Points are a millisecond apart: what comes next is to have its own. */
static void roll_out(void)
{
    struct ota_notice notice;
    struct ota_package package;
    err_t err = ERR_OK;
    rollout_wake(house.hub.rollout);
    for (int i = 0; i < 20000; i++) {
        err = registry_ota_notice_next(house.hub.registry, &notice, &package, NULL);
        if (err == ERR_NOT_FOUND) {
            pause_ms(2);
            return;
        }
        assert_int_equal(err, ERR_OK);
        ota_package_fini(&package);
        pause_ms(1);
    }
    fail_msg("the rollout does not end");
}

static bool keep_value(void *arg, const struct attribute *attribute)
{
    value_append_json(&attribute->value, arg);
    return true;
}

static void expect_attribute(const struct device *d, const char *key, const char *json)
{
    AUTO_BUF found = {0};
    err_t err =
        series_attribute(house.hub.series, d->number, SCOPE_SHARED, slice_str(key), keep_value, &found, NULL);
    assert_int_equal(err, json != NULL ? ERR_OK : ERR_NOT_FOUND);
    if (json != NULL)
        assert_string_equal(buf_cstr(&found), json);
}

static bool keep_point(void *arg, const struct point *point)
{
    buf_printf(arg, "%lld ", (long long)point->ts);
    value_append_text(&point->value, arg);
    buf_append_u8(arg, ' ');
    return true;
}

static const char *history(const struct device *d, const char *key, struct buf *out)
{
    const struct series_range range = {
        .device = d->number, .key = slice_str(key), .end_ms = INT64_MAX, .limit = 100, .oldest_first = true};
    buf_clear(out);
    assert_int_equal(series_query(house.hub.series, &range, keep_point, out, NULL), ERR_OK);
    return buf_cstr(out);
}

static unsigned count_states(const struct device *d)
{
    AUTO_BUF out = {0};
    unsigned blanks = 0;
    for (const char *c = history(d, "fw_state", &out); *c != '\0'; c++)
        blanks += *c == ' ';
    return blanks / 2;
}

static void a_device_is_told(void **state)
{
    AUTO_BUF out = {0};
    long long queued = 0, initiated = 0, target = 0;
    int64_t before = clock_wall_ms();
    struct ota_package package = ota_add(&house, "pump", SLICE("123456789"));
    struct device d = ota_device(&house, "pump");
    ota_assign(&house, &d, &package);
    roll_out();
    expect_attribute(&d, "fw_title", "\"pump\"");
    expect_attribute(&d, "fw_version", "\"1.10\"");
    expect_attribute(&d, "fw_size", "9");
    expect_attribute(&d, "fw_checksum", "\"2639f4cb\"");
    expect_attribute(&d, "fw_checksum_algorithm", "\"CRC32\"");
    expect_attribute(&d, "fw_tag", NULL);
    expect_attribute(&d, "fw_url", NULL);
    assert_int_equal(sscanf(history(&d, "fw_state", &out), "%lld QUEUED %lld INITIATED", &queued, &initiated),
                     2);
    assert_true(queued >= before && queued < initiated);
    assert_int_equal(sscanf(history(&d, "target_fw_ts", &out), "%lld %lld", &initiated, &target), 2);
    assert_true(target == queued && initiated == queued);
    assert_non_null(strstr(history(&d, "target_fw_title", &out), "pump"));
    assert_non_null(strstr(history(&d, "target_fw_version", &out), "1.10"));
    assert_string_equal(history(&d, "sw_state", &out), "");
}

static void what_no_longer_applies_is_deleted(void **state)
{
    struct ota_package package = ota_add(&house, "file", SLICE("123456789"));
    struct ota_package link = {.tenant_id = house.profile.tenant_id,
                               .type = OTA_FIRMWARE,
                               .title = "link",
                               .package_version = "2",
                               .tag = "link 2"};
    struct device d = ota_device(&house, "changes");
    link.url = strdup("https://example.org/2.bin");
    assert_int_equal(registry_ota_add(house.hub.registry, &link, NULL), ERR_OK);
    ota_assign(&house, &d, &package);
    roll_out();
    ota_assign(&house, &d, &link);
    roll_out();
    expect_attribute(&d, "fw_title", "\"link\"");
    expect_attribute(&d, "fw_version", "\"2\"");
    expect_attribute(&d, "fw_tag", "\"link 2\"");
    expect_attribute(&d, "fw_url", "\"https://example.org/2.bin\"");
    expect_attribute(&d, "fw_size", NULL);
    expect_attribute(&d, "fw_checksum", NULL);
    expect_attribute(&d, "fw_checksum_algorithm", NULL);
    assert_int_equal(count_states(&d), 4);
    ota_assign(&house, &d, NULL);
    roll_out();
    expect_attribute(&d, "fw_title", NULL);
    expect_attribute(&d, "fw_tag", NULL);
    expect_attribute(&d, "fw_url", NULL);
    assert_int_equal(count_states(&d), 4);
    ota_package_fini(&link);
}

static void software_is_told_apart(void **state)
{
    struct ota_package package = {
        .tenant_id = house.profile.tenant_id, .type = OTA_SOFTWARE, .title = "app", .package_version = "3"};
    struct device d = ota_device(&house, "soft");
    package.url = strdup("https://example.org/app");
    assert_int_equal(registry_ota_add(house.hub.registry, &package, NULL), ERR_OK);
    d.software_id = package.id;
    assert_int_equal(registry_device_update(house.hub.registry, &d, NULL, NULL), ERR_OK);
    roll_out();
    expect_attribute(&d, "sw_title", "\"app\"");
    expect_attribute(&d, "fw_title", NULL);
    assert_int_equal(count_states(&d), 0);
    ota_package_fini(&package);
}

/* The state a device has reached is not set back when its package is named again in another way. */
static void who_knows_is_not_started_again(void **state)
{
    struct ota_package package = ota_add(&house, "same", SLICE("123456789"));
    struct device d = ota_device(&house, "same");
    ota_assign(&house, &d, &package);
    roll_out();
    assert_int_equal(count_states(&d), 2);
    ota_assign_all(&house, &package);
    roll_out();
    ota_assign(&house, &d, NULL);
    roll_out();
    expect_attribute(&d, "fw_title", "\"same\"");
    assert_int_equal(count_states(&d), 2);
    ota_assign_all(&house, NULL);
    roll_out();
    expect_attribute(&d, "fw_title", NULL);
}

static void a_whole_profile_is_told_but_for_devices_with_their_own(void **state)
{
    enum { DEVICES = 1203 };
    static struct device devices[DEVICES];
    struct ota_package package = ota_add(&house, "fleet", SLICE("123456789"));
    struct ota_package own = ota_add(&house, "own", SLICE("987654321"));
    char name[32];
    for (size_t i = 0; i < DEVICES; i++) {
        snprintf(name, sizeof name, "fleet %zu", i);
        devices[i] = ota_device(&house, name);
    }
    ota_assign(&house, &devices[700], &own);
    ota_assign_all(&house, &package);
    roll_out();
    for (size_t i = 0; i < DEVICES; i++) {
        expect_attribute(&devices[i], "fw_title", i == 700 ? "\"own\"" : "\"fleet\"");
        assert_int_equal(count_states(&devices[i]), 2);
    }
    struct device later = ota_device(&house, "bought later");
    roll_out();
    expect_attribute(&later, "fw_title", "\"fleet\"");
    ota_assign_all(&house, NULL);
    roll_out();
    for (size_t i = 0; i < DEVICES; i++)
        expect_attribute(&devices[i], "fw_title", i == 700 ? "\"own\"" : NULL);
}

/* What was assigned when nobody was there to tell it: as after a crash. */
static void a_start_goes_on_where_the_last_run_ended(void **state)
{
    struct ota_package package = ota_add(&house, "late", SLICE("123456789"));
    struct device d = ota_device(&house, "late");
    rollout_stop(house.hub.rollout);
    ota_assign(&house, &d, &package);
    rollout_wake(house.hub.rollout);
    ota_reopen(&house);
    roll_out();
    expect_attribute(&d, "fw_title", "\"late\"");
    assert_int_equal(count_states(&d), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_told),
        cmocka_unit_test(what_no_longer_applies_is_deleted),
        cmocka_unit_test(software_is_told_apart),
        cmocka_unit_test(who_knows_is_not_started_again),
        cmocka_unit_test(a_whole_profile_is_told_but_for_devices_with_their_own),
        cmocka_unit_test(a_start_goes_on_where_the_last_run_ended),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
