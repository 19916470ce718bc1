#include "cli/init.h"
#include "config/settings.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct problem problem;
static char base[64], dir[96];

/* What the callback saw, and what it shall answer. */
struct administrator {
    err_t answer;
    unsigned calls;
    char email[64], password[300];
};

static err_t create(void *arg, const char *in_dir, const char *email, const char *password, struct problem *p)
{
    struct administrator *a = arg;
    char path[128];
    a->calls++;
    assert_string_equal(in_dir, dir);
    snprintf(a->email, sizeof a->email, "%s", email);
    snprintf(a->password, sizeof a->password, "%s", password);
    if (a->answer != ERR_OK)
        return (fail)(p, a->answer, "", "the store said no");
    snprintf(path, sizeof path, "%s/store", dir);
    return mkdir(path, 0700) == 0 ? ERR_OK : ERR_IO;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return remove(path);
}

static int make_base(void **state)
{
    snprintf(base, sizeof base, "/tmp/postern-init-XXXXXX");
    if (mkdtemp(base) == NULL)
        return -1;
    snprintf(dir, sizeof dir, "%s/data", base);
    problem = (struct problem){0};
    return 0;
}

static int remove_base(void **state)
{
    return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static unsigned mode_of(const char *name)
{
    struct stat st;
    assert_int_equal(stat(path_of(name), &st), 0);
    return st.st_mode & 07777;
}

/* Run in the data directory; the command has to succeed. */
static void shell(const char *text)
{
    char command[512];
    snprintf(command, sizeof command, "cd %s && %s", dir, text);
    FILE *pipe = popen(command, "r");
    char line[256] = "";
    (void)!fread(line, 1, sizeof line - 1, pipe);
    if (pclose(pipe) != 0)
        fail_msg("%s: %s", command, line);
}

/* Run with the printed text caught in @p out. */
static err_t run(struct administrator *a, const struct init_options *base_options, char *out, size_t size)
{
    struct init_options options = *base_options;
    memset(out, 0, size);
    options.dir = dir;
    options.create_administrator = create;
    options.arg = a;
    options.out = fmemopen(out, size, "w");
    assert_non_null(options.out);
    err_t err = init_data_directory(&options, &problem);
    assert_int_equal(fclose(options.out), 0);
    return err;
}

static void a_directory_is_made(void **state)
{
    struct administrator a = {0};
    struct settings settings;
    char out[4096];
    umask(022);
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_OK);
    assert_int_equal(a.calls, 1);
    assert_string_equal(a.email, "tenant@localhost");
    assert_int_equal(strlen(a.password), 20);
    assert_non_null(strstr(out, a.password));
    assert_non_null(strstr(out, "Administrator: tenant@localhost"));
    assert_int_equal(mode_of("."), 0700);
    assert_int_equal(mode_of("authority.key"), 0600);
    assert_int_equal(mode_of("server.key"), 0600);
    assert_int_equal(mode_of("tb-server-chain.pem"), 0644);
    assert_int_equal(settings_load(dir, NULL, 0, &settings, &problem), ERR_OK);
    settings_fini(&settings);
}

static void the_chain_verifies_by_the_openssl_command(void **state)
{
    const char *hosts[] = {"iot.example", "10.1.2.3", "LOCALHOST"};
    struct administrator a = {0};
    char out[4096];
    assert_int_equal(run(&a, &(struct init_options){.hosts = hosts, .host_count = 3}, out, sizeof out),
                     ERR_OK);
    assert_non_null(strstr(out, "is for: iot.example, 10.1.2.3, LOCALHOST, "));
    shell("openssl verify -x509_strict -purpose sslserver -CAfile tb-server-chain.pem server.pem 2>&1");
    shell("openssl verify -CAfile authority.pem -verify_hostname iot.example server.pem 2>&1");
    shell("openssl verify -CAfile authority.pem -verify_hostname localhost server.pem 2>&1");
    shell("openssl verify -CAfile authority.pem -verify_ip 10.1.2.3 server.pem 2>&1");
    shell("openssl verify -CAfile authority.pem -verify_ip 127.0.0.1 server.pem 2>&1");
    shell("openssl verify -CAfile authority.pem -verify_ip ::1 server.pem 2>&1");
    shell("! openssl verify -CAfile authority.pem -verify_hostname evil.example server.pem 2>&1");
    shell("a=$(openssl pkey -in server.key -pubout) && b=$(openssl x509 -in server.pem -noout -pubkey) && "
          "test \"$a\" = \"$b\"");
    shell("a=$(openssl pkey -in authority.key -pubout) && "
          "b=$(openssl x509 -in authority.pem -noout -pubkey) && test \"$a\" = \"$b\"");
    shell("test $(grep -c BEGIN server.pem) = 2 && test $(grep -c PRIVATE tb-server-chain.pem) = 0");
}

static void a_password_comes_from_a_file_and_is_not_printed(void **state)
{
    struct administrator a = {0};
    char out[4096], file[128];
    snprintf(file, sizeof file, "%s/password", base);
    put_file(file, "tenant \xc3\xa4\r\nsecond line\n");
    assert_int_equal(run(&a, &(struct init_options){.password_file = file}, out, sizeof out), ERR_OK);
    assert_string_equal(a.password, "tenant \xc3\xa4");
    assert_null(strstr(out, "tenant \xc3\xa4"));
    assert_null(strstr(out, "Password"));
}

static void unusable_passwords_are_refused_before_anything_is_made(void **state)
{
    static const char *const texts[] = {"", "\nlate\n", "seven77\n", "tab\tstop\n", "latin\xe4pass\n"};
    struct administrator a = {0};
    char out[4096], file[128], longest[300];
    snprintf(file, sizeof file, "%s/password", base);
    const struct init_options options = {.password_file = file};
    assert_int_equal(run(&a, &options, out, sizeof out), ERR_IO);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put_file(file, texts[i]);
        assert_int_equal(run(&a, &options, out, sizeof out), ERR_INVALID);
        assert_non_null(strstr(problem.text, "expected 8 to 255 bytes"));
    }
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    put_file(file, longest);
    assert_int_equal(run(&a, &options, out, sizeof out), ERR_INVALID);
    assert_int_equal(access(dir, F_OK), -1);
    longest[255] = '\0';
    put_file(file, longest);
    assert_int_equal(run(&a, &options, out, sizeof out), ERR_OK);
    assert_string_equal(a.password, longest);
}

static void a_second_time_is_refused_and_changes_nothing(void **state)
{
    struct administrator a = {0};
    char out[4096];
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_OK);
    shell("cat *.key *.pem postern.ini | sha256sum > ../before");
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_CONFLICT);
    assert_non_null(strstr(problem.text, "is initialised already"));
    assert_int_equal(a.calls, 1);
    assert_string_equal(out, "");
    shell("cat *.key *.pem postern.ini | sha256sum | cmp - ../before");
}

static void other_directories_are_left_alone(void **state)
{
    struct administrator a = {0};
    char out[4096];
    assert_int_equal(mkdir(dir, 0755), 0);
    put_file(path_of("holiday.jpg"), "x");
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_CONFLICT);
    assert_non_null(strstr(problem.text, "is not empty (it holds holiday.jpg)"));
    assert_int_equal(mode_of("."), 0755);
    assert_int_equal(unlink(path_of("holiday.jpg")), 0);
    assert_int_equal(mkdir(path_of("lost+found"), 0700), 0);
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_OK);
    assert_int_equal(mode_of("."), 0700);
}

static void paths_that_cannot_be_are_told(void **state)
{
    struct administrator a = {0};
    char out[4096];
    put_file(dir, "a file");
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_IO);
    assert_non_null(strstr(problem.text, "cannot be opened as a directory"));
    snprintf(dir, sizeof dir, "%s/none/data", base);
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_IO);
    assert_non_null(strstr(problem.text, "cannot be made: No such file"));
}

static void failure_leaves_nothing_and_can_be_repeated(void **state)
{
    const char *hosts[] = {"not a host"};
    struct administrator a = {.answer = ERR_FULL};
    char out[4096];
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_FULL);
    assert_string_equal(problem.text, "the store said no");
    assert_int_equal(access(dir, F_OK), -1);
    assert_string_equal(out, "");
    assert_int_equal(run(&a, &(struct init_options){.hosts = hosts, .host_count = 1}, out, sizeof out),
                     ERR_INVALID);
    assert_non_null(strstr(problem.text, "\"not a host\" is no host name"));
    assert_int_equal(access(dir, F_OK), -1);
    a.answer = ERR_OK;
    assert_int_equal(run(&a, &(struct init_options){0}, out, sizeof out), ERR_OK);
}

/* Run the subcommand with its two outputs thrown away. */
static int command(struct administrator *a, int argc, char **argv)
{
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    mode_t mask = umask(0);
    fflush(NULL);
    assert_true(out >= 0 && err >= 0 && null >= 0);
    assert_true(dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0);
    int status = init_command(argc, argv, create, a);
    fflush(NULL);
    assert_true(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
    close(out);
    close(err);
    close(null);
    umask(mask);
    return status;
}

#define COMMAND(a, ...)                                                                                      \
    command(a, (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__, NULL})

static void arguments_are_read(void **state)
{
    struct administrator a = {0};
    char init[] = "init", host[] = "--host", name[] = "iot.example", joined[] = "--host=10.0.0.9";
    char unknown[] = "--force", short_option[] = "-x", help[] = "--help", file[] = "--password-file";
    assert_int_equal(COMMAND(&a, init), 2);
    assert_int_equal(COMMAND(&a, init, dir, dir), 2);
    assert_int_equal(COMMAND(&a, init, dir, unknown), 2);
    assert_int_equal(COMMAND(&a, init, dir, short_option), 2);
    assert_int_equal(COMMAND(&a, init, dir, host), 2);
    assert_int_equal(COMMAND(&a, init, help), 0);
    assert_int_equal(COMMAND(&a, init, dir, file, dir), 1);
    assert_int_equal(a.calls, 0);
    assert_int_equal(COMMAND(&a, init, host, name, dir, joined), 0);
    assert_int_equal(a.calls, 1);
    shell("openssl verify -CAfile authority.pem -verify_ip 10.0.0.9 -verify_hostname iot.example "
          "server.pem 2>&1");
    assert_int_equal(mode_of("server.pem"), 0600);
    assert_int_equal(COMMAND(&a, init, dir), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_directory_is_made, make_base, remove_base),
        cmocka_unit_test_setup_teardown(the_chain_verifies_by_the_openssl_command, make_base, remove_base),
        cmocka_unit_test_setup_teardown(a_password_comes_from_a_file_and_is_not_printed, make_base,
                                        remove_base),
        cmocka_unit_test_setup_teardown(unusable_passwords_are_refused_before_anything_is_made, make_base,
                                        remove_base),
        cmocka_unit_test_setup_teardown(a_second_time_is_refused_and_changes_nothing, make_base, remove_base),
        cmocka_unit_test_setup_teardown(other_directories_are_left_alone, make_base, remove_base),
        cmocka_unit_test_setup_teardown(paths_that_cannot_be_are_told, make_base, remove_base),
        cmocka_unit_test_setup_teardown(failure_leaves_nothing_and_can_be_repeated, make_base, remove_base),
        cmocka_unit_test_setup_teardown(arguments_are_read, make_base, remove_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
