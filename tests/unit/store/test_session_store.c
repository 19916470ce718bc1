/* Kept sessions beside points: what is put is walked over again, in order, and ends with its session or device. */
#include "store/session_store.h"
#include "temp_dir.h"
#include "unit.h"

#include <sys/stat.h>
#include <time.h>

struct fixture {
    struct temp_dir dir;
    struct series *s;
    struct batch batch;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(series_open(f->dir.path, true, &f->s, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    batch_fini(&f->batch);
    series_close(f->s);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static void reopen(struct fixture *f)
{
    series_close(f->s);
    f->s = NULL;
    assert_int_equal(series_open(f->dir.path, false, &f->s, NULL), ERR_OK);
}

static void write_out(struct fixture *f)
{
    struct batch *one = &f->batch;
    struct problem problem = {0};
    if (series_write(f->s, &one, 1, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    batch_clear(&f->batch);
}

static void put(struct fixture *f, uint64_t device, struct slice id, uint64_t number, enum session_part part,
                const char *record)
{
    const struct session_entry e = {device, id, number, part, slice_str(record)};
    batch_put_session(&f->batch, &e, part != SESSION_PART_STATE);
}

static void put_session(struct fixture *f, uint64_t device, struct slice id)
{
    put(f, device, id, 0, SESSION_PART_STATE, "state");
    put(f, device, id, UINT64_MAX, SESSION_PART_MESSAGE, "last");
}

static bool see(void *arg, const struct session_entry *e)
{
    struct buf *text = arg;
    buf_printf(text, "%llu/%.*s", (unsigned long long)e->device, SLICE_ARG(e->client_id));
    if (e->part != SESSION_PART_STATE)
        buf_printf(text, "/%llu%s", (unsigned long long)e->number,
                   e->part == SESSION_PART_PROGRESS ? "p" : "");
    buf_printf(text, "=%.*s;", SLICE_ARG(e->record));
    return true;
}

static void assert_sessions(struct fixture *f, const char *expected)
{
    AUTO_BUF text = {0};
    assert_int_equal(session_store_walk(f->s, see, &text, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&text), expected);
}

static void records_come_back_in_order(void **state)
{
    struct fixture *f = *state;
    assert_sessions(f, "");
    put(f, 2, SLICE("b"), 3, SESSION_PART_PROGRESS, "sent");
    put(f, 2, SLICE("b"), 300, SESSION_PART_MESSAGE, "two");
    put(f, 2, SLICE("b"), 3, SESSION_PART_MESSAGE, "one");
    put(f, 2, SLICE("b"), 0, SESSION_PART_STATE, "old");
    put(f, 2, SLICE("b"), 0, SESSION_PART_STATE, "state"); /* the last one wins */
    put(f, 1, SLICE("zz"), 0, SESSION_PART_STATE, "");
    write_out(f);
    for (int i = 0; i < 2; i++) {
        assert_sessions(f, "1/zz=;2/b=state;2/b/3=one;2/b/3p=sent;2/b/300=two;");
        reopen(f);
    }
}

static void a_message_goes_with_its_progress(void **state)
{
    struct fixture *f = *state;
    put(f, 1, SLICE("a"), 0, SESSION_PART_STATE, "state");
    for (uint64_t number = 1; number <= 3; number++) {
        put(f, 1, SLICE("a"), number, SESSION_PART_MESSAGE, "m");
        put(f, 1, SLICE("a"), number, SESSION_PART_PROGRESS, "p");
    }
    write_out(f);
    const struct session_entry second = {.device = 1, .client_id = SLICE("a"), .number = 2};
    batch_delete_message(&f->batch, &second);
    write_out(f);
    assert_sessions(f, "1/a=state;1/a/1=m;1/a/1p=p;1/a/3=m;1/a/3p=p;");
}

/* Ids that begin alike, or are made of the highest bytes. */
static void a_session_ends_alone(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"a", "aa", "ab", "b", "\xff", "\xff\xff"};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    for (size_t gone = 0; gone < COUNT; gone++) {
        AUTO_BUF expected = {0};
        for (uint64_t device = 1; device <= 2; device++)
            for (size_t i = 0; i < COUNT; i++)
                put_session(f, device, slice_str(ids[i]));
        batch_end_session(&f->batch, 1, slice_str(ids[gone]));
        write_out(f);
        for (uint64_t device = 1; device <= 2; device++)
            for (size_t len = 1; len <= 2; len++)
                for (size_t i = 0; i < COUNT; i++)
                    if (strlen(ids[i]) == len && (device != 1 || i != gone))
                        buf_printf(&expected, "%d/%s=state;%d/%s/18446744073709551615=last;", (int)device,
                                   ids[i], (int)device, ids[i]);
        assert_sessions(f, buf_cstr(&expected));
    }
}

static void what_is_put_after_the_end_stays(void **state)
{
    struct fixture *f = *state;
    put_session(f, 1, SLICE("a"));
    batch_end_session(&f->batch, 1, SLICE("a"));
    put(f, 1, SLICE("a"), 0, SESSION_PART_STATE, "new");
    write_out(f);
    assert_sessions(f, "1/a=new;");
}

static void sessions_go_with_their_device(void **state)
{
    struct fixture *f = *state;
    for (uint64_t device = 6; device <= 8; device++)
        put(f, device, SLICE("a"), 0, SESSION_PART_STATE, "state");
    write_out(f);
    assert_int_equal(series_delete_devices(f->s, &(uint64_t){7}, 1, NULL), ERR_OK);
    assert_sessions(f, "6/a=state;8/a=state;");
    reopen(f);
    assert_sessions(f, "6/a=state;8/a=state;");
}

static bool ignore_point(void *arg, const struct point *point)
{
    return true;
}

static void one_write_carries_points_too(void **state)
{
    struct fixture *f = *state;
    struct point p = {1, SLICE("k"), 5, {VALUE_LONG, .number = 1}};
    batch_add_point(&f->batch, &p);
    put(f, 1, SLICE("a"), 0, SESSION_PART_STATE, "state");
    write_out(f);
    reopen(f);
    assert_sessions(f, "1/a=state;");
    assert_int_equal(series_latest(f->s, 1, SLICE("k"), ignore_point, NULL, NULL), ERR_OK);
}

static void the_longest_ids_and_records(void **state)
{
    struct fixture *f = *state;
    AUTO_BUF id = {0}, record = {0};
    for (size_t i = 0; i < UINT16_MAX; i++)
        buf_append_u8(&id, 'x');
    for (size_t i = 0; i < 1024 * 1024; i++)
        buf_append_u8(&record, 'y');
    const struct session_entry e = {1, buf_slice(&id), 1, SESSION_PART_MESSAGE, buf_slice(&record)};
    batch_put_session(&f->batch, &e, false);
    write_out(f);
    AUTO_BUF text = {0};
    assert_int_equal(session_store_walk(f->s, see, &text, NULL), ERR_OK);
    assert_int_equal(text.len, strlen("1//1=;") + id.len + record.len);
}

static bool count(void *arg, const struct session_entry *e)
{
    ++*(size_t *)arg;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Ten thousand sessions that were each written again and again, as those of busy clients are. */
static void many_sessions_are_read_quickly(void **state)
{
    enum { SESSIONS = 10000, ROUNDS = 20, MESSAGES = 3, LIMIT_MS = 3000 };
    struct fixture *f = *state;
    size_t found = 0;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        for (uint64_t device = 1; device <= SESSIONS; device++) {
            const struct session_entry old = {.device = device, .client_id = SLICE("c"), .number = round - 1};
            if (round > 1)
                batch_delete_message(&f->batch, &old);
            put(f, device, SLICE("c"), 0, SESSION_PART_STATE, "0123456789012345678901234567890123456789");
            for (uint64_t i = 0; i < MESSAGES; i++)
                put(f, device, SLICE("c"), round + i, SESSION_PART_MESSAGE, "0123456789012345678901234567");
        }
        write_out(f);
    }
    reopen(f);
    int64_t start = now_ms();
    assert_int_equal(session_store_walk(f->s, count, &found, NULL), ERR_OK);
    print_message("%zu records in %lld ms\n", found, (long long)(now_ms() - start));
    assert_int_equal(found, SESSIONS * (1 + MESSAGES));
    assert_true(now_ms() - start < LIMIT_MS); /* under the sanitizers too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_come_back_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_goes_with_its_progress, setup, teardown),
        cmocka_unit_test_setup_teardown(a_session_ends_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_put_after_the_end_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(sessions_go_with_their_device, setup, teardown),
        cmocka_unit_test_setup_teardown(one_write_carries_points_too, setup, teardown),
        cmocka_unit_test_setup_teardown(the_longest_ids_and_records, setup, teardown),
        cmocka_unit_test_setup_teardown(many_sessions_are_read_quickly, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
