#include "hub/firmware.h"

#include "ota.h"

#include <string.h>
#include <unistd.h>

enum { SIZE = 100000 };

static struct ota_house house;
static uint8_t bytes[SIZE];

static int set_up(void **state)
{
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 256);
    ota_open(&house);
    return 0;
}

static int tear_down(void **state)
{
    ota_close(&house);
    return 0;
}

static const struct firmware_chunk plain = {.type = OTA_FIRMWARE, .request_id = 1, .max = 65536};

static err_t read_chunk(struct firmware_chunk chunk, struct buf *out)
{
    struct problem problem = {0};
    buf_clear(out);
    err_t err = firmware_read_chunk(house.hub.firmware, &chunk, out, &problem);
    if (err != ERR_OK)
        assert_string_not_equal(problem.text, "");
    return err;
}

static struct firmware_chunk sized(const struct device *d, uint32_t size, uint32_t index)
{
    struct firmware_chunk chunk = plain;
    chunk.device = d->number;
    chunk.has_size = true;
    chunk.size = size;
    chunk.index = index;
    return chunk;
}

static void expect_bytes(const struct buf *out, const uint8_t *from, size_t offset, size_t len)
{
    assert_int_equal(out->len, len);
    assert_memory_equal(out->data, from + offset, len);
}

static void chunks_make_the_whole(void **state)
{
    static const uint32_t sizes[] = {1000, 4096, 50000, 65536};
    AUTO_BUF out = {0};
    AUTO_BUF whole = {0};
    struct ota_package package = ota_add(&house, "pump", slice_of(bytes, SIZE));
    struct device d = ota_device(&house, "d");
    ota_assign(&house, &d, &package);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t count = (SIZE + sizes[i] - 1) / sizes[i];
        buf_clear(&whole);
        for (uint32_t n = 0; n < count; n++) {
            assert_int_equal(read_chunk(sized(&d, sizes[i], n), &out), ERR_OK);
            buf_append_slice(&whole, buf_slice(&out));
        }
        expect_bytes(&whole, bytes, 0, SIZE);
        assert_int_equal(read_chunk(sized(&d, sizes[i], count), &out), ERR_OK);
        assert_int_equal(out.len, 0);
        assert_int_equal(read_chunk(sized(&d, sizes[i], INT32_MAX), &out), ERR_OK);
        assert_int_equal(out.len, 0);
    }
}

static void the_size_of_the_request_before_is_remembered(void **state)
{
    AUTO_BUF out = {0};
    struct device d = ota_device(&house, "sized");
    struct ota_package package = ota_add(&house, "sized", slice_of(bytes, SIZE));
    ota_assign(&house, &d, &package);
    struct firmware_chunk chunk = sized(&d, 700, 0);
    assert_int_equal(read_chunk(chunk, &out), ERR_OK);
    chunk.has_size = false;
    chunk.size = 0;
    chunk.index = 3;
    assert_int_equal(read_chunk(chunk, &out), ERR_OK);
    expect_bytes(&out, bytes, 2100, 700);
    chunk.index = 0;
    assert_int_equal(read_chunk(chunk, &out), ERR_OK);
    expect_bytes(&out, bytes, 0, 700);
    chunk.request_id = 2; /* another download: no size was named, so the whole is meant */
    assert_int_equal(read_chunk(chunk, &out), ERR_LIMIT);
}

static void the_whole_is_bounded(void **state)
{
    AUTO_BUF out = {0};
    struct device d = ota_device(&house, "whole");
    struct ota_package small = ota_add(&house, "small", slice_of(bytes, 65536));
    struct ota_package large = ota_add(&house, "large", slice_of(bytes, 65537));
    ota_assign(&house, &d, &small);
    assert_int_equal(read_chunk(sized(&d, 0, 0), &out), ERR_OK);
    expect_bytes(&out, bytes, 0, 65536);
    assert_int_equal(read_chunk(sized(&d, INT32_MAX, 0), &out), ERR_OK);
    expect_bytes(&out, bytes, 0, 65536);
    ota_assign(&house, &d, &large);
    assert_int_equal(read_chunk(sized(&d, 0, 0), &out), ERR_LIMIT);
    assert_int_equal(read_chunk(sized(&d, 65537, 0), &out), ERR_LIMIT);
}

static void a_download_stays_with_its_package(void **state)
{
    AUTO_BUF out = {0};
    struct device d = ota_device(&house, "steady");
    struct ota_package first = ota_add(&house, "steady 1", slice_of(bytes, 1000));
    struct ota_package second = ota_add(&house, "steady 2", slice_of(bytes + 5, 1000));
    ota_assign(&house, &d, &first);
    assert_int_equal(read_chunk(sized(&d, 100, 0), &out), ERR_OK);
    ota_assign(&house, &d, &second);
    assert_int_equal(read_chunk(sized(&d, 100, 1), &out), ERR_OK);
    expect_bytes(&out, bytes, 100, 100);
    assert_int_equal(read_chunk(sized(&d, 100, 0), &out), ERR_OK);
    expect_bytes(&out, bytes, 5, 100);
    assert_int_equal(read_chunk(sized(&d, 100, 1), &out), ERR_OK);
    expect_bytes(&out, bytes, 105, 100);
}

static void nothing_to_load_is_told(void **state)
{
    AUTO_BUF out = {0};
    struct device d = ota_device(&house, "none");
    struct ota_package package = ota_add(&house, "gone", slice_of(bytes, 1000));
    struct ota_package elsewhere = {.tenant_id = house.profile.tenant_id,
                                    .type = OTA_FIRMWARE,
                                    .title = "elsewhere",
                                    .package_version = "1"};
    assert_int_equal(read_chunk(sized(&d, 100, 0), &out), ERR_NOT_FOUND);
    ota_assign(&house, &d, &package);
    assert_int_equal(read_chunk(sized(&d, 100, 0), &out), ERR_OK);
    ota_assign(&house, &d, NULL);
    assert_int_equal(read_chunk(sized(&d, 100, 1), &out), ERR_OK);
    assert_int_equal(firmware_delete(&house.hub, &house.profile.tenant_id, &package.id, NULL), ERR_OK);
    assert_int_equal(read_chunk(sized(&d, 100, 1), &out), ERR_NOT_FOUND);
    elsewhere.url = strdup("https://example.org/1.bin");
    assert_int_equal(registry_ota_add(house.hub.registry, &elsewhere, NULL), ERR_OK);
    ota_assign(&house, &d, &elsewhere);
    assert_int_equal(read_chunk(sized(&d, 100, 0), &out), ERR_NOT_FOUND);
    ota_package_fini(&elsewhere);
}

/* More packages than files are kept open, and more devices than one. */
static void many_packages_at_once(void **state)
{
    enum { PACKAGES = FIRMWARE_FILES + 5 };
    AUTO_BUF out = {0};
    struct device devices[PACKAGES];
    char name[32];
    for (size_t i = 0; i < PACKAGES; i++) {
        snprintf(name, sizeof name, "many %zu", i);
        struct ota_package package = ota_add(&house, name, slice_of(bytes + i, 1000));
        devices[i] = ota_device(&house, name);
        ota_assign(&house, &devices[i], &package);
    }
    for (uint32_t index = 0; index < 10; index++) {
        for (size_t i = 0; i < PACKAGES; i++) {
            assert_int_equal(read_chunk(sized(&devices[i], 100, index), &out), ERR_OK);
            expect_bytes(&out, bytes + i, index * 100, 100);
        }
    }
}

static void http_opens_what_the_device_means(void **state)
{
    struct device d = ota_device(&house, "http");
    struct ota_package package = ota_add(&house, "http", slice_of(bytes, 1000)), found;
    struct problem problem = {0};
    uint8_t start[4];
    int fd = -1;
    ota_assign(&house, &d, &package);
    assert_int_equal(firmware_open(&house.hub, d.number, OTA_FIRMWARE, SLICE("http"), SLICE("1.10"), &found,
                                   &fd, &problem),
                     ERR_OK);
    assert_int_equal(found.data_size, 1000);
    assert_int_equal(pread(fd, start, 4, 0), 4);
    assert_memory_equal(start, bytes, 4);
    close(fd);
    ota_package_fini(&found);
    assert_int_equal(
        firmware_open(&house.hub, d.number, OTA_FIRMWARE, SLICE("http"), SLICE("1.1"), &found, &fd, &problem),
        ERR_INVALID);
    assert_string_equal(problem.field, "version");
    assert_int_equal(
        firmware_open(&house.hub, d.number, OTA_FIRMWARE, SLICE("x"), SLICE("1.10"), &found, &fd, &problem),
        ERR_INVALID);
    assert_string_equal(problem.field, "title");
    assert_int_equal(firmware_open(&house.hub, d.number, OTA_SOFTWARE, SLICE("http"), SLICE("1.10"), &found,
                                   &fd, &problem),
                     ERR_NOT_FOUND);
}

/* As the worker of the topics does it. */
static void expect_answer(const struct device *d, const char *payload, uint32_t index, const char *topic,
                          const char *text)
{
    struct problem problem = {0};
    struct request request = {.hub = &house.hub,
                              .source = {.device = d->number},
                              .match = {.topic = TOPIC_FIRMWARE_REQUEST, .request_id = 9, .chunk = index},
                              .topic = "v2/fw/response/9/chunk/0"};
    buf_append_str(&request.payload, payload);
    assert_int_equal(firmware_answer(&request, &problem), ERR_OK);
    assert_string_equal(request.topic, topic);
    assert_int_equal(strncmp(buf_cstr(&request.answer), text, strlen(text)), 0);
    assert_int_equal(request.is_binary, topic[6] == 'r');
    buf_fini(&request.payload);
    buf_fini(&request.answer);
}

static void requests_are_answered_in_one_way_or_the_other(void **state)
{
    struct device d = ota_device(&house, "asks");
    struct ota_package package = ota_add(&house, "asked", SLICE("0123456789"));
    expect_answer(&d, "4", 0, "v2/fw/error", "NOT_FOUND: no firmware is assigned to the device");
    ota_assign(&house, &d, &package);
    expect_answer(&d, "4", 0, "v2/fw/response/9/chunk/0", "0123");
    expect_answer(&d, "", 2, "v2/fw/response/9/chunk/0", "89");
    expect_answer(&d, "", 3, "v2/fw/response/9/chunk/0", "");
    expect_answer(&d, "0", 0, "v2/fw/response/9/chunk/0", "0123456789");
    expect_answer(&d, "-4", 0, "v2/fw/error", "BAD_REQUEST: ");
    expect_answer(&d, "4 ", 0, "v2/fw/error", "BAD_REQUEST: ");
    expect_answer(&d, "4294967297", 0, "v2/fw/error", "BAD_REQUEST: ");
    package = ota_add(&house, "large asked", slice_of(bytes, SIZE));
    ota_assign(&house, &d, &package);
    house.settings.ota.max_chunk = SIZE - 1;
    expect_answer(&d, "0", 0, "v2/fw/error", "PAYLOAD_TOO_LARGE: 100000 bytes are asked for");
}

static void what_was_uploaded_survives_and_leftovers_do_not(void **state)
{
    AUTO_BUF out = {0};
    struct device d = ota_device(&house, "kept");
    struct ota_package package = ota_add(&house, "kept", slice_of(bytes, 1000)), lost = {0};
    struct uuid unknown = uuid_random();
    struct package_upload *upload;
    int fd = -1;
    ota_assign(&house, &d, &package);
    assert_int_equal(package_upload_begin(house.hub.packages, CHECKSUM_MD5, 10, &upload, NULL), ERR_OK);
    assert_int_equal(package_upload_write(upload, SLICE("x"), NULL), ERR_OK);
    assert_int_equal(package_upload_finish(upload, &unknown, slice_of(NULL, 0), &lost, NULL), ERR_OK);
    package_upload_end(upload);
    ota_reopen(&house);
    assert_int_equal(read_chunk(sized(&d, 100, 4), &out), ERR_OK);
    expect_bytes(&out, bytes, 400, 100);
    assert_int_equal(package_files_read(house.hub.packages, &unknown, &fd, NULL), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_make_the_whole),
        cmocka_unit_test(the_size_of_the_request_before_is_remembered),
        cmocka_unit_test(the_whole_is_bounded),
        cmocka_unit_test(a_download_stays_with_its_package),
        cmocka_unit_test(nothing_to_load_is_told),
        cmocka_unit_test(many_packages_at_once),
        cmocka_unit_test(http_opens_what_the_device_means),
        cmocka_unit_test(requests_are_answered_in_one_way_or_the_other),
        cmocka_unit_test(what_was_uploaded_survives_and_leftovers_do_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
