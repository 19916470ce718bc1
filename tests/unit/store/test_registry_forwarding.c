/* What every registry must do with forwardings, and with notices of what happened to devices. */
#include "base/clock.h"
#include "store/registry_deletion.h"
#include "store/registry_forwarding.h"
#include "store/registry_people.h"
#include "temp_dir.h"
#include "unit.h"

#include <string.h>

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
    struct profile profile;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &f->profile, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    profile_fini(&f->profile);
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static struct forwarding make(const struct uuid *tenant, const char *name)
{
    struct forwarding made = {
        .tenant_id = *tenant, .kinds = FORWARD_TELEMETRY | FORWARD_LIFECYCLE, .is_enabled = true};
    snprintf(made.name, sizeof made.name, "%s", name);
    snprintf(made.url, sizeof made.url, "https://host/%s", name);
    snprintf(made.secret, sizeof made.secret, "secret of %s", name);
    return made;
}

static void saved_found_listed_and_deleted(void **state)
{
    struct fixture *f = *state;
    struct forwarding made = make(&f->tenant, "a"), got, *list = NULL;
    const struct uuid stranger = uuid_random();
    size_t count = 9;
    made.profile_id = f->profile.id;
    assert_int_equal(registry_forwarding_add(f->r, &made, NULL), ERR_OK);
    assert_int_equal(registry_forwarding_get(f->r, &f->tenant, &made.id, &got, NULL), ERR_OK);
    assert_string_equal(got.secret, "secret of a");
    assert_string_equal(got.url, "https://host/a");
    assert_true(uuid_eq(&got.profile_id, &f->profile.id) && uuid_eq(&got.tenant_id, &f->tenant));
    assert_int_equal(got.kinds, FORWARD_TELEMETRY | FORWARD_LIFECYCLE);
    assert_true(got.is_enabled && got.number == made.number && got.version == 1);
    assert_int_equal(registry_forwarding_get(f->r, &stranger, &made.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_forwarding_delete(f->r, &stranger, &made.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_forwarding_list(f->r, &stranger, &list, &count, NULL), ERR_OK);
    assert_true(list == NULL && count == 0);
    assert_int_equal(registry_forwarding_list(f->r, &(struct uuid){0}, &list, &count, NULL), ERR_OK);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].name, "a");
    free(list);
    assert_int_equal(registry_forwarding_delete(f->r, &f->tenant, &made.id, NULL), ERR_OK);
    assert_int_equal(registry_forwarding_delete(f->r, &f->tenant, &made.id, NULL), ERR_NOT_FOUND);
    uint64_t number = made.number;
    assert_int_equal(registry_forwarding_add(f->r, &made, NULL), ERR_OK);
    assert_true(made.number > number); /* its queue's name is not used twice */
}

static void what_is_refused(void **state)
{
    struct fixture *f = *state;
    struct forwarding a = make(&f->tenant, "a"), b = make(&f->tenant, "b"), old;
    struct problem problem = {0};
    assert_int_equal(registry_forwarding_add(f->r, &a, NULL), ERR_OK);
    assert_int_equal(registry_forwarding_add(f->r, &b, NULL), ERR_OK);
    old = a;
    assert_int_equal(registry_forwarding_update(f->r, &a, NULL), ERR_OK);
    assert_int_equal(a.version, 2);
    assert_int_equal(registry_forwarding_update(f->r, &old, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "version");
    snprintf(b.name, sizeof b.name, "%s", "a");
    assert_int_equal(registry_forwarding_update(f->r, &b, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "name");
    assert_int_equal(registry_forwarding_add(f->r, &b, &problem), ERR_CONFLICT);
    struct forwarding c = make(&f->tenant, "c");
    c.profile_id = uuid_random();
    assert_int_equal(registry_forwarding_add(f->r, &c, &problem), ERR_INVALID);
    assert_string_equal(problem.field, "deviceProfileId");
    c = make(&c.profile_id, "c");
    assert_int_equal(registry_forwarding_add(f->r, &c, NULL), ERR_NOT_FOUND);
    for (int i = 2; i < FORWARDINGS_MAX; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        c = make(&f->tenant, name);
        assert_int_equal(registry_forwarding_add(f->r, &c, NULL), ERR_OK);
    }
    c = make(&f->tenant, "one more");
    assert_int_equal(registry_forwarding_add(f->r, &c, NULL), ERR_LIMIT);
}

/* ---- notices ----------------------------------------------------------------------------------------------- */

static struct device add_device(struct fixture *f, const char *name)
{
    struct device device = {.tenant_id = f->tenant, .profile_id = f->profile.id};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(device.name, sizeof device.name, "%s", name);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "token-%s", name);
    assert_int_equal(registry_device_add(f->r, &device, &credentials, NULL), ERR_OK);
    credentials_fini(&credentials);
    return device;
}

static size_t notices(struct fixture *f, struct device_notice *ret, size_t max)
{
    size_t count = 0;
    assert_int_equal(registry_device_notices(f->r, ret, max, &count, NULL), ERR_OK);
    return count;
}

static void devices_leave_notices_where_somebody_forwards(void **state)
{
    struct fixture *f = *state;
    struct device_notice n[8];
    struct device quiet = add_device(f, "quiet");
    assert_int_equal(notices(f, n, 8), 0);
    struct forwarding made = make(&f->tenant, "a");
    assert_int_equal(registry_forwarding_add(f->r, &made, NULL), ERR_OK);
    struct device device = add_device(f, "pump");
    assert_int_equal(registry_device_update(f->r, &device, NULL, NULL), ERR_OK); /* nothing has changed */
    snprintf(device.name, sizeof device.name, "%s", "pump 2");
    assert_int_equal(registry_device_update(f->r, &device, NULL, NULL), ERR_OK);
    struct credentials c;
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &device.id, &c, NULL), ERR_OK);
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &c, NULL), ERR_OK); /* nor here */
    snprintf(c.credentials_id, sizeof c.credentials_id, "another");
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &c, NULL), ERR_OK);
    credentials_fini(&c);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &device.id, NULL), ERR_OK);
    assert_int_equal(notices(f, n, 8), 4);
    const enum device_news expected[] = {DEVICE_CREATED, DEVICE_UPDATED, DEVICE_CREDENTIALS, DEVICE_DELETED};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(n[i].news, expected[i]);
        assert_true(n[i].device == device.number && uuid_eq(&n[i].device_id, &device.id));
        assert_true(uuid_eq(&n[i].tenant_id, &f->tenant) && uuid_eq(&n[i].profile_id, &f->profile.id));
        assert_string_equal(n[i].name, i == 0 ? "pump" : "pump 2");
        assert_string_equal(n[i].profile_name, f->profile.name);
        assert_true(n[i].created_ms <= clock_wall_ms() && n[i].created_ms > clock_wall_ms() - 60000);
    }
    assert_int_equal(notices(f, n, 3), 3);
    assert_int_equal(registry_device_notices_forget(f->r, n[2].number, NULL), ERR_OK);
    assert_int_equal(notices(f, n, 8), 1);
    assert_int_equal(n[0].news, DEVICE_DELETED);
    assert_int_equal(registry_forwarding_delete(f->r, &f->tenant, &made.id, NULL), ERR_OK);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &quiet.id, NULL), ERR_OK);
    assert_int_equal(notices(f, n, 8), 1);
    device_fini(&device);
    device_fini(&quiet);
}

static void they_go_with_their_tenant(void **state)
{
    struct fixture *f = *state;
    struct tenant tenant = {0};
    struct device_notice n[8];
    snprintf(tenant.title, sizeof tenant.title, "%s", "Acme");
    assert_int_equal(registry_tenant_add(f->r, &tenant, NULL), ERR_OK);
    struct forwarding made = make(&tenant.id, "a"), *list = NULL;
    assert_int_equal(registry_forwarding_add(f->r, &made, NULL), ERR_OK);
    profile_fini(&f->profile);
    assert_int_equal(registry_profile_default(f->r, &tenant.id, &f->profile, NULL), ERR_OK);
    f->tenant = tenant.id;
    struct device device = add_device(f, "pump");
    assert_int_equal(registry_device_delete(f->r, &tenant.id, &device.id, NULL), ERR_OK);
    device_fini(&device);
    assert_int_equal(notices(f, n, 8), 2);
    assert_int_equal(registry_tenant_delete(f->r, &tenant.id, NULL), ERR_OK);
    assert_int_equal(notices(f, n, 8), 0);
    size_t count = 9;
    assert_int_equal(registry_forwarding_list(f->r, &(struct uuid){0}, &list, &count, NULL), ERR_OK);
    assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(saved_found_listed_and_deleted),
        TEST(what_is_refused),
        TEST(devices_leave_notices_where_somebody_forwards),
        TEST(they_go_with_their_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
