/* What waits for an endpoint: in order, bounded, there again after a restart; and what the writer sets aside. */
#include "hub/forward_queue.h"

#include "../store/series_fixture.h"
#include "hub/forward_backlog.h"
#include "model/forwarding.h"

enum { EVENT_BYTES = 12 + 4 }; /* a chunk of "e000" alone: what stands before it, and the text */

static struct forward_queue load(struct series_fixture *f, uint64_t name, uint64_t max_bytes)
{
    struct forward_queue q = {.name = name, .max_bytes = max_bytes, .chunk_events = 1};
    assert_int_equal(forward_queue_load(&q, f->s, NULL), ERR_OK);
    return q;
}

static void write(struct series_fixture *f, struct outbox_batch *batch)
{
    assert_int_equal(outbox_write(f->s, batch, false, NULL), ERR_OK);
    buf_clear(&batch->bytes);
}

/* Events e<from>, .. that came at their number in milliseconds. */
static void add(struct series_fixture *f, struct forward_queue *q, int from, int count)
{
    struct outbox_batch batch = {0};
    for (int i = from; i < from + count; i++) {
        char text[8];
        snprintf(text, sizeof text, "e%03d", i);
        forward_queue_add(q, slice_str(text), i, &batch);
        forward_queue_seal(q, i, &batch);
    }
    write(f, &batch);
    buf_fini(&batch.bytes);
}

static uint64_t expect(struct series_fixture *f, struct forward_queue *q, const struct forward_take *take,
                       const char *expected)
{
    AUTO_BUF out = {0};
    struct outbox_batch batch = {0};
    uint64_t next = 0;
    assert_int_equal(forward_queue_read(q, f->s, take, &out, &next, &batch, NULL), ERR_OK);
    assert_string_equal(buf_cstr(&out), expected);
    write(f, &batch);
    buf_fini(&batch.bytes);
    return next;
}

static void finish(struct series_fixture *f, struct forward_queue *q, uint64_t next)
{
    struct outbox_batch batch = {0};
    forward_queue_finish(q, next, &batch);
    write(f, &batch);
    buf_fini(&batch.bytes);
}

static const struct forward_take all = {.max_events = 1000, .max_bytes = 1 << 20};

static void what_came_first_goes_first_and_stays_until_it_is_delivered(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 1 << 20);
    add(f, &q, 1, 5);
    const struct forward_take two = {.max_events = 2, .max_bytes = 1 << 20};
    uint64_t next = expect(f, &q, &two, "[e001,e002]");
    expect(f, &q, &two, "[e001,e002]");
    finish(f, &q, next);
    finish(f, &q, next); /* once more changes nothing */
    assert_int_equal(q.events, 3);
    assert_int_equal(q.bytes, 3 * EVENT_BYTES);
    finish(f, &q, expect(f, &q, &all, "[e003,e004,e005]"));
    expect(f, &q, &all, "");
    assert_int_equal(q.bytes, 0);
    forward_queue_fini(&q);
}

static void a_request_is_bounded_but_holds_one_event_at_least(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 1 << 20);
    add(f, &q, 1, 5);
    expect(f, &q, &(struct forward_take){.max_events = 9, .max_bytes = 11}, "[e001,e002]");
    expect(f, &q, &(struct forward_take){.max_events = 9, .max_bytes = 10}, "[e001]");
    expect(f, &q, &(struct forward_take){.max_events = 9, .max_bytes = 1}, "[e001]");
    forward_queue_fini(&q);
}

static void a_restart_finds_it_all_again(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 1 << 20), other = load(f, 8, 1 << 20);
    add(f, &q, 1, 4);
    add(f, &other, 100, 1);
    finish(f, &q, 2);
    forward_queue_fini(&q);
    forward_queue_fini(&other);
    series_reopen(f);
    q = load(f, 7, 1 << 20);
    other = load(f, 8, 1 << 20);
    assert_int_equal(q.events, 3);
    assert_int_equal(q.bytes, 3 * EVENT_BYTES);
    expect(f, &q, &all, "[e002,e003,e004]");
    add(f, &q, 5, 1);
    expect(f, &q, &all, "[e002,e003,e004,e005]");
    expect(f, &other, &all, "[e100]");
    forward_queue_fini(&q);
    forward_queue_fini(&other);
}

static void the_oldest_make_room_and_are_counted(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 3 * EVENT_BYTES);
    add(f, &q, 1, 2);
    add(f, &q, 3, 9); /* also more in one write than there is room for */
    assert_int_equal(q.dropped, 8);
    assert_true(q.bytes <= q.max_bytes);
    expect(f, &q, &all, "[e009,e010,e011]");
    struct outbox_batch batch = {0};
    forward_queue_add(&q, SLICE("larger than the whole queue is, so it is lost"), 1, &batch);
    write(f, &batch);
    buf_fini(&batch.bytes);
    expect(f, &q, &all, "[e009,e010,e011]");
    forward_queue_fini(&q);
    series_reopen(f);
    q = load(f, 7, 3 * EVENT_BYTES);
    assert_int_equal(q.dropped, 9);
    expect(f, &q, &all, "[e009,e010,e011]");
    forward_queue_fini(&q);
}

static void what_is_too_old_is_dropped(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 1 << 20);
    add(f, &q, 1, 6);
    struct forward_take take = all;
    take.oldest_ms = 4;
    finish(f, &q, expect(f, &q, &take, "[e004,e005,e006]"));
    assert_int_equal(q.dropped, 3);
    assert_int_equal(q.events, 0);
    add(f, &q, 1, 2);
    expect(f, &q, &take, "");
    assert_int_equal(q.dropped, 5);
    assert_int_equal(q.events, 0);
    forward_queue_fini(&q);
}

static void a_write_that_failed_is_forgotten(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 1 << 20);
    add(f, &q, 1, 2);
    uint64_t sent = expect(f, &q, &all, "[e001,e002]");
    struct outbox_batch lost = {0};
    finish(f, &q, sent);
    forward_queue_add(&q, SLICE("lost"), 3, &lost);
    buf_fini(&lost.bytes);
    assert_int_equal(forward_queue_load(&q, f->s, NULL), ERR_OK);
    assert_int_equal(q.events, 0);
    add(f, &q, 3, 1);
    finish(f, &q, sent); /* of what was sent before: the new one is not meant */
    expect(f, &q, &all, "[e003]");
    forward_queue_fini(&q);
}

static void events_that_come_together_are_one_chunk(void **state)
{
    struct series_fixture *f = *state;
    struct forward_queue q = load(f, 7, 40 * 16);
    struct outbox_batch batch = {0};
    q.chunk_events = 3;
    for (int i = 0; i < 8; i++)
        forward_queue_add(&q, SLICE("1234"), 1, &batch);
    assert_int_equal(q.events, 6); /* the last chunk is open */
    forward_queue_seal(&q, 1, &batch);
    write(f, &batch);
    assert_int_equal(q.events, 8);
    assert_int_equal(q.next - q.first, 3);
    assert_int_equal(q.bytes, 3 * 12 + 8 * 4 + 5);
    forward_queue_fini(&q);
    q = load(f, 7, 40 * 16);
    assert_int_equal(q.events, 8);
    uint64_t next = expect(f, &q, &(struct forward_take){.max_events = 7, .max_bytes = 1 << 20},
                           "[1234,1234,1234,1234,1234,1234]");
    finish(f, &q, next);
    assert_int_equal(q.events, 2);
    const char large[200] = {'x'}; /* more than a quarter of the queue: a chunk of its own */
    forward_queue_add(&q, SLICE("1"), 1, &batch);
    forward_queue_add(&q, slice_of(large, sizeof large), 1, &batch);
    forward_queue_add(&q, SLICE("2"), 1, &batch);
    forward_queue_seal(&q, 1, &batch);
    write(f, &batch);
    assert_int_equal(q.next - q.first, 4);
    buf_fini(&batch.bytes);
    forward_queue_fini(&q);
}

static bool is_eight(void *arg, uint64_t name)
{
    return name == 8;
}

static void queues_of_nobody_are_swept(void **state)
{
    struct series_fixture *f = *state;
    for (uint64_t name = 7; name <= 9; name++) {
        struct forward_queue q = load(f, name, EVENT_BYTES);
        add(f, &q, 1, 2);
        forward_queue_fini(&q);
    }
    assert_int_equal(forward_queue_sweep(f->s, is_eight, NULL, NULL), ERR_OK);
    for (uint64_t name = 7; name <= 9; name++) {
        struct forward_queue q = load(f, name, EVENT_BYTES);
        assert_int_equal(q.events, name == 8 ? 1 : 0);
        assert_int_equal(q.dropped, name == 8 ? 1 : 0);
        forward_queue_fini(&q);
    }
}

/* ---- the writer's side ------------------------------------------------------------------------------------- */

static void write_points(struct series_fixture *f, struct forward_backlog *b, int64_t ts)
{
    struct batch batch = {0}, *one = &batch;
    const struct point p = {1, SLICE("k"), ts, {VALUE_LONG, .number = ts}};
    const struct attribute a = {1, SCOPE_CLIENT, SLICE("a"), ts, {VALUE_LONG, .number = ts}};
    batch_add_point(&batch, &p);
    batch_add_attribute(&batch, &a);
    forward_backlog_take(b, &one, 1);
    forward_backlog_written(b, series_write(f->s, &one, 1, NULL));
    batch_fini(&batch);
}

static struct forward_backlog *open_backlog(struct series_fixture *f, unsigned kinds)
{
    struct forward_backlog *b = NULL;
    assert_int_equal(forward_backlog_new(f->s, &b, NULL), ERR_OK);
    forward_backlog_want(b, kinds);
    return b;
}

/* @return its number, after it has been dealt with; 0: there is none */
static uint64_t take(struct series_fixture *f, struct forward_backlog *b, int64_t expected_ts)
{
    struct forward_record record = {0};
    struct outbox_batch batch = {0};
    struct entry e;
    size_t at = 0;
    if (forward_backlog_read(b, &record, NULL) == ERR_OK) {
        assert_true(batch_next(&record.entries, &at, &e));
        assert_int_equal(e.kind, ENTRY_POINT);
        assert_int_equal(e.point.ts, expected_ts);
        assert_false(batch_next(&record.entries, &at, &e)); /* nobody wants attributes */
        forward_backlog_finish(b, &record, &batch);
        write(f, &batch);
        forward_backlog_finished(b, ERR_OK);
    }
    buf_fini(&batch.bytes);
    batch_fini(&record.entries);
    return record.number;
}

static void the_writer_sets_aside_what_somebody_wants(void **state)
{
    struct series_fixture *f = *state;
    struct forward_backlog *b = open_backlog(f, 0);
    write_points(f, b, 1);
    assert_int_equal(forward_backlog_bytes(b), 0);
    forward_backlog_want(b, FORWARD_TELEMETRY);
    write_points(f, b, 2);
    write_points(f, b, 3);
    assert_int_not_equal(forward_backlog_bytes(b), 0);
    uint64_t first = take(f, b, 2);
    forward_backlog_free(b);
    series_reopen(f);
    b = open_backlog(f, FORWARD_TELEMETRY);
    write_points(f, b, 4);
    assert_int_equal(take(f, b, 3), first + 1);
    assert_int_equal(take(f, b, 4), first + 2);
    assert_int_equal(take(f, b, 0), 0);
    assert_int_equal(forward_backlog_bytes(b), 0);
    forward_backlog_free(b);
    series_reopen(f);
    b = open_backlog(f,
                     FORWARD_TELEMETRY); /* numbers name events: none comes twice, though nothing is there */
    write_points(f, b, 5);
    assert_int_equal(take(f, b, 5), first + 3);
    forward_backlog_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, series_setup, series_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_came_first_goes_first_and_stays_until_it_is_delivered),
        TEST(a_request_is_bounded_but_holds_one_event_at_least),
        TEST(a_restart_finds_it_all_again),
        TEST(the_oldest_make_room_and_are_counted),
        TEST(what_is_too_old_is_dropped),
        TEST(a_write_that_failed_is_forgotten),
        TEST(events_that_come_together_are_one_chunk),
        TEST(queues_of_nobody_are_swept),
        TEST(the_writer_sets_aside_what_somebody_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
