/* What every registry must do; runs against the one that registry_open() opens. */
#include "base/clock.h"
#include "base/text.h"
#include "store/registry_deletion.h"
#include "store/registry_groups.h"
#include "store/registry_people.h"
#include "temp_dir.h"
#include "unit.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

struct fixture {
    struct temp_dir dir;
    struct registry *r;
    struct uuid tenant;
    struct profile profile; /* the default one */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = temp_dir_make();
    assert_int_equal(registry_open(f->dir.path, true, &f->r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(f->r, &f->tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(f->r, &f->tenant, &f->profile, NULL), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    profile_fini(&f->profile);
    registry_close(f->r);
    temp_dir_remove(&f->dir);
    free(f);
    return 0;
}

static void reopen(struct fixture *f)
{
    registry_close(f->r);
    f->r = NULL;
    assert_int_equal(registry_open(f->dir.path, false, &f->r, NULL), ERR_OK);
}

static struct device device_named(const struct fixture *f, const char *name, const char *label)
{
    struct device d = {.tenant_id = f->tenant, .profile_id = f->profile.id};
    snprintf(d.name, sizeof d.name, "%s", name);
    snprintf(d.label, sizeof d.label, "%s", label);
    return d;
}

static struct credentials token_of(const char *token)
{
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    snprintf(c.credentials_id, sizeof c.credentials_id, "%s", token);
    return c;
}

static struct device add(struct fixture *f, const char *name, const char *label)
{
    struct device d = device_named(f, name, label);
    struct uuid token = uuid_random();
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    uuid_format(&token, c.credentials_id);
    assert_int_equal(registry_device_add(f->r, &d, &c, NULL), ERR_OK);
    return d;
}

static struct uuid add_customer(struct fixture *f)
{
    struct customer c = {.tenant_id = f->tenant, .title = "customer"};
    assert_int_equal(registry_customer_add(f->r, &c, NULL), ERR_OK);
    return c.id;
}

/* --- opening --- */

static void fresh_registry_has_tenant_group_and_profile(void **state)
{
    struct fixture *f = *state;
    struct group g;
    assert_false(uuid_is_nil(&f->tenant));
    assert_string_equal(f->profile.name, "default");
    assert_true(f->profile.is_default);
    assert_null(f->profile.profile_data);
    assert_int_equal(registry_group_all(f->r, &f->tenant, &g, NULL), ERR_OK);
    assert_string_equal(g.name, "All");
    assert_true(g.is_all);
    assert_false(g.owner_is_customer);
    assert_true(uuid_eq(&g.owner_id, &f->tenant));
    struct group again;
    assert_int_equal(registry_group_get(f->r, &f->tenant, &g.id, &again, NULL), ERR_OK);
    assert_true(uuid_eq(&again.id, &g.id));
    struct uuid other = uuid_random();
    assert_int_equal(registry_group_get(f->r, &other, &g.id, &again, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_group_all(f->r, &other, &again, NULL), ERR_NOT_FOUND);
}

static void what_was_written_survives_reopening(void **state)
{
    struct fixture *f = *state;
    struct device d = add(f, "pump", ""), back = {0};
    struct uuid tenant;
    reopen(f);
    assert_int_equal(registry_tenant_default(f->r, &tenant, NULL), ERR_OK);
    assert_true(uuid_eq(&tenant, &f->tenant));
    assert_int_equal(registry_device_get(f->r, &tenant, &d.id, &back, NULL), ERR_OK);
    assert_int_equal(back.number, d.number);
}

static void opening_says_what_is_not_there_or_not_ours(void **state)
{
    struct temp_dir dir = temp_dir_make();
    struct registry *r = NULL;
    struct problem p = {0};
    char path[128];
    assert_int_equal(registry_open(dir.path, false, &r, &p), ERR_NOT_FOUND);
    assert_non_null(strstr(p.text, dir.path));
    snprintf(path, sizeof path, "%s/registry.db", dir.path);
    FILE *file = fopen(path, "w");
    assert_int_equal(registry_open(dir.path, false, &r, &p), ERR_NOT_FOUND);
    fprintf(file,
            "This is a text, long enough not to pass for an SQLite header: 0123456789 0123456789 0123456789");
    fclose(file);
    assert_int_equal(registry_open(dir.path, true, &r, &p), ERR_INVALID);
    assert_null(r);
    temp_dir_remove(&dir);
}

static void files_are_the_owners_alone(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"registry.db", "registry.db-wal", "registry.db-shm"};
    add(f, "x", "");
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", f->dir.path, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void secrets_are_made_once(void **state)
{
    struct fixture *f = *state;
    uint8_t a[64] = {0}, b[64] = {0}, c[32] = {0}, zero[64] = {0};
    struct problem p = {0};
    assert_int_equal(registry_secret(f->r, "jwt", a, sizeof a, &p), ERR_OK);
    assert_memory_not_equal(a, zero, sizeof a);
    reopen(f);
    assert_int_equal(registry_secret(f->r, "jwt", b, sizeof b, &p), ERR_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(registry_secret(f->r, "tickets", b, sizeof b, &p), ERR_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(registry_secret(f->r, "jwt", c, sizeof c, &p), ERR_INVALID);
}

/* --- users and logins --- */

static struct user user_named(const struct fixture *f, const char *email)
{
    struct user u = {.id = uuid_random(), .tenant_id = f->tenant, .created_ms = 5};
    u.authority = AUTHORITY_TENANT_ADMIN;
    snprintf(u.email, sizeof u.email, "%s", email);
    snprintf(u.first_name, sizeof u.first_name, "Ada");
    snprintf(u.password_hash, sizeof u.password_hash, "$argon2id$first");
    return u;
}

static void users_are_found_by_email_without_case(void **state)
{
    struct fixture *f = *state;
    struct user u = user_named(f, "Jürgen@Example.org"), got;
    assert_int_equal(registry_user_add(f->r, &u, NULL), ERR_OK);
    assert_int_equal(registry_user_by_email(f->r, SLICE("jÜRGEN@example.ORG"), &got, NULL), ERR_OK);
    assert_string_equal(got.email, "Jürgen@Example.org");
    assert_string_equal(got.first_name, "Ada");
    assert_string_equal(got.password_hash, "$argon2id$first");
    assert_int_equal(got.authority, AUTHORITY_TENANT_ADMIN);
    assert_true(uuid_eq(&got.tenant_id, &f->tenant));
    assert_true(uuid_eq(&got.customer_id, &CUSTOMER_NOBODY));
    assert_int_equal(registry_user_by_id(f->r, &u.id, &got, NULL), ERR_OK);
    assert_int_equal(got.created_ms, 5);
    assert_int_equal(registry_user_by_email(f->r, SLICE("nobody@example.org"), &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_user_by_email(f->r, SLICE("J\0x"), &got, NULL), ERR_NOT_FOUND);
}

static void second_user_with_an_email_is_refused(void **state)
{
    struct fixture *f = *state;
    struct user a = user_named(f, "a@b.c"), b = user_named(f, "A@B.C"), got;
    struct problem p = {0};
    assert_int_equal(registry_user_add(f->r, &a, &p), ERR_OK);
    assert_int_equal(registry_user_add(f->r, &b, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "email");
    assert_int_equal(registry_user_by_id(f->r, &b.id, &got, &p), ERR_NOT_FOUND);
    struct user stranger = user_named(f, "s@b.c");
    stranger.tenant_id = uuid_random();
    assert_int_equal(registry_user_add(f->r, &stranger, &p), ERR_NOT_FOUND);
}

static struct login login_of(const struct user *user, int64_t lasts_ms)
{
    int64_t now = clock_wall_ms();
    return (struct login){uuid_random(), user->id, now, now + lasts_ms};
}

static void logins_live_until_ended_or_expired(void **state)
{
    struct fixture *f = *state;
    struct user u = user_named(f, "a@b.c");
    struct login got;
    assert_int_equal(registry_user_add(f->r, &u, NULL), ERR_OK);
    struct login a = login_of(&u, 60000), b = login_of(&u, -1);
    assert_int_equal(registry_login_add(f->r, &a, NULL), ERR_OK);
    assert_int_equal(registry_login_add(f->r, &b, NULL), ERR_OK);
    assert_int_equal(registry_login_get(f->r, &a.id, &got, NULL), ERR_OK);
    assert_true(uuid_eq(&got.user_id, &u.id));
    assert_int_equal(got.expires_ms, a.expires_ms);
    assert_int_equal(registry_login_get(f->r, &b.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_login_extend(f->r, &a.id, a.expires_ms + 5000, NULL), ERR_OK);
    assert_int_equal(registry_login_extend(f->r, &a.id, a.expires_ms, NULL), ERR_OK); /* never back */
    assert_int_equal(registry_login_get(f->r, &a.id, &got, NULL), ERR_OK);
    assert_int_equal(got.expires_ms, a.expires_ms + 5000);
    assert_int_equal(registry_login_extend(f->r, &b.id, a.expires_ms, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_login_end(f->r, &a.id, NULL), ERR_OK);
    assert_int_equal(registry_login_end(f->r, &a.id, NULL), ERR_OK);
    assert_int_equal(registry_login_get(f->r, &a.id, &got, NULL), ERR_NOT_FOUND);
    a.id = uuid_random(), a.user_id = uuid_random();
    assert_int_equal(registry_login_add(f->r, &a, NULL), ERR_NOT_FOUND);
}

static void new_password_ends_all_logins(void **state)
{
    struct fixture *f = *state;
    struct user u = user_named(f, "a@b.c"), other = user_named(f, "o@b.c"), got_user;
    struct login got;
    assert_int_equal(registry_user_add(f->r, &u, NULL), ERR_OK);
    assert_int_equal(registry_user_add(f->r, &other, NULL), ERR_OK);
    struct login mine = login_of(&u, 60000), others = login_of(&other, 60000);
    assert_int_equal(registry_login_add(f->r, &mine, NULL), ERR_OK);
    assert_int_equal(registry_login_add(f->r, &others, NULL), ERR_OK);
    assert_int_equal(registry_user_set_password(f->r, &u.id, "$argon2id$second", NULL), ERR_OK);
    assert_int_equal(registry_login_get(f->r, &mine.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_login_get(f->r, &others.id, &got, NULL), ERR_OK);
    assert_int_equal(registry_user_by_id(f->r, &u.id, &got_user, NULL), ERR_OK);
    assert_string_equal(got_user.password_hash, "$argon2id$second");
    struct uuid nobody = uuid_random();
    assert_int_equal(registry_user_set_password(f->r, &nobody, "x", NULL), ERR_NOT_FOUND);
}

/* --- profiles --- */

static void profile_is_made_when_named_first(void **state)
{
    struct fixture *f = *state;
    struct profile a = {0}, b = {0}, c = {0};
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "Pumpe ü", false, &a, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "Pumpe ü", true, &a, NULL), ERR_OK);
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "Pumpe ü", true, &b, NULL), ERR_OK);
    assert_true(uuid_eq(&a.id, &b.id));
    assert_false(a.is_default);
    assert_int_equal(registry_profile_get(f->r, &f->tenant, &a.id, &c, NULL), ERR_OK);
    assert_string_equal(c.name, "Pumpe ü");
    assert_true(uuid_eq(&c.tenant_id, &f->tenant));
    struct uuid other = uuid_random();
    assert_int_equal(registry_profile_get(f->r, &other, &a.id, &c, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_profile_by_name(f->r, &other, "x", true, &c, NULL), ERR_NOT_FOUND);
}

/* --- devices --- */

static void added_device_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    struct device d = device_named(f, "Gerät 温度 😀", "Halle %_\\'\""), got = {0};
    d.additional_info = strdup("{\"gateway\":true}");
    struct credentials c = token_of("A1B2"), got_c = {0};
    assert_int_equal(registry_device_add(f->r, &d, &c, NULL), ERR_OK);
    assert_true(d.number > 0);
    assert_true(d.version > 0);
    assert_true(llabs(d.created_ms - clock_wall_ms()) < 60000);
    assert_string_equal(d.type, "default");
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &got, NULL), ERR_OK);
    assert_int_equal(got.number, d.number);
    assert_int_equal(got.created_ms, d.created_ms);
    assert_string_equal(got.name, d.name);
    assert_string_equal(got.label, d.label);
    assert_string_equal(got.type, "default");
    assert_string_equal(got.additional_info, "{\"gateway\":true}");
    assert_true(uuid_eq(&got.customer_id, &CUSTOMER_NOBODY));
    assert_true(uuid_eq(&got.profile_id, &f->profile.id));
    assert_true(uuid_eq(&got.tenant_id, &f->tenant));
    device_fini(&got);
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, d.name, &got, NULL), ERR_OK);
    assert_true(uuid_eq(&got.id, &d.id));
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &d.id, &got_c, NULL), ERR_OK);
    assert_string_equal(got_c.credentials_id, "A1B2");
    assert_true(uuid_eq(&got_c.id, &c.id));
    assert_null(got_c.value);
    device_fini(&got);
    device_fini(&d);
}

static void taken_names_and_credentials_leave_nothing(void **state)
{
    struct fixture *f = *state;
    struct device a = device_named(f, "a", ""), got;
    struct credentials ca = token_of("ta"), cb = token_of("tb");
    struct problem p = {0};
    assert_int_equal(registry_device_add(f->r, &a, &ca, &p), ERR_OK);

    struct device same = device_named(f, "a", "");
    assert_int_equal(registry_device_add(f->r, &same, &cb, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "name");
    assert_string_equal(p.text, "Device with such name already exists!");
    assert_true(same.number == 0 && uuid_is_nil(&same.id) && uuid_is_nil(&cb.id));

    struct device b = device_named(f, "b", "");
    cb = token_of("ta");
    assert_int_equal(registry_device_add(f->r, &b, &cb, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "credentialsId");
    assert_string_equal(p.text, "Specified credentials are already registered!");
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "b", &got, &p), ERR_NOT_FOUND);

    cb = token_of("tb");
    b.profile_id = uuid_random();
    assert_int_equal(registry_device_add(f->r, &b, &cb, &p), ERR_INVALID);
    assert_string_equal(p.field, "deviceProfileId");
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "A", &got, &p), ERR_NOT_FOUND);
}

static void update_needs_the_stored_version(void **state)
{
    struct fixture *f = *state;
    struct device d = add(f, "a", "old"), other = add(f, "b", ""), got = {0};
    struct profile pump = {0};
    struct problem p = {0};
    struct device stale = d;
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "pump", true, &pump, &p), ERR_OK);
    snprintf(d.label, sizeof d.label, "new");
    d.profile_id = pump.id;
    d.customer_id = add_customer(f);
    assert_int_equal(registry_device_update(f->r, &d, NULL, &p), ERR_OK);
    assert_true(d.version > stale.version);
    assert_string_equal(d.type, "pump");
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &got, &p), ERR_OK);
    assert_string_equal(got.label, "new");
    assert_string_equal(got.type, "pump");
    assert_true(uuid_eq(&got.customer_id, &d.customer_id));
    assert_int_equal(got.version, d.version);

    assert_int_equal(registry_device_update(f->r, &stale, NULL, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "version");
    struct device renamed = d;
    snprintf(renamed.name, sizeof renamed.name, "%s", other.name);
    assert_int_equal(registry_device_update(f->r, &renamed, NULL, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "name");
    assert_int_equal(renamed.version, d.version);
    renamed = d;
    renamed.profile_id = uuid_random();
    assert_int_equal(registry_device_update(f->r, &renamed, NULL, &p), ERR_INVALID);
    assert_string_equal(p.field, "deviceProfileId");
    renamed = d;
    renamed.tenant_id = uuid_random();
    renamed.customer_id = CUSTOMER_NOBODY;
    assert_int_equal(registry_device_update(f->r, &renamed, NULL, &p), ERR_NOT_FOUND);
}

static void update_takes_the_credentials_along_or_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct device d = add(f, "a", "old"), other = add(f, "b", ""), got = {0};
    struct credentials mine = {0}, theirs = {0}, stored = {0};
    struct problem p = {0};
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &d.id, &mine, &p), ERR_OK);
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &other.id, &theirs, &p), ERR_OK);
    struct credentials taken = mine;
    memcpy(taken.credentials_id, theirs.credentials_id, sizeof taken.credentials_id);
    struct device changed = d;
    snprintf(changed.label, sizeof changed.label, "new");
    assert_int_equal(registry_device_update(f->r, &changed, &taken, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "credentialsId");
    assert_int_equal(changed.version, d.version);
    assert_int_equal(taken.version, mine.version);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &got, &p), ERR_OK);
    assert_string_equal(got.label, "old");
    assert_int_equal(got.version, d.version);

    snprintf(mine.credentials_id, sizeof mine.credentials_id, "fresh");
    assert_int_equal(registry_device_update(f->r, &changed, &mine, &p), ERR_OK);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &got, &p), ERR_OK);
    assert_string_equal(got.label, "new");
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &d.id, &stored, &p), ERR_OK);
    assert_string_equal(stored.credentials_id, "fresh");
    assert_int_equal(stored.version, mine.version);
    assert_int_equal(registry_device_update(f->r, &changed, &taken, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "version");
}

static void many_devices_are_written_at_once_but_for_those_refused(void **state)
{
    struct fixture *f = *state;
    struct device old = add(f, "old", ""), d[4] = {device_named(f, "a", ""), device_named(f, "old", ""), old,
                                                   device_named(f, "b", "")};
    struct credentials c[4] = {token_of("one"), token_of("two"), token_of(""), token_of("one")};
    struct device_write writes[4] = {{&d[0], &c[0]}, {&d[1], &c[1]}, {&d[2], NULL, true}, {&d[3], &c[3]}};
    snprintf(d[2].label, sizeof d[2].label, "new");
    assert_int_equal(registry_device_write_many(f->r, writes, 4, NULL), ERR_OK);
    assert_int_equal(writes[0].result, ERR_OK);
    assert_int_equal(writes[1].result, ERR_CONFLICT);
    assert_string_equal(writes[1].problem.field, "name");
    assert_int_equal(writes[2].result, ERR_OK);
    assert_int_equal(writes[3].result, ERR_CONFLICT);
    assert_string_equal(writes[3].problem.field, "credentialsId");
    reopen(f);
    struct device back;
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "a", &back, NULL), ERR_OK);
    assert_int_equal(back.number, d[0].number);
    device_fini(&back);
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "old", &back, NULL), ERR_OK);
    assert_string_equal(back.label, "new");
    assert_int_equal(back.version, 2);
    device_fini(&back);
    assert_int_equal(registry_device_by_name(f->r, &f->tenant, "b", &back, NULL), ERR_NOT_FOUND);
}

static void devices_are_walked_by_number(void **state)
{
    struct fixture *f = *state;
    struct device a = add(f, "pump a", ""), b = add(f, "pump b", ""), c = add(f, "valve", "");
    struct device_query q = {.tenant_id = f->tenant, .sort = DEVICE_SORT_NUMBER, .page_size = 2};
    for (size_t i = 0; i < 2; i++) {
        struct device_page page;
        q.text_search = i == 0 ? slice_of(NULL, 0) : SLICE("pump");
        q.after_number = a.number;
        assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
        assert_int_equal(page.count, 2 - i);
        assert_int_equal(page.devices[0].number, b.number);
        device_page_fini(&page);
    }
    q = (struct device_query){
        .tenant_id = f->tenant, .sort = DEVICE_SORT_NUMBER, .page_size = 2, .after_number = c.number};
    struct device_page page;
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.count, 0);
    device_page_fini(&page);
}

static void other_tenants_see_nothing(void **state)
{
    struct fixture *f = *state;
    struct device d = add(f, "a", ""), got;
    struct credentials c;
    struct uuid other = uuid_random();
    struct device_query q = {.tenant_id = other, .page_size = 10};
    struct device_page page = {0};
    assert_int_equal(registry_device_get(f->r, &other, &d.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_device_by_name(f->r, &other, "a", &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_device_delete(f->r, &other, &d.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_credentials_get(f->r, &other, &d.id, &c, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.total, 0);
    device_page_fini(&page);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &d.id, &got, NULL), ERR_OK);
}

static void deletion_is_journaled_and_numbers_are_not_reused(void **state)
{
    struct fixture *f = *state;
    struct device a = device_named(f, "a", ""), got;
    struct credentials ca = token_of("token-a");
    struct door_entry entry;
    uint64_t number = 0;
    assert_int_equal(registry_deleted_next(f->r, &number, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_device_add(f->r, &a, &ca, NULL), ERR_OK);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &a.id, NULL), ERR_OK);
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &a.id, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &a.id, &got, NULL), ERR_NOT_FOUND);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_ACCESS_TOKEN, SLICE("token-a"), &entry, NULL, NULL),
                     ERR_NOT_FOUND);
    reopen(f);
    assert_int_equal(registry_deleted_next(f->r, &number, NULL), ERR_OK);
    assert_int_equal(number, a.number);
    assert_int_equal(registry_deleted_forget(f->r, &number, 1, NULL), ERR_OK);
    assert_int_equal(registry_deleted_forget(f->r, &number, 1, NULL), ERR_OK);
    assert_int_equal(registry_deleted_next(f->r, &number, NULL), ERR_NOT_FOUND);
    struct device b = device_named(f, "a", "");
    ca = token_of("token-a");
    assert_int_equal(registry_device_add(f->r, &b, &ca, NULL), ERR_OK);
    assert_true(b.number > a.number);
}

static void many_are_deleted_and_those_that_are_not_there_are_told(void **state)
{
    struct fixture *f = *state;
    struct device a = device_named(f, "a", ""), b = device_named(f, "b", ""), got;
    struct credentials ca = token_of("token-a"), cb = token_of("token-b");
    const struct uuid other = {.bytes = {1}};
    bool was_there[4];
    uint64_t number = 0;
    assert_int_equal(registry_device_add(f->r, &a, &ca, NULL), ERR_OK);
    assert_int_equal(registry_device_add(f->r, &b, &cb, NULL), ERR_OK);
    const struct uuid ids[] = {a.id, other, b.id, a.id};
    assert_int_equal(registry_devices_delete(f->r, &other, ids, 4, was_there, NULL), ERR_OK);
    assert_false(was_there[0] || was_there[1] || was_there[2] || was_there[3]);
    assert_int_equal(registry_devices_delete(f->r, &f->tenant, ids, 4, was_there, NULL), ERR_OK);
    assert_true(was_there[0] && !was_there[1] && was_there[2] && !was_there[3]);
    assert_int_equal(registry_device_get(f->r, &f->tenant, &b.id, &got, NULL), ERR_NOT_FOUND);
    const uint64_t numbers[] = {a.number, b.number};
    assert_int_equal(registry_deleted_next(f->r, &number, NULL), ERR_OK);
    assert_int_equal(registry_deleted_forget(f->r, numbers, 2, NULL), ERR_OK);
    assert_int_equal(registry_deleted_next(f->r, &number, NULL), ERR_NOT_FOUND);
}

/* --- pages --- */

static struct device_page page_of(struct fixture *f, struct device_query q)
{
    struct device_page page = {0};
    q.tenant_id = f->tenant;
    if (q.page_size == 0)
        q.page_size = 100;
    assert_int_equal(registry_device_page(f->r, &q, &page, NULL), ERR_OK);
    return page;
}

static void assert_found(struct fixture *f, const char *search, const char *names)
{
    struct device_query q = {.text_search = slice_str(search), .sort = DEVICE_SORT_NAME};
    struct device_page page = page_of(f, q);
    char got[512] = "";
    size_t len = 0;
    for (size_t i = 0; i < page.count; i++)
        len += (size_t)snprintf(got + len, sizeof got - len, "%s;", page.devices[i].name);
    assert_string_equal(got, names);
    assert_int_equal(page.total, page.count);
    device_page_fini(&page);
}

static void search_finds_parts_of_name_label_and_type(void **state)
{
    struct fixture *f = *state;
    add(f, "Kühlraum-Süd", "Halle 7");
    add(f, "pump_100%", "cellar");
    add(f, "pump-100", "QUOTE\"d 'x'");
    assert_found(f, "", "Kühlraum-Süd;pump-100;pump_100%;");
    assert_found(f, "PUMP", "pump-100;pump_100%;");
    assert_found(f, "pump_", "pump_100%;");
    assert_found(f, "0%", "pump_100%;");
    assert_found(f, "%", "pump_100%;");
    assert_found(f, "_", "pump_100%;");
    assert_found(f, "*", "");
    assert_found(f, "pump*", "");
    assert_found(f, "KÜHLRAUM", "Kühlraum-Süd;");
    assert_found(f, "Ü", "Kühlraum-Süd;");
    assert_found(f, "halle", "Kühlraum-Süd;");
    assert_found(f, "e\"d '", "pump-100;");
    assert_found(f, "\"", "pump-100;");
    assert_found(f, "defau", "Kühlraum-Süd;pump-100;pump_100%;");
    assert_found(f, "100 AND cellar", "");
    assert_found(f, "7\nd", "");
    assert_found(f, "\xff\xfe\xfd\xfc", "");
}

static void search_follows_changes(void **state)
{
    struct fixture *f = *state;
    struct device d = add(f, "alpha-one", "");
    add(f, "alpha-two", "");
    assert_found(f, "alpha", "alpha-one;alpha-two;");
    snprintf(d.name, sizeof d.name, "beta-one");
    assert_int_equal(registry_device_update(f->r, &d, NULL, NULL), ERR_OK);
    assert_found(f, "alpha", "alpha-two;");
    assert_found(f, "beta", "beta-one;");
    assert_int_equal(registry_device_delete(f->r, &f->tenant, &d.id, NULL), ERR_OK);
    assert_found(f, "beta", "");
    assert_found(f, "one", "");
    assert_found(f, "two", "alpha-two;");
}

static void pages_sort_both_ways_by_each_property(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"b", "A", "c"}, *const labels[] = {"z", "x", "Y"};
    static const struct {
        enum device_sort sort;
        const char *ascending;
    } cases[] = {{DEVICE_SORT_CREATED, "bAc"},
                 {DEVICE_SORT_NAME, "Abc"},
                 {DEVICE_SORT_LABEL, "Acb"},
                 {DEVICE_SORT_TYPE, "bAc"}};
    for (size_t i = 0; i < 3; i++)
        add(f, names[i], labels[i]);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device_page up = page_of(f, (struct device_query){.sort = cases[i].sort});
        struct device_page down =
            page_of(f, (struct device_query){.sort = cases[i].sort, .order = SORT_DESCENDING});
        assert_int_equal(up.count, 3);
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(up.devices[k].name[0], cases[i].ascending[k]);
            assert_int_equal(down.devices[2 - k].name[0], cases[i].ascending[k]);
        }
        device_page_fini(&up);
        device_page_fini(&down);
    }
}

static void pages_filter_by_type_profile_and_customer(void **state)
{
    struct fixture *f = *state;
    struct device a = add(f, "a-one", ""), b = add(f, "b-one", "");
    struct profile pump = {0};
    struct uuid customer = add_customer(f);
    add(f, "c-two", "");
    assert_int_equal(registry_profile_by_name(f->r, &f->tenant, "pump", true, &pump, NULL), ERR_OK);
    a.profile_id = b.profile_id = pump.id;
    b.customer_id = customer;
    assert_int_equal(registry_device_update(f->r, &a, NULL, NULL), ERR_OK);
    assert_int_equal(registry_device_update(f->r, &b, NULL, NULL), ERR_OK);
    static const struct slice searches[] = {SLICE(""), SLICE("o"), SLICE("one")};
    for (size_t i = 0; i < 3; i++) {
        struct device_query q = {.text_search = searches[i], .type = SLICE("pump")};
        struct device_page page = page_of(f, q);
        assert_int_equal(page.total, 2);
        device_page_fini(&page);
        q = (struct device_query){.text_search = searches[i], .profile_id = pump.id, .customer_id = customer};
        page = page_of(f, q);
        assert_int_equal(page.total, 1);
        assert_string_equal(page.devices[0].name, "b-one");
        device_page_fini(&page);
        q = (struct device_query){.text_search = searches[i], .customer_id = CUSTOMER_NOBODY};
        page = page_of(f, q);
        assert_int_equal(page.total, i == 2 ? 1 : 2);
        device_page_fini(&page);
        q = (struct device_query){.text_search = searches[i], .type = SLICE("PUMP")};
        page = page_of(f, q);
        assert_int_equal(page.total, 0);
        device_page_fini(&page);
    }
    struct profile_page types = {0};
    assert_int_equal(registry_device_types(f->r, &f->tenant, &types, NULL), ERR_OK);
    assert_int_equal(types.count, 2);
    assert_string_equal(types.profiles[0].name, "default");
    assert_string_equal(types.profiles[1].name, "pump");
    profile_page_fini(&types);
}

/* Many matches take another way through the indexes than few; every page must still be the right one. */
static void pages_cover_many_devices_without_gaps(void **state)
{
    struct fixture *f = *state;
    enum { DEVICES = 2300, SIZE = 100 };
    for (int i = 0; i < DEVICES; i++) {
        char name[32];
        snprintf(name, sizeof name, "Sensor-%05d", i);
        add(f, name, i % 2 ? "odd" : "even");
    }
    static const char *const searches[] = {"", "or", "sensor", "even", "Sensor-00", "00"};
    static const unsigned totals[] = {DEVICES, DEVICES, DEVICES, DEVICES / 2, 1000, 0};
    for (size_t s = 0; s < 5; s++) {
        unsigned seen = 0;
        char last[NAME_SIZE] = "";
        for (uint32_t at = 0;; at++) {
            struct device_page page = page_of(f, (struct device_query){.text_search = slice_str(searches[s]),
                                                                       .sort = DEVICE_SORT_NAME,
                                                                       .page_size = SIZE,
                                                                       .page = at});
            assert_int_equal(page.total, totals[s]);
            for (size_t i = 0; i < page.count; i++) {
                assert_true(strcmp(page.devices[i].name, last) > 0);
                snprintf(last, sizeof last, "%s", page.devices[i].name);
            }
            seen += (unsigned)page.count;
            size_t count = page.count;
            device_page_fini(&page);
            if (count == 0)
                break;
        }
        assert_int_equal(seen, totals[s]);
    }
}

/* --- credentials and the door --- */

static void the_door_knows_gateways(void **state)
{
    static const struct {
        const char *info;
        bool is_gateway;
    } rows[] = {
        {NULL, false},
        {"{}", false},
        {"{\"gateway\":true}", true},
        {"{\"a\":{\"gateway\":true}}", false},
        {"{\"gateway\":false}", false},
        {"{\"gateway\":1}", false},
        {"{\"gateway\":\"true\"}", false},
        {"{\"gateway\":null,\"b\":2}", false},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[16];
        struct door_entry entry = {0};
        snprintf(name, sizeof name, "gateway-%zu", i);
        struct device d = device_named(f, name, "");
        struct credentials c = token_of(name);
        d.additional_info = rows[i].info != NULL ? strdup(rows[i].info) : NULL;
        assert_int_equal(registry_device_add(f->r, &d, &c, NULL), ERR_OK);
        assert_int_equal(
            registry_door_find(f->r, CREDENTIALS_ACCESS_TOKEN, slice_str(name), &entry, NULL, NULL), ERR_OK);
        assert_int_equal(entry.is_gateway, rows[i].is_gateway);
        device_fini(&d);
    }
}

static void door_finds_by_type_and_id(void **state)
{
    struct fixture *f = *state;
    struct device d = device_named(f, "cam", "");
    struct credentials c = token_of("0123abcd"), got = {0};
    struct door_entry entry = {0};
    c.type = CREDENTIALS_X509;
    c.value = strdup("MIIB...");
    assert_int_equal(registry_device_add(f->r, &d, &c, NULL), ERR_OK);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_X509, SLICE("0123abcd"), &entry, &got, NULL),
                     ERR_OK);
    assert_int_equal(entry.device, d.number);
    assert_true(uuid_eq(&entry.device_id, &d.id));
    assert_true(uuid_eq(&entry.tenant_id, &f->tenant));
    assert_true(uuid_eq(&entry.profile_id, &f->profile.id));
    assert_string_equal(entry.name, "cam");
    assert_string_equal(got.value, "MIIB...");
    credentials_fini(&got);
    credentials_fini(&c);
    static const struct slice wrong[] = {SLICE("0123ABCD"), SLICE("0123abc"), SLICE("0123abcd\0"), SLICE(""),
                                         SLICE("' OR '1'='1")};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(registry_door_find(f->r, CREDENTIALS_X509, wrong[i], &entry, NULL, NULL),
                         ERR_NOT_FOUND);
    assert_int_equal(
        registry_door_find(f->r, CREDENTIALS_ACCESS_TOKEN, SLICE("0123abcd"), &entry, NULL, NULL),
        ERR_NOT_FOUND);
}

static void saved_credentials_replace_the_old(void **state)
{
    struct fixture *f = *state;
    struct device d = device_named(f, "a", ""), e = add(f, "b", "");
    struct credentials c = token_of("old"), taken = {0};
    struct door_entry entry;
    struct problem p = {0};
    assert_int_equal(registry_device_add(f->r, &d, &c, &p), ERR_OK);
    assert_int_equal(registry_credentials_get(f->r, &f->tenant, &e.id, &taken, &p), ERR_OK);
    struct credentials stale = c;
    snprintf(c.credentials_id, sizeof c.credentials_id, "new");
    c.type = CREDENTIALS_MQTT_BASIC;
    c.value = strdup("{}");
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &c, &p), ERR_OK);
    assert_true(c.version > stale.version);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_ACCESS_TOKEN, SLICE("old"), &entry, NULL, &p),
                     ERR_NOT_FOUND);
    assert_int_equal(registry_door_find(f->r, CREDENTIALS_MQTT_BASIC, SLICE("new"), &entry, NULL, &p),
                     ERR_OK);

    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &stale, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "version");
    struct credentials other = c;
    snprintf(other.credentials_id, sizeof other.credentials_id, "%s", taken.credentials_id);
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &other, &p), ERR_CONFLICT);
    assert_string_equal(p.field, "credentialsId");
    other = c, other.device_id = e.id;
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &other, &p), ERR_NOT_FOUND);
    other = c, other.id = uuid_random();
    assert_int_equal(registry_credentials_save(f->r, &f->tenant, &other, &p), ERR_NOT_FOUND);
    struct uuid stranger = uuid_random();
    assert_int_equal(registry_credentials_save(f->r, &stranger, &c, &p), ERR_NOT_FOUND);
    credentials_fini(&c);
}

/* --- threads --- */

struct crowd {
    struct fixture *f;
    int number;
};

static void *add_and_find(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < 40; i++) {
        char name[32];
        struct device_page page = {0};
        struct device_query q = {.tenant_id = c->f->tenant, .page_size = 50, .text_search = SLICE("crowd")};
        snprintf(name, sizeof name, "crowd-%d-%d", c->number, i);
        add(c->f, name, "");
        assert_int_equal(registry_device_page(c->f->r, &q, &page, NULL), ERR_OK);
        assert_true(page.total > (unsigned)i);
        device_page_fini(&page);
    }
    return NULL;
}

static void many_threads_may_call_at_once(void **state)
{
    struct fixture *f = *state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    struct crowd crowd[THREADS];
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){f, i};
        assert_int_equal(pthread_create(&threads[i], NULL, add_and_find, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct device_page page = page_of(f, (struct device_query){.text_search = SLICE("crowd")});
    assert_int_equal(page.total, THREADS * 40);
    device_page_fini(&page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fresh_registry_has_tenant_group_and_profile),
        TEST(what_was_written_survives_reopening),
        cmocka_unit_test(opening_says_what_is_not_there_or_not_ours),
        TEST(files_are_the_owners_alone),
        TEST(secrets_are_made_once),
        TEST(users_are_found_by_email_without_case),
        TEST(second_user_with_an_email_is_refused),
        TEST(logins_live_until_ended_or_expired),
        TEST(new_password_ends_all_logins),
        TEST(profile_is_made_when_named_first),
        TEST(added_device_comes_back_whole),
        TEST(taken_names_and_credentials_leave_nothing),
        TEST(update_needs_the_stored_version),
        TEST(update_takes_the_credentials_along_or_changes_nothing),
        TEST(many_devices_are_written_at_once_but_for_those_refused),
        TEST(devices_are_walked_by_number),
        TEST(other_tenants_see_nothing),
        TEST(deletion_is_journaled_and_numbers_are_not_reused),
        TEST(many_are_deleted_and_those_that_are_not_there_are_told),
        TEST(search_finds_parts_of_name_label_and_type),
        TEST(search_follows_changes),
        TEST(pages_sort_both_ways_by_each_property),
        TEST(pages_filter_by_type_profile_and_customer),
        TEST(pages_cover_many_devices_without_gaps),
        TEST(door_finds_by_type_and_id),
        TEST(the_door_knows_gateways),
        TEST(saved_credentials_replace_the_old),
        TEST(many_threads_may_call_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
