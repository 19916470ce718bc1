/* Packages, their assignment, and the notices of it: what every registry must do. */
#include "store/registry.h"
#include "store/registry_deletion.h"
#include "temp_dir.h"
#include "unit.h"

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
    struct profile profile, other; /* the default one, and another */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &f->profile, NULL), ERR_OK);
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "other", true, &f->other, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    profile_fini(&f->profile);
    profile_fini(&f->other);
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static struct ota_package named(const struct fixture *f, const char *title, const char *version)
{
    struct ota_package package = {.tenant_id = f->tenant, .profile_id = f->profile.id, .type = OTA_FIRMWARE};
    snprintf(package.title, sizeof package.title, "%s", title);
    snprintf(package.package_version, sizeof package.package_version, "%s", version);
    return package;
}

static struct ota_package add(struct fixture *f, const char *title, const char *version)
{
    struct ota_package package = named(f, title, version);
    assert_int_equal(registry_ota_add(f->r, &package, NULL), ERR_OK);
    return package;
}

static void upload(struct fixture *f, struct ota_package *package)
{
    snprintf(package->file_name, sizeof package->file_name, "%.200s.bin", package->title);
    snprintf(package->content_type, sizeof package->content_type, "application/octet-stream");
    snprintf(package->checksum, sizeof package->checksum, "2639f4cb");
    package->checksum_algorithm = CHECKSUM_CRC32;
    package->data_size = 9;
    assert_int_equal(registry_ota_set_data(f->r, package, NULL), ERR_OK);
}

static struct ota_package add_uploaded(struct fixture *f, const char *title)
{
    struct ota_package package = add(f, title, "1.0");
    upload(f, &package);
    return package;
}

static err_t save_device(struct fixture *f, struct device *d, struct problem *p)
{
    struct uuid token = uuid_random();
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    uuid_format(&token, c.credentials_id);
    d->tenant_id = f->tenant;
    if (uuid_is_nil(&d->profile_id))
        d->profile_id = f->profile.id;
    return d->number == 0 ? registry_device_add(f->r, d, &c, p) : registry_device_update(f->r, d, NULL, p);
}

static struct device add_device(struct fixture *f, const char *name)
{
    struct device d = {0};
    snprintf(d.name, sizeof d.name, "%s", name);
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    return d;
}

/* ---- packages ---- */

static void a_package_comes_back_as_it_was_added(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = named(f, "pump", "1.0"), back = {0};
    snprintf(package.tag, sizeof package.tag, "pump 1.0");
    package.url = strdup("https://example.org/pump.bin");
    package.additional_info = strdup("{\"description\":\"x\"}");
    assert_int_equal(registry_ota_add(f->r, &package, NULL), ERR_OK);
    assert_int_equal(package.version, 1);
    assert_true(package.created_ms > 0);
    assert_int_equal(registry_ota_get(f->r, &f->tenant, &package.id, &back, NULL), ERR_OK);
    assert_string_equal(back.title, "pump");
    assert_string_equal(back.package_version, "1.0");
    assert_string_equal(back.tag, "pump 1.0");
    assert_string_equal(back.url, package.url);
    assert_string_equal(back.additional_info, package.additional_info);
    assert_int_equal(back.type, OTA_FIRMWARE);
    assert_int_equal(back.data_size, 0);
    assert_true(uuid_eq(&back.profile_id, &f->profile.id));
    assert_true(uuid_eq(&back.tenant_id, &f->tenant));
    ota_package_fini(&package);
    ota_package_fini(&back);
    struct uuid nobody = uuid_random();
    assert_int_equal(registry_ota_get(f->r, &nobody, &back.id, &back, NULL), ERR_NOT_FOUND);
}

static void title_and_version_are_unique_for_a_type(void **state)
{
    struct fixture *f = *state;
    struct ota_package again = named(f, "pump", "1.0");
    struct problem p = {0};
    add(f, "pump", "1.0");
    assert_int_equal(registry_ota_add(f->r, &again, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "title");
    again.type = OTA_SOFTWARE;
    assert_int_equal(registry_ota_add(f->r, &again, &p), ERR_OK);
    add(f, "pump", "1.1");
}

static void the_profile_must_exist_or_be_left_out(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = named(f, "pump", "1.0"), back = {0};
    struct problem p = {0};
    package.profile_id = uuid_random();
    assert_int_equal(registry_ota_add(f->r, &package, &p), ERR_INVALID);
    assert_string_equal(p.field, "deviceProfileId");
    package.profile_id = (struct uuid){0};
    assert_int_equal(registry_ota_add(f->r, &package, &p), ERR_OK);
    assert_int_equal(registry_ota_get(f->r, &f->tenant, &package.id, &back, NULL), ERR_OK);
    assert_true(uuid_is_nil(&back.profile_id));
}

static void data_is_set_once(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = add(f, "pump", "1.0"), back = {0};
    struct problem p = {0};
    bool is_uploaded = true;
    assert_int_equal(registry_ota_is_uploaded(f->r, &package.id, &is_uploaded, NULL), ERR_OK);
    assert_false(is_uploaded);
    upload(f, &package);
    assert_int_equal(package.version, 2);
    assert_int_equal(registry_ota_is_uploaded(f->r, &package.id, &is_uploaded, NULL), ERR_OK);
    assert_true(is_uploaded);
    assert_int_equal(registry_ota_get(f->r, &f->tenant, &package.id, &back, NULL), ERR_OK);
    assert_string_equal(back.file_name, "pump.bin");
    assert_string_equal(back.checksum, "2639f4cb");
    assert_int_equal(back.checksum_algorithm, CHECKSUM_CRC32);
    assert_int_equal(back.data_size, 9);
    assert_int_equal(registry_ota_set_data(f->r, &package, &p), ERR_CONFLICT);
    package.id = uuid_random();
    assert_int_equal(registry_ota_set_data(f->r, &package, &p), ERR_NOT_FOUND);
}

static void an_update_needs_the_stored_version(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = add(f, "pump", "1.0"), back = {0};
    struct problem p = {0};
    package.additional_info = strdup("{\"a\":1}");
    assert_int_equal(registry_ota_update(f->r, &package, NULL), ERR_OK);
    assert_int_equal(package.version, 2);
    assert_int_equal(registry_ota_get(f->r, &f->tenant, &package.id, &back, NULL), ERR_OK);
    assert_string_equal(back.additional_info, "{\"a\":1}");
    ota_package_fini(&back);
    package.version = 1;
    assert_int_equal(registry_ota_update(f->r, &package, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "version");
    ota_package_fini(&package);
}

static void expect_page(struct fixture *f, struct ota_query q, const char *titles)
{
    struct ota_page page;
    char found[256] = "";
    size_t n = 0;
    q.tenant_id = f->tenant;
    q.page_size = q.page_size != 0 ? q.page_size : 10;
    assert_int_equal(registry_ota_page(f->r, &q, &page, NULL), ERR_OK);
    for (size_t i = 0; i < page.count; i++)
        n += (size_t)snprintf(found + n, sizeof found - n, "%s%s", i != 0 ? " " : "", page.packages[i].title);
    assert_string_equal(found, titles);
    if (q.page == 0 && page.count < q.page_size)
        assert_int_equal(page.total, page.count);
    ota_page_fini(&page);
}

static void pages_are_filtered_searched_and_sorted(void **state)
{
    struct fixture *f = *state;
    struct ota_package software = named(f, "Boiler", "1"), any = named(f, "any", "1"),
                       foreign = named(f, "zoo", "1");
    add_uploaded(f, "pump");
    add(f, "Fan", "1");
    software.type = OTA_SOFTWARE;
    assert_int_equal(registry_ota_add(f->r, &software, NULL), ERR_OK);
    any.profile_id = (struct uuid){0};
    assert_int_equal(registry_ota_add(f->r, &any, NULL), ERR_OK);
    upload(f, &any);
    foreign.profile_id = f->other.id;
    assert_int_equal(registry_ota_add(f->r, &foreign, NULL), ERR_OK);
    expect_page(f, (struct ota_query){.sort = OTA_SORT_TITLE}, "any Boiler Fan pump zoo");
    expect_page(f, (struct ota_query){.sort = OTA_SORT_CREATED, .order = SORT_DESCENDING},
                "zoo any Boiler Fan pump");
    expect_page(f, (struct ota_query){.sort = OTA_SORT_TITLE, .page_size = 2, .page = 1}, "Fan pump");
    expect_page(f, (struct ota_query){.sort = OTA_SORT_TYPE, .order = SORT_DESCENDING},
                "Boiler zoo any Fan pump");
    expect_page(f, (struct ota_query){.sort = OTA_SORT_SIZE}, "Fan Boiler zoo pump any");
    expect_page(f, (struct ota_query){.text_search = SLICE("PU")}, "pump");
    expect_page(f, (struct ota_query){.type = OTA_SOFTWARE}, "Boiler");
    expect_page(f, (struct ota_query){.with_data = true}, "pump any");
    expect_page(f, (struct ota_query){.profile_id = f->other.id, .sort = OTA_SORT_TITLE}, "any zoo");
    expect_page(f, (struct ota_query){.profile_id = f->profile.id, .type = OTA_FIRMWARE, .with_data = true},
                "pump any");
}

/* ---- assignment ---- */

static void only_a_fitting_package_is_assigned(void **state)
{
    struct fixture *f = *state;
    struct ota_package empty = add(f, "empty", "1"), good = add_uploaded(f, "good"),
                       foreign = named(f, "far", "1");
    struct device d = add_device(f, "d"), back = {0};
    struct problem p = {0};
    foreign.profile_id = f->other.id;
    assert_int_equal(registry_ota_add(f->r, &foreign, NULL), ERR_OK);
    upload(f, &foreign);
    d.firmware_id = uuid_random();
    assert_int_equal(save_device(f, &d, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign non-existent firmware!");
    assert_string_equal(p.field, "firmwareId");
    d.firmware_id = empty.id;
    assert_int_equal(save_device(f, &d, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign firmware with empty data!");
    d.firmware_id = foreign.id;
    assert_int_equal(save_device(f, &d, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign firmware with different deviceProfile!");
    d.firmware_id = (struct uuid){0};
    d.software_id = good.id;
    assert_int_equal(save_device(f, &d, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign software with type: FIRMWARE!");
    assert_string_equal(p.field, "softwareId");
    d.software_id = (struct uuid){0};
    d.firmware_id = good.id;
    assert_int_equal(save_device(f, &d, &p), ERR_OK);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &back, NULL), ERR_OK);
    assert_true(uuid_eq(&back.firmware_id, &good.id));
    assert_true(uuid_is_nil(&back.software_id));
    d.profile_id = f->other.id;
    assert_int_equal(save_device(f, &d, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign firmware with different deviceProfile!");
}

static void a_package_in_use_is_not_deleted(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = add_uploaded(f, "pump"), back = {0};
    struct device d = add_device(f, "d");
    struct problem p = {0};
    struct uuid nobody = uuid_random();
    d.firmware_id = package.id;
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    assert_int_equal(registry_ota_of_device(f->r, d.number, OTA_FIRMWARE, &back, NULL), ERR_OK);
    assert_true(uuid_eq(&back.id, &package.id));
    ota_package_fini(&back);
    assert_int_equal(registry_ota_of_device(f->r, d.number, OTA_SOFTWARE, &back, &p), ERR_NOT_FOUND);
    assert_string_equal(p.text, "no software is assigned to the device");
    assert_int_equal(registry_ota_delete(f->r, &f->tenant, &package.id, &p), ERR_INVALID);
    assert_string_equal(p.text, "The otaPackage referenced by the devices cannot be deleted!");
    d.firmware_id = (struct uuid){0};
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    assert_int_equal(registry_ota_delete(f->r, &nobody, &package.id, &p), ERR_NOT_FOUND);
    assert_int_equal(registry_ota_delete(f->r, &f->tenant, &package.id, &p), ERR_OK);
    assert_int_equal(registry_ota_delete(f->r, &f->tenant, &package.id, &p), ERR_NOT_FOUND);
    assert_int_equal(registry_ota_get(f->r, &f->tenant, &package.id, &back, NULL), ERR_NOT_FOUND);
}

/* ---- notices ---- */

static void expect_notice(struct fixture *f, enum ota_type type, const struct device *d,
                          const struct uuid *package)
{
    struct ota_notice notice;
    struct ota_package found;
    uint64_t numbers[4];
    size_t count = 0;
    assert_int_equal(registry_ota_notice_next(f->r, &notice, &found, NULL), ERR_OK);
    assert_int_equal(notice.type, type);
    assert_int_equal(notice.device, d->number);
    assert_true(notice.created_ms > 1500000000000);
    if (package != NULL)
        assert_true(uuid_eq(&found.id, package));
    else
        assert_true(uuid_is_nil(&found.id));
    ota_package_fini(&found);
    assert_int_equal(registry_ota_notice_devices(f->r, &notice, numbers, 4, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(numbers[0], d->number);
    assert_int_equal(registry_ota_notice_advance(f->r, &notice, 0, NULL), ERR_OK);
}

static void expect_no_notice(struct fixture *f)
{
    struct ota_notice notice;
    struct ota_package found;
    assert_int_equal(registry_ota_notice_next(f->r, &notice, &found, NULL), ERR_NOT_FOUND);
}

static void an_assignment_leaves_a_notice(void **state)
{
    struct fixture *f = *state;
    struct ota_package first = add_uploaded(f, "first"), second = add_uploaded(f, "second");
    struct device d = add_device(f, "d");
    expect_no_notice(f);
    d.firmware_id = first.id;
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    expect_notice(f, OTA_FIRMWARE, &d, &first.id);
    snprintf(d.label, sizeof d.label, "renamed");
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    expect_no_notice(f);
    d.firmware_id = second.id;
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    d.firmware_id = (struct uuid){0};
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    expect_notice(f, OTA_FIRMWARE, &d, NULL);
    expect_no_notice(f);
    struct device made = {.firmware_id = first.id, .name = "made with it"};
    assert_int_equal(save_device(f, &made, NULL), ERR_OK);
    expect_notice(f, OTA_FIRMWARE, &made, &first.id);
    expect_no_notice(f);
}

static void a_notice_goes_with_its_device(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = add_uploaded(f, "pump");
    struct device d = {.firmware_id = package.id, .name = "d"};
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &d.id, NULL), ERR_OK);
    expect_no_notice(f);
    assert_int_equal(registry_ota_delete(f->r, &f->tenant, &package.id, NULL), ERR_OK);
}

static void assign_to_profile(struct fixture *f, const struct uuid *package)
{
    f->profile.firmware_id = package != NULL ? *package : (struct uuid){0};
    assert_int_equal(registry_profile_update(f->r, &f->profile, NULL), ERR_OK);
}

static void a_profiles_package_is_its_devices(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = add_uploaded(f, "pump"), own = add_uploaded(f, "own"), back = {0};
    struct device d = add_device(f, "d"), special = {.firmware_id = own.id, .name = "special"};
    struct problem p = {0};
    assert_int_equal(save_device(f, &special, NULL), ERR_OK);
    f->profile.software_id = package.id;
    assert_int_equal(registry_profile_update(f->r, &f->profile, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign software with type: FIRMWARE!");
    f->profile.software_id = (struct uuid){0};
    f->other.firmware_id = package.id;
    assert_int_equal(registry_profile_update(f->r, &f->other, &p), ERR_INVALID);
    assert_string_equal(p.text, "Can't assign firmware with different deviceProfile!");
    assign_to_profile(f, &package.id);
    assert_int_equal(registry_ota_of_device(f->r, d.number, OTA_FIRMWARE, &back, NULL), ERR_OK);
    assert_true(uuid_eq(&back.id, &package.id));
    ota_package_fini(&back);
    assert_int_equal(registry_ota_of_device(f->r, special.number, OTA_FIRMWARE, &back, NULL), ERR_OK);
    assert_true(uuid_eq(&back.id, &own.id));
    assert_int_equal(registry_ota_delete(f->r, &f->tenant, &package.id, &p), ERR_INVALID);
    assert_string_equal(p.text, "The otaPackage referenced by the device profile cannot be deleted!");
    assign_to_profile(f, NULL);
    assert_int_equal(registry_ota_delete(f->r, &f->tenant, &package.id, &p), ERR_OK);
}

static struct ota_notice next_notice(struct fixture *f)
{
    struct ota_notice notice;
    struct ota_package package;
    assert_int_equal(registry_ota_notice_next(f->r, &notice, &package, NULL), ERR_OK);
    ota_package_fini(&package);
    return notice;
}

static void a_profiles_notice_is_worked_on_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct ota_package package = add_uploaded(f, "pump");
    struct device all[5];
    char name[8];
    uint64_t numbers[3];
    size_t count = 0;
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "d%d", i);
        all[i] = add_device(f, name);
    }
    all[3].firmware_id = package.id;
    assert_int_equal(save_device(f, &all[3], NULL), ERR_OK);
    expect_notice(f, OTA_FIRMWARE, &all[3], &package.id);
    assign_to_profile(f, &package.id);
    struct ota_notice notice = next_notice(f);
    assert_int_equal(notice.device, 0);
    assert_int_equal(registry_ota_notice_devices(f->r, &notice, numbers, 3, &count, NULL), ERR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(numbers[0], all[0].number);
    assert_int_equal(registry_ota_notice_advance(f->r, &notice, numbers[2] + 1, NULL), ERR_OK);
    notice = next_notice(f);
    assert_int_equal(registry_ota_notice_devices(f->r, &notice, numbers, 3, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(numbers[0], all[4].number);
    assert_int_equal(registry_ota_notice_advance(f->r, &notice, numbers[0] + 1, NULL), ERR_OK);
    notice = next_notice(f);
    assert_int_equal(registry_ota_notice_devices(f->r, &notice, numbers, 3, &count, NULL), ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(registry_ota_notice_advance(f->r, &notice, 0, NULL), ERR_OK);
    expect_no_notice(f);
    struct device later = add_device(f, "later");
    expect_notice(f, OTA_FIRMWARE, &later, &package.id);
    later.profile_id = f->other.id;
    assert_int_equal(save_device(f, &later, NULL), ERR_OK);
    enum ota_type first = next_notice(f).type; /* both, in either order */
    expect_notice(f, first, &later, NULL);
    expect_notice(f, first == OTA_FIRMWARE ? OTA_SOFTWARE : OTA_FIRMWARE, &later, NULL);
    expect_no_notice(f);
}

/* What was assigned while an earlier notice was worked on is not lost with it. */
static void a_replaced_notice_is_not_finished_by_the_old_work(void **state)
{
    struct fixture *f = *state;
    struct ota_package first = add_uploaded(f, "first"), second = add_uploaded(f, "second");
    struct device d = {.firmware_id = first.id, .name = "d"};
    struct ota_notice old;
    struct ota_package found;
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    assert_int_equal(registry_ota_notice_next(f->r, &old, &found, NULL), ERR_OK);
    ota_package_fini(&found);
    d.firmware_id = second.id;
    assert_int_equal(save_device(f, &d, NULL), ERR_OK);
    assert_int_equal(registry_ota_notice_advance(f->r, &old, 0, NULL), ERR_OK);
    expect_notice(f, OTA_FIRMWARE, &d, &second.id);
    expect_no_notice(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_package_comes_back_as_it_was_added),
        TEST(title_and_version_are_unique_for_a_type),
        TEST(the_profile_must_exist_or_be_left_out),
        TEST(data_is_set_once),
        TEST(an_update_needs_the_stored_version),
        TEST(pages_are_filtered_searched_and_sorted),
        TEST(only_a_fitting_package_is_assigned),
        TEST(a_package_in_use_is_not_deleted),
        TEST(an_assignment_leaves_a_notice),
        TEST(a_profiles_package_is_its_devices),
        TEST(a_profiles_notice_is_worked_on_in_pieces),
        TEST(a_notice_goes_with_its_device),
        TEST(a_replaced_notice_is_not_finished_by_the_old_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
