/*
 * A process that writes is killed at a random moment, again and again; what it had been told is on disk must
 * be there. The writer is this program once more (fork alone would copy a process without its threads).
 */
#include "base/random.h"
#include "store/series.h"
#include "temp_dir.h"
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 12, BATCH_POINTS = 50, ALIVE_MAX_MS = 100 };

/* Batch n: BATCH_POINTS points at time n, each of another device, two keys; one attribute; now and then a key
 * that never was. */
static void make_batch(struct batch *batch, int64_t n)
{
    char name[32];
    batch_clear(batch);
    for (uint64_t device = 1; device <= BATCH_POINTS; device++) {
        struct point p = {device, device % 2 ? SLICE("odd") : SLICE("even"), n, {VALUE_LONG, .number = n}};
        batch_add_point(batch, &p);
    }
    snprintf(name, sizeof name, "new-%lld", (long long)n / 10);
    struct point once = {1, slice_str(name), n, {VALUE_LONG, .number = n}};
    struct attribute a = {1, SCOPE_CLIENT, SLICE("n"), n, {VALUE_LONG, .number = n}};
    batch_add_point(batch, &once);
    batch_add_attribute(batch, &a);
}

/* The child: write batches from @p first on, telling each number that was acknowledged. */
static int write_until_killed(const char *dir, int64_t first)
{
    struct series *s = NULL;
    struct problem p = {0};
    struct batch batch = {0}, *one = &batch;
    if (series_open(dir, true, &s, &p) != ERR_OK) {
        fprintf(stderr, "child: %s\n", p.text);
        return 1;
    }
    for (int64_t n = first;; n++) {
        make_batch(&batch, n);
        if (series_write(s, &one, 1, &p) != ERR_OK) {
            fprintf(stderr, "child: %s\n", p.text);
            return 1;
        }
        if (write(STDOUT_FILENO, &n, sizeof n) != sizeof n)
            return 1;
    }
}

static pid_t start_child(const char *dir, int64_t first, int *ret_pipe)
{
    int fds[2];
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)first);
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[1], STDOUT_FILENO);
        execl("/proc/self/exe", "test_store_series_crash", dir, number, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    *ret_pipe = fds[0];
    return child;
}

/* The last batch acknowledged. The child lives at least until its first. */
static int64_t run_and_kill(const char *dir, int64_t first)
{
    int64_t n = -1, last = -1;
    uint32_t random;
    int told;
    random_bytes(&random, sizeof random);
    pid_t child = start_child(dir, first, &told);
    if (read(told, &last, sizeof last) != sizeof last)
        fail_msg("the writing process ended by itself");
    usleep(random % (ALIVE_MAX_MS * 1000));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(told, &n, sizeof n) == sizeof n)
        last = n;
    close(told);
    return last;
}

struct found {
    int64_t next;
};

static bool expect_next(void *arg, const struct point *point)
{
    struct found *f = arg;
    assert_int_equal(point->ts, f->next);
    assert_int_equal(point->value.number, f->next);
    f->next++;
    return true;
}

static bool read_number(void *arg, const struct attribute *a)
{
    *(int64_t *)arg = a->value.number;
    return true;
}

static bool ignore_point(void *arg, const struct point *point)
{
    (void)arg, (void)point;
    return true;
}

/* All of 0..last, perhaps one more: a batch that was written but no longer told; but that wholly. */
static int64_t check_store(const char *dir, int64_t last)
{
    struct series *s = NULL;
    int64_t end = -1, attribute = -1;
    assert_int_equal(series_open(dir, false, &s, NULL), ERR_OK);
    for (uint64_t device = 1; device <= BATCH_POINTS; device++) {
        struct found f = {0};
        struct series_range r = {.device = device,
                                 .key = device % 2 ? SLICE("odd") : SLICE("even"),
                                 .end_ms = INT64_MAX,
                                 .limit = UINT32_MAX,
                                 .oldest_first = true};
        assert_int_equal(series_query(s, &r, expect_next, &f, NULL), ERR_OK);
        assert_true(f.next == last + 1 || f.next == last + 2);
        assert_true(device == 1 || f.next == end);
        end = f.next;
    }
    for (int64_t n = 0; n < end; n += 10) {
        char name[32];
        snprintf(name, sizeof name, "new-%lld", (long long)n / 10);
        assert_int_equal(series_latest(s, 1, slice_str(name), ignore_point, NULL, NULL), ERR_OK);
    }
    assert_int_equal(series_attribute(s, 1, SCOPE_CLIENT, SLICE("n"), read_number, &attribute, NULL), ERR_OK);
    assert_int_equal(attribute, end - 1);
    series_close(s);
    return end;
}

static void nothing_acknowledged_is_lost(void **state)
{
    struct temp_dir dir = temp_dir_make();
    int64_t next = 0;
    for (int round = 0; round < ROUNDS; round++)
        next = check_store(dir.path, run_and_kill(dir.path, next));
    print_message("%d kills, %lld batches\n", ROUNDS, (long long)next);
    temp_dir_remove(&dir);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_acknowledged_is_lost)};
    if (argc == 3)
        return write_until_killed(argv[1], strtoll(argv[2], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
