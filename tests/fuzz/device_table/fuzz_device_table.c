/* The first byte is the delimiter, the rest a table whose first line names columns. What is read must not depend on how the
 * bytes are cut. */
#include "hub/device_columns.h"

#include <stdlib.h>

struct target {
    struct device_columns columns;
    struct device_cells cells;
    bool has_columns;
    struct buf seen;
};

static err_t on_row(void *arg, const struct csv_row *row, struct problem *problem)
{
    static const struct settings settings;
    struct target *t = arg;
    struct problem why = {0};
    if (!t->has_columns) {
        t->has_columns = true;
        for (size_t i = 0; i < row->count; i++)
            TRY(device_columns_add_heading(&t->columns, row->fields[i], problem));
        return device_columns_check(&t->columns, problem);
    }
    err_t err = device_cells_read(&t->columns, row, &settings, &t->cells, &why);
    CHECK(err == ERR_OK || why.text[0] != '\0');
    buf_printf(&t->seen, "[%llu %d %zu]", (unsigned long long)row->line, (int)err, row->count);
    for (size_t i = 0; i < row->count; i++)
        buf_append_slice(&t->seen, row->fields[i]);
    for (size_t i = 0; err == ERR_OK && i < 3; i++)
        buf_append_slice(&t->seen, buf_slice(&t->cells.values[i]));
    credentials_fini(&t->cells.credentials);
    return ERR_OK;
}

static err_t read_all(char delimiter, struct slice text, size_t piece, struct buf *ret_seen)
{
    struct target *t = calloc(1, sizeof *t);
    struct csv_reader reader = {0};
    struct problem problem = {0};
    CHECK(t != NULL);
    err_t err = csv_reader_init(&reader, delimiter, on_row, t, &problem);
    while (err == ERR_OK && text.len != 0) {
        size_t n = text.len < piece ? text.len : piece;
        uint8_t *copy = malloc(n); /* of its own, so that the sanitizer sees where it ends */
        CHECK(copy != NULL);
        memcpy(copy, text.data, n);
        err = csv_reader_read(&reader, slice_of(copy, n), &problem);
        free(copy);
        text = slice_skip(text, n);
    }
    if (err == ERR_OK)
        err = csv_reader_end(&reader, &problem);
    CHECK(err == ERR_OK || problem.text[0] != '\0');
    csv_reader_fini(&reader);
    *ret_seen = t->seen;
    for (size_t i = 0; i < 3; i++)
        buf_fini(&t->cells.values[i]);
    credentials_fini(&t->cells.credentials);
    free(t);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 3, 17};
    AUTO_BUF whole = {0};
    if (size == 0 || data[0] == '"' || data[0] <= ' ' || data[0] >= 0x7f)
        return 0;
    struct slice text = slice_of(data + 1, size - 1);
    err_t err = read_all((char)data[0], text, text.len + 1, &whole);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        AUTO_BUF cut = {0};
        CHECK(read_all((char)data[0], text, pieces[i], &cut) == err);
        CHECK(slice_eq(buf_slice(&cut), buf_slice(&whole)));
    }
    return 0;
}
