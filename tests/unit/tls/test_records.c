#include "unit.h"

#include "tls/alert.h"
#include "tls/records.h"

/* A server under test and a peer that is the same record layer with the directions swapped. Where the peer must
 * misbehave, its records are sealed by hand. */
struct pair {
    struct tls_crypto *crypto;
    struct tls_records server, peer;
    struct buf plain, out;
    struct problem problem;
};

static void set_up(struct pair *p, uint16_t suite)
{
    uint8_t a[TLS_SECRET_MAX], b[TLS_SECRET_MAX];
    memset(a, 0x11, sizeof a);
    memset(b, 0x22, sizeof b);
    *p = (struct pair){0};
    assert_int_equal(tls_crypto_new(&p->crypto), ERR_OK);
    assert_int_equal(tls_records_init(&p->server, p->crypto, suite, a, 0, b, 1), ERR_OK);
    assert_int_equal(tls_records_init(&p->peer, p->crypto, suite, b, 1, a, 0), ERR_OK);
}

static void tear_down(struct pair *p)
{
    tls_records_fini(&p->server);
    tls_records_fini(&p->peer);
    tls_crypto_free(p->crypto);
    buf_fini(&p->plain);
    buf_fini(&p->out);
}

/* Seal @p inner as one record from the peer, of any type, with @p padding zeros behind the type. */
static void seal(struct pair *p, uint8_t type, struct slice inner, size_t padding, struct buf *record)
{
    AUTO_BUF content = {0};
    static const uint8_t zeros[TLS_CIPHERTEXT_MAX];
    buf_append_slice(&content, inner);
    if (padding > 0) {
        buf_append_u8(&content, type);
        buf_append(&content, zeros, padding - 1);
        type = 0;
    }
    size_t body = content.len + 1 + TLS_TAG_SIZE;
    const uint8_t header[5] = {23, 3, 3, (uint8_t)(body >> 8), (uint8_t)body};
    buf_append(record, header, sizeof header);
    uint8_t *room = buf_reserve(record, body);
    assert_non_null(room);
    assert_int_equal(
        tls_seal(p->crypto, p->peer.suite, &p->peer.out, header, buf_slice(&content), type, room), ERR_OK);
    record->len += body;
}

static err_t receive(struct pair *p, struct slice in)
{
    size_t used;
    return tls_records_receive(&p->server, p->crypto, in, &used, &p->plain, &p->out, &p->problem);
}

/* What the server sent last must be this alert, readable by the peer. */
static void expect_alert(struct pair *p, uint8_t alert)
{
    AUTO_BUF plain = {0};
    AUTO_BUF answer = {0};
    struct problem problem = {0};
    size_t used;
    err_t err =
        tls_records_receive(&p->peer, p->crypto, buf_slice(&p->out), &used, &plain, &answer, &problem);
    assert_int_equal(err, alert == TLS_ALERT_CLOSE_NOTIFY ? ERR_CLOSED : ERR_PROTO);
    if (alert != TLS_ALERT_CLOSE_NOTIFY)
        assert_non_null(strstr(problem.text, tls_alert_name(alert)));
}

static const uint16_t suites[] = {TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384,
                                  TLS_CHACHA20_POLY1305_SHA256};

static void carries_data_both_ways_in_every_suite(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        struct pair p;
        AUTO_BUF wire = {0};
        AUTO_BUF got = {0};
        static uint8_t large[40000];
        size_t used;
        memset(large, 'x', sizeof large);
        set_up(&p, suites[i]);
        assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("hello"), &wire), ERR_OK);
        assert_int_equal(tls_records_send(&p.peer, p.crypto, slice_of(large, sizeof large), &wire), ERR_OK);
        assert_int_equal(receive(&p, buf_slice(&wire)), ERR_OK);
        assert_int_equal(p.plain.len, 5 + sizeof large);
        assert_memory_equal(p.plain.data, "hello", 5);
        assert_int_equal(tls_records_send(&p.server, p.crypto, SLICE("answer"), &p.out), ERR_OK);
        assert_int_equal(
            tls_records_receive(&p.peer, p.crypto, buf_slice(&p.out), &used, &got, &wire, &p.problem),
            ERR_OK);
        assert_true(slice_eq(buf_slice(&got), SLICE("answer")));
        tear_down(&p);
    }
}

static void records_may_be_cut_at_every_byte(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_AES_128_GCM_SHA256);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("0123456789"), &wire), ERR_OK);
    struct tls_records fresh = p.server;
    for (size_t cut = 0; cut <= wire.len; cut++) {
        size_t used, rest;
        p.server = fresh;
        buf_clear(&p.plain);
        assert_int_equal(
            tls_records_receive(&p.server, p.crypto, slice_of(wire.data, cut), &used, &p.plain, &p.out, NULL),
            ERR_OK);
        assert_true(used <= cut);
        assert_int_equal(tls_records_receive(&p.server, p.crypto, slice_skip(buf_slice(&wire), used), &rest,
                                             &p.plain, &p.out, NULL),
                         ERR_OK);
        assert_int_equal(used + rest, wire.len);
        assert_true(slice_eq(buf_slice(&p.plain), SLICE("012345678901234567890123456789")));
    }
    tear_down(&p);
}

static void a_flipped_bit_anywhere_ends_the_connection(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_CHACHA20_POLY1305_SHA256);
    assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("telemetry"), &wire), ERR_OK);
    struct tls_records fresh = p.server;
    for (size_t bit = 0; bit < wire.len * 8; bit++) {
        size_t byte = bit / 8;
        if (byte == 3 || byte == 4)
            continue; /* a changed length waits for more bytes, or is the next test's */
        p.server = fresh;
        buf_clear(&p.plain);
        wire.data[byte] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(receive(&p, buf_slice(&wire)), ERR_PROTO);
        assert_int_equal(p.plain.len, 0);
        wire.data[byte] ^= (uint8_t)(1u << bit % 8);
    }
    tear_down(&p);
}

static void wrong_order_and_replay_are_refused(void **state)
{
    struct pair p;
    AUTO_BUF first = {0};
    AUTO_BUF second = {0};
    set_up(&p, TLS_AES_256_GCM_SHA384);
    assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("1"), &first), ERR_OK);
    assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("2"), &second), ERR_OK);
    struct tls_records fresh = p.server;
    assert_int_equal(receive(&p, buf_slice(&second)), ERR_PROTO);
    expect_alert(&p, TLS_ALERT_BAD_RECORD_MAC);
    p.server = fresh;
    assert_int_equal(receive(&p, buf_slice(&first)), ERR_OK);
    assert_int_equal(receive(&p, buf_slice(&first)), ERR_PROTO);
    tear_down(&p);
}

/* One record of the peer, and what must come of it. */
static void expect_refused(uint8_t type, struct slice inner, size_t padding, uint8_t alert)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_AES_128_GCM_SHA256);
    seal(&p, type, inner, padding, &wire);
    assert_int_equal(receive(&p, buf_slice(&wire)), ERR_PROTO);
    assert_true(p.problem.text[0] != '\0');
    expect_alert(&p, alert);
    tear_down(&p);
}

static void what_rfc_8446_forbids_is_refused_with_its_alert(void **state)
{
    static uint8_t large[TLS_PLAINTEXT_MAX + 200];
    expect_refused(0, SLICE(""), 1, TLS_ALERT_UNEXPECTED_MESSAGE);      /* only padding */
    expect_refused(20, SLICE("\x01"), 0, TLS_ALERT_UNEXPECTED_MESSAGE); /* protected CCS */
    expect_refused(99, SLICE("x"), 0, TLS_ALERT_UNEXPECTED_MESSAGE);    /* unknown type */
    expect_refused(22, SLICE(""), 0, TLS_ALERT_UNEXPECTED_MESSAGE);     /* empty handshake record */
    expect_refused(22, SLICE("\x01\0\0\x01x"), 0,
                   TLS_ALERT_UNEXPECTED_MESSAGE);                             /* ClientHello: renegotiation */
    expect_refused(22, SLICE("\x18\0\0\x02\0\0"), 0, TLS_ALERT_DECODE_ERROR); /* KeyUpdate of two bytes */
    expect_refused(22, SLICE("\x18\0\0\x01\x02"), 0, TLS_ALERT_ILLEGAL_PARAMETER); /* request_update = 2 */
    expect_refused(22, SLICE("\x18\0\0\x01\0\x18"), 0,
                   TLS_ALERT_UNEXPECTED_MESSAGE);                 /* data behind KeyUpdate */
    expect_refused(21, SLICE("\x01"), 0, TLS_ALERT_DECODE_ERROR); /* half an alert */
    expect_refused(23, slice_of(large, TLS_PLAINTEXT_MAX + 1), 0, TLS_ALERT_RECORD_OVERFLOW);
}

static void headers_are_checked_before_any_key_is_used(void **state)
{
    static const struct {
        uint8_t header[5];
        uint8_t alert;
    } cases[] = {
        {{20, 3, 3, 0, 1}, TLS_ALERT_UNEXPECTED_MESSAGE},
        {{21, 3, 3, 0, 2}, TLS_ALERT_UNEXPECTED_MESSAGE},
        {{22, 3, 3, 0, 99}, TLS_ALERT_UNEXPECTED_MESSAGE},
        {{'G', 'E', 'T', ' ', '/'}, TLS_ALERT_UNEXPECTED_MESSAGE},
        {{23, 3, 3, 0x41, 1}, TLS_ALERT_RECORD_OVERFLOW},
        {{23, 3, 3, 0, 16}, TLS_ALERT_BAD_RECORD_MAC},
        {{23, 3, 3, 0, 0}, TLS_ALERT_BAD_RECORD_MAC},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p;
        set_up(&p, TLS_AES_128_GCM_SHA256);
        assert_int_equal(receive(&p, slice_of(cases[i].header, 5)), ERR_PROTO);
        expect_alert(&p, cases[i].alert);
        tear_down(&p);
    }
}

static void padding_and_empty_data_are_in_order(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_AES_128_GCM_SHA256);
    seal(&p, 23, SLICE("ab"), 1000, &wire);
    seal(&p, 23, SLICE(""), 0, &wire);
    seal(&p, 23, SLICE("cd"), 1, &wire);
    assert_int_equal(receive(&p, buf_slice(&wire)), ERR_OK);
    assert_true(slice_eq(buf_slice(&p.plain), SLICE("abcd")));
    tear_down(&p);
}

static void key_updates_of_the_peer_are_followed_and_answered(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    AUTO_BUF got = {0};
    size_t used;
    set_up(&p, TLS_AES_256_GCM_SHA384);
    /* Split over two records, as a handshake message may be. */
    seal(&p, 22, SLICE("\x18\0"), 0, &wire);
    seal(&p, 22, SLICE("\0\x01\x01"), 0, &wire);
    assert_int_equal(tls_traffic_update(p.crypto, p.peer.suite, &p.peer.out), ERR_OK);
    assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("new key"), &wire), ERR_OK);
    assert_int_equal(receive(&p, buf_slice(&wire)), ERR_OK);
    assert_true(slice_eq(buf_slice(&p.plain), SLICE("new key")));
    assert_int_equal(tls_records_send(&p.server, p.crypto, SLICE("mine too"), &p.out), ERR_OK);
    assert_int_equal(p.server.out.sequence, 1); /* the answering KeyUpdate began a new generation */
    assert_int_equal(
        tls_records_receive(&p.peer, p.crypto, buf_slice(&p.out), &used, &got, &wire, &p.problem), ERR_OK);
    assert_true(slice_eq(buf_slice(&got), SLICE("mine too")));
    tear_down(&p);
}

static void a_flood_of_key_updates_is_refused(void **state)
{
    struct pair p;
    err_t err = ERR_OK;
    int n = 0;
    set_up(&p, TLS_AES_128_GCM_SHA256);
    for (; err == ERR_OK && n < 1000; n++) {
        AUTO_BUF wire = {0};
        seal(&p, 22, SLICE("\x18\0\0\x01\0"), 0, &wire);
        assert_int_equal(tls_traffic_update(p.crypto, p.peer.suite, &p.peer.out), ERR_OK);
        err = receive(&p, buf_slice(&wire));
    }
    assert_int_equal(err, ERR_PROTO);
    assert_int_equal(n, TLS_KEY_UPDATES_MAX + 1);
    tear_down(&p);
}

static void other_records_inside_a_handshake_message_are_refused(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_AES_128_GCM_SHA256);
    seal(&p, 22, SLICE("\x18\0"), 0, &wire);
    seal(&p, 23, SLICE("x"), 0, &wire);
    assert_int_equal(receive(&p, buf_slice(&wire)), ERR_PROTO);
    expect_alert(&p, TLS_ALERT_UNEXPECTED_MESSAGE);
    tear_down(&p);
}

static void keys_are_updated_before_the_limit(void **state)
{
    struct pair p;
    size_t used;
    set_up(&p, TLS_AES_128_GCM_SHA256);
    p.server.records_per_key = 4;
    for (int i = 0; i < 20; i++) { /* both directions, far beyond the limit; the peer answers requests */
        AUTO_BUF wire = {0};
        AUTO_BUF got = {0};
        buf_clear(&p.out);
        buf_clear(&p.plain);
        assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("up"), &wire), ERR_OK);
        assert_int_equal(receive(&p, buf_slice(&wire)), ERR_OK);
        assert_int_equal(tls_records_send(&p.server, p.crypto, SLICE("down"), &p.out), ERR_OK);
        buf_clear(&wire);
        assert_int_equal(
            tls_records_receive(&p.peer, p.crypto, buf_slice(&p.out), &used, &got, &wire, &p.problem),
            ERR_OK);
        assert_true(slice_eq(buf_slice(&got), SLICE("down")));
        assert_int_equal(receive(&p, buf_slice(&wire)), ERR_OK);
        assert_true(p.server.in.sequence <= 6 && p.server.out.sequence <= 6);
    }
    tear_down(&p);
}

static void a_peer_that_never_updates_is_cut_off(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_AES_128_GCM_SHA256);
    p.server.records_per_key = 4;
    for (int i = 0; i < 8; i++)
        assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("x"), &wire), ERR_OK);
    assert_int_equal(receive(&p, buf_slice(&wire)), ERR_PROTO);
    assert_non_null(strstr(p.problem.text, "limit"));
    tear_down(&p);
}

static void close_notify_goes_both_ways(void **state)
{
    struct pair p;
    AUTO_BUF wire = {0};
    set_up(&p, TLS_AES_128_GCM_SHA256);
    assert_int_equal(tls_records_send(&p.peer, p.crypto, SLICE("last words"), &wire), ERR_OK);
    tls_records_close(&p.peer, p.crypto, &wire);
    size_t len = wire.len;
    tls_records_close(&p.peer, p.crypto, &wire);
    assert_int_equal(wire.len, len); /* once */
    assert_int_equal(receive(&p, buf_slice(&wire)), ERR_CLOSED);
    assert_true(slice_eq(buf_slice(&p.plain), SLICE("last words")));
    tls_records_close(&p.server, p.crypto, &p.out);
    expect_alert(&p, TLS_ALERT_CLOSE_NOTIFY);
    tear_down(&p);
}

static void secrets_are_wiped(void **state)
{
    struct pair p;
    static const struct tls_records zeros;
    set_up(&p, TLS_AES_256_GCM_SHA384);
    tls_records_fini(&p.server);
    assert_memory_equal(&p.server, &zeros, sizeof zeros);
    tear_down(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_data_both_ways_in_every_suite),
        cmocka_unit_test(records_may_be_cut_at_every_byte),
        cmocka_unit_test(a_flipped_bit_anywhere_ends_the_connection),
        cmocka_unit_test(wrong_order_and_replay_are_refused),
        cmocka_unit_test(what_rfc_8446_forbids_is_refused_with_its_alert),
        cmocka_unit_test(headers_are_checked_before_any_key_is_used),
        cmocka_unit_test(padding_and_empty_data_are_in_order),
        cmocka_unit_test(key_updates_of_the_peer_are_followed_and_answered),
        cmocka_unit_test(a_flood_of_key_updates_is_refused),
        cmocka_unit_test(other_records_inside_a_handshake_message_are_refused),
        cmocka_unit_test(keys_are_updated_before_the_limit),
        cmocka_unit_test(a_peer_that_never_updates_is_cut_off),
        cmocka_unit_test(close_notify_goes_both_ways),
        cmocka_unit_test(secrets_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
