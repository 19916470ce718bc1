/* Lists of many devices: every way to a page gives the same one, and none scans a table. */
#include "store/registry_deletion.h"
#include "store/registry_groups.h"
#include "store/sqlite/registry_sqlite.h"
#include "temp_dir.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* More than are looked up one by one (2000), and than are walked to (1000). */
enum { DEVICES = 5000, TYPES = 3, SHARED = 3000, OWNED = 2500, SMALL = 40 };

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant, profiles[TYPES], large, small, customer;
    uint64_t *numbers; /* as they were made */
    struct uuid *ids;
    unsigned full_scans;
    char scanned[200];
};

static void add_profiles(struct fixture *f)
{
    for (int i = 0; i < TYPES; i++) {
        char name[16];
        struct profile profile;
        snprintf(name, sizeof name, "type-%d", i);
        assert_int_equal(registry_profile_by_name(f->r, &f->tenant, name, true, &profile, NULL), ERR_OK);
        f->profiles[i] = profile.id;
        profile_fini(&profile);
    }
}

/* One in 50 is of the last type; the customer owns half, in turns. */
static void add_devices(struct fixture *f)
{
    struct device *devices = calloc(DEVICES, sizeof *devices);
    struct credentials *credentials = calloc(DEVICES, sizeof *credentials);
    struct device_write *writes = calloc(DEVICES, sizeof *writes);
    f->numbers = calloc(DEVICES, sizeof *f->numbers);
    f->ids = calloc(DEVICES, sizeof *f->ids);
    for (int i = 0; i < DEVICES; i++) {
        devices[i].tenant_id = f->tenant;
        devices[i].profile_id = f->profiles[i % 50 == 7 ? 2 : i % 2];
        devices[i].customer_id = i % 2 == 0 ? f->customer : CUSTOMER_NOBODY;
        snprintf(devices[i].name, sizeof devices[i].name, "meter-%05d", i * 7 % DEVICES);
        snprintf(devices[i].label, sizeof devices[i].label, "Hall %d", i % 13);
        credentials[i].type = CREDENTIALS_ACCESS_TOKEN;
        snprintf(credentials[i].credentials_id, sizeof credentials[i].credentials_id, "token-%d", i);
        writes[i] = (struct device_write){.device = &devices[i], .credentials = &credentials[i]};
    }
    assert_int_equal(registry_device_write_many(f->r, writes, DEVICES, NULL), ERR_OK);
    for (int i = 0; i < DEVICES; i++) {
        assert_int_equal(writes[i].result, ERR_OK);
        f->numbers[i] = devices[i].number;
        f->ids[i] = devices[i].id;
        device_fini(&devices[i]);
        credentials_fini(&credentials[i]);
    }
    free(writes);
    free(credentials);
    free(devices);
}

static struct uuid add_group(struct fixture *f, const char *name, size_t devices)
{
    struct group g = {.tenant_id = f->tenant, .owner_id = f->tenant};
    snprintf(g.name, sizeof g.name, "%s", name);
    assert_int_equal(registry_group_add(f->r, &g, NULL), ERR_OK);
    assert_int_equal(registry_group_add_devices(f->r, &f->tenant, &g.id, f->ids, devices, NULL), ERR_OK);
    return g.id;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct customer customer = {.title = "customer"};
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    customer.tenant_id = f->tenant;
    assert_int_equal(registry_customer_add(f->r, &customer, NULL), ERR_OK);
    f->customer = customer.id;
    add_profiles(f);
    add_devices(f);
    f->large = add_group(f, "large", SHARED);
    f->small = add_group(f, "small", SMALL);
    const struct group_share share = {f->customer, SHARE_READ};
    assert_int_equal(registry_group_share(f->r, &f->tenant, &f->large, &share, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f->numbers);
    free(f->ids);
    free(f);
    return 0;
}

/* ---- the same pages whichever way ---- */

/* What is expected, device by device, and nothing of the store's but one device at a time. */
static bool is_expected(struct fixture *f, const struct device_query *q, size_t i)
{
    char text[64];
    size_t type = i % 50 == 7 ? 2 : i % 2;
    snprintf(text, sizeof text, "meter-%05zu\nhall %zu\ntype-%zu", i * 7 % DEVICES, i % 13, type);
    bool is_own = i % 2 == 0;
    const char *types = q->types.len != 0 ? "[\"type-0\",\"type-2\"]" : NULL;
    return (q->text_search.len == 0 ||
            memmem(text, strlen(text), q->text_search.data, q->text_search.len) != NULL) &&
           (q->type.len == 0 || (size_t)(q->type.data[5] - '0') == type) && (types == NULL || type != 1) &&
           (uuid_is_nil(&q->profile_id) || uuid_eq(&q->profile_id, &f->profiles[type])) &&
           (uuid_is_nil(&q->customer_id) || uuid_eq(&q->customer_id, &f->customer) == is_own) &&
           (uuid_is_nil(&q->group_id) || i < (uuid_eq(&q->group_id, &f->large) ? SHARED : SMALL)) &&
           (uuid_is_nil(&q->viewer_id) || is_own || i < SHARED) &&
           (q->active == ASKED_ANY || (q->active == ASKED_YES) == (f->numbers[i] % 3 == 0)) &&
           (q->never_connected == ASKED_ANY || (q->never_connected == ASKED_YES) == (f->numbers[i] % 4 != 0));
}

/* In the order of their making, or of their names. */
static size_t expect(struct fixture *f, const struct device_query *q, uint64_t *numbers)
{
    size_t count = 0;
    for (size_t i = 0; i < DEVICES; i++) {
        size_t at = q->sort == DEVICE_SORT_NAME ? i * 2143 % DEVICES : i; /* 2143 * 7 = 1 modulo 5000 */
        if (is_expected(f, q, at))
            numbers[count++] = f->numbers[at];
    }
    for (size_t i = 0; q->order == SORT_DESCENDING && i < count / 2; i++) {
        uint64_t other = numbers[count - 1 - i];
        numbers[count - 1 - i] = numbers[i];
        numbers[i] = other;
    }
    return count;
}

static void check_page(struct fixture *f, struct device_query q, uint32_t at, const uint64_t *numbers,
                       size_t total)
{
    struct device_page page;
    size_t first = (size_t)at * q.page_size, rest = first < total ? total - first : 0;
    q.page = at;
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.total, total);
    assert_int_equal(page.count, rest < q.page_size ? rest : q.page_size);
    for (size_t i = 0; i < page.count; i++)
        assert_int_equal(page.devices[i].number, numbers[first + i]);
    device_page_fini(&page);
}

static void check_pages(struct fixture *f, struct device_query q)
{
    uint64_t *numbers = calloc(DEVICES, sizeof *numbers);
    q.tenant_id = f->tenant;
    q.page_size = 50;
    for (int way = 0; way < 4; way++) {
        q.sort = way < 2 ? DEVICE_SORT_CREATED : DEVICE_SORT_NAME;
        q.order = way % 2 == 0 ? SORT_ASCENDING : SORT_DESCENDING;
        size_t total = expect(f, &q, numbers);
        const uint32_t pages[] = {0, 1, (uint32_t)(total / 100), (uint32_t)(total / 50), 1000000};
        for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
            check_page(f, q, pages[i], numbers, total);
    }
    free(numbers);
}

static bool is_third(void *arg, uint64_t number)
{
    (void)arg;
    return number % 3 == 0;
}

static int64_t heard_fourth(void *arg, uint64_t number)
{
    (void)arg;
    return number % 4 == 0 ? (int64_t)number : 0;
}

static const struct device_judge judge = {.is_active = is_third, .last_activity_ms = heard_fourth};

static const char *const texts[] = {"", "meter-00123", "hall 1", "meter", "me", "9", "nowhere", "type-2"};

static void check_texts(struct fixture *f, struct device_query q)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        q.text_search = slice_str(texts[i]);
        check_pages(f, q);
    }
}

static void check_all(struct fixture *f)
{
    check_texts(f, (struct device_query){0});
    check_texts(f, (struct device_query){.group_id = f->large});
    check_texts(f, (struct device_query){.group_id = f->small});
    check_texts(f, (struct device_query){.viewer_id = f->customer});
    check_texts(f, (struct device_query){.customer_id = f->customer});
    check_texts(f, (struct device_query){.type = SLICE("type-0")});
    check_texts(f, (struct device_query){.types = SLICE("[\"type-0\",\"type-2\"]")});
    check_texts(f, (struct device_query){.profile_id = f->profiles[2]});
    check_texts(f, (struct device_query){.judge = &judge, .active = ASKED_YES});
    check_texts(f, (struct device_query){.judge = &judge, .active = ASKED_NO, .never_connected = ASKED_NO});
    check_texts(f, (struct device_query){.group_id = f->large,
                                         .viewer_id = f->customer,
                                         .judge = &judge,
                                         .never_connected = ASKED_YES});
    check_pages(f, (struct device_query){.customer_id = CUSTOMER_NOBODY});
    check_pages(f, (struct device_query){.group_id = f->large, .type = SLICE("type-1")});
}

static void a_list_follows_changes(void **state)
{
    struct fixture *f = *state;
    struct device device;
    struct device_query q = {.tenant_id = f->tenant, .group_id = f->large, .page_size = 1, .page = 2999};
    struct device_page page;
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.count, 1);
    device_page_fini(&page);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &f->ids[5], &device, NULL), ERR_OK);
    snprintf(device.label, sizeof device.label, "elsewhere");
    assert_int_equal(registry_device_update(f->r, &device, NULL, NULL), ERR_OK);
    q.text_search = SLICE("elsewhere");
    q.page = 0;
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 1);
    device_page_fini(&page);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &device.id, NULL), ERR_OK);
    q.text_search = slice_of(NULL, 0);
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.total, SHARED - 1);
    device_page_fini(&page);
    device_fini(&device);
}

static uint64_t count_of(struct fixture *f, const struct device_query *q, struct uuid *ret_first)
{
    struct device_page page;
    assert_int_equal(registry_device_page(f->r, q, &page, NULL), ERR_OK);
    *ret_first = page.count != 0 ? page.devices[0].id : (struct uuid){0};
    uint64_t total = page.total;
    device_page_fini(&page);
    return total;
}

static void a_list_follows_changes_of_credentials(void **state)
{
    struct fixture *f = *state;
    struct credentials c;
    struct uuid first;
    char value[] = "AAAA";
    const struct device_query soonest = {.tenant_id = f->tenant, .sort = DEVICE_SORT_EXPIRY, .page_size = 1};
    const struct device_query none = {
        .tenant_id = f->tenant, .certificate = CERTIFICATE_NONE, .page_size = 1, .page = 1200};
    uint64_t total = count_of(f, &soonest, &first), without = count_of(f, &none, &first);
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &f->ids[7], &c, NULL), ERR_OK);
    struct credentials next = {.id = c.id,
                               .device_id = c.device_id,
                               .version = c.version,
                               .type = CREDENTIALS_X509,
                               .credentials_id = "a fingerprint",
                               .value = value,
                               .not_after_ms = 1};
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &next, NULL), ERR_OK);
    assert_int_equal(count_of(f, &soonest, &first), total);
    assert_true(uuid_eq(&first, &f->ids[7]));
    assert_int_equal(count_of(f, &none, &first), without - 1);
    credentials_fini(&c);
}

/* ---- by indexes alone ---- */

static int on_profile(unsigned kind, void *arg, void *statement, void *ns)
{
    struct fixture *f = arg;
    (void)kind;
    (void)ns;
    if (sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1) > TYPES + 2) { /* of profiles */
        f->full_scans++;
        snprintf(f->scanned, sizeof f->scanned, "%.190s", sqlite3_sql(statement));
    }
    return 0;
}

static void watch(struct fixture *f)
{
    for (size_t i = 0; i < POOL_READERS; i++)
        if (sqlite_of(f->r)->pool.readers[i].db != NULL)
            sqlite3_trace_v2(sqlite_of(f->r)->pool.readers[i].db, SQLITE_TRACE_PROFILE, on_profile, f);
}

static void every_way_leads_to_the_same_page_by_indexes(void **state)
{
    struct fixture *f = *state;
    check_pages(f, (struct device_query){0}); /* opens the reader */
    watch(f);
    check_all(f);
    assert_string_equal(f->scanned, "");
    assert_int_equal(f->full_scans, 0);
}

static void the_watch_would_notice(void **state)
{
    struct fixture *f = *state;
    check_pages(f, (struct device_query){0});
    watch(f);
    {
        bool found;
        AUTO_READER struct conn *conn = pool_take_reader(&sqlite_of(f->r)->pool);
        AUTO_STATEMENT struct statement s = {0};
        assert_int_equal(statement_open(conn, "SELECT count(label) FROM device NOT INDEXED", &s, NULL),
                         ERR_OK);
        assert_int_equal(statement_row(&s, &found, NULL), ERR_OK);
    }
    assert_int_equal(f->full_scans, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_follows_changes),
        TEST(a_list_follows_changes_of_credentials),
        TEST(every_way_leads_to_the_same_page_by_indexes),
        TEST(the_watch_would_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
