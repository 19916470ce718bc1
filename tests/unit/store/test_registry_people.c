/* What every registry must do with tenants, pages of users, logins and API keys. */
#include "base/clock.h"
#include "store/registry_deletion.h"
#include "store/registry_groups.h"
#include "store/registry_people.h"
#include "temp_dir.h"
#include "unit.h"

#include <string.h>

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static struct tenant add_tenant(struct fixture *f, const char *title)
{
    struct tenant t = {0};
    snprintf(t.title, sizeof t.title, "%s", title);
    assert_int_equal(registry_tenant_add(f->r, &t, NULL), ERR_OK);
    return t;
}

static struct user add_user(struct fixture *f, const struct uuid *tenant, const char *email)
{
    struct user u = {.id = uuid_random(),
                     .tenant_id = *tenant,
                     .customer_id = CUSTOMER_NOBODY,
                     .version = 1,
                     .authority = AUTHORITY_TENANT_ADMIN};
    snprintf(u.email, sizeof u.email, "%s", email);
    assert_int_equal(registry_user_add(f->r, &u, NULL), ERR_OK);
    return u;
}

static void a_tenant_comes_with_its_group_and_profile_and_goes_with_its_users(void **state)
{
    struct fixture *f = *state;
    struct tenant t = add_tenant(f, "Acme"), got;
    struct group group;
    struct profile profile;
    struct user user = add_user(f, &t.id, "a@acme");
    assert_int_equal(registry_group_all(f->r, &t.id, &group, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &t.id, &profile, NULL), ERR_OK);
    profile_fini(&profile);
    assert_int_equal(registry_tenant_delete(f->r, &t.id, NULL), ERR_OK);
    assert_int_equal(registry_tenant_get(f->r, &t.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_user_by_id(f->r, &user.id, &user, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_tenant_delete(f->r, &t.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_tenant_delete(f->r, &f->tenant, NULL), ERR_CONFLICT);
}

static void a_tenant_with_devices_stays(void **state)
{
    struct fixture *f = *state;
    struct tenant t = add_tenant(f, "Acme");
    struct profile profile;
    struct problem problem;
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN, .credentials_id = "t"};
    assert_int_equal(registry_profile_default(f->r, &t.id, &profile, NULL), ERR_OK);
    struct device device = {.tenant_id = t.id, .profile_id = profile.id, .name = "d"};
    profile_fini(&profile);
    assert_int_equal(registry_device_add(f->r, &device, &credentials, NULL), ERR_OK);
    assert_int_equal(registry_tenant_delete(f->r, &t.id, &problem), ERR_CONFLICT);
    assert_string_equal(problem.field, "devices");
    assert_int_equal(registry_device_delete(f->r, &t.id, &device.id, NULL), ERR_OK);
    assert_int_equal(registry_tenant_delete(f->r, &t.id, NULL), ERR_OK);
    device_fini(&device);
    credentials_fini(&credentials);
}

static void a_tenant_is_changed_by_whoever_read_it_last(void **state)
{
    struct fixture *f = *state;
    struct tenant t = add_tenant(f, "Acme"), late = t;
    snprintf(t.title, sizeof t.title, "Acme Ltd");
    assert_int_equal(registry_tenant_update(f->r, &t, NULL), ERR_OK);
    assert_int_equal(t.version, 2);
    assert_int_equal(registry_tenant_update(f->r, &late, NULL), ERR_CONFLICT);
    const struct tenant_query query = {.text_search = SLICE("acme l"), .page_size = 10};
    struct tenant_page page;
    assert_int_equal(registry_tenant_page(f->r, &query, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 1);
    assert_string_equal(page.tenants[0].title, "Acme Ltd");
    tenant_page_fini(&page);
}

static void users_are_paged_searched_and_of_one_tenant(void **state)
{
    struct fixture *f = *state;
    struct tenant other = add_tenant(f, "other");
    add_user(f, &f->tenant, "b@x");
    struct user named = add_user(f, &f->tenant, "a@x");
    add_user(f, &other.id, "c@x");
    struct user_query query = {.tenant_id = f->tenant, .sort = USER_SORT_EMAIL, .page_size = 1};
    struct user_page page;
    assert_int_equal(registry_user_page(f->r, &query, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 2);
    assert_string_equal(page.users[0].email, "a@x");
    user_page_fini(&page);
    snprintf(named.last_name, sizeof named.last_name, "Byron");
    assert_int_equal(registry_user_update(f->r, &named, NULL), ERR_OK);
    query.text_search = SLICE("BYR");
    assert_int_equal(registry_user_page(f->r, &query, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 1);
    user_page_fini(&page);
    assert_int_equal(registry_user_delete(f->r, &named.id, NULL), ERR_OK);
    assert_int_equal(registry_user_delete(f->r, &named.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_user_update(f->r, &named, NULL), ERR_CONFLICT);
}

static struct login login_of(const struct user *user, int64_t created_ms)
{
    return (struct login){.id = uuid_random(),
                          .user_id = user->id,
                          .created_ms = created_ms,
                          .expires_ms = clock_wall_ms() + 60000,
                          .address = "192.0.2.1"};
}

static void the_oldest_login_makes_room(void **state)
{
    struct fixture *f = *state;
    struct user user = add_user(f, &f->tenant, "a@x");
    struct login *logins = calloc(LOGINS_MAX, sizeof *logins), first = login_of(&user, 0);
    size_t count = 0;
    assert_int_equal(registry_login_add(f->r, &first, NULL), ERR_OK);
    for (int i = 1; i <= LOGINS_MAX; i++) {
        struct login login = login_of(&user, i);
        assert_int_equal(registry_login_add(f->r, &login, NULL), ERR_OK);
    }
    assert_int_equal(registry_login_list(f->r, &user.id, logins, &count, NULL), ERR_OK);
    assert_int_equal(count, LOGINS_MAX);
    assert_int_equal(logins[0].created_ms, LOGINS_MAX);
    assert_string_equal(logins[0].address, "192.0.2.1");
    assert_int_equal(registry_login_get(f->r, &first.id, &first, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_login_end_all(f->r, &user.id, NULL), ERR_OK);
    assert_int_equal(registry_login_list(f->r, &user.id, logins, &count, NULL), ERR_OK);
    assert_int_equal(count, 0);
    free(logins);
}

static struct api_key key_of(const struct user *user, uint8_t secret)
{
    struct api_key key = {.id = uuid_random(),
                          .user_id = user->id,
                          .scopes = API_SCOPE_RPC_WRITE,
                          .is_enabled = true,
                          .description = "d"};
    memset(key.secret_hash, secret, sizeof key.secret_hash);
    return key;
}

static void a_key_is_found_by_its_hash_and_bounded_in_number(void **state)
{
    struct fixture *f = *state;
    struct user user = add_user(f, &f->tenant, "a@x");
    struct api_key key, got, keys[API_KEYS_MAX];
    size_t count = 0;
    for (uint8_t i = 0; i < API_KEYS_MAX; i++) {
        key = key_of(&user, i);
        assert_int_equal(registry_api_key_add(f->r, &key, NULL), ERR_OK);
    }
    struct api_key more = key_of(&user, API_KEYS_MAX);
    assert_int_equal(registry_api_key_add(f->r, &more, NULL), ERR_LIMIT);
    assert_int_equal(registry_api_key_find(f->r, key.secret_hash, &got, NULL), ERR_OK);
    assert_true(uuid_eq(&got.id, &key.id) && uuid_eq(&got.user_id, &user.id));
    assert_int_equal(got.scopes, API_SCOPE_RPC_WRITE);
    assert_int_equal(registry_api_key_find(f->r, more.secret_hash, &got, NULL), ERR_NOT_FOUND);
    key.is_enabled = false;
    assert_int_equal(registry_api_key_update(f->r, &key, NULL), ERR_OK);
    assert_int_equal(registry_api_key_list(f->r, &user.id, keys, &count, NULL), ERR_OK);
    assert_int_equal(count, API_KEYS_MAX);
    assert_false(keys[0].is_enabled);
    assert_int_equal(registry_api_key_delete(f->r, &key.id, NULL), ERR_OK);
    assert_int_equal(registry_api_key_get(f->r, &key.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_user_delete(f->r, &user.id, NULL), ERR_OK);
    assert_int_equal(registry_api_key_find(f->r, keys[1].secret_hash, &got, NULL), ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tenant_comes_with_its_group_and_profile_and_goes_with_its_users),
        TEST(a_tenant_with_devices_stays),
        TEST(a_tenant_is_changed_by_whoever_read_it_last),
        TEST(users_are_paged_searched_and_of_one_tenant),
        TEST(the_oldest_login_makes_room),
        TEST(a_key_is_found_by_its_hash_and_bounded_in_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
