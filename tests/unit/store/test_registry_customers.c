/* What every registry must do with customers, their users and activations; runs against the one registry_open() opens. */
#include "base/buf.h"
#include "base/clock.h"
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

static struct customer titled(const struct fixture *f, const char *title)
{
    struct customer c = {.tenant_id = f->tenant};
    snprintf(c.title, sizeof c.title, "%s", title);
    return c;
}

static struct customer add(struct fixture *f, const char *title)
{
    struct customer c = titled(f, title);
    assert_int_equal(registry_customer_add(f->r, &c, NULL), ERR_OK);
    return c;
}

static struct user user_of(const struct fixture *f, const struct uuid *customer, const char *email)
{
    struct user u = {.id = uuid_random(),
                     .tenant_id = f->tenant,
                     .customer_id = *customer,
                     .authority = AUTHORITY_CUSTOMER_USER};
    snprintf(u.email, sizeof u.email, "%s", email);
    return u;
}

static err_t add_device(struct fixture *f, const char *name, const struct uuid *customer, struct device *ret,
                        struct problem *p)
{
    struct profile profile;
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &profile, NULL), ERR_OK);
    *ret = (struct device){.tenant_id = f->tenant, .profile_id = profile.id, .customer_id = *customer};
    profile_fini(&profile);
    snprintf(ret->name, sizeof ret->name, "%s", name);
    snprintf(c.credentials_id, sizeof c.credentials_id, "token of %s", name);
    return registry_device_add(f->r, ret, &c, p);
}

static void a_saved_customer_comes_back(void **state)
{
    struct fixture *f = *state;
    struct customer c = add(f, "Wärme & Co"), got = {0}, again = titled(f, "Wärme & Co");
    struct problem p = {0};
    assert_int_equal(registry_customer_get(f->r, &f->tenant, &c.id, &got, NULL), ERR_OK);
    assert_string_equal(got.title, "Wärme & Co");
    assert_true(uuid_eq(&got.tenant_id, &f->tenant));
    assert_int_equal(got.version, 1);
    assert_int_equal(got.created_ms, c.created_ms);
    assert_int_equal(registry_customer_add(f->r, &again, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "title");
    struct uuid other = uuid_random();
    assert_int_equal(registry_customer_get(f->r, &other, &c.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_customer_get(f->r, &f->tenant, &other, &got, NULL), ERR_NOT_FOUND);
    again.tenant_id = other;
    assert_int_equal(registry_customer_add(f->r, &again, NULL), ERR_NOT_FOUND);
}

static void expect_page(struct fixture *f, struct customer_query q, const char *titles, uint64_t total)
{
    AUTO_BUF found = {0};
    struct customer_page page;
    q.tenant_id = f->tenant;
    assert_int_equal(registry_customer_page(f->r, &q, &page, NULL), ERR_OK);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&found, "%s ", page.customers[i].title);
    assert_string_equal(buf_cstr(&found), titles);
    assert_int_equal(page.total, total);
    customer_page_fini(&page);
}

static void pages_are_sorted_searched_and_cut(void **state)
{
    struct fixture *f = *state;
    add(f, "beta");
    add(f, "Alpha");
    add(f, "gamma");
    expect_page(f, (struct customer_query){.page_size = 10}, "beta Alpha gamma ", 3);
    expect_page(f, (struct customer_query){.page_size = 10, .sort = CUSTOMER_SORT_TITLE}, "Alpha beta gamma ",
                3);
    expect_page(f,
                (struct customer_query){
                    .page_size = 2, .page = 1, .sort = CUSTOMER_SORT_TITLE, .order = SORT_DESCENDING},
                "Alpha ", 3);
    expect_page(f, (struct customer_query){.page_size = 10, .text_search = SLICE("ALPH")}, "Alpha ", 1);
    expect_page(f, (struct customer_query){.page_size = 10, .text_search = SLICE("delta")}, "", 0);
}

static void only_customers_that_exist_can_own(void **state)
{
    struct fixture *f = *state;
    struct customer c = add(f, "c");
    struct uuid stranger = uuid_random();
    struct device d, owned;
    struct problem p = {0};
    assert_int_equal(add_device(f, "d", &stranger, &d, &p), ERR_INVALID);
    assert_string_equal(p.field, "customerId");
    assert_int_equal(add_device(f, "owned", &c.id, &owned, NULL), ERR_OK);
    owned.customer_id = stranger;
    assert_int_equal(registry_device_update(f->r, &owned, NULL, &p), ERR_INVALID);
    struct user u = user_of(f, &stranger, "u@c");
    assert_int_equal(registry_user_add(f->r, &u, &p), ERR_INVALID);
    assert_string_equal(p.field, "customerId");
}

static void a_deleted_customer_leaves_no_users_and_no_owner(void **state)
{
    struct fixture *f = *state;
    struct customer c = add(f, "c"), stays = add(f, "stays");
    struct user gone = user_of(f, &c.id, "gone@c"), other = user_of(f, &stays.id, "other@c");
    struct login login = {.id = uuid_random(), .user_id = gone.id, .expires_ms = INT64_MAX};
    struct uuid stranger = uuid_random();
    struct device d, got;
    assert_int_equal(add_device(f, "d", &c.id, &d, NULL), ERR_OK);
    assert_int_equal(registry_user_add(f->r, &gone, NULL), ERR_OK);
    assert_int_equal(registry_user_add(f->r, &other, NULL), ERR_OK);
    assert_int_equal(registry_login_add(f->r, &login, NULL), ERR_OK);
    assert_int_equal(registry_customer_delete(f->r, &stranger, &c.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_customer_delete(f->r, &f->tenant, &c.id, NULL), ERR_OK);
    assert_int_equal(registry_customer_delete(f->r, &f->tenant, &c.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_user_by_id(f->r, &gone.id, &gone, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_login_get(f->r, &login.id, &login, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_user_by_id(f->r, &other.id, &other, NULL), ERR_OK);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &got, NULL), ERR_OK);
    assert_true(uuid_eq(&got.customer_id, &CUSTOMER_NOBODY));
    assert_int_equal(got.version, d.version + 1);
}

static struct activation activation_of(const struct user *u, uint8_t token, int64_t lasts_ms)
{
    struct activation a = {.user_id = u->id, .expires_ms = clock_wall_ms() + lasts_ms};
    memset(a.token_hash, token, sizeof a.token_hash);
    return a;
}

static void an_activation_sets_the_password_once(void **state)
{
    struct fixture *f = *state;
    struct customer c = add(f, "c");
    struct user u = user_of(f, &c.id, "u@c"), got;
    struct uuid id = {0};
    assert_int_equal(registry_user_add(f->r, &u, NULL), ERR_OK);
    struct activation first = activation_of(&u, 1, 60000), second = activation_of(&u, 2, 60000);
    assert_int_equal(registry_activation_set(f->r, &first, NULL), ERR_OK);
    assert_int_equal(registry_activation_set(f->r, &second, NULL), ERR_OK);
    assert_int_equal(registry_activation_find(f->r, first.token_hash, &id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_activation_find(f->r, second.token_hash, &id, NULL), ERR_OK);
    assert_true(uuid_eq(&id, &u.id));
    assert_int_equal(registry_activation_take(f->r, first.token_hash, "hash", &id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_activation_take(f->r, second.token_hash, "hash", &id, NULL), ERR_OK);
    assert_int_equal(registry_user_by_id(f->r, &u.id, &got, NULL), ERR_OK);
    assert_string_equal(got.password_hash, "hash");
    assert_int_equal(registry_activation_take(f->r, second.token_hash, "other", &id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_activation_set(f->r, &first, NULL), ERR_OK); /* for a new password */
    assert_int_equal(registry_activation_take(f->r, first.token_hash, "new", &id, NULL), ERR_OK);
    assert_int_equal(registry_user_by_id(f->r, &u.id, &got, NULL), ERR_OK);
    assert_string_equal(got.password_hash, "new");
}

static void an_activation_expires(void **state)
{
    struct fixture *f = *state;
    struct customer c = add(f, "c");
    struct user u = user_of(f, &c.id, "u@c");
    struct uuid id;
    assert_int_equal(registry_user_add(f->r, &u, NULL), ERR_OK);
    struct activation late = activation_of(&u, 1, -1);
    assert_int_equal(registry_activation_set(f->r, &late, NULL), ERR_OK);
    assert_int_equal(registry_activation_find(f->r, late.token_hash, &id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_activation_take(f->r, late.token_hash, "hash", &id, NULL), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_saved_customer_comes_back),          TEST(pages_are_sorted_searched_and_cut),
        TEST(only_customers_that_exist_can_own),    TEST(a_deleted_customer_leaves_no_users_and_no_owner),
        TEST(an_activation_sets_the_password_once), TEST(an_activation_expires),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
