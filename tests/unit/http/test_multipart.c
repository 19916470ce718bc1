#include "http/multipart.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE "multipart/form-data; boundary=xyz"

/* What is read, as text: "[name|file|type]bytes" a part. */
static err_t note_part(void *arg, const struct multipart_part *part, struct problem *problem)
{
    buf_printf(arg, "[%.*s|%.*s|%.*s]", SLICE_ARG(part->name), SLICE_ARG(part->file_name),
               SLICE_ARG(part->content_type));
    return ERR_OK;
}

static err_t note_bytes(void *arg, struct slice bytes, struct problem *problem)
{
    assert_true(bytes.len != 0);
    buf_append_slice(arg, bytes);
    return ERR_OK;
}

static err_t read_all(const char *type, struct slice body, size_t piece, struct buf *out,
                      struct problem *problem)
{
    struct multipart m;
    const struct multipart_handler handler = {note_part, note_bytes, out};
    buf_clear(out);
    err_t err = multipart_init(&m, slice_str(type), &handler, problem);
    if (err != ERR_OK)
        return err;
    for (size_t at = 0; at < body.len && err == ERR_OK; at += piece)
        err = multipart_read(&m, slice_of(body.data + at, body.len - at < piece ? body.len - at : piece),
                             problem);
    if (err == ERR_OK)
        err = multipart_end(&m, problem);
    multipart_fini(&m);
    return err;
}

static void expect(const char *body, const char *read)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 100000};
    AUTO_BUF out = {0};
    struct problem problem = {0};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (read_all(TYPE, slice_str(body), pieces[i], &out, &problem) != ERR_OK)
            fail_msg("%s", problem.text);
        assert_string_equal(buf_cstr(&out), read);
    }
}

static void parts_and_their_bytes(void **state)
{
    expect("--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz\r\n"
           "content-disposition:form-data;name=file;filename=\"fw.bin\"\r\nContent-Type: text/plain \r\n\r\n"
           "bytes\r\n--xyz--\r\n",
           "[a||]1[file|fw.bin|text/plain]bytes");
    expect("--xyz--", "");
    expect("preamble\r\n--xyz \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--xyz--epilogue",
           "[a||]");
    expect("--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--xyz--", "[a||]");
}

static void what_only_resembles_a_delimiter_is_content(void **state)
{
    static const char head[] = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    static const char *const contents[] = {
        "\r\n--xy", "\r\r\n",  "\r\n\r\n--xy\r\n-",          "--xyz",      "-",
        "\r",       "\n--xyz", "\r\n-\r\n--\r\n--x\r\n--xy", "\r\n--xY\n",
    };
    char body[256], read[256];
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        bool is_first = strncmp(contents[i], "--xyz", 5) == 0; /* right behind the headers it is one */
        snprintf(body, sizeof body, "%s%s%s\r\n--xyz--", head, is_first ? " " : "", contents[i]);
        snprintf(read, sizeof read, "[a||]%s%s", is_first ? " " : "", contents[i]);
        expect(body, read);
    }
}

static void file_names_lose_their_folders(void **state)
{
    static const struct {
        const char *sent, *read;
    } rows[] = {
        {"filename=\"/etc/passwd\"", "passwd"},
        {"filename=\"C:\\fw\\new.bin\"", "new.bin"},
        {"filename=\"a \\\"b\\\".bin\"", "a \"b\".bin"},
        {"filename=\"a;b=c.bin\"", "a;b=c.bin"},
        {"filename=\"..\"", ".."},
        {"filename=\"a/\"", ""},
        {"filename=\"\"", ""},
        {"filename=plain.bin; x=y", "plain.bin"},
        {"FileName = \"x\" ; y", "x"},
        {"other=\"x\"", ""},
    };
    char body[256], read[256];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(body, sizeof body,
                 "--xyz\r\nContent-Disposition: form-data; name=\"file\"; %s\r\n\r\n.\r\n--xyz--",
                 rows[i].sent);
        snprintf(read, sizeof read, "[file|%s|].", rows[i].read);
        expect(body, read);
    }
}

static void boundaries_of_content_types(void **state)
{
    static const struct {
        const char *type;
        bool is_good;
    } rows[] = {
        {"multipart/form-data; boundary=xyz", true},
        {"Multipart/Form-Data;charset=utf-8; Boundary=\"xyz\"", true},
        {"multipart/form-data; boundary=\"xyz\"; x", true},
        {"multipart/form-data", false},
        {"multipart/form-data; boundary=", false},
        {"multipart/form-data; boundary=\"xyz", false},
        {"multipart/form-data; boundary=\"xyz \"", false},
        {"multipart/mixed; boundary=xyz", false},
        {"application/json", false},
        {"", false},
        {"multipart/form-data; "
         "boundary=01234567890123456789012345678901234567890123456789012345678901234567890",
         false},
    };
    AUTO_BUF out = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct problem problem = {0};
        err_t err = read_all(rows[i].type, SLICE("--xyz--"), 100, &out, &problem);
        if ((err == ERR_OK) != rows[i].is_good)
            fail_msg("%s: %s", rows[i].type, problem.text);
    }
}

static void expect_error(struct slice body, err_t expected, const char *text)
{
    AUTO_BUF out = {0};
    struct problem problem = {0};
    assert_int_equal(read_all(TYPE, body, 3, &out, &problem), expected);
    if (strstr(problem.text, text) == NULL)
        fail_msg("%s", problem.text);
}

static void broken_bodies_are_refused(void **state)
{
    expect_error(SLICE(""), ERR_INVALID, "ends before its last delimiter");
    expect_error(SLICE("no delimiter"), ERR_INVALID, "ends before its last delimiter");
    expect_error(SLICE("--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf"), ERR_INVALID,
                 "ends before its last delimiter");
    expect_error(SLICE("--xyzw\r\n\r\n\r\n--xyz--"), ERR_INVALID, "followed by other text");
    expect_error(SLICE("--xyz\n\r\n\r\n--xyz--"), ERR_INVALID, "followed by other text");
    expect_error(SLICE("--xyz\r\n\r\n\r\n--xyz--"), ERR_INVALID, "part 1 has no name");
    expect_error(SLICE("--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--xyz--"),
                 ERR_INVALID, "part 1 has no name");
}

static void the_limits(void **state)
{
    AUTO_BUF body = {0};
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++) {
        buf_append_str(&body, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n");
        if (i + 1 == MULTIPART_PARTS_MAX) {
            AUTO_BUF fits = {0};
            AUTO_BUF out = {0};
            buf_append_slice(&fits, buf_slice(&body));
            buf_append_str(&fits, "--xyz--");
            assert_int_equal(read_all(TYPE, buf_slice(&fits), 100, &out, NULL), ERR_OK);
        }
    }
    expect_error(buf_slice(&body), ERR_LIMIT, "more than 16 parts");
    buf_clear(&body);
    buf_append_str(&body, "--xyz\r\nX: ");
    for (int i = 0; i < MULTIPART_HEADER_MAX; i++)
        buf_append_u8(&body, 'x');
    expect_error(buf_slice(&body), ERR_LIMIT, "more than 4096 bytes");
    buf_clear(&body);
    buf_append_str(&body, "--xyz");
    for (int i = 0; i < MULTIPART_HEADER_MAX + 1; i++)
        buf_append_u8(&body, ' ');
    expect_error(buf_slice(&body), ERR_INVALID, "followed by other text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_and_their_bytes),
        cmocka_unit_test(what_only_resembles_a_delimiter_is_content),
        cmocka_unit_test(file_names_lose_their_folders),
        cmocka_unit_test(boundaries_of_content_types),
        cmocka_unit_test(broken_bodies_are_refused),
        cmocka_unit_test(the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
