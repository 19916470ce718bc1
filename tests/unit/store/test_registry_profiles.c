/* What every registry must do with device profiles; runs against the one that registry_open() opens. */
#include "base/clock.h"
#include "store/registry.h"
#include "store/registry_deletion.h"
#include "temp_dir.h"
#include "unit.h"

#include <string.h>

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
    struct profile preset; /* the default one */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &f->preset, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    profile_fini(&f->preset);
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static struct profile named(const struct fixture *f, const char *name)
{
    struct profile p = {.tenant_id = f->tenant};
    snprintf(p.name, sizeof p.name, "%s", name);
    return p;
}

static struct profile add(struct fixture *f, const char *name)
{
    struct profile p = named(f, name);
    assert_int_equal(registry_profile_add(f->r, &p, NULL), ERR_OK);
    return p;
}

static struct profile get(struct fixture *f, const struct uuid *id)
{
    struct profile p = {0};
    assert_int_equal(registry_profile_get(f->r, &f->tenant, id, &p, NULL), ERR_OK);
    return p;
}

static struct device add_device(struct fixture *f, const char *name, const struct uuid *profile)
{
    struct device d = {.tenant_id = f->tenant, .profile_id = *profile};
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(d.name, sizeof d.name, "%s", name);
    snprintf(c.credentials_id, sizeof c.credentials_id, "token of %s", name);
    assert_int_equal(registry_device_add(f->r, &d, &c, NULL), ERR_OK);
    return d;
}

/* For devices of any profile: the profile is not there yet. */
static struct uuid add_package(struct fixture *f, enum ota_type type)
{
    struct ota_package package = {.tenant_id = f->tenant, .type = type, .title = "t", .package_version = "1"};
    package.url = strdup("https://example.org/1");
    assert_int_equal(registry_ota_add(f->r, &package, NULL), ERR_OK);
    struct uuid id = package.id;
    ota_package_fini(&package);
    return id;
}

static void saved_profile_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    struct profile p = named(f, "Pumpe ü"), got = {0};
    snprintf(p.description, sizeof p.description, "im Keller");
    snprintf(p.provision_key, sizeof p.provision_key, "key 1");
    p.transport = PROFILE_TRANSPORT_MQTT;
    p.provision_type = PROVISION_CHECK_EXISTING;
    p.firmware_id = add_package(f, OTA_FIRMWARE);
    p.software_id = add_package(f, OTA_SOFTWARE);
    p.profile_data = strdup("{\"a\":\"Größe\"}");
    assert_int_equal(registry_profile_add(f->r, &p, NULL), ERR_OK);
    assert_int_equal(p.version, 1);
    assert_true(llabs(p.created_ms - clock_wall_ms()) < 60000);
    got = get(f, &p.id);
    assert_string_equal(got.name, p.name);
    assert_string_equal(got.description, p.description);
    assert_string_equal(got.provision_key, "key 1");
    assert_string_equal(got.profile_data, p.profile_data);
    assert_int_equal(got.transport, PROFILE_TRANSPORT_MQTT);
    assert_int_equal(got.provision_type, PROVISION_CHECK_EXISTING);
    assert_true(uuid_eq(&got.firmware_id, &p.firmware_id));
    assert_true(uuid_eq(&got.software_id, &p.software_id));
    assert_true(uuid_eq(&got.tenant_id, &f->tenant));
    assert_int_equal(got.created_ms, p.created_ms);
    assert_false(got.is_default);
    profile_fini(&got);
    profile_fini(&p);
}

static void profile_made_by_its_name_has_nothing_set(void **state)
{
    struct fixture *f = *state;
    struct profile p = {0};
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "new", true, &p, NULL), ERR_OK);
    assert_string_equal(p.provision_key, "");
    assert_int_equal(p.transport, PROFILE_TRANSPORT_DEFAULT);
    assert_int_equal(p.provision_type, PROVISION_DISABLED);
    assert_true(uuid_is_nil(&p.firmware_id) && uuid_is_nil(&p.software_id));
    assert_null(p.profile_data);
}

static void taken_names_and_keys_are_refused(void **state)
{
    struct fixture *f = *state;
    struct problem problem = {0};
    struct profile a = named(f, "a"), b = named(f, "a");
    snprintf(a.provision_key, sizeof a.provision_key, "key");
    assert_int_equal(registry_profile_add(f->r, &a, &problem), ERR_OK);
    assert_int_equal(registry_profile_add(f->r, &b, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "name");
    assert_string_equal(problem.text, "Device profile with such name already exists!");
    assert_true(uuid_is_nil(&b.id) && b.version == 0);

    b = named(f, "b");
    snprintf(b.provision_key, sizeof b.provision_key, "key");
    assert_int_equal(registry_profile_add(f->r, &b, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "provisionDeviceKey");
    b.provision_key[0] = '\0';
    assert_int_equal(registry_profile_add(f->r, &b, &problem), ERR_OK);
    snprintf(b.provision_key, sizeof b.provision_key, "key");
    assert_int_equal(registry_profile_update(f->r, &b, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "provisionDeviceKey");
    assert_int_equal(b.version, 1);
    snprintf(b.provision_key, sizeof b.provision_key, "other");
    snprintf(b.name, sizeof b.name, "default");
    assert_int_equal(registry_profile_update(f->r, &b, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "name");
    assert_int_equal(registry_profile_update(f->r, &a, &problem), ERR_OK); /* its own key is free for it */

    struct profile stranger = named(f, "s");
    stranger.tenant_id = uuid_random();
    assert_int_equal(registry_profile_add(f->r, &stranger, &problem), ERR_NOT_FOUND);
}

static void update_needs_the_stored_version(void **state)
{
    struct fixture *f = *state;
    struct problem problem = {0};
    struct profile p = add(f, "a"), stale = p, got = {0};
    snprintf(p.description, sizeof p.description, "new");
    p.is_default = true; /* not by this call */
    assert_int_equal(registry_profile_update(f->r, &p, &problem), ERR_OK);
    assert_int_equal(p.version, 2);
    assert_false(p.is_default);
    got = get(f, &p.id);
    assert_string_equal(got.description, "new");
    assert_int_equal(got.version, 2);
    assert_false(got.is_default);
    assert_int_equal(registry_profile_update(f->r, &stale, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "version");
    stale = p;
    stale.tenant_id = uuid_random();
    assert_int_equal(registry_profile_update(f->r, &stale, &problem), ERR_NOT_FOUND);
    stale = p;
    stale.id = uuid_random();
    assert_int_equal(registry_profile_update(f->r, &stale, &problem), ERR_NOT_FOUND);
}

static uint64_t count_found(struct fixture *f, const char *search, const char *type)
{
    struct device_query q = {.tenant_id = f->tenant, .page_size = 10};
    struct device_page page = {0};
    q.text_search = slice_str(search);
    q.type = slice_str(type);
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    uint64_t total = page.total;
    device_page_fini(&page);
    return total;
}

static void devices_type_follows_the_name(void **state)
{
    struct fixture *f = *state;
    struct profile pump = add(f, "pump"), valve = add(f, "valve");
    struct device a = add_device(f, "a", &pump.id), b = add_device(f, "b", &valve.id), got = {0};
    assert_int_equal(count_found(f, "pump", ""), 1);
    snprintf(pump.name, sizeof pump.name, "Fördergerät");
    assert_int_equal(registry_profile_update(f->r, &pump, NULL), ERR_OK);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &a.id, &got, NULL), ERR_OK);
    assert_string_equal(got.type, "Fördergerät");
    assert_int_equal(got.version, a.version);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &b.id, &got, NULL), ERR_OK);
    assert_string_equal(got.type, "valve");
    assert_int_equal(count_found(f, "pump", ""), 0);
    assert_int_equal(count_found(f, "FÖRDER", ""), 1);
    assert_int_equal(count_found(f, "", "Fördergerät"), 1);
    assert_int_equal(count_found(f, "", "pump"), 0);
    assert_int_equal(registry_device_update(f->r, &a, NULL, NULL), ERR_OK);
}

static void only_an_unused_profile_goes(void **state)
{
    struct fixture *f = *state;
    struct problem problem = {0};
    struct profile p = add(f, "p");
    struct device d = add_device(f, "d", &p.id);
    struct uuid other = uuid_random();
    assert_int_equal(registry_profile_delete(f->r, &f->tenant, &f->preset.id, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "default");
    assert_int_equal(registry_profile_delete(f->r, &f->tenant, &p.id, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "devices");
    assert_int_equal(registry_profile_delete(f->r, &other, &p.id, &problem), ERR_NOT_FOUND);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &d.id, NULL), ERR_OK);
    assert_int_equal(registry_profile_delete(f->r, &f->tenant, &p.id, &problem), ERR_OK);
    assert_int_equal(registry_profile_delete(f->r, &f->tenant, &p.id, &problem), ERR_NOT_FOUND);
    p = add(f, "p");
}

static void one_profile_is_the_default(void **state)
{
    struct fixture *f = *state;
    struct profile p = add(f, "p"), got = {0};
    struct uuid other = uuid_random();
    assert_int_equal(registry_profile_set_default(f->r, &other, &p.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_profile_set_default(f->r, &f->tenant, &p.id, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &got, NULL), ERR_OK);
    assert_true(uuid_eq(&got.id, &p.id));
    assert_int_equal(got.version, 2);
    got = get(f, &f->preset.id);
    assert_false(got.is_default);
    assert_int_equal(got.version, f->preset.version + 1);
    assert_int_equal(registry_profile_set_default(f->r, &f->tenant, &p.id, NULL), ERR_OK);
    got = get(f, &p.id);
    assert_int_equal(got.version, 2); /* it was already */
    assert_int_equal(registry_profile_delete(f->r, &f->tenant, &f->preset.id, NULL), ERR_OK);
}

static void profile_is_found_by_key_and_id_whatever_the_tenant(void **state)
{
    struct fixture *f = *state;
    struct profile p = named(f, "p"), got = {0};
    struct uuid nobody = uuid_random();
    snprintf(p.provision_key, sizeof p.provision_key, "k'1");
    assert_int_equal(registry_profile_add(f->r, &p, NULL), ERR_OK);
    assert_int_equal(registry_profile_by_provision_key(f->r, SLICE("k'1"), &got, NULL), ERR_OK);
    assert_true(uuid_eq(&got.id, &p.id) && uuid_eq(&got.tenant_id, &f->tenant));
    assert_int_equal(registry_profile_by_provision_key(f->r, SLICE("K'1"), &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_profile_by_provision_key(f->r, SLICE(""), &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_profile_by_id(f->r, &p.id, &got, NULL), ERR_OK);
    assert_string_equal(got.name, "p");
    assert_int_equal(registry_profile_by_id(f->r, &nobody, &got, NULL), ERR_NOT_FOUND);
    p.provision_key[0] = '\0';
    assert_int_equal(registry_profile_update(f->r, &p, NULL), ERR_OK);
    assert_int_equal(registry_profile_by_provision_key(f->r, SLICE("k'1"), &got, NULL), ERR_NOT_FOUND);
}

/* --- pages --- */

static void assert_listed(struct fixture *f, struct profile_query q, uint64_t total, const char *names)
{
    struct profile_page page = {0};
    char got[256] = "";
    size_t len = 0;
    q.tenant_id = f->tenant;
    if (q.page_size == 0)
        q.page_size = 100;
    assert_int_equal(registry_profile_list(f->r, &q, &page, NULL), ERR_OK);
    for (size_t i = 0; i < page.count; i++)
        len += (size_t)snprintf(got + len, sizeof got - len, "%s;", page.profiles[i].name);
    assert_string_equal(got, names);
    assert_int_equal(page.total, total);
    profile_page_fini(&page);
}

static void profiles_are_listed_in_pages(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"Zähler", "alpha", "50%_off", "Beta"};
    for (size_t i = 0; i < 4; i++) {
        struct profile p = named(f, names[i]);
        p.transport = i == 1 ? PROFILE_TRANSPORT_MQTT : PROFILE_TRANSPORT_DEFAULT;
        snprintf(p.description, sizeof p.description, "%c", (char)('d' - (char)i));
        assert_int_equal(registry_profile_add(f->r, &p, NULL), ERR_OK);
    }
    assert_listed(f, (struct profile_query){0}, 5, "50%_off;alpha;Beta;default;Zähler;");
    assert_listed(f, (struct profile_query){.page_size = 2, .page = 1}, 5, "Beta;default;");
    assert_listed(f, (struct profile_query){.page_size = 2, .page = 3}, 5, "");
    assert_listed(f, (struct profile_query){.text_search = SLICE("%_")}, 1, "50%_off;");
    assert_listed(f, (struct profile_query){.text_search = SLICE("ZÄH")}, 1, "Zähler;");
    assert_listed(f, (struct profile_query){.sort = PROFILE_SORT_NAME, .order = SORT_DESCENDING}, 5,
                  "Zähler;default;Beta;alpha;50%_off;");
    assert_listed(f, (struct profile_query){.sort = PROFILE_SORT_CREATED}, 5,
                  "default;Zähler;alpha;50%_off;Beta;");
    assert_listed(f, (struct profile_query){.sort = PROFILE_SORT_DESCRIPTION, .page_size = 3}, 5,
                  "Beta;50%_off;alpha;");
    assert_listed(
        f, (struct profile_query){.sort = PROFILE_SORT_DEFAULT, .order = SORT_DESCENDING, .page_size = 1}, 5,
        "default;");
    assert_listed(
        f, (struct profile_query){.sort = PROFILE_SORT_TRANSPORT, .order = SORT_DESCENDING, .page_size = 1},
        5, "alpha;");
    assert_listed(f, (struct profile_query){.has_transport = true, .transport = PROFILE_TRANSPORT_MQTT}, 1,
                  "alpha;");
    assert_listed(f, (struct profile_query){.has_transport = true, .text_search = SLICE("A"), .page_size = 1},
                  2, "Beta;");
}

static int64_t ttl_of(struct fixture *f, const struct device *d)
{
    int64_t ttl_s = -2;
    assert_int_equal(registry_telemetry_ttl(f->r, d->number, &ttl_s, NULL), ERR_OK);
    return ttl_s;
}

static void set_data(struct profile *p, const char *data)
{
    free(p->profile_data);
    p->profile_data = strdup(data);
}

static void devices_points_are_kept_as_long_as_their_profile_says(void **state)
{
    struct fixture *f = *state;
    bool is_set = true;
    int64_t ttl_s;
    struct profile p = named(f, "short");
    set_data(&p, "{\"configuration\":{\"type\":\"DEFAULT\"}}");
    assert_int_equal(registry_profile_add(f->r, &p, NULL), ERR_OK);
    struct device d = add_device(f, "d", &p.id);
    assert_int_equal(registry_telemetry_ttl_is_set(f->r, &is_set, NULL), ERR_OK);
    assert_false(is_set);
    assert_int_equal(ttl_of(f, &d), -1);
    set_data(&p, "{\"configuration\":{\"telemetryTtlSeconds\":60}}");
    assert_int_equal(registry_profile_update(f->r, &p, NULL), ERR_OK);
    assert_int_equal(registry_telemetry_ttl_is_set(f->r, &is_set, NULL), ERR_OK);
    assert_true(is_set);
    assert_int_equal(ttl_of(f, &d), 60);
    set_data(&p, "{\"configuration\":{\"telemetryTtlSeconds\":0}}");
    assert_int_equal(registry_profile_update(f->r, &p, NULL), ERR_OK);
    assert_int_equal(ttl_of(f, &d), 0);
    assert_int_equal(registry_telemetry_ttl(f->r, d.number + 1, &ttl_s, NULL), ERR_NOT_FOUND);
    device_fini(&d);
    profile_fini(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(saved_profile_comes_back_whole),   TEST(profile_made_by_its_name_has_nothing_set),
        TEST(taken_names_and_keys_are_refused), TEST(update_needs_the_stored_version),
        TEST(devices_type_follows_the_name),    TEST(only_an_unused_profile_goes),
        TEST(one_profile_is_the_default),       TEST(profile_is_found_by_key_and_id_whatever_the_tenant),
        TEST(profiles_are_listed_in_pages),     TEST(devices_points_are_kept_as_long_as_their_profile_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
