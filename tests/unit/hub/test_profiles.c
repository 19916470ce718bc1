#include "hub/profiles.h"

#include "hub/door.h"
#include "unit.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hub with a registry and a door without doorways: a command working on the store directly. */
static struct {
    char dir[64];
    struct hub hub;
    struct uuid tenant;
} house;

static int set_up(void **state)
{
    snprintf(house.dir, sizeof house.dir, "/tmp/postern-profiles-XXXXXX");
    assert_non_null(mkdtemp(house.dir));
    assert_int_equal(registry_open(house.dir, true, &house.hub.registry, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(house.hub.registry, &house.tenant, NULL), ERR_OK);
    assert_int_equal(profiles_new(&house.hub.profiles), ERR_OK);
    return door_new(&house.hub, &house.hub.door) == ERR_OK ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static int tear_down(void **state)
{
    door_free(house.hub.door);
    profiles_free(house.hub.profiles);
    registry_close(house.hub.registry);
    return nftw(house.dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static struct profile add(const char *name)
{
    struct profile p = {.tenant_id = house.tenant};
    snprintf(p.name, sizeof p.name, "%s", name);
    assert_int_equal(registry_profile_add(house.hub.registry, &p, NULL), ERR_OK);
    return p;
}

static void save(struct profile *p, const char *data)
{
    free(p->profile_data);
    p->profile_data = strdup(data);
    assert_int_equal(registry_profile_update(house.hub.registry, p, NULL), ERR_OK);
}

static struct profile_config *get(const struct profile *p)
{
    struct profile_config *config = NULL;
    assert_int_equal(profiles_get(&house.hub, &p->id, &config, NULL), ERR_OK);
    return config;
}

static void a_configuration_is_read_once_until_it_changes(void **state)
{
    struct profile p = add("pump");
    AUTO_PROFILE_CONFIG *first = get(&p);
    AUTO_PROFILE_CONFIG *second = get(&p);
    assert_ptr_equal(first, second);
    assert_string_equal(first->name, "pump");
    save(&p, "{\"configuration\":{\"inactivityTimeout\":1000}}");
    profiles_changed(&house.hub, &p.id);
    AUTO_PROFILE_CONFIG *third = get(&p);
    assert_int_equal(third->inactivity_timeout_ms, 1000);
    assert_int_equal(third->version, p.version);
    assert_int_equal(first->inactivity_timeout_ms, 0);
    profile_fini(&p);
}

static void what_is_gone_or_broken_is_told(void **state)
{
    struct profile p = add("gone");
    struct profile_config *config = NULL;
    struct problem problem = {0};
    profile_config_unref(get(&p));
    save(&p, "{\"configuration\":5}"); /* as no version of ours would have saved it */
    profiles_changed(&house.hub, &p.id);
    assert_int_equal(profiles_get(&house.hub, &p.id, &config, &problem), ERR_INTERNAL);
    assert_non_null(strstr(problem.text, "'gone'"));
    assert_non_null(strstr(problem.text, "configuration is a number"));
    assert_int_equal(registry_profile_delete(house.hub.registry, &house.tenant, &p.id, NULL), ERR_OK);
    profiles_changed(&house.hub, &p.id);
    assert_int_equal(profiles_get(&house.hub, &p.id, &config, &problem), ERR_NOT_FOUND);
    assert_null(config);
    profile_fini(&p);
}

/* --- many threads --- */

static struct profile shared;
static atomic_bool is_over;

static void *ask_again_and_again(void *arg)
{
    int64_t last = 0;
    while (!atomic_load(&is_over)) {
        AUTO_PROFILE_CONFIG *config = get(&shared);
        CHECK(config->version >= last); /* never back to what was before */
        last = config->version;
        CHECK(config->inactivity_timeout_ms == config->version);
    }
    return NULL;
}

static void readers_see_versions_rise(void **state)
{
    enum { READERS = 3, SAVES = 100 };
    pthread_t readers[READERS];
    shared = add("shared");
    struct profile p = shared;
    save(&p, "{\"configuration\":{\"inactivityTimeout\":2}}");
    for (size_t i = 0; i < READERS; i++)
        pthread_create(&readers[i], NULL, ask_again_and_again, NULL);
    for (size_t i = 0; i < SAVES; i++) {
        char data[64];
        snprintf(data, sizeof data, "{\"configuration\":{\"inactivityTimeout\":%lld}}",
                 (long long)p.version + 1);
        save(&p, data);
        profiles_changed(&house.hub, &p.id);
    }
    atomic_store(&is_over, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    AUTO_PROFILE_CONFIG *config = get(&shared);
    assert_int_equal(config->version, p.version);
    profile_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_is_read_once_until_it_changes),
        cmocka_unit_test(what_is_gone_or_broken_is_told),
        cmocka_unit_test(readers_see_versions_rise),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
