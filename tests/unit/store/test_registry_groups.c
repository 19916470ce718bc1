/* What every registry must do with groups, their members and shares. */
#include "store/registry_groups.h"
#include "temp_dir.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant, profile;
    struct customer customer;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct profile profile;
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &profile, NULL), ERR_OK);
    f->profile = profile.id;
    profile_fini(&profile);
    f->customer = (struct customer){.tenant_id = f->tenant, .title = "customer"};
    assert_int_equal(registry_customer_add(f->r, &f->customer, NULL), ERR_OK);
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

static struct device add_device(struct fixture *f, int number, const struct uuid *customer)
{
    struct device device = {.tenant_id = f->tenant, .profile_id = f->profile};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    if (customer != NULL)
        device.customer_id = *customer;
    snprintf(device.name, sizeof device.name, "device %05d", number);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "token-%d", number);
    assert_int_equal(registry_device_add(f->r, &device, &credentials, NULL), ERR_OK);
    credentials_fini(&credentials);
    return device;
}

static struct group add_group(struct fixture *f, const char *name, const struct uuid *customer)
{
    struct group g = {.tenant_id = f->tenant, .owner_id = f->tenant};
    if (customer != NULL) {
        g.owner_id = *customer;
        g.owner_is_customer = true;
    }
    snprintf(g.name, sizeof g.name, "%s", name);
    assert_int_equal(registry_group_add(f->r, &g, NULL), ERR_OK);
    return g;
}

static err_t put(struct fixture *f, const struct group *group, const struct device *device)
{
    return registry_group_add_devices(f->r, &f->tenant, &group->id, &device->id, 1, NULL);
}

static uint64_t count(struct fixture *f, struct device_query query)
{
    struct device_page page;
    query.tenant_id = f->tenant;
    query.page_size = 10;
    assert_int_equal(registry_device_page(f->r, &query, &page, NULL), ERR_OK);
    uint64_t total = page.total;
    assert_int_equal(page.count, total < 10 ? total : 10);
    device_page_fini(&page);
    return total;
}

static uint64_t count_group(struct fixture *f, const struct group *group, const char *search)
{
    return count(f, (struct device_query){.group_id = group->id, .text_search = slice_str(search)});
}

static uint64_t count_seen(struct fixture *f, const char *search)
{
    return count(f, (struct device_query){.viewer_id = f->customer.id, .text_search = slice_str(search)});
}

static void groups_hold_few_and_many_devices(void **state)
{
    enum { MANY = 2500, FEW = 3 }; /* more and fewer than the list looks up one by one */
    struct fixture *f = *state;
    struct group few = add_group(f, "few", NULL), many = add_group(f, "many", NULL);
    struct uuid *ids = calloc(MANY, sizeof *ids);
    for (int i = 0; i < MANY; i++) {
        struct device device = add_device(f, i, NULL);
        ids[i] = device.id;
        device_fini(&device);
    }
    assert_int_equal(registry_group_add_devices(f->r, &f->tenant, &few.id, ids, FEW, NULL), ERR_OK);
    assert_int_equal(registry_group_add_devices(f->r, &f->tenant, &many.id, ids, MANY, NULL), ERR_OK);
    assert_int_equal(count_group(f, &few, ""), FEW);
    assert_int_equal(count_group(f, &few, "00001"), 1);
    assert_int_equal(count_group(f, &few, "02000"), 0);
    assert_int_equal(count_group(f, &few, "device"), FEW);
    assert_int_equal(count_group(f, &few, "de"), FEW);
    assert_int_equal(count_group(f, &few, "1"), 1);
    assert_int_equal(count_group(f, &many, ""), MANY);
    assert_int_equal(count_group(f, &many, "device"), MANY);
    assert_int_equal(count_group(f, &many, "de"), MANY);
    assert_int_equal(count_group(f, &many, "02000"), 1);
    assert_int_equal(registry_group_remove_devices(f->r, &f->tenant, &many.id, ids, 1, NULL), ERR_OK);
    assert_int_equal(count_group(f, &many, ""), MANY - 1);
    const struct group_share share = {f->customer.id, SHARE_READ};
    assert_int_equal(registry_group_share(f->r, &f->tenant, &many.id, &share, NULL), ERR_OK);
    assert_int_equal(count_seen(f, ""), MANY - 1);
    assert_int_equal(count_seen(f, "00000"), 0);
    assert_int_equal(count_seen(f, "device"), MANY - 1);
    assert_int_equal(count(f, (struct device_query){.viewer_id = f->customer.id, .group_id = few.id}),
                     FEW - 1);
    free(ids);
}

static void a_customers_group_holds_only_its_devices(void **state)
{
    struct fixture *f = *state;
    struct problem problem;
    struct group group = add_group(f, "own", &f->customer.id);
    struct device own = add_device(f, 1, &f->customer.id), other = add_device(f, 2, NULL);
    assert_int_equal(put(f, &group, &own), ERR_OK);
    assert_int_equal(registry_group_add_devices(f->r, &f->tenant, &group.id, &other.id, 1, &problem),
                     ERR_INVALID);
    assert_string_equal(problem.field, "entityIds");
    assert_int_equal(count_group(f, &group, ""), 1);
    own.customer_id = CUSTOMER_NOBODY;
    assert_int_equal(registry_device_update(f->r, &own, NULL, NULL), ERR_OK);
    assert_int_equal(count_group(f, &group, ""), 0);
    device_fini(&own);
    device_fini(&other);
}

static void the_groups_of_a_customer_go_with_it(void **state)
{
    struct fixture *f = *state;
    struct group own = add_group(f, "own", &f->customer.id), shared = add_group(f, "shared", NULL), all, got;
    const struct group_share share = {f->customer.id, SHARE_WRITE};
    struct group_share *shares = calloc(GROUP_SHARES_MAX, sizeof *shares);
    size_t n = 0;
    assert_int_equal(registry_group_all(f->r, &f->customer.id, &all, NULL), ERR_OK);
    assert_true(all.is_all && all.owner_is_customer);
    assert_int_equal(registry_group_share(f->r, &f->tenant, &shared.id, &share, NULL), ERR_OK);
    assert_int_equal(registry_customer_delete(f->r, &f->tenant, &f->customer.id, NULL), ERR_OK);
    assert_int_equal(registry_group_get(f->r, &f->tenant, &own.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_group_get(f->r, &f->tenant, &all.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_group_shares(f->r, &f->tenant, &shared.id, shares, &n, NULL), ERR_OK);
    assert_int_equal(n, 0);
    free(shares);
}

static void shares_grant_the_most_of_all_groups(void **state)
{
    struct fixture *f = *state;
    struct group readable = add_group(f, "r", NULL), writable = add_group(f, "w", NULL);
    struct device device = add_device(f, 1, NULL);
    struct group_share share = {f->customer.id, SHARE_READ};
    enum share_right right;
    assert_int_equal(registry_share_of_device(f->r, &f->customer.id, device.number, &right, NULL), ERR_OK);
    assert_int_equal(right, SHARE_NONE);
    assert_int_equal(put(f, &readable, &device), ERR_OK);
    assert_int_equal(put(f, &writable, &device), ERR_OK);
    assert_int_equal(registry_group_share(f->r, &f->tenant, &readable.id, &share, NULL), ERR_OK);
    assert_int_equal(registry_share_of_device(f->r, &f->customer.id, device.number, &right, NULL), ERR_OK);
    assert_int_equal(right, SHARE_READ);
    share.right = SHARE_WRITE;
    assert_int_equal(registry_group_share(f->r, &f->tenant, &writable.id, &share, NULL), ERR_OK);
    assert_int_equal(registry_share_of_device(f->r, &f->customer.id, device.number, &right, NULL), ERR_OK);
    assert_int_equal(right, SHARE_WRITE);
    assert_int_equal(registry_share_of_group(f->r, &f->customer.id, &readable.id, &right, NULL), ERR_OK);
    assert_int_equal(right, SHARE_READ);
    share.right = SHARE_NONE;
    assert_int_equal(registry_group_share(f->r, &f->tenant, &writable.id, &share, NULL), ERR_OK);
    assert_int_equal(registry_group_delete(f->r, &f->tenant, &readable.id, NULL), ERR_OK);
    assert_int_equal(registry_share_of_device(f->r, &f->customer.id, device.number, &right, NULL), ERR_OK);
    assert_int_equal(right, SHARE_NONE);
    device_fini(&device);
}

static void a_customer_sees_the_few_that_it_owns_or_that_are_shared(void **state)
{
    struct fixture *f = *state;
    struct group shared = add_group(f, "shared", NULL);
    struct device own = add_device(f, 1, &f->customer.id), lent = add_device(f, 2, NULL),
                  hidden = add_device(f, 3, NULL);
    const struct group_share share = {f->customer.id, SHARE_READ};
    assert_int_equal(put(f, &shared, &lent), ERR_OK);
    assert_int_equal(put(f, &shared, &own), ERR_OK); /* both ways, and yet one */
    assert_int_equal(registry_group_share(f->r, &f->tenant, &shared.id, &share, NULL), ERR_OK);
    assert_int_equal(count_seen(f, ""), 2);
    assert_int_equal(count_seen(f, "device"), 2);
    assert_int_equal(count_seen(f, "2"), 1);
    assert_int_equal(count_seen(f, "3"), 0);
    device_fini(&own);
    device_fini(&lent);
    device_fini(&hidden);
}

struct told {
    char text[200];
    size_t stop_at, count;
};

static bool on_membership(void *arg, const struct membership *m)
{
    struct told *told = arg;
    size_t len = strlen(told->text);
    snprintf(told->text + len, sizeof told->text - len, "%llu %s;", (unsigned long long)m->device,
             m->group_name);
    return ++told->count != told->stop_at;
}

static const char *memberships_of(struct fixture *f, const struct uuid *viewer, const uint64_t *devices,
                                  size_t count, struct told *told)
{
    assert_int_equal(registry_group_memberships(f->r, viewer, devices, count, on_membership, told, NULL),
                     ERR_OK);
    return told->text;
}

static void memberships_of_many_devices_are_read_at_once(void **state)
{
    struct fixture *f = *state;
    struct group b = add_group(f, "b", NULL), a = add_group(f, "A", NULL);
    struct device one = add_device(f, 1, NULL), two = add_device(f, 2, NULL), none = add_device(f, 3, NULL);
    const uint64_t numbers[] = {two.number, none.number, one.number};
    const struct group_share share = {f->customer.id, SHARE_READ};
    assert_int_equal(put(f, &b, &one), ERR_OK);
    assert_int_equal(put(f, &a, &one), ERR_OK);
    assert_int_equal(put(f, &b, &two), ERR_OK);
    const struct uuid anybody = {0};
    assert_string_equal(memberships_of(f, &anybody, numbers, 3, &(struct told){0}), "2 b;1 A;1 b;");
    assert_string_equal(memberships_of(f, &anybody, numbers, 3, &(struct told){.stop_at = 1}), "2 b;");
    assert_string_equal(memberships_of(f, &anybody, numbers, 0, &(struct told){0}), "");
    assert_string_equal(memberships_of(f, &f->customer.id, numbers, 3, &(struct told){0}), "");
    assert_int_equal(registry_group_share(f->r, &f->tenant, &a.id, &share, NULL), ERR_OK);
    assert_string_equal(memberships_of(f, &f->customer.id, numbers, 3, &(struct told){0}), "1 A;");
    device_fini(&one);
    device_fini(&two);
    device_fini(&none);
}

static void names_are_unique_for_an_owner_and_all_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct group first = add_group(f, "one", NULL), all,
                 same = {.tenant_id = f->tenant, .owner_id = f->tenant, .name = "one"};
    struct device device = add_device(f, 1, NULL);
    add_group(f, "one", &f->customer.id);
    assert_int_equal(registry_group_add(f->r, &same, NULL), ERR_CONFLICT);
    assert_int_equal(registry_group_all(f->r, &f->tenant, &all, NULL), ERR_OK);
    assert_int_equal(registry_group_delete(f->r, &f->tenant, &all.id, NULL), ERR_CONFLICT);
    assert_int_equal(put(f, &all, &device), ERR_CONFLICT);
    snprintf(first.name, sizeof first.name, "All");
    assert_int_equal(registry_group_update(f->r, &first, NULL), ERR_CONFLICT);
    snprintf(first.name, sizeof first.name, "two");
    assert_int_equal(registry_group_update(f->r, &first, NULL), ERR_OK);
    first.version = 1;
    assert_int_equal(registry_group_update(f->r, &first, NULL), ERR_CONFLICT);
    device_fini(&device);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(groups_hold_few_and_many_devices),
        TEST(a_customers_group_holds_only_its_devices),
        TEST(the_groups_of_a_customer_go_with_it),
        TEST(shares_grant_the_most_of_all_groups),
        TEST(a_customer_sees_the_few_that_it_owns_or_that_are_shared),
        TEST(memberships_of_many_devices_are_read_at_once),
        TEST(names_are_unique_for_an_owner_and_all_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
