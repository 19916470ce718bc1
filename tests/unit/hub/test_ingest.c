#include "unit.h"

#include "hub/hub.h"
#include "hub/ingest.h"
#include "hub/writer.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A reactor's ingest with a real writer and store; the test drains the mailbox by hand. */
struct house {
    char dir[64];
    struct settings settings;
    struct hub hub;
    struct mailbox box;
    struct ingest *ingest;
    unsigned answers, batches;
};

static struct house house;

static void on_answer(void *owner, const struct ingest_answer *answer)
{
    assert_int_equal(answer->reason, 0);
    house.answers++;
}

static void on_batch_done(void *owner)
{
    house.batches++;
}

static int set_up(void **state)
{
    static const struct settings_sources defaults;
    static const struct ingest_handler handler = {.on_answer = on_answer, .on_batch_done = on_batch_done};
    struct house *h = &house;
    *h = (struct house){.dir = "/tmp/postern-ingest-XXXXXX"};
    assert_non_null(mkdtemp(h->dir));
    assert_int_equal(settings_read(&defaults, &h->settings, NULL), ERR_OK);
    h->hub.settings = &h->settings;
    assert_int_equal(series_open(h->dir, true, &h->hub.series, NULL), ERR_OK);
    assert_int_equal(writer_start(h->hub.series, NULL, NULL, &h->hub.writer), ERR_OK);
    mailbox_init(&h->box, 64, NULL, NULL);
    assert_int_equal(ingest_new(&h->hub, &h->box, &handler, &h->ingest), ERR_OK);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct house *h = &house;
    writer_stop(h->hub.writer);
    mailbox_drain(&h->box, NULL);
    ingest_free(h->ingest);
    series_close(h->hub.series);
    settings_fini(&h->settings);
    return nftw(h->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void publish(uint64_t device, const char *payload)
{
    const struct ingest_source source = {.client = 1, .device = device, .packet_id = 1, .qos = 1};
    ingest_body(house.ingest, &source, TOPIC_TELEMETRY, slice_str(payload));
}

static void wait_until_idle(void)
{
    while (!ingest_is_idle(house.ingest))
        if (mailbox_drain(&house.box, NULL) == 0)
            usleep(1000);
}

static bool count(void *arg, struct slice key)
{
    ++*(unsigned *)arg;
    return true;
}

static bool count_attribute(void *arg, const struct attribute *attribute)
{
    ++*(unsigned *)arg;
    return true;
}

static unsigned entries_of(uint64_t device)
{
    unsigned n = 0;
    assert_int_equal(series_keys(house.hub.series, device, count, &n, NULL), ERR_OK);
    assert_int_equal(series_attributes(house.hub.series, device, 0, count_attribute, &n, NULL), ERR_OK);
    return n;
}

static void each_message_is_answered_once_it_is_stored(void **state)
{
    publish(7, "{a:1,b:2}");
    ingest_flush(house.ingest);
    publish(7, "{c:3}"); /* gathers while the first is with the writer */
    ingest_flush(house.ingest);
    wait_until_idle();
    assert_int_equal(house.answers, 2);
    assert_int_equal(house.batches, 2);
    assert_int_equal(entries_of(7), 3);
}

/* What a device left in the open batch must not be written behind its own deletion. */
static void nothing_of_a_deleted_device_comes_after_its_deletion(void **state)
{
    const struct value gone = {.type = VALUE_BOOLEAN, .boolean = false};
    publish(7, "{a:1}");
    publish(8, "{a:1}");
    ingest_flush(house.ingest);
    publish(7, "{b:2}");
    ingest_flush(house.ingest); /* stays: one batch is with the writer, its return not yet seen */
    ingest_server_attribute(house.ingest, 7, SLICE("active"), &gone);
    ingest_submit(house.ingest);
    assert_int_equal(writer_delete_devices(house.hub.writer, &(uint64_t){7}, 1, NULL), ERR_OK);
    wait_until_idle();
    assert_int_equal(house.answers, 3);
    assert_int_equal(entries_of(7), 0);
    assert_int_equal(entries_of(8), 1);
}

/* With no batch left to open, messages wait; handing over again is no error. */
static void handing_over_works_until_all_batches_are_away(void **state)
{
    for (unsigned i = 0; ingest_has_room(house.ingest); i++) {
        assert_true(i < 16);
        publish(7, "{a:1}");
        ingest_submit(house.ingest);
        ingest_submit(house.ingest);
    }
    ingest_submit(house.ingest);
    wait_until_idle();
    assert_true(ingest_has_room(house.ingest));
}

static uint64_t number_of(void *arg, struct slice name)
{
    return slice_eq_str(name, "A") ? 21 : slice_eq_str(name, "B") ? 22 : 0;
}

static bool publish_as_gateway(enum device_topic topic, const char *payload)
{
    static const struct gateway_names names = {.number_of = number_of};
    const struct ingest_source source = {.client = 1, .device = 7, .packet_id = 1, .qos = 1};
    return ingest_gateway_body(house.ingest, &source, topic, slice_str(payload), &names);
}

static void a_gateways_message_is_stored_for_its_devices(void **state)
{
    assert_true(publish_as_gateway(TOPIC_GATEWAY_TELEMETRY, "{A:[{k:1,l:2}],B:[{k:1}]}"));
    assert_true(publish_as_gateway(TOPIC_GATEWAY_ATTRIBUTES, "{B:{a:1}}"));
    assert_false(publish_as_gateway(TOPIC_GATEWAY_TELEMETRY, "{A:[{never:1}],C:[{k:1}]}"));
    ingest_flush(house.ingest);
    wait_until_idle();
    assert_int_equal(house.answers, 2);
    assert_int_equal(entries_of(7), 0);
    assert_int_equal(entries_of(21), 2);
    assert_int_equal(entries_of(22), 2);
}

/* Thousands of devices leave at once when their gateway does; what is told of one of them stays together. */
static void server_attributes_that_belong_together_stay_together(void **state)
{
    const struct value gone = {.type = VALUE_BOOLEAN, .boolean = false};
    uint64_t device = 1;
    for (; ingest_has_room(house.ingest); device++)
        ingest_server_attribute(house.ingest, device, SLICE("active"), &gone);
    ingest_server_attribute(house.ingest, device - 1, SLICE("lastDisconnectTime"), &gone);
    ingest_flush(house.ingest);
    wait_until_idle();
    assert_true(ingest_has_room(house.ingest));
    assert_int_equal(entries_of(1), 1);
    assert_int_equal(entries_of(device - 1), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_message_is_answered_once_it_is_stored),
        TEST(nothing_of_a_deleted_device_comes_after_its_deletion),
        TEST(handing_over_works_until_all_batches_are_away),
        TEST(a_gateways_message_is_stored_for_its_devices),
        TEST(server_attributes_that_belong_together_stay_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
