/* Those who watch are told what has been written; who falls behind is told so. */
#include "hub/live.h"

#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct fixture {
    struct live *live;
    struct mailbox box;
    struct live_news news;
    unsigned told;
};

static void on_news(void *owner)
{
    struct fixture *f = owner;
    f->told++;
    live_take(f->live, &f->news);
}

static void ignore_wake(void *arg)
{
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_int_equal(live_new(&f->live), ERR_OK);
    mailbox_init(&f->box, 4, ignore_wake, f);
    live_listen(f->live, &f->box, on_news);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    live_ignore(f->live);
    mailbox_drain(&f->box, f);
    batch_fini(&f->news.batch);
    live_free(f->live);
    free(f);
    return 0;
}

static void feed(struct fixture *f, uint64_t device, int64_t value)
{
    struct batch batch = {0}, *batches[] = {&batch};
    const struct point point = {device, SLICE("k"), 1000 + value, .value = {VALUE_LONG, .number = value}};
    const struct attribute attribute = {device, SCOPE_SERVER, SLICE("a"), 1, {VALUE_LONG, .number = value}};
    batch_add_point(&batch, &point);
    batch_add_attribute(&batch, &attribute);
    batch_delete_attribute(&batch, device, SCOPE_CLIENT, SLICE("gone"));
    live_feed(f->live, batches, 1);
    batch_fini(&batch);
}

static size_t count_entries(const struct batch *batch, uint64_t device)
{
    struct entry entry;
    size_t count = 0;
    for (size_t at = 0; batch_next(batch, &at, &entry);)
        count += (entry.kind == ENTRY_POINT ? entry.point.device : entry.attribute.device) == device;
    return count;
}

static void nobody_is_told_of_what_nobody_watches(void **state)
{
    struct fixture *f = *state;
    feed(f, 1, 1);
    assert_int_equal(mailbox_drain(&f->box, f), 0);
    assert_int_equal(live_watch(f->live, 2), ERR_OK);
    feed(f, 1, 2);
    assert_int_equal(mailbox_drain(&f->box, f), 0);
    live_unwatch(f->live, 2);
}

static void what_is_watched_comes_in_order_and_once(void **state)
{
    struct fixture *f = *state;
    struct entry entry;
    int64_t last = 0;
    assert_int_equal(live_watch(f->live, 1), ERR_OK);
    assert_int_equal(live_watch(f->live, 1), ERR_OK);
    uint64_t before = live_count(f->live);
    for (int64_t i = 1; i <= 3; i++)
        feed(f, 1, i);
    feed(f, 2, 9);
    assert_int_equal(mailbox_drain(&f->box, f), 1); /* told once of all */
    assert_int_equal(count_entries(&f->news.batch, 1), 9);
    assert_int_equal(count_entries(&f->news.batch, 2), 0);
    assert_false(f->news.is_lost);
    assert_true(f->news.count > before);
    for (size_t at = 0; batch_next(&f->news.batch, &at, &entry);) {
        if (entry.kind != ENTRY_POINT)
            continue;
        assert_int_equal(entry.point.value.number, ++last);
    }
    live_unwatch(f->live, 1);
    feed(f, 1, 4);
    assert_int_equal(mailbox_drain(&f->box, f), 1); /* one of the two still watches */
    live_unwatch(f->live, 1);
    feed(f, 1, 5);
    assert_int_equal(mailbox_drain(&f->box, f), 0);
}

static void who_falls_behind_is_told_so_once(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(live_watch(f->live, 1), ERR_OK);
    for (int64_t i = 0; i < 60000; i++) /* more than LIVE_NEWS_MAX */
        feed(f, 1, i);
    assert_int_equal(mailbox_drain(&f->box, f), 1);
    assert_true(f->news.is_lost);
    assert_true(f->news.batch.bytes.len <= LIVE_NEWS_MAX);
    feed(f, 1, 1);
    assert_int_equal(mailbox_drain(&f->box, f), 1);
    assert_false(f->news.is_lost);
    assert_int_equal(count_entries(&f->news.batch, 1), 3);
    live_unwatch(f->live, 1);
}

enum { RACED = 2000 };

static void *feed_many(void *arg)
{
    for (int64_t i = 0; i < RACED; i++)
        feed(arg, 1 + (uint64_t)i % 3, i);
    return NULL;
}

static void *watch_and_leave(void *arg)
{
    struct fixture *f = arg;
    for (int i = 0; i < RACED; i++) {
        assert_int_equal(live_watch(f->live, 2), ERR_OK);
        sched_yield();
        live_unwatch(f->live, 2);
    }
    return NULL;
}

static void threads_may_meet(void **state)
{
    struct fixture *f = *state;
    pthread_t writer, worker;
    size_t seen = 0, expected = 0;
    assert_int_equal(live_watch(f->live, 1), ERR_OK);
    for (int i = 0; i < RACED; i++)
        expected += i % 3 == 0 ? 3 : 0;
    pthread_create(&writer, NULL, feed_many, f);
    pthread_create(&worker, NULL, watch_and_leave, f);
    for (unsigned told = f->told; seen < expected;) {
        mailbox_drain(&f->box, f);
        if (f->told != told)
            seen += count_entries(&f->news.batch, 1);
        told = f->told;
        sched_yield();
    }
    pthread_join(writer, NULL);
    pthread_join(worker, NULL);
    assert_int_equal(seen, expected);
    live_unwatch(f->live, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_told_of_what_nobody_watches),
        TEST(what_is_watched_comes_in_order_and_once),
        TEST(who_falls_behind_is_told_so_once),
        TEST(threads_may_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
