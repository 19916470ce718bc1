#include "store/lockfile.h"
#include "temp_dir.h"
#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void second_holder_is_refused_and_told_who(void **state)
{
    struct temp_dir dir = temp_dir_make();
    struct data_lock *lock = NULL, *second = NULL;
    struct problem p = {0};
    char pid[32];
    assert_int_equal(data_lock_take(dir.path, false, &lock, &p), ERR_OK);
    assert_int_equal(data_lock_take(dir.path, false, &second, &p), ERR_CONFLICT);
    assert_null(second);
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(p.text, pid));
    data_lock_release(lock);
    assert_int_equal(data_lock_take(dir.path, false, &second, &p), ERR_OK);
    data_lock_release(second);
    data_lock_release(NULL);
    temp_dir_remove(&dir);
}

static void lock_ends_with_its_process(void **state)
{
    struct temp_dir dir = temp_dir_make();
    struct data_lock *lock = NULL;
    struct problem p = {0};
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        err_t err = data_lock_take(dir.path, false, &lock, NULL);
        if (write(ready[1], err == ERR_OK ? "y" : "n", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(data_lock_take(dir.path, false, &lock, &p), ERR_CONFLICT);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(data_lock_take(dir.path, false, &lock, &p), ERR_OK);
    data_lock_release(lock);
    close(ready[0]), close(ready[1]);
    temp_dir_remove(&dir);
}

static void directory_is_made_for_its_owner_only(void **state)
{
    struct temp_dir dir = temp_dir_make();
    struct data_lock *lock = NULL;
    struct problem p = {0};
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/data", dir.path);
    assert_int_equal(data_lock_take(path, false, &lock, &p), ERR_NOT_FOUND);
    assert_non_null(strstr(p.text, path));
    assert_int_equal(data_lock_take(path, true, &lock, &p), ERR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    data_lock_release(lock);
    temp_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_holder_is_refused_and_told_who),
        cmocka_unit_test(lock_ends_with_its_process),
        cmocka_unit_test(directory_is_made_for_its_owner_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
