/* The request's Content-Type, a line break, the body. What is read must not depend on how the body is cut. */
#include "http/multipart.h"

#include <stdlib.h>

static err_t note_part(void *arg, const struct multipart_part *part, struct problem *problem)
{
    buf_printf(arg, "[%zu %zu %zu]", part->name.len, part->file_name.len, part->content_type.len);
    CHECK(part->file_name.len == 0 || memchr(part->file_name.data, '/', part->file_name.len) == NULL);
    buf_append_slice(arg, part->name);
    buf_append_slice(arg, part->file_name);
    buf_append_slice(arg, part->content_type);
    return ERR_OK;
}

static err_t note_bytes(void *arg, struct slice bytes, struct problem *problem)
{
    CHECK(bytes.len != 0);
    buf_append_slice(arg, bytes);
    return ERR_OK;
}

static err_t read_all(struct slice type, struct slice body, size_t piece, struct buf *out)
{
    struct multipart m = {0};
    struct problem problem = {0};
    const struct multipart_handler handler = {note_part, note_bytes, out};
    err_t err = multipart_init(&m, type, &handler, &problem);
    while (err == ERR_OK && body.len != 0) {
        size_t n = body.len < piece ? body.len : piece;
        /* A copy of its own, so that the sanitizer sees where it ends. */
        uint8_t *copy = malloc(n);
        CHECK(copy != NULL);
        memcpy(copy, body.data, n);
        err = multipart_read(&m, slice_of(copy, n), &problem);
        free(copy);
        body = slice_skip(body, n);
    }
    if (err == ERR_OK)
        err = multipart_end(&m, &problem);
    CHECK(err == ERR_OK || problem.text[0] != '\0');
    multipart_fini(&m);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 3, 17};
    AUTO_BUF whole = {0};
    AUTO_BUF cut = {0};
    const uint8_t *end = size != 0 ? memchr(data, '\n', size) : NULL;
    if (end == NULL)
        return 0;
    struct slice type = slice_of(data, (size_t)(end - data)), body = slice_of(end + 1, size - type.len - 1);
    err_t err = read_all(type, body, body.len + 1, &whole);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        buf_clear(&cut);
        CHECK(read_all(type, body, pieces[i], &cut) == err);
        CHECK(err != ERR_OK || slice_eq(buf_slice(&cut), buf_slice(&whole)));
    }
    return 0;
}
