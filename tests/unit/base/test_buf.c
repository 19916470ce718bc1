#include "base/buf.h"
#include "base/cursor.h"
#include "unit.h"

static void appends_numbers_in_network_order(void **state)
{
    AUTO_BUF b = {0};
    buf_append_u8(&b, 1);
    buf_append_u16(&b, 0x0203);
    buf_append_u32(&b, 0x04050607);
    buf_append_u64(&b, 0x08090a0b0c0d0e0f);
    for (uint8_t i = 0; i < 15; i++)
        assert_int_equal(b.data[i], i + 1);
    struct cursor c = cursor_of(buf_slice(&b));
    assert_int_equal(cursor_u8(&c), 1);
    assert_int_equal(cursor_u16(&c), 0x0203);
    assert_int_equal(cursor_u32(&c), 0x04050607);
    assert_true(cursor_u64(&c) == 0x08090a0b0c0d0e0f);
    assert_false(c.failed);
    assert_int_equal(cursor_u8(&c), 0);
    assert_true(c.failed);
}

static void limit_is_sticky_until_cleared(void **state)
{
    AUTO_BUF b = {.limit = 4};
    buf_append_str(&b, "abc");
    buf_append_str(&b, "de");
    assert_false(buf_is_ok(&b));
    buf_append_str(&b, "f");
    assert_int_equal(b.len, 3);
    buf_clear(&b);
    buf_append_str(&b, "wxyz");
    assert_true(buf_is_ok(&b));
}

static void consume_keeps_the_tail(void **state)
{
    AUTO_BUF b = {0};
    buf_printf(&b, "%s-%d", "head", 42);
    buf_consume(&b, 5);
    assert_string_equal(buf_cstr(&b), "42");
    buf_consume(&b, 2);
    assert_int_equal(b.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_numbers_in_network_order),
        cmocka_unit_test(limit_is_sticky_until_cleared),
        cmocka_unit_test(consume_keeps_the_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
