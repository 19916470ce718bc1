#include "unit.h"

#include "hub/door.h"
#include "hub/hub.h"
#include "hub/profiles.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A hub with a real registry and workers, and one reactor's doorway that the test drains by hand. */
struct house {
    char dir[64];
    struct hub hub;
    struct uuid tenant;
    struct mailbox box;
    struct doorway *doorway;
    uint64_t revoked; /* the last device the doorway was told to close */
    int64_t told;     /* version of the last profile the doorway was told of */
    unsigned answers;
};

static struct house house;

static void on_revoke(void *arg, uint64_t device)
{
    struct house *h = arg;
    h->revoked = device;
}

static void on_profile_changed(void *arg, struct profile_config *config)
{
    struct house *h = arg;
    h->told = config->version;
}

static int set_up(void **state)
{
    static const struct doorway_events events = {on_revoke, on_profile_changed};
    struct house *h = &house;
    *h = (struct house){.dir = "/tmp/postern-door-XXXXXX"};
    assert_non_null(mkdtemp(h->dir));
    assert_int_equal(registry_open(h->dir, true, &h->hub.registry, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(h->hub.registry, &h->tenant, NULL), ERR_OK);
    assert_int_equal(workers_start(2, 64, &h->hub.workers), ERR_OK);
    assert_int_equal(profiles_new(&h->hub.profiles), ERR_OK);
    assert_int_equal(door_new(&h->hub, &h->hub.door), ERR_OK);
    mailbox_init(&h->box, 64, NULL, NULL);
    assert_int_equal(doorway_new(h->hub.door, &h->box, &events, h, &h->doorway), ERR_OK);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    return remove(path);
}

static int tear_down(void **state)
{
    struct house *h = &house;
    workers_stop(h->hub.workers);
    doorway_free(h->doorway);
    door_free(h->hub.door);
    profiles_free(h->hub.profiles);
    registry_close(h->hub.registry);
    return nftw(h->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static uint64_t add_device(const char *name, const char *token)
{
    struct profile profile;
    struct device device = {.tenant_id = house.tenant, .customer_id = CUSTOMER_NOBODY};
    struct credentials credentials = {.type = CREDENTIALS_ACCESS_TOKEN};
    assert_int_equal(registry_profile_default(house.hub.registry, &house.tenant, &profile, NULL), ERR_OK);
    device.profile_id = profile.id;
    snprintf(device.name, sizeof device.name, "%s", name);
    snprintf(device.type, sizeof device.type, "%s", profile.name);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "%s", token);
    assert_int_equal(registry_device_add(house.hub.registry, &device, &credentials, NULL), ERR_OK);
    uint64_t number = device.number;
    profile_fini(&profile);
    device_fini(&device);
    credentials_fini(&credentials);
    return number;
}

static void on_answer(struct door_question *question)
{
    house.answers++;
}

static struct door_question ask_for(const char *token)
{
    struct door_question q = {.type = CREDENTIALS_ACCESS_TOKEN, .on_answer = on_answer};
    snprintf(q.id, sizeof q.id, "%s", token);
    return q;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

static void wait_for_answers(unsigned n)
{
    for (int i = 0; i < 2000 && house.answers < n; i++) {
        mailbox_drain(&house.box, &house);
        pause_ms(1);
    }
    assert_int_equal(house.answers, n);
    house.answers = 0;
}

static void unknown_is_asked_for_each_time_and_known_is_cached(void **state)
{
    struct door_question q = ask_for("token-a");
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    wait_for_answers(1);
    assert_int_equal(q.result, ERR_NOT_FOUND);
    uint64_t device = add_device("a", "token-a"); /* registered a moment later: gets in at once */
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    wait_for_answers(1);
    assert_int_equal(q.result, ERR_OK);
    assert_int_equal(q.entry.device, device);
    assert_string_equal(q.entry.name, "a");
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_OK);
    assert_int_equal(q.entry.device, device);
}

/* A worker that revokes: it comes back when the reactor, which is the test, has done its part. */
struct revoker {
    pthread_t thread;
    uint64_t device;
    atomic_bool is_done;
};

static void *revoke_device(void *arg)
{
    struct revoker *r = arg;
    door_revoke(house.hub.door, r->device);
    atomic_store(&r->is_done, true);
    return NULL;
}

/* The notice is posted some time after its thread has started: look until it has been answered. */
static void drain_until_done(struct revoker *r)
{
    while (!atomic_load(&r->is_done)) {
        mailbox_drain(&house.box, &house);
        pause_ms(1);
    }
    assert_int_equal(pthread_join(r->thread, NULL), 0);
}

static void change_token(uint64_t number, const char *name, const char *token)
{
    struct device device;
    struct credentials credentials;
    assert_int_equal(registry_device_by_name(house.hub.registry, &house.tenant, name, &device, NULL), ERR_OK);
    assert_int_equal(
        registry_credentials_get(house.hub.registry, &house.tenant, &device.id, &credentials, NULL), ERR_OK);
    snprintf(credentials.credentials_id, sizeof credentials.credentials_id, "%s", token);
    assert_int_equal(registry_credentials_save(house.hub.registry, &house.tenant, &credentials, NULL),
                     ERR_OK);
    assert_int_equal(device.number, number);
    device_fini(&device);
    credentials_fini(&credentials);
}

static void revocation_waits_for_the_doorway_and_empties_its_cache(void **state)
{
    uint64_t device = add_device("b", "token-b");
    struct revoker revoker = {.device = device};
    struct door_question q = ask_for("token-b");
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    wait_for_answers(1);
    change_token(device, "b", "token-b2");
    pthread_create(&revoker.thread, NULL, revoke_device, &revoker);
    pause_ms(50);
    assert_false(atomic_load(&revoker.is_done)); /* cannot be over before the reactor has done its part */
    assert_int_equal(house.revoked, 0);
    drain_until_done(&revoker);
    assert_int_equal(house.revoked, device);
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    wait_for_answers(1);
    assert_int_equal(q.result, ERR_NOT_FOUND);
}

/* A look-up that read the old credentials, and reaches the reactor behind the revocation, must not let anybody in. */
static void an_answer_from_before_the_revocation_is_asked_again(void **state)
{
    uint64_t device = add_device("c", "token-c");
    struct revoker revoker = {.device = device};
    struct door_question q = ask_for("token-c");
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    while (atomic_load(&house.box.top) == NULL)
        pause_ms(1); /* the worker has answered; the reactor has not looked yet */
    change_token(device, "c", "token-c2");
    struct mail *answer = atomic_exchange(&house.box.top, NULL); /* hold the answer back */
    pthread_create(&revoker.thread, NULL, revoke_device, &revoker);
    drain_until_done(&revoker);
    atomic_store(&house.box.top, answer);
    wait_for_answers(1);
    assert_int_equal(q.result, ERR_NOT_FOUND);
}

/* A worker's own question: no cache, no mailbox. */
static void who_is_on_a_worker_asks_without_a_cache(void **state)
{
    struct door_question q = ask_for("token-w"), nobody = ask_for("token-nobody");
    uint64_t device = add_device("w", "token-w");
    assert_int_equal(door_ask_blocking(house.hub.door, &q), ERR_OK);
    assert_int_equal(q.result, ERR_OK);
    assert_int_equal(q.entry.device, device);
    assert_true(uuid_eq(&q.config->profile_id, &q.entry.profile_id));
    profile_config_unref(q.config);
    change_token(device, "w", "token-w2"); /* nobody has to be told */
    assert_int_equal(door_ask_blocking(house.hub.door, &q), ERR_NOT_FOUND);
    assert_null(q.config);
    assert_int_equal(door_ask_blocking(house.hub.door, &nobody), ERR_NOT_FOUND);
    assert_int_equal(house.answers, 0);
}

/* --- profiles --- */

struct saver {
    pthread_t thread;
    const struct uuid *profile;
    atomic_bool is_done;
};

static void *tell_of_profile(void *arg)
{
    struct saver *s = arg;
    profiles_changed(&house.hub, s->profile);
    atomic_store(&s->is_done, true);
    return NULL;
}

/* Save what REST would save, and let the reactor, which is the test, hear of it. */
static void save_profile(struct profile *profile, const char *data)
{
    free(profile->profile_data);
    profile->profile_data = strdup(data);
    assert_int_equal(registry_profile_update(house.hub.registry, profile, NULL), ERR_OK);
    struct saver saver = {.profile = &profile->id};
    pthread_create(&saver.thread, NULL, tell_of_profile, &saver);
    while (!atomic_load(&saver.is_done)) {
        mailbox_drain(&house.box, &house);
        pause_ms(1);
    }
    assert_int_equal(pthread_join(saver.thread, NULL), 0);
}

static void devices_come_with_their_profile(void **state)
{
    struct profile profile = {0};
    struct door_question q = ask_for("token-p"), again = ask_for("token-p");
    add_device("p", "token-p");
    assert_int_equal(registry_profile_default(house.hub.registry, &house.tenant, &profile, NULL), ERR_OK);
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    wait_for_answers(1);
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_OK);
    assert_true(uuid_eq(&q.config->profile_id, &profile.id));
    struct profile_config *before = profile_config_ref(q.config);

    save_profile(&profile, "{\"configuration\":{\"inactivityTimeout\":5000}}");
    assert_int_equal(house.told, profile.version);
    assert_int_equal(before->inactivity_timeout_ms, 0); /* whoever holds it sees no change */
    profile_config_unref(before);
    assert_int_equal(doorway_ask(house.doorway, &again), ERR_OK);
    assert_int_equal(again.config->inactivity_timeout_ms, 5000);
    profile_fini(&profile);
}

/* A look-up that read the profile before it was saved, and reaches the reactor behind the notice. */
static void an_answer_from_before_a_profile_changed_is_asked_again(void **state)
{
    struct profile profile = {0};
    struct door_question q = ask_for("token-q");
    add_device("q", "token-q");
    assert_int_equal(registry_profile_default(house.hub.registry, &house.tenant, &profile, NULL), ERR_OK);
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_AGAIN);
    while (atomic_load(&house.box.top) == NULL)
        pause_ms(1); /* the worker has answered; the reactor has not looked yet */
    struct mail *answer = atomic_exchange(&house.box.top, NULL); /* hold the answer back */
    save_profile(&profile, "{\"configuration\":{\"inactivityTimeout\":7000}}");
    atomic_store(&house.box.top, answer);
    wait_for_answers(1);
    assert_int_equal(doorway_ask(house.doorway, &q), ERR_OK);
    assert_int_equal(q.config->inactivity_timeout_ms, 7000);
    profile_fini(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_is_asked_for_each_time_and_known_is_cached),
        cmocka_unit_test(revocation_waits_for_the_doorway_and_empties_its_cache),
        cmocka_unit_test(an_answer_from_before_the_revocation_is_asked_again),
        cmocka_unit_test(who_is_on_a_worker_asks_without_a_cache),
        cmocka_unit_test(devices_come_with_their_profile),
        cmocka_unit_test(an_answer_from_before_a_profile_changed_is_asked_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
