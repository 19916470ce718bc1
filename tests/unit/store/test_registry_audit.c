/* What every registry must do with a walk through the audit log. */
#include "store/registry_audit.h"
#include "temp_dir.h"
#include "unit.h"

enum { ENTRIES = 25 };

static const struct audit_bounds bounds = {100000, INT64_C(365) * 24 * 60 * 60 * 1000};

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
};

/* Entries of one moment are the rule here: a walk must neither leave out nor repeat one. */
static void add_entries(struct fixture *f)
{
    for (int i = 0; i < ENTRIES; i++) {
        struct audit_entry e = {.tenant_id = f->tenant, .is_failure = i % 5 == 0, .data = "{}"};
        snprintf(e.user_name, sizeof e.user_name, "user %d", i);
        snprintf(e.action, sizeof e.action, "%s",
                 i % 3 == 0   ? "ADDED"
                 : i % 3 == 1 ? "ADDED_TO_ENTITY_GROUP"
                              : "DELETED");
        snprintf(e.entity_type, sizeof e.entity_type, "DEVICE");
        assert_int_equal(registry_audit_add(f->r, &e, &bounds, NULL), ERR_OK);
    }
    struct audit_entry of_installation = {.action = "ADDED", .entity_type = "TENANT", .data = "{}"};
    assert_int_equal(registry_audit_add(f->r, &of_installation, &bounds, NULL), ERR_OK);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    add_entries(f);
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

/* @return how many entries a walk finds; steps tells in how many steps */
static size_t walk(struct fixture *f, const struct audit_query *query, size_t *steps)
{
    struct audit_place place = {0};
    size_t found = 0;
    uint64_t before = 0;
    for (*steps = 0; !place.is_at_end; ++*steps) {
        struct audit_page page;
        assert_true(*steps < 100);
        assert_int_equal(registry_audit_walk(f->r, query, &place, &page, NULL), ERR_OK);
        for (size_t i = 0; i < page.count; i++) {
            assert_true(page.entries[i].number > before);
            before = page.entries[i].number;
        }
        found += page.count;
        audit_page_fini(&page);
    }
    return found;
}

static struct audit_query query_of(struct fixture *f, uint32_t step)
{
    return (struct audit_query){.tenant_id = f->tenant, .end_ms = INT64_MAX, .page_size = step};
}

static void a_walk_finds_all_whatever_its_step(void **state)
{
    static const uint32_t sizes[] = {1, 4, 5, 24, 25, 26, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t steps;
        struct audit_query query = query_of(*state, sizes[i]);
        assert_int_equal(walk(*state, &query, &steps), ENTRIES);
        assert_int_equal(steps, ENTRIES / sizes[i] + 1);
    }
}

static void a_step_looks_at_few_though_nothing_is_found(void **state)
{
    size_t steps;
    struct audit_query query = query_of(*state, 5);
    query.text_search = SLICE("nobody");
    assert_int_equal(walk(*state, &query, &steps), 0);
    assert_int_equal(steps, 6);
}

static void filters_are_those_of_the_list(void **state)
{
    struct fixture *f = *state;
    size_t steps;
    struct audit_query query = query_of(f, 7);
    struct audit_page page;
    query.actions = SLICE("ADDED");
    assert_int_equal(walk(f, &query, &steps), 9);
    query.actions = SLICE("ADDED,DELETED");
    assert_int_equal(walk(f, &query, &steps), 17);
    query.text_search = SLICE("USER 2"); /* 2, 20, 21, 23, 24 of these actions; 22 is neither */
    assert_int_equal(walk(f, &query, &steps), 5);
    assert_int_equal(registry_audit_page(f->r, &query, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 5);
    audit_page_fini(&page);
    query.end_ms = 1;
    assert_int_equal(walk(f, &query, &steps), 0);
    query.end_ms = query.start_ms = INT64_MAX;
    assert_int_equal(walk(f, &query, &steps), 0);
}

static void a_walk_stays_within_its_tenant(void **state)
{
    size_t steps;
    struct audit_query query = query_of(*state, 10);
    query.tenant_id = (struct uuid){0};
    assert_int_equal(walk(*state, &query, &steps), 1);
    query.tenant_id = uuid_random();
    assert_int_equal(walk(*state, &query, &steps), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_finds_all_whatever_its_step),
        cmocka_unit_test(a_step_looks_at_few_though_nothing_is_found),
        cmocka_unit_test(filters_are_those_of_the_list),
        cmocka_unit_test(a_walk_stays_within_its_tenant),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
