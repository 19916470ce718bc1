/* Rows of a table: lines, quotes, bounds. */
#include "hub/csv_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static err_t note(void *arg, const struct csv_row *row, struct problem *problem)
{
    buf_printf(arg, "%llu:", (unsigned long long)row->line);
    for (size_t i = 0; i < row->count; i++) {
        buf_append_u8(arg, '<');
        buf_append_slice(arg, row->fields[i]);
        buf_append_u8(arg, '>');
    }
    buf_append_str(arg, row->fault != NULL ? row->fault : "");
    return ERR_OK;
}

static err_t read_cut(struct slice text, size_t piece, struct buf *seen, struct problem *problem)
{
    struct csv_reader reader = {0};
    err_t err = csv_reader_init(&reader, ',', note, seen, problem);
    while (err == ERR_OK && text.len != 0) {
        size_t n = text.len < piece ? text.len : piece;
        err = csv_reader_read(&reader, slice_of(text.data, n), problem);
        text = slice_skip(text, n);
    }
    if (err == ERR_OK)
        err = csv_reader_end(&reader, problem);
    csv_reader_fini(&reader);
    return err;
}

static void expect(const char *text, const char *seen)
{
    static const size_t pieces[] = {1, 2, 5, SIZE_MAX};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        AUTO_BUF found = {0};
        assert_int_equal(read_cut(slice_str(text), pieces[i], &found, NULL), ERR_OK);
        assert_string_equal(buf_cstr(&found), seen);
    }
}

static void rows_have_the_line_they_begin_on(void **state)
{
    expect("a,b\nc,d\n", "1:<a><b>2:<c><d>");
    expect("a,b\r\n\r\nc,d", "1:<a><b>3:<c><d>");
    expect("a,\"x\ny\"\nc,d\n", "1:<a><x\ny>3:<c><d>");
}

static void quotes_and_blanks_are_read_as_the_standard_says(void **state)
{
    expect("\"say \"\"hi\"\"\",\"a,b\"\n", "1:<say \"hi\"><a,b>");
    expect(" a , \" b \"\n,\n", "1:<a>< b >2:<><>");
}

static void a_byte_order_mark_is_skipped_and_what_began_like_one_is_not(void **state)
{
    expect("\xef\xbb\xbf\"a\",b\n", "1:<a><b>");
    expect("\xef\xbb\xbe,b\n", "1:<\xef\xbb\xbe><b>"); /* U+FEFE */
    expect("\xef", "1:the row is not UTF-8 text");
}

static void a_row_that_is_no_text_costs_only_itself(void **state)
{
    expect("a,\xff\nb,c\n", "1:the row is not UTF-8 text2:<b><c>");
    expect("\xc3,\xa4\n", "1:the row is not UTF-8 text");
}

static void a_quote_out_of_place_ends_the_reading_and_tells_its_line(void **state)
{
    AUTO_BUF seen = {0};
    struct problem problem = {0};
    assert_int_equal(read_cut(SLICE("a,b\nc,\"d"), 3, &seen, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.text, "line 2: a quote"));
    assert_string_equal(buf_cstr(&seen), "1:<a><b>");
    buf_clear(&seen);
    assert_int_equal(read_cut(SLICE("a\"b\n"), 9, &seen, &problem), ERR_INVALID);
}

static void put_fields(struct buf *text, size_t count, size_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < bytes; j++)
            buf_append_u8(text, 'x');
        buf_append_u8(text, i + 1 < count ? ',' : '\n');
    }
}

static void rows_are_bounded(void **state)
{
    AUTO_BUF text = {0};
    AUTO_BUF seen = {0};
    struct problem problem = {0};
    put_fields(&text, CSV_FIELDS_MAX + 1, 1);
    put_fields(&text, 2, CSV_ROW_MAX / 2 + 1);
    buf_append_str(&text, "a\n");
    assert_int_equal(read_cut(buf_slice(&text), 1000, &seen, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&seen),
                        "1:the row has more than 128 fields2:the row is longer than 64 KiB3:<a>");
    put_fields(&text, 1, CSV_ROW_MAX + 1);
    assert_int_equal(read_cut(buf_slice(&text), 1000, &seen, &problem), ERR_LIMIT);
    assert_non_null(strstr(problem.text, "line 4: a field is longer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_the_line_they_begin_on),
        cmocka_unit_test(quotes_and_blanks_are_read_as_the_standard_says),
        cmocka_unit_test(a_byte_order_mark_is_skipped_and_what_began_like_one_is_not),
        cmocka_unit_test(a_row_that_is_no_text_costs_only_itself),
        cmocka_unit_test(a_quote_out_of_place_ends_the_reading_and_tells_its_line),
        cmocka_unit_test(rows_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
