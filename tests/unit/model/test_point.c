#include "model/point.h"
#include "unit.h"

static struct point point_of(uint64_t device, const char *key, int64_t ts, int64_t number)
{
    return (struct point){device, slice_str(key), ts, {.type = VALUE_LONG, .number = number}};
}

static void entries_come_back_in_order(void **state)
{
    struct batch b = {0};
    struct point p = point_of(UINT64_MAX, "temperature", INT64_MAX, -5);
    struct attribute a = {42, SCOPE_SHARED, SLICE("k"), 1000, {.type = VALUE_STRING, .text = SLICE("")}};
    struct entry e;
    size_t at = 0;
    batch_add_point(&b, &p);
    batch_add_attribute(&b, &a);
    batch_delete_attribute(&b, 43, SCOPE_CLIENT, SLICE("gone"));
    assert_int_equal(b.points, 1);
    assert_int_equal(b.attributes, 2);

    assert_true(batch_next(&b, &at, &e));
    assert_int_equal(e.kind, ENTRY_POINT);
    assert_true(e.point.device == UINT64_MAX && e.point.ts == INT64_MAX);
    assert_true(slice_eq_str(e.point.key, "temperature"));
    assert_int_equal(e.point.value.number, -5);
    assert_true(batch_next(&b, &at, &e));
    assert_int_equal(e.kind, ENTRY_ATTRIBUTE);
    assert_int_equal(e.attribute.scope, SCOPE_SHARED);
    assert_int_equal(e.attribute.updated_ms, 1000);
    assert_int_equal(e.attribute.value.text.len, 0);
    assert_true(batch_next(&b, &at, &e));
    assert_int_equal(e.kind, ENTRY_ATTRIBUTE_DELETE);
    assert_int_equal(e.attribute.device, 43);
    assert_true(slice_eq_str(e.attribute.key, "gone"));
    assert_false(batch_next(&b, &at, &e));
    batch_fini(&b);
    assert_true(batch_is_empty(&b));
}

static void sessions_travel_along(void **state)
{
    struct batch b = {0};
    struct point p = point_of(1, "k", 1, 2);
    struct session_entry put = {UINT64_MAX, SLICE("client"), 7, SESSION_PART_PROGRESS, SLICE("record")};
    struct entry e;
    size_t at = 0;
    batch_delete_message(&b, &put);
    batch_put_session(&b, &put, true);
    assert_false(batch_is_empty(&b));
    assert_false(batch_needs_sync(&b));
    batch_add_point(&b, &p);
    batch_put_session(&b, &put, false);
    batch_end_session(&b, 5, SLICE("x"));
    assert_true(batch_needs_sync(&b));
    assert_true(b.lazy == 2 && b.points == 1 && b.sessions == 2);

    assert_true(batch_next(&b, &at, &e));
    assert_int_equal(e.kind, ENTRY_SESSION_DELETE);
    assert_int_equal(e.session.record.len, 0);
    assert_true(batch_next(&b, &at, &e));
    assert_int_equal(e.kind, ENTRY_SESSION_PUT);
    assert_true(e.session.device == UINT64_MAX && e.session.number == 7);
    assert_int_equal(e.session.part, SESSION_PART_PROGRESS);
    assert_true(slice_eq_str(e.session.client_id, "client"));
    assert_true(slice_eq_str(e.session.record, "record"));
    assert_true(batch_next(&b, &at, &e) && e.kind == ENTRY_POINT);
    assert_true(batch_next(&b, &at, &e) && e.kind == ENTRY_SESSION_PUT);
    assert_true(batch_next(&b, &at, &e) && e.kind == ENTRY_SESSION_END);
    assert_true(e.session.device == 5 && slice_eq_str(e.session.client_id, "x"));
    assert_false(batch_next(&b, &at, &e));
    batch_clear(&b);
    assert_true(batch_is_empty(&b));
    batch_fini(&b);
}

static void what_does_not_fit_leaves_nothing(void **state)
{
    struct point p = point_of(1, "key", 1, 1);
    for (size_t limit = 1; limit < 200; limit++) {
        struct batch b = {.bytes.limit = limit};
        struct entry e;
        size_t at = 0, count = 0;
        for (int i = 0; i < 10; i++)
            batch_add_point(&b, &p);
        assert_false(buf_is_ok(&b.bytes));
        while (batch_next(&b, &at, &e))
            count++;
        assert_int_equal(count, b.points);
        assert_int_equal(at, b.bytes.len);
        batch_fini(&b);
    }
}

static void rewind_undoes_one_message(void **state)
{
    struct batch b = {.bytes.limit = 100};
    struct point p = point_of(1, "a", 1, 1);
    struct entry e;
    size_t at = 0;
    batch_add_point(&b, &p);
    struct batch_mark mark = batch_mark(&b);
    for (int i = 0; i < 10; i++)
        batch_add_point(&b, &p);
    batch_delete_attribute(&b, 1, SCOPE_CLIENT, SLICE("x"));
    assert_false(buf_is_ok(&b.bytes));
    batch_rewind(&b, mark);
    assert_true(buf_is_ok(&b.bytes));
    assert_int_equal(b.points, 1);
    assert_true(batch_next(&b, &at, &e));
    assert_false(batch_next(&b, &at, &e));
    batch_clear(&b);
    assert_true(batch_is_empty(&b));
    assert_true(b.bytes.cap > 0);
    batch_fini(&b);
}

static void longest_key_and_a_large_value_fit(void **state)
{
    static char key[KEY_MAX_BYTES], text[300000];
    memset(key, 'k', sizeof key);
    memset(text, 't', sizeof text);
    struct batch b = {0};
    struct point p = {1, slice_of(key, sizeof key), 0, {VALUE_JSON, .text = slice_of(text, sizeof text)}};
    struct entry e;
    size_t at = 0;
    batch_add_point(&b, &p);
    assert_true(batch_next(&b, &at, &e));
    assert_true(slice_eq(e.point.key, p.key));
    assert_true(slice_eq(e.point.value.text, p.value.text));
    batch_fini(&b);
}

static void scopes_have_their_rest_names(void **state)
{
    enum attribute_scope scope = SCOPE_CLIENT;
    assert_true(scope_parse(SLICE("SHARED_SCOPE"), &scope));
    assert_int_equal(scope, SCOPE_SHARED);
    assert_false(scope_parse(SLICE("SHARED"), &scope));
    assert_string_equal(scope_name(SCOPE_SERVER), "SERVER_SCOPE");
    assert_null(scope_name((enum attribute_scope)0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back_in_order),        cmocka_unit_test(sessions_travel_along),
        cmocka_unit_test(what_does_not_fit_leaves_nothing),  cmocka_unit_test(rewind_undoes_one_message),
        cmocka_unit_test(longest_key_and_a_large_value_fit), cmocka_unit_test(scopes_have_their_rest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
