/* Which entries make one event, and what it says; which addresses are nobody's business. */
#include "hub/forward_event.h"

#include "hub/forward_check.h"
#include "hub/forward_send.h"
#include "hub/public_address.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

static void point(struct batch *b, uint64_t device, const char *key, int64_t ts, int64_t value)
{
    const struct point p = {device, slice_str(key), ts, {VALUE_LONG, .number = value}};
    batch_add_point(b, &p);
}

static void attribute(struct batch *b, enum attribute_scope scope, const char *key, int64_t ts)
{
    const struct attribute a = {1, scope, slice_str(key), ts, {VALUE_LONG, .number = 5}};
    batch_add_attribute(b, &a);
}

/* All events as "type ts scope data;" */
static void expect(struct batch *b, const char *expected)
{
    AUTO_BUF out = {0}, subject = {0};
    forward_subject_write(&(struct uuid){0}, "pump \"1\"", "pumps", &subject);
    struct forward_event e;
    for (size_t at = 0; forward_event_next(b, &at, &e);) {
        AUTO_BUF json = {0};
        forward_event_write(b, &e, buf_slice(&subject), "x-1", 99, &json);
        buf_append_slice(&out, buf_slice(&json));
        buf_append_u8(&out, '\n');
    }
    assert_string_equal(buf_cstr(&out), expected);
    batch_fini(b);
}

#define HEAD(type, ts)                                                                                       \
    "{\"id\":\"x-1\",\"type\":\"" type "\",\"ts\":" ts                                                       \
    ",\"deviceId\":\"00000000-0000-0000-0000-000000000000\",\"deviceName\":\"pump "                          \
    "\\\"1\\\"\",\"deviceProfile\":\"pumps\","

static void values_of_one_time_are_one_event(void **state)
{
    struct batch b = {0};
    point(&b, 1, "a", 10, 1);
    point(&b, 1, "b", 10, 2);
    point(&b, 1, "a", 11, 3);
    point(&b, 2, "b", 11, 4);
    point(&b, 2, "b", 11, 5); /* the same once more cannot be in the same object */
    expect(&b, HEAD("TELEMETRY", "10") "\"data\":{\"a\":1,\"b\":2}}\n" HEAD(
                   "TELEMETRY",
                   "11") "\"data\":{\"a\":3}}\n" HEAD("TELEMETRY",
                                                      "11") "\"data\":{\"b\":4}}\n" HEAD("TELEMETRY",
                                                                                         "11") "\"data\":{"
                                                                                               "\"b\":5}}\n");
}

static void attributes_by_scope_and_their_deletion(void **state)
{
    struct batch b = {0};
    attribute(&b, SCOPE_SHARED, "a", 10);
    attribute(&b, SCOPE_SHARED, "b", 10);
    attribute(&b, SCOPE_CLIENT, "c", 10);
    batch_delete_attribute(&b, 1, SCOPE_SHARED, SLICE("a"));
    batch_delete_attribute(&b, 1, SCOPE_SHARED, SLICE("b"));
    expect(
        &b,
        HEAD("ATTRIBUTES_UPDATED", "10") "\"scope\":\"SHARED_SCOPE\",\"data\":{\"a\":5,\"b\":5}}\n" HEAD(
            "ATTRIBUTES_UPDATED",
            "10") "\"scope\":\"CLIENT_SCOPE\",\"data\":{\"c\":5}}\n" HEAD("ATTRIBUTES_DELETED",
                                                                          "99") "\"scope\":\"SHARED_SCOPE\","
                                                                                "\"data\":{\"keys\":[\"a\","
                                                                                "\"b\"]}}\n");
}

static void notes_of_presence_are_lifecycle(void **state)
{
    struct batch b = {0};
    attribute(&b, SCOPE_SERVER, "active", 10);
    attribute(&b, SCOPE_SERVER, "lastConnectTime", 10);
    attribute(&b, SCOPE_SERVER, "lastDisconnectTime", 10);
    attribute(&b, SCOPE_SERVER, "lastActivityTime", 10);
    attribute(&b, SCOPE_SERVER, "site", 10);
    attribute(&b, SCOPE_CLIENT, "lastConnectTime", 10); /* a device's own */
    const struct attribute list = {
        1 | UINT64_C(1) << 63, SCOPE_SERVER, SLICE("000001"), 1, {VALUE_LONG, .number = 5}};
    batch_add_attribute(&b, &list);
    const struct session_entry session = {1, SLICE("client"), .record = SLICE("r")};
    batch_put_session(&b, &session, false);
    expect(
        &b,
        HEAD("DEVICE_CONNECTED", "5") "\"data\":{}}\n" HEAD("DEVICE_DISCONNECTED", "5") "\"data\":{}}\n" HEAD(
            "ATTRIBUTES_UPDATED", "10") "\"scope\":\"SERVER_SCOPE\",\"data\":{\"site\":5}}"
                                        "\n" HEAD("ATTRIBUTES_UPDATED",
                                                  "10") "\"scope\":\"CLIENT_SCOPE\",\"data\":{"
                                                        "\"lastConnectTime\":5}}\n");
}

static void an_event_is_bounded(void **state)
{
    struct batch b = {0};
    struct forward_event e;
    size_t at = 0, events = 0;
    for (int i = 0; i < 600; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%d", i);
        point(&b, 1, key, 10, i);
    }
    while (forward_event_next(&b, &at, &e))
        events++;
    assert_int_equal(events, 3); /* of FORWARD_EVENT_KEYS keys */
    batch_clear(&b);
    char *text = calloc(1, 200 * 1024);
    memset(text, 'x', 200 * 1024);
    for (int i = 0; i < 4; i++) {
        char key[2] = {(char)('a' + i), 0};
        const struct point p = {1, slice_str(key), 10, {VALUE_STRING, .text = slice_of(text, 200 * 1024)}};
        batch_add_point(&b, &p);
    }
    for (at = events = 0; forward_event_next(&b, &at, &e);)
        events++;
    assert_int_equal(events, 2);
    free(text);
    batch_fini(&b);
}

/* ---- signature, URL, address ------------------------------------------------------------------------------- */

/* printf '1700000000.[{"id":"1"}]' | openssl dgst -sha256 -hmac 'a secret of many bytes' */
static void a_signature(void **state)
{
    char out[FORWARD_SIGNATURE_SIZE];
    forward_sign("a secret of many bytes", 1700000000, SLICE("[{\"id\":\"1\"}]"), out);
    assert_string_equal(out, "185e29cf2580ce9b09c7b59c43b075805fc3b72e5d07e2fef375750e3ee1d5f8");
}

static void urls(void **state)
{
    struct settings strict = {0}, open = {0};
    open.forward.allow_http = true;
    const char *good[] = {"https://example.com", "HTTPS://example.com:8443/a?b=c", "https://[2001:db8::1]/x"};
    const char *bad[] = {"",
                         "example.com",
                         "ftp://example.com",
                         "http://example.com",
                         "https://",
                         "https://u@host/path",
                         "https://u:p@host/path",
                         "file:///etc/passwd",
                         "https://host:99999/"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(forward_check_url(good[i], &strict, NULL), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(forward_check_url(bad[i], &strict, NULL), ERR_INVALID);
    assert_int_equal(forward_check_url("http://example.com", &open, NULL), ERR_OK);
    assert_int_equal(forward_check_url("ftp://example.com", &open, NULL), ERR_INVALID);
}

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_public((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_is_public((const struct sockaddr *)&v6);
}

static void addresses(void **state)
{
    const char *public[] = {"8.8.8.8",          "1.1.1.1",         "9.255.255.255",   "11.0.0.1",
                            "100.63.255.255",   "100.128.0.1",     "172.15.255.255",  "172.32.0.1",
                            "192.167.1.1",      "223.255.255.255", "2606:4700::1111", "::ffff:8.8.8.8",
                            "64:ff9b::808:808", "2002:808:808::1"};
    const char *inside[] = {
        "0.0.0.0",    "10.1.2.3",         "127.0.0.1",       "127.255.0.9",     "169.254.169.254",
        "172.16.0.1", "172.31.255.255",   "192.168.1.1",     "100.64.0.1",      "100.127.255.255",
        "198.18.0.1", "198.19.255.255",   "224.0.0.1",       "255.255.255.255", "::",
        "::1",        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",  "64:ff9b:1::1",
        "fe80::1",    "fec0::1",          "fc00::1",         "fdff::1",         "ff02::1",
        "2001::1",    "2001:db8::1",      "2002:a00:1::1",   "2002:7f00:1::",   "::127.0.0.1",
        "100::1",     "3fff::1"};
    for (size_t i = 0; i < sizeof public / sizeof public[0]; i++)
        if (!is_public(public[i]))
            fail_msg("%s", public[i]);
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        if (is_public(inside[i]))
            fail_msg("%s", inside[i]);
    const struct sockaddr other = {.sa_family = AF_UNIX};
    assert_false(address_is_public(&other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_one_time_are_one_event),
        cmocka_unit_test(attributes_by_scope_and_their_deletion),
        cmocka_unit_test(notes_of_presence_are_lifecycle),
        cmocka_unit_test(an_event_is_bounded),
        cmocka_unit_test(a_signature),
        cmocka_unit_test(urls),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
