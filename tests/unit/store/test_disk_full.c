/*
 * Both stores on a small file system of their own that fills up: writers are told ERR_FULL, readers go on,
 * and when there is space again writing works, without a restart and with nothing acknowledged lost.
 * Needs the right to mount a tmpfs in a private mount namespace; skipped, saying so, where there is none.
 */
#include "store/registry.h"
#include "store/series.h"
#include "temp_dir.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { DISK_MIB = 64, BALLAST_MIB = 48, RECOVERY_MAX_S = 60, VALUE_BYTES = 4000 };

/* A user namespace gives the right to mount to those who are not root. */
static bool enter_namespace(void)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

struct disk {
    struct temp_dir dir;
    char data[80], ballast[80];
};

static void take_space(const struct disk *disk, bool all)
{
    static char block[1 << 16];
    memset(block, 1, sizeof block);
    int fd = open(disk->ballast, O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_true(fd >= 0);
    for (size_t i = 0; all || i < BALLAST_MIB * 16; i++) {
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
            break;
    }
    close(fd);
}

static void free_space(const struct disk *disk)
{
    assert_int_equal(unlink(disk->ballast), 0);
}

static bool mount_small(const char *path)
{
    static bool is_entered;
    char options[32];
    snprintf(options, sizeof options, "size=%dm", DISK_MIB);
    is_entered = is_entered || enter_namespace();
    return is_entered && mount("none", path, "tmpfs", 0, options) == 0;
}

static int setup(void **state)
{
    struct disk *disk = calloc(1, sizeof *disk);
    disk->dir = (struct temp_dir){"/tmp/postern-full-XXXXXX"};
    assert_non_null(mkdtemp(disk->dir.path));
    if (!mount_small(disk->dir.path)) {
        print_message("skipped: no right to mount a file system here (%s)\n", strerror(errno));
        temp_dir_remove(&disk->dir);
        free(disk);
        *state = NULL;
        return 0;
    }
    snprintf(disk->data, sizeof disk->data, "%s/data", disk->dir.path);
    snprintf(disk->ballast, sizeof disk->ballast, "%s/ballast", disk->dir.path);
    *state = disk;
    return 0;
}

static int teardown(void **state)
{
    struct disk *disk = *state;
    if (disk == NULL)
        return 0;
    assert_int_equal(umount2(disk->dir.path, MNT_DETACH), 0);
    temp_dir_remove(&disk->dir);
    free(disk);
    return 0;
}

/* Point n, whose value does not compress. */
static err_t write_point(struct series *s, int64_t n, struct problem *p)
{
    static uint8_t noise[VALUE_BYTES];
    struct batch batch = {0}, *one = &batch;
    uint64_t x = (uint64_t)n * 0x9e3779b97f4a7c15 + 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        noise[i] = (uint8_t)(0x21 + x % 90);
    }
    struct point point = {1, SLICE("k"), n, {VALUE_STRING, .text = slice_of(noise, sizeof noise)}};
    batch_add_point(&batch, &point);
    err_t err = series_write(s, &one, 1, p);
    batch_fini(&batch);
    return err;
}

static int64_t write_until_full(struct series *s, int64_t n)
{
    struct problem p = {0};
    err_t err = ERR_OK;
    while ((err = write_point(s, n, &p)) == ERR_OK)
        n++;
    if (err != ERR_FULL)
        fail_msg("expected ERR_FULL, got: %s", p.text);
    return n;
}

static bool count_down(void *arg, const struct point *point)
{
    int64_t *n = arg;
    assert_int_equal(point->ts, *n);
    --*n;
    return true;
}

static void assert_readable(struct series *s, int64_t count)
{
    struct series_range r = {.device = 1, .key = SLICE("k"), .end_ms = count, .limit = UINT32_MAX};
    int64_t n = count - 1;
    assert_int_equal(series_query(s, &r, count_down, &n, NULL), ERR_OK);
    assert_int_equal(n, -1);
}

static void series_recovers_from_a_full_disk(void **state)
{
    struct disk *disk = *state;
    struct series *s = NULL;
    struct problem p = {0};
    int64_t n = 0;
    if (disk == NULL)
        skip();
    assert_int_equal(series_open(disk->data, true, &s, NULL), ERR_OK);
    for (int round = 0; round < 2; round++) {
        int waited = 0;
        take_space(disk, false);
        n = write_until_full(s, n);
        take_space(disk, true);
        assert_readable(s, n);
        assert_int_equal(write_point(s, n, &p), ERR_FULL);
        assert_non_null(strstr(p.text, "No space left"));
        free_space(disk);
        while (write_point(s, n, &p) != ERR_OK) {
            if (waited++ > RECOVERY_MAX_S * 10)
                fail_msg("did not recover: %s", p.text);
            usleep(100000);
        }
        n++;
        print_message("full after %lld points, writing again after %.1f s\n", (long long)n, waited / 10.0);
        assert_readable(s, n);
    }
    series_close(s);
    assert_int_equal(series_open(disk->data, false, &s, NULL), ERR_OK);
    assert_readable(s, n);
    series_close(s);
}

static err_t add_device(struct registry *r, const struct profile *profile, unsigned number)
{
    static char info[8000];
    struct device d = {.tenant_id = profile->tenant_id, .profile_id = profile->id, .additional_info = info};
    struct credentials c = {.type = CREDENTIALS_ACCESS_TOKEN};
    memset(info, ' ', sizeof info - 1);
    snprintf(d.name, sizeof d.name, "device-%u", number);
    snprintf(c.credentials_id, sizeof c.credentials_id, "token-%u", number);
    return registry_device_add(r, &d, &c, NULL);
}

static void registry_recovers_from_a_full_disk(void **state)
{
    struct disk *disk = *state;
    struct registry *r = NULL;
    struct uuid tenant;
    struct profile profile = {0};
    struct device_page page = {0};
    unsigned n = 0;
    err_t err = ERR_OK;
    if (disk == NULL)
        skip();
    assert_int_equal(registry_open(disk->data, true, &r, NULL), ERR_OK);
    assert_int_equal(registry_tenant_default(r, &tenant, NULL), ERR_OK);
    assert_int_equal(registry_profile_default(r, &tenant, &profile, NULL), ERR_OK);
    take_space(disk, false);
    while ((err = add_device(r, &profile, n)) == ERR_OK)
        n++;
    assert_int_equal(err, ERR_FULL);
    take_space(disk, true);
    assert_int_equal(add_device(r, &profile, n), ERR_FULL);
    struct device_query q = {.tenant_id = tenant, .page_size = 10, .text_search = SLICE("device-")};
    assert_int_equal(registry_device_page(r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.total, n);
    device_page_fini(&page);
    free_space(disk);
    assert_int_equal(add_device(r, &profile, n), ERR_OK);
    registry_close(r);
    assert_int_equal(registry_open(disk->data, false, &r, NULL), ERR_OK);
    assert_int_equal(registry_device_page(r, &q, &page, NULL), ERR_OK);
    assert_int_equal(page.total, n + 1);
    device_page_fini(&page);
    profile_fini(&profile);
    registry_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(series_recovers_from_a_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(registry_recovers_from_a_full_disk, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
