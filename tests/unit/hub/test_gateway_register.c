#include "unit.h"

#include "hub/gateway_register.h"
#include "hub/profiles.h"
#include "store/registry_deletion.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A hub with a real registry and workers; the test drains the reactor's mailbox by hand. */
struct house {
    char dir[64];
    struct hub hub;
    struct uuid tenant;
    struct mailbox box;
    uint64_t gateway;
    struct gateway_registration *done;
};

static struct house house;

/* Another tenant with a device called "shared name". */
static void add_stranger(const char *dir)
{
    static const char sql[] =
        "INSERT INTO tenant (number, id, created_ms, title) VALUES (77, randomblob(16), 0, 'other');"
        "INSERT INTO profile (number, id, tenant, created_ms, version, name, description, is_default)"
        " VALUES (77, randomblob(16), 77, 0, 1, 'default', '', 1);"
        "INSERT INTO device (number, id, tenant, profile, type, created_ms, version, name, label, search)"
        " VALUES (1000, randomblob(16), 77, 77, 'default', 0, 1, 'shared name', '', '');";
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/registry.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static uint64_t add_device(const char *name)
{
    struct profile profile;
    struct device device = {.tenant_id = house.tenant};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    assert_int_equal(registry_profile_default(house.hub.registry, &house.tenant, &profile, NULL), ERR_OK);
    device.profile_id = profile.id;
    profile_fini(&profile);
    snprintf(device.name, sizeof device.name, "%s", name);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "%.20s", name);
    assert_int_equal(registry_device_add(house.hub.registry, &device, &credentials, NULL), ERR_OK);
    return device.number;
}

static int set_up(void **state)
{
    struct house *h = &house;
    *h = (struct house){.dir = "/tmp/postern-gateway-XXXXXX"};
    assert_non_null(mkdtemp(h->dir));
    assert_int_equal(registry_open(h->dir, true, &h->hub.registry, NULL), ERR_OK);
    add_stranger(h->dir);
    assert_int_equal(registry_tenant_default(h->hub.registry, &h->tenant, NULL), ERR_OK);
    assert_int_equal(workers_start(2, 64, &h->hub.workers), ERR_OK);
    assert_int_equal(profiles_new(&h->hub.profiles), ERR_OK);
    mailbox_init(&h->box, 64, NULL, NULL);
    h->gateway = add_device("the gateway");
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct house *h = &house;
    workers_stop(h->hub.workers);
    profiles_free(h->hub.profiles);
    registry_close(h->hub.registry);
    return nftw(h->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void on_done(void *owner, struct gateway_registration *registration)
{
    house.done = registration;
}

static struct gateway_registration *new_registration(void)
{
    struct gateway_registration *r;
    assert_int_equal(gateway_registration_new(&house.hub, &house.box, &r), ERR_OK);
    r->source.device = house.gateway;
    r->on_done = on_done;
    return r;
}

static void run(struct gateway_registration *r)
{
    house.done = NULL;
    assert_true(gateway_registration_start(r));
    for (int i = 0; i < 10000 && house.done == NULL; i++)
        if (mailbox_drain(&house.box, NULL) == 0)
            usleep(1000);
    assert_ptr_equal(house.done, r);
}

static struct device stored(uint64_t number)
{
    struct device device;
    assert_int_equal(registry_device_by_number(house.hub.registry, number, &device, NULL), ERR_OK);
    return device;
}

static void who_is_there_is_found_and_who_is_not_is_made(void **state)
{
    uint64_t existing = add_device("existing");
    struct gateway_registration *r = new_registration();
    assert_int_equal(gateway_registration_set_type(r, SLICE("pump"), NULL), ERR_OK);
    assert_int_equal(gateway_registration_add(r, SLICE("existing"), NULL), ERR_OK);
    assert_int_equal(gateway_registration_add(r, SLICE("new"), NULL), ERR_OK);
    assert_int_equal(gateway_registration_add(r, SLICE("new"), NULL), ERR_OK); /* named twice in a message */
    run(r);
    assert_int_equal(r->result, ERR_OK);
    assert_int_equal(r->newcomers[0].number, existing);
    assert_true(r->newcomers[1].number != 0 && r->newcomers[1].number != existing);
    assert_int_equal(r->newcomers[2].number, r->newcomers[1].number);
    struct device made = stored(r->newcomers[1].number), found = stored(existing);
    assert_string_equal(made.name, "new");
    assert_string_equal(made.type, "pump");
    assert_string_equal(found.type, "default"); /* stays what it was */
    device_fini(&made);
    device_fini(&found);
    run(r); /* again, as after a revocation */
    assert_int_equal(r->newcomers[0].number, existing);
    gateway_registration_free(r);
}

static void without_a_type_it_is_the_default_profile(void **state)
{
    struct gateway_registration *r = new_registration();
    assert_int_equal(gateway_registration_set_type(r, SLICE(""), NULL), ERR_OK);
    assert_int_equal(gateway_registration_add(r, SLICE("plain"), NULL), ERR_OK);
    run(r);
    struct device made = stored(r->newcomers[0].number);
    assert_string_equal(made.type, "default");
    device_fini(&made);
    gateway_registration_free(r);
}

static void another_tenants_device_of_that_name_is_not_touched(void **state)
{
    struct gateway_registration *r = new_registration();
    assert_int_equal(gateway_registration_add(r, SLICE("shared name"), NULL), ERR_OK);
    run(r);
    assert_int_equal(r->result, ERR_OK);
    assert_int_not_equal(r->newcomers[0].number, 1000);
    struct device made = stored(r->newcomers[0].number);
    assert_true(uuid_eq(&made.tenant_id, &house.tenant));
    device_fini(&made);
    gateway_registration_free(r);
}

static void many_names_take_several_turns(void **state)
{
    enum { NAMES = 170 };
    struct gateway_registration *r = new_registration();
    char name[32];
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "n%u", i);
        assert_int_equal(gateway_registration_add(r, slice_str(name), NULL), ERR_OK);
    }
    run(r);
    assert_int_equal(r->result, ERR_OK);
    for (unsigned i = 1; i < NAMES; i++)
        assert_true(r->newcomers[i].number > r->newcomers[i - 1].number);
    gateway_registration_free(r);
}

static void a_gateway_that_was_deleted_makes_nothing(void **state)
{
    struct gateway_registration *r = new_registration();
    struct device gateway = stored(house.gateway);
    assert_int_equal(registry_device_delete(house.hub.registry, &house.tenant, &gateway.id, NULL), ERR_OK);
    device_fini(&gateway);
    assert_int_equal(gateway_registration_add(r, SLICE("orphan"), NULL), ERR_OK);
    run(r);
    assert_int_equal(r->result, ERR_NOT_FOUND);
    gateway_registration_free(r);
}

static void names_must_be_names(void **state)
{
    static const struct {
        struct slice name;
        const char *text;
    } rows[] = {
        {{(const uint8_t *)"", 0}, "device is empty; expected 1 to 255 bytes"},
        {{(const uint8_t *)"  ", 2}, "device is blank; expected at least one visible character"},
        {{(const uint8_t *)"a\nb", 3}, "device holds the control character 0x0a at byte 1"},
        {{(const uint8_t *)"a\0b", 3}, "device holds the control character 0x00 at byte 1"},
    };
    static const uint8_t long_name[256] = {'x'};
    struct gateway_registration *r = new_registration();
    struct problem problem = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(gateway_registration_add(r, rows[i].name, &problem), ERR_INVALID);
        assert_string_equal(problem.text, rows[i].text);
    }
    assert_int_equal(gateway_registration_add(r, slice_of(long_name, sizeof long_name), &problem),
                     ERR_INVALID);
    assert_string_equal(problem.text, "device is 256 bytes long; expected 1 to 255");
    assert_int_equal(gateway_registration_set_type(r, SLICE("a\tb"), NULL), ERR_INVALID);
    assert_int_equal(r->count, 0);
    gateway_registration_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_there_is_found_and_who_is_not_is_made),
        TEST(without_a_type_it_is_the_default_profile),
        TEST(another_tenants_device_of_that_name_is_not_touched),
        TEST(many_names_take_several_turns),
        TEST(a_gateway_that_was_deleted_makes_nothing),
        TEST(names_must_be_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
