#include "store/package_files.h"

#include "store/checksum.h"
#include "temp_dir.h"
#include "unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct temp_dir dir;
    struct package_files *files;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(package_files_open(f->dir.path, &f->files, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    package_files_close(f->files);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static unsigned count_files(const struct fixture *f)
{
    char path[128];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/packages", f->dir.path);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        count += e->d_name[0] != '.';
    closedir(dir);
    return count;
}

static struct package_upload *begin(struct fixture *f, const char *text)
{
    struct package_upload *upload = NULL;
    assert_int_equal(package_upload_begin(f->files, CHECKSUM_SHA256, 100, &upload, NULL), ERR_OK);
    for (; *text != '\0'; text++)
        assert_int_equal(package_upload_write(upload, slice_of(text, 1), NULL), ERR_OK);
    return upload;
}

static void expect_content(struct fixture *f, const struct uuid *id, const char *text)
{
    char found[128] = "";
    int fd = -1;
    assert_int_equal(package_files_read(f->files, id, &fd, NULL), ERR_OK);
    assert_int_equal(read(fd, found, sizeof found - 1), strlen(text));
    assert_string_equal(found, text);
    close(fd);
}

static void a_finished_upload_is_the_package(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    struct ota_package package = {0};
    struct package_upload *upload = begin(f, "123456789");
    assert_int_equal(package_upload_finish(upload, &id, slice_of(NULL, 0), &package, NULL), ERR_OK);
    package_upload_end(upload);
    assert_int_equal(package.data_size, 9);
    assert_int_equal(package.checksum_algorithm, CHECKSUM_SHA256);
    assert_string_equal(package.checksum, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
    assert_int_equal(count_files(f), 1);
    expect_content(f, &id, "123456789");
}

static void the_expected_checksum_is_compared(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    struct ota_package package = {0};
    struct problem p = {0};
    struct package_upload *upload = begin(f, "123456789");
    assert_int_equal(package_upload_finish(upload, &id, SLICE("15e2"), &package, &p), ERR_INVALID);
    assert_string_equal(p.field, "checksum");
    assert_non_null(strstr(p.text, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"));
    assert_non_null(strstr(p.text, "expected 15e2"));
    package_upload_end(upload);
    assert_int_equal(count_files(f), 0);
    upload = begin(f, "123456789");
    assert_int_equal(
        package_upload_finish(upload, &id,
                              SLICE("15E2B0D3C33891EBB0F1EF609EC419420C20E320CE94C65FBC8C3312448EB225"),
                              &package, &p),
        ERR_OK);
    package_upload_end(upload);
}

static void a_package_has_one_file_for_ever(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    struct ota_package package = {0};
    struct package_upload *first = begin(f, "first"), *second = begin(f, "second");
    assert_int_equal(package_upload_finish(first, &id, slice_of(NULL, 0), &package, NULL), ERR_OK);
    assert_int_equal(package_upload_finish(second, &id, slice_of(NULL, 0), &package, NULL), ERR_CONFLICT);
    package_upload_end(second);
    package_upload_end(first);
    expect_content(f, &id, "first");
    assert_int_equal(count_files(f), 1);
}

static void the_limit_and_the_empty_file(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    struct ota_package package = {0};
    struct problem p = {0};
    static const uint8_t bytes[100];
    struct package_upload *upload = begin(f, "");
    assert_int_equal(package_upload_finish(upload, &id, slice_of(NULL, 0), &package, &p), ERR_INVALID);
    package_upload_end(upload);
    upload = begin(f, "");
    assert_int_equal(package_upload_write(upload, slice_of(bytes, 100), &p), ERR_OK);
    assert_int_equal(package_upload_write(upload, slice_of(NULL, 0), &p), ERR_OK);
    assert_int_equal(package_upload_write(upload, slice_of(bytes, 1), &p), ERR_LIMIT);
    assert_non_null(strstr(p.text, "100 bytes"));
    package_upload_end(upload);
    assert_int_equal(count_files(f), 0);
}

static void removed_files_are_gone_but_for_those_who_read(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    struct ota_package package = {0};
    int fd = -1;
    char c = 0;
    struct package_upload *upload = begin(f, "x");
    assert_int_equal(package_upload_finish(upload, &id, slice_of(NULL, 0), &package, NULL), ERR_OK);
    package_upload_end(upload);
    assert_int_equal(package_files_read(f->files, &id, &fd, NULL), ERR_OK);
    assert_int_equal(package_files_remove(f->files, &id, NULL), ERR_OK);
    assert_int_equal(package_files_remove(f->files, &id, NULL), ERR_OK);
    assert_int_equal(read(fd, &c, 1), 1);
    assert_int_equal(c, 'x');
    close(fd);
    assert_int_equal(package_files_read(f->files, &id, &fd, NULL), ERR_NOT_FOUND);
}

static bool is_it(void *arg, const struct uuid *id)
{
    return uuid_eq(arg, id);
}

static void put(const struct fixture *f, const char *name)
{
    char path[192];
    snprintf(path, sizeof path, "%s/packages/%s", f->dir.path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("half", file);
    fclose(file);
}

/* What a kill in the middle of an upload, or between the file and the registry, leaves. */
static void leftovers_are_swept(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    char name[UUID_TEXT_SIZE];
    uuid_format(&id, name);
    put(f, name);
    put(f, "0d8a6a0e-5d8c-4c3c-9d66-6f5c7a4a9f10.part");
    put(f, "0d8a6a0e-5d8c-4c3c-9d66-6f5c7a4a9f11");
    put(f, "notes of the operator");
    put(f, "0d8a6a0e-5d8c-4c3c-9d66-6f5c7a4a9f12.bak");
    assert_int_equal(package_files_sweep(f->files, is_it, &id, NULL), ERR_OK);
    assert_int_equal(count_files(f), 3);
    expect_content(f, &id, "half");
}

static void the_folder_and_its_files_are_the_owners_alone(void **state)
{
    struct fixture *f = *state;
    struct uuid id = uuid_random();
    struct ota_package package = {0};
    struct stat st;
    char path[192], name[UUID_TEXT_SIZE];
    struct package_upload *upload = begin(f, "x");
    assert_int_equal(package_upload_finish(upload, &id, slice_of(NULL, 0), &package, NULL), ERR_OK);
    package_upload_end(upload);
    uuid_format(&id, name);
    snprintf(path, sizeof path, "%s/packages/%s", f->dir.path, name);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1);
    snprintf(path, sizeof path, "%s/packages", f->dir.path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_finished_upload_is_the_package),
        TEST(the_expected_checksum_is_compared),
        TEST(a_package_has_one_file_for_ever),
        TEST(the_limit_and_the_empty_file),
        TEST(removed_files_are_gone_but_for_those_who_read),
        TEST(leftovers_are_swept),
        TEST(the_folder_and_its_files_are_the_owners_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
